"""The sandbox's memory: one SQLite database, in a file or in memory.

A request is one transaction and is answered after its commit, so that a killed process forgets nothing it acknowledged.
SQLite serializes writers, so two sandbox processes on one file see one account.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.sandbox.resources import Resource, decode, encode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resource (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS resource_kind ON resource (kind, position);
CREATE INDEX IF NOT EXISTS resource_payment_intent ON resource (kind, json_extract(body, '$.payment_intent'), position);
CREATE TABLE IF NOT EXISTS reply (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
    event_id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS settlement (
    refund_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    due_at INTEGER
);
"""
_TABLES = ("resource", "reply", "delivery", "settlement")


@dataclass(frozen=True, slots=True)
class Reply:
    """A saved answer and the fingerprint of the request it answered."""

    fingerprint: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to the webhook; `attempts` were made, the next is due at `due_at`."""

    event_id: str
    attempts: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources of a kind to list: exact values of members, inclusive bounds of `created`, members of metadata."""

    kind: str
    members: Mapping[str, str | int | None]
    created_from: int | None = None
    created_to: int | None = None
    metadata: Mapping[str, str] | None = None
    types: Sequence[str] = ()


class Store:
    """Rows of the sandbox. Call every method inside `transaction`."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.execute("PRAGMA journal_mode=wal")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction, from any thread; an exception rolls it back."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Work within the transaction that an exception takes back, leaving the transaction open."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._connection.execute("RELEASE attempt")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def clear(self) -> None:
        """Forget everything."""
        for table in _TABLES:
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names

    def save(self, resource: Resource) -> None:
        """Insert or replace by id."""
        self._connection.execute(
            "INSERT INTO resource (id, kind, created, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (resource.id, resource.object, resource.created, encode(resource)),
        )

    def find(self, resource_id: str) -> Resource | None:
        row = self._connection.execute("SELECT kind, body FROM resource WHERE id = ?", (resource_id,)).fetchone()
        return None if row is None else decode(*row)

    def select(
        self, selection: Selection, *, limit: int, after: str | None = None, before: str | None = None
    ) -> list[Resource]:
        """Resources newest first: the first `limit` after a given id, or the last `limit` before one."""
        where, values = _conditions(selection)
        if after is not None:
            where.append("position < (SELECT position FROM resource WHERE id = ?)")
            values.append(after)
        if before is not None:
            where.append("position > (SELECT position FROM resource WHERE id = ?)")
            values.append(before)
        direction = "ASC" if before is not None else "DESC"
        rows = self._connection.execute(
            f"SELECT kind, body FROM resource WHERE {' AND '.join(where)} ORDER BY position {direction} LIMIT ?",  # noqa: S608 - conditions hold only placeholders
            (*values, limit),
        ).fetchall()
        found = [decode(kind, body) for kind, body in rows]
        return found[::-1] if before is not None else found

    def of_kind(self, kind: str) -> list[Resource]:
        """Every resource of a kind, the oldest first."""
        rows = self._connection.execute("SELECT kind, body FROM resource WHERE kind = ? ORDER BY position", (kind,))
        return [decode(*row) for row in rows]

    def reply(self, key: str, since: int) -> Reply | None:
        """The answer saved under an idempotency key, unless older than `since`."""
        row = self._connection.execute(
            "SELECT fingerprint, status, body FROM reply WHERE key = ? AND at >= ?", (key, since)
        ).fetchone()
        return None if row is None else Reply(*row)

    def forget_replies(self) -> None:
        self._connection.execute("DELETE FROM reply")

    def save_reply(self, key: str, reply: Reply, at: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO reply (key, fingerprint, status, body, at) VALUES (?, ?, ?, ?, ?)",
            (key, reply.fingerprint, reply.status, reply.body, at),
        )

    def enqueue(self, event_id: str, due_at: int) -> None:
        """Owe the webhook an event, the oldest event first."""
        self._connection.execute(
            "INSERT OR REPLACE INTO delivery (event_id, position, attempts, due_at) "
            "SELECT id, position, 0, ? FROM resource WHERE id = ?",
            (due_at, event_id),
        )

    def deliveries(self) -> list[Delivery]:
        """What the webhook is owed, the oldest event first."""
        rows = self._connection.execute("SELECT event_id, attempts, due_at FROM delivery ORDER BY position")
        return [Delivery(*row) for row in rows]

    def reschedule(self, delivery: Delivery) -> None:
        self._connection.execute(
            "UPDATE delivery SET attempts = ?, due_at = ? WHERE event_id = ?",
            (delivery.attempts, delivery.due_at, delivery.event_id),
        )

    def delivered(self, event_id: str) -> None:
        self._connection.execute("DELETE FROM delivery WHERE event_id = ?", (event_id,))

    def plan_settlement(self, refund_id: str, status: str, due_at: int | None) -> None:
        """Settle a refund later: at a time, or, without one, when told to."""
        self._connection.execute("INSERT OR REPLACE INTO settlement VALUES (?, ?, ?)", (refund_id, status, due_at))

    def settlements(self, due_by: int | None) -> list[tuple[str, str]]:
        """Refund ids and the statuses they settle to, of those due by a time; all of them without one."""
        rows = self._connection.execute(
            "SELECT refund_id, status FROM settlement WHERE ?1 IS NULL OR due_at <= ?1 ORDER BY rowid", (due_by,)
        )
        return [(str(refund_id), str(status)) for refund_id, status in rows]

    def settled(self, refund_id: str) -> None:
        self._connection.execute("DELETE FROM settlement WHERE refund_id = ?", (refund_id,))

    def next_due(self, *, deliveries: bool) -> int | None:
        """When the next settlement is due, or the next delivery when those count; None when none is planned for a time."""
        planned = "SELECT due_at FROM settlement"
        if deliveries:
            planned += " UNION ALL SELECT due_at FROM delivery"
        row = self._connection.execute(f"SELECT min(due_at) FROM ({planned})").fetchone()  # noqa: S608 - our own text
        return None if row[0] is None else int(row[0])


def _conditions(selection: Selection) -> tuple[list[str], list[str | int | None]]:
    where = ["kind = ?"]
    bound: list[str | int | None] = [selection.kind]
    for member, value in selection.members.items():
        # The member is one of ours, written into the text so that the index on it is used.
        where.append(f"json_extract(body, '$.{member}') = ?")
        bound.append(value)
    for key, value in (selection.metadata or {}).items():
        where.append("EXISTS (SELECT 1 FROM json_each(body, '$.metadata') WHERE key = ? AND value = ?)")
        bound += [key, value]
    if selection.created_from is not None:
        where.append("created >= ?")
        bound.append(selection.created_from)
    if selection.created_to is not None:
        where.append("created <= ?")
        bound.append(selection.created_to)
    if selection.types:
        where.append(f"json_extract(body, '$.type') IN ({','.join('?' * len(selection.types))})")
        bound += selection.types
    return where, bound
