"""Reading the demo's rate file."""

import pathlib
from datetime import UTC, datetime

import pytest

import gateway
from domain.errors import Refused
from domain.pricing import rate_file, rules
from domain.pricing.model import TaxPlace, TaxTable

RATES = rate_file.read((pathlib.Path(gateway.__file__).parent / "demo" / "sales_tax_rates.json").read_text())


def found(country: str, region: str = "", at: datetime = datetime(2026, 1, 10, tzinfo=UTC)) -> dict[str, int]:
    valid = (rate for rate in RATES if rate.valid_from <= at and (rate.valid_to is None or at < rate.valid_to))
    rates = rules.rates_at(TaxTable(tuple(valid)), TaxPlace(country, region), "standard")
    return {rate.jurisdiction: rate.rate_ppm for rate in rates}


def test_countries_states_and_provinces_have_their_rates() -> None:
    assert found("DE") == {"DE VAT": 190_000}
    assert found("US") == {}
    assert found("US", "CA") == {"US-CA SALES TAX": 82_500}
    assert found("CA", "QC") == {"CA GST": 50_000, "CA-QC QST": 99_750}
    assert found("CA", "ON") == {"CA GST": 50_000, "CA-ON HST": 80_000}
    assert found("CA", "AB") == {"CA GST": 50_000}


def test_a_region_that_lowers_the_countrys_tax_has_one_rate() -> None:
    assert found("ES", "M") == {"ES VAT": 210_000}
    assert found("ES", "GC") == {"ES VAT": 70_000}
    assert found("ES", "CE") == {"ES VAT": 0}


def test_earlier_rates_end_when_the_next_begins() -> None:
    at = [datetime(2020, month, 15, tzinfo=UTC) for month in (6, 7, 12)]
    assert [found("DE", at=when) for when in at] == [{"DE VAT": ppm} for ppm in (190_000, 160_000, 160_000)]
    assert found("FI", at=datetime(2024, 8, 31, 21, 59, tzinfo=UTC)) == {"FI VAT": 240_000}
    assert found("FI", at=datetime(2024, 8, 31, 22, 0, tzinfo=UTC)) == {"FI VAT": 255_000}


@pytest.mark.parametrize("text", ["", "[]", '{"DE": 19}', '{"DE": {"type": "vat", "rate": "x"}}', '{"DE": {}}'])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        rate_file.read(text)
    assert refused.value.code == "TAX_RATES_INVALID"
