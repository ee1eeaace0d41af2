"""Pages of products, with their total."""

from dataclasses import dataclass

import strawberry

from domain.acts import Scope
from domain.catalog import search_store
from domain.catalog.documents import ProductHit
from domain.catalog.model import ProductFilter, ProductSearch, ProductSort
from domain.paging import Slice
from resolvers.catalog_groups import channel_id_of
from resolvers.catalog_types import Product
from resolvers.catalog_views import products_of
from resolvers.connections import Connection, Span, cursors_of, page_of
from resolvers.context import Context, ContextInfo
from resolvers.errors import InvalidCursor


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of products is asked for; the channel is the caller's."""

    text: str = ""
    filter: ProductFilter = ProductFilter()
    sort: ProductSort = ProductSort.RELEVANCE
    reverse: bool = False


@strawberry.type(description="One page of products.")
class ProductConnection(Connection[Product]):
    """A connection that can count."""

    search: strawberry.Private[ProductSearch | None]

    @strawberry.field(description="How many products all pages hold together; counted only when asked for.")
    async def total_count(self, info: ContextInfo) -> int:
        search = self.search
        if search is None:
            return 0
        return await info.context.read(lambda conn: search_store.count(conn, search))


async def product_list(ctx: Context, wanted: Wanted, span: Span) -> ProductConnection:
    """A page of what the caller's sales channel shows; everything for those who may see it and ask for it.

    Raises:
        Unauthenticated, Forbidden: unpublished products without the scope.
        BadInput, InvalidCursor: the page.
    """
    if not wanted.filter.published:
        ctx.require(Scope.READ_PRODUCTS)
    channel_id = await channel_id_of(ctx)
    name = f"products:{wanted.sort}:{int(wanted.reverse)}"
    page = page_of(name, *span)
    if channel_id is None:
        return _connection(name, Slice((), has_next=False, has_previous=False), [], None)
    search = ProductSearch(channel_id, wanted.text, wanted.filter, wanted.sort, wanted.reverse)
    try:
        found = await ctx.read(lambda conn: search_store.search(conn, search, page))
    except ValueError:
        raise InvalidCursor from None
    return _connection(name, found, await products_of(ctx, [hit.head for hit in found.items]), search)


def _connection(
    name: str, found: Slice[ProductHit], products: list[Product], search: ProductSearch | None
) -> ProductConnection:
    return ProductConnection(
        cursors=cursors_of(name, found, lambda hit: hit.key),
        nodes=products,
        has_next=found.has_next,
        has_previous=found.has_previous,
        search=search,
    )
