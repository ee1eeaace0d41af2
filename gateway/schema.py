"""The public schema, put together from the rooms."""

from functools import cache

import strawberry
from graphql import GraphQLObjectType
from strawberry.tools import merge_types

from gateway.printing import public_text, subgraph_text
from resolvers.access import AccessMutation, AccessQuery
from resolvers.balances import BalancesMutation
from resolvers.card_readers import CardReadersMutation, CardReadersQuery
from resolvers.carts import CartsMutation, CartsQuery, CartsSubscription
from resolvers.carts_tendering import CartTendersMutation
from resolvers.catalog import CatalogMutation, CatalogQuery
from resolvers.catalog_variants import VariantsMutation
from resolvers.checkout import CheckoutMutation
from resolvers.checkout_cancel import CheckoutCancelMutation
from resolvers.customer_groups import CustomerGroupsMutation, CustomerGroupsQuery
from resolvers.customers import CustomersMutation, CustomersQuery
from resolvers.federation import federated, federation_query
from resolvers.fulfillment import FulfillmentMutation
from resolvers.gift_cards import GiftCardsMutation, GiftCardsQuery
from resolvers.inventory import InventoryMutation, InventoryQuery, InventorySubscription
from resolvers.locations import LocationsMutation, LocationsQuery
from resolvers.loyalty import LoyaltyMutation, LoyaltyQuery, LoyaltySubscription
from resolvers.nodes import NodesQuery
from resolvers.orders import OrdersMutation, OrdersQuery, OrdersSubscription
from resolvers.papers import PapersMutation, PapersQuery
from resolvers.payment_findings import PaymentFindingsQuery
from resolvers.payments import PaymentsMutation
from resolvers.pickup import PickupMutation, PickupQuery, PickupSubscription
from resolvers.policies import PoliciesMutation
from resolvers.price_lists import PriceListsMutation, PriceListsQuery
from resolvers.promotions import PromotionsMutation, PromotionsQuery
from resolvers.registers import RegistersMutation, RegistersQuery
from resolvers.returns import ReturnsMutation, ReturnsQuery, ReturnsSubscription
from resolvers.scalars import schema_config
from resolvers.shipping_methods import ShippingMethodsMutation, ShippingMethodsQuery
from resolvers.tax_exemptions import TaxExemptionsMutation
from resolvers.taxes import TaxesMutation, TaxesQuery
from resolvers.tender_terms import TenderTermsMutation, TenderTermsQuery
from resolvers.trusted_documents import TrustedDocumentsMutation

_QUERIES = (
    AccessQuery,
    CardReadersQuery,
    CartsQuery,
    CatalogQuery,
    CustomerGroupsQuery,
    CustomersQuery,
    GiftCardsQuery,
    InventoryQuery,
    LocationsQuery,
    LoyaltyQuery,
    NodesQuery,
    OrdersQuery,
    PapersQuery,
    PaymentFindingsQuery,
    PickupQuery,
    PriceListsQuery,
    PromotionsQuery,
    RegistersQuery,
    ReturnsQuery,
    ShippingMethodsQuery,
    TaxesQuery,
    TenderTermsQuery,
)
_MUTATIONS = (
    AccessMutation,
    BalancesMutation,
    CardReadersMutation,
    CartsMutation,
    CartTendersMutation,
    CatalogMutation,
    CheckoutMutation,
    CheckoutCancelMutation,
    CustomerGroupsMutation,
    CustomersMutation,
    FulfillmentMutation,
    GiftCardsMutation,
    InventoryMutation,
    LocationsMutation,
    LoyaltyMutation,
    OrdersMutation,
    PapersMutation,
    PaymentsMutation,
    PickupMutation,
    PriceListsMutation,
    PromotionsMutation,
    PoliciesMutation,
    RegistersMutation,
    ReturnsMutation,
    ShippingMethodsMutation,
    TaxExemptionsMutation,
    TaxesMutation,
    TenderTermsMutation,
    TrustedDocumentsMutation,
    VariantsMutation,
)
_SUBSCRIPTIONS = (
    CartsSubscription,
    InventorySubscription,
    LoyaltySubscription,
    OrdersSubscription,
    PickupSubscription,
    ReturnsSubscription,
)


@cache
def build_schema() -> strawberry.Schema:
    """The schema every caller sees; who they are decides what they may ask. Made once: nothing changes it."""
    federation = federation_query(lambda: subgraph_text(schema._schema))  # noqa: SLF001 - what is printed lies underneath
    schema = strawberry.Schema(
        query=merge_types("Query", (*_QUERIES, federation)),
        mutation=merge_types("Mutation", _MUTATIONS),
        subscription=merge_types("Subscription", _SUBSCRIPTIONS),
        config=federated(schema_config()),
    )
    core = schema._schema  # noqa: SLF001 - descriptions of the roots and of `input` are said once, here
    roots = {
        core.query_type: "What can be read. Who you are decides what you see.",
        core.mutation_type: "What can be done. Each takes one `input` and answers with a payload.",
        core.subscription_type: "What can be watched, over WebSocket or Server-Sent Events.",
    }
    for directive in core.directives:
        if directive.name == "cost":
            directive.args["weight"].description = "The weight."
    for root, description in roots.items():
        assert isinstance(root, GraphQLObjectType)
        root.description = description
        for field in root.fields.values():
            if "input" in field.args and not field.args["input"].description:
                field.args["input"].description = "What to do."
    return schema


def schema_text() -> str:
    """The public contract in SDL, as `schema.graphql` holds it."""
    return public_text(build_schema()._schema)  # noqa: SLF001 - what is printed lies underneath
