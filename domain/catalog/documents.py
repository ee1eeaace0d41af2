"""One product with all that shoppers see of it, as one text: the catalog's read model.

A document is derived: whoever changes a product, its variants, images, prices or publications writes its document anew in
the same transaction. Its digest is made from its text, so two documents with one digest are the same document whenever
and wherever they were written; what is remembered by digest is never stale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple, NewType, TypedDict, assert_never
from uuid import UUID

import orjson

from domain.catalog.model import (
    CategoryId,
    ChannelId,
    Listing,
    Media,
    MediaId,
    Product,
    ProductId,
    ProductVariant,
    Publication,
    VariantId,
    VariantPrice,
)
from domain.money import Currency
from domain.price_lists.model import Buyer, Listed, PriceListId
from domain.price_lists.rules import best, changes_at, holds_for
from domain.uuids import uuid_of

Digest = NewType("Digest", str)

FORMAT = 3
"""Grows when documents are laid out differently; an upgrade writes those of another format anew."""


class ProductHead(NamedTuple):
    """A product and the digest of its document as it is now; a tuple, since one page makes many of them."""

    product_id: ProductId
    digest: Digest


@dataclass(frozen=True, slots=True)
class VariantHead:
    """A variant and the head of the product it belongs to."""

    variant_id: VariantId
    product: ProductHead


class ProductHit(NamedTuple):
    """A product of a list and what it is sorted by there; a tuple, as `ProductHead`."""

    head: ProductHead
    sorted_by: tuple[UUID | datetime | str | int, ...]

    @property
    def key(self) -> tuple[str | int, ...]:
        """The sort key as a cursor holds it; only the ends of a page need theirs."""
        return tuple(map(_wire, self.sorted_by))


class Shown(NamedTuple):
    """What variants cost in a channel, and the next moment at which a price list begins or ends; None when none will."""

    prices: Mapping[VariantId, VariantPrice]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ProductDocument:
    """A product with its images and variants by position, and its publications and prices, oldest channel first.

    `listed` are the prices of active price lists that hold for every buyer, past and future ones too.
    """

    product: Product
    media: tuple[Media, ...]
    variants: tuple[ProductVariant, ...]
    publications: tuple[Publication, ...]
    prices: tuple[VariantPrice, ...]
    listed: tuple[Listed, ...] = ()

    def publication_in(self, channel_id: ChannelId | None) -> Publication | None:
        """Where the product stands in a channel; None when it was never published or priced there."""
        return next((one for one in self.publications if one.channel_id == channel_id), None)

    def prices_in(self, channel_id: ChannelId | None) -> Mapping[VariantId, VariantPrice]:
        """What its variants cost in a channel, published there or not."""
        return {price.variant_id: price for price in self.prices if price.channel_id == channel_id}

    def prices_at(self, here: Publication, now: datetime) -> "Shown":
        """What its variants cost a buyer of one unit in a channel now, open price lists included."""
        own = self.prices_in(here.channel_id)
        if not self.listed:
            return Shown(own, None)
        buyer = Buyer(here.channel_id, here.country, here.currency)
        holding = [one for one in self.listed if holds_for(one, buyer)]
        listed = {
            id_: best([one for one in holding if one.variant_id == id_], 1, now) or price for id_, price in own.items()
        }
        prices = {
            id_: VariantPrice(id_, here.channel_id, one.amount_minor, one.compare_at_minor)
            for id_, one in listed.items()
        }
        return Shown(prices, changes_at(holding, now))

    def listings_of(self, variant_id: VariantId) -> Sequence[Listing]:
        """A variant's prices in every channel that has one, oldest channel first."""
        here = {publication.channel_id: publication for publication in self.publications}
        return [
            Listing(
                variant_id,
                price.channel_id,
                here[price.channel_id].currency,
                here[price.channel_id].published_at is not None,
                price.amount_minor,
                price.compare_at_minor,
            )
            for price in self.prices
            if price.variant_id == variant_id
        ]


def encoded(document: ProductDocument) -> str:
    """The document's text; equal documents have equal texts."""
    # A driver's own kind of UUID is written as any other.
    return orjson.dumps(document, default=str).decode()


def digest_of(text: str) -> Digest:
    """What a document's text is remembered by."""
    return Digest(blake2b(text.encode(), digest_size=16).hexdigest())


def _wire(value: UUID | datetime | str | int) -> str | int:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.astimezone(UTC).isoformat()
        case str() | int():
            return value
        case _:
            assert_never(value)


class _ProductJson(TypedDict):
    id: str
    handle: str
    title: str
    description: str
    vendor: str
    product_type: str
    tags: list[str]
    category_id: str | None
    option_names: list[str]
    created_at: str
    updated_at: str
    version: int


class _MediaJson(TypedDict):
    id: str
    url: str
    alt: str
    position: int


class _VariantJson(TypedDict):
    id: str
    sku: str | None
    gtin: str | None
    title: str
    options: list[tuple[str, str]]
    requires_shipping: bool
    tracks_inventory: bool
    sells_when_out_of_stock: bool
    tax_code: str
    weight_grams: int
    media_id: str | None
    position: int
    discountable: bool


class _PublicationJson(TypedDict):
    channel_id: str
    published_at: str | None
    price_min_minor: int | None
    price_max_minor: int | None
    currency: str
    country: str


class _PriceJson(TypedDict):
    variant_id: str
    channel_id: str
    amount_minor: int
    compare_at_minor: int | None


class _ListedJson(TypedDict):
    list_id: str
    variant_id: str
    quantity_min: int
    amount_minor: int
    compare_at_minor: int | None
    priority: int
    currency: str
    channel_id: str | None
    country: str
    valid_from: str
    valid_to: str | None


class _DocumentJson(TypedDict):
    product: _ProductJson
    media: list[_MediaJson]
    variants: list[_VariantJson]
    publications: list[_PublicationJson]
    prices: list[_PriceJson]
    listed: list[_ListedJson]


def decoded(text: str) -> ProductDocument:
    """The document behind a text that `encoded` made."""
    found: _DocumentJson = orjson.loads(text)
    product = _product(found["product"])
    return ProductDocument(
        product,
        tuple(
            Media(MediaId(uuid_of(one["id"])), product.id, one["url"], one["alt"], one["position"])
            for one in found["media"]
        ),
        tuple(_variant(product.id, one) for one in found["variants"]),
        tuple(
            Publication(
                product.id,
                ChannelId(uuid_of(one["channel_id"])),
                None if one["published_at"] is None else datetime.fromisoformat(one["published_at"]),
                one["price_min_minor"],
                one["price_max_minor"],
                Currency(one["currency"]),
                one["country"],
            )
            for one in found["publications"]
        ),
        tuple(
            VariantPrice(
                VariantId(uuid_of(one["variant_id"])),
                ChannelId(uuid_of(one["channel_id"])),
                one["amount_minor"],
                one["compare_at_minor"],
            )
            for one in found["prices"]
        ),
        tuple(map(_listed, found["listed"])),
    )


def _listed(one: _ListedJson) -> Listed:
    return Listed(
        PriceListId(uuid_of(one["list_id"])),
        uuid_of(one["variant_id"]),
        one["quantity_min"],
        one["amount_minor"],
        one["compare_at_minor"],
        one["priority"],
        Currency(one["currency"]),
        None if one["channel_id"] is None else uuid_of(one["channel_id"]),
        one["country"],
        datetime.fromisoformat(one["valid_from"]),
        None if one["valid_to"] is None else datetime.fromisoformat(one["valid_to"]),
    )


def _product(one: _ProductJson) -> Product:
    return Product(
        id=ProductId(uuid_of(one["id"])),
        handle=one["handle"],
        title=one["title"],
        description=one["description"],
        vendor=one["vendor"],
        product_type=one["product_type"],
        tags=tuple(one["tags"]),
        category_id=None if one["category_id"] is None else CategoryId(uuid_of(one["category_id"])),
        option_names=tuple(one["option_names"]),
        created_at=datetime.fromisoformat(one["created_at"]),
        updated_at=datetime.fromisoformat(one["updated_at"]),
        version=one["version"],
    )


def _variant(product_id: ProductId, one: _VariantJson) -> ProductVariant:
    return ProductVariant(
        id=VariantId(uuid_of(one["id"])),
        product_id=product_id,
        sku=one["sku"],
        gtin=one["gtin"],
        title=one["title"],
        options=tuple((name, value) for name, value in one["options"]),
        requires_shipping=one["requires_shipping"],
        tracks_inventory=one["tracks_inventory"],
        sells_when_out_of_stock=one["sells_when_out_of_stock"],
        tax_code=one["tax_code"],
        weight_grams=one["weight_grams"],
        media_id=None if one["media_id"] is None else MediaId(uuid_of(one["media_id"])),
        position=one["position"],
        discountable=one["discountable"],
    )
