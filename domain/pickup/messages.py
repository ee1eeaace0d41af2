"""What buyers are told about a pickup. A job carries the kind and the moment; the words are written when it runs."""

from datetime import datetime

from domain.connections import ReadConnection
from domain.locations import store as locations
from domain.orders import store as orders
from domain.orders.model import FulfillmentOrderId
from domain.pickup import rules, store
from domain.pickup.model import MessageKind, PickupMessage

_WHILE_IT_WAITS = frozenset({MessageKind.READY, MessageKind.REMINDER})


def message(
    conn: ReadConnection, fulfillment_order_id: FulfillmentOrderId, kind: MessageKind, about: datetime, now: datetime
) -> PickupMessage | None:
    """What the job `pickup.message` says now; None when it is no longer true, or nobody can be written to.

    `about` is the deadline that READY and REMINDER speak of: once extended, an older reminder is silent.
    """
    fulfillment = orders.fulfillment_orders(conn, [fulfillment_order_id]).get(fulfillment_order_id)
    pickup = store.pickups(conn, [fulfillment_order_id]).get(fulfillment_order_id)
    if fulfillment is None or fulfillment.location_id is None or pickup is None:
        return None
    waits = rules.status_at(fulfillment.status, pickup, now) in rules.WAITING
    if kind in _WHILE_IT_WAITS and not waits:
        return None
    if kind is MessageKind.REMINDER and pickup.expires_at != about:
        return None
    order = orders.order(conn, fulfillment.order_id)
    if order.email is None:
        return None
    location = locations.by_ids(conn, [fulfillment.location_id])[fulfillment.location_id]
    return PickupMessage(
        kind=kind,
        fulfillment_order_id=fulfillment_order_id,
        email=order.email,
        order_number=order.number,
        location_name=location.name,
        time_zone=location.time_zone,
        promised_at=pickup.promised_at,
        expires_at=pickup.expires_at,
        code=pickup.code if waits else None,
    )
