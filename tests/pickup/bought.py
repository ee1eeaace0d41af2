"""A pickup that a customer bought, and who may do what with it."""

from dataclasses import dataclass

from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.order_access import order_token
from tests.pickup.counter import Ordered


@dataclass(frozen=True, slots=True)
class Bought:
    """A pickup as a client names it."""

    made: Ordered

    @property
    def id(self) -> str:
        return global_id("FulfillmentOrder", self.made.id)

    @property
    def order_id(self) -> str:
        return global_id("Order", self.made.order_id)

    @property
    def shirts(self) -> str:
        return global_id("OrderLineItem", self.made.shirts)

    @property
    def socks(self) -> str:
        return global_id("OrderLineItem", self.made.socks)

    def token(self, ctx: Context) -> str:
        return order_token(ctx, self.made.order_id)
