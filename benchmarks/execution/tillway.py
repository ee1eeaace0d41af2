"""Tillway's own way through: protocol, middleware, GraphQL endpoint, admission and limits, compiled executor, orjson.

Only authentication and the database are left out, since the other servers have none: every caller is a guest.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from benchmarks.execution.shop import schema
from domain.acts import GUEST
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Change, Topic
from domain.locations.model import LocationId
from gateway.http import GraphQLEndpoint, Headers
from gateway.limits import CallerLimits, Limits
from gateway.logs import configure_logs
from gateway.memory import settle
from gateway.middleware import Metrics, RequestMiddleware
from gateway.operations import Operations
from gateway.passwords import Argon2Passwords
from gateway.protocol import bounded_protocol
from gateway.stripe import StripePayments
from gateway.tokens import JwtTokens
from resolvers.context import Context
from resolvers.documents import DocumentCache, Recent
from resolvers.locations_types import Location
from resolvers.services import Services

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class NoDatabase:
    """The shop is in memory; to reach a database is a mistake."""

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        raise AssertionError("the shop has no database")

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]:
        raise AssertionError("the shop has no database")

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        raise AssertionError("the shop has no database")


class NoFeed:
    """Nothing changes."""

    async def listen(self, _topic: Topic, _keys: Sequence[str]) -> AsyncIterator[Change]:
        return
        yield


def tillway() -> ASGIApp:
    """The application around the shop's schema."""
    configure_logs("text", "error")
    key = b"a-benchmark-has-nothing-to-hide!"
    services = Services(
        payments=StripePayments("sk_test_unused"),
        passwords=Argon2Passwords(),
        tokens=JwtTokens(key),
        signing_key=key,
        public_url="http://127.0.0.1",
    )

    documents, locations = DocumentCache(), Recent[tuple[LocationId, int], Location]()

    async def context_for(_headers: Headers, request_id: str) -> Context:
        return Context(
            database=NoDatabase(),
            actor=GUEST,
            clock=lambda: datetime.now(UTC),
            services=services,
            feed=NoFeed(),
            request_id=request_id,
            documents=documents,
            locations=locations,
        )

    # One caller sends all requests here, as none would: its rate has no limit, every other limit stands.
    limits = CallerLimits(guest=Limits(requests_per_second=0, cost_per_minute=0))
    endpoint = GraphQLEndpoint(Operations(schema, limits), context_for)
    settle()  # as a process of the gateway does before it serves
    return RequestMiddleware(endpoint, Metrics(), frozenset({"/graphql"}))


def protocol() -> type[HttpToolsProtocol]:
    """The protocol that the gateway serves HTTP by."""
    return bounded_protocol(32 * 1024, 10)
