"""Changing variants: what they cost, and how they are taxed, discounted and handled."""

import strawberry

from domain.acts import Act, Scope
from domain.catalog import model, service, store
from domain.catalog.model import ChannelId, VariantId
from domain.connections import WriteConnection
from domain.errors import Refused
from resolvers.catalog_inputs import check_currency
from resolvers.catalog_mutations import CatalogUserError
from resolvers.catalog_types import ProductVariant
from resolvers.catalog_views import variant_by_id
from resolvers.context import ContextInfo
from resolvers.ids import uuid_of
from resolvers.scalars import MoneyInput


@strawberry.input(description="What a variant costs in a sales channel from now on.")
class VariantPriceSetInput:
    """A price to set."""

    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant.")
    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel.")
    price: MoneyInput | None = strawberry.field(
        default=None, description="The price, in the channel's currency; null takes the variant off the channel."
    )
    compare_at_price: MoneyInput | None = strawberry.field(
        default=None, description="The former price, above the price; null when it is not reduced."
    )

    def ids(self) -> tuple[VariantId, ChannelId]:
        """The domain's ids.

        Raises:
            InvalidId: an id of something else.
        """
        return (
            VariantId(uuid_of("ProductVariant", self.variant_id)),
            ChannelId(uuid_of("SalesChannel", self.sales_channel_id)),
        )


@strawberry.input(description="New values for a variant; what is null stays.")
class ProductVariantUpdateInput:
    """A variant's change from the wire."""

    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant.")
    tax_code: str | None = strawberry.field(default=None, description="What it is to the tax table.")
    discountable: bool | None = strawberry.field(
        default=None, description="False for deposits, surcharges and fixed prices: no promotion reduces or counts it."
    )
    weight_grams: int | None = strawberry.field(default=None, description="Shipping weight in grams.")
    requires_shipping: bool | None = strawberry.field(default=None, description="False for services and gift cards.")
    sells_when_out_of_stock: bool | None = strawberry.field(default=None, description="True takes orders beyond stock.")

    def value(self) -> model.VariantChange:
        """The domain's change.

        Raises:
            InvalidId: an id of something else.
        """
        return model.VariantChange(
            VariantId(uuid_of("ProductVariant", self.variant_id)),
            self.tax_code,
            self.discountable,
            self.weight_grams,
            self.requires_shipping,
            self.sells_when_out_of_stock,
        )


@strawberry.type(description="The answer to `variantPriceSet`.")
class VariantPriceSetPayload:
    """The variant, or why not."""

    variant: ProductVariant | None = strawberry.field(description="The variant; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


@strawberry.type(description="The answer to `productVariantUpdate`.")
class ProductVariantUpdatePayload:
    """The changed variant, or why not."""

    variant: ProductVariant | None = strawberry.field(description="The variant as it is now; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(description="Why nothing was done; empty on success.")


@strawberry.type
class VariantsMutation:
    """Prices and values of variants."""

    @strawberry.mutation(
        description="Set what a variant costs in a sales channel, or take it off the channel. Carts see it at once, "
        "orders keep their prices. Needs the scope `write_products`."
    )
    async def variant_price_set(self, info: ContextInfo, input: VariantPriceSetInput) -> VariantPriceSetPayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        variant_id, channel_id = input.ids()
        price = None if input.price is None else input.price.value()
        former = None if input.compare_at_price is None else input.compare_at_price.value()

        def effect(conn: WriteConnection, act: Act) -> None:
            check_currency(store.channels(conn, [channel_id]).get(channel_id), price, former)
            if price is None:
                service.remove_price(conn, variant_id, channel_id, act)
            else:
                former_minor = None if former is None else former.amount_minor
                wanted = model.VariantPrice(variant_id, channel_id, price.amount_minor, former_minor)
                service.set_prices(conn, [wanted], act)

        try:
            await info.context.write(effect)
        except Refused as refused:
            return VariantPriceSetPayload(variant=None, user_errors=[CatalogUserError.of(refused)])
        return VariantPriceSetPayload(variant=await variant_by_id(info.context, variant_id), user_errors=[])

    @strawberry.mutation(
        description="Change how a variant is taxed, discounted and handled; what is null stays. Carts see it at once, orders "
        "keep what they were placed by. Needs the scope `write_products`."
    )
    async def product_variant_update(
        self, info: ContextInfo, input: ProductVariantUpdateInput
    ) -> ProductVariantUpdatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        change = input.value()
        try:
            await info.context.write(lambda conn, act: service.update_variant(conn, change, act))
        except Refused as refused:
            return ProductVariantUpdatePayload(variant=None, user_errors=[CatalogUserError.of(refused)])
        return ProductVariantUpdatePayload(variant=await variant_by_id(info.context, change.variant_id), user_errors=[])
