"""Returns under promotions that are priced again: whatever is returned in whatever parts, it sums to what was paid."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.orders.model import LineDiscount, LineTax, OrderLine, OrderLineId
from domain.pricing import rules as pricing
from domain.pricing.model import Basket, BasketLine, TaxPlace, TaxRate, TaxTable
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
    included, rates = draw(st.booleans()), draw(st.lists(st.integers(1, 250_000), max_size=2))
    table = TaxTable(tuple(TaxRate("US", f"J{n}", ppm, SINCE) for n, ppm in enumerate(rates)))
    lines = tuple(BasketLine(item("abc"[n], *size), "standard", HERE) for n, size in enumerate(sizes))
    basket = pricing.promoted(Basket(USD, included, lines, table), Offered(Active(made), situation()), lambda _: ())
    priced = pricing.price(basket)
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
    text, lines, taxes = sale
    if not frozen_of(text).applied:
        return
    by_id = {line.id: taxes[n] for n, line in enumerate(lines)}
    units = [(n, slot) for n, line in enumerate(lines) for slot in range(line.quantity)]
    random.shuffle(units)
    settled: dict[OrderLineId, list[tuple[int, int]]] = {line.id: [] for line in lines}
    before, refunds = Withheld(), []
    while units:
        taken = [units.pop() for _ in range(min(len(units), 1 + random.randrange(3)))]
        quoted = [rules.quoted(lines[n], taxes[n], ((slot, 1),)) for n, slot in taken]
        for n, slot in taken:
            settled[lines[n].id].append((slot, 1))
        after = repricing.lost(text, lines, by_id, settled)
        worth = Withheld(sum(q.net_minor for q in quoted), rules.added(t for q in quoted for t in q.taxes))
        now = repricing.withheld_now(worth, before, after, 0)
        before = repricing.added([before, now])
        refunds.append(worth.minor - now.minor)
    assert min(refunds) >= 0
    assert sum(refunds) == sum(line.total_minor for line in lines)
    assert before.minor == 0
