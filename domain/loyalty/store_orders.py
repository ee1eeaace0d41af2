"""All SQL of what orders earned and spent, and of the funders' budgets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.connections import ReadConnection, WriteConnection
from domain.joining import write_together
from domain.ledger.model import Hold, HoldId, WalletId
from domain.ledger.store import HOLD_COLUMNS, built_hold, hold_table
from domain.loyalty.model import Award, BudgetMode, EarnedLine, EarnedOrder, TenderShare
from domain.loyalty.program import ProgramId
from domain.loyalty.tables import AccountRow, AwardRow, BudgetRow, EarnedLineRow, EarnedOrderRow, TenderRow
from domain.statements import Statement, inserting, one_of
from domain.tables import table_of

_account = table_of(AccountRow)
_order = table_of(EarnedOrderRow)
_line = table_of(EarnedLineRow)
_award = table_of(AwardRow)
_tender = table_of(TenderRow)
_budget = table_of(BudgetRow)

_ORDER = [_order.c[name] for name in EarnedOrder.__slots__]
_LINE = [_line.c[name] for name in EarnedLine.__slots__]
_AWARD = [_award.c[name] for name in Award.__slots__]
_INSERT_ORDER = Statement(inserting(_order))
_INSERT_LINE = Statement(inserting(_line))
_INSERT_AWARD = Statement(inserting(_award))
_INSERT_TENDER = Statement(inserting(_tender))


@dataclass(frozen=True, slots=True)
class Earned:
    """What an order earned: its lines by id, and the awards of some lines and of the order as a whole, oldest first."""

    order: EarnedOrder
    lines: Mapping[UUID, EarnedLine]
    awards: Sequence[Award]


def insert_earned(
    conn: WriteConnection, order: EarnedOrder, lines: Sequence[EarnedLine], awards: Sequence[Award]
) -> None:
    """Write down what an order earned: at most three statements, however many lines."""
    write_together(
        conn,
        [
            (_INSERT_ORDER, [_row(order)]),
            (_INSERT_LINE, [_row(line) for line in lines]),
            (_INSERT_AWARD, [_row(award) for award in awards]),
        ],
    )


def _row(value: EarnedOrder | EarnedLine | Award) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


_EARNED_ORDER = Statement(sa.select(*_ORDER).where(_order.c.order_id == sa.bindparam("order_id")))


def earned_order(conn: ReadConnection, order_id: UUID) -> EarnedOrder | None:
    """What an order has earned."""
    row = _EARNED_ORDER.first(conn, order_id=order_id)
    return None if row is None else EarnedOrder(*row[:])


def earned_on(conn: ReadConnection, wallet_id: WalletId, day: date) -> int:
    """Points a member's orders earned on one local day, whatever came back since."""
    sums = sa.select(sa.func.coalesce(sa.func.sum(_order.c.points), 0)).where(
        _order.c.wallet_id.in_(sa.select(_account.c.wallet_id).where(_account.c.root_id == wallet_id)),
        _order.c.earned_on == day,
    )
    return int(conn.execute(sums).scalar_one())


_TO_LINE = len(_ORDER)
_TO_AWARD = _TO_LINE + len(_LINE)
# An award of the order as a whole comes with each of its lines.
_OF_LINE = sa.or_(
    _award.c.line_id.is_(None), sa.and_(_award.c.line_id == _line.c.line_id, one_of(_award.c.line_id, "line_ids"))
)
_EARNED = Statement(
    sa.select(*_ORDER, *_LINE, *_AWARD)
    .select_from(_order)
    .outerjoin(_line, _line.c.order_id == _order.c.order_id)
    .outerjoin(_award, sa.and_(_award.c.order_id == _order.c.order_id, _OF_LINE))
    .where(_order.c.order_id == sa.bindparam("order_id"))
    .order_by(_award.c.id)
)


def earned(conn: ReadConnection, order_id: UUID, line_ids: Iterable[UUID]) -> Earned | None:
    """What an order has earned, with the awards of these lines and of the order as a whole."""
    rows = _EARNED.all(conn, order_id=order_id, line_ids=list(line_ids))
    if not rows:
        return None
    lines = (EarnedLine(*row[_TO_LINE:_TO_AWARD]) for row in rows if row[_TO_LINE] is not None)
    awards = (Award(*row[_TO_AWARD:]) for row in rows if row[_TO_AWARD] is not None)
    return Earned(
        order=EarnedOrder(*rows[0][:_TO_LINE]),
        lines={line.line_id: line for line in lines},
        awards=list({award.id: award for award in awards}.values()),
    )


_SAVE_ORDER = Statement(
    sa.update(_order)
    .where(_order.c.order_id == sa.bindparam("key"))
    .values(tier_credits_returned=sa.bindparam("tier_credits_returned"))
)
_SAVE_LINE = Statement(
    sa.update(_line)
    .where(_line.c.order_id == sa.bindparam("in_order"), _line.c.line_id == sa.bindparam("line"))
    .values(returned=sa.bindparam("returned"))
)
_SAVE_AWARD = Statement(
    sa.update(_award)
    .where(_award.c.id == sa.bindparam("key"))
    .values(clawed=sa.bindparam("clawed"), unrecovered=sa.bindparam("unrecovered"))
)


def save_returned(
    conn: WriteConnection, order: EarnedOrder, lines: Sequence[EarnedLine], changed: Sequence[Award]
) -> None:
    """Save an order's counters after a return: three statements, however many lines."""
    returned = [{"in_order": line.order_id, "line": line.line_id, "returned": line.returned} for line in lines]
    clawed = [{"key": award.id, "clawed": award.clawed, "unrecovered": award.unrecovered} for award in changed]
    counted = [{"key": order.order_id, "tier_credits_returned": order.tier_credits_returned}]
    write_together(conn, [(_SAVE_ORDER, counted), (_SAVE_LINE, returned), (_SAVE_AWARD, clawed)])


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
    _INSERT_TENDER.many(conn, rows)


_PAID = Statement(
    sa.select(_tender.c.line_id, _tender.c.points, _tender.c.quantity, _tender.c.points_back, *HOLD_COLUMNS)
    .join(hold_table, hold_table.c.id == _tender.c.hold_id)
    .where(_tender.c.order_id == sa.bindparam("order_id"))
)
_SAVE_TENDER = Statement(
    sa.update(_tender)
    .where(_tender.c.order_id == sa.bindparam("in_order"), _tender.c.line_id == sa.bindparam("line"))
    .values(points_back=_tender.c.points_back + sa.bindparam("more"))
)


def paid(conn: ReadConnection, order_id: UUID) -> tuple[Hold | None, Mapping[UUID, tuple[TenderShare, int]]]:
    """The hold whose points pay for an order, and (share, points already back) of each line that they paid for."""
    rows = _PAID.all(conn, order_id=order_id)
    shares = {row[0]: (TenderShare(*row[:3]), row[3]) for row in rows}
    return (built_hold(rows[0][4:]) if rows else None), shares


def save_tender(conn: WriteConnection, order_id: UUID, points_back: Mapping[UUID, int]) -> None:
    """Add points that came back to their lines."""
    _SAVE_TENDER.many(
        conn,
        [{"in_order": order_id, "line": line_id, "more": points} for line_id, points in points_back.items() if points],
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


_LOCK_BUDGETS = Statement(
    sa.select(_budget.c.funder, _budget.c.mode, _budget.c.remaining)
    .where(_budget.c.program_id == sa.bindparam("program_id"), one_of(_budget.c.funder, "funders"))
    .order_by(_budget.c.funder)
    .with_for_update()
)
_CHANGE_BUDGET = Statement(
    sa.update(_budget)
    .where(_budget.c.program_id == sa.bindparam("in_program"), _budget.c.funder == sa.bindparam("payer"))
    .values(remaining=_budget.c.remaining + sa.bindparam("change"))
)


def lock_budgets(
    conn: WriteConnection, program_id: ProgramId, funders: Iterable[str]
) -> Mapping[str, tuple[BudgetMode, int]]:
    """Lock the budgets of these funders in the order of their names; (mode, remaining) of those that have one."""
    rows = _LOCK_BUDGETS.all(conn, program_id=program_id, funders=list(funders))
    return {row.funder: (row.mode, row.remaining) for row in rows}


def change_budgets(conn: WriteConnection, program_id: ProgramId, changes: Mapping[str, int]) -> None:
    """Add to (or, when negative, take from) budgets; funders without one are left alone."""
    _CHANGE_BUDGET.many(
        conn,
        [
            {"in_program": program_id, "payer": funder, "change": change}
            for funder, change in sorted(changes.items())
            if change
        ],
    )
