"""How many SQL statements an operation takes, exactly, and that the number does not grow with what it touches."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.database import PostgreSQLDatabase, SQLiteDatabase
from gateway.demo.load import CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tests.api.shop import Shop
from tests.api.test_loop import command, example, paid_pickup, places

pytestmark = pytest.mark.anyio

LIST = """query($first: Int) { products(first: $first) { nodes { title
  variants(first: 1) { nodes { sku price { amount } totalAvailable } } } } }"""
DETAIL = """{ product(handle: "anchor-t-shirt") { title variants(first: 20) { nodes { sku price { amount }
  availability { available location { code } } } } } }"""
ORDER = """query($id: ID!, $token: String!) { order(id: $id, token: $token) { number
  lines(first: 50) { nodes { title quantity } } payments { status amount { amount } }
  fulfillmentOrders { status lineItems { quantity } } shipments { status } returns { status lineItems { quantity } } } }"""


RELAY = re.compile(r"SELECT change\.id.*FROM change", re.DOTALL)


@contextmanager
def counted(shop: Shop) -> Iterator[list[str]]:
    """The statements of what happens inside; savepoints, transaction control and the relay's own reading do not count."""
    database = shop.process.database
    assert isinstance(database, SQLiteDatabase | PostgreSQLDatabase)
    engines = [database.engine] + ([database.read_engine] if isinstance(database, SQLiteDatabase) else [])
    seen: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        uncounted = statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK"))
        if not uncounted and not RELAY.match(statement):
            seen.append(statement)

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", count)
    yield seen
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", count)


async def cost(shop: Shop, document: str, variables: dict[str, Any] | None = None, token: str | None = None) -> int:
    await shop.ask(document, variables, token)
    with counted(shop) as seen:
        await shop.ask(document, variables, token)
    return len(seen)


async def test_a_product_list_takes_two_statements_for_one_and_for_fifty(shop: Shop) -> None:
    assert [await cost(shop, LIST, {"first": first}) for first in (1, 20, 50)] == [LIST_COST] * 3


async def test_a_product_with_its_variants_prices_and_stock_and_places_takes_two_statements(shop: Shop) -> None:
    assert await cost(shop, DETAIL) == DETAIL_COST


async def test_reading_an_order_takes_as_many_statements_for_one_unit_as_for_many(shop: Shop) -> None:
    order, _, token = await paid_pickup(shop)
    assert await cost(shop, ORDER, {"id": order["id"], "token": token}) == ORDER_COST


async def test_a_purchase_and_a_return_take_a_known_number_of_statements(shop: Shop) -> None:
    where = await places(shop)
    mia = await shop.associate(0)
    sold = {
        "locationId": where["LON-CG"],
        "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 2}],
        "tender": "CARD",
        "paymentMethod": "pm_card_visa",
    }
    with counted(shop) as selling:
        order = (await shop.done("orderCreate", sold, "order { id lines(first: 5) { nodes { id } } }", mia))["order"]
    await shop.work()
    zoe = await shop.associate(1)
    lines = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1}]
    given = {"orderId": order["id"], "locationId": where["MAN-MS"], "lines": lines}
    with counted(shop) as returning:
        await shop.done("returnCreateAndProcess", given, "return { status }", zoe)
    assert (len(selling), len(returning)) == SALE_AND_RETURN_COSTS[shop.process.database.dialect]


async def test_a_members_purchase_handover_and_return_take_a_known_number_of_statements(shop: Shop) -> None:
    signed = await shop.done(
        "customerSignIn", {"email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD}, "grant { accessToken }", keyed=False
    )
    ada, where = signed["grant"]["accessToken"], await places(shop)
    found = await example(shop, "01-guest-browses", {"text": "harbor mug"}, ada)
    variant = found["products"]["nodes"][0]["variants"]["nodes"][0]["id"]
    wanted = {
        "lines": [{"variantId": variant, "quantity": 2, "pickupLocationId": where["LON-CG"]}],
        "email": CUSTOMER_EMAIL,
    }
    filled = await command(shop, "03-guest-fills-a-cart", wanted, ada)
    pay = {"cartId": filled["cart"]["id"], "cartToken": filled["token"], "paymentMethod": "pm_card_visa"}
    with counted(shop) as buying:
        paid = await command(shop, "04-guest-pays", pay, ada)
    order, order_token = paid["order"], paid["orderToken"]
    mia, zoe = await shop.associate(0), await shop.associate(1)
    queue = await example(shop, "05-till-sees-its-queue", {"location": where["LON-CG"]}, mia)
    (waiting,) = queue["pickupQueue"]["nodes"]
    (item,) = waiting["lineItems"]
    named = {"fulfillmentOrderId": waiting["id"]}
    await command(shop, "06-till-accepts", named, mia, keyed=False)
    picked = [{"orderLineId": item["orderLine"]["id"], "quantity": 2}]
    await command(shop, "07-till-picks", {**named, "lines": picked}, mia)
    await command(shop, "08-till-puts-it-on-the-shelf", {**named, "shelf": "A3"}, mia)
    await shop.work()
    seen = await example(shop, "09-guest-sees-the-code", {"id": order["id"], "token": order_token}, ada)
    code = seen["order"]["fulfillmentOrders"][0]["pickup"]["code"]
    with counted(shop) as handing:
        await command(shop, "10-till-hands-over", {**named, "code": code, "verification": "CODE"}, mia)
    await shop.work()
    back = [{"orderLineId": item["orderLine"]["id"], "quantity": 1}]
    given = {"orderId": order["id"], "locationId": where["MAN-MS"], "lines": back}
    with counted(shop) as returning:
        await shop.done("returnCreateAndProcess", given, "return { status }", zoe)
    counts = (len(buying), len(handing), len(returning))
    assert counts == MEMBER_COSTS[shop.process.database.dialect]


LIST_COST = 2
DETAIL_COST = 2
ORDER_COST = 6
# PostgreSQL takes writes to several tables in one statement.
SALE_AND_RETURN_COSTS = {"sqlite": (36, 25), "postgresql": (28, 18)}
MEMBER_COSTS = {"sqlite": (43, 46, 36), "postgresql": (32, 41, 24)}
