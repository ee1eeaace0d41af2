"""What the catalog may refuse."""

from enum import StrEnum

from domain.errors import Refused


class CatalogErrorCode(StrEnum):
    """Every code a catalog command can answer."""

    PRODUCT_NOT_FOUND = "PRODUCT_NOT_FOUND"
    VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
    CATEGORY_NOT_FOUND = "CATEGORY_NOT_FOUND"
    COLLECTION_NOT_FOUND = "COLLECTION_NOT_FOUND"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    HANDLE_TAKEN = "HANDLE_TAKEN"
    HANDLE_INVALID = "HANDLE_INVALID"
    SKU_TAKEN = "SKU_TAKEN"
    GTIN_TAKEN = "GTIN_TAKEN"
    GTIN_INVALID = "GTIN_INVALID"
    OPTIONS_INVALID = "OPTIONS_INVALID"
    OPTIONS_TAKEN = "OPTIONS_TAKEN"
    PRICE_INVALID = "PRICE_INVALID"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    VALUE_INVALID = "VALUE_INVALID"
    TOO_MANY = "TOO_MANY"
    TREE_TOO_DEEP = "TREE_TOO_DEEP"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class ProductNotFound(Refused):
    """There is no such product."""

    def __init__(self) -> None:
        super().__init__(CatalogErrorCode.PRODUCT_NOT_FOUND, "There is no such product.", field=("input", "productId"))


class VariantNotFound(Refused):
    """There is no such variant."""

    def __init__(self) -> None:
        super().__init__(CatalogErrorCode.VARIANT_NOT_FOUND, "There is no such variant.", field=("input", "variantId"))


class CategoryNotFound(Refused):
    """There is no such category."""

    def __init__(self) -> None:
        super().__init__(
            CatalogErrorCode.CATEGORY_NOT_FOUND, "There is no such category.", field=("input", "categoryId")
        )


class CollectionNotFound(Refused):
    """There is no such collection."""

    def __init__(self) -> None:
        super().__init__(
            CatalogErrorCode.COLLECTION_NOT_FOUND, "There is no such collection.", field=("input", "collectionIds")
        )


class ChannelNotFound(Refused):
    """There is no such sales channel."""

    def __init__(self) -> None:
        super().__init__(
            CatalogErrorCode.CHANNEL_NOT_FOUND, "There is no such sales channel.", field=("input", "salesChannelId")
        )


class HandleTaken(Refused):
    """Something of the same kind has this handle."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            CatalogErrorCode.HANDLE_TAKEN, f"The handle {handle} is taken. Choose another.", field=("input", "handle")
        )


class HandleInvalid(Refused):
    """A handle is empty, too long, or does not fit a web address."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            CatalogErrorCode.HANDLE_INVALID,
            f"A handle has 1 to {maximum} characters, without spaces, slashes and control characters.",
            field=("input", "handle"),
            facts={"maximum": maximum},
        )


class SkuTaken(Refused):
    """Another variant has this SKU."""

    def __init__(self, sku: str | None = None) -> None:
        named = "this SKU" if sku is None else f"the SKU {sku}"
        super().__init__(CatalogErrorCode.SKU_TAKEN, f"Another variant has {named}.", field=("input", "variants"))


class GtinTaken(Refused):
    """Another variant has this GTIN."""

    def __init__(self, gtin: str | None = None) -> None:
        named = "this GTIN" if gtin is None else f"the GTIN {gtin}"
        super().__init__(CatalogErrorCode.GTIN_TAKEN, f"Another variant has {named}.", field=("input", "variants"))


class GtinInvalid(Refused):
    """Not 8, 12, 13 or 14 digits, or the check digit is wrong."""

    def __init__(self, gtin: str) -> None:
        super().__init__(
            CatalogErrorCode.GTIN_INVALID,
            f"{gtin[:20]} is not a GTIN: it has 8, 12, 13 or 14 digits and the last one checks the others.",
            field=("input", "variants"),
        )


class OptionsInvalid(Refused):
    """Variants name other options than their product, or name one twice."""

    def __init__(self, message: str) -> None:
        super().__init__(CatalogErrorCode.OPTIONS_INVALID, message, field=("input", "variants"))


class OptionsTaken(Refused):
    """Two variants of a product have the same option values."""

    def __init__(self, title: str = "") -> None:
        message = f"The product has two variants {title}." if title else "The product has such a variant already."
        super().__init__(CatalogErrorCode.OPTIONS_TAKEN, message, field=("input", "variants"))


class PriceInvalid(Refused):
    """A price is negative or absurd, or a former price is not above it."""

    def __init__(self, message: str) -> None:
        super().__init__(CatalogErrorCode.PRICE_INVALID, message, field=("input", "price"))


class CurrencyMismatch(Refused):
    """A price is in another currency than its channel."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            CatalogErrorCode.CURRENCY_MISMATCH,
            f"This channel sells in {currency}.",
            field=("input", "price", "currencyCode"),
            facts={"currencyCode": currency},
        )


class ValueInvalid(Refused):
    """A text is empty, too long or has characters no database keeps."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(CatalogErrorCode.VALUE_INVALID, message, field=("input", field))


class TooMany(Refused):
    """More variants, images or tags than a product may have."""

    def __init__(self, field: str, maximum: int) -> None:
        super().__init__(
            CatalogErrorCode.TOO_MANY,
            f"A product has at most {maximum} {field}.",
            field=("input", field),
            facts={"maximum": maximum},
        )


class TreeTooDeep(Refused):
    """A category would lie below too many others."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            CatalogErrorCode.TREE_TOO_DEEP,
            f"Categories nest at most {maximum} deep.",
            field=("input", "parentId"),
            facts={"maximum": maximum},
        )


class StaleVersion(Refused):
    """Somebody else changed the product meanwhile."""

    def __init__(self, version: int) -> None:
        super().__init__(
            CatalogErrorCode.STALE_VERSION,
            f"The product is at version {version} by now. Read it again and repeat the change.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )
