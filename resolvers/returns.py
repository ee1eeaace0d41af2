"""Returns: what may come back, what it pays, and every step of it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.events.store import Topic
from domain.locations.model import LocationId
from domain.orders import store as orders
from domain.orders.errors import OrderNotFound
from domain.orders.model import Order, OrderId, OrderLineId
from domain.returns import model, service, store
from domain.returns.errors import LocationNotAllowed, ReturnErrorCode, ReturnNotFound
from domain.returns.model import (
    InspectedLine,
    LineChoice,
    NewReturn,
    ReceivedLine,
    ReturnId,
    ReturnLineId,
    ReturnStatus,
)
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.costs import Cost
from resolvers.enums import member_of
from resolvers.errors import BadInput
from resolvers.ids import uuid_of
from resolvers.order_access import order_for_caller, visible_order
from resolvers.returns_inputs import (
    ReturnCounterLineInput,
    ReturnCreateAndProcessInput,
    ReturnCreateInput,
    ReturnDeclineRequestInput,
    ReturnLineItemInput,
    ReturnProcessInput,
    ReturnProcessLineInput,
    ReturnQuoteInput,
    ReturnReceiveInput,
    ReturnRequestInput,
    ReturnStepInput,
)
from resolvers.returns_types import (
    Return,
    ReturnableLineItem,
    ReturnQuote,
    ReturnQuotePayload,
    ReturnUserError,
    may_see_order,
    visible_returns,
)
from resolvers.scalars import Money


@strawberry.type(description="The outcome of a return command.")
class ReturnPayload:
    """A return, or why not."""

    return_: Return | None = strawberry.field(name="return", description="The return after it; null when refused.")
    user_errors: list[ReturnUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


def user_error(refused: Refused, currency: str | None = None) -> ReturnUserError:
    """A refusal on the wire."""
    available, maximum, until = (refused.facts.get(name) for name in ("available", "maximum", "until"))
    money = isinstance(maximum, int) and currency is not None
    return ReturnUserError(
        code=member_of(ReturnErrorCode, refused.code),
        field=list(refused.field) or None,
        message=refused.message,
        available=available if isinstance(available, int) else None,
        maximum=Money.minor(int(maximum), str(currency)) if money and maximum is not None else None,
        until=datetime.fromisoformat(until) if isinstance(until, str) else None,
    )


def _choices(lines: Sequence[ReturnLineItemInput] | Sequence[ReturnCounterLineInput]) -> tuple[LineChoice, ...]:
    if len(lines) > model.LINES_MAX:
        raise BadInput(f"Name at most {model.LINES_MAX} lines.", maximum=model.LINES_MAX)
    return tuple(
        LineChoice(
            OrderLineId(uuid_of("OrderLineItem", line.order_line_id)),
            line.quantity,
            line.reason,
            (line.note or "").strip()[:500] or None,
        )
        for line in lines
    )


def _disposed(lines: Sequence[ReturnProcessLineInput] | None) -> tuple[InspectedLine, ...]:
    return tuple(
        InspectedLine(
            ReturnLineId(uuid_of("ReturnLineItem", line.return_line_item_id)), line.quantity, line.disposition
        )
        for line in lines or ()
    )


def _location(text: strawberry.ID) -> LocationId:
    return LocationId(uuid_of("Location", text))


async def _order_to_serve(ctx: Context, order_id: strawberry.ID) -> Order:
    """An order that staff or a partner may return units of: any order at a till, a partner's own only."""
    order = await ctx.load(orders.orders, OrderId(uuid_of("Order", order_id)))
    if order is None or not may_see_order(ctx, order):
        raise OrderNotFound
    return order


async def _return_to_step(ctx: Context, return_id: strawberry.ID) -> ReturnId:
    key = uuid_of("Return", return_id)
    if (await visible_returns(ctx, [key]))[0] is None:
        raise ReturnNotFound
    return ReturnId(key)


async def _done(
    ctx: Context,
    operation: str,
    given: object,
    effect: Callable[[WriteConnection, Act], model.Return],
    return_id: ReturnId | None = None,
) -> ReturnPayload:
    """Run a command once per key; `return_id` is the return it will answer with, where that is known."""
    body = asdict(given)  # type: ignore[call-overload]  # Strawberry inputs are dataclasses
    key = body.pop("idempotency_key")
    done = await ctx.command(
        operation,
        key,
        body,
        effect=effect,
        reference=lambda made: str(made.id),
        reload=lambda conn, reference: store.one(conn, UUID(reference)),
        expected=None if return_id is None else str(return_id),
    )
    return ReturnPayload(return_=Return.of(done.value), user_errors=[], replayed=done.replayed)


def _refused(refused: Refused, currency: str | None = None) -> ReturnPayload:
    return ReturnPayload(return_=None, user_errors=[user_error(refused, currency)], replayed=False)


async def _quote(ctx: Context, given: ReturnQuoteInput) -> ReturnQuote:
    if (given.order_id is None) == (given.return_id is None):
        raise BadInput("Give either `orderId` with `lines`, or `returnId`.")
    now = ctx.clock()
    if given.order_id is not None:
        order = await order_for_caller(ctx, given.order_id, given.order_token)
        choices = _choices(given.lines or [])
        quoted = await ctx.read(lambda conn: service.quote(conn, order.id, choices, now))
    else:
        assert given.return_id is not None
        return_id = await _return_to_step(ctx, given.return_id)
        chosen = _disposed(given.process_lines)
        quoted = await ctx.read(lambda conn: service.quote_return(conn, return_id, chosen, now))
    expires_at = (now + quoted.lifetime).replace(microsecond=0)
    token = service.token_of(quoted, expires_at, ctx.services.signing_key)
    return ReturnQuote.of(quoted, token, expires_at)


@strawberry.type
class ReturnsQuery:
    """Reading returns."""

    @strawberry.field(
        description="What returning some units pays, exactly, and a token that binds it. Changes nothing.",
        directives=[Cost(weight=20)],
    )
    async def return_quote(
        self,
        info: ContextInfo,
        input: Annotated[ReturnQuoteInput, strawberry.argument(description="What to quote.")],
    ) -> ReturnQuotePayload:
        try:
            return ReturnQuotePayload(quote=await _quote(info.context, input), user_errors=[])
        except Refused as refused:
            return ReturnQuotePayload(quote=None, user_errors=[user_error(refused)])

    @strawberry.field(name="return", description="A return by its id; null when it does not exist or is not yours.")
    async def return_(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID, strawberry.argument(description="The return's id.")],
    ) -> Return | None:
        return (await visible_returns(info.context, [uuid_of("Return", id)]))[0]

    @strawberry.field(description="Returns made in a store, newest first. Needs `read_returns` and to work there.")
    async def returns(
        self,
        info: ContextInfo,
        location_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
        status: Annotated[
            ReturnStatus | None, strawberry.argument(description="Only in this status; null for any.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Return]:
        ctx = info.context
        actor = ctx.require(Scope.READ_RETURNS)
        place = _location(location_id)
        if not actor.works_at(place):
            raise BadInput("This is not a store of yours.")
        page = page_of("returns", first, after, last, before)
        found = await ctx.read(lambda conn: store.page_of_location(conn, place, status, page))
        return connect("returns", found, node=Return.of, key=lambda value: (str(value.id),))


async def returns_of_order(ctx: Context, order_id: OrderId) -> list[Return]:
    """An order's returns, oldest first; the caller may see the order."""
    return [Return.of(value) for value in await ctx.load_list(store.returns_of_orders, order_id)]


async def returnable_line_items(ctx: Context, order: Order) -> list[ReturnableLineItem]:
    """What of an order may be returned now, in receipt order; the caller may see the order."""
    lines = await ctx.load_list(orders.lines_of_orders, order.id)
    fulfillments = await ctx.load_list(orders.fulfillment_orders_of_orders, order.id)
    now = ctx.clock()
    found = await ctx.read(lambda conn: service.returnable_lines(conn, order.id, lines, fulfillments, now))
    return [
        ReturnableLineItem(quantity=one.quantity, until=one.until, reason=one.reason, line_value=line)
        for one, line in zip(found, lines, strict=True)
    ]


def _may_work_at(actor: Actor, location_id: LocationId) -> None:
    if actor.kind is not ActorKind.PARTNER and not actor.works_at(location_id):
        raise LocationNotAllowed


@strawberry.type
class ReturnsMutation:
    """Every step of a return."""

    @strawberry.mutation(description="Ask to return units. They are claimed; nothing is paid until they arrive.")
    async def return_request(self, info: ContextInfo, input: ReturnRequestInput) -> ReturnPayload:
        try:
            order = await order_for_caller(info.context, input.order_id, input.order_token)
            new = NewReturn(order.id, _choices(input.lines))
            return await _done(info.context, "returnRequest", input, lambda conn, act: service.request(conn, new, act))
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(description="Agree to a customer's request. Needs `write_returns`.")
    async def return_approve_request(self, info: ContextInfo, input: ReturnStepInput) -> ReturnPayload:
        info.context.require(Scope.WRITE_RETURNS)
        try:
            key = await _return_to_step(info.context, input.return_id)
            return await _done(
                info.context, "returnApproveRequest", input, lambda conn, act: service.approve(conn, key, act), key
            )
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(description="Refuse a customer's request; its units are free again. Needs `write_returns`.")
    async def return_decline_request(self, info: ContextInfo, input: ReturnDeclineRequestInput) -> ReturnPayload:
        info.context.require(Scope.WRITE_RETURNS)
        try:
            key = await _return_to_step(info.context, input.return_id)
            return await _done(
                info.context,
                "returnDeclineRequest",
                input,
                lambda conn, act: service.decline(conn, key, input.reason, act),
                key,
            )
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(description="Open a return for a customer; the goods are awaited. Needs `write_returns`.")
    async def return_create(self, info: ContextInfo, input: ReturnCreateInput) -> ReturnPayload:
        actor = info.context.require(Scope.WRITE_RETURNS)
        try:
            order = await _order_to_serve(info.context, input.order_id)
            place = _location(input.location_id) if input.location_id is not None else None
            if place is not None:
                _may_work_at(actor, place)
            new = NewReturn(order.id, _choices(input.lines), place, override=input.override)
            return await _done(info.context, "returnCreate", input, lambda conn, act: service.create(conn, new, act))
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(
        description="Book what arrived, at any location and in parts. Pays nothing. Needs `write_returns`."
    )
    async def return_receive(self, info: ContextInfo, input: ReturnReceiveInput) -> ReturnPayload:
        info.context.require(Scope.WRITE_RETURNS)
        arrived = [
            ReceivedLine(
                ReturnLineId(uuid_of("ReturnLineItem", line.return_line_item_id)),
                line.quantity,
                line.reception,
                line.disposition,
            )
            for line in input.lines
        ]
        place = _location(input.location_id)
        try:
            key = await _return_to_step(info.context, input.return_id)
            return await _done(
                info.context,
                "returnReceive",
                input,
                lambda conn, act: service.receive(conn, key, place, arrived, act),
                key,
            )
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(description="Accept what arrived and pay exactly what was quoted. Needs `write_returns`.")
    async def return_process(self, info: ContextInfo, input: ReturnProcessInput) -> ReturnPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_RETURNS)
        place, chosen, signing_key = _location(input.location_id), _disposed(input.lines), ctx.services.signing_key

        def effect(conn: WriteConnection, act: Act) -> model.Return:
            return service.process(conn, key, place, chosen, input.quote_token, act, signing_key=signing_key)

        try:
            key = await _return_to_step(ctx, input.return_id)
            return await _done(ctx, "returnProcess", input, effect, key)
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(
        description="Return goods at a counter in one step, whatever the channel of sale. Needs `write_returns`."
    )
    async def return_create_and_process(self, info: ContextInfo, input: ReturnCreateAndProcessInput) -> ReturnPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_RETURNS)
        signing_key = ctx.services.signing_key
        choices = _choices(input.lines)
        places = {choice.order_line_id: line.disposition for choice, line in zip(choices, input.lines, strict=True)}

        def effect(conn: WriteConnection, act: Act) -> model.Return:
            return service.create_and_process(conn, new, places, input.quote_token, act, signing_key=signing_key)

        return_id, order_id = ReturnId(ctx.new_id()), OrderId(uuid_of("Order", input.order_id))
        new = NewReturn(order_id, choices, _location(input.location_id), override=input.override, id=return_id)
        try:
            return await _done(ctx, "returnCreateAndProcess", input, effect, return_id)
        except Refused as refused:
            order = await visible_order(ctx, order_id)
            return _refused(refused, None if order is None else order.currency)

    @strawberry.mutation(
        description="Call a return off before any goods came. Customers their own; else needs `write_returns`."
    )
    async def return_cancel(self, info: ContextInfo, input: ReturnStepInput) -> ReturnPayload:
        if info.context.actor.customer_id is None:
            info.context.require(Scope.WRITE_RETURNS)
        try:
            key = await _return_to_step(info.context, input.return_id)
            return await _done(
                info.context, "returnCancel", input, lambda conn, act: service.cancel(conn, key, act), key
            )
        except Refused as refused:
            return _refused(refused)


@strawberry.type
class ReturnsSubscription:
    """Watching returns."""

    @strawberry.subscription(
        description="The return whenever it changes, and first as it is when it is newer than `afterVersion`."
    )
    async def return_updated(
        self,
        info: ContextInfo,
        return_id: Annotated[strawberry.ID, strawberry.argument(description="The return.")],
        after_version: Annotated[int, strawberry.argument(description="The newest version you hold.")] = 0,
    ) -> AsyncGenerator[Return, None]:
        ctx = info.context
        key = uuid_of("Return", return_id)
        seen = after_version
        if (await visible_returns(ctx, [key]))[0] is None:
            raise BadInput("There is no such return.")
        async for _ in ctx.feed.listen(Topic.RETURN, [str(key)]):
            value = await ctx.read(lambda conn: store.one(conn, key))
            if value.version > seen:
                seen = value.version
                yield Return.of(value)
