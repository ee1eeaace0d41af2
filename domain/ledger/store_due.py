"""Which wallets time has something for; each query reads one partial index."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.ledger.model import WalletId
from domain.ledger.store import HELD_OPEN, WAITING, hold_table, lot_table


def wallets_with_timed_out_holds(conn: ReadConnection, now: datetime, limit: int) -> Sequence[WalletId]:
    """Wallets with a hold whose time has come."""
    over = sa.and_(HELD_OPEN, hold_table.c.until <= now)
    return _wallets(conn, sa.select(hold_table.c.wallet_id).where(over).distinct().limit(limit))


def wallets_with_dead_lots(conn: ReadConnection, now: datetime, limit: int) -> Sequence[WalletId]:
    """Wallets with units past their time that no hold protects."""
    dead = sa.and_(lot_table.c.available > lot_table.c.held, lot_table.c.expires_at <= now)
    return _wallets(conn, sa.select(lot_table.c.wallet_id).where(dead).distinct().limit(limit))


def wallets_with_vested_lots(conn: ReadConnection, now: datetime, limit: int) -> Sequence[WalletId]:
    """Wallets with pending units whose waiting is over."""
    due = sa.and_(WAITING, lot_table.c.vests_at <= now)
    return _wallets(conn, sa.select(lot_table.c.wallet_id).where(due).distinct().limit(limit))


def _wallets(conn: ReadConnection, statement: sa.Select[*tuple[object, ...]]) -> Sequence[WalletId]:
    return [WalletId(wallet_id) for wallet_id in conn.execute(statement).scalars()]
