"""The pure decisions of pickups."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.orders.errors import InvalidTransition
from domain.orders.model import NEXT as ORDER_NEXT
from domain.orders.model import FulfillmentOrderId, FulfillmentStatus, OrderLineId, Units
from domain.pickup import rules, steps
from domain.pickup.errors import AlreadyHandedOver, TextInvalid
from domain.pickup.model import Pickup
from domain.policies.model import PickupPolicy
from tests.inventory.shelves import SOHO, store_in

S = FulfillmentStatus
AN_HOUR = PickupPolicy(preparation_minutes=60)
ID = FulfillmentOrderId(UUID(int=5))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_status_leads_to_an_end() -> None:
    for start in rules.NEXT:
        reached, frontier = {start}, {start}
        while frontier:
            frontier = {after for status in frontier for after in rules.NEXT[status]} - reached
            reached |= frontier
        assert reached & rules.ENDED, f"{start} is a dead end"


def test_only_the_ends_lead_nowhere() -> None:
    assert {status for status, after in rules.NEXT.items() if not after} == rules.ENDED


def test_pickups_step_where_orders_do_and_back_to_ready_after_a_part_was_collected() -> None:
    more = {(one, to) for one, after in rules.NEXT.items() for to in after if to not in ORDER_NEXT[one]}
    assert more == {(S.CUSTOMER_ARRIVED, S.READY_FOR_PICKUP)}


def test_a_step_that_is_not_in_the_table_is_refused_by_name() -> None:
    with pytest.raises(InvalidTransition) as refused:
        rules.require_next(S.OPEN, S.PICKED_UP)
    assert refused.value.facts == {"status": "OPEN"}
    with pytest.raises(AlreadyHandedOver):
        rules.require_next(S.PICKED_UP, S.EXPIRED)


def test_the_deadline_is_the_midnight_after_the_last_day_where_the_store_is() -> None:
    assert rules.deadline(utc("2026-01-10 23:30"), 7, "Europe/London") == utc("2026-01-18 00:00")
    assert rules.deadline(utc("2026-01-10 23:30"), 7, "Asia/Tokyo") == utc("2026-01-18 15:00")
    assert rules.deadline(utc("2026-01-10 05:00"), 7, "Pacific/Honolulu") == utc("2026-01-17 10:00")


def test_the_deadline_keeps_local_midnight_when_clocks_change() -> None:
    assert rules.deadline(utc("2026-03-27 12:00"), 1, "Europe/London") == utc("2026-03-29 00:00")
    assert rules.deadline(utc("2026-03-27 12:00"), 2, "Europe/London") == utc("2026-03-29 23:00")


def test_an_order_late_in_the_day_is_promised_for_the_next_opening_and_the_rest() -> None:
    soho = store_in(SOHO, "Soho", 1)
    assert steps.promise(soho, AN_HOUR, utc("2026-01-10 10:00")) == utc("2026-01-10 11:00")
    assert steps.promise(soho, AN_HOUR, utc("2026-01-09 17:40")) == utc("2026-01-10 09:40")
    assert steps.promise(soho, AN_HOUR, utc("2026-01-10 17:40")) == utc("2026-01-12 09:40")  # Sunday is closed
    assert steps.promise(soho, AN_HOUR, utc("2026-03-28 17:40")) == utc("2026-03-30 08:40")  # and clocks went forward


def test_the_clock_decides_who_has_expired() -> None:
    pickup = Pickup(ID, None, ready_at=utc("2026-01-10 10:00"), expires_at=utc("2026-01-18 00:00"))
    before, at = utc("2026-01-17 23:59"), utc("2026-01-18 00:00")
    assert rules.status_at(S.READY_FOR_PICKUP, pickup, before) is S.READY_FOR_PICKUP
    assert rules.status_at(S.READY_FOR_PICKUP, pickup, at) is S.EXPIRED
    assert rules.status_at(S.CUSTOMER_ARRIVED, pickup, at) is S.EXPIRED
    assert rules.status_at(S.PICKED_UP, pickup, at) is S.PICKED_UP


def test_reminders_come_three_days_and_one_day_before_unless_that_has_passed() -> None:
    expires_at = utc("2026-01-18 00:00")
    assert rules.reminders(expires_at, PickupPolicy(), utc("2026-01-10 10:00")) == [
        utc("2026-01-15 00:00"),
        utc("2026-01-17 00:00"),
    ]
    assert rules.reminders(expires_at, PickupPolicy(), utc("2026-01-16 10:00")) == [utc("2026-01-17 00:00")]
    assert rules.reminders(expires_at, PickupPolicy(), expires_at - timedelta(hours=1)) == []


@pytest.mark.parametrize("shown", ["123456", " 123 456 ", "PICKUP:00000000000000000000000000000005:123456"])
def test_a_code_is_recognized_typed_or_scanned(shown: str) -> None:
    assert rules.code_matches(Pickup(ID, None, code="123456"), shown)


@pytest.mark.parametrize(
    "shown", ["123457", "12345", "1234567", "", None, "PICKUP:00000000000000000000000000000006:123456"]
)
def test_anything_else_is_not_the_code(shown: str | None) -> None:
    assert not rules.code_matches(Pickup(ID, None, code="123456"), shown)


def test_a_pickup_without_a_code_is_opened_by_none() -> None:
    assert not rules.code_matches(Pickup(ID, None), "")
    assert not rules.code_matches(Pickup(ID, None), None)


def test_the_qr_code_holds_the_pickup_and_its_code() -> None:
    assert rules.qr_payload(ID, "123456") == "PICKUP:00000000000000000000000000000005:123456"


def test_goods_go_back_on_the_shelf_in_parts() -> None:
    one, two = OrderLineId(UUID(int=1)), OrderLineId(UUID(int=2))
    staged = (Units(one, 3), Units(two, 1))
    assert rules.reshelving(staged, None) == (staged, ())
    assert rules.reshelving(staged, [Units(one, 2)]) == ((Units(one, 2),), (Units(one, 1), Units(two, 1)))


@pytest.mark.parametrize("text", ["", "   ", "x" * 201])
def test_an_empty_or_endless_text_is_refused(text: str) -> None:
    with pytest.raises(TextInvalid) as refused:
        rules.trimmed("name", text)
    assert refused.value.field == ("input", "name")
