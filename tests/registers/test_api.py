"""Registers through the public API: a till's day, who sees what, and two who act at once."""

import asyncio
from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.test_loop import places

pytestmark = pytest.mark.anyio

SESSION = "id number status openingFloat { amount } counted { amount } difference { amount } note"
DRAWER = (
    "drawer { cashSales { amount } cashRefunds { amount } paidOut { amount } dropped { amount } expected { amount } }"
)
SALES = "sales { orders total { amount } tenders { tender amount { amount } } }"


def pounds(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


async def current(shop: Shop, token: str, more: str = "") -> Any:
    """The open session of the till somebody is signed in at."""
    return (await shop.ask(f"{{ registerSession {{ {SESSION} {more} }} }}", token=token))["registerSession"]


async def sell(shop: Shop, token: str, **more: object) -> Any:
    """Sell a mug at 9.50 in London."""
    place = (await places(shop))["LON-CG"]
    sale = {"locationId": place, "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 1}], "tender": "CASH", **more}
    return await shop.do("orderCreate", sale, "order { id lines(first: 1) { nodes { id } } }", token)


async def test_a_tills_day(shop: Shop) -> None:
    clerk, manager = await shop.associate(0), await shop.associate(0, "LON9")
    session = await current(shop, clerk)
    assert (session["number"], session["status"], session["openingFloat"]) == (1, "OPEN", {"amount": "100.00"})
    order = (await sell(shop, clerk, cashTendered=pounds("20.00")))["order"]
    await sell(shop, clerk, tender="CARD", paymentMethod="pm_card_visa")
    await shop.work()
    named = {"registerSessionId": session["id"]}
    line = order["lines"]["nodes"][0]["id"]
    returned = {"orderId": order["id"], "lines": [{"orderLineId": line, "quantity": 1, "reason": "UNWANTED"}]}
    back = {**returned, "locationId": (await places(shop))["LON-CG"]}
    await shop.done("returnCreateAndProcess", back, "return { id }", manager)
    await sell(shop, clerk)
    window = {**named, "kind": "PAID_OUT", "amount": pounds("15.00"), "reason": "Window cleaner"}
    await shop.done("cashMovementCreate", window, "cashMovement { kind }", clerk)
    drop = {**named, "kind": "DROP", "amount": pounds("50.00"), "reason": "Safe"}
    await shop.done("cashMovementCreate", drop, "cashMovement { kind }", clerk)
    assert await current(shop, clerk, f"{DRAWER} {SALES}") == {**session, "drawer": None, "sales": None}
    seen = await current(shop, manager, f"{DRAWER} {SALES} movements {{ kind reason amount {{ amount }} }}")
    assert {name: one["amount"] for name, one in seen["drawer"].items()} == {
        "cashSales": "19.00",
        "cashRefunds": "9.50",
        "paidOut": "15.00",
        "dropped": "50.00",
        "expected": "44.50",
    }
    assert seen["sales"] == {
        "orders": 3,
        "total": {"amount": "28.50"},
        "tenders": [
            {"tender": "CARD", "amount": {"amount": "9.50"}},
            {"tender": "CASH", "amount": {"amount": "19.00"}},
        ],
    }
    assert [(one["kind"], one["amount"]["amount"]) for one in seen["movements"]] == [
        ("PAID_OUT", "15.00"),
        ("DROP", "50.00"),
    ]
    counted = {**named, "countedAmount": pounds("44.00")}
    count = (await shop.done("cashCount", counted, "cashCount { counted { amount } difference { amount } }", clerk))[
        "cashCount"
    ]
    assert count == {"counted": {"amount": "44.00"}, "difference": None}, "who counts is not told"
    closed = (
        await shop.done(
            "registerSessionClose", {**named, "note": "A coin fell"}, f"registerSession {{ {SESSION} {DRAWER} }}", clerk
        )
    )["registerSession"]
    assert (closed["status"], closed["counted"], closed["difference"], closed["note"]) == (
        "CLOSED",
        {"amount": "44.00"},
        {"amount": "-0.50"},
        "A coin fell",
    )
    assert closed["drawer"]["expected"] == {"amount": "44.50"}
    assert await current(shop, clerk) is None
    refused = await sell(shop, clerk)
    assert [one["code"] for one in refused["userErrors"]] == ["SESSION_CLOSED"]
    opened = await shop.done(
        "registerSessionOpen", {"openingFloat": pounds("44.00")}, f"registerSession {{ {SESSION} }}", clerk
    )
    assert (opened["registerSession"]["number"], opened["registerSession"]["status"]) == (2, "OPEN")
    assert (await sell(shop, clerk))["userErrors"] == []
    assert await shop.contradictions() == []


async def test_who_works_elsewhere_sees_and_moves_nothing(shop: Shop) -> None:
    london, york = await shop.associate(0), await shop.associate(1)
    session = await current(shop, london)
    seen = "query($id: ID!) { registerSession(id: $id) { id } node(id: $id) { id } }"
    assert await shop.ask(seen, {"id": session["id"]}, york) == {"registerSession": None, "node": None}
    named = {"registerSessionId": session["id"]}
    moved = {**named, "kind": "PAID_IN", "amount": pounds("1.00"), "reason": "x"}
    refused = await shop.do("cashMovementCreate", moved, "cashMovement { id }", york)
    assert [one["code"] for one in refused["userErrors"]] == ["SESSION_NOT_FOUND"]
    place = (await places(shop))["LON-CG"]
    listing = "query($at: ID) { registerSessions(locationId: $at) { nodes { id location { code } } } }"
    assert (await shop.post(listing, {"at": place}, york)).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await shop.post(listing, {"at": None}, london)).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await shop.ask(listing, {"at": place}, london))["registerSessions"]["nodes"] == [
        {"id": session["id"], "location": {"code": "LON-CG"}}
    ]
    everywhere = (await shop.ask(listing, {"at": None}, await shop.staff()))["registerSessions"]["nodes"]
    assert [one["location"]["code"] for one in everywhere] == ["MAN-MS", "LON-CG"]


async def test_a_drawer_is_closed_once_and_nothing_is_sold_into_it_after(shop: Shop) -> None:
    clerk = await shop.associate(0)
    session = await current(shop, clerk)
    named = {"registerSessionId": session["id"]}
    await shop.done("cashCount", {**named, "countedAmount": pounds("100.00")}, "cashCount { id }", clerk)
    closing = [shop.do("registerSessionClose", named, f"registerSession {{ {SESSION} }}", clerk) for _ in range(3)]
    *closed, sold = await asyncio.gather(*closing, sell(shop, clerk))
    ends = [one["registerSession"] for one in closed if one["registerSession"] is not None]
    codes = [error["code"] for one in closed for error in one["userErrors"]]
    if sold["userErrors"]:
        assert [error["code"] for error in sold["userErrors"]] == ["SESSION_CLOSED"]
        assert ([end["difference"] for end in ends], codes) == ([{"amount": "0.00"}], ["SESSION_CLOSED"] * 2)
    else:
        assert (ends, codes) == ([], ["COUNT_STALE"] * 3)
    assert await shop.contradictions() == []


async def test_two_refunds_cannot_both_have_the_last_coins(shop: Shop) -> None:
    clerk, manager = await shop.associate(0), await shop.associate(0, "LON9")
    session, place = await current(shop, clerk), (await places(shop))["LON-CG"]
    orders = [(await sell(shop, clerk))["order"] for _ in range(2)]
    drop = {"registerSessionId": session["id"], "kind": "DROP", "amount": pounds("105.00"), "reason": "Safe"}
    await shop.done("cashMovementCreate", drop, "cashMovement { kind }", manager)

    async def back(order: Any) -> Any:
        line = {"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1, "reason": "UNWANTED"}
        given = {"orderId": order["id"], "lines": [line], "locationId": place, "idempotencyKey": shop.key()}
        document = """mutation($input: ReturnCreateAndProcessInput!) { returnCreateAndProcess(input: $input) {
            return { id } userErrors { code maximum { amount } } } }"""
        return (await shop.ask(document, {"input": given}, manager))["returnCreateAndProcess"]

    done = await asyncio.gather(*map(back, orders))
    assert sorted(str(one["userErrors"]) for one in done) == sorted(
        ["[]", str([{"code": "INSUFFICIENT_DRAWER", "maximum": {"amount": "4.50"}}])]
    )
    assert (await current(shop, manager, DRAWER))["drawer"]["expected"] == {"amount": "4.50"}
