"""Value for a gift card that a till's customer holds: sold like a card, put on the one that was scanned."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.app import utc_now
from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

SOLD = """order { id cost { total { amount } } giftCards { lastCharacters }
  lines(first: 5) { nodes { id topUp { lastCharacters units } } } }"""


def pounds(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


async def goods(shop: Shop, sku: str = "GIFT-25", amount: str = "25.00", tax_code: str = "gift_card") -> None:
    """Ten of it at the tills in London."""
    office, till = await shop.staff(), await shop.associate(0)
    channel = (await shop.ask("{ salesChannel { id } }", token=till))["salesChannel"]["id"]
    price = {"salesChannelId": channel, "price": pounds(amount)}
    variant = {"sku": sku, "taxCode": tax_code, "prices": [price], "requiresShipping": False}
    product = {"handle": sku.lower(), "title": sku, "variants": [variant], "publishIn": [channel]}
    wanted = "product { variants(first: 1) { nodes { id } } }"
    (node,) = (await shop.done("productCreate", product, wanted, office))["product"]["variants"]["nodes"]
    stock = {"variantId": node["id"], "locationId": await store(shop), "delta": 10, "reason": "RECEIVED"}
    await shop.done("inventoryAdjust", stock, "replayed", office)


async def store(shop: Shop) -> str:
    return str((await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"])


async def card(shop: Shop, amount: str = "10.00") -> Any:
    batch = {"amount": pounds(amount), "country": "GB", "quantity": 1}
    made = await shop.done("giftCardsIssue", batch, "giftCards { id code lastCharacters }", await shop.staff())
    return made["giftCards"][0]


async def sale_of(shop: Shop, *lines: dict[str, object], **more: object) -> dict[str, object]:
    return {"locationId": await store(shop), "lines": list(lines), "tender": "CASH", **more}


async def balance(shop: Shop, code: str) -> str:
    read = "query($code: String!) { giftCardLookup(input: {code: $code}) { giftCard { balance { amount } } } }"
    return str((await shop.ask(read, {"code": code}))["giftCardLookup"]["giftCard"]["balance"]["amount"])


async def test_value_goes_on_the_scanned_card_once_it_is_paid_and_never_twice(shop: Shop) -> None:
    await goods(shop)
    held = await card(shop)
    line = {"sku": "GIFT-25", "quantity": 2, "topUpGiftCardCode": held["code"]}
    given = {**await sale_of(shop, line), "idempotencyKey": "key-of-the-till"}
    till = await shop.associate(0)
    for _ in range(2):
        order = (await shop.done("orderCreate", given, SOLD, till))["order"]
    assert order["cost"] == {"total": {"amount": "50.00"}}
    assert await balance(shop, held["code"]) == "10.00"
    for _ in range(2):
        await shop.work()
    assert await balance(shop, held["code"]) == "60.00"
    seen = await shop.ask(
        "query($id: ID!) { order(id: $id) { giftCards { id } lines(first: 1) { nodes { topUp { lastCharacters units } } } } }",
        {"id": order["id"]},
        till,
    )
    assert seen["order"] == {
        "giftCards": [],
        "lines": {"nodes": [{"topUp": {"lastCharacters": held["lastCharacters"], "units": 2}}]},
    }
    assert await shop.contradictions() == []


async def test_by_card_it_waits_for_the_money(shop: Shop) -> None:
    await goods(shop)
    held = await card(shop)
    line = {"sku": "GIFT-25", "quantity": 1, "topUpGiftCardCode": held["code"]}
    given = await sale_of(shop, line, tender="CARD", paymentMethod="pm_card_visa")
    await shop.done("orderCreate", given, SOLD, await shop.associate(0))
    assert await balance(shop, held["code"]) == "10.00"
    await shop.work()
    await shop.work_at(utc_now() + timedelta(hours=1))
    assert await balance(shop, held["code"]) == "35.00"
    assert await shop.contradictions() == []


async def test_value_for_a_card_that_was_stopped_meanwhile_goes_on_a_new_one(shop: Shop) -> None:
    await goods(shop)
    held, till = await card(shop), await shop.associate(0)
    line = {"sku": "GIFT-25", "quantity": 1, "topUpGiftCardCode": held["code"]}
    order = (await shop.done("orderCreate", await sale_of(shop, line), SOLD, till))["order"]
    await shop.done("giftCardBlock", {"giftCardId": held["id"], "note": "lost"}, "giftCard { id }", await shop.staff())
    await shop.work()
    read = "query($id: ID!) { order(id: $id) { giftCards { code balance { amount } } } }"
    (made,) = (await shop.ask(read, {"id": order["id"]}, till))["order"]["giftCards"]
    assert made["code"] != held["code"]
    assert made["balance"] == {"amount": "25.00"}
    assert await shop.contradictions() == []


async def test_what_cannot_be_meant_or_would_be_too_much_is_refused_and_nothing_is_sold(shop: Shop) -> None:
    await goods(shop)
    await goods(shop, "GIFT-900", "900.00")
    one, other = await card(shop), await card(shop)
    terms = {"country": "GB", "currencyCode": "GBP", "minimum": pounds("1.00"), "maximum": pounds("100.00")}
    await shop.done("giftCardTermsSet", terms, "terms { country }", await shop.staff(), keyed=False)

    def on(code: str | None, sku: str = "GIFT-25") -> dict[str, object]:
        return {"sku": sku, "quantity": 1, "topUpGiftCardCode": code}

    refusals = {
        "TOP_UP_INVALID": [
            [on(one["code"]), on(None)],
            [on(one["code"]), on(other["code"])],
            [on(one["code"], "MUG-HARB-NAVY")],
        ],
        "BALANCE_TOO_LARGE": [[on(one["code"], "GIFT-900")]],
        "GIFT_CARD_NOT_FOUND": [[on("no-such-code")]],
    }
    for code, sales in refusals.items():
        for lines in sales:
            refused = await shop.do("orderCreate", await sale_of(shop, *lines), SOLD, await shop.associate(0))
            assert [error["code"] for error in refused["userErrors"]] == [code]
    blocked = {"giftCardId": one["id"], "note": "lost"}
    await shop.done("giftCardBlock", blocked, "giftCard { id }", await shop.staff())
    refused = await shop.do("orderCreate", await sale_of(shop, on(one["code"])), SOLD, await shop.associate(0))
    assert [error["code"] for error in refused["userErrors"]] == ["GIFT_CARD_BLOCKED"]
    await shop.work()
    assert await balance(shop, other["code"]) == "10.00"
    assert await shop.contradictions() == []
