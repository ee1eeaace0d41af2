"""Who sees a pickup, and what is told of it, on both engines, in exact values."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.acts import Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.events import store as events
from domain.orders.errors import FulfillmentOrderNotFound, WrongFulfillmentMethod
from domain.orders.model import FulfillmentMethod, FulfillmentStatus, Units
from domain.paging import Page
from domain.pickup import service, store
from domain.pickup.model import Collector, Handover, MessageKind, Verification
from tests.inventory.shelves import SOHO, YORK
from tests.pickup.counter import ordered
from tests.pickup.steps import DEADLINE, MakeAct, S, by_code, ready


def test_another_stores_associate_sees_no_such_pickup(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    york = Actor(
        ActorKind.ASSOCIATE, "a-1", location_ids=frozenset({YORK}), scopes=frozenset({Scope.WRITE_FULFILLMENT})
    )
    with pytest.raises(FulfillmentOrderNotFound):
        service.hand_over(conn, by_code(conn, made), make_act(york))
    with pytest.raises(FulfillmentOrderNotFound):
        service.attempt_code(conn, made.id, make_act(york))


def test_a_parcel_is_not_a_pickup(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act, method=FulfillmentMethod.SHIPPING)
    with pytest.raises(WrongFulfillmentMethod):
        service.accept(conn, made.id, act)


def test_the_queue_shows_what_waits_and_what_the_clock_has_expired(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())

    def queued(status: FulfillmentStatus, now: datetime) -> list[UUID]:
        return [one.id for one in store.queue(conn, SOHO, [status], now, Page(10)).items]

    assert queued(S.READY_FOR_PICKUP, make_act().now) == [made.id]
    assert queued(S.EXPIRED, make_act().now) == []
    assert queued(S.READY_FOR_PICKUP, DEADLINE) == []
    assert queued(S.EXPIRED, DEADLINE) == [made.id]


def test_every_step_wakes_the_stores_queue(conn: WriteConnection, act: Act) -> None:
    made = ordered(conn, act)
    before = events.newest(conn)
    service.accept(conn, made.id, act)
    changes = [(one.topic, one.key) for one in events.after(conn, before)]
    assert ("pickup_queue", str(SOHO)) in changes
    assert ("order", str(made.order_id)) in changes


def test_a_message_says_what_is_true_when_it_leaves(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    now, over = make_act().now, make_act(at=DEADLINE)
    said = service.message(conn, made.id, MessageKind.READY, DEADLINE, now)
    assert said is not None
    assert (said.email, said.location_name, said.code) == ("ada@example.com", "Soho", made.pickup(conn).code)
    assert service.message(conn, made.id, MessageKind.READY, DEADLINE, DEADLINE) is None
    service.extend(conn, made.id, 3, over)
    assert service.message(conn, made.id, MessageKind.REMINDER, DEADLINE, over.now) is None
    assert service.message(conn, made.id, MessageKind.REMINDER, datetime(2026, 1, 22, tzinfo=UTC), over.now) is not None
    service.hand_over(conn, by_code(conn, made), over)
    assert service.message(conn, made.id, MessageKind.REMINDER, datetime(2026, 1, 22, tzinfo=UTC), over.now) is None


def test_the_record_of_a_handover_names_who_did_it(conn: WriteConnection, make_act: MakeAct) -> None:
    made = ready(conn, make_act())
    soho = Actor(ActorKind.ASSOCIATE, "a-7", location_ids=frozenset({SOHO}), terminal_id=UUID(int=77))
    handover = service.hand_over(conn, by_code(conn, made), make_act(soho))
    assert handover == Handover(
        id=handover.id,
        fulfillment_order_id=made.id,
        verification=Verification.CODE,
        collector=Collector.BUYER,
        person_name=None,
        proof=None,
        actor_kind=ActorKind.ASSOCIATE,
        actor_id="a-7",
        terminal_id=UUID(int=77),
        handed_over_at=make_act().now,
        units=(Units(made.shirts, 3), Units(made.socks, 1)),
    )
