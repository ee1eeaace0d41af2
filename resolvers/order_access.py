"""Who may see an order, and the token that opens a guest's."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

from domain.orders import rules, store
from domain.orders.errors import FulfillmentOrderNotFound, OrderNotFound
from domain.orders.model import FulfillmentOrder, FulfillmentOrderId, Order, OrderId
from resolvers.context import Context
from resolvers.ids import uuid_of


def order_token(ctx: Context, order_id: UUID) -> str:
    """The capability that opens one order to whoever holds it: derived, so that a replay gives the same and nothing is
    stored."""
    mac = hmac.new(ctx.services.signing_key, b"order:" + order_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def is_order_token(ctx: Context, order_id: UUID, token: str | None) -> bool:
    """Whether a token opens this order, in constant time."""
    return token is not None and hmac.compare_digest(order_token(ctx, order_id).encode(), token.encode())


def may_see(ctx: Context, order: Order, token: str | None = None) -> bool:
    """Whether the caller may see this order: its customer, the partner of its channel, stores, head office, and whoever
    holds its token."""
    return is_order_token(ctx, order.id, token) or rules.may_see(order, ctx.actor)


async def visible_order(ctx: Context, order_id: UUID, token: str | None = None) -> Order | None:
    """An order if the caller may see it, else None."""
    found = await ctx.load(store.orders, OrderId(order_id))
    return found if found is not None and may_see(ctx, found, token) else None


async def order_for_caller(ctx: Context, order_id: str, token: str | None = None) -> Order:
    """The order behind a public id, for a command on it.

    Raises:
        OrderNotFound: there is none, or it is not the caller's.
        InvalidId: this is no order's id.
    """
    found = await visible_order(ctx, uuid_of("Order", order_id), token)
    if found is None:
        raise OrderNotFound
    return found


async def fulfillment_order_for_caller(ctx: Context, text: str, token: str | None = None) -> FulfillmentOrder:
    """The fulfillment order behind a public id, if the caller may see its order.

    Raises:
        FulfillmentOrderNotFound: there is none, or it is not the caller's.
        InvalidId: this is no fulfillment order's id.
    """
    found = await ctx.load(store.fulfillment_orders, FulfillmentOrderId(uuid_of("FulfillmentOrder", text)))
    if found is None or await visible_order(ctx, found.order_id, token) is None:
        raise FulfillmentOrderNotFound
    return found


async def visible_orders(ctx: Context, ids: Sequence[UUID]) -> list[Order | None]:
    """Orders the caller may see, in order; None for the rest."""
    return [await visible_order(ctx, key) for key in ids]
