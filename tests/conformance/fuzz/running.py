"""Runs a range of cases and counts what came of them."""

import asyncio
import gc
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from graphql import DocumentNode

from tests.conformance.fuzz.cases import Case, make_case, run_compiled, run_stock
from tests.conformance.fuzz.comparing import Verdict, compare
from tests.conformance.fuzz.shrinking import report, shrunk

_REPORTS_MAX = 5
_SECONDS_MAX = 60


@dataclass
class Tally:
    """How many cases came out how, and reports of the first ones that differ."""

    verdicts: Counter[str] = field(default_factory=Counter)
    reports: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.verdicts += other.verdicts
        self.reports = [*self.reports, *other.reports][:_REPORTS_MAX]

    @property
    def differing(self) -> int:
        return sum(self.verdicts[verdict] for verdict in Verdict if verdict not in (Verdict.SAME, Verdict.ALLOWED))


def run(first: int, count: int) -> Tally:
    """Cases `first` to `first + count - 1`."""
    with _quietly():
        return asyncio.run(_run(first, count))


@contextmanager
def _quietly() -> Iterator[None]:
    """Data hold coroutines that nobody asks for, in both executors; Python's complaints about them say nothing here.

    All of them are collected before the end, so that none is laid at another test's door."""
    complain = sys.unraisablehook
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="coroutine .* was never awaited")
        sys.unraisablehook = _say_nothing
        try:
            yield
        finally:
            gc.collect()
            sys.unraisablehook = complain


def _say_nothing(_unraisable: object) -> None:
    pass


def run_range(first_and_count: tuple[int, int]) -> Tally:
    """`run` for a pool of processes, which hands over one argument."""
    return run(*first_and_count)


async def _run(first: int, count: int) -> Tally:
    tally = Tally()
    for seed in range(first, first + count):
        case = make_case(seed)
        verdict, with_errors = await _judge(case, case.document)
        tally.verdicts[verdict] += 1
        tally.verdicts["with errors"] += with_errors
        if verdict not in (Verdict.SAME, Verdict.ALLOWED) and len(tally.reports) < _REPORTS_MAX:
            tally.reports.append(await _reported(case, verdict))
    return tally


async def _judge(case: Case, document: DocumentNode) -> tuple[Verdict, bool]:
    # Nothing here takes long; what does hangs.
    async with asyncio.timeout(_SECONDS_MAX):
        stock = await run_stock(case, document)
        return compare(case, stock, await run_compiled(case, document)), bool(stock.result.errors)


async def _reported(case: Case, verdict: Verdict) -> str:
    async def fails(document: DocumentNode) -> bool:
        return (await _judge(case, document))[0] is verdict

    document = await shrunk(case, fails)
    return report(case, document, verdict, await run_stock(case, document), await run_compiled(case, document))
