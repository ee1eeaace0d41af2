"""Gift cards and store credit at the web's and the till's checkout, through the public schema and the real SDK."""

import asyncio
from typing import Any

import pytest

from domain.acts import Actor, ActorKind, Scope
from domain.orders import service
from domain.payments.verification import verify
from gateway.sandbox.server import SandboxServer
from resolvers.ids import global_id
from tests.orders.desk import Desk
from tests.orders.test_checkout_api import intents

pytestmark = pytest.mark.anyio

OFFICE = Actor(
    ActorKind.STAFF,
    "s-1",
    scopes=frozenset({Scope.READ_GIFT_CARDS, Scope.WRITE_GIFT_CARDS, Scope.READ_ORDERS, Scope.OPERATE}),
)
ISSUE = """mutation($input: GiftCardsIssueInput!) { giftCardsIssue(input: $input) {
  giftCards { id code } userErrors { code } } }"""
APPLY = """mutation($input: CartGiftCardApplyInput!) { cartGiftCardApply(input: $input) { replayed
  cart { cost { due { amount } } amountToPay { amount } problems { code amount { amount } }
    storedTenders { tender giftCardId lastCharacters available { amount } amount { amount } maximum { amount } } }
  userErrors { code retryAt } } }"""
REMOVE = """mutation($input: CartGiftCardRemoveInput!) { cartGiftCardRemove(input: $input) {
  cart { amountToPay { amount } storedTenders { tender } } userErrors { code } } }"""
SELL = """mutation($input: OrderCreateInput!) { orderCreate(input: $input) { replayed
  order { id payments { tender status amount { amount } lastCharacters payer } } payment { status amount { amount } }
  userErrors { code field maximumAmount { amount } } } }"""
BALANCE = "query($input: GiftCardLookupInput!) { giftCardLookup(input: $input) { giftCard { balance { amount } } } }"


def pounds(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


async def gift_card(desk: Desk, amount: str, key: str = "issue-1") -> Any:
    given = {"idempotencyKey": key, "amount": pounds(amount), "country": "GB"}
    (card,) = (await desk.ask(OFFICE, ISSUE, given))["giftCardsIssue"]["giftCards"]
    return card


async def balance(desk: Desk, card: Any) -> str:
    found = await desk.ask(OFFICE, BALANCE, {"code": card["code"]})
    return str(found["giftCardLookup"]["giftCard"]["balance"]["amount"])


async def sound(desk: Desk) -> bool:
    return (await desk.db.read(service.verify), await desk.db.read(verify)) == ([], [])


def named(cart: dict[str, str | None]) -> dict[str, str | None]:
    return {"cartId": cart["cartId"], "token": cart["cartToken"]}


async def test_a_cart_shows_what_a_gift_card_pays_and_the_card_is_asked_for_the_rest(
    desk: Desk, sandbox: SandboxServer
) -> None:
    guest, card = desk.shop.guest, await gift_card(desk, "10.00")
    cart = await desk.cart(guest)
    given = {**named(cart), "idempotencyKey": "apply-1", "code": card["code"]}
    applied = (await desk.ask(guest, APPLY, given))["cartGiftCardApply"]
    assert applied["cart"] == {
        "cost": {"due": {"amount": "24.00"}},
        "amountToPay": {"amount": "14.00"},
        "problems": [],
        "storedTenders": [
            {
                "tender": "GIFT_CARD",
                "giftCardId": card["id"],
                "lastCharacters": card["code"][-4:],
                "available": {"amount": "10.00"},
                "amount": {"amount": "10.00"},
                "maximum": None,
            }
        ],
    }
    assert (await desk.ask(guest, APPLY, given))["cartGiftCardApply"]["replayed"] is True
    paid = await desk.complete(guest, cart, "pay-1", expectedDue=pounds("24.00"))
    assert (paid["userErrors"], paid["payment"]["amount"]) == ([], {"amount": "14.00"})
    assert [(one["status"], one["amount"]) for one in await intents(sandbox)] == [("requires_capture", 1400)]
    assert (await balance(desk, card), await sound(desk)) == ("0.00", True)


async def test_a_decline_gives_the_gift_card_back_and_a_removed_one_is_not_touched(desk: Desk) -> None:
    guest, card = desk.shop.guest, await gift_card(desk, "10.00")
    cart = await desk.cart(guest)
    given = {**named(cart), "idempotencyKey": "apply-1", "code": card["code"], "amount": pounds("4.00")}
    assert (await desk.ask(guest, APPLY, given))["cartGiftCardApply"]["cart"]["amountToPay"] == {"amount": "20.00"}
    declined = await desk.complete(guest, cart, "pay-1", paymentMethod="pm_card_chargeDeclined")
    assert ([error["code"] for error in declined["userErrors"]], await balance(desk, card)) == (
        ["PAYMENT_DECLINED"],
        "10.00",
    )
    gone = {**named(cart), "idempotencyKey": "remove-1", "giftCardId": card["id"]}
    removed = (await desk.ask(guest, REMOVE, gone))["cartGiftCardRemove"]["cart"]
    assert removed == {"amountToPay": {"amount": "24.00"}, "storedTenders": []}
    assert (await desk.complete(guest, cart, "pay-2"))["userErrors"] == []
    assert (await balance(desk, card), await sound(desk)) == ("10.00", True)


async def test_a_wrong_code_is_refused_and_counted_for_the_cart(desk: Desk) -> None:
    guest = desk.shop.guest
    cart = await desk.cart(guest)
    codes = []
    for number in range(11):
        given = {**named(cart), "idempotencyKey": f"apply-{number}", "code": f"G-{number}"}
        codes += [error["code"] for error in (await desk.ask(guest, APPLY, given))["cartGiftCardApply"]["userErrors"]]
    assert codes == ["GIFT_CARD_NOT_FOUND"] * 10 + ["TOO_MANY_ATTEMPTS"]


def sale(desk: Desk, key: str, *tenders: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "idempotencyKey": key,
        "locationId": global_id("Location", desk.shop.soho),
        "lines": [{"sku": "SHIRT"}],
        "tender": "CARD",
        "paymentMethod": "pm_card_visa",
        "tenders": list(tenders),
        **more,
    }


async def test_a_till_mixes_gift_card_voucher_and_card(desk: Desk, sandbox: SandboxServer) -> None:
    card = await gift_card(desk, "5.00")
    tenders = (
        {"tender": "GIFT_CARD", "giftCardCode": card["code"]},
        {"tender": "EXTERNAL", "amount": pounds("3.00"), "payer": "Voucher issuer"},
    )
    sold = (await desk.ask(desk.shop.associate, SELL, sale(desk, "sell-1", *tenders)))["orderCreate"]
    assert sold["userErrors"] == []
    assert sorted(sold["order"]["payments"], key=lambda one: str(one["tender"])) == [
        {
            "tender": "CARD",
            "status": "CAPTURE_REQUESTED",
            "amount": {"amount": "4.00"},
            "lastCharacters": None,
            "payer": None,
        },
        {
            "tender": "EXTERNAL",
            "status": "CAPTURED",
            "amount": {"amount": "3.00"},
            "lastCharacters": None,
            "payer": "Voucher issuer",
        },
        {
            "tender": "GIFT_CARD",
            "status": "CAPTURED",
            "amount": {"amount": "5.00"},
            "lastCharacters": card["code"][-4:],
            "payer": None,
        },
    ]
    again = (await desk.ask(desk.shop.associate, SELL, sale(desk, "sell-1", *tenders)))["orderCreate"]
    assert (again["order"]["id"], again["replayed"]) == (sold["order"]["id"], True)
    assert ([one["amount"] for one in await intents(sandbox)], await balance(desk, card)) == ([400], "0.00")
    empty = (await desk.ask(desk.shop.associate, SELL, sale(desk, "sell-2", tenders[0])))["orderCreate"]
    assert empty["userErrors"] == [{"code": "INSUFFICIENT_FUNDS", "field": None, "maximumAmount": {"amount": "0.00"}}]
    assert await sound(desk)


async def test_web_and_tills_that_spend_one_gift_card_at_once_have_one_winner(desk: Desk) -> None:
    guest, card = desk.shop.guest, await gift_card(desk, "12.00")
    cart = await desk.cart(guest, shirts=1)
    given = {**named(cart), "idempotencyKey": "apply-1", "code": card["code"], "amount": pounds("12.00")}
    await desk.ask(guest, APPLY, given)
    part = {"tender": "GIFT_CARD", "giftCardCode": card["code"], "amount": pounds("12.00")}

    async def at_till(number: int) -> bool:
        given = sale(desk, f"sell-{number}", part)
        return (await desk.ask(desk.shop.associate, SELL, given))["orderCreate"]["order"] is not None

    async def on_the_web() -> bool:
        return (await desk.complete(guest, cart, "pay-1", paymentMethod=None))["order"] is not None

    won = await asyncio.gather(on_the_web(), *(at_till(number) for number in range(5)))
    assert (won.count(True), await balance(desk, card), await sound(desk)) == (1, "0.00", True)


async def test_parts_that_cannot_be_meant_are_refused(desk: Desk) -> None:
    till = desk.shop.associate
    for part in (
        {"tender": "GIFT_CARD"},
        {"tender": "EXTERNAL", "amount": pounds("1.00")},
        {"tender": "CASH", "amount": pounds("1.00"), "payer": "Somebody"},
    ):
        assert await desk.error(till, SELL, sale(desk, "sell-1", part)) == "BAD_USER_INPUT"
    over = {"tender": "EXTERNAL", "amount": pounds("13.00"), "payer": "Issuer"}
    refused = (await desk.ask(till, SELL, sale(desk, "sell-2", over)))["orderCreate"]
    assert refused["userErrors"] == [
        {"code": "TENDERS_INVALID", "field": ["input", "tenders"], "maximumAmount": {"amount": "12.00"}}
    ]


TERMS = """mutation($input: TenderTermsSetInput!) { tenderTermsSet(input: $input) {
  terms { country cashStep { amount } refundOrder } userErrors { code } } }"""
SELL_FOR_CASH = """mutation($input: OrderCreateInput!) { orderCreate(input: $input) {
  order { payments { amount { amount } captured { amount } tendered { amount } change { amount } } }
  userErrors { code maximumAmount { amount } } } }"""


async def test_cash_gives_change_after_rounding_to_the_markets_smallest_coin(desk: Desk) -> None:
    terms = {"country": "GB", "currencyCode": "GBP", "cashStep": pounds("0.05")}
    assert await desk.error(desk.shop.associate, TERMS, terms) == "FORBIDDEN"
    assert (await desk.ask(OFFICE, TERMS, terms))["tenderTermsSet"]["terms"] == {
        "country": "GB",
        "cashStep": {"amount": "0.05"},
        "refundOrder": "CARD_FIRST",
    }
    nothing = (await desk.ask(OFFICE, TERMS, {**terms, "cashStep": pounds("0.00")}))["tenderTermsSet"]
    assert nothing["userErrors"] == [{"code": "TERMS_INVALID"}]
    mug = sale(desk, "cash-1", lines=[{"sku": "MUG"}], tender="CASH", paymentMethod=None)
    little = {**mug, "cashTendered": pounds("9.99")}
    refused = (await desk.ask(desk.shop.associate, SELL_FOR_CASH, little))["orderCreate"]
    assert refused["userErrors"] == [{"code": "CASH_TOO_LITTLE", "maximumAmount": {"amount": "10.00"}}]
    given = {**mug, "idempotencyKey": "cash-2", "cashTendered": pounds("20.00")}
    sold = (await desk.ask(desk.shop.associate, SELL_FOR_CASH, given))["orderCreate"]
    assert sold["order"]["payments"] == [
        {
            "amount": {"amount": "9.99"},
            "captured": {"amount": "10.00"},
            "tendered": {"amount": "20.00"},
            "change": {"amount": "10.00"},
        }
    ]
    by_card = {**sale(desk, "cash-3"), "cashTendered": pounds("20.00")}
    assert await desk.error(desk.shop.associate, SELL_FOR_CASH, by_card) == "BAD_USER_INPUT"
    assert await sound(desk)
