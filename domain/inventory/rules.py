"""Pure decisions about stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.catalog.model import VariantId
from domain.inventory.model import Level, SourceLine, StockKey, StockRule, Want
from domain.locations.model import LocationId

TRACKED = StockRule(tracked=True, backorders=False)


@dataclass(frozen=True, slots=True)
class Shortage:
    """The first line that cannot be served, and how many units it could have had."""

    want: Want
    available: int


def sellable(level: Level | None, held: int) -> int:
    """Units that may still be held or committed; negative when more is promised than there is."""
    if level is None:
        return -held
    return level.on_hand - level.safety_stock - level.committed - held


def in_hand(level: Level | None, held: int) -> int:
    """Units a till may sell: goods that lie there and are promised to nobody. Safety stock counts."""
    return -held if level is None else level.on_hand - level.committed - held


def first_shortage(
    wants: Sequence[Want], free: Mapping[StockKey, int], stock_rules: Mapping[VariantId, StockRule]
) -> Shortage | None:
    """The first line, in the order given, that `free` does not cover when earlier lines are served before it."""
    left = dict(free)
    for want in wants:
        if stock_rules.get(want.variant_id, TRACKED).backorders:
            continue
        available = left.get(want.key, 0)
        if want.quantity > available:
            return Shortage(want, max(available, 0))
        left[want.key] = available - want.quantity
    return None


def moved(
    level: Level, *, on_hand: int = 0, committed: int = 0, quarantined: int = 0, backorders: bool = False
) -> Level:
    """The level after signed changes. Only a variant that takes backorders may become promised beyond what is there.

    The table's constraints refuse what breaks this, so a mistake in a caller never reaches a commit.
    """
    new_on_hand = level.on_hand + on_hand
    new_committed = level.committed + committed
    beyond = max(0, new_committed - new_on_hand)
    return replace(
        level,
        on_hand=new_on_hand,
        committed=new_committed,
        quarantined=level.quarantined + quarantined,
        backordered=beyond if backorders else min(beyond, level.backordered),
        version=level.version + 1,
    )


def kept_back(level: Level, units: int) -> Level:
    """The level with another safety stock."""
    return replace(level, safety_stock=units, version=level.version + 1)


def source(
    lines: Sequence[SourceLine], available: Mapping[StockKey, int], locations: Sequence[LocationId]
) -> Mapping[str, LocationId] | None:
    """Which location ships each line, by line key; None when some line finds no location. A line is never split.

    `locations` come in order of preference. One that covers everything is best, so that one parcel leaves; otherwise each
    line goes where an earlier line already leaves from, if that covers it, and else to the most preferred that does.
    """
    for location_id in locations:
        if _covers(lines, available, location_id):
            return {line.key: location_id for line in lines}
    left = dict(available)
    chosen: dict[str, LocationId] = {}
    for line in lines:
        used = set(chosen.values())
        by_preference = sorted(locations, key=lambda location_id: location_id not in used)
        found = next((place for place in by_preference if _fits(line, left, place)), None)
        if found is None:
            return None
        if line.limited:
            left[line.variant_id, found] -= line.quantity
        chosen[line.key] = found
    return chosen


def _covers(lines: Sequence[SourceLine], available: Mapping[StockKey, int], location_id: LocationId) -> bool:
    needed: dict[VariantId, int] = {}
    for line in lines:
        if line.limited:
            needed[line.variant_id] = needed.get(line.variant_id, 0) + line.quantity
    return all(available.get((variant_id, location_id), 0) >= units for variant_id, units in needed.items())


def _fits(line: SourceLine, left: Mapping[StockKey, int], location_id: LocationId) -> bool:
    return not line.limited or left.get((line.variant_id, location_id), 0) >= line.quantity
