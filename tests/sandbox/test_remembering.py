"""What was acknowledged is not forgotten, and two processes see one account."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stripe

from gateway.sandbox.server import SandboxServer

HOME = Path(__file__).parents[2]
ASKED: stripe.params.PaymentIntentCreateParams = {
    "amount": 5000,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "capture_method": "manual",
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
}


@contextmanager
def process(state: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox process on a state file, and its address."""
    command = [sys.executable, "-m", "gateway.sandbox", "--state", str(state)]
    with subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


@contextmanager
def connected(url: str) -> Iterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(timeout=10, allow_sync_methods=True)
    yield stripe.StripeClient("sk_test_1", base_addresses={"api": url}, http_client=http)
    http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it without types


def test_a_killed_sandbox_knows_what_it_acknowledged(tmp_path: Path) -> None:
    with process(tmp_path / "state.db") as (first, url), connected(url) as client:
        held = client.v1.payment_intents.create(ASKED, {"idempotency_key": "k"})
        first.kill()
    with process(tmp_path / "state.db") as (_, url), connected(url) as client:
        assert client.v1.payment_intents.create(ASKED, {"idempotency_key": "k"}).id == held.id
        taken = client.v1.payment_intents.capture(held.id)
        assert (taken.status, taken.amount_received) == ("succeeded", 5000)
        assert len(client.v1.charges.list().data) == 1


def test_two_servers_on_one_file_are_one_account(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with (
        SandboxServer(state_file=file) as one,
        SandboxServer(state_file=file) as two,
        connected(one.url) as here,
        connected(two.url) as there,
    ):
        held = here.v1.payment_intents.create(ASKED, {"idempotency_key": "k"})
        assert there.v1.payment_intents.create(ASKED, {"idempotency_key": "k"}).id == held.id
        there.v1.payment_intents.capture(held.id)
        with pytest.raises(stripe.InvalidRequestError):
            here.v1.payment_intents.capture(held.id)


def test_a_sandbox_without_a_file_begins_empty() -> None:
    with SandboxServer() as server, connected(server.url) as client:
        client.v1.payment_intents.create(ASKED)
    with SandboxServer() as server, connected(server.url) as client:
        assert client.v1.payment_intents.list().data == []
