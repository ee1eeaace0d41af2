"""The SQL behind `verification`: each check finds the rows that break it, or reads what a check folds."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.orders.model import OrderId, OrderLineId
from domain.orders.tables import OrderLineRow
from domain.returns.model import ReturnLineId, SlotRange
from domain.returns.tables import ReturnLineRow, ReturnRow, ReturnSlotRow
from domain.tables import Integer64, table_of

_return = table_of(ReturnRow)
_line = table_of(ReturnLineRow)
_slot = table_of(ReturnSlotRow)
_order_line = table_of(OrderLineRow)


def wrong_counters(conn: ReadConnection) -> Sequence[tuple[UUID, int, int]]:
    """(return line, requested, accounted for) of lines whose counters contradict each other."""
    line = _line.c
    accepted = line.restocked + line.quarantined + line.discarded
    gone = line.canceled + line.expired + line.lost + line.received
    counters = (
        line.canceled,
        line.expired,
        line.lost,
        line.received,
        line.rejected,
        line.restocked,
        line.quarantined,
        line.discarded,
        line.settled,
    )
    broken = sa.or_(
        line.requested < 1,
        gone > line.requested,
        line.rejected + accepted > line.received,
        line.settled > accepted,
        *(counter < 0 for counter in counters),
    )
    rows = conn.execute(sa.select(line.id, line.requested, gone).where(broken).order_by(line.id))
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def wrong_claims(conn: ReadConnection) -> Sequence[tuple[UUID, int, int]]:
    """(order line, units that returns hold, `claimed`) where they differ."""
    # PostgreSQL sums bigint as numeric.
    units = sa.cast(sa.func.sum(_slot.c.units), Integer64).label("units")
    held = sa.select(_slot.c.order_line_id, units).group_by(_slot.c.order_line_id).subquery()
    expected = sa.func.coalesce(held.c.units, 0)
    rows = conn.execute(
        sa.select(_order_line.c.id, expected, _order_line.c.claimed)
        .select_from(_order_line.outerjoin(held, held.c.order_line_id == _order_line.c.id))
        .where(expected != _order_line.c.claimed)
        .order_by(_order_line.c.id)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def returned_orders(conn: ReadConnection) -> Sequence[OrderId]:
    """Orders that have a return, by id."""
    ids = conn.execute(sa.select(_return.c.order_id).distinct().order_by(_return.c.order_id)).scalars()
    return [OrderId(order_id) for order_id in ids]


def slots_of_orders(conn: ReadConnection, ids: Sequence[OrderId]) -> Mapping[OrderLineId, Sequence[SlotRange]]:
    """Slots of every line of these orders, by first slot; the same statement for any number of lines."""
    rows = conn.execute(
        sa.select(_slot)
        .join(_order_line, _order_line.c.id == _slot.c.order_line_id)
        .where(_order_line.c.order_id.in_(ids))
        .order_by(_slot.c.order_line_id, _slot.c.first_slot)
    )
    grouped: dict[OrderLineId, list[SlotRange]] = {}
    for row in rows:
        line_id = OrderLineId(row.order_line_id)
        held = SlotRange(ReturnLineId(row.return_line_id), line_id, row.first_slot, row.units, row.settled)
        grouped.setdefault(line_id, []).append(held)
    return grouped
