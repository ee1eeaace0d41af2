"""Data that misbehaves, the same for every executor: each value follows from the case's seed and its place alone."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from zlib import crc32

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    is_abstract_type,
    is_leaf_type,
)


@dataclass(frozen=True, slots=True)
class Mood:
    """How often values are wrong (0 never, 1 now and then, 3 often), and the share of values that are awaited."""

    bad: float
    late: float


@dataclass(slots=True)
class World:
    """The context of one execution of one case; `calls` are the places whose resolvers ran, in order."""

    schema: GraphQLSchema
    seed: int
    mood: Mood
    calls: list[str] = field(default_factory=list)

    def root(self) -> "Thing":
        return Thing(self, "", self.seed)


class Thing:
    """An object of a GraphQL type whose attributes come into being when read."""

    def __init__(self, world: World, type_name: str, seed: int) -> None:
        self.world = world
        self.type_name = type_name
        self.seed = seed

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or name not in _places(self.world.schema):
            raise AttributeError(name)
        here = f"{self.seed}.{name}"
        rnd = Random(crc32(here.encode()))
        if rnd.random() < 0.1:
            return lambda _info, **arguments: resolved(self.world, self, name, arguments)
        self.world.calls.append(here)
        return _told(value(self.world, _places(self.world.schema)[name], rnd), rnd)


class Row(Mapping[str, object]):
    """The same as a mapping, which graphql-core reads by key."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing

    def __getitem__(self, name: str) -> object:
        if name == "__typename":
            return self.thing.type_name
        try:
            return getattr(self.thing, name)
        except AttributeError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Later:
    """An awaitable that is no coroutine."""

    def __init__(self, result: object, ticks: int) -> None:
        self.result, self.ticks = result, ticks

    def __await__(self) -> Generator[None, None, object]:
        for _ in range(self.ticks):
            yield None
        return _raised(self.result)


def type_of(thing: object) -> str | None:
    """The name of the GraphQL type a value says it is of."""
    thing = thing.thing if isinstance(thing, Row) else thing
    return thing.type_name if isinstance(thing, Thing) else None


def resolve(source: Thing | Row, info: GraphQLResolveInfo, **arguments: object) -> object:
    """The resolver of the fields that have one."""
    return resolved(info.context, source.thing if isinstance(source, Row) else source, info.field_name, arguments)


def resolved(world: World, source: Thing, name: str, arguments: Mapping[str, object]) -> object:
    here = f"{source.seed}.{name}({sorted(arguments.items())})"
    world.calls.append(here)
    rnd = Random(crc32(here.encode()))
    return _told(value(world, _places(world.schema)[name], rnd), rnd)


def value(world: World, type_: GraphQLOutputType, rnd: Random, *, item: bool = False) -> object:
    """A value for a place of a type, or, by the world's mood, something that must not be there."""
    mood, required = world.mood, isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    chance = rnd.random()
    null = (0.02 if required else 0.15) * mood.bad
    found: object
    if chance < null:
        found = None
    elif chance < null + 0.02 * mood.bad:
        found = _exception(rnd)
    elif chance < null + 0.03 * mood.bad:
        found = rnd.choice([object(), 7, "text", (), {}, [None], math.inf, True, b"bytes"])
    elif isinstance(inner, GraphQLList):
        found = _many(world, inner, rnd)
    elif is_leaf_type(inner):
        found = _leaf(inner.name, rnd, mood.bad)
    else:
        found = _thing(world, inner, rnd)
    return _awaited(found, rnd) if rnd.random() < mood.late * (0.3 if item else 0.7) else found


def _thing(world: World, type_: GraphQLOutputType, rnd: Random) -> object:
    names = [type_.name] if not is_abstract_type(type_) else [t.name for t in world.schema.get_possible_types(type_)]
    if rnd.random() < 0.02 * world.mood.bad:
        names = ["O0", "O1", "O2", "Nothing"]
    thing = Thing(world, rnd.choice(names), rnd.getrandbits(32))
    # A union's members come as mappings where the union finds their type by name.
    return Row(thing) if isinstance(type_, GraphQLUnionType) and rnd.random() < 0.5 else thing


def _many(world: World, type_: GraphQLList[GraphQLOutputType], rnd: Random) -> object:
    items = [value(world, type_.of_type, rnd, item=True) for _ in range(rnd.randrange(4))]
    shape = rnd.random()
    if shape < 0.8:
        return items
    if shape < 0.87:
        return tuple(items)
    broken = rnd.random() < 0.1 * world.mood.bad
    if shape < 0.94 or not world.mood.late:
        return _generated(items, broken=broken)
    return _streamed([item for item in items if not isinstance(item, Awaitable)], broken=broken)


def _generated(items: list[object], *, broken: bool) -> Iterator[object]:
    yield from items
    if broken:
        raise RuntimeError("the iterator broke")


async def _streamed(items: list[object], *, broken: bool) -> AsyncIterator[object]:
    for item in items:
        await asyncio.sleep(0)
        yield item
    if broken:
        raise RuntimeError("the stream broke")


_LEAVES: dict[str, tuple[list[object], list[object]]] = {
    "Int": ([1, 2, -3, 2.0, True], ["x", 1.5, 2**31, []]),
    "Float": ([1.5, 2, 3.25, -0.0], [math.nan, "x", math.inf]),
    "String": (["s", "ü", "", 5, 1.5, True], [[], {}]),
    "ID": (["id", 7], [1.5, []]),
    "Boolean": ([True, False, 1, 0.0], ["yes", math.nan]),
    "Color": (["RED", "GREEN", "BLUE"], ["PINK", [], 1]),
    "Even": ([2, 4, 100], [3, "x"]),
}


def _leaf(name: str, rnd: Random, bad: float) -> object:
    good, wrong = _LEAVES[name]
    return rnd.choice(wrong) if rnd.random() < 0.05 * bad else rnd.choice(good)


def _exception(rnd: Random) -> Exception:
    number = rnd.randrange(9)
    kinds: list[Callable[[], Exception]] = [
        lambda: RuntimeError(f"boom {number}"),
        lambda: ValueError(f"bad {number}"),
        lambda: GraphQLError(f"refused {number}", extensions={"code": "NO"}),
        KeyError,
    ]
    return rnd.choice(kinds)()


def _told(found: object, rnd: Random) -> object:
    """An exception is raised as often as it is returned."""
    return _raised(found) if rnd.random() < 0.5 else found


def _raised(found: object) -> object:
    if isinstance(found, Exception):
        raise found
    return found


def _awaited(found: object, rnd: Random) -> Awaitable[object]:
    ticks = rnd.randrange(3)
    if rnd.random() < 0.2:
        return Later(found, ticks)

    async def later() -> object:
        for _ in range(ticks):
            await asyncio.sleep(0)
        return _raised(found)

    return later()


def _places(schema: GraphQLSchema) -> Mapping[str, GraphQLOutputType]:
    """The type of each field by its name, which is unique in a schema."""
    places: Mapping[str, GraphQLOutputType] = schema.extensions["places"]
    return places
