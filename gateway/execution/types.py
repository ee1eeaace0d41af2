"""What Strawberry's own classes tell without asking: the GraphQL type of an object, and the name of an enum's member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.calling import DEFINITION
from gateway.execution.positions import Position
from gateway.execution.runs import Run
from gateway.execution.values import abstract, leaf

if TYPE_CHECKING:
    from gateway.execution.plans import Plan

CAST_ATTRIBUTE = TYPE_CAST_ATTRIBUTE
_CLASSES_MAX = 1000


class TypesByClass:
    """The object types whose values are instances of one class exactly; empty when Strawberry made none."""

    def __init__(self, schema: GraphQLSchema, made_by: strawberry.Schema | None) -> None:
        self._by_class: dict[type, GraphQLObjectType] = {}
        self._schema = schema
        self._made_by = made_by
        self._enums: dict[str, EnumNames] = {}
        if made_by is None:
            return
        found = [(cls, type_) for type_ in schema.type_map.values() if (cls := _class_of(type_)) is not None]
        counts = Counter(cls for cls, _ in found)
        for cls, type_ in found:
            if counts[cls] == 1 and isinstance(type_, GraphQLObjectType):
                self._by_class[cls] = type_
        self._by_type = {type_.name: cls for cls, type_ in self._by_class.items()}

    def class_of(self, type_: GraphQLObjectType) -> type | None:
        """The class of a type's values, when Strawberry's own predicate decides."""
        return self._by_type.get(type_.name) if self._made_by is not None else None

    def type_of(self, cls: type) -> GraphQLObjectType | None:
        """The type of a class."""
        return self._by_class.get(cls)

    def branches(self, position: Position) -> Branches | None:
        """The selections of an abstract position by class; None when its type is not resolved by Strawberry's rules."""
        inner = position.inner
        if self._made_by is None:
            return None
        if isinstance(inner, GraphQLInterfaceType):
            definition = inner.extensions.get(DEFINITION)
            if not isinstance(definition, StrawberryObjectDefinition) or definition.resolve_type is not None:
                return None
        elif not isinstance(inner, GraphQLUnionType) or DEFINITION not in inner.extensions:
            return None
        return Branches(position, self, self._schema)

    def leaf_coercer(self, type_: GraphQLOutputType) -> Callable[[object], object] | None:
        """The coercion of a Strawberry enum by look-up; None for every other leaf."""
        if self._made_by is None or type(type_) is not CustomGraphQLEnumType:
            return None
        if type_.name not in self._enums:
            self._enums[type_.name] = EnumNames(type_)
        return self._enums[type_.name].__getitem__


class EnumNames(dict[object, object]):
    """Names of an enum's members, found once by graphql-core's rule. Only real members are remembered."""

    def __init__(self, type_: CustomGraphQLEnumType) -> None:
        super().__init__()
        self._type = type_
        members: Iterable[object] = type_.wrapped_cls
        for member in members:
            with suppress(Exception):  # a member without a hash or a name is left to the rule itself
                self[member] = leaf(type_, member)

    def __getitem__(self, key: object) -> object:
        if type(key) is self._type.wrapped_cls:
            with suppress(KeyError, TypeError):
                return super().__getitem__(key)
        return leaf(self._type, key)


class Branches(dict[type, Callable[..., object]]):
    """Class -> compiled selection at one abstract position, learned from the standard answer's own rules."""

    def __init__(self, position: Position, types: TypesByClass, schema: GraphQLSchema) -> None:
        super().__init__()
        self._position = position
        self._types = types
        assert isinstance(position.inner, GraphQLInterfaceType | GraphQLUnionType)
        self._possible = {type_.name for type_ in schema.get_possible_types(position.inner)}

    def __missing__(self, cls: type) -> Callable[..., object]:
        position = self._position
        type_ = self._types.type_of(cls)

        def standard(value: object, run: Run, *indices: int) -> object:
            return abstract(value, position, run, indices)

        if type_ is None or type_.name not in self._possible:
            if len(self) < _CLASSES_MAX:
                self[cls] = standard
            return standard
        found: GraphQLObjectType = type_

        def known(value: object, run: Run, *indices: int) -> object:
            if getattr(value, CAST_ATTRIBUTE, None) is not None:
                return abstract(value, position, run, indices)
            plan: Plan = run.plan
            return plan.selection(position, found)(value, run, *indices)

        self[cls] = known
        return known


def _class_of(type_: object) -> type | None:
    """The class of an object type that Strawberry made from it alone: no generics, no predicate of its own."""
    if not isinstance(type_, GraphQLObjectType):
        return None
    definition = type_.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    if definition.is_type_of is not None or definition.concrete_of is not None or definition.is_graphql_generic:
        return None
    return definition.origin if definition.name == type_.name else None
