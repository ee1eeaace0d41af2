"""Writes to several tables in one round trip, where the engine can.

PostgreSQL takes INSERTs and UPDATEs as parts of one statement (`WITH a AS (INSERT …), b AS (UPDATE …) …`), and a round trip
costs more than most of the writes themselves. Elsewhere each statement runs for itself. The parts see the database as it was
before all of them, their order is the engine's, and foreign keys are checked after all of them: so no part may read or change
a row that another one writes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.connections import WriteConnection
from domain.drivers import driver_of
from domain.statements import Compiled, Statement

Rows = Sequence[Mapping[str, object]]
Write = tuple[Statement, Rows]

UPDATES_MAX = 4
"""Rows of one UPDATE that become parts; more of them are pipelined by themselves."""
TEXTS_MAX = 1_000

_INSERT = re.compile(r"(?P<head>INSERT INTO .+?\)) VALUES \((?P<values>.+)\)(?P<rest> ON CONFLICT .+)?", re.DOTALL)
_RETURNING = re.compile(r" RETURNING [^)]+\Z")
_NUMBER = re.compile(r"\$(\d+)")
_PLACE = re.compile(r"\$\d+(?:::(?P<type>[A-Z ]+))?")
_SENT_AS_TEXT = frozenset({None, "VARCHAR", "JSON"})
"""Types whose lists are sent as texts: the engine finds the column's own type."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a joined statement: its text with places from $1, and their values."""

    text: str
    values: Sequence[object]


def write_together(conn: WriteConnection, writes: Sequence[Write]) -> None:
    """Run each statement once for each of its rows; one without rows is left out.

    One that cannot be a part runs between those before it and those after it, so that a row's parent is always there first.

    Raises:
        sqlalchemy.exc.IntegrityError: one of them violates a constraint.
    """
    parts: list[_Part] = []
    for statement, rows in writes:
        made = list(_parts(statement.on(conn), rows)) if rows else []
        if rows and not made:
            _run(conn, parts)
            parts = []
            statement.many(conn, rows)
        parts += made
    _run(conn, parts)


def _run(conn: WriteConnection, parts: Sequence[_Part]) -> None:
    if parts:
        text = _joined(tuple((part.text, len(part.values)) for part in parts))
        driver_of(conn.dialect).touch(conn, text, [value for part in parts for value in part.values])


def _parts(compiled: Compiled, rows: Rows) -> Iterator[_Part]:
    """The parts that write these rows; none when they cannot be parts."""
    if not compiled.driver.joins:
        return
    if len(rows) == 1 or (compiled.text.startswith("UPDATE") and len(rows) <= UPDATES_MAX):
        for row in rows:
            yield _Part(_alone(compiled.text), compiled.listed(row))
        return
    listed = _listed(compiled.text)
    if listed is not None:
        yield _Part(listed, [list(column) for column in zip(*map(compiled.listed, rows), strict=True)])


@lru_cache(TEXTS_MAX)
def _joined(parts: tuple[tuple[str, int], ...]) -> str:
    """One statement of several; each part's places count on from those before it."""
    texts, before = [], 0
    for text, count in parts:
        texts.append(_NUMBER.sub(lambda place, before=before: f"${int(place[1]) + before}", text))  # type: ignore[misc]  # a default binds it
        before += count
    *first, last = texts
    if not first:
        return last
    named = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(first))
    return f"WITH {named} {last}"


@lru_cache(TEXTS_MAX)
def _alone(text: str) -> str:
    return _RETURNING.sub("", text)


@lru_cache(TEXTS_MAX)
def _listed(text: str) -> str | None:
    """An INSERT of one row as an INSERT of as many as its places have values; None for anything else.

    >>> _listed("INSERT INTO t (a, b) VALUES ($1::UUID, $2::JSON) ON CONFLICT (a) DO NOTHING")
    'INSERT INTO t (a, b) SELECT v1, v2::JSON FROM unnest($1::UUID[], $2::text[]) AS v (v1, v2) ON CONFLICT (a) DO NOTHING'
    """
    found = _INSERT.fullmatch(_alone(text))
    places = [_PLACE.fullmatch(place) for place in found["values"].split(", ")] if found else [None]
    if found is None or not all(places):
        return None
    types = [place["type"] for place in places if place]
    names = [f"v{number}" for number in range(1, len(types) + 1)]
    columns = [f"{name}::JSON" if type_ == "JSON" else name for name, type_ in zip(names, types, strict=True)]
    lists = [
        f"${number}::{'text' if type_ in _SENT_AS_TEXT else type_}[]" for number, type_ in enumerate(types, start=1)
    ]
    source = f"SELECT {', '.join(columns)} FROM unnest({', '.join(lists)}) AS v ({', '.join(names)})"  # noqa: S608 - parts of a compiled text
    return f"{found['head']} {source}{found['rest'] or ''}"
