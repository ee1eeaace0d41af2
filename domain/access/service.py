"""Use cases of the access room. Slow hashes are computed and compared outside; attempts are counted by `throttles`."""

from uuid import UUID

from domain.access import store
from domain.access.errors import (
    AccessCredentialsInvalid,
    AccessLocationNotFound,
    CodeInvalid,
    LocationNotAllowed,
    TerminalNotFound,
    TerminalUnknown,
)
from domain.access.model import (
    SCOPES_OF_ROLE,
    SESSION_LIFETIME,
    Associate,
    AssociateSession,
    Partner,
    SessionId,
    StaffMember,
    Terminal,
    TerminalId,
)
from domain.acts import Act, Actor, ActorKind
from domain.codes import capability_token, token_hash, tokens_match
from domain.connections import ReadConnection, WriteConnection
from domain.locations import store as locations
from domain.locations.model import LocationId

TERMINAL_CODE_LENGTH_MAX = 40


def register_terminal(conn: WriteConnection, code: str, location_id: UUID, act: Act) -> tuple[Terminal, str]:
    """Register a till; its credential is shown this once and never again.

    Raises:
        CodeInvalid, CodeTaken: the code is empty, too long or in use.
        AccessLocationNotFound: there is no such location.
    """
    if not 0 < len(code) <= TERMINAL_CODE_LENGTH_MAX or not code.isprintable():
        raise CodeInvalid(TERMINAL_CODE_LENGTH_MAX)
    if location_id not in locations.by_ids(conn, [LocationId(location_id)]):
        raise AccessLocationNotFound
    credential = capability_token(act.new_secret)
    terminal = Terminal(TerminalId(act.new_id()), code, location_id, None)
    store.insert_terminal(conn, terminal, token_hash(credential), act.now)
    return terminal, credential


def revoke_terminal(conn: WriteConnection, terminal_id: UUID, act: Act) -> None:
    """Make a till and every session on it useless.

    Raises:
        TerminalNotFound: there is no such till.
    """
    if not store.revoke_terminal(conn, terminal_id, act.now):
        raise TerminalNotFound


def terminal_of(conn: ReadConnection, credential: str) -> Terminal:
    """The till that presents this credential.

    Raises:
        TerminalUnknown: it is not registered, or was revoked.
    """
    terminal = store.terminal_by_credential(conn, token_hash(credential))
    if terminal is None or terminal.revoked_at is not None:
        raise TerminalUnknown
    return terminal


def start_session(conn: WriteConnection, terminal: Terminal, associate: Associate, act: Act) -> AssociateSession:
    """A session for an associate whose PIN was right.

    Raises:
        AccessCredentialsInvalid: the associate has left.
        LocationNotAllowed: the associate does not work in this terminal's store.
    """
    if not associate.active:
        raise AccessCredentialsInvalid
    if terminal.location_id not in associate.location_ids:
        raise LocationNotAllowed
    session = AssociateSession(SessionId(act.new_id()), associate, terminal, act.now + SESSION_LIFETIME)
    store.insert_session(conn, session, act.now)
    return session


def partner_of(conn: ReadConnection, client_id: str, secret: str) -> Partner:
    """The partner whose client credentials these are.

    Raises:
        AccessCredentialsInvalid: they are nobody's.
    """
    found = store.partner_by_client_id(conn, client_id)
    if found is None or not tokens_match(secret, found[1]) or not found[0].active:
        raise AccessCredentialsInvalid
    return found[0]


def actor_of_session(session: AssociateSession, sales_channel_id: UUID) -> Actor:
    """The associate as an actor at this till; acts for the terminal's store only."""
    return Actor(
        ActorKind.ASSOCIATE,
        str(session.associate.id),
        sales_channel_id=sales_channel_id,
        location_ids=frozenset({session.terminal.location_id}),
        terminal_id=session.terminal.id,
        scopes=SCOPES_OF_ROLE[session.associate.role],
    )


def actor_of_staff(member: StaffMember, sales_channel_id: UUID) -> Actor:
    """A head office member as an actor."""
    return Actor(ActorKind.STAFF, str(member.id), sales_channel_id=sales_channel_id, scopes=SCOPES_OF_ROLE[member.role])


def actor_of_partner(partner: Partner) -> Actor:
    """A partner as an actor in its own channel."""
    return Actor(ActorKind.PARTNER, str(partner.id), sales_channel_id=partner.sales_channel_id, scopes=partner.scopes)
