"""The clock's part: pickups that nobody answers, nobody collects, and goods that go back on the shelf."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Fact
from domain.inventory import service as inventory
from domain.orders import service as orders
from domain.orders.model import CancelReason, FulfillmentOrderId, FulfillmentStatus, OrderEventKind, Units
from domain.pickup import preparing, rules, steps, store
from domain.pickup.errors import NothingToReshelve
from domain.pickup.model import MessageKind, Pickup, RejectReason
from domain.pickup.steps import Locked
from domain.policies.model import Unanswered

SWEEP_MAX = 100


def unanswered(conn: ReadConnection, now: datetime, limit: int = SWEEP_MAX) -> Sequence[FulfillmentOrderId]:
    """Pickups that a store has left unanswered for longer than its policy allows; each is for `answer_unanswered`."""
    return store.unanswered(conn, now, limit)


def answer_unanswered(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act) -> bool:
    """Answer in the store's name as its policy says, if it is still unanswered; whether it was.

    Raises:
        Refused: as `preparing.reject`.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    too_early = found.fulfillment.created_at + found.policy.accept_within > act.now
    if found.fulfillment.status is not FulfillmentStatus.OPEN or too_early:
        return False
    match found.policy.unanswered:
        case Unanswered.ACCEPT:
            preparing.accept(conn, fulfillment_order_id, act)
        case Unanswered.REJECT:
            preparing.reject(conn, fulfillment_order_id, RejectReason.CANNOT_SERVE, act)
    return True


def overdue(conn: ReadConnection, now: datetime, limit: int = SWEEP_MAX) -> Sequence[FulfillmentOrderId]:
    """Pickups whose deadline has passed and that still wait; each is for `expire`."""
    return store.past_deadline(conn, now, limit)


def expire(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act) -> bool:
    """Write down that the deadline has passed, if the goods still wait; whether they did. Tells the buyer."""
    found = steps.lock(conn, fulfillment_order_id, act)
    if found.fulfillment.status not in rules.WAITING or not rules.is_expired(found.pickup, act.now):
        return False
    steps.move(conn, found, FulfillmentStatus.EXPIRED, act)
    store.save(conn, replace(found.pickup, arrival=None))
    steps.tell(conn, found.pickup, MessageKind.EXPIRED, act)
    steps.announce(conn, found, act)
    return True


def no_shows(conn: ReadConnection, now: datetime, limit: int = SWEEP_MAX) -> Sequence[FulfillmentOrderId]:
    """Expired pickups that nobody has extended in time; each is for `cancel_no_show`."""
    return store.past_grace(conn, now, limit)


def cancel_no_show(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act) -> bool:
    """Cancel and refund what was never collected, if its grace is over; whether it was. The goods stay set aside.

    Raises:
        Refused: as `orders.service.cancel_units`, when the money cannot go back now.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    expired_before = act.now - found.policy.no_show_grace
    if found.fulfillment.status is not FulfillmentStatus.EXPIRED or not rules.is_expired(found.pickup, expired_before):
        return False
    _cancel(conn, found, act)
    return True


def reshelve(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, units: Sequence[Units] | None, act: Act
) -> FulfillmentOrderId:
    """Goods of a no-show are back on the shelf and sellable; all of them when none are named.

    An expired pickup whose grace still runs is canceled first: goods on the shelf cannot be handed over.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        NothingToReshelve: no goods of it wait.
        QuantityInvalid, DuplicateLine, LineNotFound, QuantityExceedsFulfillable: the choice is wrong.
        Refused: as `cancel_no_show`.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    pickup = found.pickup
    if found.fulfillment.status is FulfillmentStatus.EXPIRED:
        pickup = _cancel(conn, found, act)
    if not pickup.staged:
        raise NothingToReshelve
    back, left = rules.reshelving(pickup.staged, units)
    inventory.release_quarantine(conn, found.takes(back), _reference(found), act)
    reshelved_at = None if left else act.now
    store.save(conn, replace(pickup, staged=left, reshelved_at=reshelved_at))
    facts: dict[str, Fact] = {
        "fulfillmentOrderId": str(fulfillment_order_id),
        "reshelvedUnits": sum(one.quantity for one in back),
    }
    orders.record_event(conn, found.order.id, OrderEventKind.FULFILLMENT_MOVED, facts, act)
    steps.announce(conn, found, act)
    return fulfillment_order_id


def _cancel(conn: WriteConnection, found: Locked, act: Act) -> Pickup:
    units = [Units(line.id, line.open) for line in found.lines if line.open]
    if any(line.fulfilled for line in found.lines):
        # A part was collected, so the pickup ends as collected; orders lets only a waiting one end so.
        steps.move(conn, found, FulfillmentStatus.READY_FOR_PICKUP, act)
    orders.cancel_units(conn, found.order.id, units, CancelReason.NO_SHOW, act)
    inventory.quarantine(conn, found.takes(units), _reference(found), act)
    pickup = replace(found.pickup, code=None, staged=tuple(units))
    store.save(conn, pickup)
    steps.tell(conn, pickup, MessageKind.CANCELED, act)
    steps.announce(conn, found, act)
    return pickup


def _reference(found: Locked) -> str:
    return f"pickup:{found.fulfillment.id}"
