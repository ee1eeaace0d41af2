"""What an argument's first token, or the variable that it is, says about its value: whether it certainly does not fit."""

from collections.abc import Callable, Mapping

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSyntaxError,
    parse_value,
)
from graphql.utilities import validate_input_literal

from gateway.outlining import INTEGER
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
"""Whether a value that begins with a token is one of a scalar type; of other scalars only they themselves know."""


def check_value(argument: GraphQLArgument, word: str) -> None:
    """Raises:
    Invalid: the value that begins with this token cannot be the argument's.
    """
    type_ = argument.type
    leaf = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if word == "null":
        fits = leaf is type_
    else:
        fits = word == "$" or not isinstance(leaf, GraphQLScalarType | GraphQLEnumType) or _fits(leaf, word)
    if fits:
        return
    if word in ("[", "{") or len(word) > TOLD_MAX:
        raise Invalid(f"Expected value of type '{type_}', found {word[:TOLD_MAX]}.")
    try:
        validate_input_literal(parse_value(word), type_, _refuse, hide_suggestions=True)
    except GraphQLSyntaxError:
        return  # not a number, or not a text, which the parser will tell with its place


def _refuse(error: GraphQLError, _path: list[str | int]) -> None:
    raise Invalid(error.message) from None


def _fits(leaf: GraphQLLeafType, word: str) -> bool:
    if isinstance(leaf, GraphQLEnumType):
        return word in leaf.values
    accepts = _ACCEPTED.get(leaf.name)
    return accepts is None or bool(accepts(word))
