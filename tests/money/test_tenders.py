"""Worked sales by several tenders at a till: cards, gift cards, coins and points, and what goes back to each."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from gateway.demo.load import CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tests.api.test_loop import sound
from tests.money.cases import CASES
from tests.money.retailer import GBP, Retailer, money

pytestmark = pytest.mark.anyio

ORDERS = {
    "stored value first": "STORED_VALUE_FIRST",
    "card first": "CARD_FIRST",
    "proportional": "PROPORTIONAL",
}
"""Our orders of refunds by the words of the cases."""
CARD = {"tender": "CARD", "paymentMethod": "pm_card_visa"}


async def terms(retailer: Retailer, order: str = "CARD_FIRST", step: Decimal | str = "0.01") -> None:
    """How sales from now on round coins and split refunds."""
    given = {"country": "GB", "currencyCode": GBP, "cashStep": money(step), "refundOrder": order}
    await retailer.shop.done("tenderTermsSet", given, "terms { refundOrder }", retailer.office, keyed=False)


async def gift_cards(retailer: Retailer, *amounts: Decimal) -> list[dict[str, str]]:
    """Gift cards of these amounts as the till's first tenders."""
    found = []
    for amount in amounts:
        given = {"amount": money(amount), "country": "GB"}
        issued = await retailer.shop.done("giftCardsIssue", given, "giftCards { code }", retailer.office)
        found.append({"tender": "GIFT_CARD", "giftCardCode": issued["giftCards"][0]["code"]})
    return found


async def sold(
    retailer: Retailer, lines: Sequence[tuple[Decimal, int]], tax_code: str = "standard", **more: object
) -> Any:
    """A sale of new goods at these prices and quantities."""
    variants = await retailer.goods(retailer.tills, GBP, [price for price, _ in lines], tax_code)
    quantities = (quantity for _, quantity in lines)
    return await retailer.sell(*zip(variants, quantities, strict=True), **more)


@pytest.mark.parametrize("policy", CASES["M16"].expected)
async def test_m16_a_refund_is_split_over_gift_card_and_card(retailer: Retailer, policy: str) -> None:
    case = CASES["M16"]
    whole, on_gift_card, on_card, refund = case.told
    await terms(retailer, ORDERS[policy])
    gift = await gift_cards(retailer, on_gift_card)
    order = await sold(retailer, [(refund, 1), (whole - refund, 1)], tenders=gift, **CARD)
    captured = {payment["tender"]: Decimal(payment["captured"]["amount"]) for payment in order["payments"]}
    assert sorted(captured) == ["CARD", "GIFT_CARD"]
    quote = await retailer.back(order, (0, 1))
    legs = {refund["tender"]: refund["amount"]["amount"] for refund in quote["refunds"]}
    assert {"GIFT_CARD": "0.00", "CARD": "0.00", **legs} == case.expected[policy]
    rest = await retailer.back(order, (1, 1))
    for tender, took in (("GIFT_CARD", on_gift_card), ("CARD", on_card)):
        gave = [one for one in (*quote["refunds"], *rest["refunds"]) if one["tender"] == tender]
        assert sum(Decimal(one["amount"]["amount"]) for one in gave) == took
    await sound(retailer.shop)


@pytest.mark.parametrize("policy", ["CARD_FIRST", "PROPORTIONAL"])
async def test_m18_cents_and_then_the_rest_never_go_past_what_a_tender_took(retailer: Retailer, policy: str) -> None:
    case = CASES["M18"]
    first, second, card = case.given
    await terms(retailer, policy)
    gifts = await gift_cards(retailer, first, second)
    names = {gift["giftCardCode"][-4:]: f"GC{number}" for number, gift in enumerate(gifts, 1)}
    rest = first + second + card - sum(case.told)
    order = await sold(retailer, [*((cent, 1) for cent in case.told), (rest, 1)], tenders=gifts, **CARD)
    found = []
    for index in range(len(order["lines"]["nodes"])):
        legs = {"GC1": "0.00", "GC2": "0.00", "CARD": "0.00"}
        for refund in (await retailer.back(order, (index, 1)))["refunds"]:
            legs[names.get(refund["payment"]["lastCharacters"] or "", "CARD")] = refund["amount"]["amount"]
        found.append(legs)
    assert found == case.expected
    await sound(retailer.shop)


async def test_m33_coins_over_two_visits_give_back_what_was_paid(retailer: Retailer) -> None:
    case = CASES["M33"]
    step, first, second, due, paid = case.told
    await terms(retailer, step=step)
    order = await sold(retailer, [(first, 1), (second, 1)])
    assert (Decimal(order["cost"]["due"]["amount"]), Decimal(order["payments"][0]["captured"]["amount"])) == (due, paid)
    visits = [await retailer.back(order, (index, 1)) for index in range(2)]
    out = [refund["paid"]["amount"] for visit in visits for refund in visit["refunds"]]
    assert {"cash out": out, "sum": str(sum(map(Decimal, out)))} == case.expected
    await sound(retailer.shop)


async def member(retailer: Retailer) -> dict[str, Any]:
    """The demo's customer, with their wallet."""
    given = {"email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD}
    signed = await retailer.shop.done("customerSignIn", given, "grant { accessToken }", keyed=False)
    token = signed["grant"]["accessToken"]
    me = (await retailer.shop.ask("{ me { id loyaltyWallet { id balance { available net } } } }", token=token))["me"]
    return {**me, "token": token}


async def test_m30_points_earned_are_taken_back_as_the_kept_goods_would_have_earned(retailer: Retailer) -> None:
    case = CASES["M30"]
    _, _, whole, price = case.told
    quantity, ada = int(whole / price), await member(retailer)
    await retailer.rates("m30", "", {"GB VAT": Decimal(0)}, country="GB")
    order = await sold(retailer, [(price, quantity)], "m30", customerId=ada["id"])
    assert Decimal(order["cost"]["total"]["amount"]) == whole
    assert [(await member(retailer))["loyaltyWallet"]["balance"]["available"]] == [int(case.given[0])]
    back = [(await retailer.back(order, (0, 1)))["pointsClawedBack"] for _ in range(quantity)]
    assert {"clawback": back, "sum": sum(back)} == case.expected
    assert (await member(retailer))["loyaltyWallet"]["balance"]["available"] == 0
    await sound(retailer.shop)


async def test_m31_points_that_were_spent_meanwhile_are_owed_and_the_refund_stays(retailer: Retailer) -> None:
    case, ada = CASES["M31"], await member(retailer)
    earned, kept, spent = case.told
    _, worth = case.given
    await retailer.rates("m31", "", {"GB VAT": Decimal(0)}, country="GB")
    order = await sold(retailer, [(earned, 1)], "m31", customerId=ada["id"])
    await sold(retailer, [(spent * worth, 1)], "m31", customerId=ada["id"], points=int(spent))
    assert (await member(retailer))["loyaltyWallet"]["balance"]["available"] == kept
    quote = await retailer.back(order, (0, 1))
    assert (Decimal(quote["refund"]["amount"]), quote["pointsClawedBack"]) == (earned, earned)
    net = (await member(retailer))["loyaltyWallet"]["balance"]["net"]
    assert f"balance {net}, refund unchanged" == case.expected["ALLOW_NEGATIVE"]
    await sound(retailer.shop)


async def test_m32_points_are_shared_over_lines_and_come_back_with_their_units(retailer: Retailer) -> None:
    case = CASES["M32"]
    points, worth, whole = case.told
    names, ada = re.findall(r"\b[A-Z]\b", case.title), await member(retailer)
    units = {name: names.count(name) for name, _, _ in case.expected["shares"]}
    refunds = dict(zip(names, map(Decimal, case.expected["refunds"]), strict=True))
    prices = {name: refunds[name] + Decimal(share) / units[name] for name, share, _ in case.expected["shares"]}
    assert sum(prices[name] for name in names) == whole
    given = {"walletId": ada["loyaltyWallet"]["id"], "points": int(points), "reason": "GOODWILL"}
    await retailer.shop.done("loyaltyPointsAdjust", given, "replayed", retailer.office)
    lines = [(prices[name], units[name]) for name in units]
    order = await sold(retailer, lines, customerId=ada["id"], points=int(points))
    assert Decimal(order["cost"]["due"]["amount"]) == whole - worth == case.given[0]
    nodes = dict(zip(units, order["lines"]["nodes"], strict=True))
    shares = [[name, node["pointsValue"]["amount"], node["points"]] for name, node in nodes.items()]
    quotes = [await retailer.back(order, (list(units).index(name), 1)) for name in names]
    paid, back = [quote["refund"]["amount"] for quote in quotes], [quote["pointsReturned"] for quote in quotes]
    assert {
        "shares": shares,
        "refunds": paid,
        "points back": back,
        "sums": [str(sum(map(Decimal, paid))), sum(back)],
    } == case.expected
    await sound(retailer.shop)
