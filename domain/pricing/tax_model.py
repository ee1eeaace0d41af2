"""Values of the tax table's keeping: what head office wishes, and what becomes of the rates that were there."""

from dataclasses import dataclass
from datetime import datetime

from domain.pricing.model import TaxRate

PLACE_RATES_MAX = 200
"""How many rates that are not over a country, a region or a postal code may have."""
COUNTRY_RATES_MAX = 50_000
"""How many rates that are not over a country may have, with those of its regions and postal codes."""


@dataclass(frozen=True, slots=True)
class RateWish:
    """A rate to be set; as `TaxRate`, but `valid_from` may be None, which is now."""

    country: str
    jurisdiction: str
    rate_ppm: int
    region: str = ""
    postal_prefix: str = ""
    tax_code: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Succession:
    """What setting a rate does to its series.

    Attributes:
        made: the rate as it will be.
        ended: the rate that gives way, with its new end; None when none does.
        replaces: whether the new rate takes the place of a planned one that would begin at the same moment.
    """

    made: TaxRate
    ended: TaxRate | None = None
    replaces: bool = False
