"""A load generator in a process of its own: keeps a number of connections busy with one request for a while.

    python -m benchmarks.execution.loading PORT BODY_FILE CLIENTS SECONDS

Prints how many answers came. An answer that is not 200 ends the run: something is wrong then.
"""

import asyncio
import sys
import time
from pathlib import Path

import uvloop


class Client(asyncio.Protocol):
    """One keep-alive connection: sends, waits for the whole answer, sends again."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answers = 0
        self.deadline = float("inf")
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = bytearray()
        self._length = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP has no other kind
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._length:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return
            try:
                self._length = head + 4 + _content_length(bytes(self._received[:head]))
            except RuntimeError as error:
                self.finished.set_exception(error)
                self.transport.abort()
                return
        if len(self._received) < self._length:
            return
        self._received.clear()
        self._length = 0
        self.answers += 1
        if time.monotonic() < self.deadline:
            self.transport.write(self.request)
        else:
            self.transport.close()
            self.finished.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(error or ConnectionError("the server closed the connection"))


def _content_length(head: bytes) -> int:
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode("latin-1"))
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("an answer without Content-Length")


async def load(port: int, body: bytes, clients: int, seconds: float) -> int:
    """The number of answers within `seconds`, on `clients` connections."""
    request = (
        b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(body), body)
    )
    loop = asyncio.get_running_loop()
    deadline = time.monotonic() + seconds
    connections = [await loop.create_connection(lambda: Client(request), "127.0.0.1", port) for _ in range(clients)]
    for _, client in connections:
        client.deadline = deadline
    async with asyncio.timeout(seconds + 30):
        await asyncio.gather(*(client.finished for _, client in connections))
    return sum(client.answers for _, client in connections)


if __name__ == "__main__":
    port, file, clients, seconds = sys.argv[1:]
    print(uvloop.run(load(int(port), Path(file).read_bytes(), int(clients), float(seconds))))
