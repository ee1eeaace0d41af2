"""A cardholder's disputes of charges: opened by certain test cards or on demand, closed on demand."""

from dataclasses import replace

from gateway.sandbox.books import Books
from gateway.sandbox.listing import Page, page
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal
from gateway.sandbox.resources import Charge, Dispute

_CLOSED = frozenset({"won", "lost", "warning_closed"})


def open_dispute(books: Books, charge: Charge, status: str = "needs_response") -> Dispute:
    """Dispute what was captured; an inquiry (`warning_…`) leaves the charge refundable."""
    inquiry = status.startswith("warning_")
    dispute = Dispute(
        id=books.new_id("du"),
        created=books.now,
        amount=charge.amount_captured,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        status=status,
        reason="general" if inquiry else "fraudulent",
        is_charge_refundable=inquiry,
    )
    books.save(replace(charge, disputed=True), "charge.updated")
    return books.save(dispute, "charge.dispute.created")


def close_dispute(books: Books, dispute_id: str, status: str) -> Dispute:
    """End a dispute.

    Raises:
        Refusal: there is no such dispute, it is over, or `status` does not end one.
    """
    dispute = books.get(Dispute, dispute_id)
    if status not in _CLOSED or dispute.status in _CLOSED:
        raise Refusal(f"A dispute of status {dispute.status} does not become {status}.", param="status")
    return books.save(replace(dispute, status=status), "charge.dispute.closed")


def retrieve(books: Books, _params: Params, dispute_id: str) -> Dispute:
    return books.get(Dispute, dispute_id)


def list_disputes(books: Books, params: Params) -> Page:
    return page(books, params, Dispute, members=("charge", "payment_intent"))
