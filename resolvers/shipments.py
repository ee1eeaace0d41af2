"""Parcels that leave and arrive."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.orders import model, service, store, store_shipments
from domain.orders.errors import FulfillmentOrderNotFound, ShipmentNotFound
from domain.orders.model import FulfillmentOrder, FulfillmentOrderId, OrderLineId, ShipmentId, Tracking, Units
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput
from resolvers.fulfillment_types import Shipment
from resolvers.ids import uuid_of
from resolvers.order_access import may_see
from resolvers.orders_inputs import (
    OrderUnitsInput,
    OrderUserError,
    ShipmentCreateInput,
    ShipmentMarkDeliveredInput,
    ShipmentPayload,
    short,
)
from resolvers.orders_types import Order


@strawberry.type
class ShipmentsMutation:
    """What leaves by parcel."""

    @strawberry.mutation(
        description="Say that a parcel left. The first one of an order takes its money. Needs `write_fulfillment` and "
        "work in that location; partners with it for what they send themselves."
    )
    async def shipment_create(
        self,
        info: ContextInfo,
        input: Annotated[ShipmentCreateInput, strawberry.argument(description="What left.")],
    ) -> ShipmentPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = FulfillmentOrderId(uuid_of("FulfillmentOrder", input.fulfillment_order_id))
        chosen = None if input.lines is None else units(input.lines)
        tracking = _tracking(input)
        try:
            if not await _may_send(ctx, await ctx.load(store.fulfillment_orders, key)):
                raise FulfillmentOrderNotFound
            return await _done(
                ctx,
                "shipmentCreate",
                input,
                lambda conn, act: service.create_shipment(conn, key, chosen, tracking, act),
            )
        except Refused as refused:
            return _refused(refused)

    @strawberry.mutation(
        description="Say that a parcel arrived; with the last one, points it earned become spendable. Needs "
        "`write_fulfillment` and work in that location; partners with it for what they send themselves."
    )
    async def shipment_mark_delivered(
        self,
        info: ContextInfo,
        input: Annotated[ShipmentMarkDeliveredInput, strawberry.argument(description="What arrived.")],
    ) -> ShipmentPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_FULFILLMENT)
        key = ShipmentId(uuid_of("Shipment", input.shipment_id))
        try:
            found = await ctx.load(store_shipments.shipments, key)
            place = None if found is None else await ctx.load(store.fulfillment_orders, found.fulfillment_order_id)
            if not await _may_send(ctx, place):
                raise ShipmentNotFound
            return await _done(
                ctx, "shipmentMarkDelivered", input, lambda conn, act: service.mark_delivered(conn, key, act)
            )
        except Refused as refused:
            return _refused(refused)


def units(lines: Sequence[OrderUnitsInput]) -> list[Units]:
    """Units of lines, by their public ids.

    Raises:
        BadInput: too many.
    """
    if len(lines) > model.LINES_MAX:
        raise BadInput(f"Name at most {model.LINES_MAX} lines.", maximum=model.LINES_MAX)
    return [Units(OrderLineId(uuid_of("OrderLineItem", line.order_line_id)), line.quantity) for line in lines]


def _tracking(given: ShipmentCreateInput) -> Tracking:
    url = given.tracking_url
    if url is not None and not url.startswith(("https://", "http://")):
        raise BadInput("trackingUrl is an http or https address.")
    company, number = given.tracking_company, given.tracking_number
    return Tracking(
        None if company is None else short(company, "trackingCompany", 120),
        None if number is None else short(number, "trackingNumber", 120),
        None if url is None else short(url, "trackingUrl", 2000),
    )


async def _may_send(ctx: Context, place: FulfillmentOrder | None) -> bool:
    """Whether the caller may act for a fulfillment order: whoever works there, or the partner that sends it itself."""
    if place is None:
        return False
    if ctx.actor.kind is ActorKind.PARTNER:
        order = await ctx.load(store.orders, place.order_id)
        return order is not None and place.location_id is None and may_see(ctx, order)
    if place.location_id is None:
        return ctx.actor.kind in (ActorKind.STAFF, ActorKind.SYSTEM)
    return ctx.actor.works_at(place.location_id)


async def _done(
    ctx: Context, operation: str, given: object, effect: Callable[[WriteConnection, Act], model.Shipment]
) -> ShipmentPayload:
    body = asdict(given)  # type: ignore[call-overload]  # Strawberry inputs are dataclasses
    key = body.pop("idempotency_key")
    done = await ctx.command(
        operation,
        key,
        body,
        effect=effect,
        reference=lambda made: str(made.id),
        reload=lambda conn, reference: store_shipments.shipment(conn, ShipmentId(UUID(reference))),
    )
    order = await ctx.load(store.orders, done.value.order_id)
    assert order is not None, "a parcel has an order"
    return ShipmentPayload(
        shipment=Shipment.of(done.value), order=Order.of(order), user_errors=[], replayed=done.replayed
    )


def _refused(refused: Refused) -> ShipmentPayload:
    return ShipmentPayload(shipment=None, order=None, user_errors=[OrderUserError.of(refused)], replayed=False)
