"""Several serving processes behind one port: one dies and is replaced, all stop together, none is orphaned."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.concurrency.gateways import ROOT, SECRET_KEY, WEBHOOK_SECRET, free_port, keep_reading, own_database
from tests.concurrency.retailer import POLL_SECONDS, POLLS_MAX

pytestmark = pytest.mark.xdist_group("gateways")


class Serving:
    """`tillway serve --processes 2`, ready when made."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port, self.own = free_port(), free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "TILLWAY_DATABASE_URL": database_url,
            "TILLWAY_STATE_FOLDER": str(folder),
            "TILLWAY_SECRET_KEY": SECRET_KEY,
            "TILLWAY_STRIPE_API_KEY": "sk_test_unused",
            "TILLWAY_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "TILLWAY_PROCESS_PORT": str(self.own),
            "TILLWAY_LOG_FORMAT": "json",
        }
        command = [sys.executable, "-m", "gateway.cli", "serve", "--port", str(self.port), "--processes", "2"]
        self.process = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert self.process.stderr is not None
        said = 0
        for line in self.process.stderr:
            said += '"event": "serving"' in line
            if said == 2:
                break
        self.reading = keep_reading(self.process)

    def end(self) -> None:
        """Kill what still runs and wait until its log has ended."""
        self.process.kill()
        self.process.wait(30)
        self.reading.join(60)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def answers(self, port: int) -> bool:
        """Whether a process answers on a port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self) -> list[int]:
        """The serving processes."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in listed.split()]


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    for _ in range(POLLS_MAX):
        if holds():
            return
        threading.Event().wait(POLL_SECONDS)
    pytest.fail("it never came true")


@pytest.fixture
def serving(postgresql_server: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serving]:
    started = Serving(own_database(postgresql_server, request.node.name), tmp_path)
    yield started
    started.end()


def test_a_process_that_dies_is_replaced_and_all_stop_together(serving: Serving) -> None:
    first, second = serving.children()
    os.kill(first, signal.SIGKILL)
    assert serving.answers(serving.port)
    until(lambda: len(serving.children()) == 2 and first not in serving.children())
    until(lambda: all(serving.answers(serving.own + index) for index in range(2)))
    assert second in serving.children()
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(30) == 0
    assert not any(serving.answers(port) for port in (serving.port, serving.own, serving.own + 1))


def test_processes_end_when_their_parent_was_killed(serving: Serving) -> None:
    serving.process.kill()
    serving.process.wait(30)
    until(lambda: not any(serving.answers(port) for port in (serving.port, serving.own, serving.own + 1)))
