"""Hostile traffic below HTTP's own level, over real sockets on loopback: floods, half-open and slow connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn

from gateway.limits import Limits
from gateway.protocol import bounded_protocol
from resolvers.context import Context
from tests.gateway.wires import application

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]
HEAD_BYTES = 4_000
BODY = b'{"query": "{ hello }"}'
LINE = b"POST /graphql HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n"
GOOD = LINE + b"content-length: %d\r\n\r\n" % len(BODY) + BODY


@asynccontextmanager
async def served(bare_context: Make, guest: Limits | None = None, head_seconds: float = 60) -> AsyncIterator[int]:
    """The port of a server with the small schema."""
    config = uvicorn.Config(
        application(bare_context, guest),
        port=0,
        lifespan="off",
        log_config=None,
        http=bounded_protocol(HEAD_BYTES, head_seconds),
        limit_concurrency=50,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


async def exchange(port: int, *pieces: bytes, ends: bool = False) -> tuple[int, dict[str, object]]:
    """What a server answers to these bytes before it closes the connection, or to one good request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    if ends:
        writer.write_eof()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = json.loads(await asyncio.wait_for(reader.readexactly(length), 20))
    writer.close()
    return int(head.split()[1]), body


def code(body: dict[str, object]) -> object:
    (error,) = body["errors"]  # type: ignore[misc]  # a list of one error
    assert error["extensions"]["requestId"]
    return error["extensions"]["code"]


@pytest.mark.parametrize(
    ("pieces", "status", "expected"),
    [
        ([b"GARBAGE\r\n\r\n"], 400, "BAD_REQUEST"),
        ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], 400, "BAD_REQUEST"),
        ([b"GET /graphql HTTP/9.9\r\n\r\n"], 400, "BAD_REQUEST"),
        ([b"POST /graphql HTTP/1.1\r\ncontent-length: -1\r\n\r\n"], 400, "BAD_REQUEST"),
        ([LINE + b"content-length: 5\r\ncontent-length: 6\r\n\r\n"], 400, "BAD_REQUEST"),
        ([LINE + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"], 400, "BAD_REQUEST"),
        ([LINE + b"transfer-encoding: chunked\r\n\r\nZZ\r\n"], 400, "BAD_REQUEST"),
        ([LINE + b"x: " + b"a" * 5_000 + b"\r\n\r\n"], 431, "HEADERS_TOO_LARGE"),
        ([LINE + b"".join(b"x%d: a\r\n" % n for n in range(101)) + b"\r\n"], 431, "HEADERS_TOO_LARGE"),
        ([LINE, b"x: aaaaaaaaaaaaaaaa\r\n" * 200], 431, "HEADERS_TOO_LARGE"),
        ([LINE + b"x: ", b"a" * 4_500], 431, "HEADERS_TOO_LARGE"),
        ([b"GET /" + b"a" * 4_500 + b" HTTP/1.1\r\n\r\n"], 414, "URI_TOO_LONG"),
        ([GOOD[:40], GOOD[40:90], GOOD[90:]], 200, None),
        ([LINE + b"transfer-encoding: chunked\r\n\r\n16\r\n" + BODY + b"\r\n0\r\n\r\n"], 200, None),
    ],
)
async def test_what_is_not_a_request_or_too_much_of_one_is_answered_and_the_server_goes_on(
    bare_context: Make, pieces: list[bytes], status: int, expected: str | None
) -> None:
    async with served(bare_context) as port:
        found, body = await exchange(port, *pieces)
        assert found == status
        assert expected is None or code(body) == expected
        assert (await exchange(port, GOOD))[0] == 200


async def test_headers_that_do_not_arrive_in_time_are_408(bare_context: Make) -> None:
    async with served(bare_context, head_seconds=0.05) as port:
        for begun in (b"", b"P", LINE, LINE + b"x: a"):
            found, body = await exchange(port, begun)
            assert (found, code(body)) == (408, "REQUEST_TIMEOUT")


async def test_a_body_that_drips_is_408(bare_context: Make) -> None:
    limits = Limits.model_construct(**{**Limits().model_dump(), "body_seconds": 0.05})
    async with served(bare_context, limits) as port:
        found, body = await exchange(port, LINE + b"content-length: 1000\r\n\r\n{")
        assert (found, code(body)) == (408, "REQUEST_TIMEOUT")


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(bare_context: Make) -> None:
    async with served(bare_context, Limits(body_bytes=100)) as port:
        announced = await exchange(port, LINE + b"content-length: 999999999\r\n\r\n")
        chunked = await exchange(
            port, LINE + b"transfer-encoding: chunked\r\n\r\n", *([b"64\r\n" + b"a" * 100 + b"\r\n"] * 2)
        )
        assert [(found, code(body)) for found, body in (announced, chunked)] == [(413, "BODY_TOO_LARGE")] * 2


async def test_connections_that_say_nothing_or_hang_up_cost_nothing(bare_context: Make) -> None:
    async with served(bare_context) as port:
        for begun in (b"", b"POST", LINE, LINE + b"content-length: 10\r\n\r\n{", GOOD):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)
            writer.transport.abort()
        assert (await exchange(port, GOOD))[1]["data"] == {"hello": "hello world"}


async def test_more_connections_than_admitted_are_503_and_the_others_are_served(bare_context: Make) -> None:
    async with served(bare_context) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GOOD)
        assert (await reader.readline()).split()[1] == b"503"
        for _, other in [*idle, (reader, writer)]:
            other.close()
            await other.wait_closed()
        assert (await exchange(port, GOOD))[0] == 200


async def test_requests_in_a_row_on_one_connection_are_each_held_to_the_bounds(bare_context: Make) -> None:
    async with served(bare_context) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(GOOD)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split()[1] == b"200"
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        writer.write(LINE + b"x: " + b"a" * 5_000 + b"\r\n\r\n")
        assert (await reader.readuntil(b"\r\n")).split()[1] == b"431"
        writer.close()
