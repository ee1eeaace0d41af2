"""A replay of every mutation gives the same answer and changes nothing.

One story calls each mutation that takes an idempotencyKey, twice: the second call must give the first one's answer and
leave every row of every table as it was. A new mutation fails the last claim until the story calls it.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import GraphQLInputObjectType, get_named_type

from domain.connections import ReadConnection
from domain.orders.model import FulfillmentOrderId
from domain.pickup import expiring as pickup
from gateway.app import utc_now
from gateway.demo.load import CUSTOMER_EMAIL, CUSTOMER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from gateway.jobs import act_at
from gateway.sandbox.refunds import RefundOutcome
from gateway.schema_tables import metadata
from resolvers.ids import uuid_of
from tests.api.schema import core_schema
from tests.api.shop import Shop, reader
from tests.api.test_loop import places, sound

pytestmark = pytest.mark.anyio
Answer = dict[str, Any]

UNKEYED = {
    # Each gives a new credential, which is what is asked for.
    "associateSignIn",
    "customerSignIn",
    "partnerTokenCreate",
    "staffSignIn",
    "terminalRegister",
    # Each sets a state: again it sets the same, or is refused because it is so already.
    "categoryCreate",
    "collectionCreate",
    "fulfillmentOrderAccept",
    "giftCardTermsSet",
    "locationUpdate",
    "loyaltyAccountEnroll",
    "pickupCheckIn",
    "pickupExtend",
    "pickupPersonSet",
    "productPublish",
    "productUnpublish",
    "productUpdate",
    "salesChannelCreate",
    "tenderTermsSet",
    "terminalRevoke",
    "trustedDocumentsRegister",
    "trustedDocumentsWithdraw",
    "variantPriceSet",
}
CART = "cart { id version lines { id quantity } deliveryGroups { id } }"
RETURN = "return { id number status version lineItems { id receivedQuantity } refunds { id status } }"
LINES = "lines(first: 5) { nodes { id quantity } }"
ADDRESS = {"line1": "1 High Street", "city": "London", "postalCode": "N1 1AA", "country": "GB"}
VISA = "pm_card_visa"


def contents(conn: ReadConnection) -> dict[str, str]:
    """A fingerprint of each table's rows, whatever their order."""
    return {
        table.name: hashlib.sha256("\n".join(sorted(map(repr, conn.execute(sa.select(table))))).encode()).hexdigest()
        for table in metadata.sorted_tables
    }


@dataclass
class Story:
    """Who acts where, and which mutations were called twice."""

    shop: Shop
    places: dict[str, str]
    variant: str
    till: str
    office: str
    told: set[str] = field(default_factory=set)

    async def twice(self, mutation: str, given: Answer, selection: str, token: str | None = None) -> Any:
        """The answer of a mutation whose replay answers the same and writes nothing."""
        given, read = {**given, "idempotencyKey": self.shop.key()}, self.shop.process.database.read
        first = await self.shop.done(mutation, given, f"{selection} replayed", token)
        before = await read(contents)
        again = await self.shop.do(mutation, given, f"{selection} replayed", token)
        after = await read(contents)
        assert (mutation, again) == (mutation, {**first, "replayed": True})
        assert first["replayed"] is False
        assert {name for name, text in after.items() if text != before[name]} == set(), mutation
        self.told.add(mutation)
        return first

    async def cart(self, units: int = 1, token: str | None = None) -> Answer:
        """A cart to collect in London, as `cartComplete` names it."""
        line = {"variantId": self.variant, "quantity": units, "pickupLocationId": self.places["LON-CG"]}
        made = await self.shop.done(
            "cartCreate", {"lines": [line], "email": "guest@example.com"}, "cart { id } token", token
        )
        return {"cartId": made["cart"]["id"], "cartToken": made["token"]}

    async def ordered(self, units: int = 1) -> Answer:
        """A paid web order with its token, lines and fulfillment order."""
        paid = await self.shop.done(
            "cartComplete",
            {**await self.cart(units), "paymentMethod": VISA},
            f"order {{ id {LINES} fulfillmentOrders {{ id }} }} orderToken",
        )
        return {
            "orderId": paid["order"]["id"],
            "orderToken": paid["orderToken"],
            "line": paid["order"]["lines"]["nodes"][0]["id"],
            "fulfillment": paid["order"]["fulfillmentOrders"][0]["id"],
        }

    async def sold(self, units: int = 1) -> Answer:
        """A till sale by card whose money is taken."""
        sale = {"locationId": self.places["LON-CG"], "lines": [{"variantId": self.variant, "quantity": units}]}
        made = await self.shop.done(
            "orderCreate", {**sale, "tender": "CARD", "paymentMethod": VISA}, f"order {{ id {LINES} }}", self.till
        )
        await self.shop.work()
        return {"orderId": made["order"]["id"], "line": made["order"]["lines"]["nodes"][0]["id"]}


async def fill_carts(story: Story) -> None:
    other = (await story.shop.ask('{ productVariant(sku: "MUG-MEAD-NAVY") { id } }'))["productVariant"]["id"]
    wanted = {"variantId": story.variant, "quantity": 1}
    made = await story.twice("cartCreate", {"lines": [wanted]}, f"{CART} token")
    named = {"cartId": made["cart"]["id"], "token": made["token"]}
    lines = [{"variantId": other, "quantity": 2}]
    added = await story.twice("cartLinesAdd", {**named, "lines": lines}, CART)
    keep, drop = (line["id"] for line in added["cart"]["lines"])
    await story.twice("cartLinesUpdate", {**named, "lines": [{"lineId": keep, "quantity": 2}]}, CART)
    await story.twice("cartLinesRemove", {**named, "lineIds": [drop]}, CART)
    await story.twice("cartBuyerIdentityUpdate", {**named, "email": "guest@example.com"}, f"{CART}")
    await story.twice("cartDiscountCodesUpdate", {**named, "codes": ["NO-SUCH-CODE"]}, CART)
    await story.twice("cartDiscountCodesUpdate", {**named, "codes": []}, CART)
    await story.twice("cartDeliveryGroupsUpdate", {**named, "groups": [{"lineIds": [keep], "address": ADDRESS}]}, CART)
    place = story.places["LON-CG"]
    await story.twice("cartPickupLocationSet", {**named, "lineIds": [keep], "locationId": place}, CART)
    pay = {"cartId": named["cartId"], "cartToken": named["token"]}
    asks = {**pay, "paymentMethod": "pm_card_authenticationRequired"}
    await story.shop.done("cartComplete", asks, "payment { status }")
    await story.twice("cartPaymentCancel", pay, f"{CART} payment {{ id status }}")
    await story.twice(
        "cartComplete", {**pay, "paymentMethod": VISA}, "order { id number } orderToken payment { status }"
    )


async def spend_points(story: Story) -> None:
    shop = story.shop
    account = {"email": "new@example.com", "password": "a-long-password"}
    signed = await story.twice("customerSignUp", account, "customer { id loyaltyCardNumber }")
    assert signed["customer"]["id"]
    token = (await shop.done("customerSignIn", account, "grant { accessToken }", keyed=False))["grant"]["accessToken"]
    wallet = (await shop.done("loyaltyAccountEnroll", {}, "wallet { id }", token, keyed=False))["wallet"]["id"]
    balance = "wallet { id balance { available held } }"
    credit = {"walletId": wallet, "points": 1000, "reason": "GOODWILL"}
    await story.twice("loyaltyPointsAdjust", credit, balance, story.office)
    hold = {"walletId": wallet, "points": 100, "ttlSeconds": 600}
    held = await story.twice("loyaltyHoldCreate", hold, f"hold {{ id }} {balance}", story.till)
    capture = {"holdId": held["hold"]["id"], "points": 100}
    await story.twice("loyaltyHoldCapture", capture, f"hold {{ id }} {balance}", story.till)
    held = await shop.done("loyaltyHoldCreate", hold, "hold { id }", story.till)
    await story.twice("loyaltyHoldVoid", {"holdId": held["hold"]["id"]}, f"hold {{ id }} {balance}", story.till)
    guest = await story.cart()
    await story.twice("cartMerge", {"cartId": guest["cartId"], "token": guest["cartToken"]}, CART, token)
    await story.twice("cartLoyaltyPointsApply", {"points": 500}, CART, token)
    await story.twice("cartLoyaltyPointsRemove", {}, CART, token)


async def collect(story: Story) -> None:
    shop, till, status = story.shop, story.till, "fulfillmentOrder { id status }"
    refused = await story.ordered()
    reject = {"fulfillmentOrderId": refused["fulfillment"], "reason": "CANNOT_SERVE", "reSource": False}
    await story.twice("fulfillmentOrderReject", reject, status, till)
    canceled = await story.ordered()
    reason = {"orderId": canceled["orderId"], "orderToken": canceled["orderToken"], "reason": "CUSTOMER_REQUEST"}
    await story.twice("orderCancel", reason, "order { id status }")
    order, left = await story.ordered(2), await story.ordered()
    for each, units in ((order, 2), (left, 1)):
        named = {"fulfillmentOrderId": each["fulfillment"]}
        await shop.done("fulfillmentOrderAccept", named, status, till, keyed=False)
        picked = [{"orderLineId": each["line"], "quantity": units}]
        await story.twice("fulfillmentOrderPick", {**named, "lines": picked}, status, till)
        await story.twice("fulfillmentOrderLineItemsPreparedForPickup", {**named, "shelf": "A3"}, status, till)
    await shop.work()
    read = "query($id: ID!, $token: String) { order(id: $id, token: $token) { fulfillmentOrders { pickup { code } } } }"
    seen = await shop.ask(read, {"id": order["orderId"], "token": order["orderToken"]})
    code = seen["order"]["fulfillmentOrders"][0]["pickup"]["code"]
    hand = {"fulfillmentOrderId": order["fulfillment"], "code": code, "verification": "CODE"}
    await story.twice("pickupHandOver", hand, status, till)
    late = act_at(utc_now() + timedelta(days=60))
    expired = FulfillmentOrderId(uuid_of("FulfillmentOrder", left["fulfillment"]))
    await shop.process.database.write(lambda conn: pickup.expire(conn, expired, late))
    await story.twice("pickupReshelve", {"fulfillmentOrderId": left["fulfillment"]}, status, till)
    await bring_back(story, order)


async def bring_back(story: Story, order: Answer) -> None:
    """Two units: one request declined, one canceled, one approved, received and processed."""
    shop, till, place = story.shop, story.till, story.places["LON-CG"]
    wish = [{"orderLineId": order["line"], "quantity": 1, "reason": "UNWANTED"}]
    ask = {"orderId": order["orderId"], "orderToken": order["orderToken"], "lines": wish}
    asked = await story.twice("returnRequest", ask, RETURN)
    decline = {"returnId": asked["return"]["id"], "reason": "Opened."}
    await story.twice("returnDeclineRequest", decline, RETURN, till)
    made = await story.twice("returnCreate", {"orderId": order["orderId"], "lines": wish}, RETURN, till)
    await story.twice("returnCancel", {"returnId": made["return"]["id"]}, RETURN, till)
    asked = await shop.done("returnRequest", ask, RETURN)
    named = {"returnId": asked["return"]["id"]}
    await story.twice("returnApproveRequest", named, RETURN, till)
    (line,) = asked["return"]["lineItems"]
    arrived = [{"returnLineItemId": line["id"], "quantity": 1, "reception": "RECEIVED"}]
    await story.twice("returnReceive", {**named, "locationId": place, "lines": arrived}, RETURN, till)
    settle = [{"returnLineItemId": line["id"], "quantity": 1, "disposition": "RESTOCKED"}]
    read = "query($input: ReturnQuoteInput!) { returnQuote(input: $input) { quote { quoteToken } } }"
    quoted = await shop.ask(read, {"input": {**named, "processLines": settle}}, till)
    token = quoted["returnQuote"]["quote"]["quoteToken"]
    process = {**named, "locationId": place, "lines": settle, "quoteToken": token}
    await story.twice("returnProcess", process, RETURN, till)


async def make_refunds_good(story: Story) -> None:
    sale = {"locationId": story.places["LON-CG"], "lines": [{"variantId": story.variant, "quantity": 1}]}
    await story.twice("orderCreate", {**sale, "tender": "CASH"}, "order { id number }", story.till)
    for mutation, more in (("refundRetry", {}), ("refundReroute", {"tender": "STORE_CREDIT"})):
        order = await story.sold()
        story.shop.sandbox.sandbox.refund_outcomes.append(RefundOutcome.FAILS.value)
        lines = [{"orderLineId": order["line"], "quantity": 1}]
        back = {"orderId": order["orderId"], "locationId": story.places["LON-CG"], "lines": lines}
        taken = await story.twice("returnCreateAndProcess", back, RETURN, story.till)
        await story.shop.work()
        (refund,) = taken["return"]["refunds"]
        await story.twice(mutation, {"refundId": refund["id"], **more}, "refund { id status }", story.office)


async def give_cards(story: Story) -> None:
    office, worth = story.office, {"amount": "25.00", "currencyCode": "GBP"}
    batch = {"amount": worth, "country": "GB", "quantity": 2}
    made = await story.twice("giftCardsIssue", batch, "giftCards { id code balance { amount } }", office)
    named = {"giftCardId": made["giftCards"][0]["id"], "note": "asked for"}
    await story.twice("giftCardTopUp", {**named, "amount": worth}, "giftCard { id balance { amount } }", office)
    await story.twice("giftCardBlock", named, "giftCard { id blocked }", office)
    await story.twice("giftCardUnblock", named, "giftCard { id blocked }", office)
    ada = await story.shop.ask(
        "query($email: String) { customer(email: $email) { id } }", {"email": CUSTOMER_EMAIL}, office
    )
    credit = {"customerId": ada["customer"]["id"], "amount": worth, "note": "sorry"}
    await story.twice("storeCreditGrant", credit, "storeCredit { balance { amount } }", office)
    await spend_cards(story, made["giftCards"][1])


async def spend_cards(story: Story, card: Answer) -> None:
    account = {"email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD}
    signed = await story.shop.done("customerSignIn", account, "grant { accessToken }", keyed=False)
    ada = signed["grant"]["accessToken"]
    line = {"variantId": story.variant, "quantity": 1, "pickupLocationId": story.places["LON-CG"]}
    await story.shop.done("cartLinesAdd", {"lines": [line]}, CART, ada)
    await story.twice("cartGiftCardApply", {"code": card["code"]}, CART, ada)
    await story.twice("cartGiftCardRemove", {"giftCardId": card["id"]}, CART, ada)
    await story.twice("cartStoreCreditApply", {}, CART, ada)
    await story.twice("cartStoreCreditRemove", {}, CART, ada)
    sale = {"locationId": story.places["LON-CG"], "lines": [{"variantId": story.variant, "quantity": 1}]}
    part = {"tender": "GIFT_CARD", "giftCardCode": card["code"]}
    await story.twice("orderCreate", {**sale, "tender": "CASH", "tenders": [part]}, "order { id }", story.till)


async def ship(story: Story) -> None:
    shop, price = story.shop, {"amount": "9.50", "currencyCode": "GBP"}
    given = {
        "externalReference": "MP-1",
        "payer": "Demo marketplace",
        "placedAt": "2026-01-10T10:00:00Z",
        "currencyCode": "GBP",
        "pricesIncludeTax": True,
        "lines": [{"sku": "MUG-HARB-NAVY", "title": "Mug", "quantity": 1, "unitPrice": price, "total": price}],
        "total": price,
        "address": ADDRESS,
        "locationId": story.places["WH-1"],
    }
    fields = "order { id number fulfillmentOrders { id } }"
    made = await story.twice("orderImport", given, fields, await shop.partner())
    named = {"fulfillmentOrderId": made["order"]["fulfillmentOrders"][0]["id"]}
    sent = await story.twice("shipmentCreate", named, "shipment { id status }", story.office)
    arrived = {"shipmentId": sent["shipment"]["id"]}
    await story.twice("shipmentMarkDelivered", arrived, "shipment { id status }", story.office)


async def keep_shop(story: Story) -> None:
    office, place = story.office, story.places["LON-CG"]
    found = {"variantId": story.variant, "locationId": place, "delta": 50, "reason": "FOUND"}
    await story.twice("inventoryAdjust", found, "availability { available }", office)
    store = {"code": "LDS-1", "name": "Leeds", "kind": "STORE", "timeZone": "Europe/London", "address": ADDRESS}
    where = {"latitude": "53.80", "longitude": "-1.55"}
    await story.twice("locationCreate", {**store, "coordinates": where}, "location { id code }", office)
    variant = {"sku": "LAMP-1", "options": [{"name": "Size", "value": "S"}], "prices": []}
    lamp = {"title": "Lamp", "handle": "lamp", "variants": [variant]}
    made = await story.twice("productCreate", lamp, "product { id }", office)
    await story.twice(
        "pickupPolicySet", {"locationId": place, "expiryDays": 5}, "pickupPolicy { version validFrom }", office
    )
    channel = (await story.shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    longer = {"salesChannelId": channel, "windowDays": 60}
    await story.twice("returnPolicySet", longer, "returnPolicy { version validFrom windowDays }", office)
    larger = {"sku": "LAMP-2", "options": [{"name": "Size", "value": "L"}], "prices": []}
    more = {"productId": made["product"]["id"], "variants": [larger]}
    await story.twice("productVariantsAdd", more, "product { id }", office)


async def promote(story: Story) -> None:
    office, shown = story.office, "promotion { id version status title }"
    tenth = {"percentageOff": {"percentage": "10"}}
    said = {"title": "Tenth", "effect": tenth, "validFrom": "2026-01-01T00:00:00Z", "trigger": "CODE"}
    made = await story.twice("promotionCreate", {"promotion": said, "codes": ["TENTH"]}, shown, office)
    named = {"promotionId": made["promotion"]["id"]}
    await story.twice("promotionActivate", named, shown, office)
    await story.twice("promotionUpdate", {**named, "promotion": {**said, "title": "A tenth"}}, shown, office)
    await story.twice("promotionCodesAdd", {**named, "generate": 2}, "codes { code singleUse used }", office)
    await story.twice("promotionDeactivate", named, shown, office)
    limit = {"funder": "vendor:acme", "limit": {"amount": "50.00", "currencyCode": "GBP"}}
    await story.twice("promotionBudgetSet", limit, "budget { funder limit { amount } }", office)
    group = await story.twice(
        "customerGroupCreate", {"handle": "staff", "title": "Staff"}, "customerGroup { id }", office
    )
    ada = (await story.shop.ask("{ me { id } }", token=story.shop.credentials.customer_token))["me"]["id"]
    member = {"customerGroupId": group["customerGroup"]["id"], "customerIds": [ada]}
    for change in ("customerGroupMembersAdd", "customerGroupMembersRemove"):
        await story.twice(change, member, "customerGroup { id memberCount }", office)


async def list_prices(story: Story) -> None:
    cost, shown = {"amount": "8.00", "currencyCode": "GBP"}, "priceList { id version title active }"
    said = {"title": "Spring", "currencyCode": "GBP", "validFrom": "2026-01-01T00:00:00Z"}
    prices = [{"variantId": story.variant, "price": cost}]
    made = await story.twice("priceListCreate", {"priceList": said, "prices": prices}, shown, story.office)
    named = {"priceListId": made["priceList"]["id"]}
    await story.twice("priceListPricesSet", {**named, "prices": prices}, shown, story.office)
    await story.twice("priceListPricesRemove", {**named, "variantIds": [story.variant]}, shown, story.office)
    await story.twice("priceListUpdate", {**named, "priceList": {**said, "active": False}}, shown, story.office)


async def exempt(story: Story) -> None:
    ada = (await story.shop.ask("{ me { id } }", token=story.shop.credentials.customer_token))["me"]["id"]
    proof = {"customerId": ada, "reason": "GOVERNMENT", "certificate": "G-1", "country": "GB"}
    shown = "taxExemption { id revokedAt }"
    made = await story.twice("taxExemptionRecord", {**proof, "validFrom": "2026-01-01T00:00:00Z"}, shown, story.office)
    await story.twice("taxExemptionRevoke", {"taxExemptionId": made["taxExemption"]["id"]}, shown, story.office)


async def transport(story: Story) -> None:
    channel = (await story.shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    bands, shown = [{"price": {"amount": "3.95", "currencyCode": "GBP"}}], "shippingMethod { id version title }"
    said = {"salesChannelId": channel, "title": "Van", "daysMin": 1, "daysMax": 2, "bands": bands, "zones": [{}]}
    made = await story.twice("shippingMethodCreate", {"shippingMethod": said}, shown, story.office)
    named = {"shippingMethodId": made["shippingMethod"]["id"]}
    change = {**named, "shippingMethod": {**said, "title": "Bike"}}
    await story.twice("shippingMethodUpdate", change, shown, story.office)


async def print_papers(story: Story) -> None:
    lines = [{"variantId": story.variant, "quantity": 1}]
    sale = {"locationId": story.places["LON-CG"], "lines": lines, "tender": "CASH"}
    order = (await story.shop.done("orderCreate", sale, "order { id salesChannel { id } }", story.till))["order"]
    seller = {"name": "Tillway Tills Ltd", "prefix": "TT", "salesChannelIds": [order["salesChannel"]["id"]]}
    await story.twice("legalEntitySet", seller, "legalEntity { id name }", story.office)
    await story.twice("paperIssue", {"orderId": order["id"], "kind": "RECEIPT"}, "paper { number text }", story.till)


async def keep_drawers(story: Story) -> None:
    some, shown = {"amount": "10.00", "currencyCode": "GBP"}, "registerSession { id number status }"
    found = await story.shop.ask("{ registerSession { id drawer { expected { amount } } } }", token=story.till)
    named, there = {"registerSessionId": found["registerSession"]["id"]}, found["registerSession"]["drawer"]["expected"]
    movement = {**named, "kind": "PAID_IN", "amount": some, "reason": "Change"}
    await story.twice("cashMovementCreate", movement, "cashMovement { id amount { amount } }", story.till)
    counted = {**named, "countedAmount": {**there, "currencyCode": "GBP"}}
    counts = "cashCount { id counted { amount } difference { amount } }"
    made = await story.twice("cashCount", counted, counts, story.till)
    assert made["cashCount"]["difference"] == {"amount": "-10.00"}
    await story.twice("registerSessionClose", named, shown, story.till)
    await story.twice("registerSessionOpen", {"openingFloat": some}, shown, story.till)


async def ask_for_cards(story: Story) -> None:
    place, shown = story.places["LON-CG"], "cardReader { id label removedAt }"
    device = {"locationId": place, "label": "Counter", "providerReference": await reader(story.shop)}
    made = await story.twice("cardReaderRegister", device, shown, story.office)
    named = {"cardReaderId": made["cardReader"]["id"]}
    sale = {"locationId": place, "lines": [{"variantId": story.variant, "quantity": 1}], "tender": "CARD", **named}
    waits = await story.twice("orderCreate", sale, "payment { id status }", story.till)
    payment = {"paymentId": waits["payment"]["id"]}
    await story.twice("orderPaymentCancel", payment, "payment { id status }", story.till)
    await story.twice("cardReaderRemove", named, shown, story.office)


def mutations(*, keyed: bool) -> set[str]:
    """The names of the mutations that take an idempotencyKey, or of those that do not."""
    root = core_schema().mutation_type
    assert root is not None
    inputs = {name: get_named_type(one.args["input"].type) for name, one in root.fields.items()}
    return {
        name
        for name, given in inputs.items()
        if isinstance(given, GraphQLInputObjectType) and ("idempotencyKey" in given.fields) is keyed
    }


async def test_a_replay_of_every_mutation_gives_the_same_answer_and_changes_nothing(shop: Shop) -> None:
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"]
    head = {"email": STAFF_EMAIL, "password": STAFF_PASSWORD}
    office = (await shop.done("staffSignIn", head, "grant { accessToken }", keyed=False))["grant"]["accessToken"]
    story = Story(shop, await places(shop), variant, await shop.associate(0, "LON9"), office)
    for chapter in (
        keep_shop,
        fill_carts,
        spend_points,
        collect,
        make_refunds_good,
        give_cards,
        ship,
        promote,
        list_prices,
        exempt,
        transport,
        print_papers,
        keep_drawers,
        ask_for_cards,
    ):
        await chapter(story)
    assert story.told == mutations(keyed=True)
    await shop.work()
    await sound(shop)


def test_every_other_mutation_sets_a_state_or_gives_a_credential() -> None:
    assert mutations(keyed=False) == UNKEYED
