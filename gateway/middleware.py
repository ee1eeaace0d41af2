"""What surrounds every HTTP request: a request id, a log line, metrics, and an answer when we fail."""

import re
import time

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid4

from gateway.logs import REQUEST_ID

_ALLOWED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SLOW_SECONDS = 1.0
_log = structlog.get_logger("tillway.http")


class Metrics:
    """The process's metrics, in a registry of their own so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tillway_http_requests",
            "HTTP requests by path, method and status.",
            ["path", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "tillway_http_request_seconds",
            "Time to answer an HTTP request.",
            ["path"],
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.in_flight = Gauge(
            "tillway_http_requests_in_flight", "HTTP requests being answered.", registry=self.registry
        )
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
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count an HTTP request. Finding a metric by its labels costs more than counting, so each is found once."""
        found = self._answered.get((path, method, status))
        if found is None:
            found = self._requests.labels(path, method, str(status)), self._seconds.labels(path)
            self._answered[path, method, status] = found
        found[0].inc()
        found[1].observe(seconds)


class RequestMiddleware:
    """Gives each request an id (the client's own when it is harmless), logs it and measures it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, known_paths: frozenset[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._known_paths = known_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ALLOWED_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)  # a request is a task of its own
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._measured(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0
        started = time.perf_counter()
        request_id: str = scope["state"]["request_id"]

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        path = scope["path"] if scope["path"] in self._known_paths else "other"
        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, note_status)
        except Exception:
            _log.exception("unexpected error")
            if status:
                raise  # the answer has begun; the server cuts the connection
            await _apologize(note_status, request_id)
        finally:
            self._metrics.in_flight.dec()
            elapsed = time.perf_counter() - started
            self._metrics.answered(path, scope["method"], status, elapsed)
            # A line for each request would cost more than many requests do; metrics count those that went well.
            say = _log.info if status >= 400 or elapsed >= _SLOW_SECONDS else _log.debug
            say("request", method=scope["method"], path=path, status=status, milliseconds=round(elapsed * 1000, 1))


async def _apologize(send: Send, request_id: str) -> None:
    extensions = {"code": "INTERNAL_SERVER_ERROR", "classification": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    body = orjson.dumps({"errors": [{"message": "Unexpected error.", "extensions": extensions}]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
