"""Measures every server with every request in interleaved rounds and records the table."""

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.execution.documents import MEASURED, Measured
from benchmarks.execution.servers import NODE_PACKAGES, Server, running

RECORD = Path(__file__).parents[1] / "execution.md"
_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement: microseconds of server CPU per request, and requests per second."""

    cpu_us: float
    per_second: float


Figures = dict[str, dict[str, list[Figure]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.execution", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--clients", type=int, default=32)
    asked = parser.parse_args()
    figures: Figures = {measured.name: defaultdict(list) for measured in MEASURED}
    with running() as servers:
        for number in range(asked.rounds + 1):
            for measured in MEASURED:
                for server in random.sample(servers, len(servers)):
                    # The first round warms caches and compilers up and is not counted.
                    seconds = asked.seconds if number else _WARM_UP_SECONDS
                    figure = _measure(server, measured, asked.clients, seconds)
                    if number:
                        figures[measured.name][server.name].append(figure)
        names = [server.name for server in servers]
    text = _table(figures, names, asked.rounds, asked.seconds, asked.clients)
    RECORD.write_text(text)
    print(text)


def _measure(server: Server, measured: Measured, clients: int, seconds: float) -> Figure:
    with tempfile.NamedTemporaryFile() as file:
        file.write(measured.body)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.execution.loading", str(server.port), file.name]
        before = server.cpu_seconds
        done = subprocess.run([*command, str(clients), str(seconds)], stdout=subprocess.PIPE, check=True, text=True)
        cpu = server.cpu_seconds - before
    answers = int(done.stdout)
    return Figure(cpu * 1e6 / answers, answers / seconds)


def _table(figures: Figures, names: list[str], rounds: int, seconds: float, clients: int) -> str:
    lines = [
        "# Executing, side by side",
        "",
        f"`make bench-execution`: {rounds} interleaved rounds of {seconds:g} s per server and request, {clients} clients, one",
        "worker each; the load generator is a process of its own. The same schema and data in memory on all, and equal answers,",
        f"checked before. {_machine()}.",
        "",
        "CPU is the server's, user and system. Medians; the spread is the least and the greatest round.",
    ]
    for name, servers in figures.items():
        stock, ceiling = _median_cpu(servers["Strawberry"]), _median_cpu(servers["fixed bytes, raw ASGI"])
        lines += ["", f"## {name[0].upper()}{name[1:]}", ""]
        lines += [
            "| server | CPU µs per request | spread | requests/s | spread | CPU against Strawberry | against fixed bytes |"
        ]
        lines += ["|---|---|---|---|---|---|---|"]
        for server in names:
            cpu = [figure.cpu_us for figure in servers[server]]
            rate = [figure.per_second for figure in servers[server]]
            middle = statistics.median(cpu)
            lines.append(
                f"| {server} | {middle:,.0f} | {min(cpu):,.0f} to {max(cpu):,.0f} | {statistics.median(rate):,.0f} | "
                f"{min(rate):,.0f} to {max(rate):,.0f} | {stock / middle:.1f} times less | {middle / ceiling:.1f} times more |"
            )
    return "\n".join([*lines, ""])


def _median_cpu(figures: list[Figure]) -> float:
    return statistics.median(figure.cpu_us for figure in figures)


def _machine() -> str:
    node = "without Node"
    if shutil.which("node"):
        version = subprocess.run(["node", "--version"], capture_output=True, check=True, text=True).stdout.strip()
        node = f"Node {version} with {', '.join(NODE_PACKAGES)}"
    load = f"load average {os.getloadavg()[1]:.1f} at the end, of which the benchmark itself makes 2"
    return f"{os.cpu_count()} cores, {platform.machine()}, {load}, Python {platform.python_version()}, {node}"


if __name__ == "__main__":
    main()
