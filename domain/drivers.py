"""How a compiled statement is run on each driver's own connection, in the transaction SQLAlchemy has it in.

Listeners of SQLAlchemy's `before_cursor_execute` see these statements too, and what a driver raises arrives as
SQLAlchemy's own exception, so that counting statements and reading violated constraints need to know nothing of drivers.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NoReturn, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import await_only

T = TypeVar("T")


class Driver(Protocol):
    """What a statement needs of a driver.

    Attributes:
        by_name: whether parameters are a mapping, else a list.
        joins: whether parameters are numbered, `$1` to `$n`, and one statement may write to several tables.
    """

    by_name: bool
    joins: bool

    def fetch(self, conn: sa.Connection, text: str, bound: Any) -> Sequence[Sequence[Any]]:
        """Run it and give every row."""
        ...

    def touch(self, conn: sa.Connection, text: str, bound: Any) -> int:
        """Run it and say how many rows it touched."""
        ...

    def touch_many(self, conn: sa.Connection, text: str, bound: Sequence[Any]) -> None:
        """Run it once for each set of parameters."""
        ...


def driver_of(dialect: sa.Dialect) -> Driver:
    """The driver of a dialect: SQLite's own, asyncpg, or psycopg."""
    return _DRIVERS[dialect.driver]


class _Cursors:
    """Drivers with the cursors of PEP 249: sqlite3 and psycopg."""

    joins = False

    def __init__(self, *, by_name: bool) -> None:
        self.by_name = by_name

    def fetch(self, conn: sa.Connection, text: str, bound: Any) -> Sequence[Sequence[Any]]:
        return self._run(conn, text, bound, lambda cursor: cursor.execute(text, bound).fetchall())

    def touch(self, conn: sa.Connection, text: str, bound: Any) -> int:
        return self._run(conn, text, bound, lambda cursor: int(cursor.execute(text, bound).rowcount))

    def touch_many(self, conn: sa.Connection, text: str, bound: Sequence[Any]) -> None:
        self._run(conn, text, bound, lambda cursor: cursor.executemany(text, bound))

    @staticmethod
    def _run(conn: sa.Connection, text: str, bound: Any, work: Callable[[Any], T]) -> T:
        _announce(conn, text, bound)
        cursor = conn.connection.cursor()
        try:
            return work(cursor)
        except Exception as error:  # noqa: BLE001 - raised again, as SQLAlchemy's
            _raise(conn, text, bound, error)
        finally:
            cursor.close()


class _Asyncpg:
    """asyncpg, awaited from the greenlet that the port runs commands and queries in."""

    by_name = False
    joins = True

    def fetch(self, conn: sa.Connection, text: str, bound: Any) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = self._run(conn, text, bound, lambda driver: driver.fetch(text, *bound))
        return found

    def touch(self, conn: sa.Connection, text: str, bound: Any) -> int:
        status = self._run(conn, text, bound, lambda driver: driver.execute(text, *bound))
        return int(status.rpartition(" ")[2])

    def touch_many(self, conn: sa.Connection, text: str, bound: Sequence[Any]) -> None:
        self._run(conn, text, bound, lambda driver: driver.executemany(text, bound))

    @staticmethod
    def _run(conn: sa.Connection, text: str, bound: Any, work: Callable[[Any], Awaitable[T]]) -> T:
        _announce(conn, text, bound)
        adapted: Any = conn.connection.dbapi_connection
        try:
            if adapted._transaction is None and not adapted.autocommit:  # noqa: SLF001
                # SQLAlchemy begins with its first cursor, and none is used here.
                await_only(adapted._start_transaction())  # noqa: SLF001
            return await_only(work(adapted.driver_connection))
        except Exception as error:
            try:
                adapted._handle_exception(error)  # noqa: SLF001 - asyncpg's errors as those of PEP 249, with `sqlstate`
            except Exception as translated:  # noqa: BLE001 - raised again, as SQLAlchemy's
                _raise(conn, text, bound, translated)
            raise


def _announce(conn: sa.Connection, text: str, bound: Any) -> None:
    if conn._has_events or conn.engine._has_events:  # noqa: SLF001 - the check that SQLAlchemy itself makes first
        conn.dispatch.before_cursor_execute(conn, None, text, bound, None, False)


def _raise(conn: sa.Connection, text: str, bound: Any, error: Exception) -> NoReturn:
    dbapi_error = conn.dialect.loaded_dbapi.Error
    if isinstance(error, dbapi_error):
        raise sa.exc.DBAPIError.instance(
            text, bound, error, dbapi_error, hide_parameters=True, dialect=conn.dialect
        ) from error
    raise error


_DRIVERS: dict[str, Driver] = {
    "pysqlite": _Cursors(by_name=False),
    "psycopg": _Cursors(by_name=True),
    "asyncpg": _Asyncpg(),
}
