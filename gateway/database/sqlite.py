"""SQLite with one writer thread and group commit; reads are made where they are asked for, or on a few reading threads.

To hand a read of some microseconds to a thread costs more than the read: the threads then contend for Python's lock. So a
read begins on the event loop's own connection, which gives up a statement that takes too many steps, or that would have
to wait for a lock; it then begins anew on a thread. A reader in WAL mode waits for no writer, and a query may be asked again.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Change
from gateway.database.keyed import KeyedReads
from gateway.database.port import WAITING_MAX, CommitListener, DatabaseBusy, announcing
from gateway.database.uuids import TextUuid

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_GROUP_MAX = 128
_PREPARED_MAX = 1_000
READERS = 4
"""Threads for reads that take long."""
_STEPS_MAX = 100_000
"""Steps of SQLite's virtual machine that a statement may take on the event loop: one to two milliseconds."""
_GIVEN_UP = frozenset({sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY})
_CACHE_KIBIBYTES = 3 * 1024
"""Pages that each connection keeps for itself; the system keeps the file's pages for all of them."""


def sqlite_engine(url: sa.URL, *, pool_size: int, read_only: bool, begins: bool = True) -> sa.Engine:
    """A SQLite engine with our pragmas, where we say BEGIN and not the driver: its own habit loses updates.

    Without `begins` SQLAlchemy does not say it either; whoever uses the engine tells the driver.
    """
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        pool_size=pool_size,
        max_overflow=0,
        poolclass=sa.QueuePool,
        json_deserializer=orjson.loads,
        connect_args={"cached_statements": _PREPARED_MAX},
    )
    engine.dialect.colspecs = {**engine.dialect.colspecs, sa.Uuid: TextUuid}

    @sa.event.listens_for(engine, "connect")
    def _configure(connection, _record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=10000",
            "journal_mode=wal",
            "synchronous=FULL",
            "foreign_keys=on",
            "temp_store=memory",
            f"cache_size=-{_CACHE_KIBIBYTES}",
            f"query_only={'on' if read_only else 'off'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    if begins:
        sa.event.listen(engine, "begin", begin)
    return engine


@dataclass(slots=True)
class _Queued(Generic[T]):
    command: Callable[[WriteConnection], T]
    future: "asyncio.Future[T]"
    loop: asyncio.AbstractEventLoop
    result: T | None = None
    error: BaseException | None = None
    changes: Sequence[Change] = ()

    def run(self, connection: sa.Connection, driver: Any) -> None:
        """Run the command within a savepoint of the group's transaction, which the driver is told of by text:
        SQLAlchemy's own savepoints cost more than most statements."""
        driver.execute("SAVEPOINT command")
        try:
            self.result, self.changes = announcing(self.command, connection)
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who is on another thread
            driver.execute("ROLLBACK TO command")
            self.error = error
        driver.execute("RELEASE command")

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]  # a command's None is its T


class SQLiteDatabase:
    """The port on SQLite."""

    dialect = "sqlite"

    def __init__(self, url: sa.URL, *, readers: int = READERS) -> None:
        self.engine = sqlite_engine(url, pool_size=1, read_only=False)
        # One for each reading thread, and the event loop's own.
        self.read_engine = sqlite_engine(url, pool_size=readers + 1, read_only=True, begins=False)
        self._listeners: list[CommitListener] = []
        self._queue: queue.Queue[_Queued[object] | None] = queue.Queue(WAITING_MAX)
        self._readers = ThreadPoolExecutor(readers, "sqlite-read")
        self._reader = threading.local()
        self._reading: list[sa.Connection] = []
        self._closing = False
        self._keyed = KeyedReads(self.read)
        self._writer = threading.Thread(target=self._write_forever, name="sqlite-write", daemon=True)
        self._writer.start()

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        await asyncio.sleep(0)  # whoever reads again and again lets the others come to run
        try:
            return self._read(query, here=True)
        except sa.exc.OperationalError as error:
            # The low byte is the primary code: a reader that meets a recovery is busy too.
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _GIVEN_UP:
                raise
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]:
        return await self._keyed.load(batch, keys, now)

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
            for connection in self._reading:
                connection.close()
            self.engine.dispose()
            self.read_engine.dispose()

    def _read(self, query: Callable[[ReadConnection], T], *, here: bool = False) -> T:
        """Run a query on this thread's connection, in a transaction of its own: one moment for all its statements.

        `here` is on the event loop, where it is given up when it takes long.
        """
        connection: sa.Connection | None = getattr(self._reader, "connection", None)
        if connection is None:
            connection = self._reader.connection = self._opened(here=here)
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN")
        try:
            return query(ReadConnection(connection))
        finally:
            driver.execute("COMMIT")

    def _opened(self, *, here: bool) -> sa.Connection:
        connection = self.read_engine.connect()
        self._reading.append(connection)
        if here:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout=0")
            driver.set_progress_handler(lambda: True, _STEPS_MAX)
        return connection

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
                driver = connection.connection.driver_connection
                for queued in group:
                    queued.run(connection, driver)
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
