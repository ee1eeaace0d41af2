"""Sales that Stripe Tax taxes, through the public API: cart, order, till, return and cancellation, and its books."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.app import utc_now
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.resources import TaxTransaction
from gateway.sandbox.tax_rates import Rate
from resolvers.tax_desk import TaxDesk
from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

COST = "cost { taxSource tax { amount } total { amount } taxes { jurisdiction ratePercent amount { amount } } }"
CART = f"cart {{ id {COST} lines {{ id }} deliveryGroups {{ id }} }}"
ORDER = """order { id taxSource cost { tax { amount } total { amount } }
  lines(first: 5) { nodes { id taxLines { jurisdiction ratePpm amount { amount } } } } }"""
GOODS = 950
"""A mug costs 9.50 with its tax, which is 0.86 of it by the service and 1.58 by our own table."""


async def variant(shop: Shop, sku: str = "MUG-HARB-NAVY") -> str:
    return str((await shop.ask(f'{{ productVariant(sku: "{sku}") {{ id }} }}'))["productVariant"]["id"])


async def store(shop: Shop) -> str:
    return str((await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"])


async def cart_of(shop: Shop, quantity: int = 3) -> Any:
    """A guest's cart of mugs to be collected in London."""
    line = {"variantId": await variant(shop), "quantity": quantity, "pickupLocationId": await store(shop)}
    return await shop.done("cartCreate", {"lines": [line], "email": "guest@example.com"}, f"{CART} token")


def named(made: Any) -> dict[str, str]:
    return {"cartId": made["cart"]["id"], "cartToken": made["token"]}


async def paid(shop: Shop, made: Any) -> Any:
    given = {**named(made), "paymentMethod": "pm_card_visa"}
    return await shop.done("cartComplete", given, f"{ORDER} orderToken")


async def sold(shop: Shop, quantity: int = 3) -> Any:
    """Mugs that are sold at the till in London."""
    lines = [{"sku": "MUG-HARB-NAVY", "quantity": quantity}]
    sale = {"locationId": await store(shop), "lines": lines, "tender": "CASH"}
    return (await shop.done("orderCreate", sale, ORDER, await shop.associate(0)))["order"]


def cost(made: Any) -> tuple[str, str, str]:
    found = made["cost"]
    return made.get("taxSource") or found["taxSource"], found["tax"]["amount"], found["total"]["amount"]


def books(shop: Shop) -> list[tuple[str, list[tuple[int, int]], tuple[int, int] | None]]:
    """What Stripe Tax has in its books: (kind, (amount, tax) of each item, of the transport), the oldest first."""
    found = []
    for one in shop.sandbox.sandbox.store.of_kind("tax.transaction"):
        assert isinstance(one, TaxTransaction)
        cost = one.shipping_cost
        lines = [(amounts(line)) for line in one.lines]
        found.append((one.type, lines, None if cost is None else amounts(cost)))
    return found


def forget(shop: Shop) -> None:
    """Let the process know nothing that Stripe Tax has said."""
    shop.process.services = replace(shop.process.services, taxes=TaxDesk(shop.process.taxes))


def amounts(part: Any) -> tuple[int, int]:
    return int(part["amount"]), int(part["amount_tax"])


async def test_cart_order_and_till_carry_the_services_taxes_and_it_has_the_sales_in_its_books(shop: Shop) -> None:
    made = await cart_of(shop)
    # 28.50 · 10 / 110 = 2.59
    assert cost(made["cart"]) == ("SERVICE", "2.59", "28.50")
    tax = {"jurisdiction": "United Kingdom VAT", "ratePercent": "10", "amount": {"amount": "2.59"}}
    assert made["cart"]["cost"]["taxes"] == [tax]
    order = (await paid(shop, made))["order"]
    assert cost(order) == ("SERVICE", "2.59", "28.50")
    kept = {"jurisdiction": "United Kingdom VAT", "ratePpm": 100_000, "amount": {"amount": "2.59"}}
    assert order["lines"]["nodes"][0]["taxLines"] == [kept]
    assert cost(await sold(shop)) == ("SERVICE", "2.59", "28.50")
    assert books(shop) == []
    await shop.work()
    assert books(shop) == [("transaction", [(2850, 259)], None)] * 2
    assert await shop.contradictions() == []


async def test_no_two_sales_share_a_calculation_however_alike_they_are(shop: Shop) -> None:
    orders = [await sold(shop), *await asyncio.gather(*(sold(shop) for _ in range(3)))]
    assert {cost(order) for order in orders} == {("SERVICE", "2.59", "28.50")}
    await shop.work()
    assert books(shop) == [("transaction", [(2850, 259)], None)] * 4
    assert await shop.contradictions() == []


async def test_whatever_comes_back_is_taken_out_of_the_books_to_the_last_penny(shop: Shop) -> None:
    till, order = await shop.associate(0), await sold(shop)
    line = order["lines"]["nodes"][0]["id"]
    for _ in range(3):
        back = {
            "orderId": order["id"],
            "locationId": await store(shop),
            "lines": [{"orderLineId": line, "quantity": 1}],
        }
        await shop.done("returnCreateAndProcess", back, "return { id }", till)
    await shop.work()
    sale, *reversals = books(shop)
    assert sale == ("transaction", [(2850, 259)], None)
    # Whichever job is done first.
    assert sorted(lines for kind, lines, _ in reversals) == [[(-950, -87)], [(-950, -86)], [(-950, -86)]]
    assert {kind for kind, _, _ in reversals} == {"reversal"}
    assert await shop.contradictions() == []


async def test_a_canceled_parcel_takes_its_transport_out_of_the_books(shop: Shop) -> None:
    line = {"variantId": await variant(shop), "quantity": 2}
    made = await shop.done("cartCreate", {"lines": [line], "email": "guest@example.com"}, f"{CART} token")
    assert made["cart"]["cost"]["taxSource"] == "TABLE"
    address = {"line1": "1 High Street", "city": "London", "postalCode": "N1 1AA", "country": "GB"}
    group = {"groupId": made["cart"]["deliveryGroups"][0]["id"], "address": address}
    given = {"cartId": made["cart"]["id"], "token": made["token"], "groups": [group]}
    made |= await shop.done("cartDeliveryGroupsUpdate", given, CART)
    # 19.00 and 3.95 with a tenth in each: 1.73 and 0.36.
    assert cost(made["cart"]) == ("SERVICE", "2.09", "22.95")
    done = await paid(shop, made)
    await shop.work()
    gone = {"orderId": done["order"]["id"], "orderToken": done["orderToken"], "reason": "CUSTOMER_REQUEST"}
    await shop.done("orderCancel", gone, "order { id }")
    await shop.work()
    assert books(shop) == [
        ("transaction", [(1900, 173)], (395, 36)),
        ("reversal", [(-1900, -173)], (-395, -36)),
    ]
    assert await shop.contradictions() == []


async def test_a_cart_that_is_being_paid_costs_what_it_is_paid_by(shop: Shop) -> None:
    made = await cart_of(shop)
    asks = {**named(made), "paymentMethod": "pm_card_authenticationRequired"}
    await shop.done("cartComplete", asks, "payment { status }")
    read = f"query($id: ID!, $token: String) {{ cart(id: $id, token: $token) {{ status {COST} }} }}"
    seen = (await shop.ask(read, {"id": made["cart"]["id"], "token": made["token"]}))["cart"]
    assert (seen["status"], cost(seen)) == ("CHECKING_OUT", ("SERVICE", "2.59", "28.50"))


async def test_a_silent_service_leaves_the_tax_to_our_own_table(shop: Shop) -> None:
    shop.sandbox.sandbox.faults.add(Fault(kind=FaultKind.BEFORE, match="/v1/tax/calculations", times=99))
    made = await cart_of(shop)
    # 28.50 · 20 / 120 = 4.75
    assert cost(made["cart"]) == ("TABLE", "4.75", "28.50")
    assert cost((await paid(shop, made))["order"]) == ("TABLE", "4.75", "28.50")
    assert cost(await sold(shop)) == ("TABLE", "4.75", "28.50")
    await shop.work()
    assert books(shop) == []
    assert await shop.contradictions() == []


async def test_an_address_that_the_service_cannot_place_leaves_other_carts_to_it(shop: Shop) -> None:
    made = await shop.done(
        "cartCreate", {"lines": [{"variantId": await variant(shop), "quantity": 1}]}, f"{CART} token"
    )
    # Stripe Tax needs a ZIP code in the United States.
    address = {"line1": "1 Broadway", "city": "New York", "region": "NY", "country": "US"}
    group = {"groupId": made["cart"]["deliveryGroups"][0]["id"], "address": address}
    given = {"cartId": made["cart"]["id"], "token": made["token"], "groups": [group]}
    lost = await shop.done("cartDeliveryGroupsUpdate", given, CART)
    assert lost["cart"]["cost"]["taxSource"] == "TABLE"
    assert cost((await cart_of(shop))["cart"]) == ("SERVICE", "2.59", "28.50")


async def test_what_nobody_can_tax_is_not_sold_and_leaves_no_trace(shop: Shop) -> None:
    office, now = await shop.staff(), f'country: "GB", at: "{utc_now().isoformat()}"'
    for rate in (await shop.ask(f"{{ taxRates({now}) {{ nodes {{ id }} }} }}", token=office))["taxRates"]["nodes"]:
        await shop.done("taxRateEnd", {"taxRateId": rate["id"]}, "taxRate { id }", office)
    made = await cart_of(shop)
    shop.sandbox.sandbox.faults.add(Fault(kind=FaultKind.BEFORE, match="/v1/tax/calculations", times=99))
    forget(shop)
    given = {**named(made), "paymentMethod": "pm_card_visa", "idempotencyKey": "key-of-the-buyer"}
    refused = await shop.do("cartComplete", given, "order { id }")
    assert [one["code"] for one in refused["userErrors"]] == ["TAX_UNAVAILABLE"]
    sale = {"locationId": await store(shop), "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 1}], "tender": "CASH"}
    refused = await shop.do("orderCreate", sale, "order { id }", await shop.associate(0))
    assert [one["code"] for one in refused["userErrors"]] == ["TAX_UNAVAILABLE"]
    shop.sandbox.sandbox.faults.clear()
    assert cost((await shop.done("cartComplete", given, ORDER))["order"]) == ("SERVICE", "2.59", "28.50")


async def test_a_cart_that_changes_while_the_service_is_asked_is_sold_with_the_tax_of_what_is_sold(shop: Shop) -> None:
    made, sandbox = await cart_of(shop, 1), shop.sandbox.sandbox
    forget(shop)
    sandbox.faults.add(Fault(kind=FaultKind.HOLD, match="/v1/tax/calculations"))
    selling = asyncio.create_task(paid(shop, made))
    await asyncio.to_thread(sandbox.faults.wait_until_held, 60)
    more = [{"lineId": made["cart"]["lines"][0]["id"], "quantity": 3}]
    given = {"cartId": made["cart"]["id"], "token": made["token"], "lines": more}
    await shop.done("cartLinesUpdate", given, "cart { id }")
    sandbox.release_held()
    assert cost((await selling)["order"]) == ("SERVICE", "2.59", "28.50")
    await shop.work()
    assert books(shop) == [("transaction", [(2850, 259)], None)]


async def test_the_same_basket_is_asked_about_once_and_a_replay_sells_once(shop: Shop) -> None:
    made = await cart_of(shop)
    given = {**named(made), "paymentMethod": "pm_card_visa", "idempotencyKey": "key-of-the-buyer"}
    for replayed in (False, True):
        assert (await shop.done("cartComplete", given, "replayed"))["replayed"] is replayed
    assert len(shop.sandbox.sandbox.calls("POST", "/v1/tax/calculations")) == 1
    await shop.work()
    assert books(shop) == [("transaction", [(2850, 259)], None)]


async def test_a_lost_answer_is_asked_again_under_the_same_key_and_nothing_is_booked_twice(shop: Shop) -> None:
    order = await sold(shop)
    faults = shop.sandbox.sandbox.faults
    faults.add(Fault(kind=FaultKind.AFTER, match="/v1/tax/transactions", times=2))
    back = {"orderId": order["id"], "locationId": await store(shop)}
    lines = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 3}]
    await shop.done("returnCreateAndProcess", {**back, "lines": lines}, "return { id }", await shop.associate(0))
    await shop.work()
    # The sale's answer was lost twice, so the job waits, and so does what is taken back of it.
    assert [kind for kind, _, _ in books(shop)] == ["transaction"]
    for hours in (1, 2):
        await shop.work_at(utc_now() + timedelta(hours=hours))
    assert books(shop) == [("transaction", [(2850, 259)], None), ("reversal", [(-2850, -259)], None)]
    assert await shop.contradictions() == []


async def test_goods_of_a_code_that_stripe_knows_are_taxed_by_it_and_gift_cards_are_not_asked_about(shop: Shop) -> None:
    office = await shop.staff()
    channel = (await shop.ask("{ salesChannel { id } }", token=await shop.associate(0)))["salesChannel"]["id"]
    shop.sandbox.sandbox.tax_rates = (
        Rate(country="GB", name="United Kingdom", percentage="10.0"),
        Rate(country="GB", name="United Kingdom", percentage="0", code="txcd_35010000"),
    )
    for sku, code in (("BOOK-1", "txcd_35010000"), ("CARD-1", "gift_card")):
        price = {"salesChannelId": channel, "price": {"amount": "10.00", "currencyCode": "GBP"}}
        made = {"sku": sku, "taxCode": code, "prices": [price]}
        product = {"handle": sku.lower(), "title": sku, "variants": [made], "publishIn": [channel]}
        wanted = "product { variants(first: 1) { nodes { id } } }"
        (node,) = (await shop.done("productCreate", product, wanted, office))["product"]["variants"]["nodes"]
        stock = {"variantId": node["id"], "locationId": await store(shop), "delta": 5, "reason": "RECEIVED"}
        await shop.done("inventoryAdjust", stock, "replayed", office)
    sale = {
        "locationId": await store(shop),
        "lines": [{"sku": sku, "quantity": 1} for sku in ("MUG-HARB-NAVY", "BOOK-1", "CARD-1")],
        "tender": "CASH",
    }
    order = (await shop.done("orderCreate", sale, ORDER, await shop.associate(0)))["order"]
    assert cost(order) == ("SERVICE", "0.86", "29.50")
    await shop.work()
    assert books(shop) == [("transaction", [(950, 86), (1000, 0)], None)]
    assert await shop.contradictions() == []
