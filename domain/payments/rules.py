"""Pure decisions about money that was promised, taken or is to go back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from domain.money import Currency, allocate, round_half_up
from domain.payments.model import Capacity, LegPlan, LegStatus, PaymentStatus, RefundLeg, RefundOrder, Tender
from domain.payments.provider import ProviderStatus, RefundStatus

PROVIDER_KEY_LIFE = timedelta(hours=23)
"""Stripe forgets an idempotency key after at least 24 hours; an hour is kept for clocks that differ.
Source: https://docs.stripe.com/api/idempotent_requests."""

_CASH_STEPS_MINOR = {
    "AUD": 5,
    "CAD": 5,
    "CHF": 5,
    "CZK": 100,
    "DKK": 50,
    "HUF": 500,
    "NOK": 100,
    "NZD": 10,
    "SEK": 100,
}
"""Smallest coin in minor units where it is larger than the unit. Source: the central banks' rounding rules."""

_STORED_LAST = (Tender.BALANCE, Tender.CARD, Tender.EXTERNAL, Tender.GIFT_CARD, Tender.STORE_CREDIT, Tender.CASH)
_STORED_FIRST = (Tender.BALANCE, Tender.GIFT_CARD, Tender.STORE_CREDIT, Tender.CARD, Tender.EXTERNAL, Tender.CASH)
"""What is owed is forgiven before anything is given back. Cash goes last, so that the drawer opens once."""


def cash_step_minor(currency: Currency) -> int:
    """The smallest cash amount of a currency; 1 when coins reach the minor unit.

    >>> cash_step_minor(Currency("CHF")), cash_step_minor(Currency("GBP"))
    (5, 1)
    """
    return _CASH_STEPS_MINOR.get(currency, 1)


def cash_rounded(amount_minor: int, step_minor: int) -> int:
    """The nearest amount that coins can make; halves go up.

    >>> cash_rounded(647, 5), cash_rounded(648, 5), cash_rounded(198, 5)
    (645, 650, 200)
    """
    return round_half_up(amount_minor, step_minor) * step_minor


def cash_out(before_minor: int, amount_minor: int, step_minor: int) -> int:
    """Coins for a further cash refund of `amount_minor` after `before_minor` has gone back: the cumulative refund is
    rounded and the difference paid, so the visits sum to what the whole would have been.

    >>> cash_out(0, 198, 5), cash_out(198, 449, 5)
    (200, 445)
    """
    return cash_rounded(before_minor + amount_minor, step_minor) - cash_rounded(before_minor, step_minor)


def plan_refund(capacities: Sequence[Capacity], amount_minor: int) -> tuple[LegPlan, ...]:
    """Split a refund over payments as the order's terms say, none past its capacity: cards first unless they say otherwise,
    cash last, earlier payments first.

    The parts sum to `amount_minor`, or to all there is when there is less. No part is zero.
    """
    told = next((found.payment.refund_order for found in capacities if found.payment.refund_order), None)
    order = _STORED_FIRST if told is RefundOrder.STORED_VALUE_FIRST else _STORED_LAST
    ordered = sorted(capacities, key=lambda capacity: order.index(capacity.payment.tender))
    free = [found.free_minor for found in ordered]
    if told is RefundOrder.PROPORTIONAL:
        owed = [found.free_minor if found.payment.tender is Tender.BALANCE else 0 for found in ordered]
        first = _one_after_another(owed, amount_minor)
        rest = _in_proportion([most - part for most, part in zip(free, first, strict=True)], amount_minor - sum(first))
        parts = [sum(both) for both in zip(first, rest, strict=True)]
    else:
        parts = _one_after_another(free, amount_minor)
    return tuple(
        LegPlan(found.payment.id, found.payment.tender, part)
        for found, part in zip(ordered, parts, strict=True)
        if part
    )


def _one_after_another(free: Sequence[int], amount_minor: int) -> list[int]:
    left, parts = amount_minor, []
    for most in free:
        parts.append(max(0, min(left, most)))
        left -= parts[-1]
    return parts


def _in_proportion(free: Sequence[int], amount_minor: int) -> list[int]:
    """By what is left on each tender, not by what was paid: fixed weights can ask for a cent back.

    >>> _in_proportion([7000, 3000], 4000), _in_proportion([8000, 1000, 1000], 1)
    ([2800, 1200], [1, 0, 0])
    """
    whole = sum(free)
    return allocate(min(amount_minor, whole), free) if whole else [0] * len(free)


def key_is_stale(sent_at: datetime | None, now: datetime) -> bool:
    """Whether the provider may have forgotten a key that first left us at `sent_at`."""
    return sent_at is not None and now - sent_at >= PROVIDER_KEY_LIFE


def payment_after(status: PaymentStatus, told: ProviderStatus, *, bound: bool) -> PaymentStatus:
    """The state of a payment after the provider told us its own. `bound` means that an order rests on it.

    What is known never goes back: an old answer that arrives late changes nothing. Money that the provider really took
    always shows. A promise that comes after we gave the payment up is voided, so no customer's money stays blocked.
    """
    match told:
        case ProviderStatus.UNKNOWN:
            return status
        case ProviderStatus.CAPTURED:
            return PaymentStatus.CAPTURED
        case ProviderStatus.AUTHORIZED:
            return _after_promise(status)
        case ProviderStatus.REQUIRES_ACTION:
            return PaymentStatus.REQUIRES_ACTION if status is PaymentStatus.CREATED else status
        case ProviderStatus.DECLINED:
            waiting = status in (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION)
            return PaymentStatus.FAILED if waiting else status
        case ProviderStatus.VOIDED:
            return _after_void(status, bound=bound)
        case _:
            assert_never(told)


def _after_promise(status: PaymentStatus) -> PaymentStatus:
    if status in (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION):
        return PaymentStatus.AUTHORIZED
    if status in (PaymentStatus.VOIDED, PaymentStatus.FAILED):
        return PaymentStatus.VOID_REQUESTED
    return status


def _after_void(status: PaymentStatus, *, bound: bool) -> PaymentStatus:
    if status is PaymentStatus.CAPTURE_REQUESTED or (bound and status is PaymentStatus.AUTHORIZED):
        return PaymentStatus.FAILED
    if status in (PaymentStatus.CAPTURED, PaymentStatus.FAILED):
        return status
    return PaymentStatus.VOIDED


_ENDED = frozenset({LegStatus.SUCCEEDED, LegStatus.CANCELED, LegStatus.EXTERNAL})

_RANK = {
    LegStatus.RESERVED: 0,
    LegStatus.ON_HOLD: 0,
    LegStatus.EXTERNAL: 0,
    LegStatus.PENDING: 1,
    LegStatus.REQUIRES_ACTION: 1,
    LegStatus.SUCCEEDED: 2,
    LegStatus.CANCELED: 3,
    LegStatus.FAILED: 3,
}

_TOLD = {
    RefundStatus.PENDING: LegStatus.PENDING,
    RefundStatus.REQUIRES_ACTION: LegStatus.REQUIRES_ACTION,
    RefundStatus.SUCCEEDED: LegStatus.SUCCEEDED,
    RefundStatus.FAILED: LegStatus.FAILED,
    RefundStatus.CANCELED: LegStatus.CANCELED,
}


def leg_after(status: LegStatus, told: RefundStatus) -> LegStatus:
    """The state of a leg after the provider told us its own; a leg only moves forward, so doubles and stale answers
    change nothing, and failure, which may come days after success, is final.

    >>> leg_after(LegStatus.SUCCEEDED, RefundStatus.PENDING).name, leg_after(LegStatus.SUCCEEDED, RefundStatus.FAILED).name
    ('SUCCEEDED', 'FAILED')
    """
    if told is RefundStatus.UNKNOWN:
        return status
    after = _TOLD[told]
    if _RANK[after] == _RANK[status] == 1:
        return after
    return after if _RANK[after] > _RANK[status] else status


def may_make_good(leg: RefundLeg) -> bool:
    """Whether a leg's money never arrived although it was owed: it failed, or was canceled after it was sent. A leg that
    was canceled before it was sent owed nothing: its money was never taken, or the bank paid it back."""
    sent = leg.provider_reference is not None
    return leg.status is LegStatus.FAILED or (leg.status is LegStatus.CANCELED and sent)


def all_ended(legs: Sequence[RefundLeg]) -> bool:
    """Whether nothing of a refund is awaited or owed any more. A leg that another one makes good does not count."""
    replaced = {leg.replaces_leg_id for leg in legs}
    last = [leg for leg in legs if leg.id not in replaced]
    return all(leg.status in _ENDED and not may_make_good(leg) for leg in last)
