"""All SQL that writes the catalog: one statement per table, however many rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.catalog import rules
from domain.catalog.errors import GtinTaken, HandleTaken, OptionsTaken, SkuTaken
from domain.catalog.model import (
    Category,
    ChannelId,
    Collection,
    CollectionId,
    Media,
    Product,
    ProductId,
    ProductVariant,
    SalesChannel,
    VariantId,
    VariantPrice,
)
from domain.catalog.store_rows import built_channel, built_product
from domain.catalog.tables import (
    CategoryRow,
    CollectionProductRow,
    CollectionRow,
    ProductMediaRow,
    ProductRow,
    ProductTagRow,
    ProductVariantRow,
    PublicationRow,
    SalesChannelRow,
    VariantOptionRow,
    VariantPriceRow,
)
from domain.connections import WriteConnection
from domain.tables import table_of, violated_constraint

_channel = table_of(SalesChannelRow)
_category = table_of(CategoryRow)
_collection = table_of(CollectionRow)
_collection_product = table_of(CollectionProductRow)
_product = table_of(ProductRow)
_tag = table_of(ProductTagRow)
_media = table_of(ProductMediaRow)
_variant = table_of(ProductVariantRow)
_option = table_of(VariantOptionRow)
_price = table_of(VariantPriceRow)
_publication = table_of(PublicationRow)


@dataclass(frozen=True, slots=True)
class Draft:
    """A product with everything that is written beside it."""

    product: Product
    media: Sequence[Media]
    variants: Sequence[ProductVariant]
    prices: Sequence[VariantPrice]
    collection_ids: Sequence[CollectionId] = ()
    published_in: Sequence[ChannelId] = ()


def insert_channel(conn: WriteConnection, channel: SalesChannel) -> None:
    """Write a sales channel.

    Raises:
        HandleTaken: another has its handle.
    """
    _insert_unique(conn, _channel, asdict(channel), channel.handle)


def lock_channel(conn: WriteConnection, channel_id: ChannelId) -> SalesChannel | None:
    """A sales channel, locked until the transaction ends; None when there is none."""
    found = conn.execute(sa.select(_channel).where(_channel.c.id == channel_id).with_for_update()).mappings()
    row = found.one_or_none()
    return None if row is None else built_channel(row)


def save_market_taxes(conn: WriteConnection, channel_id: ChannelId, markets: Mapping[str, bool]) -> None:
    """Write where a locked channel's prices are gross, and where not."""
    conn.execute(sa.update(_channel).where(_channel.c.id == channel_id).values(market_taxes=dict(markets)))


def insert_category(conn: WriteConnection, category: Category) -> None:
    """Write a category.

    Raises:
        HandleTaken: another has its handle.
    """
    path = "".join(f"{id_.hex}/" for id_ in (*category.ancestor_ids, category.id))
    row = asdict(category) | {"path": path}
    del row["ancestor_ids"]
    _insert_unique(conn, _category, row, category.handle)


def insert_collection(conn: WriteConnection, collection: Collection) -> None:
    """Write a collection.

    Raises:
        HandleTaken: another has its handle.
    """
    _insert_unique(conn, _collection, asdict(collection), collection.handle)


def insert(conn: WriteConnection, drafts: Sequence[Draft]) -> None:
    """Write products and all that belongs to them.

    Raises:
        HandleTaken, SkuTaken, GtinTaken, OptionsTaken: somebody was there first.
    """
    try:
        _executemany(conn, _product, [_product_columns(draft.product) for draft in drafts])
        _executemany(conn, _tag, [row for draft in drafts for row in _tag_rows(draft.product)])
        members = [
            {"collection_id": id_, "product_id": draft.product.id}
            for draft in drafts
            for id_ in dict.fromkeys(draft.collection_ids)
        ]
        _executemany(conn, _collection_product, members)
        _insert_parts(conn, drafts)
    except sa.exc.IntegrityError as error:
        _refuse_duplicate(error, drafts[0].product.handle if len(drafts) == 1 else "")
        raise


def insert_parts(conn: WriteConnection, draft: Draft) -> None:
    """Write more images, variants and prices of a product that exists.

    Raises:
        SkuTaken, GtinTaken, OptionsTaken: somebody was there first.
    """
    try:
        _insert_parts(conn, [draft])
    except sa.exc.IntegrityError as error:
        _refuse_duplicate(error, draft.product.handle)
        raise


def _insert_parts(conn: WriteConnection, drafts: Sequence[Draft]) -> None:
    _executemany(conn, _media, [asdict(media) for draft in drafts for media in draft.media])
    variants = [variant for draft in drafts for variant in draft.variants]
    _executemany(conn, _variant, [_variant_columns(variant) for variant in variants])
    _executemany(conn, _option, [row for variant in variants for row in _option_rows(variant)])
    _executemany(conn, _price, [asdict(price) for draft in drafts for price in draft.prices])


def lock_products(conn: WriteConnection, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
    """Products in id order, kept from others until the transaction ends."""
    statement = sa.select(_product).where(_product.c.id.in_(ids)).order_by(_product.c.id).with_for_update()
    return {row["id"]: built_product(row) for row in conn.execute(statement).mappings()}


def update_product(conn: WriteConnection, product: Product) -> None:
    """Write a product's new values and its tags.

    Raises:
        HandleTaken: another product has the handle.
    """
    try:
        conn.execute(sa.update(_product).where(_product.c.id == product.id).values(_product_columns(product)))
    except sa.exc.IntegrityError as error:
        _refuse_duplicate(error, product.handle)
        raise
    conn.execute(sa.delete(_tag).where(_tag.c.product_id == product.id))
    _executemany(conn, _tag, list(_tag_rows(product)))


def update_variant(conn: WriteConnection, variant: ProductVariant) -> None:
    """Write how a variant is taxed, discounted and handled."""
    kept = ("tax_code", "discountable", "weight_grams", "requires_shipping", "sells_when_out_of_stock")
    values = {name: getattr(variant, name) for name in kept}
    conn.execute(sa.update(_variant).where(_variant.c.id == variant.id).values(values))


def upsert_prices(conn: WriteConnection, prices: Sequence[VariantPrice]) -> None:
    """Set prices, in (variant, channel) order, whether or not there were any."""
    statement = _upsert(conn, _price)
    changed = {name: statement.excluded[name] for name in ("amount_minor", "compare_at_minor")}
    upsert = statement.on_conflict_do_update(index_elements=["variant_id", "channel_id"], set_=changed)
    rows = sorted((asdict(price) for price in prices), key=lambda row: (row["variant_id"], row["channel_id"]))
    if rows:
        conn.execute(upsert, rows)


def delete_price(conn: WriteConnection, variant_id: VariantId, channel_id: ChannelId) -> None:
    """Take a variant's price in a channel away."""
    conn.execute(sa.delete(_price).where(_price.c.variant_id == variant_id, _price.c.channel_id == channel_id))


def publish(conn: WriteConnection, keys: Sequence[tuple[ProductId, ChannelId]], at: datetime | None) -> None:
    """Show products in channels since `at`, or nowhere when None; what is shown already keeps its first moment."""
    rows = [
        {"product_id": product_id, "channel_id": channel_id, "published_at": at}
        for product_id, channel_id in sorted(keys)
    ]
    statement = _upsert(conn, _publication)
    published = statement.excluded.published_at
    kept = sa.func.coalesce(_publication.c.published_at, published) if at is not None else published
    if rows:
        conn.execute(
            statement.on_conflict_do_update(index_elements=["product_id", "channel_id"], set_={"published_at": kept}),
            rows,
        )


def refresh_price_ranges(conn: WriteConnection, product_ids: Sequence[ProductId]) -> None:
    """Bring publications in step with the prices of their products' variants; two statements."""
    here = (
        sa.select(sa.func.min(_price.c.amount_minor), sa.func.max(_price.c.amount_minor))
        .join(_variant, _variant.c.id == _price.c.variant_id)
        .where(_variant.c.product_id == _publication.c.product_id, _price.c.channel_id == _publication.c.channel_id)
    )
    lowest = here.with_only_columns(sa.func.min(_price.c.amount_minor), maintain_column_froms=True).scalar_subquery()
    highest = here.with_only_columns(sa.func.max(_price.c.amount_minor), maintain_column_froms=True).scalar_subquery()
    _open_publications(conn, product_ids)
    conn.execute(
        sa.update(_publication)
        .where(_publication.c.product_id.in_(product_ids))
        .values(price_min_minor=lowest, price_max_minor=highest)
    )


def _open_publications(conn: WriteConnection, product_ids: Sequence[ProductId]) -> None:
    priced = (
        sa.select(_variant.c.product_id, _price.c.channel_id)
        .join(_price, _price.c.variant_id == _variant.c.id)
        .where(_variant.c.product_id.in_(product_ids))
        .distinct()
        .order_by(_variant.c.product_id, _price.c.channel_id)
    )
    columns = [_publication.c.product_id, _publication.c.channel_id]
    conn.execute(_upsert(conn, _publication).from_select(columns, priced).on_conflict_do_nothing())


def _upsert(conn: WriteConnection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def _insert_unique(conn: WriteConnection, table: sa.Table, row: Mapping[str, object], handle: str) -> None:
    try:
        conn.execute(sa.insert(table).values(row))
    except sa.exc.IntegrityError as error:
        _refuse_duplicate(error, handle)
        raise


def _refuse_duplicate(error: sa.exc.IntegrityError, handle: str) -> None:
    violated = violated_constraint(error)
    if "handle" in violated:
        raise HandleTaken(handle) from None
    if "sku" in violated:
        raise SkuTaken from None
    if "gtin" in violated:
        raise GtinTaken from None
    if "options" in violated:
        raise OptionsTaken from None


def _executemany(conn: WriteConnection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        conn.execute(sa.insert(table), rows)


def _product_columns(product: Product) -> dict[str, object]:
    return asdict(product) | {
        "sort_title": rules.sort_title(product.title),
        "tags": list(product.tags),
        "option_names": list(product.option_names),
    }


def _tag_rows(product: Product) -> list[dict[str, object]]:
    return [{"product_id": product.id, "tag": tag} for tag in dict.fromkeys(rules.fold(tag) for tag in product.tags)]


def _variant_columns(variant: ProductVariant) -> dict[str, object]:
    return asdict(variant) | {
        "options": [list(option) for option in variant.options],
        "options_key": rules.options_key(variant.options),
    }


def _option_rows(variant: ProductVariant) -> list[dict[str, object]]:
    return [
        {"variant_id": variant.id, "name": rules.fold(name), "value": rules.fold(value)}
        for name, value in variant.options
    ]
