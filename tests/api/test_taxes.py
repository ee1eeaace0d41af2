"""Head office changes taxes through the public API, and carts and tills go by them from the next read on."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.app import utc_now
from tests.api.shop import Shop, running_shop
from tests.api.traces import row_counts

pytestmark = pytest.mark.anyio

COST = "cost { pricesIncludeTax tax { amount } total { amount } }"
PAID = "pricesIncludeTax cost { tax { amount } total { amount } }"
ORDER = f"id salesChannel {{ id }} {PAID} lines(first: 1) {{ nodes {{ id taxLines {{ jurisdiction ratePpm amount {{ amount }} }} }} }}"
RATE = "taxRate { id country region postalPrefix taxCode jurisdiction ratePercent validFrom validTo }"
LISTED = """query($country: String, $at: DateTime, $first: Int, $after: String) {
  taxRates(country: $country, at: $at, first: $first, after: $after) {
    nodes { id jurisdiction ratePercent validFrom validTo } pageInfo { hasNextPage endCursor } } }"""
MARKETS = "salesChannel { id pricesIncludeTax marketTaxes { country pricesIncludeTax } }"
VAT = {"country": "GB", "jurisdiction": "GB VAT"}


async def variant(shop: Shop) -> str:
    return str((await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"])


async def store(shop: Shop) -> str:
    return str((await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"])


async def web_cart(shop: Shop, quantity: int = 3) -> dict[str, str]:
    """A guest's cart of mugs that cost 9.50 with tax, to be collected in London."""
    line = {"variantId": await variant(shop), "quantity": quantity, "pickupLocationId": await store(shop)}
    made = await shop.done("cartCreate", {"lines": [line]}, "cart { id } token")
    return {"id": made["cart"]["id"], "token": made["token"]}


async def cost(shop: Shop, cart: dict[str, str]) -> Any:
    document = f"query($id: ID!, $token: String) {{ cart(id: $id, token: $token) {{ {COST} }} }}"
    return (await shop.ask(document, cart))["cart"]["cost"]


async def sold(shop: Shop, quantity: int = 3) -> Any:
    """The same mugs at the till in London: the order with its cost as carts show it."""
    lines = [{"sku": "MUG-HARB-NAVY", "quantity": quantity}]
    sale = {"locationId": await store(shop), "lines": lines, "tender": "CASH"}
    order = (await shop.done("orderCreate", sale, f"order {{ {ORDER} }}", await shop.associate(0)))["order"]
    return with_mode(order)


async def order_now(shop: Shop, order_id: str) -> Any:
    """An order as head office reads it."""
    document = f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
    return with_mode((await shop.ask(document, {"id": order_id}, await shop.staff()))["order"])


def with_mode(order: Any) -> Any:
    return {**order, "cost": {"pricesIncludeTax": order["pricesIncludeTax"], **order["cost"]}}


def costs(tax: str, total: str, *, inside: bool = True) -> dict[str, object]:
    return {"pricesIncludeTax": inside, "tax": {"amount": tax}, "total": {"amount": total}}


async def rates(shop: Shop, **asked: object) -> Any:
    return (await shop.ask(LISTED, asked, await shop.staff()))["taxRates"]


async def test_head_office_changes_a_rate_and_web_and_till_see_it_at_the_next_read(shop: Shop) -> None:
    office, cart = await shop.staff(), await web_cart(shop)
    before = await sold(shop)
    assert await cost(shop, cart) == before["cost"] == costs("4.75", "28.50")
    made = (await shop.done("taxRateSet", {**VAT, "ratePercent": "8.2501"}, RATE, office))["taxRate"]
    assert (made["country"], made["region"], made["postalPrefix"], made["taxCode"]) == ("GB", None, None, None)
    assert (made["ratePercent"], made["validTo"]) == ("8.2501", None)
    # 28.50 · 0.082501 / 1.082501 = 2.17
    after = await sold(shop)
    assert await cost(shop, cart) == after["cost"] == costs("2.17", "28.50")
    assert after["lines"]["nodes"][0]["taxLines"] == [
        {"jurisdiction": "GB VAT", "ratePpm": 82_501, "amount": {"amount": "2.17"}}
    ]
    assert await order_now(shop, before["id"]) == before
    ended, begun = (await rates(shop, country="GB"))["nodes"][-2:]
    assert (ended["ratePercent"], ended["validTo"], begun["id"]) == ("20", made["validFrom"], made["id"])
    assert [one["id"] for one in (await rates(shop, country="GB", at=made["validFrom"]))["nodes"]] == [made["id"]]


async def test_several_jurisdictions_of_a_place_are_each_set_and_ended(shop: Shop) -> None:
    office, cart = await shop.staff(), await web_cart(shop)
    levy = {"country": "GB", "jurisdiction": "London levy", "postalPrefix": "wc2", "ratePercent": "5"}
    made = (await shop.done("taxRateSet", levy, RATE, office))["taxRate"]
    assert made["postalPrefix"] == "WC2"
    # 28.50 · 0.25 / 1.25
    assert await cost(shop, cart) == costs("5.70", "28.50")
    named = {"taxRateId": made["id"]}
    ended = (await shop.done("taxRateEnd", named, RATE, office))["taxRate"]
    assert (ended["id"], ended["validTo"] > made["validFrom"]) == (made["id"], True)
    assert await cost(shop, cart) == costs("4.75", "28.50")
    again = await shop.do("taxRateEnd", named, RATE, office)
    assert (again["taxRate"], [error["code"] for error in again["userErrors"]]) == (None, ["TAX_RATE_OVER"])
    node = "query($id: ID!) { node(id: $id) { ... on TaxRate { jurisdiction validTo } } }"
    seen = (await shop.ask(node, {"id": made["id"]}, office))["node"]
    assert seen == {"jurisdiction": "London levy", "validTo": ended["validTo"]}
    assert (await shop.ask(node, {"id": made["id"]}))["node"] is None


async def test_a_planned_rate_waits_for_its_moment_and_is_replaced_or_withdrawn(shop: Shop) -> None:
    office, cart = await shop.staff(), await web_cart(shop)
    begins = (utc_now() + timedelta(days=30)).isoformat()
    planned = {**VAT, "ratePercent": "25", "validFrom": begins}
    made = (await shop.done("taxRateSet", planned, RATE, office))["taxRate"]
    other = (await shop.done("taxRateSet", {**planned, "ratePercent": "22.5"}, RATE, office))["taxRate"]
    assert (other["id"], other["ratePercent"]) == (made["id"], "22.5")
    assert await cost(shop, cart) == costs("4.75", "28.50")
    withdrawn = (await shop.done("taxRateEnd", {"taxRateId": made["id"]}, RATE, office))["taxRate"]
    assert withdrawn["validTo"] == withdrawn["validFrom"]
    assert (await rates(shop, country="GB", at=begins))["nodes"] == []


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"country": "XX"}, "TAX_RATE_INVALID", ["input", "country"]),
        ({"ratePercent": "100.0001"}, "TAX_RATE_INVALID", ["input", "ratePercent"]),
        ({"ratePercent": "8.25001"}, "TAX_RATE_INVALID", ["input", "ratePercent"]),
        ({"validTo": "2020-01-01T00:00:00Z"}, "TAX_RATE_INVALID", ["input", "validTo"]),
        ({"validFrom": "2020-01-01T00:00:00Z"}, "TAX_RATE_INVALID", ["input", "validFrom"]),
        ({"validTo": "2999-01-01T00:00:00Z"}, "TAX_RATE_OVERLAPS", ["input"]),
    ],
)
async def test_a_refused_rate_leaves_no_trace(shop: Shop, more: dict[str, object], code: str, field: list[str]) -> None:
    office, cart = await shop.staff(), await web_cart(shop)
    known, before = await rates(shop, country="GB"), await row_counts(shop)
    given = {**VAT, "ratePercent": "10", **more}
    refused = await shop.do("taxRateSet", given, f"{RATE} userErrors {{ field }}", office)
    assert refused["taxRate"] is None
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [(code, field)]
    assert (await rates(shop, country="GB"), await row_counts(shop)) == (known, before)
    assert await cost(shop, cart) == costs("4.75", "28.50")


async def test_a_key_is_answered_once_and_holds_for_its_input_only(shop: Shop) -> None:
    office = await shop.staff()
    given = {**VAT, "ratePercent": "10", "idempotencyKey": "vat-10"}
    first = await shop.done("taxRateSet", given, f"{RATE} replayed", office)
    again = await shop.done("taxRateSet", given, f"{RATE} replayed", office)
    assert (first["replayed"], again["replayed"], again["taxRate"]) == (False, True, first["taxRate"])
    other = await shop.do("taxRateSet", {**given, "ratePercent": "11"}, RATE, office)
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_of_two_rates_at_once_one_follows_the_other_and_never_are_both_valid(shop: Shop) -> None:
    office = await shop.staff()
    begins = [(utc_now() + timedelta(days=days)).isoformat() for days in (30, 20, 10, 40)]
    given = [{"country": "IM", "jurisdiction": "IM VAT", "ratePercent": "1", "validFrom": at} for at in begins]
    outcomes = await asyncio.gather(*(shop.do("taxRateSet", one, RATE, office) for one in given))
    codes = {error["code"] for outcome in outcomes for error in outcome["userErrors"]}
    assert codes <= {"TAX_RATE_OVERLAPS"}
    made = [outcome for outcome in outcomes if outcome["taxRate"]]
    found = [one for one in (await rates(shop, country="IM"))["nodes"] if one["jurisdiction"] == "IM VAT"]
    lasting = [one for one in found if one["validFrom"] > "2026"]
    assert (len(lasting), bool(made)) == (len(made), True)
    ends = [one["validTo"] for one in lasting]
    assert ends == [*(one["validFrom"] for one in lasting[1:]), None]


async def test_rates_are_paged_and_seen_by_head_office_only(shop: Shop) -> None:
    page = await rates(shop, first=2)
    more = await rates(shop, first=100, after=page["pageInfo"]["endCursor"])
    whole = await rates(shop, first=100)
    assert [*page["nodes"], *more["nodes"]][:100] == whole["nodes"]
    for token, code in ((None, "UNAUTHENTICATED"), (shop.credentials.customer_token, "FORBIDDEN")):
        answer = (await shop.post(LISTED, {}, token)).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_a_channel_sells_with_tax_to_one_country_and_without_to_another(shop: Shop) -> None:
    office, cart = await shop.staff(), await web_cart(shop)
    web = (await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    said = {"salesChannelId": web, "country": "GB", "pricesIncludeTax": False}
    made = await shop.done("marketTaxSet", said, MARKETS, office)
    assert made["salesChannel"] == {
        "id": web,
        "pricesIncludeTax": True,
        "marketTaxes": [{"country": "GB", "pricesIncludeTax": False}],
    }
    assert await cost(shop, cart) == costs("5.70", "34.20", inside=False)
    # The tills are another channel.
    order = await sold(shop)
    assert order["cost"] == costs("4.75", "28.50")
    await shop.done("marketTaxSet", {**said, "salesChannelId": order["salesChannel"]["id"]}, MARKETS, office)
    outside = await sold(shop)
    assert outside["cost"] == costs("5.70", "34.20", inside=False)
    assert [await order_now(shop, one["id"]) for one in (order, outside)] == [order, outside]
    await shop.done("marketTaxSet", {"salesChannelId": web, "country": "GB"}, MARKETS, office)
    assert await cost(shop, cart) == costs("4.75", "28.50")


async def test_an_order_placed_without_tax_in_prices_is_returned_for_what_was_paid(shop: Shop) -> None:
    office = await shop.staff()
    tills = (await sold(shop, 1))["salesChannel"]["id"]
    said = {"salesChannelId": tills, "country": "GB", "pricesIncludeTax": False}
    await shop.done("marketTaxSet", said, MARKETS, office)
    bought = await sold(shop)
    # What is paid back goes by the order, not by the market as it is by then.
    await shop.done("marketTaxSet", {**said, "pricesIncludeTax": None}, MARKETS, office)
    await shop.done("taxRateSet", {**VAT, "ratePercent": "5"}, RATE, office)
    one = [{"orderLineId": bought["lines"]["nodes"][0]["id"], "quantity": 3}]
    back = {"orderId": bought["id"], "locationId": await store(shop), "lines": one}
    paid = "return { settlements { refund { amount } } }"
    returned = await shop.done("returnCreateAndProcess", back, paid, await shop.associate(0))
    assert returned["return"]["settlements"] == [{"refund": {"amount": "34.20"}}]


@pytest.mark.parametrize(
    ("more", "code"),
    [({"country": "gb"}, "TAX_RATE_INVALID"), ({"country": "ZZ"}, "TAX_RATE_INVALID")],
)
async def test_a_refused_market_leaves_no_trace(shop: Shop, more: dict[str, object], code: str) -> None:
    office, before = await shop.staff(), await row_counts(shop)
    web = (await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    given = {"salesChannelId": web, "pricesIncludeTax": False, **more}
    refused = await shop.do("marketTaxSet", given, MARKETS, office)
    assert (refused["salesChannel"], [error["code"] for error in refused["userErrors"]]) == (None, [code])
    assert (await row_counts(shop), await markets(shop)) == (before, [])


async def markets(shop: Shop) -> Any:
    return (await shop.ask(f"{{ {MARKETS} }}"))["salesChannel"]["marketTaxes"]


async def test_a_kept_answer_about_the_channel_is_gone_with_its_markets_change(
    database_url: str, tmp_path: Path
) -> None:
    async with running_shop(database_url, tmp_path, cache_bytes_max=10_000_000) as shop:
        web = (await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
        assert (await markets(shop), await markets(shop)) == ([], [])
        said = {"salesChannelId": web, "country": "US", "pricesIncludeTax": False}
        await shop.done("marketTaxSet", said, MARKETS, await shop.staff())
        assert await markets(shop) == [{"country": "US", "pricesIncludeTax": False}]
