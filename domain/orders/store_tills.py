"""What a till sold between two moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.orders.tables import OrderRow
from domain.payments.model import REFUNDABLE, Tender
from domain.payments.store import payment_table
from domain.tables import table_of

_order = table_of(OrderRow)


@dataclass(frozen=True, slots=True)
class TillSales:
    """Orders a till placed, their totals, and which tenders settled them, each in minor units of one currency."""

    orders: int
    total_minor: int
    tenders: Mapping[Tender, int]


def till_sales(
    conn: ReadConnection, location_id: UUID, terminal_id: UUID, currency: str, since: datetime, until: datetime | None
) -> TillSales:
    """Sales of a till from `since` to `until` inclusive; None is without end."""
    order = _order.c
    at_till = sa.and_(
        order.location_id == location_id,
        order.terminal_id == terminal_id,
        order.currency == currency,
        order.placed_at >= since,
        *(() if until is None else (order.placed_at <= until,)),
    )
    orders, total = conn.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(order.total_minor), 0)).where(at_till)
    ).one()
    paid = (
        sa.select(payment_table.c.tender, sa.func.sum(payment_table.c.amount_minor))
        .join(_order, order.id == payment_table.c.order_id)
        .where(at_till, payment_table.c.status.in_(REFUNDABLE))
        .group_by(payment_table.c.tender)
        .order_by(payment_table.c.tender)
    )
    return TillSales(int(orders), int(total), {Tender(tender): int(sum_) for tender, sum_ in conn.execute(paid)})
