"""Many at once through the public API, on both engines: one winner, clear refusals, nothing paid twice."""

import asyncio
from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.test_loop import command, places, sound

pytestmark = pytest.mark.anyio
PAY = "order { id } payment { status }"


async def filled_cart(shop: Shop, variant: str, units: int, place: str | None = None) -> dict[str, Any]:
    line = {"variantId": variant, "quantity": units, "pickupLocationId": place}
    made = await command(shop, "03-guest-fills-a-cart", {"lines": [line], "email": "guest@example.com"})
    return {"cartId": made["cart"]["id"], "cartToken": made["token"]}


async def test_twenty_buyers_of_twelve_units_make_twelve_orders_and_twelve_charges(shop: Shop) -> None:
    where = await places(shop)
    data = await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }')
    carts = [await filled_cart(shop, data["productVariant"]["id"], 1, where["LON-CG"]) for _ in range(20)]
    outcomes = await asyncio.gather(
        *(shop.do("cartComplete", {**cart, "paymentMethod": "pm_card_visa"}, PAY) for cart in carts)
    )
    orders = [outcome["order"] for outcome in outcomes if outcome["order"]]
    refusals = [outcome["userErrors"][0]["code"] for outcome in outcomes if not outcome["order"]]
    assert (len(orders), len(refusals)) == (12, 8)
    assert set(refusals) <= {"OUT_OF_STOCK", "CART_NOT_READY"}
    asked = shop.sandbox.sandbox.calls("POST", "/v1/payment_intents")
    assert len({call.key for call in asked if call.status == 200}) == 12
    await sound(shop)


async def test_four_completions_of_one_cart_are_one_order_and_one_charge(shop: Shop) -> None:
    data = await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }')
    where = await places(shop)
    cart = await filled_cart(shop, data["productVariant"]["id"], 1, where["LON-CG"])
    outcomes = await asyncio.gather(
        *(shop.do("cartComplete", {**cart, "paymentMethod": "pm_card_visa"}, PAY) for _ in range(4))
    )
    assert len({outcome["order"]["id"] for outcome in outcomes}) == 1
    await sound(shop)


async def test_six_returns_of_one_unit_with_six_keys_pay_once(shop: Shop) -> None:
    where = await places(shop)
    mia, zoe = await shop.associate(0), await shop.associate(1)
    sold = {"locationId": where["LON-CG"], "lines": [{"sku": "MUG-HARB-NAVY"}], "tender": "CASH"}
    order = (await shop.done("orderCreate", sold, "order { id lines(first: 1) { nodes { id } } }", mia))["order"]
    lines = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1}]
    stores = [(mia, where["LON-CG"]), (zoe, where["MAN-MS"])] * 3
    outcomes = await asyncio.gather(
        *(
            shop.do(
                "returnCreateAndProcess",
                {"orderId": order["id"], "locationId": place, "lines": lines},
                "return { status }",
                till,
            )
            for till, place in stores
        )
    )
    assert (
        sorted(str(outcome["userErrors"][0]["code"]) for outcome in outcomes if outcome["userErrors"])
        == ["NOT_RETURNABLE"] * 5
    )
    data = await shop.ask(
        "query($id: ID!) { order(id: $id) { refunds { amount { amount } } } }", {"id": order["id"]}, mia
    )
    assert data["order"]["refunds"] == [{"amount": {"amount": "9.50"}}]
    await sound(shop)


async def test_six_adds_at_once_are_six_units(shop: Shop) -> None:
    data = await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }')
    made = await shop.done("cartCreate", {"lines": []}, "token cart { id }")
    given = {
        "cartId": made["cart"]["id"],
        "token": made["token"],
        "lines": [{"variantId": data["productVariant"]["id"]}],
    }
    await asyncio.gather(*(shop.done("cartLinesAdd", given, "cart { id }") for _ in range(6)))
    seen = await shop.ask(
        "query($id: ID!, $token: String!) { cart(id: $id, token: $token) { totalQuantity } }",
        {"id": made["cart"]["id"], "token": made["token"]},
    )
    assert seen["cart"]["totalQuantity"] == 6
