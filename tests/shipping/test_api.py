"""Shipping methods through the public API: head office changes them, carts and orders go by them."""

from typing import Any

import pytest

from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

GROUP = "shippingOption { title price { amount } daysMin daysMax } shippingOptions { id title price { amount } }"
CART = f"cart {{ id deliveryGroups {{ id {GROUP} }} lines {{ id }} cost {{ shipping {{ gross {{ amount }} }} }} problems {{ code }} }}"
METHOD = """shippingMethod { id version active title basis weightMaxGrams zones { country region postalPrefix }
  bands { fromGrams fromValue { amount } price { amount } } perKilogram { amount } }"""
HOME = {"name": "Ada", "line1": "1 High Street", "city": "Stornoway", "postalCode": "HS1 2AA", "country": "GB"}


def money(amount: str, currency: str = "GBP") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


async def web(shop: Shop) -> str:
    return str((await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"])


async def islands(shop: Shop, **more: object) -> dict[str, object]:
    """A van to the islands: 10.00 up to two kilograms, then 12.00 and 2.00 for each kilogram more."""
    bands = [{"price": money("10.00")}, {"beginsAtGrams": 2_000, "price": money("12.00")}]
    zones = [{"country": "GB", "postalPrefix": "HS"}, {"country": "GB", "postalPrefix": "KW15"}]
    said = {"salesChannelId": await web(shop), "title": "Island van", "bands": bands, "zones": zones}
    return {**said, "perKilogram": money("2.00"), "daysMin": 3, "daysMax": 6, **more}


async def shipped(shop: Shop, quantity: int) -> Any:
    """A cart of mugs that weigh 400 g each, to be sent to the islands, with its id and token."""
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id weightGrams } }'))["productVariant"]
    made = await shop.done(
        "cartCreate", {"lines": [{"variantId": variant["id"], "quantity": quantity}]}, f"{CART} token"
    )
    at = {"cartId": made["cart"]["id"], "token": made["token"]}
    groups = [{"groupId": made["cart"]["deliveryGroups"][0]["id"], "address": HOME}]
    cart = (await shop.done("cartDeliveryGroupsUpdate", {**at, "groups": groups}, CART))["cart"]
    return cart, at, variant["weightGrams"]


async def test_a_postal_code_of_its_own_is_served_by_its_own_method_and_the_order_keeps_it(shop: Shop) -> None:
    office = await shop.staff()
    made = await shop.done("shippingMethodCreate", {"shippingMethod": await islands(shop)}, METHOD, office)
    assert made["shippingMethod"]["bands"] == [
        {"fromGrams": 0, "fromValue": None, "price": {"amount": "10.00"}},
        {"fromGrams": 2_000, "fromValue": None, "price": {"amount": "12.00"}},
    ]
    cart, at, grams = await shipped(shop, 1)
    (group,) = cart["deliveryGroups"]
    assert group["shippingOption"] == {"title": "Island van", "price": {"amount": "10.00"}, "daysMin": 3, "daysMax": 6}
    await shop.done("cartBuyerIdentityUpdate", {**at, "email": "ada@example.com"}, CART)
    paying = {"cartId": at["cartId"], "cartToken": at["token"], "paymentMethod": "pm_card_visa"}
    lines = "shippingLines { title subtotal { amount } weightGrams daysMin daysMax }"
    order = (await shop.done("cartComplete", paying, f"order {{ {lines} }}"))["order"]
    assert order["shippingLines"] == [
        {"title": "Island van", "subtotal": {"amount": "10.00"}, "weightGrams": grams, "daysMin": 3, "daysMax": 6}
    ]


async def test_heavier_goods_cost_more_and_what_is_too_heavy_is_not_taken(shop: Shop) -> None:
    office = await shop.staff()
    said = await islands(shop, weightMaxGrams=5_000)
    await shop.done("shippingMethodCreate", {"shippingMethod": said}, METHOD, office)
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { weightGrams } }'))["productVariant"]
    units = -(-2_500 // variant["weightGrams"])
    cart, _, grams = await shipped(shop, units)
    beyond = -(-(units * grams - 2_000) // 1_000)
    assert cart["deliveryGroups"][0]["shippingOption"]["price"] == {"amount": f"{12 + 2 * beyond}.00"}
    cart, _, grams = await shipped(shop, 5_000 // variant["weightGrams"] + 1)
    assert cart["deliveryGroups"][0]["shippingOptions"] == []
    assert "SHIPPING_UNAVAILABLE" in [problem["code"] for problem in cart["problems"]]


async def test_what_head_office_changes_holds_from_the_next_read_on(shop: Shop) -> None:
    office = await shop.staff()
    made = await shop.done("shippingMethodCreate", {"shippingMethod": await islands(shop)}, METHOD, office)
    named = {"shippingMethodId": made["shippingMethod"]["id"], "expectedVersion": 1}
    _, at, _ = await shipped(shop, 1)
    seen = f"query($id: ID!, $token: String) {{ {CART.replace('cart {', 'cart(id: $id, token: $token) {', 1)} }}"

    async def title() -> str:
        cart = (await shop.ask(seen, {"id": at["cartId"], "token": at["token"]}))["cart"]
        return str(cart["deliveryGroups"][0]["shippingOption"]["title"])

    assert await title() == "Island van"
    off = {**named, "shippingMethod": await islands(shop, active=False)}
    await shop.done("shippingMethodUpdate", off, METHOD, office)
    assert await title() == "Standard"
    refused = await shop.do("shippingMethodUpdate", off, METHOD, office)
    assert [error["code"] for error in refused["userErrors"]] == ["STALE_VERSION"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"perKilogram": money("2.00", "EUR")}, "CURRENCY_MISMATCH"),
        ({"bands": []}, "SHIPPING_OPTION_INVALID"),
        ({"zones": [{"region": "SCT"}]}, "SHIPPING_OPTION_INVALID"),
    ],
)
async def test_a_method_that_makes_no_sense_is_refused(shop: Shop, more: dict[str, object], code: str) -> None:
    given = {"shippingMethod": await islands(shop, **more)}
    refused = await shop.do("shippingMethodCreate", given, METHOD, await shop.staff())
    assert (refused["shippingMethod"], [error["code"] for error in refused["userErrors"]]) == (None, [code])


async def test_head_office_lists_methods_and_others_do_not(shop: Shop) -> None:
    document = "{ shippingMethods(first: 9) { nodes { title basis } } }"
    found = (await shop.ask(document, token=await shop.staff()))["shippingMethods"]["nodes"]
    assert [one["title"] for one in found] == ["Express", "Standard", "Express", "Standard"]
    answer = (await shop.post(document)).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
