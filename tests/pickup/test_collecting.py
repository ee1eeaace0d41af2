"""Arrivals, codes, documents and handovers of pickups, on both engines, in exact values."""

from datetime import timedelta

import pytest

from domain.acts import Act
from domain.codes import token_hash
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.inventory import service as inventory
from domain.orders import service as orders
from domain.orders import store as order_store
from domain.orders.errors import InvalidTransition, QuantityExceedsFulfillable, QuantityInvalid
from domain.orders.model import CancelReason, OrderStatus, Units
from domain.pickup import service, store
from domain.pickup.errors import AlreadyHandedOver, PersonNotNamed, PickupCodeInvalid, ProofRequired
from domain.pickup.model import Arrival, Collector, HandOver, Verification
from domain.throttles.service import TooManyAttempts
from tests.inventory.shelves import SOCKS
from tests.pickup.counter import ordered
from tests.pickup.steps import DEADLINE, MakeAct, S, by_code, ready, shelf


def test_arriving_twice_only_changes_where_to_look(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    later = make_act(at=make_act().now + timedelta(hours=2))
    service.check_in(conn, made.id, later, bay="1", vehicle="red van")
    version = made.fulfillment(conn).version
    service.check_in(conn, made.id, later, bay="2")
    assert made.fulfillment(conn).status is S.CUSTOMER_ARRIVED
    assert made.fulfillment(conn).version == version
    assert made.pickup(conn).arrival == Arrival(later.now, "2", None)


def test_nobody_arrives_before_it_is_ready(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    with pytest.raises(InvalidTransition):
        service.check_in(conn, made.id, act)


def test_a_persons_link_works_until_it_is_revoked(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    first = service.set_person(conn, made.id, "Bob", act)
    second = service.set_person(conn, made.id, "  Carol ", act)
    assert first is not None
    assert second is not None
    assert store.by_person_token(conn, token_hash(first)) is None
    found = store.by_person_token(conn, token_hash(second))
    assert found is not None
    assert found.person is not None
    assert found.person.name == "Carol"
    assert service.set_person(conn, made.id, None, act) is None
    assert store.by_person_token(conn, token_hash(second)) is None


def test_the_right_code_hands_everything_over(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    link = service.set_person(conn, made.id, "Bob", act)
    handover = service.hand_over(conn, by_code(conn, made), act)
    assert handover.units == (Units(made.shirts, 3), Units(made.socks, 1))
    assert store.handovers(conn, [made.id]) == {made.id: [handover]}
    assert made.fulfillment(conn).status is S.PICKED_UP
    assert order_store.order(conn, made.order_id).status is OrderStatus.CLOSED
    assert (shelf(conn, act), shelf(conn, act, SOCKS)) == ((0, 0, 0, 0), (0, 0, 0, 0))
    assert made.pickup(conn).code is None
    assert store.by_person_token(conn, token_hash(link or "")) is None
    assert inventory.verify(conn) == []


def test_what_was_handed_over_is_not_handed_over_again(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    command = by_code(conn, made)
    service.hand_over(conn, command, act)
    with pytest.raises(AlreadyHandedOver):
        service.hand_over(conn, command, act)


def test_a_wrong_code_hands_nothing_over_and_says_how_many_tries_are_left(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    left = service.attempt_code(conn, made.id, act)
    with pytest.raises(PickupCodeInvalid) as refused, conn.begin_nested():
        service.hand_over(conn, HandOver(made.id, Verification.CODE, code="no"), act, attempts_left=left)
    assert refused.value.facts == {"attemptsLeft": 4}
    assert store.handovers(conn, [made.id]) == {}


def test_five_wrong_codes_lock_the_code_for_a_quarter_of_an_hour_but_not_the_document(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    act = make_act()
    made = ready(conn, act)
    assert [service.attempt_code(conn, made.id, act) for _ in range(5)] == [4, 3, 2, 1, 0]
    with pytest.raises(TooManyAttempts) as refused:
        service.attempt_code(conn, made.id, make_act(at=act.now + timedelta(minutes=14, seconds=59)))
    assert refused.value.facts == {"retryAt": "2026-01-10T10:15:00Z"}
    assert service.attempt_code(conn, made.id, make_act(at=act.now + timedelta(minutes=15))) == 4
    service.hand_over(conn, HandOver(made.id, Verification.IDENTITY, proof="passport"), act)
    assert made.fulfillment(conn).status is S.PICKED_UP


def test_a_document_check_says_what_was_checked(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    with pytest.raises(ProofRequired):
        service.hand_over(conn, HandOver(made.id, Verification.IDENTITY), act)


def test_somebody_else_collects_only_when_named(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    command = HandOver(made.id, Verification.CODE, Collector.PERSON, made.pickup(conn).code)
    with pytest.raises(PersonNotNamed), conn.begin_nested():
        service.hand_over(conn, command, act)
    service.set_person(conn, made.id, "Bob", act)
    assert service.hand_over(conn, command, act).person_name == "Bob"


def test_two_of_three_today_and_the_third_under_a_new_code_before_the_deadline(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    act = make_act()
    made = ready(conn, act)
    service.check_in(conn, made.id, act)
    first = by_code(conn, made, units=(Units(made.shirts, 2), Units(made.socks, 1)))
    service.hand_over(conn, first, act)
    assert made.fulfillment(conn).status is S.READY_FOR_PICKUP
    assert (made.pickup(conn).expires_at, made.pickup(conn).arrival) == (DEADLINE, None)
    assert shelf(conn, act) == (0, 1, 1, 0)
    tomorrow = make_act(at=act.now + timedelta(days=1))
    with pytest.raises(PickupCodeInvalid), conn.begin_nested():
        service.hand_over(conn, HandOver(made.id, Verification.CODE, code=first.code), tomorrow)
    second = service.hand_over(conn, by_code(conn, made), tomorrow)
    assert second.units == (Units(made.shirts, 1),)
    assert made.fulfillment(conn).status is S.PICKED_UP
    assert inventory.verify(conn) == []


@pytest.mark.parametrize(("units", "refusal"), [(4, QuantityExceedsFulfillable), (0, QuantityInvalid)])
def test_no_more_is_handed_over_than_waits(conn: WriteConnection, act: Act, units: int, refusal: type[Refused]) -> None:
    made = ready(conn, act)
    with pytest.raises(refusal):
        service.hand_over(conn, by_code(conn, made, units=(Units(made.shirts, units),)), act)


def test_a_line_canceled_while_the_rest_waits_leaves_the_rest_collectable(conn: WriteConnection, act: Act) -> None:
    made = ready(conn, act)
    orders.cancel_units(conn, made.order_id, [Units(made.socks, 1)], CancelReason.CUSTOMER_REQUEST, act)
    handover = service.hand_over(conn, by_code(conn, made), act)
    assert handover.units == (Units(made.shirts, 3),)
    assert made.fulfillment(conn).status is S.PICKED_UP
