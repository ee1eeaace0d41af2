"""The loyalty room's door: what orders, carts, returns and the schema call."""

from datetime import datetime
from uuid import UUID

from domain.connections import ReadConnection
from domain.ledger.errors import WalletNotFound
from domain.loyalty import rules, store
from domain.loyalty.earning import earn_order, release
from domain.loyalty.exchanging import exchange_order
from domain.loyalty.granting import adjust, bonus, fund_budget
from domain.loyalty.members import end_period, enroll, join_pool, leave_pool, merge, open_account, set_tier
from domain.loyalty.programs import create_program, default_program, publish
from domain.loyalty.redeeming import capture_hold, hold, offline_redeem, pay_order, record_tender, void_hold
from domain.loyalty.returning import book_return, preview_return
from domain.loyalty.sweeping import SWEEP_JOB, release_due, sweep, sweep_expired, sweep_holds
from domain.money import Money

__all__ = [
    "SWEEP_JOB",
    "adjust",
    "bonus",
    "book_return",
    "capture_hold",
    "create_program",
    "default_program",
    "earn_order",
    "end_period",
    "enroll",
    "exchange_order",
    "fund_budget",
    "hold",
    "join_pool",
    "leave_pool",
    "max_points",
    "merge",
    "offline_redeem",
    "open_account",
    "pay_order",
    "points_value",
    "preview_return",
    "publish",
    "record_tender",
    "release",
    "release_due",
    "set_tier",
    "sweep",
    "sweep_expired",
    "sweep_holds",
    "void_hold",
]


def points_value(conn: ReadConnection, wallet_id: UUID, points: int, currency: str) -> int:
    """What points of this member pay in a currency, in minor units.

    Raises:
        WalletNotFound: no such wallet.
    """
    standing = store.standing(conn, wallet_id)
    if standing is None:
        raise WalletNotFound
    return rules.points_value(standing.program.terms, points, currency)


def max_points(conn: ReadConnection, wallet_id: UUID, amount: Money, now: datetime) -> int:
    """The most points this member can spend now on an amount; 0 when the programme's minimum is not met.

    Raises:
        WalletNotFound: no such wallet.
    """
    standing = store.standing(conn, wallet_id)
    if standing is None:
        raise WalletNotFound
    terms = standing.program.terms
    available = store.wallets(conn, [wallet_id], now)[wallet_id].available
    return rules.redeemable(terms, min(available, rules.points_for(terms, amount.amount_minor, amount.currency)))
