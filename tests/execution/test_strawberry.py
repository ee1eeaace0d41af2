"""Strawberry's fields run beneath their wrappers and answer as they did with them."""

from asyncio import sleep
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Annotated, Any, Union

import pytest
import strawberry
from graphql import ExecutionResult, parse, subscribe
from strawberry.dataloader import DataLoader
from strawberry.permission import BasePermission
from strawberry.types import Info

from gateway.execution import CompiledExecutor
from resolvers.batching import batch_field
from tests.execution.comparing import both, shown

pytestmark = pytest.mark.anyio


@dataclass
class World:
    """A context that notes batch calls."""

    loaders: dict[object, DataLoader[Any, Any]] = field(default_factory=dict)
    calls: list[tuple[str, list[int]]] = field(default_factory=list)


class Denied(BasePermission):
    """Nobody may."""

    message = "not you"

    def has_permission(self, source: object, info: Info, **kwargs: object) -> bool:
        return False


@strawberry.enum
class Size(Enum):
    """An enum whose values differ from its names."""

    SMALL = "s"
    LARGE = strawberry.enum_value("l", name="BIG")


@strawberry.input
class Inner:
    """Nested input."""

    day: date
    sizes: list[Size] = strawberry.field(default_factory=lambda: [Size.SMALL])


@strawberry.input
class Filter:
    """Input with every kind of default."""

    word: str
    number: int | None = 3
    inner: Inner | None = None
    maybe: strawberry.Maybe[int | None]


@strawberry.interface
class Node:
    """An interface."""

    id: strawberry.ID


@strawberry.type
class Leaf(Node):
    """A type with batch fields."""

    number: int

    @strawberry.field
    def plain(self, by: int = 2) -> int:
        return self.number * by

    @batch_field(description="Twice.")
    @staticmethod
    async def double(parents: Sequence["Leaf"], context: World) -> Sequence[int | ValueError]:
        context.calls.append(("double", [one.number for one in parents]))
        await sleep(0)
        return [ValueError("three") if one.number == 3 else one.number * 2 for one in parents]

    @batch_field(description="The next ones.")
    @staticmethod
    async def nexts(parents: Sequence["Leaf"], context: World, count: int = 1) -> Sequence[list["Leaf"]]:
        context.calls.append(("nexts", [one.number for one in parents]))
        return [[leaf(one.number + step) for step in range(1, count + 1)] for one in parents]

    @batch_field(description="Answered at once.")
    @staticmethod
    def half(parents: Sequence["Leaf"], context: World) -> Sequence[int | None]:
        context.calls.append(("half", [one.number for one in parents]))
        return [one.number // 2 or None for one in parents]


@strawberry.type
class Other(Node):
    """Another node."""

    size: Size = Size.LARGE


def leaf(number: int) -> Leaf:
    return Leaf(id=strawberry.ID(f"leaf{number}"), number=number)


Either = Annotated[Union[Leaf, Other], strawberry.union("Either")]  # noqa: UP007 - Strawberry names unions this way


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def echo(self, given: Filter | None = None, size: Size = Size.SMALL, tags: list[str] | None = None) -> str:
        return f"{given} {size} {tags}"

    @strawberry.field
    async def where(self, info: Info, parent: strawberry.Parent[object]) -> str:
        await sleep(0)
        return f"{info.path.as_list()} {info.field_name} {info.python_name} {parent} {info.variable_values}"

    @strawberry.field
    def selected(self, info: Info) -> list[str]:
        return [one.name for one in info.selected_fields]

    @strawberry.field(permission_classes=[Denied])
    def secret(self) -> str | None:
        return "secret"

    @strawberry.field
    def leaves(self, count: int = 3) -> list[Leaf]:
        return [leaf(number) for number in range(1, count + 1)]

    @strawberry.field
    def nodes(self) -> list[Node | None]:
        return [leaf(1), Other(id=strawberry.ID("o")), None]

    @strawberry.field
    async def eithers(self) -> list[Either]:
        return [leaf(1), Other(id=strawberry.ID("o"), size=Size.SMALL)]

    @strawberry.field
    def wrong(self) -> list[Either]:
        return [leaf(1), Filter(word="w")]  # type: ignore[list-item]  # a mistake on purpose

    @strawberry.field(graphql_type=list[int])
    async def numbers(self) -> AsyncGenerator[int, None]:
        for number in range(3):
            await sleep(0)
            yield number

    @strawberry.field
    def size(self) -> Size:
        return "l"  # type: ignore[return-value]  # a value instead of a member


@strawberry.type
class Subscription:
    """Events."""

    @strawberry.subscription
    async def leaf(self, upto: int) -> AsyncGenerator[Leaf, None]:
        for number in range(1, upto + 1):
            yield leaf(number)
        raise ValueError("over")


SCHEMA = strawberry.Schema(Query, subscription=Subscription, types=[Other])
CORE = SCHEMA._schema


@pytest.mark.parametrize(
    "text",
    [
        '{ echo a: echo(given: {word: "w", inner: {day: "2026-01-01"}, maybe: null}, size: BIG, tags: ["t"]) }',
        '{ echo(given: {word: "w", number: null, inner: {day: "2026-01-01", sizes: [BIG]}, maybe: 1}, tags: null) }',
        '{ echo(given: {word: "w", inner: {day: "never"}}) size }',
        "{ where a: where }",
        "{ selected }",
        "{ secret echo }",
        "{ nodes { __typename id ... on Leaf { number plain other: plain(by: 3) } ... on Other { size } } }",
        "{ eithers { ... on Node { id } ... on Leaf { number } ... on Other { size } } }",
        "{ wrong { __typename } }",
        "{ numbers }",
    ],
)
async def test_a_field_answers_as_in_the_stock_executor(text: str) -> None:
    await both(CORE, text, context=World)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"g": {"word": "w", "inner": {"day": "2026-02-03", "sizes": ["BIG", "SMALL"]}}, "s": "BIG"},
        {"g": {"word": "w", "maybe": 4}, "t": ["a"], "w": "v"},
        {"g": {"word": 5}},
        {"g": {"word": "w", "inner": {"day": 5}}},
        {"s": "HUGE"},
    ],
)
async def test_inputs_in_variables_become_strawberrys_classes(variables: dict[str, object]) -> None:
    text = """query($g: Filter, $s: Size! = SMALL, $t: [String!], $w: String! = "w") {
      echo(given: $g, size: $s, tags: $t) other: echo(given: {word: $w}) where }"""
    await both(CORE, text, variables=variables)


@pytest.mark.parametrize("count", [1, 20])
async def test_a_batch_field_is_one_call_per_level_whatever_its_length(count: int) -> None:
    worlds: list[World] = []

    def world() -> World:
        worlds.append(World())
        return worlds[-1]

    text = "query($n: Int!) { leaves(count: $n) { id nexts(count: 2) { half plain nexts { number half } } } }"
    await both(CORE, text, variables={"n": count}, context=world)
    for one in worlds:
        numbers = list(range(1, count + 1))
        level = [number + step for number in numbers for step in (1, 2)]
        below = [number + 1 for number in level]
        assert sorted(one.calls) == sorted([("nexts", numbers), ("nexts", level), ("half", level), ("half", below)])


async def test_an_exception_of_a_batch_nulls_what_it_must() -> None:
    answer = await both(CORE, "{ leaves { double nexts { double half } half } echo }", context=World)
    assert answer.data is None
    answer = await both(CORE, "{ leaves(count: 2) { half nexts { id half } } echo }", context=World)
    assert answer.errors is None


async def test_a_sync_batch_needs_no_event_loop() -> None:
    answer = CompiledExecutor(CORE).execute(parse("{ leaves { half number } }"), context_value=World())
    assert isinstance(answer, ExecutionResult)
    assert answer.data == {"leaves": [{"half": number // 2 or None, "number": number} for number in (1, 2, 3)]}


async def test_every_event_of_a_subscription_is_compiled() -> None:
    document = parse("subscription($n: Int!) { leaf(upto: $n) { id number nexts { number } } }")
    executor = CompiledExecutor(CORE)
    seen: list[list[tuple[object, object]]] = []
    for started in (
        executor.subscribe(document, variable_values={"n": 2}, context_value=World()),
        subscribe(CORE, document, variable_values={"n": 2}, context_value=World()),
    ):
        stream = started if hasattr(started, "__aiter__") else await started
        assert not isinstance(stream, ExecutionResult)
        seen.append([(event.data, shown(event.errors)) for event in [await anext(stream), await anext(stream)]])
        with pytest.raises(ValueError, match="over"):
            await anext(stream)
    assert seen[0] == seen[1]
    assert seen[0][1] == ({"leaf": {"id": "leaf2", "number": 2, "nexts": [{"number": 3}]}}, [])
    assert executor.counts == {("compiled", ""): 2}


async def test_a_subscription_that_cannot_begin_answers_why() -> None:
    executor = CompiledExecutor(CORE)
    started = executor.subscribe(parse("subscription($n: Int!) { leaf(upto: $n) { id } }"), variable_values={"n": "x"})
    assert isinstance(started, ExecutionResult)
    assert [error.message for error in started.errors or ()] == [
        "Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'"
    ]


async def test_a_null_condition_below_a_batch_field_is_a_fields_error() -> None:
    document = parse("query($b: Boolean = true) { leaves { id nexts { number @include(if: $b) } } }")
    running = CompiledExecutor(CORE).execute(document, variable_values={"b": None}, context_value=World())
    answer = running if isinstance(running, ExecutionResult) else await running
    assert answer.data is None
    assert [error.message for error in answer.errors or ()] == [
        "Argument 'if' has invalid value: Expected variable '$b' provided to non-null type 'Boolean!' not to be None."
    ]
