"""What every pickup command does: lock the order, check who acts, move the status, tell the queue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Fact
from domain.inventory.model import Take
from domain.jobs import store as jobs
from domain.locations import rules as hours
from domain.locations import store as locations
from domain.locations.model import Location
from domain.orders import fulfilling, store_writes, timeline
from domain.orders import service as orders
from domain.orders.errors import FulfillmentOrderNotFound, WrongFulfillmentMethod
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    Order,
    OrderEventKind,
    OrderLine,
    Units,
)
from domain.pickup import rules, store
from domain.pickup.model import MessageKind, Pickup
from domain.policies.model import PickupPolicy

MESSAGE_JOB = "pickup.message"


@dataclass(frozen=True, slots=True)
class Locked:
    """A pickup whose order is locked. `lines` are the fulfillment order's own, in receipt order; `policy` is the one that
    held at the location when it was ordered."""

    order: Order
    fulfillment: FulfillmentOrder
    lines: Sequence[OrderLine]
    location: Location
    pickup: Pickup
    policy: PickupPolicy

    def takes(self, units: Sequence[Units]) -> list[Take]:
        """The stock that units of these lines are."""
        quantities = {one.line_id: one.quantity for one in units}
        chosen = [(line, quantities[line.id]) for line in self.lines if line.id in quantities]
        return fulfilling.takes(self.fulfillment, chosen)


def lock(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act, *, by_store: bool = True) -> Locked:
    """Lock a pickup's order and read all of it.

    Raises:
        FulfillmentOrderNotFound: there is none, or (`by_store`) the actor does not work there.
        WrongFulfillmentMethod: its goods are not collected.
    """
    order, lines, fulfillment = orders.lock_fulfillment(conn, fulfillment_order_id)
    if fulfillment.location_id is None or (by_store and not act.actor.works_at(fulfillment.location_id)):
        raise FulfillmentOrderNotFound
    if fulfillment.method is not FulfillmentMethod.PICK_UP:
        raise WrongFulfillmentMethod(fulfillment.method)
    location = locations.by_ids(conn, [fulfillment.location_id])[fulfillment.location_id]
    pickup, policy = store.with_policy(conn, fulfillment.id)
    if pickup is None:
        pickup = Pickup(fulfillment.id, promised_at=promise(location, policy, fulfillment.created_at))
    own = [line for line in lines if line.fulfillment_order_id == fulfillment.id]
    return Locked(order, fulfillment, own, location, pickup, policy)


def promise(location: Location, policy: PickupPolicy, since: datetime) -> datetime | None:
    """When something ordered at `since` is ready, inside the store's opening hours; None when it never opens."""
    return hours.promise(location.hours, since, policy.preparation_minutes)


def move(conn: WriteConnection, found: Locked, status: FulfillmentStatus, act: Act, **facts: Fact) -> FulfillmentOrder:
    """Take a step of `rules.NEXT` and write it to the timeline.

    Raises:
        InvalidTransition, AlreadyHandedOver: the status does not lead there.
    """
    before = found.fulfillment
    rules.require_next(before.status, status)
    store_writes.move_fulfillments(conn, [before.id], status, act.now)
    change = timeline.moved(before, status)
    told: dict[str, Fact] = {"fulfillmentOrderId": str(before.id), "status": status.value, **facts}
    orders.record_event(conn, found.order.id, OrderEventKind.FULFILLMENT_MOVED, told, act, [change])
    return replace(before, status=status, changed_at=act.now, version=before.version + 1)


def announce(conn: WriteConnection, found: Locked, act: Act) -> None:
    """Wake whoever watches the store's queue."""
    timeline.announce_pickups(conn, [found.location.id], act)


def tell(
    conn: WriteConnection,
    pickup: Pickup,
    kind: MessageKind,
    act: Act,
    *,
    about: datetime | None = None,
    run_at: datetime | None = None,
) -> None:
    """Write the job that tells the buyer, once for each kind and moment it is about."""
    moment = (about or act.now).isoformat()
    jobs.enqueue(
        conn,
        act,
        MESSAGE_JOB,
        {"fulfillmentOrderId": str(pickup.fulfillment_order_id), "kind": kind.value, "about": moment},
        run_at=run_at,
        dedupe_key=f"{MESSAGE_JOB}:{pickup.fulfillment_order_id}:{kind}:{(run_at or act.now).isoformat()}",
    )
