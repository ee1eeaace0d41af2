"""Reading, finding, importing, canceling and watching orders."""

import hmac
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.catalog.model import ChannelId
from domain.codes import normalized_code
from domain.connections import ReadConnection, WriteConnection
from domain.customers import store as customers
from domain.errors import Refused
from domain.events.store import Topic
from domain.locations import store as locations
from domain.locations.model import LocationId
from domain.money import Currency
from domain.orders import model, service, store, store_pages
from domain.orders.errors import LocationNotAllowed, LookupIncomplete, OrderNotFound, SalesChannelNotFound
from domain.orders.imports import Imported, ImportedOrder
from domain.orders.model import FulfillmentMethod, OrderId, OrderSource
from domain.orders.store_pages import OrderFilter, OrderSort
from domain.paging import Page
from domain.throttles import service as throttles
from domain.throttles.service import Policy
from resolvers.access import count_attempt, throttle_key
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.costs import Cost
from resolvers.errors import BadInput, InvalidCursor, Unauthenticated
from resolvers.ids import uuid_of
from resolvers.locations_types import location_by_id
from resolvers.lookups import names_one
from resolvers.order_access import is_order_token, may_see, order_for_caller, order_token, visible_order
from resolvers.orders_inputs import (
    OrderCancelInput,
    OrderFilterInput,
    OrderImportInput,
    OrderLookupInput,
    OrderLookupPayload,
    OrderMatch,
    OrderPayload,
    OrderUserError,
    minor,
    short,
)
from resolvers.orders_types import Order
from resolvers.shipments import ShipmentsMutation, units

__all__ = ["Order", "OrdersMutation", "OrdersQuery", "OrdersSubscription"]

LOOKUP = Policy(limit=10, window=timedelta(minutes=15))
IMPORT_LINES_MAX = 1000
_CARD_ORDERS_MAX = 20
Token = Annotated[
    str | None, strawberry.argument(description="The token that `cartComplete` gave; opens a guest's order.")
]


@strawberry.type
class OrdersQuery:
    """Reading orders."""

    @strawberry.field(
        description="An order by exactly one of id or number; null when there is none or it is not yours. Customers see "
        "their own, partners their channel's, stores and head office all; a guest needs `token`."
    )
    async def order(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The order's id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="The order number.")] = None,
        token: Token = None,
    ) -> Order | None:
        ctx = info.context
        if not names_one(id=id, number=number):
            return None
        if id is not None:
            found = await visible_order(ctx, uuid_of("Order", id), token)
            return None if found is None else Order.of(found)
        code = normalized_code((number or "")[:40])
        by_number = await ctx.read(lambda conn: store_pages.by_number(conn, code))
        return None if by_number is None or not may_see(ctx, by_number, token) else Order.of(by_number)

    @strawberry.field(
        description="Orders by time of placement. Customers see their own, partners their channel's, stores and head "
        "office all that match."
    )
    async def orders(
        self,
        info: ContextInfo,
        filter: Annotated[
            OrderFilterInput | None, strawberry.argument(description="Which orders; null for all you may see.")
        ] = None,
        sort: Annotated[OrderSort, strawberry.argument(description="How they are sorted.")] = OrderSort.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        ctx = info.context
        wanted = _filter(ctx, filter or OrderFilterInput())
        name = f"orders:{sort.value}"
        page = page_of(name, first, after, last, before)
        try:
            found = await ctx.read(lambda conn: store_pages.page(conn, wanted, page, sort=sort))
        except ValueError:
            raise InvalidCursor from None
        return connect(name, found, node=Order.of, key=store_pages.page_key)

    @strawberry.field(
        description="Find orders by what a customer holds in hand: receipt, order number, marketplace reference or "
        "loyalty card. Guests give number and e-mail, ten tries in 15 minutes for each number. "
        "Tills need the scope `read_orders`.",
        directives=[Cost(weight=20)],
    )
    async def order_lookup(
        self,
        info: ContextInfo,
        input: Annotated[OrderLookupInput, strawberry.argument(description="The proof of purchase.")],
    ) -> OrderLookupPayload:
        ctx = info.context
        try:
            if ctx.actor.may(Scope.READ_ORDERS):
                found = await _served(ctx, input)
                return OrderLookupPayload(
                    matches=[OrderMatch(order=Order.of(one), order_token=None) for one in found], user_errors=[]
                )
            proven = await _proven(ctx, input)
        except Refused as refused:
            return OrderLookupPayload(matches=[], user_errors=[OrderUserError.of(refused)])
        match = OrderMatch(order=Order.of(proven), order_token=order_token(ctx, proven.id))
        return OrderLookupPayload(matches=[match], user_errors=[])


def _filter(ctx: Context, given: OrderFilterInput) -> OrderFilter:
    """What was asked for, within what the caller may see.

    Raises:
        Unauthenticated, Forbidden: a guest, or somebody without `read_orders`.
    """
    customer_id = None if given.customer_id is None else uuid_of("Customer", given.customer_id)
    channel_id = None if given.sales_channel_id is None else uuid_of("SalesChannel", given.sales_channel_id)
    if ctx.actor.kind is ActorKind.CUSTOMER:
        customer_id = ctx.actor.customer_id
    else:
        actor = ctx.require(Scope.READ_ORDERS)
        if actor.kind is ActorKind.PARTNER:
            channel_id = actor.sales_channel_id
    return OrderFilter(
        customer_id=customer_id,
        sales_channel_id=None if channel_id is None else ChannelId(channel_id),
        location_id=None if given.location_id is None else LocationId(uuid_of("Location", given.location_id)),
        status=given.status,
        source=given.source,
        placed_from=given.placed_from,
        placed_before=given.placed_before,
    )


async def _served(ctx: Context, given: OrderLookupInput) -> Sequence[model.Order]:
    """What staff, a till or a partner finds; a partner only in its own channel.

    Raises:
        LookupIncomplete: none or several ways at once, or a reference without its channel.
    """
    names = (given.receipt_number, given.order_number, given.external_reference, given.loyalty_card_number)
    if sum(name is not None for name in names) != 1:
        raise LookupIncomplete
    channel_id = ctx.actor.sales_channel_id if ctx.actor.kind is ActorKind.PARTNER else None
    if given.sales_channel_id is not None:
        channel_id = channel_id or uuid_of("SalesChannel", given.sales_channel_id)
    if given.external_reference is not None and channel_id is None:
        raise LookupIncomplete

    def find(conn: ReadConnection) -> Sequence[model.Order]:
        if given.loyalty_card_number is not None:
            return _of_card(conn, given.loyalty_card_number)
        found = None
        if given.receipt_number is not None:
            found = store_pages.by_receipt_number(conn, normalized_code(given.receipt_number[:40]))
        elif given.order_number is not None:
            found = store_pages.by_number(conn, normalized_code(given.order_number[:40]))
        elif given.external_reference is not None and channel_id is not None:
            reference = given.external_reference[:200]
            found = store_pages.by_external_reference(conn, ChannelId(channel_id), reference)
        return [] if found is None else [found]

    orders = await ctx.read(find)
    return [order for order in orders if may_see(ctx, order)]


def _of_card(conn: ReadConnection, card_number: str) -> Sequence[model.Order]:
    customer_id = customers.find_id_by_card(conn, normalized_code(card_number[:40]))
    if customer_id is None:
        return []
    return store_pages.page(conn, OrderFilter(customer_id=customer_id), Page(_CARD_ORDERS_MAX)).items


async def _proven(ctx: Context, given: OrderLookupInput) -> model.Order:
    """What a guest proves by number and e-mail; one answer for every way of being wrong.

    Raises:
        LookupIncomplete: not both.
        OrderNotFound: the two do not name an order.
        TooManyAttempts: the number was tried too often.
    """
    if given.order_number is None or given.email is None:
        raise LookupIncomplete
    code, email = normalized_code(given.order_number[:40]), given.email.strip().lower()[:254]
    key = throttle_key("order-lookup", code)
    await count_attempt(ctx, key, LOOKUP)

    def find(conn: ReadConnection) -> tuple[model.Order | None, str]:
        order = store_pages.by_number(conn, code)
        if order is None:
            return None, ""
        if order.email is not None or order.customer_id is None:
            return order, order.email or ""
        customer = customers.customers(conn, [order.customer_id]).get(order.customer_id)
        return order, "" if customer is None else customer.email or ""

    found, expected = await ctx.read(find)
    right = hmac.compare_digest(expected.strip().lower().encode(), email.encode())
    if found is None or not email or not right:
        raise OrderNotFound
    await ctx.write(lambda conn, _act: throttles.clear(conn, key))
    return found


@strawberry.type
class OrdersMutation(ShipmentsMutation):
    """Changing orders."""

    @strawberry.mutation(
        description="Take over an order that a marketplace agreed. Partners with the scope `import_orders`, in their own "
        "sales channel. The same reference with the same contents answers the earlier order."
    )
    async def order_import(
        self,
        info: ContextInfo,
        input: Annotated[OrderImportInput, strawberry.argument(description="The order.")],
    ) -> OrderPayload:
        ctx = info.context
        actor = ctx.require(Scope.IMPORT_ORDERS)
        try:
            if actor.sales_channel_id is None:
                raise SalesChannelNotFound
            given = _imported(input, ChannelId(actor.sales_channel_id))
            return await _done(ctx, "orderImport", input, lambda conn, act: _import(conn, given, act))
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(
        description="Cancel an order or some of its units before they leave. Customers their own, and only until a store "
        "begins to pick; others need `write_orders`. What was taken goes back, what was not is never taken."
    )
    async def order_cancel(
        self,
        info: ContextInfo,
        input: Annotated[OrderCancelInput, strawberry.argument(description="What to cancel.")],
    ) -> OrderPayload:
        ctx = info.context
        cash = None if input.cash_location_id is None else LocationId(uuid_of("Location", input.cash_location_id))
        chosen = None if input.lines is None else units(input.lines)
        try:
            order = await order_for_caller(ctx, input.order_id, input.order_token)
            own = order.customer_id is not None and order.customer_id == ctx.actor.customer_id
            if not own and not is_order_token(ctx, order.id, input.order_token):
                ctx.require(Scope.WRITE_ORDERS)
            if cash is not None and (not ctx.actor.works_at(cash) or await location_by_id(ctx, cash) is None):
                raise LocationNotAllowed

            def effect(conn: WriteConnection, act: Act) -> Imported:
                done = service.cancel(conn, order.id, chosen, input.reason, act, cash_location_id=cash)
                return Imported(done.order, replayed=False)

            return await _done(ctx, "orderCancel", input, effect)
        except Refused as refused:
            return _refused(refused)


def _imported(given: OrderImportInput, channel_id: ChannelId) -> ImportedOrder:
    if len(given.lines) > IMPORT_LINES_MAX:
        raise BadInput(f"Import at most {IMPORT_LINES_MAX} lines.", maximum=IMPORT_LINES_MAX)
    currency = given.currency_code
    ours = given.location_id is not None
    return ImportedOrder(
        source=OrderSource.MARKETPLACE,
        sales_channel_id=channel_id,
        external_reference=short(given.external_reference, "externalReference", 200),
        currency=Currency(currency),
        prices_include_tax=given.prices_include_tax,
        placed_at=given.placed_at,
        payer=short(given.payer, "payer", 120),
        total_minor=minor(given.total, currency),
        lines=tuple(line.value(currency) for line in given.lines),
        shipping=None if given.shipping is None else given.shipping.value(currency),
        method=FulfillmentMethod.SHIPPING if ours else FulfillmentMethod.EXTERNAL,
        location_id=LocationId(uuid_of("Location", given.location_id)) if given.location_id is not None else None,
        address=None if given.address is None else given.address.value(),
        email=None if given.email is None else short(given.email, "email", 254),
    )


def _import(conn: WriteConnection, given: ImportedOrder, act: Act) -> Imported:
    if given.location_id is not None:
        place = locations.by_ids(conn, [given.location_id]).get(given.location_id)
        if place is None or not place.active or not place.ships:
            raise LocationNotAllowed
    return service.import_order(conn, given, act)


async def _done(
    ctx: Context, operation: str, given: object, effect: Callable[[WriteConnection, Act], Imported]
) -> OrderPayload:
    body = asdict(given)  # type: ignore[call-overload]  # Strawberry inputs are dataclasses
    key = body.pop("idempotency_key")
    done = await ctx.command(
        operation,
        key,
        body,
        effect=effect,
        reference=lambda made: str(made.order.id),
        reload=lambda conn, reference: Imported(store.order(conn, OrderId(UUID(reference))), replayed=True),
    )
    replayed = done.replayed or done.value.replayed
    return OrderPayload(order=Order.of(done.value.order), user_errors=[], replayed=replayed)


def _refused(refused: Refused) -> OrderPayload:
    return OrderPayload(order=None, user_errors=[OrderUserError.of(refused)], replayed=False)


@strawberry.type
class OrdersSubscription:
    """Watching orders."""

    @strawberry.subscription(
        description="The order whenever it, a part of it, a payment or a return of it changes; first as it is when it "
        "is newer than `afterVersion`."
    )
    async def order_updated(
        self,
        info: ContextInfo,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
        token: Token = None,
        after_version: Annotated[int, strawberry.argument(description="The newest version you hold.")] = 0,
    ) -> AsyncGenerator[Order, None]:
        ctx = info.context
        key = OrderId(uuid_of("Order", order_id))
        found = await visible_order(ctx, key, token)
        if found is None:
            raise Unauthenticated("There is no such order, or you may not watch it.")
        seen = after_version
        # The feed begins with a change of version 0 once it listens, so that nothing is missed in between.
        async for _ in ctx.feed.listen(Topic.ORDER, [str(key)]):
            newest = await ctx.read(lambda conn: store.order(conn, key))
            if newest.version > seen:
                seen = newest.version
                yield Order.of(newest)
