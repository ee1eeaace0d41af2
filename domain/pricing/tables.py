"""Tax rates."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import Integer64, UtcDateTime


class TaxRateRow(SQLModel, table=True):
    """One jurisdiction's rate somewhere; empty text means any. `id` is made from the key; one that ends where it begins was
    withdrawn."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        sa.CheckConstraint("rate_ppm >= 0 AND rate_ppm <= 1000000", name="rate_ppm"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    country: str = Field(primary_key=True, max_length=2)
    region: str = Field(primary_key=True, max_length=80)
    postal_prefix: str = Field(primary_key=True, max_length=12)
    tax_code: str = Field(primary_key=True, max_length=40)
    jurisdiction: str = Field(primary_key=True, max_length=60)
    valid_from: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rate_ppm: int = Field(sa_type=Integer64)
    id: UUID = Field(unique=True)
