"""Stripe's documented test cards and what each does. Source: https://docs.stripe.com/testing."""

from dataclasses import dataclass

from gateway.sandbox.resources import PaymentMethod


@dataclass(frozen=True, slots=True)
class Card:
    """A test card.

    Attributes:
        decline: the error code and decline code of the refusal; a refusal for money reasons has code card_declined.
        asks: whether the customer must pass 3-D Secure before anything is charged.
        refund: what becomes of its refunds: they succeed, fail after they seemed to succeed, or are pending at first.
        dispute: the status its charges are disputed in, when they are.
    """

    number: str
    brand: str = "visa"
    decline: tuple[str, str] | None = None
    asks: bool = False
    refund: str = "succeeds"
    dispute: str | None = None


def _declined(number: str, decline_code: str, code: str = "card_declined") -> Card:
    return Card(number, decline=(code, decline_code))


_PLAIN = {
    "visa": Card("4242424242424242"),
    "visa_debit": Card("4000056655665556"),
    "mastercard": Card("5555555555554444", "mastercard"),
    "mastercard_debit": Card("5200828282828210", "mastercard"),
    "amex": Card("378282246310005", "amex"),
    "discover": Card("6011111111111117", "discover"),
    "jcb": Card("3566002020360505", "jcb"),
    "bypassPending": Card("4000000000000077"),
}

_DECLINES = {
    "chargeDeclined": _declined("4000000000000002", "generic_decline"),
    "chargeDeclinedInsufficientFunds": _declined("4000000000009995", "insufficient_funds"),
    "chargeDeclinedLostCard": _declined("4000000000009987", "lost_card"),
    "chargeDeclinedStolenCard": _declined("4000000000009979", "stolen_card"),
    "chargeDeclinedFraudulent": _declined("4100000000000019", "fraudulent"),
    "chargeDeclinedVelocityLimitExceeded": _declined("4000000000006975", "card_velocity_exceeded"),
    "chargeDeclinedExpiredCard": _declined("4000000000000069", "expired_card", "expired_card"),
    "chargeDeclinedIncorrectCvc": _declined("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    "chargeDeclinedProcessingError": _declined("4000000000000119", "processing_error", "processing_error"),
    "chargeCustomerFail": _declined("4000000000000341", "generic_decline"),
}

_ASKING = {
    "authenticationRequired": Card("4000002760003184", asks=True),
    "authenticationRequiredOnSetup": Card("4000002500003155", asks=True),
    "threeDSecure2Required": Card("4000000000003220", asks=True),
    "threeDSecureRequired": Card("4000000000003063", asks=True),
    "threeDSecureRequiredChargeDeclined": Card(
        "4000008400001629", asks=True, decline=("card_declined", "generic_decline")
    ),
    "authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "4000008260003178", asks=True, decline=("card_declined", "insufficient_funds")
    ),
}

_LATER = {
    "refundFail": Card("4000000000005126", refund="fails_later"),
    "pendingRefund": Card("4000000000007726", refund="pending"),
    "createDispute": Card("4000000000000259", dispute="needs_response"),
    "createDisputeProductNotReceived": Card("4000000000002685", dispute="needs_response"),
    "createDisputeInquiry": Card("4000000000001976", dispute="warning_needs_response"),
}

_CARDS = _PLAIN | _DECLINES | _ASKING | _LATER
_PREFIX = "pm_card_"
_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def named(test_name: str) -> Card | None:
    """The card of a test name such as `pm_card_visa`; names with the brand in them, as Stripe has both, work too."""
    if not test_name.startswith(_PREFIX):
        return None
    bare = test_name.removeprefix(_PREFIX)
    return _CARDS.get(bare) or _CARDS.get(bare.removeprefix("visa_"))


def name_of_number(number: str) -> str | None:
    """The test name of a test card number; None when Stripe has no such test card."""
    for bare, card in _CARDS.items():
        if card.number == number:
            return _PREFIX + bare
    return None


def behavior(method: PaymentMethod) -> Card:
    """What the card behind a payment method does."""
    card = named(method.card_name)
    assert card is not None, "a payment method is only ever made from a known card"
    return card


def decline_message(decline_code: str) -> str:
    """What Stripe tells the cardholder."""
    return _MESSAGES.get(decline_code, "Your card was declined.")
