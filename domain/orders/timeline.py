"""The timeline: one row for every step, with who took it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Fact
from domain.events import store as events
from domain.events.store import Topic
from domain.locations.model import LocationId
from domain.orders import store_writes
from domain.orders.model import (
    Change,
    FulfillmentOrder,
    FulfillmentStatus,
    OrderEvent,
    OrderEventId,
    OrderEventKind,
    OrderId,
)


def step(
    order_id: OrderId,
    kind: OrderEventKind,
    facts: dict[str, Fact],
    act: Act,
    changes: Sequence[Change] = (),
) -> OrderEvent:
    """A step that was just taken, to be written by `store_writes.insert_events`."""
    return OrderEvent(
        id=OrderEventId(act.new_id()),
        order_id=order_id,
        kind=kind,
        actor_kind=act.actor.kind,
        actor_id=act.actor.id,
        recorded_at=act.now,
        facts=facts,
        changes=tuple(changes),
    )


def record_event(
    conn: WriteConnection,
    order_id: OrderId,
    kind: OrderEventKind,
    facts: dict[str, Fact],
    act: Act,
    changes: Sequence[Change] = (),
) -> OrderEvent:
    """Append one step to an order's timeline; for rooms above, whose steps belong there too.

    Raises the order's version, so that whoever watches it looks again.
    """
    event = step(order_id, kind, facts, act, changes)
    store_writes.insert_events(conn, [event])
    announce(conn, order_id, store_writes.bump(conn, order_id), act)
    return event


def announce(conn: WriteConnection, order_id: OrderId, version: int, act: Act) -> None:
    """Wake whoever watches this order when the transaction commits."""
    events.publish(conn, act, Topic.ORDER, [(order_id, version)])


def announce_pickups(conn: WriteConnection, places: Iterable[LocationId], act: Act) -> None:
    """Wake whoever watches these stores' queues. A queue has no row, so its version is the time in microseconds."""
    microseconds = (act.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    events.publish(conn, act, Topic.PICKUP_QUEUE, [(place, microseconds) for place in sorted(places)])


def moved(fulfillment: FulfillmentOrder, status: FulfillmentStatus) -> Change:
    """A fulfillment order's change of status."""
    return Change(str(fulfillment.id), "status", fulfillment.status.value, status.value)
