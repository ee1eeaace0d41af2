"""What price lists may refuse."""

from enum import StrEnum

from domain.errors import Refused


class PriceListErrorCode(StrEnum):
    """Every code a command on price lists can answer."""

    PRICE_LIST_NOT_FOUND = "PRICE_LIST_NOT_FOUND"
    PRICE_LIST_INVALID = "PRICE_LIST_INVALID"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    CUSTOMER_GROUP_NOT_FOUND = "CUSTOMER_GROUP_NOT_FOUND"
    VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
    TOO_MANY_ACTIVE = "TOO_MANY_ACTIVE"
    TOO_MANY_PRICES = "TOO_MANY_PRICES"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class PriceListNotFound(Refused):
    """No such list."""

    def __init__(self) -> None:
        super().__init__(
            PriceListErrorCode.PRICE_LIST_NOT_FOUND, "There is no such price list.", field=("input", "priceListId")
        )


class PriceListInvalid(Refused):
    """It could never be right."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(PriceListErrorCode.PRICE_LIST_INVALID, message, field=("input", field))


class CurrencyMismatch(Refused):
    """A list in another currency than its channel's, or a price in another than its list's."""

    def __init__(self, currency: str, field: str) -> None:
        super().__init__(
            PriceListErrorCode.CURRENCY_MISMATCH, f"Prices here are in {currency}.", field=("input", field)
        )


class UnknownReference(Refused):
    """Something that a list names does not exist."""

    def __init__(self, code: PriceListErrorCode, what: str, field: str) -> None:
        super().__init__(code, f"There is no such {what}.", field=("input", field))


class TooManyActive(Refused):
    """As many lists are active as may be."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            PriceListErrorCode.TOO_MANY_ACTIVE,
            f"At most {maximum} price lists are active at once. Deactivate one that is over.",
            facts={"maximum": maximum},
        )


class TooManyPrices(Refused):
    """As many prices are in a list as may be."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            PriceListErrorCode.TOO_MANY_PRICES,
            f"A price list has at most {maximum} prices. Put the rest into another one.",
            field=("input", "prices"),
            facts={"maximum": maximum},
        )


class StaleVersion(Refused):
    """It has changed since."""

    def __init__(self, version: int) -> None:
        super().__init__(
            PriceListErrorCode.STALE_VERSION,
            "The price list has changed since. Read it again and decide anew.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )
