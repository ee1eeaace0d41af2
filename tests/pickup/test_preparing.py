"""Accepting, picking and readying pickups, on both engines, in exact values."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.events import store as events
from domain.inventory import service as inventory
from domain.inventory import store as stock
from domain.inventory.model import Take
from domain.orders import store as order_store
from domain.orders.errors import (
    DuplicateLine,
    InvalidTransition,
    LineNotFound,
    QuantityExceedsFulfillable,
    QuantityInvalid,
)
from domain.orders.model import OrderLineId, OrderStatus
from domain.payments.model import PaymentStatus
from domain.pickup import service
from domain.pickup.errors import NothingToPick
from domain.pickup.model import PickedLine, RejectReason, ShortReason
from tests.inventory.shelves import SHIRT, SOCKS, YORK
from tests.pickup.counter import ordered
from tests.pickup.steps import DEADLINE, MakeAct, S, jobs, shelf


def test_accepting_keeps_the_promise_the_buyer_was_given(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ordered(conn, make_act())
    service.accept(conn, made.id, make_act(at=datetime(2026, 1, 10, 10, 30, tzinfo=UTC)))
    assert made.fulfillment(conn).status is S.ACCEPTED
    assert made.pickup(conn).promised_at == datetime(2026, 1, 10, 11, tzinfo=UTC)


def test_accepting_again_changes_nothing(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    service.accept(conn, made.id, act)
    before = events.newest(conn)
    service.accept(conn, made.id, act)
    assert events.newest(conn) == before


def test_silence_of_half_an_hour_is_acceptance(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ordered(conn, make_act())
    early, late = make_act().now + timedelta(minutes=29), make_act().now + timedelta(minutes=30)
    assert list(service.unanswered(conn, early)) == []
    assert list(service.unanswered(conn, late)) == [made.id]
    assert service.answer_unanswered(conn, made.id, make_act(at=late)) is True
    assert service.answer_unanswered(conn, made.id, make_act(at=late)) is False
    assert made.fulfillment(conn).status is S.ACCEPTED


def test_a_short_pick_before_capture_lowers_what_is_captured(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    service.pick(conn, made.id, [PickedLine(made.shirts, picked=2, short=1), PickedLine(made.socks, picked=1)], act)
    line = made.line(conn, made.shirts)
    assert (line.picked, line.short, line.canceled, line.open) == (2, 1, 1, 2)
    assert shelf(conn, act) == (0, 2, 2, 0)
    service.prepare(conn, made.id, act)
    payment = made.payment(conn)
    assert (payment.status, payment.capture_minor) == (PaymentStatus.CAPTURE_REQUESTED, 2500)
    assert [kind for kind, _ in jobs(conn)] == ["CHANGED", "READY", "REMINDER", "REMINDER"]
    assert inventory.verify(conn) == []


def test_a_damaged_unit_is_set_aside(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    service.pick(conn, made.id, [PickedLine(made.shirts, short=1, short_reason=ShortReason.DAMAGED)], act)
    assert shelf(conn, act) == (0, 2, 2, 1)
    assert made.fulfillment(conn).status is S.PICKING
    assert inventory.verify(conn) == []


def test_when_nothing_is_found_the_pickup_is_canceled_and_nothing_is_captured(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    service.pick(conn, made.id, [PickedLine(made.shirts, short=3), PickedLine(made.socks, short=1)], act)
    assert made.fulfillment(conn).status is S.CANCELED
    assert order_store.order(conn, made.order_id).status is OrderStatus.CANCELED
    assert made.payment(conn).status is PaymentStatus.VOID_REQUESTED
    assert [kind for kind, _ in jobs(conn)] == ["CANCELED"]
    assert (shelf(conn, act), shelf(conn, act, SOCKS)) == ((0, 0, 0, 0), (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (PickedLine(OrderLineId(UUID(int=1)), picked=1), LineNotFound),
        (PickedLine(OrderLineId(UUID(int=0)), picked=4), QuantityExceedsFulfillable),
        (PickedLine(OrderLineId(UUID(int=0)), picked=2, short=2), QuantityExceedsFulfillable),
        (PickedLine(OrderLineId(UUID(int=0))), QuantityInvalid),
        (PickedLine(OrderLineId(UUID(int=0)), picked=-1, short=3), QuantityInvalid),
    ],
)
def test_a_wrong_report_is_refused_and_writes_nothing(
    conn: WriteConnection, act: Act, line: PickedLine, refusal: type[Refused]
) -> None:
    made = ordered(conn, act)
    shirts = PickedLine(made.shirts, line.picked, line.short) if line.line_id.int == 0 else line
    with pytest.raises(refusal), conn.begin_nested():
        service.pick(conn, made.id, [shirts], act)
    assert made.fulfillment(conn).status is S.OPEN
    assert made.line(conn, made.shirts).picked == 0


def test_a_line_named_twice_is_refused(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    with pytest.raises(DuplicateLine):
        service.pick(conn, made.id, [PickedLine(made.shirts, picked=1), PickedLine(made.shirts, picked=1)], act)


def test_a_rejected_pickup_waits_for_the_location_that_has_all_of_it(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    made = ordered(conn, act)
    inventory.receive_many(conn, [Take(SHIRT, YORK, 4), Take(SOCKS, YORK, 1)], act)
    service.reject(conn, made.id, RejectReason.NOT_FOUND, act)
    pickup = made.pickup(conn)
    assert made.fulfillment(conn).status is S.WAITING_FOR_TRANSFER
    assert (pickup.transfer_from, pickup.promised_at) == (YORK, datetime(2026, 1, 12, 10, tzinfo=UTC))
    assert shelf(conn, act) == (0, 3, 3, 0)
    assert stock.availability(conn, [(SHIRT, YORK)], act.now)[SHIRT, YORK].on_hand == 1
    assert [kind for kind, _ in jobs(conn)] == ["DELAYED"]
    service.pick(conn, made.id, [PickedLine(made.shirts, picked=3), PickedLine(made.socks, picked=1)], act)
    service.prepare(conn, made.id, act)
    assert made.fulfillment(conn).status is S.READY_FOR_PICKUP
    assert inventory.verify(conn) == []


def test_a_rejected_pickup_that_nobody_else_has_is_canceled(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    inventory.receive_many(conn, [Take(SHIRT, YORK, 4)], act)
    service.reject(conn, made.id, RejectReason.DAMAGED, act)
    assert made.fulfillment(conn).status is S.CANCELED
    assert made.payment(conn).status is PaymentStatus.VOID_REQUESTED
    assert (shelf(conn, act), shelf(conn, act, SOCKS)) == ((0, 0, 0, 3), (0, 0, 0, 1))


def test_a_store_that_cannot_serve_keeps_its_goods(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    inventory.receive_many(conn, [Take(SHIRT, YORK, 4), Take(SOCKS, YORK, 1)], act)
    service.reject(conn, made.id, RejectReason.CANNOT_SERVE, act, re_source=False)
    assert made.fulfillment(conn).status is S.CANCELED
    assert shelf(conn, act) == (3, 3, 0, 0)


def test_rejecting_what_was_picked_whole_is_refused(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    service.pick(conn, made.id, [PickedLine(made.shirts, picked=3), PickedLine(made.socks, picked=1)], act)
    with pytest.raises(NothingToPick):
        service.reject(conn, made.id, RejectReason.NOT_FOUND, act)


def test_ready_issues_a_code_and_a_deadline_and_asks_for_the_money(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    service.prepare(conn, made.id, act, shelf="B 12")
    pickup, payment = made.pickup(conn), made.payment(conn)
    assert made.fulfillment(conn).status is S.READY_FOR_PICKUP
    assert (pickup.ready_at, pickup.expires_at, pickup.shelf) == (act.now, DEADLINE, "B 12")
    assert pickup.code is not None
    assert (len(pickup.code), pickup.code.isdigit()) == (6, True)
    assert (made.line(conn, made.shirts).picked, made.line(conn, made.socks).picked) == (3, 1)
    assert (payment.status, payment.capture_minor) == (PaymentStatus.CAPTURE_REQUESTED, 3500)
    assert jobs(conn) == [
        ("READY", act.now),
        ("REMINDER", DEADLINE - timedelta(days=3)),
        ("REMINDER", DEADLINE - timedelta(days=1)),
    ]


def test_ready_said_twice_sends_one_message_and_keeps_the_code(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ordered(conn, make_act())
    service.prepare(conn, made.id, make_act())
    before = made.pickup(conn), jobs(conn), made.fulfillment(conn).version
    service.prepare(conn, made.id, make_act(at=make_act().now + timedelta(hours=1)))
    assert (made.pickup(conn), jobs(conn), made.fulfillment(conn).version) == before


def test_a_ready_that_fails_sends_nothing(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    inventory.receive_many(conn, [Take(SHIRT, YORK, 4), Take(SOCKS, YORK, 1)], act)
    service.reject(conn, made.id, RejectReason.NOT_FOUND, act)
    with pytest.raises(InvalidTransition), conn.begin_nested():
        service.prepare(conn, made.id, act)
    assert [kind for kind, _ in jobs(conn)] == ["DELAYED"]
