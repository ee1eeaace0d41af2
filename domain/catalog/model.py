"""Values of the catalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.money import Currency
from domain.price_lists.model import PriceListId

ProductId = NewType("ProductId", UUID)
VariantId = NewType("VariantId", UUID)
CategoryId = NewType("CategoryId", UUID)
CollectionId = NewType("CollectionId", UUID)
ChannelId = NewType("ChannelId", UUID)
MediaId = NewType("MediaId", UUID)

Options = tuple[tuple[str, str], ...]
"""(name, value) pairs in the product's order, such as (("Size", "M"), ("Color", "Navy"))."""

STANDARD_TAX = "standard"


class SalesChannelKind(StrEnum):
    """What kind of counter a sales channel is."""

    ONLINE = "ONLINE"
    POS = "POS"
    MARKETPLACE = "MARKETPLACE"


class ProductSort(StrEnum):
    """How product lists are ordered. Without a search text, relevance is the title."""

    RELEVANCE = "RELEVANCE"
    TITLE = "TITLE"
    PRICE = "PRICE"
    NEWEST = "NEWEST"


class UnavailableReason(StrEnum):
    """Why a variant has no price in a channel."""

    NOT_PUBLISHED = "NOT_PUBLISHED"
    NOT_PRICED = "NOT_PRICED"


@dataclass(frozen=True, slots=True)
class SalesChannel:
    """Where things are sold: one web shop, the tills of a country, a marketplace.

    Attributes:
        handle: the retailer's own unique name, such as "web-gb".
        prices_include_tax: whether its prices are gross, where `market_taxes` says nothing else.
        default_country, default_region: where a buyer is taken to be until an address says otherwise.
        market_taxes: whether its prices are gross for what goes to a country, where that was said for itself.
    """

    id: ChannelId
    handle: str
    name: str
    kind: SalesChannelKind
    currency: Currency
    prices_include_tax: bool
    default_country: str
    default_region: str | None = None
    market_taxes: Mapping[str, bool] = field(default_factory=dict, hash=False)

    def includes_tax(self, country: str) -> bool:
        """Whether its prices are gross for what goes to a country."""
        return self.market_taxes.get(country, self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class NewChannel:
    """What it takes to open a sales channel."""

    handle: str
    name: str
    kind: SalesChannelKind
    currency: Currency
    prices_include_tax: bool
    default_country: str
    default_region: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the category tree. `ancestor_ids` goes from the root to the parent."""

    id: CategoryId
    handle: str
    name: str
    parent_id: CategoryId | None
    ancestor_ids: tuple[CategoryId, ...]
    position: int


@dataclass(frozen=True, slots=True)
class NewCategory:
    """What it takes to add a category."""

    handle: str
    name: str
    parent_id: CategoryId | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Collection:
    """A hand-made list of products."""

    id: CollectionId
    handle: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class NewCollection:
    """What it takes to add a collection."""

    handle: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """What a shopper looks at.

    Attributes:
        handle: unique, part of the product's web address.
        description: plain text; paragraphs are separated by empty lines.
        option_names: what its variants differ in, in order; empty for a product with one variant.
    """

    id: ProductId
    handle: str
    title: str
    description: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    category_id: CategoryId | None
    option_names: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ProductVariant:
    """The sellable thing.

    Attributes:
        gtin: 14 digits with leading zeros, check digit verified; None when it has none.
        title: its option values, such as "M / Navy"; empty when there are no options.
        weight_grams: shipping weight; 0 when unknown.
        tracks_inventory: False for services, fees and gift cards, which never run out.
        sells_when_out_of_stock: True takes orders beyond what is on hand.
        discountable: False for deposits, surcharges and fixed prices, which no promotion reduces or counts.
    """

    id: VariantId
    product_id: ProductId
    sku: str | None
    gtin: str | None
    title: str
    options: Options
    requires_shipping: bool
    tracks_inventory: bool
    sells_when_out_of_stock: bool
    tax_code: str
    weight_grams: int
    media_id: MediaId | None
    position: int
    discountable: bool = True


@dataclass(frozen=True, slots=True)
class Media:
    """An image of a product, by position."""

    id: MediaId
    product_id: ProductId
    url: str
    alt: str
    position: int


@dataclass(frozen=True, slots=True)
class VariantPrice:
    """What a variant costs in a channel, in minor units of the channel's currency."""

    variant_id: VariantId
    channel_id: ChannelId
    amount_minor: int
    compare_at_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a product stands in a channel. The price range is over the variants that have a price there.

    `country` is the market that the channel sells in.
    """

    product_id: ProductId
    channel_id: ChannelId
    published_at: datetime | None
    price_min_minor: int | None
    price_max_minor: int | None
    currency: Currency
    country: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Whether and for how much a channel sells a variant. `amount_minor` is None when it has no price there."""

    variant_id: VariantId
    channel_id: ChannelId
    currency: Currency
    published: bool
    amount_minor: int | None
    compare_at_minor: int | None

    @property
    def unavailable_reason(self) -> UnavailableReason | None:
        """None when the channel sells it."""
        if not self.published:
            return UnavailableReason.NOT_PUBLISHED
        return UnavailableReason.NOT_PRICED if self.amount_minor is None else None


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant as one channel sells it: everything a cart line or an order line copies.

    `category_ids` are the product's category and its ancestors, root first; `image_url` is the variant's own image or
    the product's first. `price_list_id` is the price list whose price it has; None with the channel's own.
    """

    variant_id: VariantId
    channel_id: ChannelId
    product_id: ProductId
    sku: str | None
    product_title: str
    variant_title: str
    price_minor: int
    compare_at_minor: int | None
    currency: Currency
    tax_code: str
    category_ids: tuple[CategoryId, ...]
    collection_ids: tuple[CollectionId, ...]
    vendor: str
    requires_shipping: bool
    tracks_inventory: bool
    image_url: str | None
    weight_grams: int = 0
    discountable: bool = True
    price_list_id: PriceListId | None = None


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price of a new variant, in minor units of the channel's currency."""

    channel_id: ChannelId
    amount_minor: int
    compare_at_minor: int | None = None


@dataclass(frozen=True, slots=True)
class NewMedia:
    """An image to add."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class NewVariant:
    """A variant to add. `media_index` points into the media given with it; `gtin` has 8, 12, 13 or 14 digits."""

    sku: str | None = None
    options: Options = ()
    prices: tuple[NewPrice, ...] = ()
    gtin: str | None = None
    requires_shipping: bool = True
    tracks_inventory: bool = True
    sells_when_out_of_stock: bool = False
    tax_code: str = STANDARD_TAX
    weight_grams: int = 0
    media_index: int | None = None
    discountable: bool = True


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product to add, with at least one variant. `published_in` are the channels that show it at once."""

    handle: str
    title: str
    variants: tuple[NewVariant, ...]
    description: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    category_id: CategoryId | None = None
    collection_ids: tuple[CollectionId, ...] = ()
    media: tuple[NewMedia, ...] = ()
    published_in: tuple[ChannelId, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductChange:
    """New values for a product; None leaves a value as it is. `expected_version`, when given, must be its version."""

    product_id: ProductId
    expected_version: int | None = None
    handle: str | None = None
    title: str | None = None
    description: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    tags: tuple[str, ...] | None = None
    category_id: CategoryId | None = None


@dataclass(frozen=True, slots=True)
class VariantChange:
    """New values for a variant; None leaves a value as it is."""

    variant_id: VariantId
    tax_code: str | None = None
    discountable: bool | None = None
    weight_grams: int | None = None
    requires_shipping: bool | None = None
    sells_when_out_of_stock: bool | None = None


@dataclass(frozen=True, slots=True)
class ProductAdditions:
    """What is added to an existing product: images first, then variants that may point at those images."""

    product_id: ProductId
    media: tuple[NewMedia, ...] = ()
    variants: tuple[NewVariant, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a caller wants; an empty value does not restrict.

    Attributes:
        category_id: the category or any below it.
        price_min_minor, price_max_minor: some variant has such a price in the channel, inclusive.
        options: per option name the values of which one must match; they and the price must hold of one variant.
        published: only what the channel shows; head office may ask for everything.
    """

    category_id: CategoryId | None = None
    collection_id: CollectionId | None = None
    vendors: tuple[str, ...] = ()
    product_types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price_min_minor: int | None = None
    price_max_minor: int | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    published: bool = True


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """A question to the catalog, in one channel."""

    channel_id: ChannelId
    text: str = ""
    wanted: ProductFilter = ProductFilter()
    sort: ProductSort = ProductSort.RELEVANCE
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """What is searched for one product: space-separated normal words of its title, and of everything (title too)."""

    product_id: ProductId
    title: str
    body: str
