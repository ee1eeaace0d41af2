"""Requests that read by key at the same time share readings, and each is answered as if it had read alone."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from domain.connections import ReadConnection
from gateway.database import DatabaseBusy
from gateway.database.keyed import KEYS_MAX, LANES, KeyedReads
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

T = TypeVar("T")


@dataclass
class Stock:
    """Counts how often it is read. Key 13 cannot be read, and nothing can while the database is `away`."""

    units: dict[int, int] = field(default_factory=lambda: {key: key * 10 for key in range(1, 2 * KEYS_MAX)})
    readings: list[list[int]] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: int = 0
    away: bool = False

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        """A port whose queries wait at a gate."""
        self.arrived += 1
        await self.gate.wait()
        if self.away:
            raise DatabaseBusy
        return query(None)  # type: ignore[arg-type]  # no store function of these tests uses it

    def of(self, _conn: ReadConnection, keys: Sequence[int]) -> Mapping[int, int]:
        """A store function; the same object only when it is kept."""
        self.readings.append(list(keys))
        if 13 in keys:
            raise ValueError("13")
        return {key: self.units[key] for key in keys if key in self.units}

    def at(self, conn: ReadConnection, keys: Sequence[int], now: datetime) -> Mapping[int, int]:
        """The same, asked with a moment."""
        self.moments.append(now)
        return self.of(conn, keys)


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _busy(reads: KeyedReads, batch: Callable[..., Mapping[int, int]]) -> list["asyncio.Task[Mapping[int, int]]"]:
    """As many readings as may be under way at once, of the keys 1, 2 and on."""
    tasks = []
    for key in range(1, LANES + 1):
        tasks.append(asyncio.create_task(reads.load(batch, [key])))
        await _settle()
    return tasks


async def test_what_is_asked_for_in_one_tick_is_one_reading_with_each_key_once() -> None:
    stock = Stock()
    stock.gate.set()
    reads, batch = KeyedReads(stock.read), stock.of
    found = await asyncio.gather(reads.load(batch, [1, 2]), reads.load(batch, [2, 3]), reads.load(batch, [0]))
    assert stock.readings == [[1, 2, 3, 0]]
    assert ([found[0][key] for key in (1, 2)], found[1][3], 0 in found[2]) == ([10, 20], 30, False)


async def test_what_is_asked_for_while_all_lanes_read_is_read_together_and_later() -> None:
    stock = Stock()
    reads, batch = KeyedReads(stock.read), stock.of
    first = await _busy(reads, batch)
    late = [asyncio.create_task(reads.load(batch, [key])) for key in (1, 50, 60)]
    await _settle()
    # What was written before the late ones asked must reach them, whatever the readings before them found.
    stock.units[1] = 11
    stock.gate.set()
    assert [(await task)[key] for key, task in zip((1, 50, 60), late, strict=True)] == [11, 500, 600]
    await asyncio.gather(*first)
    assert stock.readings == [*([key] for key in range(1, LANES + 1)), [1, 50, 60]]


async def test_functions_do_not_wait_for_one_another() -> None:
    stock, other = Stock(), Stock()
    reads = KeyedReads(stock.read)
    waiting = [*await _busy(reads, stock.of), asyncio.create_task(reads.load(stock.of, [7]))]
    await _settle()
    assert stock.arrived == LANES
    waiting.append(asyncio.create_task(reads.load(other.of, [7])))
    await _settle()
    assert stock.arrived == LANES + 1
    stock.gate.set()
    await asyncio.gather(*waiting)
    assert other.readings == [[7]]


async def test_a_reading_takes_so_many_keys_and_the_rest_goes_into_another() -> None:
    stock = Stock()
    stock.gate.set()
    reads, batch = KeyedReads(stock.read), stock.of
    many = list(range(20, 20 + KEYS_MAX))
    found = await asyncio.gather(reads.load(batch, [1]), reads.load(batch, many), reads.load(batch, [2]))
    assert ([1], many, [2]) == tuple(stock.readings)
    assert (found[0][1], len(found[1]), found[2][2]) == (10, KEYS_MAX, 20)


async def test_a_key_that_cannot_be_read_fails_its_own_caller_only() -> None:
    stock = Stock()
    stock.gate.set()
    reads, batch = KeyedReads(stock.read), stock.of
    asked = (reads.load(batch, [1]), reads.load(batch, [13]), reads.load(batch, [2]))
    one, poisoned, two = await asyncio.gather(*asked, return_exceptions=True)
    assert (one, two, repr(poisoned)) == ({1: 10}, {2: 20}, "ValueError('13')")
    assert stock.readings == [[1, 13, 2], [1], [13], [2]]
    with pytest.raises(ValueError, match="13"):
        await reads.load(batch, [13])
    assert stock.readings[4:] == [[13]]


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    stock = Stock(away=True)
    stock.gate.set()
    reads, batch = KeyedReads(stock.read), stock.of
    asked = (reads.load(batch, [1]), reads.load(batch, [2]))
    assert [type(one) for one in await asyncio.gather(*asked, return_exceptions=True)] == [DatabaseBusy, DatabaseBusy]
    assert stock.readings == []
    stock.away = False
    assert await reads.load(batch, [1]) == {1: 10}


async def test_who_leaves_takes_nobody_along() -> None:
    stock = Stock()
    reads, batch = KeyedReads(stock.read), stock.of
    leaving, staying = (asyncio.create_task(reads.load(batch, [key])) for key in (1, 2))
    await _settle()
    leaving.cancel()
    await _settle()
    stock.gate.set()
    assert (await staying)[2] == 20
    assert leaving.cancelled()


async def test_readings_go_on_after_all_callers_of_one_have_left() -> None:
    stock = Stock(away=True)
    reads, batch = KeyedReads(stock.read), stock.of
    gone = await _busy(reads, batch)
    for task in gone:
        task.cancel()
    later = asyncio.create_task(reads.load(batch, [7]))
    await _settle()
    stock.gate.set()
    await asyncio.gather(*gone, later, return_exceptions=True)
    stock.away = False
    assert [(await reads.load(batch, [key]))[key] for key in (7, 8)] == [70, 80]


async def test_readings_that_need_a_moment_are_asked_with_the_latest() -> None:
    stock = Stock()
    stock.gate.set()
    reads, batch = KeyedReads(stock.read), stock.at
    moments = [NOW, NOW + timedelta(seconds=2), NOW + timedelta(seconds=1)]
    await asyncio.gather(*(reads.load(batch, [key], now) for key, now in enumerate(moments, 1)))
    assert (stock.readings, stock.moments) == ([[1, 2, 3]], [NOW + timedelta(seconds=2)])
