"""The jobs of this room: their kinds and bodies, in one place for the commands that write them and the worker that reads."""

from collections.abc import Sequence
from datetime import datetime

from domain.acts import Act
from domain.connections import WriteConnection
from domain.jobs import store as jobs
from domain.payments import store_provider
from domain.payments.model import Call, CallState, Payment, PaymentId, RefundLeg
from domain.payments.provider import capture_key, refund_key, void_key

CAPTURE = "payment.capture"
VOID = "payment.void"
RELEASE = "payment.release"
SETTLE = "payment.settle"
REFUND = "refund.execute"
REFUND_TIME_OUT = "refund.time_out"
EVENT = "stripe.event"
RECONCILE = "payment.reconcile"
RECONCILE_PAGE = "payment.reconcile_page"


def capture(conn: WriteConnection, payment: Payment, act: Act) -> None:
    """Take the promised money after this commit."""
    _request(conn, capture_key(payment.id), payment.id, act)
    jobs.enqueue(conn, act, CAPTURE, {"payment": str(payment.id)})


def void(conn: WriteConnection, payment: Payment, act: Act, *, run_at: datetime | None = None) -> None:
    """Release the promised money after this commit."""
    _request(conn, void_key(payment.id), payment.id, act)
    jobs.enqueue(conn, act, VOID, {"payment": str(payment.id)}, run_at=run_at)


def release(conn: WriteConnection, reference: str, act: Act) -> None:
    """Release a promise at the provider that none of our payments stands for."""
    jobs.enqueue(conn, act, RELEASE, {"reference": reference}, dedupe_key=f"{RELEASE}:{reference}")


def settle(conn: WriteConnection, owner: str, act: Act, *, run_at: datetime | None = None) -> None:
    """Bring the checkout `owner` to its end, whatever became of the process that began it."""
    jobs.enqueue(conn, act, SETTLE, {"owner": owner}, run_at=run_at)


def refund(conn: WriteConnection, legs: Sequence[RefundLeg], act: Act) -> None:
    """Send legs back to their cards after this commit."""
    calls = [Call(refund_key(leg.id, leg.attempt), leg.payment_id, leg.id, CallState.REQUESTED, None) for leg in legs]
    store_provider.request_calls(conn, calls, act)
    for leg in legs:
        jobs.enqueue(conn, act, REFUND, {"leg": str(leg.id)})


def accept_event(conn: WriteConnection, event_id: str, kind: str, object_kind: str, reference: str, act: Act) -> bool:
    """Write a provider's event id and have its object fetched after this commit; False when the event came before.

    `object_kind` and `reference` are empty for events that mean nothing to us: those are only remembered.
    """
    if not store_provider.accept_event(conn, event_id, kind, act):
        return False
    if reference:
        jobs.enqueue(conn, act, EVENT, {"event": event_id, "object_kind": object_kind, "object": reference})
    return True


def _request(conn: WriteConnection, key: str, payment_id: PaymentId, act: Act) -> None:
    store_provider.request_calls(conn, [Call(key, payment_id, None, CallState.REQUESTED, None)], act)
