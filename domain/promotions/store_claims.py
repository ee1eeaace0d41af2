"""The SQL of claims: each statement checks and counts at once, so no two orders ever share a last use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.connections import WriteConnection
from domain.promotions.model import PromotionId
from domain.promotions.tables import PromotionBudgetRow, PromotionCodeRow, PromotionCounterRow, PromotionUseRow
from domain.statements import Statement
from domain.tables import Integer64, table_of

_counter = table_of(PromotionCounterRow)
_code = table_of(PromotionCodeRow)
_use = table_of(PromotionUseRow)
_budget = table_of(PromotionBudgetRow)


@dataclass(frozen=True, slots=True)
class Use:
    """One order's claim on one promotion.

    Attributes:
        code: the limited code that it takes; None when it takes none.
        funder: whose budget pays `amount_minor`; None when nobody's does.
        usage_limit_per_customer: how many claims of `customer_key` there may be with this one; None without limit.
    """

    order_id: UUID
    promotion_id: PromotionId
    customer_key: str | None
    code: str | None
    funder: str | None
    currency: str
    amount_minor: int
    usage_limit_per_customer: int | None = None


_COUNT = Statement(
    sa.update(_counter)
    .where(
        _counter.c.promotion_id == sa.bindparam("promotion"),
        sa.or_(_counter.c.usage_limit.is_(None), _counter.c.used < _counter.c.usage_limit),
    )
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
_SPEND = Statement(
    sa.update(_budget)
    .where(
        _budget.c.funder == sa.bindparam("payer"),
        _budget.c.currency == sa.bindparam("money"),
        _budget.c.spent_minor + sa.bindparam("amount", type_=Integer64) <= _budget.c.limit_minor,
    )
    .values(spent_minor=_budget.c.spent_minor + sa.bindparam("amount", type_=Integer64))
    .returning(_budget.c.spent_minor)
)
_MOST = sa.bindparam("most", type_=Integer64)
_HELD = (
    sa.select(sa.func.count())
    .select_from(_use)
    .where(
        _use.c.promotion_id == sa.bindparam("promotion_id"),
        _use.c.customer_key == sa.bindparam("customer_key"),
        _use.c.released_at.is_(None),
    )
    .scalar_subquery()
)
_COLUMNS = [column.name for column in _use.c if column.name != "released_at"]
_INSERT = Statement(
    sa.insert(_use)
    .from_select(
        _COLUMNS,
        sa.select(*(sa.bindparam(name, type_=_use.c[name].type).label(name) for name in _COLUMNS)).where(
            sa.or_(_MOST.is_(None), _HELD < _MOST)
        ),
    )
    .returning(_use.c.order_id)
)
_RELEASE = Statement(
    sa.update(_use)
    .where(_use.c.order_id == sa.bindparam("of_order"), _use.c.released_at.is_(None))
    .values(released_at=sa.bindparam("now"))
    .returning(*_use.c)
)


def count(conn: WriteConnection, promotion_id: PromotionId) -> bool:
    """Take one use of a limited promotion; false when there is none left. Others wait until the transaction ends."""
    return _COUNT.first(conn, promotion=promotion_id) is not None


def take_code(conn: WriteConnection, code: str) -> bool:
    """Take one use of a limited code; false when there is none left."""
    return _TAKE_CODE.first(conn, name=code) is not None


def spend(conn: WriteConnection, funder: str, currency: str, amount_minor: int) -> bool:
    """Take from a budget; false, and nothing taken, when it has less."""
    return _SPEND.first(conn, payer=funder, money=currency, amount=amount_minor) is not None


def insert_use(conn: WriteConnection, use: Use, now: datetime) -> bool:
    """Write a claim whose promotion is counted, so that no other claim on it can come between; false when this
    customer has as many as there may be."""
    row = _INSERT.first(
        conn,
        order_id=use.order_id,
        promotion_id=use.promotion_id,
        customer_key=use.customer_key,
        code=use.code,
        funder=use.funder,
        currency=use.currency,
        amount_minor=use.amount_minor,
        claimed_at=now,
        most=use.usage_limit_per_customer,
    )
    return row is not None


def release(conn: WriteConnection, order_id: UUID, now: datetime) -> Sequence[Use]:
    """Mark an order's claims as released; those that were not yet, by promotion. Their counts are the caller's part."""
    rows = _RELEASE.all(conn, of_order=order_id, now=now)
    found = [
        Use(
            row.order_id,
            PromotionId(row.promotion_id),
            row.customer_key,
            row.code,
            row.funder,
            row.currency,
            row.amount_minor,
        )
        for row in rows
    ]
    return sorted(found, key=lambda use: use.promotion_id)


def uncount(conn: WriteConnection, promotion_id: PromotionId) -> None:
    """Give one use of a promotion back."""
    _UNCOUNT.all(conn, promotion=promotion_id)


def free_code(conn: WriteConnection, code: str) -> None:
    """Give one use of a code back."""
    _FREE_CODE.all(conn, name=code)
