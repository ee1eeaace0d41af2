"""A small schema behind the real transports, and raw requests to it, byte by byte."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from starlette.types import ASGIApp, Message

from domain.errors import ProviderUnavailable
from gateway.callers import Callers
from gateway.envelopes import Documents
from gateway.http import GraphQLEndpoint
from gateway.limits import CallerLimits, Limits
from gateway.middleware import Metrics, RequestMiddleware
from gateway.negotiation import Headers
from gateway.operations import Operations
from gateway.rates import Rates
from gateway.streaming import Streaming
from resolvers.context import Context
from resolvers.errors import Unauthenticated

GRAPHQL_JSON = "application/graphql-response+json"


@dataclass
class Gate:
    """Holds resolvers until it is opened, and tells what became of them."""

    entered: asyncio.Event
    opened: asyncio.Event
    canceled: bool = False
    written: bool = False


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def count(self, number: int) -> int:
        return number

    @strawberry.field
    async def waiting(self, info: strawberry.Info) -> str:
        gate: Gate = info.context.services.gate
        gate.entered.set()
        try:
            await gate.opened.wait()
        except asyncio.CancelledError:
            gate.canceled = True
            raise
        return "done"

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def away(self) -> str | None:
        raise ProviderUnavailable

    @strawberry.field
    def query(self) -> "Query":
        return Query()


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, info: strawberry.Info) -> str:
        gate: Gate = info.context.services.gate
        gate.entered.set()
        await gate.opened.wait()
        gate.written = True
        return "written"


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


@dataclass
class GateServices:
    """In place of a context's services: resolvers of this schema only want the gate."""

    gate: Gate


def gate() -> Gate:
    return Gate(asyncio.Event(), asyncio.Event())


def operations(guest: Limits | None = None, **options: bool) -> Operations:
    """The small schema behind the door."""
    limits = CallerLimits() if guest is None else CallerLimits(guest=guest)
    return Operations(strawberry.Schema(Query, Mutation, Subscription), limits, **options)


def application(
    bare_context: Callable[..., Context],
    guest: Limits | None = None,
    *,
    held: Gate | None = None,
    documents: Documents | None = None,
    streaming: Callable[[Operations], Streaming] | None = None,
    callers: Callers | None = None,
    rates: Rates | None = None,
    door: Operations | None = None,
    context_for: Callable[[Headers, str], Awaitable[Context]] | None = None,
    **options: bool,
) -> ASGIApp:
    """The endpoint with its middleware."""

    async def guests(headers: Headers, request_id: str) -> Context:
        if b"authorization" in headers:
            raise Unauthenticated
        context = bare_context(request_id=request_id)
        if held is not None:
            context.services = GateServices(held)  # type: ignore[assignment]  # all this schema asks of services
        return context

    door = door or operations(guest, **options)
    endpoint = GraphQLEndpoint(
        door,
        context_for or guests,
        page=b"<html>",
        documents=documents,
        streaming=streaming(door) if streaming else None,
        callers=callers,
        rates=rates,
    )
    return RequestMiddleware(endpoint, Metrics(), frozenset({"/graphql"}))


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The extensions of the only error, less its class and the request's id, which must be the header's."""
        (error,) = self.json["errors"]
        extensions: dict[str, Any] = dict(error["extensions"])
        assert extensions.pop("classification") == (
            extensions["code"] if extensions["code"] in ("UNAVAILABLE", "INTERNAL_SERVER_ERROR") else "BAD_REQUEST"
        )
        assert extensions.pop("requestId") == self.headers["x-request-id"]
        return extensions


async def send(
    app: ASGIApp,
    body: bytes | Sequence[bytes] = b"",
    *,
    method: str = "POST",
    query: bytes = b"",
    headers: Sequence[tuple[str, str]] = (("content-type", "application/json"), ("accept", GRAPHQL_JSON)),
    then: Callable[[], Awaitable[Message]] | None = None,
) -> Reply:
    """One request, its body in as many pieces as given; `then` is what is received after it."""
    pieces = [body] if isinstance(body, bytes) else list(body)
    sent: list[Message] = []
    ended = asyncio.Event()

    async def receive() -> Message:
        if pieces:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
        if then is not None:
            return await then()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def note(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "client": ("192.0.2.1", 5000),
    }
    await app(scope, receive, note)
    ended.set()
    start = sent[0] if sent else {"status": 0, "headers": []}
    return Reply(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )


async def post(app: ASGIApp, body: object) -> Reply:
    """One JSON request."""
    return await send(app, json.dumps(body).encode())
