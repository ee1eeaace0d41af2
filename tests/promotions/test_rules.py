"""What promotions do to a basket: each effect by worked figures, and how they live together."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.money import Currency
from domain.promotions.model import (
    AmountOff,
    BundlePart,
    BundlePrice,
    BuyXGetY,
    Choice,
    Conditions,
    Exclusivity,
    FixedPrice,
    FreeShipping,
    Gift,
    Hours,
    ItemFilter,
    Method,
    OnReturn,
    PercentageOff,
    PointsBonus,
    PointsMultiplier,
    PromotionId,
    SpendSteps,
    Step,
    Target,
    Trigger,
)
from domain.promotions.outcomes import KnownCode, MissReason
from domain.promotions.rules import freeze, repriced
from tests.promotions.parts import CHANNEL, HATS, NOW, SHOES, done, item, off, only, promotion, situation, titles

TENTH = PercentageOff(100_000, Target.ORDER)


def test_a_percentage_of_each_line_rounds_half_up_on_the_line() -> None:
    assert off(done([promotion(1, PercentageOff(100_000))], item("a", 1, 1005), item("b", 3, 333))) == [101, 100]


def test_m01_an_amount_on_lines_comes_off_once() -> None:
    outcome = done([promotion(1, AmountOff(200, target=Target.LINES))], item("a", 3, 400))
    assert (off(outcome), outcome.shares[0][0].target) == ([200], Target.LINES)


def test_m03_a_tenth_of_the_order_is_shared_by_what_lines_cost() -> None:
    assert off(done([promotion(1, TENTH)], item("a", 1, 600), item("b", 1, 400))) == [60, 40]


def test_an_amount_per_unit_never_exceeds_the_line() -> None:
    outcome = done(
        [promotion(1, AmountOff(150, per_unit=True, target=Target.LINES))], item("a", 2, 100), item("b", 2, 500)
    )
    assert off(outcome) == [200, 300]


def test_a_fixed_price_lowers_dear_units_and_leaves_cheap_ones() -> None:
    assert off(done([promotion(1, FixedPrice(500))], item("a", 3, 800), item("b", 1, 400))) == [900, 0]


def test_m08_what_is_given_is_shared_by_what_was_bought_and_what_was_given() -> None:
    bogo = BuyXGetY(1, 1)
    assert off(done([promotion(1, bogo)], item("a", 1, 3000), item("b", 1, 2000))) == [1200, 800]


def test_what_is_given_stays_on_the_given_unit_when_a_return_forfeits_nothing() -> None:
    keeps = promotion(1, BuyXGetY(1, 1), on_return=OnReturn.FORFEIT_NOTHING)
    assert off(done([keeps], item("a", 1, 3000), item("b", 1, 2000))) == [0, 2000]


def test_m11_and_m13_the_cheapest_of_each_set_is_free() -> None:
    assert off(done([promotion(1, BuyXGetY(2, 1))], item("a", 3, 1399))) == [1399]
    assert off(done([promotion(1, BuyXGetY(3, 1))], item("a", 4, 1000))) == [1000]
    keeps = promotion(1, BuyXGetY(2, 1), on_return=OnReturn.FORFEIT_NOTHING)
    dear_first = done([keeps], item("a", 1, 100), item("b", 2, 500), item("c", 3, 900))
    assert off(dear_first) == [100, 0, 900]


def test_a_set_that_is_not_whole_says_how_many_units_are_missing() -> None:
    outcome = done([promotion(1, BuyXGetY(2, 1))], item("a", 2, 1000))
    assert [(miss.reason, miss.missing_quantity) for miss in outcome.misses] == [(MissReason.ADD_UNITS, 1)]


def test_sets_are_given_at_most_so_often() -> None:
    assert off(done([promotion(1, BuyXGetY(1, 1, times_max=2))], item("a", 10, 100))) == [200]


def test_half_off_a_listed_product_for_every_two_bought() -> None:
    buy = promotion(
        1,
        BuyXGetY(2, 1, ppm=500_000, get=only("c", "d"), choice=Choice.LISTED),
        conditions=Conditions(items=only("a", "b")),
        on_return=OnReturn.FORFEIT_NOTHING,
    )
    basket = item("a", 3, 1000), item("b", 1, 1000), item("c", 1, 300), item("d", 1, 500)
    assert off(done([buy], *basket)) == [0, 0, 150, 250]
    assert off(done([buy], basket[0], *basket[2:])) == [0, 0, 250]
    assert off(done([buy], *basket[2:])) == [0, 0]


def test_a_unit_that_may_be_bought_or_given_serves_once() -> None:
    either = BuyXGetY(1, 1, get=only("a"))
    assert off(done([promotion(1, either)], item("a", 1, 1000))) == [0]
    assert off(done([promotion(1, either)], item("a", 2, 1000))) == [1000]
    assert off(done([promotion(1, either)], item("a", 3, 1000))) == [1000]


def test_the_highest_step_that_is_reached_counts_and_the_next_one_is_near() -> None:
    steps = SpendSteps((Step(5000, amount_minor=500), Step(10_000, ppm=100_000)))
    low = done([promotion(1, steps)], item("a", 1, 4000))
    assert (off(low), low.misses[0].missing_minor) == ([0], 1000)
    middle = done([promotion(1, steps)], item("a", 1, 9000))
    assert (off(middle), middle.misses[0].missing_minor) == ([500], 1000)
    assert off(done([promotion(1, steps)], item("a", 1, 12_000))) == [1200]


def test_m56_a_bundle_is_shared_by_the_prices_of_its_parts() -> None:
    parts = tuple(BundlePart(only(key)) for key in "abc")
    outcome = done([promotion(1, BundlePrice(9000, parts))], item("a", 1, 5000), item("b", 1, 4000), item("c", 1, 3000))
    assert [5000 - off(outcome)[0], 4000 - off(outcome)[1], 3000 - off(outcome)[2]] == [3750, 3000, 2250]


def test_a_bundle_repeats_as_long_as_it_is_cheaper_and_takes_the_dearest_units() -> None:
    parts = (BundlePart(ItemFilter(category_ids=frozenset({SHOES})), 2),)
    shoes = item("a", 2, 900, category_ids=(SHOES,)), item("b", 3, 500, category_ids=(SHOES,))
    assert off(done([promotion(1, BundlePrice(1200, parts))], *shoes)) == [600, 0]
    assert sum(off(done([promotion(1, BundlePrice(900, parts))], *shoes))) == 900 + 100
    assert off(done([promotion(1, BundlePrice(900, parts))], shoes[0])) == [900]
    lacking = done([promotion(1, BundlePrice(900, parts))], item("b", 1, 500, category_ids=(SHOES,)))
    assert [(miss.reason, miss.missing_quantity) for miss in lacking.misses] == [(MissReason.ADD_UNITS, 1)]


def test_free_shipping_from_a_minimum_after_discounts() -> None:
    free = promotion(2, FreeShipping(), conditions=Conditions(minimum_subtotal_minor=5000))
    outcome = done([free, promotion(1, TENTH)], item("a", 1, 5500), shipping=595)
    assert (titles(outcome), outcome.misses) == ([("P1", 550), ("P2", 595)], ())
    assert outcome.charge_shares[0][0].amount_minor == 595
    capped = done([promotion(1, FreeShipping(400))], item("a", 1, 100), shipping=595)
    assert capped.charge_shares[0][0].amount_minor == 400
    off_lines = promotion(1, PercentageOff(500_000))
    assert [miss.missing_minor for miss in done([free, off_lines], item("a", 1, 5500), shipping=595).misses] == [2250]


def test_m44_a_gift_is_free_once_it_is_in_the_basket_and_its_price_lies_where_returns_say() -> None:
    gift = Gift((UUID(int=1000 + int("g", 36)),))
    spend = Conditions(minimum_subtotal_minor=10_000)
    main, mug = item("a", 1, 10_000), item("g", 1, 2000)
    assert off(done([promotion(1, gift, conditions=spend)], main, mug)) == [1667, 333]
    keeps = promotion(1, gift, conditions=spend, on_return=OnReturn.FORFEIT_NOTHING)
    assert off(done([keeps], main, mug)) == [0, 2000]
    (near,) = done([keeps], main).misses
    assert (near.reason, near.gift_variant_ids) == (MissReason.ADD_GIFT, gift.variant_ids)
    assert off(done([keeps], item("a", 1, 8001), mug)) == [0, 0]


def test_points_are_given_without_touching_a_price() -> None:
    outcome = done([promotion(1, PointsMultiplier(3_000_000)), promotion(2, PointsBonus(50))], item("a", 1, 1000))
    assert (titles(outcome), off(outcome)) == ([("P1", 0), ("P2", 0)], [0])


def test_promotions_go_by_what_they_work_on_then_by_priority_then_by_id_each_on_what_is_left() -> None:
    outcome = done(
        [
            promotion(1, TENTH, priority=2),
            promotion(9, TENTH, priority=1),
            promotion(5, AmountOff(1000, target=Target.LINES), priority=7),
        ],
        item("a", 1, 11_000),
    )
    assert titles(outcome) == [("P5", 1000), ("P9", 1000), ("P1", 900)]


def test_only_lines_that_match_are_touched() -> None:
    shoes = promotion(
        1, PercentageOff(500_000), conditions=Conditions(items=ItemFilter(category_ids=frozenset({SHOES})))
    )
    hats = promotion(
        2,
        AmountOff(100, per_unit=True, target=Target.LINES),
        conditions=Conditions(items=ItemFilter(collection_ids=frozenset({HATS}))),
    )
    by_variant = ItemFilter(variant_ids=frozenset({UUID(int=1000 + int("c", 36))}))
    third = promotion(3, AmountOff(30, target=Target.LINES), conditions=Conditions(items=by_variant))
    basket = (
        item("a", 1, 1000, category_ids=(SHOES,)),
        item("b", 3, 1000, collection_ids=(HATS,)),
        item("c", 1, 1000),
        item("d", 1, 1000),
    )
    assert off(done([third, hats, shoes], *basket)) == [500, 300, 30, 0]


def test_an_exclusive_promotion_that_applies_is_the_only_one() -> None:
    alone = promotion(2, TENTH, exclusivity=Exclusivity.ORDER, priority=5)
    other = promotion(1, PercentageOff(500_000))
    code = promotion(3, TENTH, trigger=Trigger.CODE)
    known = KnownCode("MORE", code.id)
    outcome = done([alone, other, code], item("a", 1, 1000), at=situation(known))
    assert (titles(outcome), [(m.code, m.reason) for m in outcome.misses]) == (
        [("P2", 100)],
        [("MORE", MissReason.NOT_COMBINABLE)],
    )
    dear = replace(alone, definition=replace(alone.definition, conditions=Conditions(minimum_subtotal_minor=2000)))
    assert titles(done([dear, other], item("a", 1, 1000))) == [("P1", 500)]


def test_a_line_that_belongs_to_one_promotion_alone_is_closed_to_others() -> None:
    first = promotion(1, PercentageOff(100_000), conditions=Conditions(items=only("a")), exclusivity=Exclusivity.LINES)
    outcome = done([first, promotion(2, PercentageOff(500_000))], item("a", 1, 1000), item("b", 1, 1000))
    assert off(outcome) == [100, 500]
    late = replace(first, definition=replace(first.definition, priority=9))
    assert off(done([late, promotion(2, PercentageOff(500_000))], item("a", 1, 1000))) == [500]


def test_one_promotion_of_a_stacking_group_applies() -> None:
    group = {"stacking_group": "summer"}
    outcome = done([promotion(1, TENTH, **group), promotion(2, TENTH, **group)], item("a", 1, 1000))
    assert titles(outcome) == [("P1", 100)]


def test_a_code_brings_its_promotion_once_and_says_why_it_does_not() -> None:
    coded = promotion(1, TENTH, trigger=Trigger.CODE, conditions=Conditions(minimum_subtotal_minor=500))
    assert titles(done([coded], item("a", 1, 1000))) == []
    known = KnownCode("TEN", coded.id), KnownCode("X", coded.id)
    outcome = done([coded], item("a", 1, 1000), at=situation(*known))
    assert outcome.applied[0].bound.code == "TEN"
    assert [(miss.code, miss.reason) for miss in outcome.misses] == [("X", MissReason.NOT_COMBINABLE)]
    (short,) = done([coded], item("a", 1, 300), at=situation(known[0])).misses
    assert (short.code, short.reason, short.missing_minor) == ("TEN", MissReason.SPEND_MORE, 200)
    used = situation(replace(known[0], is_used_up=True))
    assert titles(done([coded], item("a", 1, 1000), at=used)) == []


@pytest.mark.parametrize(
    ("conditions", "fits", "fails"),
    [
        (Conditions(sales_channel_ids=frozenset({CHANNEL})), {}, {"asked": UUID(int=9)}),
        (Conditions(tiers=frozenset({"GOLD"})), {"tier": "GOLD"}, {"tier": "BASE"}),
        (Conditions(customer_group_ids=frozenset({HATS})), {"group_ids": frozenset({HATS, SHOES})}, {}),
        (Conditions(first_order=True), {"customer": True}, {"customer": True, "has_ordered": True}),
        (Conditions(first_order=True), {"customer": True}, {}),
    ],
)
def test_conditions_on_who_buys_and_where(
    conditions: Conditions, fits: dict[str, object], fails: dict[str, object]
) -> None:
    def taken(given: dict[str, object]) -> list[tuple[str, int]]:
        values = dict(given)
        at = situation()
        asked = replace(at.asked, customer_id=UUID(int=5) if values.pop("customer", False) else None)
        channel = values.pop("asked", CHANNEL)
        assert isinstance(channel, UUID)
        at = replace(at, asked=replace(asked, sales_channel_id=channel), **values)  # type: ignore[arg-type]  # real fields
        return titles(done([promotion(1, TENTH, conditions=conditions)], item("a", 1, 1000), at=at))

    assert (taken(fits), taken(fails)) == ([("P1", 100)], [])


def test_conditions_on_how_lines_go_choose_lines() -> None:
    store = UUID(int=8)
    collected = promotion(1, PercentageOff(100_000), conditions=Conditions(methods=frozenset({Method.PICK_UP})))
    there = promotion(2, PercentageOff(100_000), conditions=Conditions(location_ids=frozenset({store})))
    basket = (
        item("a", 1, 1000),
        item("b", 1, 1000, method=Method.PICK_UP, location_id=store),
        item("c", 1, 1000, method=Method.PICK_UP, location_id=UUID(int=9)),
    )
    assert off(done([collected], *basket)) == [0, 100, 100]
    assert off(done([there], *basket)) == [0, 100, 0]


def test_a_period_and_the_hours_of_a_week_count_in_the_stores_zone() -> None:
    early = Conditions(hours=(Hours(frozenset({6}), 10 * 60, 11 * 60),), time_zone="Europe/Berlin")
    happy = promotion(1, TENTH, conditions=early)
    ten_in_london = situation()  # a Saturday; 11:00 in Berlin
    assert titles(done([happy], item("a", 1, 1000), at=ten_in_london)) == []
    assert titles(done([happy], item("a", 1, 1000), at=replace(ten_in_london, store_zone="Europe/London"))) == [
        ("P1", 100)
    ]
    summer = datetime(2026, 7, 4, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert titles(done([happy], item("a", 1, 1000), at=replace(ten_in_london, now=summer))) == [("P1", 100)]
    ends = promotion(1, TENTH, valid_from=NOW, valid_to=NOW + timedelta(hours=1))
    moments = [NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=1)]
    assert [len(titles(done([ends], item("a", 1, 1000), at=situation(now=now)))) for now in moments] == [0, 1, 0]


def test_limits_and_budgets_that_are_used_up_take_a_promotion_away() -> None:
    limited = promotion(1, TENTH, usage_limit=5, usage_limit_per_customer=1, funder="vendor:acme")

    def left(**changes: object) -> int:
        return len(titles(done([limited], item("a", 1, 1000), at=situation(**changes))))

    used = frozenset({limited.id})
    assert [left(), left(spent=used), left(uses=((limited.id, 1),))] == [1, 0, 0]
    assert [left(budgets=(("vendor:acme", 100),)), left(budgets=(("vendor:acme", 99),))] == [1, 0]


def test_amounts_apply_in_their_currency_only() -> None:
    euros = promotion(1, AmountOff(100), currency=Currency("EUR"))
    anywhere = promotion(2, TENTH, currency=None)
    assert titles(done([euros, anywhere], item("a", 1, 1000))) == [("P2", 100)]


def test_what_was_frozen_gives_the_same_shares_again_and_those_of_what_is_kept() -> None:
    threshold = promotion(1, AmountOff(5000), conditions=Conditions(minimum_subtotal_minor=10_000))
    basket = item("a", 1, 6000), item("b", 1, 6000)
    outcome = done([threshold], *basket)
    frozen = freeze(outcome, None)
    assert repriced(frozen, [(1, 6000), (1, 6000)]).shares == outcome.shares
    assert off(repriced(frozen, [(0, 6000), (1, 6000)])) == [0, 0]


def test_at_most_ten_promotions_are_near() -> None:
    far = [promotion(n, TENTH, conditions=Conditions(minimum_subtotal_minor=2000 + n)) for n in range(1, 15)]
    outcome = done(far, item("a", 1, 1000))
    assert [miss.title for miss in outcome.misses] == [f"P{n}" for n in range(1, 11)]


def test_a_promotion_that_no_line_brings_is_not_even_near() -> None:
    shoes = Conditions(items=ItemFilter(category_ids=frozenset({SHOES})), minimum_quantity=2)
    assert done([promotion(1, TENTH, conditions=shoes)], item("a", 1, 1000)).misses == ()
    assert PromotionId(UUID(int=1)) not in {miss.promotion_id for miss in done([], item("a", 1, 1)).misses}
