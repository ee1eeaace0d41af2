"""Good inputs of what head office sets: promotions, prices, policies, taxes and transports."""

from dataclasses import dataclass

from tests.api.attacks import Given
from tests.api.shop import Shop
from tests.api.story import ADDRESS


@dataclass(frozen=True, slots=True)
class Good:
    """Who may send a mutation, and an input that it would accept."""

    given: Given
    token: str | None = None


@dataclass(frozen=True, slots=True)
class HeadOffice:
    """A shop with its places, a till's token and head office's."""

    shop: Shop
    places: dict[str, str]
    till: str
    office: str

    def keyed(self, given: Given, token: str | None = None) -> Good:
        return Good({**given, "idempotencyKey": self.shop.key()}, token)

    async def promotions(self) -> dict[str, Good]:
        tenth = {"percentageOff": {"percentage": "10"}}
        said = {"title": "Tenth", "trigger": "CODE", "effect": tenth, "validFrom": "2026-01-01T00:00:00Z"}
        made = await self.shop.done(
            "promotionCreate", {"promotion": said, "codes": ["TENTH"]}, "promotion { id }", self.office
        )
        named = {"promotionId": made["promotion"]["id"]}
        new = {"handle": "staff", "title": "Staff"}
        group = (await self.shop.done("customerGroupCreate", new, "customerGroup { id }", self.office))["customerGroup"]
        me = (await self.shop.ask("{ me { id } }", token=await self.member()))["me"]["id"]
        member = {"customerGroupId": group["id"], "customerIds": [me]}
        limit = {"funder": "merchant", "limit": {"amount": "100.00", "currencyCode": "GBP"}}
        return {
            "promotionCreate": self.keyed({"promotion": said, "codes": ["ELEVENTH"]}, self.office),
            "promotionActivate": self.keyed(named, self.office),
            "promotionUpdate": self.keyed({**named, "promotion": {**said, "title": "A tenth"}}, self.office),
            "promotionCodesAdd": self.keyed({**named, "generate": 2}, self.office),
            "promotionDeactivate": self.keyed(named, self.office),
            "promotionBudgetSet": self.keyed(limit, self.office),
            "customerGroupCreate": self.keyed({"handle": "friends", "title": "Friends"}, self.office),
            "customerGroupMembersAdd": self.keyed(member, self.office),
            "customerGroupMembersRemove": self.keyed(member, self.office),
        }

    def keeping(self, ids: dict[str, str]) -> dict[str, Good]:
        place = {"locationId": self.places["LON-CG"]}
        hours = {"weekly": [{"weekday": "MONDAY", "intervals": [{"opensAt": "09:00", "closesAt": "17:00"}]}]}
        hours["exceptions"] = [{"day": "2026-12-25", "intervals": []}]
        where = {"coordinates": {"latitude": "53.80", "longitude": "-1.55"}, "timeZone": "Europe/London"}
        store = {"code": "LDS-1", "name": "Leeds", "kind": "STORE", "address": ADDRESS, "openingHours": hours}
        text = "query Trusted { serverTime }"
        documents = {"client": "web", "documents": [{"id": "trusted", "text": text}]}
        return {
            "inventoryAdjust": self.keyed(
                {"variantId": ids["variant"], **place, "delta": 1, "reason": "FOUND"}, self.office
            ),
            "locationCreate": self.keyed({**store, **where}, self.office),
            "locationUpdate": Good({**place, "address": ADDRESS, "openingHours": hours, **where}, self.office),
            "pickupPolicySet": self.keyed({**place, "expiryDays": 3}, self.office),
            "returnPolicySet": self.keyed({"salesChannelId": ids["channel"], "windowDays": 3}, self.office),
            "trustedDocumentsRegister": Good(documents, self.office),
            "trustedDocumentsWithdraw": Good({"client": "web", "ids": ["trusted"]}, self.office),
        }

    async def price_lists(self, ids: dict[str, str]) -> dict[str, Good]:
        was, cost = ({"amount": amount, "currencyCode": "GBP"} for amount in ("12.50", "8.00"))
        prices = [{"variantId": ids["variant"], "price": cost, "compareAtPrice": was, "quantityMin": 2}]
        said = {"title": "Spring", "currencyCode": "GBP", "validFrom": "2026-01-01T00:00:00Z"}
        made = await self.shop.done("priceListCreate", {"priceList": said}, "priceList { id }", self.office)
        named = {"priceListId": made["priceList"]["id"]}
        return {
            "priceListCreate": self.keyed({"priceList": said, "prices": prices}, self.office),
            "priceListUpdate": self.keyed({**named, "priceList": {**said, "title": "Summer"}}, self.office),
            "priceListPricesSet": self.keyed({**named, "prices": prices}, self.office),
            "priceListPricesRemove": self.keyed({**named, "variantIds": [ids["variant"]]}, self.office),
        }

    async def exemptions(self) -> dict[str, Good]:
        me = (await self.shop.ask("{ me { id } }", token=await self.member()))["me"]["id"]
        shown = {"reason": "RESALE", "certificate": "R-1", "country": "US", "region": "CA"}
        shown = {**shown, "customerId": me, "validFrom": "2026-01-01T00:00:00Z"}
        made = await self.shop.done("taxExemptionRecord", shown, "taxExemption { id }", self.office)
        named = {"taxExemptionId": made["taxExemption"]["id"]}
        return {
            "taxExemptionRecord": self.keyed(shown, self.office),
            "taxExemptionRevoke": self.keyed(named, self.office),
        }

    async def taxes(self, ids: dict[str, str]) -> dict[str, Good]:
        levied = {"country": "GB", "jurisdiction": "London levy", "ratePercent": "1.5", "region": "LND"}
        made = await self.shop.done("taxRateSet", {**levied, "taxCode": "mugs"}, "taxRate { id }", self.office)
        later = {"validFrom": "2999-01-01T00:00:00Z", "validTo": "2999-02-01T00:00:00Z", "postalPrefix": "WC2"}
        ended = {"taxRateId": made["taxRate"]["id"], "at": "2999-01-01T00:00:00Z"}
        market = {"salesChannelId": ids["channel"], "country": "US", "pricesIncludeTax": False}
        return {
            "taxRateSet": self.keyed({**levied, **later}, self.office),
            "taxRateEnd": self.keyed(ended, self.office),
            "marketTaxSet": self.keyed(market, self.office),
        }

    async def transports(self, ids: dict[str, str]) -> dict[str, Good]:
        low, high = ({"amount": amount, "currencyCode": "GBP"} for amount in ("3.95", "50.00"))
        said = {"salesChannelId": ids["channel"], "title": "Van", "daysMin": 1, "daysMax": 2, "freeFrom": high}
        said = {**said, "bands": [{"price": low}], "zones": [{"country": "GB", "region": "SCT", "postalPrefix": "IV"}]}
        made = await self.shop.done(
            "shippingMethodCreate", {"shippingMethod": said}, "shippingMethod { id }", self.office
        )
        named = {"shippingMethodId": made["shippingMethod"]["id"]}
        return {
            "shippingMethodCreate": self.keyed({"shippingMethod": said}, self.office),
            "shippingMethodUpdate": self.keyed({**named, "shippingMethod": {**said, "title": "Bike"}}, self.office),
        }
