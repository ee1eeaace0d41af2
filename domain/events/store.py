"""All SQL of the change feed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from domain.acts import Act
from domain.appends import append
from domain.connections import ReadConnection, WriteConnection
from domain.events.tables import ChangeRow
from domain.statements import Statement, inserting, one_of
from domain.tables import table_of

_change = table_of(ChangeRow)
_LOG = Statement(inserting(_change, "topic", "key", "version", "recorded_at"))
_CHANGES = sa.select(_change.c.id, _change.c.topic, _change.c.key, _change.c.version).order_by(_change.c.id)
_AFTER = Statement(_CHANGES.where(_change.c.id > sa.bindparam("sequence")).limit(sa.bindparam("size")))
_NAMED = Statement(_CHANGES.where(one_of(_change.c.id, "sequences")))


PENDING = "tillway.changes"
"""Where a connection keeps what its open transaction announces, when the port that opened it wants to know."""


class Topic(StrEnum):
    """What can be watched. The key is the id of the object, or of the place for queues and availability.

    PRODUCT is everything a product shows: its words, variants, images, prices and publications. CATALOG is what lists
    and groups products: a new channel, category or collection. LOCATION is a place's own values. TRUSTED_DOCUMENTS tells
    that some were withdrawn, under a key that names the withdrawal.
    """

    ORDER = "order"
    CART = "cart"
    PICKUP_QUEUE = "pickup_queue"
    AVAILABILITY = "availability"
    WALLET = "wallet"
    RETURN = "return"
    PRODUCT = "product"
    CATALOG = "catalog"
    LOCATION = "location"
    TRUSTED_DOCUMENTS = "trusted_documents"


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change: `sequence` grows, but a slow transaction may commit a smaller one later.

    What a port hands on at its own commit has the sequence 0, since nothing has read the row yet.
    """

    sequence: int
    topic: str
    key: str
    version: int


def publish(conn: WriteConnection, act: Act, topic: Topic, changes: Iterable[tuple[UUID, int]]) -> None:
    """Announce (object id, its new version) pairs when this transaction commits. No pairs, no statement."""
    made = [Change(0, topic.value, str(key), version) for key, version in changes]
    append(
        conn,
        _LOG,
        [
            {"topic": change.topic, "key": change.key, "version": change.version, "recorded_at": act.now}
            for change in made
        ],
    )
    pending = conn.info.get(PENDING)
    if pending is not None:
        pending.extend(made)


def touch(conn: WriteConnection, act: Act, topic: Topic, keys: Iterable[UUID]) -> None:
    """Announce objects that carry no version of their own; the moment of the change stands for it."""
    microseconds = (act.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    publish(conn, act, topic, [(key, microseconds) for key in sorted(set(keys))])


def after(conn: ReadConnection, sequence: int, *, limit: int = 1000) -> list[Change]:
    """Changes past `sequence`, in order, at most `limit`."""
    return [Change(*row[:]) for row in _AFTER.all(conn, sequence=sequence, size=limit)]


def of_sequences(conn: ReadConnection, sequences: Collection[int]) -> list[Change]:
    """The changes of these sequences that are committed by now, in order."""
    return [Change(*row[:]) for row in _NAMED.all(conn, sequences=list(sequences))]


def newest(conn: ReadConnection) -> int:
    """The highest sequence so far; 0 when nothing has changed yet."""
    return int(conn.execute(sa.select(sa.func.coalesce(sa.func.max(_change.c.id), 0))).scalar_one())


def forget(conn: WriteConnection, before: datetime) -> int:
    """Delete changes that every live subscriber has long seen; returns how many.

    The newest stays, since SQLite would give its sequence out again and every relay stands past it.
    """
    newest = sa.select(sa.func.max(_change.c.id)).scalar_subquery()
    return conn.execute(sa.delete(_change).where(_change.c.recorded_at < before, _change.c.id < newest)).rowcount
