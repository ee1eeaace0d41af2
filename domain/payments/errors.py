"""What the payments room may refuse."""

from enum import StrEnum

from domain.errors import Refused


class PaymentErrorCode(StrEnum):
    """Every refusal a payment or refund mutation can answer."""

    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_NOT_AUTHORIZED = "PAYMENT_NOT_AUTHORIZED"
    PAYMENT_NOT_VOIDABLE = "PAYMENT_NOT_VOIDABLE"
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
    CAPTURE_EXCEEDS_AUTHORIZATION = "CAPTURE_EXCEEDS_AUTHORIZATION"
    REFUND_EXCEEDS_CAPACITY = "REFUND_EXCEEDS_CAPACITY"
    REFUND_NOT_FAILED = "REFUND_NOT_FAILED"
    REFUND_ALREADY_REPLACED = "REFUND_ALREADY_REPLACED"
    REFUND_NOT_FOUND = "REFUND_NOT_FOUND"
    TENDER_UNAVAILABLE = "TENDER_UNAVAILABLE"
    SESSION_CLOSED = "SESSION_CLOSED"
    INSUFFICIENT_DRAWER = "INSUFFICIENT_DRAWER"
    LOCATION_NOT_ALLOWED = "LOCATION_NOT_ALLOWED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class TermsErrorCode(StrEnum):
    """Every refusal of a market's terms."""

    TERMS_INVALID = "TERMS_INVALID"


class CashErrorCode(StrEnum):
    """Every refusal of cash that is taken at a sale."""

    CASH_TOO_LITTLE = "CASH_TOO_LITTLE"


class CashTooLittle(Refused):
    """Less was handed over than is due in coins. Facts: `maximumMinor`, what is due, in minor units of `currency`."""

    def __init__(self, due_minor: int, currency: str) -> None:
        super().__init__(
            CashErrorCode.CASH_TOO_LITTLE,
            "Less cash was tendered than is due, which is `maximumAmount`. Take more, or another tender for the rest.",
            field=("input", "cashTendered"),
            facts={"maximumMinor": due_minor, "currency": currency},
        )


class TermsInvalid(Refused):
    """The terms contradict themselves."""

    def __init__(self, message: str) -> None:
        super().__init__(TermsErrorCode.TERMS_INVALID, message)


class PaymentInProgress(Refused):
    """Another payment of the same owner, with another amount or method, is alive."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.PAYMENT_IN_PROGRESS,
            "Another payment is in progress for this checkout. Wait for its result, then try again.",
        )


class PaymentNotAuthorized(Refused):
    """A capture or a till sale needs an authorized payment."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.PAYMENT_NOT_AUTHORIZED,
            "This payment is not authorized. Authorize it first, or take another tender.",
        )


class PaymentNotVoidable(Refused):
    """Captured money is refunded, never voided."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.PAYMENT_NOT_VOIDABLE,
            "This payment was captured or is being captured. Refund it instead of voiding it.",
        )


class PaymentDisputed(Refused):
    """The cardholder disputes a payment; nothing goes back out of it until the bank has decided."""

    def __init__(self, maximum_minor: int) -> None:
        super().__init__(
            PaymentErrorCode.PAYMENT_DISPUTED,
            "A payment of this order is under dispute. Refund at most `maximum`, or wait until the dispute closes.",
            facts={"maximum": maximum_minor},
        )


class CaptureExceedsAuthorization(Refused):
    """No more may be taken than was promised."""

    def __init__(self, maximum_minor: int) -> None:
        super().__init__(
            PaymentErrorCode.CAPTURE_EXCEEDS_AUTHORIZATION,
            "Capture at most what was authorized, which is `maximum`.",
            facts={"maximum": maximum_minor},
        )


class RefundExceedsCapacity(Refused):
    """No more may go back than was taken and has not gone back yet."""

    def __init__(self, maximum_minor: int) -> None:
        super().__init__(
            PaymentErrorCode.REFUND_EXCEEDS_CAPACITY,
            "Refund at most what was captured and not yet refunded, which is `maximum`.",
            facts={"maximum": maximum_minor},
        )


class RefundNotFailed(Refused):
    """Only a failed leg is retried or rerouted."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.REFUND_NOT_FAILED,
            "Only a failed refund can be retried or rerouted. Read its status again.",
            field=("input", "refundId"),
        )


class RefundAlreadyReplaced(Refused):
    """The failed leg has its successor already."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.REFUND_ALREADY_REPLACED,
            "This failed refund was already retried or rerouted. Act on the refund that replaced it.",
            field=("input", "refundId"),
        )


class RefundNotFound(Refused):
    """No such leg, or not the caller's."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.REFUND_NOT_FOUND,
            "There is no such refund.",
            field=("input", "refundId"),
        )


class TenderUnavailable(Refused):
    """The tender cannot be used here, such as cash without a store."""

    def __init__(self, message: str) -> None:
        super().__init__(PaymentErrorCode.TENDER_UNAVAILABLE, message, field=("input", "tender"))


class LocationNotAllowed(Refused):
    """Cash is handed out where the associate works."""

    def __init__(self) -> None:
        super().__init__(
            PaymentErrorCode.LOCATION_NOT_ALLOWED,
            "You do not work at this location.",
            field=("input", "locationId"),
        )
