"""Small pages beside the API: health, readiness, metrics, GraphiQL."""

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.jobs import store as jobs
from gateway.database import Database
from gateway.middleware import Metrics

Endpoint = Callable[[Request], Awaitable[Response]]


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


def readyz(database: Database, is_ready: Callable[[], bool]) -> Endpoint:
    """The process can serve: it has started, is not stopping, and its database answers."""

    async def answer(_request: Request) -> Response:
        if not is_ready():
            return JSONResponse({"status": "stopping or starting"}, status_code=503)
        try:
            await database.read(jobs.counts)
        except Exception:  # noqa: BLE001 - whatever it is, the balancer must look elsewhere
            return JSONResponse({"status": "database unavailable"}, status_code=503)
        return JSONResponse({"status": "ready"})

    return answer


def metrics_page(database: Database, metrics: Metrics) -> Endpoint:
    """Prometheus's text format."""

    async def answer(_request: Request) -> Response:
        waiting, dead = await database.read(jobs.counts)
        metrics.jobs_waiting.set(waiting)
        metrics.jobs_dead.set(dead)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return answer


async def not_found(request: Request, error: Exception) -> Response:
    """Paths and methods we do not have, answered like every other error."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    code, message = (
        ("METHOD_NOT_ALLOWED", "Use another method.") if status == 405 else ("NOT_FOUND", "Nothing is here.")
    )
    extensions = {"code": code, "classification": "BAD_REQUEST", "requestId": request.scope["state"]["request_id"]}
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"errors": [{"message": message, "extensions": extensions}]}, status, headers=headers)


def graphiql_page() -> bytes:
    """The page a browser sees at /graphql, with the example operations as its tabs, in the order of their file names."""
    static = files("gateway") / "static"
    names = sorted(entry.name for entry in (static / "operations").iterdir() if entry.name.endswith(".graphql"))
    operations = [{"query": (static / "operations" / name).read_text(), "variables": "{}"} for name in names]
    page = (static / "graphiql.html").read_text()
    tabs = json.dumps(operations).replace("<", "\\u003c")
    return page.replace('id="operations">[]<', f'id="operations">{tabs}<').encode()
