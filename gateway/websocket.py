"""GraphQL over WebSocket, sub-protocol `graphql-transport-ws`.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. One `Connection` serves one socket: a credential
in the payload of `connection_init`, then any number of operations up to a limit, each a task of its own. Nothing is
queued here: an operation asks for its next result when the last one is written, and a client that does not read is
dropped. The socket ends with its credential.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import orjson
import structlog
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.admission import NotAdmitted
from gateway.callers import Caller, Callers
from gateway.envelopes import Documents, TextDocuments, check_variables, request_of
from gateway.guests import GUEST_HEADER
from gateway.limits import Limits
from gateway.masking import failed
from gateway.operations import Answer, Operations
from gateway.rates import Bill, Rates
from gateway.slots import Slots
from gateway.streaming import EXPIRED, SleepUntil, sleep_until
from resolvers.context import Context
from resolvers.errors import PublicError

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS_MAX = 10.0
SEND_SECONDS_MAX = 10.0
_UNKNOWN_BYTES_MAX = 16 * 1024
_REASON_MAX = 120
_ID_MAX = 128
_log = structlog.get_logger("tillway.websocket")

ContextFor = Callable[[str | None], Awaitable[Context]]
"""Builds a context from the Authorization text of `connection_init`, None when there is none."""

Kind = Literal["connection_ack", "ping", "pong", "next", "error", "complete"]


@dataclass(slots=True)
class Sockets:
    """What the sockets of one process share."""

    operations: Operations
    documents: Documents = field(default_factory=TextDocuments)
    rates: Rates = field(default_factory=Rates)
    callers: Callers = field(default_factory=Callers)
    open_sockets: Slots = field(default_factory=lambda: Slots("sockets"))
    running: Slots = field(default_factory=lambda: Slots("operations"))
    subscriptions: Slots = field(default_factory=lambda: Slots("subscriptions"))
    until: SleepUntil = sleep_until
    init_seconds_max: float = INIT_SECONDS_MAX
    send_seconds_max: float = SEND_SECONDS_MAX


class _Close(Exception):
    """The protocol demands that the socket be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        # A close frame has 123 bytes for its reason.
        self.reason = reason.encode()[:_REASON_MAX].decode(errors="ignore")


async def serve_websocket(socket: WebSocket, sockets: Sockets, context_for: ContextFor) -> None:
    """Serve one client until either side closes."""
    if PROTOCOL not in socket.scope.get("subprotocols", []):
        await socket.accept()
        await socket.close(4406, "Subprotocol not acceptable")
        return
    await socket.accept(PROTOCOL)
    address = (socket.scope.get("client") or ("",))[0]
    async with Connection(socket, sockets, context_for, address).closing() as connection:
        await connection.run()


class Connection:
    """The state of one socket."""

    def __init__(self, socket: WebSocket, sockets: Sockets, context_for: ContextFor, address: str) -> None:
        self._socket = socket
        self._sockets = sockets
        self._context_for = context_for
        self._address = address
        self._authorization: str | None = None
        self._initiated = False
        self._acknowledged = False
        self._bytes_max = _UNKNOWN_BYTES_MAX
        self._caller = Caller("", address)
        self._limits: Limits | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._held = AsyncExitStack()
        self._writing = asyncio.Lock()
        # Set by whichever part finds that the socket must close; the reader is interrupted and closes it once.
        self._ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._end_with: _Close | None = None
        self._expiry: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def closing(self) -> AsyncIterator["Connection"]:
        """Turn what ends the socket into a close frame, and leave nothing running."""
        try:
            yield self
        except _Close as close:
            await self._close(close)
        except WebSocketDisconnect:
            _log.debug("client gone")
        finally:
            await self._stop()

    async def run(self) -> None:
        """Read messages until the client leaves, breaks the protocol, or must go."""
        try:
            async with asyncio.timeout(self._sockets.init_seconds_max):
                while not self._acknowledged:
                    await self._handle(await self._receive())
        except TimeoutError:
            raise _Close(4408, "Connection initialisation timeout") from None
        reading = asyncio.ensure_future(self._read())
        try:
            await asyncio.wait({reading, self._ending}, return_when=asyncio.FIRST_COMPLETED)
            if self._end_with is not None:
                raise self._end_with
            reading.result()
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _read(self) -> None:
        while True:
            message, raw = await self._receive()
            # An operation is counted when it is run; what costs no operation must not come without end.
            if message["type"] != "subscribe" and self._limits is not None:
                try:
                    await self._sockets.rates.count(self._caller, self._limits)
                except PublicError as error:
                    raise _Close(4429, error.message) from None
            await self._handle((message, raw))

    async def _stop(self) -> None:
        tasks = [*self._running.values(), *([self._expiry] if self._expiry else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._held.aclose()

    async def _close(self, close: _Close) -> None:
        try:
            async with asyncio.timeout(self._sockets.send_seconds_max):
                await self._socket.close(close.code, close.reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            _log.debug("client gone before the close frame", code=close.code)

    def _end(self, close: _Close) -> None:
        if self._end_with is None:
            self._end_with = close
            self._ending.set_result(None)

    async def _receive(self) -> tuple[dict[str, object], bytes]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = message.get("text")
        if text is None:
            raise _Close(4400, "Send messages as text, one JSON object each")
        raw = text.encode(errors="surrogatepass")
        if len(raw) > self._bytes_max:
            raise _Close(1009, f"A message has at most {self._bytes_max} bytes")
        try:
            parsed = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise _Close(4400, "Invalid JSON") from None
        if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
            raise _Close(4400, "A message is an object with a `type`")
        return parsed, raw

    async def _handle(self, received: tuple[dict[str, object], bytes]) -> None:
        message, raw = received
        payload = message.get("payload")
        match message["type"]:
            case "connection_init":
                await self._initiate(payload)
            case "ping" | "pong" if payload is not None and not isinstance(payload, dict):
                raise _Close(4400, "The payload of ping and pong is an object")
            case "ping":
                await self._send("pong", payload=payload)
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message, raw)
            case "complete":
                identifier = message.get("id")
                if not isinstance(identifier, str):
                    raise _Close(4400, "complete needs an `id`")
                task = self._running.pop(identifier, None)
                if task is not None:
                    task.cancel()
            case unknown:
                raise _Close(4400, f"Unknown message type {unknown}")

    async def _initiate(self, payload: object) -> None:
        if self._initiated:
            raise _Close(4429, "Too many initialisation requests")
        self._initiated = True
        if payload is not None and not isinstance(payload, dict):
            raise _Close(4400, "The payload of connection_init is an object")
        named = {str(name).lower(): value for name, value in (payload or {}).items()}
        authorization, sent = named.get("authorization"), named.get(GUEST_HEADER.decode())
        guest = sent.encode() if isinstance(sent, str) and sent.isascii() else None
        self._authorization = authorization if isinstance(authorization, str) else None
        try:
            context = await self._context_for(self._authorization)
            limits = self._sockets.operations.limits_of(context)
            self._caller = self._sockets.callers.named(context.actor, self._address, guest)
        except PublicError as error:
            raise _Close(4403, f"Forbidden: {error.message}") from None
        try:
            await self._held.enter_async_context(self._sockets.open_sockets.held(self._caller, limits.sockets))
        except PublicError as error:
            raise _Close(4429, error.message) from None
        self._bytes_max, self._limits = limits.body_bytes, limits
        self._expiry = asyncio.create_task(self._expire(context))
        self._acknowledged = True
        token = self._caller.token
        await self._send("connection_ack", payload=None if token is None else {"Tillway-Guest": token})

    async def _expire(self, context: Context) -> None:
        if context.expires_at is not None:
            await self._sockets.until(context.expires_at)
            self._end(_Close(4403, f"Forbidden: {EXPIRED}"))

    def _subscribe(self, message: dict[str, object], raw: bytes) -> None:
        if not self._acknowledged:
            raise _Close(4401, "Unauthorized")
        identifier, payload = message.get("id"), message.get("payload")
        if not isinstance(identifier, str) or not identifier or len(identifier) > _ID_MAX:
            raise _Close(4400, f"subscribe needs an `id` of 1 to {_ID_MAX} characters")
        if not isinstance(payload, dict):
            raise _Close(4400, "subscribe needs a `payload`")
        if identifier in self._running:
            raise _Close(4409, f"Subscriber for {identifier} already exists")
        if (
            "query" not in payload
            and "extensions" not in payload
            and "documentId" not in payload
            and "id" not in payload
        ):
            raise _Close(4400, "The payload needs a `query`")
        self._running[identifier] = asyncio.create_task(self._run(identifier, payload, raw))

    async def _run(self, identifier: str, payload: dict[str, object], raw: bytes) -> None:
        try:
            await self._answered(identifier, payload, raw)
        except _Close as close:
            self._end(close)
        except TimeoutError:
            self._end(_Close(1013, "Slow consumer: read faster, or watch less"))
        except (WebSocketDisconnect, RuntimeError):
            _log.debug("client gone", operation=identifier)
        finally:
            self._free(identifier)

    def _free(self, identifier: str) -> None:
        if self._running.get(identifier) is asyncio.current_task():
            del self._running[identifier]

    async def _answered(self, identifier: str, payload: dict[str, object], raw: bytes) -> None:
        try:
            request = request_of(payload)
        except PublicError as error:
            raise _Close(4400, error.message) from None
        try:
            context = await self._context_for(self._authorization)
        except PublicError as error:
            raise _Close(4403, f"Forbidden: {error.message}") from None
        limits = self._sockets.operations.limits_of(context)
        try:
            await self._sockets.rates.count(self._caller, limits)
            check_variables(request.variables, raw, limits)
            resolved = await self._sockets.documents.resolved(request, context)
            charge = partial(self._sockets.rates.read, self._caller, limits)
            admitted = self._sockets.operations.admit(resolved, context, charge)
            bill = self._sockets.rates.bill(self._caller, admitted)
            await bill.pay()
            await self._relay(identifier, bill, context)
        except NotAdmitted as why:
            await self._last(identifier, "error", self._sockets.operations.refused(why, context).body["errors"])
        except PublicError as error:
            await self._last(identifier, "error", failed([error], context.request_id)["errors"])

    async def _relay(self, identifier: str, bill: Bill, context: Context) -> None:
        sockets, admitted, limits = self._sockets, bill.admitted, bill.admitted.limits
        if admitted.operation.operation is OperationType.SUBSCRIPTION:
            async with (
                sockets.subscriptions.held(self._caller, limits.subscriptions),
                aclosing(sockets.operations.subscribe(admitted, context)) as answers,
            ):
                async for answer in answers:
                    bill.note(answer.body)
                    if not await self._answer(identifier, answer):
                        return
        else:
            async with sockets.running.held(self._caller, limits.concurrent_operations):
                answer = await sockets.operations.execute(admitted, context)
            bill.note(answer.body)
            if not await self._answer(identifier, answer):
                return
        await self._last(identifier, "complete")

    async def _answer(self, identifier: str, answer: Answer) -> bool:
        """Send a result; False when it was a request error, which ends the operation."""
        if answer.executed:
            await self._send("next", identifier, answer.body)
            return True
        await self._last(identifier, "error", answer.body["errors"])
        return False

    async def _last(self, identifier: str, kind: Literal["error", "complete"], payload: object = None) -> None:
        """Send an operation's last message; its id is free from then on."""
        self._free(identifier)
        await self._send(kind, identifier, payload)

    async def _send(self, kind: Kind, identifier: str | None = None, payload: object = None) -> None:
        message: dict[str, object] = {"type": kind}
        if identifier is not None:
            message["id"] = identifier
        if payload is not None:
            message["payload"] = payload
        async with asyncio.timeout(self._sockets.send_seconds_max), self._writing:
            await self._socket.send_text(orjson.dumps(message).decode())
