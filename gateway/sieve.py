"""What is certainly wrong with a long document, found on its outline before it is parsed.

Parsing and validating cost twenty times as much a token as the outline, so a document made of two thousand names that do
not exist would buy what ten good ones cost. Short documents are left to graphql-core, which tells of every mistake and
where it is; here the first one ends the matter. Whatever passes is validated in full.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from gateway.outline import (
    DirectiveOutline,
    FieldOutline,
    FragmentOutline,
    InlineOutline,
    OperationOutline,
    Outline,
    Selections,
    Uses,
)
from gateway.sieve_values import TOLD_MAX, Invalid, Position, check_value
from gateway.sieve_variables import check_variables

TOKENS_MAX = 250
"""Documents up to this length are not sifted."""


class Shape(NamedTuple):
    """What a field takes and gives: its arguments, those it must have, its composite type, None for a leaf; of a directive
    what it takes."""

    arguments: Mapping[str, GraphQLArgument]
    required: frozenset[str]
    type_name: str | None


class Sieve:
    """The sieve of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._shapes: dict[str, Mapping[str, Shape]] = {}
        kinds = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
        self._roots = {kind: root.name for kind, root in kinds.items() if root is not None}
        self._query = self._roots.get("query")
        self._taken = {directive.name: _shape_of(directive.args) for directive in schema.directives}

    def check(self, outline: Outline) -> None:
        """Raises:
        Invalid: the first mistake found; without its place, which outlines do not hold.
        """
        if outline.tokens <= TOKENS_MAX:
            return
        if outline.mistake is not None:
            raise Invalid(outline.mistake)
        definitions: list[OperationOutline | FragmentOutline] = [*outline.operations, *outline.fragments.values()]
        spread = {name for one in definitions for name in one.uses.fragments}
        for missing in spread - outline.fragments.keys():
            raise Invalid(f"Unknown fragment '{missing}'.")
        for unused in outline.fragments.keys() - spread:
            raise Invalid(f"Fragment '{unused}' is never used.")
        positions: dict[str | None, list[Position]] = {
            name: self._definition(fragment.condition, fragment.selections, fragment.uses)
            for name, fragment in outline.fragments.items()
        }
        for operation in outline.operations:
            root = self._roots.get(operation.kind)
            if root is None:
                raise Invalid(f"The {operation.kind} operation is not defined by the schema.")
            positions[None] = self._definition(root, operation.selections, operation.uses)
            check_variables(self._schema, operation, outline.fragments, positions)

    def _definition(self, type_name: str, selections: Selections, uses: Uses) -> list[Position]:
        """Check an operation or a fragment, and tell where in it variables stand."""
        positions: list[Position] = []
        for directives in uses.directives:
            self._directives(directives, positions)
        self._selection(selections, type_name, positions)
        return positions

    def _directives(self, directives: Sequence[DirectiveOutline], positions: list[Position]) -> None:
        seen: set[str] = set()
        for one in directives:
            found = self._schema.get_directive(one.name)
            if found is None:
                raise Invalid(f"Unknown directive '@{one.name[:TOLD_MAX]}'.")
            if DirectiveLocation[one.place] not in found.locations:
                raise Invalid(f"Directive '@{one.name}' may not be used on {one.place}.")
            if one.name in seen and not found.is_repeatable:
                raise Invalid(f"The directive '@{one.name}' can only be used once at this location.")
            seen.add(one.name)
            _check_arguments(self._taken[one.name], one, f"directive '@{one.name}'", positions)

    def _selection(self, selections: Selections, type_name: str, positions: list[Position]) -> None:
        shapes = self._shapes_of(type_name)
        for node in selections:
            if isinstance(node, FieldOutline):
                self._field(node, type_name, shapes.get(node.name), positions)
            elif isinstance(node, InlineOutline):
                self._selection(node.selections, node.condition or type_name, positions)

    def _field(self, node: FieldOutline, type_name: str, shape: Shape | None, positions: list[Position]) -> None:
        if shape is None:
            raise Invalid(f"Cannot query field '{node.name}' on type '{type_name}'.")
        if node.arguments or shape.required:
            _check_arguments(shape, node, f"field '{type_name}.{node.name}'", positions)
        if shape.type_name is None:
            if node.selections:
                raise Invalid(f"Field '{node.name}' must not have a selection since it has no subfields.")
        elif not node.selections:
            raise Invalid(f"Field '{node.name}' must have a selection of subfields.")
        else:
            self._selection(node.selections, shape.type_name, positions)

    def _shapes_of(self, type_name: str) -> Mapping[str, Shape]:
        shapes = self._shapes.get(type_name)
        if shapes is None:
            found = self._schema.get_type(type_name)
            if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
                raise Invalid(f"Unknown type '{type_name[:TOLD_MAX]}', or fragments cannot be on it.")
            fields = {} if isinstance(found, GraphQLUnionType) else found.fields
            shapes = {name: _shape_of(field.args, field.type) for name, field in fields.items()} | {
                "__typename": _TYPE_NAME
            }
            if type_name == self._query:
                shapes |= {"__schema": _SCHEMA, "__type": _TYPE}
            self._shapes[type_name] = shapes
        return shapes


def _check_arguments(
    takes: Shape, node: FieldOutline | DirectiveOutline, where: str, positions: list[Position]
) -> None:
    given = node.arguments.keys()
    if not given <= takes.arguments.keys():
        unknown = next(name for name in given if name not in takes.arguments)
        raise Invalid(f"Unknown argument '{unknown}' on {where}.")
    if not takes.required <= given:
        missing = min(takes.required - given)
        raise Invalid(f"Argument '{missing}' of {where} is required.")
    for name, value in node.arguments.items():
        check_value(value, takes.arguments[name], positions)


def _shape_of(arguments: Mapping[str, GraphQLArgument], type_: GraphQLOutputType | None = None) -> Shape:
    named = None if type_ is None else get_named_type(type_)
    required = frozenset(name for name, argument in arguments.items() if is_required_argument(argument))
    return Shape(arguments, required, named.name if named is not None and is_composite_type(named) else None)


_TYPE_NAME, _SCHEMA, _TYPE = (
    _shape_of(field.args, field.type) for field in (TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef)
)
