"""What a resolver may ask about its call, computed when it asks."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel
from graphql.pyutils.is_awaitable import is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

from gateway.execution.background import settle
from gateway.execution.positions import Indices, Position
from gateway.execution.runs import Run

_FIELDS = tuple(name for name in GraphQLResolveInfo._fields if name != "async_helpers")


class Info:
    """The attributes of graphql-core's GraphQLResolveInfo. Most resolvers read `context` alone, so none is stored."""

    __slots__ = ("_indices", "_position", "_run")

    is_awaitable = staticmethod(is_awaitable)
    abort_signal = None

    def __init__(self, position: Position, run: Run, indices: Indices) -> None:
        self._position = position
        self._run = run
        self._indices = indices

    def __eq__(self, other: object) -> bool:
        """Whether all of graphql-core's fields are equal; an info of either executor may be compared."""
        return isinstance(other, GraphQLResolveInfo | Info) and all(
            getattr(self, name) == getattr(other, name) for name in _FIELDS
        )

    __hash__ = object.__hash__

    @property
    def context(self) -> object:
        return self._run.context

    @property
    def field_name(self) -> str:
        return self._position.name

    @property
    def field_nodes(self) -> list[FieldNode]:
        return self._position.nodes

    @property
    def return_type(self) -> GraphQLOutputType:
        return self._position.field_def.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        return self._position.parent_type

    @property
    def path(self) -> Path:
        return self._position.typed_path(self._indices)

    @property
    def schema(self) -> GraphQLSchema:
        return self._run.plan.schema

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        return self._run.plan.fragment_definitions

    @property
    def root_value(self) -> object:
        return self._run.root_value

    @property
    def operation(self) -> OperationDefinitionNode:
        return self._run.plan.operation

    @property
    def variable_values(self) -> VariableValues | dict[str, object]:
        """Strawberry's resolvers get the plain values, graphql-core's the container."""
        variables = self._run.variables
        return variables if self._run.plan.strawberry is None else variables.coerced

    @property
    def operation_extensions(self) -> object:
        return self._run.extensions

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        return GraphQLResolveInfoHelpers(gather=_gather, track=settle)


def _gather(values: Sequence[Awaitable[object]]) -> Awaitable[list[object]]:
    return gather_with_cancel(*values)
