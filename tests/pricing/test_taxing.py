"""Head office keeps the tax table, on both engines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.events import store as events
from domain.paging import Page
from domain.pricing import service, store, store_rates, taxing
from domain.pricing.model import TaxPlace, TaxRate, TaxRateId
from domain.pricing.tax_model import PLACE_RATES_MAX, RateWish
from domain.promotions.service import EVERY
from tests.carts.market import opened
from tests.conftest import NOW

DAY = timedelta(days=1)
VAT = RateWish("GB", "GB VAT", 200_000)
LONDON = TaxPlace("GB", "ENG", "N1 9GU")


def levied(conn: WriteConnection, days: int) -> list[int]:
    """The rates in London so many days hence."""
    return [rate.rate_ppm for rate in store.tax_table(conn, [LONDON], NOW + days * DAY).rates]


def test_a_rate_follows_another_without_a_gap_and_both_stay(conn: WriteConnection, act: Act) -> None:
    first = taxing.set_rate(conn, VAT, act)
    second = taxing.set_rate(conn, replace(VAT, rate_ppm=150_000, valid_from=NOW + DAY), act)
    assert [levied(conn, days) for days in (-1, 0, 1, 9)] == [[], [200_000], [150_000], [150_000]]
    ended = replace(first, valid_to=NOW + DAY)
    assert list(store_rates.series(conn, first)) == [ended, second]
    assert dict(store_rates.rates(conn, [first.id, second.id])) == {first.id: ended, second.id: second}


def test_a_planned_rate_is_replaced_and_one_that_began_is_not(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    planned = taxing.set_rate(conn, replace(VAT, valid_from=NOW + DAY), make_act())
    other = taxing.set_rate(conn, replace(VAT, rate_ppm=50_000, valid_from=NOW + DAY), make_act())
    assert (other.id, levied(conn, 1)) == (planned.id, [50_000])
    with pytest.raises(Refused) as refused:
        taxing.set_rate(conn, replace(VAT, valid_from=NOW + DAY), make_act(at=NOW + DAY))
    assert (refused.value.code, levied(conn, 1)) == ("TAX_RATE_BEGUN", [50_000])


def test_series_of_other_places_codes_and_jurisdictions_do_not_meet(conn: WriteConnection, act: Act) -> None:
    others = [
        replace(VAT, region="SCT"),
        replace(VAT, postal_prefix="N1"),
        replace(VAT, tax_code="books", rate_ppm=0),
        replace(VAT, jurisdiction="London levy"),
        replace(VAT, country="IM"),
    ]
    for wish in (VAT, *others):
        assert taxing.set_rate(conn, wish, act).valid_to is None
    assert all(one.valid_to is None for one in store.tax_table(conn, [LONDON], NOW).rates)


def test_a_rate_from_the_file_is_ended_by_its_id_and_never_deleted(conn: WriteConnection, act: Act) -> None:
    known = TaxRate("GB", "GB VAT", 200_000, NOW - 9 * DAY)
    service.import_rates(conn, [known])
    assert taxing.end_rate(conn, known.id, None, act) == replace(known, valid_to=NOW)
    assert [levied(conn, days) for days in (-1, 0)] == [[200_000], []]
    assert store_rates.one(conn, known.id).valid_to == NOW
    with pytest.raises(Refused) as refused:
        taxing.end_rate(conn, known.id, NOW + DAY, act)
    assert refused.value.code == "TAX_RATE_OVER"


def test_a_planned_rate_that_is_withdrawn_is_never_levied_and_may_be_planned_anew(
    conn: WriteConnection, act: Act
) -> None:
    planned = taxing.set_rate(conn, replace(VAT, valid_from=NOW + DAY), act)
    assert taxing.end_rate(conn, planned.id, None, act).valid_to == NOW + DAY
    assert (levied(conn, 1), levied(conn, 2)) == ([], [])
    taxing.set_rate(conn, replace(VAT, valid_from=NOW + DAY), act)
    assert (levied(conn, 1), levied(conn, 2)) == ([200_000], [200_000])


def test_an_unknown_rate_is_refused(conn: WriteConnection, act: Act) -> None:
    with pytest.raises(Refused) as refused:
        taxing.end_rate(conn, TaxRateId(UUID(int=1)), None, act)
    assert refused.value.code == "TAX_RATE_NOT_FOUND"


def test_a_place_has_so_many_rates_that_are_not_over(conn: WriteConnection, act: Act) -> None:
    many = [TaxRate("GB", f"Levy {number}", 1, NOW, region="LND") for number in range(PLACE_RATES_MAX)]
    over = TaxRate("GB", "Old levy", 1, NOW - DAY, region="LND", valid_to=NOW)
    service.import_rates(conn, [*many[1:], over])
    taxing.set_rate(conn, replace(VAT, region="LND"), act)
    with pytest.raises(Refused) as refused:
        taxing.set_rate(conn, replace(VAT, jurisdiction="One more", region="LND"), act)
    assert (refused.value.code, refused.value.facts) == ("TOO_MANY_TAX_RATES", {"maximum": PLACE_RATES_MAX})
    assert taxing.set_rate(conn, VAT, act).region == ""


def test_every_change_is_announced_to_whoever_watches_a_cart(conn: WriteConnection, act: Act) -> None:
    rate = taxing.set_rate(conn, VAT, act)
    taxing.end_rate(conn, rate.id, NOW + DAY, act)
    taxing.end_rate(conn, rate.id, NOW + DAY, act)
    assert [(change.topic, change.key) for change in events.after(conn, 0)] == [("cart", str(EVERY))] * 2


def test_rates_are_listed_by_country_and_beginning_and_narrowed_by_moment(conn: WriteConnection, act: Act) -> None:
    german = TaxRate("DE", "DE VAT", 190_000, NOW - 9 * DAY)
    british = [TaxRate("GB", "GB VAT", 200_000, NOW - 2 * DAY), TaxRate("GB", "Levy", 10_000, NOW, valid_to=NOW + DAY)]
    service.import_rates(conn, [*british, german])

    def listed(**asked: object) -> list[TaxRate]:
        found = store_rates.page(conn, Page(10), **{"country": None, "at": None, **asked})  # type: ignore[arg-type]
        return list(found.items)

    assert listed() == [german, *british]
    assert listed(country="GB") == british
    assert listed(country="GB", at=NOW - DAY) == british[:1]
    assert listed(at=NOW + DAY) == [german, british[0]]
    first = store_rates.page(conn, Page(1), country=None, at=None)
    key = (german.country, german.valid_from.isoformat(), german.id.hex)
    rest = store_rates.page(conn, Page(10, after=key), country=None, at=None)
    assert ([*first.items, *rest.items], first.has_next) == ([german, *british], True)


def test_a_market_has_its_own_mode_until_it_goes_by_the_channel_again(conn: WriteConnection, act: Act) -> None:
    channel = opened(conn, act).channel
    assert not channel.includes_tax("GB")
    taxing.set_market(conn, channel.id, "GB", act, prices_include_tax=True)
    found = taxing.set_market(conn, channel.id, "US", act, prices_include_tax=False)
    assert dict(found.market_taxes) == {"GB": True, "US": False}
    assert catalog.channels(conn, [channel.id])[channel.id] == found
    assert [found.includes_tax(country) for country in ("GB", "US", "FR")] == [True, False, False]
    after = taxing.set_market(conn, channel.id, "GB", act, prices_include_tax=None)
    assert (dict(after.market_taxes), after.includes_tax("GB")) == ({"US": False}, False)


@pytest.mark.parametrize(("country", "code"), [("XX", "TAX_RATE_INVALID"), ("GB", "CHANNEL_NOT_FOUND")])
def test_a_market_that_there_is_not_is_refused(conn: WriteConnection, act: Act, country: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        taxing.set_market(conn, ChannelId(UUID(int=1)), country, act, prices_include_tax=True)
    assert refused.value.code == code
