"""What the returns room refuses, those of the rooms below included by the same name."""

from enum import StrEnum

from domain.errors import Refused


class ReturnErrorCode(StrEnum):
    """Why a return command was refused."""

    RETURN_NOT_FOUND = "RETURN_NOT_FOUND"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    LINE_NOT_FOUND = "LINE_NOT_FOUND"
    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    LOCATION_NOT_ALLOWED = "LOCATION_NOT_ALLOWED"
    NOT_RETURNABLE = "NOT_RETURNABLE"
    WINDOW_EXPIRED = "WINDOW_EXPIRED"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    QUANTITY_EXCEEDS_ANNOUNCED = "QUANTITY_EXCEEDS_ANNOUNCED"
    QUANTITY_EXCEEDS_RECEIVED = "QUANTITY_EXCEEDS_RECEIVED"
    NOTHING_TO_PROCESS = "NOTHING_TO_PROCESS"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    QUOTE_STALE = "QUOTE_STALE"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    QUOTE_INVALID = "QUOTE_INVALID"
    REASON_REQUIRED = "REASON_REQUIRED"
    REFUND_EXCEEDS_CAPACITY = "REFUND_EXCEEDS_CAPACITY"
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
    TENDER_UNAVAILABLE = "TENDER_UNAVAILABLE"
    SESSION_CLOSED = "SESSION_CLOSED"
    INSUFFICIENT_DRAWER = "INSUFFICIENT_DRAWER"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class ReturnNotFound(Refused):
    """There is no such return, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__(ReturnErrorCode.RETURN_NOT_FOUND, "There is no such return.", field=("input", "returnId"))


class ReturnLineNotFound(Refused):
    """A line is not of this return."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.LINE_NOT_FOUND, "A line does not belong to this return.", field=("input", "lines")
        )


class LocationNotAllowed(Refused):
    """The location takes no returns, or the caller does not work there."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.LOCATION_NOT_ALLOWED,
            "This location does not take returns, or is not yours. Name the store you are in.",
            field=("input", "locationId"),
        )


class WindowExpired(Refused):
    """The time to return has passed."""

    def __init__(self, until: str) -> None:
        super().__init__(
            ReturnErrorCode.WINDOW_EXPIRED,
            "The time to return this has passed. A manager may approve it in a store.",
            field=("input", "lines"),
            facts={"until": until},
        )


class ApprovalRequired(Refused):
    """Only somebody who may approve exceptions may do this."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.APPROVAL_REQUIRED, "Ask a manager to sign in and do this.", field=("input", "override")
        )


class ReturnQuantityInvalid(Refused):
    """A quantity below 1, or no line at all."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.QUANTITY_INVALID,
            "Name at least one line, each with at least 1 unit.",
            field=("input", "lines"),
        )


class QuantityExceedsAnnounced(Refused):
    """More units than still await arrival."""

    def __init__(self, available: int) -> None:
        super().__init__(
            ReturnErrorCode.QUANTITY_EXCEEDS_ANNOUNCED,
            f"Only {available} units of this line are still awaited. Make another return for the rest.",
            field=("input", "lines", "quantity"),
            facts={"available": available},
        )


class QuantityExceedsReceived(Refused):
    """More units than have arrived and wait."""

    def __init__(self, available: int) -> None:
        super().__init__(
            ReturnErrorCode.QUANTITY_EXCEEDS_RECEIVED,
            f"Only {available} units of this line have arrived and wait. Receive them first.",
            field=("input", "lines", "quantity"),
            facts={"available": available},
        )


class NothingToProcess(Refused):
    """No accepted unit is unpaid."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.NOTHING_TO_PROCESS, "Nothing of this return waits to be processed. Receive goods first."
        )


class ReturnTransitionInvalid(Refused):
    """The return's status does not admit this."""

    def __init__(self, status: str) -> None:
        super().__init__(
            ReturnErrorCode.INVALID_TRANSITION,
            f"A return that is {status} does not admit this.",
            facts={"status": status},
        )


class QuoteStale(Refused):
    """What was quoted is no longer what would be paid."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.QUOTE_STALE,
            "Something changed since this quote. Ask for a new returnQuote, show it, and send its token.",
            field=("input", "quoteToken"),
        )


class QuoteExpired(Refused):
    """The quote's time has passed."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.QUOTE_EXPIRED,
            "This quote has expired. Ask for a new returnQuote and send its token.",
            field=("input", "quoteToken"),
        )


class QuoteInvalid(Refused):
    """The token is not one of ours."""

    def __init__(self) -> None:
        super().__init__(
            ReturnErrorCode.QUOTE_INVALID,
            "This is not a quoteToken as returnQuote gave it.",
            field=("input", "quoteToken"),
        )


class ReasonRequired(Refused):
    """A decline says why."""

    def __init__(self) -> None:
        super().__init__(ReturnErrorCode.REASON_REQUIRED, "Say why, in 1 to 500 characters.", field=("input", "reason"))
