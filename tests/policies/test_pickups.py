"""Pickup policies on both engines: what a change rules, and what it leaves alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.locations import service as locations
from domain.orders import store as orders
from domain.orders.model import FulfillmentStatus
from domain.pickup import service as pickup
from domain.policies import service, store
from domain.policies.model import PickupPolicy, PickupPolicyChange, PolicyLocationId, Unanswered
from tests.conftest import NOW
from tests.inventory.shelves import SOHO
from tests.locations.places import LONDON, store_at
from tests.pickup.counter import opened, ordered, wrapped

MakeAct = Callable[..., Act]
PLACE = PolicyLocationId(SOHO)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_a_new_location_has_the_standard_policy_since_ever(conn: WriteConnection, act: Act) -> None:
    opened = locations.create(conn, store_at("LON", LONDON), act)
    long_ago = datetime(1999, 12, 31, tzinfo=UTC)
    assert store.pickup_policies_at(conn, [opened.id], long_ago) == {opened.id: PickupPolicy()}


def test_a_change_adds_a_version_and_every_moment_keeps_its_own(conn: WriteConnection, make_act: MakeAct) -> None:
    place = PolicyLocationId(locations.create(conn, store_at("LON", LONDON), make_act()).id)
    service.set_pickup_policy(conn, PickupPolicyChange(place, expiry_days=3), make_act(at=at(1)))
    announced = PickupPolicyChange(place, expected_version=2, valid_from=at(10), expiry_days=14)
    service.set_pickup_policy(conn, announced, make_act(at=at(2)))
    service.set_pickup_policy(conn, PickupPolicyChange(place, transfer_hours=48), make_act(at=at(3)))
    held = [store.pickup_policies_at(conn, [place], at(hour))[place] for hour in (0.9, 1, 2.9, 3, 9.9, 10)]
    assert [(one.version, one.expiry_days, one.transfer_hours) for one in held] == [
        (1, 7, 24),
        (2, 3, 24),
        (2, 3, 24),
        (4, 3, 48),
        (4, 3, 48),
        (3, 14, 24),
    ]


def test_a_refused_change_adds_no_version(conn: WriteConnection, act: Act) -> None:
    place = PolicyLocationId(locations.create(conn, store_at("LON", LONDON), act).id)
    changes = {
        "STALE_VERSION": PickupPolicyChange(place, expected_version=7, expiry_days=3),
        "NUMBER_OUT_OF_RANGE": PickupPolicyChange(place, expiry_days=-1),
        "VALID_FROM_INVALID": PickupPolicyChange(place, valid_from=at(-1), expiry_days=3),
        "LOCATION_NOT_FOUND": PickupPolicyChange(PolicyLocationId(act.new_id()), expiry_days=3),
    }
    for code, change in changes.items():
        with pytest.raises(Refused) as refused:
            service.set_pickup_policy(conn, change, act)
        assert refused.value.code == code
    assert store.newest_pickup_version(conn, place) == 1


def test_an_order_keeps_the_deadline_and_the_grace_under_which_it_was_placed(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    made = ordered(conn, make_act())
    change = PickupPolicyChange(PLACE, expiry_days=1, no_show_grace_hours=0, reminder_days=(), extension_days_max=1)
    service.set_pickup_policy(conn, change, make_act(at=at(1)))
    later = wrapped(conn, make_act(at=at(2)), 1)
    for each in (made.id, later):
        pickup.prepare(conn, each, make_act(at=at(3)))
    deadline = datetime(2026, 1, 18, tzinfo=UTC)
    assert made.pickup(conn).expires_at == deadline
    sooner = datetime(2026, 1, 12, tzinfo=UTC)
    assert list(pickup.overdue(conn, sooner)) == [later]
    assert pickup.expire(conn, later, make_act(at=sooner)) is True
    assert list(pickup.no_shows(conn, sooner)) == [later]
    assert pickup.expire(conn, made.id, make_act(at=deadline)) is True
    assert list(pickup.no_shows(conn, deadline + timedelta(hours=23))) == [later]
    assert list(pickup.no_shows(conn, deadline + timedelta(hours=24))) == [later, made.id]
    pickup.extend(conn, made.id, 30, make_act(at=deadline))
    with pytest.raises(Refused) as refused:
        pickup.extend(conn, later, 30, make_act(at=sooner))
    assert (refused.value.code, refused.value.facts["maximum"]) == ("EXTENSION_INVALID", 1)


def test_each_store_is_given_the_time_to_answer_that_its_policy_gives_it(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    opened(conn, make_act())
    patient = PickupPolicyChange(PLACE, accept_within_minutes=120)
    first = wrapped(conn, make_act(at=at(0)), 1)
    service.set_pickup_policy(conn, patient, make_act(at=at(0.1)))
    second = wrapped(conn, make_act(at=at(0.2)), 1)
    assert list(pickup.unanswered(conn, at(0.49))) == []
    assert list(pickup.unanswered(conn, at(0.5))) == [first]
    assert list(pickup.unanswered(conn, at(2.19))) == [first]
    assert list(pickup.unanswered(conn, at(2.2))) == [first, second]
    assert pickup.answer_unanswered(conn, second, make_act(at=at(2.19))) is False


def test_silence_is_rejection_where_the_policy_says_so(conn: WriteConnection, make_act: MakeAct) -> None:
    opened(conn, make_act())
    service.set_pickup_policy(conn, PickupPolicyChange(PLACE, unanswered=Unanswered.REJECT), make_act())
    order = wrapped(conn, make_act(at=at(1)), 1)
    assert pickup.answer_unanswered(conn, order, make_act(at=at(1.5))) is True
    assert store.newest_pickup_version(conn, PLACE) == 2
    assert orders.fulfillment_order(conn, order).status is FulfillmentStatus.CANCELED
