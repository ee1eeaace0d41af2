"""Writes to several tables at once leave what each alone would leave, on either engine and in however few statements."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.events.tables import ChangeRow
from domain.jobs.tables import JobRow
from domain.joining import UPDATES_MAX, write_together
from domain.statements import Statement, inserting
from domain.tables import table_of
from gateway.database import Database
from tests.conftest import Statements

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 10, tzinfo=UTC)
_change, _job = table_of(ChangeRow), table_of(JobRow)
_ANNOUNCE = Statement(inserting(_change, "topic", "key", "version", "recorded_at"))
_ENQUEUE = Statement(inserting(_job, "id", "kind", "body", "dedupe_key", "run_at", "attempts", "created_at"))
_ATTEMPT = Statement(
    sa.update(_job).where(_job.c.id == sa.bindparam("key")).values(attempts=_job.c.attempts + sa.bindparam("more"))
)


def change(number: int) -> dict[str, object]:
    return {"topic": "order", "key": f"k{number}", "version": number, "recorded_at": NOW}


def job(number: int, *, dedupe_key: str | None = None) -> dict[str, object]:
    return {
        "id": UUID(int=number),
        "kind": "work, (here)",
        "body": {"quoted": 'it\'s "so"', "none": None, "number": number},
        "dedupe_key": dedupe_key,
        "run_at": NOW,
        "attempts": 0,
        "created_at": NOW,
    }


def left(conn: ReadConnection) -> tuple[list[tuple[str, int]], list[tuple[UUID, object, object, int]]]:
    changes = [tuple(row) for row in conn.execute(sa.select(_change.c.key, _change.c.version).order_by(_change.c.id))]
    wanted = sa.select(_job.c.id, _job.c.body, _job.c.dedupe_key, _job.c.attempts).order_by(_job.c.id)
    return changes, [tuple(row) for row in conn.execute(wanted)]


async def test_one_row_and_many_rows_of_several_tables_are_written_in_order(
    db: Database, statements: Statements
) -> None:
    before = len((await db.read(left))[0])
    statements.clear()
    rows = [change(1), change(2), change(3)]
    await db.write(lambda conn: write_together(conn, [(_ANNOUNCE, rows), (_ENQUEUE, [job(1)]), (_ATTEMPT, [])]))
    assert len(statements) == {"sqlite": 2, "postgresql": 1}[db.dialect]
    changes, jobs = await db.read(left)
    assert changes[before:] == [("k1", 1), ("k2", 2), ("k3", 3)]
    assert jobs == [(UUID(int=1), job(1)["body"], None, 0)]


@pytest.mark.parametrize("count", [1, UPDATES_MAX, UPDATES_MAX + 1])
async def test_rows_are_changed_beside_rows_that_are_added(db: Database, count: int) -> None:
    numbers = range(1, count + 1)
    await db.write(lambda conn: write_together(conn, [(_ENQUEUE, [job(number) for number in numbers])]))
    more = [{"key": UUID(int=number), "more": number} for number in numbers]
    added = [job(100, dedupe_key="a"), job(101)]
    await db.write(lambda conn: write_together(conn, [(_ATTEMPT, more), (_ENQUEUE, added)]))
    _, jobs = await db.read(left)
    assert [row[3] for row in jobs] == [*numbers, 0, 0]
    assert [row[2] for row in jobs] == [None] * count + ["a", None]


async def test_a_violated_constraint_is_told_and_leaves_nothing(db: Database) -> None:
    def twice(conn: WriteConnection) -> None:
        write_together(conn, [(_ANNOUNCE, [change(9)]), (_ENQUEUE, [job(1), job(1)])])

    before = await db.read(left)
    with pytest.raises(sa.exc.IntegrityError):
        await db.write(twice)
    assert await db.read(left) == before


async def test_a_statement_that_cannot_be_a_part_keeps_its_place(db: Database, statements: Statements) -> None:
    values = {name: sa.bindparam(name) for name in ("topic", "key", "version")}
    dated = Statement(sa.insert(_change).values(**values, recorded_at=sa.func.current_timestamp()))
    rows = [{name: change(number)[name] for name in values} for number in (5, 6)]
    statements.clear()
    await db.write(lambda conn: write_together(conn, [(_ENQUEUE, [job(1)]), (dated, rows), (_ENQUEUE, [job(2)])]))
    assert [text.split("(")[0].strip() for text in statements] == [
        "INSERT INTO job",
        "INSERT INTO change",
        "INSERT INTO job",
    ]


async def test_no_rows_are_no_statement(db: Database, statements: Statements) -> None:
    statements.clear()
    await db.write(lambda conn: write_together(conn, [(_ANNOUNCE, []), (_ENQUEUE, [])]))
    assert statements == []
