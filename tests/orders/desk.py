"""The shop of order tests, asked through the public schema."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import strawberry

from domain.acts import Actor
from domain.carts import service as carts
from domain.carts.model import NewCart, WantedLine
from gateway.database import Database
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.services import Services
from tests.conftest import NOW
from tests.orders.shop import Shop

COMPLETE = """mutation($input: CartCompleteInput!) { cartComplete(input: $input) {
  order { id number receiptNumber status version cost { total { amount } due { amount currencyCode } points } }
  orderToken payment { status clientSecret amount { amount } } replayed
  userErrors { code declineCode problem available due { amount } until } } }"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Asks as somebody and gives the data; a top-level error fails the test unless it is asked for."""

    shop: Shop
    db: Database
    schema: strawberry.Schema
    make_context: Callable[..., Context]
    services: Services

    def context(self, actor: Actor, at: datetime = NOW) -> Context:
        return replace(self.make_context(actor, at), services=self.services)

    async def ask(
        self, actor: Actor, document: str, given: object = None, *, at: datetime = NOW, **more: object
    ) -> Any:
        variables = dict(more) if given is None else {"input": given, **more}
        answer = await self.schema.execute(document, variables, context_value=self.context(actor, at))
        assert answer.errors is None, answer.errors
        return answer.data

    async def error(self, actor: Actor, document: str, given: object = None, **more: object) -> Any:
        variables = dict(more) if given is None else {"input": given, **more}
        answer = await self.schema.execute(document, variables, context_value=self.context(actor))
        assert answer.errors is not None
        return (answer.errors[0].extensions or {})["code"]

    async def cart(self, actor: Actor, *, shirts: int = 2) -> dict[str, str | None]:
        """A cart of shirts to be collected in Soho, as a client names it."""
        ctx, shop = self.context(actor), self.shop
        wanted = (WantedLine(shop.shirt, shirts, shop.soho),)
        owner = shop.customer if actor.customer_id is not None else None
        new = NewCart(shop.web, owner, wanted, email="ada@example.com")
        quoted, token = await ctx.write(lambda conn, act: carts.create(conn, new, act))
        return {"cartId": global_id("Cart", quoted.cart.id), "cartToken": token}

    async def complete(self, actor: Actor, cart: dict[str, str | None], key: str, **given: object) -> Any:
        """`cartComplete` with a card that works, unless told otherwise."""
        input_ = {**cart, "idempotencyKey": key, "paymentMethod": "pm_card_visa", **given}
        return (await self.ask(actor, COMPLETE, input_))["cartComplete"]
