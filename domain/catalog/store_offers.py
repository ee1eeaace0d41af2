"""The SQL of what carts and tills sell: a variant as a channel sells it, all of it in one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from domain.catalog.model import Offer
from domain.catalog.store import OfferKey
from domain.catalog.store_rows import ids_of_path
from domain.catalog.tables import (
    CategoryRow,
    CollectionProductRow,
    ProductMediaRow,
    ProductRow,
    ProductVariantRow,
    PublicationRow,
    SalesChannelRow,
    VariantPriceRow,
)
from domain.connections import ReadConnection
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_channel = table_of(SalesChannelRow)
_category = table_of(CategoryRow)
_collection_product = table_of(CollectionProductRow)
_product = table_of(ProductRow)
_media = table_of(ProductMediaRow)
_variant = table_of(ProductVariantRow)
_price = table_of(VariantPriceRow)
_publication = table_of(PublicationRow)


def _sold() -> sa.Select[Any]:
    first_image = (
        sa.select(_media.c.url)
        .where(_media.c.product_id == _product.c.id)
        .order_by(_media.c.position)
        .limit(sa.literal_column("1"))
        .scalar_subquery()
    )
    own_image = sa.select(_media.c.url).where(_media.c.id == _variant.c.media_id).scalar_subquery()
    return (
        sa.select(
            _variant.c.id.label("variant_id"),
            _price.c.channel_id,
            _variant.c.product_id,
            _variant.c.sku,
            _product.c.title.label("product_title"),
            _variant.c.title.label("variant_title"),
            _price.c.amount_minor.label("price_minor"),
            _price.c.compare_at_minor,
            _channel.c.currency,
            _variant.c.tax_code,
            _category.c.path,
            _product.c.vendor,
            _variant.c.requires_shipping,
            _variant.c.tracks_inventory,
            _variant.c.weight_grams,
            _variant.c.discountable,
            sa.func.coalesce(own_image, first_image).label("image_url"),
            _collection_product.c.collection_id,
        )
        .select_from(_variant)
        .join(_product, _product.c.id == _variant.c.product_id)
        .join(_price, _price.c.variant_id == _variant.c.id)
        .join(_channel, _channel.c.id == _price.c.channel_id)
        .join(
            _publication,
            sa.and_(_publication.c.product_id == _product.c.id, _publication.c.channel_id == _channel.c.id),
        )
        .outerjoin(_category, _category.c.id == _product.c.category_id)
        .outerjoin(_collection_product, _collection_product.c.product_id == _product.c.id)
        .where(
            _publication.c.published_at.is_not(None),
            one_of(_variant.c.id, "variants"),
            one_of(_price.c.channel_id, "channels"),
        )
        .order_by(_collection_product.c.collection_id)
    )


_SOLD = Statement(_sold())


def offers(conn: ReadConnection, keys: Sequence[OfferKey]) -> Mapping[OfferKey, Offer]:
    """Variants as channels sell them, in the order of the keys; absent when not published or not priced there."""
    if not keys:
        return {}
    rows = _SOLD.all(
        conn,
        variants=list({variant_id for variant_id, _ in keys}),
        channels=list({channel_id for _, channel_id in keys}),
    )
    # A product in several collections comes once for each.
    offered: dict[OfferKey, list[Row]] = defaultdict(list)
    for row in rows:
        offered[row.variant_id, row.channel_id].append(row)
    return {key: _offer(offered[key]) for key in keys if key in offered}


def _offer(rows: Sequence[Row]) -> Offer:
    row = rows[0]
    return Offer(
        variant_id=row.variant_id,
        channel_id=row.channel_id,
        product_id=row.product_id,
        sku=row.sku,
        product_title=row.product_title,
        variant_title=row.variant_title,
        price_minor=row.price_minor,
        compare_at_minor=row.compare_at_minor,
        currency=row.currency,
        tax_code=row.tax_code,
        vendor=row.vendor,
        requires_shipping=row.requires_shipping,
        tracks_inventory=row.tracks_inventory,
        image_url=row.image_url,
        weight_grams=row.weight_grams,
        discountable=row.discountable,
        category_ids=() if row.path is None else ids_of_path(row.path),
        collection_ids=tuple(one.collection_id for one in rows if one.collection_id is not None),
    )
