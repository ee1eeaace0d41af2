"""Writing orders and their parts: one statement per table however many rows."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.appends import append
from domain.connections import WriteConnection
from domain.joining import write_together
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
from domain.statements import Statement, inserting
from domain.tables import table_of, violated_constraint

_order = table_of(OrderRow)
_line = table_of(OrderLineRow)
_tax = table_of(OrderLineTaxRow)
_charge = table_of(ShippingChargeRow)
_fulfillment = table_of(FulfillmentOrderRow)
_TIMELINE = Statement(inserting(table_of(OrderEventRow)))
_INSERT_ORDER = Statement(inserting(_order))
_INSERT_CHARGE = Statement(inserting(_charge))
_INSERT_FULFILLMENT = Statement(inserting(_fulfillment))
_INSERT_LINE = Statement(inserting(_line))
_INSERT_TAX = Statement(inserting(_tax))
_BUMP = Statement(
    sa.update(_order)
    .where(_order.c.id == sa.bindparam("of_order"))
    .values(
        version=_order.c.version + 1,
        canceled_minor=_order.c.canceled_minor + sa.bindparam("canceled"),
        released_minor=_order.c.released_minor + sa.bindparam("released"),
        status=sa.func.coalesce(sa.bindparam("now", type_=_order.c.status.type), _order.c.status),
        capture_requested=sa.func.coalesce(
            sa.bindparam("asked", type_=_order.c.capture_requested.type), _order.c.capture_requested
        ),
    )
    .returning(_order.c.version)
)
_COUNTED = ("picked", "short", "fulfilled", "canceled", "claimed")
_COUNT = Statement(
    sa.update(_line)
    .where(_line.c.id == sa.bindparam("of_line"))
    .values({_line.c[name]: _line.c[name] + sa.bindparam(f"by_{name}", type_=sa.BigInteger) for name in _COUNTED})
)

_LINE_COLUMNS = [column.name for column in _line.c if column.name not in ("discounts", "price_override")]
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
        _INSERT_ORDER.count(conn, **{name: getattr(order, name) for name in _ORDER_COLUMNS})
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
    write_together(
        conn,
        [
            (_INSERT_CHARGE, [_charge_values(charge) for charge in charges]),
            (_INSERT_FULFILLMENT, [_fulfillment_values(fulfillment) for fulfillment in fulfillments]),
            (_INSERT_LINE, [_line_values(line) for line in lines]),
            (_INSERT_TAX, tax_rows),
        ],
    )


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
    values["price_override"] = None if line.price_override is None else astuple(line.price_override)
    return values


def insert_events(conn: WriteConnection, events: Sequence[OrderEvent]) -> None:
    """Append steps to the timeline."""
    append(
        conn,
        _TIMELINE,
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
    moved = [counter for counter in counters if any(getattr(counter, name) for name in _COUNTED)]
    _COUNT.many(
        conn,
        [
            {"of_line": counter.line_id, **{f"by_{name}": getattr(counter, name) for name in _COUNTED}}
            for counter in sorted(moved, key=lambda counter: counter.line_id)
        ],
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
    row = _BUMP.first(
        conn,
        of_order=order_id,
        canceled=canceled_minor,
        released=released_minor,
        now=status,
        asked=capture_requested,
    )
    assert row is not None, "the order is locked, so it is there"
    return int(row.version)


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
