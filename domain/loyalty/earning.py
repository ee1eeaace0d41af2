"""Earning and releasing: what an order brings, and when it becomes spendable."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store as ledger
from domain.ledger.book import Book, Why
from domain.ledger.model import Lot, LotId, TransferCode, WalletId, WalletStatus
from domain.loyalty import rules, store, store_orders
from domain.loyalty.model import (
    Account,
    Award,
    AwardId,
    BudgetMode,
    EarnedLine,
    EarnedOrder,
    EarnLine,
    EarnOrder,
    Grant,
)
from domain.loyalty.program import PROGRAM_FUNDER, ExpiryMode, Program, Vesting
from domain.loyalty.store import Standing
from domain.money import allocate


@dataclass(frozen=True, slots=True)
class Carried:
    """Points of returned goods that pass to the goods they were exchanged for, with the age they have.

    `pending` says that they had not been released yet.
    """

    funder: str
    points: int
    expires_at: datetime | None
    pending: bool


def account_of(lot_funder: str) -> str:
    """The ledger account of a funder."""
    return f"funding:{lot_funder}"


def book_for(conn: WriteConnection, standing: Standing, act: Act, *, lots: bool) -> Book:
    """The standing's wallet as a working copy; with its living lots and open holds when `lots` asks for them."""
    wallet = standing.wallet
    if not lots:
        return Book(wallet, act)
    living = ledger.living_lots(conn, [wallet.id]).get(wallet.id, ())
    holds = ledger.open_holds(conn, [wallet.id]).get(wallet.id, ()) if wallet.held else ()
    return Book(wallet, act, living, holds)


def needs_lots(standing: Standing) -> bool:
    """Whether issuing points touches older lots: a debt is repaid from them, activity moves their expiry."""
    return bool(standing.wallet.debt) or standing.program.terms.expiry_mode is ExpiryMode.SLIDING_INACTIVITY


def contributor_of(standing: Standing) -> WalletId | None:
    """Who a new lot belongs to when the wallet is shared."""
    return standing.account.wallet_id if standing.account.pooled else None


def earn_order(conn: WriteConnection, order: EarnOrder, act: Act) -> int:
    """Book what an order earns and answer the points; an order that has earned before answers them again.

    A wallet that does not exist or is closed earns nothing: a sale never fails over its points. Constant number of
    statements, however many lines.
    """
    return earn(conn, order, [line.eligible_minor for line in order.lines], (), act)


def earn(
    conn: WriteConnection, order: EarnOrder, earning_minor: Sequence[int], carried: Sequence[Carried], act: Act
) -> int:
    """`earn_order` with the part of each line that earns now and what is carried over from returned goods."""
    standing = store.lock_standing(conn, order.wallet_id)
    if standing is None or standing.wallet.status is WalletStatus.CLOSED:
        return 0
    known = store_orders.earned_order(conn, order.order_id)
    if known is not None:
        return known.points
    standing = replace(standing, account=period_at(standing.account, standing.program, order.placed_at))
    kept = carried if any(map(_eligible, order.lines)) else ()
    store_orders.change_budgets(conn, standing.program.id, _paid_again(kept))
    grants = _granted(conn, standing, order, earning_minor)
    book = book_for(conn, standing, act, lots=needs_lots(standing))
    awards = _issue(book, standing, order, grants, act)
    awards += _carry(book, standing, order, kept, act)
    book.settle()
    if standing.program.terms.expiry_mode is ExpiryMode.SLIDING_INACTIVITY:
        book.slide(rules.expiry(standing.program.terms, order.placed_at))
    ledger.save(conn, [book], act)
    points = sum(award.points for award in awards)
    _write_down(conn, standing, order, awards, points)
    return points


def period_at(account: Account, program: Program, now: datetime) -> Account:
    """The account in the qualification period `now` falls in: at a period's end its credits decide the tier anew."""
    if now < account.period_ends_at:
        return account
    return replace(
        account,
        tier=rules.tier_for(program.terms, account.tier_credits).name,
        tier_credits=0,
        period=account.period + 1,
        period_ends_at=rules.period_end(program.terms, now),
    )


def _granted(conn: WriteConnection, standing: Standing, order: EarnOrder, earning_minor: Sequence[int]) -> list[Grant]:
    """The planned grants within the member's daily cap and the funders' budgets; takes from the budgets."""
    terms = standing.program.terms
    lines = tuple(replace(line, eligible_minor=part) for line, part in zip(order.lines, earning_minor, strict=True))
    tier = rules.tier_named(terms, standing.account.tier)
    grants = rules.plan(terms, tier, replace(order, lines=lines))
    if terms.points_per_day is not None and grants:
        day = rules.local_day(terms, order.placed_at)
        grants = rules.trim(
            grants, terms.points_per_day - store_orders.earned_on(conn, standing.account.wallet_id, day)
        )
    return _within_budgets(conn, standing.program, grants)


def _within_budgets(conn: WriteConnection, program: Program, grants: list[Grant]) -> list[Grant]:
    wanted = {funder: points for funder, points in rules.by_funder(grants).items() if funder != PROGRAM_FUNDER}
    if not wanted:
        return grants
    budgets = store_orders.lock_budgets(conn, program.id, wanted)
    for funder, (mode, remaining) in budgets.items():
        if wanted[funder] > remaining:
            mine = [grant for grant in grants if grant.funder == funder]
            kept = rules.trim(mine, remaining) if mode is BudgetMode.PARTIAL else []
            grants = [grant for grant in grants if grant.funder != funder] + kept
    given = rules.by_funder(grants)
    store_orders.change_budgets(conn, program.id, {funder: -given.get(funder, 0) for funder in budgets})
    return grants


def _issue(book: Book, standing: Standing, order: EarnOrder, grants: Sequence[Grant], act: Act) -> list[Award]:
    """One lot per funder, component and vesting key; one award per grant."""
    grouped: dict[tuple[str, str, str], list[Grant]] = defaultdict(list)
    for grant in grants:
        key = "" if grant.line is None else order.lines[grant.line].vesting_key
        grouped[grant.funder, grant.component, key].append(grant)
    awards: list[Award] = []
    for (funder, component, key), members in grouped.items():
        points = sum(grant.points for grant in members)
        lot = _lot(book, standing, order, funder, component, key, points, act)
        why = Why(TransferCode.EARN, component, order.order_id, effective_at=order.placed_at)
        book.issue(lot, account_of(funder), why)
        awards += [_award(grant, order, lot, standing.program.version, act) for grant in members]
    return awards


def _lot(
    book: Book, standing: Standing, order: EarnOrder, funder: str, component: str, key: str, points: int, act: Act
) -> Lot:
    terms = standing.program.terms
    waits = terms.vesting is not Vesting.IMMEDIATE and not order.vested
    lot_id = LotId(act.new_id())
    return Lot(
        id=lot_id,
        wallet_id=book.wallet.id,
        unit=book.wallet.unit,
        origin_id=lot_id,
        funder=funder,
        component=component,
        order_id=order.order_id,
        vesting_key=key,
        rule_version=standing.program.version,
        original=points,
        earned_at=order.placed_at,
        pending=points if waits else 0,
        available=0 if waits else points,
        expires_at=None if waits else rules.expiry(terms, order.placed_at),
        slides=terms.expiry_mode is ExpiryMode.SLIDING_INACTIVITY,
        contributor_id=contributor_of(standing),
    )


def _award(grant: Grant, order: EarnOrder, lot: Lot, version: int, act: Act) -> Award:
    line = None if grant.line is None else order.lines[grant.line]
    return Award(
        id=AwardId(act.new_id()),
        order_id=order.order_id,
        line_id=None if line is None else line.line_id,
        lot_id=lot.id,
        funder=grant.funder,
        component=grant.component,
        rule_version=version,
        points=grant.points,
        quantity=1 if line is None else line.quantity,
        on_return=grant.on_return,
        minimum_minor=grant.minimum_minor,
        category=grant.category,
    )


def _carry(book: Book, standing: Standing, order: EarnOrder, carried: Sequence[Carried], act: Act) -> list[Award]:
    """Give the new goods the points of the old ones, split over the lines by eligible amount."""
    awards: list[Award] = []
    earning = [(index, line) for index, line in enumerate(order.lines) if _eligible(line)]
    for part in carried:
        key = earning[0][1].vesting_key if part.pending else ""
        lot = _lot(book, standing, order, part.funder, "carried", key, part.points, act)
        lot = replace(
            lot,
            pending=part.points if part.pending else 0,
            available=0 if part.pending else part.points,
            expires_at=None if part.pending else part.expires_at or rules.expiry(standing.program.terms, act.now),
        )
        book.issue(lot, account_of(part.funder), Why(TransferCode.CARRY, "carried", order.order_id))
        shares = allocate(part.points, [line.eligible_minor for _, line in earning])
        for (index, _), points in zip(earning, shares, strict=True):
            if points:
                grant = Grant(part.funder, "carried", index, points)
                awards.append(_award(grant, order, lot, standing.program.version, act))
    return awards


def _paid_again(carried: Sequence[Carried]) -> dict[str, int]:
    """What carried points take from budgets that the return had given back, as negative changes."""
    changes: dict[str, int] = defaultdict(int)
    for part in carried:
        if part.funder != PROGRAM_FUNDER:
            changes[part.funder] -= part.points
    return changes


def _write_down(
    conn: WriteConnection, standing: Standing, order: EarnOrder, awards: Sequence[Award], points: int
) -> None:
    program, account = standing.program, standing.account
    eligible = [_eligible(line) for line in order.lines]
    qualifying = rules.tier_credits(program, sum(eligible), order.currency)
    earned = EarnedOrder(
        order_id=order.order_id,
        wallet_id=WalletId(order.wallet_id),
        points=points,
        eligible_minor=sum(eligible),
        tier_credits=qualifying,
        tier_credits_returned=0,
        period=account.period,
        earned_on=rules.local_day(program.terms, order.placed_at),
        placed_at=order.placed_at,
    )
    lines = [
        EarnedLine(order.order_id, line.line_id, line.quantity, part, line.category)
        for line, part in zip(order.lines, eligible, strict=True)
    ]
    store_orders.insert_earned(conn, earned, lines, awards)
    if qualifying:
        tier_credits = account.tier_credits + qualifying
        tier = rules.higher_tier(program.terms, account.tier, tier_credits)
        store.set_tier(conn, replace(account, tier=tier, tier_credits=tier_credits))


def _eligible(line: EarnLine) -> int:
    return 0 if line.excluded else max(line.eligible_minor, 0)


def release(conn: WriteConnection, order_id: UUID, vesting_key: str, act: Act) -> int:
    """Release what an order's fulfillment earned, and the order's fixed bonuses with the first one; answers the points.

    Again is a no-op. Where points vest some days later, this starts the days and releases nothing yet.
    """
    standing = store.lock_earner(conn, order_id)
    if standing is None:
        return 0
    waiting = ledger.pending_lots(conn, standing.wallet.id, order_id)
    due = [lot for lot in waiting if lot.vesting_key in ("", vesting_key) and lot.vests_at is None]
    if not due:
        return 0
    terms = standing.program.terms
    book = book_for(conn, standing, act, lots=bool(standing.wallet.debt))
    book.load(due)
    if terms.vesting is Vesting.DAYS:
        book.schedule(due, act.now + timedelta(days=terms.vesting_days))
        points = 0
    else:
        points = vest(book, due, rules.expiry(terms, act.now), act.now)
    ledger.save(conn, [book], act)
    return points


def vest(book: Book, lots: Sequence[Lot], expires_at: datetime, at: datetime) -> int:
    """Release lots whose time has come; their expiry counts from the release. What is owed is paid first."""
    points = 0
    for order_id in dict.fromkeys(lot.order_id for lot in lots):
        mine = [lot for lot in lots if lot.order_id == order_id]
        points += book.release(mine, expires_at, Why(TransferCode.RELEASE, order_id=order_id, effective_at=at))
    book.settle()
    return points
