"""A price that somebody at a till said, and what an order keeps of it."""

from dataclasses import dataclass
from enum import StrEnum


class OverrideReason(StrEnum):
    """Why a price is another."""

    PRICE_MATCH = "PRICE_MATCH"
    DAMAGED = "DAMAGED"
    DISPLAY_ITEM = "DISPLAY_ITEM"
    PRICE_ERROR = "PRICE_ERROR"
    GOODWILL = "GOODWILL"


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price that is said. `is_promotable` lets promotions reduce it further."""

    unit_price_minor: int
    reason: OverrideReason
    note: str = ""
    is_promotable: bool = False


@dataclass(frozen=True, slots=True)
class Overridden:
    """What an order keeps of it: the price it replaced, why, and who said so (the id of the associate)."""

    list_price_minor: int
    reason: OverrideReason
    note: str
    actor_id: str
