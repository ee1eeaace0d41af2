"""Orders over GraphQL: tills, marketplaces, cancellations, parcels, look-ups, lists and who may see what."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.acts import Actor, ActorKind, Scope
from domain.events.store import Change, Topic
from domain.inventory import store as stock
from domain.loyalty import store as loyalty_store
from domain.orders import service
from domain.orders.model import CancelReason, OrderId
from resolvers.ids import global_id, uuid_of
from tests.conftest import NOW, Statements
from tests.orders.desk import Desk
from tests.orders.sales import from_market, sale
from tests.orders.shop import many_variants, placed_line, placement

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Actor(ActorKind.STAFF, "staff-1", scopes=frozenset({Scope.READ_ORDERS, Scope.WRITE_ORDERS}))
_ORDER = """id number receiptNumber receiptQrCode status source externalReference payerOfRecord
  cost { subtotal { amount } total { amount } due { amount } canceled { amount } points }
  lines(first: 100) { nodes { id sku quantity openQuantity fulfilledQuantity canceledQuantity paid { amount }
    taxLines { jurisdiction ratePpm amount { amount } } } }
  payments { tender status amount { amount } captured { amount } } placeOfSale { name } customer { displayName }"""
CREATE = f"""mutation($input: OrderCreateInput!) {{ orderCreate(input: $input) {{ order {{ {_ORDER} }}
  payment {{ status }} replayed userErrors {{ code available due {{ amount }} declineCode }} }} }}"""
IMPORT = f"""mutation($input: OrderImportInput!) {{ orderImport(input: $input) {{ order {{ {_ORDER} }} replayed
  userErrors {{ code message }} }} }}"""
CANCEL = f"""mutation($input: OrderCancelInput!) {{ orderCancel(input: $input) {{ order {{ {_ORDER}
  refunds {{ amount {{ amount }} status tender }} }} replayed userErrors {{ code available }} }} }}"""
SHIP = """mutation($input: ShipmentCreateInput!) { shipmentCreate(input: $input) {
  shipment { id status trackingNumber lineItems { quantity } } order { status } replayed userErrors { code } } }"""
DELIVER = """mutation($input: ShipmentMarkDeliveredInput!) { shipmentMarkDelivered(input: $input) {
  shipment { status } order { status } replayed userErrors { code } } }"""
LOOKUP = """query($input: OrderLookupInput!) { orderLookup(input: $input) {
  matches { order { number } orderToken } userErrors { code until } } }"""
ORDERS = """query($filter: OrderFilterInput, $first: Int, $after: String, $sort: OrderSort! = NEWEST_FIRST) {
  orders(filter: $filter, first: $first, after: $after, sort: $sort) {
    nodes { number } pageInfo { hasNextPage endCursor } } }"""
EVENTS = """query($id: ID!) { order(id: $id) { events(first: 50) { nodes { kind actorKind actorId
  facts { name value } changes { name before after } } } } }"""
COUNTER = """query($id: ID!) { order(id: $id) { number cost { total { amount } }
  lines(first: 100) { nodes { title quantity paid { amount } taxLines { jurisdiction amount { amount } } } }
  payments { status } fulfillmentOrders { method status } returns { number } } }"""
WHOLE = """query($id: ID!) { order(id: $id) { number
  cost { total { amount } } lines(first: 100) { nodes { title paid { amount } taxLines { amount { amount } } } }
  taxLines { amount { amount } } payments { status } refunds { status } fulfillmentOrders { method status }
  shipments { trackingNumber } returns { number } } }"""


async def imported(desk: Desk, key: str = "i1", reference: str = "AMZ-1", **given: object) -> Any:
    payload = (await desk.ask(desk.shop.partner, IMPORT, from_market(desk, key, reference, **given)))["orderImport"]
    assert payload["userErrors"] == []
    return payload["order"]


async def paid_online(desk: Desk, actor: Actor) -> Any:
    payload = await desk.complete(actor, await desk.cart(actor), f"k-{actor.id}")
    assert payload["userErrors"] == []
    return payload


async def codes(desk: Desk, actor: Actor, document: str, field: str, given: object) -> list[str]:
    return [error["code"] for error in (await desk.ask(actor, document, given))[field]["userErrors"]]


async def test_a_till_sells_for_cash_and_the_goods_are_gone(desk: Desk) -> None:
    sold = (await desk.ask(desk.shop.associate, CREATE, sale(desk, "t1")))["orderCreate"]
    order = sold["order"]
    assert (sold["userErrors"], order["status"], order["source"], order["placeOfSale"]) == (
        [],
        "CLOSED",
        "POS",
        {"name": "London"},
    )
    # Phones read QR codes, of 21 modules a side and more, and no Micro QR: (21 + 2 * 4 quiet) * 4 = 116.
    assert "width%3D%27116%27" in order["receiptQrCode"]
    assert [(line["sku"], line["quantity"], line["fulfilledQuantity"]) for line in order["lines"]["nodes"]] == [
        ("SHIRT", 2, 2),
        ("MUG", 1, 1),
    ]
    assert order["payments"] == [
        {
            "tender": "CASH",
            "status": "CAPTURED",
            "amount": {"amount": "33.99"},
            "captured": {"amount": "33.99"},
        }
    ]
    level = await desk.db.read(lambda conn: stock.availability(conn, [(desk.shop.shirt, desk.shop.soho)], NOW))
    assert level[desk.shop.shirt, desk.shop.soho].on_hand == 18
    again = (await desk.ask(desk.shop.associate, CREATE, sale(desk, "t1")))["orderCreate"]
    assert (again["order"]["number"], again["replayed"]) == (order["number"], True)
    assert await desk.db.read(service.verify) == []


async def test_a_till_takes_a_card_and_a_members_points(desk: Desk) -> None:
    card = (await desk.ask(desk.shop.buyer, "{ me { loyaltyCardNumber } }"))["me"]["loyaltyCardNumber"]
    given = sale(desk, "t1", tender="CARD", paymentMethod="pm_card_visa", loyaltyCardNumber=card.lower(), points=399)
    sold = (await desk.ask(desk.shop.associate, CREATE, given))["orderCreate"]
    assert sold["userErrors"] == []
    assert (sold["order"]["cost"]["points"], sold["order"]["cost"]["due"]["amount"]) == (399, "30.00")
    assert (sold["payment"]["status"], sold["order"]["payments"][0]["status"]) == (
        "CAPTURE_REQUESTED",
        "CAPTURE_REQUESTED",
    )
    wallets = await desk.db.read(lambda conn: loyalty_store.wallets(conn, [desk.shop.wallet], NOW))
    assert (wallets[desk.shop.wallet].available, wallets[desk.shop.wallet].pending) == (131, 0)
    assert await desk.db.read(service.verify) == []


async def test_a_declined_card_at_a_till_sells_nothing(desk: Desk) -> None:
    given = sale(desk, "t1", tender="CARD", paymentMethod="pm_card_chargeDeclined")
    refused = (await desk.ask(desk.shop.associate, CREATE, given))["orderCreate"]
    assert (refused["order"], refused["userErrors"][0]["code"]) == (None, "PAYMENT_DECLINED")
    level = await desk.db.read(lambda conn: stock.availability(conn, [(desk.shop.shirt, desk.shop.soho)], NOW))
    assert (level[desk.shop.shirt, desk.shop.soho].on_hand, level[desk.shop.shirt, desk.shop.soho].held) == (20, 0)


async def test_a_till_closes_the_customers_cart(desk: Desk) -> None:
    cart = await desk.cart(desk.shop.buyer)
    customer = global_id("Customer", desk.shop.customer)
    given = sale(desk, "t1", lines=[{"sku": "MUG"}], cartId=cart["cartId"], customerId=customer)
    sold = (await desk.ask(desk.shop.associate, CREATE, given))["orderCreate"]
    assert [(line["sku"], line["quantity"]) for line in sold["order"]["lines"]["nodes"]] == [("SHIRT", 2), ("MUG", 1)]
    assert (await desk.ask(desk.shop.buyer, "{ me { cart { id } } }"))["me"]["cart"] is None


async def test_a_till_refuses_what_it_cannot_sell(desk: Desk) -> None:
    clerk, york = desk.shop.associate, global_id("Location", desk.shop.york)
    unknown = sale(desk, "t1", lines=[{"sku": "GHOST"}])
    assert await codes(desk, clerk, CREATE, "orderCreate", unknown) == ["VARIANT_NOT_FOUND"]
    too_many = sale(desk, "t2", lines=[{"sku": "MUG", "quantity": 21}])
    assert await codes(desk, clerk, CREATE, "orderCreate", too_many) == ["OUT_OF_STOCK"]
    elsewhere = sale(desk, "t3", locationId=york)
    assert await codes(desk, clerk, CREATE, "orderCreate", elsewhere) == ["LOCATION_NOT_ALLOWED"]
    changed = sale(desk, "t4", expectedDue={"amount": "1.00", "currencyCode": "GBP"})
    assert await codes(desk, clerk, CREATE, "orderCreate", changed) == ["TOTAL_CHANGED"]
    bad_code = sale(desk, "t5", lines=[{"gtin": "4006381333932"}])
    assert await codes(desk, clerk, CREATE, "orderCreate", bad_code) == ["VARIANT_NOT_FOUND"]
    none = sale(desk, "t6", lines=[])
    assert await codes(desk, clerk, CREATE, "orderCreate", none) == ["LINES_INVALID"]
    assert await desk.error(desk.shop.guest, CREATE, sale(desk, "t7")) == "UNAUTHENTICATED"
    assert await desk.error(desk.shop.partner, CREATE, sale(desk, "t8")) == "FORBIDDEN"
    assert (await desk.ask(HEAD_OFFICE, ORDERS))["orders"]["nodes"] == []


async def test_a_marketplace_brings_its_orders_once(desk: Desk) -> None:
    order = await imported(desk)
    assert (order["source"], order["externalReference"], order["payerOfRecord"]) == (
        "MARKETPLACE",
        "AMZ-1",
        "Marketplace",
    )
    assert order["lines"]["nodes"][0]["taxLines"] == [
        {"jurisdiction": "GB VAT", "ratePpm": 200000, "amount": {"amount": "2.00"}}
    ]
    assert order["payments"] == [
        {"tender": "EXTERNAL", "status": "CAPTURED", "amount": {"amount": "12.00"}, "captured": {"amount": "12.00"}}
    ]
    partner = desk.shop.partner
    other_key = (await desk.ask(partner, IMPORT, from_market(desk, "i2")))["orderImport"]
    assert (other_key["order"]["number"], other_key["replayed"]) == (order["number"], True)
    other = from_market(desk, "i3", payer="Somebody else")
    assert await codes(desk, partner, IMPORT, "orderImport", other) == ["EXTERNAL_REFERENCE_TAKEN"]
    wrong = from_market(desk, "i4", "AMZ-2", total={"amount": "11.99", "currencyCode": "GBP"})
    assert await codes(desk, partner, IMPORT, "orderImport", wrong) == ["TOTALS_DO_NOT_ADD_UP"]
    assert await desk.error(desk.shop.associate, IMPORT, from_market(desk, "i5", "AMZ-3")) == "FORBIDDEN"
    assert await desk.error(partner, IMPORT, from_market(desk, "i6", "AMZ-4", currencyCode="EUR")) == "BAD_USER_INPUT"


async def test_a_customer_cancels_what_no_store_has_begun(desk: Desk) -> None:
    order = (await paid_online(desk, desk.shop.buyer))["order"]
    given = {"idempotencyKey": "c1", "orderId": order["id"]}
    assert await codes(desk, desk.shop.guest, CANCEL, "orderCancel", given) == ["ORDER_NOT_FOUND"]
    done = (await desk.ask(desk.shop.buyer, CANCEL, given))["orderCancel"]
    assert (done["order"]["status"], done["order"]["cost"]["canceled"]["amount"]) == ("CANCELED", "24.00")
    assert (done["order"]["payments"][0]["status"], done["order"]["refunds"]) == ("VOID_REQUESTED", [])
    assert (await desk.ask(desk.shop.buyer, CANCEL, given))["orderCancel"]["replayed"] is True
    again = {"idempotencyKey": "c2", "orderId": order["id"]}
    assert await codes(desk, desk.shop.buyer, CANCEL, "orderCancel", again) == ["NOT_CANCELABLE"]


async def test_a_guest_cancels_with_the_token_unit_by_unit(desk: Desk) -> None:
    bought = await paid_online(desk, desk.shop.guest)
    found = await desk.ask(
        HEAD_OFFICE, f"query($id: ID!) {{ order(id: $id) {{ {_ORDER} }} }}", id=bought["order"]["id"]
    )
    line = found["order"]["lines"]["nodes"][0]["id"]
    given = {
        "idempotencyKey": "c1",
        "orderId": bought["order"]["id"],
        "orderToken": bought["orderToken"],
        "lines": [{"orderLineId": line, "quantity": 1}],
    }
    done = (await desk.ask(desk.shop.guest, CANCEL, given))["orderCancel"]
    assert (done["order"]["status"], done["order"]["cost"]["canceled"]["amount"]) == ("OPEN", "12.00")
    too_many = {**given, "idempotencyKey": "c2", "lines": [{"orderLineId": line, "quantity": 2}]}
    assert await codes(desk, desk.shop.guest, CANCEL, "orderCancel", too_many) == ["QUANTITY_EXCEEDS_CANCELABLE"]


async def test_a_store_ships_and_the_parcel_arrives(desk: Desk) -> None:
    order = await imported(desk)
    places = "query($id: ID!) { order(id: $id) { fulfillmentOrders { id } } }"
    place = (await desk.ask(desk.shop.associate, places, id=order["id"]))["order"]["fulfillmentOrders"][0]["id"]
    given = {"idempotencyKey": "s1", "fulfillmentOrderId": place, "trackingNumber": "AB123"}
    assert await desk.error(desk.shop.partner, SHIP, given) == "FORBIDDEN"
    elsewhere = replace(desk.shop.associate, location_ids=frozenset({desk.shop.york}))
    assert await codes(desk, elsewhere, SHIP, "shipmentCreate", given) == ["FULFILLMENT_ORDER_NOT_FOUND"]
    sent = (await desk.ask(desk.shop.associate, SHIP, given))["shipmentCreate"]
    assert sent["shipment"] | {"id": ""} == {
        "id": "",
        "status": "SHIPPED",
        "trackingNumber": "AB123",
        "lineItems": [{"quantity": 1}],
    }
    arrived = {"idempotencyKey": "d1", "shipmentId": sent["shipment"]["id"]}
    done = (await desk.ask(desk.shop.associate, DELIVER, arrived))["shipmentMarkDelivered"]
    assert (done["shipment"]["status"], done["order"]["status"]) == ("DELIVERED", "CLOSED")
    again = {**given, "idempotencyKey": "s2"}
    assert await codes(desk, desk.shop.associate, SHIP, "shipmentCreate", again) == ["INVALID_TRANSITION"]


async def test_each_caller_sees_only_what_is_theirs(desk: Desk) -> None:
    own = (await paid_online(desk, desk.shop.buyer))["order"]
    guests = (await paid_online(desk, desk.shop.guest))["order"]
    market = await imported(desk)
    other = Actor(ActorKind.CUSTOMER, "other", desk.shop.web, UUID(int=1))
    foreign = replace(desk.shop.partner, sales_channel_id=desk.shop.web)
    numbers = {"own": own["number"], "guests": guests["number"], "market": market["number"]}
    expected = {
        "buyer": (desk.shop.buyer, {"own"}),
        "other": (other, set()),
        "clerk": (desk.shop.associate, {"own", "guests", "market"}),
        "office": (HEAD_OFFICE, {"own", "guests", "market"}),
        "partner": (desk.shop.partner, {"market"}),
        "foreign": (foreign, {"own", "guests"}),
    }
    by_number = "query($number: String!) { order(number: $number) { number } }"
    for actor, names in expected.values():
        listed = {node["number"] for node in (await desk.ask(actor, ORDERS))["orders"]["nodes"]}
        assert listed == {numbers[name] for name in names}
        for name, number in numbers.items():
            found = (await desk.ask(actor, by_number, number=number.lower()))["order"]
            assert (found is not None) == (name in names)
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await desk.ask(other, node, id=own["id"]))["node"] is None
    assert (await desk.ask(desk.shop.buyer, node, id=own["id"]))["node"] == {"id": own["id"]}
    assert await desk.error(desk.shop.guest, ORDERS) == "UNAUTHENTICATED"


async def test_a_list_is_filtered_sorted_and_paged(desk: Desk) -> None:
    made = [await imported(desk, f"i{n}", reference=f"AMZ-{n}", placedAt=f"2026-01-0{n}T08:00:00Z") for n in (1, 2, 3)]
    till = (await desk.ask(desk.shop.associate, CREATE, sale(desk, "t1")))["orderCreate"]["order"]
    first, second, third = (order["number"] for order in made)

    async def numbers(**more: Any) -> list[str]:
        return [node["number"] for node in (await desk.ask(HEAD_OFFICE, ORDERS, **more))["orders"]["nodes"]]

    assert await numbers() == [till["number"], third, second, first]
    assert await numbers(sort="OLDEST_FIRST") == [first, second, third, till["number"]]
    assert await numbers(filter={"source": "POS"}) == [till["number"]]
    assert await numbers(filter={"status": "CLOSED"}) == [till["number"]]
    assert await numbers(filter={"placedFrom": "2026-01-02T08:00:00Z", "placedBefore": "2026-01-03T08:00:00Z"}) == [
        second
    ]
    assert await numbers(filter={"locationId": global_id("Location", desk.shop.york)}) == []
    assert await numbers(filter={"salesChannelId": global_id("SalesChannel", desk.shop.market)}) == [
        third,
        second,
        first,
    ]
    page = (await desk.ask(HEAD_OFFICE, ORDERS, first=3))["orders"]
    assert page["pageInfo"]["hasNextPage"] is True
    assert await numbers(first=3, after=page["pageInfo"]["endCursor"]) == [first]
    assert await desk.error(HEAD_OFFICE, ORDERS, sort="OLDEST_FIRST", after=page["pageInfo"]["endCursor"]) == (
        "INVALID_CURSOR"
    )


async def test_a_guest_proves_an_order_by_number_and_email(desk: Desk) -> None:
    bought = await paid_online(desk, desk.shop.guest)
    number = bought["order"]["number"]

    async def look(**given: object) -> Any:
        return (await desk.ask(desk.shop.guest, LOOKUP, given))["orderLookup"]

    right = await look(orderNumber=f" {number.lower()} ", email="ADA@example.com")
    assert right["matches"] == [{"order": {"number": number}, "orderToken": bought["orderToken"]}]
    for wrong in ({"orderNumber": number, "email": "eve@example.com"}, {"orderNumber": "O-1", "email": "a@b.c"}):
        assert [error["code"] for error in (await look(**wrong))["userErrors"]] == ["ORDER_NOT_FOUND"]
    receipt = await look(receiptNumber=bought["order"]["receiptNumber"])
    assert [error["code"] for error in receipt["userErrors"]] == ["LOOKUP_INCOMPLETE"]
    for _ in range(9):
        await look(orderNumber=number, email="eve@example.com")
    locked = await look(orderNumber=number, email="ada@example.com")
    assert (locked["matches"], locked["userErrors"]) == (
        [],
        [{"code": "TOO_MANY_ATTEMPTS", "until": "2026-01-10T10:15:00Z"}],
    )


async def test_a_till_finds_an_order_by_whatever_the_customer_holds(desk: Desk) -> None:
    own = (await paid_online(desk, desk.shop.buyer))["order"]
    market = await imported(desk)
    clerk = desk.shop.associate
    card = (await desk.ask(desk.shop.buyer, "{ me { loyaltyCardNumber } }"))["me"]["loyaltyCardNumber"]

    async def numbers(actor: Actor = clerk, **given: object) -> list[str]:
        found = (await desk.ask(actor, LOOKUP, given))["orderLookup"]
        assert found["userErrors"] == []
        return [match["order"]["number"] for match in found["matches"]]

    channel = global_id("SalesChannel", desk.shop.market)
    assert await numbers(receiptNumber=own["receiptNumber"].lower()) == [own["number"]]
    assert await numbers(orderNumber=own["number"]) == [own["number"]]
    assert await numbers(loyaltyCardNumber=card) == [own["number"]]
    assert await numbers(externalReference="AMZ-1", salesChannelId=channel) == [market["number"]]
    assert await numbers(desk.shop.partner, externalReference="AMZ-1") == [market["number"]]
    assert await numbers(desk.shop.partner, orderNumber=own["number"]) == []
    both = {"receiptNumber": own["receiptNumber"], "orderNumber": own["number"]}
    assert [error["code"] for error in (await desk.ask(clerk, LOOKUP, both))["orderLookup"]["userErrors"]] == [
        "LOOKUP_INCOMPLETE"
    ]


async def test_the_timeline_tells_staff_who_and_customers_what(desk: Desk) -> None:
    order = (await paid_online(desk, desk.shop.buyer))["order"]
    await desk.ask(desk.shop.buyer, CANCEL, {"idempotencyKey": "c1", "orderId": order["id"]})
    seen = (await desk.ask(HEAD_OFFICE, EVENTS, id=order["id"]))["order"]["events"]["nodes"]
    assert [(event["kind"], event["actorId"]) for event in seen] == [
        ("PLACED", str(desk.shop.customer)),
        ("UNITS_CANCELED", str(desk.shop.customer)),
        ("CANCELED", str(desk.shop.customer)),
    ]
    assert {"name": "status", "before": "OPEN", "after": "CANCELED"} in seen[1]["changes"]
    own = (await desk.ask(desk.shop.buyer, EVENTS, id=order["id"]))["order"]["events"]["nodes"]
    assert [event["actorId"] for event in own] == [None, None, None]


async def test_a_watcher_first_gets_what_it_missed_and_then_every_change(desk: Desk) -> None:
    bought = await paid_online(desk, desk.shop.guest)
    order_id = OrderId(uuid_of("Order", bought["order"]["id"]))

    class OneChange:
        async def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
            assert (topic, keys) == (Topic.ORDER, [str(order_id)])
            yield Change(0, Topic.ORDER, str(order_id), 0)
            act = desk.context(HEAD_OFFICE).act()
            await desk.db.write(lambda conn: service.cancel(conn, order_id, None, CancelReason.FRAUD, act))
            yield Change(1, Topic.ORDER, str(order_id), 2)

    watch = """subscription($id: ID!, $token: String, $after: Int! = 0) {
      orderUpdated(orderId: $id, token: $token, afterVersion: $after) { version status } }"""
    ctx = replace(desk.context(desk.shop.guest), feed=OneChange())
    given = {"id": bought["order"]["id"], "token": bought["orderToken"], "after": 0}
    seen = [message.data async for message in await desk.schema.subscribe(watch, given, context_value=ctx)]
    assert [message["orderUpdated"] for message in seen if message] == [
        {"version": 1, "status": "OPEN"},
        {"version": 2, "status": "CANCELED"},
    ]


@pytest.mark.parametrize("lines", [1, 50])
async def test_a_whole_order_is_read_in_as_many_statements_whatever_its_lines(
    desk: Desk, statements: Statements, lines: int
) -> None:
    act = desk.context(HEAD_OFFICE).act()

    def place(conn: Any) -> OrderId:
        variants = many_variants(conn, desk.shop, act, lines)
        wanted = placement(desk.shop, act, [placed_line(act, variant) for variant in variants])
        return service.place(conn, wanted, act).id

    order_id = await desk.db.write(place)
    statements.clear()
    found = (await desk.ask(HEAD_OFFICE, WHOLE, id=global_id("Order", order_id)))["order"]
    assert len(found["lines"]["nodes"]) == lines
    assert len(statements) == 10
    statements.clear()
    await desk.ask(HEAD_OFFICE, COUNTER, id=global_id("Order", order_id))
    assert len(statements) == 6


async def test_a_partner_ships_only_what_it_sends_itself(desk: Desk) -> None:
    order = await imported(desk, locationId=None, address=None)
    partner = replace(desk.shop.partner, scopes=desk.shop.partner.scopes | {Scope.WRITE_FULFILLMENT})
    places = "query($id: ID!) { order(id: $id) { fulfillmentOrders { id } } }"
    place = (await desk.ask(partner, places, id=order["id"]))["order"]["fulfillmentOrders"][0]["id"]
    given = {"idempotencyKey": "s1", "fulfillmentOrderId": place}
    assert await codes(desk, desk.shop.associate, SHIP, "shipmentCreate", given) == ["FULFILLMENT_ORDER_NOT_FOUND"]
    assert (await desk.ask(partner, SHIP, given))["shipmentCreate"]["shipment"]["status"] == "SHIPPED"
