"""Clients that leave while a request runs, and clients that do not read."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from starlette.types import Receive

from gateway.bodies import ClientGone

WATCH_AFTER_SECONDS = 0.05
SEND_SECONDS_MAX = 30


async def left(receive: Receive) -> None:
    """Return when the client has left; whatever else it sends is ignored."""
    while (await receive())["type"] != "http.disconnect":
        pass


class _Watch:
    """Cancels a task when its client leaves. Watching begins late, so that fast requests do not pay for it."""

    def __init__(self, receive: Receive, task: "asyncio.Task[object]") -> None:
        self.gone = False
        self._receive = receive
        self._task = task
        self._watcher: asyncio.Task[None] | None = None
        self._begin = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, self._watch)

    def _watch(self) -> None:
        self._watcher = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        with suppress(ClientGone):
            await left(self._receive)
        self.gone = True
        self._task.cancel()

    def stop(self) -> None:
        self._begin.cancel()
        if self._watcher is not None:
            self._watcher.cancel()


@contextmanager
def canceled_when_left(receive: Receive) -> Iterator[None]:
    """Cancel what runs inside when the client leaves. Only for what may be given up at any moment: reads.

    Raises:
        ClientGone: the client left.
    """
    task = asyncio.current_task()
    assert task is not None
    watch = _Watch(receive, task)
    try:
        yield
    except asyncio.CancelledError:
        if watch.gone and not task.uncancel():
            raise ClientGone from None
        raise
    finally:
        watch.stop()
