"""The load: a process of its own that asks a gateway with 32 clients, told what and when by lines on its input.

`python -m benchmarks.load PORT CREDENTIALS` reads operations' names; it prepares each once, says `ready`, runs it when told
`go`, and answers with a line of JSON.
"""

import asyncio
import sys
import time
from statistics import median

import orjson

from benchmarks.client import Client
from benchmarks.operations import OPERATIONS, Operation, State

CLIENTS = 32


async def _run(operation: Operation, state: State, clients: list[Client], count: int) -> dict[str, float]:
    left = count
    seconds: list[float] = []

    async def keep_asking(client: Client) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            started = time.perf_counter()
            await operation.run(client, state)
            seconds.append(time.perf_counter() - started)

    began = time.perf_counter()
    await asyncio.gather(*(keep_asking(client) for client in clients))
    return {"count": len(seconds), "seconds": time.perf_counter() - began, "median_seconds": median(seconds)}


async def main(port: int, credentials: dict[str, str]) -> None:
    """Do what the lines on the input say until it ends."""
    operations = {operation.name: operation for operation in OPERATIONS}
    clients = [await Client.connect(port) for _ in range(CLIENTS)]
    states: dict[str, State] = {}
    while name := (await asyncio.to_thread(sys.stdin.readline)).strip():
        operation = operations[name]
        if name not in states:
            states[name] = State(credentials)
            await operation.prepare(clients[0], states[name])
            await _run(operation, states[name], clients, max(CLIENTS * 2, operation.count // 4))
        _say(b"ready")
        await asyncio.to_thread(sys.stdin.readline)
        _say(orjson.dumps(await _run(operation, states[name], clients, operation.count)))
    for client in clients:
        await client.close()


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), orjson.loads(sys.argv[2])))
