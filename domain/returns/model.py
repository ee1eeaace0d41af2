"""Returns as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.acts import ActorKind
from domain.errors import Fact
from domain.locations.model import LocationId
from domain.money import Currency
from domain.orders.model import LineTax, OrderId, OrderLineId, ShippingCharge
from domain.payments.model import LegPlan

ReturnId = NewType("ReturnId", UUID)
ReturnLineId = NewType("ReturnLineId", UUID)
SettlementId = NewType("SettlementId", UUID)

LINES_MAX = 5000


class ReturnStatus(StrEnum):
    """How far the document is."""

    REQUESTED = "REQUESTED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DECLINED = "DECLINED"
    CANCELED = "CANCELED"


NEXT: Mapping[ReturnStatus, frozenset[ReturnStatus]] = {
    ReturnStatus.REQUESTED: frozenset({ReturnStatus.OPEN, ReturnStatus.DECLINED, ReturnStatus.CANCELED}),
    ReturnStatus.OPEN: frozenset({ReturnStatus.CLOSED, ReturnStatus.CANCELED}),
    ReturnStatus.CLOSED: frozenset({ReturnStatus.OPEN}),
    ReturnStatus.DECLINED: frozenset(),
    ReturnStatus.CANCELED: frozenset(),
}
"""Which status may follow which. CLOSED opens again only for a parcel that was thought lost."""


class ReturnReason(StrEnum):
    """Why somebody sends goods back, in the customer's view."""

    UNWANTED = "UNWANTED"
    SIZE_TOO_SMALL = "SIZE_TOO_SMALL"
    SIZE_TOO_LARGE = "SIZE_TOO_LARGE"
    COLOR = "COLOR"
    STYLE = "STYLE"
    DEFECTIVE = "DEFECTIVE"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    WRONG_ITEM = "WRONG_ITEM"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class Reception(StrEnum):
    """What happened to announced units."""

    RECEIVED = "RECEIVED"
    LOST_IN_TRANSIT = "LOST_IN_TRANSIT"
    SHORT_SHIPPED = "SHORT_SHIPPED"


class Disposition(StrEnum):
    """Where accepted units go, or that they are not accepted."""

    RESTOCKED = "RESTOCKED"
    PROCESSING_REQUIRED = "PROCESSING_REQUIRED"
    NOT_RESTOCKED = "NOT_RESTOCKED"
    REJECTED = "REJECTED"


class NotReturnableReason(StrEnum):
    """Why units of a line cannot be returned now."""

    NOT_FULFILLED = "NOT_FULFILLED"
    ALREADY_RETURNED = "ALREADY_RETURNED"
    WINDOW_EXPIRED = "WINDOW_EXPIRED"


class ReturnEventKind(StrEnum):
    """What happened to a return."""

    REQUESTED = "REQUESTED"
    CREATED = "CREATED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    RECEIVED = "RECEIVED"
    PROCESSED = "PROCESSED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


@dataclass(frozen=True, slots=True)
class SlotRange:
    """Neighboring unit slots of an order line that one return line holds; the first `settled` of them are paid for."""

    return_line_id: ReturnLineId
    order_line_id: OrderLineId
    first: int
    units: int
    settled: int


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Units of one order line in a return. All counters are units."""

    id: ReturnLineId
    return_id: ReturnId
    order_line_id: OrderLineId
    position: int
    reason: ReturnReason
    note: str | None
    requested: int
    canceled: int = 0
    expired: int = 0
    lost: int = 0
    received: int = 0
    rejected: int = 0
    restocked: int = 0
    quarantined: int = 0
    discarded: int = 0
    settled: int = 0

    @property
    def awaiting(self) -> int:
        """Announced and not arrived."""
        return self.requested - self.canceled - self.expired - self.lost - self.received

    @property
    def accepted(self) -> int:
        return self.restocked + self.quarantined + self.discarded

    @property
    def pending(self) -> int:
        """Arrived and not looked at."""
        return self.received - self.accepted - self.rejected

    @property
    def unsettled(self) -> int:
        """Accepted and not paid for."""
        return self.accepted - self.settled

    @property
    def is_done(self) -> bool:
        return self.awaiting == self.pending == self.unsettled == 0


@dataclass(frozen=True, slots=True)
class Return:
    """One return of units of one order. `lines` in the order they were named.

    Attributes:
        location_id: the store where it was made; None when it was asked for online.
        claim_expires_at: until when the first unit must arrive.
    """

    id: ReturnId
    number: str
    order_id: OrderId
    status: ReturnStatus
    location_id: LocationId | None
    decline_reason: str | None
    policy_version: int
    created_at: datetime
    claim_expires_at: datetime
    version: int
    lines: tuple[ReturnLine, ...]


@dataclass(frozen=True, slots=True)
class LineChoice:
    """Units of an order line that somebody wants to return."""

    order_line_id: OrderLineId
    quantity: int
    reason: ReturnReason = ReturnReason.UNKNOWN
    note: str | None = None


@dataclass(frozen=True, slots=True)
class NewReturn:
    """A return to make. `override` returns units past the window; it needs `approve_overrides`. `id` is what the return
    will be called; None calls it anything."""

    order_id: OrderId
    lines: tuple[LineChoice, ...]
    location_id: LocationId | None = None
    override: bool = False
    id: ReturnId | None = None


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """What became of some units of a return line. Without a disposition they wait to be looked at."""

    return_line_id: ReturnLineId
    quantity: int
    reception: Reception = Reception.RECEIVED
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class InspectedLine:
    """Some arrived units of a return line that were looked at; without a disposition they go where the policy sends them."""

    return_line_id: ReturnLineId
    quantity: int
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class DisposedLine:
    """Where some arrived units of a return line go."""

    return_line_id: ReturnLineId
    quantity: int
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """What some units of an order line are worth. `slots` are (first, units) pairs."""

    order_line_id: OrderLineId
    quantity: int
    slots: tuple[tuple[int, int], ...]
    net_minor: int
    taxes: tuple[LineTax, ...]
    points: int
    paid_minor: int

    @property
    def tax_minor(self) -> int:
        return sum(tax.amount_minor for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is kept back of the units' worth, component by component; negative gives back what was kept back before."""

    net_minor: int = 0
    taxes: tuple[LineTax, ...] = ()

    @property
    def tax_minor(self) -> int:
        return sum(tax.amount_minor for tax in self.taxes)

    @property
    def minor(self) -> int:
        """Net and taxes together."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class ReturnQuote:
    """What returning some units pays, to the last unit of money and points; changes nothing.

    Attributes:
        lifetime: how long it binds.
        lines: in receipt order.
        shipping_minor: shipping with its tax that goes back too; `shipping_taxes` are in it.
        refund_minor: what goes back to tenders: paid amounts of the lines and shipping.
        points_back: points spent on these units, returned to the wallet.
        points_clawed: points earned on these units, taken back (pending ones are dropped).
        legs: where the money goes, in the order it is sent.
        withheld: what promotions that are priced again keep back of the lines' worth; `refund_minor` is less it.
        charges: the deliveries whose shipping goes back; `shipping_minor` is their sum.
    """

    order_id: OrderId
    currency: Currency
    policy_version: int
    lifetime: timedelta
    lines: tuple[QuotedLine, ...]
    shipping_minor: int
    shipping_taxes: tuple[LineTax, ...]
    refund_minor: int
    points_back: int
    points_clawed: int
    legs: tuple[LegPlan, ...]
    withheld: Withheld = Withheld()
    charges: tuple[ShippingCharge, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """One payment of what a return owes, as it was booked. `taxes` are refunded tax per jurisdiction, shipping's included."""

    id: SettlementId
    return_id: ReturnId
    order_id: OrderId
    currency: Currency
    net_minor: int
    taxes: tuple[LineTax, ...]
    shipping_minor: int
    refund_minor: int
    points_back: int
    points_clawed: int
    settled_at: datetime
    withheld_net_minor: int = 0
    withheld_taxes: tuple[LineTax, ...] = ()

    @property
    def withheld(self) -> Withheld:
        """What promotions that are priced again kept back of the units' worth."""
        return Withheld(self.withheld_net_minor, self.withheld_taxes)


@dataclass(frozen=True, slots=True)
class ReturnEvent:
    """One step of a return's life."""

    id: UUID
    return_id: ReturnId
    kind: ReturnEventKind
    actor_kind: ActorKind
    actor_id: str
    recorded_at: datetime
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """How many units of an order line may be returned now, until when, or why none."""

    order_line_id: OrderLineId
    quantity: int
    until: datetime | None
    reason: NotReturnableReason | None
