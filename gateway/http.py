"""GraphQL over HTTP, to the letter of its specification, as one small ASGI application.

POST takes JSON; GET takes queries only; Server-Sent Events carry subscriptions (graphql-sse, distinct connections). A
simple cross-site form post is refused by its content type. Source: https://graphql.github.io/graphql-over-http/draft/.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from urllib.parse import parse_qsl

import orjson
from graphql import OperationType
from starlette.types import Message, Receive, Scope, Send

from gateway.operations import Operations, Request
from resolvers.context import Context
from resolvers.errors import PublicError

JSON = b"application/json; charset=utf-8"
GRAPHQL_JSON = b"application/graphql-response+json; charset=utf-8"
EVENT_STREAM = b"text/event-stream; charset=utf-8"

Headers = Mapping[bytes, bytes]
ContextFor = Callable[[Headers, str], Awaitable[Context]]


class HttpError(Exception):
    """The HTTP request is wrong before any GraphQL is."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = {"errors": [{"message": message, "extensions": {"code": code}}]}


class GraphQLEndpoint:
    """The ASGI application behind `/graphql`. `context_for` proves the caller and builds a request's context."""

    def __init__(
        self, operations: Operations, context_for: ContextFor, *, body_bytes_max: int, page: bytes | None
    ) -> None:
        self._operations = operations
        self._context_for = context_for
        self._body_bytes_max = body_bytes_max
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = dict(scope["headers"])
        kind = JSON
        try:
            if self._page is not None and _wants_page(scope, headers):
                await _respond(send, 200, b"text/html; charset=utf-8", self._page)
                return
            kind = _answer_kind(headers)
            request = await self._request(scope, headers, receive)
            if kind is EVENT_STREAM:
                await self._stream(scope, headers, request, receive, send)
                return
            context = await self._context(scope, headers)
            if self._operations.operation_type(request) is OperationType.SUBSCRIPTION:
                raise HttpError(
                    400, "SUBSCRIPTION_TRANSPORT", "Subscribe over WebSocket or with `Accept: text/event-stream`."
                )
            answer = await self._operations.execute(request, context)
            status = 400 if not answer.executed and kind is GRAPHQL_JSON else 200
            await _respond(
                send, status, kind, orjson.dumps(answer.body), (b"x-request-id", context.request_id.encode())
            )
        except HttpError as error:
            kind = JSON if kind is EVENT_STREAM else kind
            await _respond(send, error.status, kind, orjson.dumps(error.body), *error.headers)

    async def _context(self, scope: Scope, headers: Headers) -> Context:
        try:
            return await self._context_for(headers, scope["state"]["request_id"])
        except PublicError as error:
            status = 401 if error.code == "UNAUTHENTICATED" else 400
            challenge = (b"www-authenticate", b'Bearer realm="tillway"')
            raise HttpError(status, error.code, error.message, challenge) from None

    async def _request(self, scope: Scope, headers: Headers, receive: Receive) -> Request:
        if scope["method"] == "POST":
            return _checked(await self._posted(headers, receive))
        if scope["method"] == "GET":
            request = _checked(_queried(scope))
            if self._operations.operation_type(request) is OperationType.MUTATION:
                raise HttpError(405, "METHOD_NOT_ALLOWED", "Send mutations by POST.", (b"allow", b"POST"))
            return request
        raise HttpError(405, "METHOD_NOT_ALLOWED", "Use GET or POST.", (b"allow", b"GET, POST"))

    async def _posted(self, headers: Headers, receive: Receive) -> object:
        media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if media != b"application/json":
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "Send `Content-Type: application/json`.")
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._body_bytes_max:
                raise HttpError(413, "BODY_TOO_LARGE", f"A body has at most {self._body_bytes_max} bytes.")
            if not message.get("more_body"):
                break
        try:
            parsed: object = orjson.loads(bytes(body))
        except orjson.JSONDecodeError:
            raise HttpError(400, "BAD_REQUEST", "The body is not valid JSON.") from None
        return parsed

    async def _stream(self, scope: Scope, headers: Headers, request: Request, receive: Receive, send: Send) -> None:
        context = await self._context(scope, headers)
        await send(_start(200, EVENT_STREAM, (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")))
        async with aclosing(self._events(request, context)) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _events(self, request: Request, context: Context) -> AsyncGenerator[bytes, None]:
        yield b":\n\n"
        if self._operations.operation_type(request) is OperationType.SUBSCRIPTION:
            async with aclosing(self._operations.subscribe(request, context)) as answers:
                async for answer in answers:
                    yield b"event: next\ndata: " + orjson.dumps(answer.body) + b"\n\n"
        else:
            answer = await self._operations.execute(request, context)
            yield b"event: next\ndata: " + orjson.dumps(answer.body) + b"\n\n"
        yield b"event: complete\ndata: \n\n"


def _wants_page(scope: Scope, headers: Headers) -> bool:
    return (
        scope["method"] == "GET"
        and b"text/html" in headers.get(b"accept", b"")
        and b"query=" not in scope["query_string"]
    )


def _answer_kind(headers: Headers) -> bytes:
    """The media type to answer in. Clients that merely list text/event-stream behind JSON get JSON."""
    accept = headers.get(b"accept", b"*/*").lower()
    offered = [part.partition(b";")[0].strip() for part in accept.split(b",")]
    for media in offered:
        if media == b"application/graphql-response+json":
            return GRAPHQL_JSON
        if media in (b"application/json", b"*/*", b"application/*"):
            return GRAPHQL_JSON if b"application/graphql-response+json" in offered else JSON
    if b"text/event-stream" in offered:
        return EVENT_STREAM
    raise HttpError(406, "NOT_ACCEPTABLE", "Accept `application/graphql-response+json` or `application/json`.")


def _queried(scope: Scope) -> object:
    params: dict[str, object] = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        text = params.get(name)
        if isinstance(text, str) and text:
            try:
                params[name] = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise HttpError(400, "BAD_REQUEST", f"`{name}` is not valid JSON.") from None
        elif text == "":
            del params[name]
    return params


def _checked(params: object) -> Request:
    if not isinstance(params, dict):
        raise HttpError(400, "BAD_REQUEST", "The body must be one JSON object; batches are not admitted.")
    query, variables, name = params.get("query"), params.get("variables"), params.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise HttpError(400, "BAD_REQUEST", "Send the document as text in `query`.")
    if variables is not None and not isinstance(variables, dict):
        raise HttpError(400, "BAD_REQUEST", "`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise HttpError(400, "BAD_REQUEST", "`operationName` must be text.")
    if params.get("extensions") is not None and not isinstance(params["extensions"], dict):
        raise HttpError(400, "BAD_REQUEST", "`extensions` must be an object.")
    return Request(query, variables or {}, name or None)


def _start(status: int, kind: bytes, *headers: tuple[bytes, bytes]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), *headers]}


async def _respond(send: Send, status: int, kind: bytes, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send(_start(status, kind, (b"content-length", b"%d" % len(body)), (b"vary", b"accept"), *headers))
    await send({"type": "http.response.body", "body": body})
