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
from domain.statements import Statement, one_of
from domain.tables import table_of

_location = table_of(LocationRow)
_level = table_of(InventoryLevelRow)
_hold = table_of(InventoryHoldRow)


_HELD = (
    sa.select(sa.func.coalesce(sa.func.sum(_hold.c.quantity), 0))
    .where(
        _hold.c.variant_id == _level.c.variant_id,
        _hold.c.location_id == _level.c.location_id,
        _hold.c.expires_at > sa.bindparam("now"),
    )
    .correlate(_level)
    .scalar_subquery()
)
_THERE = sa.and_(_level.c.location_id == _location.c.id, one_of(_level.c.variant_id, "variants"))
_STOCK = Statement(
    sa.select(
        _location.c.id,
        _location.c.country,
        _location.c.region,
        _location.c.postal_code,
        _location.c.ships,
        _location.c.offers_pickup,
        _location.c.active,
        _location.c.time_zone,
        _location.c.city,
        _location.c.line1,
        _level.c.variant_id,
        _level.c.on_hand,
        _level.c.safety_stock,
        _level.c.committed,
        _HELD.label("held"),
    )
    .select_from(_location.outerjoin(_level, _THERE))
    .where(sa.or_(one_of(_location.c.id, "stores"), sa.and_(_location.c.active, _location.c.ships)))
    .order_by(_location.c.priority, _location.c.id)
)


def stock(
    conn: ReadConnection, variant_ids: Iterable[VariantId], store_ids: Iterable[LocationId], now: datetime
) -> Stock:
    """The stores of these ids, and every active location that ships, with what they have of the variants at `now`."""
    places: dict[LocationId, Place] = {}
    available: dict[StockKey, int] = {}
    for row in _STOCK.all(conn, variants=list(variant_ids), stores=list(store_ids), now=now):
        place_id = LocationId(row.id)
        if place_id not in places:
            places[place_id] = Place(
                place_id,
                row.country,
                row.region,
                row.postal_code,
                row.ships,
                row.offers_pickup,
                row.active,
                row.time_zone,
                row.city,
                row.line1,
            )
        if row.variant_id is not None:
            found = Level(row.variant_id, place_id, row.on_hand, row.safety_stock, row.committed)
            available[found.key] = max(0, inventory.sellable(found, int(row.held)))
    return Stock(places, available)
