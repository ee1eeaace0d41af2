"""Lines of orders on the wire, with everything that was agreed about them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.gift_cards import store as gift_cards
from domain.gift_cards.model import TAX_CODE as GIFT_CARD_TAX_CODE
from domain.orders import model, store
from domain.orders.model import OrderLineId
from domain.orders.overridden import Overridden, OverrideReason
from resolvers import nodes
from resolvers.batching import batch_field
from resolvers.context import Context, ContextInfo
from resolvers.ids import global_id
from resolvers.order_access import visible_order
from resolvers.scalars import Money, TaxedMoney
from resolvers.tax_exemptions import TaxExemption, exemption_of_line

if TYPE_CHECKING:
    from resolvers.catalog_types import ProductVariant
    from resolvers.fulfillment_types import FulfillmentOrder


@strawberry.type(description="Tax of one jurisdiction, fixed at the sale.")
class TaxLine:
    """A frozen tax share."""

    jurisdiction: str = strawberry.field(description="The jurisdiction's name, as on the receipt.")
    rate_ppm: int = strawberry.field(description="The rate in parts per million: 200000 is 20 %.")
    amount: Money = strawberry.field(description="The tax.")

    @classmethod
    def of(cls, tax: model.LineTax, currency: str) -> "TaxLine":
        """The wire form of a tax share."""
        return cls(jurisdiction=tax.jurisdiction, rate_ppm=tax.rate_ppm, amount=Money.minor(tax.amount_minor, currency))


@strawberry.type(description="What one discount took off.")
class DiscountAllocation:
    """A frozen share of a discount."""

    title: str = strawberry.field(description="What the receipt says.")
    code: str | None = strawberry.field(description="The code that was entered; null for an automatic discount.")
    amount: Money = strawberry.field(description="What it took off; positive.")

    @classmethod
    def of(cls, value: model.LineDiscount, currency: str) -> "DiscountAllocation":
        """The wire form of a share."""
        return cls(title=value.title, code=value.code, amount=Money.minor(value.amount_minor, currency))


@strawberry.type(description="A price that an associate said at the till, in place of the present one.")
class PriceOverride:
    """A frozen override."""

    list_price: Money = strawberry.field(description="The price of one unit that it replaced.")
    reason: OverrideReason = strawberry.field(description="Why.")
    note: str = strawberry.field(description="In words; may be empty.")
    actor_id: str = strawberry.field(description="Who said it, as the order's timeline names actors.")

    @classmethod
    def of(cls, value: Overridden | None, currency: str) -> "PriceOverride | None":
        """The wire form of an override; None for None."""
        if value is None:
            return None
        price = Money.minor(value.list_price_minor, currency)
        return cls(list_price=price, reason=value.reason, note=value.note, actor_id=value.actor_id)


@strawberry.type(description="What a line that sells value for a gift card has put on it.")
class OrderLineTopUp:
    """A top-up on the wire."""

    last_characters: str = strawberry.field(description="The last characters of the gift card's code.")
    units: int = strawberry.field(
        description="How many units' worth is on it; less than `fulfilledQuantity` while their money is on its way, or when the "
        "card was stopped and new ones were issued."
    )


@strawberry.type(
    description="A line of an order: what was agreed, for good, and how far its units have come. "
    "Amounts are for the whole quantity."
)
class OrderLineItem(nodes.Node):
    """An order line on the wire. Whoever makes one has checked that the caller may see its order."""

    value: strawberry.Private[model.OrderLine]
    currency: strawberry.Private[str]

    sku: str = strawberry.field(description="The SKU at the time of the sale; empty when there was none.")
    title: str = strawberry.field(description="The product's title at the time of the sale.")
    variant_title: str = strawberry.field(description="The variant's options at that time; empty when it had none.")
    image_url: str | None = strawberry.field(description="The image at that time; null when there was none.")
    quantity: int = strawberry.field(description="Units that were agreed.")
    open_quantity: int = strawberry.field(description="Units that are neither fulfilled nor canceled.")
    fulfilled_quantity: int = strawberry.field(description="Units that were handed over or shipped.")
    canceled_quantity: int = strawberry.field(description="Units that never will be.")
    claimed_quantity: int = strawberry.field(description="Fulfilled units that returns have claimed.")
    unit_price: Money = strawberry.field(description="The price of one unit before discounts.")
    compare_at_price: Money | None = strawberry.field(
        description="What the unit price was compared with at the time of the sale; null when it was not reduced."
    )
    price_override: PriceOverride | None = strawberry.field(
        description="What an associate said in place of the price; null when nobody did."
    )
    price_list_id: strawberry.ID | None = strawberry.field(
        description="The PriceList whose price it was; null for the sales channel's own price."
    )
    subtotal: Money = strawberry.field(description="Unit price times quantity, before discounts.")
    discount: Money = strawberry.field(description="Everything that discounts took off this line.")
    total: TaxedMoney = strawberry.field(description="After discounts, before points.")
    points: int = strawberry.field(description="Loyalty points spent on this line.")
    points_value: Money = strawberry.field(description="What those points paid.")
    paid: Money = strawberry.field(description="What was left to pay with money.")
    discounts: list[DiscountAllocation] = strawberry.field(description="Each discount's part, in the order applied.")

    @classmethod
    def of(cls, value: model.OrderLine, currency: str) -> "OrderLineItem":
        """The wire form of a line."""
        return cls(
            id=strawberry.ID(global_id("OrderLineItem", value.id)),
            value=value,
            currency=currency,
            sku=value.sku,
            title=value.title,
            variant_title=value.variant_title,
            image_url=value.image_url,
            quantity=value.quantity,
            open_quantity=value.open,
            fulfilled_quantity=value.fulfilled,
            canceled_quantity=value.canceled,
            claimed_quantity=value.claimed,
            unit_price=Money.minor(value.unit_price_minor, currency),
            compare_at_price=None if value.compare_at_minor is None else Money.minor(value.compare_at_minor, currency),
            price_override=PriceOverride.of(value.price_override, currency),
            price_list_id=None
            if value.price_list_id is None
            else strawberry.ID(global_id("PriceList", value.price_list_id)),
            subtotal=Money.minor(value.gross_minor, currency),
            discount=Money.minor(value.line_discount_minor + value.order_discount_minor, currency),
            total=TaxedMoney.minor(value.net_minor, value.tax_minor, currency),
            points=value.points,
            points_value=Money.minor(value.points_value_minor, currency),
            paid=Money.minor(value.paid_minor, currency),
            discounts=[DiscountAllocation.of(share, currency) for share in value.discounts],
        )

    @strawberry.field(
        description="The certificate by which the line was not taxed; null when it was taxed, or when no tax was due."
    )
    async def tax_exemption(self, info: ContextInfo) -> TaxExemption | None:
        return await exemption_of_line(info.context, self.value.tax_exemption_id)

    @strawberry.field(
        description="The gift card that its value goes on once it is paid; null when it puts value on none."
    )
    async def top_up(self, info: ContextInfo) -> OrderLineTopUp | None:
        if self.value.tax_code != GIFT_CARD_TAX_CODE:
            return None
        line_id: UUID = self.value.id
        found = await info.context.load(gift_cards.top_ups_of_lines, line_id)
        if found is None:
            return None
        card = await info.context.load(gift_cards.cards, found.gift_card_id)
        assert card is not None, "a card is never deleted"
        return OrderLineTopUp(last_characters=card.last_characters, units=found.units)

    @strawberry.field(description="Its taxes by jurisdiction, as they were charged.")
    async def tax_lines(self, info: ContextInfo) -> list[TaxLine]:
        if not self.value.tax_minor:
            return []
        found = await info.context.load_list(store.taxes_of_lines, self.value.id)
        return [TaxLine.of(tax, self.currency) for tax in found]

    @batch_field(description="The variant as it is today; null when it is unknown to the catalog.")
    @staticmethod
    async def variant(
        parents: Sequence["OrderLineItem"], context: Context
    ) -> Sequence[Annotated["ProductVariant", strawberry.lazy("resolvers.catalog_types")] | None]:
        from resolvers.catalog_views import variants_by_ids

        return await variants_by_ids(context, [parent.value.variant_id for parent in parents])

    @strawberry.field(description="The fulfillment order that brings it to the customer.")
    async def fulfillment_order(
        self, info: ContextInfo
    ) -> Annotated["FulfillmentOrder", strawberry.lazy("resolvers.fulfillment_types")]:
        from resolvers.fulfillment_types import FulfillmentOrder

        found = await info.context.load(store.fulfillment_orders, self.value.fulfillment_order_id)
        assert found is not None, "a line has its fulfillment order"
        return FulfillmentOrder.of(found)


async def line_items(ctx: Context, lines: Sequence[model.OrderLine]) -> list[OrderLineItem]:
    """The wire forms of lines whose orders the caller may see, in order."""
    orders = await ctx.load_many(store.orders, [line.order_id for line in lines])
    return [OrderLineItem.of(line, orders[line.order_id].currency) for line in lines]


async def line_item(ctx: Context, line: model.OrderLine) -> OrderLineItem:
    """The wire form of a line whose order the caller may see."""
    return (await line_items(ctx, [line]))[0]


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> list[nodes.Node | None]:
    found = await ctx.read(lambda conn: store.lines(conn, [OrderLineId(key) for key in ids]))
    answer: list[nodes.Node | None] = []
    for key in ids:
        line = found.get(OrderLineId(key))
        order = None if line is None else await visible_order(ctx, line.order_id)
        answer.append(None if line is None or order is None else OrderLineItem.of(line, order.currency))
    return answer


nodes.register("OrderLineItem", _fetch)
