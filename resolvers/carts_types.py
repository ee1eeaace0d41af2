"""Carts on the wire: what is in them, how it is delivered, what it costs and what stands in the way."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.carts import model
from domain.carts.model import CartProblemCode, CartStatus, DeliveryMethod, QuotedCart, StoredShare
from domain.catalog.model import Offer
from domain.locations import store as locations
from domain.orders.depositing import deposit_minor
from domain.payments.model import Tender
from domain.pricing.model import PricedShipping
from domain.shipping import model as shipping
from domain.shipping.rules import price_minor
from resolvers import carts_enums as carts_enums  # noqa: PLC0414 - describes the enumerations used below
from resolvers import nodes
from resolvers import payments_types as payments_types  # noqa: PLC0414 - as above
from resolvers.addresses import Address
from resolvers.applied_promotions import AppliedPromotion, NearMiss, applied_of, misses_of
from resolvers.carts_costs import CartCost, CartLineCost, minor_in
from resolvers.context import ContextInfo
from resolvers.ids import global_id
from resolvers.scalars import CurrencyCode, Money, TaxedMoney

if TYPE_CHECKING:
    from resolvers.catalog_types import ProductVariant
    from resolvers.locations_types import Location


@strawberry.type(description="A transport that is offered to an address.")
class ShippingOption:
    """A shipping option on the wire."""

    id: strawberry.ID = strawberry.field(description="For `cartDeliveryGroupsUpdate`.")
    title: str = strawberry.field(description="Its name.")
    price: Money = strawberry.field(description="For this cart as it is, with tax if the cart's `pricesIncludeTax`.")
    free_from: Money | None = strawberry.field(
        description="Discounted goods of this worth ship free; null when they never do."
    )
    days_min: int = strawberry.field(description="The fewest days it takes.")
    days_max: int = strawberry.field(description="The most days it takes.")

    @classmethod
    def of(cls, option: shipping.ShippingOption, quoted: QuotedCart, weight_grams: int) -> "ShippingOption":
        """The wire form of an option for a cart."""
        minor = minor_in(quoted.quote.priced)
        return cls(
            id=strawberry.ID(global_id("ShippingOption", option.id)),
            title=option.title,
            price=minor(price_minor(option, quoted.quote.goods_minor, weight_grams)),
            free_from=None if option.free_from_minor is None else minor(option.free_from_minor),
            days_min=option.days_min,
            days_max=option.days_max,
        )


@strawberry.type(description="A line of a cart: units of one variant that go one way.")
class CartLine:
    """A cart line on the wire."""

    quoted: strawberry.Private[QuotedCart]
    line: strawberry.Private[model.CartLine]

    id: strawberry.ID = strawberry.field(description="Names the line in this cart's mutations.")
    quantity: int = strawberry.field(description="Units wanted.")

    @classmethod
    def of(cls, line: model.CartLine, quoted: QuotedCart) -> "CartLine":
        """The wire form of a line."""
        line_id = strawberry.ID(global_id("CartLine", line.id))
        return cls(quoted=quoted, line=line, id=line_id, quantity=line.quantity)

    @property
    def _offer(self) -> Offer | None:
        return self.quoted.quote.offers.get(self.line.variant_id)

    @strawberry.field(description="The product's title; null when it is no longer sold here.")
    def title(self) -> str | None:
        return None if self._offer is None else self._offer.product_title

    @strawberry.field(description="The variant's option values; null when it is no longer sold here.")
    def variant_title(self) -> str | None:
        return None if self._offer is None else self._offer.variant_title

    @strawberry.field(description="Where its image is; null when there is none.")
    def image_url(self) -> str | None:
        return None if self._offer is None else self._offer.image_url

    @strawberry.field(
        description="Price of one unit, with tax if the cart's `pricesIncludeTax`; null when it is no longer sold."
    )
    def unit_price(self) -> Money | None:
        return None if self._offer is None else Money.minor(self._offer.price_minor, self._offer.currency)

    @strawberry.field(description="Former price of one unit; null when it is not reduced.")
    def compare_at_price(self) -> Money | None:
        if self._offer is None or self._offer.compare_at_minor is None:
            return None
        return Money.minor(self._offer.compare_at_minor, self._offer.currency)

    @strawberry.field(description="What the line costs; null when it is no longer sold here.")
    def cost(self) -> CartLineCost | None:
        priced = self.quoted.quote.priced
        key = model.line_key(self.line.id)
        return next((CartLineCost.of(line, priced) for line in priced.lines if line.key == key), None)

    @strawberry.field(description="The variant; null when it was deleted.")
    async def variant(
        self, info: ContextInfo
    ) -> Annotated["ProductVariant", strawberry.lazy("resolvers.catalog_types")] | None:
        from resolvers.catalog_views import variant_by_id

        return await variant_by_id(info.context, self.line.variant_id)

    @strawberry.field(description="How it is delivered.")
    def delivery_group(self) -> "CartDeliveryGroup":
        return CartDeliveryGroup.of(self.quoted.cart.group(self.line.group_id), self.quoted)


@strawberry.type(description="Lines of a cart that go the same way.")
class CartDeliveryGroup:
    """A delivery group on the wire."""

    quoted: strawberry.Private[QuotedCart]
    group: strawberry.Private[model.DeliveryGroup]

    id: strawberry.ID = strawberry.field(description="Names the group in this cart's mutations.")
    method: DeliveryMethod = strawberry.field(description="Shipped or collected.")
    address: Address | None = strawberry.field(description="Where to ship; null until known, and for a pickup.")

    @classmethod
    def of(cls, group: model.DeliveryGroup, quoted: QuotedCart) -> "CartDeliveryGroup":
        """The wire form of a group."""
        return cls(
            quoted=quoted,
            group=group,
            id=strawberry.ID(global_id("CartDeliveryGroup", group.id)),
            method=group.method,
            address=None if group.address is None else Address.of(group.address),
        )

    @strawberry.field(description="Its lines, at most 250.")
    def lines(self) -> list[CartLine]:
        lines = self.quoted.cart.lines
        return [CartLine.of(line, self.quoted) for line in lines if line.group_id == self.group.id]

    @strawberry.field(description="The store of a pickup; null for shipping.")
    async def location(
        self, info: ContextInfo
    ) -> Annotated["Location", strawberry.lazy("resolvers.locations_types")] | None:
        from resolvers.locations_types import Location

        if self.group.location_id is None:
            return None
        found = await info.context.load(locations.by_ids, self.group.location_id)
        return None if found is None else Location.of(found)

    @strawberry.field(
        description="The transport it goes by: the chosen one, or the cheapest. Null for a pickup, without goods to "
        "ship, and while no address is known."
    )
    def shipping_option(self) -> ShippingOption | None:
        option = self.quoted.quote.shipping.get(self.group.id)
        return None if option is None else ShippingOption.of(option, self.quoted, self._weight_grams)

    @strawberry.field(description="Transports offered to its address, cheapest first; empty while no address is known.")
    def shipping_options(self) -> list[ShippingOption]:
        offered = self.quoted.quote.offered.get(self.group.id, ())
        return [ShippingOption.of(option, self.quoted, self._weight_grams) for option in offered]

    @property
    def _weight_grams(self) -> int:
        return self.quoted.quote.weights_grams.get(self.group.id, 0)

    @strawberry.field(description="What its shipping costs; null when nothing is shipped.")
    def shipping_cost(self) -> TaxedMoney | None:
        priced = self.quoted.quote.priced
        charges: list[PricedShipping] = [one for one in priced.shipping if one.group_key == self.group.id.hex]
        return TaxedMoney.minor(charges[0].net_minor, charges[0].tax_minor, priced.currency) if charges else None


@strawberry.type(description="Something a person should know before ordering a cart.")
class CartProblem:
    """A problem on the wire."""

    code: CartProblemCode = strawberry.field(description="What it is.")
    message: str = strawberry.field(description="What it is and what to do, in English.")
    blocking: bool = strawberry.field(description="Whether a checkout is refused while it lasts.")
    line_id: strawberry.ID | None = strawberry.field(description="The line it is about; null when none is.")
    delivery_group_id: strawberry.ID | None = strawberry.field(description="The group it is about; null when none is.")
    discount_code: str | None = strawberry.field(description="The code it is about; null when none is.")
    available: int | None = strawberry.field(description="Units or points that could be had; null for other problems.")
    amount: Money | None = strawberry.field(
        description="The price last seen, or what is missing to a minimum; null for other problems."
    )

    @classmethod
    def of(cls, value: model.CartProblem, currency: str) -> "CartProblem":
        """The wire form of a problem."""
        group_id = None if value.group_id is None else global_id("CartDeliveryGroup", value.group_id)
        return cls(
            code=value.code,
            message=value.message,
            blocking=value.blocking,
            line_id=None if value.line_id is None else strawberry.ID(global_id("CartLine", value.line_id)),
            delivery_group_id=None if group_id is None else strawberry.ID(group_id),
            discount_code=value.discount_code,
            available=value.available,
            amount=None if value.amount_minor is None else Money.minor(value.amount_minor, currency),
        )


@strawberry.type(
    description="What somebody wants to buy. A guest's cart opens with its token; a customer has one cart per currency, "
    "the same on every device and at the till."
)
class Cart(nodes.Node):
    """A cart on the wire."""

    quoted: strawberry.Private[QuotedCart]

    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    status: CartStatus = strawberry.field(description="Only an open cart changes.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of its sales channel.")
    email: str | None = strawberry.field(description="For the order's messages; null until given.")
    phone: str | None = strawberry.field(description="For the order's messages, in E.164; null until given.")
    discount_codes: list[str] = strawberry.field(description="Codes entered, at most 10, valid or not; see `problems`.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    expires_at: datetime = strawberry.field(description="When it is forgotten unless it changes before.")

    @classmethod
    def of(cls, quoted: QuotedCart) -> "Cart":
        """The wire form of a quoted cart."""
        cart = quoted.cart
        return cls(
            quoted=quoted,
            id=strawberry.ID(global_id("Cart", cart.id)),
            version=cart.version,
            status=cart.status,
            currency_code=CurrencyCode(cart.currency),
            email=cart.email,
            phone=cart.phone,
            discount_codes=list(cart.discount_codes),
            created_at=cart.created_at,
            updated_at=cart.updated_at,
            expires_at=cart.expires_at,
        )

    @strawberry.field(description="Its lines in the order they were added, at most 250.")
    def lines(self) -> list[CartLine]:
        return [CartLine.of(line, self.quoted) for line in self.quoted.cart.lines]

    @strawberry.field(description="Units of all lines.")
    def total_quantity(self) -> int:
        return sum(line.quantity for line in self.quoted.cart.lines)

    @strawberry.field(description="How its lines are delivered; the first group ships and always exists. At most 20.")
    def delivery_groups(self) -> list[CartDeliveryGroup]:
        return [CartDeliveryGroup.of(group, self.quoted) for group in self.quoted.cart.groups]

    @strawberry.field(description="What it costs right now; lines that are no longer sold are left out.")
    def cost(self) -> CartCost:
        return CartCost.of(self.quoted.quote.priced)

    @strawberry.field(
        description="Promotions that apply to it right now, with what each takes off every line; in the order taken."
    )
    def applied_promotions(self) -> list[AppliedPromotion]:
        priced = self.quoted.quote.priced
        # A line that is no longer sold has no price, so the keys of what is priced name the lines.
        line_ids = [strawberry.ID(global_id("CartLine", UUID(hex=line.key))) for line in priced.lines]
        return applied_of(priced.outcome, line_ids, minor_in(priced))

    @strawberry.field(
        description="Promotions that would apply if more were added, at most 10, and every code that brings nothing."
    )
    def near_misses(self) -> list[NearMiss]:
        priced = self.quoted.quote.priced
        return misses_of(priced.outcome, minor_in(priced))

    @strawberry.field(description="What stands in the way of ordering it, or has changed; empty once it is not open.")
    def problems(self) -> list[CartProblem]:
        return [CartProblem.of(problem, self.quoted.cart.currency) for problem in self.quoted.quote.problems]

    @strawberry.field(description="The points to be spent; null when none are.")
    def points_wish(self) -> "CartPointsWish | None":
        wish = self.quoted.cart.points
        return None if wish is None else CartPointsWish(points=wish.points, maximum=wish.points is None)

    @strawberry.field(
        description="The gift cards and the store credit to be spent, at most 10, in the order in which they pay."
    )
    def stored_tenders(self) -> "list[CartStoredTender]":
        return [CartStoredTender.of(share, self.quoted.cart.currency) for share in self.quoted.quote.stored]

    @strawberry.field(
        description="What is left to be asked of a card: `cost.due` less what gift cards and store credit pay."
    )
    def amount_to_pay(self) -> Money:
        return Money.minor(self.quoted.quote.asked_minor, self.quoted.cart.currency)

    @strawberry.field(
        description="How much of `amountToPay` must be paid to order it by `cartComplete` with `deposit`, the rest being owed "
        "until it is collected. Null when all of it must: something is delivered, or a store takes no deposits."
    )
    async def deposit(self, info: ContextInfo) -> Money | None:
        quoted, now = self.quoted, info.context.clock()
        groups = [quoted.cart.group(line.group_id) for line in quoted.cart.lines]
        places = [group.location_id for group in groups if group.location_id is not None]
        if len(places) < len(groups):
            return None
        asked = quoted.quote.asked_minor
        due = await info.context.read(lambda conn: deposit_minor(conn, places, asked, now))
        return None if due is None else Money.minor(due, quoted.cart.currency)


@strawberry.type(description="A gift card or store credit that a cart spends.")
class CartStoredTender:
    """A share on the wire."""

    tender: Tender = strawberry.field(description="GIFT_CARD or STORE_CREDIT.")
    gift_card_id: strawberry.ID | None = strawberry.field(
        description="The GiftCard, for `cartGiftCardRemove`; null for store credit."
    )
    last_characters: str | None = strawberry.field(
        description="The last four characters of the gift card's code; null for store credit."
    )
    available: Money = strawberry.field(description="What it has now; zero while it is blocked.")
    amount: Money = strawberry.field(description="What it pays of this cart.")
    maximum: Money | None = strawberry.field(description="How much of it is to be spent at most; null when all.")

    @classmethod
    def of(cls, value: StoredShare, currency: str) -> "CartStoredTender":
        """The wire form of a share."""
        wish = value.wish
        card_id = None if wish.gift_card_id is None else strawberry.ID(global_id("GiftCard", wish.gift_card_id))
        return cls(
            tender=wish.tender,
            gift_card_id=card_id,
            last_characters=wish.label or None,
            available=Money.minor(value.available_minor, currency),
            amount=Money.minor(value.amount_minor, currency),
            maximum=None if wish.amount_minor is None else Money.minor(wish.amount_minor, currency),
        )


@strawberry.type(description="How many points a cart is to spend. What it really spends is in its cost.")
class CartPointsWish:
    """A wish for points on the wire."""

    points: int | None = strawberry.field(description="A number of points; null when it is the maximum.")
    maximum: bool = strawberry.field(description="Whether as many as the goods take are to be spent.")
