"""What the ledger refuses."""

from enum import StrEnum

from domain.errors import Refused


class LedgerErrorCode(StrEnum):
    """Why the ledger said no."""

    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    WALLET_CLOSED = "WALLET_CLOSED"
    WALLET_FROZEN = "WALLET_FROZEN"
    WALLET_NOT_FOUND = "WALLET_NOT_FOUND"
    HOLD_NOT_FOUND = "HOLD_NOT_FOUND"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    HOLD_VOIDED = "HOLD_VOIDED"
    HOLD_ALREADY_POSTED = "HOLD_ALREADY_POSTED"
    EXCEEDS_HOLD = "EXCEEDS_HOLD"


class InsufficientPoints(Refused):
    """More was asked for than can be spent now."""

    def __init__(self, available: int) -> None:
        super().__init__(
            LedgerErrorCode.INSUFFICIENT_POINTS,
            f"The wallet can spend {available} now. Ask for at most that.",
            field=("input", "points"),
            facts={"available": available},
        )


class InsufficientFunds(Refused):
    """More money was asked for than a gift card or store credit can give now. Facts: `availableMinor`, in
    minor units of `currency`."""

    def __init__(self, available_minor: int, currency: str) -> None:
        super().__init__(
            LedgerErrorCode.INSUFFICIENT_FUNDS,
            "The gift card or store credit has less than was asked for. Take at most `available` and pay the rest otherwise.",
            facts={"availableMinor": available_minor, "currency": currency},
        )


class WalletClosed(Refused):
    """The wallet is closed for good."""

    def __init__(self) -> None:
        super().__init__(LedgerErrorCode.WALLET_CLOSED, "This wallet is closed. Use the customer's current wallet.")


class WalletFrozen(Refused):
    """The wallet is stopped for now."""

    def __init__(self) -> None:
        super().__init__(LedgerErrorCode.WALLET_FROZEN, "This wallet is frozen. Ask head office to release it.")


class WalletNotFound(Refused):
    """No such wallet, or not the caller's."""

    def __init__(self) -> None:
        super().__init__(
            LedgerErrorCode.WALLET_NOT_FOUND, "There is no such wallet. Check its id.", field=("input", "walletId")
        )


class HoldNotFound(Refused):
    """No such hold, or not the caller's."""

    def __init__(self) -> None:
        super().__init__(
            LedgerErrorCode.HOLD_NOT_FOUND, "There is no such hold. Check its id.", field=("input", "holdId")
        )


class HoldExpired(Refused):
    """The hold's time had come."""

    def __init__(self) -> None:
        super().__init__(
            LedgerErrorCode.HOLD_EXPIRED, "The hold has expired and what it held is free. Make a new hold."
        )


class HoldVoided(Refused):
    """The hold was voided."""

    def __init__(self) -> None:
        super().__init__(LedgerErrorCode.HOLD_VOIDED, "The hold was voided. Make a new hold.")


class HoldAlreadyPosted(Refused):
    """The hold was captured with another amount."""

    def __init__(self, posted: int) -> None:
        super().__init__(
            LedgerErrorCode.HOLD_ALREADY_POSTED,
            f"The hold was captured with {posted} points. A hold is captured once.",
            facts={"posted": posted},
        )


class ExceedsHold(Refused):
    """More was asked for than the hold reserves."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            LedgerErrorCode.EXCEEDS_HOLD,
            f"The hold reserves {maximum} points. Capture at most that.",
            field=("input", "points"),
            facts={"maximum": maximum},
        )
