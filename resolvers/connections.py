"""Relay connections: bounded pages, opaque cursors bound to their list, and the generic types."""

import base64
import binascii
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Generic, TypeVar

import strawberry

from domain.paging import KeyValue, Page, Slice
from resolvers.errors import BadInput, InvalidCursor

NodeT = TypeVar("NodeT")
T = TypeVar("T")

PAGE_DEFAULT = 20
PAGE_MAX = 100
PAGES_KEPT = 1_000
_CURSOR_LENGTH_MAX = 1000

First = Annotated[
    int | None,
    strawberry.argument(
        description="How many items from the start, 1 to 100; 20 when neither `first` nor `last` is given."
    ),
]
After = Annotated[str | None, strawberry.argument(description="A cursor of this list: items after it, exclusive.")]
Last = Annotated[int | None, strawberry.argument(description="How many items from the end, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="A cursor of this list: items before it, exclusive.")]
Span = tuple[int | None, str | None, int | None, str | None]
"""first, after, last, before."""


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether items follow the page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede the page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null on an empty page.")


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[NodeT]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Opaque position of this item, for `after` and `before`.")
    node: NodeT = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[NodeT]):
    """Relay's connection; `nodes` is the short cut most clients want. Cursors are made when they are asked for."""

    cursors: strawberry.Private[Callable[[int], str]]
    has_next: strawberry.Private[bool]
    has_previous: strawberry.Private[bool]

    @strawberry.field(description="The page's items with their cursors.")
    def edges(self) -> list[Edge[NodeT]]:
        return [Edge(cursor=self.cursors(place), node=node) for place, node in enumerate(self.nodes)]

    nodes: list[NodeT] = strawberry.field(description="The page's items.")

    @strawberry.field(description="Where this page stands in the list.")
    def page_info(self) -> PageInfo:
        last = len(self.nodes) - 1
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=None if last < 0 else self.cursors(0),
            end_cursor=None if last < 0 else self.cursors(last),
        )


@lru_cache(PAGES_KEPT)
def page_of(list_name: str, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
    """The page a client asks for; remembered, since the first page of a list within a list is asked for once an item.

    `list_name` names list and sort order, so that a cursor of another list is refused.

    Raises:
        BadInput: both or out-of-range sizes.
        InvalidCursor: a cursor that is not of this list.
    """
    if first is not None and last is not None:
        raise BadInput("Give `first` or `last`, not both.")
    size = first if first is not None else last
    if size is None:
        size = PAGE_DEFAULT
    if not 1 <= size <= PAGE_MAX:
        raise BadInput(f"`first` and `last` go from 1 to {PAGE_MAX}.", maximum=PAGE_MAX)
    return Page(size, _decoded(list_name, after), _decoded(list_name, before), backwards=last is not None)


def connect(
    list_name: str, found: Slice[T], *, node: Callable[[T], NodeT], key: Callable[[T], tuple[KeyValue, ...]]
) -> Connection[NodeT]:
    """The connection of one page; `key` gives an item's sort key, from which its cursor is made."""
    return Connection(
        cursors=cursors_of(list_name, found, key),
        nodes=[node(item) for item in found.items],
        has_next=found.has_next,
        has_previous=found.has_previous,
    )


def cursors_of(list_name: str, found: Slice[T], key: Callable[[T], tuple[KeyValue, ...]]) -> Callable[[int], str]:
    """What gives the cursor of an item of a page by its place there, from 0."""
    return lambda place: _encoded(list_name, key(found.items[place]))


def _encoded(list_name: str, key: tuple[KeyValue, ...]) -> str:
    text = json.dumps([list_name, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decoded(list_name: str, cursor: str | None) -> tuple[KeyValue, ...] | None:
    if cursor is None:
        return None
    if len(cursor) > _CURSOR_LENGTH_MAX:
        raise InvalidCursor
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidCursor from None
    if not isinstance(parts, list) or not parts or parts[0] != list_name:
        raise InvalidCursor
    if not all(isinstance(part, str | int) for part in parts[1:]):
        raise InvalidCursor
    return tuple(parts[1:])
