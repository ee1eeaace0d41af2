"""Values of the pickup room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.acts import ActorKind
from domain.locations.model import LocationId
from domain.orders.model import FulfillmentOrderId, OrderLineId, Units

HandoverId = NewType("HandoverId", UUID)

CODE_LENGTH = 6
TEXT_LENGTH_MAX = 200


class Verification(StrEnum):
    """How the store made sure of the person at the counter."""

    CODE = "CODE"
    IDENTITY = "IDENTITY"


class Collector(StrEnum):
    """Who came."""

    BUYER = "BUYER"
    PERSON = "PERSON"


class ShortReason(StrEnum):
    """Why a unit cannot be picked."""

    NOT_FOUND = "NOT_FOUND"
    DAMAGED = "DAMAGED"


class RejectReason(StrEnum):
    """Why a store cannot serve what is still to be picked."""

    NOT_FOUND = "NOT_FOUND"
    DAMAGED = "DAMAGED"
    CANNOT_SERVE = "CANNOT_SERVE"


class MessageKind(StrEnum):
    """What a buyer is told."""

    READY = "READY"
    REMINDER = "REMINDER"
    DELAYED = "DELAYED"
    CHANGED = "CHANGED"
    EXPIRED = "EXPIRED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the buyer sends. Only the hash of the link's token is kept, and that only while the link opens something."""

    name: str
    token_hash: str | None
    named_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """The customer is there. `bay` and `vehicle` help staff to find the car."""

    at: datetime
    bay: str | None
    vehicle: str | None


@dataclass(frozen=True, slots=True)
class Pickup:
    """What this room knows of a fulfillment order.

    Attributes:
        promised_at: when the store said it would be ready, inside its opening hours; None when it is never open.
        ready_at: when the buyer was told that it is ready; None before.
        expires_at: from this instant nobody may collect any more: a midnight in the store's zone. None before ready.
        code: what the buyer shows, digits; None before ready and once everything was collected.
        shelf: where in the store the goods wait.
        transfer_from: the location that sends what this store did not have.
        staged: units of a no-show that lie at the counter and wait to be put back on the shelf.
    """

    fulfillment_order_id: FulfillmentOrderId
    promised_at: datetime | None
    ready_at: datetime | None = None
    expires_at: datetime | None = None
    code: str | None = None
    shelf: str | None = None
    person: Person | None = None
    arrival: Arrival | None = None
    transfer_from: LocationId | None = None
    staged: tuple[Units, ...] = ()
    reshelved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PickedLine:
    """What a picker found of one line: units taken, and units that will never be."""

    line_id: OrderLineId
    picked: int = 0
    short: int = 0
    short_reason: ShortReason = ShortReason.NOT_FOUND


@dataclass(frozen=True, slots=True)
class HandOver:
    """Goods given to somebody.

    Attributes:
        code: what was shown, typed or scanned; needed for the verification CODE.
        units: what is taken along; None for everything that waits.
        proof: what else was checked or kept, such as the kind of document or a signature's file name. Needed for the
            verification IDENTITY. Never a document number.
    """

    fulfillment_order_id: FulfillmentOrderId
    verification: Verification
    collector: Collector = Collector.BUYER
    code: str | None = None
    units: tuple[Units, ...] | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """The record of a handover; never changed. `units` in receipt order."""

    id: HandoverId
    fulfillment_order_id: FulfillmentOrderId
    verification: Verification
    collector: Collector
    person_name: str | None
    proof: str | None
    actor_kind: ActorKind
    actor_id: str
    terminal_id: UUID | None
    handed_over_at: datetime
    units: tuple[Units, ...]


@dataclass(frozen=True, slots=True)
class PickupMessage:
    """What a buyer is told, with all that a text needs. `code` only where it still opens something."""

    kind: MessageKind
    fulfillment_order_id: FulfillmentOrderId
    email: str
    order_number: str
    location_name: str
    time_zone: str
    promised_at: datetime | None
    expires_at: datetime | None
    code: str | None
