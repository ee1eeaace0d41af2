"""What a store has done with a pickup before a test begins, and what can then be seen."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import store as stock
from domain.jobs.tables import JobRow
from domain.orders.model import FulfillmentStatus, Units
from domain.pickup import service
from domain.pickup.model import HandOver, Verification
from domain.tables import table_of
from tests.inventory.shelves import SHIRT, SOHO
from tests.pickup.counter import Ordered, captured, ordered

S = FulfillmentStatus
MakeAct = Callable[..., Act]
DEADLINE = datetime(2026, 1, 18, tzinfo=UTC)


def ready(conn: WriteConnection, act: Act) -> Ordered:
    made = ordered(conn, act)
    service.prepare(conn, made.id, act)
    captured(conn, made, act)
    return made


def by_code(conn: WriteConnection, made: Ordered, *, units: tuple[Units, ...] | None = None) -> HandOver:
    return HandOver(made.id, Verification.CODE, code=made.pickup(conn).code, units=units)


def jobs(conn: WriteConnection) -> Sequence[tuple[str | int | None, datetime]]:
    """(kind of message, when) of the waiting message jobs, by time."""
    job = table_of(JobRow)
    rows = conn.execute(
        sa.select(job.c.body, job.c.run_at).where(job.c.kind == "pickup.message").order_by(job.c.run_at, job.c.id)
    )
    return [(row.body["kind"], row.run_at) for row in rows]


def shelf(conn: WriteConnection, act: Act, variant: UUID = SHIRT) -> tuple[int, int, int, int]:
    """(available, on hand, committed, quarantined) in Soho."""
    level = stock.availability(conn, [(variant, SOHO)], act.now)[variant, SOHO]  # type: ignore[list-item, index]
    return level.available, level.on_hand, level.committed, level.quarantined
