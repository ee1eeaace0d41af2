"""All SQL of the shipping room."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.shipping.errors import OptionNotFound
from domain.shipping.model import Band, ShippingOption, ShippingOptionId, Zone
from domain.shipping.tables import ShippingOptionRow
from domain.statements import Row, Statement
from domain.tables import table_of

_option = table_of(ShippingOptionRow)
_OFFERED = Statement(
    sa.select(_option)
    .where(_option.c.sales_channel_id == sa.bindparam("channel"), _option.c.active)
    .order_by(_option.c.id)
)


def active_of(conn: ReadConnection, channel_id: UUID) -> Sequence[ShippingOption]:
    """Every active option of a channel, oldest first."""
    return [_built(row) for row in _OFFERED.all(conn, channel=channel_id)]


def options(conn: ReadConnection, ids: Sequence[ShippingOptionId]) -> Mapping[ShippingOptionId, ShippingOption]:
    """Options by id."""
    rows = conn.execute(sa.select(_option).where(_option.c.id.in_(ids)))
    return {found.id: found for found in map(_built, rows)}


def one(conn: ReadConnection, option_id: ShippingOptionId) -> ShippingOption:
    """An option.

    Raises:
        OptionNotFound: there is none.
    """
    found = options(conn, [option_id]).get(option_id)
    if found is None:
        raise OptionNotFound
    return found


def lock(conn: WriteConnection, option_id: ShippingOptionId) -> ShippingOption:
    """An option, locked until the transaction ends.

    Raises:
        OptionNotFound: there is none.
    """
    row = conn.execute(sa.select(_option).where(_option.c.id == option_id).with_for_update()).one_or_none()
    if row is None:
        raise OptionNotFound
    return _built(row)


def page(conn: ReadConnection, asked: Page) -> Slice[ShippingOption]:
    """Options, the newest first."""
    return fetch_slice(conn, sa.select(_option), [SortColumn(_option.c.id, descending=True, bind=_uuid)], asked, _built)


def count_of(conn: ReadConnection, channel_id: UUID) -> int:
    """How many options a channel has."""
    query = sa.select(sa.func.count()).select_from(_option).where(_option.c.sales_channel_id == channel_id)
    return int(conn.execute(query).scalar_one())


def insert(conn: WriteConnection, made: ShippingOption) -> None:
    """Write an option."""
    conn.execute(sa.insert(_option).values(_columns(made)))


def save(conn: WriteConnection, changed: ShippingOption) -> None:
    """Write an option's new values."""
    conn.execute(sa.update(_option).where(_option.c.id == changed.id).values(_columns(changed)))


def _columns(option: ShippingOption) -> dict[str, object]:
    values: dict[str, object] = {column.name: getattr(option, column.name) for column in _option.c}
    values["zones"] = [[zone.country, zone.region, zone.postal_prefix] for zone in option.zones]
    values["bands"] = [[band.begins_at, band.amount_minor] for band in option.bands]
    return values


def _built(row: Row | sa.Row[*tuple[Any, ...]]) -> ShippingOption:
    values = row._asdict()
    values["zones"] = tuple(Zone(*zone) for zone in row.zones)
    values["bands"] = tuple(Band(*band) for band in row.bands)
    return ShippingOption(**values)


def _uuid(key: KeyValue) -> UUID:
    return UUID(hex=str(key))
