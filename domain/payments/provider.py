"""The seam to the payment provider. The gateway implements it; the domain knows no provider by name.

Every method may raise `domain.errors.ProviderUnavailable` when the provider is misconfigured or refuses us as a client.
No usable answer to a request that may have moved money is not an exception but the status UNKNOWN: ask again with the same key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.money import Money


class ProviderStatus(StrEnum):
    """Where a payment stands in the provider's books."""

    AUTHORIZED = "AUTHORIZED"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    DECLINED = "DECLINED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    UNKNOWN = "UNKNOWN"


class RefundStatus(StrEnum):
    """Where a refund stands in the provider's books."""

    SUCCEEDED = "SUCCEEDED"
    PENDING = "PENDING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"


class DisputeStatus(StrEnum):
    """Where a cardholder's dispute stands. An INQUIRY asks a question and blocks nothing."""

    INQUIRY = "INQUIRY"
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """A promise of money to ask for.

    Attributes:
        payment_id: our id; makes the idempotency key and travels as metadata.
        amount: what to authorize, captured later by its own request.
        method: the provider's payment method token, made in the browser; never a card number. Empty with a `reader`.
        reader: the provider's id of the device that is to ask for a card; None when `method` is the card.
        description: what the provider's dashboard shows.
        metadata: further facts for the provider's dashboard; no personal data.
    """

    payment_id: UUID
    amount: Money
    method: str
    reader: str | None = None
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderResult:
    """The provider's answer about one payment.

    Attributes:
        status: where it stands; UNKNOWN when there was no usable answer.
        reference: the provider's id; None when it is not known.
        payment_id: our id from the provider's metadata; None when it carries none.
        client_secret: lets the customer's device finish REQUIRES_ACTION; never stored, never logged.
        failure_code: the provider's reason for a decline or a canceled authorization.
        amount_minor: what was asked for, authorized_minor what can be captured, captured_minor what was taken.
        currency: ISO code in capitals; None when there was no usable answer.
    """

    status: ProviderStatus
    reference: str | None = None
    payment_id: UUID | None = None
    client_secret: str | None = None
    failure_code: str | None = None
    amount_minor: int = 0
    authorized_minor: int = 0
    captured_minor: int = 0
    currency: str | None = None


class ReaderAction(StrEnum):
    """What a card reader does with its last payment."""

    NONE = "NONE"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ReaderState:
    """A card reader as the provider sees it.

    Attributes:
        is_online: whether the provider can reach it.
        payment_reference: the provider's id of the payment that `action` is about; None with NONE.
        failure_code: why that failed; None unless it did.
    """

    is_online: bool
    action: ReaderAction = ReaderAction.NONE
    payment_reference: str | None = None
    failure_code: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to send back: `reference` is the provider's id of the payment. The key is made of leg id and attempt."""

    leg_id: UUID
    attempt: int
    reference: str
    amount: Money

    @property
    def key(self) -> str:
        return refund_key(self.leg_id, self.attempt)


@dataclass(frozen=True, slots=True)
class RefundResult:
    """The provider's answer about one refund.

    Attributes:
        reference: the provider's id of the refund; None when none was made or it is not known.
        leg_id: our leg from the provider's metadata; None for refunds made in the provider's dashboard.
        payment_reference: the provider's id of the payment it came out of.
        amount_minor: what goes back, in `currency` (ISO code in capitals).
    """

    status: RefundStatus
    reference: str | None = None
    failure_code: str | None = None
    leg_id: UUID | None = None
    payment_reference: str | None = None
    amount_minor: int = 0
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeResult:
    """A cardholder's dispute as the provider has it."""

    reference: str
    payment_reference: str | None
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Payments of the provider's list, newest first, and where to go on; None at the end."""

    items: Sequence[ProviderResult]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RefundPage:
    """Refunds of the provider's list, newest first, and where to go on; None at the end."""

    items: Sequence[RefundResult]
    next_cursor: str | None


def authorize_key(payment_id: UUID) -> str:
    """The idempotency key of an authorization."""
    return f"authorize:{payment_id}"


def capture_key(payment_id: UUID) -> str:
    """The idempotency key of a capture; there is one per payment."""
    return f"capture:{payment_id}"


def void_key(payment_id: UUID) -> str:
    """The idempotency key of a void."""
    return f"void:{payment_id}"


def present_key(payment_id: UUID) -> str:
    """The idempotency key of having a reader ask for a payment's card."""
    return f"present:{payment_id}"


def refund_key(leg_id: UUID, attempt: int) -> str:
    """The idempotency key of one attempt at a refund leg."""
    return f"refund:{leg_id}:{attempt}"


def refund_cancel_key(leg_id: UUID, attempt: int) -> str:
    """The idempotency key of giving one attempt at a refund leg up."""
    return f"refund_cancel:{leg_id}:{attempt}"


class PaymentProvider(Protocol):
    """What we ask of a payment provider. Asked again with the same key, it answers the same."""

    async def authorize(self, request: AuthorizeRequest) -> ProviderResult:
        """Promise money. A card's refusal is DECLINED with its decline code. With a reader the answer is REQUIRES_ACTION
        while it waits for a card, and DECLINED when it cannot ask for one."""
        ...

    async def retrieve(self, reference: str, reader: str | None = None) -> ProviderResult:
        """A payment as it stands now. DECLINED when its `reader` has stopped asking for a card."""
        ...

    async def find(self, payment_id: UUID) -> ProviderResult | None:
        """The payment made for our id, by metadata; None when there is none. May lag a minute behind."""
        ...

    async def capture(self, reference: str, amount: Money, key: str) -> ProviderResult:
        """Take promised money; what is left of the authorization is released. Answers the payment's real state when
        it can no longer be captured, with the reason as failure code."""
        ...

    async def void(self, reference: str, key: str, reader: str | None = None) -> ProviderResult:
        """Release promised money; its `reader` stops asking for a card. Answers the payment's real state when it can no longer be voided."""
        ...

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Send money back. FAILED without a reference means that no refund was made."""
        ...

    async def cancel_refund(self, reference: str, key: str) -> RefundResult:
        """Give up a refund that waits for its customer. Answers the refund's real state when it can no longer be
        canceled."""
        ...

    async def reader(self, reader: str) -> ReaderState | None:
        """A card reader as it is now; None when the provider knows none of this id."""
        ...

    async def find_refund(self, leg_id: UUID, reference: str) -> RefundResult | None:
        """The refund of payment `reference` made for our leg, by metadata; None when there is none."""
        ...

    async def retrieve_refund(self, reference: str) -> RefundResult:
        """A refund as it stands now."""
        ...

    async def refunds_of(self, reference: str) -> Sequence[RefundResult]:
        """Every refund of a payment, whoever made it, oldest first."""
        ...

    async def retrieve_dispute(self, reference: str) -> DisputeResult:
        """A dispute as it stands now."""
        ...

    async def payments_since(self, since: datetime, cursor: str | None) -> PaymentPage:
        """A page of all payments made since, for reconciliation."""
        ...

    async def refunds_since(self, since: datetime, cursor: str | None) -> RefundPage:
        """A page of all refunds made since, for reconciliation."""
        ...
