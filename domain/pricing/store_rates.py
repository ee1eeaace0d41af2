"""SQL of the tax table's keeping: one rate at a time, and lists of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.pricing.errors import TaxRateNotFound
from domain.pricing.model import TaxRate, TaxRateId
from domain.pricing.store import built_rate, rate_columns
from domain.pricing.tables import TaxRateRow
from domain.tables import table_of

_rate = table_of(TaxRateRow)


def lock(conn: WriteConnection) -> None:
    """Keep others from changing the table until the transaction ends; readers go on.

    A series may have no row yet to be locked, and head office changes rates rarely, so the whole table is. SQLite has one
    writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text(f"LOCK TABLE {_rate.name} IN SHARE ROW EXCLUSIVE MODE"))


def rates(conn: ReadConnection, ids: Sequence[TaxRateId]) -> Mapping[TaxRateId, TaxRate]:
    """Rates by id."""
    found = map(built_rate, conn.execute(sa.select(_rate).where(_rate.c.id.in_(ids))))
    return {rate.id: rate for rate in found}


def one(conn: ReadConnection, rate_id: TaxRateId) -> TaxRate:
    """A rate.

    Raises:
        TaxRateNotFound: there is none.
    """
    found = rates(conn, [rate_id]).get(rate_id)
    if found is None:
        raise TaxRateNotFound
    return found


def series(conn: ReadConnection, like: TaxRate) -> Sequence[TaxRate]:
    """Every rate of the same jurisdiction, place and tax code, earliest first."""
    found = conn.execute(
        sa.select(_rate)
        .where(
            _of_place(like),
            _rate.c.tax_code == like.tax_code,
            _rate.c.jurisdiction == like.jurisdiction,
        )
        .order_by(_rate.c.valid_from)
    )
    return [built_rate(row) for row in found]


def count_in_place(conn: ReadConnection, like: TaxRate, now: datetime) -> int:
    """How many rates of exactly this place are not over."""
    return _count(conn, sa.and_(_of_place(like), _lasts_at(now)))


def count_in_country(conn: ReadConnection, country: str, now: datetime) -> int:
    """How many rates of a country and of its parts are not over."""
    return _count(conn, sa.and_(_rate.c.country == country, _lasts_at(now)))


def insert(conn: WriteConnection, made: TaxRate) -> None:
    """Write a rate."""
    conn.execute(sa.insert(_rate).values(rate_columns(made)))


def save(conn: WriteConnection, changed: TaxRate) -> None:
    """Write a rate's own values: the rate and its end."""
    values = {"rate_ppm": changed.rate_ppm, "valid_to": changed.valid_to}
    conn.execute(sa.update(_rate).where(_rate.c.id == changed.id).values(values))


def page(conn: ReadConnection, asked: Page, *, country: str | None, at: datetime | None) -> Slice[TaxRate]:
    """Rates of a country or of all, valid at a moment or whenever; by country, then by their beginning.

    Raises:
        ValueError: a cursor does not fit.
    """
    statement = sa.select(_rate)
    if country is not None:
        statement = statement.where(_rate.c.country == country)
    if at is not None:
        statement = statement.where(_rate.c.valid_from <= at, _lasts_at(at))
    sort = [
        SortColumn(_rate.c.country, bind=_text),
        SortColumn(_rate.c.valid_from, bind=_moment),
        SortColumn(_rate.c.id, bind=_uuid),
    ]
    return fetch_slice(conn, statement, sort, asked, built_rate)


def _of_place(like: TaxRate) -> sa.ColumnElement[bool]:
    return sa.and_(
        _rate.c.country == like.country,
        _rate.c.region == like.region,
        _rate.c.postal_prefix == like.postal_prefix,
    )


def _lasts_at(moment: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_rate.c.valid_to.is_(None), _rate.c.valid_to > moment)


def _count(conn: ReadConnection, which: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(_rate).where(which)).scalar_one())


def _text(key: KeyValue) -> str:
    if not isinstance(key, str) or not (key.isascii() and key.isalpha()):
        raise ValueError("a country in a cursor is two letters")
    return key


def _moment(key: KeyValue) -> datetime:
    moment = datetime.fromisoformat(str(key))
    if moment.tzinfo is None:
        raise ValueError("a moment in a cursor names its offset")
    return moment


def _uuid(key: KeyValue) -> UUID:
    return UUID(hex=str(key))
