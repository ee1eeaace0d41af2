"""All SQL of the returns room."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.appends import append
from domain.connections import ReadConnection, WriteConnection
from domain.joining import write_together
from domain.locations.model import LocationId
from domain.locations.tables import LocationRow
from domain.orders import store as orders
from domain.orders.errors import OrderNotFound
from domain.orders.model import LineTax, Order, OrderId, OrderLineId
from domain.orders.tables import FulfillmentOrderRow, OrderRow
from domain.paging import Page, Slice, SortColumn, fetch_slice
from domain.policies.model import ReturnPolicy
from domain.policies.store import RETURN_COLUMNS, return_policy_holds, return_policy_of
from domain.policies.tables import ReturnPolicyRow
from domain.returns.errors import ReturnNotFound
from domain.returns.model import (
    Return,
    ReturnEvent,
    ReturnId,
    ReturnLine,
    ReturnLineId,
    ReturnStatus,
    Settlement,
    SlotRange,
    Withheld,
)
from domain.returns.tables import ReturnEventRow, ReturnLineRow, ReturnRow, ReturnSettlementRow, ReturnSlotRow
from domain.statements import Row, Statement, inserting, one_of
from domain.tables import table_of

_return = table_of(ReturnRow)
_line = table_of(ReturnLineRow)
_slot = table_of(ReturnSlotRow)
_settlement = table_of(ReturnSettlementRow)
_event = table_of(ReturnEventRow)
_order = table_of(OrderRow)
_fulfillment = table_of(FulfillmentOrderRow)
_location = table_of(LocationRow)
_policy = table_of(ReturnPolicyRow)
_TIMELINE = Statement(inserting(_event))
_INSERT = Statement(inserting(_return))
_INSERT_LINE = Statement(inserting(_line))
_INSERT_SLOT = Statement(inserting(_slot))
_INSERT_SETTLEMENT = Statement(inserting(_settlement))

AnyRow = sa.Row[*tuple[object, ...]] | Row

_LINES_OF_RETURNS = Statement(sa.select(_line).where(one_of(_line.c.return_id, "ids")).order_by(_line.c.position))
_RETURNS = Statement(sa.select(_return).where(one_of(_return.c.id, "ids")))
_RETURNS_OF_ORDERS = Statement(sa.select(_return).where(one_of(_return.c.order_id, "ids")).order_by(_return.c.id))
_RULED = _order.join(_policy, return_policy_holds(_order.c.sales_channel_id, _order.c.placed_at))
_WITH_POLICY = sa.select(_order, *RETURN_COLUMNS).select_from(_RULED).where(_order.c.id == sa.bindparam("id"))
_ORDER = Statement(_WITH_POLICY)
_LOCK_ORDER = Statement(_WITH_POLICY.with_for_update(of=_order))
_TERMS = Statement(
    sa.select(_location.c.id, _location.c.time_zone, *RETURN_COLUMNS)
    .select_from(
        _RULED.outerjoin(_fulfillment, _fulfillment.c.order_id == _order.c.id).outerjoin(
            _location, _location.c.id == _fulfillment.c.location_id
        )
    )
    .where(_order.c.id == sa.bindparam("id"))
)
_COUNTERS = (
    "canceled",
    "expired",
    "lost",
    "received",
    "rejected",
    "restocked",
    "quarantined",
    "discarded",
    "settled",
)


def lock_order(conn: WriteConnection, order_id: OrderId) -> tuple[Order, ReturnPolicy]:
    """An order, locked, and the policy that held in its sales channel when it was placed.

    Raises:
        OrderNotFound: there is none.
    """
    return _ruled(_LOCK_ORDER.first(conn, id=order_id))


def order(conn: ReadConnection, order_id: OrderId) -> tuple[Order, ReturnPolicy]:
    """The same without a lock.

    Raises:
        OrderNotFound: there is none.
    """
    return _ruled(_ORDER.first(conn, id=order_id))


def terms(conn: ReadConnection, order_id: OrderId) -> tuple[ReturnPolicy, Mapping[LocationId, str]]:
    """An order's policy, and the time zones of the places its goods come from, in one statement.

    Raises:
        OrderNotFound: there is none.
    """
    rows = _TERMS.all(conn, id=order_id)
    if not rows:
        raise OrderNotFound
    return return_policy_of(rows[0]), {LocationId(row.id): row.time_zone for row in rows if row.id is not None}


def _ruled(row: Row | None) -> tuple[Order, ReturnPolicy]:
    if row is None:
        raise OrderNotFound
    return orders.order_of(row), return_policy_of(row)


def _line_of(row: AnyRow) -> ReturnLine:
    return ReturnLine(**row._asdict())


def _return_of(row: AnyRow, lines: Sequence[ReturnLine]) -> Return:
    return Return(**row._asdict(), lines=tuple(lines))


def _built(conn: ReadConnection, rows: Sequence[AnyRow]) -> list[Return]:
    ids = [row.id for row in rows]
    lines: dict[UUID, list[ReturnLine]] = {}
    if ids:
        for line in map(_line_of, _LINES_OF_RETURNS.all(conn, ids=ids)):
            lines.setdefault(line.return_id, []).append(line)
    return [_return_of(row, lines.get(row.id, ())) for row in rows]


def returns(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Return]:
    """Returns with their lines, by id."""
    return {found.id: found for found in _built(conn, _RETURNS.all(conn, ids=ids))}


def one(conn: ReadConnection, return_id: UUID) -> Return:
    """One return.

    Raises:
        ReturnNotFound: there is none.
    """
    found = returns(conn, [return_id]).get(return_id)
    if found is None:
        raise ReturnNotFound
    return found


def returns_of_orders(conn: ReadConnection, ids: Sequence[OrderId]) -> Mapping[OrderId, Sequence[Return]]:
    """Returns of orders, oldest first. One statement more than `returns`, however many there are."""
    grouped: dict[OrderId, list[Return]] = {}
    for found in _built(conn, _RETURNS_OF_ORDERS.all(conn, ids=ids)):
        grouped.setdefault(found.order_id, []).append(found)
    return grouped


def page_of_location(conn: ReadConnection, location_id: UUID, status: ReturnStatus | None, page: Page) -> Slice[Return]:
    """Returns made in a store, newest first."""
    wanted = sa.select(_return).where(_return.c.location_id == location_id)
    if status is not None:
        wanted = wanted.where(_return.c.status == status)
    sort = [SortColumn(_return.c.id, descending=True, bind=lambda value: UUID(str(value)))]
    found = fetch_slice(conn, wanted, sort, page, lambda row: row)
    return Slice(_built(conn, found.items), found.has_next, found.has_previous)


def order_of(conn: ReadConnection, return_id: UUID) -> OrderId:
    """The order a return belongs to, which is locked before the return is read.

    Raises:
        ReturnNotFound: there is no such return.
    """
    found = conn.execute(sa.select(_return.c.order_id).where(_return.c.id == return_id)).scalar_one_or_none()
    if found is None:
        raise ReturnNotFound
    return OrderId(found)


def insert(conn: WriteConnection, new: Return, slots: Sequence[SlotRange]) -> None:
    """Write a return, its lines and the slots they hold."""
    header = {name: getattr(new, name) for name in _return.c.keys()}  # noqa: SIM118 - a column collection, not a dict
    names = list(_line.c.keys())
    lines = [{name: getattr(line, name) for name in names} for line in new.lines]
    taken = [
        {
            "order_line_id": slot.order_line_id,
            "first_slot": slot.first,
            "return_line_id": slot.return_line_id,
            "units": slot.units,
            "settled": slot.settled,
        }
        for slot in slots
    ]
    write_together(conn, [(_INSERT, [header]), (_INSERT_LINE, lines), (_INSERT_SLOT, taken)])


def save(conn: WriteConnection, before: Return, after: Return) -> Return:
    """Write what changed of a return; its version grows. The order's lock is held."""
    changed = [line for line, old in zip(after.lines, before.lines, strict=True) if line != old]
    if changed:
        conn.execute(
            sa.update(_line)
            .where(_line.c.id == sa.bindparam("line"))
            .values({_line.c[name]: sa.bindparam(f"new_{name}") for name in _COUNTERS}),
            [{"line": line.id, **{f"new_{name}": getattr(line, name) for name in _COUNTERS}} for line in changed],
        )
    version = conn.execute(
        sa.update(_return)
        .where(_return.c.id == after.id)
        .values(status=after.status, decline_reason=after.decline_reason, version=_return.c.version + 1)
        .returning(_return.c.version)
    ).scalar_one()
    return replace(after, version=int(version))


def slots_of_order_lines(conn: ReadConnection, ids: Sequence[OrderLineId]) -> Mapping[OrderLineId, Sequence[SlotRange]]:
    """Every slot that returns hold of these order lines, by first slot."""
    rows = conn.execute(
        sa.select(_slot).where(_slot.c.order_line_id.in_(ids)).order_by(_slot.c.order_line_id, _slot.c.first_slot)
    )
    grouped: dict[OrderLineId, list[SlotRange]] = {}
    for row in rows:
        held = SlotRange(
            ReturnLineId(row.return_line_id), OrderLineId(row.order_line_id), row.first_slot, row.units, row.settled
        )
        grouped.setdefault(held.order_line_id, []).append(held)
    return grouped


def save_slots(conn: WriteConnection, ranges: Sequence[SlotRange]) -> None:
    """Write ranges that were settled or shortened; those without units are deleted."""
    key = (_slot.c.order_line_id == sa.bindparam("line")) & (_slot.c.first_slot == sa.bindparam("at"))
    kept = [held for held in ranges if held.units > 0]
    if kept:
        conn.execute(
            sa.update(_slot).where(key).values(units=sa.bindparam("new_units"), settled=sa.bindparam("new_settled")),
            [
                {"line": held.order_line_id, "at": held.first, "new_units": held.units, "new_settled": held.settled}
                for held in kept
            ],
        )
    gone = [{"line": held.order_line_id, "at": held.first} for held in ranges if held.units == 0]
    if gone:
        conn.execute(sa.delete(_slot).where(key), gone)


def insert_settlement(conn: WriteConnection, settlement: Settlement) -> None:
    """Write a settlement."""
    values = {name: getattr(settlement, name) for name in _settlement.c.keys()}  # noqa: SIM118 - a column collection
    values["taxes"] = [list(astuple(tax)) for tax in settlement.taxes]
    values["withheld_taxes"] = [list(astuple(tax)) for tax in settlement.withheld_taxes]
    _INSERT_SETTLEMENT.count(conn, **values)


def settlements_of_returns(conn: ReadConnection, ids: Sequence[ReturnId]) -> Mapping[ReturnId, Sequence[Settlement]]:
    """Settlements of returns, oldest first."""
    rows = conn.execute(sa.select(_settlement).where(_settlement.c.return_id.in_(ids)).order_by(_settlement.c.id))
    grouped: dict[ReturnId, list[Settlement]] = {}
    for row in rows:
        values = {**row._mapping}  # noqa: SLF001 - as above
        for name in ("taxes", "withheld_taxes"):
            values[name] = tuple(LineTax(*tax) for tax in values[name])
        settlement = Settlement(**values)
        grouped.setdefault(settlement.return_id, []).append(settlement)
    return grouped


def withheld_of_order(conn: ReadConnection, order_id: OrderId) -> list[Withheld]:
    """What each settlement of an order's returns kept back."""
    rows = conn.execute(
        sa.select(_settlement.c.withheld_net_minor, _settlement.c.withheld_taxes).where(
            _settlement.c.order_id == order_id
        )
    )
    return [Withheld(row[0], tuple(LineTax(*tax) for tax in row[1])) for row in rows]


def insert_event(conn: WriteConnection, event: ReturnEvent) -> None:
    """Append a step to a return's timeline."""
    append(conn, _TIMELINE, [{name: getattr(event, name) for name in _event.c.keys()}])  # noqa: SIM118 - as above


def events_of_returns(conn: ReadConnection, ids: Sequence[ReturnId]) -> Mapping[ReturnId, Sequence[ReturnEvent]]:
    """Timelines of returns, oldest step first."""
    rows = conn.execute(sa.select(_event).where(_event.c.return_id.in_(ids)).order_by(_event.c.id))
    grouped: dict[ReturnId, list[ReturnEvent]] = {}
    for row in rows:
        event = ReturnEvent(**row._mapping)  # noqa: SLF001 - as above
        grouped.setdefault(event.return_id, []).append(event)
    return grouped


def overdue(conn: ReadConnection, now: datetime, limit: int) -> Sequence[ReturnId]:
    """Returns whose claims have run out, oldest first, at most `limit`. Some may have goods, which keeps them alive."""
    rows = conn.execute(
        sa.select(_return.c.id)
        .where(
            _return.c.status.in_([ReturnStatus.REQUESTED, ReturnStatus.OPEN]),
            _return.c.claim_expires_at <= now,
            sa.exists().where(
                _line.c.return_id == _return.c.id,
                _line.c.requested > _line.c.canceled + _line.c.expired + _line.c.lost + _line.c.received,
            ),
        )
        .order_by(_return.c.claim_expires_at, _return.c.id)
        .limit(limit)
    )
    return [ReturnId(row.id) for row in rows]


def finished(conn: ReadConnection, limit: int, after: ReturnId | None = None) -> Sequence[ReturnId]:
    """OPEN returns of which nothing is awaited, uninspected or unpaid, oldest first, at most `limit`; those behind
    `after`, since one whose refund failed stays among them until it is made good."""
    undone = sa.exists().where(
        _line.c.return_id == _return.c.id,
        sa.or_(
            _line.c.requested > _line.c.canceled + _line.c.expired + _line.c.lost + _line.c.received,
            _line.c.received > _line.c.rejected + _line.c.settled,
        ),
    )
    rows = conn.execute(
        sa.select(_return.c.id)
        .where(_return.c.status == ReturnStatus.OPEN, ~undone, sa.true() if after is None else _return.c.id > after)
        .order_by(_return.c.id)
        .limit(limit)
    )
    return [ReturnId(row.id) for row in rows]
