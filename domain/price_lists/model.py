"""Values of price lists. Amounts are in minor units of the list's currency."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from domain.money import Currency

PriceListId = NewType("PriceListId", UUID)

AMOUNT_MINOR_MAX = 10**12
"""The highest price, in minor units."""
ACTIVE_MAX = 200
"""How many lists may be active at once."""
PRICES_MAX = 5_000
"""How many prices one list may have."""
PRICES_PER_CHANGE_MAX = 250


@dataclass(frozen=True, slots=True)
class Terms:
    """For whom a list holds, and when.

    Attributes:
        channel_id: the only sales channel; None for every one of its currency.
        country: the only market, ISO 3166-1 alpha-2; empty for every one.
        group_id: the only customer group; None for everybody.
        tier: the only tier of the loyalty programme; empty for everybody.
        priority: the highest is asked first; 0 unless said otherwise.
        valid_from: first instant, inclusive. valid_to: end, exclusive; None while it lasts.
    """

    title: str
    currency: Currency
    valid_from: datetime
    valid_to: datetime | None = None
    channel_id: UUID | None = None
    country: str = ""
    group_id: UUID | None = None
    tier: str = ""
    priority: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it holds for whoever buys."""
        return self.group_id is None and not self.tier


@dataclass(frozen=True, slots=True)
class PriceList:
    """A list; only an active one holds."""

    id: PriceListId
    terms: Terms
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """What a variant costs from `quantity_min` units in one sale on."""

    variant_id: UUID
    amount_minor: int
    quantity_min: int = 1
    compare_at_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A price with what its list says of where and when it holds."""

    list_id: PriceListId
    variant_id: UUID
    quantity_min: int
    amount_minor: int
    compare_at_minor: int | None
    priority: int
    currency: Currency
    channel_id: UUID | None
    country: str
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who asks for prices, and where: the sales channel, its market and currency, and the customer's groups and tier."""

    channel_id: UUID
    country: str
    currency: Currency
    group_ids: frozenset[UUID] = frozenset()
    tier: str | None = None
