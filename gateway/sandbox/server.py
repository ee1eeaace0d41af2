"""The sandbox over HTTP: Stripe's API under /v1, and under /sandbox what tests and operators make happen.

Control: `GET /sandbox/calls` lists requests received; `POST /sandbox/faults` with {match, kind, times} makes the next requests
whose path contains `match` fail before the work ("before"), lose their answer after it ("after"), or wait ("delay", seconds);
`POST /sandbox/refunds/ID/fail|settle`, `/sandbox/payment_intents/ID/authenticate`, `/sandbox/charges/ID/dispute`,
`/sandbox/disputes/ID/won|lost`, `/sandbox/events/ID/deliver` and `/sandbox/keys/forget` do what they say.
"""

import asyncio
import hashlib
import hmac
import json
import socket
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import httpx
import stripe
import structlog
import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.sandbox import specification
from gateway.sandbox.resources import Resources, StripeError
from gateway.sandbox.state import Memory, Object

SANDBOX_KEY = "sk_test_tillway_sandbox"
_DELIVERIES_MAX = 5
_CALLS_MAX = 10_000
_log = structlog.get_logger("tillway.sandbox")


class SandboxServer:
    """A running sandbox. Use it as an asynchronous context; `url` is its address on loopback."""

    def __init__(
        self,
        *,
        state_file: Path | None = None,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_test",  # noqa: S107 - signs nothing but the sandbox's own events
        port: int = 0,
    ) -> None:
        self.webhook_url = webhook_url
        self.webhook_secret = webhook_secret
        self.calls: deque[Object] = deque(maxlen=_CALLS_MAX)
        self._faults: list[Object] = []
        self._busy: set[str] = set()
        self._emitted: list[Object] = []
        self._deliveries: set[asyncio.Task[None]] = set()
        self._memory = Memory(state_file)
        self.resources = Resources(self._memory, self._emitted.append)
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        routes = [
            Route("/v1/{path:path}", self._stripe, methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/{path:path}", self._control, methods=["GET", "POST"]),
        ]
        self._server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=routes), lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=2
            )
        )
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # the host process has its own
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # `_serve` and not `serve`: the latter would take the process's signals.
        self._task = asyncio.create_task(self._server._serve([self._socket]))  # noqa: SLF001
        while not self._server.started:  # noqa: ASYNC110 - uvicorn tells by a flag only
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        for delivery in self._deliveries:
            delivery.cancel()
        if self._task is not None:
            await self._task
        self._memory.close()

    # Stripe's side

    async def _stripe(self, request: Request) -> Response:
        body = (await request.body()).decode()
        path, key = request.url.path, request.headers.get("idempotency-key")
        pairs = parse_qsl(body if request.method == "POST" else request.url.query, keep_blank_values=True)
        self.calls.append({"method": request.method, "path": path, "parameters": dict(pairs), "key": key})
        fault = self._next_fault(path)
        if fault == "before":
            return _answer(500, {"error": {"type": "api_error", "message": "An error on our end."}})
        if key is not None and key in self._busy:
            busy = "Another request with this idempotency key is in progress."
            return _answer(
                409, {"error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": busy}}
            )
        if key is not None:
            self._busy.add(key)
        try:
            if isinstance(fault, float):
                await asyncio.sleep(fault)
            answer = self._answered(request, path, pairs, key, hashlib.sha256(f"{path}\n{body}".encode()).hexdigest())
        finally:
            self._busy.discard(key or "")
        self._deliver_emitted()
        if fault == "after":
            return _answer(500, {"error": {"type": "api_error", "message": "The answer was lost; the work was done."}})
        return answer

    def _answered(
        self, request: Request, path: str, pairs: Sequence[tuple[str, str]], key: str | None, fingerprint: str
    ) -> Response:
        known = self._memory.answered(key) if key is not None and request.method == "POST" else None
        if known is not None:
            if known[0] != fingerprint:
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return _answer(400, {"error": {"type": "idempotency_error", "message": message}})
            return _answer(known[1], known[2], {"idempotent-replayed": "true"})
        try:
            _check_key(request)
            with self._memory.transaction():
                status, body = self._outcome(request.method, path, pairs)
                if key is not None and request.method == "POST":
                    self._memory.answer(key, fingerprint, status, body)
        except StripeError as error:
            self._emitted.clear()
            status, body = error.status, error.body
        return _answer(status, body)

    def _outcome(self, method: str, path: str, pairs: Sequence[tuple[str, str]]) -> tuple[int, Object]:
        """What a request comes to. A declined card is an outcome too: its PaymentIntent stays, and so does the answer."""
        try:
            return 200, self._done(method, path, pairs)
        except StripeError as error:
            if error.status != 402:
                raise
            return error.status, error.body

    def _done(self, method: str, path: str, pairs: Sequence[tuple[str, str]]) -> Object:
        found = specification.matched(method, path)
        if found is None:
            raise StripeError(404, f"Unrecognized request URL ({method}: {path}).")
        route, identifiers = found
        try:
            given = specification.checked(route, pairs)
        except ValidationError as error:
            raise _parameter_error(error) from None
        name = (method + route.template.removeprefix("/v1")).replace("/", "_").replace("{", "").replace("}", "").lower()
        operation = getattr(self.resources, name, None)
        if operation is None:
            raise StripeError(501, f"The sandbox does not know {method} {route.template}.", type="api_error")
        expand = given.pop("expand", [])
        made: Object = dict(operation(*identifiers, **given))
        for member in expand:
            if isinstance(made.get(member), str):
                made[member] = self._memory.find(made[member])
        return made

    def _next_fault(self, path: str) -> str | float | None:
        for fault in self._faults:
            if fault["times"] > 0 and fault["match"] in path:
                fault["times"] -= 1
                return float(fault["seconds"]) if fault["kind"] == "delay" else str(fault["kind"])
        return None

    # Webhooks

    def signed(self, payload: bytes, at: int | None = None) -> str:
        """The Stripe-Signature header of a payload."""
        moment = int(time.time()) if at is None else at
        digest = hmac.new(self.webhook_secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
        return f"t={moment},v1={digest}"

    def _deliver_emitted(self) -> None:
        events, self._emitted[:] = list(self._emitted), []
        if self.webhook_url is not None:
            for event in events:
                task = asyncio.create_task(self._deliver(event))
                self._deliveries.add(task)
                task.add_done_callback(self._deliveries.discard)

    async def _deliver(self, event: Object) -> None:
        assert self.webhook_url is not None, "there is somebody to tell"
        body = json.dumps({**event, "api_version": stripe.api_version}).encode()
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            for attempt in range(_DELIVERIES_MAX):
                try:
                    headers = {"stripe-signature": self.signed(body), "content-type": "application/json"}
                    answer = await client.post(self.webhook_url, content=body, headers=headers)
                except httpx.HTTPError:
                    pass
                else:
                    if answer.is_success:
                        return
                await asyncio.sleep(0.2 * 2**attempt)
        _log.warning("webhook not delivered", event=event["id"], type=event["type"])

    # What tests and operators make happen

    async def _control(self, request: Request) -> Response:
        parts = request.path_params["path"].strip("/").split("/")
        if request.method == "GET" and parts == ["calls"]:
            return JSONResponse(list(self.calls))
        if parts == ["faults"]:
            given: Object = await request.json()
            self._faults.append({"times": 1, "seconds": 0, **given})
            return JSONResponse({"faults": self._faults})
        if parts == ["webhook"]:
            self.webhook_url = (await request.json())["url"]
            return JSONResponse({"url": self.webhook_url})
        if parts == ["keys", "forget"]:
            self._memory.forget_answers()
            return JSONResponse({"forgotten": True})
        try:
            with self._memory.transaction():
                made = self._made_happen(parts)
        except StripeError as error:
            return _answer(error.status, error.body)
        self._deliver_emitted()
        return JSONResponse(made)

    def _made_happen(self, parts: Sequence[str]) -> Object:
        match list(parts):
            case ["refunds", identifier, "fail"]:
                return self.resources.fail_refund(identifier)
            case ["refunds", identifier, "settle"]:
                return self.resources.settle_refund(identifier)
            case ["payment_intents", identifier, "authenticate"]:
                return self.resources.authenticate(identifier)
            case ["charges", identifier, "dispute"]:
                return self.resources.open_dispute(self.resources.get(identifier, "charge"))
            case ["disputes", identifier, ("won" | "lost") as status]:
                return self.resources.close_dispute(identifier, status)
            case ["events", identifier, "deliver"]:
                event = self.resources.get(identifier, "event")
                self._emitted.append(event)
                return event
            case _:
                raise StripeError(404, f"There is no /sandbox/{'/'.join(parts)}.")


def _check_key(request: Request) -> None:
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not key.startswith("sk_test_"):
        raise StripeError(401, "Invalid API key: the sandbox takes test keys only, which start with sk_test_.")


def _parameter_error(error: ValidationError) -> StripeError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    codes = {"extra_forbidden": "parameter_unknown", "missing": "parameter_missing"}
    return StripeError(400, f"{name}: {first['msg']}", code=codes.get(first["type"], "parameter_invalid"), param=name)


def _answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, {"request-id": f"req_{time.time_ns():x}", **(headers or {})})
