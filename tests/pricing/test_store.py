"""Rates in the database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.pricing import rules, service, store
from domain.pricing.model import TaxPlace, TaxRate
from tests.conftest import NOW

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


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
