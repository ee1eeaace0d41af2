"""One request's reading by key: what is asked for in one tick is one call, and nothing is read twice."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import filterfalse
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Loader(Generic[K, V]):
    """Values by key, read by one function. `read` takes distinct keys and gives what it finds.

    Unlike a `DataLoader` it makes one future for a call and not one for a key, so that a whole level of objects can ask
    for all its keys at once.
    """

    def __init__(self, read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._known: dict[K, V | None] = {}
        self._under_way: dict[K, asyncio.Future[None]] = {}
        self._next: list[K] = []
        self._round: asyncio.Future[None] | None = None

    async def load(self, keys: Sequence[K]) -> Mapping[K, V | None]:
        """What is known of all keys of this request, these among them; None where nothing was found."""
        missing = list(filterfalse(self._known.__contains__, keys))
        if missing:
            under_way = self._under_way
            new = dict.fromkeys(filterfalse(under_way.__contains__, missing))
            if new:
                under_way.update(dict.fromkeys(new, self._joined(new)))
            for done in set(map(under_way.__getitem__, missing)):
                # One caller that is canceled must not cancel the others' reading.
                await asyncio.shield(done)
        return self._known

    def know(self, values: Mapping[K, V | None]) -> None:
        """Take values that this loader did not read, as something else of the request has just written or read them."""
        self._known.update(values)

    def _joined(self, keys: Iterable[K]) -> "asyncio.Future[None]":
        """The round that will read some keys."""
        if self._round is None:
            loop = asyncio.get_running_loop()
            self._round = loop.create_future()
            loop.call_soon(self._start)
        self._next.extend(keys)
        return self._round

    def _start(self) -> None:
        keys, done = self._next, self._round
        assert done is not None, "a round is started once"
        self._next, self._round = [], None
        task = asyncio.ensure_future(self._finish(keys, done))
        done.add_done_callback(lambda _: task)  # a task that nobody holds may be collected while it runs

    async def _finish(self, keys: list[K], done: "asyncio.Future[None]") -> None:
        try:
            found = await self._read(keys)
        except BaseException as error:
            for key in keys:
                del self._under_way[key]
            if isinstance(error, asyncio.CancelledError):
                done.cancel()
                raise
            done.set_exception(error)
            return
        self._known.update(zip(keys, map(found.get, keys), strict=True))
        for key in keys:
            del self._under_way[key]
        done.set_result(None)
