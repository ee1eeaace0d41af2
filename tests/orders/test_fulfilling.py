"""Goods that leave, units that are canceled, and the money and points that follow them."""

from collections.abc import Callable

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory import store as stock
from domain.inventory.model import Want
from domain.loyalty import service as loyalty
from domain.loyalty import store as loyalty_store
from domain.orders import service, store, store_shipments
from domain.orders.errors import (
    InvalidTransition,
    NotCancelable,
    NotReturnable,
    QuantityExceedsCancelable,
    QuantityExceedsFulfillable,
    WrongFulfillmentMethod,
)
from domain.orders.model import (
    CancelReason,
    FulfillmentMethod,
    FulfillmentStatus,
    Order,
    OrderEventKind,
    OrderLine,
    OrderStatus,
    Tracking,
    Units,
)
from domain.payments import store as payments
from domain.payments.model import LegStatus, PaymentStatus
from tests.orders.shop import Shop, open_shop, pay_by_card, placed_line, placement, shipping

MakeAct = Callable[..., Act]
BY_POST = Tracking("Royal Mail", "AB123", "https://track.example/AB123")


def sold(
    conn: WriteConnection,
    shop: Shop,
    act: Act,
    *,
    quantity: int = 3,
    total: int = 3600,
    tax: int = 600,
    method: FulfillmentMethod = FulfillmentMethod.SHIPPING,
    postage: int = 0,
    points: int = 0,
) -> tuple[Order, OrderLine]:
    """One line of shirts, committed and authorized, for the member."""
    hold_id = loyalty.hold(conn, shop.wallet, points, act, until=None, owner="c").id if points else None
    line = placed_line(act, shop.shirt, quantity=quantity, total=total, tax=tax, points=points)
    charges = [shipping(act, postage)] if postage else []
    wanted = placement(shop, act, [line], method=method, charges=charges, member=True, hold_id=hold_id)
    inventory.commit_now(conn, [Want(shop.shirt, shop.soho, quantity, "1")], wanted.order_id, act)
    order = service.place(conn, wanted, act)
    if order.due_minor:
        pay_by_card(conn, act, order.id, order.due_minor)
    return order, line_of(conn, order)


def line_of(conn: WriteConnection, order: Order) -> OrderLine:
    return store.lines_of_orders(conn, [order.id])[order.id][0]


def level(conn: WriteConnection, shop: Shop, act: Act) -> tuple[int, int]:
    found = stock.availability(conn, [(shop.shirt, shop.soho)], act.now)[shop.shirt, shop.soho]
    return found.on_hand, found.committed


def points_of(conn: WriteConnection, shop: Shop, act: Act) -> tuple[int, int]:
    wallet = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    return wallet.available, wallet.pending


def paid(conn: WriteConnection, order: Order) -> list[tuple[PaymentStatus, int | None]]:
    return [(one.status, one.capture_minor) for one in payments.payments_of_orders(conn, [order.id])[order.id]]


def sound(conn: WriteConnection) -> bool:
    return service.verify(conn) == [] and inventory.verify(conn) == []


def test_the_first_parcel_takes_the_money_and_the_stock(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act)
    parcel = service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 1)], BY_POST, act)
    assert parcel.lines == (Units(line.id, 1),)
    assert paid(conn, order) == [(PaymentStatus.CAPTURE_REQUESTED, 3600)]
    assert level(conn, shop, act) == (9, 2)
    assert store.fulfillment_order(conn, line.fulfillment_order_id).status is FulfillmentStatus.OPEN
    service.create_shipment(conn, line.fulfillment_order_id, None, BY_POST, act)
    assert store.fulfillment_order(conn, line.fulfillment_order_id).status is FulfillmentStatus.SHIPPED
    assert (line_of(conn, order).fulfilled, level(conn, shop, act)) == (3, (7, 0))
    assert sound(conn)


def test_points_are_released_when_the_last_parcel_arrives(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act)
    first = service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 1)], BY_POST, act)
    second = service.create_shipment(conn, line.fulfillment_order_id, None, Tracking(), act)
    service.mark_delivered(conn, first.id, act)
    assert (points_of(conn, shop, act), store.order(conn, order.id).status) == ((0, 30), OrderStatus.OPEN)
    service.mark_delivered(conn, second.id, act)
    service.mark_delivered(conn, second.id, act)
    assert (points_of(conn, shop, act), store.order(conn, order.id).status) == ((30, 0), OrderStatus.CLOSED)
    assert [one.tracking for one in store_shipments.shipments_of_orders(conn, [order.id])[order.id]] == [
        BY_POST,
        Tracking(),
    ]
    assert sound(conn)


def test_more_than_is_open_never_leaves(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    _, line = sold(conn, shop, act)
    with pytest.raises(QuantityExceedsFulfillable) as refused:
        service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 4)], BY_POST, act)
    assert refused.value.facts == {"available": 3}


def test_goods_to_be_collected_are_not_sent(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    _, line = sold(conn, shop, act, method=FulfillmentMethod.PICK_UP)
    with pytest.raises(WrongFulfillmentMethod):
        service.create_shipment(conn, line.fulfillment_order_id, None, BY_POST, act)


def test_a_pickup_goes_through_its_steps_and_releases_points_once(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act, method=FulfillmentMethod.PICK_UP)
    place = line.fulfillment_order_id
    with pytest.raises(InvalidTransition):
        service.move_fulfillment(conn, place, FulfillmentStatus.PICKED_UP, act)
    service.move_fulfillment(conn, place, FulfillmentStatus.PICKING, act)
    service.record_picks(conn, place, [Units(line.id, 3)])
    service.move_fulfillment(conn, place, FulfillmentStatus.READY_FOR_PICKUP, act)
    service.request_capture(conn, store.lock_order(conn, order.id), act)
    service.units_fulfilled(conn, place, [Units(line.id, 3)], act)
    service.fulfilled(conn, place, act)
    service.fulfilled(conn, place, act)
    kinds = [event.kind for event in store.events_of_orders(conn, [order.id])[order.id]]
    assert kinds == [
        OrderEventKind.PLACED,
        OrderEventKind.FULFILLMENT_MOVED,
        OrderEventKind.FULFILLMENT_MOVED,
        OrderEventKind.PAYMENT_CAPTURE_REQUESTED,
        OrderEventKind.UNITS_FULFILLED,
        OrderEventKind.FULFILLMENT_MOVED,
        OrderEventKind.POINTS_RELEASED,
        OrderEventKind.CLOSED,
    ]
    assert points_of(conn, shop, act) == (30, 0)
    assert sound(conn)


def test_a_unit_not_found_before_capture_lowers_it_from_3467_to_2311(conn: WriteConnection, act: Act) -> None:
    """Three at 12.00 less 10 % with 7 % tax: 34.67 authorized."""
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act, total=3467, tax=227, method=FulfillmentMethod.PICK_UP)
    done = service.cancel_units(conn, order.id, [Units(line.id, 1)], CancelReason.SHORT_PICK, act)
    assert (done.amount_minor, done.refunded) == (1156, False)
    after = line_of(conn, order)
    assert (after.canceled, after.short, level(conn, shop, act)) == (1, 1, (10, 2))
    service.request_capture(conn, store.lock_order(conn, order.id), act)
    assert paid(conn, order) == [(PaymentStatus.CAPTURE_REQUESTED, 2311)]
    assert sound(conn)


def test_a_no_show_after_capture_is_refunded_and_pending_points_are_dropped(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act, total=3467, tax=227, method=FulfillmentMethod.PICK_UP)
    service.cancel_units(conn, order.id, [Units(line.id, 1)], CancelReason.SHORT_PICK, act)
    service.move_fulfillment(conn, line.fulfillment_order_id, FulfillmentStatus.READY_FOR_PICKUP, act)
    service.request_capture(conn, store.lock_order(conn, order.id), act)
    done = service.cancel_units(conn, order.id, [Units(line.id, 2)], CancelReason.NO_SHOW, act)
    legs = payments.legs_of_orders(conn, [order.id])[order.id]
    assert [(leg.amount_minor, leg.status, leg.reference) for leg in legs] == [
        (2311, LegStatus.RESERVED, done.reference)
    ]
    assert (done.amount_minor, done.order.status, points_of(conn, shop, act)) == (2311, OrderStatus.CANCELED, (0, 0))
    assert store.fulfillment_order(conn, line.fulfillment_order_id).status is FulfillmentStatus.CANCELED
    assert sound(conn)


def test_a_whole_order_canceled_before_shipping_is_voided_with_its_postage(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act, points=400)
    order, _ = sold(conn, shop, act, postage=495, points=400)
    done = service.cancel(conn, order.id, None, CancelReason.CUSTOMER_REQUEST, act.by(shop.buyer))
    assert (order.due_minor, done.amount_minor, done.order.still_due_minor) == (3695, 3695, 0)
    assert paid(conn, order) == [(PaymentStatus.VOID_REQUESTED, None)]
    assert (points_of(conn, shop, act), level(conn, shop, act)) == ((400, 0), (10, 0))
    assert store.shipping_charges_of_orders(conn, [order.id])[order.id][0].canceled
    assert done.order.status is OrderStatus.CANCELED
    assert sound(conn)


def test_units_canceled_one_by_one_are_worth_the_line_to_the_cent(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act, total=1000, tax=167)
    amounts = [
        service.cancel_units(conn, order.id, [Units(line.id, 1)], CancelReason.OTHER, act).amount_minor
        for _ in range(3)
    ]
    assert sum(amounts) == 1000
    assert paid(conn, order) == [(PaymentStatus.VOID_REQUESTED, None)]
    assert sound(conn)


def test_canceling_the_rest_ends_what_has_left_before(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act, postage=495)
    parcel = service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 1)], BY_POST, act)
    done = service.cancel_units(conn, order.id, [Units(line.id, 2)], CancelReason.OUT_OF_STOCK, act)
    assert done.amount_minor == 2400
    assert store.fulfillment_order(conn, line.fulfillment_order_id).status is FulfillmentStatus.SHIPPED
    service.mark_delivered(conn, parcel.id, act)
    assert store.order(conn, order.id).status is OrderStatus.CLOSED
    assert points_of(conn, shop, act) == (10, 0)
    assert sound(conn)


def test_a_buyer_cannot_cancel_what_a_store_has_begun_to_pick(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act)
    service.move_fulfillment(conn, line.fulfillment_order_id, FulfillmentStatus.PICKING, act)
    with pytest.raises(NotCancelable):
        service.cancel(conn, order.id, None, CancelReason.CUSTOMER_REQUEST, act.by(shop.buyer))
    assert service.cancel(conn, order.id, None, CancelReason.OTHER, act).amount_minor == 3600


def test_more_than_is_open_is_never_canceled(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act)
    service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 2)], BY_POST, act)
    with pytest.raises(QuantityExceedsCancelable) as refused:
        service.cancel_units(conn, order.id, [Units(line.id, 2)], CancelReason.OTHER, act)
    assert refused.value.facts == {"available": 1}


def test_only_fulfilled_units_are_claimed_and_each_once(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    _, line = sold(conn, shop, act)
    service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 2)], BY_POST, act)
    assert [one.claimed for one in service.claim_units(conn, [Units(line.id, 2)])] == [2]
    with pytest.raises(NotReturnable) as refused:
        service.claim_units(conn, [Units(line.id, 1)])
    assert refused.value.facts == {"available": 0}
    assert [one.claimed for one in service.release_claims(conn, [Units(line.id, 1)])] == [1]


def test_replaying_the_timeline_gives_the_counters(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order, line = sold(conn, shop, act, quantity=5, total=6000, tax=1000)
    service.create_shipment(conn, line.fulfillment_order_id, [Units(line.id, 1)], BY_POST, act)
    service.cancel_units(conn, order.id, [Units(line.id, 2)], CancelReason.OTHER, act)
    service.create_shipment(conn, line.fulfillment_order_id, None, BY_POST, act)
    state: dict[tuple[str, str], object] = {}
    for event in store.events_of_orders(conn, [order.id])[order.id]:
        for change in event.changes:
            assert state.get((change.subject, change.name), change.before) == change.before
            state[change.subject, change.name] = change.after
    after = line_of(conn, order)
    assert state == {
        (str(line.id), "fulfilled"): after.fulfilled,
        (str(line.id), "canceled"): after.canceled,
        (str(order.id), "captureRequested"): True,
        (str(order.id), "canceledMinor"): 2400,
        (str(line.fulfillment_order_id), "status"): "SHIPPED",
    }
    assert sound(conn)


@pytest.mark.parametrize("lines", [1, 50])
def test_every_step_takes_as_many_statements_whatever_the_lines(
    conn: WriteConnection, act: Act, counted: list[str], lines: int
) -> None:
    shop = open_shop(conn, act, stock=1000)
    wanted = placement(shop, act, [placed_line(act, shop.shirt, quantity=4, total=4800, tax=800) for _ in range(lines)])
    inventory.commit_now(conn, [Want(shop.shirt, shop.soho, 4, str(n)) for n in range(lines)], wanted.order_id, act)
    order = service.place(conn, wanted, act)
    pay_by_card(conn, act, order.id, order.due_minor)
    one_each = [Units(line.id, 1) for line in store.lines_of_orders(conn, [order.id])[order.id]]
    place = wanted.groups[0].id
    counts = []
    for step in (
        lambda: service.cancel_units(conn, order.id, one_each, CancelReason.OTHER, act),
        lambda: service.create_shipment(conn, place, one_each, BY_POST, act),
        lambda: service.cancel_units(conn, order.id, one_each, CancelReason.OTHER, act),
        lambda: service.claim_units(conn, one_each),
    ):
        counted.clear()
        step()
        counts.append(len(counted))
    assert counts == [15, 25, 22, 2]
    assert sound(conn)
