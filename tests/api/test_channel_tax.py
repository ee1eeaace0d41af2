"""Prices gross or net of tax by market, through the public API."""

from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.test_loop import places, sound
from tests.promotions.test_vectors import Counter

pytestmark = pytest.mark.anyio

COST = "cart { cost { pricesIncludeTax subtotal { amount } tax { amount } total { amount } } }"
HOME = {"line1": "1 High Street", "city": "London", "postalCode": "N1 1AA", "country": "GB"}
AWAY = {"line1": "1 Main Street", "city": "Berlin", "postalCode": "10115", "country": "DE"}


async def cart_to(shop: Shop, address: dict[str, str] | None) -> Any:
    """What a mug costs that goes to an address, or nobody knows where."""
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"]
    wanted = f"{COST[:-1]} id lines {{ id }} deliveryGroups {{ id }} }} token"
    made = await shop.done("cartCreate", {"lines": [{"variantId": variant, "quantity": 1}]}, wanted)
    if address is None:
        return made["cart"]["cost"]
    cart = made["cart"]
    group = {"groupId": cart["deliveryGroups"][0]["id"], "lineIds": [cart["lines"][0]["id"]], "address": address}
    given = {"cartId": cart["id"], "token": made["token"], "groups": [group]}
    return (await shop.done("cartDeliveryGroupsUpdate", given, COST))["cart"]["cost"]


async def test_one_channel_sells_gross_at_home_and_net_abroad(shop: Shop) -> None:
    office = await shop.staff()
    channel = (await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    assert (await cart_to(shop, AWAY))["pricesIncludeTax"] is True
    rule = {"salesChannelId": channel, "pricesIncludeTax": True, "exceptCountries": ["US", "DE", "DE"]}
    shown = "salesChannel { pricesIncludeTax exceptCountries }"
    done = await shop.done("salesChannelTaxSet", rule, shown, office, keyed=False)
    assert done["salesChannel"] == {"pricesIncludeTax": True, "exceptCountries": ["DE", "US"]}
    home, away, unknown = [await cart_to(shop, address) for address in (HOME, AWAY, None)]
    assert (home["pricesIncludeTax"], away["pricesIncludeTax"], unknown["pricesIncludeTax"]) == (True, False, True)
    assert home["subtotal"] == away["subtotal"] == {"amount": "9.50"}
    assert (home["tax"]["amount"], away["tax"]["amount"]) != ("0.00", "0.00")


async def test_the_market_of_a_till_is_its_store(shop: Shop) -> None:
    office, till = await shop.staff(), await shop.associate(0, "LON9")
    channel = (await shop.ask("{ salesChannel { id } }", token=till))["salesChannel"]["id"]
    counter = Counter(shop, till, office, (await places(shop))["LON-CG"])
    sale = {"locationId": counter.store, "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 1}], "tender": "CASH"}
    wanted = "order { pricesIncludeTax cost { total { amount } tax { amount } } }"
    gross = (await shop.done("orderCreate", sale, wanted, till))["order"]
    rule = {"salesChannelId": channel, "pricesIncludeTax": True, "exceptCountries": ["GB"]}
    await shop.done("salesChannelTaxSet", rule, "salesChannel { id }", office, keyed=False)
    net = (await shop.done("orderCreate", sale, wanted, till))["order"]
    assert gross == {"pricesIncludeTax": True, "cost": {"total": {"amount": "9.50"}, "tax": {"amount": "1.58"}}}
    assert net == {"pricesIncludeTax": False, "cost": {"total": {"amount": "11.40"}, "tax": {"amount": "1.90"}}}
    await sound(shop)


async def test_a_country_that_is_none_is_refused(shop: Shop) -> None:
    channel = (await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    for countries in (["Germany"], ["de"], [""]):
        rule = {"salesChannelId": channel, "pricesIncludeTax": True, "exceptCountries": countries}
        refused = await shop.do("salesChannelTaxSet", rule, "salesChannel { id }", await shop.staff(), keyed=False)
        assert [one["code"] for one in refused["userErrors"]] == ["VALUE_INVALID"]
