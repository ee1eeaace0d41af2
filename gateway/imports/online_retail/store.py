"""All SQL of the import: what the rooms' tables say of the imported channel."""

import sqlalchemy as sa

from domain.catalog.model import ChannelId
from domain.connections import ReadConnection
from domain.ledger.model import TransferCode
from domain.ledger.tables import LotRow, TransferRow
from domain.orders.tables import OrderLineRow, OrderRow
from domain.returns.tables import ReturnLineRow, ReturnRow, ReturnSettlementRow
from domain.tables import table_of
from gateway.imports.online_retail.reconciliation import DatabaseTotals

_order = table_of(OrderRow)
_line = table_of(OrderLineRow)
_return = table_of(ReturnRow)
_return_line = table_of(ReturnLineRow)
_settlement = table_of(ReturnSettlementRow)
_transfer = table_of(TransferRow)
_lot = table_of(LotRow)


def totals(conn: ReadConnection, channel_id: ChannelId) -> DatabaseTotals:
    """Sums over every order of the channel, its returns and its points."""
    of_orders = (_sum(column) for column in (_order.c.total_minor, _order.c.discount_minor, _order.c.tax_minor))
    orders, gross_minor, discount, tax = _sums(conn, channel_id, _order, sa.func.count(), *of_orders)
    sold = _line.join(_order, _order.c.id == _line.c.order_id)
    order_lines, units_sold = _sums(conn, channel_id, sold, sa.func.count(), _sum(_line.c.quantity))
    returned = _return.join(_order, _order.c.id == _return.c.order_id)
    (returns,) = _sums(conn, channel_id, returned, sa.func.count())
    back = returned.join(_return_line, _return_line.c.return_id == _return.c.id)
    (units_returned,) = _sums(conn, channel_id, back, _sum(_return_line.c.settled))
    settled = _settlement.join(_order, _order.c.id == _settlement.c.order_id)
    net_back = _sum(_settlement.c.net_minor)
    refunded_minor, net_back_minor = _sums(conn, channel_id, settled, _sum(_settlement.c.refund_minor), net_back)
    moved = _transfer.join(_order, _order.c.id == _transfer.c.order_id)
    earned, clawed = _sums(conn, channel_id, moved, _points(TransferCode.EARN), _points(TransferCode.CLAWBACK))
    lots = _lot.join(_order, _order.c.id == _lot.c.order_id)
    # Points that had expired before their goods came back are given up without a transfer.
    (absorbed,) = _sums(conn, channel_id, lots, _sum(_lot.c.absorbed))
    return DatabaseTotals(
        orders=orders,
        order_lines=order_lines,
        units_sold=units_sold,
        gross_minor=gross_minor,
        returns=returns,
        units_returned=units_returned,
        refunded_minor=refunded_minor,
        points_earned=earned,
        points_clawed_back=clawed + absorbed,
        discount_minor=discount,
        tax_minor=tax,
        tax_back_minor=refunded_minor - net_back_minor,
    )


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(column), 0)


def _points(code: TransferCode) -> sa.ColumnElement[int]:
    return _sum(sa.case((_transfer.c.code == code, _transfer.c.amount), else_=0))


def _sums(
    conn: ReadConnection, channel_id: ChannelId, source: sa.FromClause, *sums: sa.ColumnElement[int]
) -> tuple[int, ...]:
    row = conn.execute(sa.select(*sums).select_from(source).where(_order.c.sales_channel_id == channel_id)).one()
    return tuple(int(value) for value in row)
