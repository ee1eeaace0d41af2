"""The SQL of claims: each statement checks and counts at once, so no two orders ever share a last use."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.connections import WriteConnection
from domain.promotions.model import PromotionId
from domain.promotions.tables import PromotionBudgetRow, PromotionCodeRow, PromotionCounterRow, PromotionUseRow
from domain.statements import Statement
from domain.tables import Integer64, table_of

_counter = table_of(PromotionCounterRow)
_code = table_of(PromotionCodeRow)
_use = table_of(PromotionUseRow)
_budget = table_of(PromotionBudgetRow)

_COUNT = Statement(
    sa.update(_counter)
    .where(_counter.c.promotion_id == sa.bindparam("promotion"), _counter.c.used < _counter.c.usage_limit)
    .values(used=_counter.c.used + 1)
    .returning(_counter.c.used)
)
_UNCOUNT = Statement(
    sa.update(_counter)
    .where(_counter.c.promotion_id == sa.bindparam("promotion"))
    .values(used=_counter.c.used - 1)
    .returning(_counter.c.used)
)
_TAKE_CODE = Statement(
    sa.update(_code)
    .where(_code.c.code == sa.bindparam("name"), _code.c.used < _code.c.usage_limit)
    .values(used=_code.c.used + 1)
    .returning(_code.c.used)
)
_FREE_CODE = Statement(
    sa.update(_code).where(_code.c.code == sa.bindparam("name")).values(used=_code.c.used - 1).returning(_code.c.used)
)
_AMOUNT = sa.bindparam("amount", type_=Integer64)
_SPEND = Statement(
    sa.update(_budget)
    .where(
        _budget.c.funder == sa.bindparam("payer"),
        _budget.c.currency == sa.bindparam("money"),
        _budget.c.spent_minor + _AMOUNT <= _budget.c.limit_minor,
    )
    .values(spent_minor=_budget.c.spent_minor + _AMOUNT)
    .returning(_budget.c.spent_minor)
)
_HELD = sa.and_(
    _use.c.promotion_id == sa.bindparam("promotion_id"), _use.c.customer_key == sa.bindparam("customer_key")
)
_TAKEN = sa.select(sa.func.coalesce(sa.func.max(_use.c.number), 0)).where(_HELD).scalar_subquery()
_USED = sa.select(sa.func.count()).select_from(_use).where(_HELD).scalar_subquery()
_GIVEN = ("promotion_id", "customer_key", "order_id", "claimed_at")
_USE = Statement(
    insert(_use)
    .from_select(
        [*_GIVEN, "number"],
        sa.select(*(sa.bindparam(name, type_=_use.c[name].type).label(name) for name in _GIVEN), _TAKEN + 1).where(
            sa.bindparam("most", type_=Integer64) > _USED
        ),
    )
    .on_conflict_do_nothing()
    .returning(_use.c.number)
)
_HAS_LEFT = Statement(sa.select(sa.func.count()).select_from(_use).where(_HELD))
_FORGET = Statement(
    sa.delete(_use).where(_use.c.order_id == sa.bindparam("order"), _use.c.promotion_id == sa.bindparam("promotion"))
)


def count(conn: WriteConnection, promotion_id: PromotionId) -> bool:
    """Take one use of a promotion that is limited in all; false when there is none left. Others wait until the end."""
    return _COUNT.first(conn, promotion=promotion_id) is not None


def uncount(conn: WriteConnection, promotion_id: PromotionId) -> None:
    """Give one use of a promotion back."""
    _UNCOUNT.all(conn, promotion=promotion_id)


def take_code(conn: WriteConnection, code: str) -> bool:
    """Take one use of a limited code; false when there is none left."""
    return _TAKE_CODE.first(conn, name=code) is not None


def free_code(conn: WriteConnection, code: str) -> None:
    """Give one use of a code back."""
    _FREE_CODE.all(conn, name=code)


def spend(conn: WriteConnection, funder: str, currency: str, amount_minor: int) -> bool:
    """Take from a budget, or give back when negative; false, and nothing taken, when it has less."""
    return _SPEND.first(conn, payer=funder, money=currency, amount=amount_minor) is not None


def use(
    conn: WriteConnection, promotion_id: PromotionId, customer_key: str, most: int, order_id: UUID, now: datetime
) -> bool:
    """Write a customer's next use of a promotion; false when there are `most` already.

    Uses are numbered, so of two at once one waits for the other's number and finds it taken; it then tries the next.
    """
    while True:
        row = _USE.first(
            conn,
            promotion_id=promotion_id,
            customer_key=customer_key,
            most=most,
            order_id=order_id,
            claimed_at=now,
        )
        if row is not None:
            return True
        held = _HAS_LEFT.first(conn, promotion_id=promotion_id, customer_key=customer_key)
        assert held is not None, "a count is a row"
        if held[0] >= most:
            return False


def forget_use(conn: WriteConnection, order_id: UUID, promotion_id: PromotionId) -> None:
    """Give an order's use of a promotion back to its customer."""
    _FORGET.count(conn, order=order_id, promotion=promotion_id)
