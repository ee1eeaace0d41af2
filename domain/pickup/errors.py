"""What the pickup room refuses. Codes of orders, payments and stock that pass through have the same names there."""

from datetime import datetime
from enum import StrEnum

from domain.errors import Refused


class PickupErrorCode(StrEnum):
    """Every code a pickup command can answer."""

    FULFILLMENT_ORDER_NOT_FOUND = "FULFILLMENT_ORDER_NOT_FOUND"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    LINE_NOT_FOUND = "LINE_NOT_FOUND"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    QUANTITY_EXCEEDS_FULFILLABLE = "QUANTITY_EXCEEDS_FULFILLABLE"
    QUANTITY_EXCEEDS_CANCELABLE = "QUANTITY_EXCEEDS_CANCELABLE"
    WRONG_FULFILLMENT_METHOD = "WRONG_FULFILLMENT_METHOD"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    NOTHING_TO_PICK = "NOTHING_TO_PICK"
    PICKUP_CODE_INVALID = "PICKUP_CODE_INVALID"
    PICKUP_EXPIRED = "PICKUP_EXPIRED"
    ALREADY_HANDED_OVER = "ALREADY_HANDED_OVER"
    PROOF_REQUIRED = "PROOF_REQUIRED"
    PERSON_NOT_NAMED = "PERSON_NOT_NAMED"
    TEXT_INVALID = "TEXT_INVALID"
    EXTENSION_INVALID = "EXTENSION_INVALID"
    NOTHING_TO_RESHELVE = "NOTHING_TO_RESHELVE"
    BALANCE_DUE = "BALANCE_DUE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_NOT_AUTHORIZED = "PAYMENT_NOT_AUTHORIZED"
    CAPTURE_EXCEEDS_AUTHORIZATION = "CAPTURE_EXCEEDS_AUTHORIZATION"
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
    TENDER_UNAVAILABLE = "TENDER_UNAVAILABLE"
    SESSION_CLOSED = "SESSION_CLOSED"
    INSUFFICIENT_DRAWER = "INSUFFICIENT_DRAWER"
    REFUND_EXCEEDS_CAPACITY = "REFUND_EXCEEDS_CAPACITY"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class NothingToPick(Refused):
    """Everything that is still wanted has been picked."""

    def __init__(self) -> None:
        super().__init__(
            PickupErrorCode.NOTHING_TO_PICK,
            "Everything of this fulfillment order has been picked; prepare it instead.",
            field=("input", "fulfillmentOrderId"),
        )


class BalanceDue(Refused):
    """A part of the order is not paid. Fact: `dueMinor`, how much."""

    def __init__(self, due_minor: int) -> None:
        super().__init__(
            PickupErrorCode.BALANCE_DUE,
            "The order is not paid in full; `order.balanceDue` says what is owed. Take it by `orderBalancePay` first.",
            facts={"dueMinor": due_minor},
        )


class PickupCodeInvalid(Refused):
    """The code is not this pickup's. Fact: `attemptsLeft` before it is locked for a quarter of an hour."""

    def __init__(self, attempts_left: int) -> None:
        super().__init__(
            PickupErrorCode.PICKUP_CODE_INVALID,
            "This is not the code of this pickup. Ask the customer to show it again, or check an identity document.",
            field=("input", "code"),
            facts={"attemptsLeft": attempts_left},
        )


class PickupExpired(Refused):
    """The deadline has passed. Fact: `until`, when it was."""

    def __init__(self, expires_at: datetime) -> None:
        super().__init__(
            PickupErrorCode.PICKUP_EXPIRED,
            "This pickup has expired. The store may extend it while the goods are still there.",
            field=("input", "fulfillmentOrderId"),
            facts={"until": expires_at.isoformat()},
        )


class AlreadyHandedOver(Refused):
    """All of it was collected before."""

    def __init__(self) -> None:
        super().__init__(
            PickupErrorCode.ALREADY_HANDED_OVER,
            "Everything of this pickup was handed over already.",
            field=("input", "fulfillmentOrderId"),
        )


class ProofRequired(Refused):
    """An identity was checked without saying how."""

    def __init__(self) -> None:
        super().__init__(
            PickupErrorCode.PROOF_REQUIRED,
            "Say in `proof` what was checked, such as the kind of document; never its number.",
            field=("input", "proof"),
        )


class PersonNotNamed(Refused):
    """Somebody else came than the buyer, and the buyer named nobody."""

    def __init__(self) -> None:
        super().__init__(
            PickupErrorCode.PERSON_NOT_NAMED,
            "The buyer has not named anybody to collect this. The buyer can do so with pickupPersonSet.",
            field=("input", "collector"),
        )


class TextInvalid(Refused):
    """A text is empty or too long."""

    def __init__(self, field: str, maximum: int) -> None:
        super().__init__(
            PickupErrorCode.TEXT_INVALID,
            f"{field} must have 1 to {maximum} characters.",
            field=("input", field),
            facts={"maximum": maximum},
        )


class ExtensionInvalid(Refused):
    """More days than allowed, or an end that is not later than now's."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            PickupErrorCode.EXTENSION_INVALID,
            f"days goes from 1 to {maximum}, counted from today, and must move the deadline back.",
            field=("input", "days"),
            facts={"maximum": maximum},
        )


class NothingToReshelve(Refused):
    """No goods of this pickup wait at the counter to be put back."""

    def __init__(self) -> None:
        super().__init__(
            PickupErrorCode.NOTHING_TO_RESHELVE,
            "No goods of this pickup wait to be put back on the shelf.",
            field=("input", "fulfillmentOrderId"),
        )
