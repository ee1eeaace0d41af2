"""Prices, against worked figures and for any basket."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Currency, slot
from domain.pricing import rules
from domain.pricing.model import (
    Basket,
    BasketLine,
    Discount,
    DiscountId,
    DiscountKind,
    DiscountTarget,
    LineFilter,
    PointsTender,
    PricedLine,
    ShippingCharge,
    TaxPlace,
    TaxRate,
    TaxTable,
    UnappliedReason,
)

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
HERE = TaxPlace("US", "CA", "90001")
SHOES, HATS = UUID(int=71), UUID(int=72)


def line(key: str, quantity: int, price_minor: int, **changes: object) -> BasketLine:
    plain = BasketLine(key, UUID(int=1), UUID(int=int(key, 36)), quantity, price_minor, "standard", "g1", HERE)
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name real fields


def discount(number: int, target: str, kind: str, value: int, **changes: object) -> Discount:
    plain = Discount(DiscountId(UUID(int=number)), f"D{number}", DiscountTarget(target), DiscountKind(kind), value)
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name real fields


def rate(jurisdiction: str, rate_ppm: int, **changes: object) -> TaxRate:
    return replace(TaxRate("US", jurisdiction, rate_ppm, SINCE), **changes)  # type: ignore[arg-type]  # same


def basket(*lines: BasketLine, rates: tuple[TaxRate, ...] = (), included: bool = False, **changes: object) -> Basket:
    plain = Basket(Currency("USD"), included, lines, TaxTable(rates))
    return replace(plain, **changes)  # type: ignore[arg-type]  # same


def units(priced: PricedLine, total: int) -> list[int]:
    return [slot(total, index, priced.quantity) for index in range(priced.quantity)]


def test_m01_three_units_less_two_dollars_are_worth_333_334_333() -> None:
    off = discount(1, "LINES", "FIXED_ACROSS", 200)
    (priced,) = rules.price(basket(line("a", 3, 400), discounts=(off,))).lines
    assert (priced.gross_minor, priced.line_discount_minor, priced.total_minor) == (1200, 200, 1000)
    assert units(priced, priced.total_minor) == [333, 334, 333]


def test_m03_an_order_discount_is_shared_by_line_net() -> None:
    off = discount(1, "ORDER", "PERCENTAGE", 100_000)
    priced = rules.price(basket(line("a", 1, 600), line("b", 1, 400), discounts=(off,)))
    assert [p.order_discount_minor for p in priced.lines] == [60, 40]
    assert [p.total_minor for p in priced.lines] == [540, 360]


def test_m05_tax_is_added_after_the_discount() -> None:
    off = discount(1, "ORDER", "FIXED_ACROSS", 2000)
    (priced,) = rules.price(basket(line("a", 2, 10000), rates=(rate("STATE", 100_000),), discounts=(off,))).lines
    assert (priced.net_minor, priced.tax_minor, priced.total_minor) == (18000, 1800, 19800)
    assert (units(priced, 18000)[0], units(priced, 1800)[0]) == (9000, 900)


def test_m06_three_jurisdictions_round_on_the_line_and_units_sum_to_what_was_paid() -> None:
    rates = (
        rate("STATE", 62_500, region="CA"),
        rate("CITY", 10_000, region="CA", postal_prefix="90"),
        rate("MTA", 10_000, region="CA", postal_prefix="9000"),
        rate("ELSEWHERE", 90_000, region="CA", postal_prefix="94"),
    )
    (priced,) = rules.price(basket(line("a", 3, 1333), rates=rates)).lines
    assert {t.jurisdiction: t.amount_minor for t in priced.taxes} == {"STATE": 250, "CITY": 40, "MTA": 40}
    assert priced.total_minor == 4329
    parts = [units(priced, priced.net_minor), *(units(priced, t.amount_minor) for t in priced.taxes)]
    assert [sum(unit) for unit in zip(*parts, strict=True)] == [1442, 1445, 1442]


def test_m07_included_tax_is_taken_out_of_the_line() -> None:
    (priced,) = rules.price(basket(line("a", 2, 1999), rates=(rate("VAT", 210_000),), included=True)).lines
    assert (priced.net_minor, priced.tax_minor, priced.total_minor) == (3304, 694, 3998)
    assert units(priced, 694) == [347, 347]


def test_m08_a_fixed_amount_across_two_items_is_shared_by_their_prices() -> None:
    off = discount(1, "LINES", "FIXED_ACROSS", 2000)
    priced = rules.price(basket(line("a", 1, 3000), line("b", 1, 2000), discounts=(off,)))
    assert [p.total_minor for p in priced.lines] == [1800, 1200]


def test_m12_a_threshold_that_is_met_takes_ten_percent() -> None:
    off = discount(1, "ORDER", "PERCENTAGE", 100_000, minimum_subtotal_minor=30000)
    assert rules.price(basket(line("a", 6, 5000), discounts=(off,))).total_minor == 27000
    short = rules.price(basket(line("a", 5, 5000), discounts=(off,)))
    assert (short.total_minor, short.discounts) == (25000, ())
    assert [(u.reason, u.missing_minor) for u in short.unapplied] == [(UnappliedReason.MINIMUM_NOT_MET, 5000)]


def test_m32_points_are_shared_by_line_totals() -> None:
    priced = rules.price(basket(line("a", 2, 1999), line("b", 1, 1001), points=PointsTender(500, 500)))
    assert [(p.points, p.points_value_minor) for p in priced.lines] == [(400, 400), (100, 100)]
    assert (priced.total_minor, priced.points_value_minor, priced.due_minor) == (4999, 500, 4499)


def test_m37_ten_percent_off_then_seven_percent_tax() -> None:
    off = discount(1, "ORDER", "PERCENTAGE", 100_000)
    priced = rules.price(basket(line("a", 3, 1200), rates=(rate("STATE", 70_000),), discounts=(off,)))
    assert (priced.total_minor, priced.tax_minor) == (3467, 227)


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 333), ("KWD", 333), ("EUR", 333)])
def test_a_currency_with_any_number_of_digits_is_counted_in_its_minor_units(currency: str, expected: int) -> None:
    off = discount(1, "LINES", "PERCENTAGE", 666_667)
    assert (
        rules.price(basket(line("a", 1, 1000), currency=Currency(currency), discounts=(off,))).total_minor == expected
    )


def test_equal_remainders_go_to_the_earlier_line() -> None:
    off = discount(1, "ORDER", "FIXED_ACROSS", 1)
    priced = rules.price(basket(line("a", 1, 500), line("b", 1, 500), discounts=(off,)))
    assert [p.order_discount_minor for p in priced.lines] == [1, 0]


def test_line_discounts_touch_only_the_lines_their_filter_names() -> None:
    shoes = discount(1, "LINES", "PERCENTAGE", 500_000, lines=LineFilter(category_ids=frozenset({SHOES})))
    hats = discount(2, "LINES", "FIXED_PER_UNIT", 100, lines=LineFilter(collection_ids=frozenset({HATS})))
    product = discount(3, "LINES", "FIXED_ACROSS", 30, lines=LineFilter(product_ids=frozenset({UUID(int=12)})))
    priced = rules.price(
        basket(
            line("a", 1, 1000, category_ids=(SHOES,)),
            line("b", 3, 1000, collection_ids=(HATS,)),
            line("c", 1, 1000),
            discounts=(product, hats, shoes),
        )
    )
    assert [p.line_discount_minor for p in priced.lines] == [500, 300, 30]
    assert [(d.title, d.amount_minor) for d in priced.discounts] == [("D1", 500), ("D2", 300), ("D3", 30)]


def test_order_discounts_follow_each_other_on_what_is_left() -> None:
    first = discount(9, "ORDER", "PERCENTAGE", 100_000, sequence=1)
    second = discount(1, "ORDER", "PERCENTAGE", 100_000, sequence=2)
    on_line = discount(5, "LINES", "FIXED_ACROSS", 1000, sequence=7)
    priced = rules.price(basket(line("a", 1, 11000), discounts=(second, first, on_line)))
    assert [(d.title, d.amount_minor) for d in priced.discounts] == [("D5", 1000), ("D9", 1000), ("D1", 900)]
    assert [s.amount_minor for s in priced.lines[0].discounts] == [1000, 1000, 900]


def test_a_discount_worth_more_than_the_line_leaves_zero() -> None:
    offs = (discount(1, "LINES", "FIXED_PER_UNIT", 900), discount(2, "ORDER", "FIXED_ACROSS", 500))
    priced = rules.price(basket(line("a", 2, 500), rates=(rate("S", 70_000),), discounts=offs))
    assert (priced.total_minor, priced.lines[0].line_discount_minor) == (0, 1000)
    assert [u.reason for u in priced.unapplied] == [UnappliedReason.NOTHING_ELIGIBLE]


def test_shipping_is_taxed_like_goods_and_points_never_pay_it() -> None:
    charge = ShippingCharge("g1", 595, "shipping", HERE)
    rates = (rate("S", 100_000), rate("S", 0, tax_code="shipping", region="NY"))
    priced = rules.price(basket(line("a", 1, 1000), rates=rates, shipping=(charge,), points=PointsTender(1100, 1100)))
    assert (priced.shipping_net_minor, priced.shipping_tax_minor, priced.shipping_minor) == (595, 60, 655)
    assert (priced.total_minor, priced.tax_minor, priced.due_minor) == (1755, 160, 655)


def test_a_row_for_the_tax_code_and_a_row_for_the_region_win_over_the_general_row() -> None:
    table = TaxTable(
        (
            rate("VAT", 200_000),
            rate("VAT", 50_000, tax_code="books"),
            rate("VAT", 70_000, region="CE"),
            rate("VAT", 0, region="CE", tax_code="books"),
        )
    )
    place = {"": TaxPlace("US", ""), "CE": TaxPlace("US", "CE")}
    found = {
        (region, code): [r.rate_ppm for r in rules.rates_at(table, place[region], code)]
        for region in ("", "CE")
        for code in ("standard", "books")
    }
    assert found == {
        ("", "standard"): [200_000],
        ("", "books"): [50_000],
        ("CE", "standard"): [70_000],
        ("CE", "books"): [0],
    }


def test_a_line_without_a_known_destination_has_no_tax_yet() -> None:
    (priced,) = rules.price(basket(line("a", 1, 1000, destination=None), rates=(rate("S", 70_000),))).lines
    assert (priced.taxes, priced.total_minor) == ((), 1000)


LINES = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 100_000)), min_size=1, max_size=8)
RATES = st.lists(st.integers(0, 300_000), max_size=3)
DISCOUNTS = st.lists(
    st.tuples(
        st.sampled_from(list(DiscountTarget)),
        st.sampled_from(list(DiscountKind)),
        st.integers(1, 1_000_000),
        st.integers(0, 50_000),
    ),
    max_size=4,
)


@given(
    sizes=LINES,
    ppms=RATES,
    offs=DISCOUNTS,
    included=st.booleans(),
    points_value=st.integers(0, 1_000_000),
    shipping=st.integers(0, 5_000),
)
def test_every_sum_of_any_basket_is_exact(
    *,
    sizes: list[tuple[int, int]],
    ppms: list[int],
    offs: list[tuple[DiscountTarget, DiscountKind, int, int]],
    included: bool,
    points_value: int,
    shipping: int,
) -> None:
    plain = basket(
        *(line("abcdefgh"[index], quantity, unit) for index, (quantity, unit) in enumerate(sizes)),
        rates=tuple(rate(f"J{index}", ppm) for index, ppm in enumerate(ppms)),
        included=included,
        discounts=tuple(
            discount(n + 1, target.value, kind.value, value, minimum_subtotal_minor=minimum)
            for n, (target, kind, value, minimum) in enumerate(offs)
        ),
        shipping=(ShippingCharge("g1", shipping, "shipping", HERE),),
    )
    goods = rules.price(plain).goods_total_minor
    value = min(points_value, goods)
    priced = rules.price(replace(plain, points=PointsTender(3 * value + 1, value)))
    assert (priced.points, priced.points_value_minor) == (3 * value + 1, value)
    assert sum(d.amount_minor for d in priced.discounts) == priced.discount_minor
    assert priced.subtotal_minor - priced.discount_minor + shipping == (
        priced.total_minor if included else priced.total_minor - priced.tax_minor
    )
    assert priced.due_minor == priced.total_minor - value >= 0
    for applied in priced.discounts:
        shares = [s.amount_minor for p in priced.lines for s in p.discounts if s.discount_id == applied.discount_id]
        assert sum(shares) == applied.amount_minor > 0
        assert min(shares) > 0
    for p in priced.lines:
        assert p.net_minor >= 0
        assert p.net_minor + p.tax_minor == p.total_minor
        assert p.line_discount_minor + p.order_discount_minor == sum(s.amount_minor for s in p.discounts)
        assert 0 <= p.points_value_minor <= p.total_minor


@given(LINES, RATES, DISCOUNTS, st.booleans())
def test_units_of_a_line_sum_to_the_line_for_net_each_tax_and_points(
    sizes: list[tuple[int, int]],
    ppms: list[int],
    offs: list[tuple[DiscountTarget, DiscountKind, int, int]],
    included: bool,
) -> None:
    plain = basket(
        *(line("abcdefgh"[index], quantity, unit) for index, (quantity, unit) in enumerate(sizes)),
        rates=tuple(rate(f"J{index}", ppm) for index, ppm in enumerate(ppms)),
        included=included,
        discounts=tuple(discount(n + 1, t.value, k.value, v) for n, (t, k, v, _) in enumerate(offs)),
    )
    goods = rules.price(plain).goods_total_minor
    for p in rules.price(replace(plain, points=PointsTender(goods, goods))).lines:
        assert sum(units(p, p.net_minor)) == p.net_minor
        assert [sum(units(p, tax.amount_minor)) for tax in p.taxes] == [tax.amount_minor for tax in p.taxes]
        assert sum(units(p, p.points)) == p.points
        worth = [units(p, p.net_minor), *(units(p, tax.amount_minor) for tax in p.taxes)]
        assert sum(sum(unit) for unit in zip(*worth, strict=True)) == p.total_minor
