"""Values of the stock room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.catalog.model import VariantId
from domain.locations.model import LocationId

StockKey = tuple[VariantId, LocationId]


class Bucket(StrEnum):
    """Where goods that come back are put."""

    SELLABLE = "SELLABLE"
    QUARANTINE = "QUARANTINE"


class AdjustmentReason(StrEnum):
    """Why somebody corrects a level by hand."""

    RECEIVED = "RECEIVED"
    COUNTED = "COUNTED"
    FOUND = "FOUND"
    LOST = "LOST"
    DAMAGED = "DAMAGED"
    CORRECTED = "CORRECTED"


class MovementReason(StrEnum):
    """Why goods moved. The first six are also reasons of an adjustment by hand."""

    RECEIVED = "RECEIVED"
    COUNTED = "COUNTED"
    FOUND = "FOUND"
    LOST = "LOST"
    DAMAGED = "DAMAGED"
    CORRECTED = "CORRECTED"
    SOLD = "SOLD"
    FULFILLED = "FULFILLED"
    RESTOCKED = "RESTOCKED"
    QUARANTINED = "QUARANTINED"
    RELEASED = "RELEASED"
    DISCARDED = "DISCARDED"
    SHORT_PICKED = "SHORT_PICKED"
    TRANSFERRED = "TRANSFERRED"


@dataclass(frozen=True, slots=True)
class Want:
    """Units somebody asks for. `line_key` names the asking line within its owner."""

    variant_id: VariantId
    location_id: LocationId
    quantity: int
    line_key: str

    @property
    def key(self) -> StockKey:
        return self.variant_id, self.location_id


@dataclass(frozen=True, slots=True)
class Take:
    """Units that move."""

    variant_id: VariantId
    location_id: LocationId
    quantity: int

    @property
    def key(self) -> StockKey:
        return self.variant_id, self.location_id


@dataclass(frozen=True, slots=True)
class Adjust:
    """A correction of one level by hand; `delta` is signed units."""

    variant_id: VariantId
    location_id: LocationId
    delta: int
    reason: AdjustmentReason


@dataclass(frozen=True, slots=True)
class StockRule:
    """What the catalog says of a variant's stock.

    Attributes:
        tracked: whether stock is kept at all; services, fees and gift wrap are not.
        backorders: whether it may be promised beyond what is on hand.
    """

    tracked: bool
    backorders: bool


@dataclass(frozen=True, slots=True)
class Level:
    """One variant in one location. All counts are units and never negative.

    Attributes:
        on_hand: sellable goods that are there.
        safety_stock: kept back from holds and commitments, not from a sale at the till.
        committed: promised to orders.
        backordered: how far `committed` exceeds `on_hand`, for variants that sell when out of stock; else 0.
        quarantined: goods that are there and not sellable.
        version: grows with every change and every hold.
    """

    variant_id: VariantId
    location_id: LocationId
    on_hand: int = 0
    safety_stock: int = 0
    committed: int = 0
    backordered: int = 0
    quarantined: int = 0
    version: int = 1

    @property
    def key(self) -> StockKey:
        return self.variant_id, self.location_id


@dataclass(frozen=True, slots=True)
class Locked:
    """Levels that are locked until the transaction ends, and what the catalog says of their variants."""

    levels: Mapping[StockKey, Level]
    rules: Mapping[VariantId, StockRule]


@dataclass(frozen=True, slots=True)
class Movement:
    """What one event did to one level; the deltas are signed units."""

    variant_id: VariantId
    location_id: LocationId
    on_hand_delta: int
    quarantined_delta: int
    reason: MovementReason
    reference: str


class Availability(NamedTuple):
    """A level as buyers and staff see it at one moment; a tuple, since one page makes many of them.

    `available` is what may still be held or committed: never negative, 0 when more is promised than there is.
    `location_version` is the version of the location itself, where that was read too.
    """

    variant_id: VariantId
    location_id: LocationId
    available: int
    on_hand: int
    committed: int
    held: int
    safety_stock: int
    quarantined: int
    version: int
    location_version: int | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line that needs a location to come from. `limited` is false when stock does not bound it."""

    key: str
    variant_id: VariantId
    quantity: int
    limited: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction in the stock records: what the parts sum to, and what the level says."""

    what: str
    variant_id: VariantId
    location_id: LocationId
    expected: int
    actual: int


def totals(takes: Sequence[Take] | Sequence[Want]) -> dict[StockKey, int]:
    """Units per level, summed over lines."""
    summed: dict[StockKey, int] = {}
    for take in takes:
        assert take.quantity > 0, "a quantity is at least 1"
        summed[take.key] = summed.get(take.key, 0) + take.quantity
    return summed
