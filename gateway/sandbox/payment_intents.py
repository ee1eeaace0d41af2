"""PaymentIntents: promised money, taken at once or captured later. Source: https://docs.stripe.com/payments/paymentintents/lifecycle."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from gateway.sandbox import charging, currencies, payment_methods
from gateway.sandbox.books import Books
from gateway.sandbox.listing import Page, page
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal, unexpected_state
from gateway.sandbox.resources import Customer, PaymentIntent, PaymentMethod, render

_OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_CANCELABLE = _OPEN | {"requires_capture", "processing"}
_WITHOUT_EFFECT = (
    "amount_details",
    "confirmation_method",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "mandate_data",
    "off_session",
    "payment_details",
    "payment_method_options",
    "radar_options",
    "use_stripe_sdk",
)
_MAY_REDIRECT = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment "
    "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept "
    "redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)


def create(books: Books, params: Params) -> PaymentIntent:
    """A new intent, confirmed in the same breath when asked to.

    Raises:
        Refusal: the amount or currency cannot be charged, something named does not exist, or the card is declined.
    """
    intent_id = books.new_id("pi")
    currency = currencies.currency(params.required_text("currency"))
    allowed = params.texts("allowed_payment_method_types")
    automatic = params.mapping("automatic_payment_methods")
    if allowed is None and automatic is None:
        automatic = {"enabled": True, "allow_redirects": "always"}
    intent = PaymentIntent(
        id=intent_id,
        created=books.now,
        client_secret=f"{intent_id}_secret_{secrets.token_hex(12)}",
        amount=currencies.chargeable(params.required_integer("amount"), currency),
        currency=currency,
        status="requires_payment_method",
        capture_method=params.text("capture_method") or "automatic_async",
        automatic_payment_methods=automatic,
        payment_method_types=allowed or ("card",),
    )
    described = _described(books, intent, params)
    books.save(described, "payment_intent.created")
    if params.flag("confirm"):
        return _confirm(books, described, params)
    params.text("return_url")
    return described


def retrieve(books: Books, params: Params, intent_id: str) -> PaymentIntent:
    params.ignore(["client_secret"])
    return books.get(PaymentIntent, intent_id)


def list_intents(books: Books, params: Params) -> Page:
    return page(books, params, PaymentIntent, members=("customer",))


def update(books: Books, params: Params, intent_id: str) -> PaymentIntent:
    """Change what describes the intent and, while nothing is charged, its amount.

    Raises:
        Refusal: the intent is past the change.
    """
    intent = books.get(PaymentIntent, intent_id)
    amount = params.integer("amount")
    if amount is not None:
        _require(intent, _OPEN, f"This PaymentIntent's amount could not be updated because it is {intent.status}.")
        intent = replace(intent, amount=currencies.chargeable(amount, intent.currency))
    if intent.status not in _OPEN and "payment_method" in params:
        raise _wrong_state(intent, f"A PaymentIntent that is {intent.status} keeps its payment method.")
    return books.save(_described(books, intent, params))


def confirm(books: Books, params: Params, intent_id: str) -> PaymentIntent:
    """Charge the card or ask the customer first.

    Raises:
        Refusal: the intent is past that, has no payment method, or the card is declined.
    """
    intent = books.get(PaymentIntent, intent_id)
    _require(intent, _OPEN, f"You cannot confirm this PaymentIntent because it is {intent.status}.")
    return _confirm(books, _described(books, intent, params), params)


def capture(books: Books, params: Params, intent_id: str) -> PaymentIntent:
    """Take all or a part of what is held; the rest is released.

    Raises:
        Refusal: nothing is held, or the amount is more than what is held.
    """
    intent = books.get(PaymentIntent, intent_id)
    _require(
        intent,
        frozenset({"requires_capture"}),
        f"This PaymentIntent could not be captured because it has a status of {intent.status}. "
        "Only a PaymentIntent with one of the following statuses may be captured: requires_capture.",
    )
    amount = params.integer("amount_to_capture")
    if amount is None:
        amount = intent.amount_capturable
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount_to_capture")
    if amount > intent.amount_capturable:
        raise Refusal(
            f"The amount to capture ({amount}) is greater than the amount held ({intent.amount_capturable}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    params.ignore(["final_capture", "amount_details", "payment_details"])
    return charging.capture(books, _described(books, intent, params), amount)


def cancel(books: Books, params: Params, intent_id: str) -> PaymentIntent:
    """Give the intent up and release what is held.

    Raises:
        Refusal: it has succeeded or is canceled.
    """
    intent = books.get(PaymentIntent, intent_id)
    _require(
        intent,
        _CANCELABLE,
        f"You cannot cancel this PaymentIntent because it has a status of {intent.status}. Only a PaymentIntent with one of "
        "the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, "
        "requires_action, processing.",
    )
    return charging.release(books, intent, params.text("cancellation_reason"))


def expire(books: Books, intent_id: str) -> PaymentIntent:
    """The bank lets go of an authorization that was held too long.

    Raises:
        Refusal: nothing is held.
    """
    intent = books.get(PaymentIntent, intent_id)
    _require(intent, frozenset({"requires_capture"}), "Only an uncaptured authorization expires.")
    return charging.release(books, intent, "automatic")


def _confirm(books: Books, intent: PaymentIntent, params: Params) -> PaymentIntent:
    chosen = intent.payment_method
    if chosen is None:
        raise _wrong_state(intent, "You cannot confirm this PaymentIntent because it's missing a payment method.")
    intent = replace(intent, return_url=params.text("return_url"))
    redirects = (intent.automatic_payment_methods or {"allow_redirects": "never"}).get("allow_redirects") or "always"
    if redirects != "never" and intent.return_url is None:
        raise Refusal(_MAY_REDIRECT, facts={"payment_intent": render(intent)})
    absent = params.flag("off_session") or params.flag("error_on_requires_action")
    method = books.get(PaymentMethod, chosen, "payment_method")
    charged = charging.confirm(books, intent, method, customer_present=not absent)
    if charged.refusal is not None:
        raise charged.refusal
    return charged.intent


def _described(books: Books, intent: PaymentIntent, params: Params) -> PaymentIntent:
    """The intent with every descriptive parameter that was sent."""
    params.ignore(_WITHOUT_EFFECT)
    customer = params.text("customer")
    if customer is not None:
        books.get(Customer, customer, "customer")
    texts: Mapping[str, str | None] = {
        name: params.text(name)
        for name in (
            "description",
            "receipt_email",
            "setup_future_usage",
            "statement_descriptor",
            "statement_descriptor_suffix",
        )
        if name in params
    }
    shipping: dict[str, JsonValue] | None = params.mapping("shipping")
    method = params.text("payment_method")
    known = None if method is None else payment_methods.resolve(books, method)
    capture_method = params.text("capture_method")
    return replace(
        intent,
        customer=customer or intent.customer,
        description=texts.get("description", intent.description),
        receipt_email=texts.get("receipt_email", intent.receipt_email),
        setup_future_usage=texts.get("setup_future_usage", intent.setup_future_usage),
        statement_descriptor=texts.get("statement_descriptor", intent.statement_descriptor),
        statement_descriptor_suffix=texts.get("statement_descriptor_suffix", intent.statement_descriptor_suffix),
        shipping=shipping or intent.shipping,
        metadata=params.metadata(intent.metadata),
        capture_method=capture_method or intent.capture_method,
        payment_method=intent.payment_method if known is None else known.id,
        status="requires_confirmation" if known is not None and intent.status in _OPEN else intent.status,
    )


def _require(intent: PaymentIntent, statuses: frozenset[str], otherwise: str) -> None:
    if intent.status not in statuses:
        raise _wrong_state(intent, otherwise)


def _wrong_state(intent: PaymentIntent, message: str) -> Refusal:
    refusal = unexpected_state(message)
    refusal.facts["payment_intent"] = render(intent)
    return refusal
