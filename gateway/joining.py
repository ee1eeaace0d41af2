"""A transport that sends an answer's head together with its body."""

import asyncio


class JoiningTransport:
    """What a connection writes to, while one answer is written.

    The server writes head and body apart, and each write is a system call and a packet of its own. The first write is
    kept until the second, or until the loop's next turn when none follows at once, as in a stream.
    """

    __slots__ = ("_is_first", "_kept", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept = b""
        self._is_first = True

    def write(self, data: bytes) -> None:
        """Send some bytes, what was kept before them."""
        if self._is_first:
            self._is_first = False
            self._kept = data
            self._loop.call_soon(self.flush)
        elif self._kept:
            kept, self._kept = self._kept, b""
            self._transport.write(kept + data)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what is kept."""
        if self._kept:
            kept, self._kept = self._kept, b""
            if not self._transport.is_closing():
                self._transport.write(kept)

    def close(self) -> None:
        """Send what is kept and close the connection."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is being closed."""
        return self._transport.is_closing()
