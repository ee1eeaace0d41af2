"""Whether a value can be what an argument takes, and where variables stand in it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSyntaxError,
    Undefined,
    is_required_input_field,
    parse_value,
)
from graphql.utilities import validate_input_literal

from gateway.outline import INTEGER, Value, VariableUse
from resolvers.errors import PublicError

TOLD_MAX = 80
"""Longer tokens are neither parsed for a message nor told whole."""


class Invalid(PublicError):
    """The document does not fit the schema. The words are graphql-core's."""

    code = "GRAPHQL_VALIDATION_FAILED"


_ACCEPTED: Mapping[str, Callable[[str], object]] = {
    "Int": lambda word: INTEGER.fullmatch(word) and GRAPHQL_MIN_INT <= int(word) <= GRAPHQL_MAX_INT,
    "Float": lambda word: word[0] in "-0123456789",
    "String": lambda word: word[0] == '"',
    "Boolean": lambda word: word in ("true", "false"),
    "ID": lambda word: word[0] == '"' or INTEGER.fullmatch(word),
}
"""Whether a plain value is one of a scalar type; of other scalars only they themselves know."""


class Position(NamedTuple):
    """A variable that stands where a value of a type is taken, and whether there is another without it."""

    variable: str
    type_: GraphQLInputType
    has_default: bool


def check_value(value: Value, takes: GraphQLArgument | GraphQLInputField, positions: list[Position]) -> None:
    """Adds to `positions` what variables stand in the value.

    Raises:
        Invalid: it cannot be the argument's or the field's, in graphql-core's words.
    """
    has_default = takes.default is not None or takes.default_value is not Undefined
    _check(value, takes.type, has_default, positions)


def check_constant(value: Value, type_: GraphQLInputType) -> None:
    """Like `check_value` for a variable's default, in which no variable may stand."""
    _check(value, type_, False, [])


def _check(value: Value, type_: GraphQLInputType, has_default: bool, positions: list[Position]) -> None:
    if isinstance(value, VariableUse):
        positions.append(Position(value.name, type_, has_default))
        return
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if value == "null":
        if bare is not type_:
            raise Invalid(f"Expected value of non-null type '{type_}' not to be None.")
    elif isinstance(bare, GraphQLList):
        # A list of one may be written without brackets.
        for item in (value,) if isinstance(value, str | Mapping) else value:
            _check(item, bare.of_type, False, positions)
    elif isinstance(bare, GraphQLInputObjectType):
        _check_object(value, bare, positions)
    else:
        _check_leaf(value, bare)


def _check_object(value: Value, type_: GraphQLInputObjectType, positions: list[Position]) -> None:
    if not isinstance(value, Mapping):
        raise Invalid(f"Expected value of type '{type_}' to be an object.")
    for name in value.keys() - type_.fields.keys():
        raise Invalid(f"Expected value of type '{type_}' not to include unknown field '{name[:TOLD_MAX]}'.")
    for name, field in type_.fields.items():
        if name in value:
            check_value(value[name], field, positions)
        elif is_required_input_field(field):
            raise Invalid(f"Expected value of type '{type_}' to include required field '{name}'.")


def _check_leaf(value: Value, leaf: GraphQLLeafType) -> None:
    if not isinstance(value, str):
        if isinstance(leaf, GraphQLEnumType) or leaf.name in _ACCEPTED:
            raise Invalid(f"Expected value of type '{leaf}', found a list or an object.")
        return
    if _fits(leaf, value):
        return
    if len(value) > TOLD_MAX:
        raise Invalid(f"Expected value of type '{leaf}', found {value[:TOLD_MAX]}.")
    try:
        validate_input_literal(parse_value(value), leaf, _refuse, hide_suggestions=True)
    except GraphQLSyntaxError:
        return  # not a number, or not a text, which the parser will tell with its place


def _refuse(error: GraphQLError, _path: list[str | int]) -> None:
    raise Invalid(error.message) from None


def _fits(leaf: GraphQLLeafType, word: str) -> bool:
    if isinstance(leaf, GraphQLEnumType):
        return word in leaf.values
    accepts = _ACCEPTED.get(leaf.name)
    return accepts is None or bool(accepts(word))
