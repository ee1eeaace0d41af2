"""Short ways to the states that payment tests start from, and a provider that keeps its books in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.locations import service as locations
from domain.money import Currency, Money
from domain.payments import service
from domain.payments.model import NewPayment, Payment, Tender
from domain.payments.provider import (
    AuthorizeRequest,
    DisputeResult,
    PaymentPage,
    ProviderResult,
    ProviderStatus,
    ReaderState,
    RefundPage,
    RefundRequest,
    RefundResult,
    RefundStatus,
)
from domain.registers.model import RegisterSession
from tests.locations.places import LONDON, store_at
from tests.registers.tills import drawer

EUR = Currency("EUR")
CHF = Currency("CHF")
ORDER = UUID(int=0xA0)
STORE = UUID(int=0xB0)
TILL = UUID(int=0xC0)


def opened(conn: WriteConnection, act: Act, currency: Currency = EUR) -> RegisterSession:
    """The drawer of the store that takes cash and hands it out."""
    locations.create(conn, store_at("B0", LONDON), replace(act, new_id=lambda: STORE))
    return drawer(conn, act, TILL, STORE, currency)


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, EUR)


def promise(amount_minor: int, reference: str = "pi_1") -> ProviderResult:
    return ProviderResult(
        ProviderStatus.AUTHORIZED,
        reference,
        amount_minor=amount_minor,
        authorized_minor=amount_minor,
        currency=EUR,
    )


def taken(amount_minor: int, reference: str = "pi_1") -> ProviderResult:
    return ProviderResult(
        ProviderStatus.CAPTURED, reference, amount_minor=amount_minor, captured_minor=amount_minor, currency=EUR
    )


def started(conn: WriteConnection, act: Act, amount_minor: int = 10_000, owner: str = "checkout-1") -> Payment:
    return service.start(conn, NewPayment(owner, Tender.CARD, eur(amount_minor), "pm_card_visa"), act)


def authorized(
    conn: WriteConnection, act: Act, amount_minor: int = 10_000, *, owner: str = "checkout-1", order_id: UUID = ORDER
) -> Payment:
    payment = started(conn, act, amount_minor, owner)
    service.record_authorization(conn, payment.id, promise(amount_minor, f"pi_{owner}"), act)
    return service.bind(conn, payment.id, order_id, act)


def captured(
    conn: WriteConnection, act: Act, amount_minor: int = 10_000, *, owner: str = "checkout-1", order_id: UUID = ORDER
) -> Payment:
    payment = authorized(conn, act, amount_minor, owner=owner, order_id=order_id)
    service.request_capture(conn, order_id, eur(amount_minor), act)
    return service.record_authorization(conn, payment.id, taken(amount_minor, f"pi_{owner}"), act)


@dataclass
class PaperProvider:
    """A payment provider on paper: the same key gives the same answer; a reply can be lost after the work was done.

    Attributes:
        calls: (verb, key or reference) of every request, in order.
        lost: how many of the next replies to requests that move money never arrive.
        refund_status: how the next refunds answer.
    """

    payments: dict[str, ProviderResult] = field(default_factory=dict)
    refunds: dict[str, RefundResult] = field(default_factory=dict)
    disputes: dict[str, DisputeResult] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    lost: int = 0
    refund_status: RefundStatus = RefundStatus.SUCCEEDED

    async def authorize(self, request: AuthorizeRequest) -> ProviderResult:
        key = f"authorize:{request.payment_id}"
        self.calls.append(("authorize", key))
        reference = self.by_key.setdefault(key, f"pi_{len(self.payments) + 1}")
        if reference not in self.payments:
            made = promise(request.amount.amount_minor, reference)
            self.payments[reference] = replace(made, payment_id=request.payment_id)
        return self._reply(self.payments[reference])

    async def retrieve(self, reference: str, reader: str | None = None) -> ProviderResult:
        self.calls.append(("retrieve", reference))
        return self.payments[reference]

    async def find(self, payment_id: UUID) -> ProviderResult | None:
        self.calls.append(("find", str(payment_id)))
        return next((found for found in self.payments.values() if found.payment_id == payment_id), None)

    async def capture(self, reference: str, amount: Money, key: str) -> ProviderResult:
        self.calls.append(("capture", key))
        found = self.payments[reference]
        if found.status is ProviderStatus.AUTHORIZED:
            self.payments[reference] = replace(
                found, status=ProviderStatus.CAPTURED, authorized_minor=0, captured_minor=amount.amount_minor
            )
        return self._reply(self.payments[reference])

    async def void(self, reference: str, key: str, reader: str | None = None) -> ProviderResult:
        self.calls.append(("void", key))
        found = self.payments[reference]
        if found.status is ProviderStatus.AUTHORIZED:
            self.payments[reference] = replace(found, status=ProviderStatus.VOIDED, authorized_minor=0)
        return self._reply(self.payments[reference])

    async def refund(self, request: RefundRequest) -> RefundResult:
        self.calls.append(("refund", request.key))
        reference = self.by_key.setdefault(request.key, f"re_{len(self.refunds) + 1}")
        if reference not in self.refunds:
            self.refunds[reference] = RefundResult(
                self.refund_status,
                reference,
                leg_id=request.leg_id,
                payment_reference=request.reference,
                amount_minor=request.amount.amount_minor,
                currency=request.amount.currency,
            )
        if self.lost:
            self.lost -= 1
            return RefundResult(RefundStatus.UNKNOWN)
        return self.refunds[reference]

    async def cancel_refund(self, reference: str, key: str) -> RefundResult:
        self.calls.append(("cancel_refund", key))
        found = self.refunds[reference]
        if found.status is RefundStatus.REQUIRES_ACTION:
            self.refunds[reference] = replace(found, status=RefundStatus.CANCELED)
        if self.lost:
            self.lost -= 1
            return RefundResult(RefundStatus.UNKNOWN, reference=reference)
        return self.refunds[reference]

    async def reader(self, reader: str) -> ReaderState | None:
        return None

    async def find_refund(self, leg_id: UUID, reference: str) -> RefundResult | None:
        self.calls.append(("find_refund", reference))
        return next((found for found in self.refunds.values() if found.leg_id == leg_id), None)

    async def retrieve_refund(self, reference: str) -> RefundResult:
        return self.refunds[reference]

    async def refunds_of(self, reference: str) -> Sequence[RefundResult]:
        return [found for found in self.refunds.values() if found.payment_reference == reference]

    async def retrieve_dispute(self, reference: str) -> DisputeResult:
        return self.disputes[reference]

    async def payments_since(self, since: datetime, cursor: str | None) -> PaymentPage:
        return PaymentPage(list(self.payments.values()), None)

    async def refunds_since(self, since: datetime, cursor: str | None) -> RefundPage:
        return RefundPage(list(self.refunds.values()), None)

    def _reply(self, result: ProviderResult) -> ProviderResult:
        if self.lost:
            self.lost -= 1
            return ProviderResult(ProviderStatus.UNKNOWN)
        return result
