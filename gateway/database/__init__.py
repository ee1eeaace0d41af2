"""The database port: one command function, two engines.

A command is a synchronous function of a connection. It cannot await, so no transaction is ever open across Stripe, a
webhook or another loader. On SQLite every command runs on one writer thread (BEGIN IMMEDIATE, a savepoint per command,
one COMMIT for all that queued up meanwhile); on PostgreSQL on a pooled connection, again when the server asks for it.
"""

import sqlalchemy as sa

from gateway.database.coalescing import Coalescer
from gateway.database.port import Database, DatabaseBusy
from gateway.database.postgresql import PostgreSQLDatabase
from gateway.database.sqlite import SQLiteDatabase, sqlite_engine

__all__ = [
    "Coalescer",
    "Database",
    "DatabaseBusy",
    "PostgreSQLDatabase",
    "SQLiteDatabase",
    "open_database",
    "sqlite_engine",
]


def open_database(url: str, *, pool_size: int = 12) -> Database:
    """Open the engine a URL names: `sqlite:///path` or `postgresql://…`."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SQLiteDatabase(parsed)
    return PostgreSQLDatabase(parsed, pool_size=pool_size)
