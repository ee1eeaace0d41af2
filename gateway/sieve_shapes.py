"""What the sieve asks a schema, answered once each: what fields take and give, and which types can meet."""

from collections.abc import Mapping
from typing import NamedTuple

from graphql import (
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
from graphql.utilities import do_types_overlap

from gateway.sieve_values import TOLD_MAX, Invalid

_Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
_ANY_COMPOSITE = "{}"


class Shape(NamedTuple):
    """What a field takes and gives; of a directive what it takes.

    Attributes:
        arguments: all that may be given.
        required: those that must be.
        type_name: its composite type, None for a leaf.
        answers: its type as written, with one word for all composite types: two fields answered by one name must be alike
            in it.
    """

    arguments: Mapping[str, GraphQLArgument]
    required: frozenset[str]
    type_name: str | None = None
    answers: str = ""


class Shapes:
    """The shapes of one schema.

    Attributes:
        roots: the name of the root type by kind of operation.
        directives: the shapes of directives by name.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        kinds = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
        self.roots = {kind: root.name for kind, root in kinds.items() if root is not None}
        self.directives = {directive.name: _taken(directive.args) for directive in schema.directives}
        self._schema = schema
        self._fields: dict[str, Mapping[str, Shape]] = {}
        self._meetings: dict[tuple[str, str], bool] = {}

    def of(self, type_name: str) -> Mapping[str, Shape]:
        """The shapes of a composite type's fields, by name.

        Raises:
            Invalid: there is no such type.
        """
        found = self._fields.get(type_name)
        if found is None:
            found = self._fields[type_name] = self._made(type_name)
        return found

    def is_object(self, type_name: str) -> bool:
        """Whether a type is that of its values itself, so that two such types have no value in common."""
        return isinstance(self._schema.get_type(type_name), GraphQLObjectType)

    def meet(self, one: str, other: str) -> bool:
        """Whether a value can be of both types.

        Raises:
            Invalid: one of them does not exist.
        """
        if one == other:
            return True
        known = self._meetings.get((one, other))
        if known is None:
            types = self._composite(one), self._composite(other)
            known = self._meetings[one, other] = do_types_overlap(self._schema, *types)
        return known

    def _made(self, type_name: str) -> Mapping[str, Shape]:
        found = self._composite(type_name)
        fields = {} if isinstance(found, GraphQLUnionType) else found.fields
        shapes = {name: _shape(field.args, field.type) for name, field in fields.items()} | {"__typename": _TYPE_NAME}
        return shapes | {"__schema": _SCHEMA, "__type": _TYPE} if type_name == self.roots.get("query") else shapes

    def _composite(self, type_name: str) -> _Composite:
        found = self._schema.get_type(type_name)
        if not isinstance(found, _Composite):
            raise Invalid(f"Unknown type '{type_name[:TOLD_MAX]}', or fragments cannot be on it.")
        return found


def _taken(arguments: Mapping[str, GraphQLArgument]) -> Shape:
    return Shape(arguments, frozenset(name for name, argument in arguments.items() if is_required_argument(argument)))


def _shape(arguments: Mapping[str, GraphQLArgument], type_: GraphQLOutputType) -> Shape:
    named = get_named_type(type_)
    taken = _taken(arguments)
    if not is_composite_type(named):
        return taken._replace(answers=str(type_))
    return taken._replace(type_name=named.name, answers=str(type_).replace(named.name, _ANY_COMPOSITE))


_TYPE_NAME, _SCHEMA, _TYPE = (
    _shape(field.args, field.type) for field in (TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef)
)
