"""Clients that leave while a request runs, and clients that do not read."""

import asyncio
from contextlib import suppress
from types import TracebackType

from starlette.types import Receive

from gateway.bodies import ClientGone

LOOK_SECONDS = 0.05
SEND_SECONDS_MAX = 30


async def left(receive: Receive) -> None:
    """Return when the client has left; whatever else it sends is ignored."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Leaving:
    """Cancels what runs for clients that have left. What has run a while is watched, so that fast requests pay nothing;
    one timer finds these."""

    def __init__(self) -> None:
        self._running: set[_Watched] = set()
        self._is_looking = False

    def watched(self, receive: Receive) -> "_Watched":
        """Cancel what runs inside when the client leaves. Only for what may be given up at any moment: reads.

        Raises:
            ClientGone: the client left.
        """
        return _Watched(self, receive)

    def begin(self, watched: "_Watched") -> None:
        """Something runs from now on."""
        self._running.add(watched)
        if not self._is_looking:
            self._is_looking = True
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def end(self, watched: "_Watched") -> None:
        """It runs no more."""
        self._running.discard(watched)

    def _look(self) -> None:
        for watched in self._running:
            watched.look()
        self._is_looking = bool(self._running)
        if self._is_looking:
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)


class _Watched:
    """What runs for one client."""

    __slots__ = ("_gone", "_leaving", "_receive", "_seen", "_task", "_watcher")

    def __init__(self, leaving: Leaving, receive: Receive) -> None:
        self._leaving = leaving
        self._receive = receive
        self._seen = self._gone = False
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._leaving.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.end(self)
        if self._watcher is not None:
            self._watcher.cancel()
        if self._gone and isinstance(error, asyncio.CancelledError) and self._task and not self._task.uncancel():
            raise ClientGone from None

    def look(self) -> None:
        """Begin to watch what is found running for the second time."""
        if self._seen and self._watcher is None:
            self._watcher = asyncio.ensure_future(self._wait())
        self._seen = True

    async def _wait(self) -> None:
        with suppress(ClientGone):
            await left(self._receive)
        self._gone = True
        if self._task is not None:
            self._task.cancel()
