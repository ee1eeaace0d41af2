"""Keyset pages: positions are values of the sort key, so a page survives inserts and deletes around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa

from domain.connections import ReadConnection

T = TypeVar("T")

KeyValue = str | int | None


@dataclass(frozen=True, slots=True)
class Page:
    """A request for part of a sorted list.

    Attributes:
        limit: how many items at most, already bounded by the caller.
        after: sort key of the item before the page's first, exclusive; None from the start.
        before: sort key of the item behind the page's last, exclusive; None to the end.
        backwards: take the items nearest to the end of the range; they still come in list order.
    """

    limit: int
    after: tuple[KeyValue, ...] | None = None
    before: tuple[KeyValue, ...] | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page: items in list order, and whether the list goes on at either side."""

    items: Sequence[T]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column of the sort key. The last one must be unique, and none may be NULL.

    `bind` turns a cursor's text or number into the column's own type (a UUID, a time).
    """

    column: sa.ColumnElement[object]
    descending: bool = False
    bind: Callable[[KeyValue], object] = lambda value: value


def fetch_slice(
    conn: ReadConnection,
    statement: sa.Select[*tuple[object, ...]],
    sort: Sequence[SortColumn],
    page: Page,
    build: Callable[[sa.Row[*tuple[object, ...]]], T],
) -> Slice[T]:
    """Run `statement` for one page in `sort` order and build its items; one statement, one row more than the limit.

    Raises:
        ValueError: a cursor does not fit this sort key; the resolver turns it into `InvalidCursor`.
    """
    if page.after is not None:
        statement = statement.where(_beyond(sort, page.after, forwards=True))
    if page.before is not None:
        statement = statement.where(_beyond(sort, page.before, forwards=False))
    order = [item.column.desc() if item.descending != page.backwards else item.column.asc() for item in sort]
    rows = conn.execute(statement.order_by(*order).limit(page.limit + 1)).all()
    more = len(rows) > page.limit
    items = [build(row) for row in rows[: page.limit]]
    if page.backwards:
        items.reverse()
        return Slice(items, has_next=page.before is not None, has_previous=more)
    return Slice(items, has_next=more, has_previous=page.after is not None)


def _beyond(sort: Sequence[SortColumn], key: Sequence[KeyValue], *, forwards: bool) -> sa.ColumnElement[bool]:
    if len(key) != len(sort):
        raise ValueError("the cursor has another number of columns")
    clauses: list[sa.ColumnElement[bool]] = []
    for index, item in enumerate(sort):
        value = item.bind(key[index])
        passed = item.column < value if item.descending == forwards else item.column > value
        equal = [other.column == other.bind(key[i]) for i, other in enumerate(sort[:index])]
        clauses.append(sa.and_(*equal, passed))
    return sa.or_(*clauses)
