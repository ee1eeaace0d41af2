"""The payment provider over Stripe's own SDK: PaymentIntents with manual capture, refunds, disputes, lists.

One client object per process and no global state. A card's refusal is an answer, DECLINED with Stripe's decline code; no
usable answer (a time-out, a 5xx, a conflict with a request in flight) is UNKNOWN; being refused as a client (a wrong key)
is ProviderUnavailable. Sources: https://docs.stripe.com/api/errors, https://docs.stripe.com/api/idempotent_requests.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import stripe
import structlog

from domain.money import Currency, Money
from domain.payments.provider import (
    AuthorizeRequest,
    DisputeResult,
    DisputeStatus,
    PaymentPage,
    ProviderResult,
    ProviderStatus,
    ReaderAction,
    ReaderState,
    RefundPage,
    RefundRequest,
    RefundResult,
    RefundStatus,
    authorize_key,
)
from gateway import stripe_terminal
from gateway.stripe_calls import (
    NOT_COUNTED_ALIKE,
    NoAnswer,
    StripeConnection,
    answer,
    from_stripe,
    reading,
    to_stripe,
)

_log = structlog.get_logger("tillway.stripe")

_PAGE_SIZE = 100
_FOUND_MAX = 10

_INTENT_STATUSES = {
    "requires_capture": ProviderStatus.AUTHORIZED,
    "requires_action": ProviderStatus.REQUIRES_ACTION,
    "requires_confirmation": ProviderStatus.REQUIRES_ACTION,
    "requires_payment_method": ProviderStatus.DECLINED,
    "processing": ProviderStatus.UNKNOWN,
    "succeeded": ProviderStatus.CAPTURED,
    "canceled": ProviderStatus.VOIDED,
}
_REFUND_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.REQUIRES_ACTION,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}
_DISPUTE_STATUSES = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


class StripePayments:
    """`domain.payments.provider.PaymentProvider` over Stripe.

    `api_base` points at another server that speaks Stripe's API, such as the sandbox; Stripe's own when empty.
    """

    def __init__(self, api_key: str, *, api_base: str = "", max_network_retries: int = 2) -> None:
        self._connection = StripeConnection(api_key, api_base=api_base, max_network_retries=max_network_retries)
        self._client = self._connection.client

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._connection.close()

    async def authorize(self, request: AuthorizeRequest) -> ProviderResult:
        if request.amount.currency in NOT_COUNTED_ALIKE:
            return ProviderResult(ProviderStatus.DECLINED, failure_code="currency_not_supported")
        if request.reader is not None:
            return await self._presented(request, request.reader)
        asked = self._client.payment_intents.create_async(
            {
                "amount": to_stripe(request.amount),
                "currency": request.amount.currency.lower(),
                "capture_method": "manual",
                "confirm": True,
                "payment_method": request.method,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "description": request.description or f"Payment {request.payment_id}",
                "metadata": {**request.metadata, "payment_id": str(request.payment_id)},
            },
            {"idempotency_key": authorize_key(request.payment_id)},
        )
        try:
            return _payment(await answer(asked))
        except NoAnswer:
            return ProviderResult(ProviderStatus.UNKNOWN)
        except stripe.CardError as error:
            intent = error.error.payment_intent if error.error is not None else None
            return ProviderResult(
                ProviderStatus.DECLINED,
                reference=intent.id if intent is not None else None,
                payment_id=request.payment_id,
                failure_code=_code(error),
                amount_minor=request.amount.amount_minor,
                currency=request.amount.currency,
            )
        except stripe.InvalidRequestError as error:
            return ProviderResult(ProviderStatus.DECLINED, failure_code=_code(error))

    async def _presented(self, request: AuthorizeRequest, reader: str) -> ProviderResult:
        """Have a reader ask for the card of a new payment; both requests carry keys of our own, so both may be repeated."""
        asked = self._client.payment_intents.create_async(
            {
                "amount": to_stripe(request.amount),
                "currency": request.amount.currency.lower(),
                "capture_method": "manual",
                "allowed_payment_method_types": ["card_present"],
                "description": request.description or f"Payment {request.payment_id}",
                "metadata": {**request.metadata, "payment_id": str(request.payment_id)},
            },
            {"idempotency_key": authorize_key(request.payment_id)},
        )
        reference = None
        try:
            made = _payment(await answer(asked))
            reference = made.reference
            assert reference is not None, "what was made has an id"
            await answer(stripe_terminal.ask(self._client, reader, reference, request.payment_id))
        except NoAnswer:
            return ProviderResult(ProviderStatus.UNKNOWN, reference=reference, payment_id=request.payment_id)
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return ProviderResult(
                ProviderStatus.DECLINED, reference, payment_id=request.payment_id, failure_code=_code(error)
            )
        return made

    async def reader(self, reader: str) -> ReaderState | None:
        try:
            return stripe_terminal.state_of(await reading(self._client.terminal.readers.retrieve_async(reader)))
        except stripe.InvalidRequestError:
            return None

    async def retrieve(self, reference: str, reader: str | None = None) -> ProviderResult:
        try:
            found = _payment(await answer(self._client.payment_intents.retrieve_async(reference)))
            if reader is None or found.status is not ProviderStatus.REQUIRES_ACTION:
                return found
            state = await self.reader(reader)
            if state is None or (state.action is ReaderAction.WAITING and state.payment_reference == reference):
                return found
            # It asks for no card anymore: either it has just had one, which the payment knows, or nothing will come.
            found = _payment(await answer(self._client.payment_intents.retrieve_async(reference)))
        except NoAnswer:
            return ProviderResult(ProviderStatus.UNKNOWN, reference=reference)
        if found.status is not ProviderStatus.REQUIRES_ACTION:
            return found
        code = state.failure_code if state.payment_reference == reference else None
        return replace(found, status=ProviderStatus.DECLINED, failure_code=code or "reader_stopped")

    async def find(self, payment_id: UUID) -> ProviderResult | None:
        """Search by metadata; Stripe's search lags up to a minute behind writes, so it serves only old requests."""
        query = f"metadata['payment_id']:'{payment_id}'"
        found = await reading(self._client.payment_intents.search_async({"query": query, "limit": _FOUND_MAX}))
        payments = [_payment(intent) for intent in found.data]
        standing = (ProviderStatus.CAPTURED, ProviderStatus.AUTHORIZED, ProviderStatus.REQUIRES_ACTION)
        alive = [payment for payment in payments if payment.status in standing]
        return next(iter([*alive, *payments]), None)

    async def capture(self, reference: str, amount: Money, key: str) -> ProviderResult:
        asked = self._client.payment_intents.capture_async(
            reference, {"amount_to_capture": to_stripe(amount)}, {"idempotency_key": key}
        )
        return await self._moved(reference, asked)

    async def void(self, reference: str, key: str, reader: str | None = None) -> ProviderResult:
        if reader is not None:
            try:
                await stripe_terminal.stop(self._client, reader, reference)
            except (NoAnswer, stripe.InvalidRequestError):
                _log.info("reader not stopped", reader=reader, payment=reference)
        asked = self._client.payment_intents.cancel_async(
            reference, {"cancellation_reason": "abandoned"}, {"idempotency_key": key}
        )
        return await self._moved(reference, asked)

    async def _moved(self, reference: str, asked: Awaitable[stripe.PaymentIntent]) -> ProviderResult:
        try:
            return _payment(await answer(asked))
        except NoAnswer:
            return ProviderResult(ProviderStatus.UNKNOWN, reference=reference)
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            # The payment is not in the state we took it for: what it really is decides, not the error.
            found = await self.retrieve(reference)
            return found if found.failure_code else _because(found, _code(error))

    async def refund(self, request: RefundRequest) -> RefundResult:
        asked = self._client.refunds.create_async(
            {
                "payment_intent": request.reference,
                "amount": to_stripe(request.amount),
                "metadata": {"leg_id": str(request.leg_id), "attempt": str(request.attempt)},
            },
            {"idempotency_key": request.key},
        )
        try:
            return _refund(await answer(asked))
        except NoAnswer:
            return RefundResult(RefundStatus.UNKNOWN, leg_id=request.leg_id)
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return RefundResult(RefundStatus.FAILED, failure_code=_code(error), leg_id=request.leg_id)

    async def cancel_refund(self, reference: str, key: str) -> RefundResult:
        asked = self._client.refunds.cancel_async(reference, {}, {"idempotency_key": key})
        try:
            return _refund(await answer(asked))
        except NoAnswer:
            return RefundResult(RefundStatus.UNKNOWN, reference=reference)
        except (stripe.CardError, stripe.InvalidRequestError):
            # It does not wait any more: what became of it decides, not the error.
            return await self.retrieve_refund(reference)

    async def find_refund(self, leg_id: UUID, reference: str) -> RefundResult | None:
        return next((found for found in await self.refunds_of(reference) if found.leg_id == leg_id), None)

    async def retrieve_refund(self, reference: str) -> RefundResult:
        try:
            return _refund(await answer(self._client.refunds.retrieve_async(reference)))
        except NoAnswer:
            return RefundResult(RefundStatus.UNKNOWN, reference=reference)

    async def refunds_of(self, reference: str) -> Sequence[RefundResult]:
        found: list[RefundResult] = []
        cursor: str | None = None
        while True:
            params: stripe.params.RefundListParams = {"payment_intent": reference, "limit": _PAGE_SIZE}
            if cursor is not None:
                params["starting_after"] = cursor
            page = await reading(self._client.refunds.list_async(params))
            found.extend(_refund(refund) for refund in page.data)
            if not page.has_more:
                return found[::-1]
            cursor = page.data[-1].id

    async def retrieve_dispute(self, reference: str) -> DisputeResult:
        dispute = await reading(self._client.disputes.retrieve_async(reference))
        currency = Currency(dispute.currency.upper())
        return DisputeResult(
            reference=dispute.id,
            payment_reference=_id_of(dispute.payment_intent),
            status=_DISPUTE_STATUSES.get(dispute.status, DisputeStatus.OPEN),
            amount_minor=from_stripe(dispute.amount, currency),
            currency=currency,
            reason=dispute.reason,
        )

    async def payments_since(self, since: datetime, cursor: str | None) -> PaymentPage:
        params: stripe.params.PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp())},
            "limit": _PAGE_SIZE,
        }
        if cursor is not None:
            params["starting_after"] = cursor
        page = await reading(self._client.payment_intents.list_async(params))
        return PaymentPage([_payment(intent) for intent in page.data], page.data[-1].id if page.has_more else None)

    async def refunds_since(self, since: datetime, cursor: str | None) -> RefundPage:
        params: stripe.params.RefundListParams = {"created": {"gte": int(since.timestamp())}, "limit": _PAGE_SIZE}
        if cursor is not None:
            params["starting_after"] = cursor
        page = await reading(self._client.refunds.list_async(params))
        return RefundPage([_refund(refund) for refund in page.data], page.data[-1].id if page.has_more else None)


def _payment(intent: stripe.PaymentIntent) -> ProviderResult:
    currency = Currency(intent.currency.upper())
    waits = stripe_terminal.wants_card(intent)
    status = ProviderStatus.REQUIRES_ACTION if waits else _INTENT_STATUSES[intent.status]
    asks_buyer = status is ProviderStatus.REQUIRES_ACTION and not waits
    return ProviderResult(
        status=status,
        reference=intent.id,
        payment_id=_uuid(intent.metadata.to_dict().get("payment_id")),
        client_secret=intent.client_secret if asks_buyer else None,
        failure_code=None if waits else _intent_failure(intent),
        amount_minor=from_stripe(intent.amount, currency),
        authorized_minor=from_stripe(intent.amount_capturable, currency),
        captured_minor=from_stripe(intent.amount_received, currency),
        currency=currency,
    )


def _intent_failure(intent: stripe.PaymentIntent) -> str | None:
    if intent.status == "requires_payment_method":
        error = intent.last_payment_error
        return (error.decline_code or error.code) if error is not None else "requires_payment_method"
    if intent.status == "canceled":
        reason = intent.cancellation_reason
        return "authorization_expired" if reason in ("automatic", "expired") else reason
    return None


def _because(found: ProviderResult, code: str) -> ProviderResult:
    """The payment as it is, with the reason why it could not be moved."""
    return replace(found, failure_code=code)


def _refund(refund: stripe.Refund) -> RefundResult:
    currency = Currency(refund.currency.upper())
    metadata = refund.metadata.to_dict() if refund.metadata is not None else {}
    return RefundResult(
        status=_REFUND_STATUSES.get(refund.status or "pending", RefundStatus.UNKNOWN),
        reference=refund.id,
        failure_code=refund.failure_reason if refund.status == "failed" else None,
        leg_id=_uuid(metadata.get("leg_id")),
        payment_reference=_id_of(refund.payment_intent),
        amount_minor=from_stripe(refund.amount, currency),
        currency=currency,
    )


def _code(error: stripe.CardError | stripe.InvalidRequestError) -> str:
    decline = error.error.decline_code if error.error is not None else None
    return decline or error.code or "refused"


def _id_of(expandable: str | stripe.PaymentIntent | None) -> str | None:
    return expandable if expandable is None or isinstance(expandable, str) else expandable.id


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
