"""Which list's price is paid."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.money import Currency
from domain.price_lists.errors import PriceListInvalid
from domain.price_lists.model import Buyer, Listed, Price, PriceListId, Terms
from domain.price_lists.rules import best, changes_at, check_price, check_terms, holds_for
from tests.conftest import NOW

GBP = Currency("GBP")
WEB, TILL = UUID(int=1), UUID(int=2)
HOUR = timedelta(hours=1)


def price(number: int, amount_minor: int, **more: object) -> Listed:
    plain = Listed(PriceListId(UUID(int=number)), UUID(int=9), 1, amount_minor, None, 0, GBP, None, "", NOW, None)
    return replace(plain, **more)


def test_the_highest_priority_is_charged_and_of_equals_the_lowest_price_and_of_these_the_oldest_list() -> None:
    dear, cheap, same = price(1, 900), price(2, 800), price(3, 800)
    assert best([dear, same, cheap], 1, NOW) == cheap
    assert best([dear, replace(cheap, priority=-1)], 1, NOW) == dear
    assert best([replace(dear, priority=1), cheap], 1, NOW) is not None
    assert best([replace(dear, priority=1), cheap], 1, NOW) == replace(dear, priority=1)
    assert best([], 1, NOW) is None


def test_within_a_list_the_largest_quantity_that_is_reached_counts_even_if_it_costs_more() -> None:
    one, ten = price(1, 900), price(1, 950, quantity_min=10)
    assert [best([ten, one], quantity, NOW) for quantity in (1, 9, 10, 99)] == [one, one, ten, ten]
    assert best([ten], 9, NOW) is None


def test_a_price_holds_from_its_first_instant_until_before_its_end() -> None:
    summer = price(1, 900, valid_from=NOW, valid_to=NOW + HOUR)
    moments = (NOW - timedelta(microseconds=1), NOW, NOW + HOUR - timedelta(microseconds=1), NOW + HOUR)
    assert [best([summer], 1, moment) == summer for moment in moments] == [False, True, True, False]
    assert [changes_at([summer], moment) for moment in moments] == [NOW, NOW + HOUR, NOW + HOUR, None]


def test_a_list_holds_in_its_channel_market_and_currency_only() -> None:
    buyer = Buyer(WEB, "GB", GBP)
    assert holds_for(price(1, 900), buyer)
    assert holds_for(price(1, 900, channel_id=WEB, country="GB"), buyer)
    others = ({"channel_id": TILL}, {"country": "FR"}, {"currency": Currency("EUR")})
    assert [holds_for(price(1, 900, **other), buyer) for other in others] == [False, False, False]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"country": "gb"}, "country"),
        ({"country": "GBR"}, "country"),
        ({"priority": 1_001}, "priority"),
        ({"valid_to": NOW}, "validTo"),
    ],
)
def test_terms_that_could_never_be_right_are_refused(change: dict[str, object], field: str) -> None:
    terms = Terms("Summer", GBP, NOW)
    check_terms(terms)
    with pytest.raises(PriceListInvalid) as refused:
        check_terms(replace(terms, **change))
    assert refused.value.field == ("input", field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount_minor": -1}, "price"),
        ({"amount_minor": 10**12 + 1}, "price"),
        ({"quantity_min": 0}, "quantityMin"),
        ({"compare_at_minor": 900}, "compareAtPrice"),
    ],
)
def test_a_price_that_could_never_be_right_is_refused(change: dict[str, object], field: str) -> None:
    right = Price(UUID(int=9), 900, 1, 901)
    check_price(right)
    with pytest.raises(PriceListInvalid) as refused:
        check_price(replace(right, **change))
    assert refused.value.field == ("input", field)
