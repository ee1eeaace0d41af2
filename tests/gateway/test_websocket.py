"""The sub-protocol graphql-transport-ws, message by message, without a socket."""

from collections.abc import Callable

import pytest

from gateway.limits import Limits
from gateway.websocket import PROTOCOL, Sockets
from resolvers.context import Context
from tests.gateway.sockets import Client
from tests.gateway.wires import operations

pytestmark = pytest.mark.anyio
GUEST = Limits(cost=1000, tokens=200, body_bytes=2000, subscriptions=2)


@pytest.fixture
def connect(bare_context: Callable[..., Context]) -> Callable[..., Client]:
    def made(*protocols: str) -> Client:
        return Client(bare_context, Sockets(operations(GUEST)), protocols=protocols or [PROTOCOL])

    return made


async def test_a_subscription_sends_each_result_and_says_when_it_is_over(connect: Callable[..., Client]) -> None:
    client = await connect().ready()
    client.say({"type": "subscribe", "id": "1", "payload": {"query": "subscription { counted }"}})
    heard = [await client.hear() for _ in range(3)]
    assert [message["type"] for message in heard] == ["next", "next", "complete"]
    assert [message["payload"]["data"]["counted"] for message in heard[:2]] == [1, 2]
    await client.leave()


async def test_a_query_is_answered_too_and_a_ping_is_returned(connect: Callable[..., Client]) -> None:
    client = await connect().ready()
    client.say({"type": "ping", "payload": {"at": 1}})
    assert await client.hear() == {"type": "pong", "payload": {"at": 1}}
    client.say({"type": "subscribe", "id": "q", "payload": {"query": "{ hello }"}})
    assert (await client.hear())["payload"]["data"] == {"hello": "hello world"}
    assert await client.hear() == {"type": "complete", "id": "q"}
    await client.leave()


async def test_a_document_that_does_not_validate_ends_in_an_error_message(connect: Callable[..., Client]) -> None:
    client = await connect().ready()
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
    client = await connect().ready()
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
    client = await connect().ready()
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
