"""Stripe Terminal, driven from the server: a reader asks for a card, and says what became of it.

Source: https://docs.stripe.com/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven.
"""

from collections.abc import Awaitable
from uuid import UUID

import stripe

from domain.payments.provider import ReaderAction, ReaderState, present_key
from gateway.stripe_calls import answer

_ACTIONS = {
    "in_progress": ReaderAction.WAITING,
    "succeeded": ReaderAction.SUCCEEDED,
    "failed": ReaderAction.FAILED,
}


def wants_card(intent: stripe.PaymentIntent) -> bool:
    """Whether a payment waits for a card at a reader and none was refused yet."""
    present = "card_present" in intent.payment_method_types
    return present and intent.status == "requires_payment_method" and intent.last_payment_error is None


def ask(client: stripe.V1Services, reader: str, reference: str, payment_id: UUID) -> Awaitable[stripe.terminal.Reader]:
    """Have a reader ask for a payment's card, once for a payment."""
    return client.terminal.readers.process_payment_intent_async(
        reader, {"payment_intent": reference}, {"idempotency_key": present_key(payment_id)}
    )


def state_of(reader: stripe.terminal.Reader) -> ReaderState:
    """What Stripe says of a reader, in our terms."""
    online, action = reader.status == "online", reader.action
    if action is None or action.type != "process_payment_intent" or action.process_payment_intent is None:
        return ReaderState(online)
    intent = action.process_payment_intent.payment_intent
    reference = intent if isinstance(intent, str) else intent.id
    return ReaderState(online, _ACTIONS[action.status], reference, action.failure_code)


async def stop(client: stripe.V1Services, reader: str, reference: str) -> None:
    """Have a reader no longer ask for this payment's card; one that asks for another is left alone."""
    state = state_of(await answer(client.terminal.readers.retrieve_async(reader)))
    if state.action is ReaderAction.WAITING and state.payment_reference == reference:
        await answer(client.terminal.readers.cancel_action_async(reader))
