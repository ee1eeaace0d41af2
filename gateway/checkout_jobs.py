"""The job that ends checkouts whose process died, whose answer was lost, or whose customer confirmed with their bank."""

from collections.abc import Mapping
from uuid import UUID

from domain.errors import Refused
from domain.jobs.store import Job
from domain.orders import checkout
from domain.orders.checkout_model import HOLD_LIFETIME, CheckoutId, CheckoutOutcome, CheckoutStatus
from domain.payments import outbox, service
from domain.payments.provider import ProviderResult, ProviderStatus
from gateway.jobs import Handler, JobServices, Unanswered
from gateway.payment_jobs import ask

NOT_AUTHENTICATED = "not_authenticated"


async def settle(services: JobServices, job: Job) -> None:
    """Bring a checkout to its end by the provider's answer; give it up when it cannot be placed, or when its holds end
    while the customer has still not confirmed. A checkout that ended before is left alone."""
    checkout_id = CheckoutId(UUID(str(job.body["owner"])))
    found = (await services.database.read(lambda conn: checkout.outcomes(conn, [checkout_id]))).get(checkout_id)
    if found is None or found.checkout.status is not CheckoutStatus.PENDING:
        return
    result = await _lost_answer(services, found)
    try:
        outcome = await services.write(lambda conn, act: checkout.finish(conn, checkout_id, result, act))
    except Refused as refused:
        why = refused.code.value
        await services.write(lambda conn, act: checkout.abandon(conn, checkout_id, result, why, act))
        return
    if outcome.checkout.status is CheckoutStatus.PENDING:
        await _wait_or_give_up(services, found, result)


async def _lost_answer(services: JobServices, found: CheckoutOutcome) -> ProviderResult | None:
    """What the provider says of a payment whose fate we do not know; None when we do."""
    payment, now = found.payment, services.clock()
    if payment is None:
        return None
    waiting = await services.database.read(lambda conn: service.unsettled(conn, payment.id, now))
    return None if waiting is None else await ask(services.provider, waiting)


async def _wait_or_give_up(services: JobServices, found: CheckoutOutcome, result: ProviderResult | None) -> None:
    if result is not None and result.status is ProviderStatus.UNKNOWN:
        raise Unanswered("settle")
    pending, ends_at = found.checkout, found.checkout.started_at + HOLD_LIFETIME
    if services.clock() < ends_at:
        await services.write(lambda conn, act: outbox.settle(conn, pending.owner, act, run_at=ends_at))
    else:
        await services.write(lambda conn, act: checkout.abandon(conn, pending.id, None, NOT_AUTHENTICATED, act))


HANDLERS: Mapping[str, Handler] = {outbox.SETTLE: settle}
