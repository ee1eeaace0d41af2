"""The rows of orders. Amounts are minor units of the order's currency; enumerations are text held by CHECKs."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.acts import ActorKind
from domain.errors import Fact
from domain.orders.checkout_model import CheckoutStatus
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentStatus,
    OrderEventKind,
    OrderSource,
    OrderStatus,
    ShipmentStatus,
)
from domain.pricing.model import TaxSource
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class OrderRow(SQLModel, table=True):
    """One agreed sale."""

    __tablename__ = "sales_order"
    __table_args__ = (
        sa.UniqueConstraint("sales_channel_id", "external_reference", name="uq_sales_order_external_reference"),
        sa.CheckConstraint("due_minor = total_minor - points_value_minor", name="due"),
        sa.CheckConstraint("points >= 0 AND points_value_minor >= 0", name="points"),
        sa.CheckConstraint("due_minor >= 0 AND total_minor >= 0", name="positive"),
        sa.CheckConstraint(
            "released_minor >= 0 AND released_minor <= canceled_minor AND canceled_minor <= due_minor", name="canceled"
        ),
        sa.Index("ix_sales_order_customer_id_placed_at", "customer_id", "placed_at", "id"),
        sa.Index("ix_sales_order_sales_channel_id_placed_at", "sales_channel_id", "placed_at", "id"),
        sa.Index("ix_sales_order_location_id_placed_at", "location_id", "placed_at", "id"),
        sa.Index("ix_sales_order_placed_at", "placed_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    number: str = Field(max_length=40, unique=True)
    receipt_number: str = Field(max_length=40, unique=True)
    status: OrderStatus = Field(sa_column=sa.Column(enum_column(OrderStatus, "status"), nullable=False))
    source: OrderSource = Field(sa_column=sa.Column(enum_column(OrderSource, "source"), nullable=False))
    sales_channel_id: UUID = Field(foreign_key="sales_channel.id")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id")
    email: str | None = Field(default=None, max_length=254)
    location_id: UUID | None = Field(default=None, foreign_key="location.id")
    terminal_id: UUID | None = Field(default=None)
    wallet_id: UUID | None = Field(default=None)
    cart_id: UUID | None = Field(default=None, unique=True)
    external_reference: str | None = Field(default=None, max_length=200)
    payer_of_record: str | None = Field(default=None, max_length=120)
    currency: str = Field(max_length=3)
    prices_include_tax: bool
    placed_at: datetime = Field(sa_type=UtcDateTime)
    subtotal_minor: int = Field(sa_type=Integer64)
    discount_minor: int = Field(sa_type=Integer64)
    shipping_minor: int = Field(sa_type=Integer64)
    shipping_tax_minor: int = Field(sa_type=Integer64)
    tax_minor: int = Field(sa_type=Integer64)
    total_minor: int = Field(sa_type=Integer64)
    points: int = Field(sa_type=Integer64)
    points_value_minor: int = Field(sa_type=Integer64)
    due_minor: int = Field(sa_type=Integer64)
    canceled_minor: int = Field(default=0, sa_type=Integer64)
    released_minor: int = Field(default=0, sa_type=Integer64)
    capture_requested: bool
    version: int = Field(default=1, sa_type=Integer64)
    promotions: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    tax_source: TaxSource = Field(
        sa_column=sa.Column(enum_column(TaxSource, "tax_source"), nullable=False, server_default=TaxSource.TABLE)
    )


class ShippingChargeRow(SQLModel, table=True):
    """What one delivery of an order costs; its taxes are frozen with it."""

    __tablename__ = "order_shipping_charge"
    __table_args__ = (sa.CheckConstraint("total_minor = net_minor + tax_minor", name="total"),)

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    position: int = Field(sa_type=Integer64)
    title: str = Field(max_length=200)
    gross_minor: int = Field(sa_type=Integer64)
    discount_minor: int = Field(sa_type=Integer64)
    net_minor: int = Field(sa_type=Integer64)
    tax_minor: int = Field(sa_type=Integer64)
    total_minor: int = Field(sa_type=Integer64)
    taxes: list[list[str | int]] = Field(sa_type=Json)
    canceled: bool = Field(default=False)
    option_id: UUID | None = Field(default=None)
    weight_grams: int = Field(default=0, sa_type=Integer64, sa_column_kwargs={"server_default": "0"})
    days_min: int | None = Field(default=None, sa_type=Integer64)
    days_max: int | None = Field(default=None, sa_type=Integer64)


class FulfillmentOrderRow(SQLModel, table=True):
    """Lines of one order that leave one location one way. The lines themselves name it."""

    __tablename__ = "fulfillment_order"
    __table_args__ = (sa.Index("ix_fulfillment_order_queue", "location_id", "method", "status", "created_at", "id"),)

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    position: int = Field(sa_type=Integer64)
    location_id: UUID | None = Field(default=None, foreign_key="location.id")
    method: FulfillmentMethod = Field(sa_column=sa.Column(enum_column(FulfillmentMethod, "method"), nullable=False))
    status: FulfillmentStatus = Field(sa_column=sa.Column(enum_column(FulfillmentStatus, "status"), nullable=False))
    address: dict[str, str | None] | None = Field(default=None, sa_type=Json)
    shipping_charge_id: UUID | None = Field(default=None, foreign_key="order_shipping_charge.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=1, sa_type=Integer64)


class OrderLineRow(SQLModel, table=True):
    """One agreed line with its counters of units."""

    __tablename__ = "order_line"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
        sa.CheckConstraint("points_value_minor >= 0 AND points_value_minor <= total_minor", name="points_value"),
        sa.CheckConstraint("fulfilled >= 0 AND canceled >= 0 AND fulfilled + canceled <= quantity", name="units"),
        sa.CheckConstraint("claimed >= 0 AND claimed <= fulfilled", name="claimed"),
        sa.CheckConstraint("picked >= 0 AND picked <= quantity AND short >= 0 AND short <= canceled", name="picked"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    fulfillment_order_id: UUID = Field(foreign_key="fulfillment_order.id", index=True)
    position: int = Field(sa_type=Integer64)
    variant_id: UUID | None = Field(default=None)
    product_id: UUID | None = Field(default=None)
    sku: str = Field(max_length=120)
    title: str = Field(max_length=300)
    variant_title: str = Field(max_length=300)
    tax_code: str = Field(max_length=60)
    image_url: str | None = Field(default=None, max_length=2000)
    quantity: int = Field(sa_type=Integer64)
    unit_price_minor: int = Field(sa_type=Integer64)
    gross_minor: int = Field(sa_type=Integer64)
    line_discount_minor: int = Field(sa_type=Integer64)
    order_discount_minor: int = Field(sa_type=Integer64)
    net_minor: int = Field(sa_type=Integer64)
    tax_minor: int = Field(sa_type=Integer64)
    total_minor: int = Field(sa_type=Integer64)
    points: int = Field(sa_type=Integer64)
    points_value_minor: int = Field(sa_type=Integer64)
    discounts: list[list[str | int | None]] = Field(sa_type=Json)
    compare_at_minor: int | None = Field(default=None, sa_type=Integer64)
    price_list_id: UUID | None = Field(default=None)
    price_override: list[str | int] | None = Field(default=None, sa_type=Json)
    tax_exemption_id: UUID | None = Field(default=None)
    picked: int = Field(default=0, sa_type=Integer64)
    short: int = Field(default=0, sa_type=Integer64)
    fulfilled: int = Field(default=0, sa_type=Integer64)
    canceled: int = Field(default=0, sa_type=Integer64)
    claimed: int = Field(default=0, sa_type=Integer64)


class OrderLineTaxRow(SQLModel, table=True):
    """Tax of one jurisdiction on one line, fixed at the sale."""

    __tablename__ = "order_line_tax"

    order_line_id: UUID = Field(primary_key=True, foreign_key="order_line.id")
    position: int = Field(primary_key=True, sa_type=Integer64)
    jurisdiction: str = Field(max_length=80)
    rate_ppm: int = Field(sa_type=Integer64)
    amount_minor: int = Field(sa_type=Integer64)


class ShipmentRow(SQLModel, table=True):
    """A parcel."""

    __tablename__ = "shipment"

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    fulfillment_order_id: UUID = Field(foreign_key="fulfillment_order.id", index=True)
    status: ShipmentStatus = Field(sa_column=sa.Column(enum_column(ShipmentStatus, "status"), nullable=False))
    tracking_company: str | None = Field(default=None, max_length=120)
    tracking_number: str | None = Field(default=None, max_length=120)
    tracking_url: str | None = Field(default=None, max_length=2000)
    shipped_at: datetime = Field(sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ShipmentLineRow(SQLModel, table=True):
    """Units of one line in a parcel."""

    __tablename__ = "shipment_line"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    shipment_id: UUID = Field(primary_key=True, foreign_key="shipment.id")
    order_line_id: UUID = Field(primary_key=True, foreign_key="order_line.id", index=True)
    quantity: int = Field(sa_type=Integer64)


class OrderEventRow(SQLModel, table=True):
    """One step of an order's life. Rows are only ever added."""

    __tablename__ = "order_event"
    __table_args__ = (sa.Index("ix_order_event_order_id_id", "order_id", "id"),)

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="sales_order.id")
    kind: OrderEventKind = Field(sa_column=sa.Column(enum_column(OrderEventKind, "kind"), nullable=False))
    actor_kind: ActorKind = Field(sa_column=sa.Column(enum_column(ActorKind, "actor_kind"), nullable=False))
    actor_id: str = Field(max_length=80)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    facts: dict[str, Fact] = Field(sa_type=Json)
    changes: list[list[Fact]] = Field(sa_type=Json)


class CheckoutRow(SQLModel, table=True):
    """A frozen placement on its way through payment. At most one per cart is pending."""

    __tablename__ = "checkout"
    __table_args__ = (
        sa.Index(
            "uq_checkout_pending_cart_id",
            "cart_id",
            unique=True,
            sqlite_where=sa.text("status = 'PENDING'"),
            postgresql_where=sa.text("status = 'PENDING'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    cart_id: UUID | None = Field(default=None, index=True)
    status: CheckoutStatus = Field(sa_column=sa.Column(enum_column(CheckoutStatus, "status"), nullable=False))
    payment_id: UUID | None = Field(default=None)
    order_id: UUID = Field(unique=True)
    failure_code: str | None = Field(default=None, max_length=80)
    placement: dict[str, object] = Field(sa_type=Json)
    started_at: datetime = Field(sa_type=UtcDateTime)
