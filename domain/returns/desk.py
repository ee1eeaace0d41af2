"""What a step on returns needs to know of its order, read under the order's lock, and how it writes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.acts import Act, ActorKind
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Fact
from domain.events import store as events
from domain.events.store import Topic
from domain.locations import store as locations
from domain.locations.model import Location, LocationId
from domain.orders import store as orders
from domain.orders import store_writes, timeline
from domain.orders.model import Order, OrderEventKind, OrderId, OrderLine, OrderLineId
from domain.orders.store_writes import Counters
from domain.policies.model import ReturnPolicy
from domain.returns import store
from domain.returns.errors import LocationNotAllowed
from domain.returns.model import Return, ReturnEvent, ReturnEventKind, ReturnId, SlotRange


@dataclass(frozen=True, slots=True)
class Desk:
    """An order opened for a step on its returns.

    Attributes:
        policy: the one that held in the order's sales channel when it was placed.
        lines: every line of the order, in receipt order.
        slots: what returns hold of each line.
    """

    order: Order
    policy: ReturnPolicy
    lines: Mapping[OrderLineId, OrderLine]
    slots: Mapping[OrderLineId, Sequence[SlotRange]]

    def settled(self) -> dict[OrderLineId, int]:
        """Units of each line that returns have paid for so far."""
        return {line_id: sum(held.settled for held in ranges) for line_id, ranges in self.slots.items()}


def opened(conn: WriteConnection, order_id: OrderId) -> Desk:
    """Lock an order and read what its returns hold.

    Raises:
        OrderNotFound: there is none.
    """
    order, policy = store.lock_order(conn, order_id)
    return _desk(conn, order, policy, orders.lock_lines_of(conn, order_id))


def looked_at(conn: ReadConnection, order_id: OrderId) -> Desk:
    """The same without a lock, for quotes.

    Raises:
        OrderNotFound: there is none.
    """
    order, policy = store.order(conn, order_id)
    return _desk(conn, order, policy, orders.lines_of_orders(conn, [order_id]).get(order_id, ()))


def _desk(conn: ReadConnection, order: Order, policy: ReturnPolicy, lines: Sequence[OrderLine]) -> Desk:
    claimed = [line.id for line in lines if line.claimed]
    slots = store.slots_of_order_lines(conn, claimed) if claimed else {}
    return Desk(order, policy, {line.id: line for line in lines}, slots)


def claimed(conn: WriteConnection, desk: Desk, units: Mapping[OrderLineId, int]) -> Desk:
    """The desk after units were claimed, or given back when negative. The caller has checked them."""
    store_writes.add(conn, [Counters(line_id, claimed=quantity) for line_id, quantity in units.items()])
    lines = {
        line_id: replace(line, claimed=line.claimed + units.get(line_id, 0)) for line_id, line in desk.lines.items()
    }
    return replace(desk, lines=lines)


def receiving_location(conn: ReadConnection, location_id: LocationId, act: Act) -> Location:
    """The place where goods come back.

    Raises:
        LocationNotAllowed: it takes no returns, or the caller may not act there.
    """
    return check_receives(locations.by_ids(conn, [location_id]).get(location_id), act)


def check_receives(place: Location | None, act: Act) -> Location:
    """A place that was looked up, if goods may come back there.

    Raises:
        LocationNotAllowed: as in `receiving_location`.
    """
    if place is None or not place.active or not place.receives_returns:
        raise LocationNotAllowed
    if not act.actor.works_at(place.id) and act.actor.kind is not ActorKind.PARTNER:
        raise LocationNotAllowed
    return place


def note(conn: WriteConnection, found: Return, kind: ReturnEventKind, facts: dict[str, Fact], act: Act) -> None:
    """Write a step to the return's and the order's timelines and wake whoever watches either."""
    store.insert_event(conn, ReturnEvent(act.new_id(), found.id, kind, act.actor.kind, act.actor.id, act.now, facts))
    told: dict[str, Fact] = {"returnNumber": found.number, "step": kind.value, "status": found.status.value}
    timeline.record_event(conn, found.order_id, OrderEventKind.RETURN_CHANGED, told, act)
    events.publish(conn, act, Topic.RETURN, [(found.id, found.version)])


def reopened(conn: WriteConnection, return_id: ReturnId) -> tuple[Desk, Return]:
    """Lock the order of a return, then read the return.

    Raises:
        ReturnNotFound: there is no such return.
    """
    desk = opened(conn, store.order_of(conn, return_id))
    return desk, store.one(conn, return_id)
