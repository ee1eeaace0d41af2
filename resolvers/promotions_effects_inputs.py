"""Effects of promotions from the wire."""

from decimal import Decimal

import strawberry

from domain.money import Currency
from domain.promotions import model
from domain.promotions.effects import PPM
from domain.promotions.model import Choice, Target
from resolvers import promotions_enums as promotions_enums  # noqa: PLC0414 - describes the enumerations used below
from resolvers.errors import BadInput
from resolvers.ids import uuid_of
from resolvers.scalars import DecimalText, MoneyInput

_PERCENT_PLACES = 4


def ppm_of(text: DecimalText) -> int:
    """A percentage in parts per million.

    Raises:
        BadInput: it has more than four decimal places.
    """
    value = Decimal(text) * (PPM // 100)
    if not value.is_finite() or value != value.to_integral_value():
        raise BadInput(f"A percentage has at most {_PERCENT_PLACES} decimal places.")
    return int(value)


@strawberry.input(description="Which lines are meant: those that match any of the ids; all lines when there are none.")
class PromotionItemsInput:
    """An item filter from the wire."""

    product_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Products, at most 1,000.")
    variant_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Product variants, at most 1,000."
    )
    category_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Categories, at most 1,000; those below them are meant too."
    )
    collection_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Collections, at most 1,000."
    )

    def value(self) -> model.ItemFilter:
        """The domain's filter."""
        return model.ItemFilter(
            frozenset(uuid_of("Product", text) for text in self.product_ids),
            frozenset(uuid_of("ProductVariant", text) for text in self.variant_ids),
            frozenset(uuid_of("Category", text) for text in self.category_ids),
            frozenset(uuid_of("Collection", text) for text in self.collection_ids),
        )


@strawberry.input(description="A part of what is left comes off.")
class PromotionPercentageOffInput:
    """A percentage from the wire."""

    percentage: DecimalText = strawberry.field(description="Above 0, at most 100, with at most four decimal places.")
    target: Target = strawberry.field(
        default=Target.LINES, description="LINES rounds on each line, ORDER rounds once and is shared out."
    )


@strawberry.input(description="An amount comes off.")
class PromotionAmountOffInput:
    """An amount from the wire."""

    amount: MoneyInput = strawberry.field(description="Above 0.")
    per_unit: bool = strawberry.field(
        default=False, description="Whether it comes off every unit; else once, shared by what lines cost."
    )
    target: Target = strawberry.field(
        default=Target.ORDER, description="Whether it is taken with promotions on lines or on the order."
    )


@strawberry.input(description="For so many units bought, so many others are reduced.")
class PromotionBuyXGetYInput:
    """A buy-X-get-Y from the wire."""

    buy_quantity: int = strawberry.field(description="Units to buy, 1 to 1,000.")
    get_quantity: int = strawberry.field(description="Units that are reduced for them, 1 to 1,000.")
    percentage: DecimalText = strawberry.field(
        default=DecimalText("100"), description="What comes off each of these units: 100 gives them away."
    )
    get_items: PromotionItemsInput | None = strawberry.field(
        default=None, description="What is reduced; null for the items themselves."
    )
    choice: Choice = strawberry.field(default=Choice.CHEAPEST, description="Which units are reduced.")
    times_max: int | None = strawberry.field(
        default=None, description="How often in one order; null as often as it goes."
    )


@strawberry.input(description="From a worth of items on, a percentage or an amount comes off.")
class PromotionStepInput:
    """A step from the wire."""

    spend_from: MoneyInput = strawberry.field(description="What the items must be worth.")
    percentage: DecimalText | None = strawberry.field(default=None, description="Percent off; or give an amount.")
    amount: MoneyInput | None = strawberry.field(default=None, description="Amount off; or give a percentage.")


@strawberry.input(description="Units that a bundle needs.")
class PromotionBundlePartInput:
    """A bundle's part from the wire."""

    items: PromotionItemsInput = strawberry.field(description="Which goods.")
    quantity: int = strawberry.field(default=1, description="How many units of them, 1 to 1,000.")


@strawberry.input(description="All parts together cost this, as often as they are in the basket and it is cheaper.")
class PromotionBundlePriceInput:
    """A bundle from the wire."""

    price: MoneyInput = strawberry.field(description="What one bundle costs, 0 or more.")
    parts: list[PromotionBundlePartInput] = strawberry.field(description="What one bundle holds, 1 to 10 parts.")
    times_max: int | None = strawberry.field(
        default=None, description="How often in one order; null as often as it goes."
    )


@strawberry.input(description="Deliveries are free, or cheaper.")
class PromotionFreeShippingInput:
    """Free shipping from the wire."""

    up_to: MoneyInput | None = strawberry.field(
        default=None, description="The most that comes off each delivery; null for all of it."
    )


@strawberry.input(description="Units of one of these variants cost nothing, once they are in the basket.")
class PromotionGiftInput:
    """A gift from the wire."""

    variant_ids: list[strawberry.ID] = strawberry.field(description="The ProductVariants to choose from, 1 to 1,000.")
    quantity: int = strawberry.field(default=1, description="How many units are free.")


@strawberry.input(description="What a promotion gives: exactly one of these.")
class PromotionEffectInput:
    """An effect from the wire."""

    percentage_off: PromotionPercentageOffInput | None = strawberry.field(
        default=None, description="A part of what is left comes off."
    )
    amount_off: PromotionAmountOffInput | None = strawberry.field(default=None, description="An amount comes off.")
    fixed_price: MoneyInput | None = strawberry.field(
        default=None, description="Each unit costs this, unless it costs less already."
    )
    buy_x_get_y: PromotionBuyXGetYInput | None = strawberry.field(
        default=None, description="For so many units bought, so many others are reduced."
    )
    spend_steps: list[PromotionStepInput] | None = strawberry.field(
        default=None, description="The more is spent, the more comes off: 1 to 20 rising steps."
    )
    bundle_price: PromotionBundlePriceInput | None = strawberry.field(
        default=None, description="All parts together cost so much."
    )
    free_shipping: PromotionFreeShippingInput | None = strawberry.field(
        default=None, description="Deliveries are free, or cheaper."
    )
    gift: PromotionGiftInput | None = strawberry.field(default=None, description="Something is given away.")
    points_multiplier: DecimalText | None = strawberry.field(
        default=None, description="Items earn this many times their points, such as `3`."
    )
    points_bonus: int | None = strawberry.field(default=None, description="The order earns so many more points.")

    def value(self, currency: Currency | None) -> model.Effect:
        """The domain's effect.

        Raises:
            BadInput: none or several are given, or an amount is in another currency than the promotion's.
        """
        made = [effect for effect in (*self._prices(currency), *self._extras(currency)) if effect is not None]
        if len(made) != 1:
            raise BadInput("Give exactly one effect.")
        return made[0]

    def _prices(self, currency: Currency | None) -> list[model.Effect | None]:
        off, amount, steps, bundle = self.percentage_off, self.amount_off, self.spend_steps, self.bundle_price
        return [
            None if off is None else model.PercentageOff(ppm_of(off.percentage), off.target),
            None
            if amount is None
            else model.AmountOff(minor_of(amount.amount, currency), amount.per_unit, amount.target),
            None if self.fixed_price is None else model.FixedPrice(minor_of(self.fixed_price, currency)),
            None if self.buy_x_get_y is None else _sets(self.buy_x_get_y),
            None if steps is None else model.SpendSteps(tuple(_step(step, currency) for step in steps)),
            None
            if bundle is None
            else model.BundlePrice(
                minor_of(bundle.price, currency),
                tuple(model.BundlePart(part.items.value(), part.quantity) for part in bundle.parts),
                bundle.times_max,
            ),
        ]

    def _extras(self, currency: Currency | None) -> list[model.Effect | None]:
        free, gift, factor = self.free_shipping, self.gift, self.points_multiplier
        return [
            None
            if free is None
            else model.FreeShipping(None if free.up_to is None else minor_of(free.up_to, currency)),
            None
            if gift is None
            else model.Gift(tuple(uuid_of("ProductVariant", text) for text in gift.variant_ids), gift.quantity),
            None if factor is None else model.PointsMultiplier(ppm_of(DecimalText(str(Decimal(factor) * 100)))),
            None if self.points_bonus is None else model.PointsBonus(self.points_bonus),
        ]


def minor_of(given: MoneyInput, currency: Currency | None) -> int:
    """An amount in minor units of the promotion's currency.

    Raises:
        BadInput: it is in another one.
    """
    value = given.value()
    if value.currency != currency:
        raise BadInput("Every amount of a promotion is in its `currencyCode`.")
    return value.amount_minor


def _sets(given: PromotionBuyXGetYInput) -> model.BuyXGetY:
    return model.BuyXGetY(
        given.buy_quantity,
        given.get_quantity,
        ppm_of(given.percentage),
        None if given.get_items is None else given.get_items.value(),
        given.choice,
        given.times_max,
    )


def _step(given: PromotionStepInput, currency: Currency | None) -> model.Step:
    return model.Step(
        minor_of(given.spend_from, currency),
        None if given.percentage is None else ppm_of(given.percentage),
        None if given.amount is None else minor_of(given.amount, currency),
    )
