"""Card readers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from domain.tables import UtcDateTime


class CardReaderRow(SQLModel, table=True):
    """A device of a store."""

    __tablename__ = "card_reader"

    id: UUID = Field(primary_key=True)
    location_id: UUID = Field(foreign_key="location.id", index=True)
    label: str = Field(max_length=60)
    provider_reference: str = Field(max_length=100, unique=True)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
