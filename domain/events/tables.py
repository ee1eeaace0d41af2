"""The change feed's table."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import Integer64, Serial64, UtcDateTime


class ChangeRow(SQLModel, table=True):
    """One committed change that somebody may be watching."""

    __tablename__ = "change"
    __table_args__ = (sa.Index("ix_change_recorded_at", "recorded_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial64)
    topic: str = Field(max_length=40)
    key: str = Field(max_length=80)
    version: int = Field(sa_type=Integer64)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
