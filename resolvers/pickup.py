"""Collecting: the store's queue, who comes, who arrives and what is handed over."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.codes import token_hash
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.events.store import Topic
from domain.locations.model import LocationId
from domain.orders import store as order_store
from domain.orders.errors import FulfillmentOrderNotFound
from domain.orders.model import FulfillmentOrderId, FulfillmentStatus, OrderLineId, Units
from domain.pickup import model, rules, service, store
from domain.pickup.model import Collector, HandOver, HandoverId, Verification
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput, Forbidden, InvalidCursor
from resolvers.fulfillment import (
    LINES_MAX,
    FulfillmentOrderPayload,
    commanded,
    fulfillment_order_id,
    shown,
    written,
)
from resolvers.fulfillment_types import FulfillmentOrder
from resolvers.ids import uuid_of
from resolvers.order_access import fulfillment_order_for_caller
from resolvers.pickup_types import PickupHandover, PickupPass, PickupUserError

_KEY = "Your name for this intent; send it again to retry."
_QUEUE = "pickupQueue"
_BUYERS = frozenset({ActorKind.CUSTOMER, ActorKind.GUEST})
_UNFINISHED = [status for status in rules.NEXT if status not in rules.ENDED]

LocationArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The store; one you work in, or any for head office.")
]


@strawberry.input(description="Units of one line.")
class PickupLineInput:
    """Some units."""

    order_line_id: strawberry.ID = strawberry.field(description="The OrderLineItem.")
    quantity: int = strawberry.field(description="Units, at least 1.")


@strawberry.input(description="A customer who has come.")
class PickupCheckInInput:
    """Who is there: name the fulfillment order, or give the named person's token."""

    fulfillment_order_id: strawberry.ID | None = strawberry.field(
        default=None, description="The fulfillment order; for the buyer and the store."
    )
    order_token: str | None = strawberry.field(default=None, description="A guest's token for the order.")
    person_token: str | None = strawberry.field(
        default=None, description="The token of the named person's link, instead of the two above."
    )
    bay: str | None = strawberry.field(default=None, description="Parking bay; at most 200 characters.")
    vehicle: str | None = strawberry.field(default=None, description="What the car looks like; at most 200 characters.")


@strawberry.input(description="Whom the buyer sends to collect.")
class PickupPersonSetInput:
    """A person, or nobody."""

    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    order_token: str | None = strawberry.field(default=None, description="A guest's token for the order.")
    name: str | None = strawberry.field(
        default=None, description="Whom the store should ask for; null revokes the person and the link."
    )


@strawberry.input(description="Goods given to somebody.")
class PickupHandOverInput:
    """A handover."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    verification: Verification = strawberry.field(description="How you made sure of the person.")
    code: str | None = strawberry.field(default=None, description="What was shown, typed or scanned; for CODE.")
    proof: str | None = strawberry.field(
        default=None,
        description="What else was checked or kept, such as `passport`; needed for IDENTITY. Never a document number.",
    )
    collector: Collector = strawberry.field(default=Collector.BUYER, description="Who came.")
    lines: list[PickupLineInput] | None = strawberry.field(
        default=None, description=f"What is taken along, at most {LINES_MAX} lines; everything that waits when null."
    )


@strawberry.input(description="More time to collect.")
class PickupExtendInput:
    """An extension."""

    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    days: int = strawberry.field(
        description="It waits until the end of the day in this many days, counted from today; at least 1, at most the "
        "`extensionDaysMax` of the pickup policy under which it was ordered."
    )


@strawberry.input(description="Goods of a no-show that are back on the shelf.")
class PickupReshelveInput:
    """What is back."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, a pickup.")
    lines: list[PickupLineInput] | None = strawberry.field(
        default=None, description=f"What is back, at most {LINES_MAX} lines; everything that waits when null."
    )


@strawberry.type(description="The outcome of `pickupCheckIn`.")
class PickupCheckInPayload:
    """An arrival, or why not."""

    fulfillment_order: FulfillmentOrder | None = strawberry.field(
        description="The fulfillment order after it; null when refused, and for the named person."
    )
    pickup_pass: PickupPass | None = strawberry.field(
        description="What the named person needs; null when refused, and for everybody else."
    )
    user_errors: list[PickupUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.type(description="The outcome of `pickupPersonSet`.")
class PickupPersonSetPayload:
    """A person's link, or why not."""

    fulfillment_order: FulfillmentOrder | None = strawberry.field(
        description="The fulfillment order after it; null when refused."
    )
    person_token: str | None = strawberry.field(
        description="Opens `pickupPass` and `pickupCheckIn` for the person. Shown this once; a new name, a revocation or "
        "the handover makes it void. Null when refused or revoked."
    )
    link: str | None = strawberry.field(description="The shop's page for the person, with the token; null like it.")
    user_errors: list[PickupUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.type(description="The outcome of `pickupHandOver`.")
class PickupHandOverPayload:
    """A handover, or why not."""

    handover: PickupHandover | None = strawberry.field(description="The record; null when refused.")
    fulfillment_order: FulfillmentOrder | None = strawberry.field(
        description="The fulfillment order after it; null when refused."
    )
    user_errors: list[PickupUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="A sign that a store's queue of pickups has changed: read `pickupQueue` again.")
class PickupQueueUpdate:
    """A hint, not a copy."""

    location_id: strawberry.ID = strawberry.field(description="The store.")
    version: str = strawberry.field(description="Grows with every change; `0` in the first message.")


@strawberry.type
class PickupQuery:
    """Reading pickups."""

    @strawberry.field(
        description="A store's pickups, oldest first. Needs `write_fulfillment` and work in that store, or head office."
    )
    async def pickup_queue(
        self,
        info: ContextInfo,
        location_id: LocationArgument,
        status: Annotated[
            list[FulfillmentStatus] | None,
            strawberry.argument(
                description="Only these; all that have not ended when null. The clock says what expired."
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FulfillmentOrder]:
        ctx = info.context
        place = _own_store(ctx, location_id)
        page, now = page_of(_QUEUE, first, after, last, before), ctx.clock()
        try:
            found = await ctx.read(lambda conn: store.queue(conn, place, status or _UNFINISHED, now, page))
        except ValueError:
            raise InvalidCursor from None
        return connect(_QUEUE, found, node=FulfillmentOrder.of, key=store.queue_key)

    @strawberry.field(
        description="The pass of the person a buyer named; null when the token is unknown, was revoked, or all was handed "
        "over."
    )
    async def pickup_pass(
        self,
        info: ContextInfo,
        token: Annotated[str, strawberry.argument(description="The token of the person's link.")],
    ) -> PickupPass | None:
        return await _pass(info.context, token)


@strawberry.type
class PickupMutation:
    """Collecting."""

    @strawberry.mutation(
        description="Say that the customer is there; again changes bay and vehicle. For the buyer, the named person by "
        "token, and the store."
    )
    async def pickup_check_in(self, info: ContextInfo, input: PickupCheckInInput) -> PickupCheckInPayload:
        ctx = info.context
        try:
            key = await _arriving(ctx, input)
            await ctx.write(lambda conn, act: service.check_in(conn, key, act, bay=input.bay, vehicle=input.vehicle))
        except Refused as refused:
            return PickupCheckInPayload(
                fulfillment_order=None, pickup_pass=None, user_errors=[PickupUserError.of(refused)]
            )
        by_person = input.person_token is not None
        return PickupCheckInPayload(
            fulfillment_order=None if by_person else await shown(ctx, key),
            pickup_pass=await _pass(ctx, input.person_token or "") if by_person else None,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Name the person who collects, or revoke it. For the buyer only: the customer, or a guest with the "
        "order's token."
    )
    async def pickup_person_set(self, info: ContextInfo, input: PickupPersonSetInput) -> PickupPersonSetPayload:
        ctx = info.context
        try:
            key = await _bought(ctx, input.fulfillment_order_id, input.order_token)
            token = await ctx.write(lambda conn, act: service.set_person(conn, key, input.name, act))
        except Refused as refused:
            return PickupPersonSetPayload(
                fulfillment_order=None, person_token=None, link=None, user_errors=[PickupUserError.of(refused)]
            )
        return PickupPersonSetPayload(
            fulfillment_order=await shown(ctx, key),
            person_token=token,
            link=None if token is None else f"{ctx.services.public_url}/pickup/{token}",
            user_errors=[],
        )

    @strawberry.mutation(
        description="Give goods to the buyer or the named person, after checking the code or a document. Five wrong codes "
        "lock the code for a quarter of an hour. Needs `write_fulfillment` and work in that store."
    )
    async def pickup_hand_over(self, info: ContextInfo, input: PickupHandOverInput) -> PickupHandOverPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = fulfillment_order_id(input.fulfillment_order_id)
        command = HandOver(key, input.verification, input.collector, input.code, _units(input.lines), input.proof)
        try:
            return await _hand_over(ctx, command, input)
        except Refused as refused:
            return PickupHandOverPayload(
                handover=None, fulfillment_order=None, user_errors=[PickupUserError.of(refused)], replayed=False
            )

    @strawberry.mutation(
        description="Let the goods wait longer; an expired pickup is ready again. Needs `write_fulfillment` and work in "
        "that store."
    )
    async def pickup_extend(self, info: ContextInfo, input: PickupExtendInput) -> FulfillmentOrderPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = fulfillment_order_id(input.fulfillment_order_id)
        return await written(ctx, lambda conn, act: service.extend(conn, key, input.days, act))

    @strawberry.mutation(
        description="Say that goods of a no-show are back on the shelf and sellable; an expired pickup is canceled and "
        "refunded first. Needs `write_fulfillment` and work in that store."
    )
    async def pickup_reshelve(self, info: ContextInfo, input: PickupReshelveInput) -> FulfillmentOrderPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key, units = fulfillment_order_id(input.fulfillment_order_id), _units(input.lines)
        return await commanded(ctx, "pickupReshelve", input, lambda conn, act: service.reshelve(conn, key, units, act))


@strawberry.type
class PickupSubscription:
    """Watching a store's queue."""

    @strawberry.subscription(
        description="A message at once and whenever a pickup of this store takes a step. Needs `write_fulfillment` and "
        "work in that store, or head office."
    )
    async def pickup_queue_updated(
        self, info: ContextInfo, location_id: LocationArgument
    ) -> AsyncIterator[PickupQueueUpdate]:
        ctx = info.context
        place = _own_store(ctx, location_id)
        async for change in ctx.feed.listen(Topic.PICKUP_QUEUE, [str(place)]):
            yield PickupQueueUpdate(location_id=location_id, version=str(change.version))


async def _hand_over(ctx: Context, command: HandOver, given: PickupHandOverInput) -> PickupHandOverPayload:
    key = command.fulfillment_order_id
    attempts_left = 0
    if command.verification is Verification.CODE:
        # Counted and committed before the code is looked at, so that many guesses at once are many attempts.
        attempts_left = await ctx.write(lambda conn, act: service.attempt_code(conn, key, act))

    def effect(conn: WriteConnection, act: Act) -> model.Handover:
        return service.hand_over(conn, command, act, attempts_left=attempts_left)

    def reload(conn: ReadConnection, reference: str) -> model.Handover:
        return store.handover(conn, HandoverId(UUID(reference)))

    body = asdict(given)
    done = await ctx.command(
        "pickupHandOver",
        body.pop("idempotency_key"),
        body,
        effect=effect,
        reference=lambda handover: str(handover.id),
        reload=reload,
    )
    if done.replayed:
        await ctx.write(lambda conn, _act: service.forget_attempts(conn, key))
    return PickupHandOverPayload(
        handover=PickupHandover.of(done.value),
        fulfillment_order=await shown(ctx, key),
        user_errors=[],
        replayed=done.replayed,
    )


async def _arriving(ctx: Context, given: PickupCheckInInput) -> FulfillmentOrderId:
    """The pickup that the caller may check in at.

    Raises:
        BadInput: neither or both ways were given.
        FulfillmentOrderNotFound: there is none, or it is not the caller's.
    """
    if (given.person_token is None) == (given.fulfillment_order_id is None):
        raise BadInput("Give `fulfillmentOrderId`, or `personToken` alone.")
    if given.person_token is not None:
        token = token_hash(given.person_token)
        found = await ctx.read(lambda conn: store.by_person_token(conn, token))
        if found is None:
            raise FulfillmentOrderNotFound
        return found.fulfillment_order_id
    assert given.fulfillment_order_id is not None
    if ctx.actor.kind in _BUYERS:
        return await _bought(ctx, given.fulfillment_order_id, given.order_token)
    ctx.require(Scope.WRITE_FULFILLMENT)
    key = fulfillment_order_id(given.fulfillment_order_id)
    fulfillment = await ctx.load(order_store.fulfillment_orders, key)
    if fulfillment is None or fulfillment.location_id is None or not ctx.actor.works_at(fulfillment.location_id):
        raise FulfillmentOrderNotFound
    return key


async def _bought(ctx: Context, text: strawberry.ID, order_token: str | None) -> FulfillmentOrderId:
    """The caller's own pickup. Only the buyer's: somebody in a store who could name a collector could collect."""
    if ctx.actor.kind not in _BUYERS:
        raise FulfillmentOrderNotFound
    return (await fulfillment_order_for_caller(ctx, text, order_token)).id


async def _pass(ctx: Context, token: str) -> PickupPass | None:
    hashed = token_hash(token)
    pickup = await ctx.read(lambda conn: store.by_person_token(conn, hashed))
    if pickup is None:
        return None
    fulfillment = await ctx.load(order_store.fulfillment_orders, pickup.fulfillment_order_id)
    return None if fulfillment is None else PickupPass.of(fulfillment, pickup, ctx.clock())


def _own_store(ctx: Context, text: str) -> LocationId:
    place = LocationId(uuid_of("Location", text))
    if not ctx.require(Scope.WRITE_FULFILLMENT).works_at(place):
        raise Forbidden(Scope.WRITE_FULFILLMENT)
    return place


def _units(lines: list[PickupLineInput] | None) -> tuple[Units, ...] | None:
    if lines is None:
        return None
    if len(lines) > LINES_MAX:
        raise BadInput(f"Name at most {LINES_MAX} lines.", maximum=LINES_MAX)
    return tuple(Units(OrderLineId(uuid_of("OrderLineItem", line.order_line_id)), line.quantity) for line in lines)
