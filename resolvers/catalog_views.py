"""Products as a sales channel shows them, made once from each document, and how requests come by them."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.catalog import document_store, model
from domain.catalog.documents import ProductDocument, ProductHead, VariantHead
from domain.catalog.model import ChannelId, ProductId, UnavailableReason, VariantId
from domain.price_lists.model import Listed
from domain.pricing import price_lists
from resolvers import nodes
from resolvers.catalog_groups import channel_id_of
from resolvers.catalog_types import Media, PriceRange, Product, ProductOption, ProductVariant, SelectedOption
from resolvers.context import Context
from resolvers.documents import Remembered
from resolvers.ids import global_id
from resolvers.scalars import Money


async def products_of(ctx: Context, heads: Sequence[ProductHead]) -> list[Product]:
    """The products of these heads, in order, as the caller's sales channel shows them."""
    channel_id = await channel_id_of(ctx)
    found = [product_view(ctx, one, channel_id) for one in await _remembered(ctx, heads)]
    if ctx.actor.customer_id is None or channel_id is None:
        return found
    return await _for_customer(ctx, found, ctx.actor.customer_id, channel_id)


async def visible_product(ctx: Context, head: ProductHead | None) -> Product | None:
    """The product of a head, if the caller may see it; None for None."""
    if head is None:
        return None
    (product,) = await products_of(ctx, [head])
    return product if may_see(ctx, product) else None


async def visible_variant(ctx: Context, head: VariantHead | None) -> ProductVariant | None:
    """The variant of a head, if the caller may see its product; None for None."""
    product = await visible_product(ctx, None if head is None else head.product)
    return None if head is None or product is None else _variant_of(product, head.variant_id)


async def variants_by_ids(ctx: Context, ids: Sequence[UUID | None]) -> list[ProductVariant | None]:
    """Variants that something of the caller's own names (order lines), published or not, in order; None for None."""
    wanted = [VariantId(id_) for id_ in ids if id_ is not None]
    heads = await ctx.load_many(document_store.heads_of_variants, wanted) if wanted else {}
    products = await products_of(ctx, [head.product for head in heads.values()])
    found = {id_: _variant_of(product, id_) for (id_, _), product in zip(heads.items(), products, strict=True)}
    return [None if id_ is None else found.get(VariantId(id_)) for id_ in ids]


async def variant_by_id(ctx: Context, variant_id: UUID | None) -> ProductVariant | None:
    """A variant that something of the caller's own names, published or not; None for None."""
    return (await variants_by_ids(ctx, [variant_id]))[0]


def may_see(ctx: Context, product: Product) -> bool:
    """Whether the caller's sales channel shows a product, or the caller sees unpublished ones."""
    return product.published_at is not None or ctx.actor.may(Scope.READ_PRODUCTS)


async def _for_customer(
    ctx: Context, products: Sequence[Product], customer_id: UUID, channel_id: ChannelId
) -> list[Product]:
    """Products at the prices that lists for a customer's groups and tier give."""
    keys = [(customer_id, channel_id, one.value.id) for product in products for one in product.all_variants]
    own = await ctx.load_many_at(price_lists.personal_prices, keys)
    listed = {variant_id: one for (_, _, variant_id), one in own.items()}
    return [_repriced(one, listed) if listed else one for one in products]


def _repriced(product: Product, listed: Mapping[VariantId, Listed]) -> Product:
    made = copy(product)
    made.newest_page = None
    made.all_variants = [copy(variant) for variant in product.all_variants]
    for variant in made.all_variants:
        variant.product = made
        one = listed.get(variant.value.id)
        if one is not None and variant.price is not None:
            variant.price = Money.minor(one.amount_minor, one.currency)
            compare_at = one.compare_at_minor
            variant.compare_at_price = None if compare_at is None else Money.minor(compare_at, one.currency)
    made.price_range = PriceRange.over(one.price for one in made.all_variants if one.price is not None)
    return made


def product_view(ctx: Context, remembered: Remembered, channel_id: ChannelId | None) -> Product:
    """A remembered product as a sales channel shows it now; None stands for no channel at all."""
    found = remembered.views.get(channel_id)
    if not isinstance(found, Product) or (found.priced_until is not None and found.priced_until <= ctx.clock()):
        found = remembered.views[channel_id] = product_in_channel(remembered.document, channel_id, ctx.clock())
    if found.priced_until is not None:
        ctx.changes_at(found.priced_until)
    return found


def product_in_channel(document: ProductDocument, channel_id: ChannelId | None, now: datetime) -> Product:
    """The wire form of a document in a sales channel at a moment."""
    value = document.product
    here = document.publication_in(channel_id)
    shown = here if here is not None and here.published_at is not None else None
    media = [Media.of(one) for one in document.media]
    reason = UnavailableReason.NOT_PRICED if shown is not None else UnavailableReason.NOT_PUBLISHED
    product = Product(
        id=strawberry.ID(global_id("Product", value.id)),
        handle=value.handle,
        title=value.title,
        description=value.description,
        vendor=value.vendor,
        product_type=value.product_type,
        tags=list(value.tags),
        created_at=value.created_at,
        updated_at=value.updated_at,
        version=value.version,
        document=document,
        all_variants=[],
        priced_until=None,
        newest_page=None,
        options=_options(document),
        media=media,
        featured_media=media[0] if media else None,
        price_range=PriceRange.of(shown),
        unavailable_reason=None if shown is not None and shown.price_min_minor is not None else reason,
        published_at=None if here is None else here.published_at,
    )
    images = {one.id: made for one, made in zip(document.media, media, strict=True)}
    prices, product.priced_until = ({}, None) if shown is None else document.prices_at(shown, now)
    for variant in document.variants:
        image = None if variant.media_id is None else images.get(variant.media_id)
        price = prices.get(variant.id)
        made = _variant(product, variant, image or product.featured_media)
        if shown is not None and price is not None:
            made.price = Money.minor(price.amount_minor, shown.currency)
            if price.compare_at_minor is not None:
                made.compare_at_price = Money.minor(price.compare_at_minor, shown.currency)
        else:
            made.unavailable_reason = reason
        product.all_variants.append(made)
    if document.listed:
        product.price_range = PriceRange.over(one.price for one in product.all_variants if one.price is not None)
    return product


def _variant(product: Product, value: model.ProductVariant, image: Media | None) -> ProductVariant:
    return ProductVariant(
        id=strawberry.ID(global_id("ProductVariant", value.id)),
        sku=value.sku,
        gtin=value.gtin,
        title=value.title,
        options=[SelectedOption(name=name, value=text) for name, text in value.options],
        requires_shipping=value.requires_shipping,
        tracks_inventory=value.tracks_inventory,
        sells_when_out_of_stock=value.sells_when_out_of_stock,
        tax_code=value.tax_code,
        weight_grams=value.weight_grams,
        position=value.position,
        discountable=value.discountable,
        value=value,
        product=product,
        image=image,
        price=None,
        compare_at_price=None,
        unavailable_reason=None,
    )


def _options(document: ProductDocument) -> list[ProductOption]:
    values: dict[str, dict[str, None]] = {name: {} for name in document.product.option_names}
    for variant in document.variants:
        for name, value in variant.options:
            values[name][value] = None
    return [ProductOption(name=name, values=list(found)) for name, found in values.items()]


def _variant_of(product: Product, variant_id: VariantId) -> ProductVariant | None:
    return next((one for one in product.all_variants if one.value.id == variant_id), None)


async def _remembered(ctx: Context, heads: Sequence[ProductHead]) -> list[Remembered]:
    """The documents of these heads, in order: from memory, and one statement for all that are not there.

    A product that changed since its head was read comes as it is now.
    """
    found = [ctx.documents.get(head.digest) for head in heads]
    missing = list({head.product_id for head, hit in zip(heads, found, strict=True) if hit is None})
    made: Mapping[ProductId, Remembered] = {}
    if missing:
        stored = await ctx.load_many(document_store.documents, missing)
        made = {product_id: ctx.documents.put(one) for product_id, one in stored.items()}
    return [hit or made[head.product_id] for head, hit in zip(heads, found, strict=True)]


async def _fetch_products(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    heads = await ctx.load_many(document_store.heads, [ProductId(key) for key in ids])
    products = await products_of(ctx, list(heads.values()))
    found = dict(zip(heads, products, strict=True))
    seen = (found.get(ProductId(key)) for key in ids)
    return [one if one is not None and may_see(ctx, one) else None for one in seen]


async def _fetch_variants(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await variants_by_ids(ctx, ids)
    return [one if one is not None and may_see(ctx, one.product) else None for one in found]


nodes.register("Product", _fetch_products)
nodes.register("ProductVariant", _fetch_variants)
