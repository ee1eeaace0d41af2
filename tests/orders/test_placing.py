"""Writing orders: what is frozen, what is counted, what is earned."""

import re

import pytest

from domain.acts import Act
from domain.codes import is_human_code
from domain.connections import WriteConnection
from domain.loyalty import service as loyalty
from domain.loyalty import store as loyalty_store
from domain.orders import service, store
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentStatus,
    LineTax,
    OrderEventKind,
    OrderStatus,
)
from tests.orders.shop import HOME, open_shop, pay_by_card, placed_line, placement, shipping


def test_an_order_keeps_every_agreed_amount(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    lines = [
        placed_line(act, shop.shirt, quantity=3, total=3600, tax=600),
        placed_line(act, shop.socks, total=600, tax=100),
    ]
    order = service.place(conn, placement(shop, act, lines, charges=[shipping(act)]), act)
    found = store.orders(conn, [order.id])[order.id]
    assert found == order
    assert (found.subtotal_minor, found.tax_minor, found.shipping_minor, found.total_minor) == (4200, 700, 495, 4695)
    assert (found.due_minor, found.status, found.version) == (4695, OrderStatus.OPEN, 1)
    kept = store.lines_of_orders(conn, [order.id])[order.id]
    assert [(line.position, line.quantity, line.total_minor, line.fulfilled) for line in kept] == [
        (0, 3, 3600, 0),
        (1, 1, 600, 0),
    ]
    assert store.taxes_of_lines(conn, [kept[0].id]) == {kept[0].id: [LineTax("GB VAT", 200_000, 600)]}
    assert [charge.total_minor for charge in store.shipping_charges_of_orders(conn, [order.id])[order.id]] == [495]
    places = store.fulfillment_orders_of_orders(conn, [order.id])[order.id]
    assert [(place.location_id, place.method, place.address) for place in places] == [
        (shop.soho, FulfillmentMethod.SHIPPING, HOME)
    ]


def test_numbers_are_codes_that_catch_a_slip(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order = service.place(conn, placement(shop, act, [placed_line(act, shop.shirt)]), act)
    assert re.fullmatch(r"O(-[0-9A-Z]{4}){3}", order.number)
    assert re.fullmatch(r"R(-[0-9A-Z]{4}){3}", order.receipt_number)
    assert is_human_code(order.number)
    assert is_human_code(order.receipt_number)


def test_the_timeline_begins_with_who_placed_it(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order = service.place(conn, placement(shop, act, [placed_line(act, shop.shirt)]), act.by(shop.buyer))
    events = store.events_of_orders(conn, [order.id])[order.id]
    assert [(event.kind, event.actor_id, event.facts["totalMinor"]) for event in events] == [
        (OrderEventKind.PLACED, str(shop.customer), 1200)
    ]


def test_points_are_spent_at_placement_and_earned_on_what_money_paid(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act, points=500)
    hold = loyalty.hold(conn, shop.wallet, 400, act, until=None, owner="checkout")
    line = placed_line(act, shop.shirt, quantity=2, total=2400, tax=400, points=400)
    order = service.place(conn, placement(shop, act, [line], member=True, hold_id=hold.id), act)
    wallet = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    assert (order.total_minor, order.points_value_minor, order.due_minor) == (2400, 400, 2000)
    assert (wallet.available, wallet.pending, wallet.held) == (100, 16, 0)


def test_goods_that_have_left_earn_spendable_points_and_close_the_order(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    gone = placement(
        shop,
        act,
        [placed_line(act, shop.shirt)],
        method=FulfillmentMethod.IN_STORE,
        status=FulfillmentStatus.PICKED_UP,
        member=True,
    )
    order = service.place(conn, gone, act)
    wallet = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    assert order.status is OrderStatus.CLOSED
    assert store.lines_of_orders(conn, [order.id])[order.id][0].fulfilled == 1
    assert (wallet.available, wallet.pending) == (10, 0)


def test_a_sound_order_has_no_findings_and_a_changed_one_has(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order = service.place(conn, placement(shop, act, [placed_line(act, shop.shirt)], charges=[shipping(act)]), act)
    pay_by_card(conn, act, order.id, 1695)
    assert service.verify(conn) == []
    conn.exec_driver_sql("UPDATE sales_order SET tax_minor = tax_minor + 1")
    conn.exec_driver_sql("UPDATE order_line_tax SET amount_minor = amount_minor + 2")
    found = service.verify(conn)
    assert [(one.invariant, one.expected, one.actual) for one in found] == [("tax", 200, 201), ("line taxes", 202, 200)]


def test_an_unpaid_order_is_found(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    service.place(conn, placement(shop, act, [placed_line(act, shop.shirt)]), act)
    assert [(one.invariant, one.expected, one.actual) for one in service.verify(conn)] == [("money taken", 1200, 0)]


@pytest.mark.parametrize("lines", [1, 50])
def test_an_order_is_written_in_as_many_statements_whatever_its_lines(
    conn: WriteConnection, act: Act, counted: list[str], lines: int
) -> None:
    shop = open_shop(conn, act)
    wanted = placement(shop, act, [placed_line(act, shop.shirt) for _ in range(lines)], charges=[shipping(act)])
    counted.clear()
    service.place(conn, wanted, act)
    assert len(counted) == 7
