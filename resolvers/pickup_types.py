"""The types of pickups on the wire, and their refusals."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import segno
import strawberry

import resolvers.orders_enums  # noqa: F401 - describes the enumerations used below
from domain.acts import ActorKind
from domain.errors import Refused
from domain.locations import store as location_store
from domain.orders import store as order_store
from domain.orders.model import FulfillmentOrder as FulfillmentOrderValue
from domain.orders.model import FulfillmentStatus, Units
from domain.pickup import model, rules, steps, store
from domain.pickup.errors import PickupErrorCode
from domain.pickup.model import Collector, RejectReason, ShortReason, Verification
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError
from resolvers.ids import global_id

if TYPE_CHECKING:
    from resolvers.locations_types import Location
    from resolvers.order_lines import OrderLineItem

described_enum(
    Verification,
    "How a store makes sure of the person at the counter.",
    {
        "CODE": "The pickup's code, typed or scanned.",
        "IDENTITY": "An identity document; say in `proof` what was checked.",
    },
    name="PickupVerification",
)
described_enum(
    Collector,
    "Who collects.",
    {"BUYER": "Whoever bought it.", "PERSON": "The person the buyer named."},
    name="PickupCollector",
)
described_enum(
    ShortReason,
    "Why a unit cannot be picked.",
    {
        "NOT_FOUND": "It is not there; it leaves the store's stock.",
        "DAMAGED": "It cannot be sold; it is set aside.",
    },
    name="PickShortReason",
)
described_enum(
    RejectReason,
    "Why a store cannot serve what is still to be picked.",
    {
        "NOT_FOUND": "The goods are not there; they leave the store's stock.",
        "DAMAGED": "The goods cannot be sold; they are set aside.",
        "CANNOT_SERVE": "The store cannot do it; its stock stays as it is.",
    },
    name="FulfillmentOrderRejectReason",
)
described_enum(
    PickupErrorCode,
    "Why a pickup command was refused.",
    {
        "FULFILLMENT_ORDER_NOT_FOUND": "There is no such fulfillment order, or it is not yours.",
        "ORDER_NOT_FOUND": "There is no such order, or it is not yours.",
        "LINE_NOT_FOUND": "A line is not of this fulfillment order, or nothing of it waits.",
        "DUPLICATE_LINE": "A line was named twice.",
        "QUANTITY_INVALID": "A quantity is below 1, or no line was named.",
        "QUANTITY_EXCEEDS_FULFILLABLE": "Fewer units are there to be picked or handed over; see `available`.",
        "QUANTITY_EXCEEDS_CANCELABLE": "Fewer units can still be canceled; see `available`.",
        "WRONG_FULFILLMENT_METHOD": "These goods are not collected in a store.",
        "INVALID_TRANSITION": "The status does not allow this step; see `status`.",
        "NOTHING_TO_PICK": "Everything that is wanted has been picked.",
        "PICKUP_CODE_INVALID": "The code is wrong; see `attemptsLeft`.",
        "PICKUP_EXPIRED": "The deadline has passed; see `until`. The store may extend it.",
        "ALREADY_HANDED_OVER": "Everything was collected before.",
        "PROOF_REQUIRED": "Say what was checked.",
        "PERSON_NOT_NAMED": "The buyer has named nobody to collect it.",
        "TEXT_INVALID": "A text is empty or too long; see `maximum`.",
        "EXTENSION_INVALID": "Too many days, or no later than the present deadline; see `maximum`.",
        "NOTHING_TO_RESHELVE": "No goods of it wait to be put back.",
        "OUT_OF_STOCK": "The goods are not there; see `available`.",
        "PAYMENT_NOT_AUTHORIZED": "The order's card payment still waits for its authorization.",
        "CAPTURE_EXCEEDS_AUTHORIZATION": "More would be taken than was promised.",
        "PAYMENT_DISPUTED": "A payment is under dispute; nothing goes back until it closes.",
        "BALANCE_DUE": "A part of the order is not paid; see `orderBalancePay`.",
        "TENDER_UNAVAILABLE": "The money cannot go back the way it came.",
        "SESSION_CLOSED": "No register session is open at the till; see `registerSessionOpen`.",
        "INSUFFICIENT_DRAWER": "The drawer holds less cash than this; see `cashMovementCreate`.",
        "REFUND_EXCEEDS_CAPACITY": "More would go back than was taken.",
        "TOO_MANY_ATTEMPTS": "Too many wrong codes; see `until`, or check an identity document.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


@strawberry.type(description="Why a pickup command was refused.")
class PickupUserError(UserError):
    """The pickup room's refusals."""

    code: PickupErrorCode = strawberry.field(description="Machine-readable reason.")
    available: int | None = strawberry.field(
        description="Units that would be admitted; null when it is not about that."
    )
    attempts_left: int | None = strawberry.field(description="Tries before a lock; null when no code was wrong.")
    maximum: int | None = strawberry.field(description="The bound that was passed; null when none was.")
    until: datetime | None = strawberry.field(
        description="When the deadline was, or when a locked code may be tried again; null when it is not about a time."
    )
    status: FulfillmentStatus | None = strawberry.field(description="The status that is in the way; null when none is.")

    @classmethod
    def of(cls, refused: Refused) -> "PickupUserError":
        """The wire form of a refusal."""
        facts = refused.facts
        until = facts.get("until") or facts.get("retryAt")
        status = facts.get("status")
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(PickupErrorCode, refused.code),
            available=_number(facts, "available"),
            attempts_left=_number(facts, "attemptsLeft"),
            maximum=_number(facts, "maximum"),
            until=datetime.fromisoformat(until) if isinstance(until, str) else None,
            status=FulfillmentStatus(status) if isinstance(status, str) else None,
        )


@strawberry.type(description="Units of one order line that travel together: handed over, shipped or set aside.")
class FulfillmentLineItem:
    """Units on the wire."""

    quantity: int = strawberry.field(description="Units.")
    units: strawberry.Private[Units]

    @classmethod
    def of(cls, value: Units) -> "FulfillmentLineItem":
        """The wire form of units."""
        return cls(quantity=value.quantity, units=value)

    @strawberry.field(description="The order's line.")
    async def order_line(
        self, info: ContextInfo
    ) -> Annotated["OrderLineItem", strawberry.lazy("resolvers.order_lines")]:
        from resolvers.order_lines import line_item

        line = await info.context.load(order_store.lines, self.units.line_id)
        assert line is not None, "a line of a pickup exists"
        return await line_item(info.context, line)


@strawberry.type(description="The person a buyer sends to collect.")
class PickupPerson:
    """A named person."""

    name: str = strawberry.field(description="Whom the store should ask for.")
    named_at: datetime = strawberry.field(description="When the buyer named this person.")


@strawberry.type(description="A customer who has come.")
class PickupArrival:
    """Where to look."""

    arrived_at: datetime = strawberry.field(description="When, or when it was last changed.")
    bay: str | None = strawberry.field(description="Parking bay; null when not given.")
    vehicle: str | None = strawberry.field(description="What the car looks like; null when not given.")


@strawberry.type(description="The record of goods given to somebody. Never changed.")
class PickupHandover:
    """A handover on the wire."""

    id: strawberry.ID = strawberry.field(description="The record's id.")
    verification: Verification = strawberry.field(description="How the store made sure.")
    collector: Collector = strawberry.field(description="Who came.")
    person_name: str | None = strawberry.field(description="The named person; null when the buyer came.")
    proof: str | None = strawberry.field(description="What else was checked or kept; null when nothing was.")
    handed_over_at: datetime = strawberry.field(description="When.")
    line_items: list[FulfillmentLineItem] = strawberry.field(description="What was taken along, in receipt order.")

    @classmethod
    def of(cls, value: model.Handover) -> "PickupHandover":
        """The wire form of a handover."""
        return cls(
            id=strawberry.ID(global_id("PickupHandover", value.id)),
            verification=value.verification,
            collector=value.collector,
            person_name=value.person_name,
            proof=value.proof,
            handed_over_at=value.handed_over_at,
            line_items=[FulfillmentLineItem.of(units) for units in value.units],
        )


@strawberry.type(description="What collecting adds to a fulfillment order.")
class Pickup:
    """A pickup on the wire. The code is for whoever bought it; where the goods lie is for the store."""

    fulfillment: strawberry.Private[FulfillmentOrderValue]
    value: strawberry.Private[model.Pickup | None]

    ready_at: datetime | None = strawberry.field(description="When it became ready; null before.")
    expires_at: datetime | None = strawberry.field(
        description="From this instant it can no longer be collected: a midnight where the store is. Null before it is ready."
    )
    person: PickupPerson | None = strawberry.field(description="Whom the buyer sends; null when the buyer comes.")
    arrival: PickupArrival | None = strawberry.field(description="Who has come and waits; null when nobody has.")
    reshelved_at: datetime | None = strawberry.field(
        description="When all goods of a no-show were back on the shelf; null before, and when somebody came."
    )

    @classmethod
    def of(cls, fulfillment: FulfillmentOrderValue, value: model.Pickup | None) -> "Pickup":
        """The wire form of a pickup that the store may not have touched yet."""
        person, arrival = (value.person, value.arrival) if value else (None, None)
        return cls(
            fulfillment=fulfillment,
            value=value,
            ready_at=value.ready_at if value else None,
            expires_at=value.expires_at if value else None,
            person=PickupPerson(name=person.name, named_at=person.named_at) if person else None,
            arrival=PickupArrival(arrived_at=arrival.at, bay=arrival.bay, vehicle=arrival.vehicle) if arrival else None,
            reshelved_at=value.reshelved_at if value else None,
        )

    @strawberry.field(
        description="When the store promised to be ready, inside its opening hours; null when it never opens."
    )
    async def promised_at(self, info: ContextInfo) -> datetime | None:
        if self.value is not None:
            return self.value.promised_at
        if self.fulfillment.location_id is None:
            return None
        location = await info.context.load(location_store.by_ids, self.fulfillment.location_id)
        policy = await info.context.load(store.policies, self.fulfillment.id)
        if location is None or policy is None:
            return None
        return steps.promise(location, policy, self.fulfillment.created_at)

    @strawberry.field(
        description="What to show at the counter: digits. For the buyer only; null before it is ready, once all was "
        "collected, and for everybody else."
    )
    def code(self, info: ContextInfo) -> str | None:
        return self._code(info.context)

    @strawberry.field(description="The code as a QR symbol, in SVG markup; null when `code` is.")
    def qr_code(self, info: ContextInfo) -> str | None:
        code = self._code(info.context)
        return None if code is None else svg(rules.qr_payload(self.fulfillment.id, code))

    @strawberry.field(description="What the QR symbol says, for a symbol of your own; null when `code` is.")
    def qr_payload(self, info: ContextInfo) -> str | None:
        code = self._code(info.context)
        return None if code is None else rules.qr_payload(self.fulfillment.id, code)

    @strawberry.field(description="Where in the store the goods wait. Null outside the store and when not noted.")
    def shelf(self, info: ContextInfo) -> str | None:
        return self.value.shelf if self.value and self._in_store(info.context) else None

    @strawberry.field(description="The location that sends what the store did not have; null when none does.")
    async def transfer_from(
        self, info: ContextInfo
    ) -> Annotated["Location", strawberry.lazy("resolvers.locations_types")] | None:
        from resolvers.locations_types import location_by_id

        return await location_by_id(info.context, self.value.transfer_from if self.value else None)

    @strawberry.field(description="Goods of a no-show that wait to be put back on the shelf. Empty outside the store.")
    def awaiting_reshelving(self, info: ContextInfo) -> list[FulfillmentLineItem]:
        if self.value is None or not self._in_store(info.context):
            return []
        return [FulfillmentLineItem.of(units) for units in self.value.staged]

    @strawberry.field(description="What was handed over, oldest first: several when it was collected in parts.")
    async def handovers(self, info: ContextInfo) -> list[PickupHandover]:
        found = await info.context.load_list(store.handovers, self.fulfillment.id)
        return [PickupHandover.of(handover) for handover in found]

    def _code(self, ctx: Context) -> str | None:
        # Guests reach a pickup only with its order's token, customers only their own.
        is_buyer = ctx.actor.kind in (ActorKind.CUSTOMER, ActorKind.GUEST)
        return self.value.code if self.value is not None and is_buyer else None

    def _in_store(self, ctx: Context) -> bool:
        return self.fulfillment.location_id is not None and ctx.actor.works_at(self.fulfillment.location_id)


@strawberry.type(
    description="What the person a buyer named needs to collect: a pass behind a link, and no more of the order."
)
class PickupPass:
    """A pickup as the named person sees it."""

    fulfillment: strawberry.Private[FulfillmentOrderValue]

    status: FulfillmentStatus = strawberry.field(description="Whether it is ready.")
    person_name: str = strawberry.field(description="Whom the buyer named.")
    expires_at: datetime | None = strawberry.field(
        description="From this instant it can no longer be collected; null before it is ready."
    )
    code: str | None = strawberry.field(description="What to show at the counter; null before it is ready.")
    qr_code: str | None = strawberry.field(description="The code as a QR symbol, in SVG markup; null when `code` is.")

    @classmethod
    def of(cls, fulfillment: FulfillmentOrderValue, pickup: model.Pickup, now: datetime) -> "PickupPass":
        """The pass of a pickup whose person is named."""
        assert pickup.person is not None, "a pass is somebody's"
        code = pickup.code
        return cls(
            fulfillment=fulfillment,
            status=rules.status_at(fulfillment.status, pickup, now),
            person_name=pickup.person.name,
            expires_at=pickup.expires_at,
            code=code,
            qr_code=None if code is None else svg(rules.qr_payload(fulfillment.id, code)),
        )

    @strawberry.field(description="Where to go.")
    async def location(
        self, info: ContextInfo
    ) -> Annotated["Location", strawberry.lazy("resolvers.locations_types")] | None:
        from resolvers.locations_types import location_by_id

        return await location_by_id(info.context, self.fulfillment.location_id)


def svg(payload: str) -> str:
    """A QR symbol in SVG markup that can stand inside a page; medium error correction, so that it survives a crack."""
    return str(segno.make_qr(payload, error="m").svg_inline(scale=4, dark="#000", light="#fff"))


def _number(facts: Mapping[str, int | str | bool | None], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) else None
