"""Registering and withdrawing trusted documents. Both may be repeated: the second time changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.acts import Act
from domain.connections import WriteConnection
from domain.events import store as events
from domain.events.store import Topic
from domain.trusted_documents import rules, store
from domain.trusted_documents.errors import IdTaken, TooMany
from domain.trusted_documents.rules import TrustedDocument


@dataclass(frozen=True, slots=True)
class Registered:
    """How many documents were new, and how many were there with the same text."""

    added: int
    present: int


def register(conn: WriteConnection, client: str, documents: Sequence[TrustedDocument], act: Act) -> Registered:
    """Register documents for a client, all or none.

    Raises:
        ClientInvalid, IdInvalid, HashMismatch, TooMany: what was given.
        IdTaken: an id has another text.
    """
    rules.check_client(client)
    rules.check_documents(documents)
    wanted: dict[str, str] = {}
    for document in documents:
        if wanted.setdefault(document.id, document.text) != document.text:
            raise IdTaken(document.id)
    added = store.insert_absent(conn, act, client, [TrustedDocument(id_, text) for id_, text in wanted.items()])
    for id_, text in store.texts(conn, client, list(wanted)).items():
        if text != wanted[id_]:
            raise IdTaken(id_)
    if added and store.count(conn, client) > rules.PER_CLIENT_MAX:
        raise TooMany("documents of one client", rules.PER_CLIENT_MAX)
    return Registered(added, len(wanted) - added)


def withdraw(conn: WriteConnection, client: str, ids: Sequence[str], act: Act) -> int:
    """Take documents away from a client; returns how many there were. Replicas forget them when the feed says so.

    Raises:
        ClientInvalid, TooMany: what was given.
    """
    rules.check_client(client)
    if not 1 <= len(ids) <= rules.REGISTER_MAX:
        raise TooMany("documents are withdrawn at once, and at least 1", rules.REGISTER_MAX)
    gone = store.delete(conn, client, ids)
    if gone:
        events.touch(conn, act, Topic.TRUSTED_DOCUMENTS, [act.new_id()])
    return gone
