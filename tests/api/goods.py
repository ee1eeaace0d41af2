"""An input that each mutation accepts, and who may send it: one shop brought to where every mutation has something to do.

A new mutation is given a good input here; the walks over every mutation fail until it is.
"""

from dataclasses import dataclass

from gateway.demo.load import PARTNER_CLIENT_ID, PIN, STAFF_EMAIL, STAFF_PASSWORD
from gateway.sandbox.refunds import RefundOutcome
from tests.api.attacks import Given
from tests.api.office_goods import Good, HeadOffice
from tests.api.shop import Shop, reader
from tests.api.story import ADDRESS, LINES, VISA
from tests.api.test_loop import places

PASSWORD = "a-long-password"


async def ready(shop: Shop) -> dict[str, Good]:
    """A shop in which every mutation has something to do."""
    return await Making(shop, await places(shop), await shop.associate(0, "LON9"), await shop.staff()).goods()


@dataclass(frozen=True, slots=True)
class Making(HeadOffice):
    """What it takes to get there."""

    async def goods(self) -> dict[str, Good]:
        variant = (await self.shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id product { id } } }'))[
            "productVariant"
        ]
        channel = (await self.shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
        ids = {"variant": variant["id"], "product": variant["product"]["id"], "channel": channel}
        return {
            **await self.access(),
            **await self.carts(ids),
            **self.catalog(ids),
            **await self.members(),
            **await self.fulfillment(ids),
            **await self.returns(ids),
            **self.keeping(ids),
            **await self.gift_cards(ids),
            **await self.promotions(),
            **await self.price_lists(ids),
            **await self.exemptions(),
            **await self.taxes(ids),
            **await self.transports(ids),
            **await self.papers(ids),
            **await self.registers(),
            **await self.readers(ids),
            "orderBalancePay": self.keyed(await self.owing(ids), self.till),
        }

    async def access(self) -> dict[str, Good]:
        terminal, place = self.shop.credentials.terminals[0][1], self.places["LON-CG"]
        new = {"code": "till-7", "locationId": place}
        spare = await self.shop.done("terminalRegister", new, "terminalId", self.office, keyed=False)
        return {
            "associateSignIn": Good({"terminalCredential": terminal, "staffCode": "LON9", "pin": PIN}),
            "staffSignIn": Good({"email": STAFF_EMAIL, "password": STAFF_PASSWORD}),
            "partnerTokenCreate": Good(
                {"clientId": PARTNER_CLIENT_ID, "clientSecret": self.shop.credentials.partner_secret}
            ),
            "terminalRegister": Good({"code": "till-8", "locationId": place}, self.office),
            "terminalRevoke": Good({"terminalId": spare["terminalId"]}, self.office),
        }

    async def cart(self, ids: dict[str, str]) -> Given:
        made = await self.shop.done(
            "cartCreate",
            {"lines": [{"variantId": ids["variant"], "quantity": 1, "pickupLocationId": self.places["LON-CG"]}]},
            "cart { id lines { id } deliveryGroups { id } } token",
        )
        cart = made["cart"]
        return {
            "cart": cart["id"],
            "token": made["token"],
            "line": cart["lines"][0]["id"],
            "group": cart["deliveryGroups"][0]["id"],
        }

    async def carts(self, ids: dict[str, str]) -> dict[str, Good]:
        cart = await self.cart(ids)
        at = {"cartId": cart["cart"], "token": cart["token"]}
        line = {"variantId": ids["variant"], "quantity": 1}
        pay = {"cartId": cart["cart"], "cartToken": cart["token"]}
        group = {"groupId": cart["group"], "lineIds": [cart["line"]], "address": ADDRESS}
        ada = await self.member()
        return {
            "cartCreate": self.keyed({"lines": [line]}),
            "cartLinesAdd": self.keyed({**at, "lines": [line]}),
            "cartLinesUpdate": self.keyed({**at, "lines": [{"lineId": cart["line"], "quantity": 2}]}),
            "cartLinesRemove": self.keyed({**at, "lineIds": [cart["line"]]}),
            "cartDiscountCodesUpdate": self.keyed({**at, "codes": ["ANY"]}),
            "cartDeliveryGroupsUpdate": self.keyed({**at, "groups": [group]}),
            "cartPickupLocationSet": self.keyed({**at, "lineIds": [cart["line"]], "locationId": self.places["MAN-MS"]}),
            "cartBuyerIdentityUpdate": self.keyed({**at, "email": "new@example.com"}),
            "cartLoyaltyPointsApply": self.keyed({"points": 1}, ada),
            "cartLoyaltyPointsRemove": self.keyed({}, ada),
            "cartMerge": self.keyed(at, ada),
            "cartComplete": self.keyed({**pay, "paymentMethod": VISA}),
            "cartPaymentCancel": self.keyed(pay),
        }

    async def member(self) -> str:
        account = {"email": "member@example.com", "password": PASSWORD}
        signed = await self.shop.do("customerSignIn", account, "grant { accessToken }", keyed=False)
        if signed["grant"] is None:
            await self.shop.done("customerSignUp", account, "customer { id }")
            signed = await self.shop.done("customerSignIn", account, "grant { accessToken }", keyed=False)
        return str(signed["grant"]["accessToken"])

    def catalog(self, ids: dict[str, str]) -> dict[str, Good]:
        price = {"amount": "9.50", "currencyCode": "GBP"}
        before = {"amount": "12.50", "currencyCode": "GBP"}
        media = {"url": "https://example.com/lamp.jpg", "altText": "Lamp"}

        def variant(sku: str) -> Given:
            prices = [{"salesChannelId": ids["channel"], "price": price, "compareAtPrice": before}]
            return {"sku": sku, "options": [{"name": "Color", "value": sku}], "prices": prices}

        named, channel = {"handle": "lamps", "name": "Lamps"}, {"salesChannelId": ids["channel"]}
        of_channel = {"kind": "POS", "currencyCode": "GBP", "pricesIncludeTax": True, "defaultCountry": "GB"}
        lamp = {"handle": "lamp", "title": "Lamp", "variants": [variant("LAMP-1")], "media": [media]}
        return {
            "productCreate": self.keyed(lamp, self.office),
            "productUpdate": Good({"productId": ids["product"], "title": "Mug"}, self.office),
            "productVariantsAdd": self.keyed({"productId": ids["product"], "variants": [variant("L")]}, self.office),
            "productPublish": Good({"productIds": [ids["product"]], **channel}, self.office),
            "productUnpublish": Good({"productIds": [ids["product"]], **channel}, self.office),
            "productVariantUpdate": Good(
                {"variantId": ids["variant"], "weightGrams": 350, "discountable": True}, self.office
            ),
            "variantPriceSet": Good({"variantId": ids["variant"], "price": price, **channel}, self.office),
            "categoryCreate": Good(named, self.office),
            "collectionCreate": Good({"handle": "lamps", "title": "Lamps"}, self.office),
            "salesChannelCreate": Good({**named, **of_channel}, self.office),
        }

    async def members(self) -> dict[str, Good]:
        ada = await self.member()
        enrolled = await self.shop.done("loyaltyAccountEnroll", {}, "wallet { id }", ada, keyed=False)
        wallet = enrolled["wallet"]["id"]
        credit = {"walletId": wallet, "points": 1_000, "reason": "GOODWILL"}
        await self.shop.done("loyaltyPointsAdjust", credit, "wallet { id }", self.office)
        hold = {"walletId": wallet, "points": 100, "ttlSeconds": 600}
        held = (await self.shop.done("loyaltyHoldCreate", hold, "hold { id }", self.till))["hold"]["id"]
        customer = (await self.shop.ask("{ me { id } }", token=ada))["me"]["id"]
        account = {"email": "someone@example.com", "password": PASSWORD}
        return {
            "customerSignUp": self.keyed(account),
            "customerSignIn": Good({"email": "member@example.com", "password": PASSWORD}),
            "loyaltyAccountEnroll": Good({"customerId": customer}, self.office),
            "loyaltyHoldCreate": self.keyed(hold, self.till),
            "loyaltyHoldCapture": self.keyed({"holdId": held, "points": 100}, self.till),
            "loyaltyHoldVoid": self.keyed({"holdId": held}, self.till),
            "loyaltyPointsAdjust": self.keyed(credit, self.office),
        }

    async def ordered(self, ids: dict[str, str]) -> Given:
        cart = await self.cart(ids)
        pay = {"cartId": cart["cart"], "cartToken": cart["token"], "paymentMethod": VISA}
        fields = f"order {{ id {LINES} fulfillmentOrders {{ id }} }} orderToken"
        email = {"cartId": cart["cart"], "token": cart["token"], "email": "guest@example.com"}
        await self.shop.done("cartBuyerIdentityUpdate", email, "cart { id }")
        paid = await self.shop.done("cartComplete", pay, fields)
        order = paid["order"]
        return {
            "orderId": order["id"],
            "orderToken": paid["orderToken"],
            "line": order["lines"]["nodes"][0]["id"],
            "fulfillment": order["fulfillmentOrders"][0]["id"],
        }

    async def fulfillment(self, ids: dict[str, str]) -> dict[str, Good]:
        opened, ready_ = await self.ordered(ids), await self.ordered(ids)
        lines = [{"orderLineId": opened["line"], "quantity": 1}]
        here, waiting = {"fulfillmentOrderId": opened["fulfillment"]}, {"fulfillmentOrderId": ready_["fulfillment"]}
        await self.shop.done(
            "fulfillmentOrderLineItemsPreparedForPickup", waiting, "fulfillmentOrder { id }", self.till
        )
        await self.shop.work()
        waits = [{"orderLineId": ready_["line"], "quantity": 1}]
        hand = {**waiting, "verification": "IDENTITY", "proof": "passport", "lines": waits}
        order = {"orderId": opened["orderId"], "orderToken": opened["orderToken"]}
        imported, sent = await self.imported()
        return {
            "fulfillmentOrderAccept": Good(here, self.till),
            "fulfillmentOrderReject": self.keyed({**here, "reason": "CANNOT_SERVE"}, self.till),
            "fulfillmentOrderPick": self.keyed({**here, "lines": lines}, self.till),
            "fulfillmentOrderLineItemsPreparedForPickup": self.keyed({**here, "shelf": "A3"}, self.till),
            "orderCancel": self.keyed({**order, "reason": "CUSTOMER_REQUEST", "lines": lines}),
            "pickupCheckIn": Good({"fulfillmentOrderId": ready_["fulfillment"], "orderToken": ready_["orderToken"]}),
            "pickupPersonSet": Good({**waiting, "orderToken": ready_["orderToken"], "name": "Bo"}),
            "pickupHandOver": self.keyed(hand, self.till),
            "pickupExtend": Good({**waiting, "days": 20}, self.till),
            "pickupReshelve": self.keyed({**waiting, "lines": waits}, self.till),
            "orderImport": self.keyed(self.marketplace("MP-9"), await self.shop.partner()),
            "shipmentCreate": self.keyed({"fulfillmentOrderId": imported, "trackingNumber": "1Z"}, self.office),
            "shipmentMarkDelivered": self.keyed({"shipmentId": sent}, self.office),
            "orderCreate": self.keyed(self.sale(ids), self.till),
        }

    def sale(self, ids: dict[str, str]) -> Given:
        lines = [{"variantId": ids["variant"], "quantity": 1}]
        return {"locationId": self.places["LON-CG"], "lines": lines, "tender": "CASH"}

    def marketplace(self, reference: str) -> Given:
        price = {"amount": "9.50", "currencyCode": "GBP"}
        line = {"sku": "MUG-HARB-NAVY", "title": "Mug", "quantity": 1, "unitPrice": price, "total": price}
        return {
            "externalReference": reference,
            "payer": "Demo marketplace",
            "placedAt": "2026-01-10T10:00:00Z",
            "currencyCode": "GBP",
            "pricesIncludeTax": True,
            "lines": [line],
            "total": price,
            "address": ADDRESS,
            "locationId": self.places["WH-1"],
        }

    async def imported(self) -> tuple[str, str]:
        """The fulfillment order of one imported order, and the shipment of another."""
        partner, found = await self.shop.partner(), []
        for reference in ("MP-1", "MP-2"):
            made = await self.shop.done(
                "orderImport", self.marketplace(reference), "order { fulfillmentOrders { id } }", partner
            )
            found.append(made["order"]["fulfillmentOrders"][0]["id"])
        sent = await self.shop.done("shipmentCreate", {"fulfillmentOrderId": found[1]}, "shipment { id }", self.office)
        return found[0], sent["shipment"]["id"]

    async def sold(self, ids: dict[str, str]) -> Given:
        card = {**self.sale(ids), "tender": "CARD", "paymentMethod": VISA}
        made = await self.shop.done("orderCreate", card, f"order {{ id {LINES} }}", self.till)
        await self.shop.work()
        line = made["order"]["lines"]["nodes"][0]["id"]
        return {"orderId": made["order"]["id"], "lines": [{"orderLineId": line, "quantity": 1, "reason": "UNWANTED"}]}

    async def returns(self, ids: dict[str, str]) -> dict[str, Good]:
        here = {"locationId": self.places["LON-CG"]}
        opened = await self.shop.done("returnCreate", await self.sold(ids), "return { id lineItems { id } }", self.till)
        item, named = opened["return"]["lineItems"][0]["id"], {"returnId": opened["return"]["id"]}
        self.shop.sandbox.sandbox.refund_outcomes.append(RefundOutcome.FAILS.value)
        taken = await self.shop.done(
            "returnCreateAndProcess", {**await self.sold(ids), **here}, "return { refunds { id } }", self.till
        )
        await self.shop.work()
        refund = {"refundId": taken["return"]["refunds"][0]["id"]}
        sale, lines = await self.sold(ids), [{"returnLineItemId": item, "quantity": 1}]
        return {
            "returnRequest": self.keyed(sale, self.till),
            "returnCreate": self.keyed(sale, self.till),
            "returnApproveRequest": self.keyed(named, self.till),
            "returnDeclineRequest": self.keyed({**named, "reason": "Opened."}, self.till),
            "returnReceive": self.keyed({**named, **here, "lines": lines}, self.till),
            "returnProcess": self.keyed({**named, **here, "lines": lines, "quoteToken": "x.y.z"}, self.till),
            "returnCreateAndProcess": self.keyed({**sale, **here}, self.till),
            "returnCancel": self.keyed(named, self.till),
            "refundRetry": self.keyed(refund, self.office),
            "refundReroute": self.keyed({**refund, "tender": "STORE_CREDIT"}, self.office),
        }

    async def gift_cards(self, ids: dict[str, str]) -> dict[str, Good]:
        worth = {"amount": "25.00", "currencyCode": "GBP"}
        batch = {"amount": worth, "country": "GB", "quantity": 1}
        made = await self.shop.done("giftCardsIssue", batch, "giftCards { id code }", self.office)
        (card,) = made["giftCards"]
        named = {"giftCardId": card["id"], "note": "asked for"}
        me = (await self.shop.ask("{ me { id } }", token=await self.member()))["me"]["id"]
        bounds = {"minimum": worth, "maximum": {"amount": "500.00", "currencyCode": "GBP"}}
        terms = {"country": "GB", "currencyCode": "GBP", "validityMonths": 24, **bounds}
        cart, ada, step = await self.cart(ids), await self.member(), {"amount": "0.05", "currencyCode": "GBP"}
        at = {"cartId": cart["cart"], "token": cart["token"]}
        rounding = {"country": "GB", "currencyCode": "GBP", "cashStep": step, "refundOrder": "CARD_FIRST"}
        return {
            "cartGiftCardApply": self.keyed({**at, "code": card["code"]}),
            "cartGiftCardRemove": self.keyed({**at, "giftCardId": card["id"]}),
            "cartStoreCreditApply": self.keyed({}, ada),
            "cartStoreCreditRemove": self.keyed({}, ada),
            "tenderTermsSet": Good(rounding, self.office),
            "giftCardsIssue": self.keyed(batch, self.office),
            "giftCardTopUp": self.keyed({**named, "amount": worth}, self.office),
            "giftCardBlock": self.keyed(named, self.office),
            "giftCardUnblock": self.keyed(named, self.office),
            "giftCardTermsSet": Good(terms, self.office),
            "storeCreditGrant": self.keyed({"customerId": me, "amount": worth, "note": "sorry"}, self.office),
        }

    async def papers(self, ids: dict[str, str]) -> dict[str, Good]:
        sold = await self.shop.done("orderCreate", self.sale(ids), "order { id salesChannel { id } }", self.till)
        said = {"name": "Tillway Tills Ltd", "prefix": "TT", "address": ["1 High Street"]}
        said["salesChannelIds"] = [sold["order"]["salesChannel"]["id"]]
        made = await self.shop.done("legalEntitySet", said, "legalEntity { id }", self.office)
        named = {**said, "legalEntityId": made["legalEntity"]["id"]}
        return {
            "legalEntitySet": self.keyed(named, self.office),
            "paperIssue": self.keyed({"orderId": sold["order"]["id"], "kind": "RECEIPT"}, self.till),
        }

    async def at_new_till(self, code: str) -> str:
        """The token of London's manager at a till of its own."""
        new = {"code": code, "locationId": self.places["LON-CG"]}
        made = await self.shop.done("terminalRegister", new, "credential", self.office, keyed=False)
        given = {"terminalCredential": made["credential"], "staffCode": "LON9", "pin": PIN}
        signed = await self.shop.done("associateSignIn", given, "grant { accessToken }", keyed=False)
        return str(signed["grant"]["accessToken"])

    async def registers(self) -> dict[str, Good]:
        closed, opened = await self.at_new_till("till-closed"), await self.at_new_till("till-opened")
        ten = {"amount": "10.00", "currencyCode": "GBP"}
        made = await self.shop.done("registerSessionOpen", {"openingFloat": ten}, "registerSession { id }", opened)
        named = {"registerSessionId": made["registerSession"]["id"]}
        await self.shop.done("cashCount", {**named, "countedAmount": ten}, "cashCount { id }", opened)
        return {
            "registerSessionOpen": self.keyed({"openingFloat": ten}, closed),
            "cashMovementCreate": self.keyed({**named, "kind": "PAID_IN", "amount": ten, "reason": "Change"}, opened),
            "cashCount": self.keyed({**named, "countedAmount": ten}, opened),
            "registerSessionClose": self.keyed({**named, "note": "Quiet day"}, opened),
        }

    async def readers(self, ids: dict[str, str]) -> dict[str, Good]:
        device = {"locationId": self.places["LON-CG"], "label": "Counter", "providerReference": await reader(self.shop)}
        made = await self.shop.done("cardReaderRegister", device, "cardReader { id }", self.office)
        named = {"cardReaderId": made["cardReader"]["id"]}
        sale = {**self.sale(ids), "tender": "CARD", **named}
        waits = await self.shop.done("orderCreate", sale, "payment { id }", self.till)
        return {
            "cardReaderRegister": self.keyed(device, self.office),
            "cardReaderRemove": self.keyed(named, self.office),
            "orderPaymentCancel": self.keyed({"paymentId": waits["payment"]["id"]}, self.till),
        }

    async def owing(self, ids: dict[str, str]) -> Given:
        """What pays the balance of an order that was placed with a deposit of nothing."""
        place = self.places["LON-CG"]
        await self.shop.done("pickupPolicySet", {"locationId": place, "depositPercent": 0}, "replayed", self.office)
        cart = await self.cart(ids)
        email = {"cartId": cart["cart"], "token": cart["token"], "email": "guest@example.com"}
        await self.shop.done("cartBuyerIdentityUpdate", email, "cart { id }")
        pay = {"cartId": cart["cart"], "cartToken": cart["token"], "deposit": True}
        order = (await self.shop.done("cartComplete", pay, "order { id balanceDue { amount currencyCode } }"))["order"]
        due = order["balanceDue"]
        return {"orderId": order["id"], "locationId": place, "tender": "CASH", "amount": due, "cashTendered": due}
