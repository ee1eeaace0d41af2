"""Limits and budgets under many hands at once, on both engines: exactly as many as there are, never one more."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.promotions import claiming, service, store
from domain.promotions.errors import DiscountUsedUp
from domain.promotions.outcomes import Asked, Frozen
from domain.promotions.rules import freeze
from gateway.database import Database
from tests.api.shop import running_shop
from tests.promotions.parts import CHANNEL, NOW, TEN, USD, item, live

pytestmark = pytest.mark.anyio
BUYERS, USES = 300, 100


def priced(conn: ReadConnection, asked: Asked) -> Frozen:
    """What an order keeps of a basket that was priced while the promotion was to be had."""
    return freeze(service.offered(conn, asked, NOW).evaluate([item("a", 1, 1000)]), asked.customer_key)


async def claims(db: Database, act: Act, orders: list[tuple[UUID, Frozen]]) -> Counter[str]:
    """Let every order claim at once, each in a transaction of its own."""

    async def claim(order_id: UUID, frozen: Frozen) -> str:
        def place(conn: WriteConnection) -> None:
            claiming.claim(conn, order_id, frozen, USD, act)

        try:
            await db.write(place)
        except DiscountUsedUp as refused:
            return refused.code.name
        return "CLAIMED"

    return Counter(await asyncio.gather(*(claim(order_id, frozen) for order_id, frozen in orders)))


async def test_three_hundred_buyers_of_a_coupon_for_a_hundred_make_exactly_a_hundred(db: Database, act: Act) -> None:
    made = await db.write(lambda conn: live(conn, act, replace(TEN, usage_limit=USES), "HUNDRED"))
    frozen = await db.read(lambda conn: priced(conn, Asked(("HUNDRED",), CHANNEL, USD)))
    found = await claims(db, act, [(UUID(int=number), frozen) for number in range(1, BUYERS + 1)])
    assert found == {"CLAIMED": USES, "DISCOUNT_USED_UP": BUYERS - USES}
    assert await db.read(lambda conn: store.uses(conn, [made.id])) == {made.id: USES}
    assert (await db.read(lambda conn: priced(conn, Asked(("HUNDRED",), CHANNEL, USD)))).applied == ()


async def test_eight_orders_of_one_customer_at_once_use_what_the_customer_may(db: Database, act: Act) -> None:
    await db.write(lambda conn: live(conn, act, replace(TEN, usage_limit_per_customer=3)))
    asked = Asked((), CHANNEL, USD, email="ada@example.com")
    frozen = await db.read(lambda conn: priced(conn, asked))
    found = await claims(db, act, [(UUID(int=number), frozen) for number in range(1, 9)])
    assert found == {"CLAIMED": 3, "DISCOUNT_USED_UP": 5}


async def test_a_budget_pays_for_as_many_orders_as_it_holds_and_one_single_use_code_for_one(
    db: Database, act: Act
) -> None:
    def prepare(conn: WriteConnection) -> str:
        service.set_budget(conn, "vendor:acme", 450, USD, act)
        live(conn, act, replace(TEN, funder="vendor:acme"))
        coded = live(conn, act, TEN, "SHARED")
        return service.generate_codes(conn, coded.id, 1, act)[0].code

    code = await db.write(prepare)
    paid = await db.read(lambda conn: priced(conn, Asked((), CHANNEL, USD)))
    found = await claims(db, act, [(UUID(int=number), paid) for number in range(1, 9)])
    assert found == {"CLAIMED": 4, "DISCOUNT_USED_UP": 4}
    once = await db.read(lambda conn: priced(conn, Asked((code,), CHANNEL, USD)))
    found = await claims(db, act, [(UUID(int=number), once) for number in range(11, 15)])
    assert found == {"CLAIMED": 1, "DISCOUNT_USED_UP": 3}


async def test_twelve_sales_at_once_through_the_api_give_a_coupon_for_four_to_four(
    database_url: str, tmp_path: Path
) -> None:
    async with running_shop(database_url, tmp_path) as shop:
        office, till = await shop.staff(), await shop.associate(0)
        said = {
            "title": "Four",
            "effect": {"percentageOff": {"percentage": "10", "target": "ORDER"}},
            "validFrom": "2020-01-01T00:00:00Z",
            "trigger": "CODE",
            "usageLimit": 4,
        }
        made = await shop.done(
            "promotionCreate", {"promotion": said, "codes": ["FOUR"], "activate": True}, "promotion { id }", office
        )
        data = await shop.ask("{ locations(first: 10) { nodes { id code } } }")
        store_id = next(node["id"] for node in data["locations"]["nodes"] if node["code"] == "LON-CG")
        sale = {
            "locationId": store_id,
            "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 1}],
            "tender": "CASH",
            "discountCodes": ["FOUR"],
        }
        wanted = "order { cost { discount { amount } } }"
        sold = await asyncio.gather(*(shop.do("orderCreate", sale, wanted, till) for _ in range(12)))
        discounts = Counter(one["order"]["cost"]["discount"]["amount"] for one in sold if one["order"])
        assert discounts["0.95"] == 4
        assert {error["code"] for one in sold for error in one["userErrors"]} <= {"DISCOUNT_USED_UP"}
        used = await shop.ask(
            "query($id: ID!) { promotion(id: $id) { used } }", {"id": made["promotion"]["id"]}, office
        )
        assert used["promotion"]["used"] == 4
