"""What holds for any basket and any promotions."""

from dataclasses import replace
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.effects import PPM
from domain.promotions.model import (
    AmountOff,
    BundlePart,
    BundlePrice,
    BuyXGetY,
    Choice,
    Conditions,
    Effect,
    Exclusivity,
    FixedPrice,
    FreeShipping,
    Gift,
    ItemFilter,
    OnReturn,
    PercentageOff,
    Promotion,
    SpendSteps,
    Step,
    Target,
)
from domain.promotions.outcomes import Item, Outcome
from domain.promotions.rules import freeze, repriced
from tests.promotions.parts import done, item, off, promotion

KEYS = "abcdefgh"
CATEGORIES = tuple(UUID(int=n) for n in range(90, 93))

prices = st.integers(0, 30_000)
items_filters = st.one_of(
    st.just(ItemFilter()),
    st.builds(ItemFilter, category_ids=st.frozensets(st.sampled_from(CATEGORIES), min_size=1)),
    st.builds(
        ItemFilter,
        product_ids=st.frozensets(st.sampled_from([UUID(int=int(key, 36)) for key in KEYS]), min_size=1),
    ),
)
targets = st.sampled_from([Target.LINES, Target.ORDER])
ppms = st.integers(1, PPM)
amounts = st.integers(1, 20_000)
units = st.integers(1, 3)
by_line: st.SearchStrategy[Effect] = st.one_of(
    st.builds(PercentageOff, ppms),
    st.builds(AmountOff, amounts, st.just(True), st.just(Target.LINES)),
    st.builds(FixedPrice, prices),
)
effects: st.SearchStrategy[Effect] = st.one_of(
    by_line,
    st.builds(PercentageOff, ppms, targets),
    st.builds(AmountOff, amounts, st.booleans(), targets),
    st.builds(BuyXGetY, units, units, ppms, st.one_of(st.none(), items_filters), st.sampled_from(Choice)),
    st.builds(lambda a, b: SpendSteps((Step(a, amount_minor=500), Step(a + b, ppm=100_000))), prices, amounts),
    st.builds(
        BundlePrice, prices, st.lists(st.builds(BundlePart, items_filters, units), min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Gift, st.just((UUID(int=1000 + int("a", 36)),)), units),
    st.builds(FreeShipping, st.one_of(st.none(), amounts)),
)


@st.composite
def promotions(draw: st.DrawFn, kinds: st.SearchStrategy[Effect] = effects, *, plain: bool = False) -> list[Promotion]:
    """Up to six automatic promotions; plain ones stand beside all others and ask for nothing but their items."""
    made = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        conditions = Conditions(items=draw(items_filters))
        if not plain:
            conditions = replace(
                conditions,
                minimum_subtotal_minor=draw(st.sampled_from([0, 0, 5000])),
                minimum_quantity=draw(st.integers(0, 3)),
            )
        made.append(
            promotion(
                number,
                draw(kinds),
                conditions=conditions,
                priority=draw(st.integers(0, 2)),
                on_return=draw(st.sampled_from(OnReturn)),
                exclusivity=Exclusivity.NONE if plain else draw(st.sampled_from(Exclusivity)),
                stacking_group=None if plain else draw(st.sampled_from([None, None, "g"])),
            )
        )
    return made


@st.composite
def baskets(draw: st.DrawFn) -> list[Item]:
    """One to six lines, some in a category."""
    count = draw(st.integers(1, 6))
    return [
        item(
            KEYS[n],
            draw(st.integers(1, 9)),
            draw(prices),
            category_ids=tuple(draw(st.frozensets(st.sampled_from(CATEGORIES), max_size=2))),
        )
        for n in range(count)
    ]


def by_key(basket: list[Item], outcome: Outcome) -> dict[str, int]:
    return dict(zip([one.key for one in basket], off(outcome), strict=True))


@given(promotions(), baskets(), st.integers(0, 2_000))
def test_shares_sum_to_what_was_taken_and_no_line_falls_below_zero(
    made: list[Promotion], basket: list[Item], shipping: int
) -> None:
    outcome = done(made, *basket, shipping=shipping)
    shares = [share for group in (*outcome.shares, *outcome.charge_shares) for share in group]
    for one in outcome.applied:
        assert sum(s.amount_minor for s in shares if s.promotion_id == one.bound.id) == one.amount_minor > 0
    assert {share.promotion_id for share in shares} == {one.bound.id for one in outcome.applied}
    assert all(share.amount_minor > 0 for share in shares)
    for line, taken in zip(basket, off(outcome), strict=True):
        assert 0 <= taken <= line.quantity * line.unit_price_minor
    assert sum(s.amount_minor for group in outcome.charge_shares for s in group) <= shipping


@given(promotions(), baskets(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(made: list[Promotion], basket: list[Item], random: Random) -> None:
    shuffled = list(basket)
    random.shuffle(shuffled)
    random.shuffle(made)
    assert by_key(basket, done(made, *basket)) == by_key(shuffled, done(made, *shuffled))


@given(promotions(by_line, plain=True), baskets(), prices, st.integers(1, 9))
def test_adding_an_item_never_changes_another_lines_price_under_promotions_on_single_lines(
    made: list[Promotion], basket: list[Item], price: int, quantity: int
) -> None:
    more = [*basket, item("h", quantity, price, category_ids=CATEGORIES)]
    assert off(done(made, *more))[: len(basket)] == off(done(made, *basket))


@given(effects, baskets(), prices, st.integers(1, 9))
def test_adding_an_item_never_takes_a_promotion_on_the_whole_basket_away(
    effect: Effect, basket: list[Item], price: int, quantity: int
) -> None:
    """Of one promotion for all goods; a rule that gives listed or cheapest goods says itself what is given."""
    if isinstance(effect, BuyXGetY | BundlePrice):
        effect = BuyXGetY(2, 1)
    made = [promotion(1, effect, conditions=Conditions(minimum_subtotal_minor=5000))]
    more = [*basket, item("h", quantity, price)]
    assert sum(off(done(made, *more))) >= sum(off(done(made, *basket)))


@given(promotions(), baskets())
def test_every_share_is_computed_again_from_what_was_frozen(made: list[Promotion], basket: list[Item]) -> None:
    outcome = done(made, *basket)
    again = repriced(freeze(outcome, None), [(one.quantity, one.unit_price_minor) for one in basket])
    assert (again.shares, again.applied) == (outcome.shares, outcome.applied)


@given(promotions(), baskets(), st.data())
def test_what_is_kept_of_an_order_costs_no_more_than_its_list_price(
    made: list[Promotion], basket: list[Item], data: st.DataObject
) -> None:
    kept = [(data.draw(st.integers(0, one.quantity)), one.unit_price_minor) for one in basket]
    again = repriced(freeze(done(made, *basket), None), kept)
    for (quantity, price), taken in zip(kept, off(again), strict=True):
        assert 0 <= taken <= quantity * price
