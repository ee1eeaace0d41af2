"""Order lines that sell gift cards: their variants have the tax code `gift_card`, which nobody taxes at the sale."""

from collections.abc import Iterable

from domain.acts import Act
from domain.connections import WriteConnection
from domain.gift_cards.model import TAX_CODE
from domain.jobs import store as jobs
from domain.orders.model import OrderId, OrderLine

ISSUE = "order.gift_cards"


def expect(conn: WriteConnection, order_id: OrderId, lines: Iterable[OrderLine], act: Act) -> None:
    """Have the gift cards of an order issued after this commit, when it sells any."""
    if any(line.tax_code == TAX_CODE for line in lines):
        jobs.enqueue(conn, act, ISSUE, {"order": str(order_id)})
