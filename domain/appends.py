"""Rows that a command only adds and never reads again: gathered while it runs, one statement a table when it ends.

The change feed, the outbox, timelines and stock movements are such logs. One command writes to them from several rooms;
written as they come, each would be a statement of its own. A port opens a gathering around every command (`gathered`).
On a connection without one (a script, a test of one service) rows are written at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from domain.connections import WriteConnection
from domain.joining import write_together
from domain.statements import Statement

Row = Mapping[str, object]

_GATHERING = "tillway.gathering"


@dataclass(slots=True)
class _Gathering:
    """What one transaction has to append, by the log's INSERT, in the order of their first rows."""

    rows: dict[Statement, list[Row]] = field(default_factory=dict)

    def lengths(self) -> dict[Statement, int]:
        return {log: len(rows) for log, rows in self.rows.items()}

    def cut(self, lengths: Mapping[Statement, int]) -> None:
        self.rows = {log: rows[: lengths[log]] for log, rows in self.rows.items() if lengths.get(log)}


def append(conn: WriteConnection, log: Statement, rows: Sequence[Row]) -> None:
    """Append rows to a log, named by its INSERT, when the command ends; at once where nothing gathers."""
    if not rows:
        return
    gathering = _of(conn)
    if gathering is None:
        log.many(conn, rows)
    else:
        gathering.rows.setdefault(log, []).extend(rows)


@contextmanager
def gathered(conn: WriteConnection) -> Iterator[None]:
    """Gather what is appended inside and write it at the end; after an exception nothing of it is left."""
    gathering = conn.info[_GATHERING] = _Gathering()
    try:
        yield
        write_together(conn, list(gathering.rows.items()))
    finally:
        # The dictionary outlives the transaction: it belongs to the pooled connection.
        del conn.info[_GATHERING]


@contextmanager
def savepoint(conn: WriteConnection) -> Iterator[None]:
    """A part of a command that may fail by itself: its statements are undone and its appended rows forgotten."""
    gathering = _of(conn)
    lengths = {} if gathering is None else gathering.lengths()
    try:
        with conn.begin_nested():
            yield
    except BaseException:
        if gathering is not None:
            gathering.cut(lengths)
        raise


def _of(conn: WriteConnection) -> _Gathering | None:
    found: _Gathering | None = conn.info.get(_GATHERING)
    return found
