"""A checkout's way through the payment provider: short transaction, request, short transaction.

Any number of requests may drive one checkout at once: the provider answers the same key once, and the first to finish
writes the order that the others read. A request that dies leaves it to the settle job.
"""

from dataclasses import dataclass

from domain.errors import Refused
from domain.orders import checkout
from domain.orders.checkout_model import Checkout, CheckoutOutcome, CheckoutStatus
from domain.payments import service as payments
from domain.payments.model import PaymentId
from domain.payments.provider import AuthorizeRequest, ProviderResult, ProviderStatus
from resolvers.context import Context
from resolvers.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Driven:
    """How far a checkout got.

    Attributes:
        client_secret: lets the buyer's device finish an authentication; only while it is waited for.
        refused: why a promise could not become an order; the promise is being voided.
    """

    outcome: CheckoutOutcome
    client_secret: str | None = None
    refused: Refused | None = None


async def drive(ctx: Context, begun: Checkout, asking: AuthorizeRequest | None = None) -> Driven:
    """Bring a checkout as far as it gets now. `asking` is what to ask for a payment that this request has just started;
    without it the payment is looked at first.

    Raises:
        Unavailable: the provider gave no usable answer; the same request may be sent again.
        ProviderUnavailable: the provider refuses us.
    """
    checkout_id = begun.id
    if begun.status is not CheckoutStatus.PENDING:
        return Driven((await ctx.read(lambda conn: checkout.outcomes(conn, [checkout_id])))[checkout_id])
    result = None
    if asking is not None:
        result = await ctx.services.payments.authorize(asking)
    elif begun.payment_id is not None:
        result = await asked(ctx, begun.payment_id)
    try:
        outcome = await ctx.write(
            lambda conn, act: checkout.finish(conn, checkout_id, result, act, started=begun.started)
        )
    except Refused as refused:
        why = refused.code.value
        given_up = await ctx.write(lambda conn, act: checkout.abandon(conn, checkout_id, result, why, act))
        return Driven(given_up, refused=refused)
    waits = outcome.checkout.status is CheckoutStatus.PENDING
    if waits and result is not None and result.status is ProviderStatus.UNKNOWN:
        raise Unavailable
    return Driven(outcome, result.client_secret if waits and result is not None else None)


async def asked(ctx: Context, payment_id: PaymentId) -> ProviderResult | None:
    """What the provider says of a payment; None when its fate is known already.

    The first request authorizes, a repeated one looks at what the first began; a request whose answer was lost is sent
    again with the same key, or looked for when the provider may have forgotten the key.
    """
    now, provider = ctx.clock(), ctx.services.payments
    waiting = await ctx.read(lambda conn: payments.unsettled(conn, payment_id, now))
    if waiting is None:
        return None
    if waiting.payment.provider_reference is not None:
        return await provider.retrieve(waiting.payment.provider_reference, waiting.payment.reader)
    if not waiting.key_is_stale:
        return await provider.authorize(payments.authorize_request(waiting.payment))
    return await provider.find(payment_id) or ProviderResult(ProviderStatus.DECLINED, failure_code="never_made")
