"""A placement: everything an order will say, agreed and frozen before it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.carts.model import CartId
from domain.catalog.model import ChannelId, ProductId, VariantId
from domain.gift_cards.model import GiftCardId
from domain.locations.model import Address, LocationId
from domain.money import Currency
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineDiscount,
    LineTax,
    Order,
    OrderId,
    OrderLine,
    OrderLineId,
    OrderSource,
    ShippingChargeId,
)
from domain.orders.overridden import Overridden
from domain.payments.model import PlacedTender
from domain.price_lists.model import PriceListId
from domain.pricing.model import TaxSource
from domain.promotions.outcomes import Frozen
from domain.shipping.model import ShippingOptionId
from domain.taxes.model import PlacedCalculation


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """One line as agreed. Amounts are for the whole quantity, as in `model.OrderLine`.

    Attributes:
        group: index of the `PlacedGroup` the line leaves with.
        category: what the loyalty programme's rules go by; None when there is none.
        earns: whether the line may earn points.
        compare_at_minor, price_list_id, price_override, tax_exemption_id: as in `model.OrderLine`.
    """

    id: OrderLineId
    group: int
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
    taxes: tuple[LineTax, ...]
    points: int = 0
    points_value_minor: int = 0
    discounts: tuple[LineDiscount, ...] = ()
    category: str | None = None
    earns: bool = True
    compare_at_minor: int | None = None
    price_list_id: PriceListId | None = None
    price_override: Overridden | None = None
    tax_exemption_id: UUID | None = None

    @property
    def tax_minor(self) -> int:
        """All jurisdictions together."""
        return sum(tax.amount_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        """Net and tax, before points."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class PlacedGroup:
    """Lines that leave one location one way; their fulfillment order's beginnings.

    Attributes:
        status: OPEN, or an ended status when the goods have left already.
        charge: index of the `PlacedCharge` it shares with others of its delivery group; None when nothing is charged.
    """

    id: FulfillmentOrderId
    method: FulfillmentMethod
    location_id: LocationId | None
    status: FulfillmentStatus = FulfillmentStatus.OPEN
    address: Address | None = None
    charge: int | None = None


@dataclass(frozen=True, slots=True)
class PlacedCharge:
    """What one delivery costs, as agreed."""

    id: ShippingChargeId
    title: str
    gross_minor: int
    discount_minor: int
    net_minor: int
    taxes: tuple[LineTax, ...]
    option_id: ShippingOptionId | None = None
    weight_grams: int = 0
    days_min: int | None = None
    days_max: int | None = None

    @property
    def tax_minor(self) -> int:
        """All jurisdictions together."""
        return sum(tax.amount_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        """Net and tax, after discounts."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class Placement:
    """An order to be written.

    Attributes:
        hold_id: the points held for it, captured when it is written.
        placed_at: when it was agreed; in the past for imports.
        capture_requested: whether its money has been taken, or is with somebody else.
        tenders: what pays beside points and the card, or beside cash when there is no card.
        earns: whether it may earn points at all.
        promotions: what promotions did to it; lines are named by their positions here.
        top_ups: lines that put value on gift cards, and the cards.
        tax_source: who said what tax it carries; `calculations` are a tax service's, when it did.
    """

    order_id: OrderId
    source: OrderSource
    sales_channel_id: ChannelId
    currency: Currency
    prices_include_tax: bool
    placed_at: datetime
    lines: tuple[PlacedLine, ...]
    groups: tuple[PlacedGroup, ...]
    charges: tuple[PlacedCharge, ...] = ()
    customer_id: UUID | None = None
    email: str | None = None
    wallet_id: UUID | None = None
    hold_id: UUID | None = None
    location_id: LocationId | None = None
    terminal_id: UUID | None = None
    cart_id: CartId | None = None
    external_reference: str | None = None
    payer_of_record: str | None = None
    capture_requested: bool = False
    earns: bool = True
    promotions: Frozen = Frozen()
    tenders: tuple[PlacedTender, ...] = ()
    top_ups: tuple[tuple[OrderLineId, GiftCardId], ...] = ()
    tax_source: TaxSource = TaxSource.TABLE
    calculations: tuple[PlacedCalculation, ...] = ()

    @property
    def total_minor(self) -> int:
        """Lines and shipping with tax, before points."""
        return sum(line.total_minor for line in self.lines) + sum(charge.total_minor for charge in self.charges)

    @property
    def points(self) -> int:
        """Points spent on it."""
        return sum(line.points for line in self.lines)

    @property
    def points_value_minor(self) -> int:
        """What those points are worth."""
        return sum(line.points_value_minor for line in self.lines)

    @property
    def due_minor(self) -> int:
        """What tenders other than points pay."""
        return self.total_minor - self.points_value_minor

    @property
    def asked_minor(self) -> int:
        """What is left to be asked of a card, or put into the drawer."""
        return self.due_minor - sum(tender.amount_minor for tender in self.tenders)

    @property
    def pickup_places(self) -> frozenset[LocationId]:
        """Stores whose queue of pickups it joins."""
        waiting = (group for group in self.groups if group.method is FulfillmentMethod.PICK_UP)
        return frozenset(group.location_id for group in waiting if group.location_id is not None)


@dataclass(frozen=True, slots=True)
class Placed:
    """A placement as it was written: the order, its fulfillment orders and its lines in receipt order."""

    order: Order
    fulfillments: Sequence[FulfillmentOrder]
    lines: Sequence[OrderLine]
