"""The sandbox on a loopback port, in a thread of its own.

A thread, so that neither the caller's event loop waits for the sandbox's disk nor its signals are taken.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from gateway.sandbox.app import Call, Sandbox, create_app
from gateway.sandbox.control import Control
from gateway.sandbox.events import Webhook, sign

SANDBOX_KEY = "sk_test_tillway_sandbox"
_START_MAX_S = 10


class _Server(uvicorn.Server):
    """Tells another thread when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Not before the loop turns: told to stop any earlier, uvicorn would return without shutting down.
        asyncio.get_running_loop().call_soon(self.ready.set)


class SandboxServer:
    """A running sandbox, as a plain or an asynchronous context. `url` is its address, known before it starts.

    With a `state_file` (a SQLite database) it remembers across restarts, and two servers on one file are one account.
    """

    def __init__(
        self,
        *,
        state_file: Path | None = None,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_sandbox",  # noqa: S107 - signs nothing but the sandbox's own events
        port: int = 0,
        settle_after_s: int | None = None,
    ) -> None:
        self.sandbox = Sandbox(
            state_file=state_file, webhook=Webhook(webhook_url, webhook_secret), settle_after_s=settle_after_s
        )
        self._socket = socket.create_server(("127.0.0.1", port), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.sandbox.base_url = self.url
        app = create_app(self.sandbox, Control(self.sandbox).routes())
        self._server = _Server(
            uvicorn.Config(app, lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="stripe-sandbox", daemon=True
        )

    @property
    def calls(self) -> Sequence[Call]:
        """Requests received, the oldest first."""
        return self.sandbox.calls()

    @property
    def webhook_secret(self) -> str:
        return self.sandbox.webhook.secret

    def signed(self, payload: bytes, at: int | None = None) -> str:
        """The Stripe-Signature header of a payload, made now or at a Unix time."""
        return sign(payload, self.webhook_secret, int(time.time()) if at is None else at)

    def start(self) -> None:
        """Serve; returns when requests are answered.

        Raises:
            RuntimeError: it did not start.
        """
        self._thread.start()
        if not self._server.ready.wait(_START_MAX_S):
            raise RuntimeError("the Stripe sandbox did not start")

    def stop(self) -> None:
        """Finish what is in flight, for a second at most, and close the state."""
        self.sandbox.release_held()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def serve_until_stopped(self) -> None:
        """Serve on the calling thread until a signal stops the process."""
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)
