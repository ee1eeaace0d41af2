"""What others call: opening a till's drawer, moving cash by hand, counting and closing."""

from dataclasses import replace
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.money import Currency, Money
from domain.registers import drawers, store
from domain.registers.errors import (
    AmountInvalid,
    CountStale,
    CurrencyMismatch,
    LocationNotAllowed,
    NotCounted,
    ReasonInvalid,
    SessionClosed,
    SessionNotFound,
    TooManyMovements,
)
from domain.registers.model import (
    AMOUNT_MAX,
    COUNTS_MAX,
    INWARD,
    MOVEMENTS,
    MOVEMENTS_MAX,
    REASON_LENGTH_MAX,
    CashCount,
    Closing,
    EntryKind,
    RegisterEntry,
    RegisterSession,
    RegisterSessionId,
)


def open_session(
    conn: WriteConnection, terminal_id: UUID, location_id: UUID, currency: Currency, opening: Money, act: Act
) -> RegisterSession:
    """Open a till's drawer with `opening` in it, its float.

    Raises:
        SessionAlreadyOpen: the till has an open session.
        LocationNotAllowed, CurrencyMismatch, AmountInvalid: see their words.
    """
    if not act.actor.works_at(location_id):
        raise LocationNotAllowed
    float_minor = _amount(opening, currency, "openingFloat", minimum=0)
    made = RegisterSession(
        id=RegisterSessionId(act.new_id()),
        terminal_id=terminal_id,
        location_id=location_id,
        number=store.last_number(conn, terminal_id) + 1,
        currency=currency,
        float_minor=float_minor,
        opened_at=act.now,
        opened_by=act.actor.id,
    )
    store.insert(conn, made)
    return made


def move(
    conn: WriteConnection, session_id: RegisterSessionId, kind: EntryKind, amount: Money, reason: str, act: Act
) -> RegisterEntry:
    """Put cash into a drawer or take it out by hand.

    Raises:
        SessionNotFound, SessionClosed: there is no open session of this id in a store of the actor's.
        CurrencyMismatch, AmountInvalid, ReasonInvalid: see their words.
        InsufficientDrawer: less is there than is taken out.
        TooManyMovements: the session has as many as it may.
    """
    assert kind in MOVEMENTS, "sales and refunds are no movements"
    drawer = _open(conn, session_id, act)
    minor = _amount(amount, drawer.currency, "amount", minimum=1)
    said = _said(reason, "reason", 1)
    if len(store.movements(conn, [drawer.id]).get(drawer.id, ())) >= MOVEMENTS_MAX:
        raise TooManyMovements(MOVEMENTS_MAX)
    if kind not in INWARD:
        drawers.require(conn, drawer, minor)
        minor = -minor
    made = drawers.entry(drawer, kind, minor, act.new_id(), act, said)
    store.insert_entry(conn, made)
    return made


def count(conn: WriteConnection, session_id: RegisterSessionId, counted: Money, act: Act) -> CashCount:
    """Write what somebody found in a drawer, beside what should have been there at that moment.

    Raises:
        SessionNotFound, SessionClosed, CurrencyMismatch, AmountInvalid, TooManyMovements: as `move`.
    """
    drawer = _open(conn, session_id, act)
    minor = _amount(counted, drawer.currency, "countedAmount", minimum=0)
    if len(store.counts(conn, [drawer.id]).get(drawer.id, ())) >= COUNTS_MAX:
        raise TooManyMovements(COUNTS_MAX)
    there = store.drawers(conn, [drawer.id])[drawer.id]
    made = CashCount(act.new_id(), drawer.id, minor, there.expected_minor, there.entries, act.actor.id, act.now)
    store.insert_count(conn, made)
    return made


def close(conn: WriteConnection, session_id: RegisterSessionId, note: str, act: Act) -> RegisterSession:
    """Close a drawer by its last count, and keep by how much that differed.

    Raises:
        SessionNotFound, SessionClosed, ReasonInvalid: as `move`.
        NotCounted: nobody has counted it.
        CountStale: cash moved since somebody did.
    """
    drawer = _open(conn, session_id, act)
    said = _said(note, "note", 0)
    counted = store.counts(conn, [drawer.id]).get(drawer.id)
    if not counted:
        raise NotCounted
    last, there = counted[-1], store.drawers(conn, [drawer.id])[drawer.id]
    if last.entries != there.entries:
        raise CountStale
    closing = Closing(act.now, act.actor.id, last.counted_minor, there.expected_minor, said)
    store.close(conn, drawer.id, closing)
    return replace(drawer, closing=closing)


def _open(conn: WriteConnection, session_id: RegisterSessionId, act: Act) -> RegisterSession:
    found = store.lock(conn, session_id)
    if not act.actor.works_at(found.location_id):
        raise SessionNotFound
    if found.closing is not None:
        raise SessionClosed
    return found


def _amount(amount: Money, currency: Currency, field: str, *, minimum: int) -> int:
    if amount.currency != currency:
        raise CurrencyMismatch(field, currency)
    if not minimum <= amount.amount_minor <= AMOUNT_MAX:
        bound = "0 or more" if minimum == 0 else "above 0"
        raise AmountInvalid(field, f"Give an amount that is {bound} and no drawer's worth too large.")
    return amount.amount_minor


def _said(text: str, field: str, minimum: int) -> str:
    said = text.strip()
    if not minimum <= len(said) <= REASON_LENGTH_MAX:
        raise ReasonInvalid(field, minimum, REASON_LENGTH_MAX)
    return said
