"""The SQL behind `verification`: each check finds the rows that break it."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.orders.model import OrderId, OrderStatus
from domain.orders.tables import OrderLineRow, OrderLineTaxRow, OrderRow, ShippingChargeRow
from domain.price_lists.tables import PriceListRow
from domain.pricing.model import TaxSource
from domain.promotions.stored import NOTHING
from domain.tables import Integer64, table_of

_order = table_of(OrderRow)
_line = table_of(OrderLineRow)
_tax = table_of(OrderLineTaxRow)
_charge = table_of(ShippingChargeRow)
_list = table_of(PriceListRow)


def listed_in_other_currencies(conn: ReadConnection) -> list[tuple[UUID, str, str]]:
    """(line, the list's currency, the order's) of each line that a price list of another currency priced."""
    found = (
        sa.select(_line.c.id, _list.c.currency, _order.c.currency)
        .join(_list, _list.c.id == _line.c.price_list_id)
        .join(_order, _order.c.id == _line.c.order_id)
        .where(_list.c.currency != _order.c.currency)
        .order_by(_line.c.id)
    )
    return [(row[0], row[1], row[2]) for row in conn.execute(found)]


def taxed_by_service(conn: ReadConnection) -> dict[UUID, tuple[int, int]]:
    """(net, tax) of each line and each shipping charge of the orders that a tax service taxed."""
    found: dict[UUID, tuple[int, int]] = {}
    for table in (_line, _charge):
        taxed = (
            sa.select(table.c.id, table.c.net_minor, table.c.tax_minor)
            .join(_order, _order.c.id == table.c.order_id)
            .where(_order.c.tax_source == TaxSource.SERVICE)
        )
        found |= {row.id: (row.net_minor, row.tax_minor) for row in conn.execute(taxed)}
    return found


def wrong_sums(conn: ReadConnection) -> list[tuple[str, UUID, int, int]]:
    """(what, order, sum of the parts, what the order says) where they differ."""
    lines = _sums(
        _line,
        gross=_line.c.gross_minor,
        discount=_line.c.line_discount_minor + _line.c.order_discount_minor,
        tax=_line.c.tax_minor,
        total=_line.c.total_minor,
        points=_line.c.points,
        value=_line.c.points_value_minor,
    )
    charges = _sums(_charge, discount=_charge.c.discount_minor, tax=_charge.c.tax_minor, total=_charge.c.total_minor)
    checks = {
        "subtotal": (_of(lines, "gross"), _order.c.subtotal_minor),
        "discount": (_of(lines, "discount") + _of(charges, "discount"), _order.c.discount_minor),
        "shipping": (_of(charges, "total"), _order.c.shipping_minor),
        "shipping tax": (_of(charges, "tax"), _order.c.shipping_tax_minor),
        "tax": (_of(lines, "tax") + _of(charges, "tax"), _order.c.tax_minor),
        "total": (_of(lines, "total") + _of(charges, "total"), _order.c.total_minor),
        "points": (_of(lines, "points"), _order.c.points),
        "points value": (_of(lines, "value"), _order.c.points_value_minor),
    }
    joined = _order.outerjoin(lines, lines.c.order_id == _order.c.id).outerjoin(
        charges, charges.c.order_id == _order.c.id
    )
    query = sa.union_all(
        *(
            sa.select(sa.literal(what), _order.c.id, expected, actual).select_from(joined).where(expected != actual)
            for what, (expected, actual) in checks.items()
        )
    )
    return [(row[0], row[1], int(row[2]), int(row[3])) for row in conn.execute(query)]


def wrong_line_taxes(conn: ReadConnection) -> list[tuple[UUID, int, int]]:
    """(order, sum of the jurisdictions, what the line says) for lines whose taxes do not sum."""
    summed = (
        sa.select(_tax.c.order_line_id, _sum(_tax.c.amount_minor).label("amount"))
        .group_by(_tax.c.order_line_id)
        .subquery()
    )
    expected = sa.func.coalesce(summed.c.amount, 0)
    query = (
        sa.select(_line.c.order_id, expected, _line.c.tax_minor)
        .select_from(_line.outerjoin(summed, summed.c.order_line_id == _line.c.id))
        .where(expected != _line.c.tax_minor)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in conn.execute(query)]


def wrong_counters(conn: ReadConnection) -> list[tuple[UUID, int, int]]:
    """(order, quantity, fulfilled and canceled) of lines whose counters contradict each other."""
    done = _line.c.fulfilled + _line.c.canceled
    broken = sa.or_(
        done > _line.c.quantity,
        _line.c.claimed < 0,
        _line.c.claimed > _line.c.fulfilled,
        _line.c.short > _line.c.canceled,
        _line.c.total_minor != _line.c.net_minor + _line.c.tax_minor,
    )
    query = sa.select(_line.c.order_id, _line.c.quantity, done).where(broken)
    return [(row[0], int(row[1]), int(row[2])) for row in conn.execute(query)]


def canceled_orders(conn: ReadConnection) -> Sequence[OrderId]:
    """Orders of which something was canceled, or that say so."""
    units = sa.exists().where(_line.c.order_id == _order.c.id, _line.c.canceled > 0)
    query = sa.select(_order.c.id).where(sa.or_(_order.c.canceled_minor != 0, units)).order_by(_order.c.id)
    return [OrderId(order_id) for order_id in conn.execute(query).scalars()]


def promoted_orders(conn: ReadConnection) -> Iterator[tuple[UUID, str, str]]:
    """(order, currency, what promotions did to it) of orders that are not canceled whole; one without promotions is left
    out."""
    columns = (_order.c.id, _order.c.currency, _order.c.promotions)
    query = sa.select(*columns).where(_order.c.promotions != NOTHING, _order.c.status != OrderStatus.CANCELED)
    for row in conn.execute(query):
        yield row.id, row.currency, row.promotions


def all_orders(conn: ReadConnection) -> Sequence[OrderId]:
    """Every order's id."""
    return [OrderId(order_id) for order_id in conn.execute(sa.select(_order.c.id).order_by(_order.c.id)).scalars()]


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    # PostgreSQL sums bigint as numeric.
    return sa.cast(sa.func.sum(column), Integer64)


def _sums(table: sa.Table, **columns: sa.ColumnElement[int]) -> sa.Subquery:
    summed = [_sum(column).label(name) for name, column in columns.items()]
    return sa.select(table.c.order_id, *summed).group_by(table.c.order_id).subquery()


def _of(sums: sa.Subquery, name: str) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sums.c[name], 0)
