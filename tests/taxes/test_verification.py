"""`tillway verify` on tax services: what they were told is what was sold and came back."""

import pytest
import sqlalchemy as sa

from domain.tables import table_of
from domain.taxes.tables import TaxCalculationRow, TaxReversalRow
from domain.taxes.verification import CALCULATED, WITHIN
from tests.api.shop import Shop
from tests.taxes.test_api import sold, store

pytestmark = pytest.mark.anyio


async def broken(shop: Shop) -> set[str]:
    return {result.invariant for result in await shop.contradictions()}


async def test_more_back_than_was_sold_and_a_sale_without_calculation_are_found(shop: Shop) -> None:
    order = await sold(shop)
    line = {"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1}
    back = {"orderId": order["id"], "locationId": await store(shop), "lines": [line]}
    await shop.done("returnCreateAndProcess", back, "return { id }", await shop.associate(0))
    assert await broken(shop) == set()
    database, reversal = shop.process.database, table_of(TaxReversalRow)
    ((part, *_),) = await database.read(lambda conn: conn.execute(sa.select(reversal.c.parts)).scalar_one())
    more = sa.update(reversal).values(parts=[[part, 1, 99_999, 0]])
    await database.write(lambda conn: conn.execute(more))
    assert await broken(shop) == {WITHIN}
    await database.write(lambda conn: conn.execute(sa.delete(reversal)))
    await database.write(lambda conn: conn.execute(sa.delete(table_of(TaxCalculationRow))))
    assert await broken(shop) == {CALCULATED}
