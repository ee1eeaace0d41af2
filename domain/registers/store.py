"""All SQL of the registers room. The session's row is locked before its entries are summed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.money import Currency
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.registers.errors import SessionAlreadyOpen, SessionNotFound
from domain.registers.model import (
    MOVEMENTS,
    CashCount,
    Closing,
    Drawer,
    EntryKind,
    RegisterEntry,
    RegisterSession,
    RegisterSessionId,
)
from domain.registers.tables import CashCountRow, RegisterEntryRow, RegisterSessionRow
from domain.statements import Row, Statement, inserting, one_of
from domain.tables import table_of

session_table = table_of(RegisterSessionRow)
entry_table = table_of(RegisterEntryRow)
_count = table_of(CashCountRow)

_OPEN = sa.select(session_table).where(session_table.c.closed_at.is_(None)).order_by(session_table.c.id)
_OF_TERMINAL = _OPEN.where(session_table.c.terminal_id == sa.bindparam("terminal"))
_OPEN_SHARED = Statement(_OF_TERMINAL.with_for_update(read=True))
_OPEN_ALONE = Statement(_OF_TERMINAL.with_for_update())
_OPEN_AT = Statement(_OPEN.where(session_table.c.location_id == sa.bindparam("location")).with_for_update())
_NEW_ENTRY = Statement(inserting(entry_table, *(column.name for column in entry_table.c)))
_DRAWERS = Statement(
    sa.select(
        session_table.c.id,
        session_table.c.float_minor,
        entry_table.c.kind,
        sa.func.coalesce(sa.func.sum(entry_table.c.amount_minor), 0).label("total"),
        sa.func.count(entry_table.c.id).label("entries"),
    )
    .select_from(session_table.outerjoin(entry_table, entry_table.c.session_id == session_table.c.id))
    .where(one_of(session_table.c.id, "ids"))
    .group_by(session_table.c.id, session_table.c.float_minor, entry_table.c.kind)
)


def open_of_terminal(conn: WriteConnection, terminal_id: UUID, *, alone: bool) -> RegisterSession | None:
    """The open session of a till, held until the transaction ends: shared with others that put cash in, or alone."""
    rows = (_OPEN_ALONE if alone else _OPEN_SHARED).all(conn, terminal=terminal_id)
    return _session(rows[0]) if rows else None


def open_at_location(conn: WriteConnection, location_id: UUID) -> Sequence[RegisterSession]:
    """The open sessions of a store, held alone."""
    return [_session(row) for row in _OPEN_AT.all(conn, location=location_id)]


def current_of_terminal(conn: ReadConnection, terminal_id: UUID) -> RegisterSession | None:
    """The open session of a till, as a reader sees it."""
    row = conn.execute(_OPEN.where(session_table.c.terminal_id == terminal_id)).one_or_none()
    return None if row is None else _session(row)


def sessions(conn: ReadConnection, ids: Sequence[RegisterSessionId]) -> Mapping[RegisterSessionId, RegisterSession]:
    """Sessions by id."""
    rows = conn.execute(sa.select(session_table).where(session_table.c.id.in_(ids)))
    return {found.id: found for found in map(_session, rows)}


def one(conn: ReadConnection, session_id: RegisterSessionId) -> RegisterSession:
    """A session.

    Raises:
        SessionNotFound: there is none.
    """
    found = sessions(conn, [session_id]).get(session_id)
    if found is None:
        raise SessionNotFound
    return found


def lock(conn: WriteConnection, session_id: RegisterSessionId) -> RegisterSession:
    """A session, held alone until the transaction ends.

    Raises:
        SessionNotFound: there is none.
    """
    query = sa.select(session_table).where(session_table.c.id == session_id).with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None:
        raise SessionNotFound
    return _session(row)


def page(conn: ReadConnection, asked: Page, location_id: UUID | None) -> Slice[RegisterSession]:
    """Sessions, the newest first; of one location, or of all with None."""
    query = sa.select(session_table)
    if location_id is not None:
        query = query.where(session_table.c.location_id == location_id)
    return fetch_slice(conn, query, [SortColumn(session_table.c.id, descending=True, bind=_uuid)], asked, _session)


def last_number(conn: ReadConnection, terminal_id: UUID) -> int:
    """The number of a till's last session; 0 when it had none."""
    query = sa.select(sa.func.max(session_table.c.number)).where(session_table.c.terminal_id == terminal_id)
    return int(conn.execute(query).scalar_one() or 0)


def insert(conn: WriteConnection, made: RegisterSession) -> None:
    """Write an open session.

    Raises:
        SessionAlreadyOpen: the till has one.
    """
    assert made.closing is None, "a session begins open"
    names = [column.name for column in session_table.c if hasattr(made, column.name)]
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(session_table).values({name: getattr(made, name) for name in names}))
    except sa.exc.IntegrityError:
        raise SessionAlreadyOpen from None


def close(conn: WriteConnection, session_id: RegisterSessionId, closing: Closing) -> None:
    """Write how a session ended."""
    values: dict[str, object] = {
        "closed_at": closing.at,
        "closed_by": closing.by,
        "counted_minor": closing.counted_minor,
        "expected_minor": closing.expected_minor,
        "note": closing.note,
    }
    conn.execute(sa.update(session_table).where(session_table.c.id == session_id).values(values))


def insert_entry(conn: WriteConnection, entry: RegisterEntry) -> None:
    """Write an entry; its session is held by the caller."""
    _NEW_ENTRY.count(conn, **{column.name: getattr(entry, column.name) for column in entry_table.c})


def drawers(conn: ReadConnection, ids: Sequence[RegisterSessionId]) -> Mapping[RegisterSessionId, Drawer]:
    """What the entries of sessions come to, by session."""
    found: dict[RegisterSessionId, Drawer] = {}
    for row in _DRAWERS.all(conn, ids=ids):
        before = found.get(row.id, Drawer(row.float_minor, {}, 0))
        sums = before.sums if row.kind is None else {**before.sums, EntryKind(row.kind): int(row.total)}
        found[row.id] = Drawer(row.float_minor, sums, before.entries + row.entries)
    return found


def movements(
    conn: ReadConnection, ids: Sequence[RegisterSessionId]
) -> Mapping[RegisterSessionId, Sequence[RegisterEntry]]:
    """What was moved by hand in sessions, oldest first."""
    query = sa.select(entry_table).where(entry_table.c.session_id.in_(ids), entry_table.c.kind.in_(MOVEMENTS))
    found: dict[RegisterSessionId, list[RegisterEntry]] = {}
    for row in conn.execute(query.order_by(entry_table.c.id)):
        found.setdefault(row.session_id, []).append(RegisterEntry(**row._asdict()))
    return found


def entry_of(conn: ReadConnection, source_id: UUID) -> RegisterEntry:
    """The entry of a payment, refund or movement that is known to have one."""
    row = conn.execute(sa.select(entry_table).where(entry_table.c.source_id == source_id)).one()
    return RegisterEntry(**row._asdict())


def insert_count(conn: WriteConnection, made: CashCount) -> None:
    """Write a count."""
    conn.execute(sa.insert(_count).values({column.name: getattr(made, column.name) for column in _count.c}))


def counts(conn: ReadConnection, ids: Sequence[RegisterSessionId]) -> Mapping[RegisterSessionId, Sequence[CashCount]]:
    """The counts of sessions, oldest first."""
    query = sa.select(_count).where(_count.c.session_id.in_(ids)).order_by(_count.c.id)
    found: dict[RegisterSessionId, list[CashCount]] = {}
    for row in conn.execute(query):
        found.setdefault(row.session_id, []).append(CashCount(**row._asdict()))
    return found


def count_of(conn: ReadConnection, count_id: UUID) -> CashCount:
    """A count that is known to be there."""
    return CashCount(**conn.execute(sa.select(_count).where(_count.c.id == count_id)).one()._asdict())


def _session(row: sa.Row[*tuple[Any, ...]] | Row) -> RegisterSession:
    values = row._asdict()
    closing = [values.pop(name) for name in ("closed_at", "closed_by", "counted_minor", "expected_minor", "note")]
    values["currency"] = Currency(values["currency"])
    return RegisterSession(**values, closing=None if closing[0] is None else Closing(*closing))


def _uuid(key: KeyValue) -> UUID:
    return UUID(hex=str(key))
