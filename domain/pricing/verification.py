"""The room's invariants over the whole database, as far as its own tables show them."""

import sqlalchemy as sa

from domain.catalog.tables import SalesChannelRow
from domain.connections import ReadConnection
from domain.price_lists.tables import PriceListRow
from domain.tables import table_of

CURRENCY = "a price list is in the currency of its sales channel"
CHARGED = "an order line that a price list priced is in the list's currency"

_list = table_of(PriceListRow)
_channel = table_of(SalesChannelRow)


def verify(conn: ReadConnection) -> list[tuple[str, str]]:
    """(invariant, what was found) for each place where one does not hold."""
    wrong = (
        sa.select(_list.c.id, _list.c.currency, _channel.c.currency.label("wanted"))
        .join(_channel, _channel.c.id == _list.c.channel_id)
        .where(_channel.c.currency != _list.c.currency)
        .order_by(_list.c.id)
    )
    return [(CURRENCY, f"price list {row.id}: expected {row.wanted}, is {row.currency}") for row in conn.execute(wrong)]
