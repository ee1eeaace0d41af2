"""The web application: everything one process needs, wired, started and stopped in order."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.acts import SYSTEM, Act
from domain.locations.model import LocationId
from gateway.auth import CHANNEL_HEADER, Authenticator
from gateway.callers import Slots
from gateway.database import Database, open_database
from gateway.execution.counting import ExecutionCounts
from gateway.feed import Relay
from gateway.http import GraphQLEndpoint
from gateway.job_handlers import start_recurring, worker_of
from gateway.messaging import Messenger
from gateway.middleware import Metrics, RequestMiddleware
from gateway.negotiation import Headers
from gateway.operations import Operations
from gateway.pages import graphiql_page, healthz, metrics_page, not_found, readyz
from gateway.passwords import Argon2Passwords
from gateway.schema import build_schema
from gateway.settings import Settings
from gateway.streaming import Streaming
from gateway.stripe import StripePayments
from gateway.tokens import JwtTokens
from gateway.webhooks import stripe_webhook
from gateway.websocket import Sockets, serve_websocket
from resolvers.context import Context
from resolvers.documents import DocumentCache, Recent
from resolvers.locations_types import Location
from resolvers.services import Services

_log = structlog.get_logger("tillway.app")
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
    """One process's parts. The web application and the worker command are built from it."""

    def __init__(self, settings: Settings) -> None:
        key = signing_key(settings)
        self.settings = settings
        self.database: Database = open_database(settings.database_url, pool_size=settings.database_pool_size)
        self.relay = Relay(self.database)
        self.tokens = JwtTokens(key)
        self.authenticator = Authenticator(self.database, self.tokens, utc_now)
        self.metrics = Metrics()
        self.payments = StripePayments(settings.stripe_api_key.get_secret_value(), api_base=settings.stripe_api_base)
        self.services = Services(
            payments=self.payments,
            passwords=Argon2Passwords(),
            tokens=self.tokens,
            signing_key=key,
            public_url=settings.public_url or f"http://{settings.host}:{settings.port}",
        )
        self.documents = DocumentCache(settings.catalog_cache_bytes_max)
        self.locations: Recent[tuple[LocationId, int], Location] = Recent()
        self.messenger = Messenger(settings.messages_url, key)
        self.worker = worker_of(self.database, self.services.payments, self.messenger, utc_now)
        self.ready = False

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

    async def context_for(self, authorization: str | None, channel: str | None, request_id: str) -> Context:
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
        )

    async def start(self, *, with_worker: bool) -> None:
        """Relay changes, and do jobs when asked to."""
        await self.relay.start()
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
        await self.messenger.close()
        await self.payments.close()
        await self.database.close()


def create_app(settings: Settings, process: Process | None = None) -> ASGIApp:
    """The ASGI application of one process."""
    running = process or Process(settings)
    operations = Operations(
        build_schema(), settings.limits, introspection=settings.introspection, suggestions=settings.suggestions
    )
    running.metrics.registry.register(ExecutionCounts(operations.executor.counts))
    subscriptions = Slots("subscriptions")
    sockets = Sockets(operations, subscriptions=subscriptions)

    async def http_context(headers: Headers, request_id: str) -> Context:
        return await running.context_for(_text(headers, b"authorization"), _text(headers, CHANNEL_HEADER), request_id)

    async def websocket(socket: WebSocket) -> None:
        headers: Headers = dict(socket.scope["headers"])

        async def context(authorization: str | None) -> Context:
            request_id: str = socket.scope["state"]["request_id"]
            return await running.context_for(authorization, _text(headers, CHANNEL_HEADER), request_id)

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
        streaming=Streaming(operations, slots=subscriptions),
    )
    routes = [
        WebSocketRoute("/graphql", websocket),
        Route(
            "/webhooks/stripe",
            stripe_webhook(running.database, settings.stripe_webhook_secret, utc_now),
            methods=["POST"],
        ),
        Route("/healthz", healthz),
        Route("/readyz", readyz(running.database, lambda: running.ready)),
        Route("/metrics", metrics_page(running.database, running.metrics)),
        Mount("/static", StaticFiles(packages=[("gateway", "static")])),
    ]
    site = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: not_found, 405: not_found})

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        # The API is most of the traffic and needs nothing of what a route does.
        await (endpoint if scope["type"] == "http" and scope["path"] == "/graphql" else site)(scope, receive, send)

    app: ASGIApp = front
    if settings.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "tillway-channel", "x-request-id"],
            expose_headers=["retry-after", "server-timing", "x-request-id"],
            max_age=600,
        )
    paths = frozenset({"/graphql", "/webhooks/stripe", "/healthz", "/readyz", "/metrics"})
    return RequestMiddleware(app, running.metrics, paths)


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
