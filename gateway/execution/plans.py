"""A plan: one operation, for one set of fields that its conditions select, compiled to Python functions.

Fields are collected by graphql-core. What the operation needs for certain is compiled with the plan; the selections of
an interface's types and the completions of awaited values are compiled when they are first needed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass

import strawberry
from graphql import (
    DirectiveNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLTypeResolver,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.type.directives import GraphQLDisableErrorPropagationDirective
from strawberry.types.info import Info as StrawberryInfo

from gateway.execution.arguments import Arguments, Compute
from gateway.execution.awaiting import Work, drain, take
from gateway.execution.calling import Call, call_of
from gateway.execution.emitting import Emitter
from gateway.execution.positions import Position, Slot
from gateway.execution.runs import Run
from gateway.execution.source import Compiled
from gateway.execution.types import TypesByClass

POSITIONS_MAX = 4_000
"""Fields of one plan. Compiling more would cost more than it can win."""


class Unsupported(Exception):
    """The operation is left to graphql-core.

    Attributes:
        reason: why, as a metric's label.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Ground:
    """What all plans of one schema share: how its fields are called and its values told apart."""

    def __init__(
        self,
        schema: GraphQLSchema,
        made_by: strawberry.Schema | None,
        *,
        field_resolver: GraphQLFieldResolver = default_field_resolver,
        type_resolver: GraphQLTypeResolver = default_type_resolver,
        hide_suggestions: bool = False,
    ) -> None:
        self.schema = schema
        self.strawberry = made_by
        self.types = TypesByClass(schema, made_by)
        self.type_resolver = type_resolver
        self.hide_suggestions = hide_suggestions
        self._field_resolver = field_resolver
        self._calls: dict[tuple[str, str], tuple[object, Call]] = {}

    def call(self, type_: GraphQLObjectType, name: str, field_def: GraphQLField) -> Call:
        """How a field of a type is called, found again only if its resolver was exchanged."""
        known = self._calls.get((type_.name, name))
        if known is None or known[0] is not field_def.resolve:
            call = call_of(field_def, self._field_resolver, self.strawberry)
            known = self._calls[type_.name, name] = (field_def.resolve, call)
        return known[1]


@dataclass(frozen=True, slots=True)
class Selected:
    """One operation of a document, with the document's fragments."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]


class Plan:
    """A compiled operation. It may be run any number of times, also at once.

    Attributes:
        arguments: what computes the arguments of each field that has a slot for them.
        texts: the generated source, for whoever looks into it.
    """

    def __init__(self, ground: Ground, selected: Selected, variables: VariableValues) -> None:
        """Compile.

        Raises:
            Unsupported: the operation must be left to graphql-core.
            GraphQLError: so must this one, whose error it will answer.
        """
        self._ground = ground
        self._selected = selected
        self._variables = variables  # those of the conditions are the same in every run of this plan
        self.schema = ground.schema
        self.strawberry = ground.strawberry
        self.types = ground.types
        self.type_resolver = ground.type_resolver
        self.info_class: type[StrawberryInfo] = (
            ground.strawberry.config.info_class if ground.strawberry else StrawberryInfo
        )
        self.operation = selected.operation
        self.fragment_definitions: dict[str, FragmentDefinitionNode] = {
            name: fragment.definition for name, fragment in selected.fragments.items()
        }
        self.arguments: list[Compute] = []
        self.texts: list[str] = []
        self._positions = 0
        self._propagates = not _disables_propagation(selected.operation.directives or ())
        self._completions: dict[Position, Compiled] = {}
        self._levels: dict[Position, Compiled] = {}
        self._selections: dict[tuple[Position, str], Compiled] = {}
        self._serial: list[tuple[str, Compiled]] | None = None
        self._root: Compiled | None = None
        self._is_complete = False
        self._compile()
        self._is_complete = True

    def _compile(self) -> None:
        operation = self.operation
        root_type = self.schema.get_root_type(operation.operation)
        if root_type is None:
            raise Unsupported("request_error")
        fields = collect_fields(
            self.schema,
            self._selected.fragments,
            self._variables,
            root_type,
            operation,
            self._ground.hide_suggestions,
        ).grouped_field_set
        if operation.operation is not OperationType.MUTATION:
            self._root = Emitter(self).root(root_type, fields)
            return
        self._serial = []
        for key, details in fields.items():
            if details[0].node.name.value == "__typename":
                self._serial.append((key, _constant(root_type.name)))
                continue
            position = self.position(root_type, key, details, None)
            if position is not None:
                self._serial.append((key, Emitter(self).serial_field(position)))

    def run(
        self, root_value: object, context: object, variables: VariableValues, extensions: object = None
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute once; awaitable only if something has to be awaited."""
        run = Run(self, root_value, context, variables, extensions)
        if self._root is None:
            return self._run_serially(run)
        run.data = self._root(root_value, run)
        if run.pending or run.levels:
            work = take(run)
            if work:
                return _finish(run, work)
        return run.result()

    def _run_serially(self, run: Run) -> ExecutionResult | Awaitable[ExecutionResult]:
        assert self._serial is not None, "mutations are compiled field by field"
        run.data = {}
        fields = iter(self._serial)
        for field in fields:
            self._step(run, field)
            work = take(run)
            if work:
                return self._finish_serially(run, work, fields)
            if run.data is None:
                break
        return run.result()

    async def _finish_serially(
        self, run: Run, work: list[Work], fields: Iterator[tuple[str, Compiled]]
    ) -> ExecutionResult:
        await drain(run, work)
        for field in fields:
            if run.data is None:
                break
            self._step(run, field)
            await drain(run, take(run))
        return run.result()

    def _step(self, run: Run, field: tuple[str, Compiled]) -> None:
        key, execute = field
        assert run.data is not None, "a response that became null ends the run"
        try:
            run.data[key] = execute(run.root_value, run)
        except GraphQLError as error:
            run.errors.append(error)
            run.data = None

    def completion(self, position: Position) -> Compiled:
        """(plain value, run, *indices) -> completed value, for an object, interface, union or list."""
        found = self._completions.get(position)
        if found is None:
            found = self._completions[position] = Emitter(self).completion(position)
        return found

    def level(self, position: Position) -> Compiled:
        """(parents, values, run) -> None, for a batch field."""
        found = self._levels.get(position)
        if found is None:
            found = self._levels[position] = Emitter(self).level(position)
        return found

    def selection(self, position: Position, type_: GraphQLObjectType) -> Compiled:
        """(object, run, *indices) -> its selected fields, for an object of this type at this position."""
        key = (position, type_.name)
        found = self._selections.get(key)
        if found is None:
            found = self._selections[key] = Emitter(self).selected(position, type_)
        return found

    def subfields(self, position: Position, type_: GraphQLObjectType) -> GroupedFieldSet:
        """The fields that are selected of an object type at a position."""
        return collect_subfields(
            self.schema,
            self._selected.fragments,
            self._variables,
            self.operation,
            type_,
            position.details,
            self._ground.hide_suggestions,
        ).grouped_field_set

    def position(
        self, type_: GraphQLObjectType, key: str, details: list[FieldDetails], above: Position | None
    ) -> Position | None:
        """A field of a selection; None when the type has no such field, which then is left out.

        Raises:
            Unsupported: the plan is too large; only before its first run, for a running operation must go on.
        """
        self._positions += 1
        if self._positions > POSITIONS_MAX and not self._is_complete:
            raise Unsupported("too_large")
        node = details[0].node
        field_def = self.schema.get_field(type_, node.name.value)
        if field_def is None:
            return None
        call = self._ground.call(type_, node.name.value, field_def)
        position = Position(details, type_, field_def, key=key, above=above, propagates=self._propagates, call=call)
        if field_def.args or node.arguments:
            arguments = Arguments(
                field_def, node, call, self.strawberry, hide_suggestions=self._ground.hide_suggestions
            ).prepare()
            if isinstance(arguments, dict):
                position.arguments = arguments
            else:
                position.arguments = Slot(len(self.arguments))
                self.arguments.append(arguments)
        return position


async def _finish(run: Run, work: list[Work]) -> ExecutionResult:
    await drain(run, work)
    return run.result()


def _constant(value: str) -> Compiled:
    def execute(_root_value: object, _run: Run) -> str:
        return value

    return execute


def _disables_propagation(directives: tuple[DirectiveNode, ...]) -> bool:
    return any(one.name.value == GraphQLDisableErrorPropagationDirective.name for one in directives)
