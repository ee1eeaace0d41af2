"""Register sessions, their entries and counts."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.registers.model import EntryKind
from domain.tables import Integer64, UtcDateTime, enum_column

_OPEN = sa.text("closed_at IS NULL")


class RegisterSessionRow(SQLModel, table=True):
    """One till's drawer. Who moves cash holds this row shared, who takes cash out or closes holds it alone."""

    __tablename__ = "register_session"
    __table_args__ = (
        sa.Index("uq_register_session_open", "terminal_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.UniqueConstraint("terminal_id", "number", name="uq_register_session_number"),
        sa.Index("ix_register_session_location_id", "location_id", "id"),
        sa.CheckConstraint("number > 0 AND float_minor >= 0", name="amounts"),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (counted_minor IS NULL)"
            " AND (closed_at IS NULL) = (expected_minor IS NULL)",
            name="closing",
        ),
    )

    id: UUID = Field(primary_key=True)
    terminal_id: UUID
    location_id: UUID = Field(foreign_key="location.id")
    number: int = Field(sa_type=Integer64)
    currency: str = Field(max_length=3)
    float_minor: int = Field(sa_type=Integer64)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    opened_by: str = Field(max_length=80)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = Field(default=None, max_length=80)
    counted_minor: int | None = Field(default=None, sa_type=Integer64)
    expected_minor: int | None = Field(default=None, sa_type=Integer64)
    note: str = Field(default="", max_length=200)


class RegisterEntryRow(SQLModel, table=True):
    """Cash in or out of a drawer. Rows are only added."""

    __tablename__ = "register_entry"
    __table_args__ = (
        sa.Index("ix_register_entry_session_id", "session_id", "id"),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('SALE', 'PAID_IN') THEN amount_minor >= 0 ELSE amount_minor <= 0 END", name="direction"
        ),
    )

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(foreign_key="register_session.id")
    kind: EntryKind = Field(sa_column=sa.Column(enum_column(EntryKind, "kind"), nullable=False))
    amount_minor: int = Field(sa_type=Integer64)
    source_id: UUID = Field(unique=True)
    reason: str = Field(default="", max_length=200)
    actor_id: str = Field(max_length=80)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CashCountRow(SQLModel, table=True):
    """What somebody found in a drawer. Rows are only added."""

    __tablename__ = "cash_count"
    __table_args__ = (sa.CheckConstraint("counted_minor >= 0 AND entries >= 0", name="amounts"),)

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(foreign_key="register_session.id", index=True)
    counted_minor: int = Field(sa_type=Integer64)
    expected_minor: int = Field(sa_type=Integer64)
    entries: int = Field(sa_type=Integer64)
    actor_id: str = Field(max_length=80)
    counted_at: datetime = Field(sa_type=UtcDateTime)
