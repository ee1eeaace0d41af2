"""Orders on the wire."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import segno
import strawberry

import resolvers.orders_enums
import resolvers.tax_enums  # noqa: F401 - as above
from domain.acts import ActorKind
from domain.catalog import store as catalog
from domain.gift_cards import store as gift_cards
from domain.orders import model, store, store_shipments
from domain.orders.model import LineTax, OrderSource, OrderStatus
from domain.paging import Page, Slice
from domain.pricing.model import TaxSource
from resolvers import nodes
from resolvers.applied_promotions import AppliedPromotion, applied_to_order
from resolvers.catalog_groups import SalesChannel
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.customers import Customer, customer_by_id
from resolvers.errors import InvalidCursor
from resolvers.fulfillment_types import FulfillmentOrder, Shipment
from resolvers.gift_cards_types import GiftCard
from resolvers.ids import global_id
from resolvers.order_access import visible_orders
from resolvers.order_events import OrderEvent
from resolvers.order_lines import DiscountAllocation, OrderLineItem, TaxLine, line_item
from resolvers.payments_types import Payment, Refund, owed_of_order, payments_of_order, refunds_of_order
from resolvers.scalars import CurrencyCode, Money, TaxedMoney

if TYPE_CHECKING:
    from resolvers.locations_types import Location
    from resolvers.papers import Paper
    from resolvers.returns_types import Return, ReturnableLineItem

__all__ = ["Order", "OrderLineItem", "line_item", "receipt_qr_svg"]

T = TypeVar("T")


@strawberry.type(description="What an order costs, fixed when it was agreed.")
class OrderCost:
    """The sums of an order."""

    subtotal: Money = strawberry.field(description="All lines before discounts.")
    discount: Money = strawberry.field(description="Everything that discounts took off.")
    shipping: TaxedMoney = strawberry.field(description="All deliveries, after discounts.")
    tax: Money = strawberry.field(description="All tax, lines and deliveries; it is in `total`.")
    total: Money = strawberry.field(description="Lines and deliveries with tax, before points.")
    points: int = strawberry.field(description="Loyalty points spent.")
    points_value: Money = strawberry.field(description="What those points paid.")
    due: Money = strawberry.field(description="`total` less `pointsValue`: what other tenders pay.")
    canceled: Money = strawberry.field(
        description="What of `due` was canceled: never taken, or given back by refunds. Returns are not in it."
    )

    @classmethod
    def of(cls, value: model.Order) -> "OrderCost":
        """The sums on the wire."""

        def money(amount_minor: int) -> Money:
            return Money.minor(amount_minor, value.currency)

        shipping_tax = value.shipping_tax_minor
        return cls(
            subtotal=money(value.subtotal_minor),
            discount=money(value.discount_minor),
            shipping=TaxedMoney.minor(value.shipping_minor - shipping_tax, shipping_tax, value.currency),
            tax=money(value.tax_minor),
            total=money(value.total_minor),
            points=value.points,
            points_value=money(value.points_value_minor),
            due=money(value.due_minor),
            canceled=money(value.canceled_minor),
        )


@strawberry.type(description="What one delivery costs.")
class ShippingLine:
    """A shipping charge on the wire."""

    title: str = strawberry.field(description="The transport's name.")
    subtotal: Money = strawberry.field(description="The price before discounts.")
    total: TaxedMoney = strawberry.field(description="After discounts.")
    tax_lines: list[TaxLine] = strawberry.field(description="Its taxes by jurisdiction.")
    canceled: bool = strawberry.field(description="Whether it is no longer owed, because all of it was canceled.")
    weight_grams: int = strawberry.field(description="What the goods weighed together; 0 when unknown.")
    days_min: int | None = strawberry.field(description="The fewest days that were promised; null when none were.")
    days_max: int | None = strawberry.field(description="The most days that were promised; null when none were.")

    @classmethod
    def of(cls, value: model.ShippingCharge, currency: str) -> "ShippingLine":
        """The wire form of a charge."""
        return cls(
            title=value.title,
            subtotal=Money.minor(value.gross_minor, currency),
            total=TaxedMoney.minor(value.net_minor, value.tax_minor, currency),
            tax_lines=[TaxLine.of(tax, currency) for tax in value.taxes],
            canceled=value.canceled,
            weight_grams=value.weight_grams,
            days_min=value.days_min,
            days_max=value.days_max,
        )


@strawberry.type(description="An agreed sale, whatever door it came through. Its amounts never change.")
class Order(nodes.Node):
    """An order on the wire. Whoever makes one has checked that the caller may see it."""

    value: strawberry.Private[model.Order]

    number: str = strawberry.field(description="The order number people quote, such as `O-7F3K-92QX-M4PA`.")
    receipt_number: str = strawberry.field(description="The number on the receipt and in its QR code.")
    status: OrderStatus = strawberry.field(description="How far it is as a whole.")
    source: OrderSource = strawberry.field(description="Which door it came through.")
    email: str | None = strawberry.field(description="Where its messages go; null when none was given.")
    external_reference: str | None = strawberry.field(
        description="Its name in the system it came from, unique in its sales channel; null for our own."
    )
    payer_of_record: str | None = strawberry.field(
        description="Who holds the customer's money when it is not us, such as a marketplace; else null."
    )
    placed_at: datetime = strawberry.field(description="When it was agreed.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of all its amounts.")
    prices_include_tax: bool = strawberry.field(description="Whether unit prices and subtotals are gross.")
    tax_source: TaxSource = strawberry.field(description="Who said what tax it carries.")
    cost: OrderCost = strawberry.field(description="What it costs.")
    version: int = strawberry.field(description="Grows with every change of the order or its parts.")

    @classmethod
    def of(cls, value: model.Order) -> "Order":
        """The wire form of an order."""
        return cls(
            id=strawberry.ID(global_id("Order", value.id)),
            value=value,
            number=value.number,
            receipt_number=value.receipt_number,
            status=value.status,
            source=value.source,
            email=value.email,
            external_reference=value.external_reference,
            payer_of_record=value.payer_of_record,
            placed_at=value.placed_at,
            currency_code=CurrencyCode(value.currency),
            prices_include_tax=value.prices_include_tax,
            tax_source=value.tax_source,
            cost=OrderCost.of(value),
            version=value.version,
        )

    @strawberry.field(
        description="What is owed of it until it is collected, for `orderBalancePay`; zero when all is paid."
    )
    async def balance_due(self, info: ContextInfo) -> Money:
        return Money.minor(await owed_of_order(info.context, self.value.id), self.value.currency)

    @strawberry.field(description="Papers about it and its returns that were issued by `paperIssue`, oldest first.")
    async def papers(self, info: ContextInfo) -> list[Annotated["Paper", strawberry.lazy("resolvers.papers")]]:
        from resolvers.papers import papers_of_order

        return await papers_of_order(info.context, self.value.id)

    @strawberry.field(
        description="The receipt as a QR code: an SVG image as a data URI; its payload is `receiptNumber`."
    )
    def receipt_qr_code(self) -> str:
        return receipt_qr_svg(self.value.receipt_number)

    @strawberry.field(description="The same QR code as a PNG image, for receipt printers; a data URI.")
    def receipt_qr_code_png(self) -> str:
        return str(segno.make_qr(self.value.receipt_number, error="m").png_data_uri(scale=6))

    @strawberry.field(description="What was ordered, in receipt order.")
    async def lines(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[OrderLineItem]:
        page = page_of("orderLines", first, after, last, before)
        found = await info.context.load_list(store.lines_of_orders, self.value.id)
        currency = self.value.currency
        return connect(
            "orderLines",
            sliced(found, page),
            node=lambda item: OrderLineItem.of(item[1], currency),
            key=lambda item: (item[0],),
        )

    @strawberry.field(description="All tax by jurisdiction and rate, lines and deliveries together.")
    async def tax_lines(self, info: ContextInfo) -> list[TaxLine]:
        summed: dict[tuple[str, int], int] = defaultdict(int)
        for _, tax in await info.context.load_list(store.taxes_of_orders, self.value.id):
            summed[tax.jurisdiction, tax.rate_ppm] += tax.amount_minor
        for charge in await info.context.load_list(store.shipping_charges_of_orders, self.value.id):
            for tax in charge.taxes:
                summed[tax.jurisdiction, tax.rate_ppm] += tax.amount_minor
        return [TaxLine.of(LineTax(*key, amount), self.value.currency) for key, amount in summed.items()]

    @strawberry.field(description="All discounts, each with what it took off the lines together.")
    async def discounts(self, info: ContextInfo) -> list[DiscountAllocation]:
        summed: dict[tuple[str, str, str | None], int] = defaultdict(int)
        for line in await info.context.load_list(store.lines_of_orders, self.value.id):
            for share in line.discounts:
                summed[share.discount_id, share.title, share.code] += share.amount_minor
        return [
            DiscountAllocation(title=title, code=code, amount=Money.minor(amount, self.value.currency))
            for (_, title, code), amount in summed.items()
        ]

    @strawberry.field(
        description="Promotions that applied to it, as they were then, with what each took off every line and off shipping."
    )
    async def applied_promotions(self, info: ContextInfo) -> list[AppliedPromotion]:
        if not self.value.promotions:
            return []
        lines = await info.context.load_list(store.lines_of_orders, self.value.id)
        currency = self.value.currency
        return applied_to_order(self.value.promotions, lines, lambda minor: Money.minor(minor, currency))

    @strawberry.field(description="What each delivery costs; empty when nothing is shipped.")
    async def shipping_lines(self, info: ContextInfo) -> list[ShippingLine]:
        found = await info.context.load_list(store.shipping_charges_of_orders, self.value.id)
        return [ShippingLine.of(charge, self.value.currency) for charge in found]

    @strawberry.field(description="Its payments, oldest first.")
    async def payments(self, info: ContextInfo) -> list[Payment]:
        return await payments_of_order(info.context, self.value.id)

    @strawberry.field(
        description="The gift cards it sold, issued once their money was taken. Its buyer and the till that sold them are "
        "told their codes."
    )
    async def gift_cards(self, info: ContextInfo) -> list[GiftCard]:
        actor = info.context.actor
        is_buyer = actor.kind in (ActorKind.GUEST, ActorKind.CUSTOMER)
        tells = is_buyer or (actor.terminal_id is not None and actor.terminal_id == self.value.terminal_id)
        order_id: UUID = self.value.id
        found = await info.context.load_list(gift_cards.cards_of_orders, order_id)
        return [GiftCard.of(card, tells_code=tells) for card in found]

    @strawberry.field(description="Its refunds, for cancellations and returns, oldest first.")
    async def refunds(self, info: ContextInfo) -> list[Refund]:
        return await refunds_of_order(info.context, self.value.id)

    @strawberry.field(description="Its parts by location and way, in the order they were planned.")
    async def fulfillment_orders(self, info: ContextInfo) -> list[FulfillmentOrder]:
        found = await info.context.load_list(store.fulfillment_orders_of_orders, self.value.id)
        return [FulfillmentOrder.of(fulfillment) for fulfillment in found]

    @strawberry.field(description="Its parcels, oldest first.")
    async def shipments(self, info: ContextInfo) -> list[Shipment]:
        found = await info.context.load_list(store_shipments.shipments_of_orders, self.value.id)
        return [Shipment.of(shipment) for shipment in found]

    @strawberry.field(description="Everything that happened to it, oldest first.")
    async def events(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[OrderEvent]:
        page = page_of("orderEvents", first, after, last, before)
        found = await info.context.load_list(store.events_of_orders, self.value.id)
        return connect(
            "orderEvents",
            sliced(found, page),
            node=lambda item: OrderEvent.of(item[1]),
            key=lambda item: (item[0],),
        )

    @strawberry.field(description="Its returns, oldest first.")
    async def returns(self, info: ContextInfo) -> list[Annotated["Return", strawberry.lazy("resolvers.returns_types")]]:
        from resolvers.returns import returns_of_order

        return await returns_of_order(info.context, self.value.id)

    @strawberry.field(description="How much of each line may be returned now, until when, or why not.")
    async def returnable_line_items(
        self, info: ContextInfo
    ) -> list[Annotated["ReturnableLineItem", strawberry.lazy("resolvers.returns_types")]]:
        from resolvers.returns import returnable_line_items

        return await returnable_line_items(info.context, self.value)

    @strawberry.field(description="Whose it is; null for a guest's order, and when you may not see customers.")
    async def customer(self, info: ContextInfo) -> Customer | None:
        return await customer_by_id(info.context, self.value.customer_id)

    @strawberry.field(description="Where it was sold.")
    async def sales_channel(self, info: ContextInfo) -> SalesChannel:
        found = await info.context.load(catalog.channels, self.value.sales_channel_id)
        assert found is not None, "an order has a sales channel"
        return SalesChannel.of(found)

    @strawberry.field(description="The store whose till sold it; null when it was not sold in a store.")
    async def place_of_sale(
        self, info: ContextInfo
    ) -> Annotated["Location", strawberry.lazy("resolvers.locations_types")] | None:
        from resolvers.locations_types import location_by_id

        return await location_by_id(info.context, self.value.location_id)


def receipt_qr_svg(receipt_number: str) -> str:
    """The QR code of a receipt number as an SVG data URI."""
    return str(segno.make_qr(receipt_number, error="m").svg_data_uri(scale=4))


def sliced(items: Sequence[T], page: Page) -> Slice[tuple[int, T]]:
    """One page of a list that is whole in memory, with each item's position.

    Raises:
        InvalidCursor: the cursor holds no position.
    """
    start = 0 if page.after is None else _position(page.after) + 1
    end = len(items) if page.before is None else min(_position(page.before), len(items))
    part = list(enumerate(items))[start:end]
    kept = part[-page.limit :] if page.backwards else part[: page.limit]
    more = len(part) > len(kept)
    return Slice(
        kept,
        has_next=page.before is not None if page.backwards else more,
        has_previous=more if page.backwards else page.after is not None,
    )


def _position(key: tuple[str | int | None, ...]) -> int:
    if len(key) != 1 or not isinstance(key[0], int) or key[0] < 0:
        raise InvalidCursor
    return key[0]


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> list[nodes.Node | None]:
    return [None if found is None else Order.of(found) for found in await visible_orders(ctx, ids)]


nodes.register("Order", _fetch)
