"""All SQL of the pricing room."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.connections import ReadConnection, WriteConnection
from domain.pricing.model import TaxPlace, TaxRate, TaxTable
from domain.pricing.rules import normalized_postal_code
from domain.pricing.tables import TaxRateRow
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_rate = table_of(TaxRateRow)

_POSTAL_PREFIX_LENGTH_MAX = 12

_RATES = Statement(
    sa.select(*(column for column in _rate.c if column.name != "id"))
    .where(
        one_of(_rate.c.country, "countries"),
        one_of(_rate.c.region, "regions"),
        one_of(_rate.c.postal_prefix, "prefixes"),
        _rate.c.valid_from <= sa.bindparam("now"),
        sa.or_(_rate.c.valid_to.is_(None), _rate.c.valid_to > sa.bindparam("now")),
    )
    .order_by(_rate.c.country, _rate.c.jurisdiction, _rate.c.region, _rate.c.postal_prefix, _rate.c.tax_code)
)


def tax_table(conn: ReadConnection, places: Iterable[TaxPlace], now: datetime) -> TaxTable:
    """The rates valid now that can matter in any of these places."""
    wanted = set(places)
    if not wanted:
        return TaxTable()
    codes = {normalized_postal_code(place.postal_code) for place in wanted}
    prefixes = {code[:length] for code in codes for length in range(min(len(code), _POSTAL_PREFIX_LENGTH_MAX) + 1)}
    rows = _RATES.all(
        conn,
        countries=sorted({place.country for place in wanted}),
        regions=sorted({"", *(place.region for place in wanted)}),
        prefixes=sorted(prefixes),
        now=now,
    )
    return TaxTable(tuple(built_rate(row) for row in rows))


def built_rate(row: Row | sa.Row[*tuple[Any, ...]]) -> TaxRate:
    """A rate from its row."""
    return TaxRate(
        country=row.country,
        region=row.region,
        postal_prefix=row.postal_prefix,
        tax_code=row.tax_code,
        jurisdiction=row.jurisdiction,
        rate_ppm=row.rate_ppm,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def save_rates(conn: WriteConnection, rates: Sequence[TaxRate]) -> None:
    """Write rates; one that is there already gets the new rate and end."""
    insert = sqlite.insert(_rate) if conn.dialect.name == "sqlite" else postgresql.insert(_rate)
    conn.execute(
        insert.on_conflict_do_update(
            index_elements=[column.name for column in _rate.primary_key],
            set_={"rate_ppm": insert.excluded.rate_ppm, "valid_to": insert.excluded.valid_to},
        ),
        [rate_columns(rate) for rate in rates],
    )


def rate_columns(rate: TaxRate) -> dict[str, object]:
    """A rate as its row."""
    return {column.name: getattr(rate, column.name) for column in _rate.c}
