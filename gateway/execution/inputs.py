"""Input values by functions made once per type: graphql-core's coercion, and what Strawberry makes of the outcome.

Only well-formed values go this way. `Undefined` says that graphql-core itself must look, which then finds the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from math import isfinite

import strawberry
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from graphql.type import is_required_input_field
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

Coercer = Callable[[object], object]
"""A coerced value, `Undefined` when the value is not well-formed."""
Converter = Callable[[object], object]


class Unmade(Exception):
    """No function can be made for the type: it refers to itself, or asks for more than its value."""


def _is_text(value: object) -> bool:
    return type(value) is str


def _is_int(value: object) -> bool:
    return type(value) is int and -2147483648 <= value <= 2147483647


def _is_float(value: object) -> bool:
    return type(value) is float and isfinite(value)


def _is_boolean(value: object) -> bool:
    return value is True or value is False


_PLAIN: Mapping[GraphQLScalarType, Callable[[object], bool]] = {
    GraphQLString: _is_text,
    GraphQLID: _is_text,
    GraphQLBoolean: _is_boolean,
    GraphQLInt: _is_int,
    GraphQLFloat: _is_float,
}


def coercer_of(type_: GraphQLInputType, inside: tuple[str, ...] = ()) -> Coercer:
    """What coerces well-formed values of a type.

    Raises:
        Unmade: the type refers to itself, so that graphql-core must bound the depth of values.
    """
    if isinstance(type_, GraphQLNonNull):
        inner = coercer_of(type_.of_type, inside)
        return lambda value: Undefined if value is None else inner(value)
    if isinstance(type_, GraphQLList):
        return _list_coercer(coercer_of(type_.of_type, inside))
    if isinstance(type_, GraphQLInputObjectType):
        return _object_coercer(type_, inside)
    return _leaf_coercer(type_)


def _leaf_coercer(type_: GraphQLScalarType | GraphQLEnumType) -> Coercer:
    is_plain = _PLAIN.get(type_) if isinstance(type_, GraphQLScalarType) else None

    def plain(value: object) -> object:
        return value if value is None or (is_plain is not None and is_plain(value)) else Undefined

    def coerced(value: object) -> object:
        if value is None:
            return None
        if isinstance(type_, GraphQLEnumType) and not isinstance(value, str):
            return Undefined
        try:
            result: object = type_.coerce_input_value(value)  # type: ignore[arg-type]  # text, if it is an enum's
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core reports it
            return Undefined
        return result

    return plain if is_plain is not None else coerced


def _list_coercer(item: Coercer) -> Coercer:
    def coerce(value: object) -> object:
        if value is None:
            return None
        if type(value) is not list:
            return Undefined
        made = [item(one) for one in value]
        return Undefined if any(one is Undefined for one in made) else made

    return coerce


def _object_coercer(type_: GraphQLInputObjectType, inside: tuple[str, ...]) -> Coercer:
    if type_.name in inside or type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
        raise Unmade
    fields = [
        (
            name,
            field.out_name or name,
            coercer_of(field.type, (*inside, type_.name)),
            # Made anew for each value, as graphql-core does, for it may be a list.
            (lambda: Undefined)
            if is_required_input_field(field)
            else (lambda field=field: coerce_default_value(field)),
            is_required_input_field(field),
        )
        for name, field in type_.fields.items()
    ]

    def coerce(value: object) -> object:
        if value is None:
            return None
        if type(value) is not dict:
            return Undefined
        made: dict[str, object] = {}
        given = 0
        for name, out_name, coerce_field, default, is_required in fields:
            if name in value:
                given += 1
                found = coerce_field(value[name])
                if found is Undefined:
                    return Undefined
            else:
                found = default()
                if found is Undefined:
                    if is_required:
                        return Undefined
                    continue
            made[out_name] = found
        return made if given == len(value) else Undefined

    return coerce


def converter_of(type_: object, schema: strawberry.Schema, inside: tuple[object, ...] = ()) -> Converter | None:
    """What makes Strawberry's input classes of coerced values; None when values stay as they are.

    Raises:
        Unmade: the type refers to itself, or its class builds itself with more than the value.
    """
    if isinstance(type_, StrawberryMaybe):
        inner = converter_of(type_.of_type, schema, inside)
        return _maybe_converter(inner, allows_null=isinstance(type_.of_type, StrawberryOptional))
    if isinstance(type_, StrawberryOptional | LazyType):
        within: object = type_.resolve_type() if isinstance(type_, LazyType) else type_.of_type
        return converter_of(within, schema, inside)
    if isinstance(type_, StrawberryList):
        return _list_converter(converter_of(type_.of_type, schema, inside))
    if _is_leaf(type_, schema):
        return None
    definition = get_object_definition(type_) if isinstance(type_, type) else None
    if definition is None or definition.from_input is not None or type_ in inside:
        raise Unmade
    return _object_converter(definition, schema, (*inside, type_))


def _is_leaf(type_: object, schema: strawberry.Schema) -> bool:
    if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
        return True
    return type_ is not GlobalID and is_scalar(type_, schema.schema_converter.scalar_registry)


def _maybe_converter(inner: Converter | None, *, allows_null: bool) -> Converter:
    def convert(value: object) -> object:
        if value is None and not allows_null:
            raise Unmade
        return strawberry.Some(value if inner is None else inner(value))

    return convert


def _list_converter(item: Converter | None) -> Converter:
    def convert(value: object) -> object:
        if not isinstance(value, list):
            return value
        return list(value) if item is None else [item(one) for one in value]

    return convert


def _object_converter(
    definition: StrawberryObjectDefinition, schema: strawberry.Schema, inside: tuple[object, ...]
) -> Converter:
    cls = definition.origin
    absent: dict[str, object] = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    fields = [
        (
            schema.config.name_converter.from_field(field),
            field.python_name,
            converter_of(field.resolve_type(type_definition=definition), schema, inside),
        )
        for field in definition.fields
    ]

    def convert(value: object) -> object:
        if not isinstance(value, dict):
            return value
        given = dict(absent) if definition.is_input else {}
        for name, python_name, convert_field in fields:
            if name in value:
                found = value[name]
                given[python_name] = found if convert_field is None else convert_field(found)
        return cls(**given)

    return convert
