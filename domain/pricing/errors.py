"""What the pricing room may refuse."""

from enum import StrEnum

from domain.errors import Refused


class PricingErrorCode(StrEnum):
    """Every code a pricing command can answer."""

    NOT_SOLD_HERE = "NOT_SOLD_HERE"
    TAX_RATES_INVALID = "TAX_RATES_INVALID"


class TaxRatesInvalid(Refused):
    """A rate file or row that cannot be read. The message names the row."""

    def __init__(self, flaw: str) -> None:
        super().__init__(PricingErrorCode.TAX_RATES_INVALID, flaw)


class NotSoldHere(Refused):
    """A variant that the channel does not sell. Fact: `variantId`."""

    def __init__(self, variant_id: str) -> None:
        super().__init__(
            PricingErrorCode.NOT_SOLD_HERE,
            "A variant is not sold in this sales channel. Give one that is.",
            field=("input", "lines"),
            facts={"variantId": variant_id},
        )
