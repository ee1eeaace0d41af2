"""Units that will never be fulfilled: what they are worth goes back, their goods are free again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.acts import Act, ActorKind
from domain.connections import WriteConnection
from domain.errors import Fact
from domain.inventory import service as inventory
from domain.locations.model import LocationId
from domain.money import Money
from domain.orders import fulfilling, points, rules, store, store_shipments, store_writes, timeline
from domain.orders.errors import NotCancelable, QuantityExceedsCancelable
from domain.orders.model import (
    CancelReason,
    Change,
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentStatus,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderId,
    OrderLine,
    OrderStatus,
    ShipmentStatus,
    ShippingCharge,
    Units,
)
from domain.orders.store_writes import Counters
from domain.payments import service as payments
from domain.pricing.model import TaxSource
from domain.promotions import claiming
from domain.promotions.stored import frozen_of
from domain.taxes import service as taxes
from domain.taxes.model import TakenBack

_BUYERS = frozenset({ActorKind.CUSTOMER, ActorKind.GUEST})
_BUYER_MAY_CANCEL = frozenset({FulfillmentStatus.OPEN, FulfillmentStatus.ACCEPTED})
_IN_STOCK_OF_OURS = frozenset({FulfillmentMethod.SHIPPING, FulfillmentMethod.PICK_UP, FulfillmentMethod.EXTERNAL})


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What a cancellation did.

    Attributes:
        reference: names it in refund legs and in the loyalty ledger.
        amount_minor: what is no longer due, or goes back, with shipping; minor units of the order's currency.
        refunded: whether the money had been asked for, so that refund legs carry the amount.
    """

    order: Order
    reference: str
    amount_minor: int
    refunded: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """A cancellation that was decided and not yet written; `worths` are what the chosen units are worth."""

    chosen: Sequence[tuple[OrderLine, int]]
    lines: Sequence[OrderLine]
    fulfillments: Sequence[FulfillmentOrder]
    canceled: Sequence[FulfillmentOrder]
    charges: Sequence[ShippingCharge]
    worths: Sequence[rules.Worth]
    amount_minor: int
    status: OrderStatus


def cancel(
    conn: WriteConnection,
    order_id: OrderId,
    units: Sequence[Units] | None,
    reason: CancelReason,
    act: Act,
    *,
    cash_location_id: LocationId | None = None,
) -> Cancellation:
    """Cancel an order, or some of its units, as somebody asks. A buyer may only while no store has begun to pick.

    Raises:
        OrderNotFound: there is none.
        NotCancelable: nothing is open any more, or picking has begun.
        Refused: as `cancel_units`.
    """
    order, lines = store.lock(conn, order_id)
    if units is None:
        units = [Units(line.id, line.open) for line in lines if line.open]
    if not units:
        raise NotCancelable
    if act.actor.kind in _BUYERS:
        named = {wanted.line_id for wanted in units}
        places = {line.fulfillment_order_id for line in lines if line.id in named}
        found = store.fulfillment_orders(conn, sorted(places)).values()
        if any(fulfillment.status not in _BUYER_MAY_CANCEL for fulfillment in found):
            raise NotCancelable
    return _cancel(conn, order, lines, units, reason, act, cash_location_id)


def cancel_units(
    conn: WriteConnection,
    order_id: OrderId,
    units: Sequence[Units],
    reason: CancelReason,
    act: Act,
    *,
    cash_location_id: LocationId | None = None,
) -> Cancellation:
    """Cancel units that are neither fulfilled nor canceled: short picks, no-shows, changes of mind.

    Before the money was asked for, less will be captured, or all of it is voided; afterwards refund legs are reserved.
    Points spent on the units come back, points pending for them are dropped. Their stock is no longer committed. A
    delivery's shipping goes back when all of it is canceled before anything left.

    Raises:
        OrderNotFound: there is none.
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
        QuantityExceedsCancelable: more than is open of a line; the fact `available` says how much is.
        RefundExceedsCapacity, PaymentDisputed, TenderUnavailable: the money cannot go back now.
    """
    order, lines = store.lock(conn, order_id)
    return _cancel(conn, order, lines, units, reason, act, cash_location_id)


def _cancel(
    conn: WriteConnection,
    order: Order,
    lines: Sequence[OrderLine],
    units: Sequence[Units],
    reason: CancelReason,
    act: Act,
    cash_location_id: LocationId | None,
) -> Cancellation:
    plan = _plan(conn, order, lines, units)
    event = _event(order, plan, reason, act)
    reference = f"cancellation:{event.id}"
    _move_money(conn, order, plan.amount_minor, reference, act, cash_location_id)
    _release_stock(conn, order, plan, act)
    points.return_points(conn, order, plan.chosen, reference, act)
    if order.tax_source is TaxSource.SERVICE:
        taxes.take_back(conn, order.id, reference, _taken_back(plan), act)
    version = _write(conn, order, plan, reason, event, act)
    after = replace(
        order,
        canceled_minor=order.canceled_minor + plan.amount_minor,
        released_minor=order.released_minor + (0 if order.capture_requested else plan.amount_minor),
        status=plan.status,
        version=version,
    )
    _end_what_is_complete(conn, after, plan, act)
    if plan.status is OrderStatus.CANCELED:
        claiming.release(conn, order.id, frozen_of(order.promotions), order.currency)
    return Cancellation(store.order(conn, order.id), reference, plan.amount_minor, refunded=order.capture_requested)


def _taken_back(plan: _Plan) -> list[TakenBack]:
    """What a tax service is to take back: the worth of the units, and deliveries that are no longer owed."""
    units = zip(plan.chosen, plan.worths, strict=True)
    lines = [TakenBack(line.id, n, worth.net_minor, worth.tax_minor) for (line, n), worth in units]
    return [*lines, *(TakenBack(charge.id, 1, charge.net_minor, charge.tax_minor) for charge in plan.charges)]


def _plan(conn: WriteConnection, order: Order, lines: Sequence[OrderLine], units: Sequence[Units]) -> _Plan:
    chosen = rules.chosen(lines, units)
    for line, quantity in chosen:
        if quantity > line.open:
            raise QuantityExceedsCancelable(line.open)
    frozen = store.taxes_of_lines(conn, [line.id for line, _ in chosen])
    worths = [rules.canceled_worth(line, frozen.get(line.id, ()), n) for line, n in chosen]
    after = rules.with_counters(lines, {line.id: n for line, n in chosen}, canceled=True)
    fulfillments = store.fulfillment_orders_of_orders(conn, [order.id])[order.id]
    ending = set(rules.wholly_canceled(fulfillments, after))
    ended = [
        replace(found, status=FulfillmentStatus.CANCELED) if found.id in ending else found for found in fulfillments
    ]
    owed = store.shipping_charges_of_orders(conn, [order.id]).get(order.id, ())
    charges = rules.charges_no_longer_owed(owed, ended)
    return _Plan(
        chosen=chosen,
        lines=after,
        fulfillments=ended,
        canceled=[found for found in fulfillments if found.id in ending],
        charges=charges,
        worths=worths,
        amount_minor=sum(worth.paid_minor for worth in worths) + sum(charge.total_minor for charge in charges),
        status=rules.status_of(ended, after),
    )


def _event(order: Order, plan: _Plan, reason: CancelReason, act: Act) -> OrderEvent:
    facts: dict[str, Fact] = {
        "reason": reason.value,
        "units": sum(n for _, n in plan.chosen),
        "amountMinor": plan.amount_minor,
        "currency": order.currency,
        "shippingMinor": sum(charge.total_minor for charge in plan.charges),
        "refunded": order.capture_requested,
    }
    changes = [Change(str(line.id), "canceled", line.canceled, line.canceled + n) for line, n in plan.chosen]
    if reason is CancelReason.SHORT_PICK:
        changes += [Change(str(line.id), "short", line.short, line.short + n) for line, n in plan.chosen]
    changes += [timeline.moved(found, FulfillmentStatus.CANCELED) for found in plan.canceled]
    changes += [Change(str(charge.id), "canceled", before=False, after=True) for charge in plan.charges]
    before = order.canceled_minor
    changes.append(Change(str(order.id), "canceledMinor", before, before + plan.amount_minor))
    return timeline.step(order.id, OrderEventKind.UNITS_CANCELED, facts, act, changes)


def _move_money(
    conn: WriteConnection,
    order: Order,
    amount_minor: int,
    reference: str,
    act: Act,
    cash_location_id: LocationId | None,
) -> None:
    if order.capture_requested:
        back = Money(amount_minor, order.currency)
        payments.reserve_refund(conn, order.id, back, reference, act, cash_location_id=cash_location_id)
    elif order.still_due_minor == amount_minor:
        # Nothing is left to take: a capture of nothing releases every promise.
        payments.request_capture(conn, order.id, Money(0, order.currency), act)


def _release_stock(conn: WriteConnection, order: Order, plan: _Plan, act: Act) -> None:
    places = {found.id: found for found in plan.fulfillments if found.method in _IN_STOCK_OF_OURS}
    freed = [
        take
        for line, quantity in plan.chosen
        if line.fulfillment_order_id in places
        for take in fulfilling.takes(places[line.fulfillment_order_id], [(line, quantity)])
    ]
    if freed:
        inventory.uncommit(conn, freed, order.id, act)


def _write(conn: WriteConnection, order: Order, plan: _Plan, reason: CancelReason, event: OrderEvent, act: Act) -> int:
    short = reason is CancelReason.SHORT_PICK
    store_writes.add(conn, [Counters(line.id, canceled=n, short=n if short else 0) for line, n in plan.chosen])
    store_writes.move_fulfillments(conn, [found.id for found in plan.canceled], FulfillmentStatus.CANCELED, act.now)
    store_writes.cancel_charges(conn, [charge.id for charge in plan.charges])
    steps = [event]
    if plan.status is not order.status:
        steps.append(fulfilling.status_step(order, plan.status, act))
    store_writes.insert_events(conn, steps)
    version = store_writes.bump(
        conn,
        order.id,
        canceled_minor=plan.amount_minor,
        released_minor=0 if order.capture_requested else plan.amount_minor,
        status=plan.status,
    )
    timeline.announce(conn, order.id, version, act)
    return version


def _end_what_is_complete(conn: WriteConnection, order: Order, plan: _Plan, act: Act) -> None:
    """The rest was canceled, so what left before is all there will be."""
    touched = {line.fulfillment_order_id for line, _ in plan.chosen}
    alive = {line.fulfillment_order_id for line in plan.lines if line.open}
    for found in plan.fulfillments:
        if found.id not in touched - alive or found.status is FulfillmentStatus.CANCELED:
            continue
        if found.method is FulfillmentMethod.PICK_UP:
            fulfilling.end(conn, order, plan.lines, found, FulfillmentStatus.PICKED_UP, act)
            continue
        store_writes.move_fulfillments(conn, [found.id], FulfillmentStatus.SHIPPED, act.now)
        shipped = replace(found, status=FulfillmentStatus.SHIPPED)
        change = timeline.moved(found, FulfillmentStatus.SHIPPED)
        timeline.record_event(conn, order.id, OrderEventKind.FULFILLMENT_MOVED, {}, act, [change])
        parcels = store_shipments.shipments_of_fulfillment_orders(conn, [found.id]).get(found.id, ())
        if all(parcel.status is ShipmentStatus.DELIVERED for parcel in parcels):
            fulfilling.end(conn, order, plan.lines, shipped, FulfillmentStatus.DELIVERED, act)
