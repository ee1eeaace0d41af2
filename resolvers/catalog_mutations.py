"""Changing the catalog: products, prices, publications, and what they are sorted under."""

from collections.abc import Callable
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.catalog import document_store, service, store
from domain.catalog.documents import ProductHead
from domain.catalog.model import ChannelId, ProductId
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from resolvers.catalog_enums import CatalogErrorCode
from resolvers.catalog_groups import Category, Collection, SalesChannel
from resolvers.catalog_inputs import (
    CategoryCreateInput,
    CollectionCreateInput,
    ProductCreateInput,
    ProductPublishInput,
    ProductUpdateInput,
    ProductVariantInput,
    ProductVariantsAddInput,
    SalesChannelCreateInput,
    check_currency,
)
from resolvers.catalog_types import Product
from resolvers.catalog_views import products_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import member_of
from resolvers.errors import UserError


@strawberry.type(description="A refusal of a catalog command.")
class CatalogUserError(UserError):
    """A catalog refusal on the wire."""

    code: CatalogErrorCode = strawberry.field(description="Which rule said no.")
    maximum: int | None = strawberry.field(description="The most that is admitted; null when no bound was met.")
    version: int | None = strawberry.field(description="The present version; null when it is not about that.")

    @classmethod
    def of(cls, refused: Refused) -> "CatalogUserError":
        """The wire form of a refusal."""
        numbers = {name: value for name, value in refused.facts.items() if isinstance(value, int)}
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(CatalogErrorCode, refused.code),
            maximum=numbers.get("maximum"),
            version=numbers.get("version"),
        )


@strawberry.type(description="The answer to `productCreate`.")
class ProductCreatePayload:
    """The added product, or why not."""

    product: Product | None = strawberry.field(description="The product; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `productUpdate`.")
class ProductUpdatePayload:
    """The changed product, or why not."""

    product: Product | None = strawberry.field(description="The product as it is now; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


@strawberry.type(description="The answer to `productVariantsAdd`.")
class ProductVariantsAddPayload:
    """The grown product, or why not."""

    product: Product | None = strawberry.field(description="The product as it is now; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `productPublish` and `productUnpublish`.")
class ProductPublishPayload:
    """The products, or why not."""

    products: list[Product] | None = strawberry.field(description="The products; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


@strawberry.type(description="The answer to `categoryCreate`.")
class CategoryCreatePayload:
    """The category, or why not."""

    category: Category | None = strawberry.field(description="The category; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


@strawberry.type(description="The answer to `collectionCreate`.")
class CollectionCreatePayload:
    """The collection, or why not."""

    collection: Collection | None = strawberry.field(description="The collection; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


@strawberry.type(description="The answer to `salesChannelCreate`.")
class SalesChannelCreatePayload:
    """The sales channel, or why not."""

    sales_channel: SalesChannel | None = strawberry.field(description="The sales channel; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


def _check_currencies(conn: ReadConnection, variants: list[ProductVariantInput]) -> None:
    prices = [price for variant in variants for price in variant.prices]
    channels = store.channels(conn, list({price.channel_id for price in prices})) if prices else {}
    for price in prices:
        check_currency(channels.get(price.channel_id), *price.amounts())


def _head(conn: ReadConnection, reference: str) -> ProductHead:
    product_id = ProductId(UUID(reference))
    return document_store.heads(conn, [product_id])[product_id]


async def _product(ctx: Context, head: ProductHead) -> Product:
    (product,) = await products_of(ctx, [head])
    return product


@strawberry.type
class CatalogMutation:
    """Changing the catalog."""

    @strawberry.mutation(
        description="Add a product with its variants, prices and images. Needs the scope `write_products`."
    )
    async def product_create(self, info: ContextInfo, input: ProductCreateInput) -> ProductCreatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        new = input.value()

        def effect(conn: WriteConnection, act: Act) -> ProductHead:
            _check_currencies(conn, input.variants)
            return _head(conn, str(service.create_product(conn, new, act).id))

        try:
            done = await info.context.command(
                "productCreate",
                input.idempotency_key,
                repr(new),
                effect=effect,
                reference=lambda head: str(head.product_id),
                reload=_head,
            )
        except Refused as refused:
            return ProductCreatePayload(product=None, user_errors=[CatalogUserError.of(refused)], replayed=False)
        product = await _product(info.context, done.value)
        return ProductCreatePayload(product=product, user_errors=[], replayed=done.replayed)

    @strawberry.mutation(description="Change a product's texts and category. Needs the scope `write_products`.")
    async def product_update(self, info: ContextInfo, input: ProductUpdateInput) -> ProductUpdatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        change = input.value()

        def effect(conn: WriteConnection, act: Act) -> ProductHead:
            return _head(conn, str(service.update_product(conn, change, act).id))

        try:
            changed = await info.context.write(effect)
        except Refused as refused:
            return ProductUpdatePayload(product=None, user_errors=[CatalogUserError.of(refused)])
        return ProductUpdatePayload(product=await _product(info.context, changed), user_errors=[])

    @strawberry.mutation(description="Add variants and images to a product. Needs the scope `write_products`.")
    async def product_variants_add(
        self, info: ContextInfo, input: ProductVariantsAddInput
    ) -> ProductVariantsAddPayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        additions = input.value()

        def effect(conn: WriteConnection, act: Act) -> ProductHead:
            _check_currencies(conn, input.variants)
            service.extend_product(conn, additions, act)
            return _head(conn, str(additions.product_id))

        try:
            done = await info.context.command(
                "productVariantsAdd",
                input.idempotency_key,
                repr(additions),
                effect=effect,
                reference=lambda head: str(head.product_id),
                reload=_head,
            )
        except Refused as refused:
            return ProductVariantsAddPayload(product=None, user_errors=[CatalogUserError.of(refused)], replayed=False)
        product = await _product(info.context, done.value)
        return ProductVariantsAddPayload(product=product, user_errors=[], replayed=done.replayed)

    @strawberry.mutation(
        description="Show products in a sales channel from now on. Doing it again changes nothing. Needs the scope "
        "`write_products`."
    )
    async def product_publish(self, info: ContextInfo, input: ProductPublishInput) -> ProductPublishPayload:
        return await _publish(info, input, service.publish)

    @strawberry.mutation(
        description="Show products in a sales channel no longer; their prices there stay. Needs the scope "
        "`write_products`."
    )
    async def product_unpublish(self, info: ContextInfo, input: ProductPublishInput) -> ProductPublishPayload:
        return await _publish(info, input, service.unpublish)

    @strawberry.mutation(description="Add a category to the tree. Needs the scope `write_products`.")
    async def category_create(self, info: ContextInfo, input: CategoryCreateInput) -> CategoryCreatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        new = input.value()
        try:
            made = await info.context.write(lambda conn, act: service.create_category(conn, new, act))
        except Refused as refused:
            return CategoryCreatePayload(category=None, user_errors=[CatalogUserError.of(refused)])
        return CategoryCreatePayload(category=Category.of(made), user_errors=[])

    @strawberry.mutation(description="Add a collection. Needs the scope `write_products`.")
    async def collection_create(self, info: ContextInfo, input: CollectionCreateInput) -> CollectionCreatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        new = input.value()
        try:
            made = await info.context.write(lambda conn, act: service.create_collection(conn, new, act))
        except Refused as refused:
            return CollectionCreatePayload(collection=None, user_errors=[CatalogUserError.of(refused)])
        return CollectionCreatePayload(collection=Collection.of(made), user_errors=[])

    @strawberry.mutation(description="Open a sales channel. Needs the scope `write_products`.")
    async def sales_channel_create(
        self, info: ContextInfo, input: SalesChannelCreateInput
    ) -> SalesChannelCreatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        new = input.value()
        try:
            made = await info.context.write(lambda conn, act: service.create_channel(conn, new, act))
        except Refused as refused:
            return SalesChannelCreatePayload(sales_channel=None, user_errors=[CatalogUserError.of(refused)])
        return SalesChannelCreatePayload(sales_channel=SalesChannel.of(made), user_errors=[])


Publishing = Callable[[WriteConnection, list[ProductId], ChannelId, Act], None]


async def _publish(info: ContextInfo, input: ProductPublishInput, verb: Publishing) -> ProductPublishPayload:
    info.context.require(Scope.WRITE_PRODUCTS)
    product_ids, channel_id = input.value()

    def effect(conn: WriteConnection, act: Act) -> list[ProductHead]:
        verb(conn, product_ids, channel_id, act)
        found = document_store.heads(conn, product_ids)
        return [found[product_id] for product_id in product_ids]

    try:
        heads = await info.context.write(effect)
    except Refused as refused:
        return ProductPublishPayload(products=None, user_errors=[CatalogUserError.of(refused)])
    return ProductPublishPayload(products=await products_of(info.context, heads), user_errors=[])
