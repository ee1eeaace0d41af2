"""Where points of a return come from and go to, on working copies alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ledger.book import Book, Why
from domain.ledger.model import REDEEMED, WRITE_OFF, Bucket, Hold, HoldState, Lot, LotId, Pick, TransferCode
from domain.loyalty.earning import Carried, account_of
from domain.loyalty.program import Clawback, Recredit, Terms


@dataclass(frozen=True, slots=True)
class Taken:
    """What a clawback came to.

    Attributes:
        to_funder: points the funder got back, debts and write-offs included.
        debt, written_off: what the wallet did not have.
        carried: what was really recovered, with the age it has, for an exchange.
    """

    to_funder: int
    debt: int
    written_off: int
    carried: list[Carried]


def claw(book: Book, origin: Lot, need: int, policy: Clawback, why: Why) -> Taken:
    """Take `need` points of one lot back from where they are now: pending, the lot itself wherever it was moved to,
    what had already expired of it, other lots, and at last as the policy says. Held points are never touched."""
    funder = account_of(origin.funder)
    family = [lot.id for lot in book.lots.values() if lot.origin_id == origin.origin_id]
    mine = [lot_id for lot_id in family if book.lots[lot_id].wallet_id == book.wallet.id]
    pending = book.drop(_pending([book.lots[key] for key in mine], need), funder, why, Bucket.CLAWED)
    left = need - pending
    alive = expired = others = 0
    if policy is not Clawback.PENDING_ONLY:
        picks = book.pick(left, [book.lots[key] for key in mine])
        left -= book.spend(picks, funder, why, Bucket.CLAWED)
        alive = sum(pick.points for pick in picks if book.lots[pick.lot_id].alive(book.act.now))
        expired = book.absorb([book.lots[key] for key in family], left)
        others = book.spend(book.pick(left - expired), funder, why, Bucket.CLAWED)
        left -= expired + others
    debt = left if policy is Clawback.ALLOW_NEGATIVE else 0
    book.owe(debt, funder, why)
    book.record(WRITE_OFF, funder, left - debt, replace(why, code=TransferCode.WRITE_OFF))
    expires_at = next((book.lots[key].expires_at for key in mine if book.lots[key].expires_at), origin.expires_at)
    parts = (
        Carried(origin.funder, pending, None, pending=True),
        Carried(origin.funder, alive + others + debt, expires_at, pending=False),
    )
    return Taken(need - expired, debt, left - debt, [part for part in parts if part.points])


def _pending(lots: Sequence[Lot], points: int) -> list[Pick]:
    picks: list[Pick] = []
    for lot in lots:
        part = min(lot.pending, points)
        if part > 0:
            picks.append(Pick(lot.id, part))
            points -= part
    return picks


def give_back(book: Book, hold: Hold, points: int, terms: Terms, reference: str) -> int:
    """Free points of a hold that still waits, or put captured ones back into their lots, longest-lived first.

    Answers how many; a hold that was voided or timed out gave everything back before.
    """
    hold = book.holds.get(hold.id, hold)
    if hold.state is HoldState.PENDING:
        points = min(points, hold.open_points)
        if points:
            book.free(hold, points, HoldState.VOIDED if points == hold.open_points else HoldState.PENDING)
        return points
    points = min(points, hold.posted - hold.recredited)
    if points:
        book.recredit(hold, points)
        why = Why(TransferCode.RECREDIT, reference, hold.order_id, hold.id)
        _restore(book, hold.consumed(hold.posted - hold.recredited - points, points), terms, why)
    return points


def _restore(book: Book, picks: Sequence[Pick], terms: Terms, why: Why) -> None:
    """Into the lot itself while it lives here; into a new lot where it was moved away or has died."""
    now = book.act.now
    dead_too = terms.recredit is Recredit.ORIGINAL_EXPIRY
    home = []
    for pick in picks:
        lot = book.lots[pick.lot_id]
        lives = dead_too or lot.alive(now)
        if lives and lot.wallet_id == book.wallet.id:
            home.append(pick)
        else:
            expires_at = lot.expires_at if lives else now + timedelta(days=terms.grace_days)
            book.issue(_again(book, lot, pick.points, expires_at), REDEEMED, why)
    book.restore(home, REDEEMED, why)


def _again(book: Book, lot: Lot, points: int, expires_at: datetime | None) -> Lot:
    return Lot(
        id=LotId(book.act.new_id()),
        wallet_id=book.wallet.id,
        unit=lot.unit,
        origin_id=lot.origin_id,
        funder=lot.funder,
        component=lot.component,
        order_id=lot.order_id,
        vesting_key=lot.vesting_key,
        rule_version=lot.rule_version,
        original=points,
        earned_at=book.act.now,
        available=points,
        expires_at=expires_at,
        slides=lot.slides,
        contributor_id=lot.contributor_id,
    )
