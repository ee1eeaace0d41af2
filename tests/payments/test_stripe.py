"""The provider over Stripe's real SDK, against the sandbox over a real socket."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.acts import Act
from domain.errors import ProviderUnavailable
from domain.money import Currency, Money
from domain.payments import service
from domain.payments.model import LegStatus
from domain.payments.provider import (
    AuthorizeRequest,
    DisputeStatus,
    ProviderResult,
    ProviderStatus,
    RefundRequest,
    RefundStatus,
)
from gateway.database import Database
from gateway.jobs import Worker
from gateway.payment_jobs import HANDLERS
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.stripe import StripePayments
from tests.payments.paper import ORDER, eur, started
from tests.payments.test_jobs import Shop

pytestmark = pytest.mark.anyio

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with SandboxServer() as server:
        yield server


@pytest.fixture
async def stripe(sandbox: SandboxServer) -> AsyncIterator[StripePayments]:
    # No retries inside the SDK: what one lost answer means is what is tested here.
    provider = StripePayments(SANDBOX_KEY, api_base=sandbox.url, max_network_retries=0)
    yield provider
    await provider.close()


async def control(sandbox: SandboxServer, path: str, body: object = None) -> Any:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.post(f"{sandbox.url}/sandbox/{path}", json=body)).json()


async def raw_intent(sandbox: SandboxServer, reference: str) -> Any:
    async with httpx.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {SANDBOX_KEY}"}) as http:
        return (await http.get(f"{sandbox.url}/v1/payment_intents/{reference}")).json()


def asked(
    method: str = "pm_card_visa", amount: Money | None = None, payment_id: UUID | None = None
) -> AuthorizeRequest:
    return AuthorizeRequest(payment_id or uuid4(), amount or eur(10_000), method)


async def captured(stripe: StripePayments, method: str = "pm_card_visa") -> str:
    request = asked(method)
    promised = await stripe.authorize(request)
    assert promised.reference is not None
    await stripe.capture(promised.reference, eur(10_000), f"capture:{request.payment_id}")
    return promised.reference


async def test_an_authorization_answers_what_is_promised(stripe: StripePayments) -> None:
    request = asked()
    found = await stripe.authorize(request)
    assert found == ProviderResult(
        ProviderStatus.AUTHORIZED,
        found.reference,
        payment_id=request.payment_id,
        amount_minor=10_000,
        authorized_minor=10_000,
        currency="EUR",
    )
    assert found.reference is not None
    assert await stripe.retrieve(found.reference) == found


async def test_a_decline_says_its_decline_code(stripe: StripePayments) -> None:
    found = await stripe.authorize(asked("pm_card_chargeDeclinedInsufficientFunds"))
    assert (found.status, found.failure_code) == (ProviderStatus.DECLINED, "insufficient_funds")
    assert found.reference is not None
    again = await stripe.retrieve(found.reference)
    assert (again.status, again.failure_code) == (ProviderStatus.DECLINED, "insufficient_funds")


async def test_a_method_that_does_not_exist_is_declined(stripe: StripePayments) -> None:
    found = await stripe.authorize(asked("pm_nothing"))
    assert (found.status, found.failure_code, found.reference) == (ProviderStatus.DECLINED, "resource_missing", None)


async def test_a_card_that_wants_authentication_gives_the_device_its_secret(
    sandbox: SandboxServer, stripe: StripePayments
) -> None:
    found = await stripe.authorize(asked("pm_card_authenticationRequired"))
    assert found.status is ProviderStatus.REQUIRES_ACTION
    assert found.client_secret is not None
    assert found.reference is not None
    await control(sandbox, f"payment_intents/{found.reference}/authenticate")
    assert (await stripe.retrieve(found.reference)).status is ProviderStatus.AUTHORIZED


async def test_a_lost_answer_is_unknown_and_the_same_key_finds_what_was_done(
    sandbox: SandboxServer, stripe: StripePayments
) -> None:
    request = asked()
    await control(sandbox, "faults", {"match": "payment_intents", "kind": "after"})
    assert (await stripe.authorize(request)).status is ProviderStatus.UNKNOWN
    assert (await stripe.authorize(request)).status is ProviderStatus.AUTHORIZED
    assert len((await stripe.payments_since(LONG_AGO, None)).items) == 1


async def test_a_refused_connection_is_unknown() -> None:
    provider = StripePayments(SANDBOX_KEY, api_base="http://127.0.0.1:1", max_network_retries=0)
    assert (await provider.authorize(asked())).status is ProviderStatus.UNKNOWN
    with pytest.raises(ProviderUnavailable):
        await provider.find(uuid4())
    await provider.close()


async def test_a_wrong_key_is_our_trouble_and_no_decline(sandbox: SandboxServer) -> None:
    provider = StripePayments("sk_live_wrong", api_base=sandbox.url, max_network_retries=0)
    with pytest.raises(ProviderUnavailable):
        await provider.authorize(asked())
    await provider.close()


async def test_an_old_payment_is_found_by_our_id(sandbox: SandboxServer, stripe: StripePayments) -> None:
    request = asked()
    made = await stripe.authorize(request)
    await stripe.authorize(asked())
    await control(sandbox, "keys/forget")
    assert await stripe.find(request.payment_id) == made
    assert await stripe.find(uuid4()) is None


async def test_a_capture_takes_part_and_releases_the_rest(stripe: StripePayments) -> None:
    request = asked()
    promised = await stripe.authorize(request)
    assert promised.reference is not None
    taken = await stripe.capture(promised.reference, eur(2_311), "capture:1")
    assert (taken.status, taken.captured_minor, taken.authorized_minor) == (ProviderStatus.CAPTURED, 2_311, 0)


async def test_a_capture_that_was_done_before_answers_what_is(sandbox: SandboxServer, stripe: StripePayments) -> None:
    reference = await captured(stripe)
    await control(sandbox, "keys/forget")
    again = await stripe.capture(reference, eur(10_000), "capture:another")
    assert (again.status, again.captured_minor) == (ProviderStatus.CAPTURED, 10_000)


async def test_a_canceled_authorization_cannot_be_captured(stripe: StripePayments) -> None:
    promised = await stripe.authorize(asked())
    assert promised.reference is not None
    assert (await stripe.void(promised.reference, "void:1")).status is ProviderStatus.VOIDED
    after = await stripe.capture(promised.reference, eur(10_000), "capture:1")
    assert (after.status, after.failure_code) == (ProviderStatus.VOIDED, "abandoned")


async def test_captured_money_cannot_be_voided(stripe: StripePayments) -> None:
    reference = await captured(stripe)
    assert (await stripe.void(reference, "void:1")).status is ProviderStatus.CAPTURED


async def test_a_refund_with_one_key_is_made_once_and_found_by_its_leg(
    sandbox: SandboxServer, stripe: StripePayments
) -> None:
    reference = await captured(stripe)
    request = RefundRequest(uuid4(), 1, reference, eur(6_000))
    await control(sandbox, "faults", {"match": "refunds", "kind": "after"})
    assert (await stripe.refund(request)).status is RefundStatus.UNKNOWN
    made = await stripe.refund(request)
    assert (made.status, made.amount_minor, made.leg_id) == (RefundStatus.SUCCEEDED, 6_000, request.leg_id)
    assert made.payment_reference == reference
    await control(sandbox, "keys/forget")
    assert await stripe.find_refund(request.leg_id, reference) == made
    assert await stripe.find_refund(uuid4(), reference) is None
    assert await stripe.refunds_of(reference) == [made]


async def test_a_refund_above_what_is_left_fails_without_a_refund(stripe: StripePayments) -> None:
    reference = await captured(stripe)
    refused = await stripe.refund(RefundRequest(uuid4(), 1, reference, eur(10_001)))
    assert (refused.status, refused.failure_code, refused.reference) == (RefundStatus.FAILED, "refused", None)
    assert await stripe.refunds_of(reference) == []


async def test_a_refund_may_fail_after_it_succeeded(sandbox: SandboxServer, stripe: StripePayments) -> None:
    reference = await captured(stripe)
    made = await stripe.refund(RefundRequest(uuid4(), 1, reference, eur(6_000)))
    assert made.reference is not None
    await control(sandbox, f"refunds/{made.reference}/fail")
    failed = await stripe.retrieve_refund(made.reference)
    assert (failed.status, failed.failure_code) == (RefundStatus.FAILED, "expired_or_canceled_card")


async def test_a_dispute_is_read_as_it_stands(sandbox: SandboxServer, stripe: StripePayments) -> None:
    reference = await captured(stripe)
    intent = await raw_intent(sandbox, reference)
    opened = await control(sandbox, f"charges/{intent['latest_charge']}/dispute")
    found = await stripe.retrieve_dispute(opened["id"])
    assert (found.status, found.payment_reference, found.amount_minor) == (DisputeStatus.OPEN, reference, 10_000)
    await control(sandbox, f"disputes/{opened['id']}/lost")
    assert (await stripe.retrieve_dispute(opened["id"])).status is DisputeStatus.LOST


async def test_lists_come_in_pages_and_from_a_moment_on(stripe: StripePayments) -> None:
    for _ in range(3):
        await captured(stripe)
    payments = await stripe.payments_since(LONG_AGO, None)
    assert ([one.status for one in payments.items], payments.next_cursor) == ([ProviderStatus.CAPTURED] * 3, None)
    assert (await stripe.payments_since(datetime.now(UTC) + timedelta(hours=1), None)).items == []
    assert (await stripe.refunds_since(LONG_AGO, None)).items == []


async def test_krona_of_iceland_travel_in_hundredths(sandbox: SandboxServer, stripe: StripePayments) -> None:
    amount = Money(1_500, Currency("ISK"))
    found = await stripe.authorize(asked(amount=amount))
    assert (found.amount_minor, found.authorized_minor, found.currency) == (1_500, 1_500, "ISK")
    assert found.reference is not None
    assert (await raw_intent(sandbox, found.reference))["amount"] == 150_000


async def test_the_worker_pays_back_once_through_the_real_sdk_when_an_answer_is_lost(
    sandbox: SandboxServer, stripe: StripePayments, db: Database, make_act: Callable[..., Act]
) -> None:
    shop = Shop(db, make_act)
    shop.services = replace(shop.services, provider=stripe)
    shop.worker = Worker(shop.services, HANDLERS)
    payment = await shop.services.write(started)
    promised = await stripe.authorize(service.authorize_request(payment))
    await shop.services.write(lambda conn, act: service.record_authorization(conn, payment.id, promised, act))
    await shop.services.write(lambda conn, act: service.bind(conn, payment.id, ORDER, act))
    await shop.services.write(lambda conn, act: service.request_capture(conn, ORDER, eur(10_000), act))
    await shop.worker.drain()
    await shop.reserved(6_000)
    await control(sandbox, "faults", {"match": "refunds", "kind": "after"})
    await shop.worker.drain()
    shop.later(timedelta(seconds=1))
    await shop.worker.drain()
    assert promised.reference is not None
    (made,) = await stripe.refunds_of(promised.reference)
    (leg,) = await shop.legs()
    assert (leg.status, leg.provider_reference, made.amount_minor) == (LegStatus.SUCCEEDED, made.reference, 6_000)
