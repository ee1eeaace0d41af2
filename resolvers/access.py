"""Signing in at tills, at head office and as a partner; registering and revoking terminals."""

import hashlib
from datetime import datetime, timedelta

import strawberry

from domain.access import service, store
from domain.access.errors import AccessCredentialsInvalid, AccessErrorCode
from domain.access.model import SESSION_LIFETIME, Role
from domain.acts import Act, Actor, Scope
from domain.catalog import store as catalog
from domain.catalog.model import SalesChannelKind
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.throttles import service as throttles
from domain.throttles.service import Policy
from resolvers.context import Context, ContextInfo
from resolvers.costs import Cost
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError
from resolvers.ids import global_id, uuid_of

STAFF_LIFETIME = timedelta(hours=8)
PARTNER_LIFETIME = timedelta(minutes=30)
SIGN_IN = Policy(limit=5, window=timedelta(minutes=15))
PARTNER_SIGN_IN = Policy(limit=20, window=timedelta(minutes=15))

described_enum(
    AccessErrorCode,
    "Why a sign-in or registration was refused.",
    {
        "CREDENTIALS_INVALID": "The code, PIN, e-mail, password, client id or secret is not right.",
        "TOO_MANY_ATTEMPTS": "Too many wrong attempts; see `retryAt`.",
        "TERMINAL_UNKNOWN": "The terminal is not registered, or was revoked.",
        "LOCATION_NOT_ALLOWED": "The associate does not work in the terminal's store.",
        "CODE_TAKEN": "A terminal with this code exists.",
        "CODE_INVALID": "The code is empty or too long.",
        "TERMINAL_NOT_FOUND": "There is no such terminal.",
        "LOCATION_NOT_FOUND": "There is no such location.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
described_enum(
    Role,
    "What somebody in a store or at head office is there for.",
    {
        "ASSOCIATE": "Sells, hands over and takes returns at a till.",
        "MANAGER": "An associate who also approves exceptions and corrects stock.",
        "HEAD_OFFICE": "Runs the business from anywhere.",
    },
)
described_enum(
    Scope,
    "What a staff or partner credential may do.",
    {
        "READ_PRODUCTS": "See unpublished products.",
        "WRITE_PRODUCTS": "Change products, prices, publications and locations.",
        "READ_CUSTOMERS": "Look customers up.",
        "WRITE_CUSTOMERS": "Change customers.",
        "READ_ORDERS": "See orders of others.",
        "WRITE_ORDERS": "Sell at tills, cancel orders.",
        "IMPORT_ORDERS": "Import orders placed elsewhere into the own channel.",
        "READ_RETURNS": "See returns of others.",
        "WRITE_RETURNS": "Create, receive and process returns.",
        "WRITE_REFUNDS": "Retry and reroute refunds.",
        "APPROVE_OVERRIDES": "Approve exceptions to policy.",
        "READ_INVENTORY": "See stock in detail.",
        "WRITE_INVENTORY": "Correct stock.",
        "WRITE_FULFILLMENT": "Pick, hand over and ship.",
        "POS_SESSION": "Work at a till.",
        "READ_LOYALTY": "See wallets of others.",
        "WRITE_LOYALTY": "Hold, redeem and adjust points.",
        "READ_GIFT_CARDS": "See gift cards, their history, and store credit of customers.",
        "WRITE_GIFT_CARDS": "Issue, top up and stop gift cards, set their terms, and grant store credit.",
        "READ_PROMOTIONS": "See promotions, and try them on a basket.",
        "WRITE_PROMOTIONS": "Make, change and activate promotions, their codes and their budgets.",
        "OPERATE": "Register terminals, revive jobs, set taxes, see what differs from the payment provider's books.",
    },
)


@strawberry.type(description="Why a sign-in or registration was refused.")
class AccessUserError(UserError):
    """The access room's refusals."""

    code: AccessErrorCode = strawberry.field(description="Machine-readable reason.")
    attempts_left: int | None = strawberry.field(description="Attempts left before a lock-out; null when not counted.")
    retry_at: datetime | None = strawberry.field(description="When to try again after too many attempts; else null.")


def _user_error(refused: Refused) -> AccessUserError:
    attempts, retry = refused.facts.get("attemptsLeft"), refused.facts.get("retryAt")
    return AccessUserError(
        code=member_of(AccessErrorCode, refused.code),
        field=list(refused.field) or None,
        message=refused.message,
        attempts_left=attempts if isinstance(attempts, int) else None,
        retry_at=datetime.fromisoformat(retry) if isinstance(retry, str) else None,
    )


@strawberry.type(description="A token that proves a caller for a while.")
class AccessTokenGrant:
    """A bearer token on the wire."""

    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer …`. Keep it secret.")
    expires_at: datetime = strawberry.field(description="When it stops working; sign in again before.")
    scopes: list[Scope] = strawberry.field(description="What it may do; empty for a customer.")


@strawberry.input(description="An associate signs in at a registered terminal.")
class AssociateSignInInput:
    """Terminal credential, staff code and PIN."""

    terminal_credential: str = strawberry.field(
        description="The credential the terminal received when it was registered."
    )
    staff_code: str = strawberry.field(description="The associate's staff code, any case.")
    pin: str = strawberry.field(description="The associate's PIN.")


@strawberry.type(description="The outcome of `associateSignIn`.")
class AssociateSignInPayload:
    """A session, or why not."""

    grant: AccessTokenGrant | None = strawberry.field(description="The session's token; null when refused.")
    display_name: str | None = strawberry.field(description="The associate's name for the screen; null when refused.")
    location_id: strawberry.ID | None = strawberry.field(description="The terminal's store; null when refused.")
    role: Role | None = strawberry.field(description="The associate's role; null when refused.")
    user_errors: list[AccessUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.input(description="Head office signs in.")
class StaffSignInInput:
    """E-mail and password."""

    email: str = strawberry.field(description="The staff member's e-mail address.")
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="The outcome of `staffSignIn`.")
class StaffSignInPayload:
    """A token, or why not."""

    grant: AccessTokenGrant | None = strawberry.field(description="The token; null when refused.")
    display_name: str | None = strawberry.field(description="The staff member's name; null when refused.")
    user_errors: list[AccessUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.input(description="A partner exchanges client credentials for a token.")
class PartnerTokenCreateInput:
    """OAuth's client credentials, in GraphQL."""

    client_id: str = strawberry.field(description="The partner's client id.")
    client_secret: str = strawberry.field(description="The partner's client secret.")


@strawberry.type(description="The outcome of `partnerTokenCreate`.")
class PartnerTokenCreatePayload:
    """A token, or why not."""

    grant: AccessTokenGrant | None = strawberry.field(description="The token; null when refused.")
    user_errors: list[AccessUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.input(description="Register a till in a store. Needs the scope `operate`.")
class TerminalRegisterInput:
    """A new till."""

    code: str = strawberry.field(description="A short code for the till, unique, 1 to 40 characters.")
    location_id: strawberry.ID = strawberry.field(description="The store it stands in.")


@strawberry.type(description="The outcome of `terminalRegister`.")
class TerminalRegisterPayload:
    """The credential, once."""

    terminal_id: strawberry.ID | None = strawberry.field(description="The till's id; null when refused.")
    credential: str | None = strawberry.field(description="The till's credential, shown this once; null when refused.")
    user_errors: list[AccessUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.input(description="Revoke a till. Needs the scope `operate`.")
class TerminalRevokeInput:
    """A till that was lost or replaced."""

    terminal_id: strawberry.ID = strawberry.field(description="The till's id.")


@strawberry.type(description="The outcome of `terminalRevoke`.")
class TerminalRevokePayload:
    """Done, or why not."""

    terminal_id: strawberry.ID | None = strawberry.field(description="The revoked till's id; null when refused.")
    user_errors: list[AccessUserError] = strawberry.field(description="Why not; empty on success.")


def throttle_key(purpose: str, subject: str) -> str:
    """The name of an attempt counter: the subject is hashed, because it may be somebody's e-mail address."""
    return f"{purpose}:{hashlib.sha256(subject.encode()).hexdigest()[:40]}"


async def count_attempt(ctx: Context, key: str, policy: Policy) -> int:
    """Count and commit an attempt before the secret is looked at; attempts left after it.

    Raises:
        TooManyAttempts: none are left.
    """
    return await ctx.write(lambda conn, act: throttles.attempt(conn, act, key, policy))


def _grant(ctx: Context, actor: Actor, lifetime: timedelta, session: str | None = None) -> AccessTokenGrant:
    issued = ctx.services.tokens.issue(actor, ctx.clock(), lifetime, session=session)
    return AccessTokenGrant(access_token=issued.token, expires_at=issued.expires_at, scopes=sorted(actor.scopes))


async def _sign_in_associate(ctx: Context, given: AssociateSignInInput) -> AssociateSignInPayload:
    terminal = await ctx.read(lambda conn: service.terminal_of(conn, given.terminal_credential))
    staff_code = given.staff_code.strip().upper()[:20]
    key = throttle_key("associate", f"{terminal.id}:{staff_code}")
    left = await count_attempt(ctx, key, SIGN_IN)
    found = await ctx.read(lambda conn: store.associate_by_code(conn, staff_code))
    if not await ctx.services.passwords.verify(found[1] if found else None, given.pin) or found is None:
        raise AccessCredentialsInvalid(left)
    associate = found[0]

    def start(conn: WriteConnection, act: Act) -> tuple[Actor, str]:
        throttles.clear(conn, key)
        session = service.start_session(conn, terminal, associate, act)
        channel = catalog.default_channel(conn, SalesChannelKind.POS)
        assert channel is not None, "a shop with terminals has a POS channel"
        return service.actor_of_session(session, channel.id), str(session.id)

    actor, session_id = await ctx.write(start)
    return AssociateSignInPayload(
        grant=_grant(ctx, actor, SESSION_LIFETIME, session_id),
        display_name=associate.display_name,
        location_id=strawberry.ID(global_id("Location", terminal.location_id)),
        role=associate.role,
        user_errors=[],
    )


async def _sign_in_staff(ctx: Context, given: StaffSignInInput) -> StaffSignInPayload:
    email = given.email.strip().lower()[:254]
    key = throttle_key("staff", email)
    left = await count_attempt(ctx, key, SIGN_IN)
    found = await ctx.read(lambda conn: store.staff_by_email(conn, email))
    fits = await ctx.services.passwords.verify(found[1] if found else None, given.password)
    if not fits or found is None or not found[0].active:
        raise AccessCredentialsInvalid(left)
    member = found[0]

    def signed_in(conn: WriteConnection, _act: Act) -> Actor:
        throttles.clear(conn, key)
        channel = catalog.default_channel(conn, SalesChannelKind.ONLINE)
        assert channel is not None, "a shop has a web channel"
        return service.actor_of_staff(member, channel.id)

    actor = await ctx.write(signed_in)
    return StaffSignInPayload(
        grant=_grant(ctx, actor, STAFF_LIFETIME), display_name=member.display_name, user_errors=[]
    )


@strawberry.type
class AccessMutation:
    """Sign-ins and terminals."""

    @strawberry.mutation(
        description="Sign an associate in at a registered terminal. Five wrong PINs lock the code there for 15 minutes.",
        directives=[Cost(weight=100)],
    )
    async def associate_sign_in(self, info: ContextInfo, input: AssociateSignInInput) -> AssociateSignInPayload:
        try:
            return await _sign_in_associate(info.context, input)
        except Refused as refused:
            return AssociateSignInPayload(
                grant=None, display_name=None, location_id=None, role=None, user_errors=[_user_error(refused)]
            )

    @strawberry.mutation(
        description="Sign head office in. Five wrong passwords lock the address for 15 minutes.",
        directives=[Cost(weight=100)],
    )
    async def staff_sign_in(self, info: ContextInfo, input: StaffSignInInput) -> StaffSignInPayload:
        try:
            return await _sign_in_staff(info.context, input)
        except Refused as refused:
            return StaffSignInPayload(grant=None, display_name=None, user_errors=[_user_error(refused)])

    @strawberry.mutation(
        description="Exchange a partner's client credentials for a token with its scopes and channel.",
        directives=[Cost(weight=100)],
    )
    async def partner_token_create(
        self, info: ContextInfo, input: PartnerTokenCreateInput
    ) -> PartnerTokenCreatePayload:
        ctx = info.context
        try:
            key = throttle_key("partner", input.client_id)
            await count_attempt(ctx, key, PARTNER_SIGN_IN)
            partner = await ctx.read(lambda conn: service.partner_of(conn, input.client_id, input.client_secret))
            await ctx.write(lambda conn, _act: throttles.clear(conn, key))
        except Refused as refused:
            return PartnerTokenCreatePayload(grant=None, user_errors=[_user_error(refused)])
        return PartnerTokenCreatePayload(
            grant=_grant(ctx, service.actor_of_partner(partner), PARTNER_LIFETIME), user_errors=[]
        )

    @strawberry.mutation(description="Register a till in a store. Needs the scope `operate`.")
    async def terminal_register(self, info: ContextInfo, input: TerminalRegisterInput) -> TerminalRegisterPayload:
        info.context.require(Scope.OPERATE)
        location_id = uuid_of("Location", input.location_id)
        try:
            terminal, credential = await info.context.write(
                lambda conn, act: service.register_terminal(conn, input.code.strip(), location_id, act)
            )
        except Refused as refused:
            return TerminalRegisterPayload(terminal_id=None, credential=None, user_errors=[_user_error(refused)])
        return TerminalRegisterPayload(
            terminal_id=strawberry.ID(global_id("Terminal", terminal.id)), credential=credential, user_errors=[]
        )

    @strawberry.mutation(description="Revoke a till; every session on it ends at once. Needs the scope `operate`.")
    async def terminal_revoke(self, info: ContextInfo, input: TerminalRevokeInput) -> TerminalRevokePayload:
        info.context.require(Scope.OPERATE)
        terminal_id = uuid_of("Terminal", input.terminal_id)
        try:
            await info.context.write(lambda conn, act: service.revoke_terminal(conn, terminal_id, act))
        except Refused as refused:
            return TerminalRevokePayload(terminal_id=None, user_errors=[_user_error(refused)])
        return TerminalRevokePayload(terminal_id=input.terminal_id, user_errors=[])


@strawberry.type
class AccessQuery:
    """The clock every client can set itself by."""

    @strawberry.field(description="The server's present time; tills compare their own clocks with it.")
    async def server_time(self, info: ContextInfo) -> datetime:
        return info.context.clock()
