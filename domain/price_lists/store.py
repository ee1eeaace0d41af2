"""All SQL of price lists. Whose prices are asked for is answered in one statement, whatever the number of variants."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.connections import ReadConnection, WriteConnection
from domain.money import Currency
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.price_lists.errors import PriceListNotFound
from domain.price_lists.model import Buyer, Listed, Price, PriceList, PriceListId, Terms
from domain.price_lists.tables import PriceListPriceRow, PriceListRow
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_list = table_of(PriceListRow)
_price = table_of(PriceListPriceRow)

_LISTED = (
    _price.c.list_id,
    _price.c.variant_id,
    _price.c.quantity_min,
    _price.c.amount_minor,
    _price.c.compare_at_minor,
    _list.c.priority,
    _list.c.currency,
    _list.c.channel_id,
    _list.c.country,
    _list.c.valid_from,
    _list.c.valid_to,
)
_OF_LISTS = sa.select(*_LISTED).join(_list, _list.c.id == _price.c.list_id).where(_list.c.active)
_FOR_BUYER = Statement(
    _OF_LISTS.where(
        one_of(_price.c.variant_id, "variants"),
        _list.c.currency == sa.bindparam("currency"),
        sa.or_(_list.c.channel_id.is_(None), _list.c.channel_id == sa.bindparam("channel")),
        sa.or_(_list.c.country == sa.literal_column("''"), _list.c.country == sa.bindparam("country")),
        sa.or_(_list.c.group_id.is_(None), one_of(_list.c.group_id, "groups")),
        sa.or_(_list.c.tier == sa.literal_column("''"), _list.c.tier == sa.bindparam("tier")),
        _list.c.valid_from <= sa.bindparam("now"),
        sa.or_(_list.c.valid_to.is_(None), _list.c.valid_to > sa.bindparam("now")),
    )
)
_OPEN = Statement(
    _OF_LISTS.where(
        one_of(_price.c.variant_id, "variants"), _list.c.group_id.is_(None), _list.c.tier == sa.literal_column("''")
    ).order_by(_price.c.variant_id, _price.c.list_id, _price.c.quantity_min)
)


def for_buyer(
    conn: ReadConnection, variant_ids: Collection[UUID], buyer: Buyer, now: datetime
) -> Mapping[UUID, Sequence[Listed]]:
    """Every price that holds for a buyer now, by variant; absent where no list has one."""
    rows = _FOR_BUYER.all(
        conn,
        variants=list(variant_ids),
        currency=buyer.currency,
        channel=buyer.channel_id,
        country=buyer.country,
        groups=list(buyer.group_ids),
        tier=buyer.tier or "",
        now=now,
    )
    return _by_variant(rows)


def open_prices(conn: ReadConnection, variant_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Listed]]:
    """The prices of active open lists, past and future ones too, by variant, each list's from its smallest quantity on."""
    return _by_variant(_OPEN.all(conn, variants=list(variant_ids)))


def _by_variant(rows: Iterable[Row]) -> dict[UUID, list[Listed]]:
    found: dict[UUID, list[Listed]] = defaultdict(list)
    for row in rows:
        found[row.variant_id].append(Listed(*row[:]))
    return found


def insert_list(conn: WriteConnection, made: PriceList) -> None:
    """Write a list."""
    conn.execute(sa.insert(_list).values(_columns(made)))


def save(conn: WriteConnection, changed: PriceList) -> None:
    """Write a list's new values."""
    conn.execute(sa.update(_list).where(_list.c.id == changed.id).values(_columns(changed)))


def lists(conn: ReadConnection, ids: Sequence[PriceListId]) -> Mapping[PriceListId, PriceList]:
    """Lists by id."""
    rows = conn.execute(sa.select(_list).where(_list.c.id.in_(ids)))
    return {found.id: found for found in map(_built, rows)}


def one(conn: ReadConnection, list_id: PriceListId) -> PriceList:
    """A list.

    Raises:
        PriceListNotFound: there is none.
    """
    found = lists(conn, [list_id]).get(list_id)
    if found is None:
        raise PriceListNotFound
    return found


def lock(conn: WriteConnection, list_id: PriceListId) -> PriceList:
    """A list, locked until the transaction ends.

    Raises:
        PriceListNotFound: there is none.
    """
    row = conn.execute(sa.select(_list).where(_list.c.id == list_id).with_for_update()).one_or_none()
    if row is None:
        raise PriceListNotFound
    return _built(row)


def page(conn: ReadConnection, asked: Page, *, active: bool | None) -> Slice[PriceList]:
    """Lists, the newest first; `active` None for all."""
    query = sa.select(_list)
    if active is not None:
        query = query.where(_list.c.active.is_(active))
    return fetch_slice(conn, query, [SortColumn(_list.c.id, descending=True, bind=_uuid)], asked, _built)


def prices_page(conn: ReadConnection, list_id: PriceListId, asked: Page) -> Slice[Price]:
    """A list's prices, by variant and quantity."""
    keys = [SortColumn(_price.c.variant_id, bind=_uuid), SortColumn(_price.c.quantity_min)]
    return fetch_slice(conn, sa.select(_price).where(_price.c.list_id == list_id), keys, asked, _price_of)


def count_active(conn: ReadConnection) -> int:
    """How many lists are active."""
    query = sa.select(sa.func.count()).select_from(_list).where(_list.c.active)
    return int(conn.execute(query).scalar_one())


def count_prices(conn: ReadConnection, list_id: PriceListId) -> int:
    """How many prices a list has."""
    query = sa.select(sa.func.count()).select_from(_price).where(_price.c.list_id == list_id)
    return int(conn.execute(query).scalar_one())


def variant_ids(conn: ReadConnection, list_id: PriceListId) -> list[UUID]:
    """Every variant a list has a price for, by id."""
    query = sa.select(_price.c.variant_id).where(_price.c.list_id == list_id).distinct().order_by(_price.c.variant_id)
    return list(conn.execute(query).scalars())


def put_prices(conn: WriteConnection, list_id: PriceListId, prices: Sequence[Price]) -> None:
    """Write prices in place of those of the same variant and quantity."""
    statement = insert(_price)
    values = {name: statement.excluded[name] for name in ("amount_minor", "compare_at_minor")}
    conn.execute(
        statement.on_conflict_do_update(index_elements=["variant_id", "list_id", "quantity_min"], set_=values),
        [
            {
                "list_id": list_id,
                "variant_id": price.variant_id,
                "quantity_min": price.quantity_min,
                "amount_minor": price.amount_minor,
                "compare_at_minor": price.compare_at_minor,
            }
            for price in prices
        ],
    )


def remove_prices(conn: WriteConnection, list_id: PriceListId, of_variants: Sequence[UUID]) -> None:
    """Take all of variants' prices out of a list."""
    conn.execute(sa.delete(_price).where(_price.c.list_id == list_id, _price.c.variant_id.in_(of_variants)))


def _columns(value: PriceList) -> dict[str, Any]:
    terms = value.terms
    return {
        "id": value.id,
        "title": terms.title,
        "currency": terms.currency,
        "channel_id": terms.channel_id,
        "country": terms.country,
        "group_id": terms.group_id,
        "tier": terms.tier,
        "priority": terms.priority,
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "active": value.active,
        "version": value.version,
        "created_at": value.created_at,
        "updated_at": value.updated_at,
    }


def _built(row: sa.Row[*tuple[Any, ...]]) -> PriceList:
    terms = Terms(
        title=row.title,
        currency=Currency(row.currency),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        channel_id=row.channel_id,
        country=row.country,
        group_id=row.group_id,
        tier=row.tier,
        priority=row.priority,
    )
    return PriceList(PriceListId(row.id), terms, row.active, row.version, row.created_at, row.updated_at)


def _price_of(row: sa.Row[*tuple[Any, ...]]) -> Price:
    return Price(row.variant_id, row.amount_minor, row.quantity_min, row.compare_at_minor)


def _uuid(key: KeyValue) -> UUID:
    return UUID(hex=str(key))
