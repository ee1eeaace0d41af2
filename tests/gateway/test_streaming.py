"""Server-Sent Events: what is streamed to whom, what ends a stream, and that nothing is left behind."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from starlette.types import Message

from domain.acts import Actor, ActorKind
from gateway.limits import Limits
from gateway.negotiation import Headers
from gateway.streaming import Streaming
from resolvers.context import Context
from tests.conftest import NOW
from tests.gateway.wires import Reply, application, send

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]
TYPE = ("content-type", "application/json")
COUNTED, ENDLESS = b'{"query": "subscription { counted }"}', b'{"query": "subscription { endless }"}'
COST = '"extensions":{"cost":{"requested":1,"maximum":20000}}'
FIRST_COST = COST.replace("}}", ',"budget":{"maximum":1000000,"remaining":999999,"restoredPerMinute":1000000}}}')


def accepting(accept: str) -> list[tuple[str, str]]:
    return [TYPE, ("accept", accept)]


@pytest.mark.parametrize(
    "accept",
    ["text/event-stream", "application/json, text/event-stream", "application/json;q=0.1, text/event-stream;q=0.2"],
)
async def test_a_subscription_is_streamed_to_who_accepts_events(bare_context: Make, accept: str) -> None:
    reply = await send(application(bare_context), COUNTED, headers=accepting(accept))
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.body.decode() == (
        ":\n\n"
        f'event: next\ndata: {{"data":{{"counted":1}},{FIRST_COST}}}\n\n'
        f'event: next\ndata: {{"data":{{"counted":2}},{COST}}}\n\n'
        "event: complete\ndata: \n\n"
    )


async def test_a_query_is_streamed_only_to_who_prefers_events_and_listing_them_gets_json(bare_context: Make) -> None:
    app, body = application(bare_context), b'{"query": "{ hello }"}'
    streamed = await send(app, body, headers=accepting("text/event-stream"))
    assert streamed.body.decode() == (
        f':\n\nevent: next\ndata: {{"data":{{"hello":"hello world"}},{FIRST_COST}}}\n\nevent: complete\ndata: \n\n'
    )
    listed = await send(app, body, headers=accepting("application/json, text/event-stream, multipart/mixed"))
    assert (listed.headers["content-type"], listed.json["data"]) == (
        "application/json; charset=utf-8",
        {"hello": "hello world"},
    )


async def test_a_request_that_is_wrong_is_answered_as_json(bare_context: Make) -> None:
    reply = await send(application(bare_context), b'{"query": "{ nope }"}', headers=accepting("text/event-stream"))
    assert (reply.status, reply.headers["content-type"]) == (400, "application/json; charset=utf-8")
    assert reply.error == {"code": "GRAPHQL_VALIDATION_FAILED"}


async def test_a_quiet_stream_is_kept_alive_by_comments_until_the_client_leaves(bare_context: Make) -> None:
    beats, left = 0, asyncio.Event()
    app = application(bare_context, streaming=partial(Streaming, keep_alive_seconds=0.01))
    sent: list[bytes] = []

    async def receive() -> Message:
        if not sent:
            return {"type": "http.request", "body": ENDLESS, "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def note(message: Message) -> None:
        nonlocal beats
        sent.append(message.get("body", b""))
        beats += sent[-1] == b":\n\n"
        if beats == 4:
            left.set()

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "client": ("192.0.2.1", 1)}
    scope["headers"] = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
    await asyncio.wait_for(app(scope, receive, note), 20)
    assert [body[:12] for body in sent if body != b":\n\n"] == [b"", b"event: next\n"]


async def test_a_stream_ends_with_its_credential(bare_context: Make) -> None:
    waited: list[datetime] = []

    async def until(moment: datetime) -> None:
        waited.append(moment)

    async def context_for(_headers: Headers, request_id: str) -> Context:
        ada = Actor(ActorKind.CUSTOMER, "ada")
        return bare_context(ada, request_id=request_id, expires_at=NOW + timedelta(minutes=5))

    app = application(bare_context, streaming=partial(Streaming, until=until), context_for=context_for)
    reply = await send(app, ENDLESS, headers=accepting("text/event-stream"))
    assert waited == [NOW + timedelta(minutes=5)]
    assert b'"code":"UNAUTHENTICATED"' in reply.body
    assert reply.body.endswith(b"event: complete\ndata: \n\n")


async def test_a_client_that_does_not_read_its_stream_is_dropped(bare_context: Make) -> None:
    app = application(bare_context, streaming=partial(Streaming, send_seconds_max=0.01))
    given = [{"type": "http.request", "body": ENDLESS, "more_body": False}]

    async def receive() -> Message:
        if given:
            return given.pop()
        return await asyncio.Event().wait()  # type: ignore[return-value]  # it never returns

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "client": ("192.0.2.1", 1)}
    scope["headers"] = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
    await asyncio.wait_for(app(scope, receive, stuck), 20)


async def test_streams_of_one_caller_are_counted(bare_context: Make) -> None:
    app = application(bare_context, Limits(subscriptions=1))
    begun, left = asyncio.Event(), asyncio.Event()

    async def leaves() -> Message:
        begun.set()
        await left.wait()
        return {"type": "http.disconnect"}

    first = asyncio.create_task(send(app, ENDLESS, headers=accepting("text/event-stream"), then=leaves))
    await begun.wait()
    refused: Reply = await send(app, COUNTED, headers=accepting("text/event-stream"))
    assert (refused.status, refused.error) == (429, {"code": "TOO_MANY_AT_ONCE", "maximum": 1})
    left.set()
    await first
    assert (await send(app, COUNTED, headers=accepting("text/event-stream"))).status == 200
