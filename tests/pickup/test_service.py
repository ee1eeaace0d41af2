"""Pickups from order to hand, on both engines, in exact values."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act, Actor, ActorKind, Scope
from domain.codes import token_hash
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.events import store as events
from domain.inventory import service as inventory
from domain.inventory import store as stock
from domain.inventory.model import Take
from domain.jobs.tables import JobRow
from domain.orders import service as orders
from domain.orders import store as order_store
from domain.orders.errors import (
    DuplicateLine,
    FulfillmentOrderNotFound,
    InvalidTransition,
    LineNotFound,
    QuantityExceedsFulfillable,
    QuantityInvalid,
    WrongFulfillmentMethod,
)
from domain.orders.model import (
    CancelReason,
    FulfillmentMethod,
    FulfillmentStatus,
    OrderLineId,
    OrderStatus,
    Units,
)
from domain.paging import Page
from domain.payments import store as payment_store
from domain.payments.model import PaymentStatus
from domain.pickup import service, store
from domain.pickup.errors import (
    AlreadyHandedOver,
    ExtensionInvalid,
    NothingToPick,
    NothingToReshelve,
    PersonNotNamed,
    PickupCodeInvalid,
    PickupExpired,
    ProofRequired,
)
from domain.pickup.model import (
    Arrival,
    Collector,
    HandOver,
    Handover,
    MessageKind,
    PickedLine,
    RejectReason,
    ShortReason,
    Verification,
)
from domain.tables import table_of
from domain.throttles.service import TooManyAttempts
from tests.inventory.shelves import SHIRT, SOCKS, SOHO, YORK
from tests.pickup.counter import Ordered, captured, ordered

S = FulfillmentStatus
MakeAct = Callable[..., Act]
DEADLINE = datetime(2026, 1, 18, tzinfo=UTC)


def ready(conn: WriteConnection, act: Act) -> Ordered:
    made = ordered(conn, act)
    service.prepare(conn, made.id, act)
    captured(conn, made, act)
    return made


def by_code(conn: WriteConnection, made: Ordered, *, units: tuple[Units, ...] | None = None) -> HandOver:
    return HandOver(made.id, Verification.CODE, code=made.pickup(conn).code, units=units)


def jobs(conn: WriteConnection) -> Sequence[tuple[str | int | None, datetime]]:
    """(kind of message, when) of the waiting message jobs, by time."""
    job = table_of(JobRow)
    rows = conn.execute(
        sa.select(job.c.body, job.c.run_at).where(job.c.kind == "pickup.message").order_by(job.c.run_at, job.c.id)
    )
    return [(row.body["kind"], row.run_at) for row in rows]


def shelf(conn: WriteConnection, act: Act, variant: UUID = SHIRT) -> tuple[int, int, int, int]:
    """(available, on hand, committed, quarantined) in Soho."""
    level = stock.availability(conn, [(variant, SOHO)], act.now)[variant, SOHO]  # type: ignore[list-item, index]
    return level.available, level.on_hand, level.committed, level.quarantined


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


def test_another_stores_associate_sees_no_such_pickup(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    york = Actor(
        ActorKind.ASSOCIATE, "a-1", location_ids=frozenset({YORK}), scopes=frozenset({Scope.WRITE_FULFILLMENT})
    )
    with pytest.raises(FulfillmentOrderNotFound):
        service.hand_over(conn, by_code(conn, made), make_act(york))
    with pytest.raises(FulfillmentOrderNotFound):
        service.attempt_code(conn, made.id, make_act(york))


def test_a_parcel_is_not_a_pickup(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act, method=FulfillmentMethod.SHIPPING)
    with pytest.raises(WrongFulfillmentMethod):
        service.accept(conn, made.id, act)


def test_the_queue_shows_what_waits_and_what_the_clock_has_expired(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())

    def queued(status: FulfillmentStatus, now: datetime) -> list[UUID]:
        return [one.id for one in store.queue(conn, SOHO, [status], now, Page(10)).items]

    assert queued(S.READY_FOR_PICKUP, make_act().now) == [made.id]
    assert queued(S.EXPIRED, make_act().now) == []
    assert queued(S.READY_FOR_PICKUP, DEADLINE) == []
    assert queued(S.EXPIRED, DEADLINE) == [made.id]


def test_every_step_wakes_the_stores_queue(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    before = events.newest(conn)
    service.accept(conn, made.id, act)
    changes = [(one.topic, one.key) for one in events.after(conn, before)]
    assert ("pickup_queue", str(SOHO)) in changes
    assert ("order", str(made.order_id)) in changes


def test_a_message_says_what_is_true_when_it_leaves(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    now, over = make_act().now, make_act(at=DEADLINE)
    said = service.message(conn, made.id, MessageKind.READY, DEADLINE, now)
    assert said is not None
    assert (said.email, said.location_name, said.code) == ("ada@example.com", "Soho", made.pickup(conn).code)
    assert service.message(conn, made.id, MessageKind.READY, DEADLINE, DEADLINE) is None
    service.extend(conn, made.id, 3, over)
    assert service.message(conn, made.id, MessageKind.REMINDER, DEADLINE, over.now) is None
    assert service.message(conn, made.id, MessageKind.REMINDER, datetime(2026, 1, 22, tzinfo=UTC), over.now) is not None
    service.hand_over(conn, by_code(conn, made), over)
    assert service.message(conn, made.id, MessageKind.REMINDER, datetime(2026, 1, 22, tzinfo=UTC), over.now) is None


def test_the_record_of_a_handover_names_who_did_it(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    soho = Actor(ActorKind.ASSOCIATE, "a-7", location_ids=frozenset({SOHO}), terminal_id=UUID(int=77))
    handover = service.hand_over(conn, by_code(conn, made), make_act(soho))
    assert handover == Handover(
        id=handover.id,
        fulfillment_order_id=made.id,
        verification=Verification.CODE,
        collector=Collector.BUYER,
        person_name=None,
        proof=None,
        actor_kind=ActorKind.ASSOCIATE,
        actor_id="a-7",
        terminal_id=UUID(int=77),
        handed_over_at=make_act().now,
        units=(Units(made.shirts, 3), Units(made.socks, 1)),
    )
