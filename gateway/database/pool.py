"""PostgreSQL connections that are opened when first needed and then held.

SQLAlchemy's own pool spends as long on handing out a connection as a small statement takes. Here a connection keeps its
SQLAlchemy wrapper for life, under AUTOCOMMIT, so that borrowing is taking it from a list. One whose query was canceled or
whose server went away is not used again.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database.lanes import Lane
from gateway.database.port import WAITING_MAX, DatabaseBusy

_WAIT_SECONDS_MAX = 10


class ConnectionLost(DatabaseBusy):
    """The server went away, or ended this connection, while it was used."""


@dataclass(slots=True)
class Held:
    """An open connection: as SQLAlchemy's, for queries and commands, and as the driver's, for transactions."""

    owner: AsyncConnection
    sync: sa.Connection
    driver: asyncpg.Connection
    lane: Lane = field(default_factory=Lane)

    @property
    def usable(self) -> bool:
        """Whether the server still has it, with no transaction left open."""
        return not (self.driver.is_closed() or self.driver.is_in_transaction() or self.sync.invalidated)

    async def discard(self) -> None:
        """Close it whatever state it is in; the server rolls back what was open."""
        self.driver.terminate()
        with suppress(sa.exc.DBAPIError, OSError):
            await self.owner.invalidate()
            await self.owner.close()


class ConnectionPool:
    """At most `size` connections to one server."""

    def __init__(self, engine: AsyncEngine, size: int) -> None:
        self._engine = engine
        self._free = asyncio.Semaphore(size)
        self._waiting = 0
        self._idle: list[Held] = []

    def borrowed(self) -> "_Borrowed":
        """A connection for the time of an `async with` block.

        Raises:
            DatabaseBusy: none came free in time, or the server cannot be reached.
            ConnectionLost: the block failed because its connection ended.
        """
        return _Borrowed(self)

    async def take(self) -> Held:
        """A connection that nobody else uses until it is given back."""
        await self._wait()
        try:
            held = self._idle.pop() if self._idle else await self._open()
            if not held.usable:
                await held.discard()
                held = await self._open()
        except BaseException:
            self._free.release()
            raise
        return held

    def give_back(self, held: Held | None) -> None:
        """Let the next one have it; None for one that is gone."""
        if held is not None:
            self._idle.append(held)
        self._free.release()

    async def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            held = self._idle.pop()
            await held.owner.close()
        await self._engine.dispose()

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= WAITING_MAX:
            raise DatabaseBusy
        self._waiting += 1
        try:
            async with asyncio.timeout(_WAIT_SECONDS_MAX):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy from None
        finally:
            self._waiting -= 1

    async def _open(self) -> Held:
        try:
            owner = await self._engine.connect()
        except (OSError, sa.exc.DBAPIError, asyncpg.PostgresError, TimeoutError) as error:
            raise DatabaseBusy from error
        raw = await owner.get_raw_connection()
        assert owner.sync_connection is not None, "a connection that was just opened is open"
        return Held(owner, owner.sync_connection, raw.driver_connection)


class _Borrowed:
    """The block in which a connection is one's own."""

    __slots__ = ("_held", "_pool")

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Held:
        self._held = await self._pool.take()
        return self._held

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        held = self._held
        if error is None or (not isinstance(error, asyncio.CancelledError) and held.usable):
            self._pool.give_back(held)
            return
        gone = held.driver.is_closed()
        try:
            await asyncio.shield(held.discard())
        finally:
            self._pool.give_back(None)
        if gone and isinstance(error, Exception):
            raise ConnectionLost from error
