"""All SQL that reads the catalog by key; searching is in `search_store`, writing in `store_writes`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from domain.catalog.model import (
    Category,
    CategoryId,
    ChannelId,
    Collection,
    CollectionId,
    Listing,
    Media,
    MediaId,
    Product,
    ProductId,
    ProductVariant,
    Publication,
    SalesChannel,
    SalesChannelKind,
    VariantId,
)
from domain.catalog.store_rows import (
    built_category,
    built_channel,
    built_collection,
    built_media,
    built_product,
    built_variant,
    storable_key,
)
from domain.catalog.tables import (
    CategoryRow,
    CollectionProductRow,
    CollectionRow,
    ProductMediaRow,
    ProductRow,
    ProductVariantRow,
    PublicationRow,
    SalesChannelRow,
    VariantPriceRow,
)
from domain.connections import ReadConnection
from domain.paging import Page, Slice, SortColumn, fetch_slice
from domain.tables import table_of

_channel = table_of(SalesChannelRow)
_category = table_of(CategoryRow)
_collection = table_of(CollectionRow)
_collection_product = table_of(CollectionProductRow)
_product = table_of(ProductRow)
_media = table_of(ProductMediaRow)
_variant = table_of(ProductVariantRow)
_price = table_of(VariantPriceRow)
_publication = table_of(PublicationRow)

OfferKey = tuple[VariantId, ChannelId]


def channels(conn: ReadConnection, ids: Sequence[ChannelId]) -> Mapping[ChannelId, SalesChannel]:
    """Sales channels by id."""
    rows = conn.execute(sa.select(_channel).where(_channel.c.id.in_(ids))).mappings()
    return {row["id"]: built_channel(row) for row in rows}


def all_channels(conn: ReadConnection) -> Sequence[SalesChannel]:
    """Every sales channel, oldest first."""
    return [built_channel(row) for row in conn.execute(sa.select(_channel).order_by(_channel.c.id)).mappings()]


def channel_by_handle(conn: ReadConnection, handle: str) -> SalesChannel | None:
    """The sales channel with this handle."""
    row = conn.execute(sa.select(_channel).where(_channel.c.handle == handle)).mappings().one_or_none()
    return None if row is None else built_channel(row)


def default_channel(conn: ReadConnection, kind: SalesChannelKind) -> SalesChannel | None:
    """The oldest sales channel of a kind; None before one was opened."""
    return default_channels(conn, [kind]).get(kind)


def default_channels(
    conn: ReadConnection, kinds: Sequence[SalesChannelKind]
) -> Mapping[SalesChannelKind, SalesChannel]:
    """The oldest sales channel of each kind; absent before one was opened."""
    statement = sa.select(_channel).where(_channel.c.kind.in_(kinds)).order_by(_channel.c.id.desc())
    found = (built_channel(row) for row in conn.execute(statement).mappings())
    return {channel.kind: channel for channel in found}


def categories(conn: ReadConnection, ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
    """Categories by id."""
    rows = conn.execute(sa.select(_category).where(_category.c.id.in_(ids))).mappings()
    return {row["id"]: built_category(row) for row in rows}


def categories_by_handle(conn: ReadConnection, handles: Sequence[str]) -> Mapping[str, Category]:
    """Categories by handle."""
    rows = conn.execute(sa.select(_category).where(_category.c.handle.in_(handles))).mappings()
    return {row["handle"]: built_category(row) for row in rows}


def root_categories(conn: ReadConnection) -> Sequence[Category]:
    """The tree's first level, by position and name."""
    statement = sa.select(_category).where(_category.c.parent_id.is_(None))
    ordered = statement.order_by(_category.c.position, _category.c.name, _category.c.id)
    return [built_category(row) for row in conn.execute(ordered).mappings()]


def children_of_categories(conn: ReadConnection, ids: Sequence[CategoryId]) -> Mapping[CategoryId, Sequence[Category]]:
    """The categories directly below each, by position and name."""
    statement = sa.select(_category).where(_category.c.parent_id.in_(ids))
    ordered = statement.order_by(_category.c.position, _category.c.name, _category.c.id)
    found: dict[CategoryId, list[Category]] = defaultdict(list)
    for row in conn.execute(ordered).mappings():
        found[row["parent_id"]].append(built_category(row))
    return found


def collections(conn: ReadConnection, ids: Sequence[CollectionId]) -> Mapping[CollectionId, Collection]:
    """Collections by id."""
    rows = conn.execute(sa.select(_collection).where(_collection.c.id.in_(ids))).mappings()
    return {row["id"]: built_collection(row) for row in rows}


def collections_by_handle(conn: ReadConnection, handles: Sequence[str]) -> Mapping[str, Collection]:
    """Collections by handle."""
    rows = conn.execute(sa.select(_collection).where(_collection.c.handle.in_(handles))).mappings()
    return {row["handle"]: built_collection(row) for row in rows}


def collections_page(conn: ReadConnection, page: Page) -> Slice[Collection]:
    """Collections by handle.

    Raises:
        ValueError: a cursor that is not of this list.
    """
    sort = [SortColumn(_collection.c.handle, bind=storable_key)]
    return fetch_slice(conn, sa.select(_collection), sort, page, lambda row: built_collection(row._mapping))  # noqa: SLF001 - SQLAlchemy's documented access by column


def collections_of_products(
    conn: ReadConnection, product_ids: Sequence[ProductId]
) -> Mapping[ProductId, Sequence[Collection]]:
    """The collections each product is in, by title."""
    statement = (
        sa.select(_collection_product.c.product_id, _collection)
        .join(_collection, _collection.c.id == _collection_product.c.collection_id)
        .where(_collection_product.c.product_id.in_(product_ids))
        .order_by(_collection.c.title, _collection.c.id)
    )
    found: dict[ProductId, list[Collection]] = defaultdict(list)
    for row in conn.execute(statement).mappings():
        found[row["product_id"]].append(built_collection(row))
    return found


def products(conn: ReadConnection, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
    """Products by id, published or not."""
    rows = conn.execute(sa.select(_product).where(_product.c.id.in_(ids))).mappings()
    return {row["id"]: built_product(row) for row in rows}


def products_by_handle(conn: ReadConnection, handles: Sequence[str]) -> Mapping[str, Product]:
    """Products by handle, published or not."""
    rows = conn.execute(sa.select(_product).where(_product.c.handle.in_(handles))).mappings()
    return {row["handle"]: built_product(row) for row in rows}


def variants(conn: ReadConnection, ids: Sequence[VariantId]) -> Mapping[VariantId, ProductVariant]:
    """Variants by id."""
    rows = conn.execute(sa.select(_variant).where(_variant.c.id.in_(ids))).mappings()
    return {row["id"]: built_variant(row) for row in rows}


def variants_by_sku(conn: ReadConnection, skus: Sequence[str]) -> Mapping[str, ProductVariant]:
    """Variants by SKU, which is compared exactly."""
    rows = conn.execute(sa.select(_variant).where(_variant.c.sku.in_(skus))).mappings()
    return {row["sku"]: built_variant(row) for row in rows}


def variants_by_gtin(conn: ReadConnection, gtins: Sequence[str]) -> Mapping[str, ProductVariant]:
    """Variants by GTIN of 14 digits (`rules.gtin14` makes it so)."""
    rows = conn.execute(sa.select(_variant).where(_variant.c.gtin.in_(gtins))).mappings()
    return {row["gtin"]: built_variant(row) for row in rows}


def variants_of_products(
    conn: ReadConnection, product_ids: Sequence[ProductId]
) -> Mapping[ProductId, Sequence[ProductVariant]]:
    """Each product's variants, by position."""
    statement = sa.select(_variant).where(_variant.c.product_id.in_(product_ids))
    found: dict[ProductId, list[ProductVariant]] = defaultdict(list)
    for row in conn.execute(statement.order_by(_variant.c.position, _variant.c.id)).mappings():
        found[row["product_id"]].append(built_variant(row))
    return found


def media(conn: ReadConnection, ids: Sequence[MediaId]) -> Mapping[MediaId, Media]:
    """Images by id."""
    rows = conn.execute(sa.select(_media).where(_media.c.id.in_(ids))).mappings()
    return {row["id"]: built_media(row) for row in rows}


def media_of_products(conn: ReadConnection, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Sequence[Media]]:
    """Each product's images, by position."""
    statement = sa.select(_media).where(_media.c.product_id.in_(product_ids))
    found: dict[ProductId, list[Media]] = defaultdict(list)
    for row in conn.execute(statement.order_by(_media.c.position)).mappings():
        found[row["product_id"]].append(built_media(row))
    return found


def publications(
    conn: ReadConnection, keys: Sequence[tuple[ProductId, ChannelId]]
) -> Mapping[tuple[ProductId, ChannelId], Publication]:
    """Where products stand in channels; absent when a product has neither publication nor price there."""
    statement = (
        sa.select(_publication, _channel.c.currency, _channel.c.default_country)
        .join(_channel, _channel.c.id == _publication.c.channel_id)
        .where(
            _publication.c.product_id.in_({product_id for product_id, _ in keys}),
            _publication.c.channel_id.in_({channel_id for _, channel_id in keys}),
        )
    )
    return {(row.product_id, row.channel_id): Publication(*row) for row in conn.execute(statement)}


def publications_of_products(
    conn: ReadConnection, product_ids: Sequence[ProductId]
) -> Mapping[ProductId, Sequence[Publication]]:
    """Where each product stands in every channel it was ever published or priced in, oldest channel first."""
    statement = (
        sa.select(_publication, _channel.c.currency, _channel.c.default_country)
        .join(_channel, _channel.c.id == _publication.c.channel_id)
        .where(_publication.c.product_id.in_(product_ids))
        .order_by(_publication.c.channel_id)
    )
    found: dict[ProductId, list[Publication]] = defaultdict(list)
    for row in conn.execute(statement):
        found[row.product_id].append(Publication(*row))
    return found


def listings(conn: ReadConnection, keys: Sequence[OfferKey]) -> Mapping[OfferKey, Listing]:
    """Whether and for how much channels sell variants, sold or not; absent when variant or channel does not exist."""
    price_here = sa.and_(_price.c.variant_id == _variant.c.id, _price.c.channel_id == _channel.c.id)
    publication_here = sa.and_(
        _publication.c.product_id == _variant.c.product_id, _publication.c.channel_id == _channel.c.id
    )
    statement = (
        sa.select(
            _variant.c.id,
            _channel.c.id,
            _channel.c.currency,
            _publication.c.published_at.is_not(None),
            _price.c.amount_minor,
            _price.c.compare_at_minor,
        )
        .select_from(_variant)
        .join(_channel, sa.true())
        .outerjoin(_price, price_here)
        .outerjoin(_publication, publication_here)
        .where(
            _variant.c.id.in_({variant_id for variant_id, _ in keys}),
            _channel.c.id.in_({channel_id for _, channel_id in keys}),
        )
    )
    found = (Listing(*row) for row in conn.execute(statement))
    return {(listing.variant_id, listing.channel_id): listing for listing in found}


def prices_of_variants(conn: ReadConnection, variant_ids: Sequence[VariantId]) -> Mapping[VariantId, Sequence[Listing]]:
    """Each variant's prices in every channel that has one, oldest channel first."""
    statement = (
        sa.select(
            _price.c.variant_id,
            _price.c.channel_id,
            _channel.c.currency,
            _publication.c.published_at.is_not(None),
            _price.c.amount_minor,
            _price.c.compare_at_minor,
        )
        .join(_variant, _variant.c.id == _price.c.variant_id)
        .join(_channel, _channel.c.id == _price.c.channel_id)
        .outerjoin(
            _publication,
            sa.and_(
                _publication.c.product_id == _variant.c.product_id, _publication.c.channel_id == _price.c.channel_id
            ),
        )
        .where(_price.c.variant_id.in_(variant_ids))
        .order_by(_price.c.channel_id)
    )
    found: dict[VariantId, list[Listing]] = defaultdict(list)
    for row in conn.execute(statement):
        found[row.variant_id].append(Listing(*row))
    return found


def tracked_variant_ids(conn: ReadConnection) -> Sequence[VariantId]:
    """Every variant whose stock is kept, by id."""
    ids = sa.select(_variant.c.id).where(_variant.c.tracks_inventory).order_by(_variant.c.id)
    return [VariantId(key) for key in conn.execute(ids).scalars()]
