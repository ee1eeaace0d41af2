"""Many small writes become few transactions, and each caller still gets an outcome of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import pytest
import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.idempotency.tables import CommandRow
from domain.tables import table_of
from gateway.database import Coalescer, Database, DatabaseBusy
from gateway.database.port import CommitListener
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
_command = table_of(CommandRow)


class Unwanted(Exception):
    """A rule said no to one item."""


@dataclass
class Writer:
    """Writes a row for each key and answers the key's length. A key with `no` is refused; one with `bad` raises after it
    was written, which poisons its batch; one with `short` loses its outcome."""

    batches: list[list[str]] = field(default_factory=list)

    def __call__(self, conn: WriteConnection, keys: Sequence[str]) -> Sequence[int | Exception]:
        self.batches.append(list(keys))
        outcomes: list[int | Exception] = []
        for key in keys:
            if "no" in key:
                outcomes.append(Unwanted(key))
                continue
            row = {"scope": "test", "key": key, "operation": "write", "body_hash": "", "recorded_at": NOW}
            conn.execute(sa.insert(_command).values(row))
            if "bad" in key:
                raise ValueError(key)
            outcomes.append(len(key))
        return outcomes[1:] if "short" in keys[0] else outcomes


@dataclass
class Turnstile:
    """The port behind a gate: transactions arrive, and begin when it is opened."""

    database: Database
    dialect: str = ""
    arrived: "asyncio.Queue[None]" = field(default_factory=asyncio.Queue)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    lost: Exception | None = None

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        return await self.database.read(query)

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]:
        return await self.database.load(batch, keys, now)

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        self.arrived.put_nowait(None)
        await self.gate.wait()
        result = await self.database.write(command)
        if self.lost is not None:
            raise self.lost
        return result

    def on_commit(self, listener: CommitListener) -> None:
        self.database.on_commit(listener)

    async def close(self) -> None:
        await self.database.close()


async def written(db: Database) -> list[str]:
    """Keys that are committed, sorted."""
    return await db.read(lambda conn: sorted(conn.execute(sa.select(_command.c.key)).scalars()))


async def outcomes_of(calls: Sequence[asyncio.Future[int]]) -> list[int | BaseException]:
    return await asyncio.gather(*calls, return_exceptions=True)


def asked(write: Coalescer[str, int], *keys: str) -> list[asyncio.Future[int]]:
    return [asyncio.ensure_future(write(key)) for key in keys]


async def test_what_comes_in_one_tick_is_one_transaction_and_each_caller_gets_the_outcome_of_its_item(
    db: Database,
) -> None:
    writer = Writer()
    write: Coalescer[str, int] = Coalescer(db, writer)
    assert await outcomes_of(asked(write, "ccc", "a", "bb")) == [3, 1, 2]
    assert writer.batches == [["ccc", "a", "bb"]]
    assert await written(db) == ["a", "bb", "ccc"]


async def test_what_comes_while_a_batch_is_in_flight_goes_into_the_next_one_in_order(db: Database) -> None:
    port, writer = Turnstile(db), Writer()
    write: Coalescer[str, int] = Coalescer(port, writer)
    first = asked(write, "a")
    await port.arrived.get()
    rest = asked(write, "b", "c", "d")
    port.gate.set()
    assert await outcomes_of([*first, *rest]) == [1, 1, 1, 1]
    assert writer.batches == [["a"], ["b", "c", "d"]]


async def test_a_refused_item_fails_alone(db: Database) -> None:
    writer = Writer()
    first, refused, last = await outcomes_of(asked(Coalescer(db, writer), "a", "no", "c"))
    assert (first, last) == (1, 1)
    assert isinstance(refused, Unwanted)
    assert writer.batches == [["a", "no", "c"]]
    assert await written(db) == ["a", "c"]


async def test_a_poisoned_batch_leaves_nothing_and_its_items_are_tried_one_by_one(db: Database) -> None:
    writer = Writer()
    first, poison, last = await outcomes_of(asked(Coalescer(db, writer), "a", "bad", "c"))
    assert (first, last) == (1, 1)
    assert isinstance(poison, ValueError)
    assert writer.batches == [["a", "bad", "c"], ["a"], ["bad"], ["c"]]
    assert await written(db) == ["a", "c"]


async def test_a_constraint_that_one_item_violates_fails_that_item_alone(db: Database) -> None:
    writer = Writer()
    first, double, last = await outcomes_of(asked(Coalescer(db, writer), "a", "a", "c"))
    assert (first, last) == (1, 1)
    assert isinstance(double, sa.exc.IntegrityError)
    assert await written(db) == ["a", "c"]


async def test_a_batch_that_loses_an_outcome_is_rolled_back_and_nobody_waits_for_ever(db: Database) -> None:
    short, last = await outcomes_of(asked(Coalescer(db, Writer()), "short", "c"))
    assert isinstance(short, AssertionError)
    assert last == 1
    assert await written(db) == ["c"]


async def test_a_lost_answer_is_told_to_all_and_not_tried_again(db: Database) -> None:
    port, writer = Turnstile(db, lost=ConnectionError("the commit's answer was lost")), Writer()
    port.gate.set()
    outcomes = await outcomes_of(asked(Coalescer(port, writer), "a", "b"))
    assert [type(outcome) for outcome in outcomes] == [ConnectionError, ConnectionError]
    assert writer.batches == [["a", "b"]]


async def test_no_batch_is_larger_than_it_may_be(db: Database) -> None:
    writer = Writer()
    write: Coalescer[str, int] = Coalescer(db, writer, batch_max=2)
    assert await outcomes_of(asked(write, "a", "b", "c", "d", "e")) == [1] * 5
    assert writer.batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_when_as_many_wait_as_may_the_next_is_refused_and_the_others_are_written(db: Database) -> None:
    port = Turnstile(db)
    write: Coalescer[str, int] = Coalescer(port, Writer(), waiting_max=2)
    first = asked(write, "a")
    await port.arrived.get()
    waiting = asked(write, "b", "c")
    with pytest.raises(DatabaseBusy):
        write("d")
    port.gate.set()
    assert await outcomes_of([*first, *waiting]) == [1, 1, 1]
    assert await written(db) == ["a", "b", "c"]


async def test_a_caller_that_gives_up_before_its_transaction_begins_writes_nothing(db: Database) -> None:
    port, writer = Turnstile(db), Writer()
    write: Coalescer[str, int] = Coalescer(port, writer)
    first = asked(write, "a")
    await port.arrived.get()
    gone, stays = asked(write, "b", "c")
    gone.cancel()
    port.gate.set()
    assert await outcomes_of([*first, stays]) == [1, 1]
    assert writer.batches == [["a"], ["c"]]


async def test_a_caller_that_gives_up_in_flight_takes_nobody_with_it_and_its_item_is_written(db: Database) -> None:
    port = Turnstile(db)
    gone, stays = asked(Coalescer(port, Writer()), "a", "b")
    await port.arrived.get()
    gone.cancel()
    port.gate.set()
    assert await stays == 1
    assert gone.cancelled()
    assert await written(db) == ["a", "b"]


async def test_each_lane_has_one_transaction_in_flight(db: Database) -> None:
    port, writer = Turnstile(db), Writer()
    write: Coalescer[str, int] = Coalescer(port, writer, lanes=2, batch_max=1)
    calls = asked(write, "a", "b", "c")
    await port.arrived.get()
    await port.arrived.get()
    assert port.arrived.empty()
    port.gate.set()
    assert await outcomes_of(calls) == [1, 1, 1]
    assert sorted(writer.batches) == [["a"], ["b"], ["c"]]
