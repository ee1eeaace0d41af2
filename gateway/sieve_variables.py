"""Whether the variables of a document's operations are defined, used, and of types that fit where they stand."""

from collections.abc import Mapping, Sequence

from graphql import (
    EnumValueNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
)
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage

from gateway.outline import FragmentOutline, OperationOutline, VariableOutline
from gateway.sieve_values import TOLD_MAX, Invalid, Position, check_constant

_Named = GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType
_SOME_DEFAULT = EnumValueNode(value="SOME")


def check_variables(
    schema: GraphQLSchema,
    operation: OperationOutline,
    fragments: Mapping[str, FragmentOutline],
    positions: Mapping[str | None, Sequence[Position]],
) -> None:
    """`positions` are those of the operation, under None, and of the fragments by name, which all exist.

    Raises:
        Invalid: the first mistake found, in graphql-core's words.
    """
    defined = {variable.name: (variable, _type_of(schema, variable)) for variable in operation.variables}
    for variable, type_ in defined.values():
        if variable.default is not None:
            check_constant(variable.default, type_)
    reached = _reached(operation, fragments)
    used = operation.uses.variables.union(*(fragments[name].uses.variables for name in reached))
    for name in used - defined.keys():
        raise Invalid(f"Variable '${name}' is not defined{_where(' by', operation)}.")
    for name in defined.keys() - used:
        raise Invalid(f"Variable '${name}' is never used{_where(' in', operation)}.")
    for place in (None, *reached):
        for position in positions[place]:
            _check_position(schema, *defined[position.variable], position)


def _type_of(schema: GraphQLSchema, variable: VariableOutline) -> GraphQLInputType:
    name = variable.type_text.strip("[]!")
    named = schema.get_type(name)
    if named is None:
        raise Invalid(f"Unknown type '{name[:TOLD_MAX]}'.")
    if not isinstance(named, _Named):
        raise Invalid(f"Variable '${variable.name}' cannot be non-input type '{variable.type_text}'.")
    return _wrapped(variable.type_text, named)


def _wrapped(text: str, named: _Named) -> GraphQLInputType:
    """The type that a text of a type says around its named type."""
    nullable = text.removesuffix("!")
    made = GraphQLList(_wrapped(nullable[1:-1], named)) if nullable.startswith("[") else named
    return made if nullable == text else GraphQLNonNull(made)


def _reached(operation: OperationOutline, fragments: Mapping[str, FragmentOutline]) -> list[str]:
    """The fragments that an operation spreads, at whatever distance."""
    reached = dict.fromkeys(operation.uses.fragments)
    waiting = list(reached)
    while waiting:
        for name in fragments[waiting.pop()].uses.fragments:
            if name not in reached:
                reached[name] = None
                waiting.append(name)
    return list(reached)


def _check_position(
    schema: GraphQLSchema, variable: VariableOutline, type_: GraphQLInputType, position: Position
) -> None:
    if variable.type_text == str(position.type_):
        return
    default = None if variable.default in (None, "null") else _SOME_DEFAULT
    own = _SOME_DEFAULT if position.has_default else Undefined
    if not allowed_variable_usage(schema, type_, default, position.type_, own):
        raise Invalid(
            f"Variable '${variable.name}' of type '{variable.type_text}' used in position expecting type '{position.type_}'."
        )


def _where(preposition: str, operation: OperationOutline) -> str:
    if operation.name is None:
        return ""
    return f"{preposition} operation '{operation.name[:TOLD_MAX]}'"
