"""Two stores and a few variants, with fixed ids, for tests of stock and pickups."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from domain.acts import Act
from domain.catalog.model import ProductId, VariantId
from domain.catalog.tables import ProductRow, ProductVariantRow
from domain.connections import WriteConnection
from domain.inventory import service
from domain.inventory.model import Take
from domain.locations import store as locations
from domain.locations.model import (
    WEEK,
    Address,
    Interval,
    Location,
    LocationId,
    LocationKind,
    OpeningHours,
    WeeklyHours,
)
from domain.policies import store as policies
from domain.policies.model import PickupPolicy
from domain.tables import table_of

SHIRT, SOCKS, GIFT_WRAP, PREORDER = (VariantId(UUID(int=n)) for n in range(1, 5))
SOHO, YORK = LocationId(UUID(int=11)), LocationId(UUID(int=12))
PRODUCT = ProductId(UUID(int=21))


def store_in(location_id: LocationId, name: str, priority: int) -> Location:
    """A store that is open Monday to Saturday, 9:00 to 18:00 in London, and prepares a pickup in an hour."""
    weekly = tuple(WeeklyHours(day, (Interval(9 * 60, 18 * 60),)) for day in WEEK[:6])
    return Location(
        id=location_id,
        code=name.upper(),
        name=name,
        kind=LocationKind.STORE,
        address=Address("GB", None, name, "W1 1AA", "1 High Street"),
        latitude_microdegrees=51_500_000,
        longitude_microdegrees=-100_000,
        time_zone="Europe/London",
        hours=OpeningHours("Europe/London", weekly),
        sells=True,
        offers_pickup=True,
        ships=True,
        receives_returns=True,
        priority=priority,
        active=True,
    )


def stocked(conn: WriteConnection, act: Act) -> None:
    """Both stores and all variants, with no goods anywhere."""
    for place in (store_in(SOHO, "Soho", 1), store_in(YORK, "York", 2)):
        locations.insert(conn, place)
        policies.add_pickup_policy(conn, place.id, PickupPolicy(preparation_minutes=60))
    product = {
        "id": PRODUCT,
        "handle": "basics",
        "title": "Basics",
        "sort_title": "basics",
        "description": "",
        "vendor": "",
        "product_type": "",
        "tags": [],
        "option_names": ["Kind"],
        "created_at": act.now,
        "updated_at": act.now,
        "version": 1,
    }
    conn.execute(sa.insert(table_of(ProductRow)).values(product))
    _add_variants(conn, [SHIRT, SOCKS, GIFT_WRAP, PREORDER])


def stock(conn: WriteConnection, act: Act, *, shirts: int = 0, socks: int = 0) -> None:
    """Both stores and all variants, with these goods in Soho."""
    stocked(conn, act)
    takes = [Take(variant_id, SOHO, units) for variant_id, units in ((SHIRT, shirts), (SOCKS, socks)) if units]
    service.receive_many(conn, takes, act)


def many_variants(conn: WriteConnection, act: Act, count: int) -> Sequence[VariantId]:
    """As `stocked`, and `count` more variants."""
    stocked(conn, act)
    added = [VariantId(UUID(int=10_000 + n)) for n in range(count)]
    _add_variants(conn, added)
    return added


def _add_variants(conn: WriteConnection, variant_ids: Sequence[VariantId]) -> None:
    conn.execute(
        sa.insert(table_of(ProductVariantRow)),
        [
            {
                "id": variant_id,
                "product_id": PRODUCT,
                "sku": f"SKU-{variant_id.int}",
                "title": f"Kind {variant_id.int}",
                "options": [["Kind", str(variant_id.int)]],
                "options_key": str(variant_id.int),
                "requires_shipping": True,
                "tracks_inventory": variant_id != GIFT_WRAP,
                "sells_when_out_of_stock": variant_id == PREORDER,
                "tax_code": "standard",
                "weight_grams": 0,
                "position": variant_id.int,
            }
            for variant_id in variant_ids
        ],
    )
