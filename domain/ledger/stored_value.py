"""Stored value: gift cards and store credit. Wallets whose unit is a currency and which no loyalty programme governs.

A hold reserves value for a checkout, an order takes the hold over, and a capture spends what of it is due. What is given
back after that returns to the lots it came from; a lot that has died meanwhile is issued again for as long as it lived.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.ledger import store
from domain.ledger.book import Book, Why
from domain.ledger.errors import (
    ExceedsHold,
    HoldAlreadyPosted,
    HoldExpired,
    HoldNotFound,
    HoldVoided,
    InsufficientFunds,
    WalletClosed,
    WalletFrozen,
    WalletNotFound,
)
from domain.ledger.model import (
    REDEEMED,
    Hold,
    HoldId,
    HoldState,
    Lot,
    LotId,
    Pick,
    TransferCode,
    TransferId,
    Wallet,
    WalletId,
    WalletStatus,
)


@dataclass(frozen=True, slots=True)
class NewValue:
    """Value to put into a wallet, in minor units of its currency.

    Attributes:
        funder: who owes it from now on, such as "gift_card"; its account goes down by as much.
        component: what issued it, such as "SOLD" or "TOP_UP".
        expires_at: from this instant on it cannot be spent; None never.
    """

    amount_minor: int
    funder: str
    component: str
    code: TransferCode
    reference: str
    order_id: UUID | None = None
    expires_at: datetime | None = None


def issue(conn: WriteConnection, wallet: Wallet, new: NewValue, act: Act) -> TransferId:
    """Put value into a locked wallet and answer the transfer. It can be spent at once."""
    return issue_many(conn, [(wallet, new)], act)[0]


def issue_many(conn: WriteConnection, new: Sequence[tuple[Wallet, NewValue]], act: Act) -> list[TransferId]:
    """`issue` for several wallets, in as many statements as for one."""
    books = [_issued(wallet, value, act) for wallet, value in new]
    store.save(conn, books, act)
    return [book.transfers[0].id for book in books]


def _issued(wallet: Wallet, new: NewValue, act: Act) -> Book:
    assert new.amount_minor > 0, "value is positive"
    book = Book(wallet, act)
    lot_id = LotId(act.new_id())
    lot = Lot(
        id=lot_id,
        wallet_id=wallet.id,
        unit=wallet.unit,
        origin_id=lot_id,
        funder=new.funder,
        component=new.component,
        order_id=new.order_id,
        vesting_key="",
        rule_version=0,
        original=new.amount_minor,
        earned_at=act.now,
        available=new.amount_minor,
        expires_at=new.expires_at,
    )
    book.issue(lot, f"funding:{new.funder}", Why(new.code, new.reference, new.order_id))
    return book


def spendable(
    conn: ReadConnection, ids: Sequence[WalletId], now: datetime, own: str | None = None
) -> Mapping[WalletId, int]:
    """What can be spent from wallets now, in minor units; absent wallets are absent, stopped ones can spend nothing.

    Holds whose time has come hold nothing, whether or not a sweep has booked that; neither do those whose owner is `own`.
    """
    lots, holds = store.living_lots(conn, ids), store.open_holds(conn, ids)
    return {
        key: _free(lots.get(key, ()), holds.get(key, ()), now, own) if wallet.status is WalletStatus.OPEN else 0
        for key, wallet in store.wallets(conn, ids).items()
    }


def _free(lots: Iterable[Lot], holds: Iterable[Hold], now: datetime, own: str | None) -> int:
    alive = {lot.id: lot.free for lot in lots if lot.alive(now)}
    ours = [held for held in holds if held.timed_out(now) or held.owner == own]
    over = [pick for held in ours for pick in held.consumed(0, held.open_points)]
    return sum(alive.values()) + sum(pick.points for pick in over if pick.lot_id in alive)


def hold(
    conn: WriteConnection, wallet_id: WalletId, amount_minor: int, act: Act, *, until: datetime | None, owner: str
) -> Hold:
    """Reserve value for a checkout, earliest-expiring lots first, until exactly `until`.

    Raises:
        InsufficientFunds: less can be spent now; the fact `availableMinor` says how much.
        WalletNotFound, WalletClosed, WalletFrozen: there is no such wallet, or it is stopped.
    """
    assert amount_minor > 0, "a hold reserves something"
    book = _usable(conn, wallet_id, act)
    book.time_out()
    picks = tuple(book.pick(amount_minor))
    if sum(pick.points for pick in picks) < amount_minor:
        raise InsufficientFunds(book.spendable(), book.wallet.unit)
    made = Hold(
        id=HoldId(act.new_id()),
        wallet_id=wallet_id,
        points=amount_minor,
        state=HoldState.PENDING,
        owner=owner,
        picks=picks,
        created_at=act.now,
        until=until,
    )
    book.reserve(made)
    store.save(conn, [book], act)
    return made


def adopt(conn: WriteConnection, hold_id: UUID, order_id: UUID, act: Act) -> Hold:
    """Make an order the owner of a hold: it has no time-out any more. Again is a no-op.

    Raises:
        HoldNotFound, HoldExpired, HoldVoided, HoldAlreadyPosted: it holds nothing.
    """
    book, found = _held(conn, hold_id, act)
    if found.order_id == order_id:
        return found
    _check_open(found, act.now)
    owned = replace(found, order_id=order_id, owner=f"order:{order_id}", until=None)
    book.assign(owned)
    store.save(conn, [book], act)
    return owned


def capture(conn: WriteConnection, hold_id: UUID, amount_minor: int, act: Act) -> Hold:
    """Spend `amount_minor` of a hold and free the rest. The same capture again is a no-op.

    Raises:
        HoldNotFound, HoldExpired, HoldVoided: there is nothing to spend.
        HoldAlreadyPosted: it was captured with another amount.
        ExceedsHold: more than it reserves.
    """
    book, found = _held(conn, hold_id, act)
    if found.state is HoldState.POSTED and found.posted == amount_minor:
        return found
    _check_open(found, act.now)
    if not 0 < amount_minor <= found.open_points:
        raise ExceedsHold(found.open_points)
    posted = book.capture(found, amount_minor, Why(TransferCode.REDEEM, found.owner, found.order_id, found.id))
    store.save(conn, [book], act)
    return posted


def void(conn: WriteConnection, hold_id: UUID, act: Act) -> Hold:
    """Free a hold. One that is void or over already stays as it is.

    Raises:
        HoldNotFound: there is none.
        HoldAlreadyPosted: it was captured.
    """
    book, found = _held(conn, hold_id, act)
    if found.state is HoldState.POSTED:
        raise HoldAlreadyPosted(found.posted)
    if found.state is not HoldState.PENDING:
        return found
    state = HoldState.EXPIRED if found.timed_out(act.now) else HoldState.VOIDED
    freed = book.free(found, found.open_points, state)
    store.save(conn, [book], act)
    return freed


def give_back(conn: WriteConnection, hold_id: UUID, amount_minor: int, reference: str, act: Act) -> Hold:
    """Return captured value to where it came from, longest-lived lots first, even to a wallet that is stopped.

    Raises:
        HoldNotFound: there is none.
        ExceedsHold: more than was spent and has not come back yet.
    """
    book, found = _held(conn, hold_id, act)
    left = found.posted - found.recredited
    if not 0 < amount_minor <= left:
        raise ExceedsHold(left)
    picks = found.consumed(left - amount_minor, amount_minor)
    book.load(store.lots_by_id(conn, [pick.lot_id for pick in picks]).values())
    book.recredit(found, amount_minor)
    why = Why(TransferCode.RECREDIT, reference, found.order_id, found.id)
    home = [pick for pick in picks if book.lots[pick.lot_id].alive(act.now)]
    for pick in picks:
        if pick not in home:
            book.issue(_again(book.lots[pick.lot_id], pick, act), REDEEMED, why)
    book.restore(home, REDEEMED, why)
    store.save(conn, [book], act)
    return book.holds[found.id]


def _again(lot: Lot, pick: Pick, act: Act) -> Lot:
    """A new lot for value whose own has died; it lives as long as the first one did."""
    assert lot.expires_at is not None, "only a lot with an end dies"
    return Lot(
        id=LotId(act.new_id()),
        wallet_id=lot.wallet_id,
        unit=lot.unit,
        origin_id=lot.origin_id,
        funder=lot.funder,
        component=lot.component,
        order_id=lot.order_id,
        vesting_key="",
        rule_version=0,
        original=pick.points,
        earned_at=act.now,
        available=pick.points,
        expires_at=act.now + (lot.expires_at - lot.earned_at),
    )


def _usable(conn: WriteConnection, wallet_id: WalletId, act: Act) -> Book:
    wallet = store.lock(conn, [wallet_id]).get(wallet_id)
    if wallet is None:
        raise WalletNotFound
    match wallet.status:
        case WalletStatus.CLOSED:
            raise WalletClosed
        case WalletStatus.FROZEN:
            raise WalletFrozen
        case WalletStatus.OPEN:
            pass
    lots, holds = store.living_lots(conn, [wallet_id]), store.open_holds(conn, [wallet_id])
    return Book(wallet, act, lots.get(wallet_id, ()), holds.get(wallet_id, ()))


def _held(conn: WriteConnection, hold_id: UUID, act: Act) -> tuple[Book, Hold]:
    """The hold as it is once its wallet is locked, in a working copy with the wallet's living lots."""
    named = store.holds(conn, [hold_id]).get(hold_id)
    if named is None:
        raise HoldNotFound
    wallet = store.lock(conn, [named.wallet_id])[named.wallet_id]
    found = store.holds(conn, [hold_id])[hold_id]
    living = store.living_lots(conn, [wallet.id]).get(wallet.id, ())
    return Book(wallet, act, living, [found]), found


def _check_open(found: Hold, now: datetime) -> None:
    match found.state:
        case HoldState.POSTED:
            raise HoldAlreadyPosted(found.posted)
        case HoldState.VOIDED:
            raise HoldVoided
        case HoldState.EXPIRED:
            raise HoldExpired
        case HoldState.PENDING:
            if found.timed_out(now):
                raise HoldExpired
