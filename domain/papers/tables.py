"""Legal entities, their series, and papers."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.papers.model import PaperKind
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class LegalEntityRow(SQLModel, table=True):
    """Who sells."""

    __tablename__ = "legal_entity"

    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=120)
    prefix: str = Field(max_length=8, unique=True)
    address: list[str] = Field(sa_type=Json)
    tax_numbers: list[str] = Field(sa_type=Json)
    footer: str = Field(default="", max_length=500)


class LegalEntityChannelRow(SQLModel, table=True):
    """Which entity sells in a channel."""

    __tablename__ = "legal_entity_channel"

    sales_channel_id: UUID = Field(primary_key=True, foreign_key="sales_channel.id")
    legal_entity_id: UUID = Field(foreign_key="legal_entity.id", index=True)


class PaperSeriesRow(SQLModel, table=True):
    """The last number of a series. Who issues locks this row until the paper is written."""

    __tablename__ = "paper_series"
    __table_args__ = (sa.CheckConstraint("last_number >= 0", name="last_number"),)

    legal_entity_id: UUID = Field(primary_key=True, foreign_key="legal_entity.id")
    kind: PaperKind = Field(sa_column=sa.Column(enum_column(PaperKind, "kind"), primary_key=True))
    last_number: int = Field(default=0, sa_type=Integer64)


class PaperRow(SQLModel, table=True):
    """An issued paper, as it was. Rows are only added."""

    __tablename__ = "paper"
    __table_args__ = (
        sa.CheckConstraint("number > 0", name="number"),
        sa.UniqueConstraint("legal_entity_id", "kind", "number", name="uq_paper_number"),
        sa.UniqueConstraint("kind", "source", name="uq_paper_source"),
    )

    id: UUID = Field(primary_key=True)
    kind: PaperKind = Field(sa_column=sa.Column(enum_column(PaperKind, "kind"), nullable=False))
    legal_entity_id: UUID = Field(foreign_key="legal_entity.id")
    number: int = Field(sa_type=Integer64)
    name: str = Field(max_length=40)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    source: str = Field(max_length=120)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    content: str = Field(sa_type=sa.Text)
