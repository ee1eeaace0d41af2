"""cartComplete over GraphQL, with the real Stripe SDK against the sandbox."""

import asyncio
from typing import Any

import httpx
import pytest

from domain.orders import service
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from tests.conftest import Statements
from tests.orders.desk import COMPLETE, Desk

pytestmark = pytest.mark.anyio


async def control(sandbox: SandboxServer, path: str, body: object = None) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        (await http.post(f"{sandbox.url}/sandbox/{path}", json=body)).raise_for_status()


async def intents(sandbox: SandboxServer) -> list[dict[str, Any]]:
    """Every payment the provider knows."""
    headers = {"authorization": f"Bearer {SANDBOX_KEY}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        found: list[dict[str, Any]] = (await http.get(f"{sandbox.url}/v1/payment_intents?limit=100")).json()["data"]
        return found


async def test_a_guest_pays_and_gets_an_order_with_its_token(desk: Desk, sandbox: SandboxServer) -> None:
    cart = await desk.cart(desk.shop.guest)
    paid = await desk.complete(
        desk.shop.guest, cart, "k1", expectedDue={"amount": "24.00", "currencyCode": "GBP"}, expectedVersion=None
    )
    assert paid["userErrors"] == []
    assert (paid["order"]["status"], paid["order"]["cost"]["due"]) == (
        "OPEN",
        {"amount": "24.00", "currencyCode": "GBP"},
    )
    assert (paid["payment"], paid["replayed"]) == (
        {"status": "AUTHORIZED", "clientSecret": None, "amount": {"amount": "24.00"}},
        False,
    )
    query = "query($id: ID!, $token: String) { order(id: $id, token: $token) { number } }"
    id_ = paid["order"]["id"]
    assert (await desk.ask(desk.shop.guest, query, id=id_, token=paid["orderToken"]))["order"] == {
        "number": paid["order"]["number"]
    }
    assert (await desk.ask(desk.shop.guest, query, id=id_, token=None))["order"] is None
    assert (await desk.ask(desk.shop.guest, query, id=id_, token="x"))["order"] is None
    assert [(one["status"], one["amount"]) for one in await intents(sandbox)] == [("requires_capture", 2400)]


async def test_ten_at_once_with_the_same_and_other_keys_make_one_order_and_one_charge(
    desk: Desk, sandbox: SandboxServer
) -> None:
    cart = await desk.cart(desk.shop.guest)

    async def attempt(number: int) -> Any:
        given = {**cart, "idempotencyKey": f"k{number % 3}", "paymentMethod": "pm_card_visa"}
        while True:
            answer = await desk.schema.execute(COMPLETE, {"input": given}, context_value=desk.context(desk.shop.guest))
            if answer.errors is None:
                assert answer.data is not None
                return answer.data["cartComplete"]
            # Two requests with one key at the provider: it asks the second to come again.
            assert (answer.errors[0].extensions or {})["code"] == "UNAVAILABLE"

    answers = await asyncio.gather(*(attempt(number) for number in range(10)))
    assert len({answer["order"]["id"] for answer in answers}) == 1
    assert len({answer["orderToken"] for answer in answers}) == 1
    assert [(one["status"], one["amount"]) for one in await intents(sandbox)] == [("requires_capture", 2400)]
    assert await desk.db.read(service.verify) == []


async def test_a_declined_card_opens_the_cart_again_and_says_why(desk: Desk, sandbox: SandboxServer) -> None:
    cart = await desk.cart(desk.shop.guest)
    method = "pm_card_chargeDeclinedInsufficientFunds"
    refused = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod=method)
    again = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod=method)
    assert refused["order"] is None
    assert [(error["code"], error["declineCode"]) for error in refused["userErrors"]] == [
        ("PAYMENT_DECLINED", "insufficient_funds")
    ]
    assert (again["userErrors"], again["replayed"]) == (refused["userErrors"], True)
    paid = await desk.complete(desk.shop.guest, cart, "k2")
    assert paid["order"]["cost"]["due"]["amount"] == "24.00"


async def test_the_bank_asks_the_buyer_and_the_same_call_finishes(desk: Desk, sandbox: SandboxServer) -> None:
    cart = await desk.cart(desk.shop.guest)
    method = "pm_card_authenticationRequired"
    waits = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod=method)
    assert (waits["order"], waits["userErrors"], waits["payment"]["status"]) == (None, [], "REQUIRES_ACTION")
    assert waits["payment"]["clientSecret"].startswith("pi_")
    other = await desk.complete(desk.shop.guest, cart, "k2")
    assert [error["code"] for error in other["userErrors"]] == ["PAYMENT_IN_PROGRESS"]
    await control(sandbox, f"payment_intents/{(await intents(sandbox))[0]['id']}/authenticate")
    paid = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod=method)
    assert (paid["order"]["status"], paid["payment"]["clientSecret"], paid["replayed"]) == ("OPEN", None, True)


async def test_an_answer_that_is_lost_is_asked_for_again_and_charges_once(desk: Desk, sandbox: SandboxServer) -> None:
    cart = await desk.cart(desk.shop.guest)
    await control(sandbox, "faults", {"kind": "after", "match": "/v1/payment_intents", "times": 1})
    given = {**cart, "idempotencyKey": "k1", "paymentMethod": "pm_card_visa"}
    assert await desk.error(desk.shop.guest, COMPLETE, given) == "UNAVAILABLE"
    paid = await desk.complete(desk.shop.guest, cart, "k1")
    assert paid["order"]["status"] == "OPEN"
    assert [(one["status"], one["amount"]) for one in await intents(sandbox)] == [("requires_capture", 2400)]


async def test_points_alone_need_no_card(desk: Desk, sandbox: SandboxServer) -> None:
    buyer = desk.shop.buyer
    cart = {"cartId": (await desk.cart(buyer, shirts=1))["cartId"]}
    spend = "mutation($input: CartLoyaltyPointsApplyInput!) { cartLoyaltyPointsApply(input: $input) { userErrors { code } } }"
    await desk.ask(buyer, spend, {**cart, "points": 500, "idempotencyKey": "p1"})
    short = await desk.complete(buyer, cart, "k1", paymentMethod=None)
    assert [error["code"] for error in short["userErrors"]] == ["PAYMENT_METHOD_REQUIRED"]
    paid = await desk.complete(buyer, cart, "k2")
    assert (paid["order"]["cost"]["points"], paid["order"]["cost"]["due"]["amount"]) == (500, "7.00")


async def test_somebody_elses_cart_is_as_if_absent(desk: Desk) -> None:
    cart = await desk.cart(desk.shop.buyer)
    refused = await desk.complete(desk.shop.guest, cart, "k1")
    assert [error["code"] for error in refused["userErrors"]] == ["CART_NOT_FOUND"]


async def test_what_is_due_must_be_what_was_expected(desk: Desk) -> None:
    cart = await desk.cart(desk.shop.guest)
    due = {"amount": "23.99", "currencyCode": "GBP"}
    refused = await desk.complete(desk.shop.guest, cart, "k1", expectedDue=due)
    assert [(error["code"], error["due"]["amount"]) for error in refused["userErrors"]] == [("TOTAL_CHANGED", "24.00")]


async def test_another_body_under_a_used_key_is_refused(desk: Desk) -> None:
    cart = await desk.cart(desk.shop.guest)
    await desk.complete(desk.shop.guest, cart, "k1")
    refused = await desk.complete(desk.shop.guest, cart, "k1", paymentMethod="pm_card_mastercard")
    assert [error["code"] for error in refused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_whole_checkout_takes_a_fixed_number_of_statements(desk: Desk, statements: Statements) -> None:
    cart = await desk.cart(desk.shop.guest)
    statements.clear()
    paid = await desk.complete(desk.shop.guest, cart, "k1")
    assert paid["order"] is not None
    writes = [statement for statement in statements if not statement.startswith("SELECT")]
    # PostgreSQL takes writes to several tables in one statement.
    assert (len(statements), len(writes)) == {"sqlite": (29, 23), "postgresql": (24, 18)}[desk.db.dialect]
