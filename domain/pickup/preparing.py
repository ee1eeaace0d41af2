"""The store's part: accept, reject, pick, prepare."""

from collections.abc import Sequence
from dataclasses import replace

from domain.acts import Act
from domain.codes import digits
from domain.connections import WriteConnection
from domain.inventory import rules as stock_rules
from domain.inventory import service as inventory
from domain.inventory import store as stock
from domain.inventory.model import SourceLine
from domain.locations import store as locations
from domain.locations.model import LocationId
from domain.orders import service as orders
from domain.orders.errors import InvalidTransition
from domain.orders.model import CancelReason, FulfillmentOrderId, FulfillmentStatus, Units
from domain.pickup import rules, steps, store
from domain.pickup.errors import NothingToPick
from domain.pickup.model import CODE_LENGTH, MessageKind, PickedLine, RejectReason, ShortReason
from domain.pickup.steps import Locked

_UNSERVED = {
    RejectReason.NOT_FOUND: CancelReason.OUT_OF_STOCK,
    RejectReason.DAMAGED: CancelReason.OUT_OF_STOCK,
    RejectReason.CANNOT_SERVE: CancelReason.OTHER,
}


def accept(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act) -> FulfillmentOrderId:
    """The store will serve this pickup. Again is a no-op.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        InvalidTransition, AlreadyHandedOver: it is past accepting.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    if found.fulfillment.status is not FulfillmentStatus.ACCEPTED:
        steps.move(conn, found, FulfillmentStatus.ACCEPTED, act)
        store.save(conn, found.pickup)
        steps.announce(conn, found, act)
    return fulfillment_order_id


def reject(
    conn: WriteConnection,
    fulfillment_order_id: FulfillmentOrderId,
    reason: RejectReason,
    act: Act,
    *,
    re_source: bool = True,
) -> FulfillmentOrderId:
    """The store cannot serve what is still to be picked. With `re_source` one other location that has all of it sends it
    here and the pickup waits for that transfer; when there is none, or without it, the units are canceled.

    Goods that were not found leave the store's stock, damaged ones are set aside.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        InvalidTransition, AlreadyHandedOver: it is past rejecting.
        NothingToPick: everything has been picked.
        Refused: as `orders.service.cancel_units`.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    rules.require_next(found.fulfillment.status, FulfillmentStatus.WAITING_FOR_TRANSFER)
    units = [Units(line.id, rules.to_pick(line)) for line in found.lines if rules.to_pick(line)]
    if not units:
        raise NothingToPick
    origin = _origin(conn, found, units, act) if re_source else None
    if origin is None:
        _give_up(conn, found, units, _UNSERVED[reason], act)
    else:
        inventory.transfer(conn, found.takes(units), origin, _reference(found), act)
        _wait_for(conn, found, origin, reason, act)
    if reason is RejectReason.NOT_FOUND:
        inventory.write_off(conn, found.takes(units), _reference(found), act)
    elif reason is RejectReason.DAMAGED:
        inventory.quarantine(conn, found.takes(units), _reference(found), act)
    steps.announce(conn, found, act)
    return fulfillment_order_id


def pick(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, report: Sequence[PickedLine], act: Act
) -> FulfillmentOrderId:
    """Units were taken from the shelf, or were not there: short units are canceled, so that less is captured.

    Picking what waited for a transfer says that it has arrived. Picking an open pickup accepts it.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        InvalidTransition, AlreadyHandedOver: it is past picking.
        QuantityInvalid, DuplicateLine, LineNotFound, QuantityExceedsFulfillable: the report is wrong.
        Refused: as `orders.service.cancel_units`.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    status = found.fulfillment.status
    if status is not FulfillmentStatus.PICKING:
        rules.require_next(status, FulfillmentStatus.PICKING)
    picking = rules.picking(found.lines, report)
    if status is not FulfillmentStatus.PICKING:
        found = replace(found, fulfillment=steps.move(conn, found, FulfillmentStatus.PICKING, act))
    store.save(conn, found.pickup)
    if picking.picked:
        orders.record_picks(conn, fulfillment_order_id, picking.picked)
    if picking.short:
        _give_up(conn, found, [units for units, _ in picking.short], CancelReason.SHORT_PICK, act)
        lost = [units for units, reason in picking.short if reason is ShortReason.NOT_FOUND]
        damaged = [units for units, reason in picking.short if reason is ShortReason.DAMAGED]
        inventory.write_off(conn, found.takes(lost), _reference(found), act)
        inventory.quarantine(conn, found.takes(damaged), _reference(found), act)
    steps.announce(conn, found, act)
    return fulfillment_order_id


def prepare(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act, *, shelf: str | None = None
) -> FulfillmentOrderId:
    """The goods wait at the counter: issue the code, set the deadline, ask for the money and tell the buyer, once.

    Units that were not picked yet count as picked now. Again is a no-op.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        InvalidTransition, AlreadyHandedOver: it cannot become ready now.
        PaymentNotAuthorized: the order's card payment still waits for its authorization.
        TextInvalid: `shelf` is empty or too long.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    if found.fulfillment.status in rules.WAITING:
        return fulfillment_order_id
    if found.fulfillment.status is FulfillmentStatus.EXPIRED:  # only `extend` brings it back
        raise InvalidTransition(found.fulfillment.status)
    units = [Units(line.id, rules.to_pick(line)) for line in found.lines if rules.to_pick(line)]
    steps.move(conn, found, FulfillmentStatus.READY_FOR_PICKUP, act)
    if units:
        orders.record_picks(conn, fulfillment_order_id, units)
    expires_at = rules.deadline(act.now, found.policy.expiry_days, found.location.time_zone)
    pickup = replace(
        found.pickup,
        ready_at=act.now,
        expires_at=expires_at,
        code=digits(CODE_LENGTH, act.new_secret),
        shelf=rules.trimmed("shelf", shelf),
    )
    store.save(conn, pickup)
    orders.request_capture(conn, found.order, act)
    steps.tell(conn, pickup, MessageKind.READY, act, about=expires_at)
    for moment in rules.reminders(expires_at, found.policy, act.now):
        steps.tell(conn, pickup, MessageKind.REMINDER, act, about=expires_at, run_at=moment)
    steps.announce(conn, found, act)
    return fulfillment_order_id


def _wait_for(conn: WriteConnection, found: Locked, origin: LocationId, reason: RejectReason, act: Act) -> None:
    steps.move(conn, found, FulfillmentStatus.WAITING_FOR_TRANSFER, act, reason=reason.value, origin=str(origin))
    promised_at = steps.promise(found.location, found.policy, act.now + found.policy.transfer_takes)
    pickup = replace(found.pickup, promised_at=promised_at, transfer_from=origin)
    store.save(conn, pickup)
    steps.tell(conn, pickup, MessageKind.DELAYED, act)


def _give_up(conn: WriteConnection, found: Locked, units: Sequence[Units], reason: CancelReason, act: Act) -> None:
    store.save(conn, found.pickup)
    orders.cancel_units(conn, found.order.id, units, reason, act)
    gone = {one.line_id: one.quantity for one in units}
    alive = any(line.open > gone.get(line.id, 0) for line in found.lines)
    steps.tell(conn, found.pickup, MessageKind.CHANGED if alive else MessageKind.CANCELED, act)


def _origin(conn: WriteConnection, found: Locked, units: Sequence[Units], act: Act) -> LocationId | None:
    """The most preferred other location that has all of it; None when none has."""
    takes = found.takes(units)
    kept = stock.stock_rules(conn, [take.variant_id for take in takes])
    lines = [
        SourceLine(str(n), take.variant_id, take.quantity)
        for n, take in enumerate(takes)
        if kept.get(take.variant_id, stock_rules.TRACKED).tracked
    ]
    levels = stock.availability_of_variants(conn, [line.variant_id for line in lines], act.now)
    free = {
        (level.variant_id, level.location_id): level.available for found_in in levels.values() for level in found_in
    }
    others = [place.id for place in locations.all_active(conn) if place.ships and place.id != found.location.id]
    chosen = {place: stock_rules.source(lines, free, [place]) for place in others} if lines else {}
    return next((place for place, sources in chosen.items() if sources is not None), None)


def _reference(found: Locked) -> str:
    return f"pickup:{found.fulfillment.id}"
