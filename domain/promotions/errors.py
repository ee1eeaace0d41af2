"""What the promotions room may refuse."""

from enum import StrEnum

from domain.errors import Refused
from domain.promotions.model import ACTIVE_MAX


class PromotionErrorCode(StrEnum):
    """Every code a promotion command can answer."""

    PROMOTION_NOT_FOUND = "PROMOTION_NOT_FOUND"
    PROMOTION_INVALID = "PROMOTION_INVALID"
    PROMOTION_CODE_TAKEN = "PROMOTION_CODE_TAKEN"
    PROMOTION_CODE_INVALID = "PROMOTION_CODE_INVALID"
    PROMOTION_TAKES_NO_CODE = "PROMOTION_TAKES_NO_CODE"
    TOO_MANY_ACTIVE = "TOO_MANY_ACTIVE"
    BUDGET_INVALID = "BUDGET_INVALID"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class PromotionNotFound(Refused):
    """No such promotion."""

    def __init__(self) -> None:
        super().__init__(
            PromotionErrorCode.PROMOTION_NOT_FOUND, "There is no such promotion.", field=("input", "promotionId")
        )


class PromotionInvalid(Refused):
    """A promotion that could never be right. The message says what is wrong."""

    def __init__(self, flaw: str, *field: str) -> None:
        super().__init__(PromotionErrorCode.PROMOTION_INVALID, flaw, field=("input", "promotion", *field))


class CodeTaken(Refused):
    """A code belongs to a promotion already. Fact: `code`, where it is known."""

    def __init__(self, code: str | None) -> None:
        which = "One of the codes" if code is None else f"The code {code}"
        super().__init__(
            PromotionErrorCode.PROMOTION_CODE_TAKEN,
            f"{which} is in use. Choose another.",
            field=("input", "codes"),
            facts={"code": code},
        )


class CodeInvalid(Refused):
    """Text that cannot be a code, or too many or too few codes. The message says which."""

    def __init__(self, flaw: str) -> None:
        super().__init__(PromotionErrorCode.PROMOTION_CODE_INVALID, flaw, field=("input", "codes"))


class TakesNoCode(Refused):
    """An automatic promotion has no codes."""

    def __init__(self) -> None:
        super().__init__(
            PromotionErrorCode.PROMOTION_TAKES_NO_CODE,
            "This promotion applies by itself. Set its trigger to CODE before giving it codes.",
            field=("input", "promotionId"),
        )


class TooManyActive(Refused):
    """More active promotions than are looked at for a basket. Fact: `maximum`."""

    def __init__(self) -> None:
        super().__init__(
            PromotionErrorCode.TOO_MANY_ACTIVE,
            f"At most {ACTIVE_MAX} promotions are active at once. Deactivate some first.",
            facts={"maximum": ACTIVE_MAX},
        )


class BudgetInvalid(Refused):
    """A budget below what has been spent of it, or of a funder that is none. Fact: `spent`, in minor units."""

    def __init__(self, flaw: str, spent_minor: int = 0) -> None:
        super().__init__(PromotionErrorCode.BUDGET_INVALID, flaw, facts={"spent": spent_minor})


class StaleVersion(Refused):
    """Somebody else has changed the promotion. Fact: `version`, as it is now."""

    def __init__(self, version: int) -> None:
        super().__init__(
            PromotionErrorCode.STALE_VERSION,
            "The promotion has changed since. Read it again and decide anew.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )


class ClaimErrorCode(StrEnum):
    """Every code an order's claims can answer."""

    DISCOUNT_USED_UP = "DISCOUNT_USED_UP"


class DiscountUsedUp(Refused):
    """A promotion's last use, or the rest of its budget, went to another order. Fact: `code`, null when automatic."""

    def __init__(self, code: str | None) -> None:
        super().__init__(
            ClaimErrorCode.DISCOUNT_USED_UP,
            "A discount of this order has just been used up. Look at the new total and try again.",
            facts={"code": code},
        )
