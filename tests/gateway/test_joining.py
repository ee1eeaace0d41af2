"""An answer's head and body leave in one write; a head without a body does not wait for one."""

import asyncio
from typing import cast

import pytest

from gateway.joining import JoiningTransport

pytestmark = pytest.mark.anyio


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def joining(wire: Wire) -> JoiningTransport:
    return JoiningTransport(cast(asyncio.Transport, wire), asyncio.get_running_loop())


async def test_head_and_body_are_one_write() -> None:
    wire = Wire()
    transport = joining(wire)
    transport.write(b"head")
    assert wire.written == []
    transport.write(b"body")
    await asyncio.sleep(0)
    assert wire.written == [b"headbody"]


async def test_an_empty_body_sends_the_head() -> None:
    wire = Wire()
    transport = joining(wire)
    transport.write(b"head")
    transport.write(b"")
    assert wire.written == [b"head"]


async def test_the_head_of_a_stream_leaves_at_the_loops_next_turn_and_its_pieces_as_they_come() -> None:
    wire = Wire()
    transport = joining(wire)
    transport.write(b"head")
    await asyncio.sleep(0)
    assert wire.written == [b"head"]
    transport.write(b"one")
    transport.write(b"two")
    assert wire.written == [b"head", b"one", b"two"]


async def test_closing_sends_what_is_kept_first() -> None:
    wire = Wire()
    transport = joining(wire)
    transport.write(b"head")
    transport.close()
    assert (wire.written, transport.is_closing()) == ([b"head"], True)


async def test_nothing_is_written_to_a_connection_that_was_lost_meanwhile() -> None:
    wire = Wire()
    transport = joining(wire)
    transport.write(b"head")
    wire.close()
    await asyncio.sleep(0)
    assert wire.written == []
