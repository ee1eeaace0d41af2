"""The catalog over GraphQL on a context of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import strawberry
from strawberry.tools import merge_types

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.catalog import service, store
from domain.catalog.model import NewPrice, NewProduct, NewVariant
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import service as locations
from resolvers.catalog import CatalogMutation, CatalogQuery
from resolvers.catalog_variants import VariantsMutation
from resolvers.context import Context
from resolvers.locations import LocationsMutation, LocationsQuery
from resolvers.nodes import NodesQuery
from resolvers.scalars import schema_config
from tests.catalog import shop
from tests.compiled import OnlyCompiled
from tests.locations.places import LONDON, store_at

SCHEMA = strawberry.Schema(
    query=merge_types("Query", (CatalogQuery, LocationsQuery, NodesQuery)),
    mutation=merge_types("Mutation", (CatalogMutation, VariantsMutation, LocationsMutation)),
    config=schema_config(),
    execution_context_class=OnlyCompiled,
)

HEAD_OFFICE = Actor(ActorKind.STAFF, "staff", scopes=frozenset({Scope.READ_PRODUCTS, Scope.WRITE_PRODUCTS}))


@dataclass(frozen=True, slots=True)
class Api:
    """Runs operations as somebody."""

    make_context: Callable[..., Context]

    async def __call__(self, text: str, actor: Actor = GUEST, **variables: object) -> Mapping[str, object]:
        result = await SCHEMA.execute(text, variable_values=variables, context_value=self.make_context(actor))
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def code(self, text: str, actor: Actor = GUEST, **variables: object) -> object:
        result = await SCHEMA.execute(text, variable_values=variables, context_value=self.make_context(actor))
        assert result.errors is not None
        return (result.errors[0].extensions or {}).get("code")


def stocked(conn: WriteConnection, act: Act, here: shop.Channels, count: int) -> None:
    """Products of two variants with images and stock in one store."""
    place = locations.create(conn, store_at("LON", LONDON), act)
    for index in range(count):
        variants = tuple(
            NewVariant(options=(("Size", size),), prices=(NewPrice(here.gb.id, 1000 + index),)) for size in "SM"
        )
        new = NewProduct(f"p{index}", f"Product {index:02d}", variants, published_in=(here.gb.id,))
        made = service.create_product(conn, new, act)
        found = store.variants_of_products(conn, [made.id])[made.id]
        inventory.receive_many(conn, [Take(variant.id, place.id, 5) for variant in found], act)
