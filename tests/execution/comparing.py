"""Runs an operation in both executors and holds one to the other."""

from collections.abc import Callable, Mapping
from inspect import isawaitable

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute, parse

from gateway.execution import CompiledExecutor

Shown = tuple[str, list[str | int] | None, list[tuple[int, int]]]


def shown(errors: list[GraphQLError] | None) -> list[Shown]:
    """Errors with what a client sees of them: message, path, locations."""
    return [
        (error.message, list(error.path) if error.path else None, [tuple(place) for place in error.locations or ()])
        for error in errors or ()
    ]


async def both(
    schema: GraphQLSchema,
    text: str,
    *,
    variables: Mapping[str, object] | None = None,
    root: Callable[[], object] = lambda: None,
    context: Callable[[], object] = lambda: None,
    name: str | None = None,
    compiled: bool = True,
) -> ExecutionResult:
    """The compiled answer, which graphql-core's equals; `root` and `context` make the values anew for each."""
    document = parse(text)
    stock = execute(schema, document, root(), context(), dict(variables or {}), name)
    expected = stock if isinstance(stock, ExecutionResult) else await stock
    executor = CompiledExecutor(schema)
    for _ in range(2):  # the second run meets the plan of the first
        running = executor.execute(
            document, variable_values=variables, operation_name=name, root_value=root(), context_value=context()
        )
        assert isawaitable(running) is isawaitable(stock)
        answer = running if isinstance(running, ExecutionResult) else await running
        assert answer.data == expected.data
        assert shown(answer.errors) == shown(expected.errors)
        if answer.data is not None:
            assert list(answer.data) == list(expected.data or ())
    assert {path for path, _ in executor.counts} == {"compiled" if compiled else "fallback"}
    return answer
