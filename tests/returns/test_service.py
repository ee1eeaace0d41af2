"""Returns on both engines: claims, receptions, settlements, and what they never do."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act, Actor, ActorKind, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.inventory import store as inventory
from domain.locations.model import LocationId
from domain.loyalty import store as loyalty
from domain.money import Money
from domain.orders import service as orders
from domain.orders import store as order_store
from domain.orders.model import CancelReason, FulfillmentMethod, FulfillmentStatus, OrderId, OrderLineId, Units
from domain.orders.placement import PlacedCharge, PlacedLine
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.registers import drawers
from domain.returns import service, store
from domain.returns.model import (
    Disposition,
    InspectedLine,
    LineChoice,
    NewReturn,
    ReceivedLine,
    Reception,
    Return,
    ReturnStatus,
)
from domain.tables import metadata
from gateway.database import Database
from tests.conftest import NOW
from tests.orders.shop import GBP, TILL, Shop, open_shop, placed_line, placement, shipping
from tests.registers.tills import drawer

KEY = b"k" * 32
YORK_TILL = UUID(int=8)


@dataclass(frozen=True, slots=True)
class Sale:
    """An order that has been paid in cash and handed over in Soho."""

    shop: Shop
    order_id: OrderId
    lines: tuple[OrderLineId, ...]

    def associate(self, place: LocationId, *more: Scope) -> Actor:
        scopes = {Scope.POS_SESSION, Scope.READ_ORDERS, Scope.READ_RETURNS, Scope.WRITE_RETURNS, *more}
        return Actor(
            ActorKind.ASSOCIATE,
            "mia",
            self.shop.tills,
            location_ids=frozenset({place}),
            terminal_id=TILL if place == self.shop.soho else YORK_TILL,
            scopes=frozenset(scopes),
        )

    def units(self, quantity: int, line: int = 0) -> tuple[LineChoice, ...]:
        return (LineChoice(self.lines[line], quantity),)


def sell(
    conn: WriteConnection,
    act: Act,
    *,
    lines: Sequence[tuple[int, int, int]] = ((3, 1000, 0),),
    charges: Sequence[PlacedCharge] = (),
    member: bool = False,
    handed_over: bool = True,
) -> Sale:
    """Sell lines of (quantity, total, tax) for cash; collected in Soho at once unless told otherwise."""
    shop = open_shop(conn, act)
    placed: list[PlacedLine] = [
        placed_line(act, variant, quantity=quantity, total=total, tax=tax)
        for (quantity, total, tax), variant in zip(lines, (shop.shirt, shop.socks, shop.mug), strict=False)
    ]
    order = orders.place(
        conn,
        placement(
            shop,
            act,
            placed,
            charges=charges,
            method=FulfillmentMethod.IN_STORE,
            status=FulfillmentStatus.PICKED_UP if handed_over else FulfillmentStatus.OPEN,
            member=member,
        ),
        act,
    )
    drawer(conn, act, YORK_TILL, shop.york)
    payments.record_cash(conn, order.id, Money(order.due_minor, GBP), act, drawer=drawers.taking(conn, TILL, GBP))
    return Sale(shop, order.id, tuple(line.id for line in placed))


def at_counter(
    conn: WriteConnection, sale: Sale, act: Act, quantity: int, *, line: int = 0, place: LocationId | None = None
) -> Return:
    where = place or sale.shop.york
    new = NewReturn(sale.order_id, sale.units(quantity, line), where)
    return service.create_and_process(conn, new, {}, None, act.by(sale.associate(where)), signing_key=KEY)


def refunds(conn: ReadConnection, order_id: OrderId) -> list[int]:
    return [leg.amount_minor for leg in payment_store.legs_of_orders(conn, [order_id]).get(order_id, ())]


def on_hand(conn: ReadConnection, sale: Sale, place: LocationId) -> int:
    key = (sale.shop.shirt, place)
    found = inventory.availability(conn, [key], NOW).get(key)
    return found.on_hand if found else 0


def rows(conn: ReadConnection) -> dict[str, int]:
    """How many rows each table has: a refusal must not change any."""
    return {
        name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in metadata.tables.items()
    }


def test_three_units_of_ten_pounds_come_back_one_by_one_without_losing_a_penny(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    for _ in range(3):
        at_counter(conn, sale, act, 1)
    assert refunds(conn, sale.order_id) == [333, 334, 333]
    with pytest.raises(Refused) as refused:
        at_counter(conn, sale, act, 1)
    assert (refused.value.code, refused.value.facts) == ("NOT_RETURNABLE", {"available": 0})


def test_goods_go_on_the_shelf_where_they_are_returned_and_not_where_they_were_sold(
    conn: WriteConnection, act: Act
) -> None:
    sale = sell(conn, act)
    before = on_hand(conn, sale, sale.shop.soho)
    done = at_counter(conn, sale, act, 2, place=sale.shop.york)
    assert done.status is ReturnStatus.CLOSED
    assert (on_hand(conn, sale, sale.shop.york), on_hand(conn, sale, sale.shop.soho)) == (2, before)


def test_shipping_goes_back_once_with_the_last_unit(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act, lines=((2, 4000, 0),), charges=[shipping(act, 595)])
    at_counter(conn, sale, act, 1)
    at_counter(conn, sale, act, 1)
    assert refunds(conn, sale.order_id) == [2000, 2595]


def test_a_quote_changes_nothing_and_is_what_is_paid(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act, lines=((3, 1200, 200),))
    before = rows(conn)
    quoted = service.quote(conn, sale.order_id, sale.units(2), act.now)
    assert rows(conn) == before
    assert (quoted.refund_minor, [tax.amount_minor for tax in quoted.lines[0].taxes]) == (800, [133])
    token = service.token_of(quoted, act.now + timedelta(minutes=30), KEY)
    new = NewReturn(sale.order_id, sale.units(2), sale.shop.york)
    service.create_and_process(conn, new, {}, token, act.by(sale.associate(sale.shop.york)), signing_key=KEY)
    (settlement,) = next(iter(store.settlements_of_returns(conn, list(_return_ids(conn, sale))).values()))
    assert (settlement.refund_minor, settlement.net_minor, [t.amount_minor for t in settlement.taxes]) == (
        800,
        667,
        [133],
    )


def _return_ids(conn: ReadConnection, sale: Sale) -> list[UUID]:
    return [found.id for found in store.returns_of_orders(conn, [sale.order_id])[sale.order_id]]


@pytest.mark.parametrize(
    ("minutes", "tampered", "units", "code"),
    [(31, False, 2, "QUOTE_EXPIRED"), (0, True, 2, "QUOTE_INVALID"), (0, False, 1, "QUOTE_STALE")],
)
def test_a_quote_that_does_not_bind_pays_nothing(
    conn: WriteConnection, make_act: Callable[..., Act], minutes: int, tampered: bool, units: int, code: str
) -> None:
    act = make_act()
    sale = sell(conn, act)
    quoted = service.quote(conn, sale.order_id, sale.units(2), act.now)
    token = service.token_of(quoted, act.now + timedelta(minutes=30), KEY)
    later = make_act(at=NOW + timedelta(minutes=minutes)).by(sale.associate(sale.shop.york))
    new = NewReturn(sale.order_id, sale.units(units), sale.shop.york)
    with pytest.raises(Refused) as refused, conn.begin_nested():
        service.create_and_process(conn, new, {}, token + ("x" if tampered else ""), later, signing_key=KEY)
    assert refused.value.code == code
    assert refunds(conn, sale.order_id) == []


def test_two_open_returns_of_one_line_keep_their_worth_whichever_is_first(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    here = act.by(sale.associate(sale.shop.york))
    first = service.create(conn, NewReturn(sale.order_id, sale.units(1)), here)
    second = service.create(conn, NewReturn(sale.order_id, sale.units(1)), here)
    quotes = {}
    for made in (second, first):
        service.receive(conn, made.id, sale.shop.york, [ReceivedLine(made.lines[0].id, 1)], here)
        quotes[made.id] = service.quote_return(conn, made.id, (), act.now)
    assert (quotes[first.id].refund_minor, quotes[second.id].refund_minor) == (333, 334)
    for made in (second, first):
        token = service.token_of(quotes[made.id], act.now + timedelta(minutes=30), KEY)
        service.process(conn, made.id, sale.shop.york, (), token, here, signing_key=KEY)
    assert refunds(conn, sale.order_id) == [334, 333]


def test_a_canceled_return_frees_its_slot_for_the_next(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    here = act.by(sale.associate(sale.shop.york))
    first = service.create(conn, NewReturn(sale.order_id, sale.units(1)), here)
    service.create(conn, NewReturn(sale.order_id, sale.units(1)), here)
    service.cancel(conn, first.id, here)
    assert service.quote(conn, sale.order_id, sale.units(1), act.now).lines[0].slots == ((0, 1),)
    (line,) = order_store.lines_of_orders(conn, [sale.order_id])[sale.order_id]
    assert line.claimed == 1


def test_a_declined_request_says_why_and_gives_its_units_back(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    asked = service.request(conn, NewReturn(sale.order_id, sale.units(3)), act.by(sale.shop.guest))
    assert asked.status is ReturnStatus.REQUESTED
    declined = service.decline(conn, asked.id, "Worn.", act)
    assert (declined.status, declined.decline_reason) == (ReturnStatus.DECLINED, "Worn.")
    (line,) = order_store.lines_of_orders(conn, [sale.order_id])[sale.order_id]
    assert line.claimed == 0
    with pytest.raises(Refused) as refused:
        service.approve(conn, asked.id, act)
    assert refused.value.code == "INVALID_TRANSITION"


def test_goods_arrive_in_parts_and_each_part_is_paid_once(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act, lines=((3, 26997, 0),))
    here = act.by(sale.associate(sale.shop.york))
    made = service.create(conn, NewReturn(sale.order_id, sale.units(3)), here)
    line = made.lines[0].id
    for quantity in (2, 1):
        service.receive(conn, made.id, sale.shop.york, [ReceivedLine(line, quantity)], here)
        quoted = service.quote_return(conn, made.id, (), act.now)
        token = service.token_of(quoted, act.now + timedelta(minutes=30), KEY)
        done = service.process(conn, made.id, sale.shop.york, (), token, here, signing_key=KEY)
    assert refunds(conn, sale.order_id) == [17998, 8999]
    assert (done.status, done.lines[0].settled) == (ReturnStatus.CLOSED, 3)


def test_rejected_and_missing_units_pay_nothing_and_missing_ones_may_come_another_time(
    conn: WriteConnection, act: Act
) -> None:
    sale = sell(conn, act)
    here = act.by(sale.associate(sale.shop.york))
    made = service.create(conn, NewReturn(sale.order_id, sale.units(3)), here)
    line = made.lines[0].id
    arrived = [ReceivedLine(line, 2), ReceivedLine(line, 1, Reception.SHORT_SHIPPED)]
    service.receive(conn, made.id, sale.shop.york, arrived, here)
    chosen = (InspectedLine(line, 1, Disposition.PROCESSING_REQUIRED), InspectedLine(line, 1, Disposition.REJECTED))
    token = service.token_of(service.quote_return(conn, made.id, chosen, act.now), act.now + timedelta(minutes=30), KEY)
    done = service.process(conn, made.id, sale.shop.york, chosen, token, here, signing_key=KEY)
    assert done.status is ReturnStatus.CLOSED
    assert refunds(conn, sale.order_id) == [333]
    assert on_hand(conn, sale, sale.shop.york) == 0
    assert service.quote(conn, sale.order_id, sale.units(1), act.now).refund_minor == 333


def test_points_are_clawed_back_as_20_20_19_of_59(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act, lines=((3, 5997, 0),), member=True)
    clawed = []
    for _ in range(3):
        clawed.append(service.quote(conn, sale.order_id, sale.units(1), act.now).points_clawed)
        at_counter(conn, sale, act, 1)
    assert clawed == [20, 20, 19]
    wallet = loyalty.wallets(conn, [sale.shop.wallet], NOW)[sale.shop.wallet]
    assert (wallet.available, wallet.pending, wallet.debt) == (0, 0, 0)


def test_the_window_closes_for_customers_and_a_manager_may_open_it(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    sale = sell(conn, make_act())
    late = make_act(at=NOW + timedelta(days=31))
    new = NewReturn(sale.order_id, sale.units(1), sale.shop.york)
    with pytest.raises(Refused) as refused:
        service.create(conn, new, late.by(sale.associate(sale.shop.york)))
    assert refused.value.code == "WINDOW_EXPIRED"
    approved = NewReturn(sale.order_id, sale.units(1), sale.shop.york, override=True)
    with pytest.raises(Refused) as refused:
        service.create(conn, approved, late.by(sale.associate(sale.shop.york)))
    assert refused.value.code == "APPROVAL_REQUIRED"
    manager = sale.associate(sale.shop.york, Scope.APPROVE_OVERRIDES)
    assert service.create(conn, approved, late.by(manager)).status is ReturnStatus.OPEN


def test_units_that_were_not_handed_over_are_canceled_and_not_returned(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act, handed_over=False)
    with pytest.raises(Refused) as refused:
        at_counter(conn, sale, act, 1)
    assert refused.value.code == "NOT_RETURNABLE"


def test_a_store_that_is_not_the_associates_own_is_refused(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    new = NewReturn(sale.order_id, sale.units(1), sale.shop.york)
    before = rows(conn)
    with pytest.raises(Refused) as refused, conn.begin_nested():
        service.create_and_process(conn, new, {}, None, act.by(sale.associate(sale.shop.soho)), signing_key=KEY)
    assert refused.value.code == "LOCATION_NOT_ALLOWED"
    assert rows(conn) == before


def test_announced_units_that_never_come_are_let_go(conn: WriteConnection, make_act: Callable[..., Act]) -> None:
    sale = sell(conn, make_act())
    made = service.create(conn, NewReturn(sale.order_id, sale.units(2)), make_act())
    late = make_act(at=NOW + timedelta(days=30))
    assert store.overdue(conn, late.now, 10) == [made.id]
    ended = service.expire(conn, made.id, late)
    assert (ended.status, ended.lines[0].expired) == (ReturnStatus.CANCELED, 2)
    (line,) = order_store.lines_of_orders(conn, [sale.order_id])[sale.order_id]
    assert line.claimed == 0


@pytest.mark.anyio
async def test_two_stores_returning_the_last_unit_at_once_pay_once(db: Database, make_act: Callable[..., Act]) -> None:
    sale = await db.write(lambda conn: sell(conn, make_act(), lines=((1, 1000, 0),)))

    async def returned(place: LocationId) -> str:
        try:
            done = await db.write(lambda conn: at_counter(conn, sale, make_act(), 1, place=place))
        except Refused as refused:
            return refused.code
        return done.status

    places = (sale.shop.york, sale.shop.soho) * 3
    outcomes = await asyncio.gather(*(returned(place) for place in places))
    assert sorted(outcomes) == ["CLOSED"] + ["NOT_RETURNABLE"] * 5
    assert await db.read(lambda conn: refunds(conn, sale.order_id)) == [1000]


def test_canceled_and_returned_units_together_sum_to_what_was_paid(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act, handed_over=False)
    back = orders.cancel_units(
        conn,
        sale.order_id,
        [Units(sale.lines[0], 1)],
        CancelReason.OUT_OF_STOCK,
        act,
        cash_location_id=sale.shop.soho,
    )
    assert back.amount_minor == 333
