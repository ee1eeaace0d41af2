"""Bringing a database up to date, and telling whether tables and migrations agree."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from domain.catalog import document_store
from domain.connections import ReadConnection, WriteConnection
from gateway.database import sqlite_engine

T = TypeVar("T")


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("gateway") / "migrations"))
    config.attributes["connection"] = connection
    return config


def on_connection(url: str, work: Callable[[sa.Connection], T]) -> T:
    """Run `work` in one transaction on a connection of its own, on either engine."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlite_engine(parsed, pool_size=1, read_only=False)
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()

    async def run() -> T:
        async_engine = create_async_engine(parsed.set(drivername="postgresql+asyncpg"))
        try:
            async with async_engine.begin() as connection:
                result: T = await connection.run_sync(work)
                return result
        finally:
            await async_engine.dispose()

    return asyncio.run(run())


def upgrade(url: str) -> tuple[str | None, str | None]:
    """Apply every missing migration and fill the read model, in one transaction; the revisions before and after."""

    def work(connection: sa.Connection) -> tuple[str | None, str | None]:
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(_config(connection), "head")
        document_store.rewrite_outdated(WriteConnection(ReadConnection(connection)))
        return before, MigrationContext.configure(connection).get_current_revision()

    return on_connection(url, work)


def head() -> str | None:
    """The newest revision that ships with this version."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(url: str) -> str | None:
    """The revision a database is at; None when it is empty."""
    return on_connection(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def write_revision(message: str) -> Path:
    """Write a revision for what the tables have and the migrations do not; review it before committing."""
    engine = sqlite_engine(sa.make_url("sqlite://"), pool_size=1, read_only=False)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")
        number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
        script = command.revision(_config(connection), message=message, autogenerate=True, rev_id=f"{number:04d}")
    engine.dispose()
    assert script is not None, "one revision is written"
    assert not isinstance(script, list), "one revision is written"
    return Path(script.path)


def drift() -> list[str]:
    """What a database made by the migrations lacks of what the tables say, as sentences; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    from gateway.schema_tables import metadata

    engine = sqlite_engine(sa.make_url("sqlite://"), pool_size=1, read_only=False)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")
        known = set(metadata.tables)
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _parents: kind != "table" or name in known,
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    return [str(difference) for difference in found]
