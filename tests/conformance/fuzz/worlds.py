"""Schemas made executable: resolvers on some fields, the others read from the source; types told in every way there is."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from random import Random

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    validate_schema,
)

from tests.conformance.fuzz.data import resolve, type_of
from tests.conformance.fuzz.schemas import random_sdl


@lru_cache(maxsize=8)
def made_schema(seed: int) -> tuple[str, GraphQLSchema]:
    """The SDL of a seed and its executable schema."""
    rnd = Random(f"schema {seed}")
    sdl = random_sdl(rnd)
    schema = build_schema(sdl)
    assert not validate_schema(schema), sdl
    schema.extensions["places"] = {
        name: field.type
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }
    late_types = rnd.random() < 0.25
    for type_ in list(schema.type_map.values()):
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType):
            _give_resolvers(type_, rnd)
            _tell_type(type_, rnd, late=late_types)
        elif isinstance(type_, GraphQLInterfaceType) and rnd.random() < 0.5:
            type_.resolve_type = _late_name if late_types and rnd.random() < 0.5 else _name
        elif isinstance(type_, GraphQLUnionType):
            type_.resolve_type = _name
        elif isinstance(type_, GraphQLScalarType) and type_.name == "Even":
            type_.coerce_output_value = type_.serialize = _even
    return sdl, schema


def _give_resolvers(type_: GraphQLObjectType, rnd: Random) -> None:
    for field in type_.fields.values():
        # A field without arguments may be read from its source; one with arguments needs them.
        if field.args or rnd.random() < 0.5:
            field.resolve = resolve


def _tell_type(type_: GraphQLObjectType, rnd: Random, *, late: bool) -> None:
    if type_.name in ("Query", "Mutation"):
        return
    name = type_.name

    def is_it(found: object, _info: GraphQLResolveInfo) -> bool:
        return type_of(found) == name

    async def is_it_later(found: object, _info: GraphQLResolveInfo) -> bool:
        await asyncio.sleep(0)
        return type_of(found) == name

    predicate: Callable[[object, GraphQLResolveInfo], bool | Awaitable[bool]] = is_it
    if late and rnd.random() < 0.5:
        predicate = is_it_later
    type_.is_type_of = predicate


def _name(found: object, _info: GraphQLResolveInfo, _type: object) -> str | None:
    if type_of(found) is None and isinstance(found, int):
        raise TypeError("a number has no type here")
    return type_of(found)


async def _late_name(found: object, info: GraphQLResolveInfo, type_: object) -> str | None:
    await asyncio.sleep(0)
    return _name(found, info, type_)


def _even(found: object) -> int:
    if isinstance(found, int) and found % 2 == 0:
        return found
    raise ValueError("Not even.")
