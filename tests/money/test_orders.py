"""Worked orders from sale to return: shipping, arrivals in parts, receipts, and pickups of which not all is found."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.app import utc_now
from gateway.job_handlers import start_recurring
from gateway.jobs import act_at
from tests.api.test_loop import sound
from tests.money.cases import CASES, Case, numbers
from tests.money.retailer import GBP, Retailer, Web, money
from tests.money.test_tenders import member

pytestmark = pytest.mark.anyio

CODES = {"error NOTHING_RETURNABLE": ["NOT_RETURNABLE"]}
"""Our codes by the words of the cases."""


async def test_m19_shipping_goes_back_once_with_the_last_unit(retailer: Retailer) -> None:
    case = CASES["M19"]
    quantity, price, shipping = case.given
    web = await retailer.web("m19", GBP, included=True, country="GB", parcel=str(shipping))
    (variant,) = await web.goods(price)
    order = await web.buy((variant, int(quantity)), country="GB")
    found: dict[str, Any] = {
        visit: await retailer.refunded(order, (0, 1)) for visit in ("first return", "second return")
    }
    again = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1}]
    refused = await retailer.quote({"orderId": order["id"], "lines": again})
    found["third attempt"] = [error["code"] for error in refused["userErrors"]]
    third = CODES[case.expected["third attempt"]]
    assert found == {**case.expected, "third attempt": third}
    await sound(retailer.shop)


async def test_m41_what_arrives_in_parts_is_paid_in_parts(retailer: Retailer) -> None:
    case = CASES["M41"]
    announced, received, whole = case.told
    (price,) = case.given
    variants = await retailer.goods(retailer.tills, GBP, [price])
    order = await retailer.sell((variants[0], int(announced)))
    assert Decimal(order["cost"]["total"]["amount"]) == whole
    lines = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": int(announced)}]
    wanted = "return { id lineItems { id } }"
    made = await retailer.shop.done("returnCreate", {"orderId": order["id"], "lines": lines}, wanted, retailer.till)
    found = [await arrived(retailer, made["return"], units) for units in (received, announced - received)]
    assert found == [case.expected["refund"], case.expected["still refundable when the third arrives"]]
    await sound(retailer.shop)


async def arrived(retailer: Retailer, made: Any, units: Decimal) -> str:
    """What units of a return's only line pay once they are here."""
    line = {"returnLineItemId": made["lineItems"][0]["id"], "quantity": int(units)}
    given = {"returnId": made["id"], "locationId": retailer.store, "lines": [line]}
    await retailer.shop.done("returnReceive", given, "return { id }", retailer.till)
    return str((await retailer.process(made["id"]))["refund"]["amount"])


async def test_m55_a_receipt_pays_what_was_paid_whatever_it_costs_today(retailer: Retailer) -> None:
    case = CASES["M55"]
    paid, price, percentage, today, *_ = case.told
    await retailer.promote({"percentageOff": {"percentage": str(percentage), "target": "ORDER"}})
    (variant,) = await retailer.goods(retailer.tills, GBP, [price])
    order = await retailer.sell((variant, 1), tender="CARD", paymentMethod="pm_card_visa")
    assert Decimal(order["cost"]["total"]["amount"]) == paid
    cheaper = {"variantId": variant, "salesChannelId": retailer.tills, "price": money(today)}
    await retailer.shop.done("variantPriceSet", cheaper, "variant { id }", retailer.office, keyed=False)
    looked = """query($input: OrderLookupInput!) { orderLookup(input: $input) { matches { order { id
      payments { tender } lines(first: 2) { nodes { id } } } } } }"""
    receipt = {"input": {"receiptNumber": order["receiptNumber"]}}
    (match,) = (await retailer.shop.ask(looked, receipt, retailer.till))["orderLookup"]["matches"]
    quote = await retailer.back(match["order"], (0, 1))
    (original,) = match["order"]["payments"]
    assert [refund["tender"] for refund in quote["refunds"]] == [original["tender"]]
    assert f"{quote['refund']['amount']} to original tender" == case.expected["RECEIPT / CARD_FINGERPRINT"]
    await sound(retailer.shop)


PAID = "query($id: ID!) { order(id: $id) { cost { canceled { amount } } payments { status captured { amount } } refunds { status amount { amount } } } }"


async def ready_but_for_one(retailer: Retailer, web: Web, case: Case, token: str | None = None) -> tuple[Any, str]:
    """The order that M37 tells of, on the shelf but for a unit that nobody found; and its pickup."""
    quantity, price, percentage, tax, authorized = case.told
    await retailer.rates("m37", "", {"GB VAT": tax}, country="GB")
    await retailer.promote({"percentageOff": {"percentage": str(percentage), "target": "ORDER"}})
    (variant,) = await web.goods(price, tax_code="m37")
    order = await web.reserve((variant, int(quantity)), token=token)
    assert Decimal(order["cost"]["due"]["amount"]) == authorized
    (fulfillment,) = order["fulfillmentOrders"]
    named, status = {"fulfillmentOrderId": fulfillment["id"]}, "fulfillmentOrder { status }"
    await retailer.shop.done("fulfillmentOrderAccept", named, status, retailer.till, keyed=False)
    line = {"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": int(quantity) - 1, "shortQuantity": 1}
    await retailer.shop.done("fulfillmentOrderPick", {**named, "lines": [line]}, status, retailer.till)
    ready = {**named, "shelf": "A3"}
    await retailer.shop.done("fulfillmentOrderLineItemsPreparedForPickup", ready, status, retailer.till)
    await retailer.shop.work()
    return (await retailer.shop.ask(PAID, {"id": order["id"]}, retailer.office))["order"], order["id"]


async def test_m37_what_is_not_found_is_canceled_before_the_money_is_taken(retailer: Retailer) -> None:
    case = CASES["M37"]
    web = await retailer.web("m37", GBP, included=False, country="GB")
    order, _ = await ready_but_for_one(retailer, web, case)
    (payment,) = order["payments"]
    found = {"cancelled": order["cost"]["canceled"]["amount"], "capture": payment["captured"]["amount"]}
    assert (found, order["refunds"]) == (case.expected, [])
    await sound(retailer.shop)


async def test_m38_what_nobody_collects_is_paid_back_and_its_points_are_dropped(retailer: Retailer) -> None:
    case, ada = CASES["M38"], await member(retailer)
    quantity, price, percentage, *_ = CASES["M37"].told
    web = await retailer.web("m37", GBP, included=False, country="GB")
    _, order_id = await ready_but_for_one(retailer, web, CASES["M37"], ada["token"])
    earned = int((quantity - 1) * price * (100 - percentage) / 100)
    assert await points(retailer, ada["token"]) == {"available": 0, "pending": earned, "debt": 0}
    await let_days_pass(retailer, int(case.given[0]))
    order = (await retailer.shop.ask(PAID, {"id": order_id}, retailer.office))["order"]
    assert order["refunds"] == [{"status": "SUCCEEDED", "amount": {"amount": case.expected["refund"]}}]
    (left,) = numbers(case.expected["points earned"])
    assert await points(retailer, ada["token"]) == {"available": left, "pending": 0, "debt": 0}
    await sound(retailer.shop)


async def points(retailer: Retailer, token: str) -> Any:
    """A member's points: spendable, not yet theirs, and owed."""
    seen = await retailer.shop.ask("{ me { loyaltyWallet { balance { available pending debt } } } }", token=token)
    return seen["me"]["loyaltyWallet"]["balance"]


async def let_days_pass(retailer: Retailer, days: int) -> None:
    """Do what recurs once a pickup has waited for so many days and a day of grace, and then what that leads to."""
    process = retailer.shop.process
    for hours in (1, 26):
        late = utc_now() + timedelta(days=days + 1, hours=hours)
        before = act_at(late - timedelta(hours=1))
        await process.database.write(lambda conn: start_recurring(conn, before))  # noqa: B023 - used at once
        await retailer.shop.work_at(late)
