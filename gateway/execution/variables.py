"""The values of an operation's variables: graphql-core's coercion, with a short way for well-formed plain scalars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from gateway.execution.arguments import IMMUTABLE

Inputs = Mapping[str, object]
Coerce = Callable[[Inputs], VariableValues | list[GraphQLError]]

ERRORS_MAX = 50
"""graphql-core's own default."""


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


class _Plain:
    """A variable of a plain scalar type."""

    __slots__ = ("absent", "default", "is_plain", "name", "nullable", "signature")

    def __init__(
        self,
        signature: GraphQLVariableSignature,
        default: object,
        is_plain: Callable[[object], bool],
        *,
        nullable: bool,
    ) -> None:
        self.name = signature.name
        self.signature = signature
        self.absent = VariableValueSource(signature)
        self.default = default
        self.is_plain = is_plain
        self.nullable = nullable


def coercion_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Coerce:
    """What coerces the variables of an operation; it answers the errors when they are wrong."""
    definitions = operation.variable_definitions or ()

    def by_the_book(inputs: Inputs) -> VariableValues | list[GraphQLError]:
        return get_variable_values(schema, definitions, dict(inputs), max_errors=ERRORS_MAX)

    plain = [_plain(schema, definition) for definition in definitions]
    known = [one for one in plain if one is not None]
    if len(known) < len(plain):
        return by_the_book

    def coerce(inputs: Inputs) -> VariableValues | list[GraphQLError]:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, object] = {}
        for one in known:
            name = one.name
            if name in inputs:
                value = inputs[name]
                if not (one.is_plain(value) or (value is None and one.nullable)):
                    return by_the_book(inputs)
                sources[name], coerced[name] = VariableValueSource(one.signature, value), value
            elif one.default is not Undefined:
                sources[name], coerced[name] = one.absent, one.default
            elif one.nullable:
                sources[name] = one.absent
            else:
                return by_the_book(inputs)
        return VariableValues(sources, coerced)

    return coerce


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Plain | None:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        return None
    type_ = signature.type
    nullable = not isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    is_plain = _PLAIN.get(inner) if isinstance(inner, GraphQLScalarType) else None
    if is_plain is None:
        return None
    default: object = Undefined
    if definition.default_value:
        values = get_variable_values(schema, [definition], {})
        if isinstance(values, list):
            return None
        default = values.coerced[signature.name]
        if not isinstance(default, IMMUTABLE):
            return None
    return _Plain(signature, default, is_plain, nullable=nullable)
