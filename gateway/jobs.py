"""The worker: claims jobs from the outbox, runs their handlers side by side, and gives each an end.

It sleeps until the next job is due and wakes at once after a commit of this process; other processes' jobs are found
within `IDLE_SECONDS`. A handler that fails or takes too long sends its job back with a growing delay until it is dead.
A worker that dies leaves its leases to run out, so handlers must bear being run again.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from uuid_utils.compat import uuid7

from domain.acts import SYSTEM, Act, Actor
from domain.connections import WriteConnection
from domain.jobs import store as jobs
from domain.jobs.store import Job
from domain.payments.provider import PaymentProvider
from gateway.database import Coalescer, Database, DatabaseBusy

T = TypeVar("T")

CONCURRENCY = 8
IDLE_SECONDS = 2.0
HANDLER_SECONDS_MAX = 50
"""Below the lease of 60 seconds: a handler is given up before another worker may take its job."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

_log = structlog.get_logger("tillway.jobs")


class Unanswered(Exception):
    """The outside world gave no usable answer yet; the job is tried again with the same key."""


def act_at(now: datetime, actor: Actor = SYSTEM) -> Act:
    """An act of the running process: real ids and secrets."""
    return Act(actor, now, uuid7, secrets.token_bytes)


@dataclass(frozen=True, slots=True)
class JobServices:
    """What a handler may use.

    Attributes:
        act: gives a new act of the system at the clock's time.
    """

    database: Database
    provider: PaymentProvider
    clock: Callable[[], datetime]
    act: Callable[[], Act]

    async def write(self, command: Callable[[WriteConnection, Act], T], actor: Actor = SYSTEM) -> T:
        """Run one command in one transaction, as the system unless told otherwise."""
        act = self.act().by(actor)
        return await self.database.write(lambda conn: command(conn, act))


Handler = Callable[[JobServices, Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Recurring:
    """Work that repeats: one job of `kind` at each multiple of `every`."""

    kind: str
    every: timedelta

    def after(self, now: datetime) -> datetime:
        """The first turn later than `now`; turns that were missed are not made up for."""
        return _EPOCH + self.every * ((now - _EPOCH) // self.every + 1)


def schedule(conn: WriteConnection, act: Act, recurring: Sequence[Recurring]) -> None:
    """Write the next turn of each; every replica may, since a turn's dedupe key is its time.

    A turn writes its successor before its work, so work that dies does not end the row of turns.
    """
    for work in recurring:
        turn = work.after(act.now)
        jobs.enqueue(conn, act, work.kind, {}, run_at=turn, dedupe_key=f"{work.kind}@{turn.isoformat()}")


def _finished_jobs(conn: WriteConnection, done: Sequence[Job]) -> Sequence[None]:
    jobs.finish(conn, done)
    return [None] * len(done)


class Worker:
    """Runs jobs of one process. `start` and `stop` frame it; `drain` does what is due and returns, for tests and tools."""

    def __init__(
        self,
        services: JobServices,
        handlers: Mapping[str, Handler],
        *,
        recurring: Sequence[Recurring] = (),
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._services = services
        self._handlers = handlers
        self._recurring = {work.kind: work for work in recurring}
        self._concurrency = concurrency
        self._wake = asyncio.Event()
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._listening = False
        self._finish: Coalescer[Job, None] = Coalescer(services.database, _finished_jobs)

    async def start(self) -> None:
        """Begin to work in the background."""
        if not self._listening:
            self._services.database.on_commit(lambda _changes: self._wake.set())
            self._listening = True
        self._stopping = False
        self._loop = asyncio.create_task(self._work(), name="jobs")

    async def stop(self, *, grace_seconds: float = HANDLER_SECONDS_MAX) -> None:
        """Claim nothing more, let what runs finish within the grace, then leave the rest to its leases."""
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await self._loop
            self._loop = None
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def drain(self) -> int:
        """Run every job that is due now, and those that they make due; returns how many ran, repeats included."""
        ran = 0
        while claimed := await self._claim(self._concurrency):
            await asyncio.gather(*(self._run(job) for job in claimed))
            ran += len(claimed)
        return ran

    async def _work(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                seconds = await self._start_due()
            except (OSError, DatabaseBusy) as error:
                _log.warning("jobs.database_unavailable", error=repr(error))
                seconds = IDLE_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    async def _start_due(self) -> float:
        """Start what is due and there is room for; returns the seconds until it is worth looking again."""
        room = self._concurrency - len(self._running)
        if room <= 0:
            return IDLE_SECONDS
        # Asking is a read, which wakes nobody; a claim is a commit, and would wake this loop for ever.
        due_at = await self._services.database.read(jobs.next_due_at)
        wait = IDLE_SECONDS if due_at is None else (due_at - self._services.clock()).total_seconds()
        if wait > 0:
            return min(wait, IDLE_SECONDS)
        for job in await self._claim(room):
            task = asyncio.create_task(self._run(job), name=f"job:{job.kind}")
            self._running.add(task)
            task.add_done_callback(self._finished)
        return IDLE_SECONDS

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._wake.set()

    async def _claim(self, limit: int) -> list[Job]:
        return await self._services.write(lambda conn, act: jobs.claim(conn, act, limit=limit))

    async def _run(self, job: Job) -> None:
        log = _log.bind(job=str(job.id), kind=job.kind, attempt=job.attempts)
        try:
            recurring = self._recurring.get(job.kind)
            if recurring is not None:
                await self._services.write(lambda conn, act: schedule(conn, act, [recurring]))
            async with asyncio.timeout(HANDLER_SECONDS_MAX):
                await self._handlers[job.kind](self._services, job)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job goes back and the worker lives on
            dead = job.attempts >= jobs.ATTEMPTS_MAX
            report = log.error if dead else log.warning
            report("job.dead" if dead else "job.failed", error=repr(error), exc_info=not isinstance(error, Unanswered))
            text = f"{type(error).__name__}: {error}"
            await self._services.write(lambda conn, act: jobs.fail(conn, job, text, act.now))
        else:
            await self._finish(job)
            log.debug("job.done")
