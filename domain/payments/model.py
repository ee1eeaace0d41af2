"""The values of the payments room, and the order in which a leg's and a payment's states may follow each other."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.money import Currency, Money

PaymentId = NewType("PaymentId", UUID)
RefundLegId = NewType("RefundLegId", UUID)


class Tender(StrEnum):
    """One way of paying or of giving back. BALANCE is what a buyer owes until the goods are collected: money that other
    tenders will bring."""

    CARD = "CARD"
    CASH = "CASH"
    EXTERNAL = "EXTERNAL"
    STORE_CREDIT = "STORE_CREDIT"
    GIFT_CARD = "GIFT_CARD"
    BALANCE = "BALANCE"


STORED_VALUE = frozenset({Tender.GIFT_CARD, Tender.STORE_CREDIT})
"""Tenders that are a hold on a wallet of the ledger: promised, taken and given back in our own transactions."""


class RefundOrder(StrEnum):
    """Out of which of an order's tenders a refund comes first; cash comes last unless all give in proportion."""

    CARD_FIRST = "CARD_FIRST"
    STORED_VALUE_FIRST = "STORED_VALUE_FIRST"
    PROPORTIONAL = "PROPORTIONAL"


class PaymentStatus(StrEnum):
    """Where a payment stands with us."""

    CREATED = "CREATED"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    AUTHORIZED = "AUTHORIZED"
    CAPTURE_REQUESTED = "CAPTURE_REQUESTED"
    CAPTURED = "CAPTURED"
    VOID_REQUESTED = "VOID_REQUESTED"
    VOIDED = "VOIDED"
    FAILED = "FAILED"


LIVE = frozenset(
    {
        PaymentStatus.CREATED,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.AUTHORIZED,
        PaymentStatus.CAPTURE_REQUESTED,
        PaymentStatus.CAPTURED,
    }
)
"""States in which a payment may still pay for its owner."""

REFUNDABLE = frozenset({PaymentStatus.CAPTURE_REQUESTED, PaymentStatus.CAPTURED})
"""States in which a payment's money is taken, or is being taken and cannot be asked back from the request."""


class LegStatus(StrEnum):
    """Where a refund leg stands."""

    RESERVED = "RESERVED"
    PENDING = "PENDING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    ON_HOLD = "ON_HOLD"
    EXTERNAL = "EXTERNAL"


USES_CAPACITY = frozenset(
    {
        LegStatus.RESERVED,
        LegStatus.PENDING,
        LegStatus.REQUIRES_ACTION,
        LegStatus.SUCCEEDED,
        LegStatus.EXTERNAL,
        LegStatus.ON_HOLD,
    }
)
"""A leg on hold keeps its place: when the dispute is won it is paid, so nobody else may have its amount."""

PROMISED = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURE_REQUESTED, PaymentStatus.CAPTURED})
"""The money is ours or ours to take."""

UNSENT = frozenset({LegStatus.RESERVED, LegStatus.ON_HOLD})


class LegOrigin(StrEnum):
    """Who made a leg: we, somebody in the provider's dashboard, or the bank by a lost dispute."""

    OURS = "OURS"
    PROVIDER = "PROVIDER"
    DISPUTE = "DISPUTE"


class CallState(StrEnum):
    """Where one intent towards the provider stands. UNKNOWN: it may have happened, ask again with the same key."""

    REQUESTED = "REQUESTED"
    SENT = "SENT"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class FindingKind(StrEnum):
    """What differs between the provider's books and ours."""

    UNKNOWN_PAYMENT = "UNKNOWN_PAYMENT"
    UNKNOWN_REFUND = "UNKNOWN_REFUND"
    UNLINKED_REFUND = "UNLINKED_REFUND"
    DUPLICATE_REFUND = "DUPLICATE_REFUND"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    STATUS_DIFFERED = "STATUS_DIFFERED"
    CAPTURE_FAILED = "CAPTURE_FAILED"
    CAPTURED_AFTER_VOID = "CAPTURED_AFTER_VOID"
    REFUND_FAILED = "REFUND_FAILED"
    OVER_REFUNDED = "OVER_REFUNDED"
    DISPUTE_LOST = "DISPUTE_LOST"
    CALL_STUCK = "CALL_STUCK"
    MISSING_AT_PROVIDER = "MISSING_AT_PROVIDER"


@dataclass(frozen=True, slots=True)
class Payment:
    """One tender of an order, or of a checkout that may become one.

    Attributes:
        owner: what it pays for before there is an order: the checkout's id as text.
        amount_minor: the part of the order's due that this payment settles.
        authorized_minor: what the provider promised.
        capture_minor: what we asked to take; None until asked.
        captured_minor: what was taken; for cash what went into the drawer after rounding.
        cash_step_minor: the smallest cash amount its refunds are rounded to; 1 when cash is exact.
        payer: who holds the money of an EXTERNAL payment (a marketplace).
        location_id, terminal_id: where a till took it.
        hold_id: the hold it is in the ledger, of a gift card or store credit; None for other tenders.
        tendered_minor: coins and notes the customer handed over; what is above `captured_minor` was given back as change.
        refund_order: how the order's refunds are split, as its market's terms said at the sale; None when it has one tender.
        reader: the provider's id of the device that asks for the card; None when the card was given as a `method`.
    """

    id: PaymentId
    owner: str
    order_id: UUID | None
    tender: Tender
    currency: Currency
    amount_minor: int
    authorized_minor: int
    capture_minor: int | None
    captured_minor: int
    cash_step_minor: int
    status: PaymentStatus
    method: str
    provider_reference: str | None
    failure_code: str | None
    payer: str | None
    location_id: UUID | None
    terminal_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    hold_id: UUID | None = None
    refund_order: RefundOrder | None = None
    tendered_minor: int | None = None
    reader: str | None = None

    @property
    def refundable_minor(self) -> int:
        """What of the order's due may ever go back out of this payment: nothing until its money is taken or asked for.

        Cash counts in due, not in coins: 6.47 settled by 6.45 gives back 6.47 of due, which is 6.45 in coins.
        """
        if self.status not in REFUNDABLE:
            return 0
        if self.tender is Tender.CASH:
            return self.amount_minor
        return self.captured_minor if self.status is PaymentStatus.CAPTURED else self.capture_minor or 0


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment to start. `method` is the provider's token of the card, or `reader` its id of the device that asks for one."""

    owner: str
    tender: Tender
    amount: Money
    method: str
    location_id: UUID | None = None
    terminal_id: UUID | None = None
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class TenderTerms:
    """A market's rules for tenders.

    Attributes:
        country: ISO 3166-1 alpha-2, or empty for every country without terms of its own in this currency.
        cash_step_minor: the smallest amount that coins can make; 1 when cash is exact.
    """

    country: str
    currency: Currency
    cash_step_minor: int
    refund_order: RefundOrder = RefundOrder.CARD_FIRST


@dataclass(frozen=True, slots=True)
class PlacedTender:
    """A part of an order's due that is not the card's: agreed before the order, written with it.

    Attributes:
        wallet_id, hold_id: of a gift card or store credit; the hold once it is made.
        label: the last four characters of a gift card's code, or the payer of EXTERNAL money.
        refund_order: what `Payment.refund_order` will be.
        cash_step_minor: the smallest coin where cash is taken; None takes the currency's.
        tendered_minor: what the customer handed over in cash; None when nobody counted.
    """

    tender: Tender
    amount_minor: int
    wallet_id: UUID | None = None
    hold_id: UUID | None = None
    label: str = ""
    refund_order: RefundOrder | None = None
    cash_step_minor: int | None = None
    tendered_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RefundLeg:
    """One movement of money back out of one payment.

    Attributes:
        order_id: None only for refunds of payments that belong to no order.
        reference: what it is for: the return's or cancellation's id as text; the provider's id for unlinked legs.
        amount_minor: how much of the order's due it gives back; what capacity counts.
        paid_minor: what the customer receives; differs from `amount_minor` only by cash rounding.
        attempt: 1, and one more for each retry of a failed leg.
        replaces_leg_id: the failed leg that this one makes good.
    """

    id: RefundLegId
    payment_id: PaymentId
    order_id: UUID | None
    reference: str
    tender: Tender
    origin: LegOrigin
    currency: Currency
    amount_minor: int
    paid_minor: int
    status: LegStatus
    attempt: int
    provider_reference: str | None
    failure_code: str | None
    replaces_leg_id: RefundLegId | None
    location_id: UUID | None
    terminal_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LegPlan:
    """A part of a refund that would come out of one payment, by its tender."""

    payment_id: PaymentId
    tender: Tender
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What may still go back out of a payment. `disputed` means: nothing until the dispute closes.

    `cash_back_minor` is what of its due went back in cash so far; the next cash refund is rounded on top of it.
    """

    payment: Payment
    left_minor: int
    disputed: bool
    cash_back_minor: int = 0

    @property
    def free_minor(self) -> int:
        return 0 if self.disputed else self.left_minor


@dataclass(frozen=True, slots=True)
class Call:
    """One intent towards the provider. `sent_at` is when its key first left us; the key's life counts from there."""

    key: str
    payment_id: PaymentId
    leg_id: RefundLegId | None
    state: CallState
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference that a person should see. `reference` names the provider's object, or our key or id."""

    kind: FindingKind
    reference: str
    payment_id: PaymentId | None = None
    leg_id: RefundLegId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: which, for which payment, order or leg, and by how much."""

    invariant: str
    subject: UUID
    detail: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One run of the comparison with the provider's lists: what was looked at and what was found."""

    id: UUID
    since: datetime
    started_at: datetime
    finished_at: datetime | None
    payments_seen: int
    refunds_seen: int
    findings: int
