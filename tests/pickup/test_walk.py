"""A random walk: whatever is tried in whatever order, the invariants hold."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.orders import store as orders
from domain.orders.model import FulfillmentStatus, Units
from domain.pickup import rules, service, store
from domain.pickup.model import (
    HandOver,
    PickedLine,
    RejectReason,
    ShortReason,
    Verification,
)
from tests.inventory.shelves import SHIRT, SOCKS, YORK
from tests.pickup.counter import Ordered, captured, ordered

MakeAct = Callable[..., Act]
Step = Callable[[WriteConnection, Ordered, Act], object]


def prepare(conn: WriteConnection, made: Ordered, act: Act) -> None:
    service.prepare(conn, made.id, act)
    captured(conn, made, act)


STEPS: dict[str, Step] = {
    "accept": lambda conn, made, act: service.accept(conn, made.id, act),
    "reject": lambda conn, made, act: service.reject(conn, made.id, RejectReason.NOT_FOUND, act),
    "decline": lambda conn, made, act: service.reject(conn, made.id, RejectReason.DAMAGED, act, re_source=False),
    "pick one": lambda conn, made, act: service.pick(conn, made.id, [PickedLine(made.shirts, picked=1)], act),
    "pick short": lambda conn, made, act: service.pick(
        conn, made.id, [PickedLine(made.shirts, short=1, short_reason=ShortReason.NOT_FOUND)], act
    ),
    "pick damaged": lambda conn, made, act: service.pick(
        conn, made.id, [PickedLine(made.socks, short=1, short_reason=ShortReason.DAMAGED)], act
    ),
    "prepare": prepare,
    "arrive": lambda conn, made, act: service.check_in(conn, made.id, act),
    "name": lambda conn, made, act: service.set_person(conn, made.id, "Bob", act),
    "hand one": lambda conn, made, act: service.hand_over(
        conn, HandOver(made.id, Verification.IDENTITY, units=(Units(made.shirts, 1),), proof="passport"), act
    ),
    "hand all": lambda conn, made, act: service.hand_over(
        conn, HandOver(made.id, Verification.IDENTITY, proof="passport"), act
    ),
    "expire": lambda conn, made, act: service.expire(conn, made.id, act),
    "extend": lambda conn, made, act: service.extend(conn, made.id, 9, act),
    "give up": lambda conn, made, act: service.cancel_no_show(conn, made.id, act),
    "reshelve": lambda conn, made, act: service.reshelve(conn, made.id, None, act),
}
WALK = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from([0, 0, 0, 4, 30])), max_size=25)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=WALK)
def test_no_order_of_steps_breaks_an_invariant(
    conn: WriteConnection, make_act: MakeAct, walk: list[tuple[str, int]]
) -> None:
    attempt = conn.begin_nested()
    start = make_act()
    made = ordered(conn, start)
    inventory.receive_many(conn, [Take(SHIRT, YORK, 3), Take(SOCKS, YORK, 1)], start)
    now, status = start.now, FulfillmentStatus.OPEN
    for name, days in walk:
        now += timedelta(days=days)
        with suppress(Refused), conn.begin_nested():
            STEPS[name](conn, made, make_act(at=now))
        status = _checked(conn, made, status)
    attempt.rollback()


def _checked(conn: WriteConnection, made: Ordered, before: FulfillmentStatus) -> FulfillmentStatus:
    status = orders.fulfillment_order(conn, made.id).status
    assert status is before or _reaches(before, status)
    lines = orders.lines_of_fulfillment_orders(conn, [made.id])[made.id]
    handed: dict[object, int] = {}
    for handover in store.handovers(conn, [made.id]).get(made.id, ()):
        assert handover.proof is not None
        for units in handover.units:
            handed[units.line_id] = handed.get(units.line_id, 0) + units.quantity
    for line in lines:
        assert handed.get(line.id, 0) == line.fulfilled <= line.picked <= line.quantity
    pickup = store.pickups(conn, [made.id]).get(made.id)
    if status in rules.WAITING:
        assert pickup is not None
        assert pickup.code is not None
        assert pickup.promised_at is not None
        assert pickup.expires_at is not None
    assert inventory.verify(conn) == []
    return status


def _reaches(before: FulfillmentStatus, after: FulfillmentStatus) -> bool:
    """One command may take several steps: a reshelving cancels first, a part collected ends as collected."""
    frontier = {before}
    for _ in range(3):
        frontier |= {to for status in frontier for to in rules.NEXT[status]}
    return after in frontier
