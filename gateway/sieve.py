"""What is certainly wrong with a long document, found on its outline before it is parsed.

Parsing and validating cost twenty times as much a token as the outline, so a document made of two thousand names that do
not exist would buy what ten good ones cost. Short documents are left to graphql-core, which tells of every mistake and
where it is; here the first one ends the matter. Whatever passes is validated in full.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLSyntaxError,
    GraphQLUnionType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    get_named_type,
    is_composite_type,
    is_required_argument,
    parse_value,
)
from graphql.utilities import validate_input_literal

from gateway.outline import INTEGER, FieldOutline, Outline, Selections, SpreadOutline
from resolvers.errors import PublicError

TOKENS_MAX = 250
"""Documents up to this length are not sifted."""
_TOLD_MAX = 80
"""Longer tokens are neither parsed for a message nor told whole."""


class Invalid(PublicError):
    """The document does not fit the schema. The words are graphql-core's."""

    code = "GRAPHQL_VALIDATION_FAILED"


class FieldShape(NamedTuple):
    """What a field takes and gives: its arguments, those it must have, its composite type, None for a leaf."""

    arguments: Mapping[str, GraphQLArgument]
    required: frozenset[str]
    type_name: str | None


class Sieve:
    """The sieve of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._shapes: dict[str, Mapping[str, FieldShape]] = {}
        kinds = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
        self._roots = {kind: root.name for kind, root in kinds.items() if root is not None}
        self._query = self._roots.get("query")

    def check(self, outline: Outline) -> None:
        """Raises:
        Invalid: the first mistake found; without its place, which outlines do not hold.
        """
        if outline.tokens <= TOKENS_MAX:
            return
        spread: set[str] = set()
        for operation in outline.operations:
            root = self._roots.get(operation.kind)
            if root is None:
                raise Invalid(f"The {operation.kind} operation is not defined by the schema.")
            self._selection(operation.selections, root, spread)
        for fragment in outline.fragments.values():
            self._selection(fragment.selections, fragment.condition, spread)
        for missing in spread - outline.fragments.keys():
            raise Invalid(f"Unknown fragment '{missing}'.")
        for unused in outline.fragments.keys() - spread:
            raise Invalid(f"Fragment '{unused}' is never used.")

    def _selection(self, selections: Selections, type_name: str, spread: set[str]) -> None:
        shapes = self._shapes_of(type_name)
        for node in selections:
            if isinstance(node, FieldOutline):
                self._field(node, type_name, shapes.get(node.name), spread)
            elif isinstance(node, SpreadOutline):
                spread.add(node.fragment)
            else:
                self._selection(node.selections, node.condition or type_name, spread)

    def _field(self, node: FieldOutline, type_name: str, shape: FieldShape | None, spread: set[str]) -> None:
        if shape is None:
            raise Invalid(f"Cannot query field '{node.name}' on type '{type_name}'.")
        given = node.arguments.keys()
        if not given <= shape.arguments.keys():
            unknown = next(name for name in given if name not in shape.arguments)
            raise Invalid(f"Unknown argument '{unknown}' on field '{type_name}.{node.name}'.")
        if not shape.required <= given:
            missing = min(shape.required - given)
            raise Invalid(f"Argument '{missing}' of field '{type_name}.{node.name}' is required.")
        for name, word in node.words.items():
            _check_value(shape.arguments[name], word)
        if shape.type_name is None:
            if node.selections:
                raise Invalid(f"Field '{node.name}' must not have a selection since it has no subfields.")
        elif not node.selections:
            raise Invalid(f"Field '{node.name}' must have a selection of subfields.")
        else:
            self._selection(node.selections, shape.type_name, spread)

    def _shapes_of(self, type_name: str) -> Mapping[str, FieldShape]:
        shapes = self._shapes.get(type_name)
        if shapes is None:
            found = self._schema.get_type(type_name)
            if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
                raise Invalid(f"Unknown type '{type_name[:80]}', or fragments cannot be on it.")
            fields = {} if isinstance(found, GraphQLUnionType) else found.fields
            shapes = {name: _shape_of(field) for name, field in fields.items()} | {"__typename": _TYPE_NAME}
            if type_name == self._query:
                shapes |= {"__schema": _SCHEMA, "__type": _TYPE}
            self._shapes[type_name] = shapes
        return shapes


_ACCEPTED: Mapping[str, Callable[[str], object]] = {
    "Int": lambda word: INTEGER.fullmatch(word) and GRAPHQL_MIN_INT <= int(word) <= GRAPHQL_MAX_INT,
    "Float": lambda word: word[0] in "-0123456789",
    "String": lambda word: word[0] == '"',
    "Boolean": lambda word: word in ("true", "false"),
    "ID": lambda word: word[0] == '"' or INTEGER.fullmatch(word),
}
"""Whether a value that begins with a token is one of a scalar type; of other scalars only they themselves know."""


def _check_value(argument: GraphQLArgument, word: str) -> None:
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
    if word in ("[", "{") or len(word) > _TOLD_MAX:
        raise Invalid(f"Expected value of type '{type_}', found {word[:_TOLD_MAX]}.")
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


def _shape_of(field: GraphQLField) -> FieldShape:
    named = get_named_type(field.type)
    required = frozenset(name for name, argument in field.args.items() if is_required_argument(argument))
    return FieldShape(field.args, required, named.name if is_composite_type(named) else None)


_TYPE_NAME, _SCHEMA, _TYPE = map(_shape_of, (TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef))
