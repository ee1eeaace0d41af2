"""A Strawberry schema whose fields answer whole levels, and its twin that asks the same functions parent by parent.

The compiled executor runs the first, graphql-core's executor the second: a batch must never be told from single answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Annotated, Any, Union
from zlib import crc32

import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from strawberry.dataloader import DataLoader

from resolvers.batching import Batch, batch_field, batch_of
from tests.conformance.fuzz.data import Mood


@dataclass
class Level:
    """The context: the case's mood, the places asked for, and what Strawberry's loaders need."""

    mood: Mood
    calls: list[str] = field(default_factory=list)
    loaders: dict[object, DataLoader[Any, Any]] = field(default_factory=dict)

    def chance(self, seed: int, name: str, *arguments: object) -> Random:
        """The luck of one parent's field."""
        here = f"{seed}.{name}{arguments}"
        self.calls.append(here)
        return Random(crc32(here.encode()))

    def missing(self, rnd: Random) -> bool:
        return rnd.random() < 0.1 * self.mood.bad

    def refused(self, rnd: Random) -> Exception | None:
        return RuntimeError(f"boom {rnd.randrange(9)}") if rnd.random() < 0.05 * self.mood.bad else None


@strawberry.type
class Leaf:
    seed: strawberry.Private[int]
    number: int

    @batch_field()
    @staticmethod
    def owner(parents: Sequence["Leaf"], context: Level) -> Sequence[Union["Node", Exception]]:
        return [_node(context, parent.seed, "owner") for parent in parents]


@strawberry.type
class Node:
    seed: strawberry.Private[int]
    id: strawberry.ID
    note: str | None

    @strawberry.field
    def plain(self, info: strawberry.Info, n: int = 1) -> list["Node"]:
        return [_made(self.seed + place) for place in range(n)]

    @strawberry.field
    async def later(self, info: strawberry.Info) -> "Node | None":
        await asyncio.sleep(0)
        rnd = info.context.chance(self.seed, "later")
        return None if info.context.missing(rnd) else _made(rnd.getrandbits(16))

    @batch_field()
    @staticmethod
    async def kids(parents: Sequence["Node"], context: Level, n: int = 2) -> Sequence[list["Node"] | Exception]:
        await asyncio.sleep(0)
        return [_kids(context, parent.seed, n) for parent in parents]

    @batch_field()
    @staticmethod
    def must(parents: Sequence["Node"], context: Level) -> Sequence[Union["Node", Exception]]:
        # A null where none may be is among the answers.
        return [_node(context, parent.seed, "must") for parent in parents]

    @batch_field()
    @staticmethod
    async def maybe(
        parents: Sequence["Node"], context: Level, word: str | None = None
    ) -> Sequence[Union["Node", Exception, None]]:
        for _ in range(len(parents) % 3):
            await asyncio.sleep(0)
        return [_node(context, parent.seed, "maybe", word) for parent in parents]

    @batch_field()
    @staticmethod
    def tags(parents: Sequence["Node"], context: Level) -> Sequence[list[str] | None]:
        return [None if context.missing(context.chance(p.seed, "tags")) else ["a"] * (p.seed % 3) for p in parents]

    @batch_field()
    @staticmethod
    async def found(
        parents: Sequence["Node"], _context: Level
    ) -> Sequence[Annotated[Union["Node", Leaf], strawberry.union("Found")]]:
        return [_made(p.seed + 1) if p.seed % 2 else Leaf(seed=p.seed + 1, number=p.seed) for p in parents]


@strawberry.type
class Query:
    @strawberry.field
    def node(self, info: strawberry.Info) -> Node:
        return _made(1)

    @strawberry.field
    async def nodes(self, info: strawberry.Info, n: int = 2) -> list[Node | None]:
        return [None if context_misses(info, place) else _made(place) for place in range(n)]


def context_misses(info: strawberry.Info, place: int) -> bool:
    """Whether the list has a gap at a place."""
    context: Level = info.context
    return context.missing(context.chance(place, "nodes"))


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def change(self, info: strawberry.Info, n: int = 3) -> Node:
        await asyncio.sleep(0)
        return _made(n)


def _made(seed: int) -> Node:
    return Node(seed=seed, id=strawberry.ID(str(seed)), note=None if seed % 3 else f"note {seed}")


def _node(context: Level, seed: int, name: str, *arguments: object) -> Node | Exception:
    rnd = context.chance(seed, name, *arguments)
    nothing: Any = None
    return context.refused(rnd) or (nothing if context.missing(rnd) else _made(rnd.getrandbits(16)))


def _kids(context: Level, seed: int, count: int) -> list[Node] | Exception:
    rnd = context.chance(seed, "kids", count)
    return context.refused(rnd) or [_made(rnd.getrandbits(16)) for _ in range(max(0, count))]


@cache
def batched_schema() -> GraphQLSchema:
    """The schema as declared."""
    schema: GraphQLSchema = strawberry.Schema(Query, Mutation)._schema
    return schema


@cache
def single_schema() -> GraphQLSchema:
    """Its twin, in which each batch function is asked for one parent at a time."""
    schema: GraphQLSchema = strawberry.Schema(Query, Mutation)._schema
    for type_ in schema.type_map.values():
        for one in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            declared = one.extensions.get("strawberry-definition")
            batch = batch_of(declared) if declared is not None else None
            if batch is not None:
                one.resolve = _singly(batch)
    return schema


def _singly(batch: Batch) -> Callable[..., Coroutine[object, object, object]]:
    async def resolve(source: object, info: GraphQLResolveInfo, **arguments: object) -> object:
        answered = batch.function([source], info.context, **arguments)
        (value,) = await answered if isinstance(answered, Awaitable) else answered
        if isinstance(value, Exception):
            raise value
        return value

    return resolve
