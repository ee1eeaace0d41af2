"""Writing the statements that complete a value: a test for the expected type, and a way out for everything else."""

from __future__ import annotations

from abc import ABC, abstractmethod

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)

from gateway.execution.kinds import TABLES, leaf_test
from gateway.execution.positions import Position
from gateway.execution.source import Source, indices_of, parameters_of
from gateway.execution.types import CAST_ATTRIBUTE, TypesByClass
from gateway.execution.values import leaf


class CompletingSource(Source, ABC):
    """Source that can complete values. Selections of objects are written by the subclass."""

    def __init__(self, names: dict[str, object], types: TypesByClass) -> None:
        super().__init__(names)
        self._types = types

    @abstractmethod
    def selection(self, type_: GraphQLObjectType, source: str, position: Position) -> str:
        """Write the fields of an object in the variable `source`; the name of the variable with the response."""

    @abstractmethod
    def selection_function(self, type_: GraphQLObjectType, position: Position) -> str:
        """The name of a function that does so: (source, run, *indices)."""

    def complete(self, variable: str, position: Position, table: str) -> None:
        """Complete the value in a variable, in place. `table` names the look-up of types that need care."""
        name, indices = self.name("P", position), indices_of(position)
        out = f"special({variable}, {name}, run, {indices})"
        inner = position.inner
        if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            self._leaf(variable, position, inner, out, table)
        elif isinstance(inner, GraphQLList):
            self._list(variable, position, name)
        else:
            self.open(f"if {self._expected(variable, inner, table)}{table}[type({variable})]:")
            self.line(f"{variable} = {out}", position)
            self.close()
            self.open("else:")
            self.composite(variable, position, name)
            self.close()

    def _expected(self, variable: str, inner: object, table: str) -> str:
        """The condition that a value is of another class than expected, which is seen faster than looked up."""
        cls = self._types.class_of(inner) if isinstance(inner, GraphQLObjectType) else None
        if cls is None or TABLES[table][cls]:
            return ""
        return f"type({variable}) is not {self.name('C', cls)} and "

    def plain(self, variable: str, position: Position) -> None:
        """Complete a value that is known to be neither null, nor an exception, nor awaitable."""
        name = self.name("P", position)
        if isinstance(position.inner, GraphQLList):
            self._list(variable, position, name)
        else:
            self.composite(variable, position, name)

    def _leaf(self, variable: str, position: Position, inner: GraphQLLeafType, out: str, table: str) -> None:
        test = leaf_test(inner)
        if test is not None:
            nothing = "" if position.must_exist else f" and {variable} is not None"
            self.line(f"if not {test.format(v=variable)}{nothing}: {variable} = {out}", position)
            return
        coerce = self.name("S", self._types.leaf_coercer(inner) or (lambda value: leaf(inner, value)))
        self.line(f"{variable} = {out} if {table}[type({variable})] else {coerce}({variable})", position)

    def _list(self, variable: str, position: Position, name: str) -> None:
        items = position.items
        made, item, index = self.new("l"), self.new("x"), f"i{position.depth}"
        other = f"as_list({variable}, {name}, run, {indices_of(position)})"
        self.open(
            f"if type({variable}) is list or type({variable}) is tuple or isinstance({variable} := {other}, list):",
            position,
        )
        self.line(f"{made} = []")
        # An item that may be null is protected by itself; another fails the list, and those behind it are settled.
        around, inside = (["try:"], []) if items.fails_upwards else ([], ["try:"])
        for text in around:
            self.open(text, block=True)
        self.open(f"for {index}, {item} in enumerate({variable}):", position, block=True)
        for text in inside:
            self.open(text, block=True)
        self.complete(item, items, "K")
        for _ in inside:
            self.close(block=True)
            self.line(f"except Exception as error: {item} = fail(run, error)")
        self.line(f"{made}.append({item})")
        self.close(block=True)
        for _ in around:
            self.close(block=True)
            self.line("except Exception:")
            self.line(f"    settle_rest({variable}, {index})")
            self.line("    raise")  # the error keeps the line it was first raised at
        self.line(f"if type({variable}) is BrokenList: raise {variable}.error", position)
        self.line(f"{variable} = {made}")
        self.close()

    def composite(self, variable: str, position: Position, name: str) -> None:
        """Complete an object, or a value of an interface or union."""
        inner, indices, rest = position.inner, indices_of(position), parameters_of(position)
        if isinstance(inner, GraphQLInterfaceType | GraphQLUnionType):
            branches = self._types.branches(position)
            if branches is None:
                self.line(f"{variable} = abstract({variable}, {name}, run, {indices})", position)
            else:
                self.line(f"{variable} = {self.name('B', branches)}[type({variable})]({variable}, run{rest})", position)
            return
        assert isinstance(inner, GraphQLObjectType), "all other output types have been considered"
        if inner.is_type_of is None:
            self._inline(inner, variable, position)
            return
        type_, cls = self.name("T", inner), self._types.class_of(inner)
        if cls is not None:
            known = (
                f"type({variable}) is {self.name('C', cls)} and getattr({variable}, {CAST_ATTRIBUTE!r}, None) is None"
            )
            self.line(f"if not ({known}): verify({variable}, {name}, run, {indices}, {type_})", position)
            self._inline(inner, variable, position)
            return
        answer = self.new("a")
        self.line(f"{answer} = {self.name('Q', inner.is_type_of)}({variable}, Info({name}, run, {indices}))", position)
        self.open(f"if {answer} is True:")
        self._inline(inner, variable, position)
        self.close()
        self.line(f"else: {variable} = decided({answer}, {variable}, {name}, run, {indices}, {type_})", position)

    def _inline(self, type_: GraphQLObjectType, variable: str, position: Position) -> None:
        """Select an object's fields here, or in a function where nesting is too deep."""
        if self.deep:
            call = f"{self.selection_function(type_, position)}({variable}, run{parameters_of(position)})"
            self.line(f"{variable} = {call}", position)
        else:
            self.line(f"{variable} = {self.selection(type_, variable, position)}")
