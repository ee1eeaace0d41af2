"""Finding orders: by the names people know them by, and in pages for lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from domain.catalog.model import ChannelId
from domain.connections import ReadConnection
from domain.locations.model import LocationId
from domain.orders.model import Order, OrderSource, OrderStatus
from domain.orders.store import order_of
from domain.orders.tables import FulfillmentOrderRow, OrderRow
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.tables import table_of

_order = table_of(OrderRow)
_fulfillment = table_of(FulfillmentOrderRow)


class OrderSort(StrEnum):
    """The order of a list of orders."""

    NEWEST_FIRST = "NEWEST_FIRST"
    OLDEST_FIRST = "OLDEST_FIRST"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list has. None means any.

    Attributes:
        location_id: the place of sale, or a place that fulfills part of the order.
        placed_from, placed_before: bounds of the time of placement, the second exclusive.
    """

    customer_id: UUID | None = None
    sales_channel_id: ChannelId | None = None
    location_id: LocationId | None = None
    status: OrderStatus | None = None
    source: OrderSource | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None


def by_number(conn: ReadConnection, number: str) -> Order | None:
    """The order of an order number, in the form it was issued."""
    return _one(conn, _order.c.number == number)


def by_receipt_number(conn: ReadConnection, receipt_number: str) -> Order | None:
    """The order of a receipt number, in the form it was issued."""
    return _one(conn, _order.c.receipt_number == receipt_number)


def by_external_reference(conn: ReadConnection, channel_id: ChannelId, reference: str) -> Order | None:
    """The order a channel knows by this reference."""
    return _one(conn, _order.c.sales_channel_id == channel_id, _order.c.external_reference == reference)


def by_cart(conn: ReadConnection, cart_id: UUID) -> Order | None:
    """The order a cart became."""
    return _one(conn, _order.c.cart_id == cart_id)


def page(
    conn: ReadConnection, wanted: OrderFilter, page: Page, *, sort: OrderSort = OrderSort.NEWEST_FIRST
) -> Slice[Order]:
    """One page of orders by time of placement, then id.

    Raises:
        ValueError: a cursor of another list.
    """
    columns = [
        SortColumn(_order.c.placed_at, sort is OrderSort.NEWEST_FIRST, _time),
        SortColumn(_order.c.id, sort is OrderSort.NEWEST_FIRST, _uuid),
    ]
    return fetch_slice(conn, sa.select(_order).where(*_conditions(wanted)), columns, page, order_of)


def page_key(order: Order) -> tuple[KeyValue, ...]:
    """An order's place in a page."""
    return order.placed_at.isoformat(), order.id.hex


def count(conn: ReadConnection, wanted: OrderFilter) -> int:
    """How many orders a list has."""
    query = sa.select(sa.func.count()).select_from(_order).where(*_conditions(wanted))
    return int(conn.execute(query).scalar_one())


def _conditions(wanted: OrderFilter) -> Sequence[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.customer_id is not None:
        found.append(_order.c.customer_id == wanted.customer_id)
    if wanted.sales_channel_id is not None:
        found.append(_order.c.sales_channel_id == wanted.sales_channel_id)
    if wanted.status is not None:
        found.append(_order.c.status == wanted.status)
    if wanted.source is not None:
        found.append(_order.c.source == wanted.source)
    if wanted.placed_from is not None:
        found.append(_order.c.placed_at >= wanted.placed_from)
    if wanted.placed_before is not None:
        found.append(_order.c.placed_at < wanted.placed_before)
    if wanted.location_id is not None:
        served = sa.exists().where(
            _fulfillment.c.order_id == _order.c.id, _fulfillment.c.location_id == wanted.location_id
        )
        found.append(sa.or_(_order.c.location_id == wanted.location_id, served))
    return found


def _one(conn: ReadConnection, *conditions: sa.ColumnElement[bool]) -> Order | None:
    row = conn.execute(sa.select(_order).where(*conditions)).one_or_none()
    return None if row is None else order_of(row)


def _time(value: KeyValue) -> datetime:
    parsed = datetime.fromisoformat(str(value))
    if parsed.tzinfo is None:
        raise ValueError("a time without a zone")
    return parsed


def _uuid(value: KeyValue) -> UUID:
    return UUID(hex=str(value))
