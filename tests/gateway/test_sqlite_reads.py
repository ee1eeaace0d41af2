"""SQLite answers small reads on the event loop and everything else on a thread, and nobody can tell from the answer."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.statements import Statement
from gateway.database import Database, open_database
from gateway.database.sqlite import READERS

pytestmark = pytest.mark.anyio

NUMBERS = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
COUNTED = NUMBERS.union_all(sa.select(NUMBERS.c.n + 1).where(NUMBERS.c.n < sa.bindparam("most", type_=sa.Integer())))
COUNT = sa.select(sa.func.count()).select_from(COUNTED)
HOT_COUNT = Statement(COUNT)


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """The port on a file that has its write-ahead log, as after migrating."""
    opened = open_database(f"sqlite:///{tmp_path}/shop.db")
    await opened.write(lambda conn: conn.exec_driver_sql("CREATE TABLE thing (id INTEGER)"))
    yield opened
    await opened.close()


def counting(most: int, threads: list[str], *, hot: bool = False) -> Callable[[ReadConnection], int]:
    """A query that takes some ten steps for each number, and says where it ran."""

    def query(conn: ReadConnection) -> int:
        threads.append(threading.current_thread().name.partition("_")[0])
        if hot:
            return int(HOT_COUNT.all(conn, most=most)[0][0])
        return int(conn.execute(COUNT, {"most": most}).scalar_one())

    return query


@pytest.mark.parametrize("hot", [False, True])
async def test_a_small_read_runs_where_it_is_asked_for(sqlite: Database, hot: bool) -> None:
    threads: list[str] = []
    assert await sqlite.read(counting(100, threads, hot=hot)) == 100
    assert threads == ["MainThread"]


@pytest.mark.parametrize("hot", [False, True])
async def test_a_long_read_begins_anew_on_a_thread(sqlite: Database, hot: bool) -> None:
    threads: list[str] = []
    assert await sqlite.read(counting(200_000, threads, hot=hot)) == 200_000
    assert threads == ["MainThread", "sqlite-read"]
    assert await sqlite.read(counting(100, threads, hot=hot)) == 100


async def test_all_reading_threads_and_the_event_loop_have_a_connection_each(sqlite: Database) -> None:
    meeting = threading.Barrier(READERS + 1, timeout=60)

    def query(conn: ReadConnection) -> int:
        if threading.current_thread().name != "MainThread":
            meeting.wait()
        return int(conn.execute(COUNT, {"most": 200_000}).scalar_one())

    reading = [asyncio.create_task(sqlite.read(query)) for _ in range(READERS)]
    assert await sqlite.read(counting(100, [])) == 100
    await asyncio.to_thread(meeting.wait)
    assert await asyncio.gather(*reading) == [200_000] * READERS


async def test_a_read_that_would_wait_for_a_lock_waits_on_a_thread(sqlite: Database, tmp_path: Path) -> None:
    # Readers of the shop's own file wait for no writer, those of a file without a write-ahead log do.
    other = sqlite3.connect(tmp_path / "other.db", isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE thing (id INTEGER)")
    other.execute("BEGIN EXCLUSIVE")
    threads: list[str] = []

    def query(conn: ReadConnection) -> int:
        threads.append(threading.current_thread().name.partition("_")[0])
        if len(threads) > 1:
            other.execute("COMMIT")
        conn.exec_driver_sql("ATTACH ? AS other", (str(tmp_path / "other.db"),))
        return int(conn.exec_driver_sql("SELECT count(*) FROM other.thing").scalar_one())

    assert await sqlite.read(query) == 0
    assert threads == ["MainThread", "sqlite-read"]
    other.close()


async def test_a_read_that_fails_is_not_made_again(sqlite: Database) -> None:
    threads: list[str] = []

    def query(conn: ReadConnection) -> int:
        threads.append("")
        return int(conn.exec_driver_sql("SELECT nothing_by_this_name").scalar_one())

    with pytest.raises(sa.exc.OperationalError, match="nothing_by_this_name"):
        await sqlite.read(query)
    assert len(threads) == 1
    assert await sqlite.read(counting(3, threads)) == 3
