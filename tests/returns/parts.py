"""Order lines, deliveries and returns as plain values, for tests of rules."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineTax,
    OrderId,
    OrderLine,
    OrderLineId,
    ShippingCharge,
    ShippingChargeId,
)
from domain.returns.model import Return, ReturnId, ReturnLine, ReturnLineId, ReturnReason, ReturnStatus

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
ORDER = OrderId(UUID(int=1))
DELIVERY = FulfillmentOrderId(UUID(int=2))
RETURN = ReturnId(UUID(int=3))


def order_line(quantity: int, net_minor: int, tax_minor: int = 0, *, number: int = 10, **changes: int) -> OrderLine:
    """A line whose units have all been handed over."""
    line = OrderLine(
        id=OrderLineId(UUID(int=number)),
        order_id=ORDER,
        fulfillment_order_id=DELIVERY,
        position=number,
        variant_id=None,
        product_id=None,
        sku="SKU",
        title="Thing",
        variant_title="",
        tax_code="standard",
        image_url=None,
        quantity=quantity,
        unit_price_minor=0,
        gross_minor=net_minor,  # without tax: the tax is added up
        line_discount_minor=0,
        order_discount_minor=0,
        net_minor=net_minor,
        tax_minor=tax_minor,
        total_minor=net_minor + tax_minor,
        points=0,
        points_value_minor=0,
        discounts=(),
        compare_at_minor=None,
        price_list_id=None,
        price_override=None,
        tax_exemption_id=None,
        picked=0,
        short=0,
        fulfilled=quantity,
        canceled=0,
        claimed=0,
    )
    return replace(line, **changes)


def tax(jurisdiction: str, rate_ppm: int, amount_minor: int) -> LineTax:
    return LineTax(jurisdiction, rate_ppm, amount_minor)


def charge(number: int, total_minor: int, *, canceled: bool = False) -> ShippingCharge:
    """What a delivery cost, without tax."""
    return ShippingCharge(
        id=ShippingChargeId(UUID(int=30 + number)),
        order_id=ORDER,
        position=number,
        title="Parcel",
        gross_minor=total_minor,
        discount_minor=0,
        net_minor=total_minor,
        tax_minor=0,
        total_minor=total_minor,
        taxes=(),
        canceled=canceled,
    )


def delivery(status: FulfillmentStatus, changed_at: datetime) -> FulfillmentOrder:
    return FulfillmentOrder(
        id=DELIVERY,
        order_id=ORDER,
        position=0,
        location_id=None,
        method=FulfillmentMethod.PICK_UP,
        status=status,
        address=None,
        shipping_charge_id=None,
        created_at=changed_at,
        changed_at=changed_at,
        version=1,
    )


def return_line(requested: int, **counters: int) -> ReturnLine:
    line = ReturnLine(
        id=ReturnLineId(UUID(int=20)),
        return_id=RETURN,
        order_line_id=OrderLineId(UUID(int=10)),
        position=0,
        reason=ReturnReason.UNWANTED,
        note=None,
        requested=requested,
    )
    return replace(line, **counters)


def a_return(*lines: ReturnLine, status: ReturnStatus = ReturnStatus.OPEN) -> Return:
    return Return(
        id=RETURN,
        number="R-1",
        order_id=ORDER,
        status=status,
        location_id=None,
        decline_reason=None,
        policy_version=1,
        created_at=NOON,
        claim_expires_at=NOON,
        version=1,
        lines=lines,
    )
