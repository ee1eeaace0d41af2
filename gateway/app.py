"""The web application: everything one process needs, wired, started and stopped in order."""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.acts import SYSTEM, Act
from domain.events.store import Change
from domain.locations.model import LocationId
from domain.promotions import service as promotions
from gateway.auth import CHANNEL_HEADER, Authenticator
from gateway.caching.finished import FinishedCache
from gateway.caching.reading import PublicReads
from gateway.caching.serving import CachedReads
from gateway.callers import Callers
from gateway.database import Database, open_database
from gateway.documents.lookup import RegisteredOrSent
from gateway.documents.manifests import ManifestRefused, read_manifests
from gateway.documents.persisted import PersistedQueries
from gateway.documents.trusted import RegisteredDocuments
from gateway.execution.counting import ExecutionCounts
from gateway.feed import Relay
from gateway.guests import GuestTokens
from gateway.http import GraphQLEndpoint
from gateway.job_handlers import start_recurring, worker_of
from gateway.messaging import Messenger
from gateway.middleware import Metrics, RequestMiddleware
from gateway.negotiation import Headers
from gateway.operations import Operations
from gateway.pages import graphiql_page, healthz, metrics_page, not_found, readyz
from gateway.papers import paper_page
from gateway.passwords import Argon2Passwords
from gateway.rates import Rates
from gateway.schema import build_schema
from gateway.settings import Settings, SettingsRefused
from gateway.slots import Slots
from gateway.streaming import Streaming
from gateway.stripe import StripePayments
from gateway.stripe_taxes import StripeTaxes
from gateway.tokens import JwtTokens
from gateway.webhooks import stripe_webhook
from gateway.websocket import Sockets, serve_websocket
from resolvers.context import Context
from resolvers.documents import DocumentCache, Recent
from resolvers.locations_types import Location
from resolvers.services import Services
from resolvers.tax_desk import TaxDesk

if TYPE_CHECKING:
    from gateway.sharing.replicas import Replicas

_log = structlog.get_logger("tillway.app")
OWN_PART_OF_OPERATIONS = 8
"""A process runs one part in this many of a caller's operations without asking the other replicas: most callers never
have more at once, and asking costs as much as a small query."""
CLIENT_HEADER = b"tillway-client"
_OUR_HEADERS = ("tillway-channel", "tillway-client", "tillway-guest", "x-request-id")
_SECRET_FILE = "secret.key"  # noqa: S105 - a file name


def utc_now() -> datetime:
    """The clock of a running process."""
    return datetime.now(UTC)


def signing_key(settings: Settings) -> bytes:
    """The configured key, or one made once and kept in the state folder, readable by its owner only."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    path: Path = settings.state_folder / _SECRET_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


class Process:
    """One process's parts. The web application and the worker command are built from it.

    `seconds` is the monotonic clock by which what is kept grows old.
    """

    def __init__(self, settings: Settings, seconds: Callable[[], float] = time.monotonic) -> None:
        key = signing_key(settings)
        self.settings = settings
        self.database: Database = open_database(settings.database_url, pool_size=settings.database_pool_size)
        self.relay = Relay(self.database, seconds)
        self.tokens = JwtTokens(key)
        self.authenticator = Authenticator(self.database, self.tokens, utc_now)
        self.metrics = Metrics()
        self.payments = StripePayments(settings.stripe_api_key.get_secret_value(), api_base=settings.stripe_api_base)
        self.taxes = StripeTaxes(
            settings.stripe_api_key.get_secret_value(),
            api_base=settings.stripe_api_base,
            tax_codes=settings.stripe_tax_codes,
        )
        self.services = Services(
            payments=self.payments,
            passwords=Argon2Passwords(),
            tokens=self.tokens,
            signing_key=key,
            public_url=settings.public_url or f"http://{settings.host}:{settings.port}",
            taxes=TaxDesk(self.taxes) if settings.tax_service == "stripe" else None,
        )
        self.documents = DocumentCache(settings.catalog_cache_bytes_max)
        self.locations: Recent[tuple[LocationId, int], Location] = Recent()
        self.messenger = Messenger(settings.messages_url, key)
        self.worker = worker_of(self.database, self.services.payments, self.taxes, self.messenger, utc_now)
        self.operations = Operations(
            build_schema(), settings.limits, introspection=settings.introspection, suggestions=settings.suggestions
        )
        self.replicas = _replicas(settings, self.metrics)
        self.trusted = RegisteredDocuments(_manifests(settings), self.database)
        self.persisted = RegisteredOrSent(
            PersistedQueries(),
            self.replicas,
            self.trusted,
            self.operations.would_run,
            trusted_only=settings.trusted_documents_only,
        )
        self.rates = Rates(self.replicas, exempt=settings.rates_exempt)
        self.callers = Callers(GuestTokens(key, utc_now), guests_per_network=settings.guests_per_network)
        self.running = Slots("operations", self.replicas, own_part=OWN_PART_OF_OPERATIONS)
        self.subscriptions = Slots("subscriptions", self.replicas)
        self.sockets = Slots("sockets", self.replicas)
        self.public_reads = self._public_reads(seconds) if settings.cache_bytes_max else None
        self._hear_commits()
        self.ready = False

    def _public_reads(self, seconds: Callable[[], float]) -> PublicReads:
        cache = FinishedCache(bytes_max=self.settings.cache_bytes_max, clock=seconds)
        return PublicReads(self.operations.schema, cache, self.relay.is_current, self.metrics.public_reads)

    def _hear_commits(self) -> None:
        """What this process keeps hears of its own commits from the port, and of others' from them and from the feed."""
        keeping = [self.trusted.heard, *([self.public_reads.heard] if self.public_reads else [])]
        for heard in keeping:
            self.database.on_commit(heard)
            self.relay.watch(heard)
        if self.replicas is not None:
            self.database.on_commit(self.replicas.tell)

    def _told(self, changes: Sequence[Change]) -> None:
        """Another replica says what it has committed, before the feed is read for it."""
        self.trusted.heard(changes)
        if self.public_reads is not None:
            self.public_reads.heard(changes)
        self.relay.wake()

    def new_context(self) -> Context:
        """The system's own context, for start-up work."""
        return Context(
            database=self.database,
            actor=SYSTEM,
            clock=utc_now,
            services=self.services,
            feed=self.relay,
            request_id="system",
            documents=self.documents,
            locations=self.locations,
        )

    async def context_for(
        self, authorization: str | None, channel: str | None, request_id: str, client: str | None = None
    ) -> Context:
        """A request's context.

        Raises:
            Unauthenticated, BadInput: see `Authenticator.caller`.
        """
        actor, expires_at = await self.authenticator.caller(authorization, channel)
        return Context(
            database=self.database,
            actor=actor,
            clock=utc_now,
            services=self.services,
            feed=self.relay,
            request_id=request_id,
            documents=self.documents,
            locations=self.locations,
            expires_at=expires_at,
            client=client or "",
        )

    async def start(self, *, with_worker: bool) -> None:
        """Relay changes, and do jobs when asked to."""
        await self.relay.start()
        await self.database.read(lambda conn: promotions.warm(conn, utc_now()))
        if self.replicas is not None:
            await self.replicas.start(self._told)
        for slots in (self.running, self.subscriptions, self.sockets):
            await slots.start()
        if with_worker:
            act: Act = self.new_context().act()
            await self.database.write(lambda conn: start_recurring(conn, act))
            await self.worker.start()
        self.ready = True

    async def stop(self) -> None:
        """Finish what is in flight, then let go of everything."""
        self.ready = False
        await self.worker.stop()
        await self.relay.stop()
        for slots in (self.running, self.subscriptions, self.sockets):
            await slots.stop()
        if self.replicas is not None:
            await self.replicas.stop()
        await self.messenger.close()
        await self.payments.close()
        await self.taxes.close()
        await self.database.close()


def create_app(settings: Settings, process: Process | None = None) -> ASGIApp:
    """The ASGI application of one process."""
    running = process or Process(settings)
    operations = running.operations
    running.metrics.registry.register(ExecutionCounts(operations.executor.counts))
    sockets = Sockets(
        operations,
        documents=running.persisted,
        rates=running.rates,
        callers=running.callers,
        open_sockets=running.sockets,
        running=running.running,
        subscriptions=running.subscriptions,
    )

    async def http_context(headers: Headers, request_id: str) -> Context:
        return await _context(running, headers, _text(headers, b"authorization"), request_id)

    async def websocket(socket: WebSocket) -> None:
        headers: Headers = dict(socket.scope["headers"])

        async def context(authorization: str | None) -> Context:
            request_id: str = socket.scope["state"]["request_id"]
            return await _context(running, headers, authorization, request_id)

        await serve_websocket(socket, sockets, context)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await running.start(with_worker=settings.worker)
        yield
        await running.stop()

    endpoint = GraphQLEndpoint(
        operations,
        http_context,
        page=graphiql_page() if settings.graphiql else None,
        streaming=Streaming(operations, slots=running.subscriptions),
        documents=running.persisted,
        rates=running.rates,
        reads=CachedReads(running.public_reads, shared_seconds=settings.cache_control_seconds),
        slots=running.running,
        callers=running.callers,
    )
    routes = [WebSocketRoute("/graphql", websocket), *_plain_routes(running, settings)]
    site = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: not_found, 405: not_found})

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        # The API is most of the traffic and needs nothing of what a route does.
        await (endpoint if scope["type"] == "http" and scope["path"] == "/graphql" else site)(scope, receive, send)

    paths = frozenset({"/graphql", "/webhooks/stripe", "/healthz", "/readyz", "/metrics"})
    return RequestMiddleware(_for_browsers(front, settings), running.metrics, paths)


def _plain_routes(running: Process, settings: Settings) -> list[BaseRoute]:
    """What is served beside the API."""
    webhook = stripe_webhook(running.database, settings.stripe_webhook_secret, utc_now)
    return [
        Route("/webhooks/stripe", webhook, methods=["POST"]),
        Route("/healthz", healthz),
        Route("/readyz", readyz(running.database, lambda: running.ready)),
        Route("/metrics", metrics_page(running.database, running.metrics)),
        Route("/papers/{link}.pdf", paper_page(running.database, running.services.signing_key, time.time)),
        Mount("/static", StaticFiles(packages=[("gateway", "static")])),
    ]


def _for_browsers(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application, open to pages of the configured origins; as it is when none is configured."""
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", *_OUR_HEADERS],
        expose_headers=["retry-after", "server-timing", "tillway-guest", "x-request-id"],
        max_age=600,
    )


async def _context(running: Process, headers: Headers, authorization: str | None, request_id: str) -> Context:
    channel, client = _text(headers, CHANNEL_HEADER), _text(headers, CLIENT_HEADER)
    return await running.context_for(authorization, channel, request_id, client)


def _replicas(settings: Settings, metrics: Metrics) -> "Replicas | None":
    url = settings.shared_url.get_secret_value()
    if not url:
        return None
    # Only here, so that a server without Redis does not keep its client in memory.
    from gateway.sharing.replicas import Replicas

    return Replicas(url, metrics.shared_failures, call_seconds_max=settings.shared_seconds_max)


def _manifests(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    try:
        return {} if settings.trusted_documents is None else read_manifests(settings.trusted_documents)
    except ManifestRefused as refused:
        raise SettingsRefused(f"TILLWAY_TRUSTED_DOCUMENTS: {refused}") from None


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
