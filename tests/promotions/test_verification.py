"""`tillway verify` on claims: what is written as used is what orders hold."""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.orders.verification import held_promotions
from domain.promotions import service as promotions
from domain.promotions.model import Trigger
from domain.promotions.tables import PromotionBudgetRow, PromotionCodeRow, PromotionCounterRow, PromotionUseRow
from domain.promotions.verification import BUDGETS, CODES, CUSTOMERS, USES, verify
from domain.tables import table_of
from tests.orders.shop import GBP, open_shop
from tests.promotions.parts import live
from tests.promotions.test_orders import TENTH, sold

MakeAct = Callable[..., Act]


def broken(conn: WriteConnection) -> list[str]:
    """The invariants that do not hold."""
    return [invariant for invariant, _ in verify(conn, held_promotions(conn))]


def test_claims_agree_until_somebody_writes_past_them(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    promotions.set_budget(conn, "vendor:acme", 100_00, GBP, act)
    limits = {"usage_limit": 5, "usage_limit_per_customer": 3, "funder": "vendor:acme"}
    tenth = live(conn, act, replace(TENTH, trigger=Trigger.CODE, **limits))  # type: ignore[arg-type]  # real fields
    promotions.add_codes(conn, tenth.id, ["ONCE"], act, single_use=True)
    sold(conn, shop, act, discount_codes=("ONCE",))
    assert broken(conn) == []
    for table, values, found in (
        (PromotionCounterRow, {"used": 2}, USES),
        (PromotionCodeRow, {"used": 0}, CODES),
        (PromotionBudgetRow, {"spent_minor": 1}, BUDGETS),
    ):
        with conn.begin_nested() as savepoint:
            conn.execute(sa.update(table_of(table)).values(values))
            assert broken(conn) == [found]
            savepoint.rollback()
    conn.execute(sa.delete(table_of(PromotionUseRow)).where(table_of(PromotionUseRow).c.promotion_id == tenth.id))
    assert broken(conn) == [CUSTOMERS]
