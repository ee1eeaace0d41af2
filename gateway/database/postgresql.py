"""PostgreSQL through asyncpg: commands run again when the server reports a serialization failure or a deadlock."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Change
from gateway.database.keyed import KeyedReads
from gateway.database.pool import ConnectionLost, ConnectionPool, Held
from gateway.database.port import CommitListener, DatabaseBusy, announcing

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_RETRIED_STATES = frozenset({"40001", "40P01"})
_ATTEMPTS_MAX = 8
_READS_MAX = 3
_STATEMENT_TIMEOUT_MS = 15_000
_PREPARED_MAX = 1_000
_SERVER_SETTINGS = {
    "statement_timeout": str(_STATEMENT_TIMEOUT_MS),
    "timezone": "UTC",
    # Every statement is a short one: compiling it to machine code would cost more than running it.
    "jit": "off",
    # Statements are prepared once and find their rows by keys: planning each anew costs more than running it.
    "plan_cache_mode": "force_generic_plan",
}


class PostgreSQLDatabase:
    """The port on PostgreSQL."""

    dialect = "postgresql"

    def __init__(self, url: sa.URL, *, pool_size: int) -> None:
        self._listeners: list[CommitListener] = []
        engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            # The pool below holds connections for good and opens transactions itself, on the driver.
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            json_deserializer=orjson.loads,
            connect_args={
                "server_settings": _SERVER_SETTINGS,
                "statement_cache_size": _PREPARED_MAX,
            },
        )
        self.engine = engine.sync_engine
        self._pool = ConnectionPool(engine, pool_size)
        self._keyed = KeyedReads(self.read)

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        for attempt in range(_READS_MAX):
            try:
                async with self._pool.borrowed() as held:
                    return await held.lane.run(partial(query, ReadConnection(held.sync)))
            except ConnectionLost:
                # An idle connection may have ended without this process knowing yet; a query may be asked again.
                if attempt == _READS_MAX - 1:
                    raise
        raise DatabaseBusy

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]:
        return await self._keyed.load(batch, keys, now)

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        # A canceled request must not tear a transaction apart between its statements and its commit.
        return await asyncio.shield(asyncio.ensure_future(self._write(command)))

    def on_commit(self, listener: CommitListener) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        await self._pool.close()

    async def _write(self, command: Callable[[WriteConnection], T]) -> T:
        for attempt in range(_ATTEMPTS_MAX):
            begun = False
            try:
                async with self._pool.borrowed() as held:
                    await held.driver.execute("BEGIN")
                    begun = True
                    result, changes = await _in_transaction(held, command)
            except ConnectionLost:
                # Once begun, whether it was committed is not known: the caller asks again with its idempotency key.
                if begun or attempt == _ATTEMPTS_MAX - 1:
                    raise
            except (sa.exc.DBAPIError, asyncpg.PostgresError) as error:
                if _state(error) not in _RETRIED_STATES or attempt == _ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(random.random() * 0.005 * 2**attempt)  # noqa: S311 - jitter, not a secret
            else:
                for listener in self._listeners:
                    listener(changes)
                return result
        raise DatabaseBusy


async def _in_transaction(held: Held, command: Callable[[WriteConnection], T]) -> tuple[T, Sequence[Change]]:
    try:
        result = await held.lane.run(partial(announcing, command, held.sync))
    except BaseException:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await held.driver.execute("ROLLBACK")
        raise
    await held.driver.execute("COMMIT")
    return result


def _state(error: Exception) -> str | None:
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state
