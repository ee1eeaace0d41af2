"""What returns decide without a database: slots, amounts, windows, counters."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.orders.model import FulfillmentStatus, OrderLineId
from domain.policies.model import ReturnPolicy
from domain.returns import rules
from domain.returns.model import (
    NEXT,
    Disposition,
    NotReturnableReason,
    ReceivedLine,
    Reception,
    ReturnStatus,
    SlotRange,
)
from tests.returns.parts import NOON, a_return, charge, delivery, order_line, return_line, tax

LINE = return_line(1).id
ORDER_LINE = order_line(1, 1).id


def held(first: int, units: int, settled: int = 0) -> SlotRange:
    return SlotRange(LINE, ORDER_LINE, first, units, settled)


def paid_one_by_one(line_net: int, quantity: int) -> list[int]:
    line = order_line(quantity, line_net)
    return [rules.quoted(line, (), ((slot, 1),)).paid_minor for slot in range(quantity)]


def test_three_units_paid_ten_come_back_as_333_334_333() -> None:
    assert paid_one_by_one(1000, 3) == [333, 334, 333]


def test_yen_have_no_cents_to_lose() -> None:
    assert paid_one_by_one(1000, 3) == [333, 334, 333]
    assert paid_one_by_one(1, 3) == [0, 1, 0]


def test_each_jurisdiction_is_refunded_by_itself_and_sums_to_what_was_collected() -> None:
    line = order_line(3, 3999, 330)
    taxes = (tax("STATE", 62_500, 250), tax("CITY", 10_000, 40), tax("MTA", 10_000, 40))
    quotes = [rules.quoted(line, taxes, ((slot, 1),)) for slot in range(3)]
    assert [[part.amount_minor for part in quote.taxes] for quote in quotes] == [
        [83, 13, 13],
        [84, 14, 14],
        [83, 13, 13],
    ]
    assert [quote.paid_minor for quote in quotes] == [1442, 1445, 1442]
    assert sum(quote.paid_minor for quote in quotes) == 4329


def test_points_spent_come_back_with_their_units_and_lower_the_money() -> None:
    line = order_line(2, 3998, points=400, points_value_minor=400)
    quotes = [rules.quoted(line, (), ((slot, 1),)) for slot in range(2)]
    assert [(quote.paid_minor, quote.points) for quote in quotes] == [(1799, 200), (1799, 200)]


@given(
    quantity=st.integers(1, 40),
    net=st.integers(0, 100_000),
    collected=st.lists(st.integers(0, 9_999), max_size=3),
    included=st.booleans(),
    data=st.data(),
)
def test_any_partition_of_a_line_sums_to_what_was_paid_in_all_and_in_each_jurisdiction(
    *, quantity: int, net: int, collected: list[int], included: bool, data: st.DataObject
) -> None:
    gross = net + sum(collected) if included else net
    line = order_line(quantity, net, sum(collected), gross_minor=gross)
    taxes = [tax(f"J{n}", 1, amount) for n, amount in enumerate(collected)]
    order = data.draw(st.permutations(range(quantity)))
    quotes = [rules.quoted(line, taxes, ((slot, 1),)) for slot in order]
    assert sum(quote.paid_minor for quote in quotes) == line.total_minor
    assert sum(quote.net_minor for quote in quotes) == net
    assert min(quote.paid_minor for quote in quotes) >= 0
    assert rules.added(part for quote in quotes for part in quote.taxes) == tuple(taxes)
    assert all(part.amount_minor >= 0 for quote in quotes for part in quote.taxes)


@given(
    quantities=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    prices=st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), min_size=1, max_size=3),
    refunds_shipping=st.booleans(),
    data=st.data(),
)
def test_shipping_goes_back_at_most_once_and_with_the_last_unit(
    *, quantities: list[int], prices: list[tuple[int, bool]], refunds_shipping: bool, data: st.DataObject
) -> None:
    lines = [order_line(quantity, 100, number=number) for number, quantity in enumerate(quantities)]
    charges = [charge(number, total, canceled=canceled) for number, (total, canceled) in enumerate(prices)]
    policy = ReturnPolicy(refunds_shipping=refunds_shipping)
    units = [line.id for line in lines for _ in range(line.quantity)]
    settled: Counter[OrderLineId] = Counter()
    back = []
    for line_id in data.draw(st.permutations(units)):
        settled[line_id] += 1
        back.append(sum(one.total_minor for one in rules.shipping_due(charges, lines, settled, policy)))
    paid = sum(one.total_minor for one in charges if not one.canceled)
    assert back == [0] * (len(units) - 1) + [paid if refunds_shipping else 0]


def test_a_claim_takes_the_lowest_free_slots_and_fills_gaps_first() -> None:
    line = order_line(6, 600)
    assert rules.free_slots(line, [], 2) == ((0, 2),)
    assert rules.free_slots(line, [held(0, 1), held(3, 1)], 4) == ((1, 2), (4, 2))


def test_canceled_units_hold_the_highest_slots() -> None:
    line = order_line(4, 400, fulfilled=3, canceled=1)
    assert rules.free_slots(line, [held(0, 1)], 2) == ((1, 2),)


def test_a_canceled_claim_frees_its_slot_with_its_value() -> None:
    line = order_line(3, 1000)
    first, second = held(0, 1), held(1, 1)
    assert rules.freed_slots([first], 1) == (held(0, 0),)
    assert rules.free_slots(line, [second], 1) == ((0, 1),)
    assert rules.quoted(line, (), ((0, 1),)).paid_minor == 333


def test_settling_takes_the_lowest_unsettled_slots() -> None:
    slots, after = rules.unsettled_slots([held(0, 2, 1), held(5, 3)], 3)
    assert slots == ((1, 1), (5, 2))
    assert after == (held(0, 2, 2), held(5, 3, 2))


def test_the_window_ends_with_the_last_day_where_it_was_handed_over() -> None:
    collected = delivery(FulfillmentStatus.PICKED_UP, datetime(2026, 1, 10, 14, 30, tzinfo=UTC))
    end = rules.window_end(collected, ZoneInfo("Asia/Tokyo"), ReturnPolicy())
    assert end == datetime(2026, 2, 10, 0, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_the_window_has_not_begun_while_goods_are_on_their_way() -> None:
    assert rules.window_end(delivery(FulfillmentStatus.SHIPPED, NOON), ZoneInfo("UTC"), ReturnPolicy()) is None


@pytest.mark.parametrize(
    ("fulfilled", "claimed", "until", "expected"),
    [
        (0, 0, None, (0, NotReturnableReason.NOT_FULFILLED)),
        (2, 2, None, (0, NotReturnableReason.ALREADY_RETURNED)),
        (2, 1, NOON, (0, NotReturnableReason.WINDOW_EXPIRED)),
        (2, 1, None, (1, None)),
    ],
)
def test_what_is_returnable_says_how_many_or_why_none(
    fulfilled: int, claimed: int, until: datetime | None, expected: tuple[int, NotReturnableReason | None]
) -> None:
    line = order_line(2, 200, fulfilled=fulfilled, claimed=claimed)
    found = rules.returnable(line, until, NOON)
    assert (found.quantity, found.reason) == expected


def test_a_line_counts_what_arrived_in_parts() -> None:
    line = rules.received(return_line(3), ReceivedLine(LINE, 2))
    assert (line.awaiting, line.received, line.pending) == (1, 2, 2)
    line = rules.received(line, ReceivedLine(LINE, 1))
    assert (line.awaiting, line.received) == (0, 3)


def test_a_lost_parcel_may_still_arrive() -> None:
    line = rules.received(return_line(2), ReceivedLine(LINE, 2, Reception.LOST_IN_TRANSIT))
    assert (line.awaiting, line.lost) == (0, 2)
    found = rules.received(line, ReceivedLine(LINE, 2))
    assert (found.lost, found.received) == (0, 2)


@pytest.mark.parametrize("quantity", [0, -1, 4, 2**31])
def test_no_more_arrives_than_was_announced(quantity: int) -> None:
    with pytest.raises(Refused) as refused:
        rules.received(return_line(3), ReceivedLine(LINE, quantity))
    assert refused.value.code in ("QUANTITY_INVALID", "QUANTITY_EXCEEDS_ANNOUNCED")


def test_rejected_units_are_looked_at_and_pay_nothing() -> None:
    arrived = a_return(return_line(2, received=2))
    after = rules.apply_dispositions(
        arrived, [rules.DisposedLine(LINE, 1, Disposition.RESTOCKED), rules.DisposedLine(LINE, 1, Disposition.REJECTED)]
    )
    settled, due = rules.settle_all(after)
    assert due == {LINE: 1}
    assert (settled.lines[0].settled, settled.lines[0].rejected, settled.lines[0].is_done) == (1, 1, True)


def test_nothing_accepted_is_nothing_to_process() -> None:
    with pytest.raises(Refused) as refused:
        rules.settle_all(a_return(return_line(2, received=2)))
    assert refused.value.code == "NOTHING_TO_PROCESS"


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([*Reception, *Disposition]), st.integers(1, 4)),
        max_size=20,
    )
)
def test_counters_never_break_their_equations(steps: list[tuple[Reception | Disposition, int]]) -> None:
    line = return_line(5)
    for step, quantity in steps:
        try:
            if isinstance(step, Reception):
                line = rules.received(line, ReceivedLine(LINE, quantity, step))
            else:
                line = rules.disposed(line, quantity, step)
        except Refused:
            continue
        assert line.awaiting >= 0
        assert line.pending >= 0
        assert line.requested == line.canceled + line.expired + line.lost + line.awaiting + line.received
        assert line.received == line.pending + line.accepted + line.rejected


def test_every_status_can_come_to_an_end() -> None:
    ends = {ReturnStatus.CLOSED, ReturnStatus.DECLINED, ReturnStatus.CANCELED}
    for status in ReturnStatus:
        reached, frontier = {status}, {status}
        while frontier:
            frontier = {after for one in frontier for after in NEXT[one]} - reached
            reached |= frontier
        assert reached & ends


def test_one_of_two_at_a_price_with_tax_is_worth_half_the_price() -> None:
    line = order_line(2, 1583, 317, gross_minor=1900)
    quotes = [rules.quoted(line, (tax("GB VAT", 200_000, 317),), ((slot, 1),)) for slot in range(2)]
    assert [(quote.paid_minor, quote.net_minor, quote.tax_minor) for quote in quotes] == [
        (950, 791, 159),
        (950, 792, 158),
    ]
