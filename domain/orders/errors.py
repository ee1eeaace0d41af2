"""What orders refuse. Every code a mutation of this room can answer is here, those of the rooms below by the same name."""

from enum import StrEnum

from domain.errors import Refused


class OrderErrorCode(StrEnum):
    """Why an order command was refused."""

    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    LINE_NOT_FOUND = "LINE_NOT_FOUND"
    FULFILLMENT_ORDER_NOT_FOUND = "FULFILLMENT_ORDER_NOT_FOUND"
    SHIPMENT_NOT_FOUND = "SHIPMENT_NOT_FOUND"
    VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
    VARIANT_NOT_SOLD_HERE = "VARIANT_NOT_SOLD_HERE"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    LOCATION_NOT_ALLOWED = "LOCATION_NOT_ALLOWED"
    SALES_CHANNEL_NOT_FOUND = "SALES_CHANNEL_NOT_FOUND"
    LINES_INVALID = "LINES_INVALID"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    QUANTITY_EXCEEDS_CANCELABLE = "QUANTITY_EXCEEDS_CANCELABLE"
    QUANTITY_EXCEEDS_FULFILLABLE = "QUANTITY_EXCEEDS_FULFILLABLE"
    NOT_CANCELABLE = "NOT_CANCELABLE"
    NOT_RETURNABLE = "NOT_RETURNABLE"
    WRONG_FULFILLMENT_METHOD = "WRONG_FULFILLMENT_METHOD"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    EXTERNAL_REFERENCE_TAKEN = "EXTERNAL_REFERENCE_TAKEN"
    TOTALS_DO_NOT_ADD_UP = "TOTALS_DO_NOT_ADD_UP"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    PAYMENT_NOT_AUTHORIZED = "PAYMENT_NOT_AUTHORIZED"
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
    CAPTURE_EXCEEDS_AUTHORIZATION = "CAPTURE_EXCEEDS_AUTHORIZATION"
    REFUND_EXCEEDS_CAPACITY = "REFUND_EXCEEDS_CAPACITY"
    TENDER_UNAVAILABLE = "TENDER_UNAVAILABLE"
    SESSION_CLOSED = "SESSION_CLOSED"
    INSUFFICIENT_DRAWER = "INSUFFICIENT_DRAWER"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    LOOKUP_INCOMPLETE = "LOOKUP_INCOMPLETE"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class OrderNotFound(Refused):
    """There is no such order, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__(OrderErrorCode.ORDER_NOT_FOUND, "There is no such order.", field=("input", "orderId"))


class LineNotFound(Refused):
    """A line is not of this order or delivery."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.LINE_NOT_FOUND, "A line does not belong to this order.", field=("input", "lines")
        )


class FulfillmentOrderNotFound(Refused):
    """There is no such fulfillment order, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.FULFILLMENT_ORDER_NOT_FOUND,
            "There is no such fulfillment order.",
            field=("input", "fulfillmentOrderId"),
        )


class ShipmentNotFound(Refused):
    """There is no such shipment, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__(OrderErrorCode.SHIPMENT_NOT_FOUND, "There is no such shipment.", field=("input", "shipmentId"))


class DuplicateLine(Refused):
    """One line came twice in one input."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.DUPLICATE_LINE, "Name each line once, with all its units.", field=("input", "lines")
        )


class QuantityInvalid(Refused):
    """A quantity below 1, or no line at all."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.QUANTITY_INVALID, "Every quantity must be at least 1.", field=("input", "lines", "quantity")
        )


class QuantityExceedsCancelable(Refused):
    """More units than are neither fulfilled nor canceled."""

    def __init__(self, available: int) -> None:
        super().__init__(
            OrderErrorCode.QUANTITY_EXCEEDS_CANCELABLE,
            f"Only {available} units of this line can still be canceled. Return the others.",
            field=("input", "lines", "quantity"),
            facts={"available": available},
        )


class QuantityExceedsFulfillable(Refused):
    """More units than are still to be fulfilled."""

    def __init__(self, available: int) -> None:
        super().__init__(
            OrderErrorCode.QUANTITY_EXCEEDS_FULFILLABLE,
            f"Only {available} units of this line are still to be fulfilled.",
            field=("input", "lines", "quantity"),
            facts={"available": available},
        )


class NotCancelable(Refused):
    """Nothing of the order can be canceled any more."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.NOT_CANCELABLE,
            "Nothing of this order can be canceled any more: return what was delivered instead.",
            field=("input", "orderId"),
        )


class NotReturnable(Refused):
    """A claim asks for more units than reached the customer and are unclaimed. Fact: `available`."""

    def __init__(self, available: int) -> None:
        super().__init__(
            OrderErrorCode.NOT_RETURNABLE,
            f"Only {available} units of this line can still be returned.",
            field=("input", "lines", "quantity"),
            facts={"available": available},
        )


class InvalidTransition(Refused):
    """The fulfillment order's status does not allow this step. Fact: `status`."""

    def __init__(self, status: StrEnum) -> None:
        super().__init__(
            OrderErrorCode.INVALID_TRANSITION,
            f"The fulfillment order is {status.value} and cannot take this step.",
            field=("input", "fulfillmentOrderId"),
            facts={"status": status.value},
        )


class WrongFulfillmentMethod(Refused):
    """A parcel for goods that are collected, or the other way round."""

    def __init__(self, method: StrEnum) -> None:
        super().__init__(
            OrderErrorCode.WRONG_FULFILLMENT_METHOD,
            f"This fulfillment order leaves by {method.value}.",
            field=("input", "fulfillmentOrderId"),
        )


class ExternalReferenceTaken(Refused):
    """The channel's reference names another order."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.EXTERNAL_REFERENCE_TAKEN,
            "An order with this externalReference exists in the channel already, with other contents.",
            field=("input", "externalReference"),
        )


class VariantNotFound(Refused):
    """No variant has this code. Fact: `code`."""

    def __init__(self, code: str) -> None:
        super().__init__(
            OrderErrorCode.VARIANT_NOT_FOUND,
            f"No variant has the code {code}.",
            field=("input", "lines"),
            facts={"code": code},
        )


class VariantNotSoldHere(Refused):
    """The variant is not published or has no price in this sales channel. Fact: `sku`."""

    def __init__(self, sku: str) -> None:
        super().__init__(
            OrderErrorCode.VARIANT_NOT_SOLD_HERE,
            "A variant is not for sale in this sales channel: publish and price it there first.",
            field=("input", "lines"),
            facts={"sku": sku},
        )


class LinesInvalid(Refused):
    """No line, or more than an order may have. Fact: `maximum`."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            OrderErrorCode.LINES_INVALID,
            f"An order has 1 to {maximum} lines.",
            field=("input", "lines"),
            facts={"maximum": maximum},
        )


class LocationNotAllowed(Refused):
    """The location does not exist, is closed down, or the caller does not work there."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.LOCATION_NOT_ALLOWED, "You cannot act for this location.", field=("input", "locationId")
        )


class CustomerNotFound(Refused):
    """There is no such customer."""

    def __init__(self) -> None:
        super().__init__(OrderErrorCode.CUSTOMER_NOT_FOUND, "There is no such customer.", field=("input", "customer"))


class TotalsDoNotAddUp(Refused):
    """Given amounts contradict each other. Facts: `position` of the line (from 0) or null, `expected`, `actual` minor."""

    def __init__(self, what: str, position: int | None, expected: int, actual: int) -> None:
        where = "The order's" if position is None else f"Line {position}'s"
        super().__init__(
            OrderErrorCode.TOTALS_DO_NOT_ADD_UP,
            f"{where} {what} is {actual} in minor units, but its parts sum to {expected}.",
            field=("input",) if position is None else ("input", "lines", str(position)),
            facts={"position": position, "expected": expected, "actual": actual},
        )


class CurrencyMismatch(Refused):
    """The order's currency is not its sales channel's. Fact: `currency`."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            OrderErrorCode.CURRENCY_MISMATCH,
            f"This sales channel sells in {currency}.",
            field=("input", "currency"),
            facts={"currency": currency},
        )


class SalesChannelNotFound(Refused):
    """The caller sells in no channel, or not in this one."""

    def __init__(self) -> None:
        super().__init__(OrderErrorCode.SALES_CHANNEL_NOT_FOUND, "Your credential names no sales channel of its own.")


class LookupIncomplete(Refused):
    """None of the ways to name an order, or several at once."""

    def __init__(self) -> None:
        super().__init__(
            OrderErrorCode.LOOKUP_INCOMPLETE,
            "Name the order in exactly one way. Guests give orderNumber with email; a marketplace reference goes with "
            "salesChannelId.",
            field=("input",),
        )
