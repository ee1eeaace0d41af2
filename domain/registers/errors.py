"""What the registers room refuses."""

from enum import StrEnum

from domain.errors import Refused


class RegisterErrorCode(StrEnum):
    """Why a command on a register was refused."""

    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    SESSION_ALREADY_OPEN = "SESSION_ALREADY_OPEN"
    SESSION_CLOSED = "SESSION_CLOSED"
    LOCATION_NOT_ALLOWED = "LOCATION_NOT_ALLOWED"
    AMOUNT_INVALID = "AMOUNT_INVALID"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    REASON_INVALID = "REASON_INVALID"
    INSUFFICIENT_DRAWER = "INSUFFICIENT_DRAWER"
    NOT_COUNTED = "NOT_COUNTED"
    COUNT_STALE = "COUNT_STALE"
    TOO_MANY_MOVEMENTS = "TOO_MANY_MOVEMENTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class SessionNotFound(Refused):
    """There is no such session, or it is another store's."""

    def __init__(self) -> None:
        super().__init__(
            RegisterErrorCode.SESSION_NOT_FOUND,
            "There is no such register session in a store of yours.",
            field=("input", "registerSessionId"),
        )


class SessionAlreadyOpen(Refused):
    """The till has a session that is open."""

    def __init__(self) -> None:
        super().__init__(
            RegisterErrorCode.SESSION_ALREADY_OPEN, "This till has an open session. Count and close it first."
        )


class SessionClosed(Refused):
    """Cash moves in an open session only. `place` says where one was looked for."""

    def __init__(self, place: str = "at this till", currency: str = "") -> None:
        kind = f"in {currency} is open" if currency else "is open"
        super().__init__(
            RegisterErrorCode.SESSION_CLOSED,
            f"No register session {kind} {place}. Open one by `registerSessionOpen`, or choose another tender.",
        )


class LocationNotAllowed(Refused):
    """A session is opened at a till, by somebody who works there."""

    def __init__(self) -> None:
        super().__init__(
            RegisterErrorCode.LOCATION_NOT_ALLOWED, "You do not work in this till's store. Ask one of its associates."
        )


class AmountInvalid(Refused):
    """An amount is below what it may be, or too large."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(RegisterErrorCode.AMOUNT_INVALID, message, field=("input", field))


class CurrencyMismatch(Refused):
    """An amount in another currency than the drawer's."""

    def __init__(self, field: str, currency: str) -> None:
        super().__init__(
            RegisterErrorCode.CURRENCY_MISMATCH, f"This drawer's cash is in {currency}.", field=("input", field)
        )


class ReasonInvalid(Refused):
    """A movement says why, in a few words."""

    def __init__(self, field: str, minimum: int, maximum: int) -> None:
        super().__init__(
            RegisterErrorCode.REASON_INVALID, f"Say it in {minimum} to {maximum} characters.", field=("input", field)
        )


class InsufficientDrawer(Refused):
    """More would be taken out than is there. Fact: `maximum`, what there is, in minor units."""

    def __init__(self, maximum_minor: int) -> None:
        super().__init__(
            RegisterErrorCode.INSUFFICIENT_DRAWER,
            "The drawer holds less than this. Pay float in by `cashMovementCreate`, or give it back otherwise.",
            facts={"maximum": maximum_minor},
        )


class NotCounted(Refused):
    """A session closes by a count."""

    def __init__(self) -> None:
        super().__init__(RegisterErrorCode.NOT_COUNTED, "Count the drawer by `cashCount` first.")


class CountStale(Refused):
    """Cash moved after the count."""

    def __init__(self) -> None:
        super().__init__(RegisterErrorCode.COUNT_STALE, "Cash moved since the drawer was counted. Count it again.")


class TooManyMovements(Refused):
    """A session has as many movements or counts as it may."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            RegisterErrorCode.TOO_MANY_MOVEMENTS,
            f"A session has at most {maximum} of these. Close it and open the next one.",
        )
