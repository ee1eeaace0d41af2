"""The types of payments and refunds on the wire, and who may see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.acts import ActorKind, Scope
from domain.orders import store as orders
from domain.orders.model import OrderId
from domain.payments import balance, model, store
from domain.payments.model import LegOrigin, LegStatus, PaymentId, PaymentStatus, RefundLegId, Tender
from resolvers import nodes
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum
from resolvers.ids import global_id
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
        "STORE_CREDIT": "A customer's balance with the shop.",
        "GIFT_CARD": "Money that was paid before and is opened by a code.",
        "BALANCE": "What the buyer owes until the goods are collected: CAPTURE_REQUESTED while it is owed, VOIDED once other "
        "payments have brought it.",
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
        "CANCELED": "It was given up: before it was sent, or because nobody acted in 30 days; then retry or reroute it.",
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
    last_characters: str | None = strawberry.field(
        description="The last four characters of the gift card's code; null for other tenders."
    )
    tendered: Money | None = strawberry.field(
        description="Coins and notes the customer handed over; null for other tenders and when nobody counted."
    )
    change: Money | None = strawberry.field(description="What went back of `tendered`; null when that is.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    value: strawberry.Private[model.Payment]

    @classmethod
    def of(cls, value: model.Payment) -> "Payment":
        """The wire form of a payment."""
        tendered = value.tendered_minor
        return cls(
            id=strawberry.ID(global_id("Payment", value.id)),
            tender=value.tender,
            status=value.status,
            amount=Money.minor(value.amount_minor, value.currency),
            authorized=Money.minor(value.authorized_minor, value.currency),
            captured=Money.minor(value.captured_minor, value.currency),
            failure_code=value.failure_code,
            payer=value.payer,
            last_characters=value.method if value.tender is Tender.GIFT_CARD else None,
            tendered=None if tendered is None else Money.minor(tendered, value.currency),
            change=None if tendered is None else Money.minor(tendered - value.captured_minor, value.currency),
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


async def owed_of_order(ctx: Context, order_id: UUID) -> int:
    """What an order owes until it is collected, in minor units."""
    return await ctx.load(balance.owed_of_orders, order_id) or 0


async def payments_of_order(ctx: Context, order_id: UUID) -> list[Payment]:
    """An order's payments, oldest first. The caller has checked that the order may be seen."""
    return [Payment.of(found) for found in await ctx.load_list(store.payments_of_orders, order_id)]


async def refunds_of_order(ctx: Context, order_id: UUID) -> list[Refund]:
    """An order's refunds, oldest first. The caller has checked that the order may be seen."""
    return [Refund.of(found) for found in await ctx.load_list(store.legs_of_orders, order_id)]


async def refunds_of_reference(ctx: Context, reference: str) -> list[Refund]:
    """The refunds of a return or cancellation, by its id as text, oldest first."""
    return [Refund.of(found) for found in await ctx.load_list(store.legs_of_references, reference)]


async def may_see_money(ctx: Context, order_id: UUID | None) -> bool:
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


async def payment_by_id(ctx: Context, payment_id: PaymentId) -> Payment | None:
    """A payment; None when absent. The caller has checked that it may be seen."""
    found = await ctx.load(store.payments, payment_id)
    return None if found is None else Payment.of(found)


async def refund_by_id(ctx: Context, leg_id: RefundLegId) -> Refund | None:
    """A refund; None when absent. The caller has checked that it may be seen."""
    found = await ctx.load(store.legs, leg_id)
    return None if found is None else Refund.of(found)


async def _visible_payments(ctx: Context, ids: Sequence[UUID]) -> list[Payment | None]:
    found = [await ctx.load(store.payments, PaymentId(key)) for key in ids]
    return [Payment.of(one) if one is not None and await may_see_money(ctx, one.order_id) else None for one in found]


async def _visible_refunds(ctx: Context, ids: Sequence[UUID]) -> list[Refund | None]:
    found = [await ctx.load(store.legs, RefundLegId(key)) for key in ids]
    return [Refund.of(one) if one is not None and await may_see_money(ctx, one.order_id) else None for one in found]


nodes.register("Payment", _visible_payments)
nodes.register("Refund", _visible_refunds)
