"""What this process remembers from one request to the next: products by the digest of their documents, locations by version.

The database says in every request which digest or version an object has now; what is remembered under it is that object as
it is now, so nothing is ever stale, whichever process wrote last, and nobody needs to be told of a change.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.catalog import documents
from domain.catalog.document_store import StoredDocument
from domain.catalog.documents import Digest, ProductDocument
from domain.catalog.model import ChannelId

K = TypeVar("K")
V = TypeVar("V")

LOCATIONS_MAX = 1_000
DOCUMENT_BYTES_MAX = 8 * 1024 * 1024
"""Of texts; the objects made from them take about five times as much."""


@dataclass(slots=True)
class Remembered:
    """A document and what was made of it for each sales channel that looked at it."""

    document: ProductDocument
    size: int
    views: dict[ChannelId | None, object] = field(default_factory=dict)


class DocumentCache:
    """Documents by digest, least recently used first out, bounded by the size of their texts."""

    def __init__(self, bytes_max: int = DOCUMENT_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[Digest, Remembered] = OrderedDict()

    def get(self, digest: Digest) -> Remembered | None:
        """What is remembered under a digest."""
        found = self._kept.get(digest)
        if found is not None:
            self._kept.move_to_end(digest)
        return found

    def put(self, stored: StoredDocument) -> Remembered:
        """Remember a document as it was read."""
        found = self._kept.get(stored.digest)
        if found is None:
            found = self._kept[stored.digest] = Remembered(documents.decoded(stored.text), len(stored.text))
            self._bytes += found.size
            while self._bytes > self._bytes_max and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.size
        return found


class Recent(Generic[K, V]):
    """Values by key, least recently used first out."""

    def __init__(self, size_max: int = LOCATIONS_MAX) -> None:
        self._size_max = size_max
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What is remembered under a key."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> V:
        """Remember a value; gives it back."""
        self._kept[key] = value
        if len(self._kept) > self._size_max:
            self._kept.popitem(last=False)
        return value
