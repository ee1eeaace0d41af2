"""Worked sales in a web shop: tax on top and inside of prices, tax of several places, currencies without cents."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.api.test_loop import sound
from tests.money.cases import CASES, Case
from tests.money.retailer import GBP, Retailer, Web, money, parts

pytestmark = pytest.mark.anyio


async def one_by_one(retailer: Retailer, order: Any, units: int) -> list[Any]:
    """What each unit of an order's only line pays."""
    return [await retailer.back(order, (0, 1)) for _ in range(units)]


def refunds(quotes: Sequence[Any]) -> list[str]:
    return [quote["refund"]["amount"] for quote in quotes]


async def test_m05_tax_on_top_is_taken_of_what_the_discount_leaves(retailer: Retailer) -> None:
    case = CASES["M05"]
    percentage, quantity, price, off, *_ = case.told
    web = await retailer.web("m05", "USD", included=False)
    await retailer.rates("m05", "OR", {"STATE": percentage})
    await retailer.promote({"amountOff": {"amount": money(off, "USD")}}, currency="USD")
    order = await web.buy(*[(one, int(quantity)) for one in await web.goods(price, tax_code="m05")], region="OR")
    assert [Decimal(order["cost"]["total"]["amount"])] == case.given
    quote = await retailer.back(order, (0, 1))
    (line,) = quote["lines"]
    assert {"net": line["net"]["amount"], "tax": parts(line["taxes"])["STATE"], "refund": refunds([quote])[0]} == (
        case.expected
    )
    await sound(retailer.shop)


async def test_m06_each_jurisdiction_takes_and_gives_back_its_own(retailer: Retailer) -> None:
    case = CASES["M06"]
    _, state, city, mta, quantity, price = case.told
    *worked, total = case.expected
    web = await retailer.web("m06", "USD", included=False)
    await retailer.rates("m06", "OR", {"STATE": state, "CITY": city, "MTA": mta})
    (variant,) = await web.goods(price, tax_code="m06")
    order = await web.buy((variant, int(quantity)), region="OR")
    taxes = parts(order["lines"]["nodes"][0]["taxLines"])
    assert [Decimal(taxes[name]) for name in ("STATE", "CITY", "MTA")] == case.given
    quotes = await one_by_one(retailer, order, int(quantity))
    assert [
        {
            "net": quote["lines"][0]["net"]["amount"],
            "tax": parts(quote["taxes"]),
            "refund": quote["refund"]["amount"],
        }
        for quote in quotes
    ] == worked
    paid = order["cost"]["total"]["amount"]
    assert f"sum {sum(map(Decimal, refunds(quotes)))} = paid {paid}" == total
    await sound(retailer.shop)


async def test_m07_tax_inside_the_price_comes_back_with_the_price(retailer: Retailer) -> None:
    case = CASES["M07"]
    percentage, quantity, price = case.told
    web = await retailer.web("m07", "EUR", included=True, country="NL")
    await retailer.rates("m07", "", {"NL VAT": percentage}, country="NL")
    (variant,) = await web.goods(price, tax_code="m07")
    order = await web.buy((variant, int(quantity)), country="NL")
    assert [Decimal(order["cost"]["tax"]["amount"])] == case.given
    quotes = await one_by_one(retailer, order, int(quantity))
    assert [
        {"refund": quote["refund"]["amount"], "of which VAT": parts(quote["taxes"])["NL VAT"]} for quote in quotes
    ] == case.expected
    await sound(retailer.shop)


@pytest.mark.parametrize(("currency", "minor"), [("JPY", Decimal(1)), ("KWD", Decimal("0.001"))])
async def test_m39_a_third_of_a_thousand_smallest_units_is_whole_in_any_currency(
    retailer: Retailer, currency: str, minor: Decimal
) -> None:
    """The case is told in yen; the fils, a thousandth of a dinar, count in the same way."""
    case = CASES["M39"]
    quantity, paid = case.told
    web = await retailer.web("m39", currency, included=True)
    await retailer.promote({"buyXGetY": {"buyQuantity": 1, "getQuantity": int(quantity) - 1}}, currency=currency)
    (variant,) = await web.goods(paid * minor)
    order = await web.buy((variant, int(quantity)), region="OR")
    assert order["cost"]["total"]["amount"] == str(paid * minor)
    quotes = await one_by_one(retailer, order, int(quantity))
    assert refunds(quotes) == [str(amount * minor) for amount in case.expected]
    await sound(retailer.shop)


async def test_m23_a_defect_pays_back_price_and_tax(retailer: Retailer) -> None:
    case = CASES["M23"]
    price, tax = case.given
    percentage = case.told[1]
    web = await retailer.web("m23", "USD", included=False)
    await retailer.rates("m23", "OR", {"STATE": percentage})
    (variant,) = await web.goods(price, tax_code="m23")
    order = await web.buy((variant, 1), region="OR")
    assert Decimal(order["cost"]["tax"]["amount"]) == tax
    quote = await retailer.back(order, (0, 1), reason="DEFECTIVE")
    assert quote["refund"]["amount"] == case.expected["DEFECTIVE"]


async def credited(retailer: Retailer, web: Web, case: Case) -> str:
    """What the good that M24 tells of pays back: bought with a tenth off where tax is taken, and returned."""
    paid, percentage, price, tax, _, rate = case.told
    await retailer.rates("m24", "OR", {"STATE": rate})
    tenth = {"percentageOff": {"percentage": str(percentage), "target": "ORDER"}}
    await retailer.promote(tenth, currency=web.currency)
    (variant,) = await web.goods(price, tax_code="m24")
    order = await web.buy((variant, 1), region="OR")
    total = order["lines"]["nodes"][0]["total"]
    assert (Decimal(total["net"]["amount"]), Decimal(total["tax"]["amount"])) == (paid, tax)
    await retailer.promote_nothing()
    return await retailer.refunded(order, (0, 1))


@pytest.mark.parametrize("name", ["M24", "M25", "M27"])
async def test_a_return_and_the_sale_of_something_else_differ_by_the_worked_amount(
    retailer: Retailer, name: str
) -> None:
    case = CASES[name]
    price, region = {
        "M24": lambda: (case.told[4], "OR"),
        "M25": lambda: (case.told[0], "OR"),
        "M27": lambda: (case.given[1], "MT"),
    }[name]()
    web = await retailer.web("m24", "USD", included=False)
    credit = await credited(retailer, web, CASES["M24"])
    (variant,) = await web.goods(price, tax_code="m24")
    new = (await web.buy((variant, 1), region=region))["cost"]["total"]["amount"]
    more = Decimal(new) - Decimal(credit)
    found = {"credit": credit, "new": new, "customer pays" if more > 0 else "refund": str(abs(more))}
    assert {figure: found[figure] for figure in case.expected} == case.expected
    await sound(retailer.shop)


async def test_m26_and_m28_an_associate_keeps_the_price_that_was_paid_and_it_comes_back_with_the_replacement(
    retailer: Retailer,
) -> None:
    """The rule of the case is the associate's word here: a price override at the till, whose prices include tax."""
    case, rate = CASES["M26"], CASES["M24"].told[-1]
    web = await retailer.web("m24", GBP, included=False)
    credit = await credited(retailer, web, CASES["M24"])
    await retailer.rates("m24", "", {"GB VAT": rate}, country="GB")
    risen = round(case.told[1] * (100 + rate) / 100, 2)
    (variant,) = await retailer.goods(retailer.tills, GBP, [risen], "m24")
    kept = {"price": money(credit), "reason": "GOODWILL", "note": "Another size"}
    order = await retailer.sell(lines=[{"variantId": variant, "quantity": 1, "priceOverride": kept}])
    total = order["lines"]["nodes"][0]["total"]
    assert {
        "customer pays": str(Decimal(order["cost"]["total"]["amount"]) - Decimal(credit)),
        "new line net": total["net"]["amount"],
        "new line tax": total["tax"]["amount"],
    } == case.expected
    assert {"refund": await retailer.refunded(order, (0, 1))} == CASES["M28"].expected
    await sound(retailer.shop)
