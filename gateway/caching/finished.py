"""Finished bytes by key, bounded by count and bytes, dropped by tag and by age.

The race between a read and a write is closed by a clock of invalidations: an answer that was begun before one of its tags
was invalidated is not kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from gateway.caching.tags import Tag

ENTRIES_MAX = 10_000
ENTRY_BYTES_MAX = 1024 * 1024
TAGS_REMEMBERED_MAX = 100_000
_OVERHEAD_BYTES = 512
"""What an entry weighs beside its body: key, tags and their sets."""


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer ready for the wire.

    Attributes:
        etag: quoted, strong: it names these bytes.
    """

    body: bytes
    etag: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    finished: Finished
    tags: frozenset[Tag]
    ends_at: float


class FinishedCache:
    """The answers of one process. `clock` gives monotonic seconds."""

    def __init__(self, *, bytes_max: int, clock: Callable[[], float], entries_max: int = ENTRIES_MAX) -> None:
        self._bytes_max = bytes_max
        self._entries_max = entries_max
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._by_tag: dict[Tag, set[Hashable]] = {}
        self._turn = 0
        self._invalidated_at: dict[Tag, int] = {}
        self._forgotten_before = 0
        self.bytes_held = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Finished | None:
        """The answer kept under a key, unless it has grown too old."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.ends_at <= self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.finished

    def begin(self) -> int:
        """The present turn; an answer begun now is as new as every invalidation so far."""
        return self._turn

    def is_current(self, tags: Iterable[Tag], began: int) -> bool:
        """Whether none of the tags was invalidated since a turn."""
        invalidated = self._invalidated_at
        return began >= self._forgotten_before and all(invalidated.get(tag, -1) < began for tag in tags)

    def keep(self, key: Hashable, finished: Finished, tags: frozenset[Tag], began: int, seconds: float) -> bool:
        """Keep an answer begun at a turn, for at most so many seconds; says whether it was still current."""
        size = len(finished.body) + _OVERHEAD_BYTES
        if not self.is_current(tags, began) or size > min(ENTRY_BYTES_MAX, self._bytes_max):
            return False
        if key in self._entries:
            self._drop(key)
        self._entries[key] = _Entry(finished, tags, self._clock() + seconds)
        self.bytes_held += size
        for tag in tags:
            self._by_tag.setdefault(tag, set()).add(key)
        while len(self._entries) > self._entries_max or self.bytes_held > self._bytes_max:
            self._drop(next(iter(self._entries)))
        return True

    def invalidate(self, tags: Iterable[Tag]) -> int:
        """Drop what carries one of the tags, and refuse what was begun before; returns how many answers were dropped."""
        dropped = 0
        for tag in tags:
            self._invalidated_at[tag] = self._turn
            for key in tuple(self._by_tag.get(tag, ())):
                self._drop(key)
                dropped += 1
        self._turn += 1
        if len(self._invalidated_at) > TAGS_REMEMBERED_MAX:
            self._invalidated_at.clear()
            self._forgotten_before = self._turn
        return dropped

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key)
        self.bytes_held -= len(entry.finished.body) + _OVERHEAD_BYTES
        for tag in entry.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]
