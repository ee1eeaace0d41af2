"""SQLite's ids: texts of 32 hexadecimal digits."""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa

from domain.uuids import uuid_of


class TextUuid(sa.Uuid[UUID]):
    """A UUID without a type of the database's own, made faster than SQLAlchemy makes it."""

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[UUID | None], str | None]:
        """Digits of an id."""
        return _digits

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[str | None], UUID | None]:
        """The id of digits."""
        return _made


def _digits(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _made(digits: str | None) -> UUID | None:
    return None if digits is None else uuid_of(digits)
