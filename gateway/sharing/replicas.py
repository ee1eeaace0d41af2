"""The replicas' common Redis, behind a breaker: a call is answered within a fifth of a second or not at all.

After a failure nothing is asked for a second, so that a Redis that is away costs the gateway one short wait a second and
not one a request.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import orjson
import structlog
from prometheus_client import Counter
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from domain.events.store import Change
from gateway.sharing import scripts
from gateway.sharing.model import Holding, SharedAway, Taken

CALL_SECONDS_MAX = 0.2
BREAK_SECONDS = 1.0
CONNECTIONS_MAX = 16
QUERIES_MAX = 20_000
QUERIES_BYTES_MAX = 64 * 1024 * 1024
_OUTBOX_MAX = 256
_CHANGES_PER_MESSAGE_MAX = 500
_PREFIX = "{tillway}"
_CHANNEL = f"{_PREFIX}:changes"
_TEXTS, _USED, _HELD = (f"{_PREFIX}:queries:{part}" for part in ("texts", "used", "bytes"))
_log = structlog.get_logger("tillway.sharing")

Heard = Callable[[Sequence[Change]], None]


class Replicas:
    """One process's line to the others."""

    def __init__(self, url: str, failures: Counter, *, call_seconds_max: float = CALL_SECONDS_MAX) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS_MAX,
            timeout=call_seconds_max,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=30,
        )
        self._redis: Redis = Redis(connection_pool=pool)
        self._take = self._redis.register_script(scripts.TAKE)
        self._hold = self._redis.register_script(scripts.HOLD)
        self._keep = self._redis.register_script(scripts.KEEP)
        self._name = uuid4().hex
        self._failures = failures
        self._call_seconds_max = call_seconds_max
        self._closed_until = 0.0
        self._outbox: asyncio.Queue[Sequence[Change]] = asyncio.Queue(_OUTBOX_MAX)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def away(self) -> bool:
        """Whether the breaker is open: a call now would fail at once."""
        return time.monotonic() < self._closed_until

    async def take(self, bucket: str, interval_microseconds: float, capacity: int, least: int, most: int) -> Taken:
        """Take `least` to `most` units from a bucket of all replicas.

        Raises:
            SharedAway.
        """
        async with self._guarded():
            granted, left, wait = await self._take(
                keys=[f"{_PREFIX}:rate:{bucket}"], args=[interval_microseconds, capacity, least, most]
            )
            return Taken(granted, left, wait / 1_000_000)
        raise SharedAway

    async def hold(self, holdings: Sequence[Holding], seconds: float) -> Sequence[int]:
        """Set what this process holds of each pool for so long; the units it was left, in order. Hold none to give back.

        Raises:
            SharedAway: the leases may have been changed or not.
        """
        keys = [f"{_PREFIX}:slots:{holding.pool}" for holding in holdings]
        wanted = [number for holding in holdings for number in (holding.units, holding.capacity)]
        async with self._guarded():
            granted: Sequence[int] = await self._hold(keys=keys, args=[self._name, int(seconds * 1000), *wanted])
            return granted
        raise SharedAway

    async def get_query(self, sha256: str) -> str | None:
        """A persisted query that some replica keeps; None also when Redis is away."""
        with suppress(SharedAway):
            async with self._guarded():
                found = await _answered(self._redis.hget(_TEXTS, sha256))
                return found.decode() if isinstance(found, bytes) else None
        return None

    async def put_query(self, sha256: str, text: str) -> None:
        """Keep a persisted query for all replicas; silently not when Redis is away."""
        with suppress(SharedAway):
            async with self._guarded():
                await self._keep(keys=[_TEXTS, _USED, _HELD], args=[sha256, text, QUERIES_MAX, QUERIES_BYTES_MAX])

    def tell(self, changes: Sequence[Change]) -> None:
        """Tell the other replicas what was committed, soon. What does not fit is left to their reading of the feed."""
        if changes:
            with suppress(asyncio.QueueFull):
                self._outbox.put_nowait(changes)

    async def start(self, heard: Heard) -> None:
        """Begin to tell and to listen; `heard` is called with every other replica's changes, and with this one's own."""
        self._tasks = [
            asyncio.create_task(self._tell(), name="replicas-tell"),
            asyncio.create_task(self._listen(heard), name="replicas-listen"),
        ]

    async def stop(self) -> None:
        """Stop, and close every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    @asynccontextmanager
    async def _guarded(self) -> AsyncGenerator[None, None]:
        if self.away:
            raise SharedAway
        try:
            async with asyncio.timeout(self._call_seconds_max):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            self._failures.inc()
            if not self.away:
                _log.warning("redis is away", error=repr(error))
            self._closed_until = time.monotonic() + BREAK_SECONDS
            raise SharedAway from None

    async def _tell(self) -> None:
        while True:
            changes = [*await self._outbox.get()]
            while not self._outbox.empty() and len(changes) < _CHANGES_PER_MESSAGE_MAX:
                changes.extend(self._outbox.get_nowait())
            # A message that names too much names nothing: the others then read the feed for it.
            named = changes if len(changes) <= _CHANGES_PER_MESSAGE_MAX else []
            body = orjson.dumps([(change.topic, change.key, change.version) for change in named])
            with suppress(SharedAway):
                async with self._guarded():
                    await _answered(self._redis.publish(_CHANNEL, body))

    async def _listen(self, heard: Heard) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as listening:
                    await listening.subscribe(_CHANNEL)
                    async for message in listening.listen():
                        heard([Change(0, topic, key, version) for topic, key, version in orjson.loads(message["data"])])
            except (RedisError, OSError, ValueError, TypeError) as error:
                _log.warning("not hearing other replicas", error=repr(error))
                await asyncio.sleep(BREAK_SECONDS)


async def _answered(reply: Awaitable[object] | object) -> object:
    """A command's reply; redis-py types one signature for its synchronous and its asynchronous client."""
    return await reply if isinstance(reply, Awaitable) else reply
