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
    PointsTender,
    PricedBasket,
    PricedLine,
    ShippingCharge,
    TaxPlace,
    TaxRate,
    TaxTable,
)
from domain.promotions.compiling import Active, Offered
from domain.promotions.model import (
    AmountOff,
    Conditions,
    Effect,
    FreeShipping,
    Method,
    PercentageOff,
    Promotion,
    Target,
)
from domain.promotions.outcomes import Item
from tests.promotions.parts import promotion, situation

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
HERE = TaxPlace("US", "CA", "90001")
TENTH = PercentageOff(100_000, Target.ORDER)


def line(key: str, quantity: int, price_minor: int, **changes: object) -> BasketLine:
    item = Item(key, UUID(int=int(key, 36)), UUID(int=1), quantity, price_minor, Method.SHIPPING)
    return replace(BasketLine(item, "standard", HERE), **changes)  # type: ignore[arg-type]  # tests name real fields


def price(plain: Basket, *promotions: Promotion) -> PricedBasket:
    offered = Offered(Active(promotions), situation())
    return rules.price(rules.promoted(plain, offered, lambda _: plain.shipping))


def discount(number: int, effect: Effect, minimum_minor: int = 0) -> Promotion:
    return promotion(number, effect, conditions=Conditions(minimum_subtotal_minor=minimum_minor), currency=None)


def rate(jurisdiction: str, rate_ppm: int, **changes: object) -> TaxRate:
    return replace(TaxRate("US", jurisdiction, rate_ppm, SINCE), **changes)  # type: ignore[arg-type]  # same


def basket(*lines: BasketLine, rates: tuple[TaxRate, ...] = (), included: bool = False, **changes: object) -> Basket:
    plain = Basket(Currency("USD"), included, lines, TaxTable(rates))
    return replace(plain, **changes)  # type: ignore[arg-type]  # same


def units(priced: PricedLine, total: int) -> list[int]:
    return [slot(total, index, priced.quantity) for index in range(priced.quantity)]


def test_m01_three_units_less_two_dollars_are_worth_333_334_333() -> None:
    (priced,) = price(basket(line("a", 3, 400)), discount(1, AmountOff(200, target=Target.LINES))).lines
    assert (priced.gross_minor, priced.line_discount_minor, priced.total_minor) == (1200, 200, 1000)
    assert units(priced, priced.total_minor) == [333, 334, 333]


def test_m03_an_order_discount_is_shared_by_line_net() -> None:
    priced = price(basket(line("a", 1, 600), line("b", 1, 400)), discount(1, TENTH))
    assert [p.order_discount_minor for p in priced.lines] == [60, 40]
    assert [p.total_minor for p in priced.lines] == [540, 360]


def test_m05_tax_is_added_after_the_discount() -> None:
    plain = basket(line("a", 2, 10000), rates=(rate("STATE", 100_000),))
    (priced,) = price(plain, discount(1, AmountOff(2000))).lines
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
    priced = price(basket(line("a", 1, 3000), line("b", 1, 2000)), discount(1, AmountOff(2000, target=Target.LINES)))
    assert [p.total_minor for p in priced.lines] == [1800, 1200]


def test_m12_a_threshold_that_is_met_takes_ten_percent() -> None:
    off = discount(1, TENTH, 30000)
    assert price(basket(line("a", 6, 5000)), off).total_minor == 27000
    short = price(basket(line("a", 5, 5000)), off)
    assert (short.total_minor, short.outcome.applied) == (25000, ())
    assert [miss.missing_minor for miss in short.outcome.misses] == [5000]


def test_m32_points_are_shared_by_line_totals() -> None:
    priced = rules.price(basket(line("a", 2, 1999), line("b", 1, 1001), points=PointsTender(500, 500)))
    assert [(p.points, p.points_value_minor) for p in priced.lines] == [(400, 400), (100, 100)]
    assert (priced.total_minor, priced.points_value_minor, priced.due_minor) == (4999, 500, 4499)


def test_m37_ten_percent_off_then_seven_percent_tax() -> None:
    priced = price(basket(line("a", 3, 1200), rates=(rate("STATE", 70_000),)), discount(1, TENTH))
    assert (priced.total_minor, priced.tax_minor) == (3467, 227)


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 333), ("KWD", 333), ("EUR", 333)])
def test_a_currency_with_any_number_of_digits_is_counted_in_its_minor_units(currency: str, expected: int) -> None:
    off = discount(1, PercentageOff(666_667))
    assert price(basket(line("a", 1, 1000), currency=Currency(currency)), off).total_minor == expected


def test_equal_remainders_go_to_the_earlier_line() -> None:
    priced = price(basket(line("a", 1, 500), line("b", 1, 500)), discount(1, AmountOff(1)))
    assert [p.order_discount_minor for p in priced.lines] == [1, 0]


def test_a_discount_worth_more_than_the_line_leaves_zero() -> None:
    offs = discount(1, AmountOff(900, per_unit=True, target=Target.LINES)), discount(2, AmountOff(500))
    priced = price(basket(line("a", 2, 500), rates=(rate("S", 70_000),)), *offs)
    assert (priced.total_minor, priced.lines[0].line_discount_minor) == (0, 1000)
    assert [applied.bound.title for applied in priced.outcome.applied] == ["P1"]


def test_a_discount_on_shipping_lowers_its_tax() -> None:
    charge = ShippingCharge("g1", 600, "shipping", HERE)
    plain = basket(line("a", 1, 1000), rates=(rate("S", 100_000),), shipping=(charge,))
    priced = price(plain, discount(1, FreeShipping(200)))
    assert (priced.shipping[0].amount_minor, priced.shipping[0].discount_minor) == (600, 200)
    assert (priced.shipping_net_minor, priced.shipping_tax_minor, priced.total_minor) == (400, 40, 1540)
    assert price(plain, discount(1, FreeShipping())).total_minor == 1100


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
EFFECTS = st.one_of(
    st.builds(PercentageOff, st.integers(1, 1_000_000), st.sampled_from([Target.LINES, Target.ORDER])),
    st.builds(AmountOff, st.integers(1, 1_000_000), st.booleans(), st.sampled_from([Target.LINES, Target.ORDER])),
)
DISCOUNTS = st.lists(st.tuples(EFFECTS, st.integers(0, 50_000)), max_size=4)


def sized(sizes: list[tuple[int, int]], ppms: list[int], *, included: bool) -> Basket:
    return basket(
        *(line("abcdefgh"[index], quantity, unit) for index, (quantity, unit) in enumerate(sizes)),
        rates=tuple(rate(f"J{index}", ppm) for index, ppm in enumerate(ppms)),
        included=included,
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
    offs: list[tuple[Effect, int]],
    included: bool,
    points_value: int,
    shipping: int,
) -> None:
    plain = replace(sized(sizes, ppms, included=included), shipping=(ShippingCharge("g1", shipping, "shipping", HERE),))
    promotions = [discount(n + 1, effect, minimum) for n, (effect, minimum) in enumerate(offs)]
    priced = price(plain, *promotions)
    value = min(points_value, priced.goods_total_minor)
    priced = rules.with_points(priced, PointsTender(3 * value + 1, value))
    assert (priced.points, priced.points_value_minor) == (3 * value + 1, value)
    assert sum(applied.amount_minor for applied in priced.outcome.applied) == priced.discount_minor
    assert priced.subtotal_minor - priced.discount_minor + shipping == (
        priced.total_minor if included else priced.total_minor - priced.tax_minor
    )
    assert priced.due_minor == priced.total_minor - value >= 0
    for p in priced.lines:
        assert p.net_minor >= 0
        assert p.net_minor + p.tax_minor == p.total_minor
        assert p.line_discount_minor + p.order_discount_minor == sum(s.amount_minor for s in p.discounts)
        assert 0 <= p.points_value_minor <= p.total_minor


@given(LINES, RATES, DISCOUNTS, st.booleans())
def test_units_of_a_line_sum_to_the_line_for_net_each_tax_and_points(
    sizes: list[tuple[int, int]], ppms: list[int], offs: list[tuple[Effect, int]], included: bool
) -> None:
    priced = price(
        sized(sizes, ppms, included=included), *(discount(n + 1, effect) for n, (effect, _) in enumerate(offs))
    )
    goods = priced.goods_total_minor
    for p in rules.with_points(priced, PointsTender(goods, goods)).lines:
        assert sum(units(p, p.net_minor)) == p.net_minor
        assert [sum(units(p, tax.amount_minor)) for tax in p.taxes] == [tax.amount_minor for tax in p.taxes]
        assert sum(units(p, p.points)) == p.points
        worth = [units(p, p.net_minor), *(units(p, tax.amount_minor) for tax in p.taxes)]
        assert sum(sum(unit) for unit in zip(*worth, strict=True)) == p.total_minor
