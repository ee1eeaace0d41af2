"""What the shipping room refuses."""

from enum import StrEnum

from domain.errors import Refused


class ShippingErrorCode(StrEnum):
    """Why a command on shipping options was refused."""

    SHIPPING_OPTION_NOT_FOUND = "SHIPPING_OPTION_NOT_FOUND"
    SHIPPING_OPTION_INVALID = "SHIPPING_OPTION_INVALID"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    TOO_MANY_SHIPPING_OPTIONS = "TOO_MANY_SHIPPING_OPTIONS"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class OptionNotFound(Refused):
    """No such option."""

    def __init__(self) -> None:
        super().__init__(
            ShippingErrorCode.SHIPPING_OPTION_NOT_FOUND,
            "There is no such shipping method.",
            field=("input", "shippingMethodId"),
        )


class ShippingOptionInvalid(Refused):
    """It could never be right."""

    def __init__(self, flaw: str, field: str) -> None:
        super().__init__(ShippingErrorCode.SHIPPING_OPTION_INVALID, flaw, field=("input", field))


class ChannelNotFound(Refused):
    """No such sales channel."""

    def __init__(self) -> None:
        super().__init__(
            ShippingErrorCode.CHANNEL_NOT_FOUND, "There is no such sales channel.", field=("input", "salesChannelId")
        )


class CurrencyMismatch(Refused):
    """An amount in another currency than the channel's."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            ShippingErrorCode.CURRENCY_MISMATCH, f"This sales channel sells in {currency}.", field=("input",)
        )


class TooManyOptions(Refused):
    """The channel has as many options as it may."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            ShippingErrorCode.TOO_MANY_SHIPPING_OPTIONS,
            f"A sales channel has at most {maximum} shipping methods.",
            facts={"maximum": maximum},
        )


class StaleVersion(Refused):
    """It has changed since."""

    def __init__(self, version: int) -> None:
        super().__init__(
            ShippingErrorCode.STALE_VERSION,
            "The shipping method has changed since. Read it again and decide anew.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )
