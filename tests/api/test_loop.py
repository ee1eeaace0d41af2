"""The whole loop through the public API: bought as a guest, collected in store A, returned at store B; and its variations."""

from pathlib import Path
from typing import Any

import pytest

from domain.connections import ReadConnection
from domain.orders import service as orders
from domain.payments import service as payments
from domain.returns import verification as returns
from gateway.demo.load import CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tests.api.shop import Shop

pytestmark = pytest.mark.anyio
EXAMPLES = Path(__file__).parents[2] / "examples"


async def example(shop: Shop, name: str, variables: dict[str, Any] | None = None, token: str | None = None) -> Any:
    """One of the example documents, run as it is."""
    return await shop.ask((EXAMPLES / f"{name}.graphql").read_text(), variables, token)


async def command(shop: Shop, name: str, given: dict[str, Any], token: str | None = None, *, keyed: bool = True) -> Any:
    """An example mutation that must not be refused."""
    given = {**given, "idempotencyKey": shop.key()} if keyed else given
    (payload,) = (await example(shop, name, {"input": given}, token)).values()
    assert payload["userErrors"] == []
    return payload


async def places(shop: Shop) -> dict[str, str]:
    data = await shop.ask("{ locations(first: 10) { nodes { id code } } }")
    return {node["code"]: node["id"] for node in data["locations"]["nodes"]}


async def paid_pickup(
    shop: Shop, units: int = 2, token: str | None = None
) -> tuple[dict[str, Any], dict[str, str], str]:
    """A cart of mugs for pickup in London, paid by card: the order, the places, the order's token."""
    where = await places(shop)
    found = await example(shop, "01-guest-browses", {"text": "harbor mug"}, token)
    variant = found["products"]["nodes"][0]["variants"]["nodes"][0]["id"]
    given: dict[str, Any] = {
        "lines": [{"variantId": variant, "quantity": units, "pickupLocationId": where["LON-CG"]}],
        "email": "guest@example.com",
    }
    filled = await command(shop, "03-guest-fills-a-cart", given, token)
    assert filled["cart"]["problems"] == []
    pay = {"cartId": filled["cart"]["id"], "cartToken": filled["token"], "paymentMethod": "pm_card_visa"}
    paid = await command(shop, "04-guest-pays", pay, token)
    return paid["order"], where, paid["orderToken"]


async def collected(shop: Shop, order: dict[str, Any], where: dict[str, str], order_token: str) -> None:
    """Store A accepts, picks, shelves and hands over."""
    mia = await shop.associate(0)
    queue = await example(shop, "05-till-sees-its-queue", {"location": where["LON-CG"]}, mia)
    (waiting,) = queue["pickupQueue"]["nodes"]
    assert waiting["order"]["number"] == order["number"]
    named = {"fulfillmentOrderId": waiting["id"]}
    await command(shop, "06-till-accepts", named, mia, keyed=False)
    lines = [{"orderLineId": item["orderLine"]["id"], "quantity": item["quantity"]} for item in waiting["lineItems"]]
    await command(shop, "07-till-picks", {**named, "lines": lines}, mia)
    await command(shop, "08-till-puts-it-on-the-shelf", {**named, "shelf": "A3"}, mia)
    await shop.work()
    seen = await example(shop, "09-guest-sees-the-code", {"id": order["id"], "token": order_token})
    code = seen["order"]["fulfillmentOrders"][0]["pickup"]["code"]
    handed = await command(shop, "10-till-hands-over", {**named, "code": code, "verification": "CODE"}, mia)
    assert handed["fulfillmentOrder"]["status"] == "PICKED_UP"


async def sound(shop: Shop) -> None:
    """No room finds a contradiction."""

    def findings(conn: ReadConnection) -> list[object]:
        return [*orders.verify(conn), *payments.verify(conn), *returns.verify(conn)]

    assert await shop.process.database.read(findings) == []


async def test_bought_on_the_web_collected_in_store_a_and_returned_at_store_b(shop: Shop) -> None:
    order, where, order_token = await paid_pickup(shop)
    assert order["payments"] == [{"status": "AUTHORIZED", "amount": {"amount": "19.00", "currencyCode": "GBP"}}]
    await collected(shop, order, where, order_token)

    zoe = await shop.associate(1)
    found = await example(
        shop, "11-other-till-finds-the-order", {"input": {"receiptNumber": order["receiptNumber"]}}, zoe
    )
    (match,) = found["orderLookup"]["matches"]
    (line,) = match["order"]["returnableLineItems"]
    assert (line["quantity"], line["reason"]) == (2, None)
    one = {"orderLineId": line["orderLine"]["id"], "quantity": 1}
    quoted = await example(shop, "12-other-till-quotes", {"input": {"orderId": order["id"], "lines": [one]}}, zoe)
    quote = quoted["returnQuote"]["quote"]
    assert quote["refund"] == {"amount": "9.50", "currencyCode": "GBP"}
    assert [(leg["tender"], leg["amount"]["amount"]) for leg in quote["legs"]] == [("CARD", "9.50")]
    given = {"orderId": order["id"], "locationId": where["MAN-MS"], "lines": [one], "quoteToken": quote["quoteToken"]}
    taken = await command(shop, "13-other-till-takes-it-back", given, zoe)
    assert [refund["status"] for refund in taken["return"]["refunds"]] == ["RESERVED"]
    await shop.work()
    after = await shop.ask(
        "query($id: ID!) { order(id: $id) { refunds { status amount { amount } } returns { status } } }",
        {"id": order["id"]},
        zoe,
    )
    assert after["order"]["refunds"] == [{"status": "SUCCEEDED", "amount": {"amount": "9.50"}}]
    await sound(shop)


async def test_a_member_earns_when_the_goods_are_collected_and_gives_back_what_comes_back(shop: Shop) -> None:
    signed = await shop.done(
        "customerSignIn", {"email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD}, "grant { accessToken }", keyed=False
    )
    ada = signed["grant"]["accessToken"]
    order, where, order_token = await paid_pickup(shop, token=ada)
    balance = (await example(shop, "14-app-customer-sees-points", {}, ada))["me"]["loyaltyWallet"]["balance"]
    earned = balance["pending"]
    assert (balance["available"], earned) == (0, 15)
    await collected(shop, order, where, order_token)
    balance = (await example(shop, "14-app-customer-sees-points", {}, ada))["me"]["loyaltyWallet"]["balance"]
    assert (balance["available"], balance["pending"]) == (15, 0)
    zoe = await shop.associate(1)
    lines = await shop.ask("query($id: ID!) { order(id: $id) { lines { nodes { id } } } }", {"id": order["id"]}, zoe)
    both = {"orderLineId": lines["order"]["lines"]["nodes"][0]["id"], "quantity": 2}
    given = {"orderId": order["id"], "locationId": where["MAN-MS"], "lines": [both]}
    await command(shop, "13-other-till-takes-it-back", given, zoe)
    balance = (await example(shop, "14-app-customer-sees-points", {}, ada))["me"]["loyaltyWallet"]["balance"]
    assert (balance["available"], balance["pending"], balance["held"], balance["debt"]) == (0, 0, 0, 0)
    await sound(shop)


async def test_a_marketplace_order_is_one_order_per_reference_and_its_money_stays_there(shop: Shop) -> None:
    market = await shop.partner()
    price = {"amount": "9.50", "currencyCode": "GBP"}
    given = {
        "externalReference": "MP-1001",
        "payer": "Demo marketplace",
        "placedAt": "2026-01-10T10:00:00Z",
        "currencyCode": "GBP",
        "pricesIncludeTax": True,
        "lines": [{"sku": "MUG-HARB-NAVY", "title": "Harbor Mug", "quantity": 1, "unitPrice": price, "total": price}],
        "total": price,
        "idempotencyKey": "import-1",
    }
    first = await example(shop, "15-partner-imports-an-order", {"input": given}, market)
    again = await example(shop, "15-partner-imports-an-order", {"input": given}, market)
    made, replay = first["orderImport"], again["orderImport"]
    assert made["userErrors"] == []
    assert (made["order"]["payerOfRecord"], made["order"]["source"]) == ("Demo marketplace", "MARKETPLACE")
    assert (made["replayed"], replay["replayed"], replay["order"]["id"]) == (False, True, made["order"]["id"])
    await sound(shop)


async def test_every_example_is_valid_against_the_schema(shop: Shop) -> None:
    from graphql import parse, validate

    from tests.api.schema import core_schema

    found = {path.name: validate(core_schema(), parse(path.read_text())) for path in sorted(EXAMPLES.glob("*.graphql"))}
    assert {name: errors for name, errors in found.items() if errors} == {}
    assert len(found) == 15


async def test_stores_near_the_guest_come_nearest_first(shop: Shop) -> None:
    found = await example(shop, "01-guest-browses", {"text": "harbor mug"})
    variant = found["products"]["nodes"][0]["variants"]["nodes"][0]["id"]
    near = {"latitude": "53.48", "longitude": "-2.24"}
    data = await example(shop, "02-guest-finds-a-store", {"near": near, "variant": variant})
    assert data["locations"]["nodes"][0]["code"] == "MAN-MS"
    assert {entry["location"]["code"]: entry["available"] for entry in data["inventoryAvailability"]} == {
        "LON-CG": 12,
        "MAN-MS": 12,
        "BER-MI": 12,
        "WH-1": 60,
    }
