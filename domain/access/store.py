"""All SQL of the access room."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.access.errors import CodeTaken
from domain.access.model import (
    Associate,
    AssociateId,
    AssociateSession,
    Partner,
    PartnerId,
    Role,
    StaffMember,
    StaffMemberId,
    Terminal,
    TerminalId,
)
from domain.access.tables import (
    AssociateLocationRow,
    AssociateRow,
    AssociateSessionRow,
    PartnerRow,
    StaffMemberRow,
    TerminalRow,
)
from domain.acts import Scope
from domain.connections import ReadConnection, WriteConnection
from domain.statements import Statement, one_of
from domain.tables import table_of, violated_constraint

_terminal = table_of(TerminalRow)
_associate = table_of(AssociateRow)
_associate_location = table_of(AssociateLocationRow)
_session = table_of(AssociateSessionRow)
_staff = table_of(StaffMemberRow)
_partner = table_of(PartnerRow)


_LIVE_SESSIONS = Statement(
    sa.select(_session.c.id)
    .join(_terminal, _terminal.c.id == _session.c.terminal_id)
    .join(_associate, _associate.c.id == _session.c.associate_id)
    .where(
        one_of(_session.c.id, "ids"),
        _session.c.revoked_at.is_(None),
        _session.c.expires_at > sa.bindparam("now", type_=_session.c.expires_at.type),
        _terminal.c.revoked_at.is_(None),
        _associate.c.active,
    )
)


def terminal_by_credential(conn: ReadConnection, credential_hash: str) -> Terminal | None:
    """The terminal whose credential hashes to this, revoked or not."""
    row = conn.execute(sa.select(_terminal).where(_terminal.c.credential_hash == credential_hash)).one_or_none()
    return None if row is None else Terminal(TerminalId(row.id), row.code, row.location_id, row.revoked_at)


def terminals(conn: ReadConnection) -> list[Terminal]:
    """Every terminal by code."""
    rows = conn.execute(sa.select(_terminal).order_by(_terminal.c.code))
    return [Terminal(TerminalId(row.id), row.code, row.location_id, row.revoked_at) for row in rows]


def terminal(conn: ReadConnection, terminal_id: UUID) -> Terminal:
    """The terminal of somebody who is signed in at it."""
    row = conn.execute(sa.select(_terminal).where(_terminal.c.id == terminal_id)).one()
    return Terminal(TerminalId(row.id), row.code, row.location_id, row.revoked_at)


def insert_terminal(conn: WriteConnection, terminal: Terminal, credential_hash: str, now: datetime) -> None:
    """Write a terminal.

    Raises:
        CodeTaken: its code is in use.
    """
    values = {
        "id": terminal.id,
        "code": terminal.code,
        "location_id": terminal.location_id,
        "credential_hash": credential_hash,
        "created_at": now,
    }
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(_terminal).values(values))
    except sa.exc.IntegrityError as error:
        if "code" in violated_constraint(error):
            raise CodeTaken from None
        raise


def revoke_terminal(conn: WriteConnection, terminal_id: UUID, now: datetime) -> bool:
    """Mark a terminal revoked, once; False when there is none."""
    keep_first = sa.func.coalesce(_terminal.c.revoked_at, now, type_=_terminal.c.revoked_at.type)
    return (
        conn.execute(sa.update(_terminal).where(_terminal.c.id == terminal_id).values(revoked_at=keep_first)).rowcount
        == 1
    )


def associate_by_code(conn: ReadConnection, staff_code: str) -> tuple[Associate, str] | None:
    """The associate with this code, and the PIN's hash."""
    row = conn.execute(sa.select(_associate).where(_associate.c.staff_code == staff_code)).one_or_none()
    if row is None:
        return None
    return _associate_of(conn, row), row.pin_hash


def _associate_of(conn: ReadConnection, row: sa.Row[*tuple[object, ...]]) -> Associate:
    places = sa.select(_associate_location.c.location_id).where(_associate_location.c.associate_id == row.id)
    return Associate(
        AssociateId(row.id),
        row.staff_code,
        row.display_name,
        Role(row.role),
        row.active,
        frozenset(conn.execute(places).scalars()),
    )


def insert_associate(conn: WriteConnection, associate: Associate, pin_hash: str) -> None:
    """Write an associate and the stores.

    Raises:
        CodeTaken: the staff code is in use.
    """
    values = {
        "id": associate.id,
        "staff_code": associate.staff_code,
        "display_name": associate.display_name,
        "pin_hash": pin_hash,
        "role": associate.role,
        "active": associate.active,
    }
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(_associate).values(values))
    except sa.exc.IntegrityError as error:
        if "staff_code" in violated_constraint(error):
            raise CodeTaken from None
        raise
    places = [{"associate_id": associate.id, "location_id": place} for place in sorted(associate.location_ids)]
    if places:
        conn.execute(sa.insert(_associate_location), places)


def insert_session(conn: WriteConnection, session: AssociateSession, now: datetime) -> None:
    """Write a session."""
    conn.execute(
        sa.insert(_session).values(
            id=session.id,
            associate_id=session.associate.id,
            terminal_id=session.terminal.id,
            started_at=now,
            expires_at=session.expires_at,
        )
    )


def live_sessions(conn: ReadConnection, ids: Sequence[UUID], now: datetime) -> Mapping[UUID, bool]:
    """True for each session that is still good, with its terminal and its associate; the others are absent."""
    return {row.id: True for row in _LIVE_SESSIONS.all(conn, ids=ids, now=now)}


def end_session(conn: WriteConnection, session_id: UUID, now: datetime) -> None:
    """Revoke a session."""
    conn.execute(sa.update(_session).where(_session.c.id == session_id).values(revoked_at=now))


def staff_by_email(conn: ReadConnection, email: str) -> tuple[StaffMember, str] | None:
    """The staff member with this normalized e-mail, and the password's hash."""
    row = conn.execute(sa.select(_staff).where(_staff.c.email == email)).one_or_none()
    if row is None:
        return None
    member = StaffMember(StaffMemberId(row.id), row.email, row.display_name, Role(row.role), row.active)
    return member, row.password_hash


def insert_staff(conn: WriteConnection, member: StaffMember, password_hash: str) -> None:
    """Write a staff member."""
    conn.execute(
        sa.insert(_staff).values(
            id=member.id,
            email=member.email,
            display_name=member.display_name,
            password_hash=password_hash,
            role=member.role,
            active=member.active,
        )
    )


def partner_by_client_id(conn: ReadConnection, client_id: str) -> tuple[Partner, str] | None:
    """The partner with this client id, and the secret's hash."""
    row = conn.execute(sa.select(_partner).where(_partner.c.client_id == client_id)).one_or_none()
    if row is None:
        return None
    partner = Partner(
        PartnerId(row.id),
        row.client_id,
        row.display_name,
        row.sales_channel_id,
        frozenset(Scope(scope) for scope in row.scopes),
        row.active,
    )
    return partner, row.secret_hash


def insert_partner(conn: WriteConnection, partner: Partner, secret_hash: str) -> None:
    """Write a partner."""
    conn.execute(
        sa.insert(_partner).values(
            id=partner.id,
            client_id=partner.client_id,
            display_name=partner.display_name,
            secret_hash=secret_hash,
            sales_channel_id=partner.sales_channel_id,
            scopes=sorted(scope.value for scope in partner.scopes),
            active=partner.active,
        )
    )
