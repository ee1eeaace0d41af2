"""Which operations have plans, how many are kept, and what ends a run."""

import asyncio
from pathlib import Path

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, parse
from graphql.execution.values import VariableValues
from prometheus_client import CollectorRegistry, generate_latest

from gateway.execution import CompiledExecutor
from gateway.execution.cache import VARIANTS_MAX, Plans, select
from gateway.execution.counting import ExecutionCounts
from gateway.execution.plans import POSITIONS_MAX, Ground, Plan, Unsupported
from gateway.schema import build_schema as build_our_schema

pytestmark = pytest.mark.anyio
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.graphql"))
SCHEMA = build_schema("type Query { a: Int b: Int must: Query! self: Query list: [Query!] } type Mutation { a: Int }")


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return build_our_schema()._schema


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_has_a_plan(ours: GraphQLSchema, path: Path) -> None:
    selected = select(parse(path.read_text()), None)
    assert Plan(Ground(ours, ours._strawberry_schema), selected, VariableValues({}, {})).texts  # type: ignore[attr-defined]


def test_the_same_document_is_compiled_once_and_an_equal_one_again() -> None:
    plans = Plans(Ground(SCHEMA, None), 10)
    text, nothing = "{ a }", VariableValues({}, {})
    first = parse(text)
    assert plans.of_document(first, None).plan(nothing) is plans.of_document(first, None).plan(nothing)
    assert plans.of_document(parse(text), None).plan(nothing) is not plans.of_document(first, None).plan(nothing)


def test_plans_are_bounded_and_the_least_recently_used_leave_first() -> None:
    plans = Plans(Ground(SCHEMA, None), 3)
    documents = [parse(f"{{ a{number}: a }}") for number in range(5)]
    nothing = VariableValues({}, {})
    kept = plans.of_document(documents[0], None).plan(nothing)
    for document in documents:
        plans.of_document(document, None).plan(nothing)
        assert plans.of_document(documents[0], None).plan(nothing) is kept
        assert len(plans) <= 3


def test_a_document_that_is_gone_does_not_lend_its_plan_to_another() -> None:
    executor = CompiledExecutor(SCHEMA, plans_max=100)
    for number in range(200):
        answer = executor.execute(parse(f"{{ a{number}: a }}"), root_value={"a": number})
        assert isinstance(answer, ExecutionResult)
        assert answer.data == {f"a{number}": number}


def test_callers_cannot_choose_how_often_an_operation_is_compiled() -> None:
    names = [f"c{number}" for number in range(6)]
    fields = " ".join(f"{name}: a @include(if: ${name})" for name in names)
    document = parse(f"query({', '.join(f'${name}: Boolean!' for name in names)}) {{ {fields} }}")
    executor = CompiledExecutor(SCHEMA)
    for chosen in range(2 ** len(names)):
        variables = {name: bool(chosen & 1 << at) for at, name in enumerate(names)}
        answer = executor.execute(document, variable_values=variables, root_value={"a": 1})
        assert isinstance(answer, ExecutionResult)
        assert answer.data == {name: 1 for name in names if variables[name]}
    assert executor.counts == {
        ("compiled", ""): VARIANTS_MAX,
        ("fallback", "too_many_variants"): 2 ** len(names) - VARIANTS_MAX,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ " + " ".join(f"a{number}: a" for number in range(POSITIONS_MAX + 1)) + " }", "too_large"),
        ("{ a ... @defer(if: false) { b } }", "incremental_delivery"),
        ("{ self { ...F } } fragment F on Query { list @stream { a } }", "incremental_delivery"),
        ("query A { a } query B { b }", "request_error"),
        ("subscription { a }", "request_error"),
        ("{ a @skip(if: 5) }", "request_error"),
    ],
)
def test_what_has_no_plan_is_counted_by_its_reason(text: str, reason: str) -> None:
    executor = CompiledExecutor(SCHEMA)
    executor.execute(parse(text), root_value={"a": 1})
    executor.execute(parse(text), root_value={"a": 1})
    assert executor.counts == {("fallback", reason): 2}


def test_fragments_that_double_end_at_the_limit_of_a_plan() -> None:
    fragments = " ".join(
        f"fragment F{at} on Query {{ x: self {{ ...F{at + 1} }} y: self {{ ...F{at + 1} }} }}" for at in range(30)
    )
    document = parse(f"{{ ...F0 }} {fragments} fragment F30 on Query {{ a }}")
    with pytest.raises(Unsupported, match="too_large"):
        Plan(Ground(SCHEMA, None), select(document, None), VariableValues({}, {}))


def test_counts_are_a_metric() -> None:
    executor, registry = CompiledExecutor(SCHEMA), CollectorRegistry()
    registry.register(ExecutionCounts(executor.counts))
    executor.execute(parse("{ a }"), root_value={"a": 1})
    executor.execute(parse("query A { a } query B { b }"))
    shown = generate_latest(registry).decode()
    assert 'tillway_executions_total{path="compiled",reason=""} 1.0' in shown
    assert 'tillway_executions_total{path="fallback",reason="request_error"} 1.0' in shown


async def test_a_canceled_run_cancels_what_it_waits_for() -> None:
    begun, ended = asyncio.Event(), []

    async def hang(_info: object) -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)
        return 1

    running = CompiledExecutor(SCHEMA).execute(
        parse("{ a b self { a } }"), root_value={"a": hang, "b": hang, "self": {"a": hang}}
    )
    assert not isinstance(running, ExecutionResult)
    task = asyncio.ensure_future(running)
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert ended == [1, 1, 1]


async def test_what_an_error_has_made_useless_is_canceled() -> None:
    ended: list[str] = []

    async def hang(_info: object) -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("canceled")
            raise
        return 1

    async def nothing(_info: object) -> None:
        await asyncio.sleep(0)

    running = CompiledExecutor(SCHEMA).execute(
        parse("{ a self { a must { a } } }"),
        root_value={"a": lambda _info: 1, "self": {"a": hang, "must": nothing}},
    )
    assert not isinstance(running, ExecutionResult)
    answer = await running
    assert answer.data == {"a": 1, "self": None}
    await asyncio.sleep(0)
    assert ended == ["canceled"]


async def test_two_runs_of_one_plan_do_not_meet() -> None:
    executor, document = CompiledExecutor(SCHEMA), parse("query($b: Boolean!) { a self @include(if: $b) { a } }")

    async def value(number: int) -> int:
        await asyncio.sleep(0)
        return number

    async def run(number: int) -> ExecutionResult:
        root = {"a": value(number), "self": {"a": value(-number)}}
        running = executor.execute(document, variable_values={"b": True}, root_value=root)
        assert not isinstance(running, ExecutionResult)
        return await running

    answers = await asyncio.gather(*(run(number) for number in range(20)))
    assert [answer.data for answer in answers] == [{"a": number, "self": {"a": -number}} for number in range(20)]
