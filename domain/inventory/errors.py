"""What the stock room may refuse."""

from enum import StrEnum

from domain.errors import Refused
from domain.inventory.rules import Shortage


class InventoryErrorCode(StrEnum):
    """Every code a stock command can answer."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    BELOW_COMMITTED = "BELOW_COMMITTED"
    NOT_TRACKED = "NOT_TRACKED"
    VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class OutOfStock(Refused):
    """A line asks for more than is there. Facts: `available` units, `variantId` as UUID text, `lineKey`."""

    def __init__(self, shortage: Shortage) -> None:
        super().__init__(
            InventoryErrorCode.OUT_OF_STOCK,
            f"Only {shortage.available} of the {shortage.want.quantity} units asked for are available. "
            "Lower the quantity or choose another location.",
            facts={
                "available": shortage.available,
                "variantId": str(shortage.want.variant_id),
                "lineKey": shortage.want.line_key,
            },
        )


class QuantityInvalid(Refused):
    """An adjustment of nothing, or of more than a level can count."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            InventoryErrorCode.QUANTITY_INVALID,
            f"delta must not be 0 and goes from -{maximum} to {maximum}.",
            field=("input", "delta"),
            facts={"maximum": maximum},
        )


class BelowCommitted(Refused):
    """A correction would leave less than what is promised to orders. Fact: `available`, what may be taken away."""

    def __init__(self, available: int) -> None:
        super().__init__(
            InventoryErrorCode.BELOW_COMMITTED,
            f"At most {available} units may be taken away; the rest is promised to orders. Cancel units there first.",
            field=("input", "delta"),
            facts={"available": available},
        )


class NotTracked(Refused):
    """The variant keeps no stock."""

    def __init__(self) -> None:
        super().__init__(InventoryErrorCode.NOT_TRACKED, "This variant keeps no stock.", field=("input", "variantId"))


class VariantNotFound(Refused):
    """There is no such variant."""

    def __init__(self) -> None:
        super().__init__(
            InventoryErrorCode.VARIANT_NOT_FOUND, "There is no such variant.", field=("input", "variantId")
        )


class LocationNotFound(Refused):
    """There is no such location, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__(
            InventoryErrorCode.LOCATION_NOT_FOUND, "There is no such location.", field=("input", "locationId")
        )
