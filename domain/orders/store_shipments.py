"""All SQL of shipments."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.orders.errors import ShipmentNotFound
from domain.orders.model import (
    FulfillmentOrderId,
    OrderId,
    OrderLineId,
    Shipment,
    ShipmentId,
    ShipmentStatus,
    Tracking,
    Units,
)
from domain.orders.tables import OrderLineRow, ShipmentLineRow, ShipmentRow
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_shipment = table_of(ShipmentRow)
_line = table_of(ShipmentLineRow)
_order_line = table_of(OrderLineRow)

_WITH_LINES = (
    sa.select(_shipment, _line.c.order_line_id, _line.c.quantity)
    .join_from(_shipment, _line)
    .join(_order_line)
    .order_by(_shipment.c.id, _order_line.c.position)
)
_BY_IDS = Statement(_WITH_LINES.where(one_of(_shipment.c.id, "ids")))
_OF_ORDERS = Statement(_WITH_LINES.where(one_of(_shipment.c.order_id, "ids")))
_OF_FULFILLMENTS = Statement(_WITH_LINES.where(one_of(_shipment.c.fulfillment_order_id, "ids")))


def insert(conn: WriteConnection, shipment: Shipment) -> None:
    """Write a shipment with its lines."""
    conn.execute(
        sa.insert(_shipment),
        {
            "id": shipment.id,
            "order_id": shipment.order_id,
            "fulfillment_order_id": shipment.fulfillment_order_id,
            "status": shipment.status,
            "tracking_company": shipment.tracking.company,
            "tracking_number": shipment.tracking.number,
            "tracking_url": shipment.tracking.url,
            "shipped_at": shipment.shipped_at,
            "delivered_at": shipment.delivered_at,
        },
    )
    conn.execute(
        sa.insert(_line),
        [
            {"shipment_id": shipment.id, "order_line_id": units.line_id, "quantity": units.quantity}
            for units in shipment.lines
        ],
    )


def deliver(conn: WriteConnection, shipment_id: ShipmentId, now: datetime) -> None:
    """Say that a parcel arrived."""
    conn.execute(
        sa.update(_shipment)
        .where(_shipment.c.id == shipment_id)
        .values(status=ShipmentStatus.DELIVERED, delivered_at=now)
    )


def shipments(conn: ReadConnection, ids: Sequence[ShipmentId]) -> Mapping[ShipmentId, Shipment]:
    """Shipments by id."""
    return {shipment.id: shipment for shipment in _shipments(_BY_IDS.all(conn, ids=ids))}


def shipment(conn: ReadConnection, shipment_id: ShipmentId) -> Shipment:
    """One shipment.

    Raises:
        ShipmentNotFound: there is none.
    """
    found = shipments(conn, [shipment_id]).get(shipment_id)
    if found is None:
        raise ShipmentNotFound
    return found


def shipments_of_orders(conn: ReadConnection, ids: Sequence[OrderId]) -> Mapping[OrderId, Sequence[Shipment]]:
    """Shipments of orders, oldest first."""
    grouped: dict[OrderId, list[Shipment]] = {}
    for found in _shipments(_OF_ORDERS.all(conn, ids=ids)):
        grouped.setdefault(found.order_id, []).append(found)
    return grouped


def shipments_of_fulfillment_orders(
    conn: ReadConnection, ids: Sequence[FulfillmentOrderId]
) -> Mapping[FulfillmentOrderId, Sequence[Shipment]]:
    """Shipments of fulfillment orders, oldest first."""
    grouped: dict[FulfillmentOrderId, list[Shipment]] = {}
    for found in _shipments(_OF_FULFILLMENTS.all(conn, ids=ids)):
        grouped.setdefault(found.fulfillment_order_id, []).append(found)
    return grouped


def _shipments(rows: Iterable[Row]) -> list[Shipment]:
    """Shipments with their lines, oldest first."""
    made: dict[ShipmentId, Shipment] = {}
    units: dict[ShipmentId, list[Units]] = {}
    for row in rows:
        key = ShipmentId(row.id)
        units.setdefault(key, []).append(Units(OrderLineId(row.order_line_id), row.quantity))
        made[key] = Shipment(
            id=key,
            order_id=OrderId(row.order_id),
            fulfillment_order_id=FulfillmentOrderId(row.fulfillment_order_id),
            status=row.status,
            tracking=Tracking(row.tracking_company, row.tracking_number, row.tracking_url),
            shipped_at=row.shipped_at,
            delivered_at=row.delivered_at,
            lines=tuple(units[key]),
        )
    return list(made.values())
