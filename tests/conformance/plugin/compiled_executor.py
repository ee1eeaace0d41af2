"""A pytest plugin for graphql-core's suite: tells every test's outcome, and runs the compiled executor when asked to.

It is loaded into a pytest of its own whose `tests` package is graphql-core's, so it stands apart from ours.
"""

import json
import os
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

OUTCOMES = Path(os.environ["CONFORMANCE_OUTCOMES"])
COMPILED = os.environ["CONFORMANCE_EXECUTOR"] == "compiled"

_outcomes: dict[str, str] = {}
_executions: Counter[str] = Counter()
_running = [""]


def pytest_configure() -> None:
    if COMPILED:
        _put_compiled_first()


def _put_compiled_first() -> None:
    """Make the compiled executors what graphql-core uses when a test names none."""
    # The package's attribute of that name is the function, which hides the module.
    core = import_module("graphql.execution.execute")
    from graphql.pyutils.is_awaitable import is_async_iterable, is_awaitable

    from gateway.execution import CompiledCoreExecutor, CompiledSubscription

    class Everywhere(CompiledCoreExecutor):
        def execute_operation(self, serially: bool | None = None) -> object:
            if self.is_awaitable is core.assume_not_awaitable and "without_check_sync" not in _running[0]:
                # execute_sync promises that nothing is awaitable. Plans need no such promise, so the tests that use
                # execute_sync try them too, but for those that break the promise to see what comes of it.
                self.is_awaitable, self.is_async_iterable = is_awaitable, is_async_iterable
            return super().execute_operation(serially)

    core.IncrementalExecutor = Everywhere
    core.ExecutorThrowingOnIncremental = CompiledSubscription


def pytest_runtest_setup(item: pytest.Item) -> None:
    _running[0] = item.nodeid


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    if COMPILED:
        from gateway.execution.drop_in import counts

        _executions.update({f"{path} {reason}".strip(): number for (path, reason), number in counts.items()})
    OUTCOMES.write_text(json.dumps({"outcomes": _outcomes, "executions": _executions}))
