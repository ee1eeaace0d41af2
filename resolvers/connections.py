"""Relay connections: bounded pages, opaque cursors bound to their list, and the generic types."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import strawberry

from domain.paging import KeyValue, Page, Slice
from resolvers.errors import BadInput, InvalidCursor

NodeT = TypeVar("NodeT")
T = TypeVar("T")

PAGE_DEFAULT = 20
PAGE_MAX = 100
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
    """Relay's connection; `nodes` is the short cut most clients want."""

    edges: list[Edge[NodeT]] = strawberry.field(description="The page's items with their cursors.")
    nodes: list[NodeT] = strawberry.field(description="The page's items.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")


def page_of(list_name: str, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
    """The page a client asks for.

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
    nodes = [node(item) for item in found.items]
    edges = [
        Edge(cursor=_encoded(list_name, key(item)), node=made) for item, made in zip(found.items, nodes, strict=True)
    ]
    return Connection(
        edges=edges,
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=found.has_next,
            has_previous_page=found.has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


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
