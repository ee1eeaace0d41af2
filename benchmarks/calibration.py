"""How fast this machine is now, in one figure: CPU of a fixed answer from raw ASGI behind uvicorn, over one connection.

Targets were set where that costs 42 µs; a figure recorded elsewhere, or on a busy machine, is read beside it.
`python -m benchmarks.calibration PORT` serves it.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

from benchmarks.client import Client
from benchmarks.processes import cpu_seconds

REFERENCE_US = 42.0
REQUESTS = 3_000
CONNECTIONS = 8
_BODY = b'{"data":{"fixed":"' + b"x" * 3_000 + b'"}}'


async def fixed(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers everything with the same bytes."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})


@contextmanager
def reference() -> Iterator[Callable[[], float]]:
    """A server of fixed answers, as a function: microseconds of its CPU per answer at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.calibration", str(port)]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    try:
        yield lambda: asyncio.run(_asked(port, server.pid))
    finally:
        server.terminate()
        server.wait()


def fixed_answer_us() -> float:
    """Microseconds of the server's CPU per fixed answer."""
    with reference() as measure:
        return measure()


async def _asked(port: int, pid: int) -> float:
    clients = [await _connected(port) for _ in range(CONNECTIONS)]

    async def ask(client: Client, times: int) -> None:
        for _ in range(times):
            await client.ask("{ fixed }", {})

    await asyncio.gather(*(ask(client, 50) for client in clients))
    before = cpu_seconds(pid)
    await asyncio.gather(*(ask(client, REQUESTS // CONNECTIONS) for client in clients))
    used = cpu_seconds(pid) - before
    for client in clients:
        await client.close()
    return used / REQUESTS * 1_000_000


async def _connected(port: int) -> Client:
    until = time.monotonic() + 30
    while True:
        try:
            return await Client.connect(port)
        except OSError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.05)


def told(figure_us: float) -> str:
    """The figure as a record tells it."""
    factor = figure_us / REFERENCE_US
    return (
        f"A fixed answer from raw ASGI cost {figure_us:.0f} µs here at the same time, {factor:.1f} times the {REFERENCE_US:.0f} µs\n"
        "of the machine on which targets were set (`benchmarks/calibration.py`)."
    )


if __name__ == "__main__":
    uvicorn.run(fixed, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")
