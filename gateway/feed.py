"""The relay of the change feed: from committed rows to the subscriptions of this process.

One task reads the feed's new rows while somebody listens: at once after a commit of this process, and every tenth of a
second for commits of other replicas. A transaction that was slow to commit may appear with an older sequence, so each
reading looks back a little and forgets what it has already handed on.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Sequence

import structlog

from domain.events import store
from domain.events.store import Change, Topic
from gateway.database import Database

POLL_SECONDS = 0.1
LOOK_BACK = 500
LISTENER_QUEUE_MAX = 256
_log = structlog.get_logger("tillway.feed")

_Key = tuple[str, str]


class Relay:
    """Hands committed changes to this process's listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[_Key, set[asyncio.Queue[Change | None]]] = defaultdict(set)
        self._woken = asyncio.Event()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._position = 0
        self._task: asyncio.Task[None] | None = None
        database.on_commit(self._woken.set)

    async def start(self) -> None:
        """Begin to relay; the feed is read only while somebody listens."""
        self._task = asyncio.create_task(self._run())

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
        if not self._listeners:
            self._position = await self._database.read(store.newest)
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
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            if not self._listeners:
                continue
            try:
                await self._relay()
            except Exception:  # noqa: BLE001 - the relay outlives a database that is away for a while
                _log.exception("change feed could not be read")
                await asyncio.sleep(1)

    async def _relay(self) -> None:
        changes = await self._database.read(lambda conn: store.after(conn, self._position - LOOK_BACK))
        for change in changes:
            if change.sequence in self._seen:
                continue
            self._seen[change.sequence] = None
            self._position = max(self._position, change.sequence)
            for queue in tuple(self._listeners.get((change.topic, change.key), ())):
                _offer(queue, change)
        while len(self._seen) > 4 * LOOK_BACK:
            self._seen.popitem(last=False)


def _offer(queue: "asyncio.Queue[Change | None]", change: Change | None) -> None:
    if queue.full():
        queue.get_nowait()
        change = None
    queue.put_nowait(change)
