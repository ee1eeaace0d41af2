"""Price lists on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.price_lists import model, store
from domain.price_lists.errors import PriceListErrorCode
from domain.price_lists.model import PriceListId
from resolvers import nodes
from resolvers.catalog_types import ProductVariant
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum
from resolvers.errors import InvalidCursor
from resolvers.ids import global_id
from resolvers.scalars import CurrencyCode, Money

described_enum(
    PriceListErrorCode,
    "Why a command on price lists was refused.",
    {
        "PRICE_LIST_NOT_FOUND": "There is no such price list.",
        "PRICE_LIST_INVALID": "It could never be right; see `field` and the message.",
        "CURRENCY_MISMATCH": "The list, its sales channel and its prices are in one currency, which never changes.",
        "CHANNEL_NOT_FOUND": "There is no such sales channel.",
        "CUSTOMER_GROUP_NOT_FOUND": "There is no such customer group.",
        "VARIANT_NOT_FOUND": "One of the variants does not exist.",
        "TOO_MANY_ACTIVE": "At most `maximum` price lists are active at once.",
        "TOO_MANY_PRICES": "At most `maximum` prices at once, or in one list; see the message.",
        "STALE_VERSION": "It has changed since; see `version`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
    name="PriceListErrorCode",
)


@strawberry.type(description="What a variant costs by a price list from a quantity on.")
class PriceListPrice:
    """A price on the wire."""

    value: strawberry.Private[model.Price]

    quantity_min: int = strawberry.field(description="From how many units in one sale on.")
    price: Money = strawberry.field(
        description="The price of one unit, with tax or without as the sales channel sells where it goes."
    )
    compare_at_price: Money | None = strawberry.field(description="The former price; null when it is not reduced.")

    @classmethod
    def of(cls, value: model.Price, currency: str) -> "PriceListPrice":
        """The wire form of a price."""
        compare_at = value.compare_at_minor
        return cls(
            value=value,
            quantity_min=value.quantity_min,
            price=Money.minor(value.amount_minor, currency),
            compare_at_price=None if compare_at is None else Money.minor(compare_at, currency),
        )

    @strawberry.field(description="The variant; null when it was taken out of the catalog.")
    async def variant(self, info: ContextInfo) -> ProductVariant | None:
        from resolvers.catalog_views import variant_by_id

        return await variant_by_id(info.context, self.value.variant_id)


@strawberry.type(
    description="Other prices than a sales channel's own, for some channels, markets and buyers, within a period. Of the "
    "active lists that hold for a buyer, the one of the highest priority that has a price for the variant is charged; of "
    "several, the lowest price. Only callers with the scope `read_products` see it."
)
class PriceList(nodes.Node):
    """A price list on the wire."""

    value: strawberry.Private[model.PriceList]

    title: str = strawberry.field(description="Its name for people.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of its prices; it never changes.")
    country: str | None = strawberry.field(
        description="Only for sales channels that sell in this country (ISO 3166-1); null for every country."
    )
    tier: str | None = strawberry.field(
        description="Only for members of this tier of the loyalty programme; null for everybody."
    )
    priority: int = strawberry.field(description="The list of the highest priority that has a price is charged.")
    valid_from: datetime = strawberry.field(description="First instant, inclusive.")
    valid_to: datetime | None = strawberry.field(description="End, exclusive; null while it lasts.")
    active: bool = strawberry.field(description="Whether it holds, within its period.")
    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it or its prices last changed.")
    sales_channel_id: strawberry.ID | None = strawberry.field(
        description="Only in this SalesChannel; null for every channel of its currency."
    )
    customer_group_id: strawberry.ID | None = strawberry.field(
        description="Only for members of this CustomerGroup; null for everybody."
    )

    @classmethod
    def of(cls, value: model.PriceList) -> "PriceList":
        """The wire form of a list."""
        terms = value.terms
        return cls(
            id=strawberry.ID(global_id("PriceList", value.id)),
            value=value,
            title=terms.title,
            currency_code=CurrencyCode(terms.currency),
            country=terms.country or None,
            tier=terms.tier or None,
            priority=terms.priority,
            valid_from=terms.valid_from,
            valid_to=terms.valid_to,
            active=value.active,
            version=value.version,
            created_at=value.created_at,
            updated_at=value.updated_at,
            sales_channel_id=_id("SalesChannel", terms.channel_id),
            customer_group_id=_id("CustomerGroup", terms.group_id),
        )

    @strawberry.field(description="Its prices, by variant and quantity.")
    async def prices(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Annotated["PriceListPrice", strawberry.lazy("resolvers.price_lists_types")]]:
        page = page_of("priceListPrices", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store.prices_page(conn, self.value.id, page))
        except ValueError:
            raise InvalidCursor from None
        currency = self.value.terms.currency
        return connect(
            "priceListPrices",
            found,
            node=lambda price: PriceListPrice.of(price, currency),
            key=lambda price: (price.variant_id.hex, price.quantity_min),
        )


def _id(kind: str, key: UUID | None) -> strawberry.ID | None:
    return None if key is None else strawberry.ID(global_id(kind, key))


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    if not ctx.actor.may(Scope.READ_PRODUCTS):
        return [None] * len(ids)
    found = await ctx.read(lambda conn: store.lists(conn, [PriceListId(key) for key in ids]))
    return [PriceList.of(found[PriceListId(key)]) if key in found else None for key in ids]


nodes.register("PriceList", _fetch)
