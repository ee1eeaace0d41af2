"""One story in which every mutation is sent twice: who tells it, and what its tables say before and after."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from domain.connections import ReadConnection
from gateway.schema_tables import metadata
from tests.api.shop import Shop

Answer = dict[str, Any]

CART = "cart { id version lines { id quantity } deliveryGroups { id } }"
RETURN = "return { id number status version lineItems { id receivedQuantity } refunds { id status } }"
LINES = "lines(first: 5) { nodes { id quantity } }"
ADDRESS = {"line1": "1 High Street", "city": "London", "postalCode": "N1 1AA", "country": "GB"}
VISA = "pm_card_visa"


def contents(conn: ReadConnection) -> dict[str, str]:
    """A fingerprint of each table's rows, whatever their order."""
    return {
        table.name: hashlib.sha256("\n".join(sorted(map(repr, conn.execute(sa.select(table))))).encode()).hexdigest()
        for table in metadata.sorted_tables
    }


@dataclass
class Story:
    """Who acts where, and which mutations were called twice."""

    shop: Shop
    places: dict[str, str]
    variant: str
    till: str
    office: str
    told: set[str] = field(default_factory=set)

    async def twice(self, mutation: str, given: Answer, selection: str, token: str | None = None) -> Any:
        """The answer of a mutation whose replay answers the same and writes nothing."""
        given, read = {**given, "idempotencyKey": self.shop.key()}, self.shop.process.database.read
        first = await self.shop.done(mutation, given, f"{selection} replayed", token)
        before = await read(contents)
        again = await self.shop.do(mutation, given, f"{selection} replayed", token)
        after = await read(contents)
        assert (mutation, again) == (mutation, {**first, "replayed": True})
        assert first["replayed"] is False
        assert {name for name, text in after.items() if text != before[name]} == set(), mutation
        self.told.add(mutation)
        return first

    async def cart(self, units: int = 1, token: str | None = None) -> Answer:
        """A cart to collect in London, as `cartComplete` names it."""
        line = {"variantId": self.variant, "quantity": units, "pickupLocationId": self.places["LON-CG"]}
        made = await self.shop.done(
            "cartCreate", {"lines": [line], "email": "guest@example.com"}, "cart { id } token", token
        )
        return {"cartId": made["cart"]["id"], "cartToken": made["token"]}

    async def ordered(self, units: int = 1) -> Answer:
        """A paid web order with its token, lines and fulfillment order."""
        paid = await self.shop.done(
            "cartComplete",
            {**await self.cart(units), "paymentMethod": VISA},
            f"order {{ id {LINES} fulfillmentOrders {{ id }} }} orderToken",
        )
        return {
            "orderId": paid["order"]["id"],
            "orderToken": paid["orderToken"],
            "line": paid["order"]["lines"]["nodes"][0]["id"],
            "fulfillment": paid["order"]["fulfillmentOrders"][0]["id"],
        }

    async def sold(self, units: int = 1) -> Answer:
        """A till sale by card whose money is taken."""
        sale = {"locationId": self.places["LON-CG"], "lines": [{"variantId": self.variant, "quantity": units}]}
        made = await self.shop.done(
            "orderCreate", {**sale, "tender": "CARD", "paymentMethod": VISA}, f"order {{ id {LINES} }}", self.till
        )
        await self.shop.work()
        return {"orderId": made["order"]["id"], "line": made["order"]["lines"]["nodes"][0]["id"]}
