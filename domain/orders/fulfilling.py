"""Goods leave: steps of a fulfillment order, units that reach the customer, parcels, and the money asked for them."""

from collections.abc import Sequence
from dataclasses import replace

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Fact
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.money import Money
from domain.orders import gift_lines, points, rules, store, store_shipments, store_writes, timeline
from domain.orders.errors import (
    InvalidTransition,
    QuantityExceedsFulfillable,
    WrongFulfillmentMethod,
)
from domain.orders.model import (
    ENDED,
    NEXT,
    Change,
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderStatus,
    Shipment,
    ShipmentId,
    ShipmentStatus,
    Tracking,
    Units,
)
from domain.orders.store_writes import Counters
from domain.payments import service as payments

_BY_PARCEL = frozenset({FulfillmentMethod.SHIPPING, FulfillmentMethod.EXTERNAL})


def lock_fulfillment(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId
) -> tuple[Order, Sequence[OrderLine], FulfillmentOrder]:
    """A fulfillment order with its order and all the order's lines, locked; for rooms above that move it.

    Raises:
        FulfillmentOrderNotFound: there is none.
    """
    found = store.fulfillment_order(conn, fulfillment_order_id)
    order, lines = store.lock(conn, found.order_id)
    # Its status may have changed before the lock was given.
    return order, lines, store.fulfillment_order(conn, fulfillment_order_id)


def move_fulfillment(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, status: FulfillmentStatus, act: Act
) -> FulfillmentOrder:
    """Take one step that moves no units, such as ACCEPTED, PICKING or CUSTOMER_ARRIVED; a step already taken is a no-op.

    Raises:
        FulfillmentOrderNotFound: there is none.
        InvalidTransition: its status does not lead there.
    """
    order, _, fulfillment = lock_fulfillment(conn, fulfillment_order_id)
    if fulfillment.status is status:
        return fulfillment
    if status not in NEXT[fulfillment.status]:
        raise InvalidTransition(fulfillment.status)
    store_writes.move_fulfillments(conn, [fulfillment.id], status, act.now)
    change = timeline.moved(fulfillment, status)
    timeline.record_event(conn, order.id, OrderEventKind.FULFILLMENT_MOVED, {"status": status.value}, act, [change])
    return replace(fulfillment, status=status, changed_at=act.now, version=fulfillment.version + 1)


def record_picks(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, units: Sequence[Units]) -> None:
    """Count units as taken from the shelf; the caller holds the order's lock and writes the timeline.

    Raises:
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
        QuantityExceedsFulfillable: more than is still to be picked of a line.
    """
    lines = store.lines_of_fulfillment_orders(conn, [fulfillment_order_id]).get(fulfillment_order_id, ())
    chosen = rules.chosen(lines, units)
    for line, quantity in chosen:
        unpicked = line.quantity - line.canceled - line.picked
        if quantity > unpicked:
            raise QuantityExceedsFulfillable(max(0, unpicked))
    store_writes.add(conn, [Counters(line.id, picked=quantity) for line, quantity in chosen])


def request_capture(conn: WriteConnection, order: Order, act: Act) -> Order:
    """Ask, once, for the money of a locked order: what is due less what was canceled. Again is a no-op.

    The first pickup that is ready and the first parcel that leaves call this; what is canceled later is refunded.

    Raises:
        PaymentNotAuthorized: a card payment still waits for its authorization.
    """
    if order.capture_requested:
        return order
    amount = Money(order.still_due_minor, order.currency)
    payments.request_capture(conn, order.id, amount, act)
    version = store_writes.bump(conn, order.id, capture_requested=True)
    change = Change(str(order.id), "captureRequested", before=False, after=True)
    facts: dict[str, Fact] = {"amountMinor": amount.amount_minor, "currency": str(amount.currency)}
    event = timeline.step(order.id, OrderEventKind.PAYMENT_CAPTURE_REQUESTED, facts, act, [change])
    store_writes.insert_events(conn, [event])
    timeline.announce(conn, order.id, version, act)
    return replace(order, capture_requested=True, version=version)


def units_fulfilled(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, units: Sequence[Units], act: Act
) -> Sequence[OrderLine]:
    """Units reach the customer: their counters grow and their goods leave the location's stock.

    Answers all lines of the fulfillment order after it. The caller moves the fulfillment order on, by `fulfilled` when
    nothing of it is left.

    Raises:
        FulfillmentOrderNotFound: there is none.
        InvalidTransition: it was canceled, or all of it has left.
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
        QuantityExceedsFulfillable: more than is open of a line.
        OutOfStock: goods that were promised before they came in are still not there.
    """
    order, lines, fulfillment = lock_fulfillment(conn, fulfillment_order_id)
    own = [line for line in lines if line.fulfillment_order_id == fulfillment.id]
    after, event = _leave(conn, order, own, fulfillment, units, act)
    store_writes.insert_events(conn, [event])
    timeline.announce(conn, order.id, store_writes.bump(conn, order.id), act)
    return after


def _leave(
    conn: WriteConnection,
    order: Order,
    lines: Sequence[OrderLine],
    fulfillment: FulfillmentOrder,
    units: Sequence[Units],
    act: Act,
) -> tuple[Sequence[OrderLine], OrderEvent]:
    if fulfillment.status in ENDED:
        raise InvalidTransition(fulfillment.status)
    chosen = rules.chosen(lines, units)
    for line, quantity in chosen:
        if quantity > line.open:
            raise QuantityExceedsFulfillable(line.open)
    store_writes.add(conn, [Counters(line.id, fulfilled=quantity) for line, quantity in chosen])
    inventory.fulfill(conn, takes(fulfillment, chosen), order.id, act)
    gift_lines.expect(conn, order.id, [line for line, _ in chosen], act)
    changes = [
        Change(str(line.id), "fulfilled", line.fulfilled, line.fulfilled + quantity) for line, quantity in chosen
    ]
    facts: dict[str, Fact] = {
        "fulfillmentOrderId": str(fulfillment.id),
        "units": sum(quantity for _, quantity in chosen),
    }
    event = timeline.step(order.id, OrderEventKind.UNITS_FULFILLED, facts, act, changes)
    return rules.with_counters(lines, {line.id: quantity for line, quantity in chosen}), event


def takes(fulfillment: FulfillmentOrder, chosen: Sequence[tuple[OrderLine, int]]) -> list[Take]:
    """The stock that some units of a fulfillment order are."""
    if fulfillment.location_id is None:
        return []
    return [
        Take(line.variant_id, fulfillment.location_id, quantity)
        for line, quantity in chosen
        if line.variant_id is not None
    ]


def fulfilled(
    conn: WriteConnection,
    fulfillment_order_id: FulfillmentOrderId,
    act: Act,
    *,
    status: FulfillmentStatus = FulfillmentStatus.PICKED_UP,
) -> FulfillmentOrder:
    """All that will ever reach the customer of this fulfillment order has: end it, release its points, and close its
    order when this was the last. Again is a no-op.

    Raises:
        FulfillmentOrderNotFound: there is none.
        InvalidTransition: its status does not lead to `status`.
    """
    order, lines, fulfillment = lock_fulfillment(conn, fulfillment_order_id)
    if fulfillment.status is status:
        return fulfillment
    return end(conn, order, lines, fulfillment, status, act)


def end(
    conn: WriteConnection,
    order: Order,
    lines: Sequence[OrderLine],
    fulfillment: FulfillmentOrder,
    status: FulfillmentStatus,
    act: Act,
) -> FulfillmentOrder:
    """`fulfilled` for a caller that holds the lock and has read everything."""
    if status not in NEXT[fulfillment.status]:
        raise InvalidTransition(fulfillment.status)
    store_writes.move_fulfillments(conn, [fulfillment.id], status, act.now)
    ended = replace(fulfillment, status=status, changed_at=act.now, version=fulfillment.version + 1)
    facts: dict[str, Fact] = {"status": status.value}
    steps = [
        timeline.step(order.id, OrderEventKind.FULFILLMENT_MOVED, facts, act, [timeline.moved(fulfillment, status)])
    ]
    released = points.release_points(conn, order, fulfillment.id, act)
    if released:
        steps.append(timeline.step(order.id, OrderEventKind.POINTS_RELEASED, {"points": released}, act))
    others = store.fulfillment_orders_of_orders(conn, [order.id])[order.id]
    now = rules.status_of([ended if other.id == ended.id else other for other in others], lines)
    if now is not order.status:
        steps.append(status_step(order, now, act))
    store_writes.insert_events(conn, steps)
    timeline.announce(conn, order.id, store_writes.bump(conn, order.id, status=now), act)
    return ended


def status_step(order: Order, status: OrderStatus, act: Act) -> OrderEvent:
    """The step that ends an order."""
    kind = OrderEventKind.CANCELED if status is OrderStatus.CANCELED else OrderEventKind.CLOSED
    return timeline.step(order.id, kind, {}, act, [Change(str(order.id), "status", order.status.value, status.value)])


def create_shipment(
    conn: WriteConnection,
    fulfillment_order_id: FulfillmentOrderId,
    units: Sequence[Units] | None,
    tracking: Tracking,
    act: Act,
) -> Shipment:
    """A parcel leaves with these units, or with all that is open. The order's first parcel asks for the money.

    Raises:
        FulfillmentOrderNotFound: there is none.
        WrongFulfillmentMethod: its goods are not sent.
        InvalidTransition: it was canceled, or all of it has left.
        QuantityInvalid, DuplicateLine, LineNotFound, QuantityExceedsFulfillable: the choice is wrong.
        OutOfStock: goods that were promised before they came in are still not there.
        PaymentNotAuthorized: the order's card payment still waits for its authorization.
    """
    order, lines, fulfillment = lock_fulfillment(conn, fulfillment_order_id)
    if fulfillment.method not in _BY_PARCEL:
        raise WrongFulfillmentMethod(fulfillment.method)
    own = [line for line in lines if line.fulfillment_order_id == fulfillment.id]
    if units is None:
        units = [Units(line.id, line.open) for line in own if line.open]
        if not units:
            raise InvalidTransition(fulfillment.status)
    after, left = _leave(conn, order, own, fulfillment, units, act)
    shipment = _shipment(order, fulfillment, [line.id for line in own], units, tracking, act)
    store_shipments.insert(conn, shipment)
    steps = [left, timeline.step(order.id, OrderEventKind.SHIPMENT_CREATED, _shipment_facts(shipment), act)]
    if not any(line.open for line in after):
        change = timeline.moved(fulfillment, FulfillmentStatus.SHIPPED)
        store_writes.move_fulfillments(conn, [fulfillment.id], FulfillmentStatus.SHIPPED, act.now)
        facts: dict[str, Fact] = {"status": FulfillmentStatus.SHIPPED.value}
        steps.append(timeline.step(order.id, OrderEventKind.FULFILLMENT_MOVED, facts, act, [change]))
    store_writes.insert_events(conn, steps)
    timeline.announce(conn, order.id, store_writes.bump(conn, order.id), act)
    request_capture(conn, order, act)
    return shipment


def _shipment(
    order: Order,
    fulfillment: FulfillmentOrder,
    line_order: Sequence[object],
    units: Sequence[Units],
    tracking: Tracking,
    act: Act,
) -> Shipment:
    return Shipment(
        id=ShipmentId(act.new_id()),
        order_id=order.id,
        fulfillment_order_id=fulfillment.id,
        status=ShipmentStatus.SHIPPED,
        tracking=tracking,
        shipped_at=act.now,
        delivered_at=None,
        lines=tuple(sorted(units, key=lambda wanted: line_order.index(wanted.line_id))),
    )


def _shipment_facts(shipment: Shipment) -> dict[str, Fact]:
    return {
        "shipmentId": str(shipment.id),
        "trackingCompany": shipment.tracking.company,
        "trackingNumber": shipment.tracking.number,
    }


def mark_delivered(conn: WriteConnection, shipment_id: ShipmentId, act: Act) -> Shipment:
    """A parcel arrived. When it was the last of its fulfillment order, points are released. Again is a no-op.

    Raises:
        ShipmentNotFound: there is none.
    """
    found = store_shipments.shipment(conn, shipment_id)
    order, lines, fulfillment = lock_fulfillment(conn, found.fulfillment_order_id)
    shipments = store_shipments.shipments_of_fulfillment_orders(conn, [fulfillment.id])[fulfillment.id]
    found = next(shipment for shipment in shipments if shipment.id == shipment_id)
    if found.status is ShipmentStatus.DELIVERED:
        return found
    store_shipments.deliver(conn, shipment_id, act.now)
    change = Change(str(shipment_id), "status", found.status.value, ShipmentStatus.DELIVERED.value)
    facts: dict[str, Fact] = {"shipmentId": str(shipment_id)}
    event = timeline.step(order.id, OrderEventKind.SHIPMENT_DELIVERED, facts, act, [change])
    store_writes.insert_events(conn, [event])
    others = [shipment for shipment in shipments if shipment.id != shipment_id]
    last = all(shipment.status is ShipmentStatus.DELIVERED for shipment in others)
    if last and fulfillment.status is FulfillmentStatus.SHIPPED:
        end(conn, order, lines, fulfillment, FulfillmentStatus.DELIVERED, act)
    else:
        timeline.announce(conn, order.id, store_writes.bump(conn, order.id), act)
    return replace(found, status=ShipmentStatus.DELIVERED, delivered_at=act.now)
