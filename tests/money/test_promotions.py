"""Worked sales under promotions at a till, and what their returns pay under each policy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.api.test_loop import sound
from tests.money.cases import CASES, Case
from tests.money.retailer import Retailer, money

pytestmark = pytest.mark.anyio

PRORATE = {"PRORATE": "PRORATE"}
POLICIES = {
    **PRORATE,
    "RECALCULATE": "RECALCULATE",
    "RECALCULATE (re-price the kept basket)": "RECALCULATE",
    "allocation GIFT_LINE_ONLY": "FORFEIT_NOTHING",
    "allocation ACROSS": "PRORATE",
}
"""Our policies by the words of the cases."""
Units = Sequence[tuple[int, int]]
Effect = Callable[[list[str]], dict[str, object]]


@dataclass(frozen=True)
class Told:
    """What a case says: lines of (price, quantity), the effect on these variants, the returns, and refunds by policy.

    `paid` is what the sale costs and `shares` what each line does, where the case says so.
    """

    lines: Sequence[tuple[Decimal, int]]
    effect: Effect
    returns: Sequence[Units]
    refunds: Mapping[str, Sequence[str]]
    minimum: Decimal | None = None
    paid: Decimal | None = None
    shares: Sequence[str] | None = None


def amount_off(amount: Decimal, target: str = "ORDER") -> Effect:
    return lambda _: {"amountOff": {"amount": money(amount), "target": target}}


def percentage_off(percentage: Decimal) -> Effect:
    return lambda _: {"percentageOff": {"percentage": str(percentage), "target": "ORDER"}}


def given_free(buy: Decimal, free: Decimal) -> Effect:
    return lambda _: {"buyXGetY": {"buyQuantity": int(buy), "getQuantity": int(free)}}


def listed(expected: Any) -> dict[str, list[str]]:
    """The refunds of each policy; one refund is a list of one."""
    return {policy: [found] if isinstance(found, str) else found for policy, found in expected.items()}


def m01(case: Case) -> Told:
    quantity, price, off = case.given
    _, paid, *_ = case.told
    refunds = {"PRORATE": case.expected[: int(quantity)]}
    return Told([(price, int(quantity))], amount_off(off, "LINES"), [[(0, 1)]] * int(quantity), refunds, None, paid)


def m03(case: Case) -> Told:
    first, second, _, paid = case.given
    refunds = {"PRORATE": [case.expected["return I1"], case.expected["then I2"]]}
    (percentage,) = case.told
    return Told([(first, 1), (second, 1)], percentage_off(percentage), [[(0, 1)], [(1, 1)]], refunds, None, paid)


def m08(case: Case) -> Told:
    first, second, off = case.given
    refunds = {"PRORATE": [case.expected["return 30 item"], case.expected["return 20 item"]]}
    paid = first + second - off
    return Told(
        [(first, 1), (second, 1)], given_free(Decimal(1), Decimal(1)), [[(0, 1)], [(1, 1)]], refunds, None, paid
    )


def m11(case: Case) -> Told:
    buy, free, quantity, price, paid = case.told
    line, returns = [(price, int(quantity))], [[(0, 1)]] * int(quantity)
    return Told(line, given_free(buy, free), returns, listed(case.expected), None, paid)


def m12(case: Case) -> Told:
    quantity, price, percentage, minimum, returned, *_ = case.told
    (paid,) = case.given
    line, returns = [(price, int(quantity))], [[(0, int(returned))]]
    return Told(line, percentage_off(percentage), returns, listed(case.expected), minimum, paid)


def m13(case: Case) -> Told:
    buy, free, quantity, price, paid = case.told
    (returned,) = case.given
    line, returns = [(price, int(quantity))], [[(0, int(returned))]]
    return Told(line, given_free(buy, free), returns, listed(case.expected), None, paid)


def m15(case: Case) -> Told:
    first, second, off, minimum, paid = case.told
    returns = [[(0, 1)], [(1, 1)]]
    return Told([(first, 1), (second, 1)], amount_off(off), returns, listed(case.expected), minimum, paid)


def m44(case: Case) -> Told:
    minimum, gift, _ = case.told
    (paid,) = case.given
    lines = [(minimum, 1), (gift, 1)]
    effect: Effect = lambda variants: {"gift": {"variantIds": [variants[1]]}}  # noqa: E731 - of the same shape as others
    return Told(lines, effect, [[(0, 1)]], listed(case.expected), minimum, paid)


def m56(case: Case) -> Told:
    price, first, second, third, returned = case.told
    prices = (first, second, third)

    def bundle(variants: list[str]) -> dict[str, object]:
        parts = [{"items": {"variantIds": [variant]}} for variant in variants]
        return {"bundlePrice": {"price": money(price), "parts": parts}}

    return Told(
        [(one, 1) for one in prices],
        bundle,
        [[(prices.index(returned), 1)]],
        {"PRORATE": [case.expected["PRORATE"]]},
        paid=price,
        shares=case.expected["shares"],
    )


SALES: Mapping[str, Callable[[Case], Told]] = {
    "M01": m01,
    "M03": m03,
    "M08": m08,
    "M11": m11,
    "M12": m12,
    "M13": m13,
    "M15": m15,
    "M44": m44,
    "M56": m56,
}


@pytest.mark.parametrize("name", SALES)
async def test_a_sale_under_a_promotion_and_its_returns_pay_the_worked_figures(retailer: Retailer, name: str) -> None:
    told = SALES[name](CASES[name])
    found = {}
    for policy in told.refunds:
        variants = await retailer.goods(retailer.tills, "GBP", [price for price, _ in told.lines])
        await retailer.promote(told.effect(variants), POLICIES[policy], told.minimum)
        lines = zip(variants, (quantity for _, quantity in told.lines), strict=True)
        order = await retailer.sell(*lines)
        assert Decimal(order["cost"]["total"]["amount"]) == told.paid
        if told.shares is not None:
            assert [line["paid"]["amount"] for line in order["lines"]["nodes"]] == told.shares
        found[policy] = [await retailer.refunded(order, *units) for units in told.returns]
        await all_the_rest(retailer, order, told, found[policy])
    assert found == told.refunds
    await sound(retailer.shop)


async def test_m47_no_promotion_takes_anything_off_a_deposit_and_empties_bring_it_back(retailer: Retailer) -> None:
    case = CASES["M47"]
    deposit, bottles, _, price, percentage, empties = case.told
    pack, bottle = await retailer.goods(retailer.tills, "GBP", [price, deposit])
    changed = {"variantId": bottle, "discountable": False}
    shown = "variant { discountable }"
    done = await retailer.shop.done("productVariantUpdate", changed, shown, retailer.office, keyed=False)
    assert done["variant"] == {"discountable": False}
    await retailer.promote(percentage_off(percentage)([]))
    order = await retailer.sell((pack, 1), (bottle, int(bottles)))
    goods, deposits = (line["paid"]["amount"] for line in order["lines"]["nodes"])
    assert Decimal(deposits) == deposit * bottles
    back = await retailer.back(order, (1, int(empties)))
    (line,) = back["lines"]
    refund = Decimal(line["refund"]["amount"])
    assert {
        "goods paid": goods,
        "deposit refund": str(refund),
        "goods refund": str(Decimal(back["refund"]["amount"]) - refund),
    } == case.expected
    await sound(retailer.shop)


async def all_the_rest(retailer: Retailer, order: Any, told: Told, before: Sequence[str]) -> None:
    """Whatever the customer has kept comes back too: then everything that was paid has."""
    left = dict(enumerate(quantity for _, quantity in told.lines))
    for index, quantity in (one for units in told.returns for one in units):
        left[index] -= quantity
    kept = [(index, quantity) for index, quantity in left.items() if quantity]
    refunds = [*before, await retailer.refunded(order, *kept)] if kept else before
    assert sum(map(Decimal, refunds)) == told.paid
