"""Starts each server on a port of its own, makes sure that all answer alike, and stops them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.execution.documents import MEASURED, Measured
from benchmarks.execution.shop import as_json, schema

NODE_PACKAGES = ("@apollo/server@5.5.1", "fastify@5.12.8", "graphql@16.15.0", "mercurius@16.10.1")
_NODE = Path(__file__).parent / "node"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tillway" / "benchmarks" / "node"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of one process."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far; Node's garbage collector and compiler threads count."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def answer(self, measured: Measured) -> dict[str, object]:
        """One answer, decoded."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", measured.body, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            found: dict[str, object] = json.load(response)
        return found


@contextmanager
def running() -> Iterator[list[Server]]:
    """All servers, answering; those of Node only where it is installed."""
    commands = {
        "fixed bytes, raw ASGI": [sys.executable, "-m", "benchmarks.execution.applications", "fixed"],
        "Tillway": [sys.executable, "-m", "benchmarks.execution.applications", "tillway"],
        "Strawberry": [sys.executable, "-m", "benchmarks.execution.applications", "stock"],
    }
    folder = _node_folder()
    if folder is not None:
        commands["Mercurius, JIT"] = ["node", str(folder / "mercurius.mjs")]
        commands["Apollo Server"] = ["node", str(folder / "apollo.mjs")]
    servers = []
    try:
        for name, command in commands.items():
            servers.append(_started(name, command))
        for server in servers:
            _wait(server)
        _agree(servers)
        yield servers
    finally:
        for server in servers:
            server.process.terminate()
        for server in servers:
            server.process.wait(timeout=20)


def _started(name: str, command: list[str]) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PORT": str(port),
        "NODE_ENV": "production",
        "SHOP_SDL": str(_CACHE / "shop.graphql"),
        "SHOP_DATA": str(_CACHE / "shop.json"),
    }
    arguments = command if command[0] == "node" else [*command, str(port)]
    return Server(name, port, subprocess.Popen(arguments, env=environment))


def _wait(server: Server) -> None:
    for _ in range(1_200):
        try:
            server.answer(MEASURED[0])
        except (urllib.error.URLError, ConnectionError):
            assert server.process.poll() is None, f"{server.name} ended"
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(server.name)


def _agree(servers: list[Server]) -> None:
    """Every server answers every request with the same data and no errors."""
    for measured in MEASURED:
        expected = json.loads(json.dumps(schema.execute_sync(measured.query, variable_values=measured.variables).data))
        for server in servers:
            answer = server.answer(measured)
            assert "errors" not in answer, (server.name, measured.name, answer)
            assert answer["data"] == expected, (server.name, measured.name, answer)


def _node_folder() -> Path | None:
    """Where Node's packages are installed, with the scripts beside them; None without Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    _CACHE.mkdir(parents=True, exist_ok=True)
    mark = _CACHE / "installed.txt"
    if not mark.exists() or mark.read_text() != "\n".join(NODE_PACKAGES):
        npm = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", str(_CACHE)]
        subprocess.run([*npm, *NODE_PACKAGES], check=True)
        mark.write_text("\n".join(NODE_PACKAGES))
    for script in _NODE.glob("*.mjs"):
        shutil.copy(script, _CACHE)
    (_CACHE / "shop.graphql").write_text(schema.as_str())
    (_CACHE / "shop.json").write_text(json.dumps(as_json()))
    return _CACHE
