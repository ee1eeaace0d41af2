"""Refunds that wait for their customer for too long are given up, so that their money can go back another way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.payments import store
from domain.payments.model import RefundLeg, RefundLegId
from domain.payments.provider import RefundResult, RefundStatus, refund_cancel_key
from domain.payments.refunding import record_refund

ACTION_LIFETIME = timedelta(days=30)
"""How long a customer may take. Below the 45 days after which Stripe lets such a refund fail by itself.
Source: https://docs.stripe.com/refunds."""

TIMED_OUT = "action_timed_out"


@dataclass(frozen=True, slots=True)
class Overdue:
    """A refund to be canceled at the provider: our leg, the provider's id, the key to ask with."""

    leg_id: RefundLegId
    reference: str
    key: str


def overdue(conn: ReadConnection, now: datetime, limit: int) -> Sequence[Overdue]:
    """Legs that have waited for their customer for `ACTION_LIFETIME`, the oldest first, at most `limit`."""
    legs = store.waiting_for_action(conn, now - ACTION_LIFETIME, limit)
    return [
        Overdue(leg.id, leg.provider_reference, refund_cancel_key(leg.id, leg.attempt))
        for leg in legs
        if leg.provider_reference is not None
    ]


def record_timed_out(conn: WriteConnection, leg_id: RefundLegId, result: RefundResult, act: Act) -> RefundLeg:
    """Write what became of a refund that was to be canceled: canceled, which frees its amount once and leaves it to
    `refundRetry` and `refundReroute`, or whatever the customer made of it first."""
    if result.status is RefundStatus.CANCELED:
        result = replace(result, failure_code=TIMED_OUT)
    return record_refund(conn, leg_id, result, act)
