"""Customers: sign-up, sign-in, one's own profile, and how a store finds somebody."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import segno
import strawberry

from domain.acts import Act, Actor, ActorKind, Scope
from domain.codes import normalized_code
from domain.connections import WriteConnection
from domain.customers import model as customers
from domain.customers import rules, service, store
from domain.customers.errors import CredentialsInvalid, CustomerErrorCode
from domain.errors import Refused
from domain.throttles import service as throttles
from resolvers import nodes
from resolvers.access import SIGN_IN, AccessTokenGrant, count_attempt, throttle_key
from resolvers.context import Context, ContextInfo
from resolvers.costs import Cost
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError
from resolvers.ids import global_id, uuid_of
from resolvers.lookups import names_one
from resolvers.tax_exemptions import TaxExemption, exemptions_of_customer

if TYPE_CHECKING:
    from resolvers.carts import Cart
    from resolvers.loyalty import LoyaltyWallet

CUSTOMER_LIFETIME = timedelta(hours=1)

described_enum(
    CustomerErrorCode,
    "Why a customer command was refused.",
    {
        "CONTACT_REQUIRED": "Neither e-mail nor phone was given.",
        "EMAIL_INVALID": "The e-mail address is not one.",
        "PHONE_INVALID": "The phone number is not one; give it with its country code.",
        "NAME_INVALID": "A name is too long or not printable.",
        "PASSWORD_TOO_SHORT": "The password is too short; see `minimum`.",
        "PASSWORD_TOO_LONG": "The password is too long; see `maximum`.",
        "CONTACT_TAKEN": "A customer with this e-mail or phone exists; sign in instead.",
        "CREDENTIALS_INVALID": "E-mail, phone or password is not right.",
        "TOO_MANY_ATTEMPTS": "Too many wrong attempts; see `retryAt`.",
        "CART_NOT_FOUND": "The guest cart does not exist or its token is not right.",
        "STALE_VERSION": "The cart changed meanwhile; read it again.",
        "QUANTITY_TOO_LARGE": "Merging would put too many of one item into the cart.",
        "TOO_MANY_LINES": "Merging would put too many lines into the cart.",
        "CHECKOUT_IN_PROGRESS": "One of the carts is being paid right now.",
        "CART_COMPLETED": "The guest cart has become an order already.",
        "CUSTOMER_NOT_FOUND": "There is no such customer, or not for you.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


@strawberry.type(description="Why a customer command was refused.")
class CustomerUserError(UserError):
    """The customers room's refusals."""

    code: CustomerErrorCode = strawberry.field(description="Machine-readable reason.")
    attempts_left: int | None = strawberry.field(description="Attempts left before a lock-out; null when not counted.")
    retry_at: datetime | None = strawberry.field(description="When to try again after too many attempts; else null.")
    minimum: int | None = strawberry.field(description="The least that is admitted; null when no bound was met.")
    maximum: int | None = strawberry.field(description="The most that is admitted; null when no bound was met.")


def customer_user_error(refused: Refused) -> CustomerUserError:
    """A refusal on the wire."""
    numbers = {name: value for name, value in refused.facts.items() if isinstance(value, int)}
    retry = refused.facts.get("retryAt")
    return CustomerUserError(
        code=member_of(CustomerErrorCode, refused.code),
        field=list(refused.field) or None,
        message=refused.message,
        attempts_left=numbers.get("attemptsLeft"),
        retry_at=datetime.fromisoformat(retry) if isinstance(retry, str) else None,
        minimum=numbers.get("minimum"),
        maximum=numbers.get("maximum"),
    )


@strawberry.type(description="A person known to the shop. Visible to themselves, to store staff and to head office.")
class Customer(nodes.Node):
    """A customer on the wire."""

    email: str | None = strawberry.field(description="E-mail address; null when none is known.")
    phone: str | None = strawberry.field(description="Phone number in E.164; null when none is known.")
    given_name: str | None = strawberry.field(description="Given name; null when unknown.")
    family_name: str | None = strawberry.field(description="Family name; null when unknown.")
    display_name: str = strawberry.field(description="Given and family name, or the card number when both are unknown.")
    loyalty_card_number: str = strawberry.field(description="The number on the loyalty card.")
    external_reference: str | None = strawberry.field(
        description="The id in the system this customer was imported from; else null."
    )
    created_at: datetime = strawberry.field(description="When the customer signed up or was imported.")
    customer_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, value: customers.Customer) -> "Customer":
        """The wire form of a customer."""
        return cls(
            id=strawberry.ID(global_id("Customer", value.id)),
            email=value.email,
            phone=value.phone,
            given_name=value.given_name,
            family_name=value.family_name,
            display_name=value.display_name,
            loyalty_card_number=value.loyalty_card_number,
            external_reference=value.external_reference,
            created_at=value.created_at,
            customer_id=value.id,
        )

    @strawberry.field(description="The card as a QR code: an SVG image as a data URI, its payload is the card number.")
    def loyalty_card_qr_code(self) -> str:
        return str(segno.make_qr(self.loyalty_card_number, error="m").svg_data_uri(scale=4))

    @strawberry.field(
        description="The customer's one open cart, the same on every device and at the till; null when there is none."
    )
    async def cart(self, info: ContextInfo) -> Annotated["Cart", strawberry.lazy("resolvers.carts")] | None:
        from resolvers.carts import cart_of_customer

        return await cart_of_customer(info.context, self.customer_id)

    @strawberry.field(description="Certificates by which the customer pays no tax, oldest first, past ones too.")
    async def tax_exemptions(self, info: ContextInfo) -> list[TaxExemption]:
        return await exemptions_of_customer(info.context, self.customer_id)

    @strawberry.field(description="The loyalty wallet; null when the customer has not enrolled.")
    async def loyalty_wallet(
        self, info: ContextInfo
    ) -> Annotated["LoyaltyWallet", strawberry.lazy("resolvers.loyalty")] | None:
        from resolvers.loyalty import wallet_of_customer

        return await wallet_of_customer(info.context, self.customer_id)


def may_see(ctx: Context, customer_id: UUID) -> bool:
    """Whether the caller is this customer, or may look customers up."""
    return ctx.actor.customer_id == customer_id or ctx.actor.may(Scope.READ_CUSTOMERS)


async def customer_by_id(ctx: Context, customer_id: UUID | None) -> Customer | None:
    """A customer the caller may see; else None. For fields of other rooms."""
    if customer_id is None or not may_see(ctx, customer_id):
        return None
    found = await ctx.load(store.customers, customer_id)
    return None if found is None else Customer.of(found)


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> list[Customer | None]:
    return [await customer_by_id(ctx, key) for key in ids]


nodes.register("Customer", _fetch)


@strawberry.input(description="A new customer. Give an e-mail address, a phone number or both.")
class CustomerSignUpInput:
    """What somebody says at sign-up."""

    email: str | None = strawberry.field(default=None, description="E-mail address.")
    phone: str | None = strawberry.field(default=None, description="Phone number with country code.")
    given_name: str | None = strawberry.field(default=None, description="Given name, at most 100 characters.")
    family_name: str | None = strawberry.field(default=None, description="Family name, at most 100 characters.")
    password: str = strawberry.field(description="10 to 128 characters of any kind.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description="A guest cart to take along.")
    cart_token: str | None = strawberry.field(default=None, description="The guest cart's token.")
    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent, such as a UUID.")


@strawberry.input(description="Sign in by e-mail or phone, and password.")
class CustomerSignInInput:
    """Credentials, and a guest cart to take along."""

    email: str | None = strawberry.field(default=None, description="E-mail address; or give `phone`.")
    phone: str | None = strawberry.field(default=None, description="Phone number with country code; or give `email`.")
    password: str = strawberry.field(description="The password.")
    cart_id: strawberry.ID | None = strawberry.field(
        default=None, description="A guest cart to merge into the customer's own: quantities add up, once."
    )
    cart_token: str | None = strawberry.field(default=None, description="The guest cart's token.")


@strawberry.type(description="The outcome of `customerSignUp`.")
class CustomerSignUpPayload:
    """A customer and a token, or why not."""

    customer: Customer | None = strawberry.field(description="The new customer; null when refused.")
    grant: AccessTokenGrant | None = strawberry.field(description="A token for the new customer; null when refused.")
    user_errors: list[CustomerUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had signed the customer up before.")


@strawberry.type(description="The outcome of `customerSignIn`.")
class CustomerSignInPayload:
    """A token, or why not."""

    customer: Customer | None = strawberry.field(description="Who signed in; null when refused.")
    grant: AccessTokenGrant | None = strawberry.field(description="The token; null when refused.")
    user_errors: list[CustomerUserError] = strawberry.field(
        description="Why not. When only the guest cart could not be merged, customer and token are given all the same."
    )


def _grant(ctx: Context, customer_id: UUID) -> AccessTokenGrant:
    actor = Actor(
        ActorKind.CUSTOMER,
        str(customer_id),
        sales_channel_id=ctx.actor.sales_channel_id,
        customer_id=customer_id,
    )
    issued = ctx.services.tokens.issue(actor, ctx.clock(), CUSTOMER_LIFETIME)
    return AccessTokenGrant(access_token=issued.token, expires_at=issued.expires_at, scopes=[])


async def _take_cart_along(
    ctx: Context, customer_id: UUID, guest_cart_id: UUID | None, token: str | None
) -> list[CustomerUserError]:
    """Merge a guest cart; a refusal does not undo the sign-in."""
    if guest_cart_id is None:
        return []
    from domain.carts import service as carts

    try:
        await ctx.write(lambda conn, act: carts.merge_guest(conn, guest_cart_id, token or "", customer_id, act))
    except Refused as refused:
        return [customer_user_error(refused)]
    return []


async def _sign_up(ctx: Context, given: CustomerSignUpInput) -> CustomerSignUpPayload:
    rules.check_password(given.password)
    guest_cart_id = None if given.cart_id is None else uuid_of("Cart", given.cart_id)
    password_hash = await ctx.services.passwords.hash(given.password)
    command = customers.SignUp(given.email, given.phone, given.given_name, given.family_name, password_hash)
    # The log keeps only a keyed digest of the password, so that a stranger who knows the key cannot replay the answer.
    digest = hmac.new(ctx.services.signing_key, given.password.encode(), hashlib.sha256).hexdigest()
    body = [given.email, given.phone, given.given_name, given.family_name, digest]
    done = await ctx.command(
        "customerSignUp",
        given.idempotency_key,
        body,
        effect=lambda conn, act: service.sign_up(conn, command, act),
        reference=lambda customer: str(customer.id),
        reload=lambda conn, reference: service.customer(conn, UUID(reference)),
    )
    errors = await _take_cart_along(ctx, done.value.id, guest_cart_id, given.cart_token)
    return CustomerSignUpPayload(
        customer=Customer.of(done.value), grant=_grant(ctx, done.value.id), user_errors=errors, replayed=done.replayed
    )


async def _sign_in(ctx: Context, given: CustomerSignInInput) -> CustomerSignInPayload:
    guest_cart_id = None if given.cart_id is None else uuid_of("Cart", given.cart_id)
    email, phone = rules.normalized_contact(given.email, given.phone)
    key = throttle_key("customer", email or phone or "")
    left = await count_attempt(ctx, key, SIGN_IN)
    found = await ctx.read(lambda conn: store.credentials(conn, email, phone))
    fits = await ctx.services.passwords.verify(found.password_hash if found else None, given.password)
    if not fits or found is None:
        raise CredentialsInvalid(left)

    def signed_in(conn: WriteConnection, _act: Act) -> customers.Customer:
        throttles.clear(conn, key)
        return service.customer(conn, found.customer_id)

    customer = await ctx.write(signed_in)
    errors = await _take_cart_along(ctx, customer.id, guest_cart_id, given.cart_token)
    return CustomerSignInPayload(customer=Customer.of(customer), grant=_grant(ctx, customer.id), user_errors=errors)


@strawberry.type
class CustomersQuery:
    """Finding customers."""

    @strawberry.field(description="The signed-in customer; null for everybody else.")
    async def me(self, info: ContextInfo) -> Customer | None:
        return await customer_by_id(info.context, info.context.actor.customer_id)

    @strawberry.field(
        description="A customer by exactly one of id, card number, e-mail or phone. Needs the scope `read_customers`, "
        "except for one's own id. Null when there is none."
    )
    async def customer(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The customer's id.")] = None,
        card_number: Annotated[
            str | None, strawberry.argument(description="The loyalty card number, as printed or scanned.")
        ] = None,
        email: Annotated[str | None, strawberry.argument(description="The e-mail address.")] = None,
        phone: Annotated[str | None, strawberry.argument(description="The phone number with country code.")] = None,
    ) -> Customer | None:
        ctx = info.context
        if not names_one(id=id, cardNumber=card_number, email=email, phone=phone):
            return None
        if id is not None:
            return await customer_by_id(ctx, uuid_of("Customer", id))
        ctx.require(Scope.READ_CUSTOMERS)
        return await _looked_up(ctx, card_number, email, phone)


async def _looked_up(ctx: Context, card_number: str | None, email: str | None, phone: str | None) -> Customer | None:
    if card_number is not None:
        card = normalized_code(card_number[:40])
        found = await ctx.read(lambda conn: store.find(conn, card_number=card))
    else:
        address, number = rules.normalized_contact(email, phone)
        found = await ctx.read(lambda conn: store.find(conn, email=address, phone=number))
    return None if found is None else Customer.of(found)


@strawberry.type
class CustomersMutation:
    """Becoming and being a customer."""

    @strawberry.mutation(
        description="Become a customer, with a loyalty card number from the start, and signed in at once.",
        directives=[Cost(weight=100)],
    )
    async def customer_sign_up(self, info: ContextInfo, input: CustomerSignUpInput) -> CustomerSignUpPayload:
        try:
            return await _sign_up(info.context, input)
        except Refused as refused:
            return CustomerSignUpPayload(
                customer=None, grant=None, user_errors=[customer_user_error(refused)], replayed=False
            )

    @strawberry.mutation(
        description="Sign in. Five wrong passwords lock the address for 15 minutes.", directives=[Cost(weight=100)]
    )
    async def customer_sign_in(self, info: ContextInfo, input: CustomerSignInInput) -> CustomerSignInPayload:
        try:
            return await _sign_in(info.context, input)
        except Refused as refused:
            return CustomerSignInPayload(customer=None, grant=None, user_errors=[customer_user_error(refused)])
