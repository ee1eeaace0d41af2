"""What a card does when it is charged: succeed, be declined, or ask the customer first."""

from dataclasses import dataclass, replace

from pydantic import JsonValue

from gateway.sandbox import cards, disputes
from gateway.sandbox.books import Books
from gateway.sandbox.refusals import Refusal, unexpected_state
from gateway.sandbox.resources import Charge, PaymentIntent, PaymentMethod, render

_ASKS_FIRST = ("authentication_required", "authentication_required")


@dataclass(frozen=True, slots=True)
class Charged:
    """The PaymentIntent afterwards and, when its card was declined, the error to answer with."""

    intent: PaymentIntent
    refusal: Refusal | None = None


def confirm(books: Books, intent: PaymentIntent, method: PaymentMethod, *, customer_present: bool) -> Charged:
    """Charge the card, or first ask the customer when the card wants that; without the customer that is a decline."""
    if not cards.behavior(method).asks:
        return charge(books, intent, method)
    if not customer_present:
        return _decline(books, intent, method, _ASKS_FIRST)
    asking = replace(
        intent, status="requires_action", payment_method=method.id, next_action=_next_action(books, intent)
    )
    return Charged(books.save(asking, "payment_intent.requires_action"))


def authenticate(books: Books, intent_id: str, *, passed: bool) -> Charged:
    """The customer has answered 3-D Secure: charge the card, or let the attempt fail.

    Raises:
        Refusal: the PaymentIntent is not waiting for the customer.
    """
    intent = books.get(PaymentIntent, intent_id)
    if intent.status != "requires_action" or intent.payment_method is None:
        raise unexpected_state(f"This PaymentIntent is not waiting for its customer: its status is {intent.status}.")
    method = books.get(PaymentMethod, intent.payment_method, "payment_method")
    if passed:
        return charge(books, intent, method)
    message = (
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again."
    )
    return _fail(books, intent, method, {"code": "payment_intent_authentication_failure", "message": message})


def charge(books: Books, intent: PaymentIntent, method: PaymentMethod) -> Charged:
    """Charge the card: authorize only, when the capture is manual."""
    card = cards.behavior(method)
    if card.decline is not None:
        return _decline(books, intent, method, card.decline)
    manual = intent.capture_method == "manual"
    made = books.save(_charge(books, intent, method, captured=not manual), "charge.succeeded")
    accepted = replace(
        intent, payment_method=method.id, latest_charge=made.id, next_action=None, last_payment_error=None
    )
    if manual:
        held = replace(accepted, status="requires_capture", amount_capturable=intent.amount)
        return Charged(books.save(held, "payment_intent.amount_capturable_updated"))
    taken = replace(accepted, status="succeeded", amount_received=intent.amount)
    books.save(taken, "payment_intent.succeeded")
    _dispute_if_asked(books, made, card)
    return Charged(taken)


def capture(books: Books, intent: PaymentIntent, amount: int) -> PaymentIntent:
    """Take `amount` of what is held; the rest is released."""
    assert intent.latest_charge is not None, "only a charged intent is captured"
    held = books.get(Charge, intent.latest_charge)
    taken = books.save(replace(held, captured=True, amount_captured=amount), "charge.captured")
    succeeded = replace(intent, status="succeeded", amount_received=amount, amount_capturable=0)
    books.save(succeeded, "payment_intent.succeeded")
    method = books.get(PaymentMethod, held.payment_method)
    _dispute_if_asked(books, taken, cards.behavior(method))
    return succeeded


def release(books: Books, intent: PaymentIntent, reason: str | None) -> PaymentIntent:
    """Cancel the intent and let go of what is held."""
    held = books.find(Charge, intent.latest_charge)
    if held is not None and held.paid and not held.captured:
        books.save(replace(held, amount_refunded=held.amount, refunded=True), "charge.refunded")
    canceled = replace(
        intent,
        status="canceled",
        cancellation_reason=reason,
        canceled_at=books.now,
        amount_capturable=0,
        next_action=None,
    )
    return books.save(canceled, "payment_intent.canceled")


def _dispute_if_asked(books: Books, made: Charge, card: cards.Card) -> None:
    if card.dispute is not None:
        disputes.open_dispute(books, made, card.dispute)


def _decline(books: Books, intent: PaymentIntent, method: PaymentMethod, decline: tuple[str, str]) -> Charged:
    code, decline_code = decline
    message = cards.decline_message(decline_code)
    failed = replace(
        _charge(books, intent, method, captured=False),
        status="failed",
        paid=False,
        failure_code=code,
        failure_message=message,
        outcome={"type": "issuer_declined", "network_status": "declined_by_network", "reason": decline_code},
    )
    books.save(failed, "charge.failed")
    error: dict[str, JsonValue] = {"code": code, "decline_code": decline_code, "message": message, "charge": failed.id}
    return _fail(books, replace(intent, latest_charge=failed.id), method, error)


def _fail(books: Books, intent: PaymentIntent, method: PaymentMethod, error: dict[str, JsonValue]) -> Charged:
    explained: dict[str, JsonValue] = {"type": "card_error", **error, "payment_method": render(method)}
    failed = replace(
        intent, status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=explained
    )
    books.save(failed, "payment_intent.payment_failed")
    facts = {name: value for name, value in explained.items() if name not in {"type", "code", "message"}}
    refusal = Refusal(
        str(error["message"]),
        status=402,
        kind="card_error",
        code=str(error["code"]),
        facts={**facts, "payment_intent": render(failed)},
        keeps_work=True,
    )
    return Charged(failed, refusal)


def _charge(books: Books, intent: PaymentIntent, method: PaymentMethod, *, captured: bool) -> Charge:
    return Charge(
        id=books.new_id("ch"),
        created=books.now,
        amount=intent.amount,
        currency=intent.currency,
        status="succeeded",
        payment_intent=intent.id,
        payment_method=method.id,
        payment_method_details={"type": method.type, method.type: dict(method.card or method.card_present or {})},
        paid=True,
        captured=captured,
        amount_captured=intent.amount if captured else 0,
        customer=intent.customer,
        description=intent.description,
        outcome={"type": "authorized", "network_status": "approved_by_network", "reason": None},
        metadata=intent.metadata,
        receipt_email=intent.receipt_email,
    )


def _next_action(books: Books, intent: PaymentIntent) -> dict[str, JsonValue]:
    page = f"{books.terms.base_url}/sandbox/authenticate/{intent.id}"
    if intent.return_url is not None:
        return {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": intent.return_url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page}}
