"""A cardholder's dispute: money waits while the bank decides, and what the bank gives back is not given twice."""

from dataclasses import replace

from domain.acts import Act
from domain.connections import WriteConnection
from domain.payments import outbox, store, store_provider
from domain.payments.model import (
    Capacity,
    Finding,
    FindingKind,
    LegOrigin,
    LegStatus,
    Payment,
    Tender,
)
from domain.payments.provider import DisputeResult, DisputeStatus
from domain.payments.refunding import make_room, new_leg

_CLOSED = frozenset({DisputeStatus.WON, DisputeStatus.LOST})


def record_dispute(conn: WriteConnection, dispute: DisputeResult, act: Act) -> None:
    """Write a dispute as the provider has it now; events in any order and number lead to the same state.

    Open: legs that have not left wait ON_HOLD and the payment has no capacity. Won: they go on. Lost: the disputed
    amount counts as refunded by the bank and what waited is canceled, so a later return pays nothing more.
    """
    reference = dispute.payment_reference or ""
    payment = store.payments_by_references(conn, [reference]).get(reference)
    if payment is None:
        finding = Finding(FindingKind.UNKNOWN_PAYMENT, dispute.reference, detail=f"dispute of payment {reference}")
        store_provider.record_findings(conn, [finding], act)
        return
    payment = store.lock(conn, payment.id)
    before = store_provider.dispute_status(conn, dispute.reference)
    if before is dispute.status or before in _CLOSED:
        return
    store_provider.save_dispute(conn, payment.id, dispute, act)
    match dispute.status:
        case DisputeStatus.OPEN:
            waiting = [leg for leg in store.unsent_legs(conn, payment.id) if leg.status is LegStatus.RESERVED]
            store.move_legs(conn, waiting, LegStatus.ON_HOLD, act, "dispute")
        case DisputeStatus.WON:
            _lift(conn, payment, act)
        case DisputeStatus.LOST:
            _book_lost(conn, payment, dispute, act)
        case DisputeStatus.INQUIRY:
            pass
    store.announce(conn, act, payment.order_id)


def _lift(conn: WriteConnection, payment: Payment, act: Act) -> None:
    if store_provider.has_open_dispute(conn, payment.id):
        return
    held = [leg for leg in store.unsent_legs(conn, payment.id) if leg.status is LegStatus.ON_HOLD]
    store.move_legs(conn, held, LegStatus.RESERVED, act, "")
    outbox.refund(conn, held, act)


def _book_lost(conn: WriteConnection, payment: Payment, dispute: DisputeResult, act: Act) -> None:
    store.move_legs(conn, store.unsent_legs(conn, payment.id), LegStatus.CANCELED, act, "dispute_lost")
    amount = make_room(conn, payment, dispute.amount_minor, act)
    if amount > 0:
        base = new_leg(Capacity(payment, amount, disputed=False), Tender.CARD, amount, dispute.reference, act)
        leg = replace(base, origin=LegOrigin.DISPUTE, status=LegStatus.SUCCEEDED)
        store.insert_legs(conn, [leg], act, "taken back by the bank")
    detail = f"{dispute.amount_minor} {dispute.currency}, {dispute.amount_minor - amount} beyond what was left"
    store_provider.record_findings(
        conn, [Finding(FindingKind.DISPUTE_LOST, dispute.reference, payment.id, detail=detail)], act
    )
