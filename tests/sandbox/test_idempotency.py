"""Idempotency keys as Stripe has them, and replies that never arrive."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from tests.sandbox.conftest import Authorize, Control


def header(made: stripe.PaymentIntent | stripe.Refund, name: str) -> str | None:
    response = made.last_response
    assert response is not None
    return response.headers.get(name)


def test_the_same_key_is_answered_again_and_works_once(client: stripe.StripeClient, authorize: Authorize) -> None:
    first, again = authorize(key="k"), authorize(key="k")
    assert (header(first, "idempotent-replayed"), header(again, "idempotent-replayed")) == (None, "true")
    assert again.to_dict() == first.to_dict()
    assert len(client.v1.payment_intents.list().data) == 1


def test_a_key_reused_with_other_parameters_is_refused(client: stripe.StripeClient, authorize: Authorize) -> None:
    authorize(key="k")
    with pytest.raises(stripe.IdempotencyError) as refused:
        authorize(key="k", amount=5001)
    assert refused.value.http_status == 400
    assert [intent.amount for intent in client.v1.payment_intents.list().data] == [5000]


def test_a_key_reused_on_another_path_is_refused(client: stripe.StripeClient, authorize: Authorize) -> None:
    intent = authorize(key="k")
    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.cancel(intent.id, None, {"idempotency_key": "k"})


def test_a_decline_is_answered_again_and_charged_once(client: stripe.StripeClient, authorize: Authorize) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            authorize("pm_card_chargeDeclined", key="k")
    assert len(client.v1.charges.list().data) == 1


def test_a_refusal_in_the_work_is_answered_again(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize()
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create({"payment_intent": held.id}, {"idempotency_key": "r"})
        # What was refused the first time is refused again, though it could be done by now.
        if client.v1.payment_intents.retrieve(held.id).status == "requires_capture":
            client.v1.payment_intents.capture(held.id)
    assert client.v1.refunds.list().data == []


def test_invalid_parameters_do_not_use_up_a_key(authorize: Authorize) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        authorize(key="k", payment_method_types=["card"])
    assert authorize(key="k").status == "requires_capture"


def test_a_key_is_forgotten_after_a_day(client: stripe.StripeClient, authorize: Authorize, control: Control) -> None:
    first = authorize(key="k")
    # The clock goes on by itself as well, so each moment is an hour away from the day's end.
    control("clock", advance_s=23 * 3600)
    assert authorize(key="k").id == first.id
    control("clock", advance_s=2 * 3600)
    assert authorize(key="k").id != first.id
    assert len(client.v1.payment_intents.list().data) == 2


def test_a_lost_reply_is_found_by_the_retry_and_charges_once(
    client: stripe.StripeClient, authorize: Authorize, control: Control, server: SandboxServer
) -> None:
    control("faults", kind="after", match="payment_intents", method="POST")
    made = authorize(key="k")
    assert (made.status, header(made, "idempotent-replayed")) == ("requires_capture", "true")
    assert [(call.key, call.replayed) for call in server.sandbox.calls("POST")] == [("k", False), ("k", True)]
    assert len(client.v1.charges.list().data) == 1


def test_a_refund_whose_reply_is_lost_is_made_once(
    client: stripe.StripeClient, paid: Authorize, control: Control
) -> None:
    intent = paid()
    control("faults", kind="after", match="refunds", times=2)
    made = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}, {"idempotency_key": "r"})
    assert [refund.id for refund in client.v1.refunds.list().data] == [made.id]
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 500


def test_the_sdk_gives_up_on_a_reply_lost_every_time(
    client: stripe.StripeClient, authorize: Authorize, control: Control, server: SandboxServer
) -> None:
    control("faults", kind="after", match="payment_intents", times=3)
    with pytest.raises(stripe.APIConnectionError):
        authorize(key="k")
    assert len(server.sandbox.calls("POST", "payment_intents")) == 3
    assert authorize(key="k").id == client.v1.payment_intents.list().data[0].id


@pytest.mark.parametrize("kind", ["before", "drop"])
def test_a_request_that_fails_before_the_work_does_nothing_until_it_is_retried(
    client: stripe.StripeClient, authorize: Authorize, control: Control, server: SandboxServer, kind: str
) -> None:
    control("faults", kind=kind, match="payment_intents")
    made = authorize(key="k")
    assert header(made, "idempotent-replayed") is None
    assert [call.status for call in server.sandbox.calls()] == [None, 200]


def test_a_rate_limit_is_answered_as_such(client: stripe.StripeClient, control: Control) -> None:
    control("faults", kind="before", status=429)
    with pytest.raises(stripe.RateLimitError):
        client.v1.events.list()


def test_a_fault_lets_the_first_requests_pass(
    client: stripe.StripeClient, authorize: Authorize, control: Control
) -> None:
    control("faults", kind="before", match="capture", skip=1, times=3)
    client.v1.payment_intents.capture(authorize().id)
    held = authorize()
    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.capture(held.id)
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_a_key_in_use_is_a_conflict(server: SandboxServer, control: Control) -> None:
    control("faults", kind="hold", match="/v1/customers")
    with httpx.Client(base_url=server.url, trust_env=False) as http, ThreadPoolExecutor() as threads:
        headers = {"authorization": f"Bearer {SANDBOX_KEY}", "idempotency-key": "k"}
        held = threads.submit(http.post, "/v1/customers", headers=headers)
        server.sandbox.faults.wait_until_held()
        conflict = http.post("/v1/customers", headers=headers)
        assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "idempotency_key_in_use")
        control("faults/release")
        assert held.result().status_code == 200
        again = http.post("/v1/customers", headers=headers)
        assert (again.json(), again.headers["idempotent-replayed"]) == (held.result().json(), "true")


def test_two_at_once_with_one_key_make_one(client: stripe.StripeClient, authorize: Authorize) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = [each.result().id for each in [threads.submit(authorize, key="k") for _ in range(8)]]
    assert set(made) == {client.v1.payment_intents.list().data[0].id}
    assert len(client.v1.payment_intents.list().data) == 1


def test_refunds_at_once_never_pass_what_was_captured(client: stripe.StripeClient, paid: Authorize) -> None:
    intent = paid()

    def refund(_: int) -> int:
        try:
            return client.v1.refunds.create({"payment_intent": intent.id, "amount": 1500}).amount
        except stripe.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(refund, range(8))) == [0, 0, 0, 0, 0, 1500, 1500, 1500]


def test_calls_are_listed_over_http(server: SandboxServer, authorize: Authorize) -> None:
    authorize(key="k")
    found = httpx.get(f"{server.url}/sandbox/calls?method=POST&match=payment_intents", trust_env=False).json()
    assert [(call["method"], call["path"], call["key"], call["status"]) for call in found] == [
        ("POST", "/v1/payment_intents", "k", 200)
    ]
