"""What is named instead of sent, and what is asked for in a time, is the same law over HTTP, Server-Sent Events and WebSocket."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from gateway.documents.lookup import RegisteredOrSent
from gateway.documents.persisted import PersistedQueries
from gateway.limits import Limits
from gateway.operations import Operations
from gateway.rates import Rates
from gateway.websocket import Sockets
from resolvers.context import Context
from tests.gateway.sockets import Client, subscribe
from tests.gateway.wires import application, operations, send

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]
HELLO, COUNTED = "{ hello }", "subscription { counted }"
GREETING = [{"hello": "hello world"}]
TRUSTED = {("", "hello-1"): HELLO, ("", "counted-1"): COUNTED}


class Registered:
    """Documents trusted from everybody."""

    async def find(self, client: str, document_id: str) -> str | None:
        return TRUSTED.get((client, document_id))


@dataclass
class Wires:
    """One door behind every transport; `ask` gives the data of each answer, or the code of the refusal."""

    bare_context: Make
    door: Operations
    documents: RegisteredOrSent
    rates: Rates = field(default_factory=lambda: Rates(clock=lambda: 1_000.0))

    def ask(self, transport: str, payload: object) -> Awaitable[list[Any] | str]:
        return self._websocket(payload) if transport == "websocket" else self._http(payload, transport)

    async def _http(self, payload: object, accept: str) -> list[Any] | str:
        app = application(self.bare_context, door=self.door, documents=self.documents, rates=self.rates)
        headers = [("content-type", "application/json"), ("accept", accept)]
        reply = await send(app, json.dumps(payload).encode(), headers=headers)
        if not reply.headers["content-type"].startswith("text/event-stream"):
            answer = reply.json
            return str(answer["errors"][0]["extensions"]["code"]) if "errors" in answer else [answer["data"]]
        lines = [line for line in reply.body.decode().splitlines() if line.startswith("data: {")]
        return [json.loads(line.removeprefix("data: "))["data"] for line in lines]

    async def _websocket(self, payload: object) -> list[Any] | str:
        sockets = Sockets(self.door, documents=self.documents, rates=self.rates)
        client = await Client(self.bare_context, sockets).ready()
        client.say(subscribe("1", payload))
        heard: list[Any] = []
        while (message := await client.hear())["type"] == "next":
            heard.append(message["payload"]["data"])
        await client.leave()
        return str(message["payload"][0]["extensions"]["code"]) if message["type"] == "error" else heard


@pytest.fixture
def wires(bare_context: Make) -> Wires:
    return made(bare_context)


def made(bare_context: Make, guest: Limits | None = None, *, trusted_only: bool = False) -> Wires:
    door = operations(guest)
    documents = RegisteredOrSent(PersistedQueries(), None, Registered(), door.would_run, trusted_only=trusted_only)
    return Wires(bare_context, door, documents)


def hashed(query: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}


EVERYWHERE = pytest.mark.parametrize(
    "transport", ["application/graphql-response+json", "text/event-stream", "websocket"]
)
STREAMING = pytest.mark.parametrize("transport", ["text/event-stream", "websocket"])


@EVERYWHERE
async def test_a_query_is_persisted_by_its_hash_on_one_transport_and_known_on_all(wires: Wires, transport: str) -> None:
    assert await wires.ask(transport, {"extensions": hashed(HELLO)}) == "PERSISTED_QUERY_NOT_FOUND"
    assert await wires.ask(transport, {"query": HELLO, "extensions": hashed(HELLO)}) == GREETING
    for other in ("application/graphql-response+json", "text/event-stream", "websocket"):
        assert await wires.ask(other, {"extensions": hashed(HELLO)}) == GREETING


@EVERYWHERE
async def test_a_hash_of_another_text_is_refused_and_nothing_is_kept(wires: Wires, transport: str) -> None:
    wrong = {"query": HELLO, "extensions": hashed(COUNTED)}
    assert await wires.ask(transport, wrong) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert await wires.ask(transport, {"extensions": hashed(HELLO)}) == "PERSISTED_QUERY_NOT_FOUND"


@STREAMING
async def test_a_subscription_is_persisted_too(wires: Wires, transport: str) -> None:
    assert await wires.ask(transport, {"query": COUNTED, "extensions": hashed(COUNTED)}) == [
        {"counted": 1},
        {"counted": 2},
    ]
    assert await wires.ask(transport, {"extensions": hashed(COUNTED)}) == [{"counted": 1}, {"counted": 2}]


@EVERYWHERE
async def test_a_trusted_document_is_named_by_its_id(wires: Wires, transport: str) -> None:
    assert await wires.ask(transport, {"documentId": "hello-1"}) == GREETING
    assert await wires.ask(transport, {"documentId": "unknown"}) == "PERSISTED_DOCUMENT_NOT_FOUND"


@EVERYWHERE
async def test_where_only_trusted_documents_run_a_text_runs_nowhere(bare_context: Make, transport: str) -> None:
    wires = made(bare_context, trusted_only=True)
    assert await wires.ask(transport, {"query": HELLO}) == "TRUSTED_DOCUMENTS_ONLY"
    assert await wires.ask(transport, {"documentId": "hello-1"}) == GREETING


@STREAMING
async def test_a_trusted_subscription_runs_where_only_trusted_documents_do(bare_context: Make, transport: str) -> None:
    wires = made(bare_context, trusted_only=True)
    assert await wires.ask(transport, {"documentId": "counted-1"}) == [{"counted": 1}, {"counted": 2}]


@EVERYWHERE
async def test_requests_of_a_caller_are_one_rate_over_all_transports(bare_context: Make, transport: str) -> None:
    wires = made(bare_context, Limits(requests_per_second=2))
    for other in ("application/graphql-response+json", "text/event-stream", "websocket", transport):
        assert await wires.ask(other, {"query": HELLO}) == GREETING
    assert await wires.ask(transport, {"query": HELLO}) == "RATE_LIMITED"


@EVERYWHERE
async def test_cost_of_a_caller_is_one_budget_over_all_transports(bare_context: Make, transport: str) -> None:
    wires = made(bare_context, Limits(cost_per_minute=3))
    for other in ("application/graphql-response+json", "text/event-stream", "websocket"):
        assert await wires.ask(other, {"query": HELLO}) == GREETING
    assert await wires.ask(transport, {"query": HELLO}) == "RATE_LIMITED"


@EVERYWHERE
async def test_new_documents_are_paid_by_the_token_and_known_ones_are_not(bare_context: Make, transport: str) -> None:
    wires = made(bare_context, Limits(new_tokens_per_minute=7))
    assert await wires.ask(transport, {"query": HELLO}) == GREETING
    assert await wires.ask(transport, {"query": HELLO}) == GREETING
    # Three tokens each: what is not valid is paid as well, what is refused before it is parsed is not.
    assert await wires.ask(transport, {"query": "{ nope }"}) == "GRAPHQL_VALIDATION_FAILED"
    assert await wires.ask(transport, {"query": "{ hello ;"}) == "GRAPHQL_PARSE_FAILED"
    assert await wires.ask(transport, {"query": "{ nope }"}) == "RATE_LIMITED"
    assert await wires.ask(transport, {"query": HELLO}) == GREETING


@STREAMING
async def test_a_subscription_is_paid_once_before_it_begins(bare_context: Make, transport: str) -> None:
    wires = made(bare_context, Limits(cost_per_minute=1))
    assert await wires.ask(transport, {"query": COUNTED}) == [{"counted": 1}, {"counted": 2}]
    assert await wires.ask(transport, {"query": COUNTED}) == "RATE_LIMITED"


async def test_on_a_socket_the_first_answer_of_a_subscription_says_what_is_left(wires: Wires) -> None:
    sockets = Sockets(operations(Limits(cost_per_minute=100)), rates=wires.rates)
    client = await Client(wires.bare_context, sockets).ready()
    client.say(subscribe("1", {"query": COUNTED}))
    costs = [(await client.hear())["payload"]["extensions"]["cost"] for _ in range(2)]
    own = {"requested": 1, "maximum": 20_000}
    assert costs == [own | {"budget": {"maximum": 100, "remaining": 99, "restoredPerMinute": 100}}, own]
    await client.leave()
