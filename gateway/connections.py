"""A connection of one's own for long work outside the port: imports that commit in groups, and verification."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.database import sqlite_engine

T = TypeVar("T")


def connected(url: str, work: Callable[[sa.Connection], T], *, snapshot: bool = False) -> T:
    """Run `work` on a connection of its own, on either engine; it begins and commits its transactions itself.

    With `snapshot` nothing can be written, and every read of one transaction sees the same moment. Must not be called
    from a running event loop.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sqlite_engine(parsed, pool_size=1, read_only=snapshot)
        try:
            with engine.connect() as connection:
                return work(connection)
        finally:
            engine.dispose()
    return asyncio.run(_connected_postgresql(parsed, work, snapshot=snapshot))


async def _connected_postgresql(url: sa.URL, work: Callable[[sa.Connection], T], *, snapshot: bool) -> T:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if snapshot else {}
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": {"timezone": "UTC"}},
        execution_options=options,
    )
    try:
        async with engine.connect() as connection:
            result: T = await connection.run_sync(work)
            return result
    finally:
        await engine.dispose()
