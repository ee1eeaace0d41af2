"""What order tests share."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
import strawberry

from domain.acts import Act
from domain.connections import WriteConnection
from gateway.database import Database
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.schema import build_schema
from gateway.stripe import StripePayments
from resolvers.context import Context
from resolvers.services import Services
from tests.orders.desk import Desk
from tests.orders.shop import open_shop


@pytest.fixture
def counted(conn: WriteConnection) -> Iterator[list[str]]:
    """The SQL statements of the test's connection: clear it, act, compare its length."""
    seen: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK")):
            seen.append(statement)

    engine = conn.engine
    sa.event.listen(engine, "before_cursor_execute", count)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", count)


@pytest.fixture(scope="session")
def schema() -> strawberry.Schema:
    """The whole public schema."""
    return build_schema()


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(running_sandbox: SandboxServer) -> SandboxServer:
    """A payment provider that has seen nothing yet."""
    running_sandbox.sandbox.reset()
    return running_sandbox


@pytest.fixture
async def card_payments(sandbox: SandboxServer) -> AsyncIterator[StripePayments]:
    """The real adapter over the real SDK; it does not retry by itself."""
    provider = StripePayments(SANDBOX_KEY, api_base=sandbox.url, max_network_retries=0)
    yield provider
    await provider.close()


@pytest.fixture
async def desk(
    db: Database,
    schema: strawberry.Schema,
    make_act: Callable[..., Act],
    make_context: Callable[..., Context],
    services: Services,
    card_payments: StripePayments,
) -> Desk:
    """A shop behind the public schema."""
    shop = await db.write(lambda conn: open_shop(conn, make_act(), stock=20, points=500))
    return Desk(shop, db, schema, make_context, replace(services, payments=card_payments))
