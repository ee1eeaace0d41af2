"""What the pricing room may refuse."""

from enum import StrEnum

from domain.errors import Refused


class PricingErrorCode(StrEnum):
    """Every code a pricing command can answer."""

    DISCOUNT_CODE_TAKEN = "DISCOUNT_CODE_TAKEN"
    DISCOUNT_INVALID = "DISCOUNT_INVALID"
    DISCOUNT_USED_UP = "DISCOUNT_USED_UP"
    TAX_RATES_INVALID = "TAX_RATES_INVALID"


class DiscountCodeTaken(Refused):
    """Another discount has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            PricingErrorCode.DISCOUNT_CODE_TAKEN, f"The code {code} is in use. Choose another.", field=("input", "code")
        )


class DiscountInvalid(Refused):
    """A discount that could never be right. The message says what is wrong."""

    def __init__(self, flaw: str, field: str) -> None:
        super().__init__(PricingErrorCode.DISCOUNT_INVALID, flaw, field=("input", field))


class DiscountUsedUp(Refused):
    """A discount's last use went to another order. Fact: `code`, null for an automatic discount."""

    def __init__(self, code: str | None) -> None:
        super().__init__(
            PricingErrorCode.DISCOUNT_USED_UP,
            "A discount of this order has just been used up. Look at the new total and try again.",
            facts={"code": code},
        )


class TaxRatesInvalid(Refused):
    """A rate file or row that cannot be read. The message names the row."""

    def __init__(self, flaw: str) -> None:
        super().__init__(PricingErrorCode.TAX_RATES_INVALID, flaw)
