"""All SQL of the change feed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.events.tables import ChangeRow
from domain.tables import table_of

_change = table_of(ChangeRow)


class Topic(StrEnum):
    """What can be watched. The key is the id of the object, or of the place for queues and availability."""

    ORDER = "order"
    CART = "cart"
    PICKUP_QUEUE = "pickup_queue"
    AVAILABILITY = "availability"
    WALLET = "wallet"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change: `sequence` grows, but a slow transaction may commit a smaller one later."""

    sequence: int
    topic: str
    key: str
    version: int


def publish(conn: WriteConnection, act: Act, topic: Topic, changes: Iterable[tuple[UUID, int]]) -> None:
    """Announce (object id, its new version) pairs when this transaction commits. No pairs, no statement."""
    rows = [
        {"topic": topic.value, "key": str(key), "version": version, "recorded_at": act.now} for key, version in changes
    ]
    if rows:
        conn.execute(sa.insert(_change), rows)


def after(conn: ReadConnection, sequence: int, *, limit: int = 1000) -> list[Change]:
    """Changes past `sequence`, in order, at most `limit`."""
    rows = conn.execute(
        sa.select(_change.c.id, _change.c.topic, _change.c.key, _change.c.version)
        .where(_change.c.id > sequence)
        .order_by(_change.c.id)
        .limit(limit)
    )
    return [Change(row.id, row.topic, row.key, row.version) for row in rows]


def newest(conn: ReadConnection) -> int:
    """The highest sequence so far; 0 when nothing has changed yet."""
    return int(conn.execute(sa.select(sa.func.coalesce(sa.func.max(_change.c.id), 0))).scalar_one())


def forget(conn: WriteConnection, before: datetime) -> int:
    """Delete changes that every live subscriber has long seen; returns how many."""
    return conn.execute(sa.delete(_change).where(_change.c.recorded_at < before)).rowcount
