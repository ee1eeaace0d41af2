"""Races through the public API against real processes: whoever comes first wins, once, and nobody pays for nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest

from tests.concurrency.retailer import Answer, Clients, Retailer, at_once, codes_of, eventually, mutation_document

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("gateways")]

CARD = {"paymentMethod": "pm_card_visa"}
REFUNDS = "query($id: ID!) { order(id: $id) { refunds { status amount { amount } } returns { id } } }"


def complete(clients: Clients, cart: Answer, token: str | None = None, **given: str) -> Callable[[], Awaitable[Any]]:
    """A call that pays a cart under a key of its own."""
    return partial(clients.do, "cartComplete", {**cart, **CARD, **given}, "order { id }", token)


async def refunded(clients: Clients, order: Answer, count: int) -> list[Answer]:
    """The refunds of an order once this many, or more, have succeeded."""

    async def refunds() -> list[Answer]:
        found: list[Answer] = (await clients.ask(REFUNDS, {"id": order["id"]}, clients.office))["order"]["refunds"]
        return found

    return await eventually(refunds, lambda found: [leg["status"] for leg in found].count("SUCCEEDED") >= count)


async def test_twenty_buyers_of_five_units_make_five_orders_and_nobody_else_is_charged(clients: Clients) -> None:
    sku = "MUG-HARB-NAVY"
    await clients.adjust(sku, 5 - await clients.available(sku))
    before = await clients.live_charges()
    carts = await at_once([partial(clients.cart, sku) for _ in range(20)])
    answers = await at_once([complete(clients, cart) for cart in carts])
    ordered = {answer["order"]["id"] for answer in answers if answer["order"]}
    refusals = Counter(code for answer in answers for code in codes_of(answer))
    assert len(ordered) == 5
    assert refusals.total() == 15
    assert set(refusals) <= {"OUT_OF_STOCK", "CART_NOT_READY"}
    assert await clients.available(sku) == 0
    charged = await eventually(clients.live_charges, lambda live: len(live - before) == 5)
    assert len(charged - before) == 5


async def test_four_completions_of_one_cart_make_one_order_and_one_charge(clients: Clients) -> None:
    sku = "MUG-HARB-RUST"
    units, before = await clients.available(sku), await clients.live_charges()
    cart = await clients.cart(sku)
    first = await at_once([complete(clients, cart) for _ in range(4)])
    assert {code for answer in first for code in codes_of(answer)} <= {"PAYMENT_IN_PROGRESS"}
    again = [await clients.insist("cartComplete", {**cart, **CARD}, "order { id }") for _ in range(4)]
    ordered = {answer["order"]["id"] for answer in (*first, *again) if answer["order"]}
    assert len(ordered) == 1
    assert len(await clients.live_charges() - before) == 1
    assert units - await clients.available(sku) == 1


async def test_six_adds_of_one_unit_at_once_make_six(clients: Clients) -> None:
    sku = "MUG-MEAD-NAVY"
    made = await clients.done("cartCreate", {"lines": []}, "cart { id } token")
    given = {"cartId": made["cart"]["id"], "token": made["token"], "lines": clients.wanted(sku, 1)["lines"]}
    add = partial(clients.done, "cartLinesAdd", given, "cart { id }")
    await at_once([add for _ in range(6)])
    named = {"id": made["cart"]["id"], "token": made["token"]}
    data = await clients.ask(
        "query($id: ID, $token: String) { cart(id: $id, token: $token) { lines { quantity } } }", named
    )
    assert data["cart"]["lines"] == [{"quantity": 6}]


async def test_six_returns_of_one_unit_under_six_keys_pay_one_refund(clients: Clients) -> None:
    sku = "MUG-MEAD-RUST"
    omar = await clients.sign_in(0, "LON9")
    order = await clients.sold(sku, 1, omar)
    send = partial(clients.do, "returnCreateAndProcess", clients.back(order), "return { id }", omar)
    answers = await at_once([send for _ in range(6)])
    assert len([answer for answer in answers if answer["return"]]) == 1
    assert [codes_of(answer) for answer in answers if not answer["return"]] == [["NOT_RETURNABLE"]] * 5
    assert await refunded(clients, order, 1) == [{"status": "SUCCEEDED", "amount": {"amount": "10.50"}}]


async def test_two_stores_take_the_last_returnable_unit_back_once(clients: Clients) -> None:
    sku = "MUG-ORCH-NAVY"
    omar, zoe = await clients.sign_in(0, "LON9"), await clients.sign_in(1, "MAN1")
    order = await clients.sold(sku, 2, omar)
    await clients.done("returnCreateAndProcess", clients.back(order), "return { id }", omar)
    london = partial(clients.do, "returnCreateAndProcess", clients.back(order), "return { id }", omar)
    manchester = partial(clients.do, "returnCreateAndProcess", clients.back(order, "MAN-MS"), "return { id }", zoe)
    answers = await at_once([london, manchester])
    assert sorted(codes_of(answer) for answer in answers) == [[], ["NOT_RETURNABLE"]]
    refunds = await refunded(clients, order, 2)
    assert [leg["status"] for leg in refunds] == ["SUCCEEDED", "SUCCEEDED"]


async def member_with_points(clients: Clients, email: str, points: int) -> Answer:
    """A new customer with this many points to spend."""
    given = {"email": email, "password": "a-long-password"}
    made = await clients.done("customerSignUp", given, "customer { loyaltyCardNumber } grant { accessToken }")
    token = made["grant"]["accessToken"]
    document = mutation_document("loyaltyAccountEnroll", "wallet { id }", replayed=False)
    enrolled = (await clients.ask(document, {"input": {}}, token))["loyaltyAccountEnroll"]
    credit = {"walletId": enrolled["wallet"]["id"], "points": points, "reason": "GOODWILL"}
    await clients.done("loyaltyPointsAdjust", credit, "wallet { id }", clients.office)
    return {"token": token, "card": made["customer"]["loyaltyCardNumber"]}


async def test_web_and_till_spend_the_same_points_once(clients: Clients) -> None:
    sku = "MUG-SLAT-NAVY"
    member = await member_with_points(clients, "points@example.com", 1000)
    cart = await clients.cart(sku, 1, member["token"])
    apply = {"cartId": cart["cartId"], "points": 900}
    await clients.done("cartLoyaltyPointsApply", apply, "cart { id }", member["token"])
    omar = await clients.sign_in(0, "LON9")
    sale = {**clients.sale(sku, 1), "loyaltyCardNumber": member["card"], "points": 900}
    till = partial(clients.do, "orderCreate", sale, "order { id }", omar)
    calls: list[Callable[[], Awaitable[Any]]] = [complete(clients, cart, member["token"]), till]
    answers = await at_once(calls)
    lost = [codes_of(answer) for answer in answers if not answer["order"]]
    assert lost in ([["INSUFFICIENT_POINTS"]], [["CART_NOT_READY"]])

    async def balance() -> Answer:
        data = await clients.ask("{ me { loyaltyWallet { balance { available held debt } } } }", {}, member["token"])
        found: Answer = data["me"]["loyaltyWallet"]["balance"]
        return found

    # What a till sells earns a point at once; what waits for its pickup earns it then.
    left = 100 if answers[0]["order"] else 101
    assert await eventually(balance, lambda found: found["held"] == 0) == {"available": left, "held": 0, "debt": 0}


async def test_a_replay_gives_the_same_answer_and_changes_nothing(clients: Clients) -> None:
    sku = "MUG-TIDE-NAVY"
    omar = await clients.sign_in(0, "LON9")
    order = await clients.sold(sku, 2, omar)
    cart = await clients.cart(sku)
    stock = {"variantId": clients.variants[sku], "locationId": clients.places["LON-CG"], "delta": 3, "reason": "FOUND"}
    lines = {"cartId": cart["cartId"], "token": cart["cartToken"], "lines": clients.wanted(sku, 1)["lines"]}
    sent: list[tuple[str, Answer, str, str | None]] = [
        ("inventoryAdjust", stock, "availability { location { id } }", clients.office),
        ("cartCreate", clients.wanted(sku, 1), "cart { id } token", None),
        ("cartLinesAdd", lines, "cart { id }", None),
        ("cartComplete", {**cart, **CARD}, "order { id number } orderToken", None),
        ("orderCreate", clients.sale(sku, 1), "order { id number }", omar),
        ("returnCreateAndProcess", clients.back(order), "return { id number }", omar),
    ]
    keyed = [(name, {**given, "idempotencyKey": clients.key()}, fields, token) for name, given, fields, token in sent]
    first = [await clients.done(*each) for each in keyed]
    await refunded(clients, order, 1)
    before = (await clients.available(sku), await clients.live_charges(), len(await clients.money("refunds")))
    again = await at_once([partial(clients.done, *each) for each in keyed])
    after = (await clients.available(sku), await clients.live_charges(), len(await clients.money("refunds")))
    assert [answer["replayed"] for answer in first] == [False] * 6
    assert again == [{**answer, "replayed": True} for answer in first]
    assert after == before


async def test_after_all_races_nothing_contradicts(retailer: Retailer) -> None:
    assert await anyio.to_thread.run_sync(retailer.findings) == []
