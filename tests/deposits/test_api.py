"""Deposits and balances through the public API: a part now, the rest by any tenders when the goods are collected."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.shop import Shop, reader
from tests.api.test_loop import places
from tests.card_readers.test_api import hold, registered

pytestmark = pytest.mark.anyio

VISA = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
PAYMENTS = "payments { tender status amount { amount } captured { amount } }"
BALANCE = f"order {{ balanceDue {{ amount }} {PAYMENTS} }} payment {{ status }} replayed"


def pounds(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


@dataclass(frozen=True, slots=True)
class Deposit:
    """Four mugs at 9.50, 38.00 in all, ordered for collection in London with a fifth paid."""

    shop: Shop
    place: str
    till: str
    order: str
    token: str
    line: str
    fulfillment: str

    async def pay(self, tender: str, **more: object) -> Any:
        """A part of the balance, refused or not."""
        given = {"orderId": self.order, "locationId": self.place, "tender": tender, **more}
        return await self.shop.do("orderBalancePay", given, BALANCE, self.till)

    async def owed(self) -> str:
        found = await self.shop.ask(
            "query($id: ID!) { order(id: $id) { balanceDue { amount } } }", {"id": self.order}, self.till
        )
        return str(found["order"]["balanceDue"]["amount"])

    async def ready(self) -> None:
        named = {"fulfillmentOrderId": self.fulfillment}
        await self.shop.done("fulfillmentOrderLineItemsPreparedForPickup", named, "fulfillmentOrder { id }", self.till)
        await self.shop.work()

    async def collect(self) -> Any:
        lines = [{"orderLineId": self.line, "quantity": 4}]
        hand = {"fulfillmentOrderId": self.fulfillment, "verification": "IDENTITY", "proof": "passport", "lines": lines}
        return await self.shop.do("pickupHandOver", hand, "fulfillmentOrder { status }", self.till)

    async def payments(self) -> list[tuple[str, str, str]]:
        found = await self.shop.ask(
            f"query($id: ID!) {{ order(id: $id) {{ {PAYMENTS} }} }}", {"id": self.order}, self.till
        )
        return [(one["tender"], one["status"], one["amount"]["amount"]) for one in found["order"]["payments"]]


async def terms(shop: Shop, percent: int) -> str:
    """London takes this much as a deposit; its id."""
    place = (await places(shop))["LON-CG"]
    policy = {"locationId": place, "depositPercent": percent}
    await shop.done("pickupPolicySet", policy, "pickupPolicy { depositPercent }", await shop.staff())
    return str(place)


async def cart_of(shop: Shop, place: str | None, quantity: int = 4) -> dict[str, Any]:
    """A guest's cart of mugs, to be collected or delivered."""
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"]
    line = {"variantId": variant, "quantity": quantity, **({} if place is None else {"pickupLocationId": place})}
    made = await shop.done(
        "cartCreate", {"lines": [line]}, "cart { id deposit { amount } amountToPay { amount } } token"
    )
    at = {"cartId": made["cart"]["id"], "token": made["token"]}
    await shop.done("cartBuyerIdentityUpdate", {**at, "email": "guest@example.com"}, "cart { id }")
    return {**made["cart"], "token": made["token"]}


async def ordered(shop: Shop, percent: int = 20) -> Deposit:
    place = await terms(shop, percent)
    cart = await cart_of(shop, place)
    pay = {"cartId": cart["id"], "cartToken": cart["token"], "deposit": True}
    pay |= {"paymentMethod": VISA} if percent else {}
    fields = "order { id lines(first: 1) { nodes { id } } fulfillmentOrders { id } } orderToken"
    done = await shop.done("cartComplete", pay, fields)
    order = done["order"]
    return Deposit(
        shop,
        place,
        await shop.associate(0, "LON9"),
        order["id"],
        done["orderToken"],
        order["lines"]["nodes"][0]["id"],
        order["fulfillmentOrders"][0]["id"],
    )


async def test_a_fifth_is_paid_now_and_the_rest_by_three_tenders_when_it_is_collected(shop: Shop) -> None:
    deposit = await ordered(shop)
    assert sorted(await deposit.payments()) == [
        ("BALANCE", "CAPTURE_REQUESTED", "30.40"),
        ("CARD", "CAPTURE_REQUESTED", "7.60"),
    ]
    await shop.work()
    assert await deposit.owed() == "30.40"
    assert await shop.contradictions() == []
    await deposit.ready()
    refused = await deposit.collect()
    assert [one["code"] for one in refused["userErrors"]] == ["BALANCE_DUE"]
    batch = {"amount": pounds("10.00"), "country": "GB", "quantity": 1}
    (card,) = (await shop.done("giftCardsIssue", batch, "giftCards { code }", await shop.staff()))["giftCards"]
    part = await deposit.pay("GIFT_CARD", giftCardCode=card["code"])
    assert (part["userErrors"], part["order"]["balanceDue"]) == ([], {"amount": "20.40"})
    part = await deposit.pay("CARD", paymentMethod=VISA, amount=pounds("15.00"))
    assert (part["userErrors"], part["order"]["balanceDue"]) == ([], {"amount": "5.40"})
    part = await deposit.pay("CASH", cashTendered=pounds("10.00"))
    assert (part["userErrors"], part["order"]["balanceDue"]) == ([], {"amount": "0.00"})
    await shop.work()
    assert (await deposit.collect())["fulfillmentOrder"]["status"] == "PICKED_UP"
    assert sorted(await deposit.payments()) == [
        ("BALANCE", "VOIDED", "5.40"),
        ("CARD", "CAPTURED", "15.00"),
        ("CARD", "CAPTURED", "7.60"),
        ("CASH", "CAPTURED", "5.40"),
        ("GIFT_CARD", "CAPTURED", "10.00"),
    ]
    refused = await deposit.pay("CASH")
    assert [one["code"] for one in refused["userErrors"]] == ["NOTHING_OWED"]
    receipt = {"orderId": deposit.order, "kind": "RECEIPT"}
    text = (await shop.done("paperIssue", receipt, "paper { text(columns: 40) }", deposit.till))["paper"]["text"]
    tenders = [line.split() for line in text.splitlines() if line.startswith(("Card", "Cash", "Gift", "Bal"))]
    assert sorted(tenders) == [["Card", "15.00"], ["Card", "7.60"], ["Cash", "5.40"], ["Gift", "card", "10.00"]]
    assert await shop.contradictions() == []


async def test_a_return_after_it_gives_back_to_all_who_paid(shop: Shop) -> None:
    deposit = await ordered(shop)
    await deposit.ready()
    await deposit.pay("CASH")
    await deposit.collect()
    lines = [{"orderLineId": deposit.line, "quantity": 4, "reason": "UNWANTED"}]
    back = {"orderId": deposit.order, "locationId": deposit.place, "lines": lines}
    done = await shop.done(
        "returnCreateAndProcess", back, "return { refunds { tender amount { amount } } }", deposit.till
    )
    await shop.work()
    assert sorted((one["tender"], one["amount"]["amount"]) for one in done["return"]["refunds"]) == [
        ("CARD", "7.60"),
        ("CASH", "30.40"),
    ]
    assert await shop.contradictions() == []


async def test_nothing_now_and_all_of_it_later(shop: Shop) -> None:
    deposit = await ordered(shop, 0)
    assert await deposit.payments() == [("BALANCE", "CAPTURE_REQUESTED", "38.00")]
    await deposit.ready()
    await deposit.pay("CARD", paymentMethod=VISA)
    assert (await deposit.collect())["userErrors"] == []
    await shop.work()
    assert await shop.contradictions() == []


async def test_what_is_canceled_is_first_taken_off_what_is_owed(shop: Shop) -> None:
    deposit = await ordered(shop)
    await shop.work()
    three = {"orderId": deposit.order, "orderToken": deposit.token, "reason": "CUSTOMER_REQUEST"}
    three["lines"] = [{"orderLineId": deposit.line, "quantity": 3}]  # type: ignore[assignment]
    await shop.done("orderCancel", three, "order { id }")
    assert await deposit.owed() == "1.90"
    assert await shop.contradictions() == []
    await deposit.ready()
    part = await deposit.pay("CASH", amount=pounds("1.00"))
    assert part["order"]["balanceDue"] == {"amount": "0.90"}
    await deposit.pay("CASH")
    assert (await deposit.owed(), (await deposit.payments())[-1][0]) == ("0.00", "CASH")
    assert await shop.contradictions() == []


async def test_a_canceled_order_gives_the_deposit_back_and_owes_nothing(shop: Shop) -> None:
    deposit = await ordered(shop)
    await shop.work()
    whole = {"orderId": deposit.order, "orderToken": deposit.token, "reason": "CUSTOMER_REQUEST"}
    done = await shop.done("orderCancel", whole, "order { refunds { tender amount { amount } } balanceDue { amount } }")
    assert sorted((one["tender"], one["amount"]["amount"]) for one in done["order"]["refunds"]) == [
        ("BALANCE", "30.40"),
        ("CARD", "7.60"),
    ]
    assert done["order"]["balanceDue"] == {"amount": "0.00"}
    await shop.work()
    assert await shop.contradictions() == []


async def test_a_deposit_is_offered_where_stores_take_one_and_all_is_collected(shop: Shop) -> None:
    london = await terms(shop, 20)
    york = (await places(shop))["MAN-MS"]
    assert (await cart_of(shop, london))["deposit"] == {"amount": "7.60"}
    for place in (york, None):
        cart = await cart_of(shop, place)
        assert cart["deposit"] is None
    cart = await cart_of(shop, york)
    pay = {"cartId": cart["id"], "cartToken": cart["token"], "deposit": True, "paymentMethod": VISA}
    refused = await shop.do("cartComplete", pay, "order { id }")
    assert [one["code"] for one in refused["userErrors"]] == ["DEPOSIT_NOT_OFFERED"]


async def test_who_works_elsewhere_or_pays_too_much_is_refused(shop: Shop) -> None:
    deposit = await ordered(shop)
    given = {"orderId": deposit.order, "locationId": deposit.place, "tender": "CASH"}
    elsewhere = await shop.do("orderBalancePay", given, BALANCE, await shop.associate(1))
    assert [one["code"] for one in elsewhere["userErrors"]] == ["LOCATION_NOT_ALLOWED"]
    for tender, more in (("CASH", {}), ("CARD", {"paymentMethod": VISA})):
        much = await deposit.pay(tender, amount=pounds("30.41"), **more)
        assert [one["code"] for one in much["userErrors"]] == ["TENDERS_INVALID"]
    little = await deposit.pay("CASH", cashTendered=pounds("30.39"))
    assert [one["code"] for one in little["userErrors"]] == ["CASH_TOO_LITTLE"]
    declined = await deposit.pay("CARD", paymentMethod=DECLINED)
    assert ([one["code"] for one in declined["userErrors"]], declined["order"]) == (["PAYMENT_DECLINED"], None)
    missing = await deposit.pay("CARD")
    assert [one["code"] for one in missing["userErrors"]] == ["PAYMENT_METHOD_REQUIRED"]
    assert await deposit.owed() == "30.40"
    assert await shop.contradictions() == []


async def test_two_who_pay_at_once_pay_what_is_owed_once(shop: Shop) -> None:
    deposit = await ordered(shop)
    await shop.work()
    cash = [deposit.pay("CASH") for _ in range(2)]
    cards = [deposit.pay("CARD", paymentMethod=VISA) for _ in range(2)]
    done = await asyncio.gather(*cash, *cards)
    codes = [error["code"] for one in done for error in one["userErrors"]]
    assert set(codes) <= {"NOTHING_OWED"}
    await shop.work()
    found = await deposit.payments()
    taken = [amount for tender, status, amount in found if status == "CAPTURED"]
    assert (sorted(taken), await deposit.owed()) == (["30.40", "7.60"], "0.00")
    assert all(status in ("CAPTURED", "VOIDED") for _, status, _ in found)
    assert await shop.contradictions() == []


async def test_a_replay_pays_once(shop: Shop) -> None:
    deposit = await ordered(shop)
    key = shop.key()
    first = await deposit.pay("CASH", amount=pounds("10.00"), idempotencyKey=key)
    again = await deposit.pay("CASH", amount=pounds("10.00"), idempotencyKey=key)
    assert (first["replayed"], again["replayed"], again["order"]["balanceDue"]) == (False, True, {"amount": "20.40"})


async def test_a_reader_asks_for_the_balance_and_the_job_hears_of_it(shop: Shop) -> None:
    deposit = await ordered(shop)
    device_id = await reader(shop)
    reader_id = (await registered(shop, device_id))["cardReader"]["id"]
    key = shop.key()
    waiting = await deposit.pay("CARD", cardReaderId=reader_id, idempotencyKey=key)
    assert (waiting["payment"]["status"], waiting["order"]["balanceDue"]) == ("REQUIRES_ACTION", {"amount": "30.40"})
    await hold(shop, device_id)
    again = await deposit.pay("CARD", cardReaderId=reader_id, idempotencyKey=key)
    assert (again["payment"]["status"], again["order"]["balanceDue"]) == ("CAPTURE_REQUESTED", {"amount": "0.00"})
    await shop.work()
    assert await shop.contradictions() == []
