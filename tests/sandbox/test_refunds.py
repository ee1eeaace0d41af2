"""Refunds: never more than was captured, and sometimes over only later."""

from typing import Any

import httpx
import pytest
import stripe

from gateway.sandbox.server import SandboxServer
from tests.sandbox.conftest import Authorize, Control, Receiver


def refunded(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> int:
    assert isinstance(intent.latest_charge, str)
    return client.v1.charges.retrieve(intent.latest_charge).amount_refunded


def test_parts_are_refunded_until_nothing_is_left(client: stripe.StripeClient, paid: Authorize) -> None:
    intent = paid()
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000, "reason": "requested_by_customer"})
    assert (first.status, first.amount, first.currency, first.charge) == (
        "succeeded",
        2000,
        "eur",
        intent.latest_charge,
    )
    rest = client.v1.refunds.create({"charge": str(intent.latest_charge)})
    assert rest.amount == 3000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert refunded(client, intent) == 5000


def test_more_than_what_is_left_is_refused_and_nothing_moves(client: stripe.StripeClient, paid: Authorize) -> None:
    intent = paid()
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 3001})
    assert (refused.value.code, refused.value.param) == (None, "amount")
    assert refunded(client, intent) == 2000
    assert len(client.v1.refunds.list({"payment_intent": intent.id}).data) == 1


def test_only_what_was_captured_is_refunded(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": held.id})
    assert refused.value.code == "charge_not_captured"
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": held.id, "amount": 1001})
    assert refused.value.param == "amount"


@pytest.mark.parametrize(
    ("sent", "param"), [({"amount": 0}, "amount"), ({"reason": "because"}, "reason"), ({"currency": "usd"}, "currency")]
)
def test_a_wrong_refund_is_refused(
    client: stripe.StripeClient, paid: Authorize, sent: dict[str, object], param: str
) -> None:
    asked: Any = {"payment_intent": paid().id, **sent}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create(asked)
    assert refused.value.param == param


def test_a_refund_is_listed_with_its_metadata(client: stripe.StripeClient, paid: Authorize) -> None:
    intent, other = paid(), paid()
    made = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100, "metadata": {"leg_id": "l-1"}})
    client.v1.refunds.create({"payment_intent": other.id, "amount": 100})
    client.v1.refunds.update(made.id, {"metadata": {"seen": "yes"}})
    (found,) = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert found.metadata is not None
    assert (found.id, found.metadata.to_dict()) == (made.id, {"leg_id": "l-1", "seen": "yes"})
    assert [each.id for each in client.v1.refunds.list({"charge": str(intent.latest_charge)}).data] == [made.id]


def test_a_refund_that_seemed_done_fails_later_and_gives_its_amount_back(
    client: stripe.StripeClient, paid: Authorize, control: Control, receiver: Receiver
) -> None:
    intent = paid("pm_card_refundFail")
    made = client.v1.refunds.create({"payment_intent": intent.id})
    assert (made.status, refunded(client, intent)) == ("succeeded", 5000)
    control("webhook/drain")
    receiver.received.clear()
    control("settle")
    control("webhook/drain")
    failed = client.v1.refunds.retrieve(made.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert refunded(client, intent) == 0
    assert receiver.types == ["refund.updated", "charge.refund.updated", "refund.failed", "charge.updated"]
    assert receiver.events[2]["data"]["object"]["status"] == "failed"


def test_a_pending_refund_uses_its_amount_and_succeeds_later(
    client: stripe.StripeClient, paid: Authorize, control: Control
) -> None:
    intent = paid("pm_card_pendingRefund")
    made = client.v1.refunds.create({"payment_intent": intent.id, "amount": 4000})
    assert (made.status, getattr(made, "pending_reason", None)) == ("pending", "processing")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1001})
    control("settle")
    assert client.v1.refunds.retrieve(made.id).status == "succeeded"
    assert refunded(client, intent) == 4000


def test_refunds_settle_by_themselves_when_time_has_passed(receiver: Receiver) -> None:
    with SandboxServer(settle_after_s=60, webhook_url=receiver.url) as server:
        http = stripe.HTTPXClient(timeout=10, allow_sync_methods=True)
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": server.url}, http_client=http)
        asked: stripe.params.PaymentIntentCreateParams = {
            "amount": 5000,
            "currency": "eur",
            "payment_method": "pm_card_refundFail",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
        made = client.v1.refunds.create({"payment_intent": client.v1.payment_intents.create(asked).id})
        server.sandbox.advance(61)
        receiver.wait_for("refund.failed")
        assert client.v1.refunds.retrieve(made.id).status == "failed"
        http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it without types


def test_any_refund_fails_on_demand_with_a_reason(
    client: stripe.StripeClient, paid: Authorize, control: Control
) -> None:
    made = client.v1.refunds.create({"payment_intent": paid().id})
    control(f"refunds/{made.id}/fail", failure_reason="lost_or_stolen_card")
    failed = client.v1.refunds.retrieve(made.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("fails", "failed"),
        ("pending", "pending"),
        ("requires_action", "requires_action"),
        ("insufficient_funds", "pending"),
        ("fails_later", "succeeded"),
    ],
)
def test_the_next_refund_does_as_told_and_only_that_one(
    client: stripe.StripeClient, paid: Authorize, control: Control, outcome: str, status: str
) -> None:
    intent = paid()
    control("refund-outcomes", outcome=outcome)
    told = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    after = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    assert (told.status, after.status) == (status, "succeeded")


def test_a_refund_that_waits_for_the_customer_ends_either_way(
    client: stripe.StripeClient, paid: Authorize, control: Control
) -> None:
    intent = paid()
    control("refund-outcomes", outcome="requires_action", times=2)
    canceled = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    expired = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    assert client.v1.refunds.cancel(canceled.id).status == "canceled"
    assert client.v1.test_helpers.refunds.expire(expired.id).status == "failed"
    assert refunded(client, intent) == 0


def test_a_finished_refund_does_not_move(client: stripe.StripeClient, paid: Authorize, server: SandboxServer) -> None:
    made = client.v1.refunds.create({"payment_intent": paid().id})
    answer = httpx.post(f"{server.url}/sandbox/refunds/{made.id}/cancel", trust_env=False)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "status")


def test_a_disputed_charge_is_not_refunded_until_it_is_won(
    client: stripe.StripeClient, paid: Authorize, control: Control
) -> None:
    intent = paid("pm_card_createDispute")
    (dispute,) = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 5000, "fraudulent")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"
    control(f"disputes/{dispute.id}/won")
    assert client.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_an_inquiry_leaves_the_charge_refundable(
    client: stripe.StripeClient, paid: Authorize, control: Control
) -> None:
    intent = paid()
    opened = control(f"charges/{intent.latest_charge}/dispute", inquiry=True)
    assert opened["status"] == "warning_needs_response"
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 5000
