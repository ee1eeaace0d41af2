"""Promotions in the database: what head office writes, what buyers get, and what orders claim."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.money import Currency
from domain.promotions import claiming, service, store
from domain.promotions.model import (
    AmountOff,
    Conditions,
    Definition,
    Hours,
    ItemFilter,
    PercentageOff,
    PromotionId,
    PromotionStatus,
    SpendSteps,
    Step,
    Target,
    Trigger,
)
from domain.promotions.outcomes import Asked, Frozen, Outcome
from domain.promotions.rules import freeze
from tests.promotions.parts import CHANNEL, NOW, USD, definition, item, live, titles

ADA = UUID(int=41)
TENTH = PercentageOff(100_000, Target.ORDER)
TEN = definition("Ten percent", TENTH)


def asked(*codes: str, customer_id: UUID | None = ADA, email: str | None = None) -> Asked:
    return Asked(codes, CHANNEL, USD, customer_id, email)


def got(conn: WriteConnection, *codes: str, who: Asked | None = None) -> Outcome:
    return service.offered(conn, who or asked(*codes), NOW).evaluate([item("a", 1, 1000)])


def applied(conn: WriteConnection, *codes: str, who: Asked | None = None) -> list[str]:
    return [title for title, _ in titles(got(conn, *codes, who=who))]


def frozen(conn: WriteConnection, *codes: str, who: Asked | None = None) -> Frozen:
    buyer = who or asked(*codes)
    return freeze(got(conn, *codes, who=buyer), buyer.customer_key)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code.name


def test_a_promotion_is_read_as_it_was_written(conn: WriteConnection, act: Act) -> None:
    ids = frozenset({UUID(int=1), UUID(int=2)})
    full = replace(
        TEN,
        conditions=Conditions(
            items=ItemFilter(ids, ids, ids, ids), hours=(Hours(frozenset({1, 7}), 0, 60),), time_zone="Europe/Paris"
        ),
        effect=SpendSteps((Step(100, ppm=1), Step(200, amount_minor=5))),
        valid_to=NOW + timedelta(days=1),
    )
    made = service.create(conn, full, [], act)
    assert store.one(conn, made.id) == made
    assert (made.definition, made.status, made.version) == (full, PromotionStatus.DRAFT, 1)


def test_a_draft_applies_to_nobody_until_it_is_active_and_a_change_at_the_next_read(
    conn: WriteConnection, act: Act
) -> None:
    made = service.create(conn, TEN, [], act)
    assert applied(conn) == []
    service.activate(conn, made.id, 1, act)
    assert titles(got(conn)) == [("Ten percent", 100)]
    service.update(conn, made.id, replace(TEN, effect=PercentageOff(200_000)), 2, act)
    assert titles(got(conn)) == [("Ten percent", 200)]
    service.deactivate(conn, made.id, 3, act)
    assert applied(conn) == []


def test_what_is_active_is_read_once_and_then_one_statement_serves_every_basket(
    conn: WriteConnection, act: Act
) -> None:
    live(conn, act, replace(TEN, title=f"Counted on {conn.dialect.name}"))
    seen: list[str] = []
    sa.event.listen(conn, "before_cursor_execute", lambda _c, _cu, statement, *_rest: seen.append(statement))
    got(conn)
    first = len(seen)
    got(conn, "X")
    assert (first, len(seen)) == (2, 3)


def test_doing_it_again_changes_nothing_and_another_version_is_refused(conn: WriteConnection, act: Act) -> None:
    made = live(conn, act, TEN)
    assert service.activate(conn, made.id, None, act) == made
    assert refused(lambda: service.deactivate(conn, made.id, 1, act)) == "STALE_VERSION"
    assert refused(lambda: service.activate(conn, PromotionId(UUID(int=9)), None, act)) == "PROMOTION_NOT_FOUND"


def test_codes_are_folded_unique_and_only_for_promotions_that_take_them(conn: WriteConnection, act: Act) -> None:
    coded = live(conn, act, TEN, " ten ")
    assert (applied(conn), applied(conn, "TEN"), applied(conn, "NONE")) == ([], ["Ten percent"], [])
    assert refused(lambda: service.add_codes(conn, coded.id, ["TEN"], act, single_use=False)) == "PROMOTION_CODE_TAKEN"
    assert (
        refused(lambda: service.add_codes(conn, coded.id, ["A", "a"], act, single_use=True)) == "PROMOTION_CODE_TAKEN"
    )
    assert refused(lambda: service.add_codes(conn, coded.id, [" "], act, single_use=True)) == "PROMOTION_CODE_INVALID"
    assert refused(lambda: service.add_codes(conn, coded.id, [], act, single_use=True)) == "PROMOTION_CODE_INVALID"
    auto = live(conn, act, replace(TEN, title="Auto"))
    assert refused(lambda: service.add_codes(conn, auto.id, ["B"], act, single_use=True)) == "PROMOTION_TAKES_NO_CODE"


def test_a_single_use_code_is_good_for_one_order_until_it_is_released(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    act = make_act()
    coded = live(conn, act, TEN, "SHARED")
    codes = service.generate_codes(conn, coded.id, 3, act)
    assert len({code.code for code in codes}) == 3
    first, second = codes[0].code, codes[1].code
    kept = frozen(conn, first)
    claiming.claim(conn, UUID(int=1), kept, USD, act)
    assert (applied(conn, first), applied(conn, second), applied(conn, "SHARED")) == (
        [],
        ["Ten percent"],
        ["Ten percent"],
    )
    assert refused(lambda: claiming.claim(conn, UUID(int=2), kept, USD, act)) == "DISCOUNT_USED_UP"
    claiming.release(conn, UUID(int=1), kept, USD)
    assert applied(conn, first) == ["Ten percent"]


def test_the_last_use_takes_a_promotion_away_and_a_release_brings_it_back(conn: WriteConnection, act: Act) -> None:
    made = live(conn, act, replace(TEN, usage_limit=2))
    kept = frozen(conn)
    for number in (1, 2):
        assert applied(conn) == ["Ten percent"]
        claiming.claim(conn, UUID(int=number), kept, USD, act)
    assert applied(conn) == []
    assert refused(lambda: claiming.claim(conn, UUID(int=3), kept, USD, act)) == "DISCOUNT_USED_UP"
    claiming.release(conn, UUID(int=1), kept, USD)
    assert (applied(conn), store.uses(conn, [made.id])) == (["Ten percent"], {made.id: 1})
    service.update(conn, made.id, replace(TEN, usage_limit=1), None, act)
    assert applied(conn) == []


def test_a_limit_per_customer_binds_that_customer_or_that_guests_address_only(conn: WriteConnection, act: Act) -> None:
    live(conn, act, replace(TEN, usage_limit_per_customer=1))
    kept = frozen(conn)
    claiming.claim(conn, UUID(int=1), kept, USD, act)
    assert (applied(conn), applied(conn, who=asked(customer_id=UUID(int=42)))) == ([], ["Ten percent"])
    assert refused(lambda: claiming.claim(conn, UUID(int=2), kept, USD, act)) == "DISCOUNT_USED_UP"
    claiming.release(conn, UUID(int=1), kept, USD)
    assert applied(conn) == ["Ten percent"]
    bob = asked(customer_id=None, email="Bob@example.com")
    claiming.claim(conn, UUID(int=3), frozen(conn, who=bob), USD, act)
    assert applied(conn, who=replace(bob, email="bob@example.com")) == []
    nobody = asked(customer_id=None)
    assert (applied(conn, who=nobody), applied(conn, who=replace(nobody, is_settled=True))) == (["Ten percent"], [])


def test_a_budget_pays_until_it_is_spent_and_gets_back_what_is_canceled(conn: WriteConnection, act: Act) -> None:
    live(conn, act, replace(TEN, funder="vendor:acme"))
    service.set_budget(conn, "vendor:acme", 250, USD, act)
    kept = frozen(conn)
    for number in (1, 2):
        claiming.claim(conn, UUID(int=number), kept, USD, act)
    assert applied(conn) == []
    assert refused(lambda: claiming.claim(conn, UUID(int=3), kept, USD, act)) == "DISCOUNT_USED_UP"
    assert refused(lambda: service.set_budget(conn, "vendor:acme", 199, USD, act)) == "BUDGET_INVALID"
    assert refused(lambda: service.set_budget(conn, "Acme Ltd", 199, USD, act)) == "BUDGET_INVALID"
    claiming.release(conn, UUID(int=1), kept, USD)
    assert applied(conn) == ["Ten percent"]
    assert [(one.limit_minor, one.spent_minor) for one in store.budgets(conn)] == [(250, 100)]


def test_an_order_without_anything_limited_claims_nothing(conn: WriteConnection, act: Act) -> None:
    live(conn, act, TEN, "TEN")
    kept = frozen(conn, "TEN")
    seen: list[str] = []
    sa.event.listen(conn, "before_cursor_execute", lambda _c, _cu, statement, *_rest: seen.append(statement))
    claiming.claim(conn, UUID(int=1), kept, USD, act)
    claiming.release(conn, UUID(int=1), kept, USD)
    assert (seen, kept.customer_key) == ([], None)


def test_promotions_that_are_not_active_can_be_tried(conn: WriteConnection, act: Act) -> None:
    draft = service.create(conn, TEN, [], act)
    tried = service.as_if(conn, asked(), NOW, [draft.id]).evaluate([item("a", 1, 1000)])
    assert (titles(tried), applied(conn)) == ([("Ten percent", 100)], [])


@pytest.mark.parametrize(
    "flawed",
    [
        replace(TEN, title=" "),
        replace(TEN, effect=PercentageOff(0)),
        replace(TEN, effect=PercentageOff(1_000_001)),
        replace(TEN, effect=AmountOff(0)),
        replace(TEN, effect=AmountOff(5), currency=None),
        replace(TEN, conditions=Conditions(minimum_subtotal_minor=1), currency=None),
        replace(TEN, conditions=Conditions(minimum_subtotal_minor=-1)),
        replace(TEN, conditions=Conditions(first_order=True)),
        replace(TEN, conditions=Conditions(time_zone="Mars/Olympus")),
        replace(TEN, conditions=Conditions(hours=(Hours(frozenset({8})),))),
        replace(TEN, conditions=Conditions(hours=(Hours(frozenset({1}), 60, 60),))),
        replace(TEN, effect=SpendSteps(())),
        replace(TEN, effect=SpendSteps((Step(5, ppm=1, amount_minor=1),))),
        replace(TEN, effect=SpendSteps((Step(5, ppm=1), Step(5, ppm=2)))),
        replace(TEN, valid_to=TEN.valid_from),
        replace(TEN, usage_limit=0),
        replace(TEN, funder="Acme Ltd"),
        replace(TEN, stacking_group="A B"),
    ],
)
def test_a_promotion_that_makes_no_sense_is_refused(conn: WriteConnection, act: Act, flawed: Definition) -> None:
    assert refused(lambda: service.create(conn, flawed, [], act)) == "PROMOTION_INVALID"


def test_a_promotion_for_a_first_order_is_used_once(conn: WriteConnection, act: Act) -> None:
    first = replace(TEN, conditions=Conditions(first_order=True), usage_limit_per_customer=1, trigger=Trigger.AUTOMATIC)
    live(conn, act, first)
    assert (applied(conn), applied(conn, who=asked(customer_id=None))) == (["Ten percent"], [])


def test_amounts_of_another_currency_are_left_alone(conn: WriteConnection, act: Act) -> None:
    live(conn, act, replace(TEN, effect=AmountOff(5), currency=Currency("EUR")))
    assert applied(conn) == []
