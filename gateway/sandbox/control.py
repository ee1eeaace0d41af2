"""What tests and operators make happen in the sandbox, over HTTP under /sandbox.

| request | does |
|---|---|
| GET, DELETE calls | lists the requests received (`?method=`, `?match=`), forgets them |
| POST faults | plans a fault: kind, match, method, skip, times, status, delay_ms; DELETE forgets all, POST faults/release lets held requests go |
| POST refund-outcomes | what the next refunds do: outcome, times |
| POST refunds/ID/succeed, fail, pend, require_action, cancel | moves a refund on; failure_reason says why it failed |
| POST settle | settles every refund that settles later |
| POST payment_intents/ID/authenticate, expire | 3-D Secure is passed (or not, with passed false); the authorization lapses |
| POST charges/ID/dispute, disputes/ID/won, lost, warning_closed | disputes a charge (inquiry true: asks only), ends it |
| POST tax-rates | sets the rates of Stripe Tax: rates, each with country, name, percentage and perhaps state, level, kind, tax_type, code |
| POST webhook | sets url, secret and paused; those not sent stay |
| POST webhook/drain, webhook/deliver | delivers all that is owed; delivers events by id, in that order, also again |
| POST clock, keys/forget, reset | lets advance_s pass; forgets idempotency keys; begins anew |

GET authenticate/ID is the page a customer is sent to for 3-D Secure.
"""

import html
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.sandbox.app import Sandbox
from gateway.sandbox.currencies import spelled
from gateway.sandbox.faults import Fault
from gateway.sandbox.refunds import RefundOutcome
from gateway.sandbox.refusals import Refusal
from gateway.sandbox.resources import PaymentIntent, render
from gateway.sandbox.tax_rates import Rate

B = TypeVar("B")
Endpoint = Callable[[Request], Awaitable[Response]]

_REFUND_STATUSES = {
    "succeed": "succeeded",
    "settle": "succeeded",
    "fail": "failed",
    "pend": "pending",
    "require_action": "requires_action",
    "cancel": "canceled",
}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>3-D Secure (sandbox)</title></head>
<body><h1>Confirm {amount}</h1><p>This is the payment sandbox: nothing is charged.</p>
<form method="post"><button name="passed" value="true">Complete</button>
<button name="passed" value="false">Fail</button></form></body></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcomes:
    outcome: RefundOutcome
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Authentication:
    passed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dispute:
    inquiry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Advance:
    advance_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Webhook:
    url: str | None = None
    secret: str | None = None
    paused: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _TaxRates:
    rates: tuple[Rate, ...]


class Control:
    """The control routes of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Sequence[Route]:
        posts: Mapping[str, Endpoint] = {
            "faults": self._add_fault,
            "faults/release": self._release,
            "refund-outcomes": self._plan_refunds,
            "refunds/{id}/{move}": self._move_refund,
            "settle": self._settle,
            "payment_intents/{id}/authenticate": self._authenticate,
            "payment_intents/{id}/expire": self._expire,
            "charges/{id}/dispute": self._dispute,
            "disputes/{id}/{status}": self._close_dispute,
            "tax-rates": self._set_tax_rates,
            "webhook": self._set_webhook,
            "webhook/drain": self._drain,
            "webhook/deliver": self._deliver,
            "clock": self._advance,
            "keys/forget": self._forget_keys,
            "reset": self._reset,
        }
        return [
            *(Route(f"/sandbox/{path}", _guarded(endpoint), methods=["POST"]) for path, endpoint in posts.items()),
            Route("/sandbox/calls", self._calls, methods=["GET", "DELETE"]),
            Route("/sandbox/faults", self._clear_faults, methods=["DELETE"]),
            Route("/sandbox/authenticate/{id}", _guarded(self._page), methods=["GET", "POST"]),
        ]

    async def _calls(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._sandbox.forget_calls()
        found = self._sandbox.calls(request.query_params.get("method", ""), request.query_params.get("match", ""))
        return JSONResponse([asdict(call) for call in found])

    async def _add_fault(self, request: Request) -> Response:
        self._sandbox.faults.add(await _body(request, Fault))
        return _done()

    async def _clear_faults(self, _request: Request) -> Response:
        self._sandbox.faults.clear()
        return _done()

    async def _release(self, _request: Request) -> Response:
        self._sandbox.faults.release()
        return _done()

    async def _plan_refunds(self, request: Request) -> Response:
        planned = await _body(request, _Outcomes)
        self._sandbox.refund_outcomes.extend([planned.outcome.value] * planned.times)
        return _done()

    async def _move_refund(self, request: Request) -> Response:
        move, body = request.path_params["move"], await _body(request, _Move)
        if move not in _REFUND_STATUSES:
            raise Refusal(f"There is no way to {move} a refund.", status=404)
        moved = self._sandbox.settle_refund(request.path_params["id"], _REFUND_STATUSES[move], body.failure_reason)
        return JSONResponse(render(moved))

    async def _settle(self, _request: Request) -> Response:
        self._sandbox.settle_due()
        return _done()

    async def _authenticate(self, request: Request) -> Response:
        body = await _body(request, _Authentication)
        return JSONResponse(render(self._sandbox.authenticate(request.path_params["id"], passed=body.passed)))

    async def _expire(self, request: Request) -> Response:
        return JSONResponse(render(self._sandbox.expire_authorization(request.path_params["id"])))

    async def _dispute(self, request: Request) -> Response:
        status = "warning_needs_response" if (await _body(request, _Dispute)).inquiry else "needs_response"
        return JSONResponse(render(self._sandbox.dispute(request.path_params["id"], status)))

    async def _close_dispute(self, request: Request) -> Response:
        closed = self._sandbox.close_dispute(request.path_params["id"], request.path_params["status"])
        return JSONResponse(render(closed))

    async def _set_tax_rates(self, request: Request) -> Response:
        self._sandbox.tax_rates = (await _body(request, _TaxRates)).rates
        return _done()

    async def _set_webhook(self, request: Request) -> Response:
        sent, webhook = await _body(request, _Webhook), self._sandbox.webhook
        webhook.url = sent.url or webhook.url
        webhook.secret = sent.secret or webhook.secret
        webhook.paused = webhook.paused if sent.paused is None else sent.paused
        self._sandbox.deliverer.wake()
        return JSONResponse({"url": webhook.url, "paused": webhook.paused})

    async def _drain(self, _request: Request) -> Response:
        return JSONResponse(asdict(await self._sandbox.deliverer.drain()))

    async def _deliver(self, request: Request) -> Response:
        return JSONResponse(asdict(await self._sandbox.deliverer.deliver((await _body(request, _Events)).events)))

    async def _advance(self, request: Request) -> Response:
        self._sandbox.advance((await _body(request, _Advance)).advance_s)
        return JSONResponse({"now": self._sandbox.now()})

    async def _forget_keys(self, _request: Request) -> Response:
        self._sandbox.forget_keys()
        return _done()

    async def _reset(self, _request: Request) -> Response:
        self._sandbox.reset()
        return _done()

    async def _page(self, request: Request) -> Response:
        intent_id = request.path_params["id"]
        if request.method == "GET":
            intent = self._sandbox.payment_intent(intent_id)
            return HTMLResponse(_PAGE.format(amount=html.escape(spelled(intent.amount, intent.currency))))
        passed = (await request.body()) == b"passed=true"
        return _sent_back(self._sandbox.authenticate(intent_id, passed=passed))


def _sent_back(intent: PaymentIntent) -> Response:
    succeeded = intent.status in {"succeeded", "requires_capture"}
    if intent.return_url is None:
        return HTMLResponse(f"<p>{'Confirmed' if succeeded else 'Not confirmed'}. You can close this page.</p>")
    facts = {
        "payment_intent": intent.id,
        "payment_intent_client_secret": intent.client_secret,
        "redirect_status": "succeeded" if succeeded else "failed",
    }
    joint = "&" if "?" in intent.return_url else "?"
    return RedirectResponse(f"{intent.return_url}{joint}{urlencode(facts)}", status_code=303)


def _guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint with what cannot be done answered in Stripe's words."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), refusal.status)
        except ValidationError as error:
            details: list[JsonValue] = [f"{each['loc']}: {each['msg']}" for each in error.errors()]
            return JSONResponse({"error": {"type": "invalid_request_error", "message": str(details)}}, 400)

    return guarded


async def _body(request: Request, form: type[B]) -> B:
    sent = (await request.body()).strip()
    return TypeAdapter(form).validate_json(b"{}" if sent in {b"", b"null"} else sent)


def _done() -> Response:
    return JSONResponse({"done": True})
