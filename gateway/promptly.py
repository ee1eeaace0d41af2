"""A time limit that costs nothing where there is nothing to wait for."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What some work gives if it takes no longer. A body is mostly there and a socket mostly free: only what has to wait
    sets a timer.

    Raises:
        TimeoutError: it took longer, and was canceled.
    """
    steps = work.__await__()
    try:
        first = next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    async with asyncio.timeout(seconds):
        return await _Rest(first, steps)


class _Rest(Generic[T]):
    """What is left of some work that has begun and waits for `first`."""

    def __init__(self, first: object, steps: Generator[Any, Any, T]) -> None:
        self._first = first
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, T]:
        waiting = self._first
        while True:
            thrown: BaseException | None = None
            try:
                yield waiting
            except BaseException as error:  # noqa: BLE001 - meant for what waits inside
                thrown = error
            try:
                waiting = next(self._steps) if thrown is None else self._steps.throw(thrown)
            except StopIteration as done:
                result: T = done.value
                return result
