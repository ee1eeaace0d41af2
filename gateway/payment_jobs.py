"""The jobs that talk to the payment provider: short transaction, request, short transaction.

Each handler marks its request as leaving, asks outside any transaction with the key that was stored before, and writes
the answer. Killed anywhere, it is run again, finds what was done under the same key, and comes to the same end.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from uuid import UUID

from domain.acts import PSP, Act
from domain.connections import WriteConnection
from domain.jobs.store import Job
from domain.payments import outbox, reconciling, service
from domain.payments.model import PaymentId, RefundLegId
from domain.payments.provider import (
    PaymentProvider,
    ProviderResult,
    ProviderStatus,
    RefundResult,
    RefundStatus,
)
from domain.payments.taking import Unsettled
from gateway.jobs import Handler, JobServices, Recurring, Unanswered

RECONCILED_WINDOW = timedelta(days=3)
_ENDED = (ProviderStatus.CAPTURED, ProviderStatus.VOIDED)

TIMED_OUT_MAX = 100

RECURRING = (
    Recurring(outbox.RECONCILE, timedelta(hours=1)),
    Recurring(outbox.REFUND_TIME_OUT, timedelta(hours=1)),
)


async def capture(services: JobServices, job: Job) -> None:
    """Take promised money."""
    payment_id = PaymentId(_id(job, "payment"))
    sending = await services.write(lambda conn, act: service.send_capture(conn, payment_id, act))
    if sending is None:
        return
    assert sending.reference is not None, "an authorized payment has the provider's id"
    result = await services.provider.capture(sending.reference, sending.amount, sending.key)
    await services.write(lambda conn, act: service.record_authorization(conn, payment_id, result, act))
    if result.status not in _ENDED:
        raise Unanswered(f"capture: {result.status} {result.failure_code or ''}")


async def void(services: JobServices, job: Job) -> None:
    """Release promised money; when the provider's id was never learned, look for it first."""
    payment_id = PaymentId(_id(job, "payment"))
    sending = await services.write(lambda conn, act: service.send_void(conn, payment_id, act))
    if sending is None:
        return
    reference = sending.reference
    if reference is None:
        found = await services.provider.find(payment_id)
        if found is None or found.reference is None:
            await services.write(lambda conn, act: service.record_never_made(conn, payment_id, act))
            return
        reference = found.reference
    result = await services.provider.void(reference, sending.key, sending.reader)
    await services.write(lambda conn, act: service.record_authorization(conn, payment_id, result, act))
    if result.status not in _ENDED:
        raise Unanswered(f"void: {result.status} {result.failure_code or ''}")


async def release(services: JobServices, job: Job) -> None:
    """Release a promise that none of our payments stands for."""
    reference = str(job.body["reference"])
    result = await services.provider.void(reference, f"release:{reference}")
    if result.status not in _ENDED:
        raise Unanswered(f"release: {result.status}")


async def refund(services: JobServices, job: Job) -> None:
    """Send a reserved leg back to its card."""
    leg_id = RefundLegId(_id(job, "leg"))
    sending = await services.write(lambda conn, act: service.send_refund(conn, leg_id, act))
    if sending is None:
        return
    result: RefundResult | None = None
    if sending.sent_before:
        result = await services.provider.find_refund(leg_id, sending.request.reference)
    if result is None:
        result = await services.provider.refund(sending.request)
    answered = result
    await services.write(lambda conn, act: service.record_refund(conn, leg_id, answered, act))
    if result.status is RefundStatus.UNKNOWN:
        raise Unanswered("refund")


async def time_out_refunds(services: JobServices, _job: Job) -> None:
    """Cancel refunds that have waited for their customer for too long; one that is not answered is asked next time."""
    now = services.clock()
    for late in await services.database.read(lambda conn: service.overdue(conn, now, TIMED_OUT_MAX)):
        result = await services.provider.cancel_refund(late.reference, late.key)
        await services.write(partial(_record_timed_out, late.leg_id, result))


def _record_timed_out(leg_id: RefundLegId, result: RefundResult, conn: WriteConnection, act: Act) -> None:
    service.record_timed_out(conn, leg_id, result, act)


async def event(services: JobServices, job: Job) -> None:
    """Act on an event by fetching its object as it is now, so that order and doubles of events do not matter."""
    kind, reference = str(job.body["object_kind"]), str(job.body["object"])
    match kind:
        case "payment_intent":
            await _hear_payment(services, reference)
        case "terminal.reader":
            state = await services.provider.reader(reference)
            if state is not None and state.payment_reference is not None:
                await _hear_payment(services, state.payment_reference, reference)
        case "refund":
            told = await services.provider.retrieve_refund(reference)
            if told.status is RefundStatus.UNKNOWN:
                raise Unanswered("event: refund")
            await _hear_refund(services, told)
        case "charge":
            for told in await services.provider.refunds_of(reference):
                await _hear_refund(services, told)
        case "dispute":
            dispute = await services.provider.retrieve_dispute(reference)
            await services.write(lambda conn, act: service.record_dispute(conn, dispute, act), PSP)
        case _:
            raise ValueError(f"no such object: {kind}")


async def reconcile(services: JobServices, _job: Job) -> None:
    """Sweep our own loose ends and begin a comparison with the provider's lists."""
    since = services.clock() - RECONCILED_WINDOW
    await services.write(reconciling.sweep)
    await services.write(lambda conn, act: reconciling.start(conn, since, act))


async def reconcile_page(services: JobServices, job: Job) -> None:
    """Compare one page of the provider's payments or refunds."""
    run_id = _id(job, "run")
    cursor = job.body["cursor"]
    after = None if cursor is None else str(cursor)
    since = await services.database.read(lambda conn: reconciling.since_of(conn, run_id))
    if job.body["books"] == "payments":
        payments = await services.provider.payments_since(since, after)
        await services.write(lambda conn, act: reconciling.compare_payments(conn, run_id, payments, act))
    else:
        refunds = await services.provider.refunds_since(since, after)
        await services.write(lambda conn, act: reconciling.compare_refunds(conn, run_id, refunds, act))


async def ask(provider: PaymentProvider, waiting: Unsettled) -> ProviderResult:
    """What became of a payment whose answer was lost: asked again with the same key while the provider knows it, looked
    for by our id afterwards. A payment that was never made is DECLINED."""
    payment = waiting.payment
    if payment.provider_reference is not None:
        return await provider.retrieve(payment.provider_reference, payment.reader)
    if not waiting.key_is_stale:
        return await provider.authorize(service.authorize_request(payment))
    return await provider.find(payment.id) or ProviderResult(ProviderStatus.DECLINED, failure_code="never_made")


async def _hear_payment(services: JobServices, reference: str, reader: str | None = None) -> None:
    result = await services.provider.retrieve(reference, reader)
    if result.status is ProviderStatus.UNKNOWN:
        raise Unanswered("event: payment")
    await services.write(lambda conn, act: service.hear(conn, result, act), PSP)


async def _hear_refund(services: JobServices, told: RefundResult) -> None:
    await services.write(lambda conn, act: service.record_provider_refund(conn, told, act), PSP)


def _id(job: Job, name: str) -> UUID:
    return UUID(str(job.body[name]))


HANDLERS: Mapping[str, Handler] = {
    outbox.CAPTURE: capture,
    outbox.VOID: void,
    outbox.RELEASE: release,
    outbox.REFUND: refund,
    outbox.REFUND_TIME_OUT: time_out_refunds,
    outbox.EVENT: event,
    outbox.RECONCILE: reconcile,
    outbox.RECONCILE_PAGE: reconcile_page,
}
