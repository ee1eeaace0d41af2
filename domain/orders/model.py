"""Orders as values: what was agreed, where it leaves from, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.acts import ActorKind
from domain.catalog.model import ChannelId, ProductId, VariantId
from domain.errors import Fact
from domain.locations.model import Address, LocationId
from domain.money import Currency
from domain.orders.overridden import Overridden
from domain.price_lists.model import PriceListId
from domain.pricing.model import TaxSource
from domain.shipping.model import ShippingOptionId

OrderId = NewType("OrderId", UUID)
OrderLineId = NewType("OrderLineId", UUID)
FulfillmentOrderId = NewType("FulfillmentOrderId", UUID)
ShippingChargeId = NewType("ShippingChargeId", UUID)
ShipmentId = NewType("ShipmentId", UUID)
OrderEventId = NewType("OrderEventId", UUID)

LINES_MAX = 5000
"""Lines one order may have: carts stop earlier, imports of history may be long."""


class OrderStatus(StrEnum):
    """How far the document is; units and payments have their own states."""

    OPEN = "OPEN"
    CANCELED = "CANCELED"
    CLOSED = "CLOSED"


class OrderSource(StrEnum):
    """Which door the order came through."""

    ONLINE = "ONLINE"
    POS = "POS"
    MARKETPLACE = "MARKETPLACE"
    IMPORT = "IMPORT"


class FulfillmentMethod(StrEnum):
    """How goods reach the customer."""

    SHIPPING = "SHIPPING"
    PICK_UP = "PICK_UP"
    IN_STORE = "IN_STORE"
    EXTERNAL = "EXTERNAL"


class FulfillmentStatus(StrEnum):
    """How far one location's part of an order is. Ready, arrived and collected are three things."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    PICKING = "PICKING"
    WAITING_FOR_TRANSFER = "WAITING_FOR_TRANSFER"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    CUSTOMER_ARRIVED = "CUSTOMER_ARRIVED"
    PICKED_UP = "PICKED_UP"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    EXPIRED = "EXPIRED"
    CANCELED = "CANCELED"


NEXT: Mapping[FulfillmentStatus, frozenset[FulfillmentStatus]] = {
    FulfillmentStatus.OPEN: frozenset(
        {
            FulfillmentStatus.ACCEPTED,
            FulfillmentStatus.PICKING,
            FulfillmentStatus.WAITING_FOR_TRANSFER,
            FulfillmentStatus.READY_FOR_PICKUP,
            FulfillmentStatus.SHIPPED,
            FulfillmentStatus.CANCELED,
        }
    ),
    FulfillmentStatus.ACCEPTED: frozenset(
        {
            FulfillmentStatus.PICKING,
            FulfillmentStatus.WAITING_FOR_TRANSFER,
            FulfillmentStatus.READY_FOR_PICKUP,
            FulfillmentStatus.SHIPPED,
            FulfillmentStatus.CANCELED,
        }
    ),
    FulfillmentStatus.PICKING: frozenset(
        {
            FulfillmentStatus.WAITING_FOR_TRANSFER,
            FulfillmentStatus.READY_FOR_PICKUP,
            FulfillmentStatus.SHIPPED,
            FulfillmentStatus.CANCELED,
        }
    ),
    FulfillmentStatus.WAITING_FOR_TRANSFER: frozenset({FulfillmentStatus.PICKING, FulfillmentStatus.CANCELED}),
    FulfillmentStatus.READY_FOR_PICKUP: frozenset(
        {
            FulfillmentStatus.CUSTOMER_ARRIVED,
            FulfillmentStatus.PICKED_UP,
            FulfillmentStatus.EXPIRED,
            FulfillmentStatus.CANCELED,
        }
    ),
    FulfillmentStatus.CUSTOMER_ARRIVED: frozenset(
        {FulfillmentStatus.PICKED_UP, FulfillmentStatus.EXPIRED, FulfillmentStatus.CANCELED}
    ),
    FulfillmentStatus.EXPIRED: frozenset({FulfillmentStatus.READY_FOR_PICKUP, FulfillmentStatus.CANCELED}),
    FulfillmentStatus.SHIPPED: frozenset({FulfillmentStatus.DELIVERED}),
    FulfillmentStatus.PICKED_UP: frozenset(),
    FulfillmentStatus.DELIVERED: frozenset(),
    FulfillmentStatus.CANCELED: frozenset(),
}
"""Which status may follow which. What has left is never canceled, what is done stays done."""

ENDED = frozenset(status for status, following in NEXT.items() if not following)
"""Statuses after which nothing happens to a fulfillment order any more."""


class CancelReason(StrEnum):
    """Why units are not wanted or not to be had."""

    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    SHORT_PICK = "SHORT_PICK"
    NO_SHOW = "NO_SHOW"
    FRAUD = "FRAUD"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    OTHER = "OTHER"


class ShipmentStatus(StrEnum):
    """Where a parcel is."""

    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"


class OrderEventKind(StrEnum):
    """What happened to an order."""

    PLACED = "PLACED"
    PAYMENT_CAPTURE_REQUESTED = "PAYMENT_CAPTURE_REQUESTED"
    UNITS_CANCELED = "UNITS_CANCELED"
    CANCELED = "CANCELED"
    CLOSED = "CLOSED"
    FULFILLMENT_MOVED = "FULFILLMENT_MOVED"
    UNITS_FULFILLED = "UNITS_FULFILLED"
    SHIPMENT_CREATED = "SHIPMENT_CREATED"
    SHIPMENT_DELIVERED = "SHIPMENT_DELIVERED"
    POINTS_RELEASED = "POINTS_RELEASED"
    RETURN_CHANGED = "RETURN_CHANGED"
    REFUND_CHANGED = "REFUND_CHANGED"
    BALANCE_PAID = "BALANCE_PAID"


@dataclass(frozen=True, slots=True)
class LineTax:
    """Tax of one jurisdiction on one whole line (or shipping charge), fixed at the sale."""

    jurisdiction: str
    rate_ppm: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LineDiscount:
    """What one discount took off one whole line. `title` is what the receipt says."""

    discount_id: str
    title: str
    code: str | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Order:
    """An agreed sale.

    Attributes:
        location_id: the place of sale; None when it was no place of ours.
        external_reference: the order's name where it came from, unique in its channel.
        payer_of_record: who holds the customer's money when it is not us, such as a marketplace.
        subtotal_minor: sum of the lines before discounts; with tax when `prices_include_tax`.
        discount_minor: everything that discounts took off lines and shipping. tax_minor: all tax of both.
        shipping_minor: with its tax, after discounts, `shipping_tax_minor` in it. total_minor: all with tax, before points.
        due_minor: `total_minor` less the value of points; what other tenders paid or pay.
        canceled_minor: what is no longer due, or was given back, for canceled units and shipping. released_minor: the
            part of it that was canceled before money was taken.
        capture_requested: whether the money has been asked for; a cancellation refunds from then on.
        version: grows with every change; promotions: what they did, as `domain.promotions.stored` writes it.
    """

    id: OrderId
    number: str
    receipt_number: str
    status: OrderStatus
    source: OrderSource
    sales_channel_id: ChannelId
    customer_id: UUID | None
    email: str | None
    location_id: LocationId | None
    terminal_id: UUID | None
    wallet_id: UUID | None
    cart_id: UUID | None
    external_reference: str | None
    payer_of_record: str | None
    currency: Currency
    prices_include_tax: bool
    placed_at: datetime
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    shipping_tax_minor: int
    tax_minor: int
    total_minor: int
    points: int
    points_value_minor: int
    due_minor: int
    canceled_minor: int
    released_minor: int
    capture_requested: bool
    version: int
    promotions: str = ""
    tax_source: TaxSource = TaxSource.TABLE

    @property
    def still_due_minor(self) -> int:
        """What is due after cancellations, in minor units."""
        return self.due_minor - self.canceled_minor


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One agreed line. Amounts are for the whole quantity; `money.slot` gives a unit's share.

    Attributes:
        position: place on the receipt, from 0.
        gross_minor: unit price times quantity, before discounts; with tax when the order's prices include it.
        net_minor: after all discounts, without tax.
        total_minor: net and tax, before points.
        points, points_value_minor: points spent on this line, and what they were worth.
        compare_at_minor: what the unit price was compared with. price_list_id: whose price it is; None for the channel's
            own. price_override: what an associate said in its place. tax_exemption_id: why no tax was due.
        picked: units taken from the shelf for a pickup. `short`: units of `canceled` that could not be found.
        fulfilled: units handed over or shipped. canceled: units that never will be.
        claimed: units of `fulfilled` that returns, exchanges and disputes have claimed.
    """

    id: OrderLineId
    order_id: OrderId
    fulfillment_order_id: FulfillmentOrderId
    position: int
    variant_id: VariantId | None
    product_id: ProductId | None
    sku: str
    title: str
    variant_title: str
    tax_code: str
    image_url: str | None
    quantity: int
    unit_price_minor: int
    gross_minor: int
    line_discount_minor: int
    order_discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    points: int
    points_value_minor: int
    discounts: tuple[LineDiscount, ...]
    compare_at_minor: int | None
    price_list_id: PriceListId | None
    price_override: Overridden | None
    tax_exemption_id: UUID | None
    picked: int
    short: int
    fulfilled: int
    canceled: int
    claimed: int

    @property
    def paid_minor(self) -> int:
        """What tenders other than points paid for the whole line."""
        return self.total_minor - self.points_value_minor

    @property
    def includes_tax(self) -> bool:
        """Whether the line was sold at a price with its tax, so that a unit's price is split and not added up."""
        return self.gross_minor - self.line_discount_minor - self.order_discount_minor == self.total_minor

    @property
    def open(self) -> int:
        """Units that are neither fulfilled nor canceled."""
        return self.quantity - self.fulfilled - self.canceled


@dataclass(frozen=True, slots=True)
class ShippingCharge:
    """What one delivery costs and was promised. `total_minor` is net and tax after discounts; `canceled`: not owed now."""

    id: ShippingChargeId
    order_id: OrderId
    position: int
    title: str
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    taxes: tuple[LineTax, ...]
    canceled: bool
    option_id: ShippingOptionId | None = None
    weight_grams: int = 0
    days_min: int | None = None
    days_max: int | None = None


@dataclass(frozen=True, slots=True)
class FulfillmentOrder:
    """Lines of one order that leave one location one way.

    Attributes:
        location_id: where the goods are; None for history whose place is unknown.
        address: where a parcel goes; None unless shipped.
        shipping_charge_id: the charge this delivery shares with others of its delivery group.
        changed_at: time of the newest change of status.
    """

    id: FulfillmentOrderId
    order_id: OrderId
    position: int
    location_id: LocationId | None
    method: FulfillmentMethod
    status: FulfillmentStatus
    address: Address | None
    shipping_charge_id: ShippingChargeId | None
    created_at: datetime
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Units:
    """Some units of one order line."""

    line_id: OrderLineId
    quantity: int


@dataclass(frozen=True, slots=True)
class Tracking:
    """How a parcel is followed; each part None when the carrier gives none."""

    company: str | None = None
    number: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel on its way. `lines` in receipt order."""

    id: ShipmentId
    order_id: OrderId
    fulfillment_order_id: FulfillmentOrderId
    status: ShipmentStatus
    tracking: Tracking
    shipped_at: datetime
    delivered_at: datetime | None
    lines: tuple[Units, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a step changed: `name` of the order, or of the part `subject` names by its id, from `before` to `after`."""

    subject: str
    name: str
    before: Fact
    after: Fact


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One step of an order's life. `facts` helps to read it, in camelCase names; `changes` is enough to replay it."""

    id: OrderEventId
    order_id: OrderId
    kind: OrderEventKind
    actor_kind: ActorKind
    actor_id: str
    recorded_at: datetime
    facts: dict[str, Fact]
    changes: tuple[Change, ...]
