"""Values of the shipping room. Amounts are in minor units, in the price terms of the basket."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.catalog.model import ChannelId

ShippingOptionId = NewType("ShippingOptionId", UUID)

OPTIONS_MAX = 200
"""How many options a sales channel may have."""


class Basis(StrEnum):
    """What bands go by."""

    WEIGHT = "WEIGHT"
    VALUE = "VALUE"


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the world.

    Attributes:
        country: ISO 3166-1 alpha-2; empty is everywhere.
        region: the country's own subdivision code; empty is all of it.
        postal_prefix: how postal codes begin, without spaces and hyphens; empty is any.
    """

    country: str = ""
    region: str = ""
    postal_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """What it costs from so many grams, or from so much worth of goods, on."""

    begins_at: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NewShippingOption:
    """A transport to be offered.

    Attributes:
        bands: by where they begin; the first begins at 0.
        per_kilogram_minor: what each kilogram that is begun beyond the start of the last band adds; by WEIGHT only.
        weight_max_grams: heavier deliveries do not go this way; None takes any.
        free_from_minor: discounted goods of this worth ship free; None never.
    """

    sales_channel_id: ChannelId
    title: str
    bands: tuple[Band, ...]
    zones: tuple[Zone, ...] = (Zone(),)
    basis: Basis = Basis.WEIGHT
    per_kilogram_minor: int = 0
    weight_max_grams: int | None = None
    tax_code: str = "shipping"
    free_from_minor: int | None = None
    days_min: int = 1
    days_max: int = 5
    active: bool = True


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A transport; only an active one is offered."""

    id: ShippingOptionId
    sales_channel_id: ChannelId
    title: str
    zones: tuple[Zone, ...]
    basis: Basis
    bands: tuple[Band, ...]
    per_kilogram_minor: int
    weight_max_grams: int | None
    tax_code: str
    free_from_minor: int | None
    days_min: int
    days_max: int
    active: bool
    version: int
    updated_at: datetime
