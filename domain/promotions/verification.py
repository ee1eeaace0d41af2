"""What orders hold of limited promotions, codes and budgets, against what is written as used."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.promotions.claiming import codes_of, spending_of
from domain.promotions.outcomes import Frozen
from domain.promotions.tables import PromotionBudgetRow, PromotionCodeRow, PromotionCounterRow, PromotionUseRow
from domain.tables import table_of

USES = "a limited promotion is used as often as orders hold it"
CODES = "a limited code is used as often as orders hold it"
BUDGETS = "a budget has spent what orders hold of it"
CUSTOMERS = "a customer's use of a promotion is an order's that holds it"

_counter = table_of(PromotionCounterRow)
_code = table_of(PromotionCodeRow)
_use = table_of(PromotionUseRow)
_budget = table_of(PromotionBudgetRow)


def verify(conn: ReadConnection, held: Iterable[tuple[UUID, str, Frozen]]) -> list[tuple[str, str]]:
    """(invariant, what was found) for each place where one does not hold. `held` is (order, currency, what it froze) of every
    order that is not canceled whole."""
    uses, codes, budgets, customers = _sums(held)
    counters = {str(row.promotion_id): row.used for row in conn.execute(sa.select(_counter))}
    limited = conn.execute(sa.select(_code.c.code, _code.c.used).where(_code.c.usage_limit.is_not(None)))
    spent = {f"{row.funder} {row.currency}": row.spent_minor for row in conn.execute(sa.select(_budget))}
    written = Counter(f"{row.promotion_id} {row.order_id}" for row in conn.execute(sa.select(_use)))
    return [
        *_differences(USES, uses, counters),
        *_differences(CODES, codes, {row.code: row.used for row in limited}),
        *_differences(BUDGETS, budgets, spent),
        *_differences(CUSTOMERS, customers, written),
    ]


def _sums(
    held: Iterable[tuple[UUID, str, Frozen]],
) -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
    uses: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    budgets: Counter[str] = Counter()
    customers: Counter[str] = Counter()
    for order_id, currency, frozen in held:
        for one in frozen.applied:
            uses[str(one.bound.id)] += one.bound.terms.is_limited
            customers[f"{one.bound.id} {order_id}"] += one.bound.terms.usage_limit_per_customer is not None
        codes.update(codes_of(frozen))
        for funder, amount in spending_of(frozen).items():
            budgets[f"{funder} {currency}"] += amount
    return uses, codes, budgets, customers


def _differences(invariant: str, expected: Counter[str], actual: dict[str, int]) -> list[tuple[str, str]]:
    return [
        (invariant, f"{name}: orders hold {expected[name]}, written are {actual.get(name, 0)}")
        for name in sorted({*expected, *actual})
        if expected[name] != actual.get(name, 0)
    ]
