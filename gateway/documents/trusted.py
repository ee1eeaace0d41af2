"""Where trusted documents are looked up: in the files given at start, then in the database through a bounded memory."""

from collections.abc import Mapping, Sequence

from domain.events.store import Change, Topic
from domain.trusted_documents import store
from gateway.database import Database
from gateway.documents.manifests import EVERY_CLIENT
from gateway.documents.persisted import PersistedQueries


class RegisteredDocuments:
    """Texts by client and id. What is found in the database is remembered until something is withdrawn."""

    def __init__(self, files: Mapping[str, Mapping[str, str]], database: Database) -> None:
        self._files = files
        self._database = database
        self._remembered = PersistedQueries()
        self._forgotten = 0

    async def find(self, client: str, document_id: str) -> str | None:
        """The text that a client, or every client, has under this id; None when there is none."""
        for name in (client, EVERY_CLIENT):
            text = self._files.get(name, {}).get(document_id)
            if text is not None:
                return text
        if client == EVERY_CLIENT:
            return None
        key = f"{client}\n{document_id}"
        known = self._remembered.get(key)
        if known is not None:
            return known
        forgotten = self._forgotten
        found = (await self._database.read(lambda conn: store.texts(conn, client, [document_id]))).get(document_id)
        # What was read before a withdrawal must not be remembered after it.
        if found is not None and forgotten == self._forgotten:
            self._remembered.put(key, found)
        return found

    def heard(self, changes: Sequence[Change]) -> None:
        """Forget what the database gave when some documents were withdrawn."""
        if any(change.topic == Topic.TRUSTED_DOCUMENTS for change in changes):
            self._remembered = PersistedQueries()
            self._forgotten += 1
