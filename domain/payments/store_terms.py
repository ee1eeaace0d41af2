"""SQL of the markets' rules for tenders."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.connections import ReadConnection, WriteConnection
from domain.money import Currency
from domain.payments import rules
from domain.payments.model import TenderTerms
from domain.payments.tables import TenderTermsRow
from domain.statements import Row, Statement
from domain.tables import table_of

_terms = table_of(TenderTermsRow)
_COLUMNS = [_terms.c[name] for name in TenderTerms.__slots__]
_OF_MARKET = Statement(
    sa.select(*_COLUMNS)
    .where(
        _terms.c.currency == sa.bindparam("currency"),
        sa.or_(_terms.c.country == sa.bindparam("country"), _terms.c.country == sa.literal_column("''", sa.String)),
    )
    .order_by(_terms.c.country.desc())
)


def terms(conn: ReadConnection, country: str, currency: Currency) -> TenderTerms:
    """The terms of a market: its own, or else those for any country in its currency, or else what the currency's coins and
    the usual order of refunds are."""
    row = _OF_MARKET.first(conn, country=country, currency=currency)
    return TenderTerms(country, currency, rules.cash_step_minor(currency)) if row is None else _built(row)


def all_terms(conn: ReadConnection) -> Sequence[TenderTerms]:
    """Every market's terms, by currency and country."""
    return [_built(row) for row in conn.execute(sa.select(*_COLUMNS).order_by(_terms.c.currency, _terms.c.country))]


def save_terms(conn: WriteConnection, new: TenderTerms, now: datetime) -> None:
    """Write a market's terms, in place of the ones it had."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    values = {**asdict(new), "changed_at": now}
    changed = {name: value for name, value in values.items() if name not in ("country", "currency")}
    written = insert(_terms).values(values)
    conn.execute(written.on_conflict_do_update(index_elements=["country", "currency"], set_=changed))


def _built(row: sa.Row[*tuple[object, ...]] | Row) -> TenderTerms:
    return TenderTerms(*row[:])
