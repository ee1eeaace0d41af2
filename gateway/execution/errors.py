"""Which field an error belongs to, found afterwards: the way of success keeps no books.

Generated code is written so that each line belongs to one position, and the list indices in scope are its local
variables `i0`, `i1` and so on. An exception's traceback has both.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from graphql import GraphQLError, located_error

from gateway.execution.positions import Indices, Position
from gateway.execution.runs import Run

LINES: Final = "LINES"
"""The global of generated code that maps line numbers to positions."""


class ArgumentsRefused(Exception):
    """Carries the error of a field's arguments to the call that unpacks them."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


class RefusedArguments(Mapping[str, object]):
    """Stands for arguments that could not be coerced, and fails at the field that uses them."""

    def __init__(self, cause: Exception) -> None:
        self._refused = ArgumentsRefused(cause)

    def __getitem__(self, key: str) -> object:
        raise self._refused

    def __iter__(self) -> Iterator[str]:
        raise self._refused

    def __len__(self) -> int:
        return 1


def located(error: Exception, position: Position, indices: Indices) -> GraphQLError:
    """The error as a response shows it, at a known position; one that is located already stays as it is."""
    cause = error.cause if isinstance(error, ArgumentsRefused) else error
    return located_error(cause, position.nodes, position.path(indices))


def locate(error: Exception) -> GraphQLError:
    """The error as a response shows it, for an exception that generated code has just caught."""
    assert error.__traceback__ is not None, "the exception was caught"
    frame, line = error.__traceback__.tb_frame, error.__traceback__.tb_lineno
    position: Position = frame.f_globals[LINES][line]
    variables = frame.f_locals
    return located(error, position, tuple(variables[f"i{depth}"] for depth in range(position.depth)))


def fail(run: Run, error: Exception) -> None:
    """Note an error that generated code caught at a nullable position, whose value becomes null."""
    run.errors.append(locate(error))
