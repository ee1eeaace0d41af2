"""GraphQL over WebSocket, sub-protocol `graphql-transport-ws`.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. One `Connection` serves one socket: a credential
in the payload of `connection_init`, then any number of operations up to a limit, each a task of its own. A client that
does not read is dropped when its socket's buffer stays full; nothing is queued here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Literal

import orjson
import structlog
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.operations import Answer, Operations, Request
from resolvers.context import Context
from resolvers.errors import PublicError

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS_MAX = 10
SEND_SECONDS_MAX = 10
MESSAGE_BYTES_MAX = 256 * 1024
_log = structlog.get_logger("tillway.websocket")

ContextFor = Callable[[str | None], Awaitable[Context]]
"""Builds a context from the Authorization text of `connection_init`, None when there is none."""


class _Close(Exception):
    """The protocol demands that the socket be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def serve_websocket(
    socket: WebSocket, operations: Operations, context_for: ContextFor, *, subscriptions_max: int
) -> None:
    """Serve one client until either side closes."""
    if PROTOCOL not in socket.scope.get("subprotocols", []):
        await socket.accept()
        await socket.close(4406, "Subprotocol not acceptable")
        return
    await socket.accept(PROTOCOL)
    connection = Connection(socket, operations, context_for, subscriptions_max)
    try:
        await connection.run()
    except _Close as close:
        await socket.close(close.code, close.reason)
    except (WebSocketDisconnect, TimeoutError, RuntimeError):
        _log.debug("client gone")
    finally:
        await connection.stop()


class Connection:
    """The state of one socket."""

    def __init__(
        self, socket: WebSocket, operations: Operations, context_for: ContextFor, subscriptions_max: int
    ) -> None:
        self._socket = socket
        self._operations = operations
        self._context_for = context_for
        self._subscriptions_max = subscriptions_max
        self._authorization: str | None = None
        self._initiated = False
        self._acknowledged = False
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Read messages until the client leaves or breaks the protocol."""
        try:
            async with asyncio.timeout(INIT_SECONDS_MAX):
                while not self._acknowledged:
                    await self._handle(await self._receive())
        except TimeoutError:
            raise _Close(4408, "Connection initialisation timeout") from None
        while True:
            await self._handle(await self._receive())

    async def stop(self) -> None:
        """Cancel what is running."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _receive(self) -> dict[str, object]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = message.get("text")
        if text is None or len(text) > MESSAGE_BYTES_MAX:
            raise _Close(4400, "Send one JSON object as text, within the size limit")
        try:
            parsed = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _Close(4400, "Invalid JSON") from None
        if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
            raise _Close(4400, "A message is an object with a `type`")
        return parsed

    async def _handle(self, message: dict[str, object]) -> None:
        match message["type"]:
            case "connection_init":
                await self._initiate(message)
            case "ping":
                await self._send("pong", payload=message.get("payload"))
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                task = self._running.pop(str(message.get("id")), None)
                if task is not None:
                    task.cancel()
            case unknown:
                raise _Close(4400, f"Unknown message type {unknown}"[:120])

    async def _initiate(self, message: dict[str, object]) -> None:
        if self._initiated:
            raise _Close(4429, "Too many initialisation requests")
        self._initiated = True
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise _Close(4400, "The payload of connection_init is an object")
        named = {str(name).lower(): value for name, value in (payload or {}).items()}
        authorization = named.get("authorization")
        self._authorization = authorization if isinstance(authorization, str) else None
        try:
            await self._context_for(self._authorization)
        except PublicError as error:
            raise _Close(4403, error.message[:120]) from None
        self._acknowledged = True
        await self._send("connection_ack")

    async def _subscribe(self, message: dict[str, object]) -> None:
        if not self._acknowledged:
            raise _Close(4401, "Unauthorized")
        identifier, payload = message.get("id"), message.get("payload")
        if not isinstance(identifier, str) or not identifier or not isinstance(payload, dict):
            raise _Close(4400, "subscribe needs an `id` and a `payload`")
        request = _request(payload)
        if identifier in self._running:
            raise _Close(4409, f"Subscriber for {identifier} already exists"[:120])
        if len(self._running) >= self._subscriptions_max:
            raise _Close(4429, f"At most {self._subscriptions_max} operations at once")
        self._running[identifier] = asyncio.create_task(self._run(identifier, request))

    async def _run(self, identifier: str, request: Request) -> None:
        try:
            context = await self._context_for(self._authorization)
            if self._operations.operation_type(request) is OperationType.SUBSCRIPTION:
                async with aclosing(self._operations.subscribe(request, context)) as answers:
                    async for answer in answers:
                        if not await self._answer(identifier, answer):
                            return
            elif not await self._answer(identifier, await self._operations.execute(request, context)):
                return
            await self._send("complete", identifier)
        except PublicError as error:
            await self._socket.close(4403, error.message[:120])
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            _log.debug("client gone", operation=identifier)
        finally:
            if self._running.get(identifier) is asyncio.current_task():
                del self._running[identifier]

    async def _answer(self, identifier: str, answer: Answer) -> bool:
        """Send a result; False when it was a request error, which ends the operation."""
        if answer.executed:
            await self._send("next", identifier, answer.body)
            return True
        await self._send("error", identifier, answer.body["errors"])
        return False

    async def _send(
        self,
        kind: Literal["connection_ack", "pong", "next", "error", "complete"],
        identifier: str | None = None,
        payload: object = None,
    ) -> None:
        message: dict[str, object] = {"type": kind}
        if identifier is not None:
            message["id"] = identifier
        if payload is not None:
            message["payload"] = payload
        async with asyncio.timeout(SEND_SECONDS_MAX):
            await self._socket.send_text(orjson.dumps(message).decode())


def _request(payload: dict[str, object]) -> Request:
    query, variables, name = payload.get("query"), payload.get("variables"), payload.get("operationName")
    if not isinstance(query, str):
        raise _Close(4400, "The payload needs a `query`")
    if variables is not None and not isinstance(variables, dict):
        raise _Close(4400, "`variables` is an object")
    if name is not None and not isinstance(name, str):
        raise _Close(4400, "`operationName` is text")
    return Request(query, variables or {}, name)
