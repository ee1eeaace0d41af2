"""Reading the country table of the node-sales-tax project: standard rates, with those of states and provinces.

A country has a `rate` (a fraction of 1), `states` whose rates are added to it, and `before`: earlier rates by the
instant at which each ended. A state's negative rate lowers the country's own tax there (Ceuta, the Canaries), so it
becomes a row of the country's jurisdiction for that region. Source: https://github.com/valeriansaliou/node-sales-tax.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from domain.pricing.errors import TaxRatesInvalid
from domain.pricing.model import PPM, TaxRate

Json = str | int | Decimal | bool | None | Sequence["Json"] | Mapping[str, "Json"]

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Period:
    """A rate while it lasted; may be negative."""

    rate_ppm: int
    since: datetime
    until: datetime | None


def read(text: str) -> tuple[TaxRate, ...]:
    """Every rate of the file's text, by country and region in the file's order, earlier rates before later ones.

    Raises:
        TaxRatesInvalid: the text is not such a table; the message names the country.
    """
    try:
        table: Json = json.loads(text, parse_float=Decimal)
    except ValueError:
        raise TaxRatesInvalid("The rate file is not JSON.") from None
    if not isinstance(table, Mapping):
        raise TaxRatesInvalid("The rate file is not a table of countries.")
    rates: list[TaxRate] = []
    for country, entry in table.items():
        try:
            rates.extend(_country(country, _mapping(entry)))
        except (KeyError, TypeError, ValueError, InvalidOperation):
            raise TaxRatesInvalid(f"{country}: the rate file has an entry of another shape.") from None
    return tuple(rates)


def _country(country: str, entry: Mapping[str, Json]) -> Iterator[TaxRate]:
    jurisdiction = f"{country} {_kind(entry)}"
    own = _periods(entry)
    if entry["type"] != "none":
        for period in own:
            yield TaxRate(country, jurisdiction, period.rate_ppm, period.since, valid_to=period.until)
    for region, state in _mapping(entry.get("states", {})).items():
        for period in _periods(_mapping(state)):
            if period.rate_ppm >= 0:
                kind = "SALES TAX" if entry["type"] == "none" else _kind(_mapping(state))
                name = f"{country}-{region} {kind}"
                yield TaxRate(country, name, period.rate_ppm, period.since, region, valid_to=period.until)
            else:
                yield from _lowered(country, jurisdiction, region, period.rate_ppm, own)


def _lowered(
    country: str, jurisdiction: str, region: str, difference_ppm: int, own: Sequence[_Period]
) -> Iterator[TaxRate]:
    for period in own:
        rate_ppm = max(0, period.rate_ppm + difference_ppm)
        yield TaxRate(country, jurisdiction, rate_ppm, period.since, region, valid_to=period.until)


def _periods(entry: Mapping[str, Json]) -> list[_Period]:
    before = _mapping(entry.get("before", {}))
    ended = sorted((datetime.fromisoformat(text), _ppm(_mapping(earlier)["rate"])) for text, earlier in before.items())
    periods: list[_Period] = []
    since = _ALWAYS
    for until, rate_ppm in ended:
        periods.append(_Period(rate_ppm, since, until))
        since = until
    return [*periods, _Period(_ppm(entry["rate"]), since, None)]


def _kind(entry: Mapping[str, Json]) -> str:
    return str(entry["type"]).upper()


def _ppm(rate: Json) -> int:
    ppm = Decimal(str(rate)) * PPM
    if ppm != ppm.to_integral_value():
        raise ValueError("a rate finer than a millionth")
    return int(ppm)


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise TypeError("not a table")
    return value
