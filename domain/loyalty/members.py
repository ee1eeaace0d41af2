"""Members: enrolling, merging two accounts, and household pools."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.events.store import Topic, publish
from domain.ledger import service as ledger_service
from domain.ledger import store as ledger
from domain.ledger.book import Book, Why
from domain.ledger.errors import WalletNotFound
from domain.ledger.model import TRANSIT, Bucket, Lot, LotId, Pick, TransferCode, WalletId, WalletStatus
from domain.loyalty import rules, store
from domain.loyalty.earning import book_for, period_at
from domain.loyalty.errors import CustomerNotFound, MemberInPool, OpenHolds, WalletInDebt
from domain.loyalty.model import Account, AccountKind, Wallet
from domain.loyalty.program import Program
from domain.loyalty.programs import default_program
from domain.loyalty.store import Standing


def enroll(conn: WriteConnection, customer_id: UUID, act: Act) -> Wallet:
    """The customer's account, opened in the default programme when there is none yet.

    Raises:
        CustomerNotFound: no such customer.
    """
    wallet_id = store.wallet_id_of_customer(conn, customer_id)
    if wallet_id is None:
        if not store.customer_exists(conn, customer_id):
            raise CustomerNotFound
        open_account(conn, default_program(conn, act), f"customer:{customer_id}", act, customer_id=customer_id)
        wallet_id = store.wallet_id_of_customer(conn, customer_id)
        assert wallet_id is not None, "an account that was just opened is there"
    return store.wallets(conn, [wallet_id], act.now)[wallet_id]


def open_account(
    conn: WriteConnection,
    program: Program,
    owner: str,
    act: Act,
    *,
    customer_id: UUID | None = None,
    kind: AccountKind = AccountKind.MEMBER,
) -> WalletId:
    """Open a wallet and an account for `owner`, an opaque text; answers the account's public name."""
    wallet = ledger_service.open_wallet(conn, program.unit, owner, act)
    account = Account(
        wallet_id=wallet.id,
        kind=kind,
        program_id=program.id,
        customer_id=customer_id,
        root_id=wallet.id,
        effective_id=wallet.id,
        tier=rules.tier_for(program.terms, 0).name,
        tier_credits=0,
        period=1,
        period_ends_at=rules.period_end(program.terms, act.now),
    )
    store.insert_account(conn, account)
    return wallet.id


def set_tier(conn: WriteConnection, wallet_id: UUID, tier: str) -> None:
    """Give a member a tier by hand, until the period ends.

    Raises:
        WalletNotFound: no such wallet.
    """
    standing = _locked(conn, wallet_id)
    named = rules.tier_named(standing.program.terms, tier)
    store.set_tier(conn, replace(standing.account, tier=named.name))


def end_period(conn: WriteConnection, wallet_id: UUID) -> str:
    """End a member's qualification period: what was spent in it decides the tier of the next; answers that tier.

    Raises:
        WalletNotFound: no such wallet.
    """
    standing = _locked(conn, wallet_id)
    account = period_at(standing.account, standing.program, standing.account.period_ends_at)
    store.set_tier(conn, account)
    return account.tier


def _locked(conn: WriteConnection, wallet_id: UUID) -> Standing:
    standing = store.lock_standing(conn, wallet_id)
    if standing is None:
        raise WalletNotFound
    return standing


def _lock_both(conn: WriteConnection, one: UUID, other: UUID) -> tuple[Standing, Standing]:
    """Both members, locked in id order."""
    found = {wallet_id: _locked(conn, wallet_id) for wallet_id in sorted({one, other})}
    return found[one], found[other]


def merge(conn: WriteConnection, source_id: UUID, into_id: UUID, act: Act) -> None:
    """Let one member's account become part of another's: lots keep their expiry, funder and pending part, debts are
    netted, tier credits add up. Merging again is a no-op.

    Raises:
        MemberInPool: one of them is in a household pool.
        OpenHolds: an open checkout holds points of the account that is to go.
        WalletNotFound: no such wallet.
    """
    source, into = _lock_both(conn, source_id, into_id)
    if source.account.wallet_id == into.account.wallet_id:
        return
    if source.account.pooled or into.account.pooled or AccountKind.POOL in (source.account.kind, into.account.kind):
        raise MemberInPool
    source_book, into_book = book_for(conn, source, act, lots=True), book_for(conn, into, act, lots=True)
    source_book.time_out()
    if source_book.wallet.held:
        raise OpenHolds
    _move(source_book, into_book, source_book.own(), None, "merge")
    _move_debt(source_book, into_book)
    into_book.settle()
    ledger.save(conn, [source_book, into_book], act)
    ledger.set_status(conn, source.wallet.id, WalletStatus.CLOSED)
    store.point_roots(conn, source.account.wallet_id, into.account.wallet_id)
    terms, tier_credits = into.program.terms, into.account.tier_credits + source.account.tier_credits
    best = max((source.account.tier, into.account.tier), key=lambda t: rules.tier_named(terms, t).threshold_minor)
    tier = rules.higher_tier(terms, best, tier_credits)
    store.set_tier(conn, replace(into.account, tier=tier, tier_credits=tier_credits))


def _move(source: Book, target: Book, lots: Sequence[Lot], contributor_id: WalletId | None, reason: str) -> None:
    """Move what is pending and free of these lots into new lots of the same age in another wallet."""
    why = Why(TransferCode.MOVE, reason)
    source.drop([Pick(lot.id, lot.pending) for lot in lots if lot.pending], TRANSIT, why, Bucket.MOVED)
    source.spend([Pick(lot.id, lot.free) for lot in lots if lot.free], TRANSIT, why, Bucket.MOVED)
    for lot in lots:
        for pending, available in ((lot.pending, 0), (0, lot.free)):
            if pending or available:
                moved = _copy(lot, target, pending, available, contributor_id)
                target.issue(moved, TRANSIT, why)


def _copy(lot: Lot, target: Book, pending: int, available: int, contributor_id: WalletId | None) -> Lot:
    return replace(
        lot,
        id=LotId(target.act.new_id()),
        wallet_id=target.wallet.id,
        original=pending + available,
        pending=pending,
        available=available,
        held=0,
        spent=0,
        expired=0,
        absorbed=0,
        clawed=0,
        moved=0,
        contributor_id=contributor_id,
    )


def _move_debt(source: Book, target: Book) -> None:
    """Pass what the source owes on to the target."""
    debt, why = source.wallet.debt, Why(TransferCode.MOVE, "debt")
    source.record(TRANSIT, source.debt_account, debt, why)
    target.owe(debt, TRANSIT, why)


def join_pool(conn: WriteConnection, wallet_id: UUID, pool_id: UUID, act: Act) -> None:
    """Put a member's points into a household pool. Joining the same pool again is a no-op.

    Raises:
        MemberInPool: the member is in another pool, or is a pool.
        OpenHolds: an open checkout holds points of the member.
        WalletInDebt: the member owes points.
        WalletNotFound: no such wallet.
    """
    member, pool = _lock_both(conn, wallet_id, pool_id)
    if pool.account.kind is not AccountKind.POOL:
        raise WalletNotFound
    if member.wallet.id == pool.wallet.id:
        return
    if member.account.pooled or member.account.kind is AccountKind.POOL:
        raise MemberInPool
    own, shared = book_for(conn, member, act, lots=True), book_for(conn, pool, act, lots=True)
    own.time_out()
    if own.wallet.held:
        raise OpenHolds
    if own.wallet.debt:
        raise WalletInDebt(own.wallet.debt)
    _move(own, shared, own.own(), member.account.wallet_id, "join pool")
    shared.settle()
    ledger.save(conn, [own, shared], act)
    store.point_effective(conn, member.account.wallet_id, pool.wallet.id)
    publish(conn, act, Topic.WALLET, [(own.wallet.id, own.wallet.version)])


def leave_pool(conn: WriteConnection, wallet_id: UUID, act: Act) -> None:
    """Take what is left of the member's own points out of the household pool; others' points stay. A member who is in
    no pool stays as it is.

    Raises:
        OpenHolds: an open checkout holds points that the member would take along.
        WalletNotFound: no such wallet.
    """
    member = _locked(conn, wallet_id)
    root_id = member.account.wallet_id
    if not member.account.pooled:
        return
    shared = book_for(conn, member, act, lots=True)
    shared.time_out()
    mine = [lot for lot in shared.own() if lot.contributor_id == root_id]
    if any(lot.held for lot in mine):
        raise OpenHolds
    own = Book(ledger.lock(conn, [root_id])[root_id], act, ())
    _move(shared, own, mine, None, "leave pool")
    ledger.save(conn, [shared, own], act)
    store.point_effective(conn, root_id, root_id)
    publish(conn, act, Topic.WALLET, [(root_id, own.wallet.version)])
