"""What a store does with its fulfillment orders: accept, reject, pick, prepare."""

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.orders import store as order_store
from domain.orders.model import FulfillmentOrderId, OrderLineId
from domain.pickup import service
from domain.pickup.model import PickedLine, RejectReason, ShortReason
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput
from resolvers.fulfillment_types import FulfillmentOrder, FulfillmentOrderLineItem, Shipment
from resolvers.ids import uuid_of
from resolvers.pickup_types import PickupUserError

__all__ = [
    "FulfillmentMutation",
    "FulfillmentOrder",
    "FulfillmentOrderLineItem",
    "FulfillmentOrderPayload",
    "Shipment",
]

LINES_MAX = 250
_KEY = "Your name for this intent; send it again to retry."

Effect = Callable[[WriteConnection, Act], FulfillmentOrderId]


@strawberry.type(description="The outcome of a command on a fulfillment order.")
class FulfillmentOrderPayload:
    """A fulfillment order, or why not."""

    fulfillment_order: FulfillmentOrder | None = strawberry.field(
        description="The fulfillment order after it; null when refused."
    )
    user_errors: list[PickupUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(
        description="Whether this key had been answered before; false for commands without a key."
    )


@strawberry.input(description="A fulfillment order that a store will serve.")
class FulfillmentOrderAcceptInput:
    """What to accept."""

    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")


@strawberry.input(description="A fulfillment order that a store cannot serve.")
class FulfillmentOrderRejectInput:
    """What to reject."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    reason: RejectReason = strawberry.field(description="Why.")
    re_source: bool = strawberry.field(
        default=True,
        description="Whether another location that has all of it may send it to this store; otherwise, and when none has "
        "it, the units are canceled.",
    )


@strawberry.input(description="What a picker found of one line. At least one unit.")
class FulfillmentOrderPickLineInput:
    """A picked line."""

    order_line_id: strawberry.ID = strawberry.field(description="The OrderLineItem.")
    quantity: int = strawberry.field(default=0, description="Units taken from the shelf now.")
    short_quantity: int = strawberry.field(default=0, description="Units that will never be; they are canceled.")
    short_reason: ShortReason = strawberry.field(default=ShortReason.NOT_FOUND, description="Why units are short.")


@strawberry.input(description="What a picker found.")
class FulfillmentOrderPickInput:
    """A pick."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    lines: list[FulfillmentOrderPickLineInput] = strawberry.field(
        description=f"Each line once, at most {LINES_MAX}; lines not yet picked may follow later."
    )


@strawberry.input(description="A pickup whose goods wait at the counter.")
class FulfillmentOrderLineItemsPreparedForPickupInput:
    """What is ready."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    shelf: str | None = strawberry.field(default=None, description="Where in the store the goods wait; at most 200.")


def fulfillment_order_id(text: str) -> FulfillmentOrderId:
    """The key behind a public id.

    Raises:
        InvalidId: malformed, or the id of another type.
    """
    return FulfillmentOrderId(uuid_of("FulfillmentOrder", text))


async def shown(ctx: Context, key: FulfillmentOrderId) -> FulfillmentOrder:
    """A fulfillment order that a command has just touched."""
    found = await ctx.load(order_store.fulfillment_orders, key)
    assert found is not None, "what a command touched exists"
    return FulfillmentOrder.of(found)


async def written(ctx: Context, effect: Effect) -> FulfillmentOrderPayload:
    """Run a command that may be said again without a key."""
    try:
        key = await ctx.write(effect)
    except Refused as refused:
        return refusal(refused)
    return FulfillmentOrderPayload(fulfillment_order=await shown(ctx, key), user_errors=[], replayed=False)


async def commanded(ctx: Context, operation: str, given: object, effect: Effect) -> FulfillmentOrderPayload:
    """Run a command once for its key."""
    body = asdict(given)  # type: ignore[call-overload]  # Strawberry inputs are dataclasses
    key = body.pop("idempotency_key")
    try:
        done = await ctx.command(
            operation,
            key,
            body,
            effect=effect,
            reference=str,
            reload=lambda _conn, reference: FulfillmentOrderId(UUID(reference)),
        )
    except Refused as refused:
        return refusal(refused)
    found = await shown(ctx, done.value)
    return FulfillmentOrderPayload(fulfillment_order=found, user_errors=[], replayed=done.replayed)


def refusal(refused: Refused) -> FulfillmentOrderPayload:
    """The payload of a refusal."""
    errors = [PickupUserError.of(refused)]
    return FulfillmentOrderPayload(fulfillment_order=None, user_errors=errors, replayed=False)


@strawberry.type
class FulfillmentMutation:
    """The store's steps. Each needs the scope `write_fulfillment` and work in that store."""

    @strawberry.mutation(
        description="Say that the store will serve a pickup. Needs `write_fulfillment` and work in that store."
    )
    async def fulfillment_order_accept(
        self, info: ContextInfo, input: FulfillmentOrderAcceptInput
    ) -> FulfillmentOrderPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = fulfillment_order_id(input.fulfillment_order_id)
        return await written(ctx, lambda conn, act: service.accept(conn, key, act))

    @strawberry.mutation(
        description="Say that the store cannot serve what is still to be picked: it waits for a transfer from a location "
        "that has all of it, or is canceled. Needs `write_fulfillment` and work in that store."
    )
    async def fulfillment_order_reject(
        self, info: ContextInfo, input: FulfillmentOrderRejectInput
    ) -> FulfillmentOrderPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = fulfillment_order_id(input.fulfillment_order_id)
        return await commanded(
            ctx,
            "fulfillmentOrderReject",
            input,
            lambda conn, act: service.reject(conn, key, input.reason, act, re_source=input.re_source),
        )

    @strawberry.mutation(
        description="Book what a picker took and what was not there; short units are canceled, so that less is captured. "
        "Picking what waited for a transfer says that it has arrived. Needs `write_fulfillment` and work in that store."
    )
    async def fulfillment_order_pick(
        self, info: ContextInfo, input: FulfillmentOrderPickInput
    ) -> FulfillmentOrderPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = fulfillment_order_id(input.fulfillment_order_id)
        if len(input.lines) > LINES_MAX:
            raise BadInput(f"Name at most {LINES_MAX} lines.", maximum=LINES_MAX)
        report = [
            PickedLine(
                OrderLineId(uuid_of("OrderLineItem", line.order_line_id)),
                line.quantity,
                line.short_quantity,
                line.short_reason,
            )
            for line in input.lines
        ]
        return await commanded(
            ctx, "fulfillmentOrderPick", input, lambda conn, act: service.pick(conn, key, report, act)
        )

    @strawberry.mutation(
        description="Say that the goods wait at the counter: the code is issued, the deadline set, the money asked for "
        "and the buyer told, once however often it is said. Units not picked yet count as picked. Needs "
        "`write_fulfillment` and work in that store."
    )
    async def fulfillment_order_line_items_prepared_for_pickup(
        self, info: ContextInfo, input: FulfillmentOrderLineItemsPreparedForPickupInput
    ) -> FulfillmentOrderPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = fulfillment_order_id(input.fulfillment_order_id)
        return await commanded(
            ctx,
            "fulfillmentOrderLineItemsPreparedForPickup",
            input,
            lambda conn, act: service.prepare(conn, key, act, shelf=input.shelf),
        )
