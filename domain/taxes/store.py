"""All SQL of the taxes room."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.money import Currency
from domain.statements import Row, Statement, inserting
from domain.tables import table_of
from domain.taxes.model import (
    Calculation,
    CalculationId,
    PlacedCalculation,
    PlacedItem,
    Reversal,
    ReversalId,
    TakenBack,
)
from domain.taxes.tables import TaxCalculationRow, TaxReversalRow
from domain.uuids import uuid_of

_calculation = table_of(TaxCalculationRow)
_reversal = table_of(TaxReversalRow)

_INSERT_CALCULATION = Statement(inserting(_calculation))
_INSERT_REVERSAL = Statement(inserting(_reversal))
_LOCK_OF_ORDER = Statement(
    sa.select(_calculation)
    .where(_calculation.c.order_id == sa.bindparam("order_id"))
    .order_by(_calculation.c.position)
    .with_for_update()
)
_ONE = Statement(sa.select(_calculation).where(_calculation.c.id == sa.bindparam("id")))
_REVERSAL = Statement(sa.select(_reversal).where(_reversal.c.id == sa.bindparam("id")))


def insert(conn: WriteConnection, calculations: Sequence[Calculation], now: datetime) -> None:
    """Write an order's calculations."""
    _INSERT_CALCULATION.many(conn, [_calculation_values(one, now) for one in calculations])


def _calculation_values(one: Calculation, now: datetime) -> Mapping[str, object]:
    return {
        "id": one.id,
        "order_id": one.order_id,
        "position": one.position,
        "currency": one.currency,
        "prices_include_tax": one.prices_include_tax,
        "reference": one.placed.reference,
        "items": [_item_values(item) for item in one.placed.items],
        "charge": None if one.placed.charge is None else _item_values(one.placed.charge),
        "placed_at": now,
        "transaction": one.transaction,
        "recorded_items": dict(one.recorded_items),
    }


def _item_values(item: PlacedItem) -> list[str | int]:
    return [item.key, str(item.id), item.net_minor, item.tax_minor]


def lock_of_order(conn: WriteConnection, order_id: UUID) -> Sequence[Calculation]:
    """An order's calculations, in their order, locked until the transaction ends."""
    return [_built(row) for row in _LOCK_OF_ORDER.all(conn, order_id=order_id)]


def lock(conn: WriteConnection, calculation_id: CalculationId) -> Calculation:
    """A calculation, which must exist, locked until the transaction ends."""
    row = conn.execute(sa.select(_calculation).where(_calculation.c.id == calculation_id).with_for_update()).one()
    return _built(row)


def calculation(conn: ReadConnection, calculation_id: CalculationId) -> Calculation:
    """A calculation, which must exist."""
    row = _ONE.first(conn, id=calculation_id)
    assert row is not None, "a calculation is never deleted"
    return _built(row)


def _built(row: Row | sa.Row[*tuple[Any, ...]]) -> Calculation:
    items, charge = tuple(map(_built_item, row.items)), row.charge
    return Calculation(
        id=CalculationId(row.id),
        order_id=row.order_id,
        position=row.position,
        currency=Currency(row.currency),
        prices_include_tax=row.prices_include_tax,
        placed=PlacedCalculation(row.reference, items, None if charge is None else _built_item(charge)),
        transaction=row.transaction,
        recorded_items=row.recorded_items,
    )


def _built_item(item: Sequence[Any]) -> PlacedItem:
    key, id_, net_minor, tax_minor = item
    return PlacedItem(key, uuid_of(id_), net_minor, tax_minor)


def save_recorded(
    conn: WriteConnection, calculation_id: CalculationId, transaction: str, items: Mapping[str, str]
) -> None:
    """Write what a sale is called at the service."""
    conn.execute(
        sa.update(_calculation)
        .where(_calculation.c.id == calculation_id)
        .values(transaction=transaction, recorded_items=dict(items))
    )


def insert_reversals(conn: WriteConnection, reversals: Sequence[Reversal], now: datetime) -> None:
    """Write what is taken back."""
    _INSERT_REVERSAL.many(
        conn,
        [
            {
                "id": one.id,
                "calculation_id": one.calculation_id,
                "source": one.source,
                "parts": [[str(part.id), part.quantity, part.net_minor, part.tax_minor] for part in one.parts],
                "taken_back_at": now,
                "transaction": one.transaction,
            }
            for one in reversals
        ],
    )


def reversal(conn: ReadConnection, reversal_id: ReversalId) -> Reversal:
    """A reversal, which must exist."""
    row = _REVERSAL.first(conn, id=reversal_id)
    assert row is not None, "a reversal is never deleted"
    parts = tuple(_built_part(part) for part in row.parts)
    return Reversal(ReversalId(row.id), CalculationId(row.calculation_id), row.source, parts, row.transaction)


def reversals_of(conn: ReadConnection, calculation_id: CalculationId) -> Sequence[ReversalId]:
    """What is to be taken back of a calculation, the oldest first."""
    ids = sa.select(_reversal.c.id).where(_reversal.c.calculation_id == calculation_id).order_by(_reversal.c.id)
    return [ReversalId(key) for key in conn.execute(ids).scalars()]


def _built_part(part: Sequence[Any]) -> TakenBack:
    id_, quantity, net_minor, tax_minor = part
    return TakenBack(uuid_of(id_), quantity, net_minor, tax_minor)


def save_reversed(conn: WriteConnection, reversal_id: ReversalId, transaction: str) -> None:
    """Write what a reversal is called at the service."""
    conn.execute(sa.update(_reversal).where(_reversal.c.id == reversal_id).values(transaction=transaction))


def calculated_parts(conn: ReadConnection) -> Iterator[UUID]:
    """The ids of the lines and charges in every calculation."""
    for row in conn.execute(sa.select(_calculation)):
        yield from (part.id for part in _built(row).placed.parts)


def taken_back(conn: ReadConnection, calculations: Sequence[CalculationId] | None = None) -> Iterator[TakenBack]:
    """The parts of the reversals of these calculations, or of all."""
    found = sa.select(_reversal.c.parts)
    if calculations is not None:
        found = found.where(_reversal.c.calculation_id.in_(calculations))
    for row in conn.execute(found):
        yield from map(_built_part, row[0])
