"""The closed enumerations of the catalog, described before anything is typed with them."""

from domain.catalog.errors import CatalogErrorCode
from domain.catalog.model import ProductSort, SalesChannelKind, UnavailableReason
from resolvers.enums import described_enum

__all__ = ["CatalogErrorCode", "ProductSort", "SalesChannelKind", "UnavailableReason"]

described_enum(
    SalesChannelKind,
    "What kind of counter a sales channel is.",
    {"ONLINE": "A web shop or app.", "POS": "The tills of stores.", "MARKETPLACE": "A partner's market."},
)
described_enum(
    ProductSort,
    "How products are ordered.",
    {
        "RELEVANCE": "Titles that match first, then the others, each by title; by title alone without a `query`.",
        "TITLE": "By title.",
        "PRICE": "By the lowest price in your sales channel; those without a price last.",
        "NEWEST": "The newest first.",
    },
    name="ProductSortKey",
)

described_enum(
    UnavailableReason,
    "Why something has no price in your sales channel.",
    {
        "NOT_PUBLISHED": "Its product is not published in the channel.",
        "NOT_PRICED": "It has no price in the channel.",
    },
)


described_enum(
    CatalogErrorCode,
    "Why a catalog command was refused.",
    {
        "PRODUCT_NOT_FOUND": "There is no such product.",
        "VARIANT_NOT_FOUND": "There is no such variant.",
        "CATEGORY_NOT_FOUND": "There is no such category.",
        "COLLECTION_NOT_FOUND": "There is no such collection.",
        "CHANNEL_NOT_FOUND": "There is no such sales channel.",
        "HANDLE_TAKEN": "Something of the same kind has this handle.",
        "HANDLE_INVALID": "The handle is empty, too long or does not fit a web address; see `maximum`.",
        "SKU_TAKEN": "Another variant has this SKU.",
        "GTIN_TAKEN": "Another variant has this GTIN.",
        "GTIN_INVALID": "The GTIN has another length than 8, 12, 13 or 14 digits, or a wrong check digit.",
        "OPTIONS_INVALID": "A variant does not give exactly one value for each of the product's options.",
        "OPTIONS_TAKEN": "Two variants of the product have the same option values.",
        "PRICE_INVALID": "A price is negative or absurd, or a former price is not above it.",
        "CURRENCY_MISMATCH": "A price is in another currency than its sales channel.",
        "VALUE_INVALID": "A text or number is out of bounds; the message says how.",
        "TOO_MANY": "More variants, images or tags than a product may have; see `maximum`.",
        "TREE_TOO_DEEP": "The category would lie too deep; see `maximum`.",
        "STALE_VERSION": "The product changed meanwhile; see `version`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
