"""The worked figures of sales and returns under promotions, through the public API of a whole shop."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import ChannelId, NewPrice, NewProduct, NewVariant, SalesChannelKind
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import store as locations
from resolvers.ids import global_id
from tests.api.shop import Shop, running_shop
from tests.api.test_loop import sound

pytestmark = pytest.mark.anyio
GBP = "GBP"


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with running_shop(database_url, tmp_path) as running:
        yield running


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": GBP}


@dataclass
class Counter:
    """A till in London that sells untaxed goods of any price under one promotion at a time, and takes them back."""

    shop: Shop
    till: str
    office: str
    store: str
    promotion: str | None = None

    async def goods(self, *prices: int) -> list[str]:
        """SKUs of new goods at these prices in minor units, ten of each in the store; the tax code has no rate."""

        def put(conn: WriteConnection) -> list[str]:
            act = self.shop.process.new_context().act()
            channel = catalog_store.default_channel(conn, SalesChannelKind.POS)
            assert channel is not None
            skus = [f"V-{act.new_id().hex[-12:]}" for _ in prices]
            for sku, price in zip(skus, prices, strict=True):
                variant = NewVariant(sku=sku, prices=(NewPrice(ChannelId(channel.id), price),))
                new = NewProduct(sku.lower(), sku, (variant,), published_in=(channel.id,))
                catalog.create_product(conn, new, act)
            found = catalog_store.variants_by_sku(conn, skus)
            place = locations.by_codes(conn, ["LON-CG"])["LON-CG"].id
            inventory.receive_many(conn, [Take(found[sku].id, place, 10) for sku in skus], act)
            return skus

        return await self.shop.process.database.write(put)

    async def promote(self, effect: dict[str, object], on_return: str, minimum: str | None = None) -> None:
        """Let this be the one promotion at work."""
        if self.promotion is not None:
            await self.shop.done(
                "promotionDeactivate", {"promotionId": self.promotion}, "promotion { id }", self.office
            )
        said = {
            "title": "Vector",
            "effect": effect,
            "onReturn": on_return,
            "validFrom": "2020-01-01T00:00:00Z",
            "currencyCode": GBP,
            "exclusivity": "ORDER",
            "conditions": {} if minimum is None else {"minimumSubtotal": money(minimum)},
        }
        made = await self.shop.done(
            "promotionCreate", {"promotion": said, "activate": True}, "promotion { id }", self.office
        )
        self.promotion = made["promotion"]["id"]

    async def sell(self, *lines: tuple[str, int]) -> Any:
        """An order paid in cash."""
        given = {
            "locationId": self.store,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
            "tender": "CASH",
        }
        wanted = "order { id cost { total { amount } } lines(first: 9) { nodes { id sku paid { amount } } } }"
        return (await self.shop.done("orderCreate", given, wanted, self.till))["order"]

    async def back(self, order: Any, *lines: tuple[int, int]) -> str:
        """Take units of lines back, paying what was quoted; answers the refund."""
        nodes = order["lines"]["nodes"]
        chosen = [{"orderLineId": nodes[index]["id"], "quantity": quantity} for index, quantity in lines]
        document = """query($input: ReturnQuoteInput!) { returnQuote(input: $input) {
            quote { refund { amount } quoteToken } userErrors { code } } }"""
        quoted = (await self.shop.ask(document, {"input": {"orderId": order["id"], "lines": chosen}}, self.till))[
            "returnQuote"
        ]
        given = {
            "orderId": order["id"],
            "locationId": self.store,
            "lines": chosen,
            "quoteToken": quoted["quote"]["quoteToken"],
        }
        wanted = "return { settlements { refund { amount } } }"
        done = await self.shop.done("returnCreateAndProcess", given, wanted, self.till)
        (settled,) = done["return"]["settlements"]
        assert settled["refund"] == quoted["quote"]["refund"]
        return str(settled["refund"]["amount"])


@pytest.fixture
async def counter(shop: Shop) -> Counter:
    places = await shop.ask("{ locations(first: 10) { nodes { id code } } }")
    store = next(node["id"] for node in places["locations"]["nodes"] if node["code"] == "LON-CG")
    return Counter(shop, await shop.associate(0, "LON9"), await shop.staff(), store)


def variant_of(skus: Sequence[str], index: int) -> dict[str, object]:
    return {"items": {"productIds": [skus[index]]}}


async def test_sales_and_returns_pay_the_worked_figures(counter: Counter) -> None:
    tenth = {"percentageOff": {"percentage": "10", "target": "ORDER"}}
    bogo = {"buyXGetY": {"buyQuantity": 1, "getQuantity": 1}}
    candles = {"buyXGetY": {"buyQuantity": 3, "getQuantity": 1}}
    third = {"buyXGetY": {"buyQuantity": 2, "getQuantity": 1}}
    fifty = {"amountOff": {"amount": money("50.00")}}
    two = {"amountOff": {"amount": money("2.00"), "target": "LINES"}}
    cases: list[
        tuple[str, dict[str, object], str, str | None, list[tuple[int, int]], list[list[tuple[int, int]]], list[str]]
    ] = [
        ("M01", two, "PRORATE", None, [(400, 3)], [[(0, 1)]] * 3, ["3.33", "3.34", "3.33"]),
        ("M03", tenth, "PRORATE", None, [(600, 1), (400, 1)], [[(0, 1)], [(1, 1)]], ["5.40", "3.60"]),
        ("M08", bogo, "PRORATE", None, [(3000, 1), (2000, 1)], [[(0, 1)], [(1, 1)]], ["18.00", "12.00"]),
        ("M11", third, "PRORATE", None, [(1399, 3)], [[(0, 1)]] * 3, ["9.33", "9.32", "9.33"]),
        ("M11", third, "RECALCULATE", None, [(1399, 3)], [[(0, 1)]] * 3, ["0.00", "13.99", "13.99"]),
        ("M12", tenth, "PRORATE", "300.00", [(5000, 6)], [[(0, 5)], [(0, 1)]], ["225.00", "45.00"]),
        ("M12", tenth, "RECALCULATE", "300.00", [(5000, 6)], [[(0, 5)], [(0, 1)]], ["220.00", "50.00"]),
        ("M13", candles, "PRORATE", None, [(1000, 4)], [[(0, 3)], [(0, 1)]], ["22.50", "7.50"]),
        ("M13", candles, "RECALCULATE", None, [(1000, 4)], [[(0, 3)], [(0, 1)]], ["20.00", "10.00"]),
        ("M15", fifty, "PRORATE", "100.00", [(6000, 1), (6000, 1)], [[(0, 1)], [(1, 1)]], ["35.00", "35.00"]),
        ("M15", fifty, "RECALCULATE", "100.00", [(6000, 1), (6000, 1)], [[(0, 1)], [(1, 1)]], ["10.00", "60.00"]),
    ]
    found = []
    for name, effect, on_return, minimum, lines, returns, expected in cases:
        skus = await counter.goods(*(price for price, _ in lines))
        await counter.promote(effect, on_return, minimum)
        order = await counter.sell(*((sku, quantity) for sku, (_, quantity) in zip(skus, lines, strict=True)))
        refunds = [await counter.back(order, *chosen) for chosen in returns]
        found.append((name, on_return, refunds))
        assert refunds == expected, (name, on_return)
    assert [name for name, _, _ in found] == [name for name, *_ in cases]
    await sound(counter.shop)


async def test_m44_a_gift_that_is_kept_pays_what_its_policy_says(counter: Counter) -> None:
    figures = {}
    for on_return in ("FORFEIT_NOTHING", "PRORATE", "RECALCULATE"):
        skus = await counter.goods(10_000, 2000)
        variants = await counter.shop.process.database.read(lambda conn: catalog_store.variants_by_sku(conn, skus))  # noqa: B023 - used at once
        gift = {"gift": {"variantIds": [global_id("ProductVariant", variants[skus[1]].id)]}}
        await counter.promote(gift, on_return, "100.00")
        order = await counter.sell((skus[0], 1), (skus[1], 1))
        assert order["cost"]["total"]["amount"] == "100.00"
        figures[on_return] = [await counter.back(order, (0, 1)), await counter.back(order, (1, 1))]
    assert figures == {
        "FORFEIT_NOTHING": ["100.00", "0.00"],
        "PRORATE": ["83.33", "16.67"],
        "RECALCULATE": ["80.00", "20.00"],
    }
    await sound(counter.shop)


async def test_m56_a_bundles_part_pays_its_share(counter: Counter) -> None:
    skus = await counter.goods(5000, 4000, 3000)
    variants = await counter.shop.process.database.read(lambda conn: catalog_store.variants_by_sku(conn, skus))
    parts = [{"items": {"variantIds": [global_id("ProductVariant", variants[sku].id)]}} for sku in skus]
    await counter.promote({"bundlePrice": {"price": money("90.00"), "parts": parts}}, "PRORATE")
    order = await counter.sell(*((sku, 1) for sku in skus))
    assert [line["paid"]["amount"] for line in order["lines"]["nodes"]] == ["37.50", "30.00", "22.50"]
    assert await counter.back(order, (1, 1)) == "30.00"
