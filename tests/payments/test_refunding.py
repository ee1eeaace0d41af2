"""Reserve under lock, send once, hear answers in any order, make failures good."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import PSP, Act, Actor, ActorKind
from domain.connections import WriteConnection
from domain.ledger.tables import TransferRow
from domain.money import Money
from domain.payments import reconciling, service, store, store_provider
from domain.payments.errors import (
    LocationNotAllowed,
    PaymentDisputed,
    RefundAlreadyReplaced,
    RefundExceedsCapacity,
    RefundNotFailed,
    RefundNotFound,
    TenderUnavailable,
)
from domain.payments.model import FindingKind, LegOrigin, LegStatus, RefundLeg, RefundLegId, Tender
from domain.payments.provider import DisputeResult, DisputeStatus, RefundResult, RefundStatus
from domain.payments.refunding import CaptureUnsettled
from domain.tables import table_of
from tests.payments.paper import CHF, ORDER, STORE, TILL, authorized, captured, eur, opened
from tests.payments.test_taking import findings, job_kinds


def told(
    status: RefundStatus,
    leg: RefundLeg | None,
    *,
    reference: str = "re_1",
    amount_minor: int = 6_000,
    failure_code: str | None = None,
) -> RefundResult:
    return RefundResult(
        status,
        reference,
        failure_code,
        leg_id=None if leg is None else leg.id,
        payment_reference="pi_checkout-1",
        amount_minor=amount_minor if leg is None else leg.amount_minor,
        currency="EUR",
    )


def reserved(conn: WriteConnection, act: Act, amount_minor: int = 6_000) -> RefundLeg:
    (leg,) = service.reserve_refund(conn, ORDER, eur(amount_minor), "return-1", act)
    return leg


def failed(conn: WriteConnection, act: Act) -> RefundLeg:
    captured(conn, act)
    leg = reserved(conn, act)
    service.send_refund(conn, leg.id, act)
    return service.record_refund(conn, leg.id, told(RefundStatus.FAILED, leg, failure_code="lost_or_stolen_card"), act)


def status_of(conn: WriteConnection, leg: RefundLeg) -> LegStatus:
    return store.legs(conn, [leg.id])[leg.id].status


def free(conn: WriteConnection) -> int:
    return sum(found.free_minor for found in service.capacity(conn, ORDER))


def test_a_reserved_leg_takes_capacity_and_waits_for_the_worker(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    assert (leg.status, leg.tender, leg.amount_minor, leg.paid_minor) == (LegStatus.RESERVED, Tender.CARD, 6_000, 6_000)
    assert free(conn) == 4_000
    assert job_kinds(conn)[-1] == "refund.execute"


def test_a_refund_above_capacity_is_refused_with_the_maximum_and_writes_nothing(
    conn: WriteConnection, act: Act
) -> None:
    captured(conn, act)
    reserved(conn, act)
    with pytest.raises(RefundExceedsCapacity) as refused:
        service.reserve_refund(conn, ORDER, eur(6_000), "return-2", act)
    assert refused.value.facts == {"maximum": 4_000}
    assert len(store.legs_of_orders(conn, [ORDER])[ORDER]) == 1


def test_an_order_without_payments_has_nothing_to_refund(conn: WriteConnection, act: Act) -> None:
    with pytest.raises(RefundExceedsCapacity) as refused:
        service.reserve_refund(conn, ORDER, eur(1), "return-1", act)
    assert refused.value.facts == {"maximum": 0}


def test_an_authorization_is_released_and_never_refunded(conn: WriteConnection, act: Act) -> None:
    authorized(conn, act)
    assert service.plan(conn, ORDER, 1) == ()


def test_a_refund_of_nothing_makes_no_leg_and_no_call(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    assert service.reserve_refund(conn, ORDER, eur(0), "return-1", act) == ()
    assert "refund.execute" not in job_kinds(conn)


def test_a_refund_reserved_during_the_capture_waits_for_it(conn: WriteConnection, act: Act) -> None:
    authorized(conn, act)
    service.request_capture(conn, ORDER, eur(10_000), act)
    leg = reserved(conn, act)
    with pytest.raises(CaptureUnsettled):
        service.send_refund(conn, leg.id, act)


def test_a_leg_that_is_sent_again_carries_the_same_key(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    first = service.send_refund(conn, leg.id, act)
    again = service.send_refund(conn, leg.id, act)
    assert first is not None
    assert again is not None
    assert first.request == again.request
    assert first.request.key == f"refund:{leg.id}:1"
    assert (first.sent_before, again.sent_before) == (False, True)
    assert status_of(conn, leg) is LegStatus.PENDING


def test_an_event_before_our_own_response_makes_one_leg(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    service.send_refund(conn, leg.id, act)
    service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, leg), act.by(PSP))
    after = service.record_refund(conn, leg.id, told(RefundStatus.SUCCEEDED, leg), act)
    assert (after.status, after.provider_reference) == (LegStatus.SUCCEEDED, "re_1")
    assert len(store.legs_of_orders(conn, [ORDER])[ORDER]) == 1
    assert findings(conn) == []


def test_doubled_and_stale_events_change_nothing(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    service.send_refund(conn, leg.id, act)
    done = service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, leg), act)
    for stale in (RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.PENDING):
        assert service.record_provider_refund(conn, told(stale, leg), act) == done
    assert free(conn) == 4_000


def test_a_failure_days_after_success_frees_its_capacity_once(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    service.send_refund(conn, leg.id, act)
    service.record_refund(conn, leg.id, told(RefundStatus.SUCCEEDED, leg), act)
    assert free(conn) == 4_000
    late = told(RefundStatus.FAILED, leg, failure_code="expired_or_canceled_card")
    for _ in range(3):
        service.record_provider_refund(conn, late, act.by(PSP))
        service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, leg), act.by(PSP))
    assert status_of(conn, leg) is LegStatus.FAILED
    assert free(conn) == 10_000
    assert findings(conn) == [(FindingKind.REFUND_FAILED, "expired_or_canceled_card after SUCCEEDED")]
    assert service.verify(conn) == []


def test_a_pending_refund_uses_capacity_until_it_fails(conn: WriteConnection, act: Act) -> None:
    # M50: captured 70.00, 45.00 pending; 25.00 may go back now, 70.00 after the failure.
    captured(conn, act, 7_000)
    leg = reserved(conn, act, 4_500)
    service.send_refund(conn, leg.id, act)
    service.record_refund(conn, leg.id, told(RefundStatus.PENDING, leg), act)
    assert free(conn) == 2_500
    service.record_provider_refund(conn, told(RefundStatus.FAILED, leg), act)
    assert free(conn) == 7_000


def test_a_refund_made_in_the_dashboard_shrinks_capacity(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, None, amount_minor=7_000), act)
    service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, None, amount_minor=7_000), act)
    assert leg is not None
    assert (leg.origin, leg.status, leg.order_id) == (LegOrigin.PROVIDER, LegStatus.SUCCEEDED, ORDER)
    assert free(conn) == 3_000
    assert findings(conn) == [(FindingKind.UNLINKED_REFUND, "7000 EUR")]


def test_a_dashboard_refund_takes_the_room_of_unsent_legs(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, None, amount_minor=7_000), act)
    lost = store.legs(conn, [leg.id])[leg.id]
    assert (lost.status, lost.failure_code) == (LegStatus.FAILED, "capacity_taken_elsewhere")
    assert service.send_refund(conn, leg.id, act) is None
    assert free(conn) == 3_000
    assert service.verify(conn) == []


def test_a_second_refund_for_one_leg_is_found_and_counted(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act, 4_000)
    service.send_refund(conn, leg.id, act)
    service.record_refund(conn, leg.id, told(RefundStatus.SUCCEEDED, leg), act)
    service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, leg, reference="re_2"), act)
    assert free(conn) == 2_000
    assert findings(conn) == [(FindingKind.DUPLICATE_REFUND, "4000 EUR")]


def test_a_refund_of_an_unknown_payment_is_found(conn: WriteConnection, act: Act) -> None:
    assert service.record_provider_refund(conn, told(RefundStatus.SUCCEEDED, None), act) is None
    assert findings(conn) == [(FindingKind.UNKNOWN_REFUND, "of payment pi_checkout-1")]


def test_a_retry_is_a_new_leg_with_a_new_key(conn: WriteConnection, act: Act) -> None:
    old = failed(conn, act)
    new = service.retry(conn, old.id, act)
    assert (new.status, new.attempt, new.amount_minor, new.replaces_leg_id) == (LegStatus.RESERVED, 2, 6_000, old.id)
    sending = service.send_refund(conn, new.id, act)
    assert sending is not None
    assert sending.request.key == f"refund:{new.id}:2"
    assert free(conn) == 4_000


def test_a_failed_leg_is_made_good_once(conn: WriteConnection, act: Act) -> None:
    old = failed(conn, act)
    service.retry(conn, old.id, act)
    with pytest.raises(RefundAlreadyReplaced):
        service.retry(conn, old.id, act)
    with pytest.raises(RefundAlreadyReplaced):
        service.reroute(conn, old.id, Tender.STORE_CREDIT, act)


def test_only_a_failed_leg_is_retried(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    with pytest.raises(RefundNotFailed):
        service.retry(conn, leg.id, act)
    with pytest.raises(RefundNotFound):
        service.retry(conn, RefundLegId(UUID(int=9)), act)


def test_a_retry_needs_the_capacity_that_others_may_have_taken(conn: WriteConnection, act: Act) -> None:
    old = failed(conn, act)
    service.reserve_refund(conn, ORDER, eur(5_000), "return-2", act)
    with pytest.raises(RefundExceedsCapacity) as refused:
        service.retry(conn, old.id, act)
    assert refused.value.facts == {"maximum": 5_000}


def test_a_failed_leg_is_rerouted_to_store_credit(conn: WriteConnection, act: Act) -> None:
    old = failed(conn, act)
    new = service.reroute(conn, old.id, Tender.STORE_CREDIT, act)
    assert (new.status, new.tender, new.paid_minor) == (LegStatus.SUCCEEDED, Tender.STORE_CREDIT, 6_000)
    assert free(conn) == 4_000
    transfers = table_of(TransferRow)
    assert conn.execute(sa.select(sa.func.count()).select_from(transfers)).scalar_one() == 1
    assert service.verify(conn) == []


def test_a_failed_leg_is_rerouted_to_cash_where_the_associate_works(conn: WriteConnection, act: Act) -> None:
    old = failed(conn, act)
    opened(conn, act)
    cashier = Actor(ActorKind.ASSOCIATE, "7", location_ids=frozenset({STORE}), terminal_id=TILL)
    with pytest.raises(LocationNotAllowed):
        service.reroute(conn, old.id, Tender.CASH, act.by(cashier), cash_location_id=UUID(int=1))
    with pytest.raises(TenderUnavailable):
        service.reroute(conn, old.id, Tender.CASH, act.by(cashier))
    with pytest.raises(TenderUnavailable):
        service.reroute(conn, old.id, Tender.CARD, act.by(cashier))
    new = service.reroute(conn, old.id, Tender.CASH, act.by(cashier), cash_location_id=STORE)
    assert (new.status, new.location_id, new.terminal_id) == (LegStatus.SUCCEEDED, STORE, TILL)


def test_cash_goes_back_at_once_and_sums_to_the_coins_that_came_in(conn: WriteConnection, act: Act) -> None:
    # M33: 6.47 settled by 6.45.
    taken_into = opened(conn, act, CHF)
    payment = service.record_cash(conn, ORDER, Money(647, CHF), act, drawer=taken_into, cash_step_minor=5)
    (first,) = service.reserve_refund(conn, ORDER, Money(198, CHF), "return-1", act, cash_location_id=STORE)
    (second,) = service.reserve_refund(conn, ORDER, Money(449, CHF), "return-2", act, cash_location_id=STORE)
    assert (first.status, first.paid_minor, second.paid_minor) == (LegStatus.SUCCEEDED, 200, 445)
    assert first.paid_minor + second.paid_minor == payment.captured_minor == 645
    assert free(conn) == 0
    assert service.verify(conn) == []


def test_cash_does_not_go_back_without_a_store(conn: WriteConnection, act: Act) -> None:
    service.record_cash(conn, ORDER, eur(1_000), act, drawer=opened(conn, act))
    with pytest.raises(TenderUnavailable):
        service.reserve_refund(conn, ORDER, eur(1_000), "return-1", act)


def test_money_held_by_a_marketplace_goes_back_there(conn: WriteConnection, act: Act) -> None:
    service.record_external(conn, ORDER, eur(5_000), "zalando", act)
    (leg,) = service.reserve_refund(conn, ORDER, eur(2_000), "return-1", act)
    assert (leg.status, leg.tender) == (LegStatus.EXTERNAL, Tender.EXTERNAL)
    assert job_kinds(conn) == []
    assert free(conn) == 3_000


def dispute(status: DisputeStatus, amount_minor: int = 10_000) -> DisputeResult:
    return DisputeResult("dp_1", "pi_checkout-1", status, amount_minor, "EUR", "fraudulent")


def test_a_dispute_holds_unsent_legs_and_all_capacity(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    service.record_dispute(conn, dispute(DisputeStatus.OPEN), act)
    assert status_of(conn, leg) is LegStatus.ON_HOLD
    with pytest.raises(PaymentDisputed) as refused:
        service.reserve_refund(conn, ORDER, eur(1_000), "return-2", act)
    assert refused.value.facts == {"maximum": 0}


def test_a_won_dispute_sends_what_waited(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    for status in (DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.WON, DisputeStatus.OPEN):
        service.record_dispute(conn, dispute(status), act)
    assert status_of(conn, leg) is LegStatus.RESERVED
    assert service.send_refund(conn, leg.id, act) is not None
    assert free(conn) == 4_000


def test_a_lost_dispute_counts_as_refunded_by_the_bank(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act, 4_000)
    service.record_dispute(conn, dispute(DisputeStatus.OPEN), act)
    service.record_dispute(conn, dispute(DisputeStatus.LOST), act)
    service.record_dispute(conn, dispute(DisputeStatus.LOST), act)
    assert status_of(conn, leg) is LegStatus.CANCELED
    assert free(conn) == 0
    assert [(one.origin, one.amount_minor) for one in store.legs_of_orders(conn, [ORDER])[ORDER]] == [
        (LegOrigin.OURS, 4_000),
        (LegOrigin.DISPUTE, 10_000),
    ]
    assert service.verify(conn) == []


def test_an_inquiry_blocks_nothing(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    service.record_dispute(conn, dispute(DisputeStatus.INQUIRY), act)
    assert free(conn) == 10_000


def test_verify_reports_what_the_books_cannot_hold(conn: WriteConnection, act: Act) -> None:
    payment = captured(conn, act)
    leg = reserved(conn, act)
    conn.execute(sa.update(store.leg_table).where(store.leg_table.c.id == leg.id).values(amount_minor=10_001))
    assert [(one.invariant, one.subject) for one in service.verify(conn)] == [
        ("I-01", payment.id),
        ("I-02", ORDER),
    ]


def test_a_stuck_call_is_found_and_sent_again(conn: WriteConnection, act: Act) -> None:
    captured(conn, act)
    leg = reserved(conn, act)
    service.send_refund(conn, leg.id, act)
    later = replace(act, now=act.now + timedelta(hours=3))
    assert reconciling.sweep(conn, later) == 1
    assert job_kinds(conn)[-2:] == ["refund.execute", "refund.execute"]
    assert [found.kind for found in store_provider.open_findings(conn)] == [FindingKind.CALL_STUCK]
