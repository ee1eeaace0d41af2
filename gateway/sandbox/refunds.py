"""Charges and their refunds: never more than was captured, and sometimes not over when they are answered.

Source: https://docs.stripe.com/refunds. A refund that fails or is canceled gives its amount back to what can be refunded.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from pydantic import JsonValue

from gateway.sandbox import cards, currencies
from gateway.sandbox.books import Books
from gateway.sandbox.listing import Page, page
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal, missing_resource
from gateway.sandbox.resources import Charge, Dispute, Metadata, PaymentIntent, PaymentMethod, Refund
from gateway.sandbox.store import Selection


class RefundOutcome(StrEnum):
    """What a refund does: answered as, and settling later to."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    FAILS_LATER = "fails_later"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    INSUFFICIENT_FUNDS = "insufficient_funds"


NEXT: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"succeeded", "failed", "requires_action", "canceled"}),
    "requires_action": frozenset({"pending", "succeeded", "failed", "canceled"}),
    "succeeded": frozenset({"failed"}),
    "failed": frozenset(),
    "canceled": frozenset(),
}
_ENDED = frozenset({"failed", "canceled"})
_ANSWERED = {
    RefundOutcome.SUCCEEDS: "succeeded",
    RefundOutcome.FAILS: "failed",
    RefundOutcome.FAILS_LATER: "succeeded",
    RefundOutcome.PENDING: "pending",
    RefundOutcome.REQUIRES_ACTION: "requires_action",
    RefundOutcome.INSUFFICIENT_FUNDS: "pending",
}
_SETTLES = {
    RefundOutcome.FAILS_LATER: "failed",
    RefundOutcome.PENDING: "succeeded",
    RefundOutcome.INSUFFICIENT_FUNDS: "succeeded",
}
_PENDING_REASON = {RefundOutcome.PENDING: "processing", RefundOutcome.INSUFFICIENT_FUNDS: "insufficient_funds"}
_FAILURE_REASON = "expired_or_canceled_card"
_ACTION_LIFE_S = 45 * 24 * 3600


def create(books: Books, params: Params) -> Refund:
    """Send money of a captured charge back.

    Raises:
        Refusal: there is no captured charge, it is disputed, or the amount is more than what is left of it.
    """
    charge = _charge_to_refund(books, params.text("charge"), params.text("payment_intent"))
    params.ignore(["refund_application_fee", "reverse_transfer"])
    currency = params.text("currency")
    if currency is not None and currency.lower() != charge.currency:
        raise Refusal(f"The charge is in {charge.currency}, not in {currency}.", param="currency")
    return refund(books, charge, params.integer("amount"), params.text("reason"), params.metadata())


def refund(books: Books, charge: Charge, amount: int | None, reason: str | None, metadata: Metadata) -> Refund:
    """Refund a part of the charge, or all that is left of it; Raises as `create`."""
    amount = _refundable(books, charge, amount)
    outcome = _outcome(books, charge)
    status = _ANSWERED[outcome]
    made = Refund(
        id=books.new_id("re"),
        created=books.now,
        amount=amount,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        status=status,
        reason=reason,
        pending_reason=_PENDING_REASON.get(outcome),
        failure_reason=_FAILURE_REASON if status == "failed" else None,
        next_action=_next_action(books) if status == "requires_action" else None,
        metadata=metadata,
    )
    books.save(made, "refund.created", *(["refund.failed"] if status == "failed" else []))
    if status not in _ENDED:
        books.save(_refunded_by(charge, amount), "charge.refunded")
    if outcome in _SETTLES:
        wait_s = books.terms.settle_after_s
        books.store.plan_settlement(made.id, _SETTLES[outcome], None if wait_s is None else books.now + wait_s)
    return made


def settle(books: Books, refund_id: str, status: str, failure_reason: str | None = None) -> Refund:
    """Move a refund on after it was answered.

    Raises:
        Refusal: there is no such refund, or it cannot become that.
    """
    found = books.get(Refund, refund_id)
    if status not in NEXT[found.status]:
        raise Refusal(f"A refund that is {found.status} does not become {status}.", param="status")
    moved = replace(
        found,
        status=status,
        pending_reason="processing" if status == "pending" else None,
        failure_reason=(failure_reason or _FAILURE_REASON) if status == "failed" else None,
        next_action=_next_action(books) if status == "requires_action" else None,
    )
    events = ["refund.updated", "charge.refund.updated", *(["refund.failed"] if status == "failed" else [])]
    books.save(moved, *events)
    books.store.settled(refund_id)
    if status in _ENDED:
        charge = books.get(Charge, found.charge)
        books.save(_refunded_by(charge, -found.amount), "charge.updated")
    return moved


def retrieve(books: Books, _params: Params, refund_id: str) -> Refund:
    return books.get(Refund, refund_id)


def list_refunds(books: Books, params: Params) -> Page:
    return page(books, params, Refund, members=("charge", "payment_intent"))


def update(books: Books, params: Params, refund_id: str) -> Refund:
    found = books.get(Refund, refund_id)
    return books.save(replace(found, metadata=params.metadata(found.metadata)), "refund.updated")


def cancel(books: Books, _params: Params, refund_id: str) -> Refund:
    """Give up a refund that waits for the customer; Raises Refusal for any other."""
    return _end_waiting(books, refund_id, "canceled")


def expire(books: Books, _params: Params, refund_id: str) -> Refund:
    """The customer of a waiting refund never acted; Raises Refusal for any other."""
    return _end_waiting(books, refund_id, "failed")


def retrieve_charge(books: Books, _params: Params, charge_id: str) -> Charge:
    return books.get(Charge, charge_id)


def list_charges(books: Books, params: Params) -> Page:
    return page(books, params, Charge, members=("customer", "payment_intent"))


def charge_of(books: Books, payment_intent_id: str) -> Charge:
    """The charge of a PaymentIntent; Raises Refusal when it was never charged."""
    intent = books.get(PaymentIntent, payment_intent_id, "payment_intent")
    charge = books.find(Charge, intent.latest_charge)
    if charge is None or not charge.paid:
        raise Refusal(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.", param="payment_intent"
        )
    return charge


def _charge_to_refund(books: Books, charge_id: str | None, intent_id: str | None) -> Charge:
    if charge_id is not None:
        charge = books.find(Charge, charge_id)
        if charge is None:
            raise missing_resource("charge", charge_id, "charge")
        return charge
    if intent_id is None:
        raise Refusal("One of the following params should be provided for this request: payment_intent or charge.")
    return charge_of(books, intent_id)


def _refundable(books: Books, charge: Charge, amount: int | None) -> int:
    if not charge.captured:
        raise Refusal(f"Charge {charge.id} has not been captured.", code="charge_not_captured")
    if charge.disputed and not _still_refundable(books, charge):
        raise Refusal(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = charge.amount_captured - charge.amount_refunded
    if left == 0:
        raise Refusal(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount is None:
        return left
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        # Stripe gives this refusal no code: a client must know it by the parameter.
        asked, rest = currencies.spelled(amount, charge.currency), currencies.spelled(left, charge.currency)
        raise Refusal(f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount")
    return amount


def _still_refundable(books: Books, charge: Charge) -> bool:
    disputes = books.store.select(Selection("dispute", {"charge": charge.id}), limit=100)
    return all(
        isinstance(dispute, Dispute) and (dispute.is_charge_refundable or dispute.status == "won")
        for dispute in disputes
    )


def _outcome(books: Books, charge: Charge) -> RefundOutcome:
    if books.terms.refund_outcomes:
        return RefundOutcome(books.terms.refund_outcomes.popleft())
    return RefundOutcome(cards.behavior(books.get(PaymentMethod, charge.payment_method)).refund)


def _refunded_by(charge: Charge, amount: int) -> Charge:
    refunded = charge.amount_refunded + amount
    return replace(charge, amount_refunded=refunded, refunded=refunded == charge.amount_captured)


def _end_waiting(books: Books, refund_id: str, status: str) -> Refund:
    found = books.get(Refund, refund_id)
    if found.status != "requires_action":
        raise Refusal(f"Only a refund that requires action can end so; this one is {found.status}.")
    return settle(books, refund_id, status)


def _next_action(books: Books) -> dict[str, JsonValue]:
    return {
        "type": "display_details",
        "display_details": {
            "email_sent": {"email_sent_at": books.now, "email_sent_to": "customer@example.com"},
            "expires_at": books.now + _ACTION_LIFE_S,
        },
    }
