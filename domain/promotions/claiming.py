"""Claims: an order takes what is limited in the transaction that places it, and gives it back when it is canceled whole."""

from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.promotions import store_claims
from domain.promotions.errors import DiscountUsedUp
from domain.promotions.outcomes import Applied, Frozen
from domain.promotions.store_claims import Use


def claim(conn: WriteConnection, order_id: UUID, frozen: Frozen, currency: str, act: Act) -> None:
    """Claim what an order uses of limited promotions, limited codes and budgets; no statement when it uses none.

    Two statements for a promotion, one more for a limited code and for a budget; always in the same order of locks:
    promotions, codes and budgets, each by name.

    Raises:
        DiscountUsedUp: a limit or budget was reached meanwhile; nothing of the order's transaction may stay.
    """
    uses = [_use(order_id, applied, frozen.customer_key, currency) for applied in frozen.applied if _counts(applied)]
    uses.sort(key=lambda use: use.promotion_id)
    typed = {applied.bound.id: applied.bound.code for applied in frozen.applied}
    for use in uses:
        if not store_claims.count(conn, use.promotion_id):
            raise DiscountUsedUp(typed[use.promotion_id])
    for use in sorted((use for use in uses if use.code), key=lambda use: use.code or ""):
        if not store_claims.take_code(conn, use.code or ""):
            raise DiscountUsedUp(use.code)
    for use in sorted((use for use in uses if use.funder), key=lambda use: use.funder or ""):
        if not store_claims.spend(conn, use.funder or "", currency, use.amount_minor):
            raise DiscountUsedUp(typed[use.promotion_id])
    for use in uses:
        if not store_claims.insert_use(conn, use, act.now):
            raise DiscountUsedUp(typed[use.promotion_id])


def _counts(applied: Applied) -> bool:
    bound = applied.bound
    return bound.is_limited or bound.code_is_limited or bound.is_budgeted


def _use(order_id: UUID, applied: Applied, customer_key: str | None, currency: str) -> Use:
    bound = applied.bound
    return Use(
        order_id=order_id,
        promotion_id=bound.id,
        customer_key=customer_key,
        code=bound.code if bound.code_is_limited else None,
        funder=bound.funder if bound.is_budgeted else None,
        currency=currency,
        amount_minor=applied.amount_minor,
        usage_limit_per_customer=bound.usage_limit_per_customer,
    )


def release(conn: WriteConnection, order_id: UUID, frozen: Frozen, act: Act) -> None:
    """Give an order's claims back, once; no statement when it has none."""
    if not any(map(_counts, frozen.applied)):
        return
    uses = store_claims.release(conn, order_id, act.now)
    for use in uses:
        store_claims.uncount(conn, use.promotion_id)
    for code in sorted(use.code for use in uses if use.code):
        store_claims.free_code(conn, code)
    for use in sorted((use for use in uses if use.funder), key=lambda use: use.funder or ""):
        store_claims.spend(conn, use.funder or "", use.currency, -use.amount_minor)
