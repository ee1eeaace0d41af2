"""What a client, an id and a text may be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from domain.trusted_documents.errors import ClientInvalid, HashMismatch, IdInvalid, TooMany

REGISTER_MAX = 100
PER_CLIENT_MAX = 5_000
TEXT_BYTES_MAX = 64 * 1024

_CLIENT = re.compile(r"[A-Za-z0-9._-]{1,80}")
_CUSTOM = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_PREFIXED = re.compile(r"sha256:[0-9a-f]{64}|x-[A-Za-z0-9._~-]*:[A-Za-z0-9._~:/+=-]+")


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """A document's id within its client, and its text."""

    id: str
    text: str


def check_client(client: str) -> None:
    """Refuse what is no client's name.

    Raises:
        ClientInvalid.
    """
    if not _CLIENT.fullmatch(client):
        raise ClientInvalid


def check_documents(documents: Sequence[TrustedDocument]) -> None:
    """Refuse ids and sizes that are not admitted.

    Source of the forms of an id: GraphQL over HTTP, appendix "Persisted Documents".

    Raises:
        TooMany, IdInvalid, HashMismatch.
    """
    if not 1 <= len(documents) <= REGISTER_MAX:
        raise TooMany("documents are registered at once, and at least 1", REGISTER_MAX)
    for position, document in enumerate(documents):
        if len(document.id) > 200 or not (_CUSTOM.fullmatch(document.id) or _PREFIXED.fullmatch(document.id)):
            raise IdInvalid(position)
        if len(document.text.encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
            raise TooMany("bytes in a document", TEXT_BYTES_MAX)
        prefix, _, digest = document.id.partition(":")
        if prefix == "sha256" and digest and digest != sha256_of(document.text):
            raise HashMismatch(position)


def sha256_of(text: str) -> str:
    """SHA-256 of a text's UTF-8, as 64 lower-case hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
