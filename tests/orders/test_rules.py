"""What units are worth, and when parts of an order have ended."""

import itertools
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.model import VariantId
from domain.orders import rules
from domain.orders.errors import DuplicateLine, LineNotFound, QuantityInvalid
from domain.orders.model import (
    NEXT,
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineTax,
    OrderId,
    OrderLine,
    OrderLineId,
    OrderStatus,
    ShippingCharge,
    ShippingChargeId,
    Units,
)

AT = datetime(2026, 1, 10, tzinfo=UTC)
ORDER = OrderId(UUID(int=1))


def line(
    number: int = 1,
    *,
    quantity: int = 3,
    net: int = 1000,
    tax: int = 0,
    points: int = 0,
    value: int = 0,
    fulfilled: int = 0,
    canceled: int = 0,
    place: int = 100,
) -> OrderLine:
    return OrderLine(
        id=OrderLineId(UUID(int=number)),
        order_id=ORDER,
        fulfillment_order_id=FulfillmentOrderId(UUID(int=place)),
        position=number,
        variant_id=VariantId(UUID(int=50)),
        product_id=None,
        sku="SKU",
        title="Shirt",
        variant_title="M",
        tax_code="standard",
        image_url=None,
        quantity=quantity,
        unit_price_minor=0,
        gross_minor=net,
        line_discount_minor=0,
        order_discount_minor=0,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        points=points,
        points_value_minor=value,
        discounts=(),
        compare_at_minor=None,
        price_list_id=None,
        price_override=None,
        tax_exemption_id=None,
        picked=0,
        short=0,
        fulfilled=fulfilled,
        canceled=canceled,
        claimed=0,
    )


def place(number: int, status: FulfillmentStatus, charge: int | None = None) -> FulfillmentOrder:
    return FulfillmentOrder(
        id=FulfillmentOrderId(UUID(int=number)),
        order_id=ORDER,
        position=0,
        location_id=None,
        method=FulfillmentMethod.SHIPPING,
        status=status,
        address=None,
        shipping_charge_id=None if charge is None else ShippingChargeId(UUID(int=charge)),
        created_at=AT,
        changed_at=AT,
        version=1,
    )


def charge(number: int) -> ShippingCharge:
    return ShippingCharge(ShippingChargeId(UUID(int=number)), ORDER, 0, "Standard", 495, 0, 495, 0, 495, (), False)


def test_three_units_of_ten_euros_are_worth_333_334_333() -> None:
    assert [rules.worth(line(), (), n, 1).paid_minor for n in range(3)] == [333, 334, 333]


def test_each_jurisdiction_is_split_by_itself() -> None:
    taxes = [LineTax("STATE", 62_500, 250), LineTax("CITY", 10_000, 40), LineTax("MTA", 10_000, 40)]
    whole = line(net=3999, tax=330)
    second = rules.worth(whole, taxes, 1, 1)
    assert [tax.amount_minor for tax in second.taxes] == [84, 14, 14]
    assert [rules.worth(whole, taxes, n, 1).paid_minor for n in range(3)] == [1442, 1445, 1442]


def test_a_short_pick_of_one_of_three_lowers_the_capture_from_3467_to_2311() -> None:
    short = rules.canceled_worth(line(net=3240, tax=227), [LineTax("VAT", 70_000, 227)], 1)
    assert short.paid_minor == 1156
    assert 3467 - short.paid_minor == 2311


def test_cancellations_take_slots_from_the_end_and_sum_to_the_line() -> None:
    first = rules.canceled_worth(line(), (), 1)
    second = rules.canceled_worth(line(canceled=1), (), 2)
    assert (first.paid_minor, second.paid_minor) == (333, 667)


def test_points_share_follows_the_same_slots() -> None:
    spent = line(net=1998, points=400, value=400, quantity=2)
    assert [rules.worth(spent, (), n, 1).points for n in range(2)] == [200, 200]
    assert [rules.worth(spent, (), n, 1).paid_minor for n in range(2)] == [799, 799]


def test_no_unit_is_worth_less_than_nothing_when_points_paid_for_everything() -> None:
    """Net 10 and tax 1 round apart from the 11 that points paid."""
    paid_by_points = line(net=10, tax=1, points=11, value=11)
    taxes = [LineTax("VAT", 100_000, 1)]
    assert [rules.worth(paid_by_points, taxes, n, 1).paid_minor for n in range(3)] == [0, 0, 0]


@given(
    st.integers(1, 12),
    st.integers(0, 10_000),
    st.lists(st.integers(0, 2_000), max_size=3),
    st.integers(0, 100),
    st.data(),
)
def test_any_partition_of_a_line_sums_to_the_line_and_no_part_is_negative(
    quantity: int, net: int, taxes: list[int], percent: int, data: st.DataObject
) -> None:
    shares = [LineTax(str(n), 0, amount) for n, amount in enumerate(taxes)]
    value = (net + sum(taxes)) * percent // 100
    sold = line(quantity=quantity, net=net, tax=sum(taxes), points=value, value=value)
    cuts = sorted(data.draw(st.sets(st.integers(0, quantity))) | {0, quantity})
    parts = [rules.worth(sold, shares, first, upto - first) for first, upto in itertools.pairwise(cuts)]
    assert sum(part.paid_minor for part in parts) == sold.paid_minor
    assert sum(part.net_minor for part in parts) == net
    assert sum(part.tax_minor for part in parts) == sum(taxes)
    assert sum(part.points for part in parts) == value
    assert min(part.paid_minor for part in parts) >= 0


def test_a_choice_of_units_names_each_line_once_with_at_least_one_unit() -> None:
    lines = [line(1), line(2)]
    with pytest.raises(QuantityInvalid):
        rules.chosen(lines, [])
    with pytest.raises(QuantityInvalid):
        rules.chosen(lines, [Units(lines[0].id, 0)])
    with pytest.raises(DuplicateLine):
        rules.chosen(lines, [Units(lines[0].id, 1), Units(lines[0].id, 1)])
    with pytest.raises(LineNotFound):
        rules.chosen(lines, [Units(OrderLineId(UUID(int=9)), 1)])
    assert rules.chosen(lines, [Units(lines[1].id, 2), Units(lines[0].id, 1)]) == [(lines[0], 1), (lines[1], 2)]


def test_shipping_is_owed_until_every_delivery_of_its_group_is_canceled() -> None:
    charges = [charge(7)]
    half = [place(100, FulfillmentStatus.CANCELED, 7), place(101, FulfillmentStatus.OPEN, 7)]
    whole = [place(100, FulfillmentStatus.CANCELED, 7), place(101, FulfillmentStatus.CANCELED, 7)]
    assert rules.charges_no_longer_owed(charges, half) == []
    assert rules.charges_no_longer_owed(charges, whole) == charges


def test_a_delivery_is_wholly_canceled_only_when_nothing_of_it_ever_left() -> None:
    left = line(1, fulfilled=1, canceled=2, place=100)
    gone = line(2, canceled=3, place=101)
    places = [place(100, FulfillmentStatus.OPEN), place(101, FulfillmentStatus.OPEN)]
    assert rules.wholly_canceled(places, [left, gone]) == [places[1].id]


@pytest.mark.parametrize(
    ("units", "statuses", "status"),
    [
        ((0, 3), (FulfillmentStatus.CANCELED,), OrderStatus.CANCELED),
        ((1, 2), (FulfillmentStatus.DELIVERED,), OrderStatus.CLOSED),
        ((3, 0), (FulfillmentStatus.SHIPPED,), OrderStatus.OPEN),
        ((3, 0), (FulfillmentStatus.PICKED_UP, FulfillmentStatus.OPEN), OrderStatus.OPEN),
    ],
)
def test_an_order_ends_with_its_last_delivery(
    units: tuple[int, int], statuses: tuple[FulfillmentStatus, ...], status: OrderStatus
) -> None:
    fulfilled, canceled = units
    places = [place(100 + n, status) for n, status in enumerate(statuses)]
    assert rules.status_of(places, [line(fulfilled=fulfilled, canceled=canceled)]) is status


def test_every_fulfillment_status_leads_to_an_end() -> None:
    for start in FulfillmentStatus:
        seen, ahead = set(), {start}
        while ahead:
            seen |= ahead
            ahead = {after for status in ahead for after in NEXT[status]} - seen
        assert any(not NEXT[status] for status in seen)


def test_what_has_left_is_never_canceled() -> None:
    assert NEXT[FulfillmentStatus.SHIPPED] == {FulfillmentStatus.DELIVERED}
    assert NEXT[FulfillmentStatus.PICKED_UP] == frozenset()
