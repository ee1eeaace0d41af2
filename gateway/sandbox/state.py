"""The sandbox's memory: objects and answered idempotency keys, in one SQLite file or in memory."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]
"""A Stripe object as it stands on the wire."""


class Memory:
    """Objects by id, in the order they were made. Every request's changes are kept together or not at all."""

    def __init__(self, file: Path | None) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._database.executescript(
            "PRAGMA journal_mode=wal; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS object (number INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, body TEXT);"
            "CREATE INDEX IF NOT EXISTS object_kind ON object (kind, number);"
            "CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, fingerprint TEXT, status INTEGER, body TEXT);"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One request's changes."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def add(self, made: Object) -> Object:
        """Remember a new object."""
        self._database.execute(
            "INSERT INTO object (id, kind, body) VALUES (?, ?, ?)", (made["id"], made["object"], json.dumps(made))
        )
        return made

    def save(self, changed: Object) -> Object:
        """Remember what became of an object."""
        self._database.execute("UPDATE object SET body = ? WHERE id = ?", (json.dumps(changed), changed["id"]))
        return changed

    def find(self, identifier: str) -> Object | None:
        """An object by id."""
        with self._lock:
            row = self._database.execute("SELECT body FROM object WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else self._parsed(row[0])

    def newest_first(self, kind: str, admits: Callable[[Object], bool]) -> Iterator[Object]:
        """Objects of a kind, the newest first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT body FROM object WHERE kind = ? ORDER BY number DESC", (kind,)
            ).fetchall()
        return (found for (body,) in rows if admits(found := self._parsed(body)))

    def answered(self, key: str) -> tuple[str, int, Object] | None:
        """What a key was answered with: the request's fingerprint, the status and the body."""
        row = self._database.execute("SELECT fingerprint, status, body FROM answer WHERE key = ?", (key,)).fetchone()
        return None if row is None else (row[0], row[1], self._parsed(row[2]))

    def answer(self, key: str, fingerprint: str, status: int, body: Object) -> None:
        """Remember what a key was answered with."""
        self._database.execute("INSERT INTO answer VALUES (?, ?, ?, ?)", (key, fingerprint, status, json.dumps(body)))

    def forget_answers(self) -> None:
        """As after a day: keys are free again."""
        with self._lock:
            self._database.execute("DELETE FROM answer")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    @staticmethod
    def _parsed(text: str) -> Object:
        parsed: Object = json.loads(text)
        return parsed
