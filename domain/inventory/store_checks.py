"""Proof of the stock records: do the parts still sum to what the levels say?"""

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.inventory.model import Finding
from domain.inventory.tables import InventoryCommitmentRow, InventoryLevelRow, InventoryMovementRow
from domain.tables import table_of

FINDINGS_MAX = 1000

_level = table_of(InventoryLevelRow)
_commitment = table_of(InventoryCommitmentRow)
_movement = table_of(InventoryMovementRow)


def verify(conn: ReadConnection) -> list[Finding]:
    """Every contradiction, at most 1,000 of each kind; empty when the records are sound.

    `on_hand` and `quarantined` must be the fold of the movements, `committed` the sum of open commitments, `backordered`
    what is promised beyond what is there, and nothing below zero. The tables' constraints say the last two as well; they
    are proved again here because a restored or imported database may have been made without them.
    """
    beyond = sa.case((_level.c.committed > _level.c.on_hand, _level.c.committed - _level.c.on_hand), else_=0)
    return [
        *_unequal(conn, "on_hand", _level.c.on_hand, _sum(_movement, _movement.c.on_hand_delta)),
        *_unequal(conn, "quarantined", _level.c.quarantined, _sum(_movement, _movement.c.quarantined_delta)),
        *_unequal(conn, "committed", _level.c.committed, _sum(_commitment, _commitment.c.quantity)),
        *_unequal(conn, "backordered", _level.c.backordered, beyond),
        *_negative(conn, _level.c.on_hand),
        *_negative(conn, _level.c.quarantined),
        *_negative(conn, _level.c.safety_stock),
    ]


def _sum(table: sa.Table, column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    summed = (
        sa.select(sa.func.coalesce(sa.func.sum(column), 0))
        .where(table.c.variant_id == _level.c.variant_id, table.c.location_id == _level.c.location_id)
        .correlate(_level)
    )
    return sa.cast(summed.scalar_subquery(), sa.BigInteger)


def _unequal(
    conn: ReadConnection, what: str, actual: sa.ColumnElement[int], expected: sa.ColumnElement[int]
) -> list[Finding]:
    rows = conn.execute(
        sa.select(_level.c.variant_id, _level.c.location_id, expected, actual)
        .where(actual != expected)
        .order_by(_level.c.variant_id, _level.c.location_id)
        .limit(FINDINGS_MAX)
    )
    return [Finding(what, *row) for row in rows]


def _negative(conn: ReadConnection, column: sa.Column[int]) -> list[Finding]:
    rows = conn.execute(
        sa.select(_level.c.variant_id, _level.c.location_id, column).where(column < 0).limit(FINDINGS_MAX)
    )
    return [Finding(f"{column.name} below zero", row[0], row[1], 0, row[2]) for row in rows]
