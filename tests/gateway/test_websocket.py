"""The sub-protocol graphql-transport-ws, message by message, without a socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
import strawberry
from starlette.websockets import WebSocket

from gateway.limits import CallerLimits, Limits
from gateway.operations import Operations
from gateway.websocket import PROTOCOL, Sockets, serve_websocket
from resolvers.context import Context
from resolvers.errors import Unauthenticated

pytestmark = pytest.mark.anyio


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "hello"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def counted(self) -> AsyncGenerator[int, None]:
        for number in (1, 2):
            yield number

    @strawberry.subscription
    async def endless(self) -> AsyncGenerator[int, None]:
        yield 1
        await asyncio.Event().wait()


class Client:
    """The other end: what it sends is read by the server, what the server sends is kept."""

    def __init__(self, bare_context: Callable[..., Context], protocols: list[str]) -> None:
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.to_server.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "subprotocols": protocols, "headers": [], "path": "/graphql"}

        async def context_for(authorization: str | None) -> Context:
            if authorization == "Bearer wrong":
                raise Unauthenticated
            return bare_context()

        schema = strawberry.Schema(Query, subscription=Subscription)
        guest = Limits(cost=1000, tokens=200, seconds=5, body_bytes=2000, subscriptions=2)
        operations = Operations(schema, CallerLimits(guest=guest))
        socket = WebSocket(scope, self.to_server.get, self._sent)  # type: ignore[arg-type]  # a queue is an awaitable source
        self.served = asyncio.create_task(serve_websocket(socket, Sockets(operations), context_for))

    async def _sent(self, message: Any) -> None:
        await self.from_server.put(dict(message))

    def say(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self.to_server.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> dict[str, Any]:
        message = await asyncio.wait_for(self.from_server.get(), 5)
        if message["type"] == "websocket.send":
            parsed: dict[str, Any] = json.loads(message["text"])
            return parsed
        return message

    async def leave(self) -> None:
        self.to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.served


@pytest.fixture
def connect(bare_context: Callable[..., Context]) -> Callable[..., Client]:
    def made(*protocols: str) -> Client:
        return Client(bare_context, list(protocols) or [PROTOCOL])

    return made


async def ready(client: Client) -> Client:
    assert (await client.hear())["type"] == "websocket.accept"
    client.say({"type": "connection_init"})
    assert await client.hear() == {"type": "connection_ack"}
    return client


async def test_a_subscription_sends_each_result_and_says_when_it_is_over(connect: Callable[..., Client]) -> None:
    client = await ready(connect())
    client.say({"type": "subscribe", "id": "1", "payload": {"query": "subscription { counted }"}})
    heard = [await client.hear() for _ in range(3)]
    assert [message["type"] for message in heard] == ["next", "next", "complete"]
    assert [message["payload"]["data"]["counted"] for message in heard[:2]] == [1, 2]
    await client.leave()


async def test_a_query_is_answered_too_and_a_ping_is_returned(connect: Callable[..., Client]) -> None:
    client = await ready(connect())
    client.say({"type": "ping", "payload": {"at": 1}})
    assert await client.hear() == {"type": "pong", "payload": {"at": 1}}
    client.say({"type": "subscribe", "id": "q", "payload": {"query": "{ hello }"}})
    assert (await client.hear())["payload"]["data"] == {"hello": "hello"}
    assert await client.hear() == {"type": "complete", "id": "q"}
    await client.leave()


async def test_a_document_that_does_not_validate_ends_in_an_error_message(connect: Callable[..., Client]) -> None:
    client = await ready(connect())
    client.say({"type": "subscribe", "id": "1", "payload": {"query": "subscription { nope }"}})
    heard = await client.hear()
    assert (heard["type"], heard["payload"][0]["extensions"]["code"]) == ("error", "GRAPHQL_VALIDATION_FAILED")
    await client.leave()


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["{nope"], 4400),
        ([{"type": "start"}], 4400),
        ([{"id": "1"}], 4400),
        ([{"type": "connection_init"}], 4429),
        ([{"type": "subscribe", "payload": {"query": "{ hello }"}}], 4400),
        ([{"type": "subscribe", "id": 7, "payload": {"query": "{ hello }"}}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {}}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": "subscription { endless }"}}] * 2, 4409),
    ],
)
async def test_what_breaks_the_protocol_closes_the_socket_with_its_code(
    connect: Callable[..., Client], messages: list[object], code: int
) -> None:
    client = await ready(connect())
    for message in messages:
        client.say(message)
    while (heard := await client.hear())["type"] != "websocket.close":
        pass
    assert heard["code"] == code
    await client.served


async def test_subscribing_before_the_acknowledgement_is_unauthorized(connect: Callable[..., Client]) -> None:
    client = connect()
    await client.hear()
    client.say({"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}})
    assert (await client.hear())["code"] == 4401
    await client.served


async def test_a_wrong_token_is_forbidden(connect: Callable[..., Client]) -> None:
    client = connect()
    await client.hear()
    client.say({"type": "connection_init", "payload": {"Authorization": "Bearer wrong"}})
    assert (await client.hear())["code"] == 4403
    await client.served


async def test_another_protocol_is_not_acceptable(connect: Callable[..., Client]) -> None:
    client = connect("graphql-ws")
    await client.hear()
    assert (await client.hear())["code"] == 4406
    await client.served


async def test_one_subscription_too_many_ends_in_an_error_and_the_socket_goes_on(
    connect: Callable[..., Client],
) -> None:
    client = await ready(connect())
    for number in range(3):
        client.say({"type": "subscribe", "id": str(number), "payload": {"query": "subscription { endless }"}})
    heard = {(message["type"], message["id"]): message for message in [await client.hear() for _ in range(3)]}
    assert set(heard) == {("next", "0"), ("next", "1"), ("error", "2")}
    assert heard["error", "2"]["payload"][0]["extensions"] == {
        "code": "TOO_MANY_AT_ONCE",
        "maximum": 2,
        "classification": "BAD_REQUEST",
        "requestId": "test",
    }
    client.say({"type": "complete", "id": "0"})
    client.say({"type": "ping"})
    assert await client.hear() == {"type": "pong"}
    await client.leave()
