"""Real gateway processes on one database and one Stripe sandbox, as in production, and how to kill them."""

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from gateway.sandbox.server import SANDBOX_KEY

SECRET_KEY = "a-key-for-tests-of-at-least-32-characters"
WEBHOOK_SECRET = "whsec_test"
ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """One process, a gateway or a worker without an address. `kill` is `kill -9`; `stop` lets it finish."""

    process: "subprocess.Popen[str]"
    url: str
    reading: threading.Thread

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self._end()

    def _end(self) -> None:
        self.process.wait(30)
        self.reading.join(30)
        assert self.process.stderr is not None
        self.process.stderr.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def own_database(server_url: str, name: str) -> str:
    """The URL of a new, empty database on the server."""
    server = sa.make_url(server_url)
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def start_gateway(
    database_url: str, sandbox_url: str, folder: Path, *, worker: bool = True, **settings: str
) -> Running:
    """A gateway that serves when this returns; it says so in its log. `settings` are more of its environment."""
    port = free_port()
    settings |= {"TILLWAY_PORT": str(port), "TILLWAY_WORKER": str(worker)}
    process = _start("serve", database_url, sandbox_url, folder, **settings)
    return Running(process, f"http://127.0.0.1:{port}", _read_until(process, "serving"))


def start_worker(database_url: str, sandbox_url: str, folder: Path) -> Running:
    """A worker that takes jobs when this returns; it says so in its log."""
    process = _start("worker", database_url, sandbox_url, folder)
    return Running(process, "", _read_until(process, "working"))


def _start(command: str, database_url: str, sandbox_url: str, folder: Path, **settings: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TILLWAY_DATABASE_URL": database_url,
        "TILLWAY_STATE_FOLDER": str(folder),
        "TILLWAY_SECRET_KEY": SECRET_KEY,
        "TILLWAY_STRIPE_API_KEY": SANDBOX_KEY,
        "TILLWAY_STRIPE_API_BASE": sandbox_url,
        "TILLWAY_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TILLWAY_LOG_FORMAT": "json",
        **settings,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", command],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def _read_until(process: "subprocess.Popen[str]", event: str) -> threading.Thread:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if f'"event": "{event}"' in line:
            return keep_reading(process)
    raise AssertionError("the process did not start: " + "".join(said))


def keep_reading(process: "subprocess.Popen[str]") -> threading.Thread:
    """Read the log to its end beside the test, so that the process never waits for its pipe."""
    assert process.stderr is not None
    reading = threading.Thread(target=process.stderr.read, daemon=True)
    reading.start()
    return reading
