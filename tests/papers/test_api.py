"""Papers through the public API: numbered without a gap, for those who may see the order, and never changed."""

import asyncio
from typing import Any

import pytest

from domain.papers import store
from gateway.verifying import verify_database
from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

PAPER = "paper { id number kind text(columns: 48) pdfUrl }"


async def sold(shop: Shop, quantity: int = 2) -> Any:
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    sale = {"locationId": place, "lines": [{"sku": "MUG-HARB-NAVY", "quantity": quantity}], "tender": "CASH"}
    fields = "order { id receiptNumber salesChannel { id } lines(first: 2) { nodes { id } } }"
    return (await shop.done("orderCreate", sale, fields, await shop.associate(0)))["order"]


async def stocked(shop: Shop, units: int) -> None:
    found = await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } location(code: "LON-CG") { id } }')
    where = {"variantId": found["productVariant"]["id"], "locationId": found["location"]["id"]}
    adjust = {**where, "delta": units, "reason": "FOUND"}
    await shop.done("inventoryAdjust", adjust, "replayed", await shop.staff())


async def named(shop: Shop, channel: str, prefix: str = "TT") -> Any:
    seller = {"name": "Tillway Tills Ltd", "prefix": prefix, "address": ["1 High Street"], "salesChannelIds": [channel]}
    given = {**seller, "taxNumbers": ["VAT GB123456789"], "footer": "Thank you."}
    return (await shop.done("legalEntitySet", given, "legalEntity { id }", await shop.staff()))["legalEntity"]


async def issued(shop: Shop, order: Any, kind: str = "RECEIPT", **more: object) -> Any:
    given = {"orderId": order["id"], "kind": kind, **more}
    return (await shop.done("paperIssue", given, PAPER, await shop.associate(0)))["paper"]


async def test_a_receipt_says_the_sale_and_its_tax_and_is_issued_once(shop: Shop) -> None:
    order = await sold(shop)
    await named(shop, order["salesChannel"]["id"])
    receipt = await issued(shop, order)
    assert receipt["number"] == "TT-R-0000001"
    lines = [" ".join(line.split()) for line in receipt["text"].splitlines()]
    assert any(line.startswith("Date ") and line.endswith(" GMT") for line in lines), "the store's own time"
    for said in ("2 x MUG-HARB-NAVY 9.50 19.00", "Total 19.00", "Tax 3.17", "Cash 19.00", "VAT GB123456789"):
        assert said in lines
    assert any(line.endswith("20 % on 15.83 3.17") for line in lines)
    again = await issued(shop, order)
    assert (again["id"], again["text"]) == (receipt["id"], receipt["text"])
    assert (await issued(shop, await sold(shop)))["number"] == "TT-R-0000002"
    assert (await issued(shop, order, "INVOICE", buyer=["Ada Ltd", "VAT GB999"]))["number"] == "TT-I-0000001"


async def test_the_pdf_is_behind_a_link_that_ends_and_cannot_be_made_up(shop: Shop) -> None:
    order = await sold(shop)
    await named(shop, order["salesChannel"]["id"])
    path = "/papers/" + (await issued(shop, order))["pdfUrl"].rpartition("/papers/")[2]
    answer = await shop.http.get(path)
    assert (answer.status_code, answer.headers["content-type"], answer.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )
    assert answer.headers["cache-control"] == "private, no-store"
    for wrong in (path.replace("/papers/", "/papers/A"), "/papers/x.pdf", "/papers/.pdf", path[:-8] + "AAAA.pdf"):
        assert (await shop.http.get(wrong)).status_code == 404


async def test_a_gift_receipt_has_no_price_anywhere(shop: Shop) -> None:
    order = await sold(shop)
    await named(shop, order["salesChannel"]["id"])
    gift = await issued(shop, order, "GIFT_RECEIPT", lineIds=[order["lines"]["nodes"][0]["id"]])
    assert gift["number"] == "TT-G-0000001"
    assert [amount for amount in ("9.50", "19.00", "3.17", "GBP") if amount in gift["text"].replace("VAT GB", "")] == []
    assert "2 x MUG-HARB-NAVY" in gift["text"]


async def test_a_credit_note_follows_each_settlement_and_names_the_invoice(shop: Shop) -> None:
    order = await sold(shop)
    await named(shop, order["salesChannel"]["id"])
    invoice = await issued(shop, order, "INVOICE", buyer=["Ada Ltd"])
    place = (await shop.ask('{ location(code: "MAN-MS") { id } }'))["location"]["id"]
    back = {"orderId": order["id"], "locationId": place}
    back["lines"] = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1}]
    returned = (await shop.done("returnCreateAndProcess", back, "return { id }", await shop.associate(1)))["return"]
    note = await issued(shop, order, "CREDIT_NOTE", returnId=returned["id"])
    lines = [" ".join(line.split()) for line in note["text"].splitlines()]
    for said in (f"Invoice {invoice['number']}", "1 x MUG-HARB-NAVY", "Refund 9.50", "CREDIT NOTE TT-C-0000001"):
        assert said in lines
    assert (await issued(shop, order, "CREDIT_NOTE", returnId=returned["id"]))["number"] == "TT-C-0000001"
    papers = await shop.ask(
        "query($id: ID!) { order(id: $id) { papers { number } } }", {"id": order["id"]}, await shop.staff()
    )
    assert [one["number"] for one in papers["order"]["papers"]] == ["TT-I-0000001", "TT-C-0000001"]


async def test_forty_at_once_are_numbered_from_1_to_40_and_refused_ones_leave_no_gap(shop: Shop) -> None:
    await stocked(shop, 40)
    orders = [await sold(shop, 1) for _ in range(40)]
    await named(shop, orders[0]["salesChannel"]["id"])
    till = await shop.associate(0)

    async def ask(order: Any, **more: object) -> Any:
        given = {"orderId": order["id"], "kind": "RECEIPT", **more}
        return (await shop.do("paperIssue", given, "paper { number }", till))["paper"]

    foreign = [ask(order, kind="INVOICE", buyer=["x" * 101]) for order in orders[:5]]
    twice = [ask(orders[0]) for _ in range(5)]
    made = await asyncio.gather(*(ask(order) for order in orders), *foreign, *twice)
    numbers = sorted(int(one["number"][-7:]) for one in made[:40])
    assert numbers == list(range(1, 41))
    assert made[40:45] == [None] * 5
    assert {one["number"] for one in made[45:]} == {made[0]["number"]}
    assert await shop.process.database.read(store.gaps) == []


async def test_without_a_seller_nothing_is_issued_and_strangers_find_no_order(shop: Shop) -> None:
    order, till = await sold(shop), await shop.associate(0)
    receipt, office = {"orderId": order["id"], "kind": "RECEIPT"}, await shop.staff()
    (seller,) = (await shop.ask("{ legalEntities { id name prefix } }", token=office))["legalEntities"]
    elsewhere = {"legalEntityId": seller.pop("id"), **seller, "salesChannelIds": []}
    await shop.done("legalEntitySet", elsewhere, "legalEntity { id }", office)
    refused = await shop.do("paperIssue", receipt, PAPER, till)
    assert [error["code"] for error in refused["userErrors"]] == ["LEGAL_ENTITY_MISSING"]
    await named(shop, order["salesChannel"]["id"])
    refused = await shop.do("paperIssue", receipt, PAPER, shop.credentials.customer_token)
    assert [error["code"] for error in refused["userErrors"]] == ["ORDER_NOT_FOUND"]
    paper = await issued(shop, order)
    seen = await shop.ask("query($id: ID!) { node(id: $id) { id } }", {"id": paper["id"]})
    assert seen["node"] is None


async def test_a_prefix_is_one_sellers_for_good(shop: Shop) -> None:
    order, office = await sold(shop), await shop.staff()
    channel = order["salesChannel"]["id"]
    entity = await named(shop, channel)
    seller = {"name": "Another Ltd", "prefix": "TT", "salesChannelIds": [channel]}

    async def codes(**more: object) -> list[str]:
        payload = await shop.do("legalEntitySet", {**seller, **more}, "legalEntity { id }", office)
        return [error["code"] for error in payload["userErrors"]]

    assert await codes() == ["PREFIX_TAKEN"]
    assert await codes(legalEntityId=entity["id"], prefix="ZZ") == ["PREFIX_TAKEN"]
    assert await codes(prefix="tt") == ["LEGAL_ENTITY_INVALID"]
    assert await codes(legalEntityId=entity["id"]) == []


async def test_verify_counts_papers(shop: Shop, database_url: str) -> None:
    order = await sold(shop)
    await named(shop, order["salesChannel"]["id"])
    await issued(shop, order)
    results = await asyncio.to_thread(verify_database, database_url)
    assert [(one.checked, one.findings) for one in results if one.room == "papers"] == [(1, ())]
