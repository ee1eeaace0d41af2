"""Prices that an associate says at the till: within bounds, kept with who and why, and left alone by promotions."""

from typing import Any

import pytest

from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

SOLD = """order { cost { discount { amount } total { amount } } lines(first: 3) { nodes { sku unitPrice { amount }
  priceOverride { listPrice { amount } reason note actorId } } } }"""


async def sale(shop: Shop, *lines: dict[str, object]) -> dict[str, object]:
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    return {"locationId": place, "lines": list(lines), "tender": "CASH"}


def mug(amount: str | None = None, currency: str = "GBP", **more: object) -> dict[str, object]:
    """A mug of 9.50, at another price if one is said."""
    line: dict[str, object] = {"sku": "MUG-HARB-NAVY", "quantity": 2}
    if amount is not None:
        said = {"price": {"amount": amount, "currencyCode": currency}, "reason": "DAMAGED", **more}
        line["priceOverride"] = said
    return line


async def refused(shop: Shop, till: str, *lines: dict[str, object]) -> list[str]:
    payload: Any = await shop.do("orderCreate", await sale(shop, *lines), SOLD, till)
    assert payload["order"] is None
    return [error["code"] for error in payload["userErrors"]]


async def test_an_associate_takes_off_a_tenth_and_the_line_keeps_who_and_why(shop: Shop) -> None:
    clerk = await shop.associate(0, "LON1")
    sold = (await shop.done("orderCreate", await sale(shop, mug("8.55", note="A chip")), SOLD, clerk))["order"]
    (line,) = sold["lines"]["nodes"]
    who = line["priceOverride"].pop("actorId")
    assert (sold["cost"]["total"], line["unitPrice"], line["priceOverride"]) == (
        {"amount": "17.10"},
        {"amount": "8.55"},
        {"listPrice": {"amount": "9.50"}, "reason": "DAMAGED", "note": "A chip"},
    )
    assert len(who) == 36
    plain = (await shop.done("orderCreate", await sale(shop, mug()), SOLD, clerk))["order"]
    assert plain["lines"]["nodes"][0]["priceOverride"] is None


async def test_more_than_a_tenth_is_a_managers_word(shop: Shop) -> None:
    clerk, manager = await shop.associate(0, "LON1"), await shop.associate(0, "LON9")
    assert await refused(shop, clerk, mug("8.54")) == ["PRICE_OVERRIDE_NOT_ALLOWED"]
    sold = (await shop.done("orderCreate", await sale(shop, mug("0.00")), SOLD, manager))["order"]
    assert sold["cost"]["total"] == {"amount": "0.00"}


@pytest.mark.parametrize(
    "line",
    [mug("9.51"), mug("-1.00"), mug("8.55", "EUR"), mug("9.00", note="x" * 201)],
    ids=["more", "less", "euros", "note"],
)
async def test_a_price_that_makes_no_sense_is_refused(shop: Shop, line: dict[str, object]) -> None:
    assert await refused(shop, await shop.associate(0, "LON9"), line) == ["PRICE_OVERRIDE_INVALID"]


async def test_one_variant_has_one_price_in_a_sale(shop: Shop) -> None:
    manager = await shop.associate(0, "LON9")
    assert await refused(shop, manager, mug("8.00"), mug()) == ["PRICE_OVERRIDE_INVALID"]
    assert await refused(shop, manager, mug("8.00"), mug("7.00")) == ["PRICE_OVERRIDE_INVALID"]
    sold = (await shop.done("orderCreate", await sale(shop, mug("8.00"), mug("8.00")), SOLD, manager))["order"]
    assert sold["cost"]["total"] == {"amount": "32.00"}


async def test_promotions_reduce_such_a_line_only_when_they_may(shop: Shop) -> None:
    office, manager = await shop.staff(), await shop.associate(0, "LON9")
    half = {"percentageOff": {"percentage": "50"}}
    said = {"title": "Half", "effect": half, "validFrom": "2020-01-01T00:00:00Z"}
    await shop.done("promotionCreate", {"promotion": said, "activate": True}, "promotion { id }", office)

    async def totals(line: dict[str, object]) -> tuple[str, str]:
        cost = (await shop.done("orderCreate", await sale(shop, line), SOLD, manager))["order"]["cost"]
        return cost["discount"]["amount"], cost["total"]["amount"]

    assert await totals(mug()) == ("9.50", "9.50")
    assert await totals(mug("8.00")) == ("0.00", "16.00")
    assert await totals(mug("8.00", promotionsApply=True)) == ("8.00", "8.00")
