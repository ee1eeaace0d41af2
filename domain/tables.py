"""What every table shares: column types that mean the same on both engines, and names that migrations can find.

`int` would be 32 bits on PostgreSQL, an enumeration would be a native type that stores member names, and SQLite forgets
time zones; these columns settle each of them once.
"""

from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = SQLModel.metadata


def table_of(row: type[SQLModel]) -> sa.Table:
    """The Core table of a row class; stores write their SQL on this, and rows never leave them."""
    return metadata.tables[str(row.__tablename__)]


Integer64 = sa.BigInteger
"""Money, points, quantities and versions."""

Serial64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A key the database counts up; SQLite counts only plain INTEGER keys."""

Json = sa.JSON(none_as_null=True)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC time: timestamptz on PostgreSQL, naive UTC text on SQLite, aware UTC in Python."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a time without a zone is our mistake"
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(enum: type[StrEnum], name: str) -> sa.Enum:
    """A column type for a closed enumeration: text of the values, held by a CHECK named `name`, never a native type."""
    return sa.Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def violated_constraint(error: sa.exc.IntegrityError) -> str:
    """What a violated constraint is called: its name on PostgreSQL, "table.column, table.column" or its CHECK's name on SQLite.

    Stores compare it with `in`, so that a race and a check are refused alike. Empty when the driver does not say.
    """
    original = error.orig
    diagnostics = getattr(original, "diag", None) or getattr(original, "__cause__", None)
    name = getattr(diagnostics, "constraint_name", None)
    if name:
        return str(name)
    return str(original).partition("constraint failed: ")[2]
