"""One statement for where a cart's goods could come from: the locations that matter, with their levels."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from domain.carts.model import Place
from domain.carts.sourcing import Stock
from domain.catalog.model import VariantId
from domain.connections import ReadConnection
from domain.inventory import rules as inventory
from domain.inventory.model import Level, StockKey
from domain.inventory.tables import InventoryHoldRow, InventoryLevelRow
from domain.locations.model import LocationId
from domain.locations.tables import LocationRow
from domain.tables import table_of

_location = table_of(LocationRow)
_level = table_of(InventoryLevelRow)
_hold = table_of(InventoryHoldRow)


def stock(
    conn: ReadConnection, variant_ids: Iterable[VariantId], store_ids: Iterable[LocationId], now: datetime
) -> Stock:
    """The stores of these ids, and every active location that ships, with what they have of the variants at `now`."""
    level, place = _level.c, _location.c
    held = (
        sa.select(sa.func.coalesce(sa.func.sum(_hold.c.quantity), 0))
        .where(
            _hold.c.variant_id == level.variant_id,
            _hold.c.location_id == level.location_id,
            _hold.c.expires_at > now,
        )
        .correlate(_level)
        .scalar_subquery()
    )
    there = sa.and_(level.location_id == place.id, level.variant_id.in_(set(variant_ids)))
    rows = conn.execute(
        sa.select(
            place.id,
            place.country,
            place.region,
            place.postal_code,
            place.ships,
            place.offers_pickup,
            place.active,
            level.variant_id,
            level.on_hand,
            level.safety_stock,
            level.committed,
            held.label("held"),
        )
        .select_from(_location.outerjoin(_level, there))
        .where(sa.or_(place.id.in_(set(store_ids)), sa.and_(place.active, place.ships)))
        .order_by(place.priority, place.id)
    )
    places: dict[LocationId, Place] = {}
    available: dict[StockKey, int] = {}
    for row in rows:
        place_id = LocationId(row.id)
        places[place_id] = Place(place_id, *row[1:7])
        if row.variant_id is not None:
            found = Level(row.variant_id, place_id, row.on_hand, row.safety_stock, row.committed)
            available[found.key] = max(0, inventory.sellable(found, int(row.held)))
    return Stock(places, available)
