"""A compiled operation answers as graphql-core does: data, errors, their paths and their locations."""

from asyncio import sleep
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, build_schema

from tests.execution.comparing import both

pytestmark = pytest.mark.anyio

SDL = """
enum Color { RED GREEN }
scalar Odd
interface Animal { name: String! friend: Animal }
type Cat implements Animal { name: String! friend: Animal lives: Int! }
type Dog implements Animal { name: String! friend: Animal barks: Boolean }
union Pet = Cat | Dog
input Range { from: Int! to: Int = 9 tags: [String!] }
type Item { id: ID! text: String! note: String number: Int float: Float odd: Odd color: Color flag: Boolean!
  must: Item! maybe: Item list: [Item!] lists: [[Int]!]! holes: [Int] }
type Query { item: Item must: Item! items(first: Int = 2, range: Range, in: [Color!] = [RED]): [Item!]! pets: [Pet!]
  animals: [Animal] echo(range: Range, first: Int!, word: String = "w", ids: [ID!]): String text: String }
type Mutation { first: Int second: Int! third: Int }
"""


@dataclass
class Named:
    """An object whose class tells its type."""

    name: object
    friend: object = None
    lives: object = 9
    barks: object = True


class Cat(Named):
    """A cat."""


class Dog(Named):
    """A dog."""


def make_schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    for cls in (Cat, Dog):
        type_ = schema.type_map[cls.__name__]
        assert isinstance(type_, GraphQLObjectType)
        type_.is_type_of = lambda value, _info, cls=cls: isinstance(value, cls)  # type: ignore[misc]
    echo = schema.type_map["Query"].fields["echo"]  # type: ignore[attr-defined]
    echo.resolve = lambda _root, info, **given: f"{info.path.as_list()} {given}"
    return schema


SCHEMA = make_schema()


async def later(value: object, turns: int = 1) -> object:
    for _ in range(turns):
        await sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def one_by_one(*values: object) -> AsyncIterator[object]:
    for value in values:
        await sleep(0)
        if isinstance(value, Exception):
            raise value
        yield value


def counted(upto: int, error: Exception | None = None) -> Iterator[int]:
    yield from range(upto)
    if error:
        raise error


def called(_info: object, **given: object) -> object:
    return given.get("first", "called")


Tree = dict[str, Any]
WHOLE: Tree = {"id": "1", "text": "t", "flag": True}

CASES: list[tuple[str, Callable[[], Tree], str]] = [
    ("plain values", lambda: {"item": {**WHOLE, "number": 3, "float": 1.5, "color": "RED", "odd": 3}},
     "{ item { id text note number float color odd flag __typename } text }"),
    ("coerced values", lambda: {"item": {"id": 7, "text": 5, "flag": 1, "number": 2.0, "float": 2, "color": "GREEN"}},
     "{ item { id text number float color flag } }"),
    ("wrong leaves", lambda: {"item": {**WHOLE, "number": "x", "float": float("nan"), "color": "BLUE", "odd": None}},
     "{ item { id number float color odd } }"),
    ("a wrong leaf that must be", lambda: {"item": {**WHOLE, "flag": "no"}}, "{ item { id flag } text }"),
    ("null where it must not be", lambda: {"item": {**WHOLE, "maybe": {"id": "2", "must": {"text": None}}}},
     "{ item { id maybe { id must { text } } } text }"),
    ("null up to the root", lambda: {"must": {"must": {"must": None}}}, "{ text must { must { must { id } } } }"),
    ("exceptions as values", lambda: {"item": {**WHOLE, "note": ValueError("no"), "maybe": KeyError("k")}, "text": "t"},
     "{ item { note maybe { id } id } text }"),
    ("an error that has locations", lambda: {"text": GraphQLError("own", path=["elsewhere"])}, "{ text }"),
    ("lists of lists with holes", lambda: {"item": {**WHOLE, "lists": [[1, None], (2,), []], "holes": [None, "x", 3]}},
     "{ item { lists holes } }"),
    ("a null list in a list", lambda: {"item": {**WHOLE, "lists": [[1], None]}}, "{ item { lists } }"),
    ("no list at all", lambda: {"item": {**WHOLE, "holes": 5}, "items": {"a": 1}}, "{ item { id holes } }"),
    ("any iterable", lambda: {"item": {**WHOLE, "holes": counted(3), "list": {1: 2}.values()}}, "{ item { holes } }"),
    ("an iterable that fails", lambda: {"item": {**WHOLE, "holes": counted(3, OSError("gone"))}}, "{ item { holes } }"),
    ("items before an iterable fails", lambda: {"item": {**WHOLE, "holes": iter([1, "x", KeyError("k"), 4])},
     "items": counted(1, OSError("gone"))}, "{ item { holes } items { id } }"),
    ("awaitables behind a failed item", lambda: {"item": {**WHOLE, "list": [None, later(WHOLE), later(ValueError("no"))]}},
     "{ item { id list { id } } }"),
    ("an item that must be", lambda: {"items": [WHOLE, None]}, "{ items { id } }"),
    ("an item that fails", lambda: {"items": [WHOLE, {**WHOLE, "list": [WHOLE, ValueError("no")]}]},
     "{ items { id list { id } } }"),
    ("callables", lambda: {"text": called, "items": lambda _info, **given: [{**WHOLE, "note": str(given)}]},
     "{ text items(first: 5, in: [GREEN]) { note } }"),
    ("attributes", lambda: {"animals": [Cat("Tom"), Dog("Rex", Cat("Kit"))]},
     "{ animals { __typename name friend { name ... on Cat { lives } } ... on Dog { barks } } }"),
    ("unions", lambda: {"pets": [Cat("Tom"), Dog("Rex")]},
     "{ pets { ... on Animal { name } ... on Cat { lives n: name } ...D } } fragment D on Dog { barks }"),
    ("a type that is none of it", lambda: {"pets": [Cat("Tom"), 5]}, "{ pets { __typename } }"),
    ("a type name", lambda: {"animals": [{"__typename": "Query"}, {"__typename": "Nothing"}, {"__typename": "Color"}]},
     "{ animals { name } }"),
    ("awaitables", lambda: {"item": later({**WHOLE, "note": later("n", 2), "maybe": later({**WHOLE, "note": later("m")})}),
     "text": later("t")}, "{ item { id note maybe { note } } text }"),
    ("awaitable items", lambda: {"items": [later(WHOLE), WHOLE, later({**WHOLE, "note": later("n")}, 3)]},
     "{ items { id note } }"),
    ("awaitable failures", lambda: {"item": {**WHOLE, "note": later(ValueError("late")), "maybe": later(None)}},
     "{ item { note maybe { id } } }"),
    ("an awaited null that must not be", lambda: {"item": {**WHOLE, "maybe": {"id": "2", "must": later(None, 2)}}},
     "{ item { id maybe { id must { id } } } text }"),
    ("an awaited item that fails below", lambda: {"items": later([WHOLE, {"id": later(ValueError("no"))}])},
     "{ text items { id } }"),
    ("an asynchronous iterator", lambda: {"items": one_by_one(WHOLE, {**WHOLE, "note": later("n", 3)})},
     "{ items { id note } }"),
    ("an asynchronous iterator that fails", lambda: {"item": {**WHOLE, "holes": one_by_one(1, OSError("gone"))}},
     "{ item { id holes } }"),
    ("an asynchronous item that must be", lambda: {"item": {**WHOLE, "list": one_by_one(WHOLE, None, WHOLE)}},
     "{ item { id list { id } } }"),
    ("an awaitable list in a list", lambda: {"item": {**WHOLE, "lists": [later([1, later(2)]), [3]]}}, "{ item { lists } }"),
    ("merged fields", lambda: {"item": {**WHOLE, "maybe": {**WHOLE, "note": "n"}}},
     "{ item { id ...A } item { maybe { note } } } fragment A on Item { text maybe { id ...B } } fragment B on Item { flag }"),
    ("several nodes of one error", lambda: {"item": {**WHOLE, "maybe": ValueError("no")}},
     "{ item { maybe { id } } ... on Query { item { maybe { text } } } }"),
]  # fmt: skip


@pytest.mark.parametrize(("root", "text"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_the_answer_is_graphql_cores(root: Callable[[], Tree], text: str) -> None:
    await both(SCHEMA, text, root=root)


@pytest.mark.parametrize(
    "variables",
    [
        {"n": 3},
        {"n": 3, "r": {"from": 1}, "w": None, "i": ["a"]},
        {"n": 3, "r": {"from": 1, "to": None, "tags": ["x"]}, "w": "v", "x": 5},
        {"n": None},
        {"n": "3"},
        {"n": 2**31},
        {"n": 1, "r": {"from": "1", "nothing": 2}},
        {"n": 1, "i": "single"},
        {},
    ],
)
async def test_variables_and_arguments_are_coerced_alike(variables: dict[str, object]) -> None:
    text = """query($n: Int!, $r: Range, $w: String = "d", $i: [ID!], $x: Int = 4) {
      a: echo(range: $r, first: $n, word: $w, ids: $i) b: echo(first: $n, range: {from: $x, tags: ["t"]})
      c: echo(first: 1, ids: ["1", "2"]) d: echo(first: 1, word: null) e: echo(first: $n, word: $w, range: {from: 1}) }"""
    await both(SCHEMA, text, variables=variables)


async def test_an_argument_that_cannot_be_coerced_fails_its_field_alone() -> None:
    answer = await both(SCHEMA, "query($n: Int) { text echo(first: $n) }", root=lambda: {"text": "t"})
    assert answer.data == {"text": "t", "echo": None}


@pytest.mark.parametrize("skip", [True, False, None])
@pytest.mark.parametrize("include", [True, False])
async def test_conditions_select_fields(skip: bool | None, include: bool) -> None:
    text = """query($s: Boolean = false, $i: Boolean!) { text @skip(if: $s) item @include(if: $i) { id ...F @skip(if: $s)
      ... @include(if: $i) { text } } a: text @skip(if: true) b: text @include(if: true) @skip(if: false) }
      fragment F on Item { flag @include(if: $i) }"""
    variables = {"i": include} if skip is None else {"i": include, "s": skip}
    await both(SCHEMA, text, variables=variables, root=lambda: {"text": "t", "item": WHOLE})


async def test_a_condition_without_its_value_is_refused_alike() -> None:
    await both(SCHEMA, "query($i: Boolean) { text @include(if: $i) }", compiled=False)


async def test_a_condition_that_is_null_is_refused_alike_wherever_it_stands() -> None:
    text = "query($i: Boolean = true) { text item { id @include(if: $i) } }"
    answer = await both(SCHEMA, text, variables={"i": None}, root=lambda: {"text": "t", "item": WHOLE}, compiled=False)
    assert answer.data == {"text": "t", "item": None}


async def test_a_named_operation_is_chosen_and_a_wrong_name_refused_alike() -> None:
    text = "query A { text } query B { item { id } } mutation C { first }"
    await both(SCHEMA, text, name="B", root=lambda: {"item": WHOLE})
    await both(SCHEMA, text, name="D", compiled=False)
    await both(SCHEMA, text, compiled=False)
    await both(SCHEMA, "fragment A on Item { id }", compiled=False)


async def test_introspection_is_compiled() -> None:
    text = """{ __schema { types { name kind fields { name args { name defaultValue type { name ofType { name } } } } } }
      __type(name: "Cat") { interfaces { name } possibleTypes { name } } }"""
    await both(SCHEMA, text)


async def test_root_fields_of_mutations_run_one_after_another() -> None:
    order: list[str] = []

    def field(name: str, value: object, turns: int) -> Callable[..., object]:
        async def run(_info: object) -> object:
            order.append(f"{name} begins")
            await sleep(0)
            answer = await later(value, turns)
            order.append(f"{name} ends")
            return answer

        return run

    def root() -> Tree:
        order.clear()
        return {"first": field("first", 1, 5), "second": field("second", 2, 1), "third": lambda _info: 3}

    answer = await both(SCHEMA, "mutation { third first second again: third }", root=root)
    assert order == ["first begins", "first ends", "second begins", "second ends"]
    assert list(answer.data or ()) == ["third", "first", "second", "again"]


@pytest.mark.parametrize("second", [lambda: later(None), lambda: None, lambda: ValueError("no")])
async def test_what_nulls_a_mutation_ends_it(second: Callable[[], object]) -> None:
    called_third: list[int] = []

    def third(_info: object) -> int:
        called_third.append(1)
        return 3

    root = lambda: {"first": 1, "second": second(), "third": third}  # noqa: E731
    answer = await both(SCHEMA, "mutation { first second third }", root=root)
    assert answer.data is None
    assert called_third == []


async def test_deep_selections_become_functions_of_their_own() -> None:
    depth = 40
    tree: Tree = WHOLE
    for _ in range(depth):
        tree = {**WHOLE, "maybe": tree, "list": [WHOLE]}
    text = "{ item " + "{ id list { id } maybe " * depth + "{ id }" + "}" * depth + "}"
    await both(SCHEMA, text, root=lambda: {"item": tree})
