"""Events and the signed webhooks that tell them."""

import time

import pytest
import stripe

from gateway.sandbox.events import sign
from gateway.sandbox.server import SandboxServer
from tests.sandbox.conftest import Authorize, Control, Receiver


def test_a_webhook_is_signed_as_the_sdk_verifies(
    client: stripe.StripeClient, authorize: Authorize, control: Control, receiver: Receiver, server: SandboxServer
) -> None:
    held = authorize(key="k")
    assert control("webhook/drain") == {"delivered": 3, "failed": 0}
    body, signature = receiver.received[-1]
    event = stripe.Webhook.construct_event(body, signature, server.webhook_secret)
    assert (event.type, event.data.object["id"]) == ("payment_intent.amount_capturable_updated", held.id)
    assert event.request.idempotency_key == "k"
    assert event.api_version == stripe.api_version
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


@pytest.mark.parametrize("change", ["body", "secret", "age"])
def test_a_signature_of_anything_else_is_refused(server: SandboxServer, change: str) -> None:
    body, secret, now = b'{"object": "event"}', server.webhook_secret, int(time.time())
    signature = sign(body, secret, now - 400 if change == "age" else now)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(
            body + b" " if change == "body" else body, signature, secret + "x" if change == "secret" else secret
        )


def test_webhooks_come_in_the_order_of_events(authorize: Authorize, control: Control, receiver: Receiver) -> None:
    authorize(capture_method="automatic")
    control("webhook/drain")
    assert receiver.types == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_a_refused_webhook_is_tried_again_after_a_while(
    authorize: Authorize, control: Control, receiver: Receiver
) -> None:
    receiver.statuses = [500, 500]
    authorize(capture_method="automatic")
    assert control("webhook/drain") == {"delivered": 1, "failed": 2}
    assert control("webhook/drain") == {"delivered": 2, "failed": 0}
    assert sorted(set(receiver.types)) == ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]
    assert len(receiver.received) == 5


def test_a_webhook_nobody_ever_takes_is_given_up(
    control: Control, receiver: Receiver, client: stripe.StripeClient
) -> None:
    receiver.statuses = [503] * 99
    client.v1.customers.create({})
    for _ in range(16):
        assert control("webhook/drain") == {"delivered": 0, "failed": 1}
    assert control("webhook/drain") == {"delivered": 0, "failed": 0}


def test_webhooks_are_delivered_again_and_out_of_order(
    client: stripe.StripeClient, authorize: Authorize, control: Control, receiver: Receiver
) -> None:
    authorize()
    control("webhook/drain")
    receiver.received.clear()
    newest_first = [event.id for event in client.v1.events.list().data]
    assert control("webhook/deliver", events=newest_first) == {"delivered": 3, "failed": 0}
    assert [event["id"] for event in receiver.events] == newest_first


def test_a_delivered_event_holds_the_object_as_it_was(
    client: stripe.StripeClient, authorize: Authorize, control: Control, receiver: Receiver
) -> None:
    client.v1.payment_intents.capture(authorize().id)
    control("webhook/drain")
    assert [event["data"]["object"].get("status") for event in receiver.events] == [
        "requires_confirmation",
        "succeeded",
        "requires_capture",
        "succeeded",
        "succeeded",
    ]


def test_an_update_tells_what_was_before(client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
    customer = client.v1.customers.create({"email": "a@example.com", "name": "Ada"})
    client.v1.customers.update(customer.id, {"email": "b@example.com"})
    control("webhook/drain")
    assert receiver.events[-1]["data"]["previous_attributes"] == {"email": "a@example.com"}


def test_nothing_is_owed_when_nobody_listens(
    client: stripe.StripeClient, authorize: Authorize, control: Control
) -> None:
    authorize()
    assert control("webhook/drain") == {"delivered": 0, "failed": 0}
    assert {event.pending_webhooks for event in client.v1.events.list().data} == {0}


def test_webhooks_arrive_by_themselves(client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
    control("webhook", paused=False)
    client.v1.customers.create({})
    receiver.wait_for("customer.created")
    # A drain takes its turn after the delivery under way.
    assert control("webhook/drain") == {"delivered": 0, "failed": 0}
    assert receiver.types == ["customer.created"]


def test_events_are_listed_by_type(client: stripe.StripeClient, authorize: Authorize) -> None:
    client.v1.payment_intents.capture(authorize().id)
    found = client.v1.events.list({"types": ["charge.captured", "payment_intent.succeeded"]}).data
    assert [event.type for event in found] == ["payment_intent.succeeded", "charge.captured"]
    assert [event.type for event in client.v1.events.list({"type": "charge.captured"}).data] == ["charge.captured"]
