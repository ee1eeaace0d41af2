"""What the gift cards room may refuse."""

from enum import StrEnum

from domain.errors import Refused


class GiftCardErrorCode(StrEnum):
    """Every refusal a gift card or store credit command can answer."""

    GIFT_CARD_NOT_FOUND = "GIFT_CARD_NOT_FOUND"
    GIFT_CARD_BLOCKED = "GIFT_CARD_BLOCKED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    AMOUNT_INVALID = "AMOUNT_INVALID"
    BALANCE_TOO_LARGE = "BALANCE_TOO_LARGE"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    TERMS_INVALID = "TERMS_INVALID"
    NOTE_INVALID = "NOTE_INVALID"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class GiftCardNotFound(Refused):
    """No such card. A wrong code and a card of another kind are refused alike, so that nothing can be found by trying."""

    def __init__(self) -> None:
        super().__init__(GiftCardErrorCode.GIFT_CARD_NOT_FOUND, "There is no such gift card. Check its code.")


class GiftCardBlocked(Refused):
    """The card was stopped."""

    def __init__(self) -> None:
        super().__init__(
            GiftCardErrorCode.GIFT_CARD_BLOCKED, "This gift card is blocked. Ask customer service to look into it."
        )


class CurrencyMismatch(Refused):
    """A card pays in its own currency only."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            GiftCardErrorCode.CURRENCY_MISMATCH,
            f"This gift card is in {currency}. Use it where prices are in {currency}.",
        )


class AmountInvalid(Refused):
    """The market does not admit this amount. Facts: `minimumMinor` and `maximumMinor`."""

    def __init__(self, minimum_minor: int, maximum_minor: int) -> None:
        super().__init__(
            GiftCardErrorCode.AMOUNT_INVALID,
            "Give an amount within `minimum` and `maximum`, the market's terms.",
            field=("input", "amount"),
            facts={"minimumMinor": minimum_minor, "maximumMinor": maximum_minor},
        )


class BalanceTooLarge(Refused):
    """One card would hold more than the market admits. Fact: `maximumMinor`, what may still be put on it."""

    def __init__(self, maximum_minor: int) -> None:
        super().__init__(
            GiftCardErrorCode.BALANCE_TOO_LARGE,
            "The card would hold more than the market admits. Put at most `maximum` on it.",
            field=("input", "amount"),
            facts={"maximumMinor": maximum_minor},
        )


class QuantityInvalid(Refused):
    """A batch has 1 to a maximum of cards. Fact: `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            GiftCardErrorCode.QUANTITY_INVALID,
            f"Issue 1 to {limit} gift cards at once.",
            field=("input", "quantity"),
            facts={"limit": limit},
        )


class TermsInvalid(Refused):
    """The terms contradict themselves."""

    def __init__(self, message: str) -> None:
        super().__init__(GiftCardErrorCode.TERMS_INVALID, message)


class NoteInvalid(Refused):
    """A reason is required and bounded."""

    def __init__(self, length_max: int) -> None:
        super().__init__(
            GiftCardErrorCode.NOTE_INVALID,
            f"Say why in 1 to {length_max} characters.",
            field=("input", "note"),
        )


class CustomerNotFound(Refused):
    """No such customer, or not for the caller."""

    def __init__(self) -> None:
        super().__init__(
            GiftCardErrorCode.CUSTOMER_NOT_FOUND, "There is no such customer.", field=("input", "customerId")
        )
