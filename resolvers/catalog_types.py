"""Products, variants and what they are sorted under, on the wire."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from domain.acts import Scope
from domain.catalog import model, store
from domain.catalog.documents import ProductDocument
from domain.paging import Page, Slice
from resolvers import nodes
from resolvers.batching import batch_field
from resolvers.catalog_enums import UnavailableReason
from resolvers.catalog_groups import Category, Collection, SalesChannel
from resolvers.connections import After, Before, Connection, First, Last, Span, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput, InvalidCursor
from resolvers.ids import uuid_of
from resolvers.inventory import InventoryAvailability, availability_of_variants, totals_available
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
    def over(cls, prices: Iterable[Money]) -> "PriceRange | None":
        """The range of prices in one currency; None when there are none."""
        found = sorted(prices, key=lambda price: price.amount)
        return cls(minimum=found[0], maximum=found[-1]) if found else None

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
    """A variant as one sales channel sells it; made once for each version of its product, so it never changes."""

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
    discountable: bool = strawberry.field(
        description="Whether promotions may reduce or count it; false for deposits, surcharges and fixed prices."
    )
    value: strawberry.Private[model.ProductVariant]

    product: "Product" = strawberry.field(description="The product it is a variant of.")
    image: Media | None = strawberry.field(
        description="Its own image, else the product's first; null when there is none."
    )
    price: Money | None = strawberry.field(
        description="The price that you pay for one unit in your sales channel, by the price list that holds for you now "
        "where there is one; null when it is not sold there, and then `unavailableReason` says why."
    )
    compare_at_price: Money | None = strawberry.field(
        description="The former price in your sales channel; null when it is not reduced or not sold."
    )
    unavailable_reason: UnavailableReason | None = strawberry.field(
        description="Why it has no price in your sales channel; null when it is sold."
    )

    @strawberry.field(description="Its prices in every sales channel. Null without the scope `read_products`.")
    def prices(self, info: ContextInfo) -> list[VariantPrice] | None:
        if not info.context.actor.may(Scope.READ_PRODUCTS):
            return None
        return [VariantPrice.of(listing) for listing in self.product.document.listings_of(self.value.id)]

    @batch_field(description="Stock by location; a location that never had it is left out.")
    @staticmethod
    async def availability(
        parents: Sequence["ProductVariant"],
        context: Context,
        location_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description=f"At most {LOCATIONS_MAX} Locations; all active ones when null."),
        ] = None,
    ) -> Sequence[list[InventoryAvailability]]:
        if location_ids is not None and len(location_ids) > LOCATIONS_MAX:
            raise BadInput(f"Ask for at most {LOCATIONS_MAX} locations at once.", maximum=LOCATIONS_MAX)
        places = None if location_ids is None else {uuid_of("Location", text) for text in location_ids}
        return await availability_of_variants(context, [parent.value.id for parent in parents], places)

    @batch_field(description="Units available in all active locations together; 0 when no stock is kept.")
    @staticmethod
    async def total_available(parents: Sequence["ProductVariant"], context: Context) -> Sequence[int]:
        return await totals_available(context, [parent.value.id for parent in parents])


@strawberry.type(description="What a shopper looks at: a title, images, and the variants that are sold.")
class Product(nodes.Node):
    """A product as one sales channel shows it; made once for each version of the product, so it never changes."""

    handle: str = strawberry.field(description="Unique part of the product's web address.")
    title: str = strawberry.field(description="The name customers see.")
    description: str = strawberry.field(description="Plain text; empty lines separate paragraphs.")
    vendor: str = strawberry.field(description="Brand or maker; may be empty.")
    product_type: str = strawberry.field(description="The retailer's own word for what it is; may be empty.")
    tags: list[str] = strawberry.field(description="The retailer's own labels.")
    created_at: datetime = strawberry.field(description="When it was added.")
    updated_at: datetime = strawberry.field(description="When its texts, images or variants last changed.")
    version: int = strawberry.field(description="Grows with every such change; for `expectedVersion`.")
    document: strawberry.Private[ProductDocument]
    all_variants: strawberry.Private[list[ProductVariant]]
    priced_until: strawberry.Private[datetime | None]
    newest_page: strawberry.Private[tuple[Span, Connection[ProductVariant]] | None]

    options: list[ProductOption] = strawberry.field(description="What its variants differ in; empty with one variant.")

    @strawberry.field(description="Its variants by position; there are at most 250.")
    def variants(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ProductVariant]:
        # Clients ask again and again for the same page of a product, which never changes.
        span = (first, after, last, before)
        if self.newest_page is None or self.newest_page[0] != span:
            part = _part(self.all_variants, page_of("variants", *span))
            self.newest_page = (span, connect("variants", part, node=_itself, key=_place))
        return self.newest_page[1]

    media: list[Media] = strawberry.field(description="Its images by position, at most 250.")
    featured_media: Media | None = strawberry.field(description="Its first image; null when there is none.")

    @batch_field(description="Its place in the category tree; null when it has none.")
    @staticmethod
    async def category(parents: Sequence["Product"], context: Context) -> Sequence[Category | None]:
        ids = {id_ for parent in parents if (id_ := parent.document.product.category_id) is not None}
        found = await context.load_many(store.categories, list(ids))
        made = {None: None} | {id_: Category.of(one) for id_, one in found.items()}
        return [made.get(parent.document.product.category_id) for parent in parents]

    @batch_field(description="The collections it is in, by title.")
    @staticmethod
    async def collections(parents: Sequence["Product"], context: Context) -> Sequence[list[Collection]]:
        ids = [parent.document.product.id for parent in parents]
        found = await context.load_many(store.collections_of_products, ids)
        return [[Collection.of(one) for one in found.get(id_, ())] for id_ in ids]

    price_range: PriceRange | None = strawberry.field(
        description="Lowest and highest price in your sales channel, as its variants' `price` says; null when it is not "
        "sold there, and then `unavailableReason` says why. Lists are sorted and narrowed by the channel's own prices."
    )
    unavailable_reason: UnavailableReason | None = strawberry.field(
        description="Why it has no price in your sales channel; null when it is sold."
    )
    published_at: datetime | None = strawberry.field(
        description="Since when your sales channel shows it; null while it does not."
    )

    @strawberry.field(
        description="Where it stands in every sales channel it was ever published or priced in. Null without the scope "
        "`read_products`."
    )
    def publications(self, info: ContextInfo) -> list[ProductPublication] | None:
        if not info.context.actor.may(Scope.READ_PRODUCTS):
            return None
        return [ProductPublication.of(one) for one in self.document.publications]


def _itself(variant: ProductVariant) -> ProductVariant:
    return variant


def _place(variant: ProductVariant) -> tuple[int, str]:
    return variant.position, variant.value.id.hex


def _part(variants: Sequence[ProductVariant], page: Page) -> Slice[ProductVariant]:
    """A page of a product's variants."""
    bounds = [bound for bound in (page.after, page.before) if bound is not None]
    if any(len(bound) != 2 or not isinstance(bound[0], int) or not isinstance(bound[1], str) for bound in bounds):
        raise InvalidCursor
    inside: Sequence[ProductVariant] = variants
    if bounds:
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
