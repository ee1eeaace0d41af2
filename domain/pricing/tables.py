"""Tax rates."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import Integer64, UtcDateTime


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
