"""What the access room refuses. It never says which half of a credential was wrong."""

from enum import StrEnum

from domain.errors import Refused


class AccessErrorCode(StrEnum):
    """Why a sign-in or a registration was refused."""

    CREDENTIALS_INVALID = "CREDENTIALS_INVALID"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    TERMINAL_UNKNOWN = "TERMINAL_UNKNOWN"
    LOCATION_NOT_ALLOWED = "LOCATION_NOT_ALLOWED"
    CODE_TAKEN = "CODE_TAKEN"
    CODE_INVALID = "CODE_INVALID"
    TERMINAL_NOT_FOUND = "TERMINAL_NOT_FOUND"
    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class AccessCredentialsInvalid(Refused):
    """The code, PIN, e-mail, password, client id or secret is not right."""

    def __init__(self, attempts_left: int | None = None) -> None:
        super().__init__(
            AccessErrorCode.CREDENTIALS_INVALID,
            "The credentials are not right. Check them and try again; too many attempts lock them for a while.",
            facts={} if attempts_left is None else {"attemptsLeft": attempts_left},
        )


class TerminalUnknown(Refused):
    """The device's credential is not known, or was revoked."""

    def __init__(self) -> None:
        super().__init__(
            AccessErrorCode.TERMINAL_UNKNOWN,
            "This terminal is not registered, or was revoked. Ask head office to register it.",
            field=("input", "terminalCredential"),
        )


class LocationNotAllowed(Refused):
    """The associate does not work in the terminal's store."""

    def __init__(self) -> None:
        super().__init__(AccessErrorCode.LOCATION_NOT_ALLOWED, "You are not assigned to this store. Ask your manager.")


class CodeTaken(Refused):
    """A terminal or associate with this code exists."""

    def __init__(self) -> None:
        super().__init__(AccessErrorCode.CODE_TAKEN, "This code is in use. Choose another.", field=("input", "code"))


class TerminalNotFound(Refused):
    """No such terminal."""

    def __init__(self) -> None:
        super().__init__(
            AccessErrorCode.TERMINAL_NOT_FOUND,
            "There is no such terminal. Send the terminalId that its registration gave.",
            field=("input", "terminalId"),
        )


class CodeInvalid(Refused):
    """A terminal's code is empty or too long."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            AccessErrorCode.CODE_INVALID, f"code has 1 to {maximum} printable characters.", field=("input", "code")
        )


class AccessLocationNotFound(Refused):
    """No such location."""

    def __init__(self) -> None:
        super().__init__(
            AccessErrorCode.LOCATION_NOT_FOUND,
            "There is no such location. Find one by `locations`.",
            field=("input", "locationId"),
        )
