"""Work whose answer nobody needs any more is still brought to its end, so that it neither leaks nor warns."""

from asyncio import Future, gather, get_running_loop, iscoroutine
from collections.abc import Iterable
from typing import Any

from graphql.pyutils.is_awaitable import is_awaitable

_running: set["Future[Any]"] = set()


def keep(future: "Future[Any]") -> None:
    """Hold on to a future until it is done; the event loop alone would let it be collected."""
    _running.add(future)
    future.add_done_callback(_forget)


def _forget(future: "Future[Any]") -> None:
    _running.discard(future)
    if not future.cancelled():
        future.exception()  # a failure that nobody awaits is not worth a warning


def settle(values: Iterable[object]) -> None:
    """Let the awaitables among `values` finish; without an event loop, close those that never began."""
    awaitables = [value for value in values if is_awaitable(value)]
    if not awaitables:
        return
    try:
        get_running_loop()
    except RuntimeError:
        for value in awaitables:
            if iscoroutine(value):
                value.close()
        return
    keep(gather(*awaitables, return_exceptions=True))
