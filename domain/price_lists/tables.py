"""Price lists and their prices."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import Integer64, UtcDateTime


class PriceListRow(SQLModel, table=True):
    """One list: for whom and when. Empty text means any."""

    __tablename__ = "price_list"
    __table_args__ = (sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),)

    id: UUID = Field(primary_key=True)
    title: str = Field(max_length=120)
    currency: str = Field(max_length=3)
    channel_id: UUID | None = Field(default=None, foreign_key="sales_channel.id")
    country: str = Field(default="", max_length=2)
    group_id: UUID | None = Field(default=None, foreign_key="customer_group.id")
    tier: str = Field(default="", max_length=120)
    priority: int = Field(default=0, sa_type=Integer64)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    active: bool = False
    version: int = Field(default=1, sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PriceListPriceRow(SQLModel, table=True):
    """What a variant costs by a list from a quantity on, in minor units of the list's currency."""

    __tablename__ = "price_list_price"
    __table_args__ = (
        sa.CheckConstraint("quantity_min > 0", name="quantity_min"),
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        sa.CheckConstraint("compare_at_minor IS NULL OR compare_at_minor > amount_minor", name="compare_at"),
        sa.Index("ix_price_list_price_list", "list_id", "variant_id", "quantity_min"),
    )

    variant_id: UUID = Field(primary_key=True, foreign_key="product_variant.id")
    list_id: UUID = Field(primary_key=True, foreign_key="price_list.id")
    quantity_min: int = Field(primary_key=True, sa_type=Integer64, sa_column_kwargs={"autoincrement": False})
    amount_minor: int = Field(sa_type=Integer64)
    compare_at_minor: int | None = Field(default=None, sa_type=Integer64)
