"""Price lists: head office makes them and says what they hold."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.money import Currency
from domain.price_lists import model, store
from domain.price_lists.errors import CurrencyMismatch, PriceListErrorCode
from domain.price_lists.model import PRICES_PER_CHANGE_MAX, PriceListId
from domain.pricing import price_lists
from resolvers.carts_inputs import KEY, bounded
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import member_of
from resolvers.errors import InvalidCursor, UserError
from resolvers.ids import uuid_of
from resolvers.price_lists_types import PriceList
from resolvers.scalars import CurrencyCode, MoneyInput


@strawberry.type(description="Why a command on price lists was refused.")
class PriceListUserError(UserError):
    """A refusal on the wire."""

    code: PriceListErrorCode = strawberry.field(description="Which rule said no.")
    version: int | None = strawberry.field(description="The present version, for STALE_VERSION; else null.")
    maximum: int | None = strawberry.field(description="The bound that was met, for TOO_MANY codes; else null.")

    @classmethod
    def of(cls, refused: Refused) -> "PriceListUserError":
        """The wire form of a refusal."""
        version, maximum = (refused.facts.get(name) for name in ("version", "maximum"))
        return cls(
            code=member_of(PriceListErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
            version=version if isinstance(version, int) else None,
            maximum=maximum if isinstance(maximum, int) else None,
        )


@strawberry.type(description="What became of a command on a price list.")
class PriceListPayload:
    """The payload of every change of a price list."""

    price_list: PriceList | None = strawberry.field(description="The list as it is now; null when refused.")
    user_errors: list[PriceListUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="For whom a price list holds, and when; what is left out does not restrict.")
class PriceListInput:
    """A list's terms from the wire."""

    title: str = strawberry.field(description="Its name for people, 1 to 120 characters.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of its prices; it never changes.")
    valid_from: datetime = strawberry.field(description="First instant, inclusive.")
    valid_to: datetime | None = strawberry.field(default=None, description="End, exclusive; null while it lasts.")
    sales_channel_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this SalesChannel.")
    country: str | None = strawberry.field(
        default=None, description="Only for sales channels that sell in this country, two capital letters (ISO 3166-1)."
    )
    customer_group_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only for members of this CustomerGroup."
    )
    tier: str | None = strawberry.field(
        default=None, description="Only for members of this tier of the loyalty programme."
    )
    priority: int = strawberry.field(default=0, description="From -1,000 to 1,000; the highest is asked first.")
    active: bool = strawberry.field(default=True, description="Whether it holds, within its period.")

    def value(self) -> model.Terms:
        """The domain's terms."""
        return model.Terms(
            title=self.title.strip(),
            currency=Currency(self.currency_code),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            channel_id=_uuid("SalesChannel", self.sales_channel_id),
            country=self.country or "",
            group_id=_uuid("CustomerGroup", self.customer_group_id),
            tier=self.tier or "",
            priority=self.priority,
        )


@strawberry.input(description="What a variant is to cost by a price list from a quantity on.")
class PriceListPriceInput:
    """A price from the wire."""

    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant.")
    price: MoneyInput = strawberry.field(description="The price of one unit, in the list's currency.")
    compare_at_price: MoneyInput | None = strawberry.field(
        default=None, description="The former price, above the price; null when it is not reduced."
    )
    quantity_min: int = strawberry.field(default=1, description="From how many units in one sale on.")

    def value(self, currency: Currency) -> model.Price:
        """The domain's price.

        Raises:
            CurrencyMismatch: it is in another currency than the list.
        """
        price = self.price.value()
        compare_at = None if self.compare_at_price is None else self.compare_at_price.value()
        if {price.currency, currency if compare_at is None else compare_at.currency} != {currency}:
            raise CurrencyMismatch(currency, "prices")
        return model.Price(
            uuid_of("ProductVariant", self.variant_id),
            price.amount_minor,
            self.quantity_min,
            None if compare_at is None else compare_at.amount_minor,
        )


@strawberry.input(description="The input of `priceListCreate`.")
class PriceListCreateInput:
    """A new list."""

    price_list: PriceListInput = strawberry.field(description="What it says.")
    prices: list[PriceListPriceInput] = strawberry.field(
        default_factory=list, description="Its first prices, at most 250; `priceListPricesSet` adds more."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `priceListUpdate`.")
class PriceListUpdateInput:
    """A list's new terms."""

    price_list_id: strawberry.ID = strawberry.field(description="The PriceList.")
    price_list: PriceListInput = strawberry.field(description="What it says from now on, all of it; prices stay.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse unless the list is at this version; null does not ask."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `priceListPricesSet`.")
class PriceListPricesSetInput:
    """Prices for a list."""

    price_list_id: strawberry.ID = strawberry.field(description="The PriceList.")
    prices: list[PriceListPriceInput] = strawberry.field(
        description="1 to 250 prices, in place of those of the same variant and quantity."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `priceListPricesRemove`.")
class PriceListPricesRemoveInput:
    """Variants to be taken out of a list."""

    price_list_id: strawberry.ID = strawberry.field(description="The PriceList.")
    variant_ids: list[strawberry.ID] = strawberry.field(description="1 to 250 ProductVariants, with all their prices.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


_Given = PriceListCreateInput | PriceListUpdateInput | PriceListPricesSetInput | PriceListPricesRemoveInput
Effect = Callable[[WriteConnection, Act], model.PriceList]


def _uuid(kind: str, text: strawberry.ID | None) -> UUID | None:
    return None if text is None else uuid_of(kind, text)


def _prices(given: Sequence[PriceListPriceInput], currency: Currency) -> list[model.Price]:
    return [one.value(currency) for one in given]


async def _done(ctx: Context, operation: str, given: _Given, effect: Effect) -> PriceListPayload:
    ctx.require(Scope.WRITE_PRODUCTS)
    body = asdict(given)
    key = body.pop("idempotency_key")
    try:
        done = await ctx.command(
            operation,
            key,
            body,
            effect=effect,
            reference=lambda made: made.id.hex,
            reload=lambda conn, reference: store.one(conn, PriceListId(UUID(hex=reference))),
        )
    except Refused as refused:
        return PriceListPayload(price_list=None, user_errors=[PriceListUserError.of(refused)], replayed=False)
    return PriceListPayload(price_list=PriceList.of(done.value), user_errors=[], replayed=done.replayed)


@strawberry.type
class PriceListsMutation:
    """Changing price lists."""

    @strawberry.mutation(
        description="Write a price list with its first prices. An active one holds from the next read on. Needs the scope "
        "`write_products`."
    )
    async def price_list_create(self, info: ContextInfo, input: PriceListCreateInput) -> PriceListPayload:
        terms, active = input.price_list.value(), input.price_list.active
        bounded(len(input.prices), PRICES_PER_CHANGE_MAX, "prices")
        return await _done(
            info.context,
            "priceListCreate",
            input,
            lambda conn, act: price_lists.create(
                conn, terms, _prices(input.prices, terms.currency), act, active=active
            ),
        )

    @strawberry.mutation(
        description="Replace everything a price list says; its prices stay. Catalog and carts show it at their next read and "
        "carts' subscribers at once; orders keep what was charged. Needs the scope `write_products`."
    )
    async def price_list_update(self, info: ContextInfo, input: PriceListUpdateInput) -> PriceListPayload:
        list_id = PriceListId(uuid_of("PriceList", input.price_list_id))
        terms, active = input.price_list.value(), input.price_list.active
        return await _done(
            info.context,
            "priceListUpdate",
            input,
            lambda conn, act: price_lists.update(conn, list_id, terms, input.expected_version, act, active=active),
        )

    @strawberry.mutation(
        description="Put prices into a price list, in place of those of the same variant and quantity; all or none. Needs "
        "the scope `write_products`."
    )
    async def price_list_prices_set(self, info: ContextInfo, input: PriceListPricesSetInput) -> PriceListPayload:
        list_id = PriceListId(uuid_of("PriceList", input.price_list_id))
        bounded(len(input.prices), PRICES_PER_CHANGE_MAX, "prices")

        def effect(conn: WriteConnection, act: Act) -> model.PriceList:
            currency = store.one(conn, list_id).terms.currency
            return price_lists.set_prices(conn, list_id, _prices(input.prices, currency), act)

        return await _done(info.context, "priceListPricesSet", input, effect)

    @strawberry.mutation(
        description="Take variants out of a price list; those that are not in it stay out. Needs the scope `write_products`."
    )
    async def price_list_prices_remove(self, info: ContextInfo, input: PriceListPricesRemoveInput) -> PriceListPayload:
        list_id = PriceListId(uuid_of("PriceList", input.price_list_id))
        bounded(len(input.variant_ids), PRICES_PER_CHANGE_MAX, "variantIds")
        variants = [uuid_of("ProductVariant", text) for text in input.variant_ids]
        return await _done(
            info.context,
            "priceListPricesRemove",
            input,
            lambda conn, act: price_lists.remove_prices(conn, list_id, variants, act),
        )


@strawberry.type
class PriceListsQuery:
    """Reading price lists."""

    @strawberry.field(description="A price list; null when there is none. Needs the scope `read_products`.")
    async def price_list(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID, strawberry.argument(description="The PriceList.")],
    ) -> PriceList | None:
        info.context.require(Scope.READ_PRODUCTS)
        found = await info.context.load(store.lists, PriceListId(uuid_of("PriceList", id)))
        return None if found is None else PriceList.of(found)

    @strawberry.field(description="Price lists, the newest first. Needs the scope `read_products`.")
    async def price_lists(
        self,
        info: ContextInfo,
        active: Annotated[
            bool | None, strawberry.argument(description="Only active ones, or only others; null for all.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PriceList]:
        info.context.require(Scope.READ_PRODUCTS)
        page = page_of("priceLists", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store.page(conn, page, active=active))
        except ValueError:
            raise InvalidCursor from None
        return connect("priceLists", found, node=PriceList.of, key=lambda one: (one.id.hex,))
