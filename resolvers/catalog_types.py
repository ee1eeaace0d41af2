"""Products, variants and what they are sorted under, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.catalog import model, store
from domain.catalog.model import ChannelId, ProductId, VariantId
from domain.paging import Page, Slice
from resolvers import nodes
from resolvers.batching import batch_field
from resolvers.catalog_enums import UnavailableReason
from resolvers.catalog_groups import Category, Collection, SalesChannel, channel_id_of
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput, InvalidCursor
from resolvers.ids import global_id, uuid_of
from resolvers.inventory import InventoryAvailability, availability_of_variant, total_available
from resolvers.scalars import Money

LOCATIONS_MAX = 100


@strawberry.type(description="An image.")
class Media:
    """An image on the wire."""

    url: str = strawberry.field(description="Where the image is.")
    alt_text: str = strawberry.field(description="What it shows, for those who do not see it; may be empty.")
    position: int = strawberry.field(description="Place among the product's images, from 0.")

    @classmethod
    def of(cls, value: model.Media) -> "Media":
        """The wire form of an image."""
        return cls(url=value.url, alt_text=value.alt, position=value.position)


@strawberry.type(description="Something a product's variants differ in.")
class ProductOption:
    """An option on the wire."""

    name: str = strawberry.field(description="Such as `Size`.")
    values: list[str] = strawberry.field(description="Its values, in the order of the variants that have them.")


@strawberry.type(description="One option of one variant.")
class SelectedOption:
    """An option value on the wire."""

    name: str = strawberry.field(description="Such as `Size`.")
    value: str = strawberry.field(description="Such as `M`.")


@strawberry.type(description="The lowest and the highest price among a product's variants, in one sales channel.")
class PriceRange:
    """A price range on the wire."""

    minimum: Money = strawberry.field(description="The lowest price.")
    maximum: Money = strawberry.field(description="The highest price.")

    @classmethod
    def of(cls, value: model.Publication | None) -> "PriceRange | None":
        """The wire form of a publication's prices; None when it has none."""
        if value is None or value.price_min_minor is None or value.price_max_minor is None:
            return None
        return cls(
            minimum=Money.minor(value.price_min_minor, value.currency),
            maximum=Money.minor(value.price_max_minor, value.currency),
        )


@strawberry.type(description="Where a product stands in one sales channel.")
class ProductPublication:
    """A publication on the wire."""

    value: strawberry.Private[model.Publication]

    published_at: datetime | None = strawberry.field(description="Since when it is shown; null while it is not.")
    price_range: PriceRange | None = strawberry.field(description="Its prices there; null when it has none.")

    @classmethod
    def of(cls, value: model.Publication) -> "ProductPublication":
        """The wire form of a publication."""
        return cls(value=value, published_at=value.published_at, price_range=PriceRange.of(value))

    @batch_field(description="The sales channel.")
    @staticmethod
    async def sales_channel(parents: Sequence["ProductPublication"], context: Context) -> Sequence[SalesChannel]:
        ids = sorted({parent.value.channel_id for parent in parents})
        found = await context.read(lambda conn: store.channels(conn, ids))
        return [SalesChannel.of(found[parent.value.channel_id]) for parent in parents]


@strawberry.type(description="What a variant costs in one sales channel.")
class VariantPrice:
    """A price on the wire."""

    value: strawberry.Private[model.Listing]

    price: Money | None = strawberry.field(description="The price; null only while it is being taken away.")
    compare_at_price: Money | None = strawberry.field(description="The former price; null when it is not reduced.")

    @classmethod
    def of(cls, value: model.Listing) -> "VariantPrice":
        """The wire form of a price."""
        return cls(
            value=value,
            price=_money(value.amount_minor, value.currency),
            compare_at_price=_money(value.compare_at_minor, value.currency),
        )

    @strawberry.field(description="The sales channel.")
    async def sales_channel(self, info: ContextInfo) -> SalesChannel:
        found = await info.context.load(store.channels, self.value.channel_id)
        assert found is not None, "a price's channel exists"
        return SalesChannel.of(found)


@strawberry.type(description="The sellable thing: one combination of a product's option values.")
class ProductVariant(nodes.Node):
    """A variant on the wire."""

    sku: str | None = strawberry.field(description="The retailer's code; null when it has none.")
    gtin: str | None = strawberry.field(
        description="GTIN as 14 digits with leading zeros, check digit verified; null when it has none."
    )
    title: str = strawberry.field(description="Its option values, such as `M / Navy`; empty without options.")
    options: list[SelectedOption] = strawberry.field(description="Its option values, in the product's order.")
    requires_shipping: bool = strawberry.field(description="Whether it is goods; false for services and gift cards.")
    tracks_inventory: bool = strawberry.field(description="Whether stock is kept; without it, it never runs out.")
    sells_when_out_of_stock: bool = strawberry.field(description="Whether it may be ordered beyond what is there.")
    tax_code: str = strawberry.field(description="What it is to the tax table, such as `standard`.")
    weight_grams: int = strawberry.field(description="Shipping weight in grams; 0 when unknown.")
    position: int = strawberry.field(description="Place among the product's variants, from 0.")
    value: strawberry.Private[model.ProductVariant]

    @classmethod
    def of(cls, value: model.ProductVariant) -> "ProductVariant":
        """The wire form of a variant."""
        return cls(
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
            value=value,
        )

    @strawberry.field(description="The product it is a variant of.")
    async def product(self, info: ContextInfo) -> "Product":
        found = await info.context.load(store.products, self.value.product_id)
        assert found is not None, "a variant's product exists"
        return Product.of(found)

    @strawberry.field(description="Its own image, else the product's first; null when there is none.")
    async def image(self, info: ContextInfo) -> Media | None:
        media = await info.context.load_list(store.media_of_products, self.value.product_id)
        own = next((one for one in media if one.id == self.value.media_id), None)
        chosen = own or next(iter(media), None)
        return None if chosen is None else Media.of(chosen)

    @strawberry.field(
        description="The price in your sales channel and its currency; null when it is not sold there, and then "
        "`unavailableReason` says why."
    )
    async def price(self, info: ContextInfo) -> Money | None:
        listing = await _listing(info.context, self.value.id)
        if listing is None or listing.unavailable_reason is not None:
            return None
        return _money(listing.amount_minor, listing.currency)

    @strawberry.field(description="The former price in your sales channel; null when it is not reduced or not sold.")
    async def compare_at_price(self, info: ContextInfo) -> Money | None:
        listing = await _listing(info.context, self.value.id)
        if listing is None or listing.unavailable_reason is not None:
            return None
        return _money(listing.compare_at_minor, listing.currency)

    @strawberry.field(description="Why it has no price in your sales channel; null when it is sold.")
    async def unavailable_reason(self, info: ContextInfo) -> UnavailableReason | None:
        listing = await _listing(info.context, self.value.id)
        return UnavailableReason.NOT_PUBLISHED if listing is None else listing.unavailable_reason

    @strawberry.field(description="Its prices in every sales channel. Null without the scope `read_products`.")
    async def prices(self, info: ContextInfo) -> list[VariantPrice] | None:
        if not info.context.actor.may(Scope.READ_PRODUCTS):
            return None
        found = await info.context.load_list(store.prices_of_variants, self.value.id)
        return [VariantPrice.of(listing) for listing in found]

    @strawberry.field(description="Stock by location; a location that never had it is left out.")
    async def availability(
        self,
        info: ContextInfo,
        location_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description=f"At most {LOCATIONS_MAX} Locations; all active ones when null."),
        ] = None,
    ) -> list[InventoryAvailability]:
        if location_ids is not None and len(location_ids) > LOCATIONS_MAX:
            raise BadInput(f"Ask for at most {LOCATIONS_MAX} locations at once.", maximum=LOCATIONS_MAX)
        places = None if location_ids is None else [uuid_of("Location", text) for text in location_ids]
        return await availability_of_variant(info.context, self.value.id, places)

    @strawberry.field(description="Units available in all active locations together; 0 when no stock is kept.")
    async def total_available(self, info: ContextInfo) -> int:
        return await total_available(info.context, self.value.id)


@strawberry.type(description="What a shopper looks at: a title, images, and the variants that are sold.")
class Product(nodes.Node):
    """A product on the wire."""

    handle: str = strawberry.field(description="Unique part of the product's web address.")
    title: str = strawberry.field(description="The name customers see.")
    description: str = strawberry.field(description="Plain text; empty lines separate paragraphs.")
    vendor: str = strawberry.field(description="Brand or maker; may be empty.")
    product_type: str = strawberry.field(description="The retailer's own word for what it is; may be empty.")
    tags: list[str] = strawberry.field(description="The retailer's own labels.")
    created_at: datetime = strawberry.field(description="When it was added.")
    updated_at: datetime = strawberry.field(description="When its texts, images or variants last changed.")
    version: int = strawberry.field(description="Grows with every such change; for `expectedVersion`.")
    value: strawberry.Private[model.Product]

    @classmethod
    def of(cls, value: model.Product) -> "Product":
        """The wire form of a product."""
        return cls(
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
            value=value,
        )

    @strawberry.field(description="What its variants differ in; empty with one variant.")
    async def options(self, info: ContextInfo) -> list[ProductOption]:
        variants = await info.context.load_list(store.variants_of_products, self.value.id)
        values: dict[str, dict[str, None]] = {name: {} for name in self.value.option_names}
        for variant in variants:
            for name, value in variant.options:
                values[name][value] = None
        return [ProductOption(name=name, values=list(found)) for name, found in values.items()]

    @strawberry.field(description="Its variants by position; there are at most 250.")
    async def variants(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ProductVariant]:
        page = page_of("variants", first, after, last, before)
        found = await info.context.load_list(store.variants_of_products, self.value.id)
        return connect("variants", _part(found, page), node=ProductVariant.of, key=_place)

    @strawberry.field(description="Its images by position, at most 250.")
    async def media(self, info: ContextInfo) -> list[Media]:
        return [Media.of(one) for one in await info.context.load_list(store.media_of_products, self.value.id)]

    @strawberry.field(description="Its first image; null when there is none.")
    async def featured_media(self, info: ContextInfo) -> Media | None:
        media = await info.context.load_list(store.media_of_products, self.value.id)
        return Media.of(media[0]) if media else None

    @strawberry.field(description="Its place in the category tree; null when it has none.")
    async def category(self, info: ContextInfo) -> Category | None:
        if self.value.category_id is None:
            return None
        found = await info.context.load(store.categories, self.value.category_id)
        return None if found is None else Category.of(found)

    @strawberry.field(description="The collections it is in, by title.")
    async def collections(self, info: ContextInfo) -> list[Collection]:
        found = await info.context.load_list(store.collections_of_products, self.value.id)
        return [Collection.of(one) for one in found]

    @strawberry.field(
        description="Lowest and highest price in your sales channel; null when it is not sold there, and then "
        "`unavailableReason` says why."
    )
    async def price_range(self, info: ContextInfo) -> PriceRange | None:
        found = await publication_here(info.context, self.value.id)
        return None if found is None or found.published_at is None else PriceRange.of(found)

    @strawberry.field(description="Why it has no price in your sales channel; null when it is sold.")
    async def unavailable_reason(self, info: ContextInfo) -> UnavailableReason | None:
        found = await publication_here(info.context, self.value.id)
        if found is None or found.published_at is None:
            return UnavailableReason.NOT_PUBLISHED
        return UnavailableReason.NOT_PRICED if found.price_min_minor is None else None

    @strawberry.field(description="Since when your sales channel shows it; null while it does not.")
    async def published_at(self, info: ContextInfo) -> datetime | None:
        found = await publication_here(info.context, self.value.id)
        return None if found is None else found.published_at

    @strawberry.field(
        description="Where it stands in every sales channel it was ever published or priced in. Null without the scope "
        "`read_products`."
    )
    async def publications(self, info: ContextInfo) -> list[ProductPublication] | None:
        if not info.context.actor.may(Scope.READ_PRODUCTS):
            return None
        found = await info.context.load_list(store.publications_of_products, self.value.id)
        return [ProductPublication.of(one) for one in found]


def _place(variant: model.ProductVariant) -> tuple[int, str]:
    return variant.position, variant.id.hex


def _part(variants: Sequence[model.ProductVariant], page: Page) -> Slice[model.ProductVariant]:
    """A page of variants that one loader call has read for many products at once."""
    bounds = [bound for bound in (page.after, page.before) if bound is not None]
    if any(len(bound) != 2 or not isinstance(bound[0], int) or not isinstance(bound[1], str) for bound in bounds):
        raise InvalidCursor
    inside = [
        variant
        for variant in variants
        if (page.after is None or _place(variant) > page.after)
        and (page.before is None or _place(variant) < page.before)
    ]
    part = inside[-page.limit :] if page.backwards else inside[: page.limit]
    more = len(inside) > len(part)
    if page.backwards:
        return Slice(part, has_next=page.before is not None, has_previous=more)
    return Slice(part, has_next=more, has_previous=page.after is not None)


def _money(amount_minor: int | None, currency: str) -> Money | None:
    return None if amount_minor is None else Money.minor(amount_minor, currency)


async def _listing(ctx: Context, variant_id: VariantId) -> model.Listing | None:
    channel_id = await channel_id_of(ctx)
    return None if channel_id is None else await ctx.load(store.listings, (variant_id, channel_id))


async def publication_here(ctx: Context, product_id: ProductId) -> model.Publication | None:
    """Where a product stands in the caller's sales channel; None when it was never published or priced there."""
    channel_id = await channel_id_of(ctx)
    return None if channel_id is None else await ctx.load(store.publications, (product_id, ChannelId(channel_id)))


async def may_see(ctx: Context, product_id: ProductId) -> bool:
    """Whether the caller's sales channel shows a product, or the caller sees unpublished ones."""
    if ctx.actor.may(Scope.READ_PRODUCTS):
        return True
    found = await publication_here(ctx, product_id)
    return found is not None and found.published_at is not None


async def variant_by_id(ctx: Context, variant_id: UUID | None) -> ProductVariant | None:
    """A variant that something of the caller's own names (an order line), published or not; None for None."""
    if variant_id is None:
        return None
    found = await ctx.load(store.variants, VariantId(variant_id))
    return None if found is None else ProductVariant.of(found)


async def _fetch_products(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.read(lambda conn: store.products(conn, [ProductId(key) for key in ids]))
    seen = await _seen(ctx, list(found))
    return [Product.of(found[ProductId(key)]) if key in seen else None for key in ids]


async def _fetch_variants(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.read(lambda conn: store.variants(conn, [VariantId(key) for key in ids]))
    seen = await _seen(ctx, [variant.product_id for variant in found.values()])
    variants = (found.get(VariantId(key)) for key in ids)
    return [ProductVariant.of(one) if one is not None and one.product_id in seen else None for one in variants]


async def _seen(ctx: Context, product_ids: Sequence[ProductId]) -> set[UUID]:
    channel_id = await channel_id_of(ctx)
    if ctx.actor.may(Scope.READ_PRODUCTS):
        return set(product_ids)
    if channel_id is None:
        return set()
    keys = [(product_id, channel_id) for product_id in product_ids]
    found = await ctx.read(lambda conn: store.publications(conn, keys))
    return {product_id for (product_id, _), one in found.items() if one.published_at is not None}


nodes.register("Product", _fetch_products)
nodes.register("ProductVariant", _fetch_variants)
