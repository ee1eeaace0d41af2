"""A batch field is an ordinary field of the schema and one call per level."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from strawberry.dataloader import DataLoader
from strawberry.types.base import get_object_definition

from resolvers.batching import Batch, WrongBatchSize, batch_field, batch_of


@dataclass
class Calls:
    """A context that notes how batch functions were called."""

    loaders: dict[object, DataLoader[Any, Any]] = field(default_factory=dict)
    made: list[tuple[str, list[int], object]] = field(default_factory=list)


class Gone(Exception):
    """The answer for one parent."""


@strawberry.input
class Only:
    """An argument that has no hash."""

    tags: list[str] = strawberry.field(default_factory=list)


@strawberry.type
class Leaf:
    """A parent."""

    number: int

    @batch_field(description="Twice its number.")
    @staticmethod
    async def double(parents: Sequence["Leaf"], context: Calls) -> Sequence[int]:
        context.made.append(("double", [one.number for one in parents], None))
        return [one.number * 2 for one in parents]

    @batch_field(description="Its number times another; odd ones are gone.", name="multiple")
    @staticmethod
    async def times(
        parents: Sequence["Leaf"], context: Calls, by: int = 10, only: Only | None = None
    ) -> Sequence[int | Gone | None]:
        context.made.append(("times", [one.number for one in parents], (by, only)))
        return [Gone(f"{one.number} is odd") if one.number % 2 else one.number * by for one in parents]

    @batch_field(description="The next leaf, at once.", deprecation_reason="Count.")
    @staticmethod
    def next(parents: Sequence["Leaf"], context: Calls) -> Sequence["Leaf"]:
        context.made.append(("next", [one.number for one in parents], None))
        return [Leaf(number=one.number + 1) for one in parents]

    @batch_field()
    @staticmethod
    def short(parents: Sequence["Leaf"], context: Calls) -> Awaitable[Sequence[str]]:
        context.made.append(("short", [one.number for one in parents], None))

        async def answer() -> Sequence[str]:
            return []

        return answer()


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def leaves(self) -> list[Leaf]:
        return [Leaf(number=number) for number in (1, 2, 3)]


SCHEMA = strawberry.Schema(query=Query)


async def run(text: str) -> tuple[object, list[tuple[str, object]], Calls]:
    calls = Calls()
    result = await SCHEMA.execute(text, context_value=calls)
    return result.data, [(error.message, error.path) for error in result.errors or ()], calls


def test_the_schema_shows_an_ordinary_field() -> None:
    shown = SCHEMA.as_str().split("type Leaf")[1].split("input Only")[0]
    assert shown.strip() == (
        '{\n  number: Int!\n\n  """Twice its number."""\n  double: Int!\n\n'
        '  """Its number times another; odd ones are gone."""\n'
        "  multiple(by: Int! = 10, only: Only = null): Int\n\n"
        '  """The next leaf, at once."""\n  next: Leaf! @deprecated(reason: "Count.")\n  short: String!\n}'
    )


@pytest.mark.anyio
async def test_every_level_is_one_call_in_the_order_of_its_parents() -> None:
    data, errors, calls = await run("{ leaves { double next { double next { number } } } }")
    assert errors == []
    assert data == {
        "leaves": [
            {"double": 2, "next": {"double": 4, "next": {"number": 3}}},
            {"double": 4, "next": {"double": 6, "next": {"number": 4}}},
            {"double": 6, "next": {"double": 8, "next": {"number": 5}}},
        ]
    }
    assert sorted(calls.made) == [
        ("double", [1, 2, 3], None),
        ("double", [2, 3, 4], None),
        ("next", [1, 2, 3], None),
        ("next", [2, 3, 4], None),
    ]


@pytest.mark.anyio
async def test_an_exception_in_the_answer_fails_its_own_parent_only() -> None:
    data, errors, _calls = await run("{ leaves { multiple } }")
    assert data == {"leaves": [{"multiple": None}, {"multiple": 20}, {"multiple": None}]}
    assert errors == [("1 is odd", ["leaves", 0, "multiple"]), ("3 is odd", ["leaves", 2, "multiple"])]


@pytest.mark.anyio
async def test_fields_with_other_arguments_are_other_calls_even_when_they_have_no_hash() -> None:
    text = """{ leaves { a: multiple(by: 2, only: {tags: ["x"]}) b: multiple(by: 2, only: {tags: ["x"]})
      c: multiple(by: 2, only: {tags: ["y"]}) } }"""
    data, _errors, calls = await run(text)
    assert data == {"leaves": [dict.fromkeys("abc"), dict.fromkeys("abc", 4), dict.fromkeys("abc")]}
    assert calls.made == [
        ("times", [1, 1, 2, 2, 3, 3], (2, Only(tags=["x"]))),
        ("times", [1, 2, 3], (2, Only(tags=["y"]))),
    ]


@pytest.mark.anyio
async def test_an_answer_of_the_wrong_length_fails_every_parent() -> None:
    data, errors, _calls = await run("{ leaves { short } }")
    assert data is None
    assert errors == [(str(WrongBatchSize(3, 0)), ["leaves", 0, "short"])]


def test_the_function_is_found_through_the_field() -> None:
    fields = {one.name: one for one in get_object_definition(Leaf, strict=True).fields}
    batch = batch_of(fields["double"])
    assert isinstance(batch, Batch)
    assert batch.function.__name__ == "double"
    assert batch_of(fields["number"]) is None


def test_an_annotation_that_is_no_sequence_is_refused() -> None:
    with pytest.raises(TypeError, match=r"must be annotated to return Sequence\[…\]"):

        @batch_field()
        def wrong(parents: Sequence[Leaf], context: Calls) -> int:  # type: ignore[arg-type]
            return 1
