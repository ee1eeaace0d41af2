"""The attempt counters."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from domain.tables import Integer64, UtcDateTime


class ThrottleRow(SQLModel, table=True):
    """Attempts at one secret since `window_started_at`."""

    __tablename__ = "throttle"

    key: str = Field(primary_key=True, max_length=120)
    attempts: int = Field(sa_type=Integer64)
    window_started_at: datetime = Field(sa_type=UtcDateTime)
