"""All SQL of card readers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.card_readers.errors import CardReaderNotFound
from domain.card_readers.model import CardReader, CardReaderId
from domain.card_readers.tables import CardReaderRow
from domain.connections import ReadConnection, WriteConnection
from domain.tables import table_of

_reader = table_of(CardReaderRow)


def readers(conn: ReadConnection, ids: Sequence[CardReaderId]) -> Mapping[CardReaderId, CardReader]:
    """Readers by id, removed or not."""
    rows = conn.execute(sa.select(_reader).where(_reader.c.id.in_(ids)))
    return {found.id: found for found in map(_built, rows)}


def one(conn: ReadConnection, reader_id: CardReaderId) -> CardReader:
    """A reader.

    Raises:
        CardReaderNotFound: there is none.
    """
    found = readers(conn, [reader_id]).get(reader_id)
    if found is None:
        raise CardReaderNotFound
    return found


def of_location(conn: ReadConnection, location_id: UUID) -> Sequence[CardReader]:
    """The readers that a location uses, by label."""
    query = sa.select(_reader).where(_reader.c.location_id == location_id, _reader.c.removed_at.is_(None))
    return [_built(row) for row in conn.execute(query.order_by(_reader.c.label, _reader.c.id))]


def save(conn: WriteConnection, made: CardReader) -> CardReader | None:
    """Write a reader, or revive the one of this device when it was removed; None when another store uses it."""
    values = {column.name: getattr(made, column.name) for column in _reader.c}
    changed = {name: values[name] for name in ("location_id", "label", "registered_at", "removed_at")}
    statement = insert(_reader).values(values)
    saved = statement.on_conflict_do_update(
        index_elements=["provider_reference"],
        set_=changed,
        where=sa.or_(_reader.c.removed_at.is_not(None), _reader.c.location_id == made.location_id),
    )
    row = conn.execute(saved.returning(*_reader.c)).one_or_none()
    return None if row is None else _built(row)


def remove(conn: WriteConnection, reader_id: CardReaderId, now: datetime) -> CardReader:
    """Mark a reader removed, once.

    Raises:
        CardReaderNotFound: there is none.
    """
    first = sa.func.coalesce(_reader.c.removed_at, now, type_=_reader.c.removed_at.type)
    changed = sa.update(_reader).where(_reader.c.id == reader_id).values(removed_at=first).returning(*_reader.c)
    row = conn.execute(changed).one_or_none()
    if row is None:
        raise CardReaderNotFound
    return _built(row)


def _built(row: sa.Row[*tuple[Any, ...]]) -> CardReader:
    return CardReader(**row._asdict())
