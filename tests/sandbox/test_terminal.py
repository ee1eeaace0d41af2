"""Readers in a store: told to take or return money, waiting for a card."""

from typing import Any

import pytest
import stripe


@pytest.fixture
def reader(client: stripe.StripeClient) -> stripe.terminal.Reader:
    address: Any = {"line1": "1 High Street", "country": "GB", "city": "London", "postal_code": "N1 1AA"}
    store = client.v1.terminal.locations.create({"display_name": "High Street", "address": address})
    return client.v1.terminal.readers.create(
        {"registration_code": "simulated-wpe", "location": store.id, "label": "Till 1"}
    )


def in_person(client: stripe.StripeClient, amount: int = 700) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "gbp",
            "allowed_payment_method_types": ["card_present"],
            "capture_method": "automatic",
        }
    )


def present(client: stripe.StripeClient, reader: stripe.terminal.Reader, number: str = "4242424242424242") -> Any:
    return client.v1.test_helpers.terminal.readers.present_payment_method(
        reader.id, {"type": "card_present", "card_present": {"number": number}}
    )


def test_a_till_gets_a_connection_token(client: stripe.StripeClient) -> None:
    assert client.v1.terminal.connection_tokens.create({}).secret.startswith("pst_test_")


def test_a_presented_card_pays(client: stripe.StripeClient, reader: stripe.terminal.Reader) -> None:
    intent = in_person(client)
    waiting: Any = client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    assert (waiting.action.type, waiting.action.status) == ("process_payment_intent", "in_progress")
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    assert present(client, reader).action.status == "succeeded"
    paid = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    charge: Any = paid.latest_charge
    assert (paid.status, charge.payment_method_details.type) == ("succeeded", "card_present")
    assert client.v1.events.list().data[0].type == "terminal.reader.action_succeeded"


def test_a_declined_card_fails_the_action_and_another_pays(
    client: stripe.StripeClient, reader: stripe.terminal.Reader
) -> None:
    intent = in_person(client)
    client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    failed = present(client, reader, "4000000000009995")
    assert (failed.action.status, failed.action.failure_code) == ("failed", "card_declined")
    client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    present(client, reader)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_presented_card_gets_its_money_back(client: stripe.StripeClient, reader: stripe.terminal.Reader) -> None:
    intent = in_person(client)
    client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    present(client, reader)
    client.v1.terminal.readers.refund_payment(
        reader.id, {"payment_intent": intent.id, "amount": 300, "metadata": {"leg_id": "l-1"}}
    )
    done = present(client, reader)
    (refund,) = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert refund.metadata is not None
    assert (refund.amount, refund.metadata.to_dict()) == (300, {"leg_id": "l-1"})
    assert (done.action.status, done.action.refund_payment.refund) == ("succeeded", refund.id)


def test_more_than_was_paid_fails_at_the_reader(client: stripe.StripeClient, reader: stripe.terminal.Reader) -> None:
    intent = in_person(client)
    client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    present(client, reader)
    client.v1.terminal.readers.refund_payment(reader.id, {"payment_intent": intent.id, "amount": 701})
    assert present(client, reader).action.status == "failed"
    assert client.v1.refunds.list().data == []


def test_a_busy_reader_does_one_thing(client: stripe.StripeClient, reader: stripe.terminal.Reader) -> None:
    client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": in_person(client).id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": in_person(client).id})
    assert refused.value.code == "terminal_reader_busy"
    assert client.v1.terminal.readers.cancel_action(reader.id).action is None


def test_an_intent_not_meant_for_a_reader_is_refused(
    client: stripe.StripeClient, reader: stripe.terminal.Reader
) -> None:
    intent = client.v1.payment_intents.create({"amount": 700, "currency": "gbp"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    assert refused.value.param == "payment_intent"


def test_only_simulated_readers_are_registered(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.terminal.readers.create({"registration_code": "puppies-plug-could"})
    assert refused.value.param == "registration_code"


def test_readers_are_listed_by_store(client: stripe.StripeClient, reader: stripe.terminal.Reader) -> None:
    client.v1.terminal.readers.create({"registration_code": "simulated-s700"})
    assert isinstance(reader.location, str)
    assert [each.id for each in client.v1.terminal.readers.list({"location": reader.location}).data] == [reader.id]
