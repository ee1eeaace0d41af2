"""All SQL of what orders earned and spent, and of the funders' budgets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.connections import ReadConnection, WriteConnection
from domain.ledger.model import HoldId, WalletId
from domain.ledger.store import hold_table
from domain.loyalty.model import Award, BudgetMode, EarnedLine, EarnedOrder, TenderShare
from domain.loyalty.program import ProgramId
from domain.loyalty.tables import AccountRow, AwardRow, BudgetRow, EarnedLineRow, EarnedOrderRow, TenderRow
from domain.tables import table_of

_account = table_of(AccountRow)
_order = table_of(EarnedOrderRow)
_line = table_of(EarnedLineRow)
_award = table_of(AwardRow)
_tender = table_of(TenderRow)
_budget = table_of(BudgetRow)
_PAYING_HOLD = sa.select(hold_table).join(_tender, _tender.c.hold_id == hold_table.c.id)


def wallet_id_of_order(conn: ReadConnection, order_id: UUID) -> tuple[WalletId | None, WalletId | None]:
    """(account that earned by the order, wallet whose points paid for it); None for what the order has not."""
    earned = sa.select(_order.c.wallet_id).where(_order.c.order_id == order_id).scalar_subquery()
    paid = _PAYING_HOLD.with_only_columns(hold_table.c.wallet_id).where(_tender.c.order_id == order_id)
    row = conn.execute(sa.select(earned, paid.limit(1).scalar_subquery())).one()
    return row[0], row[1]


def hold_id_of_order(conn: ReadConnection, order_id: UUID) -> HoldId | None:
    """The hold whose points pay for an order."""
    found = conn.execute(sa.select(_tender.c.hold_id).where(_tender.c.order_id == order_id).limit(1))
    hold_id = found.scalar_one_or_none()
    return None if hold_id is None else HoldId(hold_id)


def insert_earned(
    conn: WriteConnection, order: EarnedOrder, lines: Sequence[EarnedLine], awards: Sequence[Award]
) -> None:
    """Write down what an order earned: at most three statements, however many lines."""
    conn.execute(sa.insert(_order), [_row(order)])
    if lines:
        conn.execute(sa.insert(_line), [_row(line) for line in lines])
    if awards:
        conn.execute(sa.insert(_award), [_row(award) for award in awards])


def _row(value: EarnedOrder | EarnedLine | Award) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def earned_order(conn: ReadConnection, order_id: UUID) -> EarnedOrder | None:
    """What an order has earned."""
    row = conn.execute(sa.select(_order).where(_order.c.order_id == order_id)).one_or_none()
    return None if row is None else EarnedOrder(**row._mapping)  # noqa: SLF001


def earned_on(conn: ReadConnection, wallet_id: WalletId, day: date) -> int:
    """Points a member's orders earned on one local day, whatever came back since."""
    sums = sa.select(sa.func.coalesce(sa.func.sum(_order.c.points), 0)).where(
        _order.c.wallet_id.in_(sa.select(_account.c.wallet_id).where(_account.c.root_id == wallet_id)),
        _order.c.earned_on == day,
    )
    return int(conn.execute(sums).scalar_one())


def earned_lines(conn: ReadConnection, order_id: UUID) -> Mapping[UUID, EarnedLine]:
    """An order's lines as they earned, by id."""
    rows = conn.execute(sa.select(_line).where(_line.c.order_id == order_id))
    return {row.line_id: EarnedLine(**row._mapping) for row in rows}  # noqa: SLF001


def awards(conn: ReadConnection, order_id: UUID, line_ids: Iterable[UUID]) -> Sequence[Award]:
    """The awards of these lines and of the order as a whole, oldest first."""
    mine = sa.or_(_award.c.line_id.is_(None), _award.c.line_id.in_(list(line_ids)))
    rows = conn.execute(sa.select(_award).where(_award.c.order_id == order_id, mine).order_by(_award.c.id))
    return [Award(**row._mapping) for row in rows]  # noqa: SLF001


def save_returned(
    conn: WriteConnection, order: EarnedOrder, lines: Sequence[EarnedLine], changed: Sequence[Award]
) -> None:
    """Save an order's counters after a return: three statements, however many lines."""
    conn.execute(
        sa.update(_order)
        .where(_order.c.order_id == order.order_id)
        .values(tier_credits_returned=order.tier_credits_returned)
    )
    if lines:
        conn.execute(
            sa.update(_line)
            .where(_line.c.order_id == sa.bindparam("in_order"), _line.c.line_id == sa.bindparam("line"))
            .values(returned=sa.bindparam("returned")),
            [{"in_order": line.order_id, "line": line.line_id, "returned": line.returned} for line in lines],
        )
    if changed:
        conn.execute(
            sa.update(_award)
            .where(_award.c.id == sa.bindparam("key"))
            .values(clawed=sa.bindparam("clawed"), unrecovered=sa.bindparam("unrecovered")),
            [{"key": award.id, "clawed": award.clawed, "unrecovered": award.unrecovered} for award in changed],
        )


def insert_tender(conn: WriteConnection, order_id: UUID, hold_id: HoldId, shares: Sequence[TenderShare]) -> None:
    """Write down which line the points of a hold paid for."""
    rows = [
        {
            "order_id": order_id,
            "line_id": share.line_id,
            "hold_id": hold_id,
            "points": share.points,
            "quantity": share.quantity,
            "points_back": 0,
        }
        for share in shares
        if share.points
    ]
    if rows:
        conn.execute(sa.insert(_tender), rows)


def tender(conn: ReadConnection, order_id: UUID) -> Mapping[UUID, tuple[TenderShare, int]]:
    """(share, points already back) of each line that points paid for."""
    rows = conn.execute(sa.select(_tender).where(_tender.c.order_id == order_id))
    return {row.line_id: (TenderShare(row.line_id, row.points, row.quantity), row.points_back) for row in rows}


def save_tender(conn: WriteConnection, order_id: UUID, points_back: Mapping[UUID, int]) -> None:
    """Add points that came back to their lines."""
    changes = [{"line": line_id, "more": points} for line_id, points in points_back.items() if points]
    if changes:
        conn.execute(
            sa.update(_tender)
            .where(_tender.c.order_id == order_id, _tender.c.line_id == sa.bindparam("line"))
            .values(points_back=_tender.c.points_back + sa.bindparam("more")),
            changes,
        )


def fund_budget(conn: WriteConnection, program_id: ProgramId, funder: str, mode: BudgetMode, points: int) -> None:
    """Add to a funder's budget, or start it."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    row = {"program_id": program_id, "funder": funder, "mode": mode, "remaining": points}
    conn.execute(
        insert(_budget)
        .values(row)
        .on_conflict_do_update(
            index_elements=["program_id", "funder"], set_={"remaining": _budget.c.remaining + points, "mode": mode}
        )
    )


def lock_budgets(
    conn: WriteConnection, program_id: ProgramId, funders: Iterable[str]
) -> Mapping[str, tuple[BudgetMode, int]]:
    """Lock the budgets of these funders in the order of their names; (mode, remaining) of those that have one."""
    rows = conn.execute(
        sa.select(_budget)
        .where(_budget.c.program_id == program_id, _budget.c.funder.in_(list(funders)))
        .order_by(_budget.c.funder)
        .with_for_update()
    )
    return {row.funder: (row.mode, row.remaining) for row in rows}


def change_budgets(conn: WriteConnection, program_id: ProgramId, changes: Mapping[str, int]) -> None:
    """Add to (or, when negative, take from) budgets; funders without one are left alone."""
    rows = [{"payer": funder, "change": change} for funder, change in sorted(changes.items()) if change]
    if rows:
        conn.execute(
            sa.update(_budget)
            .where(_budget.c.program_id == program_id, _budget.c.funder == sa.bindparam("payer"))
            .values(remaining=_budget.c.remaining + sa.bindparam("change")),
            rows,
        )
