"""`tillway verify` on price lists: the currency of a list is its sales channel's, and that of what it priced."""

import pytest
import sqlalchemy as sa

from domain.price_lists.tables import PriceListRow
from domain.pricing.verification import CHARGED, CURRENCY
from domain.tables import table_of
from tests.api.shop import Shop
from tests.price_lists.test_api import listed, mug, price, terms

pytestmark = pytest.mark.anyio


async def broken(shop: Shop) -> set[str]:
    return {result.invariant for result in await shop.contradictions()}


async def test_a_list_that_somebody_turned_to_another_currency_is_found(shop: Shop) -> None:
    office, till, variant = await shop.staff(), await shop.associate(0), await mug(shop)
    channel = (await shop.ask("{ salesChannel { id } }", token=till))["salesChannel"]["id"]
    await listed(shop, office, terms("Spring", salesChannelId=channel, active=True), price(variant, "8.00"))
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    sale = {"locationId": place, "lines": [{"variantId": variant, "quantity": 1}], "tender": "CASH"}
    sold = "order { lines(first: 1) { nodes { priceListId } } }"
    (line,) = (await shop.done("orderCreate", sale, sold, till))["order"]["lines"]["nodes"]
    assert line["priceListId"] is not None
    assert await broken(shop) == set()
    turned = sa.update(table_of(PriceListRow)).values(currency="EUR")
    await shop.process.database.write(lambda conn: conn.execute(turned))
    assert await broken(shop) >= {CURRENCY, CHARGED}
