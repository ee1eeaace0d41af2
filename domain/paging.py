"""Keyset pages: positions are values of the sort key, so a page survives inserts and deletes around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.statements import Row, Statement

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
    return _sliced(page, len(rows), [build(row) for row in rows[: page.limit]])


class PagedStatement:
    """A list's statement compiled once for each way of cutting a page out of it."""

    def __init__(self, statement: sa.Select[Any], sort: Sequence[SortColumn]) -> None:
        self._statement = statement
        self.sort = sort
        self._made: dict[tuple[bool, bool, bool], Statement] = {}

    def fetch(self, conn: ReadConnection, page: Page, build: Callable[[Row], T], **values: object) -> Slice[T]:
        """One page in the sort order; `values` are the statement's own parameters. As `fetch_slice`.

        Raises:
            ValueError: a cursor does not fit this sort key.
        """
        for name, key in (("after", page.after), ("before", page.before)):
            if key is not None:
                values |= {f"{name}_{index}": value for index, value in enumerate(_bound(self.sort, key))}
        shape = (page.after is not None, page.before is not None, page.backwards)
        if shape not in self._made:
            self._made[shape] = self._cut(*shape)
        rows = self._made[shape].all(conn, page_limit=page.limit + 1, **values)
        return _sliced(page, len(rows), [build(row) for row in rows[: page.limit]])

    def _cut(self, after: bool, before: bool, backwards: bool) -> Statement:
        statement = self._statement
        for name, given in (("after", after), ("before", before)):
            if given:
                places = [
                    sa.bindparam(f"{name}_{index}", type_=item.column.type) for index, item in enumerate(self.sort)
                ]
                statement = statement.where(_past(self.sort, places, forwards=name == "after"))
        order = [item.column.desc() if item.descending != backwards else item.column.asc() for item in self.sort]
        return Statement(statement.order_by(*order).limit(sa.bindparam("page_limit", type_=sa.Integer())))


def _sliced(page: Page, found: int, items: list[T]) -> Slice[T]:
    more = found > page.limit
    if page.backwards:
        items.reverse()
        return Slice(items, has_next=page.before is not None, has_previous=more)
    return Slice(items, has_next=more, has_previous=page.after is not None)


def _bound(sort: Sequence[SortColumn], key: Sequence[KeyValue]) -> list[object]:
    if len(key) != len(sort):
        raise ValueError("the cursor has another number of columns")
    return [item.bind(value) for item, value in zip(sort, key, strict=True)]


def _beyond(sort: Sequence[SortColumn], key: Sequence[KeyValue], *, forwards: bool) -> sa.ColumnElement[bool]:
    return _past(sort, _bound(sort, key), forwards=forwards)


def _past(sort: Sequence[SortColumn], values: Sequence[object], *, forwards: bool) -> sa.ColumnElement[bool]:
    """The rows on one side of a position."""
    clauses: list[sa.ColumnElement[bool]] = []
    for index, item in enumerate(sort):
        value = values[index]
        passed = item.column < value if item.descending == forwards else item.column > value
        equal = [other.column == values[place] for place, other in enumerate(sort[:index])]
        clauses.append(sa.and_(*equal, passed))
    first = sort[0]
    # Implied by the rest, but only this lets an engine begin at the position instead of at the list's start.
    begins = first.column <= values[0] if first.descending == forwards else first.column >= values[0]
    return sa.and_(begins, sa.or_(*clauses))
