"""The sandbox as one object: its memory, its clock, its faults and its webhook, and Stripe's API over HTTP."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.sandbox import charging, desk, disputes, payment_intents, refunds
from gateway.sandbox.books import Books, Origin, Terms
from gateway.sandbox.events import Deliverer, Webhook
from gateway.sandbox.faults import Fault, FaultKind, Faults
from gateway.sandbox.refusals import Refusal, key_in_use
from gateway.sandbox.resources import Charge, Dispute, PaymentIntent, Refund
from gateway.sandbox.store import Store
from gateway.sandbox.tax_rates import RATES as TAX_RATES
from gateway.sandbox.tax_rates import Rate as TaxRate

_CALLS_MAX = 10_000
T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """A request received: its parameters as sent, and, once it was worked on, the status and whether that was a replay."""

    method: str
    path: str
    content: str
    key: str | None
    status: int | None = None
    replayed: bool = False


class Sandbox:
    """One Stripe account. What it offers besides Stripe's API is what tests and operators make happen; from any thread.

    `settle_after_s` is when refunds of Stripe's late test cards settle; None leaves them until `settle_due`.
    """

    def __init__(
        self, *, state_file: Path | None = None, webhook: Webhook | None = None, settle_after_s: int | None = None
    ) -> None:
        if state_file is not None:
            state_file.parent.mkdir(parents=True, exist_ok=True)
        self.webhook = webhook or Webhook()
        self.faults = Faults()
        self.base_url = ""
        self.refund_outcomes: deque[str] = deque()
        self.tax_rates: Sequence[TaxRate] = TAX_RATES
        self.store = Store(":memory:" if state_file is None else str(state_file))
        self.deliverer = Deliverer(self.store, self.webhook, self.now, self._settle_due_by)
        self._settle_after_s = settle_after_s
        self._calls: deque[Call] = deque(maxlen=_CALLS_MAX)
        self._running: set[str] = set()
        self._ahead_s = 0

    def now(self) -> int:
        """Unix time, ahead of the real one by what was advanced."""
        return int(time.time()) + self._ahead_s

    def advance(self, seconds: int) -> None:
        """Let time pass: keys are forgotten, refunds settle, deliveries come due."""
        self._ahead_s += seconds
        self.deliverer.wake()

    def calls(self, method: str = "", match: str = "") -> Sequence[Call]:
        """Requests received, the oldest first: of a method, with `match` in the path."""
        return [call for call in list(self._calls) if method in {"", call.method} and match in call.path]

    def forget_calls(self) -> None:
        self._calls.clear()

    def payment_intent(self, intent_id: str) -> PaymentIntent:
        """A PaymentIntent as it stands; Raises Refusal when there is none."""
        return self._change(lambda books: books.get(PaymentIntent, intent_id))

    def authenticate(self, intent_id: str, *, passed: bool) -> PaymentIntent:
        """The customer answers 3-D Secure; Raises Refusal when nobody asked."""
        return self._change(lambda books: charging.authenticate(books, intent_id, passed=passed).intent)

    def expire_authorization(self, intent_id: str) -> PaymentIntent:
        """The bank lets an authorization go; Raises Refusal when nothing is held."""
        return self._change(lambda books: payment_intents.expire(books, intent_id))

    def settle_refund(self, refund_id: str, status: str, failure_reason: str | None = None) -> Refund:
        """Move a refund on; Raises Refusal when it cannot become that."""
        return self._change(lambda books: refunds.settle(books, refund_id, status, failure_reason))

    def settle_due(self) -> None:
        """Settle every refund that settles later, now."""
        self._settle_due_by(None)
        self.deliverer.wake()

    def dispute(self, charge_id: str, status: str = "needs_response") -> Dispute:
        """The cardholder disputes a charge; Raises Refusal when there is none."""
        return self._change(lambda books: disputes.open_dispute(books, books.get(Charge, charge_id), status))

    def close_dispute(self, dispute_id: str, status: str) -> Dispute:
        """A dispute ends; Raises Refusal when it cannot end so."""
        return self._change(lambda books: disputes.close_dispute(books, dispute_id, status))

    def forget_keys(self) -> None:
        """Forget every idempotency key, as Stripe does after a day."""
        with self.store.transaction():
            self.store.forget_replies()

    def reset(self) -> None:
        """Begin anew: no resources, keys, calls, faults or plans; the webhook stays."""
        with self.store.transaction():
            self.store.clear()
        self.faults.clear()
        self.release_held()
        self.forget_calls()
        self.refund_outcomes.clear()
        self.tax_rates = TAX_RATES
        self._ahead_s = 0

    def release_held(self) -> None:
        """Let held requests go on."""
        self.deliverer.call(self.faults.release)

    async def answer(self, request: Request) -> Response:
        """Stripe's API, with whatever trouble was asked for."""
        asked = await _asked(request)
        call = Call(asked.method, asked.path, asked.content, asked.key)
        self._calls.append(call)
        fault = self.faults.take(asked.method, asked.path)
        if fault is not None and fault.kind is FaultKind.BEFORE:
            return _response(desk.refused(_trouble(fault.status)))
        if fault is not None and fault.kind is FaultKind.DROP:
            return _NoReply()
        if asked.key is not None and asked.key in self._running:
            return _response(desk.refused(key_in_use(asked.key)))
        answered = await self._worked_on(asked, fault)
        call.status, call.replayed = answered.status, answered.is_replay
        self.deliverer.wake()
        if fault is not None and fault.kind is FaultKind.AFTER:
            return _NoReply()
        return _response(answered)

    async def _worked_on(self, asked: desk.Asked, fault: Fault | None) -> desk.Answer:
        running = {asked.key} if asked.key is not None and asked.method == "POST" else set()
        self._running |= running
        try:
            await self.faults.wait(fault)
            return desk.answer(self.store, asked, self.now(), self._terms())
        finally:
            self._running -= running

    def _terms(self) -> Terms:
        return Terms(
            base_url=self.base_url,
            settle_after_s=self._settle_after_s,
            has_webhook=self.webhook.url is not None,
            refund_outcomes=self.refund_outcomes,
            tax_rates=self.tax_rates,
        )

    def _settle_due_by(self, moment: int | None) -> None:
        with self.store.transaction():
            books = Books(self.store, self.now(), self._terms(), Origin())
            for refund_id, status in self.store.settlements(moment):
                refunds.settle(books, refund_id, status)

    def _change(self, work: Callable[[Books], T]) -> T:
        with self.store.transaction():
            changed = work(Books(self.store, self.now(), self._terms(), Origin()))
        self.deliverer.wake()
        return changed


class _NoReply(Response):
    """A connection that closes before its answer is whole: what a client sees when the reply is lost on the way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def create_app(sandbox: Sandbox, control: Sequence[Route]) -> Starlette:
    """Stripe's API and the control routes; delivers webhooks while it lives."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        delivering = asyncio.create_task(sandbox.deliverer.run())
        try:
            yield
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
            await sandbox.deliverer.close()
            sandbox.store.close()

    stripe = Route("/{path:path}", sandbox.answer, methods=["GET", "POST", "DELETE"])
    return Starlette(routes=[*control, stripe], lifespan=lifespan)


async def _asked(request: Request) -> desk.Asked:
    body = (await request.body()).decode(errors="replace")
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return desk.Asked(
        method=request.method,
        path=request.url.path,
        content=body if request.method == "POST" else request.url.query,
        api_key=bearer,
        key=request.headers.get("idempotency-key"),
    )


def _response(answer: desk.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), "application/json")


def _trouble(status: int) -> Refusal:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Refusal("Request rate limit exceeded.", status=status, code="rate_limit")
    return Refusal("Sorry! An error occurred on our side.", status=status, kind="api_error")
