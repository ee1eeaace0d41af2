"""The commands of the stock room, on both engines."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.catalog.model import VariantId
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.events import store as events
from domain.inventory import service, store
from domain.inventory.errors import (
    BelowCommitted,
    LocationNotFound,
    NotTracked,
    OutOfStock,
    QuantityInvalid,
    VariantNotFound,
)
from domain.inventory.model import (
    Adjust,
    AdjustmentReason,
    Bucket,
    Finding,
    Movement,
    MovementReason,
    Take,
    Want,
)
from domain.inventory.tables import InventoryLevelRow
from domain.locations.tables import LocationRow
from domain.tables import table_of
from tests.inventory.shelves import GIFT_WRAP, PREORDER, SHIRT, SOCKS, SOHO, YORK, stock, stocked

ORDER, OTHER_ORDER = UUID(int=501), UUID(int=502)
MakeAct = Callable[..., Act]


def seen(conn: WriteConnection, act: Act, variant_id: VariantId = SHIRT) -> tuple[int, int, int, int]:
    """(available, on hand, committed, held) in Soho."""
    level = store.availability(conn, [(variant_id, SOHO)], act.now)[variant_id, SOHO]
    return level.available, level.on_hand, level.committed, level.held


def hold(conn: WriteConnection, act: Act, units: int, *, owner: str = "cart-1", minutes: int = 15) -> None:
    service.hold(conn, [Want(SHIRT, SOHO, units, "a")], act, owner=owner, until=act.now + timedelta(minutes=minutes))


def test_a_hold_lowers_what_is_available_and_not_what_is_there(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=10)
    hold(conn, act, 3)
    assert seen(conn, act) == (7, 10, 0, 3)
    assert service.verify(conn) == []


def test_what_others_hold_is_not_free_and_a_refused_hold_leaves_no_trace(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    hold(conn, act, 2)
    before = store.availability(conn, [(SHIRT, SOHO)], act.now)
    with pytest.raises(OutOfStock) as refused, conn.begin_nested():
        hold(conn, act, 4, owner="cart-2")
    assert refused.value.facts == {"available": 3, "variantId": str(SHIRT), "lineKey": "a"}
    assert store.availability(conn, [(SHIRT, SOHO)], act.now) == before


def test_a_variant_without_a_level_has_nothing(conn: WriteConnection, act: Act) -> None:
    stocked(conn, act)
    with pytest.raises(OutOfStock) as refused:
        hold(conn, act, 1)
    assert refused.value.facts["available"] == 0


def test_an_expired_hold_blocks_nothing_although_no_job_ran(conn: WriteConnection, make_act: MakeAct) -> None:
    now = make_act()
    stock(conn, now, shirts=5)
    hold(conn, now, 5)
    at_expiry = make_act(at=now.now + timedelta(minutes=15))
    assert seen(conn, at_expiry) == (5, 5, 0, 0)
    hold(conn, at_expiry, 5, owner="cart-2")
    assert seen(conn, at_expiry) == (0, 5, 0, 5)


def test_safety_stock_is_kept_from_holds_and_sold_at_the_till(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    assert service.set_safety_stock(conn, (SHIRT, SOHO), 2, act).safety_stock == 2
    with pytest.raises(OutOfStock), conn.begin_nested():
        hold(conn, act, 4)
    service.sell(conn, [Want(SHIRT, SOHO, 4, "a")], ORDER, act)
    assert seen(conn, act) == (0, 1, 0, 0)
    assert service.verify(conn) == []


def test_releasing_frees_what_was_held_and_a_second_release_does_nothing(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    hold(conn, act, 4)
    service.release(conn, "cart-1", act)
    before = events.newest(conn)
    service.release(conn, "cart-1", act)
    assert seen(conn, act) == (5, 5, 0, 0)
    assert events.newest(conn) == before


def test_committing_turns_the_hold_into_a_commitment_once(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    hold(conn, act, 4)
    service.commit(conn, "cart-1", ORDER, act)
    service.commit(conn, "cart-1", ORDER, act)
    assert seen(conn, act) == (1, 5, 4, 0)
    assert store.commitments(conn, ORDER) == {(SHIRT, SOHO): 4}
    assert service.verify(conn) == []


def test_an_expired_hold_is_taken_again_when_there_is_stock(conn: WriteConnection, make_act: MakeAct) -> None:
    now = make_act()
    stock(conn, now, shirts=5)
    hold(conn, now, 4)
    service.commit(conn, "cart-1", ORDER, make_act(at=now.now + timedelta(hours=1)))
    assert seen(conn, now) == (1, 5, 4, 0)


def test_an_expired_hold_whose_units_went_elsewhere_is_refused(conn: WriteConnection, make_act: MakeAct) -> None:
    now = make_act()
    stock(conn, now, shirts=5)
    hold(conn, now, 4)
    later = make_act(at=now.now + timedelta(hours=1))
    hold(conn, later, 3, owner="cart-2")
    with pytest.raises(OutOfStock) as refused, conn.begin_nested():
        service.commit(conn, "cart-1", ORDER, later)
    assert refused.value.facts["available"] == 2
    assert seen(conn, later) == (2, 5, 0, 3)


def test_a_live_hold_is_committed_even_when_safety_stock_was_raised_since(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    hold(conn, act, 5)
    service.set_safety_stock(conn, (SHIRT, SOHO), 3, act)
    service.commit(conn, "cart-1", ORDER, act)
    assert seen(conn, act) == (0, 5, 5, 0)


def test_fulfilling_takes_the_goods_away_with_a_movement(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.commit_now(conn, [Want(SHIRT, SOHO, 2, "a"), Want(SHIRT, SOHO, 1, "b")], ORDER, act)
    service.fulfill(conn, [Take(SHIRT, SOHO, 2)], ORDER, act)
    assert seen(conn, act) == (2, 3, 1, 0)
    assert store.movements(conn, (SHIRT, SOHO)) == [
        Movement(SHIRT, SOHO, 5, 0, MovementReason.RECEIVED, "opening stock"),
        Movement(SHIRT, SOHO, -2, 0, MovementReason.FULFILLED, str(ORDER)),
    ]
    assert service.verify(conn) == []


def test_uncommitting_makes_goods_available_again(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.commit_now(conn, [Want(SHIRT, SOHO, 5, "a")], ORDER, act)
    service.uncommit(conn, [Take(SHIRT, SOHO, 3)], ORDER, act)
    assert seen(conn, act) == (3, 5, 2, 0)
    assert service.verify(conn) == []


def test_an_order_never_moves_more_than_was_committed_to_it(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.commit_now(conn, [Want(SHIRT, SOHO, 1, "a")], ORDER, act)
    service.commit_now(conn, [Want(SHIRT, SOHO, 4, "a")], OTHER_ORDER, act)
    with pytest.raises(AssertionError):
        service.fulfill(conn, [Take(SHIRT, SOHO, 2)], ORDER, act)


def test_a_till_sells_nothing_that_is_promised_or_held(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.commit_now(conn, [Want(SHIRT, SOHO, 1, "a")], ORDER, act)
    hold(conn, act, 1)
    with pytest.raises(OutOfStock) as refused, conn.begin_nested():
        service.sell(conn, [Want(SHIRT, SOHO, 4, "till")], OTHER_ORDER, act)
    assert refused.value.facts["available"] == 3
    service.sell(conn, [Want(SHIRT, SOHO, 3, "till")], OTHER_ORDER, act)
    assert seen(conn, act) == (0, 2, 1, 1)


def test_returned_goods_are_sellable_or_wait_beside_the_shelf(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=1)
    service.restock(conn, [Take(SHIRT, SOHO, 2)], "return-1", act, bucket=Bucket.SELLABLE)
    service.restock(conn, [Take(SHIRT, SOHO, 3)], "return-1", act, bucket=Bucket.QUARANTINE)
    assert seen(conn, act) == (3, 3, 0, 0)
    service.release_quarantine(conn, [Take(SHIRT, SOHO, 2)], "return-1", act)
    service.discard(conn, [Take(SHIRT, SOHO, 5)], "return-1", act)
    assert seen(conn, act) == (5, 5, 0, 0)
    assert [(each.on_hand_delta, each.quarantined_delta) for each in store.movements(conn, (SHIRT, SOHO))] == [
        (1, 0), (2, 0), (0, 3), (2, -2), (0, -1),
    ]  # fmt: skip
    assert service.verify(conn) == []


def test_goods_come_back_to_a_place_that_never_had_any(conn: WriteConnection, act: Act) -> None:
    stocked(conn, act)
    service.restock(conn, [Take(SOCKS, YORK, 2)], "return-1", act, bucket=Bucket.SELLABLE)
    assert store.availability(conn, [(SOCKS, YORK)], act.now)[SOCKS, YORK].available == 2


def test_quarantine_and_write_off_never_touch_what_is_promised(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.commit_now(conn, [Want(SHIRT, SOHO, 3, "a")], ORDER, act)
    service.quarantine(conn, [Take(SHIRT, SOHO, 1)], "stage", act)
    service.write_off(conn, [Take(SHIRT, SOHO, 4)], "pick", act)
    assert seen(conn, act) == (0, 3, 3, 0)
    assert service.verify(conn) == []


def test_a_transfer_brings_goods_and_what_was_lost_is_written_off_beside_the_commitment(
    conn: WriteConnection, act: Act
) -> None:
    stock(conn, act, shirts=2)
    service.receive_many(conn, [Take(SHIRT, YORK, 3)], act)
    service.commit_now(conn, [Want(SHIRT, SOHO, 2, "a")], ORDER, act)
    service.transfer(conn, [Take(SHIRT, SOHO, 2)], YORK, "order-1", act)
    assert seen(conn, act) == (2, 4, 2, 0)
    service.write_off(conn, [Take(SHIRT, SOHO, 2)], "order-1", act)
    assert seen(conn, act) == (0, 2, 2, 0)
    assert store.availability(conn, [(SHIRT, YORK)], act.now)[SHIRT, YORK].on_hand == 1
    with pytest.raises(OutOfStock):
        service.transfer(conn, [Take(SHIRT, SOHO, 2)], YORK, "order-1", act)
    assert service.verify(conn) == []


def test_variants_that_keep_no_stock_are_passed_over(conn: WriteConnection, act: Act) -> None:
    stocked(conn, act)
    wrap = [Want(GIFT_WRAP, SOHO, 100, "a")]
    service.hold(conn, wrap, act, owner="cart-1", until=act.now + timedelta(minutes=15))
    service.commit(conn, "cart-1", ORDER, act)
    service.commit_now(conn, wrap, ORDER, act)
    service.fulfill(conn, [Take(GIFT_WRAP, SOHO, 100)], ORDER, act)
    service.sell(conn, wrap, ORDER, act)
    service.restock(conn, [Take(GIFT_WRAP, SOHO, 1)], "r", act, bucket=Bucket.SELLABLE)
    assert store.availability(conn, [(GIFT_WRAP, SOHO)], act.now) == {}


def test_a_variant_that_takes_backorders_is_promised_and_leaves_once_it_came_in(
    conn: WriteConnection, act: Act
) -> None:
    stocked(conn, act)
    service.hold(conn, [Want(PREORDER, SOHO, 3, "a")], act, owner="cart-1", until=act.now + timedelta(minutes=15))
    service.commit(conn, "cart-1", ORDER, act)
    assert seen(conn, act, PREORDER) == (0, 0, 3, 0)
    with pytest.raises(OutOfStock), conn.begin_nested():
        service.fulfill(conn, [Take(PREORDER, SOHO, 3)], ORDER, act)
    service.receive_many(conn, [Take(PREORDER, SOHO, 4)], act)
    service.fulfill(conn, [Take(PREORDER, SOHO, 3)], ORDER, act)
    assert seen(conn, act, PREORDER) == (1, 1, 0, 0)
    assert service.verify(conn) == []


def test_an_adjustment_is_signed_and_named(conn: WriteConnection, act: Act) -> None:
    stocked(conn, act)
    service.adjust(conn, Adjust(SHIRT, SOHO, 5, AdjustmentReason.FOUND), act)
    level = service.adjust(conn, Adjust(SHIRT, SOHO, -2, AdjustmentReason.DAMAGED), act)
    assert (level.on_hand, level.version) == (3, 3)
    assert [each.reason for each in store.movements(conn, (SHIRT, SOHO))] == [
        MovementReason.FOUND,
        MovementReason.DAMAGED,
    ]


def test_an_adjustment_below_what_is_promised_is_refused(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.commit_now(conn, [Want(SHIRT, SOHO, 3, "a")], ORDER, act)
    with pytest.raises(BelowCommitted) as refused:
        service.adjust(conn, Adjust(SHIRT, SOHO, -3, AdjustmentReason.LOST), act)
    assert refused.value.facts == {"available": 2}


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (Adjust(SHIRT, SOHO, 0, AdjustmentReason.FOUND), QuantityInvalid),
        (Adjust(SHIRT, SOHO, 2**31, AdjustmentReason.FOUND), QuantityInvalid),
        (Adjust(GIFT_WRAP, SOHO, 1, AdjustmentReason.FOUND), NotTracked),
        (Adjust(VariantId(UUID(int=9)), SOHO, 1, AdjustmentReason.FOUND), VariantNotFound),
        (Adjust(SHIRT, UUID(int=9), 1, AdjustmentReason.FOUND), LocationNotFound),  # type: ignore[arg-type]
    ],
)
def test_an_impossible_adjustment_is_refused(
    conn: WriteConnection, act: Act, command: Adjust, refusal: type[Refused]
) -> None:
    stocked(conn, act)
    with pytest.raises(refusal):
        service.adjust(conn, command, act)


def test_only_holds_dead_for_a_week_are_forgotten(conn: WriteConnection, make_act: MakeAct) -> None:
    now = make_act()
    stock(conn, now, shirts=5)
    hold(conn, now, 1, owner="old", minutes=0)
    hold(conn, now, 1, owner="young", minutes=1)
    assert service.forget_expired_holds(conn, make_act(at=now.now + timedelta(days=7, seconds=30))) == 1
    assert store.drop_holds(conn, "old") == []
    assert [want for want, _ in store.drop_holds(conn, "young")] == [Want(SHIRT, SOHO, 1, "a")]


def test_the_feed_names_each_changed_variant_once(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5, socks=5)
    before = events.newest(conn)
    wants = [Want(SHIRT, SOHO, 1, "a"), Want(SHIRT, SOHO, 1, "b"), Want(SOCKS, SOHO, 1, "c")]
    service.commit_now(conn, wants, ORDER, act)
    assert [(each.topic, each.key) for each in events.after(conn, before)] == [
        ("availability", str(SHIRT)),
        ("availability", str(SOCKS)),
    ]


def test_availability_of_a_variant_spans_active_locations_by_priority(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    service.receive_many(conn, [Take(SHIRT, YORK, 2)], act)
    found = store.availability_of_variants(conn, [SHIRT, SOCKS], act.now)
    assert {key: [(each.location_id, each.available) for each in levels] for key, levels in found.items()} == {
        SHIRT: [(SOHO, 5), (YORK, 2)]
    }


def test_the_total_of_a_variant_is_what_each_active_location_has_free_of_it(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    now = make_act()
    stock(conn, now, shirts=5)
    service.receive_many(conn, [Take(SHIRT, YORK, 2), Take(SOCKS, YORK, 1)], now)
    hold(conn, now, 1)
    hold(conn, now, 1, owner="cart-2", minutes=5)
    assert store.totals_of_variants(conn, [SHIRT, SOCKS, PREORDER], now.now) == {SHIRT: 5, SOCKS: 1}
    later = make_act(at=now.now + timedelta(minutes=5)).now
    assert store.totals_of_variants(conn, [SHIRT], later) == {SHIRT: 6}
    # What a store lacks is not taken from what the other has.
    service.set_safety_stock(conn, (SHIRT, SOHO), 9, now)
    assert store.totals_of_variants(conn, [SHIRT], now.now) == {SHIRT: 2}
    conn.execute(sa.update(table_of(LocationRow)).where(table_of(LocationRow).c.id == YORK).values(active=False))
    assert store.totals_of_variants(conn, [SHIRT, SOCKS], now.now) == {SHIRT: 0}


def test_verify_names_a_level_that_its_movements_do_not_explain(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    level = table_of(InventoryLevelRow)
    conn.execute(sa.update(level).values(on_hand=7, committed=1))
    assert service.verify(conn) == [
        Finding("on_hand", SHIRT, SOHO, 5, 7),
        Finding("committed", SHIRT, SOHO, 0, 1),
    ]


def test_the_database_itself_refuses_to_promise_more_than_there_is(conn: WriteConnection, act: Act) -> None:
    stock(conn, act, shirts=5)
    level = table_of(InventoryLevelRow)
    with pytest.raises(sa.exc.IntegrityError), conn.begin_nested():
        conn.execute(sa.update(level).values(committed=6))
