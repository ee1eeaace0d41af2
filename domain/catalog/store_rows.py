"""Values from the catalog's rows."""

import sqlalchemy as sa

from domain.catalog import rules
from domain.catalog.model import (
    Category,
    CategoryId,
    Collection,
    Media,
    Product,
    ProductVariant,
    SalesChannel,
    SalesChannelKind,
)
from domain.money import Currency
from domain.paging import KeyValue
from domain.uuids import uuid_of


def ids_of_path(path: str) -> tuple[CategoryId, ...]:
    """The categories of a path, root first and itself last."""
    return tuple(CategoryId(uuid_of(part)) for part in path.split("/") if part)


def storable_key(key: KeyValue) -> str:
    """A cursor's text for a column of texts.

    Raises:
        ValueError: a number, or characters no column holds.
    """
    if not isinstance(key, str) or not rules.is_storable(key):
        raise ValueError("a text in a cursor is storable")
    return key


def built_channel(row: sa.RowMapping) -> SalesChannel:
    """A channel from its row."""
    return SalesChannel(
        id=row["id"],
        handle=row["handle"],
        name=row["name"],
        kind=SalesChannelKind(row["kind"]),
        currency=Currency(row["currency"]),
        prices_include_tax=row["prices_include_tax"],
        default_country=row["default_country"],
        default_region=row["default_region"],
        market_taxes=row["market_taxes"],
    )


def built_category(row: sa.RowMapping) -> Category:
    """A category from its row."""
    ancestors = ids_of_path(row["path"])[:-1]
    return Category(row["id"], row["handle"], row["name"], row["parent_id"], ancestors, row["position"])


def built_collection(row: sa.RowMapping) -> Collection:
    """A collection from its row."""
    return Collection(row["id"], row["handle"], row["title"], row["description"])


def built_product(row: sa.RowMapping) -> Product:
    """A product from its row."""
    return Product(
        id=row["id"],
        handle=row["handle"],
        title=row["title"],
        description=row["description"],
        vendor=row["vendor"],
        product_type=row["product_type"],
        tags=tuple(row["tags"]),
        category_id=row["category_id"],
        option_names=tuple(row["option_names"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )


def built_media(row: sa.RowMapping) -> Media:
    """An image from its row."""
    return Media(row["id"], row["product_id"], row["url"], row["alt"], row["position"])


def built_variant(row: sa.RowMapping) -> ProductVariant:
    """A variant from its row."""
    return ProductVariant(
        id=row["id"],
        product_id=row["product_id"],
        sku=row["sku"],
        gtin=row["gtin"],
        title=row["title"],
        options=tuple((name, value) for name, value in row["options"]),
        requires_shipping=row["requires_shipping"],
        tracks_inventory=row["tracks_inventory"],
        sells_when_out_of_stock=row["sells_when_out_of_stock"],
        tax_code=row["tax_code"],
        weight_grams=row["weight_grams"],
        media_id=row["media_id"],
        position=row["position"],
        discountable=row["discountable"],
    )
