"""Deadlines, extensions and no-shows of pickups, on both engines, in exact values."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.orders.errors import InvalidTransition
from domain.orders.model import Units
from domain.payments import store as payment_store
from domain.pickup import service
from domain.pickup.errors import ExtensionInvalid, NothingToReshelve, PickupExpired
from tests.inventory.shelves import SOCKS
from tests.pickup.counter import ordered
from tests.pickup.steps import DEADLINE, MakeAct, S, by_code, jobs, ready, shelf


def test_the_deadline_holds_by_the_clock_although_no_job_ran(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    last = make_act(at=DEADLINE - timedelta(seconds=1))
    over = make_act(at=DEADLINE)
    with pytest.raises(PickupExpired) as refused:
        service.hand_over(conn, by_code(conn, made), over)
    assert refused.value.facts == {"until": "2026-01-18T00:00:00+00:00"}
    with pytest.raises(PickupExpired):
        service.check_in(conn, made.id, over)
    service.hand_over(conn, by_code(conn, made), last)
    assert made.fulfillment(conn).status is S.PICKED_UP


def test_an_expired_pickup_is_written_down_once(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    over = make_act(at=DEADLINE)
    assert list(service.overdue(conn, DEADLINE - timedelta(seconds=1))) == []
    assert list(service.overdue(conn, DEADLINE)) == [made.id]
    assert service.expire(conn, made.id, make_act(at=DEADLINE - timedelta(seconds=1))) is False
    assert service.expire(conn, made.id, over) is True
    assert service.expire(conn, made.id, over) is False
    assert made.fulfillment(conn).status is S.EXPIRED
    assert [kind for kind, at in jobs(conn) if at == DEADLINE] == ["EXPIRED"]


def test_what_was_collected_does_not_expire(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    service.hand_over(conn, by_code(conn, made), make_act())
    assert service.expire(conn, made.id, make_act(at=DEADLINE)) is False
    assert made.fulfillment(conn).status is S.PICKED_UP


def test_an_extension_makes_an_expired_pickup_ready_with_reminders_of_its_own(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    made = ready(conn, make_act())
    over = make_act(at=DEADLINE)
    service.expire(conn, made.id, over)
    service.extend(conn, made.id, 2, over)
    assert made.fulfillment(conn).status is S.READY_FOR_PICKUP
    assert made.pickup(conn).expires_at == datetime(2026, 1, 21, tzinfo=UTC)
    assert jobs(conn)[-1] == ("REMINDER", datetime(2026, 1, 20, tzinfo=UTC))
    service.hand_over(conn, by_code(conn, made), over)
    assert made.fulfillment(conn).status is S.PICKED_UP


@pytest.mark.parametrize("days", [0, 31, -1, 7])
def test_an_extension_has_a_maximum_and_moves_the_deadline_back(conn: WriteConnection, act: Act, days: int) -> None:
    made = ready(conn, act)
    with pytest.raises(ExtensionInvalid) as refused:
        service.extend(conn, made.id, days, act)
    assert refused.value.facts == {"maximum": 30}


def test_what_is_not_ready_cannot_be_extended(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    with pytest.raises(InvalidTransition):
        service.extend(conn, made.id, 10, act)


def test_a_no_show_is_refunded_after_a_day_and_its_goods_are_sellable_once_they_are_back_on_the_shelf(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    made = ready(conn, make_act())
    over, later = make_act(at=DEADLINE), make_act(at=DEADLINE + timedelta(days=1))
    service.expire(conn, made.id, over)
    assert service.cancel_no_show(conn, made.id, over) is False
    assert list(service.no_shows(conn, later.now)) == [made.id]
    assert service.cancel_no_show(conn, made.id, later) is True
    assert service.cancel_no_show(conn, made.id, later) is False
    assert made.fulfillment(conn).status is S.CANCELED
    assert [leg.amount_minor for leg in payment_store.legs_of_orders(conn, [made.order_id])[made.order_id]] == [3500]
    assert shelf(conn, later) == (0, 0, 0, 3)
    assert made.pickup(conn).code is None
    service.reshelve(conn, made.id, [Units(made.shirts, 2)], later)
    assert shelf(conn, later) == (2, 2, 0, 1)
    assert made.pickup(conn).reshelved_at is None
    service.reshelve(conn, made.id, None, later)
    assert (shelf(conn, later), shelf(conn, later, SOCKS)) == ((3, 3, 0, 0), (1, 1, 0, 0))
    assert made.pickup(conn).reshelved_at == later.now
    with pytest.raises(NothingToReshelve):
        service.reshelve(conn, made.id, None, later)
    assert inventory.verify(conn) == []


def test_goods_put_back_during_the_grace_end_the_pickup_at_once(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    over = make_act(at=DEADLINE)
    service.expire(conn, made.id, over)
    service.reshelve(conn, made.id, None, over)
    assert made.fulfillment(conn).status is S.CANCELED
    assert shelf(conn, over) == (3, 3, 0, 0)


def test_a_no_show_of_the_rest_is_refunded_and_what_was_collected_stays_collected(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    made = ready(conn, make_act())
    service.hand_over(conn, by_code(conn, made, units=(Units(made.shirts, 2),)), make_act())
    service.expire(conn, made.id, make_act(at=DEADLINE))
    assert service.cancel_no_show(conn, made.id, make_act(at=DEADLINE + timedelta(days=1))) is True
    assert made.fulfillment(conn).status is S.PICKED_UP
    assert [leg.amount_minor for leg in payment_store.legs_of_orders(conn, [made.order_id])[made.order_id]] == [1500]
    assert shelf(conn, make_act()) == (0, 0, 0, 1)
    service.reshelve(conn, made.id, None, make_act(at=DEADLINE + timedelta(days=2)))
    assert shelf(conn, make_act()) == (1, 1, 0, 0)
    assert inventory.verify(conn) == []
