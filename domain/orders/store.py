"""Reading orders and their parts. Batch reads leave out what they do not find; children come in receipt order."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.locations.model import Address
from domain.orders.errors import FulfillmentOrderNotFound, OrderNotFound
from domain.orders.model import (
    Change,
    FulfillmentOrder,
    FulfillmentOrderId,
    LineDiscount,
    LineTax,
    Order,
    OrderEvent,
    OrderId,
    OrderLine,
    OrderLineId,
    ShippingCharge,
)
from domain.orders.overridden import Overridden, OverrideReason
from domain.orders.tables import (
    FulfillmentOrderRow,
    OrderEventRow,
    OrderLineRow,
    OrderLineTaxRow,
    OrderRow,
    ShippingChargeRow,
)
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_order = table_of(OrderRow)
_line = table_of(OrderLineRow)
_tax = table_of(OrderLineTaxRow)
_charge = table_of(ShippingChargeRow)
_fulfillment = table_of(FulfillmentOrderRow)
_event = table_of(OrderEventRow)

_ORDER_COLUMNS = [column.name for column in _order.c]

AnyRow = sa.Row[*tuple[object, ...]] | Row

_ORDERS = Statement(sa.select(_order).where(one_of(_order.c.id, "ids")))
_LINES_OF_ORDERS = Statement(
    sa.select(_line).where(one_of(_line.c.order_id, "ids")).order_by(_line.c.order_id, _line.c.position)
)
_LINES = Statement(sa.select(_line).where(one_of(_line.c.id, "ids")))
_CHARGES_OF_ORDERS = Statement(
    sa.select(_charge).where(one_of(_charge.c.order_id, "ids")).order_by(_charge.c.order_id, _charge.c.position)
)
_FULFILLMENTS_OF_ORDERS = Statement(
    sa.select(_fulfillment)
    .where(one_of(_fulfillment.c.order_id, "ids"))
    .order_by(_fulfillment.c.order_id, _fulfillment.c.position)
)
_FULFILLMENTS = Statement(sa.select(_fulfillment).where(one_of(_fulfillment.c.id, "ids")))
_LOCK_ORDER = Statement(sa.select(_order).where(_order.c.id == sa.bindparam("id")).with_for_update())
_LOCK_LINES_OF = Statement(
    sa.select(_line).where(_line.c.order_id == sa.bindparam("order")).order_by(_line.c.id).with_for_update()
)
_TAXES = Statement(
    sa.select(_tax).where(one_of(_tax.c.order_line_id, "lines")).order_by(_tax.c.order_line_id, _tax.c.position)
)


def orders(conn: ReadConnection, ids: Sequence[OrderId]) -> Mapping[OrderId, Order]:
    """Orders by id."""
    return {order.id: order for order in map(order_of, _ORDERS.all(conn, ids=ids))}


def order(conn: ReadConnection, order_id: OrderId) -> Order:
    """One order.

    Raises:
        OrderNotFound: there is none.
    """
    found = orders(conn, [order_id]).get(order_id)
    if found is None:
        raise OrderNotFound
    return found


def lock(conn: WriteConnection, order_id: OrderId) -> tuple[Order, Sequence[OrderLine]]:
    """The order and its lines in receipt order, locked until the end of the transaction: first the order, then its lines by id.

    Raises:
        OrderNotFound: there is none.
    """
    return lock_order(conn, order_id), lock_lines_of(conn, order_id)


def lock_lines_of(conn: WriteConnection, order_id: OrderId) -> Sequence[OrderLine]:
    """The lines of a locked order in receipt order, locked by id."""
    rows = _LOCK_LINES_OF.all(conn, order=order_id)
    return sorted(map(line_of, rows), key=lambda line: line.position)


def lock_order(conn: WriteConnection, order_id: OrderId) -> Order:
    """The order, locked; for steps that leave its lines' counters alone.

    Raises:
        OrderNotFound: there is none.
    """
    row = _LOCK_ORDER.first(conn, id=order_id)
    if row is None:
        raise OrderNotFound
    return order_of(row)


def lock_lines(conn: WriteConnection, ids: Sequence[OrderLineId]) -> Sequence[OrderLine]:
    """Lines by id, locked in id order; answered in receipt order. Absent lines are left out."""
    rows = conn.execute(sa.select(_line).where(_line.c.id.in_(ids)).order_by(_line.c.id).with_for_update())
    return sorted(map(line_of, rows), key=lambda line: (line.order_id, line.position))


def lines_of_orders(conn: ReadConnection, ids: Sequence[OrderId]) -> Mapping[OrderId, Sequence[OrderLine]]:
    """Lines of orders, in receipt order."""
    grouped: dict[OrderId, list[OrderLine]] = {}
    for line in map(line_of, _LINES_OF_ORDERS.all(conn, ids=ids)):
        grouped.setdefault(line.order_id, []).append(line)
    return grouped


def lines(conn: ReadConnection, ids: Sequence[OrderLineId]) -> Mapping[OrderLineId, OrderLine]:
    """Lines by id."""
    return {line.id: line for line in map(line_of, _LINES.all(conn, ids=ids))}


def lines_of_fulfillment_orders(
    conn: ReadConnection, ids: Sequence[FulfillmentOrderId]
) -> Mapping[FulfillmentOrderId, Sequence[OrderLine]]:
    """Lines of fulfillment orders, in receipt order."""
    query = sa.select(_line).where(_line.c.fulfillment_order_id.in_(ids)).order_by(_line.c.order_id, _line.c.position)
    grouped: dict[FulfillmentOrderId, list[OrderLine]] = {}
    for line in map(line_of, conn.execute(query)):
        grouped.setdefault(line.fulfillment_order_id, []).append(line)
    return grouped


def taxes_of_lines(conn: ReadConnection, ids: Sequence[OrderLineId]) -> Mapping[OrderLineId, Sequence[LineTax]]:
    """Frozen taxes of lines, in the order they were charged."""
    grouped: dict[OrderLineId, list[LineTax]] = {}
    for row in _TAXES.all(conn, lines=ids):
        grouped.setdefault(OrderLineId(row.order_line_id), []).append(
            LineTax(row.jurisdiction, row.rate_ppm, row.amount_minor)
        )
    return grouped


def taxes_of_orders(
    conn: ReadConnection, ids: Sequence[OrderId]
) -> Mapping[OrderId, Sequence[tuple[OrderLineId, LineTax]]]:
    """Frozen taxes of every line of orders, in receipt order; the same statement for any number of lines."""
    query = (
        sa.select(_tax, _line.c.order_id)
        .join_from(_tax, _line)
        .where(_line.c.order_id.in_(ids))
        .order_by(_line.c.order_id, _line.c.position, _tax.c.position)
    )
    grouped: dict[OrderId, list[tuple[OrderLineId, LineTax]]] = {}
    for row in conn.execute(query):
        tax = LineTax(row.jurisdiction, row.rate_ppm, row.amount_minor)
        grouped.setdefault(OrderId(row.order_id), []).append((OrderLineId(row.order_line_id), tax))
    return grouped


def shipping_charges_of_orders(
    conn: ReadConnection, ids: Sequence[OrderId]
) -> Mapping[OrderId, Sequence[ShippingCharge]]:
    """Shipping charges of orders, in their order."""
    grouped: dict[OrderId, list[ShippingCharge]] = {}
    for charge in map(charge_of, _CHARGES_OF_ORDERS.all(conn, ids=ids)):
        grouped.setdefault(charge.order_id, []).append(charge)
    return grouped


def fulfillment_orders_of_orders(
    conn: ReadConnection, ids: Sequence[OrderId]
) -> Mapping[OrderId, Sequence[FulfillmentOrder]]:
    """Fulfillment orders of orders, in the order they were planned."""
    grouped: dict[OrderId, list[FulfillmentOrder]] = {}
    for fulfillment in map(fulfillment_of, _FULFILLMENTS_OF_ORDERS.all(conn, ids=ids)):
        grouped.setdefault(fulfillment.order_id, []).append(fulfillment)
    return grouped


def fulfillment_orders(
    conn: ReadConnection, ids: Sequence[FulfillmentOrderId]
) -> Mapping[FulfillmentOrderId, FulfillmentOrder]:
    """Fulfillment orders by id."""
    return {found.id: found for found in map(fulfillment_of, _FULFILLMENTS.all(conn, ids=ids))}


def fulfillment_order(conn: ReadConnection, fulfillment_order_id: FulfillmentOrderId) -> FulfillmentOrder:
    """One fulfillment order.

    Raises:
        FulfillmentOrderNotFound: there is none.
    """
    found = fulfillment_orders(conn, [fulfillment_order_id]).get(fulfillment_order_id)
    if found is None:
        raise FulfillmentOrderNotFound
    return found


def events_of_orders(conn: ReadConnection, ids: Sequence[OrderId]) -> Mapping[OrderId, Sequence[OrderEvent]]:
    """Events of orders, oldest first."""
    query = sa.select(_event).where(_event.c.order_id.in_(ids)).order_by(_event.c.order_id, _event.c.id)
    grouped: dict[OrderId, list[OrderEvent]] = {}
    for event in map(event_of, conn.execute(query)):
        grouped.setdefault(event.order_id, []).append(event)
    return grouped


def order_of(row: AnyRow) -> Order:
    """The order of a row that begins with the order table's columns."""
    values: dict[str, Any] = dict(zip(_ORDER_COLUMNS, row[: len(_ORDER_COLUMNS)], strict=True))
    return Order(**values)


def line_of(row: AnyRow) -> OrderLine:
    """The line of a row of the line table."""
    values = row._asdict()
    values["discounts"] = tuple(LineDiscount(*item) for item in row.discounts)
    if row.price_override is not None:
        amount, reason, note, actor_id = row.price_override
        values["price_override"] = Overridden(amount, OverrideReason(reason), note, actor_id)
    return OrderLine(**values)


def charge_of(row: AnyRow) -> ShippingCharge:
    """The shipping charge of a row."""
    values = row._asdict()
    values["taxes"] = tuple(LineTax(*item) for item in row.taxes)
    return ShippingCharge(**values)


def fulfillment_of(row: AnyRow) -> FulfillmentOrder:
    """The fulfillment order of a row."""
    values = row._asdict()
    values["address"] = None if row.address is None else Address(**row.address)
    return FulfillmentOrder(**values)


def event_of(row: AnyRow) -> OrderEvent:
    """The event of a row."""
    values = row._asdict()
    values["changes"] = tuple(Change(*item) for item in row.changes)
    return OrderEvent(**values)
