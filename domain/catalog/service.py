"""Changing the catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from domain.acts import Act
from domain.catalog import document_store, rules, search_store, store, store_writes
from domain.catalog.channels import create_channel as create_channel  # noqa: PLC0414 - callers find it here
from domain.catalog.errors import (
    CategoryNotFound,
    ChannelNotFound,
    CollectionNotFound,
    GtinTaken,
    HandleTaken,
    ProductNotFound,
    SkuTaken,
    StaleVersion,
    TooMany,
    TreeTooDeep,
    VariantNotFound,
)
from domain.catalog.model import (
    Category,
    CategoryId,
    ChannelId,
    Collection,
    CollectionId,
    Media,
    MediaId,
    NewCategory,
    NewCollection,
    NewMedia,
    NewProduct,
    NewVariant,
    Product,
    ProductAdditions,
    ProductChange,
    ProductId,
    ProductVariant,
    SalesChannel,
    VariantChange,
    VariantId,
    VariantPrice,
)
from domain.catalog.store_writes import Draft
from domain.connections import ReadConnection, WriteConnection
from domain.events import store as events
from domain.events.store import Topic

CATEGORY_DEPTH_MAX = 10


def create_category(conn: WriteConnection, new: NewCategory, act: Act) -> Category:
    """Add a category to the tree.

    Raises:
        CategoryNotFound: the parent.
        TreeTooDeep, HandleInvalid, HandleTaken, ValueInvalid.
    """
    rules.check_handle(new.handle, 120)
    rules.check_text("name", new.name, 120, minimum=1)
    ancestors: tuple[CategoryId, ...] = ()
    if new.parent_id is not None:
        parent = store.categories(conn, [new.parent_id]).get(new.parent_id)
        if parent is None:
            raise CategoryNotFound
        ancestors = (*parent.ancestor_ids, parent.id)
    if len(ancestors) >= CATEGORY_DEPTH_MAX:
        raise TreeTooDeep(CATEGORY_DEPTH_MAX)
    category = Category(CategoryId(act.new_id()), new.handle, new.name, new.parent_id, ancestors, new.position)
    store_writes.insert_category(conn, category)
    events.touch(conn, act, Topic.CATALOG, [category.id])
    return category


def create_collection(conn: WriteConnection, new: NewCollection, act: Act) -> Collection:
    """Add a collection.

    Raises:
        HandleInvalid, HandleTaken, ValueInvalid.
    """
    rules.check_handle(new.handle, 120)
    rules.check_text("title", new.title, 255, minimum=1)
    rules.check_text("description", new.description, rules.DESCRIPTION_LENGTH_MAX)
    collection = Collection(CollectionId(act.new_id()), new.handle, new.title, new.description)
    store_writes.insert_collection(conn, collection)
    events.touch(conn, act, Topic.CATALOG, [collection.id])
    return collection


def create_product(conn: WriteConnection, new: NewProduct, act: Act) -> Product:
    """Add a product with its variants, prices and images.

    Raises:
        Refused: as `create_products`.
    """
    return create_products(conn, [new], act)[0]


def create_products(conn: WriteConnection, news: Sequence[NewProduct], act: Act) -> Sequence[Product]:
    """Add products, in order, in a constant number of statements; one refusal refuses all.

    Raises:
        HandleInvalid, ValueInvalid, TooMany, OptionsInvalid, OptionsTaken, PriceInvalid, GtinInvalid: a product's values.
        CategoryNotFound, CollectionNotFound, ChannelNotFound: what it points at.
        HandleTaken, SkuTaken, GtinTaken: somebody was there first.
    """
    if not news:
        return []
    for new in news:
        rules.check_product(new)
    _check_references(conn, news)
    _check_free(conn, news)
    drafts = [_draft(new, act) for new in news]
    store_writes.insert(conn, drafts)
    keys = [(draft.product.id, channel_id) for draft in drafts for channel_id in dict.fromkeys(draft.published_in)]
    store_writes.publish(conn, keys, act.now)
    store_writes.refresh_price_ranges(conn, [draft.product.id for draft in drafts])
    search_store.put(conn, [rules.search_document(draft.product, draft.variants) for draft in drafts])
    document_store.rewrite(conn, [draft.product.id for draft in drafts])
    events.touch(conn, act, Topic.PRODUCT, [draft.product.id for draft in drafts])
    return [draft.product for draft in drafts]


def update_product(conn: WriteConnection, change: ProductChange, act: Act) -> Product:
    """Change a product; what the change leaves out stays.

    Raises:
        ProductNotFound, CategoryNotFound: there is none.
        StaleVersion: it is not at the expected version.
        HandleInvalid, HandleTaken, ValueInvalid, TooMany: its values.
    """
    found = _locked(conn, change.product_id)
    if change.expected_version not in (None, found.version):
        raise StaleVersion(found.version)
    if change.category_id is not None and change.category_id not in store.categories(conn, [change.category_id]):
        raise CategoryNotFound
    given = {
        name: value
        for name in ("handle", "title", "description", "vendor", "product_type", "tags", "category_id")
        if (value := getattr(change, name)) is not None
    }
    changed = replace(found, **given, updated_at=act.now, version=found.version + 1)
    rules.check_handle(changed.handle)
    rules.check_texts(changed.title, changed.description, changed.vendor, changed.product_type, changed.tags)
    store_writes.update_product(conn, changed)
    variants = store.variants_of_products(conn, [changed.id]).get(changed.id, ())
    search_store.put(conn, [rules.search_document(changed, variants)])
    document_store.rewrite(conn, [changed.id])
    events.touch(conn, act, Topic.PRODUCT, [changed.id])
    return changed


def extend_product(conn: WriteConnection, additions: ProductAdditions, act: Act) -> Sequence[ProductVariant]:
    """Add images and variants to a product; gives the new variants in order. Images it has already are not doubled.

    Raises:
        ProductNotFound, ChannelNotFound: there is none.
        TooMany, OptionsInvalid, OptionsTaken, PriceInvalid, GtinInvalid, SkuTaken, GtinTaken: the variants.
    """
    found = _locked(conn, additions.product_id)
    present = store.variants_of_products(conn, [found.id]).get(found.id, ())
    media = store.media_of_products(conn, [found.id]).get(found.id, ())
    rules.check_variants(found.option_names, present, additions.variants, media_count=len(additions.media))
    rules.check_media(additions.media)
    _check_channels(conn, {price.channel_id for variant in additions.variants for price in variant.prices})
    _check_codes(conn, additions.variants)
    by_url = {one.url: one for one in media}
    fresh = [new for new in dict.fromkeys(additions.media) if new.url not in by_url]
    if len(media) + len(fresh) > rules.MEDIA_MAX:
        raise TooMany("media", rules.MEDIA_MAX)
    added = _media(found.id, fresh, len(media), act)
    by_url |= {one.url: one for one in added}
    images = [by_url[new.url] for new in additions.media]
    variants, prices = _variants(found.id, additions.variants, images, len(present), act)
    changed = replace(found, updated_at=act.now, version=found.version + 1)
    store_writes.insert_parts(conn, Draft(changed, added, variants, prices))
    store_writes.update_product(conn, changed)
    store_writes.refresh_price_ranges(conn, [found.id])
    search_store.put(conn, [rules.search_document(changed, [*present, *variants])])
    document_store.rewrite(conn, [found.id])
    events.touch(conn, act, Topic.PRODUCT, [changed.id])
    return variants


def update_variant(conn: WriteConnection, change: VariantChange, act: Act) -> None:
    """Change a variant; what the change leaves out stays. Carts see it at once, orders keep what they were placed by.

    Raises:
        VariantNotFound: there is none.
        ValueInvalid: its values.
    """
    product_ids = _products_of(conn, {change.variant_id})
    store_writes.lock_products(conn, product_ids)
    found = store.variants(conn, [change.variant_id])[change.variant_id]
    given = {name: value for name, value in asdict(change).items() if name != "variant_id" and value is not None}
    changed = replace(found, **given)
    rules.check_handling(changed.tax_code, changed.weight_grams)
    if changed != found:
        store_writes.update_variant(conn, changed)
        document_store.rewrite(conn, product_ids)
        events.touch(conn, act, Topic.PRODUCT, product_ids)


def set_prices(conn: WriteConnection, prices: Sequence[VariantPrice], act: Act) -> None:
    """Set what variants cost in channels.

    Raises:
        VariantNotFound, ChannelNotFound: there is none.
        PriceInvalid: an absurd price.
    """
    for price in prices:
        rules.check_price(price.amount_minor, price.compare_at_minor)
    _check_channels(conn, {price.channel_id for price in prices})
    product_ids = _products_of(conn, {price.variant_id for price in prices})
    store_writes.lock_products(conn, product_ids)
    store_writes.upsert_prices(conn, prices)
    store_writes.refresh_price_ranges(conn, product_ids)
    document_store.rewrite(conn, product_ids)
    events.touch(conn, act, Topic.PRODUCT, product_ids)


def remove_price(conn: WriteConnection, variant_id: VariantId, channel_id: ChannelId, act: Act) -> None:
    """Take a variant off a channel.

    Raises:
        VariantNotFound, ChannelNotFound: there is none.
    """
    _check_channels(conn, {channel_id})
    product_ids = _products_of(conn, {variant_id})
    store_writes.lock_products(conn, product_ids)
    store_writes.delete_price(conn, variant_id, channel_id)
    store_writes.refresh_price_ranges(conn, product_ids)
    document_store.rewrite(conn, product_ids)
    events.touch(conn, act, Topic.PRODUCT, product_ids)


def publish(conn: WriteConnection, product_ids: Sequence[ProductId], channel_id: ChannelId, act: Act) -> None:
    """Show products in a channel from now on; those it shows already keep their date.

    Raises:
        ProductNotFound, ChannelNotFound: there is none.
    """
    _check_channels(conn, {channel_id})
    _check_products(conn, product_ids)
    store_writes.publish(conn, [(product_id, channel_id) for product_id in dict.fromkeys(product_ids)], act.now)
    store_writes.refresh_price_ranges(conn, product_ids)
    document_store.rewrite(conn, product_ids)
    events.touch(conn, act, Topic.PRODUCT, product_ids)


def unpublish(conn: WriteConnection, product_ids: Sequence[ProductId], channel_id: ChannelId, act: Act) -> None:
    """Stop showing products in a channel; their prices there stay.

    Raises:
        ProductNotFound, ChannelNotFound: there is none.
    """
    _check_channels(conn, {channel_id})
    _check_products(conn, product_ids)
    store_writes.publish(conn, [(product_id, channel_id) for product_id in dict.fromkeys(product_ids)], None)
    document_store.rewrite(conn, product_ids)
    events.touch(conn, act, Topic.PRODUCT, product_ids)


def _locked(conn: WriteConnection, product_id: ProductId) -> Product:
    found = store_writes.lock_products(conn, [product_id]).get(product_id)
    if found is None:
        raise ProductNotFound
    return found


def _check_products(conn: WriteConnection, product_ids: Sequence[ProductId]) -> None:
    if len(store_writes.lock_products(conn, product_ids)) < len(set(product_ids)):
        raise ProductNotFound


def _products_of(conn: ReadConnection, variant_ids: set[VariantId]) -> Sequence[ProductId]:
    found = store.variants(conn, list(variant_ids))
    if len(found) < len(variant_ids):
        raise VariantNotFound
    return sorted({variant.product_id for variant in found.values()})


def _check_channels(conn: ReadConnection, ids: set[ChannelId]) -> Mapping[ChannelId, SalesChannel]:
    found = store.channels(conn, list(ids)) if ids else {}
    if len(found) < len(ids):
        raise ChannelNotFound
    return found


def _check_references(conn: ReadConnection, news: Sequence[NewProduct]) -> None:
    channel_ids = {price.channel_id for new in news for variant in new.variants for price in variant.prices}
    _check_channels(conn, channel_ids | {channel_id for new in news for channel_id in new.published_in})
    category_ids = {new.category_id for new in news if new.category_id is not None}
    if category_ids and len(store.categories(conn, list(category_ids))) < len(category_ids):
        raise CategoryNotFound
    collection_ids = {id_ for new in news for id_ in new.collection_ids}
    if collection_ids and len(store.collections(conn, list(collection_ids))) < len(collection_ids):
        raise CollectionNotFound


def _check_free(conn: ReadConnection, news: Sequence[NewProduct]) -> None:
    handles = [new.handle for new in news]
    taken = _repeated(handles) or next(iter(store.products_by_handle(conn, handles)), None)
    if taken is not None:
        raise HandleTaken(taken)
    _check_codes(conn, [variant for new in news for variant in new.variants])


def _check_codes(conn: ReadConnection, variants: Sequence[NewVariant]) -> None:
    skus = [variant.sku for variant in variants if variant.sku is not None]
    gtins = [rules.gtin14(variant.gtin) for variant in variants if variant.gtin is not None]
    sku = _repeated(skus) or (next(iter(store.variants_by_sku(conn, skus)), None) if skus else None)
    if sku is not None:
        raise SkuTaken(sku)
    gtin = _repeated(gtins) or (next(iter(store.variants_by_gtin(conn, gtins)), None) if gtins else None)
    if gtin is not None:
        raise GtinTaken(gtin)


def _repeated(values: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _draft(new: NewProduct, act: Act) -> Draft:
    product = Product(
        id=ProductId(act.new_id()),
        handle=new.handle,
        title=new.title,
        description=new.description,
        vendor=new.vendor,
        product_type=new.product_type,
        tags=new.tags,
        category_id=new.category_id,
        option_names=tuple(name for name, _ in new.variants[0].options),
        created_at=act.now,
        updated_at=act.now,
        version=1,
    )
    media = _media(product.id, new.media, 0, act)
    variants, prices = _variants(product.id, new.variants, media, 0, act)
    return Draft(product, media, variants, prices, new.collection_ids, new.published_in)


def _media(product_id: ProductId, news: Sequence[NewMedia], start: int, act: Act) -> list[Media]:
    return [
        Media(MediaId(act.new_id()), product_id, new.url, new.alt, position)
        for position, new in enumerate(news, start=start)
    ]


def _variants(
    product_id: ProductId, news: Sequence[NewVariant], media: Sequence[Media], start: int, act: Act
) -> tuple[list[ProductVariant], list[VariantPrice]]:
    variants: list[ProductVariant] = []
    prices: list[VariantPrice] = []
    for position, new in enumerate(news, start=start):
        variant = ProductVariant(
            id=VariantId(act.new_id()),
            product_id=product_id,
            sku=new.sku,
            gtin=None if new.gtin is None else rules.gtin14(new.gtin),
            title=rules.variant_title(new.options),
            options=new.options,
            requires_shipping=new.requires_shipping,
            tracks_inventory=new.tracks_inventory,
            sells_when_out_of_stock=new.sells_when_out_of_stock,
            tax_code=new.tax_code,
            weight_grams=new.weight_grams,
            media_id=None if new.media_index is None else media[new.media_index].id,
            position=position,
            discountable=new.discountable,
        )
        variants.append(variant)
        prices.extend(
            VariantPrice(variant.id, price.channel_id, price.amount_minor, price.compare_at_minor)
            for price in new.prices
        )
    return variants, prices
