"""Price lists through the public API: head office makes them, and every caller pays by them at once."""

from typing import Any

import pytest

from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

LIST = (
    "priceList { id version active title prices(first: 5) { nodes { quantityMin price { amount } variant { sku } } } }"
)
PRICES = """query($id: ID!) { node(id: $id) { ... on ProductVariant { price { amount } compareAtPrice { amount }
  product { priceRange { minimum { amount } maximum { amount } } } } } }"""
LINES = "cart { id lines { quantity unitPrice { amount } compareAtPrice { amount } } problems { code } }"
SOLD = "order { lines(first: 1) { nodes { unitPrice { amount } compareAtPrice { amount } priceListId } } }"


async def mug(shop: Shop) -> str:
    """A mug at 9.50 in every channel."""
    return str((await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"])


def terms(title: str, **more: object) -> dict[str, object]:
    return {"title": title, "currencyCode": "GBP", "validFrom": "2020-01-01T00:00:00Z", **more}


def price(variant: str, amount: str, **more: object) -> dict[str, object]:
    return {"variantId": variant, "price": {"amount": amount, "currencyCode": "GBP"}, **more}


async def listed(shop: Shop, office: str, said: dict[str, object], *prices: dict[str, object]) -> Any:
    given = {"priceList": said, "prices": list(prices)}
    return (await shop.done("priceListCreate", given, LIST, office))["priceList"]


async def member(shop: Shop, email: str) -> tuple[str, str]:
    """A customer's id and token."""
    account = {"email": email, "password": "a-long-password"}
    made = await shop.done("customerSignUp", account, "customer { id }")
    signed = await shop.done("customerSignIn", account, "grant { accessToken }", keyed=False)
    return made["customer"]["id"], signed["grant"]["accessToken"]


async def shown(shop: Shop, variant: str, token: str | None = None) -> tuple[str, str | None]:
    node = (await shop.ask(PRICES, {"id": variant}, token))["node"]
    assert node["product"]["priceRange"]["minimum"] == node["price"]
    compare_at = node["compareAtPrice"]
    return node["price"]["amount"], None if compare_at is None else compare_at["amount"]


async def test_two_stores_and_the_web_sell_at_what_head_office_last_said(shop: Shop) -> None:
    office, variant = await shop.staff(), await mug(shop)
    tills = [await shop.associate(0), await shop.associate(1)]
    places = {
        one["code"]: one["id"]
        for one in (await shop.ask("{ locations(first: 9) { nodes { id code } } }"))["locations"]["nodes"]
    }
    cart = await shop.done("cartCreate", {"lines": [{"variantId": variant, "quantity": 1}]}, f"{LINES} token")
    seen = "query($id: ID!, $token: String) { cart(id: $id, token: $token) { lines { unitPrice { amount } } } }"

    async def everywhere() -> list[str]:
        named = {"id": cart["cart"]["id"], "token": cart["token"]}
        found = [(await shown(shop, variant))[0]]
        found.append((await shop.ask(seen, named))["cart"]["lines"][0]["unitPrice"]["amount"])
        for till, place in zip(tills, ("LON-CG", "MAN-MS"), strict=True):
            sale = {"locationId": places[place], "lines": [{"variantId": variant, "quantity": 1}], "tender": "CASH"}
            sold = await shop.done("orderCreate", sale, SOLD, till)
            found.append(sold["order"]["lines"]["nodes"][0]["unitPrice"]["amount"])
        return found

    assert await everywhere() == ["9.50"] * 4
    spring = await listed(shop, office, terms("Spring"), price(variant, "8.00"))
    assert await everywhere() == ["8.00"] * 4
    change = {"priceListId": spring["id"], "prices": [price(variant, "7.00")]}
    await shop.done("priceListPricesSet", change, LIST, office)
    assert await everywhere() == ["7.00"] * 4
    off = {"priceListId": spring["id"], "priceList": terms("Spring", active=False), "expectedVersion": 2}
    await shop.done("priceListUpdate", off, LIST, office)
    assert await everywhere() == ["9.50"] * 4


async def test_a_group_pays_its_own_price_wherever_its_members_buy_and_nobody_else_does(shop: Shop) -> None:
    office, till, variant = await shop.staff(), await shop.associate(0), await mug(shop)
    (ada, token), (_, other) = await member(shop, "eve@example.com"), await member(shop, "bo@example.com")
    new = {"handle": "trade", "title": "Trade"}
    group = (await shop.done("customerGroupCreate", new, "customerGroup { id }", office))["customerGroup"]["id"]
    joined = {"customerGroupId": group, "customerIds": [ada]}
    await shop.done("customerGroupMembersAdd", joined, "customerGroup { id }", office)
    was = {"amount": "9.50", "currencyCode": "GBP"}
    trade = await listed(
        shop, office, terms("Trade", customerGroupId=group), price(variant, "6.00", compareAtPrice=was)
    )
    assert await shown(shop, variant, token) == ("6.00", "9.50")
    assert [await shown(shop, variant, caller) for caller in (None, other, till, office)] == [("9.50", None)] * 4
    mine = await shop.done("cartLinesAdd", {"lines": [{"variantId": variant, "quantity": 1}]}, LINES, token)
    assert mine["cart"]["lines"][0]["unitPrice"] == {"amount": "6.00"}
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    sale = {"locationId": place, "lines": [{"variantId": variant, "quantity": 2}], "tender": "CASH"}
    sold = await shop.done("orderCreate", {**sale, "customerId": ada}, SOLD, till)
    assert sold["order"]["lines"]["nodes"] == [
        {"unitPrice": {"amount": "6.00"}, "compareAtPrice": {"amount": "9.50"}, "priceListId": trade["id"]}
    ]
    sold = await shop.done("orderCreate", sale, SOLD, till)
    assert sold["order"]["lines"]["nodes"] == [
        {"unitPrice": {"amount": "9.50"}, "compareAtPrice": None, "priceListId": None}
    ]


async def test_more_units_cost_less_each_and_a_cart_follows_its_quantity(shop: Shop) -> None:
    office, variant = await shop.staff(), await mug(shop)
    await listed(shop, office, terms("Dozen"), price(variant, "7.50", quantityMin=12), price(variant, "9.00"))
    made = await shop.done("cartCreate", {"lines": [{"variantId": variant, "quantity": 11}]}, f"{LINES} token")
    assert made["cart"]["lines"][0]["unitPrice"] == {"amount": "9.00"}
    at = {"cartId": made["cart"]["id"], "token": made["token"]}
    more = await shop.done("cartLinesAdd", {**at, "lines": [{"variantId": variant, "quantity": 1}]}, LINES)
    assert more["cart"]["lines"][0] == {"quantity": 12, "unitPrice": {"amount": "7.50"}, "compareAtPrice": None}
    assert "PRICE_CHANGED" not in [one["code"] for one in more["cart"]["problems"]]


async def test_a_higher_price_stops_a_cart_until_its_customer_agrees(shop: Shop) -> None:
    office, variant = await shop.staff(), await mug(shop)
    spring = await listed(shop, office, terms("Spring"), price(variant, "8.00"))
    made = await shop.done("cartCreate", {"lines": [{"variantId": variant, "quantity": 1}]}, f"{LINES} token")
    out = {"priceListId": spring["id"], "variantIds": [variant]}
    await shop.done("priceListPricesRemove", out, LIST, office)
    seen = "query($id: ID!, $token: String) { cart(id: $id, token: $token) { problems { code } } }"
    problems = (await shop.ask(seen, {"id": made["cart"]["id"], "token": made["token"]}))["cart"]["problems"]
    assert "PRICE_CHANGED" in [one["code"] for one in problems]


async def test_what_is_refused_says_why_and_changes_nothing(shop: Shop) -> None:
    office, variant = await shop.staff(), await mug(shop)
    made = await listed(shop, office, terms("Spring"), price(variant, "8.00"))

    async def refused(mutation: str, given: dict[str, object]) -> list[tuple[str, list[str]]]:
        document = f"{LIST} userErrors {{ field }}"
        payload = await shop.do(mutation, given, document, office)
        assert payload["priceList"] is None
        return [(one["code"], one["field"]) for one in payload["userErrors"]]

    euros = {"variantId": variant, "price": {"amount": "8.00", "currencyCode": "EUR"}}
    named = {"priceListId": made["id"]}
    twice = {**named, "prices": [price(variant, "8.00"), price(variant, "7.00")]}
    update = {**named, "priceList": terms("Spring"), "expectedVersion": 7}
    dollars = {**named, "priceList": {**terms("Spring"), "currencyCode": "USD"}}
    assert await refused("priceListPricesSet", {**named, "prices": [euros]}) == [
        ("CURRENCY_MISMATCH", ["input", "prices"])
    ]
    assert await refused("priceListPricesSet", twice) == [("PRICE_LIST_INVALID", ["input", "prices"])]
    assert await refused("priceListPricesSet", {**named, "prices": []}) == [("PRICE_LIST_INVALID", ["input", "prices"])]
    assert await refused("priceListUpdate", update) == [("STALE_VERSION", ["input", "expectedVersion"])]
    assert await refused("priceListUpdate", dollars) == [("CURRENCY_MISMATCH", ["input", "currencyCode"])]
    document = f"query($id: ID!) {{ priceList(id: $id) {{ {LIST.removeprefix('priceList {')} }}"
    assert (await shop.ask(document, {"id": made["id"]}, office))["priceList"] == made


async def test_only_those_who_may_see_products_of_every_channel_see_lists(shop: Shop) -> None:
    office, variant = await shop.staff(), await mug(shop)
    made = await listed(shop, office, terms("Spring"), price(variant, "8.00"))
    document = "query($id: ID!) { node(id: $id) { id } }"
    assert (await shop.ask(document, {"id": made["id"]}, office))["node"] == {"id": made["id"]}
    assert (await shop.ask(document, {"id": made["id"]}))["node"] is None
    (_, token) = await member(shop, "eve@example.com")
    answer = (await shop.post("{ priceLists { nodes { id } } }", token=token)).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    listed_ = await shop.ask("{ priceLists(active: true) { nodes { title } } }", token=office)
    assert listed_["priceLists"]["nodes"] == [{"title": "Spring"}]
