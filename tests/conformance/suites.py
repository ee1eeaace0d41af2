"""Runs graphql-core's suite in a pytest of its own and tells each test's outcome."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.sources import ROOT, suite_folder

# What executes operations. The rest of the suite (parser, printer, validation, schema utilities) never meets an executor.
PATHS = (
    "tests/execution",
    "tests/test_graphql.py",
    "tests/test_star_wars_introspection.py",
    "tests/test_star_wars_query.py",
    "tests/test_user_registry.py",
    "tests/type/test_custom_scalars.py",
    "tests/type/test_enum.py",
    "tests/type/test_introspection.py",
    "tests/utilities/test_build_ast_schema.py",
    "tests/utilities/test_build_client_schema.py",
    "tests/utilities/test_extend_schema.py",
)

# Slow, and over before anything is executed: how the parser and validation refuse documents that nest too deeply.
LEFT_OUT = "tests/test_graphql.py::describe_too_deeply_nested_documents"


@dataclass(frozen=True, slots=True)
class Run:
    """Outcomes by test, and how many operations went through plans and how many around them."""

    outcomes: dict[str, str]
    executions: dict[str, int]

    @property
    def passed(self) -> int:
        return sum(outcome == "passed" for outcome in self.outcomes.values())


def start(executor: str, report: Path) -> subprocess.Popen[bytes]:
    """Begin a run with the `stock` or the `compiled` executor; `finish` reads what it leaves at `report`."""
    environment = {
        **os.environ,
        "CONFORMANCE_OUTCOMES": str(report),
        "CONFORMANCE_EXECUTOR": executor,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests/conformance/plugin"), str(ROOT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    options = ["-q", "-c", os.devnull, "--rootdir=.", "-p", "compiled_executor", "-p", "no:cacheprovider"]
    unneeded = [part for name in ("xdist", "hypothesispytest", "schemathesis") for part in ("-p", f"no:{name}")]
    chosen = ["-o", "python_classes=PyTest*", "--deselect", LEFT_OUT, *PATHS]
    with report.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, *unneeded, *chosen],
            cwd=suite_folder(),
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def finish(process: subprocess.Popen[bytes], report: Path) -> Run:
    """Wait for a run; a run that broke off shows its output instead."""
    process.wait(timeout=900)
    assert report.exists(), report.with_suffix(".log").read_text()[-4000:]
    told = json.loads(report.read_text())
    return Run(told["outcomes"], told["executions"])
