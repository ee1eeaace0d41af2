"""What commands only append is written once, at their end, or not at all."""

import pytest

from domain.acts import Act
from domain.appends import gathered, savepoint
from domain.connections import ReadConnection, WriteConnection
from domain.events import store as events
from domain.events.store import Topic
from domain.jobs import store as jobs
from gateway.database import Database
from tests.conftest import Ids, Statements

pytestmark = pytest.mark.anyio
_ids = Ids()


def announce(conn: WriteConnection, act: Act, number: int) -> None:
    events.publish(conn, act, Topic.ORDER, [(_ids(), number)])


def announce_and_fail(conn: WriteConnection, act: Act, number: int) -> None:
    announce(conn, act, number)
    jobs.enqueue(conn, act, "work", {})
    raise ZeroDivisionError


def versions(conn: ReadConnection) -> list[int]:
    return [change.version for change in events.after(conn, 0)]


def test_rows_are_written_in_their_order_when_the_command_ends(conn: WriteConnection, act: Act) -> None:
    with gathered(conn):
        announce(conn, act, 1)
        announce(conn, act, 2)
        assert versions(conn) == []
    assert versions(conn) == [1, 2]


def test_rows_are_written_at_once_where_nothing_gathers(conn: WriteConnection, act: Act) -> None:
    announce(conn, act, 1)
    assert versions(conn) == [1]


def test_a_command_that_fails_leaves_no_rows_and_none_for_the_next(conn: WriteConnection, act: Act) -> None:
    with pytest.raises(ZeroDivisionError), gathered(conn):
        announce_and_fail(conn, act, 1)
    with gathered(conn):
        announce(conn, act, 2)
    assert versions(conn) == [2]


def test_a_part_that_fails_takes_its_rows_with_it_and_no_others(conn: WriteConnection, act: Act) -> None:
    with gathered(conn):
        announce(conn, act, 1)
        with pytest.raises(ZeroDivisionError), savepoint(conn):
            announce_and_fail(conn, act, 2)
        announce(conn, act, 3)
    assert versions(conn) == [1, 3]
    assert jobs.counts(conn) == (0, 0)


def test_one_dedupe_key_twice_in_a_command_is_one_job(conn: WriteConnection, act: Act) -> None:
    with gathered(conn):
        jobs.enqueue(conn, act, "work", {}, dedupe_key="once")
        jobs.enqueue(conn, act, "work", {}, dedupe_key="once")
        jobs.enqueue(conn, act, "work", {})
    assert jobs.counts(conn) == (2, 0)


async def test_the_port_gathers_around_every_command(db: Database, act: Act, statements: Statements) -> None:
    def several(conn: WriteConnection) -> None:
        for number in range(5):
            announce(conn, act, number)

    await db.write(several)
    assert len(statements) == 1
    assert await db.read(versions) == [0, 1, 2, 3, 4]


async def test_a_refused_command_announces_nothing(db: Database, act: Act) -> None:
    with pytest.raises(ZeroDivisionError):
        await db.write(lambda conn: announce_and_fail(conn, act, 1))
    await db.write(lambda conn: announce(conn, act, 2))
    assert await db.read(versions) == [2]
