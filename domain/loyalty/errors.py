"""What the loyalty programme refuses."""

from enum import StrEnum

from domain.errors import Refused


class LoyaltyErrorCode(StrEnum):
    """Every code a loyalty command can answer, those of the ledger and of idempotency included."""

    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS"
    BELOW_MINIMUM_OR_NOT_MULTIPLE = "BELOW_MINIMUM_OR_NOT_MULTIPLE"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    HOLD_VOIDED = "HOLD_VOIDED"
    HOLD_ALREADY_POSTED = "HOLD_ALREADY_POSTED"
    HOLD_NOT_FOUND = "HOLD_NOT_FOUND"
    HOLD_OF_OTHER_WALLET = "HOLD_OF_OTHER_WALLET"
    EXCEEDS_HOLD = "EXCEEDS_HOLD"
    EXCEEDS_PURCHASED_QUANTITY = "EXCEEDS_PURCHASED_QUANTITY"
    WALLET_NOT_FOUND = "WALLET_NOT_FOUND"
    WALLET_CLOSED = "WALLET_CLOSED"
    WALLET_FROZEN = "WALLET_FROZEN"
    WALLET_IN_DEBT = "WALLET_IN_DEBT"
    MEMBER_IN_POOL = "MEMBER_IN_POOL"
    OPEN_HOLDS = "OPEN_HOLDS"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    INVALID_PROGRAM = "INVALID_PROGRAM"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class BelowMinimumOrNotMultiple(Refused):
    """The number of points cannot be redeemed in this programme."""

    def __init__(self, minimum: int, multiple: int) -> None:
        super().__init__(
            LoyaltyErrorCode.BELOW_MINIMUM_OR_NOT_MULTIPLE,
            f"Redeem at least {minimum} points, in steps of {multiple}.",
            field=("input", "points"),
            facts={"minimum": minimum, "multiple": multiple},
        )


class MemberInPool(Refused):
    """The member's points are in a household pool."""

    def __init__(self) -> None:
        super().__init__(
            LoyaltyErrorCode.MEMBER_IN_POOL, "The member belongs to a household pool and must leave it first."
        )


class OpenHolds(Refused):
    """Points of the wallet are held by an open checkout."""

    def __init__(self) -> None:
        super().__init__(
            LoyaltyErrorCode.OPEN_HOLDS,
            "An open checkout holds points of this wallet. Finish or void it, then try again.",
        )


class WalletInDebt(Refused):
    """The wallet owes points."""

    def __init__(self, debt: int) -> None:
        super().__init__(
            LoyaltyErrorCode.WALLET_IN_DEBT,
            f"The wallet owes {debt} points. They must be repaid first.",
            facts={"debt": debt},
        )


class ExceedsPurchasedQuantity(Refused):
    """More units come back than were bought and not yet returned."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            LoyaltyErrorCode.EXCEEDS_PURCHASED_QUANTITY,
            f"At most {maximum} units of this line can still come back.",
            facts={"maximum": maximum},
        )


class ApprovalRequired(Refused):
    """The adjustment is above what the caller may do alone."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            LoyaltyErrorCode.APPROVAL_REQUIRED,
            f"An adjustment of more than {maximum} points needs somebody who may approve overrides.",
            field=("input", "points"),
            facts={"maximum": maximum},
        )


class OrderNotFound(Refused):
    """No such order has earned."""

    def __init__(self) -> None:
        super().__init__(
            LoyaltyErrorCode.ORDER_NOT_FOUND,
            "No such order has earned points. Check its id.",
            field=("input", "orderId"),
        )


class CustomerNotFound(Refused):
    """No such customer."""

    def __init__(self) -> None:
        super().__init__(
            LoyaltyErrorCode.CUSTOMER_NOT_FOUND,
            "There is no such customer. Check its id.",
            field=("input", "customerId"),
        )


class InvalidProgram(Refused):
    """A programme's terms contradict themselves."""

    def __init__(self, why: str) -> None:
        super().__init__(LoyaltyErrorCode.INVALID_PROGRAM, why)
