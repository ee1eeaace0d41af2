"""Carts and sales with the taxes of a tax service, where one is asked.

Reading a cart never fails for want of an answer: it is then taxed by our own table. What a sale is made with is decided by
`domain.orders.taxing`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from domain.carts import service as carts
from domain.carts.model import CartStatus, QuotedCart
from domain.connections import ReadConnection
from domain.orders.checkout_model import TaxQuestionChanged, TaxUnavailable
from domain.pricing import asking
from domain.pricing.tax_provider import ProvidedTaxes, TaxQuestion
from resolvers.context import Context

T = TypeVar("T")
_ATTEMPTS_MAX = 3


async def taxed(ctx: Context, quoted: QuotedCart) -> QuotedCart:
    """A cart with the tax service's taxes, when one is asked, everything in the cart has a destination, and it answers."""
    desk, now, cart, basket = ctx.services.taxes, ctx.clock(), quoted.cart, quoted.quote.basket
    if desk is None or basket is None or cart.status is CartStatus.COMPLETED or not cart.has_destinations:
        return quoted
    questions = asking.questions(basket)
    if not questions:
        return quoted
    known = desk.known(now)
    if any(known(one.digest) is None for one in questions):
        if desk.is_quiet(now):
            return quoted
        await desk.ask(questions, now)
    return QuotedCart(cart, await ctx.read(lambda conn: carts.quote(conn, cart, now, known)))


async def with_taxes(
    ctx: Context,
    questions: Callable[[ReadConnection], Sequence[TaxQuestion]],
    sell: Callable[[ProvidedTaxes | None], Awaitable[T]],
) -> T:
    """What selling answers, once the tax service was asked about exactly what is sold; `sell` does nothing until then.

    Raises:
        TaxUnavailable: what is sold changes faster than the service can be asked.
    """
    desk = ctx.services.taxes
    if desk is None:
        return await sell(None)
    for _ in range(_ATTEMPTS_MAX):
        taxes = await desk.ask(await ctx.read(questions), ctx.clock())
        try:
            return await sell(taxes)
        except TaxQuestionChanged:
            continue
    raise TaxUnavailable
