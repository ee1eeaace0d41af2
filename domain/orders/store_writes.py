"""Writing orders and their parts: one statement per table however many rows."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.connections import WriteConnection
from domain.orders.errors import ExternalReferenceTaken
from domain.orders.model import (
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineTax,
    Order,
    OrderEvent,
    OrderId,
    OrderLine,
    OrderLineId,
    OrderStatus,
    ShippingCharge,
    ShippingChargeId,
)
from domain.orders.tables import (
    FulfillmentOrderRow,
    OrderEventRow,
    OrderLineRow,
    OrderLineTaxRow,
    OrderRow,
    ShippingChargeRow,
)
from domain.tables import table_of, violated_constraint

_order = table_of(OrderRow)
_line = table_of(OrderLineRow)
_tax = table_of(OrderLineTaxRow)
_charge = table_of(ShippingChargeRow)
_fulfillment = table_of(FulfillmentOrderRow)
_event = table_of(OrderEventRow)

_LINE_COLUMNS = [column.name for column in _line.c if column.name != "discounts"]
_ORDER_COLUMNS = [column.name for column in _order.c]
_FULFILLMENT_COLUMNS = [column.name for column in _fulfillment.c if column.name != "address"]
_CHARGE_COLUMNS = [column.name for column in _charge.c if column.name != "taxes"]


@dataclass(frozen=True, slots=True)
class Counters:
    """How much one line's counters grow (or, for claims, shrink)."""

    line_id: OrderLineId
    picked: int = 0
    short: int = 0
    fulfilled: int = 0
    canceled: int = 0
    claimed: int = 0


def insert_order(conn: WriteConnection, order: Order) -> None:
    """Write the order's own row.

    Raises:
        ExternalReferenceTaken: the channel already has an order of this reference.
    """
    try:
        conn.execute(sa.insert(_order), {name: getattr(order, name) for name in _ORDER_COLUMNS})
    except sa.exc.IntegrityError as error:
        if "external_reference" in violated_constraint(error):
            raise ExternalReferenceTaken from None
        raise


def insert_parts(
    conn: WriteConnection,
    charges: Sequence[ShippingCharge],
    fulfillments: Sequence[FulfillmentOrder],
    lines: Sequence[OrderLine],
    taxes: Sequence[tuple[OrderLineId, Sequence[LineTax]]],
) -> None:
    """Write everything an order is made of; empty parts cost no statement."""
    if charges:
        conn.execute(sa.insert(_charge), [_charge_values(charge) for charge in charges])
    conn.execute(sa.insert(_fulfillment), [_fulfillment_values(fulfillment) for fulfillment in fulfillments])
    conn.execute(sa.insert(_line), [_line_values(line) for line in lines])
    tax_rows = [
        {
            "order_line_id": line_id,
            "position": position,
            "jurisdiction": tax.jurisdiction,
            "rate_ppm": tax.rate_ppm,
            "amount_minor": tax.amount_minor,
        }
        for line_id, shares in taxes
        for position, tax in enumerate(shares)
    ]
    if tax_rows:
        conn.execute(sa.insert(_tax), tax_rows)


def _charge_values(charge: ShippingCharge) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(charge, name) for name in _CHARGE_COLUMNS}
    values["taxes"] = [astuple(tax) for tax in charge.taxes]
    return values


def _fulfillment_values(fulfillment: FulfillmentOrder) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(fulfillment, name) for name in _FULFILLMENT_COLUMNS}
    values["address"] = None if fulfillment.address is None else asdict(fulfillment.address)
    return values


def _line_values(line: OrderLine) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(line, name) for name in _LINE_COLUMNS}
    values["discounts"] = [astuple(discount) for discount in line.discounts]
    return values


def insert_events(conn: WriteConnection, events: Sequence[OrderEvent]) -> None:
    """Append steps to the timeline."""
    conn.execute(
        sa.insert(_event),
        [
            {
                "id": event.id,
                "order_id": event.order_id,
                "kind": event.kind,
                "actor_kind": event.actor_kind,
                "actor_id": event.actor_id,
                "recorded_at": event.recorded_at,
                "facts": event.facts,
                "changes": [astuple(change) for change in event.changes],
            }
            for event in events
        ],
    )


def add(conn: WriteConnection, counters: Sequence[Counters]) -> None:
    """Move counters of lines, which the caller has locked and checked."""
    if not counters:
        return
    names = ("picked", "short", "fulfilled", "canceled", "claimed")
    moved = [name for name in names if any(getattr(counter, name) for counter in counters)]
    if not moved:
        return
    statement = (
        sa.update(_line)
        .where(_line.c.id == sa.bindparam("line"))
        .values({_line.c[name]: _line.c[name] + sa.bindparam(f"by_{name}", type_=sa.BigInteger) for name in moved})
    )
    ordered = sorted(counters, key=lambda counter: counter.line_id)
    conn.execute(
        statement,
        [{"line": counter.line_id, **{f"by_{name}": getattr(counter, name) for name in moved}} for counter in ordered],
    )


def bump(
    conn: WriteConnection,
    order_id: OrderId,
    *,
    canceled_minor: int = 0,
    released_minor: int = 0,
    status: OrderStatus | None = None,
    capture_requested: bool | None = None,
) -> int:
    """Raise an order's version, with what else changed of it; the new version."""
    values: dict[str, object] = {"version": _order.c.version + 1}
    if canceled_minor:
        values["canceled_minor"] = _order.c.canceled_minor + canceled_minor
    if released_minor:
        values["released_minor"] = _order.c.released_minor + released_minor
    if status is not None:
        values["status"] = status
    if capture_requested is not None:
        values["capture_requested"] = capture_requested
    updated = conn.execute(sa.update(_order).where(_order.c.id == order_id).values(values).returning(_order.c.version))
    return int(updated.scalar_one())


def move_fulfillments(
    conn: WriteConnection, ids: Sequence[FulfillmentOrderId], status: FulfillmentStatus, now: datetime
) -> None:
    """Give fulfillment orders a status, which the caller has checked under the order's lock."""
    if ids:
        conn.execute(
            sa.update(_fulfillment)
            .where(_fulfillment.c.id.in_(sorted(ids)))
            .values(status=status, changed_at=now, version=_fulfillment.c.version + 1)
        )


def cancel_charges(conn: WriteConnection, ids: Sequence[ShippingChargeId]) -> None:
    """Say that shipping charges are no longer owed."""
    if ids:
        conn.execute(sa.update(_charge).where(_charge.c.id.in_(sorted(ids))).values(canceled=True))
