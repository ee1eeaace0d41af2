"""Returns under promotions that are priced again: whatever is returned in whatever parts, it sums to what was paid."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.orders.model import LineDiscount, LineTax, OrderLine, OrderLineId
from domain.orders.rules import Worth
from domain.pricing import rules as pricing
from domain.pricing.model import Basket, BasketLine, PointsTender, TaxPlace, TaxRate, TaxTable
from domain.promotions.compiling import Active, Offered
from domain.promotions.model import (
    AmountOff,
    BuyXGetY,
    Conditions,
    Effect,
    OnReturn,
    PercentageOff,
    SpendSteps,
    Step,
    Target,
)
from domain.promotions.rules import freeze
from domain.promotions.stored import frozen_of, frozen_text
from domain.returns import repricing, rules
from domain.returns.model import Withheld
from tests.promotions.parts import SINCE, USD, item, promotion, situation
from tests.returns.parts import order_line

HERE = TaxPlace("US")

effects: st.SearchStrategy[Effect] = st.one_of(
    st.builds(PercentageOff, st.integers(1, 1_000_000), st.sampled_from([Target.LINES, Target.ORDER])),
    st.builds(AmountOff, st.integers(1, 5_000)),
    st.builds(BuyXGetY, st.integers(1, 2), st.integers(1, 2)),
    st.builds(lambda least: SpendSteps((Step(least, amount_minor=700),)), st.integers(0, 5_000)),
)


@st.composite
def sales(draw: st.DrawFn) -> tuple[str, list[OrderLine], dict[int, list[LineTax]]]:
    """An order of one to three lines under one or two promotions, of which one at least is priced again."""
    sizes = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3_000)), min_size=1, max_size=3))
    made = [
        promotion(
            number,
            draw(effects),
            conditions=Conditions(minimum_subtotal_minor=draw(st.sampled_from([0, 2_000]))),
            on_return=OnReturn.RECALCULATE if number == 1 else draw(st.sampled_from(OnReturn)),
        )
        for number in range(1, draw(st.integers(1, 2)) + 1)
    ]
    cancels = draw(st.booleans())
    included, rates = draw(st.booleans()), draw(st.lists(st.integers(1, 250_000), max_size=2))
    table = TaxTable(tuple(TaxRate("US", f"J{n}", ppm, SINCE) for n, ppm in enumerate(rates)))
    lines = tuple(BasketLine(item("abc"[n], *size), "standard", HERE) for n, size in enumerate(sizes))
    basket = pricing.promoted(Basket(USD, included, lines, table), Offered(Active(made), situation()), lambda _: ())
    priced = pricing.price(basket)
    points = priced.goods_total_minor * draw(st.sampled_from([0, 0, 1, 50, 99, 100])) // 100
    priced = pricing.with_points(priced, PointsTender(points, points))
    found = [
        order_line(
            line.quantity,
            line.net_minor,
            line.tax_minor,
            number=n,
            unit_price_minor=line.unit_price_minor,
            gross_minor=line.gross_minor,
            line_discount_minor=line.line_discount_minor,
            order_discount_minor=line.order_discount_minor,
            points=line.points,
            points_value_minor=line.points_value_minor,
            canceled=draw(st.integers(0, line.quantity - 1)) if cancels else 0,
        )
        for n, line in enumerate(priced.lines)
    ]
    found = [
        replace(
            kept,
            discounts=tuple(LineDiscount(str(s.promotion_id), "P", None, s.amount_minor) for s in line.discounts),
        )
        for kept, line in zip(found, priced.lines, strict=True)
    ]
    taxes = {
        n: [LineTax(t.jurisdiction, t.rate_ppm, t.amount_minor) for t in line.taxes]
        for n, line in enumerate(priced.lines)
    }
    return frozen_text(freeze(priced.outcome, None)), found, taxes


@given(sales(), st.randoms(use_true_random=False))
def test_any_parts_in_any_order_sum_to_what_was_paid_and_no_part_is_negative(
    sale: tuple[str, list[OrderLine], dict[int, list[LineTax]]], random: Random
) -> None:
    """Of money, of net and of every tax; what points paid comes back as points, with the units that they paid."""
    text, lines, taxes = sale
    if not frozen_of(text).applied:
        return
    by_id = {line.id: taxes[n] for n, line in enumerate(lines)}
    units = [(n, slot) for n, line in enumerate(lines) for slot in range(line.quantity - line.canceled)]
    random.shuffle(units)
    settled: dict[OrderLineId, list[tuple[int, int]]] = {line.id: [] for line in lines}
    paid = repricing.kept_worth(lines, by_id, settled)
    before, refunds, back = Withheld(), [], Counter[str]()
    while units:
        taken = [units.pop() for _ in range(min(len(units), 1 + random.randrange(3)))]
        quoted = [rules.quoted(lines[n], taxes[n], ((slot, 1),)) for n, slot in taken]
        for n, slot in taken:
            settled[lines[n].id].append((slot, 1))
        returned, kept = rules.together(quoted), repricing.kept_worth(lines, by_id, settled)
        after = repricing.lost(text, lines, by_id, settled)
        now = repricing.withheld_now(returned, kept, before, after)
        before = repricing.added([before, now])
        refunds.append(returned.paid_minor - now.minor)
        for part in (*returned.taxes, *(replace(tax, amount_minor=-tax.amount_minor) for tax in now.taxes)):
            back[part.jurisdiction] += part.amount_minor
        assert 0 <= sum(refunds) <= paid.paid_minor
        assert all(0 <= back[tax.jurisdiction] <= tax.amount_minor for tax in paid.taxes)
    assert back == Counter({tax.jurisdiction: tax.amount_minor for tax in paid.taxes})
    assert min(refunds) >= 0
    assert sum(refunds) == paid.paid_minor
    assert before == Withheld()


def test_what_points_paid_never_comes_back_as_money() -> None:
    """Two goods at 6.00 cost 7.00 together, all of it paid by points; the one that is kept costs 1.00."""
    now = repricing.withheld_now(
        Worth(350, (), 350, 0), kept=Worth(350, (), 350, 0), before=Withheld(), after=Withheld(-250)
    )
    assert now == Withheld()
