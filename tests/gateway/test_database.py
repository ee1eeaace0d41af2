"""The port keeps its promises when connections are few, die, or are left in the middle of something."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from gateway.database import Database, DatabaseBusy, open_database

pytestmark = pytest.mark.anyio

CONNECTIONS = 2


@pytest.fixture
async def postgresql(postgresql_server: str) -> AsyncIterator[Database]:
    """The port on PostgreSQL with two connections."""
    opened = open_database(postgresql_server, pool_size=CONNECTIONS)
    yield opened
    await opened.close()


def backend(conn: ReadConnection) -> int:
    return int(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def end(conn: ReadConnection, process: int) -> None:
    """End a server process and wait, on the server, until it is gone."""
    conn.exec_driver_sql("SELECT pg_terminate_backend($1::int, 5000)", (process,))


def answer(conn: ReadConnection) -> int:
    return int(conn.exec_driver_sql("SELECT 42").scalar_one())


def linger(conn: ReadConnection) -> None:
    conn.exec_driver_sql("SELECT pg_sleep(60)")


async def test_more_callers_than_connections_take_turns(postgresql: Database) -> None:
    processes = await asyncio.gather(*(postgresql.read(backend) for _ in range(50)))
    assert len(set(processes)) == CONNECTIONS


async def test_a_query_that_fails_gives_its_connection_back(postgresql: Database) -> None:
    for _ in range(CONNECTIONS * 2):
        with pytest.raises(sa.exc.ProgrammingError):
            await postgresql.read(lambda conn: conn.exec_driver_sql("SELECT nothing_by_this_name"))
    assert await postgresql.read(answer) == 42


async def test_a_command_that_fails_leaves_no_transaction_open(postgresql: Database) -> None:
    for _ in range(CONNECTIONS * 2):
        with pytest.raises(sa.exc.DBAPIError):
            await postgresql.write(lambda conn: conn.exec_driver_sql("SELECT 1 / 0"))
    assert await postgresql.write(answer) == 42


async def test_a_canceled_read_costs_its_connection_and_nothing_else(postgresql: Database) -> None:
    for _ in range(CONNECTIONS * 2):
        reading = asyncio.ensure_future(postgresql.read(linger))
        while await postgresql.read(_lingering) == 0:
            pass
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert await postgresql.read(answer) == 42


def _lingering(conn: ReadConnection) -> int:
    active = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
    return int(conn.exec_driver_sql(active).scalar_one())


async def test_a_connection_that_died_while_idle_is_replaced(postgresql: Database) -> None:
    first, second = await asyncio.gather(postgresql.read(backend), postgresql.read(backend))
    assert first != second
    await postgresql.read(lambda conn: end(conn, first if backend(conn) == second else second))
    assert await asyncio.gather(*(postgresql.read(answer) for _ in range(4))) == [42] * 4


async def test_a_command_runs_on_another_connection_when_its_own_died_while_idle(postgresql: Database) -> None:
    first, second = await asyncio.gather(postgresql.read(backend), postgresql.read(backend))
    await postgresql.read(lambda conn: end(conn, first if backend(conn) == second else second))
    assert await asyncio.gather(*(postgresql.write(answer) for _ in range(4))) == [42] * 4


async def test_a_command_whose_server_process_dies_says_the_database_is_away(postgresql: Database) -> None:
    def killed(conn: WriteConnection) -> None:
        conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        conn.exec_driver_sql("SELECT 1")

    with pytest.raises(DatabaseBusy):
        await postgresql.write(killed)
    assert await postgresql.write(answer) == 42


async def test_a_server_that_cannot_be_reached_is_said_to_be_away() -> None:
    absent = open_database("postgresql://nobody@127.0.0.1:1/nothing", pool_size=CONNECTIONS)
    for _ in range(CONNECTIONS * 2):
        with pytest.raises(DatabaseBusy):
            await absent.read(answer)
    await absent.close()


async def test_a_read_that_fails_leaves_the_next_one_untouched(db: Database) -> None:
    for _ in range(8):
        with pytest.raises(sa.exc.DBAPIError):
            await db.read(lambda conn: conn.exec_driver_sql("SELECT nothing_by_this_name"))
    assert await db.read(answer) == 42
