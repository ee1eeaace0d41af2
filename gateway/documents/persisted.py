"""Automatic persisted queries that this process knows, bounded by count and by bytes; the least used leaves first."""

from collections import OrderedDict

DOCUMENTS_MAX = 5_000
BYTES_MAX = 16 * 1024 * 1024


class PersistedQueries:
    """Texts by the SHA-256 of their UTF-8."""

    def __init__(self, *, documents_max: int = DOCUMENTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._documents_max = documents_max
        self._bytes_max = bytes_max
        self._texts: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def bytes_held(self) -> int:
        """UTF-8 bytes of all texts."""
        return self._bytes

    def get(self, sha256: str) -> str | None:
        """The text with this hash, if it is still known."""
        found = self._texts.get(sha256)
        if found is None:
            return None
        self._texts.move_to_end(sha256)
        return found[0]

    def put(self, sha256: str, text: str) -> None:
        """Remember a valid document; its hash has been checked."""
        size = len(text.encode())
        if sha256 in self._texts or size > self._bytes_max:
            return
        self._texts[sha256] = (text, size)
        self._bytes += size
        while len(self._texts) > self._documents_max or self._bytes > self._bytes_max:
            _, (_, dropped) = self._texts.popitem(last=False)
            self._bytes -= dropped
