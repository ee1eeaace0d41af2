"""Promotions on the wire, for head office: what they say, how much they are used, and what pays for them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.promotions import model, store
from domain.promotions.model import (
    Exclusivity,
    Method,
    OnReturn,
    PromotionId,
    PromotionStatus,
    Trigger,
)
from resolvers import nodes
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.errors import InvalidCursor
from resolvers.ids import global_id
from resolvers.promotions_effects import PromotionEffect, PromotionItems, effect_of
from resolvers.scalars import CurrencyCode, Money


@strawberry.type(description="A part of a week.")
class PromotionHours:
    """Hours on the wire."""

    weekdays: list[int] = strawberry.field(description="1 is Monday, 7 is Sunday.")
    from_minute: int = strawberry.field(description="Minutes after local midnight, inclusive.")
    to_minute: int = strawberry.field(description="Minutes after local midnight, exclusive; at most 1,440.")

    @classmethod
    def of(cls, value: model.Hours) -> "PromotionHours":
        """The wire form of a part of a week."""
        return cls(weekdays=sorted(value.weekdays), from_minute=value.from_minute, to_minute=value.to_minute)


@strawberry.type(description="What must hold for a promotion to apply; what is empty does not restrict.")
class PromotionConditions:
    """Conditions on the wire."""

    items: PromotionItems = strawberry.field(description="Lines that count for minimums and that are reduced.")
    minimum_subtotal: Money | None = strawberry.field(
        description="What the items must be worth: before discounts for an effect on lines, after those for any other. "
        "Null when nothing is asked for."
    )
    minimum_quantity: int = strawberry.field(
        description="Units there must be of the items; 0 when nothing is asked for."
    )
    sales_channel_ids: list[strawberry.ID] = strawberry.field(description="Good in these SalesChannels.")
    location_ids: list[strawberry.ID] = strawberry.field(
        description="Only lines that are sold or collected in these Locations count."
    )
    methods: list[Method] = strawberry.field(description="Only lines that go these ways count.")
    customer_group_ids: list[strawberry.ID] = strawberry.field(
        description="For members of one of these CustomerGroups."
    )
    tiers: list[str] = strawberry.field(description="For members of one of these tiers of the loyalty programme.")
    first_order: bool = strawberry.field(description="For customers who have never ordered before.")
    hours: list[PromotionHours] = strawberry.field(description="When in the week.")
    time_zone: str = strawberry.field(
        description="Whose hours these are, such as `Europe/London`; a sale in one store goes by the store's own zone."
    )

    @classmethod
    def of(cls, value: model.Conditions, currency: str | None) -> "PromotionConditions":
        """The wire form of conditions."""
        least = value.minimum_subtotal_minor

        def ids(type_name: str, keys: frozenset[UUID]) -> list[strawberry.ID]:
            return [strawberry.ID(global_id(type_name, key)) for key in sorted(keys)]

        return cls(
            items=PromotionItems.of(value.items),
            minimum_subtotal=Money.minor(least, currency) if least and currency else None,
            minimum_quantity=value.minimum_quantity,
            sales_channel_ids=ids("SalesChannel", value.sales_channel_ids),
            location_ids=ids("Location", value.location_ids),
            methods=sorted(value.methods),
            customer_group_ids=ids("CustomerGroup", value.customer_group_ids),
            tiers=sorted(value.tiers),
            first_order=value.first_order,
            hours=[PromotionHours.of(part) for part in value.hours],
            time_zone=value.time_zone,
        )


@strawberry.type(description="What customers type to get a promotion.")
class PromotionCode:
    """A code on the wire."""

    code: str = strawberry.field(description="In capitals; letter case does not matter when it is typed.")
    single_use: bool = strawberry.field(description="Whether it is good for one order.")
    used: bool = strawberry.field(description="Whether a single-use code has been used; false for one that is shared.")

    @classmethod
    def of(cls, value: model.PromotionCode) -> "PromotionCode":
        """The wire form of a code."""
        return cls(code=value.code, single_use=value.usage_limit is not None, used=value.used > 0)


@strawberry.type(
    description="A price reduction, a gift or points, as data: who and what it is for, what it gives, and how often. Only "
    "callers with the scope `read_promotions` see it whole."
)
class Promotion(nodes.Node):
    """A promotion on the wire."""

    value: strawberry.Private[model.Promotion]

    status: PromotionStatus = strawberry.field(description="Whether it is at work.")
    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    title: str = strawberry.field(description="What customers read on cart, order and receipt.")
    trigger: Trigger = strawberry.field(description="Whether it applies by itself or by a code.")
    priority: int = strawberry.field(description="Smaller goes first among those that work on the same.")
    exclusivity: Exclusivity = strawberry.field(description="What it tolerates beside itself.")
    stacking_group: str | None = strawberry.field(
        description="Of one group only the first that gives anything applies; null when it is in none."
    )
    on_return: OnReturn = strawberry.field(description="What becomes of it when some of what it reduced is returned.")
    funder: str = strawberry.field(
        description="Who pays for it: `program` is the retailer, else such as `vendor:acme`."
    )
    currency_code: CurrencyCode | None = strawberry.field(description="Of its amounts; null when it has none.")
    usage_limit: int | None = strawberry.field(description="How many orders may use it; null without limit.")
    usage_limit_per_customer: int | None = strawberry.field(
        description="How many orders of one customer, or of one guest's e-mail address, may; null without limit."
    )
    valid_from: datetime = strawberry.field(description="From when on it is good.")
    valid_to: datetime | None = strawberry.field(description="Until when, exclusive; null while it lasts.")
    created_at: datetime = strawberry.field(description="When it was written.")
    updated_at: datetime = strawberry.field(description="When it last changed.")

    @classmethod
    def of(cls, value: model.Promotion) -> "Promotion":
        """The wire form of a promotion."""
        said = value.definition
        return cls(
            id=strawberry.ID(global_id("Promotion", value.id)),
            value=value,
            status=value.status,
            version=value.version,
            title=said.title,
            trigger=said.trigger,
            priority=said.priority,
            exclusivity=said.exclusivity,
            stacking_group=said.stacking_group,
            on_return=said.on_return,
            funder=said.funder,
            currency_code=None if said.currency is None else CurrencyCode(said.currency),
            usage_limit=said.usage_limit,
            usage_limit_per_customer=said.usage_limit_per_customer,
            valid_from=said.valid_from,
            valid_to=said.valid_to,
            created_at=value.created_at,
            updated_at=value.updated_at,
        )

    @strawberry.field(description="What must hold for it to apply.")
    def conditions(self) -> PromotionConditions:
        said = self.value.definition
        return PromotionConditions.of(said.conditions, said.currency)

    @strawberry.field(description="What it gives.")
    def effect(self) -> PromotionEffect:
        return effect_of(self.value.definition.effect, self.value.definition.currency)

    @strawberry.field(description="How many orders hold a use of it; null when they are not limited in all.")
    async def used(self, info: ContextInfo) -> int | None:
        if self.value.definition.usage_limit is None:
            return None
        return await info.context.load(store.uses, self.value.id) or 0

    @strawberry.field(
        description="Its codes, by code. Needs the scope `write_promotions`: whoever sees a single-use code can spend it."
    )
    async def codes(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[PromotionCode]:
        info.context.require(Scope.WRITE_PROMOTIONS)
        page = page_of("promotionCodes", first, after, last, before)
        promotion_id = self.value.id
        try:
            found = await info.context.read(lambda conn: store.codes_of_promotions(conn, promotion_id, page))
        except ValueError:
            raise InvalidCursor from None
        return connect("promotionCodes", found, node=PromotionCode.of, key=lambda one: (one.code,))


@strawberry.type(description="What a funder pays for promotions in one currency.")
class PromotionBudget:
    """A budget on the wire."""

    funder: str = strawberry.field(description="`program` is the retailer, else such as `vendor:acme`.")
    limit: Money = strawberry.field(description="What it pays at most, over all its promotions.")
    spent: Money = strawberry.field(description="What orders have used of it; canceled orders give it back.")

    @classmethod
    def of(cls, value: model.Budget) -> "PromotionBudget":
        """The wire form of a budget."""
        return cls(
            funder=value.funder,
            limit=Money.minor(value.limit_minor, value.currency),
            spent=Money.minor(value.spent_minor, value.currency),
        )


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    if not ctx.actor.may(Scope.READ_PROMOTIONS):
        return [None] * len(ids)
    keys = [PromotionId(key) for key in ids]
    found = await ctx.read(lambda conn: store.promotions(conn, keys))
    return [Promotion.of(found[key]) if key in found else None for key in keys]


nodes.register("Promotion", _fetch)
