"""From what a client wants to the document that is run.

Automatic persisted queries follow Apollo's protocol
(https://www.apollographql.com/docs/apollo-server/performance/apq): a hash alone is looked up, and answered with
PERSISTED_QUERY_NOT_FOUND when it is not known; a hash with its text persists the text. `documentId` follows the appendix
"Persisted Documents" of GraphQL over HTTP. A hash also finds a trusted document registered under it, since clients with
a persisted query list send it so.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Protocol

from domain.acts import ActorKind, Scope
from gateway.documents.persisted import PersistedQueries
from gateway.envelopes import BadRequest, DocumentRefused, PersistedQueryNotSupported, Request
from resolvers.context import Context

IDENTIFIER_LENGTH_MAX = 200


class PersistedQueryNotFound(DocumentRefused):
    """The hash is not known; the client sends the text with it next. The words are the protocol's."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class HashMismatch(DocumentRefused):
    """The hash is not that of the text. The words are Apollo's."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"

    def __init__(self) -> None:
        super().__init__("provided sha does not match query")


class DocumentNotFound(DocumentRefused):
    """No trusted document of this client has the id."""

    status = 404

    code = "PERSISTED_DOCUMENT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(
            "Your client has no document with this id. Register it, or name your client in the Tillway-Client header."
        )


class TrustedDocumentsOnly(DocumentRefused):
    """Only registered documents are run here."""

    status = 403

    code = "TRUSTED_DOCUMENTS_ONLY"

    def __init__(self) -> None:
        super().__init__("Only registered documents are run here. Send the `documentId` of one instead of its text.")


class TrustedDocuments(Protocol):
    """Documents somebody with authority has registered for a client application."""

    async def find(self, client: str, document_id: str) -> str | None:
        """The text registered for exactly this client, or None."""
        ...


class SharedQueries(Protocol):
    """Persisted queries of all replicas. Both give up silently when the replicas' common store is away."""

    async def get_query(self, sha256: str) -> str | None: ...

    async def put_query(self, sha256: str, text: str) -> None: ...


IsValid = Callable[[Request, Context], bool]


class RegisteredOrSent:
    """Finds documents. `is_valid` says whether a request would be run, so that nobody fills the store with junk."""

    def __init__(
        self,
        persisted: PersistedQueries,
        shared: SharedQueries | None,
        trusted: TrustedDocuments,
        is_valid: IsValid,
        *,
        trusted_only: bool,
    ) -> None:
        self._persisted = persisted
        self._shared = shared
        self._trusted = trusted
        self._is_valid = is_valid
        self._trusted_only = trusted_only

    async def resolved(self, request: Request, context: Context) -> Request:
        """See `gateway.envelopes.Documents.resolved`.

        Raises:
            PersistedQueryNotFound, PersistedQueryNotSupported, HashMismatch, DocumentNotFound, TrustedDocumentsOnly: the
                document cannot be had.
            BadRequest: it is named in no way, in two ways, or not as text.
        """
        named, given = request.document_id, _hash(request.extensions)
        has_text = bool(request.query.strip())
        if named is not None:
            if has_text:
                raise BadRequest("Send either `query` or `documentId`, not both.")
            text = await self._registered(named, context)
            if text is None:
                raise DocumentNotFound
            return request._replace(query=text)
        if not has_text:
            if given is None:
                raise BadRequest("Send the document as text in `query`, or name a registered one in `documentId`.")
            return request._replace(query=await self._by_hash(given, context))
        if self._trusted_only and not context.actor.may(Scope.OPERATE):
            raise TrustedDocumentsOnly
        if given is not None:
            await self._persist(given, request, context)
        return request

    async def _by_hash(self, given: str, context: Context) -> str:
        found = self._persisted.get(given)
        if found is not None and not self._trusted_only:
            return found
        found = await self._registered(given, context)
        if found is not None:
            return found
        if self._trusted_only:
            raise DocumentNotFound
        if self._shared is not None:
            found = await self._shared.get_query(given)
        if found is None:
            raise PersistedQueryNotFound
        self._persisted.put(given, found)
        return found

    async def _persist(self, given: str, request: Request, context: Context) -> None:
        if sha256(request.query.encode("utf-8", "surrogatepass")).hexdigest() != given:
            raise HashMismatch
        if self._persisted.get(given) is None and self._is_valid(request, context):
            self._persisted.put(given, request.query)
            if self._shared is not None:
                await self._shared.put_query(given, request.query)

    async def _registered(self, document_id: str, context: Context) -> str | None:
        """A partner's own documents come first, then those of the client application the request names."""
        if len(document_id) > IDENTIFIER_LENGTH_MAX:
            return None
        names = [context.client]
        if context.actor.kind is ActorKind.PARTNER:
            names.insert(0, context.actor.id)
        for name in names:
            found = await self._trusted.find(name, document_id)
            if found is not None:
                return found
        return None


def _hash(extensions: Mapping[str, object]) -> str | None:
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict):
        raise BadRequest("`extensions.persistedQuery` must be an object.")
    version, given = persisted.get("version"), persisted.get("sha256Hash")
    if version != 1 or isinstance(version, bool):
        raise PersistedQueryNotSupported
    if not isinstance(given, str) or not given:
        raise BadRequest("`extensions.persistedQuery.sha256Hash` must be text.")
    return given
