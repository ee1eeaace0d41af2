"""graphql-core's own tests come out the same with the compiled executor as with graphql-core's."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.differences import ALLOWED
from tests.conformance.sources import suite_folder
from tests.conformance.suites import Run, finish, start

pytestmark = pytest.mark.xdist_group("graphql-core's suite")


@pytest.fixture(scope="module")
def runs() -> Iterator[tuple[Run, Run]]:
    """The suite with the stock and with the compiled executor, side by side."""
    assert suite_folder().exists(), "graphql-core's suite is not laid out: run `make conformance-sources`"
    with tempfile.TemporaryDirectory() as name:
        reports = {executor: Path(name) / f"{executor}.json" for executor in ("stock", "compiled")}
        processes = {executor: start(executor, report) for executor, report in reports.items()}
        stock, compiled = (finish(processes[executor], report) for executor, report in reports.items())
        yield stock, compiled


def test_every_test_of_the_suite_comes_out_the_same(
    runs: tuple[Run, Run], record_property: Callable[[str, object], None]
) -> None:
    stock, compiled = runs
    counts = f"{stock.passed} passed without, {compiled.passed} with the compiled executor"
    record_property("summary", f"graphql-core's suite: {counts}; executions {compiled.executions}")
    different = {
        test: (stock.outcomes.get(test), compiled.outcomes.get(test))
        for test in stock.outcomes.keys() | compiled.outcomes.keys()
        if stock.outcomes.get(test) != compiled.outcomes.get(test)
    }
    # A listed test that no longer differs leaves the list; one that differs and is not listed is a fault.
    assert different == dict.fromkeys(ALLOWED, ("passed", "failed"))


def test_the_suite_passes_without_the_compiled_executor(runs: tuple[Run, Run]) -> None:
    stock, _ = runs
    assert "failed" not in stock.outcomes.values()
    assert stock.passed == 1003


def test_most_of_the_suite_really_runs_compiled(runs: tuple[Run, Run]) -> None:
    """What runs around plans asks for what plans do not do: incremental delivery, options of the caller's, hostile depth."""
    _, compiled = runs
    around = {name for name in compiled.executions if name.startswith("fallback")}
    assert around <= {
        "fallback fragment_variables",
        "fallback incremental_delivery",
        "fallback null_condition",
        "fallback options",
        "fallback request_error",
        "fallback too_deep",
        "fallback too_large",
    }
    assert compiled.executions["compiled"] >= 500
