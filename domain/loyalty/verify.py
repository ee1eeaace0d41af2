"""Prove that the programme still adds up: the ledger's invariants, and those about awards, budgets and tenders."""

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.ledger import verify as ledger_verify
from domain.ledger.model import Phase
from domain.ledger.store import hold_table, transfer_table
from domain.ledger.verify import Notes, VerifyReport, count
from domain.loyalty.tables import AwardRow, BudgetRow, EarnedLineRow, EarnedOrderRow, ProgramRow, TenderRow
from domain.tables import table_of

_award = table_of(AwardRow)
_budget = table_of(BudgetRow)
_line = table_of(EarnedLineRow)
_order = table_of(EarnedOrderRow)
_program = table_of(ProgramRow)
_tender = table_of(TenderRow)


def verify(conn: ReadConnection) -> VerifyReport:
    """Check I1 to I10 and answer how many rows each was checked on and what is wrong."""
    notes = Notes()
    ledger_verify.check(conn, notes)
    _awards_are_what_orders_earned(conn, notes)
    _budgets_are_what_funders_have(conn, notes)
    _returns_stay_within_purchases(conn, notes)
    return notes.report()


def _awards_are_what_orders_earned(conn: ReadConnection, notes: Notes) -> None:
    broken = sa.or_(_award.c.clawed < 0, _award.c.clawed > _award.c.points, _award.c.unrecovered > _award.c.clawed)
    for award_id in conn.execute(sa.select(_award.c.id).where(broken)).scalars():
        notes.wrong("I5", award_id, "more of the award came back than it gave")
    sums = sa.select(_award.c.order_id, sa.func.sum(_award.c.points).label("points")).group_by(_award.c.order_id)
    awards = sums.subquery()
    joined = _order.outerjoin(awards, awards.c.order_id == _order.c.order_id)
    differs = _order.c.points != sa.func.coalesce(awards.c.points, 0)
    for order_id in conn.execute(sa.select(_order.c.order_id).select_from(joined).where(differs)).scalars():
        notes.wrong("I5", order_id, "the order's awards are not what it earned")
    notes.checked["I5"] += count(conn, _award)


def _budgets_are_what_funders_have(conn: ReadConnection, notes: Notes) -> None:
    """A budget is the balance of its funder's account."""
    accounts = sa.select(
        _budget.c.funder,
        _budget.c.remaining,
        _program.c.unit,
        (sa.literal("funding:") + _budget.c.funder).label("account"),
    ).join(_program, _program.c.id == _budget.c.program_id)
    for funder, remaining, unit, account in conn.execute(accounts):
        notes.checked["I7"] += 1
        signed = sa.case((transfer_table.c.credit == account, transfer_table.c.amount), else_=-transfer_table.c.amount)
        touching = sa.or_(transfer_table.c.credit == account, transfer_table.c.debit == account)
        posted = sa.and_(transfer_table.c.unit == unit, transfer_table.c.phase == Phase.POSTED)
        balance = conn.execute(sa.select(sa.func.coalesce(sa.func.sum(signed), 0)).where(touching, posted)).scalar_one()
        if int(balance) != remaining or remaining < 0:
            notes.wrong("I7", funder, f"the budget says {remaining} and the account {int(balance)}")


def _returns_stay_within_purchases(conn: ReadConnection, notes: Notes) -> None:
    over = sa.or_(_line.c.returned < 0, _line.c.returned > _line.c.quantity)
    for order_id in conn.execute(sa.select(_line.c.order_id).where(over)).scalars():
        notes.wrong("I9", order_id, "more units came back than were bought")
    excess = sa.or_(_tender.c.points_back < 0, _tender.c.points_back > _tender.c.points)
    for order_id in conn.execute(sa.select(_tender.c.order_id).where(excess)).scalars():
        notes.wrong("I9", order_id, "more points came back than were spent")
    back = sa.select(_tender.c.hold_id, sa.func.sum(_tender.c.points_back).label("points")).group_by(_tender.c.hold_id)
    sums = back.subquery()
    given = hold_table.c.recredited + hold_table.c.released
    joined = hold_table.join(sums, sums.c.hold_id == hold_table.c.id)
    for hold_id in conn.execute(sa.select(hold_table.c.id).select_from(joined).where(sums.c.points > given)).scalars():
        notes.wrong("I9", hold_id, "its lines say that more points came back than its lots do")
    notes.checked["I9"] += count(conn, _line) + count(conn, _tender)
