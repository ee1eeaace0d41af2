"""Points by hand: bonuses, adjustments, and the funders' budgets."""

from datetime import datetime
from uuid import UUID

from domain.acts import Act, Scope
from domain.connections import WriteConnection
from domain.ledger import chain
from domain.ledger import store as ledger
from domain.ledger.book import Book, Why
from domain.ledger.errors import InsufficientPoints, WalletNotFound
from domain.ledger.model import ADJUSTMENT, Bucket, Lot, LotId, Phase, Transfer, TransferCode, TransferId
from domain.loyalty import rules, store, store_orders
from domain.loyalty.earning import account_of, book_for, contributor_of, needs_lots
from domain.loyalty.errors import ApprovalRequired
from domain.loyalty.model import BudgetMode
from domain.loyalty.program import PROGRAM_FUNDER, ExpiryMode, Program
from domain.loyalty.redeeming import usable
from domain.loyalty.store import Standing


def bonus(
    conn: WriteConnection,
    wallet_id: UUID,
    points: int,
    act: Act,
    *,
    reference: str,
    expires_at: datetime | None = None,
    funder: str = PROGRAM_FUNDER,
) -> int:
    """Give points at once, until `expires_at` or as long as the programme says; answers how many. None is a no-op.

    Raises:
        WalletNotFound: no such wallet.
    """
    assert points >= 0, "a bonus is never negative"
    standing = store.lock_standing(conn, wallet_id)
    if standing is None:
        raise WalletNotFound
    if points:
        book = book_for(conn, standing, act, lots=needs_lots(standing))
        _give(book, standing, points, account_of(funder), expires_at, Why(TransferCode.BONUS, reference))
        ledger.save(conn, [book], act)
    return points


def _give(book: Book, standing: Standing, points: int, source: str, expires_at: datetime | None, why: Why) -> None:
    terms, now = standing.program.terms, book.act.now
    lot_id = LotId(book.act.new_id())
    lot = Lot(
        id=lot_id,
        wallet_id=book.wallet.id,
        unit=book.wallet.unit,
        origin_id=lot_id,
        funder=source.removeprefix("funding:"),
        component=why.code.value.lower(),
        order_id=None,
        vesting_key="",
        rule_version=standing.program.version,
        original=points,
        earned_at=now,
        available=points,
        expires_at=expires_at or rules.expiry(terms, now),
        slides=expires_at is None and terms.expiry_mode is ExpiryMode.SLIDING_INACTIVITY,
        contributor_id=contributor_of(standing),
    )
    book.issue(lot, source, why)
    book.settle()


def adjust(conn: WriteConnection, wallet_id: UUID, points: int, reason: str, act: Act) -> int:
    """Correct a balance by hand, up or down; answers the points.

    Raises:
        ApprovalRequired: more than the programme lets one person move alone.
        InsufficientPoints: a deduction of more than can be spent now.
        WalletNotFound, WalletClosed, WalletFrozen.
    """
    standing = usable(conn, wallet_id)
    limit = standing.program.terms.adjustment_limit
    if abs(points) > limit and not act.actor.may(Scope.APPROVE_OVERRIDES):
        raise ApprovalRequired(limit)
    book = book_for(conn, standing, act, lots=True)
    book.time_out()
    why = Why(TransferCode.ADJUST, reason)
    if points > 0:
        _give(book, standing, points, ADJUSTMENT, None, why)
    elif points < 0:
        picks = book.pick(-points)
        if sum(pick.points for pick in picks) < -points:
            raise InsufficientPoints(book.spendable())
        book.spend(picks, ADJUSTMENT, why, Bucket.SPENT)
    ledger.save(conn, [book], act)
    return points


def fund_budget(
    conn: WriteConnection, program: Program, funder: str, points: int, mode: BudgetMode, act: Act, *, reference: str
) -> None:
    """Add points a funder has paid for; from its first budget on it never gives more than is left."""
    assert points > 0, "a budget grows"
    store_orders.fund_budget(conn, program.id, funder, mode, points)
    debit, credit, transfer_id = f"funder_invoice:{funder}", account_of(funder), TransferId(act.new_id())
    sealed = chain.seal(
        chain.GENESIS,
        transfer_id=transfer_id,
        unit=program.unit,
        debit=debit,
        credit=credit,
        amount=points,
        code=TransferCode.FUND.value,
        phase=Phase.POSTED.value,
        order_id=None,
        hold_id=None,
        reference=reference,
        effective_at=act.now,
        version=0,
        balance_after=0,
    )
    transfer = Transfer(
        id=transfer_id,
        unit=program.unit,
        wallet_id=None,
        debit=debit,
        credit=credit,
        amount=points,
        code=TransferCode.FUND,
        phase=Phase.POSTED,
        order_id=None,
        hold_id=None,
        reference=reference,
        actor=f"{act.actor.kind.value}:{act.actor.id}"[:80],
        effective_at=act.now,
        recorded_at=act.now,
        wallet_version=0,
        balance_after=0,
        prev_hash=chain.GENESIS,
        hash=sealed,
    )
    ledger.insert_transfers(conn, [transfer])
