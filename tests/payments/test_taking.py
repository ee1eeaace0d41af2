"""Authorize, capture once, void; cash and money held by others."""

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.jobs import store as jobs
from domain.jobs.tables import JobRow
from domain.money import Money
from domain.payments import service, store, store_provider
from domain.payments.errors import (
    CaptureExceedsAuthorization,
    PaymentInProgress,
    PaymentNotAuthorized,
    PaymentNotVoidable,
)
from domain.payments.model import FindingKind, LegStatus, NewPayment, PaymentStatus, Tender
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.tables import table_of
from tests.payments.paper import CHF, ORDER, authorized, captured, eur, opened, promise, started, taken

_job = table_of(JobRow)


def job_kinds(conn: WriteConnection) -> list[str]:
    return [row.kind for row in conn.execute(sa.select(_job.c.kind).order_by(_job.c.id))]


def findings(conn: WriteConnection) -> list[tuple[FindingKind, str]]:
    return [(found.kind, found.detail) for found in store_provider.open_findings(conn)]


def test_a_started_payment_has_its_key_written_before_the_call(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    assert payment.status is PaymentStatus.CREATED
    assert store_provider.first_sent_at(conn, f"authorize:{payment.id}") == act.now


def test_starting_again_for_the_same_owner_answers_the_living_payment(conn: WriteConnection, act: Act) -> None:
    assert started(conn, act).id == started(conn, act).id


def test_another_amount_for_a_living_payment_is_refused(conn: WriteConnection, act: Act) -> None:
    started(conn, act, 10_000)
    with pytest.raises(PaymentInProgress):
        started(conn, act, 10_001)


def test_another_card_for_a_living_payment_is_refused(conn: WriteConnection, act: Act) -> None:
    started(conn, act)
    with pytest.raises(PaymentInProgress):
        service.start(conn, NewPayment("checkout-1", Tender.CARD, eur(10_000), "pm_card_mastercard"), act)


def test_a_declined_payment_lets_its_owner_try_another_card(conn: WriteConnection, act: Act) -> None:
    first = started(conn, act)
    declined = ProviderResult(ProviderStatus.DECLINED, "pi_1", failure_code="insufficient_funds")
    after = service.record_authorization(conn, first.id, declined, act)
    assert (after.status, after.failure_code) == (PaymentStatus.FAILED, "insufficient_funds")
    assert started(conn, act).id != first.id


def test_an_authorization_told_twice_is_written_once(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    first = service.record_authorization(conn, payment.id, promise(10_000), act)
    again = service.record_authorization(conn, payment.id, promise(10_000), act)
    assert (first.status, first.authorized_minor, first.version) == (PaymentStatus.AUTHORIZED, 10_000, 2)
    assert again == first


def test_an_unknown_answer_changes_nothing_but_the_call(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    assert service.record_authorization(conn, payment.id, ProviderResult(ProviderStatus.UNKNOWN), act) == payment


def test_a_capture_is_asked_for_once(conn: WriteConnection, act: Act) -> None:
    authorized(conn, act)
    asked = service.request_capture(conn, ORDER, eur(9_000), act)
    assert [(one.status, one.capture_minor) for one in asked] == [(PaymentStatus.CAPTURE_REQUESTED, 9_000)]
    assert service.request_capture(conn, ORDER, eur(1_000), act) == ()
    assert job_kinds(conn) == ["payment.capture"]


def test_no_more_is_captured_than_was_authorized(conn: WriteConnection, act: Act) -> None:
    authorized(conn, act)
    with pytest.raises(CaptureExceedsAuthorization) as refused:
        service.request_capture(conn, ORDER, eur(10_001), act)
    assert refused.value.facts == {"maximum": 10_000}
    assert job_kinds(conn) == []


def test_a_capture_of_nothing_voids_the_promise(conn: WriteConnection, act: Act) -> None:
    authorized(conn, act)
    asked = service.request_capture(conn, ORDER, eur(0), act)
    assert [one.status for one in asked] == [PaymentStatus.VOID_REQUESTED]
    assert job_kinds(conn) == ["payment.void"]


def test_a_capture_over_two_cards_takes_the_earlier_one_first_and_frees_the_rest(
    conn: WriteConnection, act: Act
) -> None:
    authorized(conn, act, 6_000, owner="checkout-1")
    authorized(conn, act, 4_000, owner="checkout-2")
    asked = service.request_capture(conn, ORDER, eur(6_000), act)
    assert [(one.status, one.capture_minor) for one in asked] == [
        (PaymentStatus.CAPTURE_REQUESTED, 6_000),
        (PaymentStatus.VOID_REQUESTED, None),
    ]


def test_a_payment_that_still_waits_for_its_authorization_is_not_captured(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    service.bind(conn, payment.id, ORDER, act)
    with pytest.raises(PaymentNotAuthorized):
        service.request_capture(conn, ORDER, eur(10_000), act)


def test_an_expired_authorization_fails_the_payment_and_cancels_its_unsent_refunds(
    conn: WriteConnection, act: Act
) -> None:
    payment = authorized(conn, act)
    service.request_capture(conn, ORDER, eur(10_000), act)
    legs = service.reserve_refund(conn, ORDER, eur(4_000), "return-1", act)
    gone = ProviderResult(ProviderStatus.VOIDED, "pi_checkout-1", failure_code="authorization_expired")
    after = service.record_authorization(conn, payment.id, gone, act)
    assert (after.status, after.failure_code) == (PaymentStatus.FAILED, "authorization_expired")
    assert store.legs(conn, [legs[0].id])[legs[0].id].status is LegStatus.CANCELED
    assert findings(conn) == [(FindingKind.CAPTURE_FAILED, "authorization_expired")]
    assert service.verify(conn) == []


def test_a_void_is_asked_for_once(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    service.record_authorization(conn, payment.id, promise(10_000), act)
    assert service.request_void(conn, payment.id, act).status is PaymentStatus.VOID_REQUESTED
    assert service.request_void(conn, payment.id, act).status is PaymentStatus.VOID_REQUESTED
    assert job_kinds(conn) == ["payment.void"]


def test_captured_money_is_not_voided(conn: WriteConnection, act: Act) -> None:
    payment = captured(conn, act)
    with pytest.raises(PaymentNotVoidable):
        service.request_void(conn, payment.id, act)


def test_a_promise_that_arrives_after_the_void_is_voided_too(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    service.request_void(conn, payment.id, act)
    assert service.record_never_made(conn, payment.id, act).status is PaymentStatus.VOIDED
    late = service.record_authorization(conn, payment.id, promise(10_000), act)
    assert (late.status, late.provider_reference) == (PaymentStatus.VOID_REQUESTED, "pi_1")
    assert job_kinds(conn) == ["payment.void", "payment.void"]


def test_a_second_payment_at_the_provider_is_found_and_released(conn: WriteConnection, act: Act) -> None:
    payment = authorized(conn, act)
    after = service.record_authorization(conn, payment.id, promise(10_000, "pi_second"), act)
    assert after.provider_reference == "pi_checkout-1"
    assert job_kinds(conn) == ["payment.release"]
    assert findings(conn) == [(FindingKind.UNKNOWN_PAYMENT, "second payment beside pi_checkout-1: AUTHORIZED")]


def test_money_taken_after_a_void_shows_and_is_found(conn: WriteConnection, act: Act) -> None:
    payment = authorized(conn, act)
    service.request_void(conn, payment.id, act)
    after = service.record_authorization(conn, payment.id, taken(10_000, "pi_checkout-1"), act)
    assert (after.status, after.captured_minor) == (PaymentStatus.CAPTURED, 10_000)
    assert findings(conn) == [(FindingKind.CAPTURED_AFTER_VOID, "")]


def test_an_event_about_a_waiting_payment_has_its_checkout_finished(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    waiting = ProviderResult(ProviderStatus.REQUIRES_ACTION, "pi_1")
    service.record_authorization(conn, payment.id, waiting, act)
    service.hear(conn, promise(10_000), act)
    service.hear(conn, promise(10_000), act)
    assert job_kinds(conn) == ["payment.settle"]
    assert [job.body for job in jobs.claim(conn, act)] == [{"owner": "checkout-1"}]


def test_cash_is_rounded_to_the_smallest_coin(conn: WriteConnection, act: Act) -> None:
    payment = service.record_cash(conn, ORDER, Money(647, CHF), act, drawer=opened(conn, act, CHF))
    assert (payment.amount_minor, payment.captured_minor, payment.status) == (647, 645, PaymentStatus.CAPTURED)
    assert store.payments(conn, [payment.id])[payment.id] == payment


def test_a_till_card_is_bound_and_captured_in_one_step(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act, owner="till-1")
    promised = service.record_authorization(conn, payment.id, promise(10_000), act)
    asked = service.record_card_taken(conn, promised, ORDER, eur(10_000), act)
    assert (asked.order_id, asked.status) == (ORDER, PaymentStatus.CAPTURE_REQUESTED)
    with pytest.raises(PaymentNotAuthorized):
        service.record_card_taken(conn, asked, ORDER, eur(1), act)


def test_a_promise_is_bound_to_its_order_in_the_same_stroke_and_a_refusal_is_not(
    conn: WriteConnection, act: Act
) -> None:
    payment = started(conn, act)
    bound = service.record_authorization(conn, payment.id, promise(10_000), act, pays_for=ORDER)
    assert (bound.status, bound.order_id, bound.version) == (PaymentStatus.AUTHORIZED, ORDER, 2)
    assert store.payments(conn, [payment.id])[payment.id] == bound
    other = started(conn, act, owner="checkout-2")
    declined = ProviderResult(ProviderStatus.DECLINED, failure_code="card_declined")
    refused = service.record_authorization(conn, other.id, declined, act, pays_for=ORDER)
    assert (refused.status, refused.order_id) == (PaymentStatus.FAILED, None)


def test_a_payment_that_moved_on_since_it_was_read_is_read_again(conn: WriteConnection, act: Act) -> None:
    payment = started(conn, act)
    given_up = service.request_void(conn, payment.id, act)
    told = service.record_authorization(conn, payment.id, promise(10_000), act, pays_for=ORDER, known=payment)
    assert (told.status, told.order_id) == (PaymentStatus.VOID_REQUESTED, None)
    assert told.version == given_up.version + 1
