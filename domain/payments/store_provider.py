"""SQL of what passes between the provider and us: calls, events, disputes, findings, reconciliations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.payments.model import (
    Call,
    CallState,
    Finding,
    FindingKind,
    PaymentId,
    Reconciliation,
    RefundLegId,
)
from domain.payments.provider import DisputeResult, DisputeStatus
from domain.payments.store import leg_table, payment_table
from domain.payments.tables import (
    PaymentCallRow,
    PaymentDisputeRow,
    PaymentEventRow,
    PaymentFindingRow,
    PaymentReconciliationRow,
)
from domain.statements import Statement, one_of
from domain.tables import table_of

_call = table_of(PaymentCallRow)
_dispute = table_of(PaymentDisputeRow)
_event = table_of(PaymentEventRow)
_finding = table_of(PaymentFindingRow)
_run = table_of(PaymentReconciliationRow)

_SENT = _call.c.sent_at.type
_UNSETTLED = (CallState.REQUESTED, CallState.SENT, CallState.UNKNOWN)

_REQUEST = Statement(
    insert(_call)
    .values({column.name: sa.bindparam(column.name) for column in _call.c})
    .on_conflict_do_nothing(index_elements=["key"])
)
_SETTLE = Statement(
    sa.update(_call)
    .where(one_of(_call.c.key, "keys"), sa.or_(*(_call.c.state == state for state in _UNSETTLED)))
    .values(state=sa.bindparam("ended"), settled_at=sa.bindparam("at"))
)


def request_calls(conn: WriteConnection, calls: Sequence[Call], act: Act) -> None:
    """Write intents before their requests leave; a key that is there already stays as it is."""
    rows = [
        {
            "key": call.key,
            "payment_id": call.payment_id,
            "leg_id": call.leg_id,
            "state": call.state,
            "requested_at": act.now,
            "sent_at": call.sent_at,
            "settled_at": None,
        }
        for call in calls
    ]
    _REQUEST.many(conn, rows)


def send_call(conn: WriteConnection, key: str, act: Act) -> Call:
    """Mark a request as leaving now; the first time it left stays written, since the key's life counts from there."""
    row = conn.execute(
        sa.update(_call)
        .where(_call.c.key == key)
        .values(state=CallState.SENT, sent_at=sa.func.coalesce(_call.c.sent_at, sa.bindparam("now", act.now, _SENT)))
        .returning(_call.c.key, _call.c.payment_id, _call.c.leg_id, _call.c.state, _call.c.sent_at)
    ).one()
    return Call(row.key, row.payment_id, row.leg_id, row.state, row.sent_at)


def first_sent_at(conn: ReadConnection, key: str) -> datetime | None:
    """When a key first left us; None when it never did or is not known."""
    return conn.execute(sa.select(_call.c.sent_at).where(_call.c.key == key)).scalar_one_or_none()


def settle_calls(conn: WriteConnection, keys: Sequence[str], state: CallState, act: Act) -> None:
    """Write how open intents ended; settled ones keep their end."""
    settled_at = None if state is CallState.UNKNOWN else act.now
    _SETTLE.count(conn, keys=keys, ended=state, at=settled_at)


def stuck_calls(conn: ReadConnection, before: datetime, *, limit: int = 500) -> list[Call]:
    """Intents that were requested before a moment and have no known end, oldest first."""
    rows = conn.execute(
        sa.select(_call.c.key, _call.c.payment_id, _call.c.leg_id, _call.c.state, _call.c.sent_at)
        .where(_call.c.state.in_(_UNSETTLED), _call.c.requested_at < before)
        .order_by(_call.c.requested_at)
        .limit(limit)
    )
    return [Call(row.key, row.payment_id, row.leg_id, row.state, row.sent_at) for row in rows]


def accept_event(conn: WriteConnection, event_id: str, kind: str, act: Act) -> bool:
    """Write a provider's event id; False when it came before."""
    row = {"id": event_id, "kind": kind[:100], "received_at": act.now}
    return conn.execute(insert(_event).values(row).on_conflict_do_nothing()).rowcount == 1


def forget_events(conn: WriteConnection, before: datetime) -> int:
    """Delete events so old that the provider no longer repeats them; returns how many."""
    return conn.execute(sa.delete(_event).where(_event.c.received_at < before)).rowcount


def dispute_status(conn: ReadConnection, reference: str) -> DisputeStatus | None:
    """What we know of a dispute; None when it is new."""
    return conn.execute(sa.select(_dispute.c.status).where(_dispute.c.reference == reference)).scalar_one_or_none()


def has_open_dispute(conn: ReadConnection, payment_id: PaymentId) -> bool:
    """Whether a cardholder disputes the payment and the bank has not decided."""
    found = sa.select(sa.literal(1)).where(_dispute.c.payment_id == payment_id, _dispute.c.status == DisputeStatus.OPEN)
    return conn.execute(found.limit(1)).first() is not None


def save_dispute(conn: WriteConnection, payment_id: PaymentId, dispute: DisputeResult, act: Act) -> None:
    """Write a dispute as the provider has it. The caller holds the payment's lock."""
    changing = {"status": dispute.status, "amount_minor": dispute.amount_minor, "updated_at": act.now}
    row = {
        "reference": dispute.reference,
        "payment_id": payment_id,
        "currency": dispute.currency,
        "reason": dispute.reason[:100],
        "opened_at": act.now,
        **changing,
    }
    statement = insert(_dispute).values(row)
    conn.execute(statement.on_conflict_do_update(index_elements=["reference"], set_=changing))


def record_findings(conn: WriteConnection, findings: Sequence[Finding], act: Act) -> int:
    """Write differences that were not known yet; returns how many were new."""
    new = 0
    for finding in findings:
        row = {
            "id": act.new_id(),
            "kind": finding.kind,
            "reference": finding.reference,
            "payment_id": finding.payment_id,
            "leg_id": finding.leg_id,
            "detail": finding.detail[:255],
            "found_at": act.now,
        }
        statement = insert(_finding).values(row)
        new += conn.execute(statement.on_conflict_do_nothing(index_elements=["kind", "reference"])).rowcount
    return new


def count_findings(conn: ReadConnection) -> int:
    """How many differences were ever written."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(_finding)).scalar_one())


def open_findings(conn: ReadConnection, *, limit: int = 500) -> list[Finding]:
    """Differences nobody has resolved, newest first."""
    rows = conn.execute(
        sa.select(_finding).where(_finding.c.resolved_at.is_(None)).order_by(_finding.c.id.desc()).limit(limit)
    )
    return [Finding(row.kind, row.reference, row.payment_id, row.leg_id, row.detail) for row in rows]


def resolve_finding(conn: WriteConnection, kind: FindingKind, reference: str, act: Act) -> bool:
    """Mark a difference as dealt with; False when there is none open."""
    open_one = sa.and_(_finding.c.kind == kind, _finding.c.reference == reference, _finding.c.resolved_at.is_(None))
    return conn.execute(sa.update(_finding).where(open_one).values(resolved_at=act.now)).rowcount == 1


def start_reconciliation(conn: WriteConnection, since: datetime, act: Act) -> UUID:
    """Begin a comparison; returns its id."""
    run_id = act.new_id()
    conn.execute(sa.insert(_run).values(id=run_id, since=since, started_at=act.now))
    return run_id


def reconciliation(conn: ReadConnection, run_id: UUID) -> Reconciliation:
    """A comparison and its counts."""
    row = conn.execute(sa.select(_run).where(_run.c.id == run_id)).one()
    return Reconciliation(**row._asdict())


def newest_reconciliation(conn: ReadConnection) -> Reconciliation | None:
    """The comparison that finished last; None when none has."""
    finished = sa.select(_run).where(_run.c.finished_at.is_not(None)).order_by(_run.c.finished_at.desc()).limit(1)
    row = conn.execute(finished).one_or_none()
    return None if row is None else Reconciliation(**row._asdict())


def count_reconciled(
    conn: WriteConnection, run_id: UUID, *, payments: int = 0, refunds: int = 0, findings: int = 0
) -> None:
    """Add a page's counts to its run."""
    conn.execute(
        sa.update(_run)
        .where(_run.c.id == run_id)
        .values(
            payments_seen=_run.c.payments_seen + payments,
            refunds_seen=_run.c.refunds_seen + refunds,
            findings=_run.c.findings + findings,
        )
    )


def finish_reconciliation(conn: WriteConnection, run_id: UUID, act: Act) -> None:
    """Mark a comparison as whole."""
    conn.execute(sa.update(_run).where(_run.c.id == run_id).values(finished_at=act.now))


def mark_payments_seen(conn: WriteConnection, references: Sequence[str], started_at: datetime) -> None:
    """Note that the provider's list has these payments."""
    seen = sa.update(payment_table).where(payment_table.c.provider_reference.in_(references))
    conn.execute(seen.values(reconciled_at=started_at))


def mark_refunds_seen(conn: WriteConnection, references: Sequence[str], started_at: datetime) -> None:
    """Note that the provider's list has these refunds."""
    seen = sa.update(leg_table).where(leg_table.c.provider_reference.in_(references))
    conn.execute(seen.values(reconciled_at=started_at))


def unseen_references(
    conn: ReadConnection, run: Reconciliation, until: datetime
) -> list[tuple[str, PaymentId, RefundLegId | None]]:
    """Our payments and refunds made in the run's window whose provider ids its lists did not have."""
    payments = sa.select(
        payment_table.c.provider_reference, payment_table.c.id, sa.null().cast(sa.Uuid).label("leg_id")
    ).where(
        payment_table.c.provider_reference.is_not(None),
        payment_table.c.created_at.between(run.since, until),
        _unseen(payment_table.c.reconciled_at, run.started_at),
    )
    legs = sa.select(leg_table.c.provider_reference, leg_table.c.payment_id, leg_table.c.id).where(
        leg_table.c.provider_reference.is_not(None),
        leg_table.c.created_at.between(run.since, until),
        _unseen(leg_table.c.reconciled_at, run.started_at),
    )
    found = [*conn.execute(payments.limit(500)), *conn.execute(legs.limit(500))]
    return [(row[0], row[1], row[2]) for row in found]


def _unseen(reconciled_at: sa.ColumnElement[datetime], started_at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(reconciled_at.is_(None), reconciled_at < started_at)
