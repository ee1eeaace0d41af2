"""The room's invariants as set-based queries over the whole database; an empty answer means that they hold."""

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.ledger.model import HoldState, TransferCode
from domain.ledger.store import hold_table, transfer_table
from domain.payments.model import USES_CAPACITY, LegStatus, PaymentStatus, Tender, Violation
from domain.payments.rounding import ROUNDING
from domain.payments.store import leg_table, payment_table
from domain.payments.tables import PaymentStepRow
from domain.registers.model import EntryKind
from domain.registers.store import entry_table, session_table
from domain.tables import table_of

_step = table_of(PaymentStepRow)
_used = leg_table.c.status.in_(USES_CAPACITY)


def verify(conn: ReadConnection) -> list[Violation]:
    """Every place where I-01, I-02, I-12, I-13 or I-14 does not hold."""
    return [
        *_legs_within_capture(conn),
        *_orders_within_captures(conn),
        *_failures_free_once(conn),
        *_stored_value_is_its_hold(conn),
        *_rounding_is_booked(conn),
        *_cash_is_in_drawers(conn),
    ]


_refundable = sa.case(
    (payment_table.c.status.not_in((PaymentStatus.CAPTURED, PaymentStatus.CAPTURE_REQUESTED)), 0),
    (payment_table.c.tender == Tender.CASH, payment_table.c.amount_minor),
    (payment_table.c.status == PaymentStatus.CAPTURED, payment_table.c.captured_minor),
    else_=sa.func.coalesce(payment_table.c.capture_minor, 0),
)
_cash_paid = sa.case((leg_table.c.tender == Tender.CASH, leg_table.c.paid_minor), else_=leg_table.c.amount_minor)


def _legs_within_capture(conn: ReadConnection) -> list[Violation]:
    used, paid = sa.func.sum(leg_table.c.amount_minor), sa.func.sum(_cash_paid)
    coins = sa.and_(payment_table.c.tender == Tender.CASH, paid > payment_table.c.captured_minor)
    rows = conn.execute(
        sa.select(payment_table.c.id, _refundable.label("refundable"), used.label("used"), paid.label("paid"))
        .join(leg_table, sa.and_(leg_table.c.payment_id == payment_table.c.id, _used))
        .group_by(payment_table.c.id)
        .having(sa.or_(used > _refundable, coins))
    )
    return [Violation("I-01", row.id, f"{row.used} ({row.paid} paid) of {row.refundable}") for row in rows]


def _orders_within_captures(conn: ReadConnection) -> list[Violation]:
    refunded = (
        sa.select(leg_table.c.order_id, sa.func.sum(leg_table.c.amount_minor).label("refunded"))
        .where(_used, leg_table.c.order_id.is_not(None))
        .group_by(leg_table.c.order_id)
        .subquery()
    )
    captured = (
        sa.select(payment_table.c.order_id, sa.func.sum(_refundable).label("captured"))
        .where(payment_table.c.order_id.is_not(None))
        .group_by(payment_table.c.order_id)
        .subquery()
    )
    rows = conn.execute(
        sa.select(refunded.c.order_id, refunded.c.refunded, sa.func.coalesce(captured.c.captured, 0).label("captured"))
        .outerjoin(captured, captured.c.order_id == refunded.c.order_id)
        .where(refunded.c.refunded > sa.func.coalesce(captured.c.captured, 0))
    )
    return [Violation("I-02", row.order_id, f"{row.refunded} refunded of {row.captured}") for row in rows]


def _failures_free_once(conn: ReadConnection) -> list[Violation]:
    """A failed leg failed in one step of its history, never moved after it, and has at most one successor
    of its size, as a canceled one has."""
    failures = sa.func.count().filter(_step.c.after == LegStatus.FAILED.value)
    onward = sa.func.count().filter(_step.c.before == LegStatus.FAILED.value)
    rows = conn.execute(
        sa.select(leg_table.c.id, failures.label("failures"))
        .join(_step, _step.c.leg_id == leg_table.c.id)
        .group_by(leg_table.c.id, leg_table.c.status)
        .having(sa.or_(failures != sa.case((leg_table.c.status == LegStatus.FAILED, 1), else_=0), onward > 0))
    )
    found = [Violation("I-12", row.id, f"failed {row.failures} times") for row in rows]
    successor = leg_table.alias("successor")
    unequal = conn.execute(
        sa.select(leg_table.c.id, successor.c.amount_minor)
        .join(successor, successor.c.replaces_leg_id == leg_table.c.id)
        .where(
            sa.or_(
                leg_table.c.status.not_in((LegStatus.FAILED, LegStatus.CANCELED)),
                successor.c.amount_minor != leg_table.c.amount_minor,
            )
        )
    )
    return found + [Violation("I-12", row.id, f"made good by {row.amount_minor}") for row in unequal]


def _stored_value_is_its_hold(conn: ReadConnection) -> list[Violation]:
    """A gift card or store credit pays what its hold reserves or spent, and gave back what the hold got back."""
    hold, payment = hold_table.c, payment_table.c
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(leg_table.c.amount_minor), 0))
        .where(leg_table.c.payment_id == payment.id, leg_table.c.tender == payment.tender, _used)
        .scalar_subquery()
    )
    agrees = sa.case(
        (
            payment.status == PaymentStatus.AUTHORIZED,
            sa.and_(hold.state == HoldState.PENDING, hold.points - hold.released == payment.authorized_minor),
        ),
        (
            payment.status == PaymentStatus.CAPTURED,
            sa.and_(hold.state == HoldState.POSTED, hold.posted == payment.captured_minor, hold.recredited == back),
        ),
        (payment.status == PaymentStatus.VOIDED, hold.state == HoldState.VOIDED),
        else_=sa.false(),
    )
    rows = conn.execute(
        sa.select(payment.id, payment.status, hold.state)
        .join(hold_table, hold.id == payment.hold_id)
        .where(sa.or_(~agrees, hold.order_id != payment.order_id))
    )
    return [Violation("I-14", row.id, f"{row.status} while its hold is {row.state}") for row in rows]


def _rounding_is_booked(conn: ReadConnection) -> list[Violation]:
    """What each cash payment and cash refund differs from its due is one transfer of the ledger."""
    signed = sa.case((transfer_table.c.credit == ROUNDING, transfer_table.c.amount), else_=-transfer_table.c.amount)
    booked = (
        sa.select(transfer_table.c.order_id, sa.func.sum(signed).label("gain"))
        .where(transfer_table.c.code == TransferCode.CASH_ROUNDING, transfer_table.c.order_id.is_not(None))
        .group_by(transfer_table.c.order_id)
        .subquery()
    )
    taken = sa.select(
        payment_table.c.order_id, (payment_table.c.captured_minor - payment_table.c.amount_minor).label("gain")
    ).where(payment_table.c.tender == Tender.CASH)
    given = sa.select(leg_table.c.order_id, (leg_table.c.amount_minor - leg_table.c.paid_minor).label("gain")).where(
        leg_table.c.tender == Tender.CASH
    )
    parts = sa.union_all(taken, given).subquery()
    sums = sa.select(parts.c.order_id, sa.func.sum(parts.c.gain).label("gain")).group_by(parts.c.order_id).subquery()
    rows = conn.execute(
        sa.select(sums.c.order_id, sums.c.gain, sa.func.coalesce(booked.c.gain, 0).label("booked"))
        .outerjoin(booked, booked.c.order_id == sums.c.order_id)
        .where(sums.c.gain != sa.func.coalesce(booked.c.gain, 0))
    )
    return [Violation("I-13", row.order_id, f"cash rounding {row.gain}, booked {row.booked}") for row in rows]


def _cash_is_in_drawers(conn: ReadConnection) -> list[Violation]:
    """Cash that moved since tills keep sessions is one entry of a session of its till, of its size and currency, and every
    entry of a sale or refund is such cash."""
    payment, leg, entry, session = payment_table.c, leg_table.c, entry_table.c, session_table.c
    since = sa.select(sa.func.min(session.opened_at)).scalar_subquery()
    entries = (
        sa.select(entry.source_id, entry.amount_minor, session.terminal_id, session.currency)
        .join(session_table, session.id == entry.session_id)
        .where(entry.kind.in_((EntryKind.SALE, EntryKind.REFUND)))
        .subquery()
    )
    taken = sa.select(payment.id, payment.captured_minor.label("moved"), payment.terminal_id, payment.currency).where(
        payment.tender == Tender.CASH, payment.created_at >= since
    )
    given = sa.select(leg.id, (-leg.paid_minor).label("moved"), leg.terminal_id, leg.currency).where(
        leg.tender == Tender.CASH, leg.created_at >= since
    )
    cash = sa.union_all(taken, given).subquery()
    entered = sa.and_(
        cash.c.id == entries.c.source_id,
        cash.c.moved == entries.c.amount_minor,
        cash.c.terminal_id == entries.c.terminal_id,
        cash.c.currency == entries.c.currency,
    )
    missing = sa.select(cash.c.id, cash.c.moved).select_from(cash.outerjoin(entries, entered))
    unknown = sa.select(entries.c.source_id, entries.c.amount_minor).select_from(entries.outerjoin(cash, entered))
    return [
        *(
            Violation("I-13 drawer", row.id, f"{row.moved} moved in cash and is no entry")
            for row in conn.execute(missing.where(entries.c.source_id.is_(None)))
        ),
        *(
            Violation("I-13 drawer", row.source_id, f"an entry of {row.amount_minor} is no cash that moved")
            for row in conn.execute(unknown.where(cash.c.id.is_(None)))
        ),
    ]
