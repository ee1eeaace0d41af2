"""Trying promotions on a basket, on the wire."""

import strawberry

from domain.carts.model import CODES_MAX, LINES_MAX, QUANTITY_MAX
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId, VariantId
from domain.errors import Refused
from domain.locations.model import LocationId
from domain.money import Currency
from domain.pricing.trying import Trial, TrialLine, Tried, try_out
from domain.promotions.checks import folded_code
from domain.promotions.model import PromotionId
from resolvers.applied_promotions import AppliedPromotion, NearMiss, applied_of, misses_of
from resolvers.carts_costs import Minor
from resolvers.carts_inputs import bounded
from resolvers.catalog_groups import channel_id_of
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.ids import uuid_of
from resolvers.promotions_effects_inputs import minor_of
from resolvers.promotions_inputs import PromotionTestInput
from resolvers.scalars import Money

PROMOTIONS_MAX = 20


@strawberry.type(description="A line of a basket that was tried.")
class PromotionTestLine:
    """A tried line on the wire."""

    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant, as given.")
    quantity: int = strawberry.field(description="Units.")
    unit_price: Money = strawberry.field(description="What one unit costs before promotions.")
    subtotal: Money = strawberry.field(description="Unit price times quantity.")
    discount: Money = strawberry.field(description="What promotions take off.")
    total: Money = strawberry.field(description="What is left, in the channel's price terms.")


@strawberry.type(description="What promotions would do to a basket. A line's id in it is its variant's.")
class PromotionTest:
    """A trial on the wire."""

    lines: list[PromotionTestLine] = strawberry.field(description="In the order given, at most 250.")
    applied_promotions: list[AppliedPromotion] = strawberry.field(
        description="What applies, in the order it is taken; `lineId` is the variant's id."
    )
    near_misses: list[NearMiss] = strawberry.field(description="What nearly applies, and codes that bring nothing.")
    subtotal: Money = strawberry.field(description="Goods before promotions.")
    discount: Money = strawberry.field(description="What comes off the goods.")
    shipping_discount: Money = strawberry.field(description="What comes off the delivery.")
    total: Money = strawberry.field(description="Goods and delivery after promotions, in the channel's price terms.")


async def tested(ctx: Context, given: PromotionTestInput) -> PromotionTest:
    """The answer to promotionTest.

    Raises:
        BadInput: the basket cannot be priced so.
    """
    bounded(len(given.lines), LINES_MAX, "lines")
    bounded(len(given.codes), CODES_MAX, "codes")
    bounded(len(given.promotion_ids), PROMOTIONS_MAX, "promotionIds")
    if not given.lines or any(not 1 <= line.quantity <= QUANTITY_MAX for line in given.lines):
        raise BadInput(f"Give at least one line, each of 1 to {QUANTITY_MAX} units.")
    if len({line.variant_id for line in given.lines}) < len(given.lines):
        raise BadInput("Name each variant once.")
    trial = await _trial(ctx, given)
    now = given.at or ctx.clock()
    try:
        tried = await ctx.read(lambda conn: try_out(conn, trial, now))
    except Refused as refused:
        raise BadInput(refused.message) from None
    return _answer(given, trial, tried)


async def _trial(ctx: Context, given: PromotionTestInput) -> Trial:
    named = given.sales_channel_id
    channel_id = await channel_id_of(ctx) if named is None else ChannelId(uuid_of("SalesChannel", named))
    channel = None if channel_id is None else await ctx.load(catalog.channels, channel_id)
    if channel is None:
        raise BadInput("There is no such sales channel.")
    currency = Currency(channel.currency)
    return Trial(
        channel_id=channel.id,
        currency=currency,
        lines=tuple(
            TrialLine(
                VariantId(uuid_of("ProductVariant", line.variant_id)),
                line.quantity,
                None if line.unit_price is None else max(0, minor_of(line.unit_price, currency)),
            )
            for line in given.lines
        ),
        codes=tuple(dict.fromkeys(folded_code(code) for code in given.codes)),
        customer_id=None if given.customer_id is None else uuid_of("Customer", given.customer_id),
        location_id=None if given.location_id is None else LocationId(uuid_of("Location", given.location_id)),
        method=given.method,
        promotion_ids=tuple(PromotionId(uuid_of("Promotion", text)) for text in given.promotion_ids),
        shipping_minor=0 if given.shipping is None else max(0, minor_of(given.shipping, currency)),
    )


def _answer(given: PromotionTestInput, trial: Trial, tried: Tried) -> PromotionTest:
    money, outcome = Minor(trial.currency), tried.outcome
    lines, subtotal, discount = [], 0, 0
    for line, item, shares in zip(given.lines, tried.items, outcome.shares, strict=True):
        gross = item.quantity * item.unit_price_minor
        off = sum(share.amount_minor for share in shares)
        subtotal, discount = subtotal + gross, discount + off
        lines.append(
            PromotionTestLine(
                variant_id=line.variant_id,
                quantity=item.quantity,
                unit_price=money(item.unit_price_minor),
                subtotal=money(gross),
                discount=money(off),
                total=money(gross - off),
            )
        )
    off_shipping = sum(share.amount_minor for shares in outcome.charge_shares for share in shares)
    return PromotionTest(
        lines=lines,
        applied_promotions=applied_of(outcome, [line.variant_id for line in given.lines], money),
        near_misses=misses_of(outcome, money),
        subtotal=money(subtotal),
        discount=money(discount),
        shipping_discount=money(off_shipping),
        total=money(subtotal - discount + trial.shipping_minor - off_shipping),
    )
