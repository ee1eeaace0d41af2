"""The loyalty room's commands, one rule at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.customers.model import Customer, CustomerId
from domain.customers.store import insert as insert_customers
from domain.ledger import store as ledger
from domain.ledger.errors import ExceedsHold, HoldExpired, InsufficientPoints, WalletClosed, WalletFrozen
from domain.ledger.model import HoldState, WalletId, WalletStatus
from domain.loyalty import rules, service, store
from domain.loyalty.errors import ApprovalRequired, CustomerNotFound, ExceedsPurchasedQuantity, InvalidProgram
from domain.loyalty.program import EarnRule, Rate, RuleType, Terms, Tier, Vesting
from domain.money import Currency, Money
from tests.conftest import NOW
from tests.loyalty.shop import AT_ONCE, member, named, order, programme, units, vector

MakeAct = Callable[..., Act]
WAITING = Terms(vesting=Vesting.FULFILLMENT)


def test_enrolling_twice_gives_the_same_empty_wallet(conn: WriteConnection, act: Act) -> None:
    ada = Customer(
        id=CustomerId(act.new_id()),
        email="ada@example.com",
        phone=None,
        given_name=None,
        family_name=None,
        loyalty_card_number="C-1",
        external_reference=None,
        created_at=NOW,
        version=1,
    )
    insert_customers(conn, [ada])
    first = service.enroll(conn, ada.id, act)
    assert service.enroll(conn, ada.id, act) == first
    assert (first.customer_id, first.available, first.version, first.tier.tier) == (ada.id, 0, 0, "BASE")
    assert store.wallets_by_customers(conn, [ada.id], NOW) == {ada.id: first}


def test_nobody_is_enrolled_who_does_not_exist(conn: WriteConnection, act: Act) -> None:
    with pytest.raises(CustomerNotFound):
        service.enroll(conn, UUID(int=404), act)


def test_fifty_nine_points_on_three_units_go_back_as_20_20_19(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act)
    assert service.earn_order(conn, order("o", ann, (5997, 3)), act) == 59
    clawed = [
        service.book_return(conn, named("o"), [units("o", 0, 1, before, 3)], "r", act).clawed for before in range(3)
    ]
    assert clawed == [20, 20, 19]
    assert vector(conn, ann) == (0, 0, 0, 0)


def test_points_spent_come_back_by_the_prefix_of_each_line(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act, points=500)
    hold = service.hold(conn, ann, 500, act, until=None, owner="checkout")
    shares = [(named("o/0"), 400, 2), (named("o/1"), 100, 1)]
    service.record_tender(conn, named("o"), hold.id, shares, act)
    service.capture_hold(conn, hold.id, 500, act, order_id=named("o"))
    back = [units("o", 0, 1, 0, 2), units("o", 1, 1, 0, 1), units("o", 0, 1, 1, 2)]
    given = [service.book_return(conn, named("o"), [part], "r", act).points_back for part in back]
    assert given == [200, 100, 200]
    assert vector(conn, ann) == (500, 0, 0, 0)


def test_units_that_come_back_before_the_capture_shrink_the_hold(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act, points=500)
    hold = service.hold(conn, ann, 300, act, until=None, owner="checkout")
    service.record_tender(conn, named("o"), hold.id, [(named("o/0"), 300, 3)], act)
    assert service.book_return(conn, named("o"), [units("o", 0, 1, 0, 3)], "r", act).points_back == 100
    assert vector(conn, ann) == (300, 0, 200, 0)
    with pytest.raises(ExceedsHold) as refused:
        service.capture_hold(conn, hold.id, 300, act, order_id=named("o"))
    assert refused.value.facts == {"maximum": 200}


def test_more_units_than_were_bought_never_come_back(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act)
    service.earn_order(conn, order("o", ann, (3000, 2)), act)
    service.book_return(conn, named("o"), [units("o", 0, 1, 0, 2)], "r", act)
    with pytest.raises(ExceedsPurchasedQuantity) as refused:
        service.book_return(conn, named("o"), [units("o", 0, 2, 1, 2)], "r", act)
    assert refused.value.facts == {"maximum": 1}
    assert vector(conn, ann) == (15, 0, 0, 0)


def test_an_order_that_never_earned_returns_nothing(conn: WriteConnection, act: Act) -> None:
    returned = service.book_return(conn, named("unknown"), [units("unknown", 0, 1, 0, 1)], "r", act)
    assert (returned.clawed, returned.points_back, returned.debt, returned.written_off) == (0, 0, 0, 0)


def test_only_the_fulfillment_that_left_is_released(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act, WAITING), act)
    first, second = order("o", ann, (3000, 1), (5000, 1)).lines
    placed = replace(order("o", ann), lines=(first, replace(second, vesting_key="f2")))
    service.earn_order(conn, placed, act)
    assert vector(conn, ann) == (0, 80, 0, 0)
    assert service.release(conn, named("o"), "f2", act) == 50
    assert vector(conn, ann) == (50, 30, 0, 0)
    assert service.release(conn, named("o"), "f2", act) == 0


def test_a_fixed_bonus_is_released_with_the_first_fulfillment(conn: WriteConnection, act: Act) -> None:
    terms = replace(WAITING, rules=(EarnRule("gift", RuleType.BONUS, points=100),))
    ann = member(conn, programme(conn, act, terms), act)
    service.earn_order(conn, order("o", ann, (3000, 1)), act)
    assert service.release(conn, named("o"), "f1", act) == 130
    assert vector(conn, ann) == (130, 0, 0, 0)


def test_goods_that_left_long_ago_earn_spendable_points_of_their_own_age(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act, WAITING), act)
    bought = NOW - timedelta(days=100)
    service.earn_order(conn, replace(order("o", ann, (3000, 1), at=bought), vested=True), act)
    wallet = store.wallets(conn, [ann], NOW)[ann]
    assert (wallet.available, wallet.pending) == (30, 0)
    assert [(e.points, e.expires_at.isoformat()) for e in wallet.expirations] == [(30, "2026-11-01T00:00:00+00:00")]


def test_a_hold_that_ran_out_is_free_before_any_sweep(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    ann = member(conn, programme(conn, act), act, points=300)
    hold = service.hold(conn, ann, 200, act, until=NOW + timedelta(minutes=15), owner="checkout")
    assert vector(conn, ann, NOW + timedelta(minutes=14, seconds=59)) == (100, 0, 200, 0)
    late = NOW + timedelta(minutes=15)
    assert vector(conn, ann, late) == (300, 0, 0, 0)
    with pytest.raises(HoldExpired):
        service.capture_hold(conn, hold.id, 200, make_act(at=late), order_id=None)
    again = service.hold(conn, ann, 300, make_act(at=late), until=None, owner="till")
    assert (again.points, ledger.holds(conn, [hold.id])[hold.id].state) == (300, HoldState.EXPIRED)


def test_a_hold_that_an_order_owns_never_runs_out(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    ann = member(conn, programme(conn, act), act, points=300)
    hold = service.hold(conn, ann, 200, act, until=NOW + timedelta(minutes=15), owner="checkout")
    service.record_tender(conn, named("o"), hold.id, [(named("o/0"), 200, 1)], act)
    late = NOW + timedelta(days=30)
    assert vector(conn, ann, late) == (100, 0, 200, 0)
    captured = service.capture_hold(conn, hold.id, 200, make_act(at=late), order_id=named("o"))
    assert (captured.posted, vector(conn, ann, late)) == (200, (100, 0, 0, 0))


def test_a_frozen_wallet_earns_and_does_not_spend(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act, points=300)
    ledger.set_status(conn, WalletId(ann), WalletStatus.FROZEN)
    with pytest.raises(WalletFrozen):
        service.hold(conn, ann, 100, act, until=None, owner="checkout")
    assert service.earn_order(conn, order("o", ann, (2000, 1)), act) == 20


def test_a_sale_never_fails_over_a_closed_wallet(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act, points=300)
    ledger.set_status(conn, WalletId(ann), WalletStatus.CLOSED)
    assert service.earn_order(conn, order("o", ann, (2000, 1)), act) == 0
    with pytest.raises(WalletClosed):
        service.hold(conn, ann, 100, act, until=None, owner="checkout")


def test_a_large_adjustment_needs_somebody_who_may_approve(conn: WriteConnection, make_act: MakeAct) -> None:
    ann = member(conn, programme(conn, make_act()), make_act())
    clerk = Actor(ActorKind.STAFF, "clerk", scopes=frozenset({Scope.WRITE_LOYALTY}))
    with pytest.raises(ApprovalRequired) as refused:
        service.adjust(conn, ann, 10_001, "GOODWILL", make_act(clerk))
    assert refused.value.facts == {"maximum": 10_000}
    manager = replace(clerk, scopes=clerk.scopes | {Scope.APPROVE_OVERRIDES})
    assert service.adjust(conn, ann, 10_001, "GOODWILL", make_act(manager)) == 10_001
    assert vector(conn, ann) == (10_001, 0, 0, 0)


def test_what_points_pay_is_bounded_by_balance_minimum_and_amount(conn: WriteConnection, act: Act) -> None:
    terms = replace(AT_ONCE, redeem_minimum=100, redeem_multiple=50)
    ann = member(conn, programme(conn, act, terms), act, points=430)
    sums = [Money(minor, Currency("EUR")) for minor in (10_000, 270, 99)]
    assert [service.max_points(conn, ann, amount, NOW) for amount in sums] == [400, 250, 0]
    assert service.points_value(conn, ann, 250, "EUR") == 250


@pytest.mark.parametrize(
    ("currency", "minor", "points", "worth"),
    [("EUR", 10_000, 100, 100), ("JPY", 10_000, 100, 100), ("KWD", 10_000, 10, 100)],
)
def test_currencies_without_cents_and_with_thousandths_earn_and_pay_alike(
    conn: WriteConnection, act: Act, currency: str, minor: int, points: int, worth: int
) -> None:
    ann = member(conn, programme(conn, act), act)
    assert service.earn_order(conn, replace(order("o", ann, (minor, 1)), currency=currency), act) == points
    assert service.points_value(conn, ann, points, currency) == worth


def test_month_ends_are_those_of_the_programmes_own_zone(conn: WriteConnection, act: Act) -> None:
    terms = replace(AT_ONCE, time_zone="America/Los_Angeles")
    ann = member(conn, programme(conn, act, terms), act)
    still_january = NOW.replace(month=2, day=1, hour=7, minute=59)
    service.earn_order(conn, order("o", ann, (1000, 1), at=still_january), act)
    expiration = store.wallets(conn, [ann], NOW)[ann].expirations[0]
    assert expiration.expires_at.isoformat() == "2027-02-01T08:00:00+00:00"


def test_a_new_version_of_the_rules_leaves_old_awards_alone(conn: WriteConnection, act: Act) -> None:
    program = programme(conn, act)
    ann = member(conn, program, act)
    service.earn_order(conn, order("old", ann, (1000, 1)), act)
    double = replace(AT_ONCE, rates=(Rate(Currency("EUR"), Fraction(2, 100), Fraction(1)),))
    assert service.publish(conn, program, double, act).version == 2
    assert service.earn_order(conn, order("new", ann, (1000, 1)), act) == 20
    assert service.book_return(conn, named("old"), [units("old", 0, 1, 0, 1)], "r", act).clawed == 10


def test_terms_that_cannot_be_carried_out_are_refused(conn: WriteConnection, act: Act) -> None:
    with pytest.raises(InvalidProgram):
        programme(conn, act, replace(AT_ONCE, tiers=(Tier("GOLD", 100, Fraction(2)),)))
    with pytest.raises(InvalidProgram):
        programme(conn, act, replace(AT_ONCE, time_zone="Mars/Olympus"))


def test_a_full_deduction_leaves_nothing_and_one_more_is_refused(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act), act, points=10)
    service.adjust(conn, ann, -10, "CORRECTION", act)
    with pytest.raises(InsufficientPoints) as refused:
        service.adjust(conn, ann, -1, "CORRECTION", act)
    assert refused.value.facts == {"available": 0}


def test_tiers_are_decided_anew_when_the_year_ends(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    ann = member(conn, programme(conn, act), act)
    service.earn_order(conn, order("o", ann, (40_000, 1)), act)
    assert store.wallets(conn, [ann], NOW)[ann].tier.tier == "SILVER"
    years = [NOW.replace(year=year, month=1, day=1, hour=0) for year in (2027, 2028)]
    assert [service.sweep(conn, make_act(at=year)).tiers for year in years] == [1, 1]
    tier = store.wallets(conn, [ann], years[1])[ann].tier
    assert (tier.tier, tier.credits_minor, tier.next_tier, tier.to_next_minor) == ("BASE", 0, "SILVER", 35_000)


def test_a_thousand_lines_take_as_many_statements_as_one(conn: WriteConnection, act: Act) -> None:
    ann = member(conn, programme(conn, act, WAITING), act)
    seen: list[str] = []
    sa.event.listen(conn, "before_cursor_execute", lambda _c, _cu, statement, *_rest: seen.append(statement))
    counts = []
    for name, count in (("small", 1), ("large", 1000)):
        lines = [(999, 3)] * count
        seen.clear()
        service.earn_order(conn, order(name, ann, *lines), act)
        earned = len(seen)
        service.release(conn, named(name), "f1", act)
        released = len(seen) - earned
        service.book_return(conn, named(name), [units(name, i, 1, 0, 3) for i in range(count)], "r", act)
        counts.append((earned, released, len(seen) - earned - released))
    assert counts[0] == counts[1]


def test_points_for_an_amount_never_pay_more_than_it() -> None:
    terms = replace(AT_ONCE, rates=(Rate(Currency("EUR"), Fraction(1, 100), Fraction(3, 2)),))
    assert [rules.points_for(terms, minor, "EUR") for minor in (0, 1, 2, 3, 100)] == [0, 0, 1, 2, 66]
    assert rules.points_value(terms, 66, "EUR") == 99
