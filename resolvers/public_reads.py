"""Which fields are public: their answer is the same for every guest and customer of a sales channel.

An operation whose every field is declared here may be answered from finished bytes. What is not declared is private, so
a new field is private until somebody decides otherwise. Each field says which *parts* of what is stored it reads beyond
what its parent was read for; a change of a part makes every answer that read it stale. Fields that depend on the time of
day (`isOpen`) or on a scope (`onHand`) are left out on purpose.
"""

from collections.abc import Mapping
from enum import StrEnum

from domain.acts import ActorKind
from resolvers.context import Context


class Part(StrEnum):
    """What an answer was made from.

    PRODUCT: one product that a root field named, with its variants, images, prices and publications. CATALOG: any list
    of products, categories, collections or channels. STOCK: units of variants. LOCATIONS: stores and warehouses.
    PRICE: what the asker pays, which a customer's groups and tier may change.
    """

    PRODUCT = "product"
    CATALOG = "catalog"
    STOCK = "stock"
    LOCATIONS = "locations"
    PRICE = "price"


Fields = Mapping[str, frozenset[Part]]


def _fields(names: str, *parts: Part) -> Fields:
    return dict.fromkeys(names.split(), frozenset(parts))


_STOCK = _fields("availability totalAvailable", Part.STOCK, Part.LOCATIONS)

PUBLIC_FIELDS: Mapping[str, Fields] = {
    "Query": {
        **_fields("product productVariant", Part.PRODUCT),
        **_fields("products categories category collections collection salesChannel", Part.CATALOG),
        **_fields("locations location", Part.LOCATIONS),
    },
    "Node": _fields("id"),
    "Product": {
        **_fields(
            "id handle title description vendor productType tags createdAt updatedAt version options variants media "
            "featuredMedia category collections unavailableReason publishedAt"
        ),
        **_fields("priceRange", Part.PRICE),
    },
    "ProductVariant": {
        **_fields(
            "id sku gtin title discountable options requiresShipping tracksInventory sellsWhenOutOfStock taxCode weightGrams "
            "position product image unavailableReason"
        ),
        **_fields("price compareAtPrice", Part.PRICE),
        **_STOCK,
    },
    "ProductOption": _fields("name values"),
    "SelectedOption": _fields("name value"),
    "Media": _fields("url altText position"),
    "Money": _fields("amount currencyCode"),
    "PriceRange": _fields("minimum maximum"),
    "Category": {
        **_fields("id handle name parent ancestors"),
        **_fields("children products", Part.CATALOG),
    },
    "Collection": {**_fields("id handle title description"), **_fields("products", Part.CATALOG)},
    "SalesChannel": _fields(
        "id handle name kind currencyCode pricesIncludeTax marketTaxes defaultCountry defaultRegion", Part.CATALOG
    ),
    "MarketTax": _fields("country pricesIncludeTax"),
    "InventoryAvailability": _fields("available version location"),
    "Location": _fields(
        "id code name kind address coordinates timeZone openingHours sells offersPickup ships receivesReturns "
        "active version distanceMeters",
        Part.LOCATIONS,
    ),
    "Address": _fields("name line1 line2 city region postalCode country phone"),
    "Coordinates": _fields("latitude longitude"),
    "OpeningHours": _fields("timeZone weekly exceptions"),
    "OpeningInterval": _fields("opensAt closesAt"),
    "WeekdayHours": _fields("weekday intervals"),
    "OpeningException": _fields("day intervals reason"),
    "PageInfo": _fields("hasNextPage hasPreviousPage startCursor endCursor"),
    "ProductConnection": _fields("edges nodes pageInfo totalCount"),
    "ProductVariantConnection": _fields("edges nodes pageInfo"),
    "CollectionConnection": _fields("edges nodes pageInfo"),
    "LocationConnection": _fields("edges nodes pageInfo"),
    "ProductEdge": _fields("cursor node"),
    "ProductVariantEdge": _fields("cursor node"),
    "CollectionEdge": _fields("cursor node"),
    "LocationEdge": _fields("cursor node"),
}


def is_public(ctx: Context) -> bool:
    """Whether a caller sees just what every other caller of its channel sees: a guest or a customer, without a scope."""
    return ctx.actor.kind in (ActorKind.GUEST, ActorKind.CUSTOMER) and not ctx.actor.scopes
