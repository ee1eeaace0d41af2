"""Writing the fields of selections: one variable per field, one dictionary per object, no bookkeeping in between."""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword
from typing import TYPE_CHECKING, assert_never

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import GroupedFieldSet

from gateway.execution import kinds, values
from gateway.execution.awaiting import refuse
from gateway.execution.calling import (
    AttributeCall,
    BatchCall,
    DefaultCall,
    DirectCall,
    ItemOfList,
    ResolverCall,
)
from gateway.execution.completing import CompletingSource
from gateway.execution.errors import fail, locate
from gateway.execution.info import Info
from gateway.execution.positions import Position
from gateway.execution.source import Compiled, indices_of, parameters_of

if TYPE_CHECKING:
    from gateway.execution.plans import Plan

_NAMES: dict[str, object] = {
    **kinds.TABLES,
    "M": kinds.MAPPING,
    "BrokenList": values.BrokenList,
    "Info": Info,
    "abstract": values.abstract,
    "as_list": values.as_list,
    "decided": values.decided,
    "fail": fail,
    "locate": locate,
    "refuse": refuse,
    "settle_rest": values.settle_rest,
    "special": values.special,
    "verify": values.verify,
}


class Emitter(CompletingSource):
    """Writes one module for a plan, with one of the entries below."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(_NAMES, plan.types)
        self._plan = plan

    def root(self, type_: GraphQLObjectType, fields: GroupedFieldSet) -> Compiled:
        """(root value, run) -> data, None when an error nulls everything."""
        self.open("def entry(s, run):")
        self.line("args = run.args")
        self.open("try:", block=True)
        self.line(f"return {self._object(type_, fields, 's', None)}")
        self.close(block=True)
        self.line("except Exception as error: return fail(run, error)")
        return self._built()

    def serial_field(self, position: Position) -> Compiled:
        """(root value, run) -> the completed field.

        Raises:
            GraphQLError: located, when the field nulls the whole response.
        """

        def body() -> str:
            variable = self._field(position, "s", "M[type(s)]")
            if isinstance(position.call, BatchCall):
                self.line(f"run.levels[{self.name('P', position)}].append((s, run.data, ()))")
            return variable

        self._function("entry", position, body)
        return self._built()

    def completion(self, position: Position) -> Compiled:
        """(plain value, run, *indices) -> the completed value."""

        def body() -> str:
            self.plain("s", position)
            return "s"

        self._function("entry", position, body)
        return self._built()

    def selected(self, position: Position, type_: GraphQLObjectType) -> Compiled:
        """(object of this type, run, *indices) -> its selected fields."""
        self._function("entry", position, lambda: self.selection(type_, "s", position))
        return self._built()

    def level(self, position: Position) -> Compiled:
        """(parents, values, run) -> None: completes a batch field for each parent, in its object of the response."""
        name, unpacked = self.name("P", position), indices_of(position)
        self.open("def entry(parents, values, run):")
        self.line("args = run.args")
        self.line("if len(args) < ARGUMENTS: run.more_arguments()")
        self.open("for (_, d, i), v in zip(parents, values):", block=True)
        if position.depth:
            self.line(f"{unpacked} = i")
        self.line(f"if run.errors and run.holder({name}, i) is not d: continue")
        self.open("try:", block=True)
        self.complete("v", position, "K")
        self.line(f"d[{position.template[-1]!r}] = v")
        self.close(block=True)
        self.line(f"except Exception as error: refuse(run, {name}, d, i, locate(error))")
        self.close(block=True)
        self.close()
        return self._built()

    def selection(self, type_: GraphQLObjectType, source: str, position: Position) -> str:
        return self._object(type_, self._plan.subfields(position, type_), source, position)

    def selection_function(self, type_: GraphQLObjectType, position: Position) -> str:
        name = self.new("f")
        self.later(lambda: self._function(name, position, lambda: self.selection(type_, "s", position)))
        return name

    def _built(self) -> Compiled:
        self.write_queued()
        function, text = self.build("entry", ARGUMENTS=len(self._plan.arguments))
        self._plan.texts.append(text)
        return function

    def _function(self, name: str, position: Position, body: Callable[[], str]) -> None:
        """A function of a source at a position, whose errors are located when they leave it."""
        self.open(f"def {name}(s, run{parameters_of(position)}):")
        self.line("args = run.args")
        self.line("if len(args) < ARGUMENTS: run.more_arguments()")
        self.open("try:", block=True)
        self.line(f"return {body()}", position)
        self.close(block=True)
        self.line("except Exception as error: raise locate(error)")
        self.close()

    def _object(self, type_: GraphQLObjectType, fields: GroupedFieldSet, source: str, parent: Position | None) -> str:
        """Write all fields of an object; the name of the variable that holds its response."""
        items: list[str] = []
        awaited: list[str] = []
        batches: list[Position] = []
        mapping = ""
        for key, details in fields.items():
            if details[0].node.name.value == "__typename":
                items.append(f"{key!r}: {type_.name!r}")
                continue
            position = self._plan.position(type_, key, details, parent)
            if position is None:
                continue
            if isinstance(position.call, BatchCall):
                batches.append(position)
            if isinstance(position.call, DefaultCall) and not mapping:
                mapping = self.new("m")
                self.line(f"{mapping} = M[type({source})]")
            variable = self._field(position, source, mapping)
            items.append(f"{key!r}: {variable}")
            if isinstance(position.call, ResolverCall | DirectCall) and position.call.awaits:
                awaited.append(variable)
        made = self.new("d")
        self.line(f"{made} = {{{', '.join(items)}}}")
        for variable in awaited:
            self.line(f"if {variable} is not None: {variable}.holder = {made}")
        for batch in batches:
            # A level's parents are noted once their object exists, so that its values find their place directly.
            self.line(f"run.levels[{self.name('P', batch)}].append(({source}, {made}, {indices_of(batch)}))")
        return made

    def _field(self, position: Position, source: str, mapping: str) -> str:
        """Write one field; the name of the variable that holds its completed value."""
        if isinstance(position.call, BatchCall):
            return "None"
        variable = self.new("v")
        protected = not position.fails_upwards
        if protected:
            self.open("try:", block=True)
        expression, awaits = self._call(position, source, mapping)
        if awaits:
            name, indices = self.name("P", position), indices_of(position)
            self.line(f"{variable} = run.defer({name}, {expression}, {indices})", position)
        else:
            self.line(f"{variable} = {expression}", position)
            self.complete(variable, position, "KC" if isinstance(position.call, DefaultCall) else "K")
        if protected:
            self.close(block=True)
            self.line(f"except Exception as error: {variable} = fail(run, error)")
        return variable

    def _call(self, position: Position, source: str, mapping: str) -> tuple[str, bool]:
        """The expression that gives a field its value, and whether that is known to be a coroutine.

        `mapping` is the expression that tells whether the source is a mapping, for graphql-core's default resolver.
        """
        call = position.call
        match call:
            case AttributeCall(name):
                plain = name.isidentifier() and not iskeyword(name)
                return (f"{source}.{name}" if plain else f"getattr({source}, {name!r})"), False
            case DefaultCall():
                name = position.name
                return f"{source}.get({name!r}) if {mapping} else getattr({source}, {name!r}, None)", False
            case ResolverCall():
                parts = [source, self._info(position), *self._arguments(position)]
                return f"{self.name('R', call.function)}({', '.join(parts)})", call.awaits
            case DirectCall():
                parts = [source] if call.positional else []
                parts += [f"{name}={source}" for name in call.parents]
                if call.info is not None:
                    made = self.name("I", self._plan.info_class)
                    field = self.name("F", call.field)
                    parts.append(f"{call.info}={made}(_raw_info={self._info(position)}, _field={field})")
                return (
                    f"{self.name('R', call.function)}({', '.join([*parts, *self._arguments(position)])})",
                    call.awaits,
                )
            case BatchCall() | ItemOfList():
                raise AssertionError("neither is called on its own")
        assert_never(call)

    def _info(self, position: Position) -> str:
        return f"Info({self.name('P', position)}, run, {indices_of(position)})"

    def _arguments(self, position: Position) -> list[str]:
        found = position.arguments
        if found is None:
            return []
        if isinstance(found, dict):
            return [f"**{self.name('A', found)}"] if found else []
        return [f"**args[{found}]"]
