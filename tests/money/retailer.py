"""Everybody of a running shop, through its public API: head office, a till in London, a guest in any web shop."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from tests.api.shop import Shop, running_shop

GBP = "GBP"
HOME = {"name": "Ada", "line1": "1 High Street", "city": "Springfield", "postalCode": "90001"}
_PARTS = """id receiptNumber cost { subtotal { amount } discount { amount } tax { amount } total { amount } due { amount }
    canceled { amount } }
  lines(first: 9) { nodes { id quantity paid { amount } points pointsValue { amount }
    total { net { amount } tax { amount } gross { amount } } taxLines { jurisdiction amount { amount } } } }
  payments { tender lastCharacters captured { amount } }"""
ORDER = f"order {{ {_PARTS} fulfillmentOrders {{ id }} }}"
_QUOTED = """query($input: ReturnQuoteInput!) { returnQuote(input: $input) { quote { quoteToken refund { amount }
    legs { tender amount { amount } } pointsReturned pointsClawedBack shipping { amount }
    lines { net { amount } refund { amount } taxes { jurisdiction amount { amount } } }
    taxes { jurisdiction amount { amount } } }
  userErrors { code } } }"""
_SETTLED = """return { settlements { refund { amount } net { amount } shipping { amount } pointsReturned pointsClawedBack
    taxes { jurisdiction amount { amount } } }
  refunds { tender status amount { amount } paid { amount } payment { lastCharacters } } }"""


def money(amount: Decimal | str, currency: str = GBP) -> dict[str, str]:
    return {"amount": str(amount), "currencyCode": currency}


def parts(taxes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Amounts of tax by jurisdiction."""
    return {tax["jurisdiction"]: tax["amount"]["amount"] for tax in taxes}


@dataclass(frozen=True)
class Web:
    """A web shop of one currency, as a guest uses it, and its free parcel."""

    retailer: "Retailer"
    shop: Shop
    channel: str
    currency: str

    async def goods(self, *prices: Decimal, tax_code: str = "standard") -> list[str]:
        """Variants of new goods at these prices, ten of each in London."""
        return await self.retailer.goods(self.channel, self.currency, prices, tax_code)

    async def buy(
        self, *lines: tuple[str, int], region: str | None = None, country: str = "US", card: str = "pm_card_visa"
    ) -> Any:
        """An order that a guest paid by card, was sent and has arrived, in a place where tax is taken."""
        made = await self._cart(lines, None)
        at = {"cartId": made["cart"]["id"], "token": made["token"]}
        group = {"groupId": made["cart"]["deliveryGroups"][0]["id"], "address": {**HOME, "country": country}}
        if region is not None:
            group["address"]["region"] = region
        await self.shop.done("cartDeliveryGroupsUpdate", {**at, "groups": [group]}, "cart { id }")
        order = await self.pay(made, card)
        await self.deliver(order)
        return order

    async def deliver(self, order: Any) -> None:
        for fulfillment in order["fulfillmentOrders"]:
            named = {"fulfillmentOrderId": fulfillment["id"]}
            sent = await self.shop.done("shipmentCreate", named, "shipment { id }", self.retailer.office)
            arrived = {"shipmentId": sent["shipment"]["id"]}
            await self.shop.done("shipmentMarkDelivered", arrived, "shipment { status }", self.retailer.office)
        await self.shop.work()

    async def reserve(self, *lines: tuple[str, int], token: str | None = None) -> Any:
        """An order to be collected in London, paid by card; a customer's with their token."""
        return await self.pay(await self._cart(lines, self.retailer.store, token), "pm_card_visa", token)

    async def pay(self, made: Any, card: str, token: str | None = None) -> Any:
        paying = {"cartId": made["cart"]["id"], "cartToken": made["token"], "paymentMethod": card}
        return (await self.shop.done("cartComplete", paying, ORDER, token))["order"]

    async def _cart(self, lines: Sequence[tuple[str, int]], pickup: str | None, token: str | None = None) -> Any:
        wanted = [{"variantId": variant, "quantity": units, "pickupLocationId": pickup} for variant, units in lines]
        given = {"lines": wanted, "email": "guest@example.com"}
        return await self.shop.done("cartCreate", given, "cart { id deliveryGroups { id } } token", token)


@dataclass
class Retailer:
    """Head office, and a till in London that sells and takes back; one promotion at a time is at work."""

    shop: Shop
    office: str
    till: str
    store: str
    tills: str
    promotion: str | None = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def goods(
        self, channel: str, currency: str, prices: Sequence[Decimal], tax_code: str = "standard"
    ) -> list[str]:
        """Variants of new goods at these prices in a sales channel, ten of each in London."""
        made = []
        for price in prices:
            name = f"vector-{next(self.numbers)}"
            variant = {
                "sku": name.upper(),
                "taxCode": tax_code,
                "prices": [{"salesChannelId": channel, "price": money(price, currency)}],
            }
            product = {"handle": name, "title": name, "variants": [variant], "publishIn": [channel]}
            wanted = "product { variants(first: 1) { nodes { id } } }"
            created = await self.shop.done("productCreate", product, wanted, self.office)
            made.append(created["product"]["variants"]["nodes"][0]["id"])
            stock = {"variantId": made[-1], "locationId": self.store, "delta": 10, "reason": "RECEIVED"}
            await self.shop.done("inventoryAdjust", stock, "replayed", self.office)
        return made

    async def rates(self, tax_code: str, region: str, percentages: Mapping[str, Decimal], country: str = "US") -> None:
        """Tax goods of a code in a region from now on."""
        for name, percentage in percentages.items():
            levied = {"country": country, "region": region, "taxCode": tax_code, "jurisdiction": name}
            await self.shop.done(
                "taxRateSet", {**levied, "ratePercent": str(percentage)}, "taxRate { id }", self.office
            )

    async def promote(
        self,
        effect: dict[str, object],
        on_return: str = "PRORATE",
        minimum: Decimal | None = None,
        currency: str = GBP,
    ) -> None:
        """Let this be the one promotion at work."""
        await self.promote_nothing()
        said = {
            "title": "Vector",
            "effect": effect,
            "onReturn": on_return,
            "validFrom": "2020-01-01T00:00:00Z",
            "currencyCode": currency,
            "conditions": {} if minimum is None else {"minimumSubtotal": money(minimum, currency)},
        }
        made = await self.shop.done(
            "promotionCreate", {"promotion": said, "activate": True}, "promotion { id }", self.office
        )
        self.promotion = made["promotion"]["id"]

    async def promote_nothing(self) -> None:
        if self.promotion is not None:
            named = {"promotionId": self.promotion}
            await self.shop.done("promotionDeactivate", named, "promotion { id }", self.office)
        self.promotion = None

    async def web(self, handle: str, currency: str, *, included: bool, country: str = "US", parcel: str = "0") -> Web:
        """A new web shop whose parcels cost this much wherever they go."""
        new = {
            "handle": handle,
            "name": handle,
            "kind": "ONLINE",
            "currencyCode": currency,
            "pricesIncludeTax": included,
            "defaultCountry": country,
        }
        made = await self.shop.done("salesChannelCreate", new, "salesChannel { id }", self.office, keyed=False)
        channel = made["salesChannel"]["id"]
        method = {
            "salesChannelId": channel,
            "title": "Parcel",
            "bands": [{"price": money(parcel, currency)}],
            "zones": [{}],
            "daysMin": 1,
            "daysMax": 3,
        }
        await self.shop.done("shippingMethodCreate", {"shippingMethod": method}, "shippingMethod { id }", self.office)
        return Web(self, replace(self.shop, channel=handle), channel, currency)

    async def sell(self, *lines: tuple[str, int], **more: object) -> Any:
        """An order of the till, paid in cash unless told otherwise."""
        given = {
            "locationId": self.store,
            "lines": [{"variantId": variant, "quantity": quantity} for variant, quantity in lines],
            "tender": "CASH",
            **more,
        }
        order = (await self.shop.done("orderCreate", given, ORDER, self.till))["order"]
        await self.shop.work()
        return order

    async def quote(self, given: Mapping[str, object]) -> Any:
        return (await self.shop.ask(_QUOTED, {"input": given}, self.till))["returnQuote"]

    async def back(self, order: Any, *units: tuple[int, int], **line: str) -> Any:
        """Take units of an order's lines back at the till: the quote, which is exactly what was settled, and the refunds."""
        nodes = order["lines"]["nodes"]
        chosen = [{"orderLineId": nodes[index]["id"], "quantity": quantity, **line} for index, quantity in units]
        quote = (await self.quote({"orderId": order["id"], "lines": chosen}))["quote"]
        given = {"orderId": order["id"], "locationId": self.store, "lines": chosen, "quoteToken": quote["quoteToken"]}
        done = (await self.shop.done("returnCreateAndProcess", given, _SETTLED, self.till))["return"]
        await self.shop.work()
        return same(quote, done)

    async def process(self, return_id: str) -> Any:
        """Pay for all that has arrived of a return: the quote, which is exactly what was settled, and the refunds."""
        quote = (await self.quote({"returnId": return_id}))["quote"]
        given = {"returnId": return_id, "locationId": self.store, "quoteToken": quote["quoteToken"]}
        done = (await self.shop.done("returnProcess", given, _SETTLED, self.till))["return"]
        return same(quote, {**done, "settlements": done["settlements"][-1:]})

    async def refunded(self, order: Any, *units: tuple[int, int]) -> str:
        """What taking these units back pays."""
        return str((await self.back(order, *units))["refund"]["amount"])


def same(quote: Any, done: Any) -> Any:
    """The quote with the refunds that were made, once its settlement says the same."""
    (settled,) = done["settlements"]
    for name in ("refund", "shipping", "pointsReturned", "pointsClawedBack"):
        assert settled[name] == quote[name]
    assert parts(settled["taxes"]) == parts(quote["taxes"])
    return {**quote, "refunds": done["refunds"]}


@asynccontextmanager
async def open_retailer(database_url: str, folder: Path) -> AsyncIterator[Retailer]:
    """A running demo shop without the demo's own promotions."""
    async with running_shop(database_url, folder) as shop:
        office, till = await shop.staff(), await shop.associate(0, "LON9")
        place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
        tills = (await shop.ask("{ salesChannel { id } }", token=till))["salesChannel"]["id"]
        active = await shop.ask("{ promotions(first: 9, status: ACTIVE) { nodes { id } } }", token=office)
        for node in active["promotions"]["nodes"]:
            await shop.done("promotionDeactivate", {"promotionId": node["id"]}, "promotion { id }", office)
        yield Retailer(shop, office, till, place, tills)
