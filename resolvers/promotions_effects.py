"""Effects of promotions on the wire, out and in."""

from decimal import Decimal
from typing import Annotated

import strawberry

from domain.promotions import model
from domain.promotions.effects import PPM
from domain.promotions.model import Choice, Target
from resolvers import promotions_enums as promotions_enums  # noqa: PLC0414 - describes the enumerations used below
from resolvers.ids import global_id
from resolvers.scalars import DecimalText, Money

_PERCENT = "Percent, such as `12.5`."
_PERCENT_PLACES = 4


def percent(ppm: int) -> DecimalText:
    """Parts per million in percent, with no digit more than needed.

    >>> percent(125_000), percent(1_000_000)
    ('12.5', '100')
    """
    whole, rest = divmod(ppm, PPM // 100)
    return DecimalText(f"{whole}.{rest:04d}".rstrip("0").rstrip("."))


@strawberry.type(description="Which lines are meant: those that match any of the ids; all lines when there are none.")
class PromotionItems:
    """An item filter on the wire."""

    product_ids: list[strawberry.ID] = strawberry.field(description="Products, at most 1,000.")
    variant_ids: list[strawberry.ID] = strawberry.field(description="Product variants, at most 1,000.")
    category_ids: list[strawberry.ID] = strawberry.field(
        description="Categories, at most 1,000; those below them are meant too."
    )
    collection_ids: list[strawberry.ID] = strawberry.field(description="Collections, at most 1,000.")

    @classmethod
    def of(cls, value: model.ItemFilter) -> "PromotionItems":
        """The wire form of a filter."""
        return cls(
            product_ids=[strawberry.ID(global_id("Product", key)) for key in sorted(value.product_ids)],
            variant_ids=[strawberry.ID(global_id("ProductVariant", key)) for key in sorted(value.variant_ids)],
            category_ids=[strawberry.ID(global_id("Category", key)) for key in sorted(value.category_ids)],
            collection_ids=[strawberry.ID(global_id("Collection", key)) for key in sorted(value.collection_ids)],
        )


@strawberry.type(description="A part of what is left comes off.")
class PromotionPercentageOff:
    """A percentage on the wire."""

    percentage: DecimalText = strawberry.field(description=_PERCENT)
    target: Target = strawberry.field(description="LINES rounds on each line, ORDER rounds once and is shared out.")


@strawberry.type(description="An amount comes off.")
class PromotionAmountOff:
    """An amount on the wire."""

    amount: Money = strawberry.field(description="What comes off.")
    per_unit: bool = strawberry.field(
        description="Whether it comes off every unit; else once, shared by what lines cost."
    )
    target: Target = strawberry.field(description="Whether it is taken with promotions on lines or on the order.")


@strawberry.type(description="Each unit costs this, unless it costs less already.")
class PromotionFixedPrice:
    """A fixed price on the wire."""

    price: Money = strawberry.field(description="The price of one unit.")


@strawberry.type(description="For so many units bought, so many others are reduced.")
class PromotionBuyXGetY:
    """A buy-X-get-Y on the wire."""

    buy_quantity: int = strawberry.field(description="Units to buy.")
    get_quantity: int = strawberry.field(description="Units that are reduced for them.")
    percentage: DecimalText = strawberry.field(description="What comes off each of these units: 100 gives them away.")
    get_items: PromotionItems | None = strawberry.field(description="What is reduced; null for the items themselves.")
    choice: Choice = strawberry.field(description="Which units are reduced.")
    times_max: int | None = strawberry.field(description="How often in one order; null as often as it goes.")


@strawberry.type(description="From a worth of items on, a percentage or an amount comes off.")
class PromotionStep:
    """A step on the wire."""

    spend_from: Money = strawberry.field(description="What the items must be worth.")
    percentage: DecimalText | None = strawberry.field(description="Percent off the items; null when it is an amount.")
    amount: Money | None = strawberry.field(description="Amount off the items; null when it is a percentage.")


@strawberry.type(description="The more is spent, the more comes off: the highest step that is reached counts.")
class PromotionSpendSteps:
    """Steps on the wire."""

    steps: list[PromotionStep] = strawberry.field(description="Rising, at most 20.")


@strawberry.type(description="Units that a bundle needs.")
class PromotionBundlePart:
    """A bundle's part on the wire."""

    items: PromotionItems = strawberry.field(description="Which goods.")
    quantity: int = strawberry.field(description="How many units of them.")


@strawberry.type(description="All parts together cost this, as often as they are in the basket and it is cheaper.")
class PromotionBundlePrice:
    """A bundle on the wire."""

    price: Money = strawberry.field(description="What one bundle costs.")
    parts: list[PromotionBundlePart] = strawberry.field(description="What one bundle holds, at most 10 parts.")
    times_max: int | None = strawberry.field(description="How often in one order; null as often as it goes.")


@strawberry.type(description="Deliveries are free, or cheaper.")
class PromotionFreeShipping:
    """Free shipping on the wire."""

    up_to: Money | None = strawberry.field(description="The most that comes off each delivery; null for all of it.")


@strawberry.type(description="Units of one of these variants cost nothing, once they are in the basket.")
class PromotionGift:
    """A gift on the wire."""

    variant_ids: list[strawberry.ID] = strawberry.field(
        description="The ProductVariants to choose from, at most 1,000."
    )
    quantity: int = strawberry.field(description="How many units are free.")


@strawberry.type(description="Items earn a multiple of their points; several multipliers add up.")
class PromotionPointsMultiplier:
    """A multiplier on the wire."""

    factor: DecimalText = strawberry.field(description="Such as `3` for threefold points.")


@strawberry.type(description="The order earns more points.")
class PromotionPointsBonus:
    """A bonus on the wire."""

    points: int = strawberry.field(description="How many more.")


PromotionEffect = Annotated[
    PromotionPercentageOff
    | PromotionAmountOff
    | PromotionFixedPrice
    | PromotionBuyXGetY
    | PromotionSpendSteps
    | PromotionBundlePrice
    | PromotionFreeShipping
    | PromotionGift
    | PromotionPointsMultiplier
    | PromotionPointsBonus,
    strawberry.union("PromotionEffect", description="What a promotion gives."),
]


def effect_of(effect: model.Effect, currency: str | None) -> PromotionEffect:
    """The wire form of an effect."""

    def money(minor: int) -> Money:
        assert currency is not None, "an amount has a currency"
        return Money.minor(minor, currency)

    match effect:
        case model.PercentageOff():
            return PromotionPercentageOff(percentage=percent(effect.ppm), target=effect.target)
        case model.AmountOff():
            return PromotionAmountOff(amount=money(effect.amount_minor), per_unit=effect.per_unit, target=effect.target)
        case model.BuyXGetY():
            return PromotionBuyXGetY(
                buy_quantity=effect.buy_quantity,
                get_quantity=effect.get_quantity,
                percentage=percent(effect.ppm),
                get_items=None if effect.get is None else PromotionItems.of(effect.get),
                choice=effect.choice,
                times_max=effect.times_max,
            )
        case model.SpendSteps():
            return PromotionSpendSteps(
                steps=[
                    PromotionStep(
                        spend_from=money(step.from_minor),
                        percentage=None if step.ppm is None else percent(step.ppm),
                        amount=None if step.amount_minor is None else money(step.amount_minor),
                    )
                    for step in effect.steps
                ]
            )
        case model.BundlePrice():
            parts = [PromotionBundlePart(items=PromotionItems.of(p.items), quantity=p.quantity) for p in effect.parts]
            return PromotionBundlePrice(price=money(effect.price_minor), parts=parts, times_max=effect.times_max)
        case _:
            return _plain_of(effect, currency)


def _plain_of(
    effect: model.FixedPrice | model.FreeShipping | model.Gift | model.PointsMultiplier | model.PointsBonus,
    currency: str | None,
) -> PromotionEffect:
    match effect:
        case model.FixedPrice():
            return PromotionFixedPrice(price=Money.minor(effect.price_minor, currency or ""))
        case model.FreeShipping():
            most = effect.up_to_minor
            return PromotionFreeShipping(up_to=None if most is None else Money.minor(most, currency or ""))
        case model.Gift():
            ids = [strawberry.ID(global_id("ProductVariant", key)) for key in effect.variant_ids]
            return PromotionGift(variant_ids=ids, quantity=effect.quantity)
        case model.PointsMultiplier():
            return PromotionPointsMultiplier(factor=DecimalText(f"{Decimal(effect.factor_ppm) / PPM:f}"))
        case model.PointsBonus():
            return PromotionPointsBonus(points=effect.points)
