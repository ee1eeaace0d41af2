"""The sandbox behaves as Stripe does, seen through Stripe's own SDK over a socket."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from gateway.sandbox.server import SANDBOX_KEY, SandboxServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with SandboxServer() as server:
        yield server


@pytest.fixture
async def client(sandbox: SandboxServer) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(timeout=5)
    yield stripe.StripeClient(SANDBOX_KEY, base_addresses={"api": sandbox.url}, http_client=http, max_network_retries=2)
    await http.close_async()


async def authorized(client: stripe.StripeClient, method: str = "pm_card_visa", key: str | None = None) -> Any:
    options: Any = {} if key is None else {"idempotency_key": key}
    return await client.v1.payment_intents.create_async(
        {
            "amount": 5000,
            "currency": "gbp",
            "payment_method": method,
            "confirm": True,
            "capture_method": "manual",
            "metadata": {"payment_id": "p1"},
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        },
        options,
    )


async def control(sandbox: SandboxServer, path: str, body: object = None) -> Any:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{sandbox.url}/sandbox/{path}", json=body)
        return answer.json()


async def test_an_authorization_is_captured_in_part_and_the_rest_is_released(client: stripe.StripeClient) -> None:
    intent = await authorized(client)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 5000)
    captured = await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 3000})
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 3000, 0)


async def test_more_than_what_was_captured_is_never_refunded(client: stripe.StripeClient) -> None:
    intent = await authorized(client)
    await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 3000})
    refund = await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 2000})
    assert refund.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1001})
    assert (refused.value.code, refused.value.param) == (None, "amount")


async def test_a_declined_card_leaves_the_payment_intent_and_says_why(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        await authorized(client, "pm_card_chargeDeclinedInsufficientFunds")
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "insufficient_funds"
    (kept,) = (await client.v1.payment_intents.list_async()).data
    assert (kept.status, kept.id) == ("requires_payment_method", declined.value.error.payment_intent.id)


async def test_a_card_that_wants_authentication_waits_for_the_buyer(
    sandbox: SandboxServer, client: stripe.StripeClient
) -> None:
    intent = await authorized(client, "pm_card_authenticationRequired")
    assert intent.status == "requires_action"
    await control(sandbox, f"payment_intents/{intent.id}/authenticate")
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "requires_capture"


async def test_a_key_is_answered_again_and_refuses_other_parameters(client: stripe.StripeClient) -> None:
    first = await authorized(client, key="k1")
    again = await authorized(client, key="k1")
    assert again.id == first.id
    with pytest.raises(stripe.IdempotencyError):
        await authorized(client, "pm_card_mastercard", key="k1")
    assert len((await client.v1.payment_intents.list_async()).data) == 1


async def test_a_lost_answer_is_found_again_by_the_retry(sandbox: SandboxServer, client: stripe.StripeClient) -> None:
    await control(sandbox, "faults", {"match": "payment_intents", "kind": "after"})
    intent = await authorized(client, key="k1")
    assert intent.status == "requires_capture"
    assert [call.key for call in sandbox.calls] == ["k1", "k1"]
    assert len((await client.v1.payment_intents.list_async()).data) == 1


async def test_an_unknown_parameter_is_refused_as_the_api_does(client: stripe.StripeClient) -> None:
    wrong: Any = {"amount": 5000, "currency": "gbp", "payment_method_type": "card"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.create_async(wrong)
    assert refused.value.code == "parameter_unknown"


async def test_only_test_keys_are_taken(sandbox: SandboxServer) -> None:
    http = stripe.HTTPXClient(timeout=5)
    live = stripe.StripeClient("sk_live_1", base_addresses={"api": sandbox.url}, http_client=http)
    with pytest.raises(stripe.AuthenticationError):
        await live.v1.payment_intents.list_async()
    await http.close_async()


async def test_a_refund_may_fail_after_it_seemed_done(sandbox: SandboxServer, client: stripe.StripeClient) -> None:
    intent = await authorized(client)
    await client.v1.payment_intents.capture_async(intent.id)
    refund = await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 5000})
    await control(sandbox, f"refunds/{refund.id}/fail")
    failed = await client.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = await client.v1.charges.retrieve_async(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)


async def test_a_webhook_is_signed_so_that_the_sdk_accepts_it(sandbox: SandboxServer) -> None:
    payload = json.dumps({"id": "evt_1", "object": "event", "type": "refund.failed"}).encode()
    event = stripe.Webhook.construct_event(payload, sandbox.signed(payload), sandbox.webhook_secret)
    assert event.id == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(payload + b" ", sandbox.signed(payload), sandbox.webhook_secret)
