"""PaymentIntents do what Stripe's do, seen through its SDK over a socket."""

from typing import Any

import httpx
import pytest
import stripe

from gateway.sandbox.server import SandboxServer
from tests.sandbox.conftest import CARDS_ONLY, Authorize, Control


def event_types(client: stripe.StripeClient) -> list[str]:
    """Oldest first."""
    return [event.type for event in reversed(client.v1.events.list({"limit": 100}).data)]


def test_a_manual_capture_holds_first_and_takes_later(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize()
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 5000, 0)
    taken = client.v1.payment_intents.capture(held.id)
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 5000)
    assert event_types(client) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


def test_a_part_is_captured_and_the_rest_released(client: stripe.StripeClient, authorize: Authorize) -> None:
    taken = client.v1.payment_intents.capture(authorize().id, {"amount_to_capture": 3000, "expand": ["latest_charge"]})
    assert (taken.amount, taken.amount_received, taken.amount_capturable) == (5000, 3000, 0)
    charge: Any = taken.latest_charge
    assert (charge.captured, charge.amount, charge.amount_captured) == (True, 5000, 3000)


def test_no_more_than_what_is_held_is_captured(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 5001})
    assert (refused.value.code, refused.value.param) == ("amount_too_large", "amount_to_capture")
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_nothing_is_captured_twice(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize()
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    assert refused.value.code == "payment_intent_unexpected_state"
    error: Any = refused.value.error
    assert error.payment_intent.amount_received == 1000


def test_an_automatic_capture_takes_at_once(paid: Authorize) -> None:
    intent = paid()
    assert (intent.status, intent.amount_received) == ("succeeded", 5000)


def test_a_canceled_intent_lets_go_of_what_it_held(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize()
    canceled = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.amount_capturable, canceled.cancellation_reason) == ("canceled", 0, "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_paid_intent_is_not_canceled(client: stripe.StripeClient, paid: Authorize) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(paid().id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_an_authorization_that_lapses_is_canceled_by_the_bank(
    client: stripe.StripeClient, authorize: Authorize, control: Control
) -> None:
    held = authorize()
    control(f"payment_intents/{held.id}/expire")
    lapsed = client.v1.payment_intents.retrieve(held.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_a_declined_card_says_why_and_leaves_the_intent(
    client: stripe.StripeClient, authorize: Authorize, method: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        authorize(method)
    error: Any = declined.value.error
    assert declined.value.http_status == 402
    assert (error.code, error.decline_code) == (code, decline_code)
    kept = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (kept.status, kept.payment_method) == ("requires_payment_method", None)
    assert kept.last_payment_error is not None
    assert kept.last_payment_error.decline_code == decline_code
    assert event_types(client) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_another_card_pays_after_a_decline(client: stripe.StripeClient, authorize: Authorize) -> None:
    with pytest.raises(stripe.CardError) as declined:
        authorize("pm_card_chargeDeclined")
    error: Any = declined.value.error
    again = client.v1.payment_intents.confirm(error.payment_intent.id, {"payment_method": "pm_card_mastercard"})
    assert (again.status, again.last_payment_error) == ("requires_capture", None)


def test_a_card_that_asks_is_charged_after_3d_secure(
    client: stripe.StripeClient, authorize: Authorize, control: Control
) -> None:
    asking = authorize("pm_card_authenticationRequired")
    assert (asking.status, asking.latest_charge, asking.amount_capturable) == ("requires_action", None, 0)
    assert asking.next_action is not None
    assert asking.next_action.type == "use_stripe_sdk"
    control(f"payment_intents/{asking.id}/authenticate")
    held = client.v1.payment_intents.retrieve(asking.id)
    assert (held.status, held.amount_capturable, held.next_action) == ("requires_capture", 5000, None)


def test_failed_3d_secure_charges_nothing(client: stripe.StripeClient, authorize: Authorize, control: Control) -> None:
    asking = authorize("pm_card_authenticationRequired")
    control(f"payment_intents/{asking.id}/authenticate", passed=False)
    failed = client.v1.payment_intents.retrieve(asking.id)
    assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"


def test_a_card_may_be_declined_after_3d_secure(
    client: stripe.StripeClient, authorize: Authorize, control: Control
) -> None:
    asking = authorize("pm_card_threeDSecureRequiredChargeDeclined")
    control(f"payment_intents/{asking.id}/authenticate")
    assert client.v1.payment_intents.retrieve(asking.id).status == "requires_payment_method"


def test_a_card_that_asks_is_declined_when_nobody_is_there(authorize: Authorize) -> None:
    with pytest.raises(stripe.CardError) as declined:
        authorize("pm_card_authenticationRequired", off_session=True)
    assert declined.value.code == "authentication_required"


def test_the_customer_confirms_on_a_page_and_is_sent_back(client: stripe.StripeClient, authorize: Authorize) -> None:
    asking = authorize("pm_card_threeDSecure2Required", return_url="http://shop.example/done?order=7")
    action: Any = asking.next_action
    page = action.redirect_to_url.url
    assert "Confirm 50.00 eur" in httpx.get(page, trust_env=False).text
    answer = httpx.post(page, data={"passed": "true"}, trust_env=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        f"http://shop.example/done?order=7&payment_intent={asking.id}"
        f"&payment_intent_client_secret={asking.client_secret}&redirect_status=succeeded"
    )
    assert client.v1.payment_intents.retrieve(asking.id).status == "requires_capture"


def test_an_intent_is_confirmed_in_a_second_step(client: stripe.StripeClient) -> None:
    made = client.v1.payment_intents.create({"amount": 900, "currency": "gbp", "automatic_payment_methods": CARDS_ONLY})
    assert made.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.confirm(made.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_amex"}).status == "succeeded"


def test_redirecting_methods_need_somewhere_to_return_to(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "gbp", "payment_method": "pm_card_visa", "confirm": True}
        )
    assert client.v1.payment_intents.list().data == []


def test_the_amount_changes_until_something_is_charged(client: stripe.StripeClient, authorize: Authorize) -> None:
    made = client.v1.payment_intents.create({"amount": 900, "currency": "gbp", "metadata": {"a": "1", "b": "2"}})
    changed = client.v1.payment_intents.update(made.id, {"amount": 1000, "metadata": {"a": "", "c": "3"}})
    assert (changed.amount, changed.metadata.to_dict()) == (1000, {"b": "2", "c": "3"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.update(authorize().id, {"amount": 1})
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (0, "eur", "parameter_invalid_integer"),
        (100_000_000, "eur", "amount_too_large"),
    ],
)
def test_an_amount_stripe_would_not_charge_is_refused(
    client: stripe.StripeClient, amount: int, currency: str, code: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": amount, "currency": currency})
    assert (refused.value.code, refused.value.param) == (code, "amount")


def test_the_least_amount_is_charged(client: stripe.StripeClient) -> None:
    assert client.v1.payment_intents.create({"amount": 30, "currency": "gbp"}).amount == 30


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"amount": "12.5"}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"payment_method": "pm_card_nobody"}, "resource_missing", "payment_method"),
        ({"shipping": {"name": "A"}}, "parameter_missing", "shipping[address]"),
        ({"transfer_group": "g"}, None, "transfer_group"),
    ],
)
def test_a_wrong_parameter_is_named_and_nothing_is_made(
    client: stripe.StripeClient, sent: dict[str, object], code: str | None, param: str
) -> None:
    asked: Any = {"amount": 5000, "currency": "eur", **sent}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(asked)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)
    assert client.v1.payment_intents.list().data == []
    assert client.v1.events.list().data == []


def test_an_unknown_intent_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.retrieve("pi_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_what_is_not_simulated_is_said_to_be_so(client: stripe.StripeClient, authorize: Authorize) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not simulate"):
        client.v1.payment_intents.increment_authorization(authorize().id, {"amount": 6000})


@pytest.mark.parametrize("key", ["sk_live_1", "pk_test_1", "nonsense"])
def test_only_test_keys_are_accepted(server: SandboxServer, key: str) -> None:
    answer = httpx.get(f"{server.url}/v1/events", headers={"authorization": f"Bearer {key}"}, trust_env=False)
    assert answer.status_code == 401


def test_lists_go_from_the_newest_by_pages(client: stripe.StripeClient, authorize: Authorize) -> None:
    made = [authorize().id for _ in range(5)]
    assert [intent.id for intent in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()] == made[::-1]
    before = client.v1.payment_intents.list({"limit": 2, "ending_before": made[1]})
    assert ([intent.id for intent in before.data], before.has_more) == ([made[3], made[2]], True)


def test_lists_are_narrowed_by_time(client: stripe.StripeClient, authorize: Authorize, control: Control) -> None:
    authorize()
    control("clock", advance_s=3600)
    late = authorize()
    found = client.v1.payment_intents.list({"created": {"gte": late.created}}).data
    assert [intent.id for intent in found] == [late.id]


def test_an_intent_is_found_by_its_metadata(client: stripe.StripeClient, authorize: Authorize) -> None:
    ours = authorize(metadata={"payment_id": "p-7"})
    authorize(metadata={"payment_id": "p-8"})
    found = client.v1.payment_intents.search({"query": "metadata['payment_id']:'p-7' AND status:'requires_capture'"})
    assert [intent.id for intent in found.data] == [ours.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.search({"query": "created>5"})


def test_a_search_goes_on_where_its_page_ended(client: stripe.StripeClient, authorize: Authorize) -> None:
    made = [authorize(metadata={"shop": "a"}).id for _ in range(3)]
    found = client.v1.payment_intents.search({"query": "metadata['shop']:'a'", "limit": 2})
    assert [intent.id for intent in found.auto_paging_iter()] == made[::-1]


def test_a_customer_keeps_a_card_and_pays_with_it(client: stripe.StripeClient, authorize: Authorize) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com", "metadata": {"ours": "1"}})
    card = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_mastercard"}})
    client.v1.payment_methods.attach(card.id, {"customer": customer.id})
    held = authorize(card.id, customer=customer.id)
    assert (held.customer, held.payment_method) == (customer.id, card.id)
    kept = client.v1.payment_methods.list({"customer": customer.id}).data
    assert [(each.id, each.card.brand if each.card else None) for each in kept] == [(card.id, "mastercard")]


def test_a_deleted_customer_is_only_a_trace(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    client.v1.customers.delete(customer.id)
    assert client.v1.customers.retrieve(customer.id).to_dict() == {
        "id": customer.id,
        "object": "customer",
        "deleted": True,
    }


def test_what_steers_the_simulation_is_not_shown(client: stripe.StripeClient, authorize: Authorize) -> None:
    held = authorize("pm_card_visa", expand=["payment_method", "latest_charge.payment_intent"])
    assert "return_url" not in held
    method: Any = held.payment_method
    charge: Any = held.latest_charge
    assert "card_name" not in method
    assert (method.card.last4, charge.payment_intent.id) == ("4242", held.id)


def test_what_cannot_be_expanded_is_refused_and_leaves_nothing(
    client: stripe.StripeClient, authorize: Authorize
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        authorize(expand=["status"])
    assert client.v1.payment_intents.list().data == []
