"""The job that ends checkouts whose process died, whose answer was lost, or whose customer confirmed with their bank."""

from collections.abc import Mapping
from uuid import UUID

from domain.errors import Refused
from domain.jobs.store import Job
from domain.orders import checkout, paying_balance
from domain.orders.checkout_model import HOLD_LIFETIME, CheckoutId, CheckoutOutcome, CheckoutStatus
from domain.payments import outbox, service, store
from domain.payments.model import PaymentStatus
from domain.payments.provider import ProviderResult, ProviderStatus
from gateway.jobs import Handler, JobServices, Unanswered
from gateway.payment_jobs import ask

NOT_AUTHENTICATED = "not_authenticated"


async def settle(services: JobServices, job: Job) -> None:
    """Bring a checkout to its end by the provider's answer; give it up when it cannot be placed, or when its holds end
    while the customer has still not confirmed. A checkout that ended before is left alone."""
    owner = str(job.body["owner"])
    if owner.startswith(paying_balance.OWNER):
        await _settle_balance(services, owner)
        return
    checkout_id = CheckoutId(UUID(owner))
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


async def _settle_balance(services: JobServices, owner: str) -> None:
    """Bring a balance's card payment to its end; given up when nobody presents or confirms a card in time."""
    payment = await services.database.read(lambda conn: store.live_card_of_owner(conn, owner))
    if payment is None or payment.order_id is not None:
        return
    now = services.clock()
    waiting = await services.database.read(lambda conn: service.unsettled(conn, payment.id, now))
    result = None if waiting is None else await ask(services.provider, waiting)
    after = await services.write(lambda conn, act: paying_balance.finish_card(conn, payment.id, result, act))
    if result is not None and result.status is ProviderStatus.UNKNOWN:
        raise Unanswered("settle balance")
    ends_at = payment.created_at + HOLD_LIFETIME
    if after.status is not PaymentStatus.REQUIRES_ACTION:
        return
    if now < ends_at:
        await services.write(lambda conn, act: outbox.settle(conn, owner, act, run_at=ends_at))
    else:
        await services.write(lambda conn, act: service.request_void(conn, payment.id, act))


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
