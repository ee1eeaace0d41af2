"""Recurring work that finds things whose time has come and settles each in a transaction of its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from domain.acts import Act
from domain.carts import service as carts
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.events import store as events
from domain.inventory import service as inventory
from domain.jobs.store import Job
from domain.loyalty import service as loyalty
from domain.pickup import service as pickup
from domain.returns import service as returns
from domain.returns import store as return_store
from domain.returns.model import ReturnId
from domain.throttles import service as throttles
from gateway.jobs import Handler, JobServices, Recurring

SWEEP_MAX = 100
CHANGES_KEPT = timedelta(hours=1)
THROTTLES_KEPT = timedelta(days=1)

PICKUPS = "sweep.pickups"
RETURNS = "sweep.returns"
LOYALTY = "sweep.loyalty"
HOUSEKEEPING = "sweep.housekeeping"

Find = Callable[[ReadConnection, datetime], Sequence[UUID]]
Settle = Callable[[WriteConnection, UUID, Act], object]


async def _settled(services: JobServices, find: Find, settle: Settle) -> None:
    """Settle everything that `find` finds now."""
    now = services.clock()
    await _settled_each(services, await services.database.read(lambda conn: find(conn, now)), settle)


async def _settled_each(services: JobServices, keys: Sequence[UUID], settle: Settle) -> None:
    """Settle each in a transaction of its own; what somebody else settles first is refused here and skipped."""
    for key in keys:

        def one(conn: WriteConnection, act: Act, key: UUID = key) -> None:
            settle(conn, key, act)

        try:
            await services.write(one)
        except Refused:
            continue


def _pickup_sweeps() -> list[tuple[Find, Settle]]:
    return [(find, settle) for find, settle in pickup.SWEEPS]  # type: ignore[misc]  # ids are UUIDs under another name


async def sweep_pickups(services: JobServices, _job: Job) -> None:
    """Accept what no store answered, expire what nobody collected, cancel no-shows."""
    for find, settle in _pickup_sweeps():
        await _settled(services, find, settle)


async def sweep_returns(services: JobServices, _job: Job) -> None:
    """Let go of announced units that never came; close returns whose refunds have ended."""
    await _settled(services, lambda conn, now: return_store.overdue(conn, now, SWEEP_MAX), returns.expire)  # type: ignore[arg-type]
    after: ReturnId | None = None
    while page := await services.database.read(partial(return_store.finished, limit=SWEEP_MAX, after=after)):
        await _settled_each(services, page, returns.close_if_done)  # type: ignore[arg-type]
        after = page[-1]


async def sweep_loyalty(services: JobServices, _job: Job) -> None:
    """Time out holds, release what has vested by the calendar, book expiries."""
    await services.write(loyalty.sweep)


async def keep_house(services: JobServices, _job: Job) -> None:
    """Forget what nobody needs any more: expired stock holds, abandoned carts, seen changes, old attempt counters."""
    await services.write(inventory.forget_expired_holds)
    await services.write(lambda conn, act: carts.expire_abandoned(conn, act.now))
    await services.write(lambda conn, act: events.forget(conn, act.now - CHANGES_KEPT))
    await services.write(lambda conn, act: throttles.forget(conn, act.now - THROTTLES_KEPT))


HANDLERS: Mapping[str, Handler] = {
    PICKUPS: sweep_pickups,
    RETURNS: sweep_returns,
    LOYALTY: sweep_loyalty,
    HOUSEKEEPING: keep_house,
}

RECURRING = (
    Recurring(PICKUPS, timedelta(minutes=1)),
    Recurring(RETURNS, timedelta(minutes=1)),
    Recurring(LOYALTY, timedelta(minutes=1)),
    Recurring(HOUSEKEEPING, timedelta(minutes=10)),
)
