"""Real gateway processes on one database and one Stripe sandbox, as in production, and how to kill them."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.sandbox.server import SANDBOX_KEY, SandboxServer

SECRET_KEY = "a-key-for-tests-of-at-least-32-characters"
WEBHOOK_SECRET = "whsec_test"
ROOT = Path(__file__).parents[2]


@dataclass
class Gateway:
    """One process. `kill` is `kill -9`; `stop` lets it finish."""

    process: "subprocess.Popen[str]"
    url: str

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def start_gateway(database_url: str, sandbox_url: str, folder: Path, *, worker: bool = True) -> Gateway:
    """A gateway that serves when this returns; it says so in its log."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TILLWAY_PORT": str(port),
        "TILLWAY_DATABASE_URL": database_url,
        "TILLWAY_STATE_FOLDER": str(folder),
        "TILLWAY_SECRET_KEY": SECRET_KEY,
        "TILLWAY_STRIPE_API_KEY": SANDBOX_KEY,
        "TILLWAY_STRIPE_API_BASE": sandbox_url,
        "TILLWAY_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TILLWAY_LOG_FORMAT": "json",
        "TILLWAY_WORKER": "true" if worker else "false",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "serve"],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if '"event": "serving"' in line:
            _keep_reading(process)
            return Gateway(process, f"http://127.0.0.1:{port}")
    raise AssertionError("the gateway did not start: " + "".join(said))


def _keep_reading(process: "subprocess.Popen[str]") -> None:
    """Read the log to its end beside the test, so that the process never waits for its pipe."""
    import threading

    assert process.stderr is not None
    threading.Thread(target=process.stderr.read, daemon=True).start()


@contextmanager
def running_sandbox() -> Iterator[SandboxServer]:
    """A Stripe sandbox that outlives the gateways."""
    with SandboxServer(webhook_secret=WEBHOOK_SECRET) as sandbox:
        yield sandbox


async def ask(
    http: httpx.AsyncClient, url: str, document: str, variables: dict[str, Any], token: str | None = None
) -> Any:
    """One operation's data; its top-level errors fail the test."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = await http.post(f"{url}/graphql", json={"query": document, "variables": variables}, headers=headers)
    body = json.loads(answer.content)
    assert not body.get("errors"), body["errors"]
    return body["data"]
