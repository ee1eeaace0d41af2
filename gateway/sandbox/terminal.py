"""Stripe Terminal: simulated readers told to take or return money, and cards held to them.

Source: https://docs.stripe.com/terminal/references/testing. A reader waits until a card is presented.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from gateway.sandbox import cards, charging, payment_methods, refunds
from gateway.sandbox.books import Books
from gateway.sandbox.listing import Page, page
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal
from gateway.sandbox.resources import Charge, Location, PaymentIntent, Reader

_DEVICES = {
    "simulated-wpe": "simulated_wisepos_e",
    "simulated-s700": "simulated_stripe_s700",
}
_READY = frozenset({"requires_payment_method", "requires_confirmation"})


def connection_token(_books: Books, params: Params) -> Mapping[str, JsonValue]:
    """A secret with which a till's SDK reaches its readers."""
    token: dict[str, JsonValue] = {
        "object": "terminal.connection_token",
        "secret": f"pst_test_{secrets.token_hex(16)}",
    }
    location = params.text("location")
    return token if location is None else {**token, "location": location}


def create_location(books: Books, params: Params) -> Location:
    return books.save(
        Location(
            id=books.new_id("tml"),
            created=books.now,
            display_name=params.text("display_name") or "",
            address=params.mapping("address") or {},
            metadata=params.metadata(),
        )
    )


def retrieve_location(books: Books, _params: Params, location_id: str) -> Location:
    return books.get(Location, location_id)


def list_locations(books: Books, params: Params) -> Page:
    return page(books, params, Location)


def create_reader(books: Books, params: Params) -> Reader:
    """Register a simulated reader.

    Raises:
        Refusal: the registration code is not one of the simulated readers, or there is no such location.
    """
    code = params.required_text("registration_code")
    if code not in _DEVICES:
        raise Refusal(f"No such registration code: '{code}'", code="resource_missing", param="registration_code")
    location = params.text("location")
    if location is not None:
        books.get(Location, location, "location")
    reader_id = books.new_id("tmr")
    return books.save(
        Reader(
            id=reader_id,
            created=books.now,
            label=params.text("label") or f"Simulated reader {reader_id[-4:]}",
            serial_number=reader_id[-12:],
            device_type=_DEVICES[code],
            location=location,
            metadata=params.metadata(),
        )
    )


def retrieve_reader(books: Books, _params: Params, reader_id: str) -> Reader:
    return books.get(Reader, reader_id)


def list_readers(books: Books, params: Params) -> Page:
    return page(books, params, Reader, members=("location", "serial_number", "status", "device_type"))


def process_payment_intent(books: Books, params: Params, reader_id: str) -> Reader:
    """Wait for a card to charge for a PaymentIntent.

    Raises:
        Refusal: the reader is busy, or the PaymentIntent is past that or not meant for a reader.
    """
    reader = _idle(books, reader_id)
    params.ignore(["process_config"])
    intent = books.get(PaymentIntent, params.required_text("payment_intent"), "payment_intent")
    if intent.status not in _READY:
        raise Refusal(f"The PaymentIntent is {intent.status}.", code="intent_invalid_state", param="payment_intent")
    if "card_present" not in intent.payment_method_types:
        raise Refusal(
            "The PaymentIntent does not allow the payment method type card_present.",
            code="payment_intent_invalid_parameter",
            param="payment_intent",
        )
    return _start(books, reader, "process_payment_intent", {"payment_intent": intent.id})


def refund_payment(books: Books, params: Params, reader_id: str) -> Reader:
    """Wait for the card that paid, and send money back to it.

    Raises:
        Refusal: the reader is busy, or there is no charge to refund.
    """
    reader = _idle(books, reader_id)
    params.ignore(["refund_payment_config", "refund_application_fee", "reverse_transfer"])
    charge_id, intent_id = params.text("charge"), params.text("payment_intent")
    if charge_id is not None:
        charge = books.get(Charge, charge_id, "charge")
    else:
        charge = refunds.charge_of(books, intent_id or "")
    asked: dict[str, JsonValue] = {
        "charge": charge.id,
        "payment_intent": charge.payment_intent,
        "amount": params.integer("amount"),
        "metadata": dict(params.metadata()),
    }
    return _start(books, reader, "refund_payment", asked)


def cancel_action(books: Books, _params: Params, reader_id: str) -> Reader:
    """Stop waiting."""
    return books.save(replace(books.get(Reader, reader_id), action=None), "terminal.reader.action_updated")


def present_payment_method(books: Books, params: Params, reader_id: str) -> Reader:
    """A customer holds a test card to the reader, a Visa unless a number says otherwise.

    Raises:
        Refusal: the reader waits for nothing, or there is no such test card.
    """
    reader = books.get(Reader, reader_id)
    action = dict(reader.action or {})
    if action.get("status") != "in_progress":
        raise Refusal("The reader is not waiting for a payment method.")
    sent = params.mapping("card_present") or params.mapping("card") or params.mapping("interac_present") or {}
    params.ignore(["type", "amount_tip", "card", "interac_present"])
    name = cards.name_of_number(str(sent.get("number", "4242424242424242")))
    if name is None:
        raise Refusal("There is no such test card.", code="incorrect_number", param="card_present[number]")
    if action["type"] == "refund_payment":
        return _finish(books, reader, _returned(books, action))
    return _finish(books, reader, _taken(books, action, name))


def _taken(books: Books, action: Mapping[str, JsonValue], card_name: str) -> dict[str, JsonValue]:
    asked = action["process_payment_intent"]
    assert isinstance(asked, dict), "written by _start"
    intent = books.get(PaymentIntent, str(asked["payment_intent"]), "payment_intent")
    method = books.save(payment_methods.made(books, card_name, present=True))
    charged = charging.charge(books, intent, method)
    return _outcome(action, charged.refusal)


def _returned(books: Books, action: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    asked = action["refund_payment"]
    assert isinstance(asked, dict), "written by _start"
    amount, metadata = asked["amount"], asked["metadata"]
    assert amount is None or isinstance(amount, int), "written by refund_payment"
    assert isinstance(metadata, dict), "written by refund_payment"
    charge = books.get(Charge, str(asked["charge"]), "charge")
    named = {key: str(value) for key, value in metadata.items()}
    try:
        made = refunds.refund(books, charge, amount, None, named)
    except Refusal as refusal:
        return _outcome(action, refusal)
    return _outcome({**action, "refund_payment": {**asked, "amount": made.amount, "refund": made.id}}, None)


def _outcome(action: Mapping[str, JsonValue], refusal: Refusal | None) -> dict[str, JsonValue]:
    if refusal is None:
        return {**action, "status": "succeeded"}
    return {**action, "status": "failed", "failure_code": refusal.code, "failure_message": str(refusal)}


def _idle(books: Books, reader_id: str) -> Reader:
    reader = books.get(Reader, reader_id)
    if (reader.action or {}).get("status") == "in_progress":
        raise Refusal("Reader is currently busy processing another request.", code="terminal_reader_busy")
    return reader


def _start(books: Books, reader: Reader, kind: str, asked: dict[str, JsonValue]) -> Reader:
    action: dict[str, JsonValue] = {
        "type": kind,
        "status": "in_progress",
        "failure_code": None,
        "failure_message": None,
        kind: asked,
    }
    return books.save(replace(reader, action=action))


def _finish(books: Books, reader: Reader, action: dict[str, JsonValue]) -> Reader:
    event = "terminal.reader.action_succeeded" if action["status"] == "succeeded" else "terminal.reader.action_failed"
    return books.save(replace(reader, action=action), event)
