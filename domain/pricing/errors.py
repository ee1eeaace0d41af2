"""What the pricing room may refuse."""

from datetime import datetime
from enum import StrEnum

from domain.errors import Refused


class PricingErrorCode(StrEnum):
    """Every code a pricing command can answer."""

    NOT_SOLD_HERE = "NOT_SOLD_HERE"
    TAX_RATES_INVALID = "TAX_RATES_INVALID"


class TaxErrorCode(StrEnum):
    """Every code a command on taxes can answer."""

    TAX_RATE_NOT_FOUND = "TAX_RATE_NOT_FOUND"
    TAX_RATE_INVALID = "TAX_RATE_INVALID"
    TAX_RATE_BEGUN = "TAX_RATE_BEGUN"
    TAX_RATE_OVER = "TAX_RATE_OVER"
    TAX_RATE_OVERLAPS = "TAX_RATE_OVERLAPS"
    TOO_MANY_TAX_RATES = "TOO_MANY_TAX_RATES"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class TaxRateNotFound(Refused):
    """No such rate."""

    def __init__(self) -> None:
        super().__init__(TaxErrorCode.TAX_RATE_NOT_FOUND, "There is no such tax rate.", field=("input", "taxRateId"))


class TaxRateInvalid(Refused):
    """It could never be right."""

    def __init__(self, flaw: str, field: str) -> None:
        super().__init__(TaxErrorCode.TAX_RATE_INVALID, flaw, field=("input", field))


class TaxRateBegun(Refused):
    """What was levied is not rewritten."""

    def __init__(self) -> None:
        super().__init__(
            TaxErrorCode.TAX_RATE_BEGUN,
            "This rate has begun and is not rewritten. Set one that begins later: the present one ends where it begins.",
            field=("input", "validFrom"),
        )


class TaxRateOver(Refused):
    """It has ended already."""

    def __init__(self) -> None:
        super().__init__(
            TaxErrorCode.TAX_RATE_OVER, "This rate is over. Set a new one instead.", field=("input", "taxRateId")
        )


class TaxRateOverlaps(Refused):
    """Two rates of one series would be valid at once, or none afterwards."""

    def __init__(self, valid_from: datetime) -> None:
        super().__init__(
            TaxErrorCode.TAX_RATE_OVERLAPS,
            f"This runs into the rate of the same jurisdiction that begins at {valid_from.isoformat()}. "
            "Choose another period, or end that rate first.",
            field=("input",),
        )


class TooManyTaxRates(Refused):
    """The place has as many rates as it may."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            TaxErrorCode.TOO_MANY_TAX_RATES,
            f"Of the rates that are not over, {maximum} are the most there may be here.",
            field=("input",),
            facts={"maximum": maximum},
        )


class ChannelNotFound(Refused):
    """No such sales channel."""

    def __init__(self) -> None:
        super().__init__(
            TaxErrorCode.CHANNEL_NOT_FOUND, "There is no such sales channel.", field=("input", "salesChannelId")
        )


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
