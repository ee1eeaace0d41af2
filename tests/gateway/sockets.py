"""The other end of a WebSocket: what a client says and hears, without a network."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from starlette.types import Message
from starlette.websockets import WebSocket

from domain.acts import Actor
from gateway.websocket import PROTOCOL, Sockets, serve_websocket
from resolvers.context import Context
from resolvers.errors import Unauthenticated
from tests.conftest import NOW

Make = Callable[..., Context]
ENDLESS = {"query": "subscription { endless }"}


class Client:
    """The other end of one socket; it reads only while `reading` is set. `Bearer wrong` is never good."""

    def __init__(
        self, bare_context: Make, sockets: Sockets, actor: Actor | None = None, protocols: Sequence[str] = (PROTOCOL,)
    ) -> None:
        self.to_server: asyncio.Queue[Message] = asyncio.Queue()
        self.from_server: asyncio.Queue[Message] = asyncio.Queue()
        self.reading = asyncio.Event()
        self.reading.set()
        self.tokens_good = True
        self.to_server.put_nowait({"type": "websocket.connect"})

        async def context_for(authorization: str | None) -> Context:
            if not self.tokens_good or authorization == "Bearer wrong":
                raise Unauthenticated("The session has ended. " + "é" * 100)
            expires_at = NOW + timedelta(minutes=5) if actor else None
            return bare_context(*([actor] if actor else []), expires_at=expires_at)

        scope = {"type": "websocket", "subprotocols": list(protocols), "headers": [], "client": ("192.0.2.1", 1)}
        socket = WebSocket(scope, self.to_server.get, self._sent)
        self.served = asyncio.create_task(serve_websocket(socket, sockets, context_for))

    async def _sent(self, message: Message) -> None:
        await self.reading.wait()
        self.from_server.put_nowait(dict(message))

    def say(self, *messages: object) -> None:
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            self.to_server.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> dict[str, Any]:
        message = await asyncio.wait_for(self.from_server.get(), 20)
        return json.loads(message["text"]) if message["type"] == "websocket.send" else dict(message)

    async def ready(self, payload: object = None, answer: object = None) -> "Client":
        """This client once it is acknowledged, with the payload of its own and of the acknowledgement."""
        assert (await self.hear())["type"] == "websocket.accept"
        self.say({"type": "connection_init"} | ({"payload": payload} if payload else {}))
        assert await self.hear() == {"type": "connection_ack"} | ({"payload": answer} if answer else {})
        return self

    async def closed(self) -> tuple[int, str]:
        while (heard := await self.hear())["type"] != "websocket.close":
            pass
        await self.served
        return heard["code"], heard["reason"]

    async def leave(self) -> None:
        self.to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.served


def subscribe(identifier: str, payload: object = ENDLESS) -> dict[str, object]:
    return {"type": "subscribe", "id": identifier, "payload": payload}
