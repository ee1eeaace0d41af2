"""What the domain needs of a payment provider, in the field's verbs. `gateway.stripe` implements it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.money import Money


class AuthorizationStatus(StrEnum):
    """What came of asking for money."""

    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    DECLINED = "DECLINED"
    VOIDED = "VOIDED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """A payment to authorize; captured later. `method` is the provider's token for the buyer's card."""

    payment_id: UUID
    amount: Money
    method: str
    description: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderResult:
    """The provider's view of a payment.

    Attributes:
        reference: the provider's id of the payment; None when it never heard of it.
        client_secret: lets the buyer's browser finish an authentication; only with REQUIRES_ACTION, never stored.
        failure_code: the provider's reason of a decline.
    """

    status: AuthorizationStatus
    reference: str | None = None
    client_secret: str | None = None
    failure_code: str | None = None
    authorized_minor: int = 0
    captured_minor: int = 0


class RefundStatus(StrEnum):
    """What came of asking to give money back."""

    SUCCEEDED = "SUCCEEDED"
    PENDING = "PENDING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to give back on a captured payment; `leg_id` and `attempt` make the provider's idempotency key."""

    leg_id: UUID
    attempt: int
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundResult:
    """The provider's view of a refund."""

    status: RefundStatus
    reference: str | None = None
    failure_code: str | None = None
    amount_minor: int = 0


class PaymentProvider(Protocol):
    """A provider of card payments. Every call may be repeated with the same arguments: it happens once."""

    async def authorize(self, request: AuthorizeRequest) -> ProviderResult:
        """Ask for the money. UNKNOWN when no answer came: ask again, or `find`."""
        ...

    async def retrieve(self, reference: str) -> ProviderResult:
        """A payment by the provider's id."""
        ...

    async def find(self, payment_id: UUID) -> ProviderResult | None:
        """A payment by our id in its metadata; None when the provider never heard of it."""
        ...

    async def capture(self, reference: str, amount: Money, key: str) -> ProviderResult:
        """Take the money, at most what was authorized; the rest is released."""
        ...

    async def void(self, reference: str, key: str) -> ProviderResult:
        """Release an authorization."""
        ...

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back on a captured payment."""
        ...

    async def find_refund(self, leg_id: UUID, reference: str) -> RefundResult | None:
        """A refund by our leg id in its metadata, among the refunds of a payment; None when there is none."""
        ...
