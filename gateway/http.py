"""GraphQL over HTTP, to the letter of its specification, as one small ASGI application.

POST takes JSON; GET takes queries only; Server-Sent Events carry subscriptions (graphql-sse, distinct connections). A
simple cross-site form post is refused by its content type. Source: https://graphql.github.io/graphql-over-http/draft/.
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import orjson
from graphql import OperationType
from starlette.types import Message, Receive, Scope, Send

from gateway.admission import Admitted, NotAdmitted
from gateway.bodies import ClientGone, HttpError, check_content, receive_body
from gateway.caching.finished import Finished
from gateway.caching.serving import CachedReads, is_revalidated
from gateway.callers import Callers
from gateway.envelopes import DocumentRefused, Documents, Request, TextDocuments, read_json, read_query_string
from gateway.guests import GUEST_HEADER, giving
from gateway.leaving import SEND_SECONDS_MAX, Leaving
from gateway.limits import Limits
from gateway.negotiation import EVENT_STREAM, GRAPHQL_JSON, HTML, JSON, Acceptance, Headers, accepted
from gateway.operations import Answer, Operations
from gateway.promptly import within
from gateway.rates import Bill, RateLimited, Rates
from gateway.slots import Slots, TooManyAtOnce
from gateway.streaming import Streaming
from resolvers.context import Context
from resolvers.errors import PublicError, Unauthenticated

ContextFor = Callable[[Headers, str], Awaitable[Context]]

_METHODS = b"GET, HEAD, POST, OPTIONS"
_ONCE_ONLY = (
    b"authorization",
    b"content-type",
    b"content-encoding",
    b"content-length",
    b"tillway-channel",
    b"tillway-client",
)
_CHALLENGE = (b"www-authenticate", b'Bearer realm="tillway"')
_VARY = (b"vary", b"accept, authorization, tillway-channel, tillway-client")
_NO_STORE = (b"cache-control", b"no-store")
_ASKING = (b"query=", b"documentId=", b"id=", b"extensions=")


class GraphQLEndpoint:
    """The ASGI application behind `/graphql`.

    `context_for` proves the caller and builds a request's context; `documents` gives documents that are named instead
    of sent; `rates` counts what each caller asks for in a time and `slots` what it has running; `reads` keeps what is public.
    """

    def __init__(
        self,
        operations: Operations,
        context_for: ContextFor,
        *,
        page: bytes | None = None,
        documents: Documents | None = None,
        streaming: Streaming | None = None,
        rates: Rates | None = None,
        reads: CachedReads | None = None,
        slots: Slots | None = None,
        callers: Callers | None = None,
    ) -> None:
        self._operations = operations
        self._context_for = context_for
        self._page = page
        self._documents = documents or TextDocuments()
        self._streaming = streaming or Streaming(operations)
        self._rates = rates or Rates()
        self._reads = reads or CachedReads(None)
        self._slots = slots or Slots("operations")
        self._callers = callers or Callers()
        self._leaving = Leaving()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id: str = scope["state"]["request_id"]
        kind = JSON
        try:
            headers = _headers(scope)
            if scope["method"] == "OPTIONS":
                await _respond(send, 204, None, b"", (b"allow", _METHODS))
                return
            acceptance = accepted(headers.get(b"accept", b""))
            if self._page is not None and acceptance.page and _asks_nothing(scope):
                await _respond(send, 200, HTML, self._page)
                return
            if acceptance.answer is None and not acceptance.stream:
                message = "Accept `application/graphql-response+json` or `application/json`."
                raise HttpError(406, "NOT_ACCEPTABLE", message)
            kind = GRAPHQL_JSON if acceptance.answer is GRAPHQL_JSON else JSON
            await self._serve(scope, headers, acceptance, receive, send)
        except HttpError as error:
            await _respond(send, error.status, kind, orjson.dumps(error.body(request_id)), *error.headers)
        except PublicError as error:
            refused = _http_error(error, kind)
            await _respond(send, refused.status, kind, orjson.dumps(refused.body(request_id)), *refused.headers)
        except ClientGone:
            return

    async def _serve(
        self, scope: Scope, headers: Headers, acceptance: Acceptance, receive: Receive, send: Send
    ) -> None:
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise HttpError(405, "METHOD_NOT_ALLOWED", "Use GET or POST.", (b"allow", _METHODS))
        if scope["method"] == "POST":
            check_content(headers)
        context = await self._context_for(headers, scope["state"]["request_id"])
        limits = self._operations.limits_of(context)
        address = (scope.get("client") or ("",))[0]
        caller = self._callers.named(context.actor, address, headers.get(GUEST_HEADER))
        if caller.token is not None:
            send = giving(caller.token, send)
        await self._rates.count(caller, limits)
        async with self._slots.held(caller, limits.concurrent_operations):
            started = time.perf_counter()
            request = await self._request(scope, headers, receive, limits)
            request = await self._documents.resolved(request, context)
            try:
                admitted = self._operations.admit(request, context, partial(self._rates.read, caller, limits))
            except NotAdmitted as why:
                await self._send(send, acceptance, self._operations.refused(why, context), started, started)
                return
            kind = admitted.operation.operation
            if kind is OperationType.MUTATION and scope["method"] != "POST":
                raise HttpError(405, "METHOD_NOT_ALLOWED", "Send mutations by POST.", (b"allow", b"POST"))
            bill = self._rates.bill(caller, admitted)
            if not _streams(kind, acceptance):
                begun = time.perf_counter()
                answer = await self._answered(admitted, context, receive, bill)
                if isinstance(answer, Finished):
                    await self._send_finished(send, scope, acceptance, answer, headers)
                else:
                    bill.note(answer.body)
                    await self._send(send, acceptance, answer, started, begun)
                return
            await bill.pay()
        await self._streaming.stream(bill, context, receive, send)

    async def _request(self, scope: Scope, headers: Headers, receive: Receive, limits: Limits) -> Request:
        if scope["method"] == "POST":
            return read_json(await receive_body(headers, receive, limits), limits)
        query = scope["query_string"]
        if len(query) > limits.document_bytes + limits.variables_bytes:
            raise HttpError(414, "URI_TOO_LONG", "Send long documents by POST.")
        return read_query_string(query, limits)

    async def _answered(self, admitted: Admitted, context: Context, receive: Receive, bill: Bill) -> Finished | Answer:
        if admitted.operation.operation is OperationType.MUTATION:
            await bill.pay()
            # Nobody takes back what is being written: the client that left may ask again with its idempotency key.
            return await self._operations.execute(admitted, context)

        async def run() -> Answer:
            return await self._operations.execute(admitted, context)

        with self._leaving.watched(receive):
            return await self._reads.answer(admitted, context, run, bill.pay)

    async def _send_finished(
        self, send: Send, scope: Scope, acceptance: Acceptance, answer: Finished, headers: Headers
    ) -> None:
        kind = GRAPHQL_JSON if acceptance.answer is GRAPHQL_JSON else JSON
        if scope["method"] == "POST":
            await _respond(send, 200, kind, answer.body)
            return
        control = (b"cache-control", self._reads.cache_control(signed_in=b"authorization" in headers))
        etag = (b"etag", answer.etag)
        if is_revalidated(headers.get(b"if-none-match"), answer):
            await _respond(send, 304, None, b"", etag, control=control)
        else:
            await _respond(send, 200, kind, answer.body, etag, control=control)

    @staticmethod
    async def _send(send: Send, acceptance: Acceptance, answer: Answer, started: float, begun: float) -> None:
        kind = GRAPHQL_JSON if acceptance.answer is GRAPHQL_JSON else JSON
        # Clients of plain JSON may not know our status codes; one that asked for a stream does.
        wrong = not answer.executed and acceptance.answer is not JSON
        timing = b"admit;dur=%.2f, run;dur=%.2f" % (
            (begun - started) * 1000,
            (time.perf_counter() - begun) * 1000,
        )
        await _respond(send, 400 if wrong else 200, kind, orjson.dumps(answer.body), (b"server-timing", timing))


def _headers(scope: Scope) -> Headers:
    """The headers by name. One that decides what a request means must not be there twice."""
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    headers = dict(pairs)
    if len(headers) < len(pairs):
        for name in _ONCE_ONLY:
            if sum(1 for given, _ in pairs if given == name) > 1:
                raise HttpError(400, "BAD_REQUEST", f"The header {name.decode()} is given twice.")
        headers[b"accept"] = b",".join(value for name, value in pairs if name == b"accept")
    return headers


def _asks_nothing(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD") and not any(name in scope["query_string"] for name in _ASKING)


def _streams(kind: OperationType, acceptance: Acceptance) -> bool:
    if acceptance.answer is EVENT_STREAM or acceptance.answer is None:
        return True
    if kind is OperationType.SUBSCRIPTION:
        if acceptance.stream:
            return True
        message = "Subscribe over WebSocket or with `Accept: text/event-stream`."
        raise HttpError(400, "SUBSCRIPTION_TRANSPORT", message)
    return False


def _http_error(error: PublicError, kind: bytes) -> HttpError:
    facts = {name: value for name, value in (error.extensions or {}).items() if name != "code"}
    if isinstance(error, Unauthenticated):
        return HttpError(401, error.code, error.message, _CHALLENGE)
    if isinstance(error, RateLimited):
        return HttpError(429, error.code, error.message, (b"retry-after", b"%d" % error.retry_after_seconds), **facts)
    if isinstance(error, TooManyAtOnce):
        return HttpError(429, error.code, error.message, (b"retry-after", b"1"), **facts)
    if isinstance(error, DocumentRefused):
        return HttpError(error.status if kind is GRAPHQL_JSON else 200, error.code, error.message, **facts)
    return HttpError(400, error.code, error.message, **facts)


async def _respond(
    send: Send,
    status: int,
    kind: bytes | None,
    body: bytes,
    *headers: tuple[bytes, bytes],
    control: tuple[bytes, bytes] = _NO_STORE,
) -> None:
    content = () if kind is None else ((b"content-type", kind), (b"content-length", b"%d" % len(body)))
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [*content, _VARY, control, *headers],
    }
    try:
        await within(SEND_SECONDS_MAX, _sent(send, start, {"type": "http.response.body", "body": body}))
    except TimeoutError:
        raise ClientGone from None


async def _sent(send: Send, *messages: Message) -> None:
    for message in messages:
        await send(message)
