"""Claims: an order takes what is limited in the transaction that places it, and gives it back when it is canceled whole."""

from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.promotions import store_claims
from domain.promotions.errors import DiscountUsedUp
from domain.promotions.outcomes import Applied, Frozen


def claim(conn: WriteConnection, order_id: UUID, frozen: Frozen, currency: str, act: Act) -> None:
    """Claim what an order uses of limits, limited codes and budgets: one statement for each, none when it uses none.

    Locks always come in the same order: limits in all, limits per customer, codes, budgets, each by name.

    Raises:
        DiscountUsedUp: a limit or budget was reached meanwhile; nothing of the order's transaction may stay.
    """
    applied = _in_order(frozen)
    for one in applied:
        if one.bound.terms.is_limited and not store_claims.count(conn, one.bound.id):
            raise DiscountUsedUp(one.bound.code)
    for one in applied:
        most = one.bound.terms.usage_limit_per_customer
        if most is not None and not _used(conn, order_id, one, most, frozen.customer_key, act):
            raise DiscountUsedUp(one.bound.code)
    for code in codes_of(frozen):
        if not store_claims.take_code(conn, code):
            raise DiscountUsedUp(code)
    for funder, amount in spending_of(frozen).items():
        if not store_claims.spend(conn, funder, currency, amount):
            raise DiscountUsedUp(None)


def _used(
    conn: WriteConnection, order_id: UUID, applied: Applied, most: int, customer_key: str | None, act: Act
) -> bool:
    return customer_key is not None and store_claims.use(conn, applied.bound.id, customer_key, most, order_id, act.now)


def release(conn: WriteConnection, order_id: UUID, frozen: Frozen, currency: str) -> None:
    """Give back what an order claimed; its caller does so once, when the order's last unit is canceled."""
    applied = _in_order(frozen)
    for one in applied:
        if one.bound.terms.is_limited:
            store_claims.uncount(conn, one.bound.id)
    for one in applied:
        if one.bound.terms.usage_limit_per_customer is not None:
            store_claims.forget_use(conn, order_id, one.bound.id)
    for code in codes_of(frozen):
        store_claims.free_code(conn, code)
    for funder, amount in spending_of(frozen).items():
        store_claims.spend(conn, funder, currency, -amount)


def _in_order(frozen: Frozen) -> list[Applied]:
    return sorted(frozen.applied, key=lambda one: one.bound.id)


def codes_of(frozen: Frozen) -> list[str]:
    """The limited codes that an order claims."""
    return sorted(one.bound.code for one in frozen.applied if one.bound.code_is_limited and one.bound.code)


def spending_of(frozen: Frozen) -> dict[str, int]:
    """What each budget pays, by funder."""
    sums: dict[str, int] = {}
    for one in frozen.applied:
        if one.bound.is_budgeted:
            sums[one.bound.terms.funder] = sums.get(one.bound.terms.funder, 0) + one.amount_minor
    return dict(sorted(sums.items()))
