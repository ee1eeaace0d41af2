"""What surrounds every HTTP request: a request id, a log line, metrics, and an answer when we fail."""

import logging
import re
import time
from collections.abc import Awaitable

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid4

from gateway.logs import REQUEST_ID
from gateway.traffic import Traffic

_ALLOWED_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_SLOW_SECONDS = 1.0
_log = structlog.get_logger("tillway.http")


class Metrics:
    """The process's metrics, in a registry of their own so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.traffic = Traffic()
        self.registry.register(self.traffic)
        self.public_reads = Counter(
            "tillway_public_reads",
            "Public reads by how they were answered: hit, joined, miss; `stale` counts those that found this process "
            "behind the change feed.",
            ["outcome"],
            registry=self.registry,
        )
        self.shared_failures = Counter(
            "tillway_shared_failures",
            "Calls to the replicas' Redis that failed or were too late; each makes this process go on alone for a second.",
            registry=self.registry,
        )
        self.jobs_waiting = Gauge("tillway_jobs_waiting", "Jobs that wait or run.", registry=self.registry)
        self.jobs_dead = Gauge(
            "tillway_jobs_dead", "Jobs whose attempts are spent; an operator must look.", registry=self.registry
        )


class RequestMiddleware:
    """Gives each request an id (the client's own when it is harmless), logs it and measures it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, known_paths: frozenset[str]) -> None:
        self._app = app
        self._traffic = metrics.traffic
        self._known_paths = known_paths
        self._log = _log.bind()  # finds its configuration once, not at each request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)  # a request is a task of its own
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._measured(scope, receive, send, request_id)

    async def _measured(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        status = 0
        started = time.perf_counter()

        def note_status(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            return send(message)

        self._traffic.in_flight += 1
        try:
            await self._app(scope, receive, note_status)
        except Exception:
            self._log.exception("unexpected error")
            if status:
                raise  # the answer has begun; the server cuts the connection
            await _apologize(note_status, request_id)
        finally:
            self._traffic.in_flight -= 1
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self._known_paths else "other"
        self._traffic.answered(path, scope["method"], status, seconds)
        # A line for each request would cost more than many requests do; metrics count those that went well.
        level = logging.INFO if status >= 400 or seconds >= _SLOW_SECONDS else logging.DEBUG
        if self._log.is_enabled_for(level):
            facts = {"method": scope["method"], "path": path, "status": status}
            self._log.log(level, "request", **facts, milliseconds=round(seconds * 1000, 1))


def _request_id(scope: Scope) -> str:
    """The client's own when it is harmless, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id")
    if given is not None and _ALLOWED_ID.fullmatch(given):
        return str(given, "ascii")
    return uuid4().hex


async def _apologize(send: Send, request_id: str) -> None:
    extensions = {"code": "INTERNAL_SERVER_ERROR", "classification": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    body = orjson.dumps({"errors": [{"message": "Unexpected error.", "extensions": extensions}]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
