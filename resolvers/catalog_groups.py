"""Sales channels, categories and collections on the wire."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.catalog import model, store
from domain.catalog.model import CategoryId, ChannelId, CollectionId, ProductFilter
from domain.policies import store as policies
from resolvers import nodes
from resolvers.batching import batch_field
from resolvers.catalog_enums import ProductSort, SalesChannelKind
from resolvers.connections import After, Before, First, Last
from resolvers.context import Context, ContextInfo
from resolvers.ids import global_id
from resolvers.policies_types import At, ReturnPolicy
from resolvers.scalars import CurrencyCode

if TYPE_CHECKING:
    from resolvers.catalog_lists import ProductConnection

SortKey = Annotated[ProductSort, strawberry.argument(description="How they are ordered.")]
Reverse = Annotated[bool, strawberry.argument(description="Turn the order around.")]


@strawberry.type(
    description="Whether a sales channel's prices are gross for what goes to a country. A cart has one mode: of where its first "
    "group with goods is shipped to, else of the first store from which it is collected, else of the channel's country; a till "
    "goes by where it stands. Orders keep the mode they were placed by."
)
class MarketTax:
    """A market's mode on the wire."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code of the destination.")
    prices_include_tax: bool = strawberry.field(description="Whether prices are gross there.")


@strawberry.type(
    description="Where things are sold: a web shop, the tills of a country, a marketplace. One currency each."
)
class SalesChannel(nodes.Node):
    """A sales channel on the wire."""

    handle: str = strawberry.field(description="The retailer's own unique name, such as `web-gb`.")
    name: str = strawberry.field(description="The name for people.")
    kind: SalesChannelKind = strawberry.field(description="What kind of counter it is.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of all its prices.")
    prices_include_tax: bool = strawberry.field(
        description="Whether its prices are gross, in every country that `marketTaxes` does not name."
    )
    market_taxes: list[MarketTax] = strawberry.field(
        description="The countries for which that was said for itself, by their codes; at most 249."
    )
    default_country: str = strawberry.field(
        description="ISO 3166-1 alpha-2 code of where a buyer is taken to be until an address says otherwise."
    )
    default_region: str | None = strawberry.field(description="The region there; null where none is used.")
    value: strawberry.Private[model.SalesChannel]

    @classmethod
    def of(cls, value: model.SalesChannel) -> "SalesChannel":
        """The wire form of a sales channel."""
        return cls(
            id=strawberry.ID(global_id("SalesChannel", value.id)),
            handle=value.handle,
            name=value.name,
            kind=value.kind,
            currency_code=CurrencyCode(value.currency),
            prices_include_tax=value.prices_include_tax,
            market_taxes=[
                MarketTax(country=country, prices_include_tax=mode)
                for country, mode in sorted(value.market_taxes.items())
            ],
            default_country=value.default_country,
            default_region=value.default_region,
            value=value,
        )

    @batch_field(description="What it takes back of orders placed at a moment; null for one before 1970.")
    @staticmethod
    async def return_policy(
        parents: Sequence["SalesChannel"], context: Context, at: At = None
    ) -> Sequence[ReturnPolicy | None]:
        moment = context.clock() if at is None else at
        ids = [parent.value.id for parent in parents]
        found = await context.read(lambda conn: policies.return_policies_at(conn, ids, moment))
        return [None if (held := found.get(key)) is None else ReturnPolicy.of(held) for key in ids]


@strawberry.type(description="A node of the category tree.")
class Category(nodes.Node):
    """A category on the wire."""

    handle: str = strawberry.field(description="Unique part of the category's web address.")
    name: str = strawberry.field(description="The name customers see.")
    value: strawberry.Private[model.Category]

    @classmethod
    def of(cls, value: model.Category) -> "Category":
        """The wire form of a category."""
        return cls(id=strawberry.ID(global_id("Category", value.id)), handle=value.handle, name=value.name, value=value)

    @strawberry.field(description="The category it lies in; null at the first level.")
    async def parent(self, info: ContextInfo) -> "Category | None":
        if self.value.parent_id is None:
            return None
        found = await info.context.load(store.categories, self.value.parent_id)
        return None if found is None else Category.of(found)

    @strawberry.field(description="The categories it lies in, from the first level to its parent; at most 9.")
    async def ancestors(self, info: ContextInfo) -> list["Category"]:
        loads = (info.context.load(store.categories, id_) for id_ in self.value.ancestor_ids)
        found = await asyncio.gather(*loads)
        return [Category.of(one) for one in found if one is not None]

    @strawberry.field(description="The categories directly below, by position.")
    async def children(self, info: ContextInfo) -> list["Category"]:
        found = await info.context.load_list(store.children_of_categories, self.value.id)
        return [Category.of(one) for one in found]

    @strawberry.field(description="Its products and those of the categories below it.")
    async def products(
        self,
        info: ContextInfo,
        sort_key: SortKey = ProductSort.TITLE,
        reverse: Reverse = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Annotated["ProductConnection", strawberry.lazy("resolvers.catalog_lists")]:
        from resolvers.catalog_lists import Wanted, product_list

        wanted = Wanted(filter=ProductFilter(category_id=self.value.id), sort=sort_key, reverse=reverse)
        return await product_list(info.context, wanted, (first, after, last, before))


@strawberry.type(description="A hand-made list of products.")
class Collection(nodes.Node):
    """A collection on the wire."""

    handle: str = strawberry.field(description="Unique part of the collection's web address.")
    title: str = strawberry.field(description="The name customers see.")
    description: str = strawberry.field(description="Plain text; may be empty.")
    value: strawberry.Private[model.Collection]

    @classmethod
    def of(cls, value: model.Collection) -> "Collection":
        """The wire form of a collection."""
        return cls(
            id=strawberry.ID(global_id("Collection", value.id)),
            handle=value.handle,
            title=value.title,
            description=value.description,
            value=value,
        )

    @strawberry.field(description="Its products.")
    async def products(
        self,
        info: ContextInfo,
        sort_key: SortKey = ProductSort.TITLE,
        reverse: Reverse = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Annotated["ProductConnection", strawberry.lazy("resolvers.catalog_lists")]:
        from resolvers.catalog_lists import Wanted, product_list

        wanted = Wanted(filter=ProductFilter(collection_id=self.value.id), sort=sort_key, reverse=reverse)
        return await product_list(info.context, wanted, (first, after, last, before))


async def channel_id_of(ctx: Context) -> ChannelId | None:
    """The caller's sales channel, or the default web shop; None before one was opened."""
    if ctx.actor.sales_channel_id is not None:
        return ChannelId(ctx.actor.sales_channel_id)
    found = await ctx.load(store.default_channels, SalesChannelKind.ONLINE)
    return None if found is None else found.id


async def channel_of(ctx: Context) -> model.SalesChannel | None:
    """The caller's sales channel with its currency."""
    channel_id = await channel_id_of(ctx)
    return None if channel_id is None else await ctx.load(store.channels, channel_id)


async def _fetch_channels(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    own = await channel_id_of(ctx)
    everything = ctx.actor.may(Scope.READ_PRODUCTS)
    found = await ctx.read(lambda conn: store.channels(conn, [ChannelId(key) for key in ids]))
    seen = (found.get(ChannelId(key)) for key in ids)
    return [SalesChannel.of(one) if one is not None and (everything or one.id == own) else None for one in seen]


async def _fetch_categories(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.read(lambda conn: store.categories(conn, [CategoryId(key) for key in ids]))
    return [Category.of(one) if (one := found.get(CategoryId(key))) is not None else None for key in ids]


async def _fetch_collections(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.read(lambda conn: store.collections(conn, [CollectionId(key) for key in ids]))
    return [Collection.of(one) if (one := found.get(CollectionId(key))) is not None else None for key in ids]


nodes.register("SalesChannel", _fetch_channels)
nodes.register("Category", _fetch_categories)
nodes.register("Collection", _fetch_collections)
