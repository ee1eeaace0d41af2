"""The chapters of the story in `tests.api.story`, each a part of the shop's life."""

from datetime import timedelta

from domain.orders.model import FulfillmentOrderId
from domain.pickup import expiring as pickup
from gateway.app import utc_now
from gateway.demo.load import CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from gateway.jobs import act_at
from gateway.sandbox.refunds import RefundOutcome
from resolvers.ids import uuid_of
from tests.api.shop import reader
from tests.api.story import ADDRESS, CART, RETURN, VISA, Answer, Story


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
    levied = {"country": "GB", "jurisdiction": "London levy", "ratePercent": "1.5", "region": "LND"}
    rate = await story.twice("taxRateSet", levied, "taxRate { id validFrom ratePercent }", story.office)
    await story.twice("taxRateEnd", {"taxRateId": rate["taxRate"]["id"]}, "taxRate { id validTo }", story.office)
    channel = (await story.shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    market = {"salesChannelId": channel, "country": "US", "pricesIncludeTax": False}
    modes = "salesChannel { id marketTaxes { country pricesIncludeTax } }"
    await story.twice("marketTaxSet", market, modes, story.office)


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


async def pay_balances(story: Story) -> None:
    place = story.places["LON-CG"]
    await story.shop.done("pickupPolicySet", {"locationId": place, "depositPercent": 0}, "replayed", story.office)
    line = {"variantId": story.variant, "quantity": 1, "pickupLocationId": place}
    made = await story.shop.done("cartCreate", {"lines": [line]}, "cart { id } token")
    cart, token = made["cart"]["id"], made["token"]
    email = {"cartId": cart, "token": token, "email": "guest@example.com"}
    await story.shop.done("cartBuyerIdentityUpdate", email, "cart { id }")
    shown = "order { id balanceDue { amount } }"
    pay = {"cartId": cart, "cartToken": token, "deposit": True}
    order = (await story.shop.done("cartComplete", pay, shown))["order"]
    cash = {"orderId": order["id"], "locationId": place, "tender": "CASH"}
    done = await story.twice("orderBalancePay", cash, f"{shown} payment {{ id status }}", story.till)
    assert done["order"]["balanceDue"] == {"amount": "0.00"}
