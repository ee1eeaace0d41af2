"""Global object identification: `node`, `nodes`, and who may see what behind an id."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput, InvalidId
from resolvers.ids import parse_global_id

NODES_MAX = 100


@strawberry.interface(description="An object that can be fetched again by its id.")
class Node:
    """Relay's node."""

    id: strawberry.ID = strawberry.field(description="Opaque, global and stable. Store it as it is.")


NodeFetch = Callable[[Context, Sequence[UUID]], Awaitable[Sequence[Node | None]]]

_fetches: dict[str, NodeFetch] = {}


def register(type_name: str, fetch: NodeFetch) -> None:
    """Say how objects of a type are fetched. `fetch` gives, in order, None for what is absent or not the caller's."""
    assert type_name not in _fetches, f"{type_name} is registered twice"
    _fetches[type_name] = fetch


async def fetch_nodes(ctx: Context, ids: Sequence[str]) -> list[Node | None]:
    """The objects behind ids of any types, in order; one batch per type.

    Raises:
        InvalidId: an id is malformed or of an unknown type.
    """
    by_type: dict[str, list[tuple[int, UUID]]] = defaultdict(list)
    for position, text in enumerate(ids):
        type_name, key = parse_global_id(text)
        if type_name not in _fetches:
            raise InvalidId("Node")
        try:
            by_type[type_name].append((position, UUID(hex=key)))
        except ValueError:
            raise InvalidId(type_name) from None
    found: list[Node | None] = [None] * len(ids)
    for type_name, wanted in by_type.items():
        objects = await _fetches[type_name](ctx, [key for _, key in wanted])
        for (position, _), value in zip(wanted, objects, strict=True):
            found[position] = value
    return found


@strawberry.type
class NodesQuery:
    """Fetching by id."""

    @strawberry.field(description="Any object by its id; null when it does not exist or is not yours to see.")
    async def node(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID, strawberry.argument(description="An id as this API gave it.")],
    ) -> Node | None:
        return (await fetch_nodes(info.context, [id]))[0]

    @strawberry.field(description="Objects by their ids, in order, null for what is absent or not yours. At most 100.")
    async def nodes(
        self,
        info: ContextInfo,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids as this API gave them.")],
    ) -> list[Node | None]:
        if len(ids) > NODES_MAX:
            raise BadInput(f"Ask for at most {NODES_MAX} nodes at once.", maximum=NODES_MAX)
        return await fetch_nodes(info.context, ids)
