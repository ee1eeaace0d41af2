"""What promotions did to a cart or an order, on the wire, and which ones are near."""

from collections.abc import Callable, Mapping, Sequence

import strawberry

from domain.orders.model import OrderLine
from domain.promotions.model import OnReturn
from domain.promotions.outcomes import Applied, MissReason, Outcome, Share
from domain.promotions.stored import frozen_of
from resolvers import promotions_enums as promotions_enums  # noqa: PLC0414 - describes the enumerations used below
from resolvers.ids import global_id
from resolvers.scalars import Money


@strawberry.type(description="What a promotion takes off one line.")
class AppliedPromotionLine:
    """A share on the wire."""

    line_id: strawberry.ID = strawberry.field(description="The CartLine or OrderLineItem.")
    amount: Money = strawberry.field(description="What comes off the whole line; positive.")


@strawberry.type(description="A promotion that applies, and what it takes off.")
class AppliedPromotion:
    """An applied promotion on the wire."""

    promotion_id: strawberry.ID = strawberry.field(description="The Promotion, for those who may read it.")
    version: int = strawberry.field(description="The promotion's version that applied.")
    title: str = strawberry.field(description="Its name.")
    code: str | None = strawberry.field(description="The code that brought it; null for an automatic one.")
    on_return: OnReturn = strawberry.field(description="What becomes of it when some of the goods are returned.")
    amount: Money = strawberry.field(
        description="What it takes off lines and shipping together; zero when it gives points."
    )
    shipping_amount: Money = strawberry.field(description="The part of `amount` that is off shipping.")
    lines: list[AppliedPromotionLine] = strawberry.field(
        description="What it takes off each line it touches, in the order of the lines; at most 250."
    )

    @classmethod
    def of(
        cls, applied: Applied, amounts: Mapping[strawberry.ID, int], money: Callable[[int], Money]
    ) -> "AppliedPromotion":
        """The wire form; `amounts` are what it takes off each line."""
        bound = applied.bound
        return cls(
            promotion_id=strawberry.ID(global_id("Promotion", bound.id)),
            version=bound.terms.version,
            title=bound.title,
            code=bound.code,
            on_return=bound.terms.on_return,
            amount=money(applied.amount_minor),
            shipping_amount=money(applied.amount_minor - sum(amounts.values())),
            lines=[AppliedPromotionLine(line_id=line, amount=money(amount)) for line, amount in amounts.items()],
        )


def applied_of(
    outcome: Outcome, line_ids: Sequence[strawberry.ID], money: Callable[[int], Money]
) -> list[AppliedPromotion]:
    """What an outcome did to lines of these ids, in the order it was taken."""
    return [
        AppliedPromotion.of(applied, _amounts(applied, outcome.shares, line_ids), money) for applied in outcome.applied
    ]


def _amounts(
    applied: Applied, shares: Sequence[Sequence[Share]], line_ids: Sequence[strawberry.ID]
) -> dict[strawberry.ID, int]:
    return {
        line_id: share.amount_minor
        for line_id, own in zip(line_ids, shares, strict=True)
        for share in own
        if share.promotion_id == applied.bound.id
    }


def applied_to_order(text: str, lines: Sequence[OrderLine], money: Callable[[int], Money]) -> list[AppliedPromotion]:
    """What an order keeps of its promotions, in the order they were taken."""
    found: list[AppliedPromotion] = []
    for applied in frozen_of(text).applied:
        key = str(applied.bound.id)
        amounts = {
            strawberry.ID(global_id("OrderLineItem", line.id)): share.amount_minor
            for line in lines
            for share in line.discounts
            if share.discount_id == key
        }
        found.append(AppliedPromotion.of(applied, amounts, money))
    return found


@strawberry.type(description="A promotion that would apply if something were added.")
class NearMiss:
    """A near miss on the wire."""

    promotion_id: strawberry.ID = strawberry.field(description="The Promotion, for those who may read it.")
    title: str = strawberry.field(description="Its name.")
    code: str | None = strawberry.field(description="The code that was entered for it; null for an automatic one.")
    reason: MissReason = strawberry.field(description="Why it does not apply.")
    missing: Money | None = strawberry.field(description="Worth of goods to add; null when it is not about that.")
    missing_quantity: int | None = strawberry.field(description="Units to add; null when it is not about that.")
    gift_variant_ids: list[strawberry.ID] = strawberry.field(
        description="ProductVariants of which one may be put into the basket for nothing; else empty."
    )


def misses_of(outcome: Outcome, money: Callable[[int], Money]) -> list[NearMiss]:
    """What is near, and every code that brings nothing."""
    return [
        NearMiss(
            promotion_id=strawberry.ID(global_id("Promotion", miss.promotion_id)),
            title=miss.title,
            code=miss.code,
            reason=miss.reason,
            missing=money(miss.missing_minor) if miss.missing_minor else None,
            missing_quantity=miss.missing_quantity or None,
            gift_variant_ids=[strawberry.ID(global_id("ProductVariant", key)) for key in miss.gift_variant_ids],
        )
        for miss in outcome.misses
    ]
