"""The worker and the payment jobs: crash-safe, convergent, bounded."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.jobs import store as jobs
from domain.jobs.store import Job
from domain.jobs.tables import JobRow
from domain.payments import outbox, reconciling, service, store, store_provider
from domain.payments.errors import RefundExceedsCapacity
from domain.payments.model import FindingKind, LegStatus, Payment, PaymentStatus, RefundLeg
from domain.payments.provider import ProviderResult, ProviderStatus, RefundResult, RefundStatus
from domain.payments.taking import unsettled
from domain.tables import table_of
from gateway.database import Database
from gateway.jobs import Handler, JobServices, Recurring, Worker, schedule
from gateway.payment_jobs import HANDLERS, ask
from tests.conftest import NOW
from tests.payments.paper import ORDER, PaperProvider, eur, started

pytestmark = pytest.mark.anyio

_job = table_of(JobRow)


class Shop:
    """The port, a provider on paper, a clock that tests move, and a worker that only runs when asked."""

    def __init__(self, db: Database, make_act: Callable[..., Act]) -> None:
        self.db = db
        self.provider = PaperProvider()
        self.now = NOW
        self.make_act = make_act
        self.services = JobServices(db, self.provider, lambda: self.now, self.act)
        self.worker = Worker(self.services, HANDLERS)

    def act(self) -> Act:
        return self.make_act(at=self.now)

    def later(self, by: timedelta) -> None:
        self.now += by

    async def authorized(self, amount_minor: int = 10_000) -> Payment:
        payment = await self.services.write(lambda conn, act: started(conn, act, amount_minor))
        result = await self.provider.authorize(service.authorize_request(payment))
        await self.services.write(lambda conn, act: service.record_authorization(conn, payment.id, result, act))
        return await self.services.write(lambda conn, act: service.bind(conn, payment.id, ORDER, act))

    async def captured(self, amount_minor: int = 10_000) -> Payment:
        payment = await self.authorized(amount_minor)
        await self.services.write(lambda conn, act: service.request_capture(conn, ORDER, eur(amount_minor), act))
        await self.worker.drain()
        return payment

    async def reserved(self, amount_minor: int = 6_000) -> RefundLeg:
        legs = await self.services.write(
            lambda conn, act: service.reserve_refund(conn, ORDER, eur(amount_minor), "return-1", act)
        )
        return legs[0]

    async def hears(self, event: str, kind: str, object_kind: str, reference: str) -> bool:
        return await self.services.write(
            lambda conn, act: outbox.accept_event(conn, event, kind, object_kind, reference, act)
        )

    async def legs(self) -> Sequence[RefundLeg]:
        return (await self.db.read(lambda conn: store.legs_of_orders(conn, [ORDER])))[ORDER]

    async def payment(self, payment: Payment) -> Payment:
        return (await self.db.read(lambda conn: store.payments(conn, [payment.id])))[payment.id]

    async def findings(self) -> list[FindingKind]:
        return [found.kind for found in await self.db.read(store_provider.open_findings)]


@pytest.fixture
def shop(db: Database, make_act: Callable[..., Act]) -> Shop:
    return Shop(db, make_act)


def waiting(conn: ReadConnection) -> list[tuple[str, int, datetime]]:
    rows = conn.execute(sa.select(_job.c.kind, _job.c.attempts, _job.c.run_at).order_by(_job.c.id))
    return [(row.kind, row.attempts, row.run_at) for row in rows]


async def test_a_requested_capture_is_taken_by_the_worker(shop: Shop) -> None:
    payment = await shop.captured()
    after = await shop.payment(payment)
    assert (after.status, after.captured_minor) == (PaymentStatus.CAPTURED, 10_000)
    assert await shop.db.read(jobs.counts) == (0, 0)


async def test_two_refunds_of_60_on_100_at_once_make_one_leg_and_one_refusal(shop: Shop) -> None:
    await shop.captured()
    outcomes = await asyncio.gather(shop.reserved(), shop.reserved(), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, RefundExceedsCapacity)]
    assert [one.facts for one in refused] == [{"maximum": 4_000}]
    assert [leg.amount_minor for leg in await shop.legs()] == [6_000]
    assert await shop.db.read(service.verify) == []


async def test_a_lost_reply_is_asked_for_again_and_pays_once(shop: Shop) -> None:
    await shop.captured()
    leg = await shop.reserved()
    shop.provider.lost = 1
    await shop.worker.drain()
    assert [one.status for one in await shop.legs()] == [LegStatus.PENDING]
    shop.later(timedelta(seconds=1))
    await shop.worker.drain()
    assert [(one.status, one.provider_reference) for one in await shop.legs()] == [(LegStatus.SUCCEEDED, "re_1")]
    assert [call for call in shop.provider.calls if call[0] == "refund"] == [("refund", f"refund:{leg.id}:1")]
    assert len(shop.provider.refunds) == 1


async def test_a_worker_killed_between_the_call_and_the_commit_pays_once(shop: Shop) -> None:
    await shop.captured()
    leg = await shop.reserved()
    await shop.services.write(jobs.claim)
    sending = await shop.services.write(lambda conn, act: service.send_refund(conn, leg.id, act))
    assert sending is not None
    await shop.provider.refund(sending.request)
    assert await shop.worker.drain() == 0
    shop.later(jobs.LEASE)
    assert await shop.worker.drain() == 1
    assert [(one.status, one.provider_reference) for one in await shop.legs()] == [(LegStatus.SUCCEEDED, "re_1")]
    assert len(shop.provider.refunds) == 1


async def test_a_refund_is_found_after_the_provider_forgot_its_key(shop: Shop) -> None:
    await shop.captured()
    leg = await shop.reserved()
    await shop.services.write(jobs.claim)
    sending = await shop.services.write(lambda conn, act: service.send_refund(conn, leg.id, act))
    assert sending is not None
    await shop.provider.refund(sending.request)
    shop.provider.by_key.clear()
    shop.later(timedelta(hours=25))
    await shop.worker.drain()
    assert [(one.status, one.provider_reference) for one in await shop.legs()] == [(LegStatus.SUCCEEDED, "re_1")]
    assert len(shop.provider.refunds) == 1


async def test_a_lost_capture_reply_captures_once(shop: Shop) -> None:
    payment = await shop.authorized()
    await shop.services.write(lambda conn, act: service.request_capture(conn, ORDER, eur(9_000), act))
    shop.provider.lost = 1
    await shop.worker.drain()
    assert (await shop.payment(payment)).status is PaymentStatus.CAPTURE_REQUESTED
    shop.later(timedelta(seconds=1))
    await shop.worker.drain()
    assert (await shop.payment(payment)).captured_minor == 9_000
    assert [call[1] for call in shop.provider.calls if call[0] == "capture"] == [f"capture:{payment.id}"] * 2


async def test_a_refund_waits_for_its_capture(shop: Shop) -> None:
    await shop.authorized()
    shop.provider.lost = 1
    await shop.services.write(lambda conn, act: service.request_capture(conn, ORDER, eur(10_000), act))
    await shop.reserved()
    await shop.worker.drain()
    assert [leg.status for leg in await shop.legs()] == [LegStatus.RESERVED]
    for _ in range(3):
        shop.later(timedelta(seconds=5))
        await shop.worker.drain()
    assert [leg.status for leg in await shop.legs()] == [LegStatus.SUCCEEDED]


async def test_a_void_of_a_payment_that_was_never_made_ends_it(shop: Shop) -> None:
    payment = await shop.services.write(started)
    await shop.services.write(lambda conn, act: service.request_void(conn, payment.id, act))
    await shop.worker.drain()
    assert (await shop.payment(payment)).status is PaymentStatus.VOID_REQUESTED
    shop.later(timedelta(minutes=2))
    await shop.worker.drain()
    assert (await shop.payment(payment)).status is PaymentStatus.VOIDED


async def test_a_void_finds_a_promise_whose_reply_was_lost(shop: Shop) -> None:
    payment = await shop.services.write(started)
    await shop.provider.authorize(service.authorize_request(payment))
    await shop.services.write(lambda conn, act: service.request_void(conn, payment.id, act))
    shop.later(timedelta(minutes=2))
    await shop.worker.drain()
    assert (await shop.payment(payment)).status is PaymentStatus.VOIDED
    assert shop.provider.payments["pi_1"].status is ProviderStatus.VOIDED


async def test_a_promise_of_a_checkout_that_never_became_an_order_is_voided(shop: Shop) -> None:
    payment = await shop.services.write(started)
    result = await shop.provider.authorize(service.authorize_request(payment))
    await shop.services.write(lambda conn, act: service.record_authorization(conn, payment.id, result, act))
    shop.later(timedelta(minutes=59))
    await shop.services.write(reconciling.sweep)
    assert (await shop.payment(payment)).status is PaymentStatus.AUTHORIZED
    shop.later(timedelta(minutes=2))
    await shop.services.write(reconciling.sweep)
    await shop.worker.drain()
    assert (await shop.payment(payment)).status is PaymentStatus.VOIDED


async def test_an_event_before_the_response_and_its_doubles_make_one_leg(shop: Shop) -> None:
    await shop.captured()
    await shop.reserved()
    shop.provider.refund_status = RefundStatus.PENDING
    await shop.worker.drain()
    shop.provider.refunds["re_1"] = replace(shop.provider.refunds["re_1"], status=RefundStatus.SUCCEEDED)
    for event in ("evt_1", "evt_1", "evt_2"):
        await shop.hears(event, "refund.updated", "refund", "re_1")
    await shop.hears("evt_3", "charge.refunded", "charge", "pi_1")
    assert await shop.worker.drain() == 3
    assert [leg.status for leg in await shop.legs()] == [LegStatus.SUCCEEDED]


async def test_a_failing_job_goes_back_with_a_growing_delay_and_then_lies_dead(shop: Shop) -> None:
    async def broken(_services: JobServices, _job: Job) -> None:
        raise ValueError("no")

    worker = Worker(shop.services, {"broken": broken})
    await shop.services.write(lambda conn, act: jobs.enqueue(conn, act, "broken", {}))
    await worker.drain()
    assert await shop.db.read(waiting) == [("broken", 1, NOW + timedelta(seconds=1))]
    shop.later(timedelta(seconds=1))
    await worker.drain()
    assert await shop.db.read(waiting) == [("broken", 2, NOW + timedelta(seconds=3))]
    for _ in range(10):
        shop.later(timedelta(hours=1))
        assert await worker.drain() == 1
    assert await shop.db.read(jobs.counts) == (0, 1)
    shop.later(timedelta(hours=1))
    assert await worker.drain() == 0


async def test_a_job_without_a_handler_goes_back(shop: Shop) -> None:
    await shop.services.write(lambda conn, act: jobs.enqueue(conn, act, "unheard", {}))
    await shop.worker.drain()
    assert await shop.db.read(waiting) == [("unheard", 1, NOW + timedelta(seconds=1))]


async def test_recurring_work_writes_its_next_turn_once_even_when_it_fails(shop: Shop) -> None:
    async def broken(_services: JobServices, _job: Job) -> None:
        raise ValueError("no")

    hourly = Recurring("hourly", timedelta(hours=1))
    worker = Worker(shop.services, {"hourly": broken}, recurring=[hourly])
    for _ in range(2):
        await shop.services.write(lambda conn, act: schedule(conn, act, [hourly]))
    assert await shop.db.read(waiting) == [("hourly", 0, NOW + timedelta(hours=1))]
    shop.later(timedelta(hours=1))
    await worker.drain()
    assert await shop.db.read(waiting) == [
        ("hourly", 1, NOW + timedelta(hours=1, seconds=1)),
        ("hourly", 0, NOW + timedelta(hours=2)),
    ]


async def test_a_running_worker_wakes_at_a_commit_and_stops_gracefully(shop: Shop) -> None:
    done, release = asyncio.Event(), asyncio.Event()

    async def slow(_services: JobServices, _job: Job) -> None:
        done.set()
        await release.wait()

    handlers: dict[str, Handler] = {"slow": slow}
    worker = Worker(shop.services, handlers)
    await worker.start()
    await shop.services.write(lambda conn, act: jobs.enqueue(conn, act, "slow", {}))
    async with asyncio.timeout(10):
        await done.wait()
        stopping = asyncio.create_task(worker.stop())
        release.set()
        await stopping
    assert await shop.db.read(jobs.counts) == (0, 0)


async def test_no_more_jobs_run_at_once_than_allowed(shop: Shop) -> None:
    running, most, release = 0, 0, asyncio.Event()

    async def count(_services: JobServices, _job: Job) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            release.set()
        await release.wait()
        running -= 1

    worker = Worker(shop.services, {"count": count}, concurrency=2)

    def six(conn: WriteConnection, act: Act) -> None:
        for _ in range(6):
            jobs.enqueue(conn, act, "count", {})

    await shop.services.write(six)
    assert await worker.drain() == 6
    assert most == 2


async def test_a_lost_authorization_is_asked_for_with_the_same_key_and_found_when_it_is_old(shop: Shop) -> None:
    payment = await shop.services.write(started)
    waits = await shop.db.read(lambda conn: unsettled(conn, payment.id, shop.now))
    assert waits is not None
    assert (await ask(shop.provider, waits)).reference == "pi_1"
    assert (await ask(shop.provider, waits)).reference == "pi_1"
    assert [call[1] for call in shop.provider.calls] == [f"authorize:{payment.id}"] * 2
    old = replace(waits, key_is_stale=True)
    assert (await ask(shop.provider, old)).reference == "pi_1"
    shop.provider.payments.clear()
    assert await ask(shop.provider, old) == ProviderResult(ProviderStatus.DECLINED, failure_code="never_made")


async def test_a_reconciliation_heals_what_was_missed_and_reports_what_it_cannot(shop: Shop) -> None:
    payment = await shop.captured()
    await shop.reserved(2_000)
    shop.provider.refund_status = RefundStatus.PENDING
    await shop.worker.drain()
    shop.provider.refunds["re_1"] = replace(shop.provider.refunds["re_1"], status=RefundStatus.SUCCEEDED)
    shop.provider.refunds["re_9"] = RefundResult(
        RefundStatus.SUCCEEDED, "re_9", payment_reference="pi_1", amount_minor=1_000, currency="EUR"
    )
    shop.provider.payments["pi_9"] = ProviderResult(
        ProviderStatus.CAPTURED, "pi_9", amount_minor=500, captured_minor=500, currency="EUR"
    )
    shop.later(timedelta(hours=1))
    await shop.services.write(lambda conn, act: jobs.enqueue(conn, act, outbox.RECONCILE, {}))
    await shop.worker.drain()
    run = await shop.db.read(store_provider.newest_reconciliation)
    assert run is not None
    assert (run.payments_seen, run.refunds_seen, run.findings) == (2, 2, 3)
    assert sorted(await shop.findings()) == [
        FindingKind.STATUS_DIFFERED,
        FindingKind.UNKNOWN_PAYMENT,
        FindingKind.UNLINKED_REFUND,
    ]
    assert [(leg.amount_minor, leg.status) for leg in await shop.legs()] == [
        (2_000, LegStatus.SUCCEEDED),
        (1_000, LegStatus.SUCCEEDED),
    ]
    assert (await shop.payment(payment)).status is PaymentStatus.CAPTURED
    assert await shop.db.read(service.verify) == []


async def test_a_payment_the_provider_does_not_list_is_reported(shop: Shop) -> None:
    await shop.captured()
    shop.provider.payments.clear()
    shop.later(timedelta(hours=1))
    await shop.services.write(lambda conn, act: jobs.enqueue(conn, act, outbox.RECONCILE, {}))
    await shop.worker.drain()
    assert await shop.findings() == [FindingKind.MISSING_AT_PROVIDER]


async def test_two_hundred_interleaved_refunds_never_exceed_what_was_captured(shop: Shop) -> None:
    await shop.captured()
    outcomes = await asyncio.gather(*(shop.reserved(150) for _ in range(200)), return_exceptions=True)
    assert sum(isinstance(one, RefundLeg) for one in outcomes) == 66
    assert sum(isinstance(one, RefundExceedsCapacity) for one in outcomes) == 134
    while await shop.worker.drain():
        pass
    assert sum(leg.amount_minor for leg in await shop.legs()) == 9_900
    assert len(shop.provider.refunds) == 66
    assert await shop.db.read(service.verify) == []
