"""Splitting refunds, rounding coins, and the order in which states may follow each other."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.payments import rules
from domain.payments.model import (
    Capacity,
    LegStatus,
    Payment,
    PaymentId,
    PaymentStatus,
    RefundOrder,
    Tender,
)
from domain.payments.provider import ProviderStatus, RefundStatus
from tests.conftest import NOW
from tests.payments.paper import EUR


def payment(number: int, tender: Tender, amount_minor: int) -> Payment:
    return Payment(
        id=PaymentId(UUID(int=number)),
        owner="checkout",
        order_id=None,
        tender=tender,
        currency=EUR,
        amount_minor=amount_minor,
        authorized_minor=amount_minor,
        capture_minor=amount_minor,
        captured_minor=amount_minor,
        cash_step_minor=1,
        status=PaymentStatus.CAPTURED,
        method="",
        provider_reference=None,
        failure_code=None,
        payer=None,
        location_id=None,
        terminal_id=None,
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )


def capacity(number: int, tender: Tender, left_minor: int, *, disputed: bool = False) -> Capacity:
    return Capacity(payment(number, tender, left_minor), left_minor, disputed)


def parts(capacities: list[Capacity], amount_minor: int) -> list[tuple[int, int]]:
    return [(part.payment_id.int, part.amount_minor) for part in rules.plan_refund(capacities, amount_minor)]


def test_a_refund_goes_to_the_card_first_and_to_cash_last() -> None:
    capacities = [capacity(1, Tender.CASH, 3000), capacity(2, Tender.EXTERNAL, 1000), capacity(3, Tender.CARD, 2000)]
    assert parts(capacities, 4500) == [(3, 2000), (2, 1000), (1, 1500)]


def test_no_payment_gives_back_more_than_it_has_left() -> None:
    assert parts([capacity(1, Tender.CARD, 1000), capacity(2, Tender.CARD, 500)], 9999) == [(1, 1000), (2, 500)]


def test_a_disputed_payment_gives_nothing_back() -> None:
    # M49: 40.00 of 55.00 come from the payment that is not disputed, 15.00 need another way.
    capacities = [capacity(1, Tender.CARD, 4000), capacity(2, Tender.CARD, 4500, disputed=True)]
    assert parts(capacities, 5500) == [(1, 4000)]


def test_a_cent_is_refunded_by_one_leg() -> None:
    capacities = [capacity(1, Tender.CARD, 1000), capacity(2, Tender.CARD, 1000), capacity(3, Tender.CASH, 8000)]
    assert parts(capacities, 1) == [(1, 1)]


def test_nothing_to_refund_makes_no_leg() -> None:
    assert parts([capacity(1, Tender.CARD, 1000)], 0) == []


@given(
    took=st.lists(st.tuples(st.sampled_from(Tender), st.integers(0, 5_000), st.booleans()), min_size=1, max_size=5),
    refunds=st.lists(st.integers(0, 9_000), max_size=6),
    order=st.one_of(st.none(), st.sampled_from(RefundOrder)),
)
def test_refunds_of_any_amounts_never_go_past_what_a_payment_took_nor_past_what_was_taken_in_all(
    took: list[tuple[Tender, int, bool]], refunds: list[int], order: RefundOrder | None
) -> None:
    found = [capacity(n, tender, left, disputed=disputed) for n, (tender, left, disputed) in enumerate(took)]
    left = [replace(one, payment=replace(one.payment, refund_order=order)) for one in found]
    whole = sum(one.free_minor for one in left)
    for amount in [*refunds, whole]:
        given_back = dict(parts(left, amount))
        assert sum(given_back.values()) == min(amount, sum(one.free_minor for one in left))
        assert all(
            given_back.get(number, 1) > 0 and given_back.get(number, 0) <= one.free_minor
            for number, one in enumerate(left)
        )
        left = [replace(one, left_minor=one.left_minor - given_back.get(number, 0)) for number, one in enumerate(left)]
    assert all(one.free_minor == 0 for one in left)
    assert sum(one.left_minor for one in found) - sum(one.left_minor for one in left) == whole


def test_cash_of_two_visits_sums_to_what_was_taken() -> None:
    # M33: 6.47 was paid with 6.45; the refunds of 1.98 and 4.49 hand out 2.00 and 4.45.
    assert rules.cash_out(0, 198, 5) == 200
    assert rules.cash_out(198, 449, 5) == 445


@given(st.lists(st.integers(0, 10_000), max_size=12), st.sampled_from([1, 5, 10, 50, 100]))
def test_cash_refunds_in_any_parts_sum_to_the_rounded_whole(amounts: list[int], step: int) -> None:
    before, out = 0, 0
    for amount in amounts:
        out += rules.cash_out(before, amount, step)
        before += amount
    assert out == rules.cash_rounded(sum(amounts), step)


def test_a_leg_only_moves_forward() -> None:
    assert rules.leg_after(LegStatus.SUCCEEDED, RefundStatus.PENDING) is LegStatus.SUCCEEDED
    assert rules.leg_after(LegStatus.FAILED, RefundStatus.SUCCEEDED) is LegStatus.FAILED
    assert rules.leg_after(LegStatus.SUCCEEDED, RefundStatus.FAILED) is LegStatus.FAILED
    assert rules.leg_after(LegStatus.PENDING, RefundStatus.REQUIRES_ACTION) is LegStatus.REQUIRES_ACTION
    assert rules.leg_after(LegStatus.PENDING, RefundStatus.UNKNOWN) is LegStatus.PENDING


@given(st.lists(st.sampled_from(RefundStatus), max_size=8))
def test_answers_in_any_order_and_number_lead_to_the_same_leg(told: list[RefundStatus]) -> None:
    ended = [status for status in told if status in (RefundStatus.SUCCEEDED, RefundStatus.FAILED)]
    status = LegStatus.RESERVED
    for one in [*told, *told]:
        status = rules.leg_after(status, one)
    if RefundStatus.CANCELED not in told and ended:
        expected = LegStatus.FAILED if RefundStatus.FAILED in ended else LegStatus.SUCCEEDED
        assert status is expected


@given(st.lists(st.sampled_from(RefundStatus), max_size=8))
def test_a_leg_that_failed_gives_its_amount_back_once_and_for_good(told: list[RefundStatus]) -> None:
    """The capacity is what was captured less the legs that have not failed, so it grows only when one fails."""
    gone = (LegStatus.FAILED, LegStatus.CANCELED)
    status, times = LegStatus.PENDING, 0
    for one in [*told, RefundStatus.FAILED, *told]:
        after = rules.leg_after(status, one)
        times += after in gone and status not in gone
        assert after in gone or status not in gone
        status = after
    assert times == 1


@given(st.lists(st.sampled_from(ProviderStatus), max_size=8), st.booleans())
def test_money_that_was_taken_always_shows_and_never_goes_away(told: list[ProviderStatus], bound: bool) -> None:
    status = PaymentStatus.CREATED
    for one in [*told, ProviderStatus.CAPTURED, *told]:
        status = rules.payment_after(status, one, bound=bound)
    assert status is PaymentStatus.CAPTURED


def test_a_promise_that_comes_after_we_gave_up_is_voided() -> None:
    after = rules.payment_after(PaymentStatus.VOIDED, ProviderStatus.AUTHORIZED, bound=False)
    assert after is PaymentStatus.VOID_REQUESTED


def test_a_promise_that_an_order_rests_on_and_that_expires_fails_the_payment() -> None:
    assert rules.payment_after(PaymentStatus.AUTHORIZED, ProviderStatus.VOIDED, bound=True) is PaymentStatus.FAILED
    assert rules.payment_after(PaymentStatus.AUTHORIZED, ProviderStatus.VOIDED, bound=False) is PaymentStatus.VOIDED


def test_a_key_is_stale_after_twenty_three_hours() -> None:
    assert not rules.key_is_stale(None, NOW)
    assert not rules.key_is_stale(NOW - timedelta(hours=22, minutes=59), NOW)
    assert rules.key_is_stale(NOW - timedelta(hours=23), NOW)
