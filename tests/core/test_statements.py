"""Statements compiled once answer as SQLAlchemy does, on every driver."""

from collections.abc import Iterator
from enum import StrEnum
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.connections import WriteConnection
from domain.statements import Statement, inserting, one_of, pairs_of
from domain.tables import Integer64, Json, UtcDateTime, enum_column, violated_constraint
from gateway.database import Database
from tests.conftest import NOW


class Color(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


_metadata = sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
_marble = sa.Table(
    "marble",
    _metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("weight", Integer64, sa.CheckConstraint("weight > 0", name="weight_positive"), nullable=False),
    sa.Column("color", enum_column(Color, "color")),
    sa.Column("made_at", UtcDateTime),
    sa.Column("facts", Json),
    sa.Column("whole", sa.Boolean),
)
_IDS = [UUID(int=number) for number in (1, 2, 3)]
_INSERT = Statement(inserting(_marble))
_BY_IDS = Statement(sa.select(_marble).where(one_of(_marble.c.id, "ids")).order_by(_marble.c.id))
_BY_PAIRS = Statement(
    sa.select(_marble.c.id).where(pairs_of(_marble.c.id, _marble.c.weight, "ids", "weights")).order_by(_marble.c.id)
)
_HEAVY = Statement(
    sa.select(_marble.c.id, (_marble.c.weight * 2).label("double"))
    .where(_marble.c.weight >= sa.bindparam("least"), _marble.c.color != Color.BLUE)
    .order_by(_marble.c.id)
)
_GROW = Statement(
    sa.update(_marble)
    .where(_marble.c.weight > sa.bindparam("least"))
    .values(weight=_marble.c.weight + sa.bindparam("by"))
)
_SHED = Statement(
    sa.update(_marble)
    .where(_marble.c.id == sa.bindparam("marble_id"), _marble.c.weight > sa.bindparam("by"))
    .values(weight=_marble.c.weight - sa.bindparam("by"))
    .returning(_marble.c.weight)
)


def _row(number: int, color: Color | None) -> dict[str, object]:
    return {
        "id": _IDS[number],
        "weight": 10 + number,
        "color": color,
        "made_at": None if color is None else NOW,
        "facts": {"number": number} if color else None,
        "whole": color is Color.RED,
    }


@pytest.fixture
def marbles(conn: WriteConnection) -> Iterator[WriteConnection]:
    _marble.create(conn)
    _INSERT.many(conn, [_row(0, Color.RED), _row(1, Color.BLUE), _row(2, None)])
    yield conn
    if conn.dialect.name == "sqlite":
        _marble.drop(conn)


def test_values_come_back_in_the_types_of_their_columns(marbles: WriteConnection) -> None:
    first, second, third = _BY_IDS.all(marbles, ids=_IDS)
    assert (first.id, first.weight, first.color, first.made_at) == (_IDS[0], 10, Color.RED, NOW)
    assert (first.facts, first.whole, second.whole) == ({"number": 0}, True, False)
    assert second.color is Color.BLUE
    assert tuple(third) == (_IDS[2], 12, None, None, None, False)


def test_a_list_of_any_length_is_one_parameter_of_one_text(marbles: WriteConnection) -> None:
    assert [row.id for row in _BY_IDS.all(marbles, ids=[])] == []
    assert [row.id for row in _BY_IDS.all(marbles, ids=[_IDS[2], _IDS[0]])] == [_IDS[0], _IDS[2]]


def test_a_list_is_looked_up_in_the_index_of_its_column(conn: WriteConnection) -> None:
    if conn.dialect.name == "sqlite":
        _metadata.create_all(conn)
        compiled = sa.select(_marble.c.id).where(one_of(_marble.c.id, "ids")).compile(dialect=conn.dialect)
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("[]",)).all()
        assert plan[0][3].startswith("SEARCH marble")


def test_two_lists_of_one_length_are_pairs_and_not_every_combination(marbles: WriteConnection) -> None:
    found = _BY_PAIRS.all(marbles, ids=[_IDS[0], _IDS[1], _IDS[2]], weights=[10, 12, 12])
    assert [row.id for row in found] == [_IDS[0], _IDS[2]]
    assert _BY_PAIRS.all(marbles, ids=[], weights=[]) == []


def test_values_fixed_in_the_statement_are_bound_beside_the_callers(marbles: WriteConnection) -> None:
    assert [(row.id, row.double) for row in _HEAVY.all(marbles, least=10)] == [(_IDS[0], 20)]
    assert _HEAVY.first(marbles, least=11) is None


def test_a_change_says_how_many_rows_it_touched(marbles: WriteConnection) -> None:
    assert _GROW.count(marbles, least=10, by=5) == 2
    assert [row.weight for row in _BY_IDS.all(marbles, ids=_IDS)] == [10, 16, 17]
    assert _GROW.count(marbles, least=100, by=5) == 0


def test_a_change_may_return_what_it_wrote(marbles: WriteConnection) -> None:
    changed = _SHED.first(marbles, marble_id=_IDS[0], by=4)
    assert changed is not None
    assert changed.weight == 6
    assert _SHED.first(marbles, marble_id=_IDS[0], by=6) is None


def test_no_rows_are_no_statement(marbles: WriteConnection) -> None:
    seen: list[str] = []
    sa.event.listen(marbles, "before_cursor_execute", lambda _c, _cu, text, *_rest: seen.append(text))
    _INSERT.many(marbles, [])
    assert seen == []
    _BY_IDS.all(marbles, ids=_IDS)
    assert len(seen) == 1


def test_a_violated_constraint_is_named_as_through_sqlalchemy(marbles: WriteConnection) -> None:
    with pytest.raises(sa.exc.IntegrityError) as violated, marbles.begin_nested():
        _GROW.count(marbles, least=0, by=-100)
    assert "ck_marble_weight_positive" in violated_constraint(violated.value)


def test_a_missing_parameter_is_our_mistake(marbles: WriteConnection) -> None:
    with pytest.raises(KeyError, match="by"):
        _GROW.count(marbles, least=0)


@pytest.mark.anyio
async def test_the_port_runs_them_in_its_transaction(db: Database) -> None:
    """A refused command leaves no trace, whether its statements were SQLAlchemy's, compiled, or both."""
    await db.write(_marble.create)
    try:
        with pytest.raises(sa.exc.IntegrityError) as violated:
            await db.write(_write_and_violate)
        assert "ck_marble_weight_positive" in violated_constraint(violated.value)
        assert await db.read(lambda conn: _BY_IDS.all(conn, ids=_IDS)) == []
        await db.write(lambda conn: _INSERT.many(conn, [_row(0, Color.RED)]))
        assert [row.facts for row in await db.read(lambda conn: _BY_IDS.all(conn, ids=_IDS))] == [{"number": 0}]
    finally:
        await db.write(_marble.drop)


def _write_and_violate(conn: WriteConnection) -> None:
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    _INSERT.many(conn, [_row(0, Color.RED)])
    conn.execute(insert(_marble).values(_row(1, Color.BLUE)))
    assert _GROW.count(conn, least=10, by=1) == 1
    _GROW.count(conn, least=0, by=-100)
