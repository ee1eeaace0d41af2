"""Sockets of clients that break the protocol, do not read, outlive their credential or open too many."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.acts import Actor, ActorKind
from gateway.limits import Limits
from gateway.rates import Rates
from gateway.websocket import Sockets
from resolvers.context import Context
from tests.conftest import NOW
from tests.gateway.sockets import Client, subscribe
from tests.gateway.wires import operations

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]
ADA = Actor(ActorKind.CUSTOMER, "ada")


class Hour:
    """A clock that strikes when told to."""

    def __init__(self) -> None:
        self.waits_for: list[datetime] = []
        self.struck = asyncio.Event()

    async def until(self, moment: datetime) -> None:
        self.waits_for.append(moment)
        await self.struck.wait()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", 4400),
        ("[1, 2]", 4400),
        ("7", 4400),
        ("null", 4400),
        ("[" * 100_000, 4400),
        ('{"type": 7}', 4400),
        ('{"type": "ping"', 4400),
        ({"type": "ping", "payload": 7}, 4400),
        ({"type": "pong", "payload": []}, 4400),
        ({"type": "complete"}, 4400),
        ({"type": "complete", "id": 7}, 4400),
        ({"type": "next", "id": "1", "payload": {}}, 4400),
        ({"type": "x" * 4_000}, 4400),
        (subscribe(""), 4400),
        (subscribe("x" * 129), 4400),
        (subscribe("1", []), 4400),
        (subscribe("1", {"query": 7}), 4400),
        (subscribe("1", {"query": "{ hello }", "variables": "x"}), 4400),
        (subscribe("1", {"query": "{ hello }", "operationName": {}}), 4400),
        (subscribe("1", {"query": "{ hello }", "extensions": 7}), 4400),
        ({"type": "ping", "payload": {"a": "x" * 300_000}}, 1009),
    ],
)
async def test_a_message_that_breaks_the_protocol_closes_the_socket(
    bare_context: Make, message: object, code: int
) -> None:
    client = await Client(bare_context, Sockets(operations())).ready()
    client.say(message)
    assert (await client.closed())[0] == code


async def test_binary_messages_close_the_socket(bare_context: Make) -> None:
    client = await Client(bare_context, Sockets(operations())).ready()
    client.to_server.put_nowait({"type": "websocket.receive", "bytes": b'{"type": "ping"}'})
    assert await client.closed() == (4400, "Send messages as text, one JSON object each")


async def test_strangers_may_not_send_much_before_they_say_who_they_are(bare_context: Make) -> None:
    client = Client(bare_context, Sockets(operations()))
    client.say({"type": "connection_init", "payload": {"a": "x" * 20_000}})
    assert (await client.closed())[0] == 1009


async def test_a_socket_that_never_says_who_it_is_ends(bare_context: Make) -> None:
    client = Client(bare_context, Sockets(operations(), init_seconds_max=0.01))
    client.say({"type": "ping"})
    assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_a_socket_ends_with_its_credential_and_with_everything_it_runs(bare_context: Make) -> None:
    hour = Hour()
    client = await Client(bare_context, Sockets(operations(), until=hour.until), ADA).ready()
    client.say(subscribe("1"))
    assert (await client.hear())["type"] == "next"
    assert hour.waits_for == [NOW + timedelta(minutes=5)]
    hour.struck.set()
    assert await client.closed() == (4403, "Forbidden: The access token has expired. Sign in again.")


async def test_a_credential_that_was_revoked_ends_the_socket_with_the_next_operation(bare_context: Make) -> None:
    client = await Client(bare_context, Sockets(operations())).ready()
    client.tokens_good = False
    client.say(subscribe("1"))
    code, reason = await client.closed()
    assert (code, reason[:35]) == (4403, "Forbidden: The session has ended. é")
    assert len(reason.encode()) <= 123


async def test_a_client_that_does_not_read_is_dropped_and_nothing_is_kept_for_it(bare_context: Make) -> None:
    sockets = Sockets(operations(), send_seconds_max=0.01)
    client = await Client(bare_context, sockets).ready()
    client.reading.clear()
    client.say(*(subscribe(str(number)) for number in range(5)))
    await asyncio.wait_for(client.served, 20)
    assert client.from_server.empty()
    assert sockets.subscriptions.open_of("GUEST:192.0.2.1") == 0


async def test_sockets_of_one_caller_are_counted_and_another_caller_is_not_in_the_way(bare_context: Make) -> None:
    sockets = Sockets(operations(Limits(sockets=2)))
    first, second = [await Client(bare_context, sockets).ready() for _ in range(2)]
    third = Client(bare_context, sockets)
    third.say({"type": "connection_init"})
    assert await third.closed() == (4429, "You have 2 sockets open; more are admitted when some end.")
    customer = await Client(bare_context, sockets, ADA).ready()
    await first.leave()
    fourth = await Client(bare_context, sockets).ready()
    for client in (second, customer, fourth):
        await client.leave()
    assert sockets.open_sockets.open_of("GUEST:192.0.2.1") == 0


async def test_subscriptions_are_counted_over_all_sockets_of_a_caller(bare_context: Make) -> None:
    sockets = Sockets(operations(Limits(subscriptions=2)))
    one, other = [await Client(bare_context, sockets).ready() for _ in range(2)]
    one.say(subscribe("1"), subscribe("2"))
    assert [(await one.hear())["type"] for _ in range(2)] == ["next", "next"]
    other.say(subscribe("1"))
    refused = await other.hear()
    assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "TOO_MANY_AT_ONCE")
    await one.leave()
    other.say(subscribe("1"))
    assert (await other.hear())["type"] == "next"
    await other.leave()
    assert sockets.subscriptions.open_of("GUEST:192.0.2.1") == 0


async def test_an_id_is_free_again_when_its_operation_ended_or_was_completed(bare_context: Make) -> None:
    client = await Client(bare_context, Sockets(operations())).ready()
    for _ in range(3):
        client.say(subscribe("1", {"query": "{ nope }"}))
        assert (await client.hear())["type"] == "error"
        client.say(subscribe("1", {"query": "{ hello }"}))
        assert [(await client.hear())["type"] for _ in range(2)] == ["next", "complete"]
        client.say(subscribe("1"))
        assert (await client.hear())["type"] == "next"
        client.say({"type": "complete", "id": "1"}, {"type": "complete", "id": "1"}, {"type": "complete", "id": "?"})
    client.say({"type": "ping"})
    assert await client.hear() == {"type": "pong"}
    await client.leave()


async def test_a_completed_operation_says_nothing_more(bare_context: Make) -> None:
    client = await Client(bare_context, Sockets(operations())).ready()
    for number in range(50):
        client.say(subscribe(str(number)), {"type": "complete", "id": str(number)})
    client.say({"type": "ping"})
    heard = []
    while (message := await client.hear())["type"] != "pong":
        heard.append(message["type"])
    assert "complete" not in heard
    await client.leave()


@pytest.mark.parametrize("message", [{"type": "ping"}, {"type": "pong"}, {"type": "complete", "id": "1"}])
async def test_messages_without_end_end_the_socket(bare_context: Make, message: object) -> None:
    sockets = Sockets(operations(Limits(requests_per_second=5)), rates=Rates(clock=lambda: 1_000.0))
    client = await Client(bare_context, sockets).ready()
    client.say(*[message] * 11)
    assert (await client.closed())[0] == 4429


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ " + "a " * 3_000 + "}"}, "LIMIT_EXCEEDED"),
        ({"query": "{ hello }", "variables": {"a": [0] * 300}}, "LIMIT_EXCEEDED"),
        ({"query": "{ hello"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": '{ hello(name: "\x00") }'}, "BAD_USER_INPUT"),
        ({"query": "{ hello }", "variables": {"a": "\x00"}}, "BAD_USER_INPUT"),
        ({"query": "  "}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {}}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
    ],
)
async def test_an_operation_over_a_limit_ends_in_an_error_and_the_socket_goes_on(
    bare_context: Make, payload: object, code: str
) -> None:
    client = await Client(bare_context, Sockets(operations())).ready()
    client.say(subscribe("1", payload))
    heard = await client.hear()
    assert (heard["type"], heard["id"], heard["payload"][0]["extensions"]["code"]) == ("error", "1", code)
    client.say({"type": "ping"})
    assert await client.hear() == {"type": "pong"}
    await client.leave()
