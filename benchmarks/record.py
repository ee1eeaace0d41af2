"""The table of figures and the file that keeps it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import calibration
from benchmarks.operations import Operation

RECORD = Path(__file__).parent / "operations.md"
_BY_HAND = "<!-- what follows is written by hand -->"


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one operation: CPU per operation in milliseconds, operations per second, and the median answer time.

    `fixed_answer_us` is what a fixed answer cost just before, for a shared machine changes its speed within seconds.
    """

    gateway_ms: float
    database_ms: float
    per_second: float
    median_ms: float
    fixed_answer_us: float

    @property
    def total_ms(self) -> float:
        """Gateway and database together."""
        return self.gateway_ms + self.database_ms

    @property
    def at_reference_ms(self) -> float:
        """What it would have been on the machine of the targets."""
        return self.total_ms * calibration.REFERENCE_US / self.fixed_answer_us


@dataclass(frozen=True, slots=True)
class Measured:
    """An engine's samples of each operation by its name, and what its workers held: shared pages in parts, and in full."""

    engine: str
    operations: Sequence[Operation]
    samples: Mapping[str, Sequence[Sample]]
    memory_mib: Sequence[tuple[float, float]]


def rendered(measured: Sequence[Measured], rounds: int, orders: int, machine: str) -> str:
    """The record as Markdown: a table for each engine."""
    fixed = median(sample.fixed_answer_us for one in measured for kept in one.samples.values() for sample in kept)
    lines = [
        "# CPU per operation",
        "",
        f"`make bench` ({rounds} rounds, all operations and both engines in turn; 32 clients on loopback in a process of their",
        f"own; 1,000 products, 3,000 variants, 10 stores and a warehouse, 1,000 customers, {orders:,} orders of five lines).",
        f"{os.cpu_count()} shared virtual cores, {machine}. CPU is user and system time of the gateway's processes and, on",
        "PostgreSQL, of the server's, background work included; on SQLite the database is in the gateway. The load runs on the",
        "same cores, so operations per second are lower bounds; CPU is what counts. The first tables keep no answer, so that",
        "each read is really made; the others keep finished answers to guests, as the gateway is shipped, and read the same",
        "25 pages and 200 products while nothing changes.",
        calibration.told(fixed),
        "What is held against an aim is the median at that machine's speed: each round divided by the factor just before it.",
        "",
    ]
    for one in measured:
        held = ", ".join(f"{share:.0f} MiB ({whole:.0f} with shared pages in full)" for share, whole in one.memory_mib)
        lines += [
            f"## {one.engine}",
            "",
            f"{len(one.memory_mib)} gateway process(es), holding {held} after the run.",
            "",
            "| operation | aim, ms | at its speed | CPU ms here, median | spread | of it gateway | database | per second |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [_row(operation, one.samples[operation.name]) for operation in one.operations]
        lines.append("")
    return "\n".join(lines)


def _row(operation: Operation, samples: Sequence[Sample]) -> str:
    totals = [sample.total_ms for sample in samples]
    figures = (
        f"{operation.target_ms:g}",
        f"{median(sample.at_reference_ms for sample in samples):.2f}",
        f"{median(totals):.2f}",
        f"{min(totals):.2f} to {max(totals):.2f}",
        f"{median(sample.gateway_ms for sample in samples):.2f}",
        f"{median(sample.database_ms for sample in samples):.2f}",
        f"{median(sample.per_second for sample in samples):.0f}",
    )
    return f"| {operation.title} | {' | '.join(figures)} |"


def write(text: str) -> None:
    """Keep the record; what was written below by hand stays."""
    kept = RECORD.read_text().partition(_BY_HAND)[2] if RECORD.exists() else ""
    RECORD.write_text(text + (f"\n{_BY_HAND}{kept}" if kept else ""))
