"""What a client says about the catalog."""

from decimal import Decimal

import strawberry

from domain import money
from domain.catalog import model, rules
from domain.catalog.errors import CurrencyMismatch
from domain.catalog.model import CategoryId, ChannelId, CollectionId, ProductId, SalesChannel
from domain.price_lists.model import AMOUNT_MINOR_MAX
from resolvers.catalog_enums import SalesChannelKind
from resolvers.errors import BadInput
from resolvers.ids import uuid_of
from resolvers.scalars import CurrencyCode, DecimalText, MoneyInput

VALUES_MAX = 50


@strawberry.input(description="One option and the values of which a variant has one.")
class OptionFilterInput:
    """An option filter from the wire."""

    name: str = strawberry.field(description="Such as `Size`; letter case does not matter.")
    values: list[str] = strawberry.field(description="Such as `M` and `L`; letter case does not matter. At most 50.")


@strawberry.input(description="Which products you want; what is left out does not restrict.")
class ProductFilterInput:
    """A filter from the wire."""

    category_id: strawberry.ID | None = strawberry.field(default=None, description="In this Category or any below it.")
    collection_id: strawberry.ID | None = strawberry.field(default=None, description="In this Collection.")
    vendors: list[str] | None = strawberry.field(default=None, description="Of one of these vendors. At most 50.")
    product_types: list[str] | None = strawberry.field(default=None, description="Of one of these types. At most 50.")
    tags: list[str] | None = strawberry.field(default=None, description="With one of these tags. At most 50.")
    price_minimum: DecimalText | None = strawberry.field(
        default=None, description="Some variant costs at least this, in your sales channel's currency."
    )
    price_maximum: DecimalText | None = strawberry.field(
        default=None, description="Some variant costs at most this, in your sales channel's currency."
    )
    options: list[OptionFilterInput] | None = strawberry.field(
        default=None, description="Some variant has all of these options, and the price asked for. At most 3."
    )
    include_unpublished: bool = strawberry.field(
        default=False, description="Also what your sales channel does not show. Needs the scope `read_products`."
    )

    @property
    def names_a_price(self) -> bool:
        """Whether the currency is needed."""
        return self.price_minimum is not None or self.price_maximum is not None

    def value(self, currency: money.Currency | None) -> model.ProductFilter:
        """The domain's filter; `currency` is the channel's.

        Raises:
            InvalidId: an id of something else.
            BadInput: too many values, or an amount the currency does not have.
        """
        options = self.options or []
        if len(options) > rules.OPTIONS_MAX:
            raise BadInput(f"Filter by at most {rules.OPTIONS_MAX} options.", maximum=rules.OPTIONS_MAX)
        return model.ProductFilter(
            category_id=None if self.category_id is None else CategoryId(uuid_of("Category", self.category_id)),
            collection_id=(
                None if self.collection_id is None else CollectionId(uuid_of("Collection", self.collection_id))
            ),
            vendors=_texts(self.vendors),
            product_types=_texts(self.product_types),
            tags=_texts(self.tags),
            price_min_minor=_minor(self.price_minimum, currency, upwards=True),
            price_max_minor=_minor(self.price_maximum, currency, upwards=False),
            options={_texts([option.name])[0]: _texts(option.values) for option in options},
            published=not self.include_unpublished,
        )


def _texts(values: list[str] | None) -> tuple[str, ...]:
    if values is not None and len(values) > VALUES_MAX:
        raise BadInput(f"Name at most {VALUES_MAX} values.", maximum=VALUES_MAX)
    if not all(rules.is_storable(value) for value in values or ()):
        raise BadInput("A value has characters that are not text.")
    return tuple(values or ())


def _minor(amount: str | None, currency: money.Currency | None, *, upwards: bool) -> int | None:
    if amount is None or currency is None:
        return None
    # A bound finer than the currency is rounded to the prices it admits.
    exact = Decimal(amount).scaleb(money.exponent(currency))
    bound = -(-exact // 1) if upwards and exact > 0 else exact // 1
    return max(-1, min(int(bound), AMOUNT_MINOR_MAX))


@strawberry.input(description="A price of a variant in one sales channel.")
class VariantPriceInput:
    """A price from the wire."""

    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel.")
    price: MoneyInput = strawberry.field(description="The price, in the channel's currency.")
    compare_at_price: MoneyInput | None = strawberry.field(
        default=None, description="The former price, above the price; leave it out when it is not reduced."
    )

    @property
    def channel_id(self) -> ChannelId:
        """The channel's id.

        Raises:
            InvalidId: not the id of a SalesChannel.
        """
        return ChannelId(uuid_of("SalesChannel", self.sales_channel_id))

    def amounts(self) -> tuple[money.Money, money.Money | None]:
        """The price and the former price.

        Raises:
            BadInput: more digits than the currency has.
        """
        return self.price.value(), None if self.compare_at_price is None else self.compare_at_price.value()


def check_currency(channel: SalesChannel | None, *amounts: money.Money | None) -> None:
    """Refuse amounts in another currency than the channel's; an unknown channel is the service's to refuse.

    Raises:
        CurrencyMismatch: an amount is in another currency.
    """
    for amount in amounts:
        if channel is not None and amount is not None and amount.currency != channel.currency:
            raise CurrencyMismatch(channel.currency)


@strawberry.input(description="One option of one variant.")
class SelectedOptionInput:
    """An option value from the wire."""

    name: str = strawberry.field(description="Such as `Size`.")
    value: str = strawberry.field(description="Such as `M`.")


@strawberry.input(description="A variant to add.")
class ProductVariantInput:
    """A variant from the wire."""

    sku: str | None = strawberry.field(default=None, description="Your own unique code.")
    gtin: str | None = strawberry.field(default=None, description="GTIN of 8, 12, 13 or 14 digits; it is checked.")
    options: list[SelectedOptionInput] = strawberry.field(
        default_factory=list, description="One value for each of the product's options, in order; at most 3."
    )
    prices: list[VariantPriceInput] = strawberry.field(default_factory=list, description="Prices per sales channel.")
    requires_shipping: bool = strawberry.field(default=True, description="False for services and gift cards.")
    tracks_inventory: bool = strawberry.field(default=True, description="False when no stock is kept.")
    sells_when_out_of_stock: bool = strawberry.field(default=False, description="True takes orders beyond stock.")
    tax_code: str = strawberry.field(default=model.STANDARD_TAX, description="What it is to the tax table.")
    weight_grams: int = strawberry.field(default=0, description="Shipping weight in grams.")
    media_index: int | None = strawberry.field(
        default=None, description="Its own image: a position in the `media` given with it, from 0."
    )
    discountable: bool = strawberry.field(
        default=True, description="False for deposits, surcharges and fixed prices: no promotion reduces or counts it."
    )

    def value(self) -> model.NewVariant:
        """The domain's variant.

        Raises:
            InvalidId, BadInput: its prices.
        """
        prices = []
        for price in self.prices:
            amount, former = price.amounts()
            former_minor = None if former is None else former.amount_minor
            prices.append(model.NewPrice(price.channel_id, amount.amount_minor, former_minor))
        return model.NewVariant(
            sku=self.sku,
            options=tuple((option.name, option.value) for option in self.options),
            prices=tuple(prices),
            gtin=self.gtin,
            requires_shipping=self.requires_shipping,
            tracks_inventory=self.tracks_inventory,
            sells_when_out_of_stock=self.sells_when_out_of_stock,
            tax_code=self.tax_code,
            weight_grams=self.weight_grams,
            media_index=self.media_index,
            discountable=self.discountable,
        )


@strawberry.input(description="An image to add.")
class MediaInput:
    """An image from the wire."""

    url: str = strawberry.field(description="Where the image is.")
    alt_text: str = strawberry.field(default="", description="What it shows, for those who do not see it.")

    def value(self) -> model.NewMedia:
        """The domain's image."""
        return model.NewMedia(self.url, self.alt_text)


@strawberry.input(description="A product to add, with at least one variant.")
class ProductCreateInput:
    """A product from the wire."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    handle: str = strawberry.field(description="Unique part of its web address.")
    title: str = strawberry.field(description="The name customers see.")
    variants: list[ProductVariantInput] = strawberry.field(description="1 to 250 variants, in order.")
    description: str = strawberry.field(default="", description="Plain text; empty lines separate paragraphs.")
    vendor: str = strawberry.field(default="", description="Brand or maker.")
    product_type: str = strawberry.field(default="", description="Your own word for what it is.")
    tags: list[str] = strawberry.field(default_factory=list, description="Your own labels.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Its Category.")
    collection_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Its Collections.")
    media: list[MediaInput] = strawberry.field(default_factory=list, description="Its images, in order.")
    publish_in: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="SalesChannels that show it at once."
    )

    def value(self) -> model.NewProduct:
        """The domain's product.

        Raises:
            InvalidId, BadInput: what it points at and its prices.
        """
        return model.NewProduct(
            handle=self.handle,
            title=self.title,
            variants=tuple(variant.value() for variant in self.variants),
            description=self.description,
            vendor=self.vendor,
            product_type=self.product_type,
            tags=tuple(self.tags),
            category_id=None if self.category_id is None else CategoryId(uuid_of("Category", self.category_id)),
            collection_ids=tuple(CollectionId(uuid_of("Collection", id_)) for id_ in self.collection_ids),
            media=tuple(media.value() for media in self.media),
            published_in=tuple(ChannelId(uuid_of("SalesChannel", id_)) for id_ in self.publish_in),
        )


@strawberry.input(description="A change of a product; what is left out stays.")
class ProductUpdateInput:
    """New values for a product."""

    product_id: strawberry.ID = strawberry.field(description="The Product.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you saw; refused with `STALE_VERSION` when it is another by now."
    )
    handle: str | None = strawberry.field(default=None, description="Unique part of its web address.")
    title: str | None = strawberry.field(default=None, description="The name customers see.")
    description: str | None = strawberry.field(default=None, description="Plain text.")
    vendor: str | None = strawberry.field(default=None, description="Brand or maker.")
    product_type: str | None = strawberry.field(default=None, description="Your own word for what it is.")
    tags: list[str] | None = strawberry.field(default=None, description="Your own labels; replaces all there were.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Its Category.")

    def value(self) -> model.ProductChange:
        """The domain's change.

        Raises:
            InvalidId: an id of something else.
        """
        return model.ProductChange(
            product_id=ProductId(uuid_of("Product", self.product_id)),
            expected_version=self.expected_version,
            handle=self.handle,
            title=self.title,
            description=self.description,
            vendor=self.vendor,
            product_type=self.product_type,
            tags=None if self.tags is None else tuple(self.tags),
            category_id=None if self.category_id is None else CategoryId(uuid_of("Category", self.category_id)),
        )


@strawberry.input(description="Variants and images to add to a product.")
class ProductVariantsAddInput:
    """More variants of a product."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    product_id: strawberry.ID = strawberry.field(description="The Product.")
    variants: list[ProductVariantInput] = strawberry.field(description="The variants, in order.")
    media: list[MediaInput] = strawberry.field(
        default_factory=list, description="Images; those the product has already are not doubled."
    )

    def value(self) -> model.ProductAdditions:
        """The domain's additions.

        Raises:
            InvalidId, BadInput: what they point at and their prices.
        """
        return model.ProductAdditions(
            ProductId(uuid_of("Product", self.product_id)),
            tuple(media.value() for media in self.media),
            tuple(variant.value() for variant in self.variants),
        )


@strawberry.input(description="Products to show in a sales channel, or to show there no longer.")
class ProductPublishInput:
    """A publication from the wire."""

    product_ids: list[strawberry.ID] = strawberry.field(description="The Products, 1 to 100.")
    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel.")

    def value(self) -> tuple[list[ProductId], ChannelId]:
        """The domain's ids.

        Raises:
            InvalidId: an id of something else.
            BadInput: none, or more than 100.
        """
        if not 1 <= len(self.product_ids) <= 100:
            raise BadInput("Name 1 to 100 products.", maximum=100)
        ids = [ProductId(uuid_of("Product", text)) for text in self.product_ids]
        return ids, ChannelId(uuid_of("SalesChannel", self.sales_channel_id))


@strawberry.input(description="A category to add.")
class CategoryCreateInput:
    """A category from the wire."""

    handle: str = strawberry.field(description="Unique part of its web address.")
    name: str = strawberry.field(description="The name customers see.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The Category it lies in, if any.")
    position: int = strawberry.field(default=0, description="Place among its siblings; lower comes first.")

    def value(self) -> model.NewCategory:
        """The domain's category.

        Raises:
            InvalidId: the parent.
        """
        parent_id = None if self.parent_id is None else CategoryId(uuid_of("Category", self.parent_id))
        return model.NewCategory(self.handle, self.name, parent_id, self.position)


@strawberry.input(description="A collection to add.")
class CollectionCreateInput:
    """A collection from the wire."""

    handle: str = strawberry.field(description="Unique part of its web address.")
    title: str = strawberry.field(description="The name customers see.")
    description: str = strawberry.field(default="", description="Plain text.")

    def value(self) -> model.NewCollection:
        """The domain's collection."""
        return model.NewCollection(self.handle, self.title, self.description)


@strawberry.input(description="A sales channel to open.")
class SalesChannelCreateInput:
    """A sales channel from the wire."""

    handle: str = strawberry.field(description="Your own unique name, such as `web-gb`.")
    name: str = strawberry.field(description="The name for people.")
    kind: SalesChannelKind = strawberry.field(description="What kind of counter it is.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of all its prices; it never changes.")
    prices_include_tax: bool = strawberry.field(
        description="Whether its prices are gross, where `marketTaxSet` says nothing else."
    )
    default_country: str = strawberry.field(
        description="ISO 3166-1 alpha-2 code of where a buyer is taken to be until an address says otherwise."
    )
    default_region: str | None = strawberry.field(default=None, description="The region there.")

    def value(self) -> model.NewChannel:
        """The domain's channel."""
        return model.NewChannel(
            self.handle,
            self.name,
            self.kind,
            money.Currency(self.currency_code),
            self.prices_include_tax,
            self.default_country,
            self.default_region,
        )
