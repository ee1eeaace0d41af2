"""The database port: one command function, two engines.

A command is a synchronous function of a connection. It cannot await, so no transaction is ever open across Stripe, a
webhook or another loader. On SQLite every command runs on one writer thread (BEGIN IMMEDIATE, a savepoint per command,
one COMMIT for all that queued up meanwhile); on PostgreSQL on a pooled connection, again when the server asks for it.
"""

import asyncio
import queue
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from domain.connections import ReadConnection, WriteConnection
from domain.events.store import PENDING, Change

T = TypeVar("T")

_RETRIED_STATES = frozenset({"40001", "40P01"})
_ATTEMPTS_MAX = 8
_GROUP_MAX = 128
_QUEUE_MAX = 4096
_STATEMENT_TIMEOUT_MS = 15_000


CommitListener = Callable[[Sequence[Change]], None]
"""Called on the event loop after a commit and before its writers are told, with what the transaction announced."""


class DatabaseBusy(Exception):
    """More commands wait than the port admits, or no connection came free in time."""


class Database(Protocol):
    """What the gateway and the resolvers need of a database."""

    dialect: str

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        """Run a query on a connection of its own."""
        ...

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        """Run a command in one transaction; when this returns, it is committed. An exception rolls it back."""
        ...

    def on_commit(self, listener: CommitListener) -> None:
        """Call `listener` after each commit made through this port, before the writer learns of it."""
        ...

    async def close(self) -> None:
        """Finish what is queued and close every connection."""
        ...


def open_database(url: str, *, pool_size: int = 12) -> Database:
    """Open the engine a URL names: `sqlite:///path` or `postgresql://…`."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SQLiteDatabase(parsed)
    return PostgreSQLDatabase(parsed, pool_size=pool_size)


@dataclass(slots=True)
class _Queued(Generic[T]):
    command: Callable[[WriteConnection], T]
    future: "asyncio.Future[T]"
    loop: asyncio.AbstractEventLoop
    result: T | None = None
    error: BaseException | None = None
    changes: Sequence[Change] = ()

    def run(self, connection: sa.Connection) -> None:
        try:
            with connection.begin_nested():
                self.result, self.changes = _announcing(self.command, connection)
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who is on another thread
            self.error = error

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]  # a command's None is its T


def _announcing(command: Callable[[WriteConnection], T], connection: sa.Connection) -> tuple[T, Sequence[Change]]:
    """A command's result and what it announced to the change feed."""
    changes: list[Change] = []
    connection.info[PENDING] = changes
    return command(WriteConnection(ReadConnection(connection))), changes


def sqlite_engine(url: sa.URL, *, pool_size: int, read_only: bool) -> sa.Engine:
    """A SQLite engine with our pragmas, where we say BEGIN and not the driver: its own habit loses updates."""
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"), pool_size=pool_size, max_overflow=0, poolclass=sa.QueuePool
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection, _record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=10000",
            "journal_mode=wal",
            "synchronous=FULL",
            "foreign_keys=on",
            "temp_store=memory",
            "cache_size=-65536",
            f"query_only={'on' if read_only else 'off'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class SQLiteDatabase:
    """SQLite with one writer thread, group commit, and a few readers."""

    dialect = "sqlite"

    def __init__(self, url: sa.URL, *, readers: int = 4) -> None:
        self.engine = sqlite_engine(url, pool_size=1, read_only=False)
        self.read_engine = sqlite_engine(url, pool_size=readers, read_only=True)
        self._listeners: list[CommitListener] = []
        self._queue: queue.Queue[_Queued[object] | None] = queue.Queue(_QUEUE_MAX)
        self._readers = ThreadPoolExecutor(readers, "sqlite-read")
        self._closing = False
        self._writer = threading.Thread(target=self._write_forever, name="sqlite-write", daemon=True)
        self._writer.start()

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        def run() -> T:
            with self.read_engine.begin() as connection:
                return query(ReadConnection(connection))

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        loop = asyncio.get_running_loop()
        queued = _Queued(command, loop.create_future(), loop)
        if self._closing:
            raise DatabaseBusy
        try:
            self._queue.put_nowait(queued)
        except queue.Full:
            raise DatabaseBusy from None
        # A canceled request must not cancel a command that is already being written.
        return await asyncio.shield(queued.future)

    def on_commit(self, listener: CommitListener) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        if not self._closing:
            self._closing = True
            await asyncio.to_thread(self._queue.put, None)
            await asyncio.to_thread(self._writer.join)
            self._readers.shutdown()
            self.engine.dispose()
            self.read_engine.dispose()

    def _write_forever(self) -> None:
        with self.engine.connect() as connection:
            open_for_more = True
            while open_for_more:
                group, open_for_more = self._next_group()
                if group:
                    self._commit_group(connection, group)

    def _next_group(self) -> tuple[list[_Queued[object]], bool]:
        group: list[_Queued[object]] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) >= _GROUP_MAX:
                return group, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _commit_group(self, connection: sa.Connection, group: list[_Queued[object]]) -> None:
        try:
            with connection.begin():
                for queued in group:
                    queued.run(connection)
        except Exception as error:  # noqa: BLE001 - COMMIT itself failed: nothing of the group happened
            for queued in group:
                queued.error = error
                queued.changes = ()
        by_loop: dict[asyncio.AbstractEventLoop, list[_Queued[object]]] = {}
        for queued in group:
            by_loop.setdefault(queued.loop, []).append(queued)
        for loop, settled in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._settle, settled)

    def _settle(self, settled: list[_Queued[object]]) -> None:
        changes = [change for queued in settled for change in queued.changes]
        for listener in self._listeners:
            listener(changes)
        for queued in settled:
            queued.settle()


class PostgreSQLDatabase:
    """PostgreSQL through asyncpg; commands are retried when the server reports a serialization failure or deadlock."""

    dialect = "postgresql"

    def __init__(self, url: sa.URL, *, pool_size: int) -> None:
        self._listeners: list[CommitListener] = []
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args={"server_settings": {"statement_timeout": str(_STATEMENT_TIMEOUT_MS), "timezone": "UTC"}},
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> sa.Engine:
        return self._engine.sync_engine

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        def run(connection: sa.Connection) -> T:
            return query(ReadConnection(connection))

        return await self._pooled(self._autocommit.connect, run)

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        # A canceled request must not tear a transaction apart between its statements and its commit.
        return await asyncio.shield(asyncio.ensure_future(self._write(command)))

    async def _write(self, command: Callable[[WriteConnection], T]) -> T:
        def run(connection: sa.Connection) -> tuple[T, Sequence[Change]]:
            return _announcing(command, connection)

        for attempt in range(_ATTEMPTS_MAX):
            try:
                result, changes = await self._pooled(self._engine.begin, run)
            except sa.exc.DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in _RETRIED_STATES or attempt == _ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(random.random() * 0.005 * 2**attempt)  # noqa: S311 - jitter, not a secret
            else:
                for listener in self._listeners:
                    listener(changes)
                return result
        raise DatabaseBusy

    @staticmethod
    async def _pooled(
        connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]], run: Callable[[sa.Connection], T]
    ) -> T:
        try:
            async with connect() as connection:
                result: T = await connection.run_sync(run)
                return result
        except sa.exc.TimeoutError:
            raise DatabaseBusy from None

    def on_commit(self, listener: CommitListener) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        await self._engine.dispose()


class Coalescer(Generic[T]):
    """A DataLoader for writes: what is asked for while a batch is in flight goes into the next transaction.

    `batch` takes a connection and items and gives one outcome per item, in order: a value, or an exception for an item
    that alone is refused. When the whole batch fails, its items are tried one by one, so that a poisoned item fails alone.
    """

    def __init__(
        self,
        database: Database,
        batch: Callable[[WriteConnection, list[object]], list[T | Exception]],
        *,
        lanes: int = 1,
        batch_max: int = 128,
    ) -> None:
        self._database = database
        self._batch = batch
        self._free_lanes = lanes
        self._batch_max = batch_max
        self._waiting: list[tuple[object, asyncio.Future[T]]] = []
        self._running: set[asyncio.Task[None]] = set()

    def __call__(self, item: object) -> Awaitable[T]:
        if len(self._waiting) >= _QUEUE_MAX:
            raise DatabaseBusy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return future

    def _start(self) -> None:
        if self._free_lanes and self._waiting:
            self._free_lanes -= 1
            task = asyncio.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._free_lanes += 1
        self._start()

    async def _run(self) -> None:
        await asyncio.sleep(0)  # let the other resolvers of this tick join
        taken, self._waiting = self._waiting[: self._batch_max], self._waiting[self._batch_max :]
        items = [item for item, _ in taken]
        outcomes = await self._outcomes(items)
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def _outcomes(self, items: list[object]) -> list[T | Exception]:
        try:
            return await self._database.write(lambda conn: self._batch(conn, items))
        except Exception as error:  # noqa: BLE001 - each caller receives its own outcome
            if len(items) == 1:
                return [error]
        outcomes: list[T | Exception] = []
        for item in items:
            outcomes.extend(await self._outcomes([item]))
        return outcomes
