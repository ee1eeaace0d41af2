"""The types of returns on the wire."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

import resolvers.returns_enums  # noqa: F401 - describes the enumerations used below
from domain.acts import ActorKind, Scope
from domain.orders import store as orders
from domain.orders.model import LineTax, OrderLine, OrderLineId
from domain.orders.model import Order as OrderValue
from domain.payments.model import LegPlan
from domain.returns import model, store
from domain.returns.errors import ReturnErrorCode
from domain.returns.model import (
    NotReturnableReason,
    ReturnEventKind,
    ReturnReason,
    ReturnStatus,
)
from domain.returns.rules import added
from resolvers import nodes
from resolvers.context import Context, ContextInfo
from resolvers.errors import UserError
from resolvers.ids import global_id
from resolvers.payments import Refund, Tender, refunds_of_reference
from resolvers.scalars import Money

if TYPE_CHECKING:
    from resolvers.locations import Location
    from resolvers.orders_types import Order, OrderLineItem


@strawberry.type(description="Why a return command was refused.")
class ReturnUserError(UserError):
    """The returns room's refusals."""

    code: ReturnErrorCode = strawberry.field(description="Machine-readable reason.")
    available: int | None = strawberry.field(
        description="Units that would be admitted; null when no number was at fault."
    )
    maximum: Money | None = strawberry.field(description="The most that can go back; null when no amount was at fault.")
    until: datetime | None = strawberry.field(description="When the window ended; null when no window was at fault.")


@strawberry.type(description="Tax of one jurisdiction that goes back.")
class RefundedTax:
    """A frozen tax share."""

    jurisdiction: str = strawberry.field(description="The jurisdiction's name, as on the receipt.")
    rate_ppm: int = strawberry.field(description="The rate at the sale in parts per million: 200000 is 20 %.")
    amount: Money = strawberry.field(description="The tax that goes back.")

    @classmethod
    def of(cls, tax: LineTax, currency: str) -> "RefundedTax":
        """The wire form of a tax share."""
        return cls(jurisdiction=tax.jurisdiction, rate_ppm=tax.rate_ppm, amount=Money.minor(tax.amount_minor, currency))


@strawberry.type(description="A line of an order and how much of it may be returned now.")
class ReturnableLineItem:
    """What a return page shows."""

    quantity: int = strawberry.field(description="Units that may be returned now; 0 says none, see `reason`.")
    until: datetime | None = strawberry.field(
        description="Until when, exclusive: the end of the last day where it was handed over. Null while it is on its way."
    )
    reason: NotReturnableReason | None = strawberry.field(description="Why none; null when some may be returned.")
    line_value: strawberry.Private[OrderLine]

    @strawberry.field(description="The order's line.")
    async def order_line(
        self, info: ContextInfo
    ) -> Annotated["OrderLineItem", strawberry.lazy("resolvers.orders_types")]:
        from resolvers.orders_types import line_item

        return await line_item(info.context, self.line_value)


@strawberry.type(description="Units of one order line in a return. All quantities are units.")
class ReturnLineItem:
    """A return line on the wire."""

    id: strawberry.ID = strawberry.field(description="The line's id, for receiving and processing.")
    quantity: int = strawberry.field(description="Units announced.")
    reason: ReturnReason = strawberry.field(description="Why they come back.")
    note: str | None = strawberry.field(description="The customer's words; null when none.")
    awaiting_quantity: int = strawberry.field(description="Announced and not arrived.")
    received_quantity: int = strawberry.field(description="Arrived.")
    pending_quantity: int = strawberry.field(description="Arrived and not looked at.")
    accepted_quantity: int = strawberry.field(description="Looked at and accepted.")
    rejected_quantity: int = strawberry.field(description="Looked at and not accepted.")
    restocked_quantity: int = strawberry.field(description="Accepted and back on the shelf.")
    lost_quantity: int = strawberry.field(description="Lost by the carrier.")
    canceled_quantity: int = strawberry.field(description="Called off, never sent or expired.")
    settled_quantity: int = strawberry.field(description="Accepted and paid for.")
    order_line_key: strawberry.Private[OrderLineId]

    @classmethod
    def of(cls, line: model.ReturnLine) -> "ReturnLineItem":
        """The wire form of a return line."""
        return cls(
            id=strawberry.ID(global_id("ReturnLineItem", line.id)),
            quantity=line.requested,
            reason=line.reason,
            note=line.note,
            awaiting_quantity=line.awaiting,
            received_quantity=line.received,
            pending_quantity=line.pending,
            accepted_quantity=line.accepted,
            rejected_quantity=line.rejected,
            restocked_quantity=line.restocked,
            lost_quantity=line.lost,
            canceled_quantity=line.canceled + line.expired,
            settled_quantity=line.settled,
            order_line_key=line.order_line_id,
        )

    @strawberry.field(description="The order's line these units come from.")
    async def order_line(
        self, info: ContextInfo
    ) -> Annotated["OrderLineItem", strawberry.lazy("resolvers.orders_types")] | None:
        from resolvers.orders_types import line_item

        line = await info.context.load(orders.lines, self.order_line_key)
        return None if line is None else await line_item(info.context, line)


@strawberry.type(description="One payment of what a return owed, as it was booked.")
class ReturnSettlement:
    """A settlement on the wire."""

    id: strawberry.ID = strawberry.field(description="The settlement's id.")
    refund: Money = strawberry.field(description="What went back to tenders.")
    net: Money = strawberry.field(description="The part of it that is no tax, shipping included.")
    taxes: list[RefundedTax] = strawberry.field(description="Tax that went back, per jurisdiction.")
    shipping: Money = strawberry.field(description="The part of it that is shipping, with its tax.")
    points_returned: int = strawberry.field(description="Spent points that went back to the wallet.")
    points_clawed_back: int = strawberry.field(description="Earned points that were taken back or never vested.")
    settled_at: datetime = strawberry.field(description="When it was booked.")

    @classmethod
    def of(cls, value: model.Settlement) -> "ReturnSettlement":
        """The wire form of a settlement."""
        return cls(
            id=strawberry.ID(global_id("ReturnSettlement", value.id)),
            refund=Money.minor(value.refund_minor, value.currency),
            net=Money.minor(value.net_minor, value.currency),
            taxes=[RefundedTax.of(tax, value.currency) for tax in value.taxes],
            shipping=Money.minor(value.shipping_minor, value.currency),
            points_returned=value.points_back,
            points_clawed_back=value.points_clawed,
            settled_at=value.settled_at,
        )


@strawberry.type(description="A step of a return's life.")
class ReturnEvent:
    """A timeline row on the wire."""

    kind: ReturnEventKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When.")
    actor_kind: str = strawberry.field(
        description="Who did it, as a kind: CUSTOMER, ASSOCIATE, STAFF, PARTNER, SYSTEM."
    )


@strawberry.type(description="Units of one order that come back, to any location.")
class Return(nodes.Node):
    """A return on the wire."""

    number: str = strawberry.field(description="The number to write on the parcel.")
    status: ReturnStatus = strawberry.field(description="How far it is.")
    decline_reason: str | None = strawberry.field(description="Why staff refused it; null when it did not.")
    created_at: datetime = strawberry.field(description="When it was requested or made.")
    expires_at: datetime = strawberry.field(description="Until when the goods must arrive.")
    version: int = strawberry.field(description="Grows with every change.")
    line_items: list[ReturnLineItem] = strawberry.field(description="Its lines.")
    value: strawberry.Private[model.Return]

    @classmethod
    def of(cls, value: model.Return) -> "Return":
        """The wire form of a return."""
        return cls(
            id=strawberry.ID(global_id("Return", value.id)),
            number=value.number,
            status=value.status,
            decline_reason=value.decline_reason,
            created_at=value.created_at,
            expires_at=value.claim_expires_at,
            version=value.version,
            line_items=[ReturnLineItem.of(line) for line in value.lines],
            value=value,
        )

    @strawberry.field(description="The order it belongs to.")
    async def order(self, info: ContextInfo) -> Annotated["Order", strawberry.lazy("resolvers.orders_types")] | None:
        from resolvers.orders_types import Order

        found = await info.context.load(orders.orders, self.value.order_id)
        return None if found is None else Order.of(found)

    @strawberry.field(description="The store where it was made; null when it was asked for online.")
    async def location(self, info: ContextInfo) -> Annotated["Location", strawberry.lazy("resolvers.locations")] | None:
        from resolvers.locations import location_by_id

        return await location_by_id(info.context, self.value.location_id)

    @strawberry.field(description="What was paid for it, oldest first.")
    async def settlements(self, info: ContextInfo) -> list[ReturnSettlement]:
        found = await info.context.load_list(store.settlements_of_returns, self.value.id)
        return [ReturnSettlement.of(settlement) for settlement in found]

    @strawberry.field(description="Where its money goes: one refund per tender, with its own state.")
    async def refunds(self, info: ContextInfo) -> list[Refund]:
        return await refunds_of_reference(info.context, str(self.value.id))

    @strawberry.field(description="Its life, oldest step first.")
    async def events(self, info: ContextInfo) -> list[ReturnEvent]:
        found = await info.context.load_list(store.events_of_returns, self.value.id)
        return [
            ReturnEvent(kind=event.kind, at=event.recorded_at, actor_kind=event.actor_kind.value) for event in found
        ]


@strawberry.type(description="Where a part of a refund would go.")
class RefundLegPlan:
    """A planned leg on the wire."""

    tender: Tender = strawberry.field(description="The tender it goes back to.")
    amount: Money = strawberry.field(description="How much.")

    @classmethod
    def of(cls, leg: LegPlan, currency: str) -> "RefundLegPlan":
        """The wire form of a planned leg."""
        return cls(tender=leg.tender, amount=Money.minor(leg.amount_minor, currency))


@strawberry.type(description="What some units of an order line would pay.")
class ReturnQuoteLine:
    """A quoted line on the wire."""

    order_line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="Units.")
    net: Money = strawberry.field(description="Their net value.")
    taxes: list[RefundedTax] = strawberry.field(description="Their tax, per jurisdiction.")
    points: int = strawberry.field(description="Points that were spent on them.")
    refund: Money = strawberry.field(description="What goes back for them to tenders other than points.")


@strawberry.type(description="What returning some units pays, exactly. Nothing was changed by asking.")
class ReturnQuote:
    """A quote on the wire."""

    lines: list[ReturnQuoteLine] = strawberry.field(description="Per line, in receipt order.")
    shipping: Money = strawberry.field(description="Shipping that goes back too, with its tax.")
    withheld: Money = strawberry.field(
        description="What promotions with the policy RECALCULATE keep back of the lines, since the kept goods would have cost "
        "more without them; negative when it goes back with this return."
    )
    refund: Money = strawberry.field(
        description="Everything that goes back to tenders: lines and shipping less `withheld`."
    )
    taxes: list[RefundedTax] = strawberry.field(description="Tax in it, per jurisdiction.")
    points_returned: int = strawberry.field(description="Spent points that go back to the wallet.")
    points_clawed_back: int = strawberry.field(description="Earned points that are taken back or never vest.")
    legs: list[RefundLegPlan] = strawberry.field(description="Where the money goes.")
    quote_token: str = strawberry.field(
        description="Send it with `returnProcess` or `returnCreateAndProcess`: they pay exactly this or refuse."
    )
    expires_at: datetime = strawberry.field(description="Until when the token binds.")

    @classmethod
    def of(cls, quote: model.ReturnQuote, token: str, expires_at: datetime) -> "ReturnQuote":
        """The wire form of a quote."""
        currency = quote.currency
        lines = [
            ReturnQuoteLine(
                order_line_id=strawberry.ID(global_id("OrderLineItem", line.order_line_id)),
                quantity=line.quantity,
                net=Money.minor(line.net_minor, currency),
                taxes=[RefundedTax.of(tax, currency) for tax in line.taxes],
                points=line.points,
                refund=Money.minor(line.paid_minor, currency),
            )
            for line in quote.lines
        ]
        return cls(
            lines=lines,
            shipping=Money.minor(quote.shipping_minor, currency),
            withheld=Money.minor(quote.withheld.minor, currency),
            refund=Money.minor(quote.refund_minor, currency),
            taxes=[
                RefundedTax.of(tax, currency)
                for tax in added(
                    [
                        *(tax for line in quote.lines for tax in line.taxes),
                        *quote.shipping_taxes,
                        *(replace(tax, amount_minor=-tax.amount_minor) for tax in quote.withheld.taxes),
                    ]
                )
            ],
            points_returned=quote.points_back,
            points_clawed_back=quote.points_clawed,
            legs=[RefundLegPlan.of(leg, currency) for leg in quote.legs],
            quote_token=token,
            expires_at=expires_at,
        )


def may_see_order(ctx: Context, order: OrderValue) -> bool:
    """Whether the caller may see returns of this order: its customer, its partner, stores and head office."""
    actor = ctx.actor
    if actor.customer_id is not None:
        return order.customer_id == actor.customer_id
    if actor.kind is ActorKind.PARTNER:
        return order.sales_channel_id == actor.sales_channel_id and actor.may(Scope.READ_RETURNS)
    return actor.may(Scope.READ_RETURNS)


async def visible_returns(ctx: Context, ids: Sequence[UUID]) -> list[Return | None]:
    """Returns the caller may see, in order; None for the rest."""
    found: list[Return | None] = []
    for key in ids:
        value = await ctx.load(store.returns, key)
        order = await ctx.load(orders.orders, value.order_id) if value is not None else None
        visible = value is not None and order is not None and may_see_order(ctx, order)
        found.append(Return.of(value) if visible and value is not None else None)
    return found


nodes.register("Return", visible_returns)


@strawberry.type(description="The outcome of `returnQuote`.")
class ReturnQuotePayload:
    """A quote, or why not."""

    quote: ReturnQuote | None = strawberry.field(description="What it pays; null when refused.")
    user_errors: list[ReturnUserError] = strawberry.field(description="Why not; empty on success.")
