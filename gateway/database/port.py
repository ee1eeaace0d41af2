"""What every engine of the port offers, and what it says when it is asked for too much."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import sqlalchemy as sa

from domain import appends
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import PENDING, Change

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

WAITING_MAX = 4096
"""Commands, or callers without a connection, that may wait at once."""

CommitListener = Callable[[Sequence[Change]], None]
"""Called on the event loop after a commit and before its writers are told, with what the transaction announced."""


class DatabaseBusy(Exception):
    """More commands wait than the port admits, no connection came free in time, or the database is away."""


class Database(Protocol):
    """What the gateway and the resolvers need of a database."""

    dialect: str

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        """Run a query on a connection of its own."""
        ...

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]:
        """Read values by key, together with what others ask of the same store function: see `KeyedReads.load`."""
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


def announcing(command: Callable[[WriteConnection], T], connection: sa.Connection) -> tuple[T, Sequence[Change]]:
    """A command's result and what it announced to the change feed."""
    changes: list[Change] = []
    connection.info[PENDING] = changes
    writing = WriteConnection(ReadConnection(connection))
    with appends.gathered(writing):
        return command(writing), changes
