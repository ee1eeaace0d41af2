"""Sending an answer whose length is known in one write.

uvicorn writes head and body apart, each a system call and a packet of its own, and looks at each header by itself. What
is not simple - streams, answers without a body, a connection that is to be closed - is left to it.
"""

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle


class Joining:
    """Sends the messages of one request's answer, in place of the cycle's own `send`."""

    __slots__ = ("_cycle", "_head")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        """Send a message, a head only together with its body; one that follows another instead takes its place."""
        cycle, head = self._cycle, self._head
        self._head = None
        if message["type"] == "http.response.start":
            if not cycle.response_started and b"content-length" in dict(message["headers"]):
                self._head = message
                return
        elif head is not None:
            joined = _joined(cycle, head, message)
            if joined is not None:
                await self._write(joined)
                return
            await RequestResponseCycle.send(cycle, head)  # type: ignore[arg-type]  # ASGI's messages, as others type them
        await RequestResponseCycle.send(cycle, message)  # type: ignore[arg-type]  # the same

    async def _write(self, answer: bytes) -> None:
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(answer)
        cycle.message_event.set()
        cycle.on_response()


def _joined(cycle: RequestResponseCycle, head: Message, message: Message) -> bytes | None:
    """Head and body as one; None when uvicorn has to look at them."""
    headers, body = [*cycle.default_headers, *head["headers"]], message.get("body", b"")
    lines = b"".join([b"%b: %b\r\n" % pair for pair in headers])
    if (
        not cycle.keep_alive
        or message.get("more_body")
        or cycle.scope["method"] == "HEAD"
        or b"content-length: %d\r\n" % len(body) not in lines
        or b"connection: " in lines
        or not lines.count(b"\r") == lines.count(b"\n") == len(headers)  # a value that would begin another line
        or b"\0" in lines
    ):
        return None
    return b"%b%b\r\n%b" % (STATUS_LINE[head["status"]], lines, body)
