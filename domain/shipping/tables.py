"""Shipping options."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.shipping.model import Basis
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class ShippingOptionRow(SQLModel, table=True):
    """A transport that a channel offers. Zones and bands are read and replaced as one value, so each is one column."""

    __tablename__ = "shipping_option"
    __table_args__ = (
        sa.Index("ix_shipping_option_channel", "sales_channel_id", "active"),
        sa.CheckConstraint("free_from_minor IS NULL OR free_from_minor >= 0", name="free_from_minor"),
        sa.CheckConstraint("0 <= days_min AND days_min <= days_max", name="days"),
    )

    id: UUID = Field(primary_key=True)
    sales_channel_id: UUID = Field(foreign_key="sales_channel.id")
    title: str = Field(max_length=120)
    zones: list[list[str]] = Field(sa_type=Json)
    basis: Basis = Field(sa_column=sa.Column(enum_column(Basis, "basis"), nullable=False))
    bands: list[list[int]] = Field(sa_type=Json)
    per_kilogram_minor: int = Field(default=0, sa_type=Integer64)
    weight_max_grams: int | None = Field(default=None, sa_type=Integer64)
    tax_code: str = Field(max_length=40)
    free_from_minor: int | None = Field(default=None, sa_type=Integer64)
    days_min: int = Field(sa_type=Integer64)
    days_max: int = Field(sa_type=Integer64)
    active: bool = True
    version: int = Field(default=1, sa_type=Integer64)
    updated_at: datetime = Field(sa_type=UtcDateTime)
