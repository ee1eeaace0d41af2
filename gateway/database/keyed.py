"""A DataLoader across requests: what they ask of one store function at a time is read together.

Under load most statements are the same few with other keys, and each costs more to send, to schedule and to answer than
its rows cost to find. What is asked for in one tick, or while as many readings of the function as may are under way, goes
into the next reading. A reading begins after everything it answers was asked for, so nobody is given an answer that is
older than the question, and who asks after an acknowledged write meets it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.connections import ReadConnection
from gateway.database.port import DatabaseBusy

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

LANES = 4
"""Readings of one function that may be under way at once, so that one slow reading does not hold up the others."""
KEYS_MAX = 1_000
"""Keys of one reading, unless one caller alone asks for more."""

Batch = Callable[..., Mapping[K, V]]
"""A store function `(conn, keys)` or, where it is asked with a moment, `(conn, keys, now)`."""


class Read(Protocol):
    """How the port runs one query."""

    def __call__(self, query: Callable[[ReadConnection], T]) -> Awaitable[T]: ...


@dataclass(slots=True, eq=False)
class _Reading:
    """One reading to come."""

    found: "asyncio.Future[Mapping[Any, Any]]"
    keys: dict[Any, None]
    now: datetime | None
    callers: int = 1


@dataclass(slots=True, eq=False)
class _Lanes:
    """The readings of one function: how many are under way, and those that wait, of which only the last takes more keys."""

    under_way: int = 0
    waiting: deque[_Reading] = field(default_factory=deque)


class KeyedReads:
    """The keyed reads of one port, whose `read` runs them."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._lanes: dict[Batch[Any, Any], _Lanes] = {}

    async def load(self, batch: Batch[K, V], keys: Sequence[K], now: datetime | None = None) -> Mapping[K, V]:
        """What `batch` finds for these keys, and maybe for others'. `batch` is a store function that is the same object at
        every call; what it gives is shared between callers, who must not change it.

        Where a moment is given, `batch` is asked with the latest of those given for the reading.

        Raises:
            DatabaseBusy: see the port.
            Exception: what `batch` raises for these keys; never what it raises for another caller's.
        """
        reading = self._joined(batch, keys, now)
        try:
            # One caller that is canceled must not cancel the others' reading.
            return await asyncio.shield(reading.found)
        except DatabaseBusy:
            raise
        except Exception:
            if reading.callers == 1:
                raise
        return await self._run(batch, keys, now)

    def _joined(self, batch: Batch[K, V], keys: Sequence[K], now: datetime | None) -> _Reading:
        """The reading that will answer these keys."""
        lanes = self._lanes.get(batch)
        if lanes is None:
            lanes = self._lanes[batch] = _Lanes()
        last = lanes.waiting[-1] if lanes.waiting else None
        if last is not None and len(last.keys) + len(keys) <= KEYS_MAX:
            last.callers += 1
            last.keys.update(dict.fromkeys(keys))
            last.now = max(last.now, now) if last.now is not None and now is not None else now
            return last
        loop = asyncio.get_running_loop()
        reading = _Reading(loop.create_future(), dict.fromkeys(keys), now)
        lanes.waiting.append(reading)
        if lanes.under_way < LANES:
            lanes.under_way += 1
            loop.call_soon(self._start, batch, lanes)  # others of this tick may still join
        return reading

    def _start(self, batch: Batch[Any, Any], lanes: _Lanes) -> None:
        if not lanes.waiting:  # another lane has taken it meanwhile
            lanes.under_way -= 1
            return
        reading = lanes.waiting.popleft()
        task = asyncio.ensure_future(self._finish(batch, lanes, reading))
        reading.found.add_done_callback(lambda _: task)  # a task that nobody holds may be collected while it runs

    async def _finish(self, batch: Batch[Any, Any], lanes: _Lanes, reading: _Reading) -> None:
        try:
            reading.found.set_result(await self._run(batch, list(reading.keys), reading.now))
        except asyncio.CancelledError:
            reading.found.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - its callers hear of it
            reading.found.set_exception(error)
            reading.found.exception()  # where every caller has left, asyncio need not complain
        finally:
            self._start(batch, lanes)

    def _run(self, batch: Batch[K, V], keys: Sequence[K], now: datetime | None) -> Awaitable[Mapping[K, V]]:
        if now is None:
            return self._read(lambda conn: batch(conn, keys))
        return self._read(lambda conn: batch(conn, keys, now))
