"""Promotions on orders: what is frozen, what is claimed and given back, what points are earned, at what cost."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store as ledger
from domain.loyalty import store as loyalty_store
from domain.loyalty.model import EarnExtra, EarnLine, EarnOrder
from domain.loyalty.program import OnReturn as KeptPoints
from domain.loyalty.program import Terms
from domain.loyalty.rules import plan, tier_for
from domain.orders import service, store
from domain.orders.checkout_model import Checkout
from domain.orders.tills import TillLine, TillSale, TillTender
from domain.promotions import claiming
from domain.promotions import service as promotions
from domain.promotions import store as promotion_store
from domain.promotions.errors import DiscountUsedUp
from domain.promotions.model import (
    BuyXGetY,
    Conditions,
    Definition,
    FixedPrice,
    PercentageOff,
    PointsBonus,
    PointsMultiplier,
    Target,
)
from domain.promotions.rules import repriced
from domain.promotions.stored import frozen_of
from tests.conftest import NOW
from tests.orders.conftest import counted as counted  # noqa: PLC0414 - the fixture of order tests
from tests.orders.shop import GBP, TILL, Shop, open_shop
from tests.promotions.parts import live

MakeAct = Callable[..., Act]
TENTH = Definition("Tenth", PercentageOff(100_000, Target.ORDER), NOW)


def sale(shop: Shop, **changes: object) -> TillSale:
    """Three shirts and a mug, for cash, to the member."""
    plain = TillSale(
        sales_channel_id=shop.tills,
        location_id=shop.soho,
        terminal_id=TILL,
        lines=(TillLine(shop.shirt, 3), TillLine(shop.mug, 1)),
        tender=TillTender.CASH,
        customer_id=shop.customer,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name real fields


def sold(conn: WriteConnection, shop: Shop, act: Act, **changes: object) -> Checkout:
    return service.create_at_till(conn, sale(shop, **changes), act.by(shop.associate))


def test_an_order_keeps_what_applied_and_every_share_is_computed_again_from_it(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    live(conn, act, replace(TENTH, title="Third", effect=BuyXGetY(2, 1)))
    live(conn, act, replace(TENTH, title="Nine", effect=FixedPrice(900), currency=GBP))
    tenth = live(conn, act, TENTH, "TEN")
    done = sold(conn, shop, act, discount_codes=("TEN",))
    order, lines = store.order(conn, done.order_id), store.lines_of_orders(conn, [done.order_id])[done.order_id]
    frozen = frozen_of(order.promotions)
    again = repriced(frozen, [(line.quantity, line.unit_price_minor) for line in lines])
    assert [[(str(s.promotion_id), s.amount_minor) for s in shares] for shares in again.shares] == [
        [(discount.discount_id, discount.amount_minor) for discount in line.discounts] for line in lines
    ]
    assert [one.bound.title for one in frozen.applied] == ["Third", "Nine", "Tenth"]
    assert (frozen.applied[2].bound.id, frozen.applied[2].bound.code) == (tenth.id, "TEN")
    assert sum(one.amount_minor for one in frozen.applied) == order.discount_minor
    assert service.verify(conn) == []


@pytest.mark.parametrize(
    ("changes", "more"),
    [({}, 0), ({"usage_limit": 5}, 1), ({"usage_limit_per_customer": 1}, 1)],
    ids=["unlimited", "limited", "per customer"],
)
def test_a_sale_takes_no_statement_more_for_a_promotion_and_one_for_a_limit(
    conn: WriteConnection, make_act: MakeAct, counted: list[str], changes: dict[str, int], more: int
) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    sold(conn, shop, act)
    counted.clear()
    sold(conn, shop, act)
    without = len(counted)
    live(conn, act, replace(TENTH, title=f"{conn.dialect.name} {changes}", **changes))  # type: ignore[arg-type]  # real fields
    promotions.warm(conn, NOW)
    counted.clear()
    done = sold(conn, shop, act)
    assert (len(counted) - without, store.order(conn, done.order_id).discount_minor) == (more, 460)


def test_the_last_use_is_claimed_with_the_order(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    made = live(conn, act, replace(TENTH, usage_limit=1, usage_limit_per_customer=1))
    first = sold(conn, shop, act)
    assert promotion_store.uses(conn, [made.id]) == {made.id: 1}
    second = sold(conn, shop, act)
    discounts = [store.order(conn, one.order_id).discount_minor for one in (first, second)]
    assert discounts == [460, 0]


def test_a_sale_that_was_priced_before_the_last_use_went_is_refused(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    made = live(conn, act, replace(TENTH, usage_limit=1))
    done = sold(conn, shop, act)
    with pytest.raises(DiscountUsedUp):
        claiming.claim(conn, shop.wallet, frozen_of(store.order(conn, done.order_id).promotions), GBP, act)
    assert promotion_store.uses(conn, [made.id]) == {made.id: 1}


def test_a_multiplier_and_a_bonus_are_paid_by_their_funders(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    triple = Definition("Triple", PointsMultiplier(3_000_000), NOW, funder="vendor:acme")
    live(conn, act, triple)
    live(conn, act, replace(triple, title="Bonus", effect=PointsBonus(50), funder="program"))
    sold(conn, shop, act)
    wallet = loyalty_store.wallets(conn, [shop.wallet], NOW)[shop.wallet]
    # 45.99 earns 45 points; the vendor pays twice as many again.
    assert wallet.available == 45 + 91 + 50
    lots = ledger.living_lots(conn, [wallet.ledger_id])[wallet.ledger_id]
    by_funder = {
        funder: sum(lot.original for lot in lots if lot.funder == funder) for funder in ("program", "vendor:acme")
    }
    assert by_funder == {"program": 95, "vendor:acme": 91}


def test_extras_multiply_their_lines_only_and_a_bonus_needs_one_that_earns() -> None:
    lines = tuple(
        EarnLine(TILL, amount, 1, "", excluded=excluded)
        for amount, excluded in ((1000, False), (2000, False), (500, True))
    )
    extras = (
        EarnExtra("double", "program", (0,), Fraction(2)),
        EarnExtra("gift", "program", (2,), points=9),
        EarnExtra("plus", "program", (1,), points=7, on_return=KeptPoints.KEEP),
    )
    order = EarnOrder(TILL, TILL, GBP, "POS", lines, NOW, extras=extras)
    grants = plan(Terms(), tier_for(Terms(), 0), order)
    assert [(grant.component, grant.line, grant.points, grant.on_return) for grant in grants] == [
        ("base", 0, 10, KeptPoints.PRORATE),
        ("base", 1, 20, KeptPoints.PRORATE),
        ("double", 0, 10, KeptPoints.PRORATE),
        ("plus", None, 7, KeptPoints.KEEP),
    ]


def test_a_promotion_for_a_first_order_is_for_the_first_order(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    live(conn, act, replace(TENTH, conditions=Conditions(first_order=True), usage_limit_per_customer=1))
    discounts = [store.order(conn, sold(conn, shop, act).order_id).discount_minor for _ in range(2)]
    stranger = sold(conn, shop, act, customer_id=None)
    assert (discounts, store.order(conn, stranger.order_id).discount_minor) == ([460, 0], 0)
