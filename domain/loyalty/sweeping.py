"""What time brings about: holds run out, points vest and die, qualification periods end.

Balances are right at any moment without it; a sweep only books what reading already says. Each run does a bounded
piece of work in a constant number of statements.
"""

from collections.abc import Sequence
from itertools import groupby

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store as ledger
from domain.ledger import store_due
from domain.ledger.book import Book
from domain.ledger.model import Lot, WalletId
from domain.loyalty import members, rules, store
from domain.loyalty.earning import vest
from domain.loyalty.model import Swept

SWEEP_JOB = "loyalty.sweep"
"""Kind of the recurring job that runs `sweep`."""


def sweep(conn: WriteConnection, act: Act, *, limit: int = 200) -> Swept:
    """Do all that is due, at most `limit` wallets of each kind."""
    holds = sweep_holds(conn, act, limit=limit)
    released = release_due(conn, act, limit=limit)
    expired = sweep_expired(conn, act, limit=limit)
    lapsed = store.lapsed_periods(conn, act.now, limit)
    for wallet_id in lapsed:
        members.end_period(conn, wallet_id)
    more = max(holds[1], released[1], expired[1], len(lapsed)) >= limit
    return Swept(holds[0], released[0], expired[0], len(lapsed), more)


def sweep_holds(conn: WriteConnection, act: Act, *, limit: int = 200) -> tuple[int, int]:
    """Free the holds whose time has come; (holds, wallets)."""
    books = _books(conn, store_due.wallets_with_timed_out_holds(conn, act.now, limit), act)
    count = sum(book.time_out() for book in books)
    ledger.save(conn, books, act)
    return count, len(books)


def sweep_expired(conn: WriteConnection, act: Act, *, limit: int = 200) -> tuple[int, int]:
    """Book the points of lots past their time, held ones excepted; (points, wallets)."""
    books = _books(conn, store_due.wallets_with_dead_lots(conn, act.now, limit), act)
    points = 0
    for book in books:
        book.time_out()
        points += book.expire()
    ledger.save(conn, books, act)
    return points, len(books)


def release_due(conn: WriteConnection, act: Act, *, limit: int = 200) -> tuple[int, int]:
    """Release the points whose days of waiting are over; (points, wallets)."""
    books = _books(conn, store_due.wallets_with_vested_lots(conn, act.now, limit), act)
    standings = {book.wallet.id: store.standing(conn, book.wallet.id) for book in books}
    points = 0
    for book in books:
        standing = standings[book.wallet.id]
        assert standing is not None, "a wallet with points has an account"
        terms = standing.program.terms
        for at, lots in groupby(_due(book), key=lambda lot: lot.vests_at or act.now):
            points += vest(book, list(lots), rules.expiry(terms, at), at)
    ledger.save(conn, books, act)
    return points, len(books)


def _due(book: Book) -> Sequence[Lot]:
    now = book.act.now
    due = [lot for lot in book.own() if lot.pending and lot.vests_at is not None and lot.vests_at <= now]
    return sorted(due, key=lambda lot: (lot.vests_at or now, lot.id))


def _books(conn: WriteConnection, wallet_ids: Sequence[WalletId], act: Act) -> list[Book]:
    """Working copies of these wallets, locked in id order."""
    if not wallet_ids:
        return []
    wallets = ledger.lock(conn, wallet_ids)
    lots = ledger.living_lots(conn, wallet_ids)
    holds = ledger.open_holds(conn, wallet_ids)
    return [Book(wallet, act, lots.get(key, ()), holds.get(key, ())) for key, wallet in wallets.items()]
