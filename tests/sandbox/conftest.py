"""A sandbox per test process, begun anew for each test, the real SDK in front of it, and a webhook receiver behind it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

import httpx
import pytest
import stripe

from gateway.sandbox.server import SANDBOX_KEY, SandboxServer

Control = Callable[..., Any]
Authorize = Callable[..., stripe.PaymentIntent]

CARDS_ONLY: Any = {"enabled": True, "allow_redirects": "never"}


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def server(running: SandboxServer) -> SandboxServer:
    running.sandbox.webhook.url = None
    running.sandbox.webhook.paused = False
    running.sandbox.reset()
    return running


@pytest.fixture(scope="session")
def sdk(running: SandboxServer) -> Iterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(timeout=10, allow_sync_methods=True)
    yield stripe.StripeClient(SANDBOX_KEY, base_addresses={"api": running.url}, http_client=http, max_network_retries=2)
    http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it without types


@pytest.fixture
def client(server: SandboxServer, sdk: stripe.StripeClient) -> stripe.StripeClient:
    return sdk


@pytest.fixture
def control(server: SandboxServer) -> Iterator[Control]:
    """Ask the control surface for something: the path, and what to send."""
    with httpx.Client(base_url=f"{server.url}/sandbox/", trust_env=False) as http:

        def post(path: str, **sent: object) -> Any:
            answer = http.post(path, json=sent)
            answer.raise_for_status()
            return answer.json()

        yield post


@pytest.fixture
def authorize(client: stripe.StripeClient) -> Authorize:
    """A confirmed PaymentIntent, by default of 50.00 euro with a good Visa and manual capture."""

    def make(method: str = "pm_card_visa", *, key: str | None = None, **sent: object) -> stripe.PaymentIntent:
        asked: Any = {
            "amount": 5000,
            "currency": "eur",
            "payment_method": method,
            "confirm": True,
            "capture_method": "manual",
            "automatic_payment_methods": CARDS_ONLY,
            **sent,
        }
        return client.v1.payment_intents.create(asked, {"idempotency_key": key} if key else None)

    return make


@pytest.fixture
def paid(authorize: Authorize) -> Authorize:
    """A captured PaymentIntent of 50.00 euro."""

    def make(method: str = "pm_card_visa") -> stripe.PaymentIntent:
        return authorize(method, capture_method="automatic")

    return make


@dataclass
class Receiver:
    """Webhook requests as they came, and what to answer: each status once, then always 200."""

    url: str = ""
    received: list[tuple[bytes, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def take(self, body: bytes, signature: str) -> int:
        """Keep a request and say what to answer."""
        with self.changed:
            self.received.append((body, signature))
            self.changed.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait_for(self, event_type: str) -> None:
        """Return once an event of this type has come."""
        with self.changed:
            assert self.changed.wait_for(lambda: event_type in self.types, timeout=10)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.received]

    @property
    def events(self) -> list[Mapping[str, Any]]:
        return [json.loads(body) for body, _ in self.received]


@pytest.fixture
def receiver(server: SandboxServer) -> Iterator[Receiver]:
    """A webhook endpoint the sandbox delivers to when it is asked: nothing arrives by itself."""
    receiver = Receiver()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(receiver.take(body, self.headers["stripe-signature"]))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{listening.server_port}/webhooks/stripe"
    server.sandbox.webhook.paused = True
    server.sandbox.webhook.url = receiver.url
    yield receiver
    server.sandbox.webhook.url = None
    listening.shutdown()
    listening.server_close()
    thread.join()
