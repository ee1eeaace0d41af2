"""Payments and refunds of an order: what was taken, what went back, and making a failed refund good."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.orders import store as orders
from domain.orders.model import OrderId
from domain.payments import model, service, store
from domain.payments.errors import PaymentErrorCode, RefundNotFound
from domain.payments.model import LegOrigin, LegStatus, PaymentId, PaymentStatus, RefundLegId, Tender
from resolvers import nodes
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError
from resolvers.ids import global_id, uuid_of
from resolvers.scalars import Money

if TYPE_CHECKING:
    from resolvers.locations import Location

described_enum(
    Tender,
    "One way of paying or of giving back.",
    {
        "CARD": "A card or wallet, through the payment provider.",
        "CASH": "Coins and notes at a till.",
        "EXTERNAL": "Money that a marketplace holds; its refunds are paid there.",
        "STORE_CREDIT": "A balance with the shop; only refunds go to it.",
    },
)
described_enum(
    PaymentStatus,
    "Where a payment stands.",
    {
        "CREATED": "Begun; the provider has not answered yet.",
        "REQUIRES_ACTION": "The customer must confirm with their bank.",
        "AUTHORIZED": "The money is promised.",
        "CAPTURE_REQUESTED": "The money is being taken.",
        "CAPTURED": "The money was taken.",
        "VOID_REQUESTED": "The promise is being released.",
        "VOIDED": "The promise was released; nothing was taken.",
        "FAILED": "It was declined, or its authorization expired; see `failureCode`.",
    },
)
described_enum(
    LegStatus,
    "Where a refund stands.",
    {
        "RESERVED": "Set aside; it is sent in a moment.",
        "PENDING": "Sent; the provider works on it.",
        "REQUIRES_ACTION": "Somebody must act, such as present the card.",
        "SUCCEEDED": "The money went back. A card refund can still fail days later.",
        "FAILED": "The money did not go back; retry or reroute it.",
        "CANCELED": "It was given up before it was sent.",
        "ON_HOLD": "It waits for the end of a dispute.",
        "EXTERNAL": "It is paid by the marketplace that holds the money.",
    },
    name="RefundStatus",
)
described_enum(
    LegOrigin,
    "Who made a refund.",
    {
        "OURS": "This system, for a return or a cancellation.",
        "PROVIDER": "Somebody in the payment provider's dashboard.",
        "DISPUTE": "The bank, by a dispute that was lost.",
    },
    name="RefundOrigin",
)
described_enum(
    PaymentErrorCode,
    "Why a payment or refund command was refused.",
    {
        "PAYMENT_IN_PROGRESS": "Another payment of the same checkout is in progress.",
        "PAYMENT_NOT_AUTHORIZED": "The payment is not authorized.",
        "PAYMENT_NOT_VOIDABLE": "The payment was captured; refund it instead.",
        "PAYMENT_DISPUTED": "The cardholder disputes the payment; see `maximum`.",
        "CAPTURE_EXCEEDS_AUTHORIZATION": "More than was authorized; see `maximum`.",
        "REFUND_EXCEEDS_CAPACITY": "More than was taken and has not gone back; see `maximum`.",
        "REFUND_NOT_FAILED": "Only a failed refund can be made good.",
        "REFUND_ALREADY_REPLACED": "It was retried or rerouted before.",
        "REFUND_NOT_FOUND": "There is no such refund, or not for you.",
        "TENDER_UNAVAILABLE": "This tender cannot be used here.",
        "LOCATION_NOT_ALLOWED": "You do not work at this location.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


class RefundRerouteTender(StrEnum):
    """Where a failed card refund may go instead."""

    CASH = "CASH"
    STORE_CREDIT = "STORE_CREDIT"


described_enum(
    RefundRerouteTender,
    "Where a failed card refund may go instead.",
    {
        "CASH": "Handed out at a till; needs `locationId`.",
        "STORE_CREDIT": "The customer's balance with the shop.",
    },
)


@strawberry.type(description="Why a payment or refund command was refused.")
class PaymentUserError(UserError):
    """The payments room's refusals."""

    code: PaymentErrorCode = strawberry.field(description="Machine-readable reason.")
    maximum: Money | None = strawberry.field(description="The most that is admitted; null when no amount was at fault.")


@strawberry.type(description="One tender of an order: money that was promised, taken, or is held by a marketplace.")
class Payment(nodes.Node):
    """A payment on the wire."""

    tender: Tender = strawberry.field(description="How it was paid.")
    status: PaymentStatus = strawberry.field(description="Where it stands.")
    amount: Money = strawberry.field(description="The part of the order's due that it settles.")
    authorized: Money = strawberry.field(description="What the provider promised; zero for cash.")
    captured: Money = strawberry.field(description="What was taken; for cash after rounding to the smallest coin.")
    failure_code: str | None = strawberry.field(description="The provider's reason; null unless it failed.")
    payer: str | None = strawberry.field(description="Who holds the money of an external payment; else null.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    value: strawberry.Private[model.Payment]

    @classmethod
    def of(cls, value: model.Payment) -> "Payment":
        """The wire form of a payment."""
        return cls(
            id=strawberry.ID(global_id("Payment", value.id)),
            tender=value.tender,
            status=value.status,
            amount=Money.minor(value.amount_minor, value.currency),
            authorized=Money.minor(value.authorized_minor, value.currency),
            captured=Money.minor(value.captured_minor, value.currency),
            failure_code=value.failure_code,
            payer=value.payer,
            created_at=value.created_at,
            updated_at=value.updated_at,
            value=value,
        )

    @strawberry.field(description="What went back, or is on its way back, out of it.")
    async def refunded(self, info: ContextInfo) -> Money:
        refunded = await info.context.load(store.refunded_of_payments, self.value.id)
        return Money.minor(refunded or 0, self.value.currency)

    @strawberry.field(description="What may still go back out of it now; zero while it is under dispute.")
    async def refundable(self, info: ContextInfo) -> Money:
        capacity = await info.context.load(store.capacities_of_payments, self.value.id)
        return Money.minor(capacity.free_minor if capacity is not None else 0, self.value.currency)

    @strawberry.field(description="Whether the cardholder disputes it and the bank has not decided.")
    async def disputed(self, info: ContextInfo) -> bool:
        capacity = await info.context.load(store.capacities_of_payments, self.value.id)
        return capacity is not None and capacity.disputed

    @strawberry.field(description="The store whose till took it; null when it was paid online.")
    async def location(self, info: ContextInfo) -> Annotated["Location", strawberry.lazy("resolvers.locations")] | None:
        if self.value.location_id is None:
            return None
        from resolvers.locations import location_by_id

        return await location_by_id(info.context, self.value.location_id)

    @strawberry.field(
        description="The provider's id, for the provider's dashboard; null for cash, and for callers who may not "
        "read all orders."
    )
    def provider_reference(self, info: ContextInfo) -> str | None:
        return self.value.provider_reference if info.context.actor.may(Scope.READ_ORDERS) else None


@strawberry.type(
    description="One movement of money back out of one payment. A return or cancellation has one for each tender."
)
class Refund(nodes.Node):
    """A refund leg on the wire."""

    tender: Tender = strawberry.field(description="Where the money goes.")
    status: LegStatus = strawberry.field(description="Where it stands.")
    origin: LegOrigin = strawberry.field(description="Who made it.")
    amount: Money = strawberry.field(description="How much of the order's due goes back.")
    paid: Money = strawberry.field(
        description="What the customer receives: `amount`, for cash rounded over all visits."
    )
    attempt: int = strawberry.field(description="1, and one more for each time it was made good.")
    failure_code: str | None = strawberry.field(description="The provider's reason; null unless it failed.")
    created_at: datetime = strawberry.field(description="When it was set aside.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    value: strawberry.Private[model.RefundLeg]

    @classmethod
    def of(cls, value: model.RefundLeg) -> "Refund":
        """The wire form of a leg."""
        return cls(
            id=strawberry.ID(global_id("Refund", value.id)),
            tender=value.tender,
            status=value.status,
            origin=value.origin,
            amount=Money.minor(value.amount_minor, value.currency),
            paid=Money.minor(value.paid_minor, value.currency),
            attempt=value.attempt,
            failure_code=value.failure_code,
            created_at=value.created_at,
            updated_at=value.updated_at,
            value=value,
        )

    @strawberry.field(description="The payment whose money goes back.")
    async def payment(self, info: ContextInfo) -> Payment:
        found = await info.context.load(store.payments, self.value.payment_id)
        assert found is not None, "a leg has its payment"
        return Payment.of(found)

    @strawberry.field(description="The refund that made this failed one good; null when there is none.")
    async def replaced_by(self, info: ContextInfo) -> "Refund | None":
        found = await info.context.load(store.successors_of_legs, self.value.id)
        return None if found is None else Refund.of(found)

    @strawberry.field(description="The failed refund that this one makes good; null when it is the first.")
    async def replaces(self, info: ContextInfo) -> "Refund | None":
        if self.value.replaces_leg_id is None:
            return None
        found = await info.context.load(store.legs, self.value.replaces_leg_id)
        return None if found is None else Refund.of(found)

    @strawberry.field(
        description="The provider's id, for the provider's dashboard; null until it is known, for other tenders, and "
        "for callers who may not read all orders."
    )
    def provider_reference(self, info: ContextInfo) -> str | None:
        return self.value.provider_reference if info.context.actor.may(Scope.READ_ORDERS) else None


async def payments_of_order(ctx: Context, order_id: UUID) -> list[Payment]:
    """An order's payments, oldest first. The caller has checked that the order may be seen."""
    return [Payment.of(found) for found in await ctx.load_list(store.payments_of_orders, order_id)]


async def refunds_of_order(ctx: Context, order_id: UUID) -> list[Refund]:
    """An order's refunds, oldest first. The caller has checked that the order may be seen."""
    return [Refund.of(found) for found in await ctx.load_list(store.legs_of_orders, order_id)]


async def refunds_of_reference(ctx: Context, reference: str) -> list[Refund]:
    """The refunds of a return or cancellation, by its id as text, oldest first."""
    return [Refund.of(found) for found in await ctx.load_list(store.legs_of_references, reference)]


async def _may_see(ctx: Context, order_id: UUID | None) -> bool:
    """Whether the caller may see the money of this order: its customer, its partner, stores and head office."""
    actor = ctx.actor
    if actor.kind is not ActorKind.PARTNER and actor.may(Scope.READ_ORDERS):
        return True
    order = None if order_id is None else await ctx.load(orders.orders, OrderId(order_id))
    if order is None:
        return False
    if actor.kind is ActorKind.PARTNER:
        return order.sales_channel_id == actor.sales_channel_id and actor.may(Scope.READ_ORDERS)
    return actor.customer_id is not None and order.customer_id == actor.customer_id


async def _visible_payments(ctx: Context, ids: Sequence[UUID]) -> list[Payment | None]:
    found = [await ctx.load(store.payments, PaymentId(key)) for key in ids]
    return [Payment.of(one) if one is not None and await _may_see(ctx, one.order_id) else None for one in found]


async def _visible_refunds(ctx: Context, ids: Sequence[UUID]) -> list[Refund | None]:
    found = [await ctx.load(store.legs, RefundLegId(key)) for key in ids]
    return [Refund.of(one) if one is not None and await _may_see(ctx, one.order_id) else None for one in found]


nodes.register("Payment", _visible_payments)
nodes.register("Refund", _visible_refunds)


@strawberry.input(description="A failed refund to send to the same card again.")
class RefundRetryInput:
    """The input of `refundRetry`."""

    refund_id: strawberry.ID = strawberry.field(description="The failed refund.")
    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; a fresh UUID is best.")


@strawberry.input(description="A failed refund to pay another way.")
class RefundRerouteInput:
    """The input of `refundReroute`."""

    refund_id: strawberry.ID = strawberry.field(description="The failed refund.")
    tender: RefundRerouteTender = strawberry.field(description="Where the money goes instead.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store that hands cash out; required for CASH, ignored otherwise."
    )
    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; a fresh UUID is best.")


@strawberry.type(description="The outcome of a refund command.")
class RefundPayload:
    """A refund, or why not."""

    refund: Refund | None = strawberry.field(
        description="The new refund, which makes the failed one good; null when refused."
    )
    user_errors: list[PaymentUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


Input = strawberry.argument(description="What to do.")
Effect = Callable[[WriteConnection, model.RefundLeg, Act], model.RefundLeg]


@strawberry.type
class PaymentsMutation:
    """Making failed refunds good."""

    @strawberry.mutation(
        description="Send a failed refund to the same card again. Needs the scope `write_refunds`. "
        "The answer is RESERVED; watch the order for what becomes of it."
    )
    async def refund_retry(self, info: ContextInfo, input: Annotated[RefundRetryInput, Input]) -> RefundPayload:
        body: dict[str, str | None] = {"refundId": input.refund_id}

        def effect(conn: WriteConnection, leg: model.RefundLeg, act: Act) -> model.RefundLeg:
            return service.retry(conn, leg.id, act)

        return await _make_good(info.context, "refundRetry", input.refund_id, input.idempotency_key, body, effect)

    @strawberry.mutation(
        description="Pay a failed refund in cash or as store credit. Needs the scope `write_refunds`; cash only where "
        "you work. It succeeds at once."
    )
    async def refund_reroute(self, info: ContextInfo, input: Annotated[RefundRerouteInput, Input]) -> RefundPayload:
        location_id = None if input.location_id is None else uuid_of("Location", input.location_id)
        body: dict[str, str | None] = {
            "refundId": input.refund_id,
            "tender": input.tender.value,
            "locationId": input.location_id,
        }

        def effect(conn: WriteConnection, leg: model.RefundLeg, act: Act) -> model.RefundLeg:
            owner = _credit_owner(conn, leg)
            tender = Tender(input.tender.value)
            return service.reroute(conn, leg.id, tender, act, cash_location_id=location_id, credit_owner=owner)

        return await _make_good(info.context, "refundReroute", input.refund_id, input.idempotency_key, body, effect)


async def _make_good(
    ctx: Context, operation: str, refund_id: str, key: str, body: dict[str, str | None], effect: Effect
) -> RefundPayload:
    ctx.require(Scope.WRITE_REFUNDS)
    leg = await ctx.load(store.legs, RefundLegId(uuid_of("Refund", refund_id)))
    try:
        if leg is None or not await _may_repair(ctx, leg):
            raise RefundNotFound
        found = leg
        done = await ctx.command(
            operation,
            key,
            body,
            effect=lambda conn, act: effect(conn, found, act),
            reference=lambda made: str(made.id),
            reload=_leg_again,
        )
    except Refused as refused:
        return RefundPayload(refund=None, user_errors=[_user_error(refused, leg)], replayed=False)
    return RefundPayload(refund=Refund.of(done.value), user_errors=[], replayed=done.replayed)


async def _may_repair(ctx: Context, leg: model.RefundLeg) -> bool:
    return ctx.actor.kind is not ActorKind.PARTNER or await _may_see(ctx, leg.order_id)


def _leg_again(conn: ReadConnection, reference: str) -> model.RefundLeg:
    return store.legs(conn, [RefundLegId(UUID(reference))])[RefundLegId(UUID(reference))]


def _credit_owner(conn: ReadConnection, leg: model.RefundLeg) -> str | None:
    """The customer's wallet when the order has a customer; otherwise the order's own."""
    order = None if leg.order_id is None else orders.orders(conn, [OrderId(leg.order_id)]).get(OrderId(leg.order_id))
    return None if order is None or order.customer_id is None else f"customer:{order.customer_id}"


def _user_error(refused: Refused, leg: model.RefundLeg | None) -> PaymentUserError:
    maximum = refused.facts.get("maximum")
    return PaymentUserError(
        code=member_of(PaymentErrorCode, refused.code),
        field=list(refused.field) or None,
        message=refused.message,
        maximum=Money.minor(maximum, leg.currency) if isinstance(maximum, int) and leg is not None else None,
    )
