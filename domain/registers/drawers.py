"""Cash of sales and refunds: which drawer it goes into or out of, and the entry that says so."""

from collections.abc import Sequence
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.registers import store
from domain.registers.errors import InsufficientDrawer, SessionClosed
from domain.registers.model import EntryKind, RegisterEntry, RegisterEntryId, RegisterSession


def taking(conn: WriteConnection, terminal_id: UUID, currency: str) -> RegisterSession:
    """The open session of a till, which others may put cash into at the same time and nobody can close meanwhile.

    Raises:
        SessionClosed: the till has none in this currency.
    """
    found = store.open_of_terminal(conn, terminal_id, alone=False)
    if found is None or found.currency != currency:
        raise SessionClosed(currency=currency)
    return found


def giving(conn: WriteConnection, location_id: UUID, currency: str, act: Act) -> RegisterSession:
    """The open session that hands cash out in a store, held alone: the actor's own till's, or the store's only one for
    somebody who is at no till.

    Raises:
        SessionClosed: there is none in this currency, or several to choose from.
    """
    if act.actor.terminal_id is not None:
        own = store.open_of_terminal(conn, act.actor.terminal_id, alone=True)
        if own is None or own.location_id != location_id or own.currency != currency:
            raise SessionClosed(currency=currency)
        return own
    found = [one for one in store.open_at_location(conn, location_id) if one.currency == currency]
    if len(found) != 1:
        raise SessionClosed("in this store, or several are and a till must say which", currency)
    return found[0]


def take(conn: WriteConnection, drawer: RegisterSession, amount_minor: int, payment_id: UUID, act: Act) -> None:
    """Write that a sale's cash went in; `drawer` is held by `taking`."""
    store.insert_entry(conn, entry(drawer, EntryKind.SALE, amount_minor, payment_id, act))


def give(conn: WriteConnection, drawer: RegisterSession, parts: Sequence[tuple[UUID, int]], act: Act) -> None:
    """Write that refunds went out, each its leg's id and how much; `drawer` is held by `giving`.

    Raises:
        InsufficientDrawer: they are more than is there; facts give the maximum.
    """
    require(conn, drawer, sum(amount for _, amount in parts))
    for leg_id, amount in parts:
        store.insert_entry(conn, entry(drawer, EntryKind.REFUND, -amount, leg_id, act))


def require(conn: WriteConnection, drawer: RegisterSession, amount_minor: int) -> None:
    """Refuse to take more out of a drawer, held alone, than it should hold.

    Raises:
        InsufficientDrawer: facts give the maximum.
    """
    there = store.drawers(conn, [drawer.id])[drawer.id].expected_minor
    if amount_minor > there:
        raise InsufficientDrawer(there)


def entry(
    drawer: RegisterSession, kind: EntryKind, amount_minor: int, source_id: UUID, act: Act, reason: str = ""
) -> RegisterEntry:
    """An entry that is made now."""
    return RegisterEntry(
        id=RegisterEntryId(act.new_id()),
        session_id=drawer.id,
        kind=kind,
        amount_minor=amount_minor,
        source_id=source_id,
        reason=reason,
        actor_id=act.actor.id,
        recorded_at=act.now,
    )
