"""From a number to a case, from a case to both executors' results."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random
from typing import Protocol

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, parse

from gateway.execution import CompiledExecutor
from tests.conformance.fuzz.batches import Level, batched_schema, single_schema
from tests.conformance.fuzz.data import Mood, World
from tests.conformance.fuzz.documents import Writer, random_variables
from tests.conformance.fuzz.worlds import made_schema

# A schema serves several documents, and a document several rounds of data, so that most time goes into execution.
_CASES_PER_DOCUMENT = 8
_CASES_PER_SCHEMA = 64
# Each so many schemas, one is the schema of batch fields.
_SCHEMAS_PER_BATCHES = 8


class Context(Protocol):
    """What both executors hand to resolvers."""

    calls: list[str]


@dataclass(frozen=True, slots=True)
class Case:
    """One execution to compare; `seed` makes it again.

    Attributes:
        schema, twin: what the compiled and the stock executor run, two schemas only for batch fields.
    """

    seed: int
    sdl: str
    schema: GraphQLSchema
    twin: GraphQLSchema
    text: str
    document: DocumentNode
    operation_name: str | None
    variables: dict[str, object]
    mood: Mood

    @property
    def is_of_batches(self) -> bool:
        """Whether the stock executor runs a twin, which may await and call where batches do not."""
        return self.schema is not self.twin

    def world(self) -> tuple[Context, object]:
        """A new context and root value."""
        if self.is_of_batches:
            return Level(self.mood), None
        world = World(self.schema, self.seed, self.mood)
        return world, world.root()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result and how it came: whether at once, and the places whose resolvers ran."""

    result: ExecutionResult
    at_once: bool
    calls: tuple[str, ...]


def make_case(seed: int) -> Case:
    """The case of a number."""
    sdl, schema, twin = _schemas(seed // _CASES_PER_SCHEMA)
    text, document, operation_name = _document(seed // _CASES_PER_SCHEMA, seed // _CASES_PER_DOCUMENT)
    rnd = Random(f"data {seed}")
    mood = Mood(bad=rnd.choice([0, 0.5, 1, 3]), late=rnd.choice([0, 0, 0.2, 0.7]))
    return Case(seed, sdl, schema, twin, text, document, operation_name, random_variables(text, rnd, mood.bad), mood)


def _schemas(seed: int) -> tuple[str, GraphQLSchema, GraphQLSchema]:
    if seed % _SCHEMAS_PER_BATCHES == _SCHEMAS_PER_BATCHES - 1:
        return "tests.conformance.fuzz.batches", batched_schema(), single_schema()
    sdl, schema = made_schema(seed)
    return sdl, schema, schema


@lru_cache(maxsize=8)
def _document(schema_seed: int, seed: int) -> tuple[str, DocumentNode, str | None]:
    _, schema, _ = _schemas(schema_seed)
    text, operation_name = Writer(schema, Random(f"document {seed}")).document()
    return text, parse(text), operation_name


@lru_cache(maxsize=8)
def _compiled(schema: GraphQLSchema) -> CompiledExecutor:
    return CompiledExecutor(schema, plans_max=64)


async def run_stock(case: Case, document: DocumentNode) -> Outcome:
    """The case, or its like with another document, in graphql-core's executor."""
    return await _run(case, document, partial(execute, case.twin))


async def run_compiled(case: Case, document: DocumentNode) -> Outcome:
    """The same in the compiled executor."""
    return await _run(case, document, _compiled(case.schema).execute)


async def _run(case: Case, document: DocumentNode, run: Callable[..., object]) -> Outcome:
    context, root = case.world()
    options = {"variable_values": case.variables, "operation_name": case.operation_name}
    at_once = False
    try:
        result = run(document, root_value=root, context_value=context, **options)
        at_once = isinstance(result, ExecutionResult)
        if isinstance(result, Awaitable):
            result = await result
        assert isinstance(result, ExecutionResult)
    except Exception as error:  # noqa: BLE001 - an executor that raises is what we are looking for
        result = ExecutionResult({"raised": repr(error)}, None)
    return Outcome(result, at_once, tuple(context.calls))
