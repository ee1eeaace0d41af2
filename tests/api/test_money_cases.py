"""Worked figures of sales and what comes back of them, through the public API: taxes, tenders, points, coins without minor units.

The figures are the published cases of `docs/decisions/0004`'s arithmetic, by their names; those of promotions are in
`tests/promotions/test_vectors.py`.
"""

from datetime import timedelta
from typing import Any

import pytest

from domain.access import store as access
from domain.access.model import Partner, PartnerId
from domain.acts import Scope
from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import NewPrice, NewProduct, NewVariant, SalesChannelKind
from domain.codes import token_hash
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import store as locations
from domain.orders.model import FulfillmentOrderId
from domain.pickup import expiring
from gateway.app import utc_now
from gateway.jobs import act_at
from resolvers.ids import uuid_of
from tests.api.shop import Shop
from tests.api.test_loop import places, sound
from tests.promotions.test_vectors import Counter

pytestmark = pytest.mark.anyio

VISA = "pm_card_visa"
SETTLED = """return { settlements { net { amount } refund { amount } pointsReturned pointsClawedBack
    taxes { jurisdiction amount { amount } } } refunds { tender amount { amount } } }"""


def money(amount: str, currency: str = "GBP") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


async def counter_of(shop: Shop) -> Counter:
    """A counter in London; no promotion is at work."""
    office = await shop.staff()
    found = await shop.ask("{ promotions(first: 50) { nodes { id status } } }", token=office)
    for one in found["promotions"]["nodes"]:
        if one["status"] == "ACTIVE":
            await shop.done("promotionDeactivate", {"promotionId": one["id"]}, "promotion { id }", office)
    return Counter(shop, await shop.associate(0, "LON9"), office, (await places(shop))["LON-CG"])


async def back(counter: Counter, order: Any, *lines: tuple[int, int]) -> Any:
    """The return of units of lines, settled at once."""
    nodes = order["lines"]["nodes"]
    chosen = [{"orderLineId": nodes[index]["id"], "quantity": quantity} for index, quantity in lines]
    given = {"orderId": order["id"], "locationId": counter.store, "lines": chosen}
    done = (await counter.shop.done("returnCreateAndProcess", given, SETTLED, counter.till))["return"]
    (settled,) = done["settlements"]
    return {
        "net": settled["net"]["amount"],
        "refund": settled["refund"]["amount"],
        "tax": {one["jurisdiction"]: one["amount"]["amount"] for one in settled["taxes"]},
        "points": settled["pointsReturned"],
        "tenders": {one["tender"]: one["amount"]["amount"] for one in done["refunds"]},
    }


async def marketplace(shop: Shop, currency: str) -> str:
    """The token of a partner that sells in a channel of this currency."""
    said = {"handle": f"market-{currency.lower()}", "name": currency, "kind": "MARKETPLACE", "currencyCode": currency}
    said |= {"pricesIncludeTax": True, "defaultCountry": "GB"}
    made = await shop.done("salesChannelCreate", said, "salesChannel { id }", await shop.staff(), keyed=False)
    channel = uuid_of("SalesChannel", made["salesChannel"]["id"])

    def put(conn: WriteConnection) -> None:
        act = shop.process.new_context().act()
        scopes = frozenset({Scope.IMPORT_ORDERS, Scope.READ_ORDERS})
        partner = Partner(PartnerId(act.new_id()), currency, currency, channel, scopes, active=True)
        access.insert_partner(conn, partner, token_hash("a secret"))

    await shop.process.database.write(put)
    given = {"clientId": currency, "clientSecret": "a secret"}
    signed = await shop.done("partnerTokenCreate", given, "grant { accessToken }", keyed=False)
    return str(signed["grant"]["accessToken"])


async def imported(shop: Shop, partner: str, currency: str, line: dict[str, Any], *, included: bool) -> Any:
    """An order of one line that a marketplace agreed, sent to the buyer."""
    order = {
        "externalReference": shop.key(),
        "payer": "Marketplace",
        "placedAt": "2026-01-10T10:00:00Z",
        "currencyCode": currency,
        "pricesIncludeTax": included,
        "lines": [{"sku": "MUG-HARB-NAVY", "title": "Mug", **line}],
        "total": line["total"],
        "locationId": (await places(shop))["WH-1"],
        "address": {"line1": "1 High Street", "city": "London", "postalCode": "N1 1AA", "country": "GB"},
    }
    wanted = "order { id lines(first: 1) { nodes { id } } fulfillmentOrders { id } }"
    made = (await shop.done("orderImport", order, wanted, partner))["order"]
    sent = {"fulfillmentOrderId": made["fulfillmentOrders"][0]["id"]}
    await shop.done("shipmentCreate", sent, "shipment { id }", await shop.staff())
    return made


def taxes(currency: str, **amounts: str) -> list[dict[str, Any]]:
    return [
        {"jurisdiction": name, "ratePpm": 10_000, "amount": money(amount, currency)} for name, amount in amounts.items()
    ]


async def test_taxes_go_back_with_the_units_they_were_charged_for(shop: Shop) -> None:
    counter, partner = await counter_of(shop), await shop.partner()
    # M05: 10 % beside the price, 2 x 100.00 less 20.00, one comes back.
    line: dict[str, Any] = {"quantity": 2, "unitPrice": money("100.00"), "discount": money("20.00")}
    line |= {"total": money("198.00"), "taxLines": taxes("GBP", STATE="18.00")}
    got = await back(counter, await imported(shop, partner, "GBP", line, included=False), (0, 1))
    assert (got["net"], got["tax"], got["refund"]) == ("90.00", {"STATE": "9.00"}, "99.00")
    # M06: 8.25 % in three jurisdictions on 3 x 13.33, one at a time.
    line = {"quantity": 3, "unitPrice": money("13.33"), "total": money("43.29")}
    line["taxLines"] = taxes("GBP", STATE="2.50", CITY="0.40", MTA="0.40")
    order = await imported(shop, partner, "GBP", line, included=False)
    for tax, refund in (
        ({"STATE": "0.83", "CITY": "0.13", "MTA": "0.13"}, "14.42"),
        ({"STATE": "0.84", "CITY": "0.14", "MTA": "0.14"}, "14.45"),
        ({"STATE": "0.83", "CITY": "0.13", "MTA": "0.13"}, "14.42"),
    ):
        got = await back(counter, order, (0, 1))
        assert (got["net"], got["tax"], got["refund"]) == ("13.33", tax, refund)
    # M07: 21 % in the price, 2 x EUR 19.99.
    line = {"quantity": 2, "unitPrice": money("19.99", "EUR"), "total": money("39.98", "EUR")}
    line["taxLines"] = taxes("EUR", VAT="6.94")
    order = await imported(shop, await marketplace(shop, "EUR"), "EUR", line, included=True)
    for _ in range(2):
        got = await back(counter, order, (0, 1))
        assert (got["refund"], got["tax"]) == ("19.99", {"VAT": "3.47"})
    # M39: three units for JPY 1000, which has no minor units.
    line = {"quantity": 3, "unitPrice": money("334", "JPY"), "discount": money("2", "JPY")}
    line["total"] = money("1000", "JPY")
    order = await imported(shop, await marketplace(shop, "JPY"), "JPY", line, included=True)
    assert [(await back(counter, order, (0, 1)))["refund"] for _ in range(3)] == ["333", "334", "333"]
    await sound(shop)


async def sold(counter: Counter, lines: list[tuple[str, int]], *gift_cards: str) -> Any:
    """A sale that these gift cards pay first, and a card the rest."""
    shop, tenders = counter.shop, []
    for amount in gift_cards:
        batch = {"amount": money(amount), "country": "GB", "quantity": 1}
        issued = await shop.done("giftCardsIssue", batch, "giftCards { code }", counter.office)
        tenders.append({"tender": "GIFT_CARD", "giftCardCode": issued["giftCards"][0]["code"]})
    given = {
        "locationId": counter.store,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "tender": "CARD",
        "paymentMethod": VISA,
        "tenders": tenders,
    }
    order = (await shop.done("orderCreate", given, "order { id lines(first: 9) { nodes { id } } }", counter.till))[
        "order"
    ]
    await shop.work()
    return order


@pytest.mark.parametrize(
    ("refund_order", "expected"),
    [
        ("STORED_VALUE_FIRST", {"GIFT_CARD": "30.00", "CARD": "10.00"}),
        ("CARD_FIRST", {"CARD": "40.00"}),
        ("PROPORTIONAL", {"GIFT_CARD": "12.00", "CARD": "28.00"}),
    ],
)
async def test_a_refund_of_40_is_split_over_30_and_70_as_the_market_says(
    shop: Shop, refund_order: str, expected: dict[str, str]
) -> None:
    # M16.
    counter = await counter_of(shop)
    terms = {"country": "GB", "currencyCode": "GBP", "cashStep": money("0.01"), "refundOrder": refund_order}
    await shop.done("tenderTermsSet", terms, "terms { refundOrder }", counter.office, keyed=False)
    (ten,) = await counter.goods(1000)
    order = await sold(counter, [(ten, 10)], "30.00")
    assert (await back(counter, order, (0, 4)))["tenders"] == expected
    await sound(shop)


async def test_pennies_come_off_the_card_until_it_is_used_up(shop: Shop) -> None:
    # M18: 10.00, 10.00 and 80.00 pay; 0.01 three times, then the rest.
    counter = await counter_of(shop)
    terms = {"country": "GB", "currencyCode": "GBP", "cashStep": money("0.01"), "refundOrder": "CARD_FIRST"}
    await shop.done("tenderTermsSet", terms, "terms { refundOrder }", counter.office, keyed=False)
    penny, rest = await counter.goods(1, 9997)
    order = await sold(counter, [(penny, 3), (rest, 1)], "10.00", "10.00")
    for _ in range(3):
        assert (await back(counter, order, (0, 1)))["tenders"] == {"CARD": "0.01"}
    node = order["lines"]["nodes"][1]["id"]
    given = {"orderId": order["id"], "locationId": counter.store, "lines": [{"orderLineId": node, "quantity": 1}]}
    done = (await shop.done("returnCreateAndProcess", given, SETTLED, counter.till))["return"]
    assert sorted((one["tender"], one["amount"]["amount"]) for one in done["refunds"]) == [
        ("CARD", "79.97"),
        ("GIFT_CARD", "10.00"),
        ("GIFT_CARD", "10.00"),
    ]
    await sound(shop)


async def test_points_that_paid_come_back_with_the_units_they_paid_for(shop: Shop) -> None:
    # M32: 500 points are 5.00 off 2 x 19.99 and 10.01.
    counter, ada = await counter_of(shop), shop.credentials.customer_token
    me = (await shop.ask("{ me { id loyaltyWallet { id } } }", token=ada))["me"]
    credit = {"walletId": me["loyaltyWallet"]["id"], "points": 500, "reason": "GOODWILL"}
    await shop.done("loyaltyPointsAdjust", credit, "wallet { id }", counter.office)
    first, second = await counter.goods(1999, 1001)
    given = {
        "locationId": counter.store,
        "lines": [{"sku": first, "quantity": 2}, {"sku": second, "quantity": 1}],
        "tender": "CASH",
        "customerId": me["id"],
        "points": 500,
    }
    order = (await shop.done("orderCreate", given, "order { id lines(first: 9) { nodes { id } } }", counter.till))[
        "order"
    ]
    got = [await back(counter, order, (line, 1)) for line in (0, 1, 0)]
    assert [(one["refund"], one["points"]) for one in got] == [("17.99", 200), ("9.01", 100), ("17.99", 200)]
    await sound(shop)


async def collected_later(shop: Shop, counter: Counter) -> Any:
    """Three at 12.00 less a tenth, 7 % beside the price, ordered on the web for collection."""

    def put(conn: WriteConnection) -> None:
        act = shop.process.new_context().act()
        conn.exec_driver_sql("UPDATE sales_channel SET prices_include_tax = false WHERE kind = 'ONLINE'")
        conn.exec_driver_sql("UPDATE tax_rate SET rate_ppm = 70000 WHERE country = 'GB'")
        channel = catalog_store.default_channel(conn, SalesChannelKind.ONLINE)
        assert channel is not None
        variant = NewVariant(sku="SEVEN", prices=(NewPrice(channel.id, 1200),))
        catalog.create_product(conn, NewProduct("seven", "Seven", (variant,), published_in=(channel.id,)), act)
        found = catalog_store.variants_by_sku(conn, ["SEVEN"])["SEVEN"]
        place = locations.by_codes(conn, ["LON-CG"])["LON-CG"].id
        inventory.receive_many(conn, [Take(found.id, place, 10)], act)

    await shop.process.database.write(put)
    variant = (await shop.ask('{ productVariant(sku: "SEVEN") { id } }'))["productVariant"]
    await counter.promote({"percentageOff": {"percentage": "10"}}, "PRORATE")
    line = {"variantId": variant["id"], "quantity": 3, "pickupLocationId": counter.store}
    made = await shop.done("cartCreate", {"lines": [line]}, "cart { id cost { due { amount } } } token")
    cart, token = made["cart"]["id"], made["token"]
    assert made["cart"]["cost"]["due"] == {"amount": "34.67"}
    email = {"cartId": cart, "token": token, "email": "guest@example.com"}
    await shop.done("cartBuyerIdentityUpdate", email, "cart { id }")
    wanted = "order { id lines(first: 1) { nodes { id } } fulfillmentOrders { id } }"
    pay = {"cartId": cart, "cartToken": token, "paymentMethod": VISA}
    return (await shop.done("cartComplete", pay, wanted))["order"]


async def test_a_short_pick_is_never_captured_and_a_no_show_gets_all_back(shop: Shop) -> None:
    # M37 and M38.
    counter = await counter_of(shop)
    order = await collected_later(shop, counter)
    named = {"fulfillmentOrderId": order["fulfillmentOrders"][0]["id"]}
    picked = {"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 2, "shortQuantity": 1}
    await shop.done("fulfillmentOrderPick", {**named, "lines": [picked]}, "fulfillmentOrder { id }", counter.till)
    await shop.done("fulfillmentOrderLineItemsPreparedForPickup", named, "fulfillmentOrder { id }", counter.till)
    await shop.work()
    seen = """query($id: ID!) { order(id: $id) { cost { canceled { amount } }
        payments { captured { amount } } refunds { amount { amount } } } }"""
    ready = (await shop.ask(seen, {"id": order["id"]}, counter.till))["order"]
    assert (ready["cost"]["canceled"]["amount"], ready["payments"][0]["captured"]["amount"]) == ("11.56", "23.11")
    key = FulfillmentOrderId(uuid_of("FulfillmentOrder", named["fulfillmentOrderId"]))
    for days, end in ((60, expiring.expire), (90, expiring.cancel_no_show)):
        late = act_at(utc_now() + timedelta(days=days))
        await shop.process.database.write(lambda conn, end=end, late=late: end(conn, key, late))  # type: ignore[misc]
    await shop.work()
    gone = (await shop.ask(seen, {"id": order["id"]}, counter.till))["order"]
    assert gone["refunds"] == [{"amount": {"amount": "23.11"}}]
    await sound(shop)
