"""The server's HTTP protocol with bounds: a request's line and headers are limited in bytes, in number and in time.

The parser itself keeps what it is given without limit and waits for the rest forever.
"""

import asyncio
from itertools import chain
from uuid import uuid4

import httptools
import orjson
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.joining import Joining

HEADERS_MAX = 100


def bounded_protocol(bytes_max: int, seconds_max: float) -> type[HttpToolsProtocol]:
    """The protocol class for uvicorn, with these bounds on a request's head."""

    class Bounded(BoundedProtocol):
        head_bytes_max = bytes_max
        head_seconds_max = seconds_max

    return Bounded


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    head_bytes_max: int
    head_seconds_max: float

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # uvicorn's own arguments, handed on
        self._in_head = True
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._refusal: tuple[int, str, str] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # a server is given a Transport
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        try:
            super().data_received(data)
        except httptools.HttpParserCallbackError:
            self.send_400_response("")
        if self._in_head and self._head_bytes:
            self._start_timer()
        # What came with the head in the same packet may be body, so the sum only counts while the head goes on.
        if self._in_head and self._head_bytes > self.head_bytes_max and not self.transport.is_closing():
            self._refuse(431, "HEADERS_TOO_LARGE", f"A request's headers have at most {self.head_bytes_max} bytes.")

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(map(len, chain.from_iterable(self.headers)))
        if len(self.url) > self.head_bytes_max:
            self._refusal = (414, "URI_TOO_LONG", f"A URL has at most {self.head_bytes_max} bytes.")
            raise ValueError
        if size > self.head_bytes_max or len(self.headers) > HEADERS_MAX:
            self._refusal = (431, "HEADERS_TOO_LARGE", f"At most {HEADERS_MAX} headers, {self.head_bytes_max} bytes.")
            raise ValueError
        self._in_head = False
        self._head_bytes = 0
        self._stop_timer()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        cycle.send = Joining(cycle).send  # type: ignore[method-assign,assignment]  # what the cycle hands to the application
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, in our own words; uvicorn calls this."""
        if not self.transport.is_closing():
            self._refuse(*(self._refusal or (400, "BAD_REQUEST", "This is not an HTTP request.")))

    def _start_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds_max, self._too_slow)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            message = f"A request's headers must arrive within {self.head_seconds_max} seconds."
            self._refuse(408, "REQUEST_TIMEOUT", message)

    def _refuse(self, status: int, code: str, message: str) -> None:
        if self._answering():
            self.transport.close()  # an earlier request on this connection is being answered; nothing may come between
            return
        extensions = {"code": code, "classification": "BAD_REQUEST", "requestId": uuid4().hex}
        body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: application/json; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
            % len(body)
            + body
        )
        self.transport.close()

    def _answering(self) -> bool:
        cycle: object = self.cycle
        return cycle is not None and self.cycle.response_started and not self.cycle.response_complete
