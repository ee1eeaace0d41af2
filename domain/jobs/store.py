"""All SQL of the outbox. Claiming is one statement on either engine, so two workers never share a job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.acts import Act
from domain.appends import append
from domain.connections import ReadConnection, WriteConnection
from domain.jobs.tables import JobRow
from domain.statements import Statement, pairs_of
from domain.tables import table_of

JobBody = Mapping[str, str | int | None]

ATTEMPTS_MAX = 12
LEASE = timedelta(seconds=60)
BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_LONGEST = timedelta(hours=1)

_job = table_of(JobRow)
_OUTBOX = Statement(
    insert(_job)
    .values(
        {name: sa.bindparam(name) for name in ("id", "kind", "body", "dedupe_key", "run_at", "attempts", "created_at")}
    )
    .on_conflict_do_nothing(index_elements=["dedupe_key"])
)
_NEXT_DUE = Statement(
    sa.select(sa.func.min(sa.func.coalesce(_job.c.leased_until, _job.c.run_at)).label("due_at")).where(
        _job.c.dead_at.is_(None)
    )
)
_DUE = (
    sa.select(_job.c.id)
    .where(
        _job.c.dead_at.is_(None),
        _job.c.run_at <= sa.bindparam("now"),
        sa.or_(_job.c.leased_until.is_(None), _job.c.leased_until <= sa.bindparam("now")),
    )
    .order_by(_job.c.run_at, _job.c.id)
    .limit(sa.bindparam("size"))
    .with_for_update(skip_locked=True)
)
_CLAIM = Statement(
    sa.update(_job)
    .where(_job.c.id.in_(_DUE.scalar_subquery()))
    .values(lease_id=sa.bindparam("lease"), leased_until=sa.bindparam("until"), attempts=_job.c.attempts + 1)
    .returning(_job.c.id, _job.c.kind, _job.c.body, _job.c.attempts)
)
_FINISH = Statement(sa.delete(_job).where(pairs_of(_job.c.id, _job.c.lease_id, "ids", "leases")))


@dataclass(frozen=True, slots=True)
class Job:
    """A leased piece of work. `attempts` counts this one."""

    id: UUID
    kind: str
    body: JobBody
    attempts: int
    lease_id: UUID


def enqueue(
    conn: WriteConnection,
    act: Act,
    kind: str,
    body: JobBody,
    *,
    run_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Write a job for after the commit; with a `dedupe_key` that still waits, nothing is written."""
    row = {
        "id": act.new_id(),
        "kind": kind,
        "body": dict(body),
        "dedupe_key": dedupe_key,
        "run_at": run_at or act.now,
        "attempts": 0,
        "created_at": act.now,
    }
    append(conn, _OUTBOX, [row])


def claim(conn: WriteConnection, act: Act, *, limit: int = 16) -> list[Job]:
    """Lease up to `limit` due jobs, oldest first. A lease that ran out is due again: its worker is taken for dead."""
    lease_id = act.new_id()
    claimed = _CLAIM.all(conn, now=act.now, size=limit, lease=lease_id, until=act.now + LEASE)
    jobs = [Job(row.id, row.kind, row.body, row.attempts, lease_id) for row in claimed]
    return sorted(jobs, key=lambda job: job.id)


def finish(conn: WriteConnection, done: Sequence[Job]) -> None:
    """Delete jobs that are done, except those that another worker has leased meanwhile."""
    _FINISH.count(conn, ids=[job.id for job in done], leases=[job.lease_id for job in done])


def fail(conn: WriteConnection, job: Job, error: str, now: datetime) -> None:
    """Send a job back with a growing delay, or declare it dead when its attempts are spent."""
    dead = job.attempts >= ATTEMPTS_MAX
    delay = min(BACKOFF_FIRST * 2 ** (job.attempts - 1), BACKOFF_LONGEST)
    conn.execute(
        sa.update(_job)
        .where(_job.c.id == job.id, _job.c.lease_id == job.lease_id)
        .values(
            lease_id=None,
            leased_until=None,
            last_error=error[:500],
            run_at=now + delay,
            dead_at=now if dead else None,
        )
    )


def revive(conn: WriteConnection, ids: Sequence[UUID], now: datetime) -> int:
    """Give dead jobs a fresh set of attempts; returns how many were dead."""
    revived = conn.execute(
        sa.update(_job)
        .where(_job.c.id.in_(ids), _job.c.dead_at.is_not(None))
        .values(dead_at=None, attempts=0, run_at=now)
    )
    return revived.rowcount


def next_due_at(conn: ReadConnection) -> datetime | None:
    """When the next job may be claimed, in the past when one is due now; None when none waits."""
    (found,) = _NEXT_DUE.all(conn)
    due_at: datetime | None = found.due_at
    return due_at


def counts(conn: ReadConnection) -> tuple[int, int]:
    """(waiting, dead) jobs, for metrics and readiness."""
    waiting = sa.func.count().filter(_job.c.dead_at.is_(None))
    dead = sa.func.count().filter(_job.c.dead_at.is_not(None))
    row = conn.execute(sa.select(waiting, dead).select_from(_job)).one()
    return row[0], row[1]
