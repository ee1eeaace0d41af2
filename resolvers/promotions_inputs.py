"""What promotion mutations are given."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain.money import Currency
from domain.promotions import model
from domain.promotions.model import RETAILER, Exclusivity, Method, OnReturn, Trigger
from resolvers.carts_inputs import KEY
from resolvers.ids import uuid_of
from resolvers.promotions_effects_inputs import PromotionEffectInput, PromotionItemsInput, minor_of
from resolvers.scalars import CurrencyCode, MoneyInput

EXPECTED = "Refuse unless the promotion is at this version; null does not ask."


@strawberry.input(description="A part of a week. Give two across midnight.")
class PromotionHoursInput:
    """Hours from the wire."""

    weekdays: list[int] = strawberry.field(description="1 is Monday, 7 is Sunday.")
    from_minute: int = strawberry.field(default=0, description="Minutes after local midnight, inclusive.")
    to_minute: int = strawberry.field(
        default=1_440, description="Minutes after local midnight, exclusive; up to 1,440."
    )

    def value(self) -> model.Hours:
        """The domain's part of a week."""
        return model.Hours(frozenset(self.weekdays), self.from_minute, self.to_minute)


@strawberry.input(description="What must hold for a promotion to apply; what is left out does not restrict.")
class PromotionConditionsInput:
    """Conditions from the wire."""

    items: PromotionItemsInput = strawberry.field(
        default_factory=PromotionItemsInput, description="Lines that count for minimums and that are reduced."
    )
    minimum_subtotal: MoneyInput | None = strawberry.field(
        default=None,
        description="What the items must be worth: before discounts for an effect on lines, after those for any other.",
    )
    minimum_quantity: int = strawberry.field(default=0, description="Units there must be of the items.")
    sales_channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Good in these SalesChannels only."
    )
    location_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only lines that are sold or collected in these Locations count."
    )
    methods: list[Method] = strawberry.field(default_factory=list, description="Only lines that go these ways count.")
    customer_group_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="For members of one of these CustomerGroups only."
    )
    tiers: list[str] = strawberry.field(
        default_factory=list, description="For members of one of these tiers of the loyalty programme only."
    )
    first_order: bool = strawberry.field(
        default=False, description="For customers who have never ordered before; needs `usageLimitPerCustomer` 1."
    )
    hours: list[PromotionHoursInput] = strawberry.field(
        default_factory=list, description="When in the week, at most 14 parts."
    )
    time_zone: str = strawberry.field(
        default="UTC",
        description="Whose hours these are, such as `Europe/London`; a sale in one store goes by the store's own zone.",
    )

    def value(self, currency: Currency | None) -> model.Conditions:
        """The domain's conditions."""
        least = self.minimum_subtotal
        return model.Conditions(
            items=self.items.value(),
            minimum_subtotal_minor=0 if least is None else minor_of(least, currency),
            minimum_quantity=self.minimum_quantity,
            sales_channel_ids=_ids("SalesChannel", self.sales_channel_ids),
            location_ids=_ids("Location", self.location_ids),
            methods=frozenset(self.methods),
            customer_group_ids=_ids("CustomerGroup", self.customer_group_ids),
            tiers=frozenset(self.tiers),
            first_order=self.first_order,
            hours=tuple(part.value() for part in self.hours),
            time_zone=self.time_zone,
        )


def _ids(type_name: str, texts: list[strawberry.ID]) -> frozenset[UUID]:
    return frozenset(uuid_of(type_name, text) for text in texts)


@strawberry.input(description="Everything a promotion says. A change replaces all of it, so nothing is left to guess.")
class PromotionInput:
    """A definition from the wire."""

    title: str = strawberry.field(description="What customers read on cart, order and receipt; up to 120 characters.")
    effect: PromotionEffectInput = strawberry.field(description="What it gives: exactly one effect.")
    valid_from: datetime = strawberry.field(description="From when on it is good.")
    valid_to: datetime | None = strawberry.field(
        default=None, description="Until when, exclusive; null while it lasts."
    )
    trigger: Trigger = strawberry.field(
        default=Trigger.AUTOMATIC, description="Whether it applies by itself or by a code."
    )
    conditions: PromotionConditionsInput = strawberry.field(
        default_factory=PromotionConditionsInput, description="What must hold for it to apply."
    )
    priority: int = strawberry.field(default=0, description="Smaller goes first among those that work on the same.")
    exclusivity: Exclusivity = strawberry.field(
        default=Exclusivity.NONE, description="What it tolerates beside itself."
    )
    stacking_group: str | None = strawberry.field(
        default=None,
        description="Of one group only the first that gives anything applies; small letters, digits and _.",
    )
    on_return: OnReturn = strawberry.field(
        default=OnReturn.PRORATE, description="What becomes of it when some of what it reduced is returned."
    )
    funder: str = strawberry.field(
        default=RETAILER, description="Who pays for it: `program` is the retailer, else such as `vendor:acme`."
    )
    currency_code: CurrencyCode | None = strawberry.field(
        default=None, description="Of every amount in it; null when there is none."
    )
    usage_limit: int | None = strawberry.field(
        default=None, description="How many orders may use it in all; null without limit."
    )
    usage_limit_per_customer: int | None = strawberry.field(
        default=None,
        description="How many orders of one customer, or of one guest's e-mail address, may; null without limit.",
    )

    def value(self) -> model.Definition:
        """The domain's definition.

        Raises:
            BadInput: no effect or several, or an amount in another currency.
        """
        currency = None if self.currency_code is None else Currency(self.currency_code)
        return model.Definition(
            title=self.title,
            effect=self.effect.value(currency),
            valid_from=self.valid_from,
            trigger=self.trigger,
            conditions=self.conditions.value(currency),
            priority=self.priority,
            exclusivity=self.exclusivity,
            stacking_group=self.stacking_group,
            on_return=self.on_return,
            funder=self.funder,
            currency=currency,
            usage_limit=self.usage_limit,
            usage_limit_per_customer=self.usage_limit_per_customer,
            valid_to=self.valid_to,
        )


@strawberry.input(description="A promotion to be written as a draft, or put to work at once.")
class PromotionCreateInput:
    """Input of promotionCreate."""

    promotion: PromotionInput = strawberry.field(description="What it says.")
    codes: list[str] = strawberry.field(
        default_factory=list, description="Codes that may be shared, for the trigger CODE; see `promotionCodesAdd`."
    )
    activate: bool = strawberry.field(default=False, description="Whether it is to be at work at once.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A promotion and all that it is to say from now on.")
class PromotionUpdateInput:
    """Input of promotionUpdate."""

    promotion_id: strawberry.ID = strawberry.field(description="The Promotion.")
    promotion: PromotionInput = strawberry.field(description="What it says; replaces everything it said.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A promotion to be put to work.")
class PromotionActivateInput:
    """Input of promotionActivate."""

    promotion_id: strawberry.ID = strawberry.field(description="The Promotion.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A promotion to be taken off work.")
class PromotionDeactivateInput:
    """Input of promotionDeactivate."""

    promotion_id: strawberry.ID = strawberry.field(description="The Promotion.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Codes for a promotion: named, or so many made at random. Give one of the two.")
class PromotionCodesAddInput:
    """Input of promotionCodesAdd."""

    promotion_id: strawberry.ID = strawberry.field(description="The Promotion; its trigger is CODE.")
    codes: list[str] | None = strawberry.field(
        default=None, description="Codes to add, 1 to 10,000, each up to 40 characters and of no promotion yet."
    )
    generate: int | None = strawberry.field(
        default=None, description="How many unguessable codes to make, 1 to 10,000; they are good for one order each."
    )
    single_use: bool = strawberry.field(
        default=True, description="Whether each of the named codes is good for one order; false shares them."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="What a funder is to pay at most for promotions in one currency.")
class PromotionBudgetSetInput:
    """Input of promotionBudgetSet."""

    funder: str = strawberry.field(description="`program` is the retailer, else such as `vendor:acme`.")
    limit: MoneyInput = strawberry.field(description="At least what has been spent already.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Goods of a basket to be tried.")
class PromotionTestLineInput:
    """A line of promotionTest."""

    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant; each once.")
    quantity: int = strawberry.field(default=1, description="Units, 1 to 9,999.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="What one unit costs as if; null takes the price of today."
    )


@strawberry.input(description="A basket, and the circumstances in which it is to be priced as if.")
class PromotionTestInput:
    """Input of promotionTest."""

    lines: list[PromotionTestLineInput] = strawberry.field(description="Goods, 1 to 250 lines.")
    sales_channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The SalesChannel; null for the caller's own or the web shop."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The Location that sells or hands over; null ships."
    )
    method: Method = strawberry.field(default=Method.SHIPPING, description="How the goods reach the customer.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="The Customer; null for a guest.")
    codes: list[str] = strawberry.field(default_factory=list, description="Codes entered, at most 10.")
    promotion_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Promotions to be treated as if they were active, at most 20."
    )
    shipping: MoneyInput | None = strawberry.field(
        default=None, description="What the delivery costs; null for nothing."
    )
    at: datetime | None = strawberry.field(default=None, description="The moment; null for now.")
