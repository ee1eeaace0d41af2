"""Which location serves each line of a cart, from stock as it was read: no database here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.carts.model import Cart, CartLine, CartLineId, DeliveryGroupId, Place
from domain.catalog.model import Offer, VariantId
from domain.inventory import rules as inventory
from domain.inventory.model import SourceLine, StockKey
from domain.locations.model import LocationId
from domain.uuids import uuid_of


@dataclass(frozen=True, slots=True)
class Stock:
    """What can be had where.

    Attributes:
        places: the cart's pickup stores, active or not, and the locations that ship, most preferred first.
        available: units per variant and location; absent means none.
        backorders: variants that are promised beyond what is available.
    """

    places: Mapping[LocationId, Place] = field(default_factory=dict)
    available: Mapping[StockKey, int] = field(default_factory=dict)
    backorders: frozenset[VariantId] = frozenset()


def sourced(cart: Cart, offers: Mapping[VariantId, Offer], stock: Stock) -> dict[CartLineId, LocationId]:
    """Which location serves each line; a line that none can serve whole is absent.

    Lines take stock from what earlier groups left. Within a shipping group one location for everything is best; when
    none has it all, each line goes where it can, so that one missing line does not hide the sources of the others.
    """
    left = dict(stock.available)
    found: dict[CartLineId, LocationId] = {}
    for group_id, lines in _by_group(cart, offers).items():
        group = cart.group(group_id)
        if group.location_id is None:
            preferred = [place.id for place in stock.places.values() if place.ships and place.active]
        else:
            preferred = [group.location_id]
        wants = [_source_line(line, offers, stock) for line in lines]
        together = inventory.source(wants, left, preferred)
        for want in wants:
            place = together[want.key] if together is not None else _anywhere(want, left, preferred, found)
            if place is not None:
                found[CartLineId(uuid_of(want.key))] = place
                if want.limited:
                    left[want.variant_id, place] -= want.quantity
    return found


def shortages(
    cart: Cart, offers: Mapping[VariantId, Offer], stock: Stock, sources: Mapping[CartLineId, LocationId]
) -> dict[CartLineId, int]:
    """For each line that no location can serve, the most units one could still give."""
    left = dict(stock.available)
    for line in cart.lines:
        if line.id in sources:
            key = (line.variant_id, sources[line.id])
            left[key] = left.get(key, 0) - line.quantity
    short: dict[CartLineId, int] = {}
    for line in cart.lines:
        if line.id not in sources and line.variant_id in offers:
            store = cart.group(line.group_id).location_id
            places = [p.id for p in stock.places.values() if p.ships and p.active] if store is None else [store]
            short[line.id] = max([0, *(left.get((line.variant_id, place), 0) for place in places)])
    return short


def with_backorders(stock: Stock, backorders: frozenset[VariantId]) -> Stock:
    """The same stock, knowing which variants may be promised beyond it."""
    return replace(stock, backorders=backorders)


def _by_group(cart: Cart, offers: Mapping[VariantId, Offer]) -> dict[DeliveryGroupId, list[CartLine]]:
    """Lines that can be sold, by group; pickups first, for a parcel may leave from elsewhere and they may not."""
    grouped: dict[DeliveryGroupId, list[CartLine]] = defaultdict(list)
    for group in sorted(cart.groups, key=lambda group: group.location_id is None):
        lines = [line for line in cart.lines if line.group_id == group.id and line.variant_id in offers]
        if lines:
            grouped[group.id] = lines
    return grouped


def _source_line(line: CartLine, offers: Mapping[VariantId, Offer], stock: Stock) -> SourceLine:
    limited = offers[line.variant_id].tracks_inventory and line.variant_id not in stock.backorders
    return SourceLine(line.id.hex, line.variant_id, line.quantity, limited)


def _anywhere(
    want: SourceLine,
    left: Mapping[StockKey, int],
    preferred: list[LocationId],
    found: Mapping[CartLineId, LocationId],
) -> LocationId | None:
    """The location for one line by itself: one that is used already, else the most preferred."""
    used = set(found.values())
    alone = inventory.source([want], left, sorted(preferred, key=lambda place: place not in used))
    return None if alone is None else alone[want.key]
