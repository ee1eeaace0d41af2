"""The location table."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.locations.model import LocationKind
from domain.tables import Integer64, Json, enum_column

HoursJson = dict[str, list[dict[str, str | list[list[int]]]]]
"""{"weekly": [{"weekday", "intervals": [[opens, closes], …]}], "exceptions": [{"day", "reason", "intervals"}]}"""


class LocationRow(SQLModel, table=True):
    """A store or warehouse. Its hours are read and replaced as one value, so they are one column."""

    __tablename__ = "location"
    __table_args__ = (
        sa.CheckConstraint("latitude_microdegrees BETWEEN -90000000 AND 90000000", name="latitude"),
        sa.CheckConstraint("longitude_microdegrees BETWEEN -180000000 AND 180000000", name="longitude"),
        sa.Index("ix_location_place", "latitude_microdegrees", "longitude_microdegrees"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(max_length=32, unique=True)
    name: str = Field(max_length=120)
    kind: LocationKind = Field(sa_column=sa.Column(enum_column(LocationKind, "kind"), nullable=False))
    country: str = Field(max_length=2)
    region: str | None = Field(default=None, max_length=80)
    city: str = Field(max_length=120)
    postal_code: str | None = Field(default=None, max_length=20)
    line1: str = Field(max_length=200)
    line2: str | None = Field(default=None, max_length=200)
    addressee: str | None = Field(default=None, max_length=120)
    phone: str | None = Field(default=None, max_length=32)
    latitude_microdegrees: int = Field(sa_type=Integer64)
    longitude_microdegrees: int = Field(sa_type=Integer64)
    time_zone: str = Field(max_length=64)
    hours: HoursJson = Field(sa_type=Json)
    sells: bool
    offers_pickup: bool
    ships: bool
    receives_returns: bool
    priority: int = Field(sa_type=Integer64)
    active: bool
    version: int = Field(default=1, sa_type=Integer64)
