"""The rows of the taxes room."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import Integer64, Json, UtcDateTime


class TaxCalculationRow(SQLModel, table=True):
    """What one delivery of an order was taxed by."""

    __tablename__ = "tax_calculation"
    __table_args__ = (sa.UniqueConstraint("order_id", "position", name="uq_tax_calculation_position"),)

    id: UUID = Field(primary_key=True)
    order_id: UUID
    position: int = Field(sa_type=Integer64)
    currency: str = Field(max_length=3)
    prices_include_tax: bool
    reference: str = Field(max_length=255, unique=True)
    items: list[list[str | int]] = Field(sa_type=Json)
    charge: list[str | int] | None = Field(default=None, sa_type=Json)
    placed_at: datetime = Field(sa_type=UtcDateTime)
    transaction: str | None = Field(default=None, max_length=255)
    recorded_items: dict[str, str] = Field(sa_type=Json)


class TaxReversalRow(SQLModel, table=True):
    """A part of a calculation that was taken back."""

    __tablename__ = "tax_reversal"
    __table_args__ = (sa.UniqueConstraint("calculation_id", "source", name="uq_tax_reversal_source"),)

    id: UUID = Field(primary_key=True)
    calculation_id: UUID = Field(foreign_key="tax_calculation.id")
    source: str = Field(max_length=120)
    parts: list[list[str | int]] = Field(sa_type=Json)
    taken_back_at: datetime = Field(sa_type=UtcDateTime)
    transaction: str | None = Field(default=None, max_length=255)
