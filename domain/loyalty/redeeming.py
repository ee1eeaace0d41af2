"""Spending: holds and captures at a checkout, and what an offline till has already given away."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store as ledger
from domain.ledger.book import Book, Why
from domain.ledger.errors import (
    ExceedsHold,
    HoldAlreadyPosted,
    HoldExpired,
    HoldNotFound,
    HoldVoided,
    InsufficientPoints,
    WalletClosed,
    WalletFrozen,
    WalletNotFound,
)
from domain.ledger.model import REDEEMED, Bucket, Hold, HoldId, HoldState, Pick, TransferCode, WalletStatus
from domain.loyalty import rules, store, store_orders
from domain.loyalty.earning import book_for
from domain.loyalty.errors import BelowMinimumOrNotMultiple
from domain.loyalty.model import OfflineRedemption, TenderShare
from domain.loyalty.program import ExpiryMode
from domain.loyalty.store import Standing


def usable(conn: WriteConnection, wallet_id: UUID) -> Standing:
    """The locked member, when points may be spent.

    Raises:
        WalletNotFound, WalletClosed, WalletFrozen.
    """
    standing = store.lock_standing(conn, wallet_id)
    if standing is None:
        raise WalletNotFound
    match standing.wallet.status:
        case WalletStatus.CLOSED:
            raise WalletClosed
        case WalletStatus.FROZEN:
            raise WalletFrozen
        case WalletStatus.OPEN:
            return standing


def hold(conn: WriteConnection, wallet_id: UUID, points: int, act: Act, *, until: datetime | None, owner: str) -> Hold:
    """Reserve points for a checkout, earliest-expiring lots first, until exactly `until`.

    Raises:
        BelowMinimumOrNotMultiple: the programme does not redeem this number.
        InsufficientPoints: fewer can be spent now.
        WalletNotFound, WalletClosed, WalletFrozen.
    """
    standing = usable(conn, wallet_id)
    terms = standing.program.terms
    if not rules.may_redeem(terms, points):
        raise BelowMinimumOrNotMultiple(terms.redeem_minimum, terms.redeem_multiple)
    book = _book_in_time(conn, standing, act)
    picks = tuple(_enough(book, points))
    made = Hold(
        id=HoldId(act.new_id()),
        wallet_id=book.wallet.id,
        points=points,
        state=HoldState.PENDING,
        owner=owner,
        picks=picks,
        created_at=act.now,
        until=until,
    )
    book.reserve(made)
    ledger.save(conn, [book], act)
    return made


def _book_in_time(conn: WriteConnection, standing: Standing, act: Act) -> Book:
    """The wallet's working copy with timed-out holds freed and debts paid from what that freed."""
    book = book_for(conn, standing, act, lots=True)
    book.time_out()
    return book


def _enough(book: Book, points: int) -> Sequence[Pick]:
    picks = book.pick(points)
    if sum(pick.points for pick in picks) < points:
        raise InsufficientPoints(book.spendable())
    return picks


def capture_hold(conn: WriteConnection, hold_id: UUID, points: int, act: Act, *, order_id: UUID | None) -> Hold:
    """Redeem `points` of a hold and free the rest. The same capture again is a no-op.

    Raises:
        HoldNotFound, HoldExpired, HoldVoided: there is nothing to capture.
        HoldAlreadyPosted: it was captured with another number of points.
        ExceedsHold: more than it reserves, or none.
    """
    standing, found = _lock_hold(conn, hold_id)
    if _captured_before(found, points, act):
        return found
    book = _book_with(conn, standing, found, act)
    posted = _capture(book, standing, found, points, order_id)
    ledger.save(conn, [book], act)
    return posted


def _captured_before(found: Hold, points: int, act: Act) -> bool:
    """Whether this very capture has happened; refuses one that cannot."""
    match found.state:
        case HoldState.POSTED if found.posted == points:
            return True
        case HoldState.POSTED:
            raise HoldAlreadyPosted(found.posted)
        case HoldState.VOIDED:
            raise HoldVoided
        case HoldState.EXPIRED:
            raise HoldExpired
        case HoldState.PENDING:
            pass
    if found.timed_out(act.now):
        raise HoldExpired
    if not 0 < points <= found.open_points:
        raise ExceedsHold(found.open_points)
    return False


def _capture(book: Book, standing: Standing, found: Hold, points: int, order_id: UUID | None) -> Hold:
    posted = book.capture(found, points, Why(TransferCode.REDEEM, found.owner, order_id, found.id))
    book.settle()
    _mark_activity(book, standing, book.act)
    return posted


def pay_order(
    conn: WriteConnection,
    hold_id: UUID,
    points: int,
    shares: Iterable[tuple[UUID, int, int]],
    act: Act,
    *,
    order_id: UUID,
) -> None:
    """`capture_hold` and `record_tender` in one: what an order that is placed does with the points held for it.

    Raises:
        As both.
    """
    standing, found = _lock_hold(conn, hold_id)
    captured = _captured_before(found, points, act)
    book = Book(standing.wallet, act, (), [found]) if captured else _book_with(conn, standing, found, act)
    posted = found if captured else _capture(book, standing, found, points, order_id)
    parts = _parts(shares, posted.posted)
    book.assign(_owned(posted, order_id))
    ledger.save(conn, [book], act)
    store_orders.insert_tender(conn, order_id, posted.id, parts)


def void_hold(conn: WriteConnection, hold_id: UUID, act: Act) -> Hold:
    """Free a hold; what is owed is repaid first. A hold that is void or over already stays as it is.

    Raises:
        HoldNotFound: no such hold.
        HoldAlreadyPosted: it was captured.
    """
    standing, found = _lock_hold(conn, hold_id)
    if found.state is HoldState.POSTED:
        raise HoldAlreadyPosted(found.posted)
    if found.state is not HoldState.PENDING:
        return found
    book = _book_with(conn, standing, found, act)
    state = HoldState.EXPIRED if found.timed_out(act.now) else HoldState.VOIDED
    freed = book.free(found, found.open_points, state)
    book.settle()
    ledger.save(conn, [book], act)
    return freed


def _lock_hold(conn: WriteConnection, hold_id: UUID) -> tuple[Standing, Hold]:
    """The hold as it is once its wallet is locked."""
    standing = store.lock_holder(conn, hold_id)
    if standing is None:
        raise HoldNotFound
    return standing, ledger.holds(conn, [hold_id])[hold_id]


def _book_with(conn: WriteConnection, standing: Standing, found: Hold, act: Act) -> Book:
    """A working copy with this hold and every living lot; other holds are left alone."""
    living = ledger.living_lots(conn, [standing.wallet.id]).get(standing.wallet.id, ())
    return Book(standing.wallet, act, living, [found])


def _mark_activity(book: Book, standing: Standing, act: Act) -> None:
    terms = standing.program.terms
    if terms.expiry_mode is ExpiryMode.SLIDING_INACTIVITY:
        book.slide(rules.expiry(terms, act.now))


def record_tender(
    conn: WriteConnection, order_id: UUID, hold_id: UUID, shares: Iterable[tuple[UUID, int, int]], act: Act
) -> None:
    """Write down which line of an order the points of a hold pay for, as (line id, points, quantity).

    From now on the order owns the hold: it has no time-out any more.

    Raises:
        HoldNotFound, HoldExpired, HoldVoided: the hold holds nothing.
        ExceedsHold: the shares are more than the hold.
    """
    standing, found = _lock_hold(conn, hold_id)
    if found.timed_out(act.now) or found.state is HoldState.EXPIRED:
        raise HoldExpired
    if found.state is HoldState.VOIDED:
        raise HoldVoided
    parts = _parts(shares, found.posted if found.state is HoldState.POSTED else found.open_points)
    book = Book(standing.wallet, act, (), [found])
    book.assign(_owned(found, order_id))
    ledger.save(conn, [book], act)
    store_orders.insert_tender(conn, order_id, found.id, parts)


def _parts(shares: Iterable[tuple[UUID, int, int]], covered: int) -> list[TenderShare]:
    parts = [TenderShare(line_id, points, quantity) for line_id, points, quantity in shares]
    if sum(part.points for part in parts) > covered:
        raise ExceedsHold(covered)
    return parts


def _owned(found: Hold, order_id: UUID) -> Hold:
    """The hold once it belongs to an order: it has no time-out any more."""
    return replace(found, order_id=order_id, owner=f"order:{order_id}", until=None)


def offline_redeem(
    conn: WriteConnection, wallet_id: UUID, points: int, act: Act, *, reference: str
) -> OfflineRedemption:
    """Book what an offline till has already given: take what is there, the rest becomes debt. Never refused for a
    balance.

    Raises:
        WalletNotFound: no such wallet.
    """
    assert points > 0, "a redemption is positive"
    standing = store.lock_standing(conn, wallet_id)
    if standing is None:
        raise WalletNotFound
    book = _book_in_time(conn, standing, act)
    why = Why(TransferCode.OFFLINE_REDEEM, reference)
    taken = book.spend(book.pick(points), REDEEMED, why, Bucket.SPENT)
    book.owe(points - taken, REDEEMED, why)
    _mark_activity(book, standing, act)
    ledger.save(conn, [book], act)
    return OfflineRedemption(taken, points - taken)
