"""Carts: reading, changing, merging and watching them."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import strawberry

from domain.acts import Act, Actor, Scope
from domain.carts import service
from domain.carts.errors import CartErrorCode, CustomerNotFound, PointsInvalid
from domain.carts.model import CartAt, CartId, CartLineId, NewCart, QuotedCart
from domain.catalog.model import ChannelId
from domain.connections import ReadConnection, WriteConnection
from domain.customers import store as customers
from domain.customers.model import CustomerId
from domain.errors import Refused
from domain.events.store import Topic
from domain.idempotency.service import Done
from domain.locations.model import LocationId
from domain.promotions.service import EVERY
from resolvers import nodes
from resolvers.carts_inputs import (
    GROUPS_MAX,
    LINES_MAX,
    CartBuyerIdentityUpdateInput,
    CartCreateInput,
    CartDeliveryGroupsUpdateInput,
    CartDiscountCodesUpdateInput,
    CartLinesAddInput,
    CartLinesRemoveInput,
    CartLinesUpdateInput,
    CartLoyaltyPointsApplyInput,
    CartLoyaltyPointsRemoveInput,
    CartMergeInput,
    CartPickupLocationSetInput,
    bounded,
    cart_at,
)
from resolvers.carts_tokens import guest_token
from resolvers.carts_types import Cart
from resolvers.catalog_groups import channel_id_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import member_of
from resolvers.errors import BadInput, UserError
from resolvers.ids import uuid_of
from resolvers.taxing import taxed

__all__ = ["Cart", "CartsMutation", "CartsQuery", "CartsSubscription", "cart_of_customer", "cart_view"]


@strawberry.type(description="Why a cart command was refused.")
class CartUserError(UserError):
    """A refusal on the wire."""

    code: CartErrorCode = strawberry.field(description="Which rule said no.")
    version: int | None = strawberry.field(default=None, description="The cart's version, for STALE_VERSION.")
    maximum: int | None = strawberry.field(default=None, description="The limit that was passed; null for other codes.")
    available: int | None = strawberry.field(
        default=None, description="Points that can be spent, for INSUFFICIENT_POINTS; null for other codes."
    )
    retry_at: datetime | None = strawberry.field(default=None, description="When to try again; null for other codes.")

    @classmethod
    def of(cls, refused: Refused) -> "CartUserError":
        """The wire form of a refusal."""
        names = ("version", "maximum", "available", "retryAt")
        version, maximum, available, retry_at = (refused.facts.get(name) for name in names)
        return cls(
            code=member_of(CartErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
            version=version if isinstance(version, int) else None,
            maximum=maximum if isinstance(maximum, int) else None,
            available=available if isinstance(available, int) else None,
            retry_at=datetime.fromisoformat(retry_at) if isinstance(retry_at, str) else None,
        )


@strawberry.type(description="What became of a cart command.")
class CartPayload:
    """The payload of every change of a cart."""

    cart: Cart | None = strawberry.field(description="The cart as it is now; null when the command was refused.")
    user_errors: list[CartUserError] = strawberry.field(
        description="Why the command was refused; empty when it was not."
    )
    replayed: bool = strawberry.field(description="Whether the key had been used before and nothing was done again.")


@strawberry.type(description="The cart that was opened.")
class CartCreatePayload:
    """The payload of cartCreate."""

    cart: Cart | None = strawberry.field(description="The cart; null when the command was refused.")
    token: str | None = strawberry.field(
        description="Opens a guest's cart to whoever holds it: keep it secret. Null for a customer's cart."
    )
    user_errors: list[CartUserError] = strawberry.field(
        description="Why the command was refused; empty when it was not."
    )
    replayed: bool = strawberry.field(description="Whether the key had been used before and nothing was done again.")


class _Keyed(Protocol):
    """An input with an idempotency key."""

    idempotency_key: strawberry.ID


class _OfCart(_Keyed, Protocol):
    """An input that names a cart; null for the customer's own."""

    @property
    def cart_id(self) -> strawberry.ID | None: ...


Effect = Callable[[WriteConnection, Act], QuotedCart]


async def _actor(ctx: Context) -> Actor:
    """The caller, in a sales channel: its own or the default web shop."""
    if ctx.actor.sales_channel_id is not None:
        return ctx.actor
    return replace(ctx.actor, sales_channel_id=await channel_id_of(ctx))


async def _done(
    ctx: Context, operation: str, given: _Keyed, effect: Effect, cart_id: CartId | None
) -> Done[QuotedCart]:
    """Run a command once per key; `cart_id` is the cart it will most likely answer with."""
    actor, now = await _actor(ctx), ctx.clock()
    body = asdict(given)  # type: ignore[call-overload]  # every input is a dataclass
    key = body.pop("idempotency_key")

    def again(conn: ReadConnection, reference: str) -> QuotedCart:
        cart = service.get(conn, CartId(UUID(hex=reference)))
        return QuotedCart(cart, service.quote(conn, cart, now))

    return await ctx.command(
        operation,
        key,
        body,
        effect=lambda conn, act: effect(conn, act.by(actor)),
        reference=lambda quoted: quoted.cart.id.hex,
        reload=again,
        expected=None if cart_id is None else cart_id.hex,
    )


async def change_cart(ctx: Context, operation: str, given: _OfCart, effect: Effect) -> CartPayload:
    """Run a change once per key and answer with the cart, or with the refusal."""
    try:
        done = await _done(ctx, operation, given, effect, cart_at(given.cart_id, None).id)
    except Refused as refused:
        return CartPayload(cart=None, user_errors=[CartUserError.of(refused)], replayed=False)
    return CartPayload(cart=Cart.of(await taxed(ctx, done.value)), user_errors=[], replayed=done.replayed)


async def _create(ctx: Context, given: CartCreateInput) -> CartCreatePayload:
    bounded(len(given.lines), LINES_MAX, "lines")
    lines = tuple(line.value() for line in given.lines)
    served = None if given.customer_id is None else uuid_of("Customer", given.customer_id)
    if served is not None and served != ctx.actor.customer_id:
        ctx.require(Scope.POS_SESSION)
    owner = served or ctx.actor.customer_id
    channel_id = await channel_id_of(ctx)
    if channel_id is None:
        raise BadInput("There is no sales channel to open a cart in.")

    cart_id = CartId(ctx.new_id())

    def derived(cart_id: CartId) -> str:
        return guest_token(ctx.services.signing_key, cart_id)

    def open_cart(conn: WriteConnection, act: Act) -> QuotedCart:
        if served is not None and served not in customers.customers(conn, [served]):
            raise CustomerNotFound
        customer_id = None if owner is None else CustomerId(owner)
        new = NewCart(ChannelId(channel_id), customer_id, lines, given.email, cart_id)
        return service.create(conn, new, act, token_of=derived)[0]

    done = await _done(ctx, "cartCreate", given, open_cart, cart_id)
    token = derived(done.value.cart.id) if done.value.cart.token_hash is not None else None
    return CartCreatePayload(
        cart=Cart.of(await taxed(ctx, done.value)), token=token, user_errors=[], replayed=done.replayed
    )


def _line_ids(texts: Sequence[strawberry.ID]) -> list[CartLineId]:
    bounded(len(texts), LINES_MAX, "lineIds")
    return [CartLineId(uuid_of("CartLine", text)) for text in texts]


@strawberry.type
class CartsMutation:
    """Changing carts."""

    @strawberry.mutation(
        description="Open a cart in the caller's sales channel. A guest's cart has a token; for a customer it is the one "
        "universal cart, opened or found, and the lines are added to it."
    )
    async def cart_create(self, info: ContextInfo, input: CartCreateInput) -> CartCreatePayload:
        try:
            return await _create(info.context, input)
        except Refused as refused:
            errors = [CartUserError.of(refused)]
            return CartCreatePayload(cart=None, token=None, user_errors=errors, replayed=False)

    @strawberry.mutation(
        description="Put units into a cart. Units of a variant that go the same way add up in one line."
    )
    async def cart_lines_add(self, info: ContextInfo, input: CartLinesAddInput) -> CartPayload:
        bounded(len(input.lines), LINES_MAX, "lines")
        at, lines = cart_at(input.cart_id, input.token, input.expected_version), [line.value() for line in input.lines]
        return await change_cart(
            info.context, "cartLinesAdd", input, lambda conn, act: service.add_lines(conn, at, lines, act)
        )

    @strawberry.mutation(description="Set the quantities of lines, and confirm their current prices.")
    async def cart_lines_update(self, info: ContextInfo, input: CartLinesUpdateInput) -> CartPayload:
        bounded(len(input.lines), LINES_MAX, "lines")
        at, lines = cart_at(input.cart_id, input.token, input.expected_version), [line.value() for line in input.lines]
        return await change_cart(
            info.context, "cartLinesUpdate", input, lambda conn, act: service.update_lines(conn, at, lines, act)
        )

    @strawberry.mutation(description="Take lines out of a cart.")
    async def cart_lines_remove(self, info: ContextInfo, input: CartLinesRemoveInput) -> CartPayload:
        at, lines = cart_at(input.cart_id, input.token, input.expected_version), _line_ids(input.line_ids)
        return await change_cart(
            info.context, "cartLinesRemove", input, lambda conn, act: service.remove_lines(conn, at, lines, act)
        )

    @strawberry.mutation(
        description="Replace a cart's discount codes. A code that does not apply is kept and named in `cart.problems`."
    )
    async def cart_discount_codes_update(self, info: ContextInfo, input: CartDiscountCodesUpdateInput) -> CartPayload:
        at, codes = cart_at(input.cart_id, input.token, input.expected_version), input.codes
        return await change_cart(
            info.context,
            "cartDiscountCodesUpdate",
            input,
            lambda conn, act: service.set_discount_codes(conn, at, codes, act),
        )

    @strawberry.mutation(
        description="Make shipping groups, give them addresses and transports, and move lines into them."
    )
    async def cart_delivery_groups_update(self, info: ContextInfo, input: CartDeliveryGroupsUpdateInput) -> CartPayload:
        bounded(len(input.groups), GROUPS_MAX, "groups")
        at = cart_at(input.cart_id, input.token, input.expected_version)
        groups = [group.value() for group in input.groups]
        return await change_cart(
            info.context,
            "cartDeliveryGroupsUpdate",
            input,
            lambda conn, act: service.set_delivery_groups(conn, at, groups, act),
        )

    @strawberry.mutation(description="Let lines be collected in a store instead of shipped.")
    async def cart_pickup_location_set(self, info: ContextInfo, input: CartPickupLocationSetInput) -> CartPayload:
        at, lines = cart_at(input.cart_id, input.token, input.expected_version), _line_ids(input.line_ids)
        location_id = LocationId(uuid_of("Location", input.location_id))
        return await change_cart(
            info.context,
            "cartPickupLocationSet",
            input,
            lambda conn, act: service.set_pickup_location(conn, at, lines, location_id, act),
        )

    @strawberry.mutation(description="Set the e-mail address and phone number for the order's messages.")
    async def cart_buyer_identity_update(self, info: ContextInfo, input: CartBuyerIdentityUpdateInput) -> CartPayload:
        at, email, phone = cart_at(input.cart_id, input.token, input.expected_version), input.email, input.phone
        return await change_cart(
            info.context,
            "cartBuyerIdentityUpdate",
            input,
            lambda conn, act: service.set_buyer(conn, at, email, phone, act),
        )

    @strawberry.mutation(
        description="Spend the customer's points on a cart's goods. They are held when the checkout begins; until then the "
        "cart only shows what they are worth."
    )
    async def cart_loyalty_points_apply(self, info: ContextInfo, input: CartLoyaltyPointsApplyInput) -> CartPayload:
        at, points = cart_at(input.cart_id, None, input.expected_version), input.points
        either = (points is None) == input.maximum

        def apply(conn: WriteConnection, act: Act) -> QuotedCart:
            if not either:
                raise PointsInvalid
            return service.apply_points(conn, at, points, act)

        return await change_cart(info.context, "cartLoyaltyPointsApply", input, apply)

    @strawberry.mutation(description="Spend no points on a cart.")
    async def cart_loyalty_points_remove(self, info: ContextInfo, input: CartLoyaltyPointsRemoveInput) -> CartPayload:
        at = cart_at(input.cart_id, None, input.expected_version)
        return await change_cart(
            info.context, "cartLoyaltyPointsRemove", input, lambda conn, act: service.remove_points(conn, at, act)
        )

    @strawberry.mutation(
        description="Take a guest cart over into the signed-in customer's own: quantities add up, once, however often it "
        "is asked for. The guest's token then only shows that the cart was merged."
    )
    async def cart_merge(self, info: ContextInfo, input: CartMergeInput) -> CartPayload:
        customer_id, guest_id = info.context.require_customer(), uuid_of("Cart", input.cart_id)
        return await change_cart(
            info.context,
            "cartMerge",
            input,
            lambda conn, act: service.merge_guest(conn, guest_id, input.token, customer_id, act),
        )


async def cart_view(ctx: Context, at: CartAt) -> Cart | None:
    """A cart as the caller may see it; None when absent or somebody else's."""
    actor, now = await _actor(ctx), ctx.clock()
    found = await ctx.read(lambda conn: service.view(conn, at, actor, now))
    return None if found is None else Cart.of(await taxed(ctx, found))


async def cart_of_customer(ctx: Context, customer_id: UUID) -> Cart | None:
    """A customer's universal cart in the currency of the caller's channel; None when absent or not the caller's."""
    actor, now = await _actor(ctx), ctx.clock()
    if (channel_id := actor.sales_channel_id) is None:
        return None

    def read(conn: ReadConnection) -> QuotedCart | None:
        cart = service.for_customer(conn, customer_id, channel_id)
        return None if cart is None else service.view(conn, CartAt(cart.id), actor, now)

    found = await ctx.read(read)
    return None if found is None else Cart.of(await taxed(ctx, found))


@strawberry.type
class CartsQuery:
    """Reading carts."""

    @strawberry.field(
        description="A cart: a guest's by id and token, a customer's by id, or without an id the signed-in customer's own. "
        "Null when there is none or it is not yours. Associates see the carts of the customers they serve."
    )
    async def cart(
        self,
        info: ContextInfo,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The cart; null for the signed-in customer's own.")
        ] = None,
        token: Annotated[str | None, strawberry.argument(description="Opens a guest's cart.")] = None,
    ) -> Cart | None:
        return await cart_view(info.context, cart_at(id, token))


@strawberry.type
class CartsSubscription:
    """Watching carts."""

    @strawberry.subscription(
        description="A cart whenever it changes, as it is then; first as it is, if it is past `afterVersion`. A promotion "
        "that head office changes counts as a change when the cart costs something else by it. Ends at once "
        "when the cart is not yours. Changes may be joined: only the newest version is sent."
    )
    async def cart_updated(
        self,
        info: ContextInfo,
        cart_id: Annotated[strawberry.ID, strawberry.argument(description="The cart.")],
        token: Annotated[str | None, strawberry.argument(description="Opens a guest's cart.")] = None,
        after_version: Annotated[
            int, strawberry.argument(description="The version the client has seen; 0 sends the cart at once.")
        ] = 0,
    ) -> AsyncIterator[Cart]:
        at = cart_at(cart_id, token)
        seen, priced = after_version, None
        # The feed begins with a change of version 0 once it listens, so that nothing is missed in between.
        async for _ in info.context.feed.listen(Topic.CART, [str(at.id), str(EVERY)]):
            cart = await cart_view(info.context, at)
            if cart is None:
                return
            costs = cart.quoted.quote.priced
            # Whichever change is heard first may already show what a later one tells of.
            if cart.version > seen or priced not in (None, costs):
                seen, priced = cart.version, costs
                yield cart
            elif priced is None:
                priced = costs


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    actor, now = await _actor(ctx), ctx.clock()
    found = await ctx.read(lambda conn: [service.view(conn, CartAt(CartId(key)), actor, now) for key in ids])
    return [None if quoted is None else Cart.of(await taxed(ctx, quoted)) for quoted in found]


nodes.register("Cart", _fetch)
