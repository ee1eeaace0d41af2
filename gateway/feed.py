"""The relay of the change feed: from committed rows to what this process keeps and to whom it serves.

One task reads the feed's new rows: at once after a commit of this process that somebody may watch, at once on a word
from another replica, and every tenth of a second for commits nobody told of. Sequences are given out before they are committed, so a slow transaction's
row may appear behind a newer one: the relay remembers each gap and asks for it by name until it is filled or too old to
be anything but a transaction that was rolled back.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import structlog

from domain.connections import ReadConnection
from domain.events import store
from domain.events.store import Change, Topic
from gateway.database import Database

POLL_SECONDS = 0.1
RETRY_SECONDS = 1.0
CURRENT_SECONDS = 1.0
"""How old the newest complete reading may be for this process to count as having heard of every commit."""
LISTENER_QUEUE_MAX = 256
LOOK_BACK = 500
"""Sequences before the start whose rows may still be committed."""
GAPS_MAX = 1_000
GAP_SECONDS_MAX = 60.0
"""Longer than any transaction may last: statements end after 15 seconds, operations after their own limit."""
BATCH_MAX = 1_000
_log = structlog.get_logger("tillway.feed")

_Key = tuple[str, str]
ChangeListener = Callable[[Sequence[Change]], None]


class Relay:
    """Hands committed changes to this process's listeners. `seconds` is a monotonic clock."""

    def __init__(self, database: Database, seconds: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._seconds = seconds
        self._listeners: dict[_Key, set[asyncio.Queue[Change | None]]] = defaultdict(set)
        self._watchers: list[ChangeListener] = []
        self._woken = asyncio.Event()
        self._gaps: dict[int, float] = {}
        self._position = 0
        self._task: asyncio.Task[None] | None = None
        self.read_at = float("-inf")
        """When the newest complete reading began: all committed before it was handed on, or committed before the start."""
        database.on_commit(self._committed)

    def _committed(self, changes: Sequence[Change]) -> None:
        if changes and self._listeners:
            self.wake()

    def is_current(self) -> bool:
        """Whether everything committed until shortly ago was handed on: a reading of the last second is complete."""
        return self._seconds() - self.read_at < CURRENT_SECONDS

    def wake(self) -> None:
        """Read the feed now instead of at the next turn."""
        self._woken.set()

    def watch(self, listener: ChangeListener) -> None:
        """Call `listener` with every change, whatever its topic, in the order it is read."""
        self._watchers.append(listener)

    async def start(self) -> None:
        """Begin to relay what is committed from now on."""
        await self._begin()
        self._task = asyncio.create_task(self._run(), name="feed")

    async def stop(self) -> None:
        """Stop relaying and end every listener's iteration."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for queues in self._listeners.values():
            for queue in queues:
                _offer(queue, None)

    async def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
        """See `resolvers.context.ChangeFeed.listen`."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(LISTENER_QUEUE_MAX)
        watched = [(topic.value, key) for key in keys]
        for key in watched:
            self._listeners[key].add(queue)
        try:
            for name in keys:
                yield Change(0, topic.value, name, 0)
            while (change := await queue.get()) is not None:
                yield change
        finally:
            for key in watched:
                self._listeners[key].discard(queue)
                if not self._listeners[key]:
                    del self._listeners[key]

    async def _run(self) -> None:
        while True:
            try:
                await self._relay()
            except Exception:  # noqa: BLE001 - the relay outlives a database that is away for a while
                _log.exception("change feed could not be read")
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()

    async def _begin(self) -> None:
        """Take the newest sequence as the start, and what is missing shortly before it as gaps."""

        def look(conn: ReadConnection) -> tuple[int, set[int]]:
            newest = store.newest(conn)
            return newest, {change.sequence for change in store.after(conn, newest - LOOK_BACK)}

        began = self._seconds()
        newest, present = await self._database.read(look)
        self._note_gaps(newest - LOOK_BACK, newest, present)
        self._position, self.read_at = newest, began

    async def _relay(self) -> None:
        """Read until nothing is new."""
        while True:
            position, began = self._position, self._seconds()
            filled, following = await self._database.read(partial(_look, position=position, gaps=tuple(self._gaps)))
            self._hand_on([*filled, *following], position)
            if len(following) < BATCH_MAX:
                break
        self._forget_gaps()
        self.read_at = began

    def _hand_on(self, changes: Sequence[Change], position: int) -> None:
        if not changes:
            return
        newest = max(position, changes[-1].sequence)
        present = {change.sequence for change in changes}
        for sequence in present:
            self._gaps.pop(sequence, None)
        self._note_gaps(position, newest, present)
        self._position = newest
        for watcher in self._watchers:
            watcher(changes)
        for change in changes:
            for queue in tuple(self._listeners.get((change.topic, change.key), ())):
                _offer(queue, change)

    def _note_gaps(self, after: int, newest: int, present: set[int]) -> None:
        now = self._seconds()
        for sequence in range(max(after, newest - GAPS_MAX, 0) + 1, newest):
            if sequence not in present:
                self._gaps[sequence] = now

    def _forget_gaps(self) -> None:
        oldest = self._seconds() - GAP_SECONDS_MAX
        for sequence, noted in tuple(self._gaps.items()):
            if noted >= oldest and len(self._gaps) <= GAPS_MAX:
                break
            del self._gaps[sequence]


def _look(conn: ReadConnection, position: int, gaps: Sequence[int]) -> tuple[Sequence[Change], Sequence[Change]]:
    """What has filled gaps up to a position, and what follows it."""
    filled = store.of_sequences(conn, gaps) if gaps else ()
    return filled, store.after(conn, position, limit=BATCH_MAX)


def _offer(queue: "asyncio.Queue[Change | None]", change: Change | None) -> None:
    if queue.full():
        queue.get_nowait()
        change = None
    queue.put_nowait(change)
