"""cartPaymentCancel: an attempt nobody will confirm is given up at once, and exactly one thing comes of it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.orders import service
from domain.payments import outbox
from domain.payments.taking import VOID_DELAY_WITHOUT_REFERENCE
from gateway import checkout_jobs, payment_jobs
from gateway.jobs import JobServices, Worker
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.stripe import StripePayments
from tests.conftest import NOW
from tests.orders.desk import Desk

pytestmark = pytest.mark.anyio

CANCEL = """mutation($input: CartPaymentCancelInput!) { cartPaymentCancel(input: $input) {
  cart { id lines { quantity } } payment { status clientSecret amount { amount } } replayed userErrors { code field } } }"""
ASKS = "pm_card_authenticationRequired"


def worker_at(desk: Desk, card_payments: StripePayments, make_act: Callable[..., Act], now: datetime) -> Worker:
    """Runs the jobs of payments and checkouts that are due at a time."""
    services = JobServices(desk.db, card_payments, lambda: now, lambda: make_act(at=now))
    return Worker(services, {**payment_jobs.HANDLERS, **checkout_jobs.HANDLERS})


@pytest.fixture
def worker(desk: Desk, card_payments: StripePayments, make_act: Callable[..., Act]) -> Worker:
    return worker_at(desk, card_payments, make_act, NOW)


@pytest.fixture
def later_worker(desk: Desk, card_payments: StripePayments, make_act: Callable[..., Act]) -> Worker:
    """Works when an answer of the provider can no longer be under way."""
    return worker_at(desk, card_payments, make_act, NOW + VOID_DELAY_WITHOUT_REFERENCE)


async def cancel(desk: Desk, cart: dict[str, str | None], key: str) -> Any:
    return (await desk.ask(desk.shop.guest, CANCEL, {**cart, "idempotencyKey": key}))["cartPaymentCancel"]


async def waiting_cart(desk: Desk) -> dict[str, str | None]:
    """A cart whose buyer was asked to confirm with the bank."""
    cart = await desk.cart(desk.shop.guest)
    waits = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod=ASKS)
    assert waits["payment"]["status"] == "REQUIRES_ACTION"
    return cart


async def statuses(sandbox: SandboxServer) -> list[str]:
    """How every payment stands at the provider, newest first."""
    headers = {"authorization": f"Bearer {SANDBOX_KEY}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        return [one["status"] for one in (await http.get(f"{sandbox.url}/v1/payment_intents")).json()["data"]]


async def reference_of(sandbox: SandboxServer) -> str:
    """The provider's id of the only payment that was asked for."""
    headers = {"authorization": f"Bearer {SANDBOX_KEY}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        (intent,) = (await http.get(f"{sandbox.url}/v1/payment_intents")).json()["data"]
        return str(intent["id"])


async def test_a_canceled_attempt_opens_the_cart_for_another_card_at_once(
    desk: Desk, sandbox: SandboxServer, worker: Worker
) -> None:
    cart = await waiting_cart(desk)
    canceled = await cancel(desk, cart, "c1")
    assert canceled == {
        "cart": {"id": cart["cartId"], "lines": [{"quantity": 2}]},
        "payment": {"status": "VOID_REQUESTED", "clientSecret": None, "amount": {"amount": "24.00"}},
        "replayed": False,
        "userErrors": [],
    }
    paid = await desk.complete(desk.shop.guest, cart, "k2")
    assert (paid["userErrors"], paid["payment"]["status"]) == ([], "AUTHORIZED")
    await worker.drain()
    assert await statuses(sandbox) == ["requires_capture", "canceled"]
    assert await desk.db.read(service.verify) == []


async def test_sent_again_or_with_nothing_in_progress_it_changes_nothing(desk: Desk) -> None:
    untouched = await desk.cart(desk.shop.guest)
    nothing = await cancel(desk, untouched, "c0")
    assert (nothing["cart"]["id"], nothing["payment"], nothing["userErrors"]) == (untouched["cartId"], None, [])
    cart = await waiting_cart(desk)
    first = await cancel(desk, cart, "c1")
    again = await cancel(desk, cart, "c1")
    other_key = await cancel(desk, cart, "c2")
    assert again == {**first, "replayed": True}
    assert other_key == first


async def test_the_canceled_attempt_says_so_when_it_is_sent_again(desk: Desk) -> None:
    cart = await waiting_cart(desk)
    await cancel(desk, cart, "c1")
    again = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod=ASKS)
    assert ([error["code"] for error in again["userErrors"]], again["order"]) == (["PAYMENT_CANCELED"], None)


async def test_an_order_that_was_placed_is_not_canceled_by_it(desk: Desk, sandbox: SandboxServer) -> None:
    cart = await desk.cart(desk.shop.guest)
    await desk.complete(desk.shop.guest, cart, "k1")
    refused = await cancel(desk, cart, "c1")
    assert (refused["cart"], refused["userErrors"]) == (
        None,
        [{"code": "CART_COMPLETED", "field": ["input", "cartId"]}],
    )
    assert await statuses(sandbox) == ["requires_capture"]


async def test_nobody_else_may_cancel_it(desk: Desk) -> None:
    cart = await waiting_cart(desk)
    for stranger in ({**cart, "cartToken": "x"}, {**cart, "cartToken": None}):
        refused = await cancel(desk, stranger, "c1")
        assert [error["code"] for error in refused["userErrors"]] == ["CART_NOT_FOUND"]
    buyer = await desk.ask(desk.shop.buyer, CANCEL, {**cart, "cartToken": None, "idempotencyKey": "c1"})
    assert [error["code"] for error in buyer["cartPaymentCancel"]["userErrors"]] == ["CART_NOT_FOUND"]
    blocked = await desk.complete(desk.shop.guest, cart, "k2")
    assert [error["code"] for error in blocked["userErrors"]] == ["PAYMENT_IN_PROGRESS"]


@pytest.mark.parametrize("voided_first", [True, False])
async def test_a_late_event_of_a_canceled_attempt_leaves_nothing_promised(
    desk: Desk, sandbox: SandboxServer, worker: Worker, make_act: Callable[..., Act], *, voided_first: bool
) -> None:
    cart = await waiting_cart(desk)
    reference = await reference_of(sandbox)
    if not voided_first:
        sandbox.sandbox.authenticate(reference, passed=True)
    await cancel(desk, cart, "c1")
    if voided_first:
        await worker.drain()
    for event in ("evt_1", "evt_2"):

        def hear(conn: WriteConnection, event: str = event) -> bool:
            return outbox.accept_event(conn, event, "payment_intent.x", "payment_intent", reference, make_act())

        assert await desk.db.write(hear)
    await worker.drain()
    assert await statuses(sandbox) == ["canceled"]
    assert (await desk.complete(desk.shop.guest, cart, "k2"))["order"] is not None
    assert await desk.db.read(service.verify) == []


async def test_canceling_while_the_bank_says_yes_has_exactly_one_outcome(
    desk: Desk, sandbox: SandboxServer, worker: Worker
) -> None:
    cart = await waiting_cart(desk)
    sandbox.sandbox.authenticate(await reference_of(sandbox), passed=True)
    canceled, *paid = await asyncio.gather(
        cancel(desk, cart, "c1"),
        *(desk.complete(desk.shop.guest, cart, "k1", paymentMethod=ASKS) for _ in range(3)),
    )
    await worker.drain()
    codes = [error["code"] for error in canceled["userErrors"]]
    ordered = {answer["order"]["id"] for answer in paid if answer["order"]}
    outcomes = (codes, len(ordered), await statuses(sandbox))
    assert outcomes in (([], 0, ["canceled"]), (["CART_COMPLETED"], 1, ["requires_capture"]))
    assert await desk.db.read(service.verify) == []


async def test_canceling_while_the_first_request_is_at_the_provider_leaves_nothing_promised(
    desk: Desk, sandbox: SandboxServer, later_worker: Worker
) -> None:
    cart = await desk.cart(desk.shop.guest)
    faults = sandbox.sandbox.faults
    faults.add(Fault(kind=FaultKind.HOLD, match="/v1/payment_intents", method="POST"))
    paying = asyncio.create_task(desk.complete(desk.shop.guest, cart, "k1"))
    await asyncio.to_thread(faults.wait_until_held, 60)
    canceled = await cancel(desk, cart, "c1")
    assert (canceled["payment"]["status"], canceled["userErrors"]) == ("VOID_REQUESTED", [])
    sandbox.sandbox.release_held()
    late = await paying
    assert ([error["code"] for error in late["userErrors"]], late["order"]) == (["PAYMENT_CANCELED"], None)
    assert await statuses(sandbox) == ["requires_capture"]
    await later_worker.drain()
    assert await statuses(sandbox) == ["canceled"]
    assert await desk.db.read(service.verify) == []
