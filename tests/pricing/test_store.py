"""Discounts and rates in the database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.money import Currency
from domain.pricing import rules, service, store
from domain.pricing.model import (
    DiscountKind,
    DiscountsFor,
    DiscountTarget,
    LineFilter,
    NewDiscount,
    TaxPlace,
    TaxRate,
)
from tests.conftest import NOW

CHANNEL, ADA = UUID(int=40), UUID(int=41)
ASKED = DiscountsFor(("TEN",), CHANNEL, Currency("EUR"), ADA)
TEN = NewDiscount("Ten percent", DiscountTarget.ORDER, DiscountKind.PERCENTAGE, 100_000, NOW, code="TEN")
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def titles(conn: WriteConnection, asked: DiscountsFor = ASKED, at: datetime = NOW) -> list[str]:
    return [discount.title for discount in store.discounts_for(conn, asked, at)]


def test_a_discount_is_read_as_it_was_written(conn: WriteConnection, act: Act) -> None:
    lines = LineFilter(frozenset({UUID(int=1)}), frozenset({UUID(int=2)}), frozenset({UUID(int=3), UUID(int=4)}))
    fixed = replace(
        TEN, kind=DiscountKind.FIXED_ACROSS, value=500, currency=Currency("EUR"), lines=lines, minimum_subtotal_minor=1
    )
    discount_id = service.create_discount(conn, fixed, act)
    (found,) = store.discounts_for(conn, ASKED, NOW)
    assert (found.id, found.code, found.kind, found.value) == (discount_id, "TEN", DiscountKind.FIXED_ACROSS, 500)
    assert (found.lines, found.minimum_subtotal_minor) == (lines, 1)
    assert store.discounts(conn, [discount_id]) == {discount_id: found}


def test_automatic_discounts_apply_without_a_code_and_others_only_with_theirs(conn: WriteConnection, act: Act) -> None:
    service.create_discount(conn, TEN, act)
    service.create_discount(conn, replace(TEN, title="Auto", code=None), act)
    assert titles(conn) == ["Ten percent", "Auto"]
    assert titles(conn, replace(ASKED, codes=())) == ["Auto"]


def test_a_discount_is_good_from_its_start_until_before_its_end(conn: WriteConnection, act: Act) -> None:
    service.create_discount(conn, replace(TEN, valid_to=NOW + timedelta(days=1)), act)
    instants = [NOW - timedelta(seconds=1), NOW, NOW + timedelta(days=1)]
    assert [titles(conn, at=at) for at in instants] == [[], ["Ten percent"], []]


def test_a_fixed_amount_applies_in_its_currency_only(conn: WriteConnection, act: Act) -> None:
    service.create_discount(
        conn, replace(TEN, kind=DiscountKind.FIXED_ACROSS, value=500, currency=Currency("EUR")), act
    )
    assert titles(conn, replace(ASKED, currency=Currency("GBP"))) == []


def test_the_last_use_makes_a_discount_absent_and_another_use_is_refused(conn: WriteConnection, act: Act) -> None:
    limited = service.create_discount(conn, replace(TEN, usage_limit=2), act)
    for number in (1, 2):
        assert titles(conn) == ["Ten percent"]
        service.use_discounts(conn, [limited], UUID(int=number), None, act)
    assert titles(conn) == []
    with pytest.raises(Refused) as refused:
        service.use_discounts(conn, [limited], UUID(int=3), None, act)
    assert (refused.value.code, refused.value.facts) == ("DISCOUNT_USED_UP", {"code": "TEN"})


def test_a_limit_per_customer_binds_that_customer_only(conn: WriteConnection, act: Act) -> None:
    once = service.create_discount(conn, replace(TEN, usage_limit_per_customer=1), act)
    service.use_discounts(conn, [once], UUID(int=1), ADA, act)
    assert titles(conn) == []
    assert titles(conn, replace(ASKED, customer_id=UUID(int=42))) == ["Ten percent"]
    with pytest.raises(Refused):
        service.use_discounts(conn, [once], UUID(int=2), ADA, act)
    service.use_discounts(conn, [once], UUID(int=3), UUID(int=42), act)


def test_a_code_in_use_is_refused(conn: WriteConnection, act: Act) -> None:
    service.create_discount(conn, TEN, act)
    with pytest.raises(Refused) as refused:
        service.create_discount(conn, TEN, act)
    assert refused.value.code == "DISCOUNT_CODE_TAKEN"
    assert titles(conn) == ["Ten percent"]


@pytest.mark.parametrize(
    "flawed",
    [
        replace(TEN, value=0),
        replace(TEN, value=1_000_001),
        replace(TEN, code="ten"),
        replace(TEN, code=""),
        replace(TEN, kind=DiscountKind.FIXED_PER_UNIT),
        replace(TEN, minimum_subtotal_minor=1),
        replace(TEN, valid_to=NOW),
        replace(TEN, usage_limit=0),
    ],
)
def test_a_discount_that_makes_no_sense_is_refused(conn: WriteConnection, act: Act, flawed: NewDiscount) -> None:
    with pytest.raises(Refused) as refused:
        service.create_discount(conn, flawed, act)
    assert refused.value.code == "DISCOUNT_INVALID"


def test_rates_are_found_by_place_and_time_and_replaced_by_import(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    state = TaxRate("US", "STATE", 62_500, SINCE, "CA")
    city = TaxRate("US", "CITY", 10_000, SINCE, "CA", postal_prefix="900")
    old = TaxRate("US", "OLD", 10_000, SINCE, "CA", valid_to=NOW)
    far = TaxRate("US", "FAR", 10_000, SINCE, "CA", postal_prefix="941")
    texas = TaxRate("US", "TEXAS", 62_500, SINCE, "TX")
    assert service.import_rates(conn, [state, city, old, far, texas]) == 5
    assert service.import_rates(conn, [replace(state, rate_ppm=60_000)]) == 1
    place = TaxPlace("US", "CA", "90001")
    table = store.tax_table(conn, [place], NOW)
    assert table.rates == (city, replace(state, rate_ppm=60_000))
    assert [rate.rate_ppm for rate in rules.rates_at(table, place, "standard")] == [10_000, 60_000]


def test_a_rate_above_the_whole_is_refused(conn: WriteConnection, act: Act) -> None:
    with pytest.raises(Refused) as refused:
        service.import_rates(conn, [TaxRate("US", "STATE", 1_000_001, SINCE)])
    assert refused.value.code == "TAX_RATES_INVALID"
