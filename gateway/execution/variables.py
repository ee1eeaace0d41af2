"""The values of an operation's variables: graphql-core's coercion, with a short way for well-formed ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from gateway.execution.arguments import IMMUTABLE
from gateway.execution.inputs import Coercer, Unmade, coercer_of

Inputs = Mapping[str, object]
Coerce = Callable[[Inputs], VariableValues | list[GraphQLError]]

ERRORS_MAX = 50
"""graphql-core's own default."""


class _Variable:
    """A variable that has a short way. `default` is `Undefined` without one."""

    __slots__ = ("absent", "coerce", "default", "is_required", "name", "signature")

    def __init__(self, signature: GraphQLVariableSignature, default: object, coerce: Coercer) -> None:
        self.name = signature.name
        self.signature = signature
        self.absent = VariableValueSource(signature)
        self.default = default
        self.coerce = coerce
        self.is_required = isinstance(signature.type, GraphQLNonNull)


def coercion_of(schema: GraphQLSchema, operation: OperationDefinitionNode, *, hide_suggestions: bool = False) -> Coerce:
    """What coerces the variables of an operation; it answers the errors when they are wrong."""
    definitions = operation.variable_definitions or ()

    def by_the_book(inputs: Inputs) -> VariableValues | list[GraphQLError]:
        return get_variable_values(
            schema, definitions, dict(inputs), max_errors=ERRORS_MAX, hide_suggestions=hide_suggestions
        )

    short = [_short(schema, definition) for definition in definitions]
    known = [one for one in short if one is not None]
    if len(known) < len(short):
        return by_the_book

    def coerce(inputs: Inputs) -> VariableValues | list[GraphQLError]:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, object] = {}
        for one in known:
            name = one.name
            if name in inputs:
                value = inputs[name]
                found = one.coerce(value)
                if found is Undefined:
                    return by_the_book(inputs)
                sources[name], coerced[name] = VariableValueSource(one.signature, value), found
            elif one.default is not Undefined:
                sources[name], coerced[name] = one.absent, one.default
            elif one.is_required:
                return by_the_book(inputs)
            else:
                sources[name] = one.absent
        return VariableValues(sources, coerced)

    return coerce


def _short(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Variable | None:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        return None
    try:
        coerce = coercer_of(signature.type)
    except Unmade:
        return None
    default: object = Undefined
    if definition.default_value:
        values = get_variable_values(schema, [definition], {})
        if isinstance(values, list):
            return None
        default = values.coerced[signature.name]
        if not isinstance(default, IMMUTABLE):
            return None
    return _Variable(signature, default, coerce)
