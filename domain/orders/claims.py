"""Claims: units that a return, an exchange or a dispute has spoken for. All draw on one pool per line."""

from collections.abc import Sequence
from dataclasses import replace

from domain.connections import WriteConnection
from domain.gift_cards.model import TAX_CODE
from domain.orders import rules, store, store_writes
from domain.orders.errors import NotReturnable
from domain.orders.model import OrderLine, Units
from domain.orders.store_writes import Counters


def claim_units(conn: WriteConnection, units: Sequence[Units]) -> Sequence[OrderLine]:
    """Claim fulfilled units; the lines after it, in receipt order. Their rows stay locked until the commit.

    Raises:
        NotReturnable: a line has fewer unclaimed units, or sold gift cards; the fact `available` says how many. Nothing is
            claimed.
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
    """
    chosen = rules.chosen(store.lock_lines(conn, [wanted.line_id for wanted in units]), units)
    for line, quantity in chosen:
        if line.tax_code == TAX_CODE:
            raise NotReturnable(0)  # a gift card is money: its code may have been spent a moment ago
        if quantity > line.fulfilled - line.claimed:
            raise NotReturnable(line.fulfilled - line.claimed)
    store_writes.add(conn, [Counters(line.id, claimed=quantity) for line, quantity in chosen])
    return [replace(line, claimed=line.claimed + quantity) for line, quantity in chosen]


def release_claims(conn: WriteConnection, units: Sequence[Units]) -> Sequence[OrderLine]:
    """Give claimed units back to the pool; the lines after it, in receipt order.

    Raises:
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
    """
    chosen = rules.chosen(store.lock_lines(conn, [wanted.line_id for wanted in units]), units)
    for line, quantity in chosen:
        assert quantity <= line.claimed, "only what was claimed is released"
    store_writes.add(conn, [Counters(line.id, claimed=-quantity) for line, quantity in chosen])
    return [replace(line, claimed=line.claimed - quantity) for line, quantity in chosen]
