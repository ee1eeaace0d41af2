"""Reading the catalog."""

from typing import Annotated

import strawberry

from domain.acts import Scope
from domain.catalog import document_store, rules, store
from domain.catalog.documents import VariantHead
from domain.catalog.errors import GtinInvalid
from domain.catalog.model import CategoryId, CollectionId, ProductFilter, ProductId, VariantId
from resolvers.catalog_enums import ProductSort
from resolvers.catalog_groups import Category, Collection, Reverse, SalesChannel, SortKey, channel_id_of, channel_of
from resolvers.catalog_inputs import ProductFilterInput
from resolvers.catalog_lists import ProductConnection, Wanted, product_list
from resolvers.catalog_mutations import CatalogMutation, CatalogUserError
from resolvers.catalog_types import Media, Product, ProductVariant
from resolvers.catalog_views import variant_by_id, visible_product, visible_variant
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.costs import Cost
from resolvers.errors import BadInput, InvalidCursor
from resolvers.ids import uuid_of
from resolvers.lookups import names_one
from resolvers.public_reads import Part

__all__ = [
    "CatalogMutation",
    "CatalogQuery",
    "CatalogUserError",
    "Category",
    "Collection",
    "Media",
    "Product",
    "ProductVariant",
    "SalesChannel",
    "channel_id_of",
    "variant_by_id",
]

QUERY_LENGTH_MAX = 1_000

Text = Annotated[
    str | None,
    strawberry.argument(
        description="Words to search for in titles, vendors, types, tags, codes, options and descriptions. Every word "
        "must begin some word of the product; accents and letter case do not matter. The first 12 words count."
    ),
]
Filter = Annotated[ProductFilterInput | None, strawberry.argument(description="Which products you want.")]
Id = Annotated[strawberry.ID | None, strawberry.argument(description="The id as this API gave it.")]
Handle = Annotated[str | None, strawberry.argument(description="The handle.")]
Sku = Annotated[str | None, strawberry.argument(description="The retailer's code, compared exactly.")]
Gtin = Annotated[str | None, strawberry.argument(description="A GTIN of 8, 12, 13 or 14 digits, as scanned.")]


@strawberry.type
class CatalogQuery:
    """Reading the catalog."""

    @strawberry.field(description="Products that your sales channel shows.", directives=[Cost(weight=5)])
    async def products(
        self,
        info: ContextInfo,
        query: Text = None,
        filter: Filter = None,
        sort_key: SortKey = ProductSort.RELEVANCE,
        reverse: Reverse = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ProductConnection:
        if query is not None and len(query) > QUERY_LENGTH_MAX:
            raise BadInput(f"`query` has at most {QUERY_LENGTH_MAX} characters.", maximum=QUERY_LENGTH_MAX)
        wanted = ProductFilter()
        if filter is not None:
            channel = await channel_of(info.context) if filter.names_a_price else None
            wanted = filter.value(None if channel is None else channel.currency)
        return await product_list(
            info.context, Wanted(query or "", wanted, sort_key, reverse), (first, after, last, before)
        )

    @strawberry.field(description="One product, by `id` or by `handle`; null when there is none you may see.")
    async def product(self, info: ContextInfo, id: Id = None, handle: Handle = None) -> Product | None:
        if not names_one(id=id, handle=handle):
            return None
        ctx = info.context
        if id is not None:
            found = await ctx.load(document_store.heads, ProductId(uuid_of("Product", id)))
        else:
            found = await ctx.load(document_store.heads_by_handle, _storable(handle))
        shown = await visible_product(ctx, found)
        if found is not None and shown is not None:
            ctx.touched.append((Part.PRODUCT, found.product_id))
        return shown

    @strawberry.field(
        description="One variant, by `id`, `sku` or `gtin`; null when there is none whose product you may see."
    )
    async def product_variant(
        self, info: ContextInfo, id: Id = None, sku: Sku = None, gtin: Gtin = None
    ) -> ProductVariant | None:
        if not names_one(id=id, sku=sku, gtin=gtin):
            return None
        found = await _variant(info.context, id, sku, gtin)
        shown = await visible_variant(info.context, found)
        if found is not None and shown is not None:
            info.context.touched.append((Part.PRODUCT, found.product.product_id))
        return shown

    @strawberry.field(description="The first level of the category tree, by position.")
    async def categories(self, info: ContextInfo) -> list[Category]:
        return [Category.of(one) for one in await info.context.read(store.root_categories)]

    @strawberry.field(description="One category, by `id` or by `handle`; null when there is none.")
    async def category(self, info: ContextInfo, id: Id = None, handle: Handle = None) -> Category | None:
        if not names_one(id=id, handle=handle):
            return None
        if id is not None:
            found = await info.context.load(store.categories, CategoryId(uuid_of("Category", id)))
        else:
            found = await info.context.load(store.categories_by_handle, _storable(handle))
        return None if found is None else Category.of(found)

    @strawberry.field(description="Collections, by handle.")
    async def collections(
        self,
        info: ContextInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Collection]:
        page = page_of("collections", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store.collections_page(conn, page))
        except ValueError:
            raise InvalidCursor from None
        return connect("collections", found, node=Collection.of, key=lambda one: (one.handle,))

    @strawberry.field(description="One collection, by `id` or by `handle`; null when there is none.")
    async def collection(self, info: ContextInfo, id: Id = None, handle: Handle = None) -> Collection | None:
        if not names_one(id=id, handle=handle):
            return None
        if id is not None:
            found = await info.context.load(store.collections, CollectionId(uuid_of("Collection", id)))
        else:
            found = await info.context.load(store.collections_by_handle, _storable(handle))
        return None if found is None else Collection.of(found)

    @strawberry.field(
        description="The sales channel of your credential, whose prices and publications you see; null before one was "
        "opened."
    )
    async def sales_channel(self, info: ContextInfo) -> SalesChannel | None:
        found = await channel_of(info.context)
        return None if found is None else SalesChannel.of(found)

    @strawberry.field(description="Every sales channel, oldest first. Needs the scope `read_products`.")
    async def sales_channels(self, info: ContextInfo) -> list[SalesChannel]:
        info.context.require(Scope.READ_PRODUCTS)
        return [SalesChannel.of(one) for one in await info.context.read(store.all_channels)]


async def _variant(ctx: Context, id: str | None, sku: str | None, gtin: str | None) -> VariantHead | None:
    if id is not None:
        return await ctx.load(document_store.heads_of_variants, VariantId(uuid_of("ProductVariant", id)))
    if sku is not None:
        return await ctx.load(document_store.heads_by_sku, _storable(sku))
    try:
        normal = rules.gtin14(gtin or "")
    except GtinInvalid as refused:
        raise BadInput(refused.message) from None
    return await ctx.load(document_store.heads_by_gtin, normal)


def _storable(text: str | None) -> str:
    # What no database keeps names nothing; the empty text is no handle and no code.
    return text if text is not None and rules.is_storable(text) else ""
