"""CPU per operation, with real processes: `make bench`.

PostgreSQL with two gateway processes and SQLite with one serve a seeded retailer (`benchmarks.seed`) to 32 clients in a
process of their own. Rounds go through all operations on both engines in turn. The figure is the CPU time of gateway and
database together, as the kernel counts it, over the number of operations: on a shared machine it stays what it is while
the time on the clock does not. The table is written to benchmarks/operations.md.

Everything is measured twice over: all operations with no answer kept, so that each read is really made, and then what
guests read with finished answers kept, as the gateway is shipped.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from rich.console import Console

from benchmarks import calibration, record
from benchmarks.operations import OPERATIONS
from benchmarks.processes import (
    SECRET_KEY,
    Gateway,
    cpu_seconds,
    gateway,
    memory_mib,
    postgresql,
    sandbox,
    share_mib,
)
from benchmarks.record import Sample
from benchmarks.seed import ORDERS, seed
from gateway.demo.load import STORES, derived_secret
from gateway.logs import configure_logs
from gateway.settings import Settings

console = Console()


@dataclass(slots=True)
class Engine:
    """One engine under load, and what was measured on it."""

    name: str
    served: Gateway
    database: int | None
    load: "subprocess.Popen[str]"
    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def measure(self, operation: str, fixed_answer_us: float) -> None:
        """Run one operation's round and keep its sample; a fixed answer cost so much just before."""
        self._tell(operation)
        assert self._heard() == "ready", "the load is ready once it has prepared"
        before = self._cpu()
        self._tell("go")
        answer = orjson.loads(self._heard())
        after = self._cpu()
        count = answer["count"]
        self.samples[operation].append(
            Sample(
                gateway_ms=(after[0] - before[0]) * 1000 / count,
                database_ms=(after[1] - before[1]) * 1000 / count,
                per_second=count / answer["seconds"],
                median_ms=answer["median_seconds"] * 1000,
                fixed_answer_us=fixed_answer_us,
            )
        )

    def memory(self) -> list[tuple[float, float]]:
        """What each worker holds, in MiB: shared pages counted in parts, and in full."""
        return sorted((share_mib(pid), memory_mib(pid)) for pid in self.served.workers())

    def _cpu(self) -> tuple[float, float]:
        database = 0.0 if self.database is None else cpu_seconds(self.database)
        return cpu_seconds(self.served.process.pid), database

    def _tell(self, line: str) -> None:
        assert self.load.stdin is not None
        self.load.stdin.write(line + "\n")
        self.load.stdin.flush()

    def _heard(self) -> str:
        assert self.load.stdout is not None
        line = self.load.stdout.readline().strip()
        if not line:
            raise RuntimeError("the load ended; its complaint is above")
        return line


def _seeded(database_url: str, folder: Path, orders: int) -> None:
    """Seed once for a folder that is kept."""
    mark = folder / "seeded"
    if not mark.exists():
        settings = Settings(database_url=database_url, state_folder=folder, secret_key=SECRET_KEY, worker=False)  # type: ignore[arg-type]  # pydantic makes it a secret
        seed(settings, console, orders)
        mark.touch()


@contextmanager
def _database(name: str, folder: Path, orders: int) -> Iterator[tuple[str, int | None]]:
    """A seeded database: its URL, and the server's process where it has one."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "PostgreSQL":
        with postgresql(folder) as (url, server):
            _seeded(url, folder, orders)
            yield url, server
    else:
        url = f"sqlite:///{folder}/bench.db"
        _seeded(url, folder, orders)
        yield url, None


@contextmanager
def _engine(name: str, folder: Path, orders: int, *, keeps: bool) -> Iterator[Engine]:
    caching = {} if keeps else {"TILLWAY_CACHE_BYTES_MAX": "0"}
    with ExitStack() as stack:
        database_url, server = stack.enter_context(_database(name, folder, orders))
        address = stack.enter_context(sandbox())
        served = stack.enter_context(gateway(database_url, address, folder, 1 if server is None else 2, **caching))
        tills = {code: derived_secret(SECRET_KEY.encode(), f"terminal.{code}") for code in STORES}
        load = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load", str(served.port), orjson.dumps(tills).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(load.wait)
        stack.callback(load.kill)
        yield Engine(f"{name}, finished answers kept" if keeps else name, served, server, load)


def _measured(names: Sequence[str], folder: Path, given: argparse.Namespace, *, keeps: bool) -> list[record.Measured]:
    """Rounds through the operations on each engine in turn."""
    wanted = [one for one in OPERATIONS if given.operation is None or one.name in given.operation]
    asked = [one for one in wanted if one.public] if keeps else wanted
    if not asked:
        return []
    with ExitStack() as stack:
        speed = stack.enter_context(calibration.reference())
        engines = [stack.enter_context(_engine(name, folder / name, given.orders, keeps=keeps)) for name in names]
        for number in range(given.rounds):
            for operation in asked:
                for engine in engines:
                    engine.measure(operation.name, speed())
                    sample = engine.samples[operation.name][-1]
                    console.print(f"round {number + 1}, {engine.name}: {operation.name}", sample)
        return [record.Measured(engine.name, asked, engine.samples, engine.memory()) for engine in engines]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=ORDERS, help="orders of the seeded retailer")
    parser.add_argument("--engine", action="append", choices=["PostgreSQL", "SQLite"], help="both when not given")
    parser.add_argument("--operation", action="append", help="by short name; all when not given")
    parser.add_argument("--folder", type=Path, help="keeps the seeded databases for the next run")
    parser.add_argument("--dry", action="store_true", help="print only, record nothing")
    given = parser.parse_args(arguments)
    configure_logs("text", "error")
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tillway-bench-")))
        names = given.engine or ["PostgreSQL", "SQLite"]
        for name in names:
            with _database(name, folder / name, given.orders):
                console.print(f"{name} is seeded")
        # Only then, for the load's clients are connected from their start and a gateway does not wait long for one to ask.
        measured: list[record.Measured] = []
        for keeps in (False, True):
            measured += _measured(names, folder, given, keeps=keeps)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    text = record.rendered(measured, given.rounds, given.orders, machine)
    console.print(text, markup=False, highlight=False)
    if not given.dry:
        record.write(text)


if __name__ == "__main__":
    main()
