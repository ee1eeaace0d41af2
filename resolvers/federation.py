"""This schema as a subgraph of a federation: partners join our objects to theirs by id or natural key.

Source: https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec. Who asks sees
what they see by `node`: another's object is null. Each type is fetched in one batch.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

from domain.catalog import document_store, rules
from domain.catalog import store as catalog
from domain.locations import store as locations
from resolvers.catalog_groups import Category, Collection, SalesChannel
from resolvers.catalog_types import Product, ProductVariant
from resolvers.catalog_views import visible_product, visible_variant
from resolvers.context import Context, ContextInfo
from resolvers.customers import Customer
from resolvers.errors import BadInput, InvalidId, PublicError
from resolvers.fulfillment_types import FulfillmentOrder, Shipment
from resolvers.ids import uuid_of
from resolvers.locations_types import Location
from resolvers.locations_types import may_see as may_see_location
from resolvers.loyalty_types import LoyaltyWallet
from resolvers.nodes import NODES_MAX, Node, fetch_nodes
from resolvers.orders_types import Order
from resolvers.returns_types import Return

Representation = NewType("Representation", dict[str, object])

Entity = Annotated[
    Product
    | ProductVariant
    | Category
    | Collection
    | SalesChannel
    | Location
    | Customer
    | Order
    | FulfillmentOrder
    | Shipment
    | Return
    | LoyaltyWallet,
    strawberry.union("_Entity", description="What another subgraph may join to."),
]

KEYS: Mapping[str, tuple[str, ...]] = {
    "Product": ("id", "handle"),
    "ProductVariant": ("id", "sku"),
    "Category": ("id", "handle"),
    "Collection": ("id", "handle"),
    "SalesChannel": ("id",),
    "Location": ("id", "code"),
    "Customer": ("id",),
    "Order": ("id",),
    "FulfillmentOrder": ("id",),
    "Shipment": ("id",),
    "Return": ("id",),
    "LoyaltyWallet": ("id",),
}
"""The entities with the fields that name one; natural keys only where they are public."""

_KEY_LENGTH_MAX = 200


@strawberry.type(name="_Service", description="This subgraph for a federation's composition.")
class Service:
    """Federation's service."""

    sdl: str = strawberry.field(description="The schema with its keys.")


async def _product(ctx: Context, handle: str) -> Node | None:
    return await visible_product(ctx, await ctx.load(document_store.heads_by_handle, handle))


async def _variant(ctx: Context, sku: str) -> Node | None:
    return await visible_variant(ctx, await ctx.load(document_store.heads_by_sku, sku))


async def _category(ctx: Context, handle: str) -> Node | None:
    found = await ctx.load(catalog.categories_by_handle, handle)
    return None if found is None else Category.of(found)


async def _collection(ctx: Context, handle: str) -> Node | None:
    found = await ctx.load(catalog.collections_by_handle, handle)
    return None if found is None else Collection.of(found)


async def _location(ctx: Context, code: str) -> Node | None:
    found = await ctx.load(locations.by_codes, code)
    return Location.of(found) if found is not None and may_see_location(ctx, found) else None


_BY_KEY: Mapping[tuple[str, str], Callable[[Context, str], Awaitable[Node | None]]] = {
    ("Product", "handle"): _product,
    ("ProductVariant", "sku"): _variant,
    ("Category", "handle"): _category,
    ("Collection", "handle"): _collection,
    ("Location", "code"): _location,
}


def _representation(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("A representation is an object with `__typename` and a key.")
    return value


def federated(config: StrawberryConfig) -> StrawberryConfig:
    """A schema's configuration with federation's scalar."""
    scalar = strawberry.scalar(
        name="_Any",
        description="An object's `__typename` with the fields of one of its keys.",
        serialize=lambda value: value,
        parse_value=_representation,
    )
    config.scalar_map = {**config.scalar_map, Representation: scalar}
    return config


def _named(representation: Representation) -> tuple[str, str, str]:
    """(type, key field, its value) of a representation.

    Raises:
        BadInput: it names no entity of ours, or not by one of its keys.
    """
    type_name = representation.get("__typename")
    if not isinstance(type_name, str) or type_name not in KEYS:
        raise BadInput(f"A representation's `__typename` is one of {', '.join(KEYS)}.")
    for key in KEYS[type_name]:
        value = representation.get(key)
        if isinstance(value, str) and len(value) <= _KEY_LENGTH_MAX:
            return type_name, key, value
    raise BadInput(f"Name a {type_name} by {' or '.join(f'`{key}`' for key in KEYS[type_name])}, as text.")


Found = Node | PublicError | None


async def entities(ctx: Context, representations: list[Representation]) -> list[Found]:
    """The objects behind representations, in order: None for what is absent or not the caller's, an error for an id
    that is malformed.

    Raises:
        BadInput: there are too many, or one cannot be read.
    """
    if len(representations) > NODES_MAX:
        raise BadInput(f"Ask for at most {NODES_MAX} entities at once.", maximum=NODES_MAX)
    named = [_named(one) for one in representations]
    found: list[Found] = [None] * len(named)
    ids: dict[int, str] = {}
    keyed: dict[int, Awaitable[Node | None]] = {}
    for position, (type_name, key, value) in enumerate(named):
        if key != "id":
            if value and rules.is_storable(value):
                keyed[position] = _BY_KEY[type_name, key](ctx, value)
            continue
        try:
            uuid_of(type_name, value)
        except InvalidId as error:
            found[position] = error
        else:
            ids[position] = value
    by_id, by_key = await asyncio.gather(fetch_nodes(ctx, list(ids.values())), asyncio.gather(*keyed.values()))
    for position, node in (*zip(ids, by_id, strict=True), *zip(keyed, by_key, strict=True)):
        found[position] = node
    return found


def federation_query(sdl: Callable[[], str]) -> type:
    """Federation's two fields; `sdl` gives the schema when it is asked for."""

    @strawberry.type
    class FederationQuery:
        """What a federation's router asks."""

        @strawberry.field(name="_service", description="The schema for a federation's composition.")
        def service(self) -> Service:
            return Service(sdl=sdl())

        @strawberry.field(
            name="_entities",
            description="Objects by what names them in other subgraphs, in order; null for what is absent or not yours. "
            "At most 100.",
        )
        async def entities(
            self,
            info: ContextInfo,
            representations: Annotated[
                list[Representation],
                strawberry.argument(description="Each with `__typename` and the fields of one of its keys."),
            ],
        ) -> list[Entity | None]:
            # An error in the list becomes an error at its place, which no annotation can say.
            return await entities(info.context, representations)  # type: ignore[return-value]

    return FederationQuery
