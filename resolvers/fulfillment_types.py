"""Fulfillment orders on the wire: the parts of an order that leave one location one way."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

import resolvers.orders_enums  # noqa: F401 - describes the enumerations used below
from domain.orders import model, store_shipments
from domain.orders import store as order_store
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrderId,
    FulfillmentStatus,
    OrderId,
    ShipmentId,
    ShipmentStatus,
)
from domain.pickup import rules
from domain.pickup import store as pickup_store
from resolvers import nodes
from resolvers.addresses import Address
from resolvers.batching import batch_field
from resolvers.context import Context, ContextInfo
from resolvers.ids import global_id
from resolvers.order_access import may_see
from resolvers.pickup_types import FulfillmentLineItem, Pickup

if TYPE_CHECKING:
    from resolvers.locations_types import Location
    from resolvers.order_lines import OrderLineItem
    from resolvers.orders_types import Order


@strawberry.type(description="A line of a fulfillment order and how far its units have come. All quantities are units.")
class FulfillmentOrderLineItem:
    """A line on the wire."""

    value: strawberry.Private[model.OrderLine]

    quantity: int = strawberry.field(description="Units that were ordered.")
    remaining_quantity: int = strawberry.field(description="Units that are neither fulfilled nor canceled.")
    picked_quantity: int = strawberry.field(description="Units taken from the shelf for a pickup.")
    short_quantity: int = strawberry.field(description="Units of those canceled that could not be found.")
    canceled_quantity: int = strawberry.field(description="Units that will never be fulfilled.")
    fulfilled_quantity: int = strawberry.field(description="Units that were handed over or shipped.")

    @classmethod
    def of(cls, value: model.OrderLine) -> "FulfillmentOrderLineItem":
        """The wire form of a line."""
        return cls(
            value=value,
            quantity=value.quantity,
            remaining_quantity=value.open,
            picked_quantity=value.picked,
            short_quantity=value.short,
            canceled_quantity=value.canceled,
            fulfilled_quantity=value.fulfilled,
        )

    @batch_field(description="The order's line, with what was agreed.")
    @staticmethod
    async def order_line(
        parents: Sequence["FulfillmentOrderLineItem"], context: Context
    ) -> Sequence[Annotated["OrderLineItem", strawberry.lazy("resolvers.order_lines")]]:
        from resolvers.order_lines import line_items

        return await line_items(context, [parent.value for parent in parents])


@strawberry.type(description="A parcel.")
class Shipment(nodes.Node):
    """A parcel on the wire."""

    status: ShipmentStatus = strawberry.field(description="Where it is.")
    tracking_company: str | None = strawberry.field(description="The carrier; null when it was not named.")
    tracking_number: str | None = strawberry.field(description="The carrier's number; null when there is none.")
    tracking_url: str | None = strawberry.field(description="Where to follow it; null when there is no such page.")
    shipped_at: datetime = strawberry.field(description="When it left.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived; null before.")
    line_items: list[FulfillmentLineItem] = strawberry.field(description="What is in it, in receipt order.")

    @classmethod
    def of(cls, value: model.Shipment) -> "Shipment":
        """The wire form of a parcel."""
        return cls(
            id=strawberry.ID(global_id("Shipment", value.id)),
            status=value.status,
            tracking_company=value.tracking.company,
            tracking_number=value.tracking.number,
            tracking_url=value.tracking.url,
            shipped_at=value.shipped_at,
            delivered_at=value.delivered_at,
            line_items=[FulfillmentLineItem.of(units) for units in value.lines],
        )


@strawberry.type(
    description="Lines of one order that leave one location one way: a parcel, a pickup or a hand at a till."
)
class FulfillmentOrder(nodes.Node):
    """A fulfillment order on the wire. Whoever makes one has checked that the caller may see its order."""

    value: strawberry.Private[model.FulfillmentOrder]

    method: FulfillmentMethod = strawberry.field(description="How the goods reach the customer.")
    address: Address | None = strawberry.field(description="Where parcels go; null unless shipped.")
    created_at: datetime = strawberry.field(description="When it was planned.")
    changed_at: datetime = strawberry.field(description="When its status last changed.")
    version: int = strawberry.field(description="Grows with every change of its status.")

    @classmethod
    def of(cls, value: model.FulfillmentOrder) -> "FulfillmentOrder":
        """The wire form of a fulfillment order."""
        return cls(
            id=strawberry.ID(global_id("FulfillmentOrder", value.id)),
            value=value,
            method=value.method,
            address=None if value.address is None else Address.of(value.address),
            created_at=value.created_at,
            changed_at=value.changed_at,
            version=value.version,
        )

    @batch_field(description="How far it is. A pickup past its deadline is EXPIRED by the clock.")
    @staticmethod
    async def status(parents: Sequence["FulfillmentOrder"], context: Context) -> Sequence[FulfillmentStatus]:
        waiting = [parent.value.id for parent in parents if parent.value.status in rules.WAITING]
        pickups = await context.load_many(pickup_store.pickups, waiting) if waiting else {}
        now = context.clock()
        return [
            rules.status_at(parent.value.status, pickups.get(parent.value.id), now)
            if parent.value.status in rules.WAITING
            else parent.value.status
            for parent in parents
        ]

    @strawberry.field(description="The order it is a part of.")
    async def order(self, info: ContextInfo) -> Annotated["Order", strawberry.lazy("resolvers.orders_types")]:
        from resolvers.orders_types import Order

        found = await info.context.load(order_store.orders, self.value.order_id)
        assert found is not None, "a fulfillment order has an order"
        return Order.of(found)

    @batch_field(description="Where the goods leave from; null for history whose place is unknown.")
    @staticmethod
    async def location(
        parents: Sequence["FulfillmentOrder"], context: Context
    ) -> Sequence[Annotated["Location", strawberry.lazy("resolvers.locations_types")] | None]:
        from resolvers.locations_types import locations_by_ids

        return await locations_by_ids(context, [parent.value.location_id for parent in parents])

    @batch_field(description="Its lines, in receipt order.")
    @staticmethod
    async def line_items(
        parents: Sequence["FulfillmentOrder"], context: Context
    ) -> Sequence[list[FulfillmentOrderLineItem]]:
        # The orders' lines are often read already, for the orders themselves.
        found = await context.load_many(order_store.lines_of_orders, [parent.value.order_id for parent in parents])
        return [
            [
                FulfillmentOrderLineItem.of(line)
                for line in found.get(parent.value.order_id, ())
                if line.fulfillment_order_id == parent.value.id
            ]
            for parent in parents
        ]

    @batch_field(description="Its parcels, oldest first; empty unless shipped.")
    @staticmethod
    async def shipments(parents: Sequence["FulfillmentOrder"], context: Context) -> Sequence[list[Shipment]]:
        order_ids = [parent.value.order_id for parent in parents if parent.value.method is FulfillmentMethod.SHIPPING]
        found = await context.load_many(store_shipments.shipments_of_orders, order_ids) if order_ids else {}
        return [
            [
                Shipment.of(shipment)
                for shipment in found.get(parent.value.order_id, ())
                if shipment.fulfillment_order_id == parent.value.id
            ]
            for parent in parents
        ]

    @batch_field(description="The promise, the code and the deadline of a pickup; null for other methods.")
    @staticmethod
    async def pickup(parents: Sequence["FulfillmentOrder"], context: Context) -> Sequence[Pickup | None]:
        picked_up = [parent.value.id for parent in parents if parent.value.method is FulfillmentMethod.PICK_UP]
        found = await context.load_many(pickup_store.pickups, picked_up) if picked_up else {}
        return [
            Pickup.of(parent.value, found.get(parent.value.id))
            if parent.value.method is FulfillmentMethod.PICK_UP
            else None
            for parent in parents
        ]


async def _fulfillment_orders(ctx: Context, ids: Sequence[UUID]) -> list[nodes.Node | None]:
    keys = [FulfillmentOrderId(key) for key in ids]
    found = await ctx.read(lambda conn: order_store.fulfillment_orders(conn, keys))
    seen = await _seen(ctx, [value.order_id for value in found.values()])
    return [FulfillmentOrder.of(found[key]) if key in found and found[key].order_id in seen else None for key in keys]


async def _shipments(ctx: Context, ids: Sequence[UUID]) -> list[nodes.Node | None]:
    keys = [ShipmentId(key) for key in ids]
    found = await ctx.read(lambda conn: store_shipments.shipments(conn, keys))
    seen = await _seen(ctx, [value.order_id for value in found.values()])
    return [Shipment.of(found[key]) if key in found and found[key].order_id in seen else None for key in keys]


async def _seen(ctx: Context, order_ids: Sequence[OrderId]) -> set[OrderId]:
    orders = await ctx.read(lambda conn: order_store.orders(conn, order_ids))
    return {key for key, order in orders.items() if may_see(ctx, order)}


nodes.register("FulfillmentOrder", _fulfillment_orders)
nodes.register("Shipment", _shipments)
