"""An answer whose length is known leaves in one write; everything else leaves as uvicorn writes it."""

import asyncio
from collections.abc import Sequence

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

from gateway.protocol import bounded_protocol

pytestmark = pytest.mark.anyio

REQUEST = b"%b / HTTP/1.1\r\nhost: a\r\n\r\n"
LENGTH = (b"content-length", b"4")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def head(*headers: tuple[bytes, bytes], status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def wrote(messages: Sequence[Message | Exception], method: bytes = b"GET", *, lost: bool = False) -> Wire:
    """What the server writes when an application sends these messages, one a turn of the loop."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            if isinstance(message, Exception):
                raise message
            await send(message)
            await asyncio.sleep(0)

    return await served(app, REQUEST % method, lost=lost)


async def served(app: ASGIApp, request: bytes, *, lost: bool = False) -> Wire:
    """What the server writes in the next turns of the loop."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    wire = Wire()
    protocol = bounded_protocol(10_000, 10)(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.connection_made(wire)
    protocol.data_received(request)
    if lost:
        protocol.connection_lost(None)
    for _ in range(12):
        await asyncio.sleep(0)
    return wire


async def test_head_and_body_are_one_write() -> None:
    wire = await wrote([head(LENGTH), body(b"body")])
    assert (wire.written, wire.closed) == ([HEAD + b"body"], False)


async def test_a_body_in_pieces_is_written_in_pieces() -> None:
    wire = await wrote([head(LENGTH), body(b"bo", more=True), body(b"dy")])
    assert wire.written == [HEAD, b"bo", b"dy"]


async def test_the_head_of_a_stream_does_not_wait_for_its_first_piece() -> None:
    wire = await wrote([head(), body(b"one", more=True), body(b"")])
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert wire.written == [chunked, b"3\r\none\r\n", b"0\r\n\r\n"]


async def test_the_answer_to_head_tells_the_length_of_a_body_it_does_not_have() -> None:
    wire = await wrote([head(LENGTH), body(b"body")], b"HEAD")
    assert b"".join(wire.written) == HEAD


async def test_a_connection_that_is_to_be_closed_is() -> None:
    wire = await wrote([head(LENGTH, (b"connection", b"close")), body(b"body")])
    assert (b"".join(wire.written), wire.closed) == (HEAD[:-2] + b"connection: close\r\n\r\nbody", True)


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\x00b"])
async def test_no_value_begins_another_header(value: bytes) -> None:
    wire = await wrote([head(LENGTH, (b"x", value)), body(b"body")])
    written = b"".join(wire.written)
    assert (value in written, wire.closed) == (False, True)


@pytest.mark.parametrize("content", [b"bod", b"bodyy"])
async def test_a_body_of_another_length_is_not_sent_as_if_it_were_right(content: bytes) -> None:
    wire = await wrote([head(LENGTH), body(content)])
    assert wire.written != [HEAD + content]
    assert wire.closed


async def test_nothing_is_written_to_a_connection_that_was_lost_meanwhile() -> None:
    assert (await wrote([head(LENGTH), body(b"body")], lost=True)).written == []


async def test_an_application_that_fails_between_head_and_body_answers_that_it_failed() -> None:
    wire = await wrote([head(LENGTH), RuntimeError("failed")])
    assert b"".join(wire.written).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


async def test_a_client_that_waits_to_be_told_to_go_on_is_told_nothing_after_its_answer() -> None:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await send(head(LENGTH))
        await send(body(b"body"))
        await receive()

    wire = await served(app, b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n")
    assert wire.written == [HEAD + b"body"]


async def test_what_is_no_body_ends_the_connection() -> None:
    wire = await wrote([head(LENGTH), {"type": "nonsense"}])
    assert (wire.written, wire.closed) == ([HEAD], True)
