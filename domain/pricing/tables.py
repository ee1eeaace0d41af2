"""Discounts, their uses, and tax rates."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.pricing.model import DiscountKind, DiscountTarget
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class DiscountRow(SQLModel, table=True):
    """One discount. What it may touch is read and replaced as one value, so it is one column."""

    __tablename__ = "discount"
    __table_args__ = (
        sa.CheckConstraint("value > 0 AND (kind <> 'PERCENTAGE' OR value <= 1000000)", name="value"),
        sa.CheckConstraint("minimum_subtotal_minor >= 0", name="minimum_subtotal_minor"),
        sa.CheckConstraint("currency IS NOT NULL OR kind = 'PERCENTAGE'", name="currency"),
        sa.CheckConstraint("used >= 0 AND (usage_limit IS NULL OR used <= usage_limit)", name="used"),
        sa.Index(
            "ix_discount_automatic",
            "valid_from",
            sqlite_where=sa.text("code IS NULL"),
            postgresql_where=sa.text("code IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    title: str = Field(max_length=120)
    code: str | None = Field(default=None, max_length=40, unique=True)
    target: DiscountTarget = Field(sa_column=sa.Column(enum_column(DiscountTarget, "target"), nullable=False))
    kind: DiscountKind = Field(sa_column=sa.Column(enum_column(DiscountKind, "kind"), nullable=False))
    value: int = Field(sa_type=Integer64)
    """ppm for a percentage, minor units of `currency` for a fixed amount."""
    sequence: int = Field(default=0, sa_type=Integer64)
    lines: dict[str, list[str]] = Field(sa_type=Json)
    """{"products", "categories", "collections"}: ids as hex text."""
    minimum_subtotal_minor: int = Field(default=0, sa_type=Integer64)
    currency: str | None = Field(default=None, max_length=3)
    sales_channel_id: UUID | None = Field(default=None, foreign_key="sales_channel.id", index=True)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    usage_limit: int | None = Field(default=None, sa_type=Integer64)
    usage_limit_per_customer: int | None = Field(default=None, sa_type=Integer64)
    used: int = Field(default=0, sa_type=Integer64)
    """Orders that used it; counted only while it has a limit, so that an unlimited discount is never a hot row."""


class DiscountUseRow(SQLModel, table=True):
    """One order's use of one discount."""

    __tablename__ = "discount_use"
    __table_args__ = (sa.Index("ix_discount_use_customer", "discount_id", "customer_id"),)

    discount_id: UUID = Field(primary_key=True, foreign_key="discount.id")
    order_id: UUID = Field(primary_key=True)
    customer_id: UUID | None = Field(default=None)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class TaxRateRow(SQLModel, table=True):
    """One jurisdiction's rate somewhere; empty text means any."""

    __tablename__ = "tax_rate"
    __table_args__ = (sa.CheckConstraint("rate_ppm >= 0 AND rate_ppm <= 1000000", name="rate_ppm"),)

    country: str = Field(primary_key=True, max_length=2)
    region: str = Field(primary_key=True, max_length=80)
    postal_prefix: str = Field(primary_key=True, max_length=12)
    tax_code: str = Field(primary_key=True, max_length=40)
    jurisdiction: str = Field(primary_key=True, max_length=60)
    valid_from: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rate_ppm: int = Field(sa_type=Integer64)
