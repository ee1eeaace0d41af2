"""What counts as the same result.

Data are equal to the type of each value and the order of each key. Errors are equal by message, path and locations. Where
nothing was awaited the resolvers ran in the same order too; where nothing failed each ran as often.

One difference is allowed, and only where something was awaited: of several errors that null the same place, which are
reported. GraphQL specification, "Executing Selection Sets": "If during ExecuteSelectionSet() a field with a non-null fieldType
raises a field error then that error must propagate to this entire selection set, either resolving to null if allowed or further
propagated to a parent field. If this occurs, any sibling fields which have not yet executed or have not yet yielded a value may
be canceled to avoid unnecessary work." Then each side must have an error for each place that was nulled.
"""

import json
from collections import Counter
from enum import StrEnum

from graphql import ExecutionResult, GraphQLError

from tests.conformance.fuzz.cases import Case, Outcome

Path = tuple[str | int, ...]


class Verdict(StrEnum):
    SAME = "same"
    ALLOWED = "other error of a nulled place"
    DATA = "data differ"
    ERRORS = "errors differ"
    CALLS = "calls differ"
    SYNCHRONY = "one answered at once, the other did not"


def compare(case: Case, stock: Outcome, compiled: Outcome) -> Verdict:
    """The first difference that counts."""
    if _exact(stock.result) != _exact(compiled.result):
        return Verdict.DATA
    # A batch function may wait where its twin does not, and the other way round.
    at_once = stock.at_once and not case.is_of_batches
    if stock.at_once != compiled.at_once and not case.is_of_batches:
        return Verdict.SYNCHRONY
    if _errors(stock.result) != _errors(compiled.result):
        return Verdict.ERRORS if at_once or not _allowed(stock.result, compiled.result) else Verdict.ALLOWED
    if at_once and stock.calls != compiled.calls:
        return Verdict.CALLS
    if not stock.result.errors and sorted(stock.calls) != sorted(compiled.calls):
        return Verdict.CALLS
    return Verdict.SAME


def _exact(result: ExecutionResult) -> str:
    return json.dumps(result.data, sort_keys=False, default=repr)


_Error = tuple[str, Path | None, tuple[tuple[int, int], ...], str]


def _errors(result: ExecutionResult) -> Counter[_Error]:
    return Counter(_error(error) for error in result.errors or ())


def _error(error: GraphQLError) -> _Error:
    path = None if error.path is None else tuple(error.path)
    return error.message, path, tuple(error.locations or ()), json.dumps(error.extensions, default=repr)


def _allowed(stock: ExecutionResult, compiled: ExecutionResult) -> bool:
    """Whether the errors differ in nothing but which of a nulled place's competing errors is told."""
    theirs, ours = _errors(stock), _errors(compiled)
    places: dict[Path, list[Path]] = {}
    for _, path, _, _ in [*(theirs - ours), *(ours - theirs)]:
        place = _nulled(stock.data, path)
        if path is None or place is None:
            return False
        places.setdefault(place, []).append(path)
    return all(
        # Errors of one and the same place do not compete: there the executors must agree.
        any(path != place for path in paths)
        and any(path is not None and path[: len(place)] == place for _, path, _, _ in theirs)
        and any(path is not None and path[: len(place)] == place for _, path, _, _ in ours)
        for place, paths in places.items()
    )


def _nulled(data: object, path: Path | None) -> Path | None:
    """The place above or at a path that is null in the data; None when there is no such place."""
    if path is None:
        return None
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]  # type: ignore[index]
    return path if data is None else None
