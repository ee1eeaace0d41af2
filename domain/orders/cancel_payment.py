"""Giving a card payment up at once, so that its cart or till sale can be paid another way."""

from uuid import UUID

from domain.acts import Act
from domain.carts import service as carts
from domain.carts.model import CartAt
from domain.connections import WriteConnection
from domain.orders import checkout, store_checkouts
from domain.orders.checkout_model import (
    CartOrdered,
    CheckoutErrorCode,
    CheckoutId,
    CheckoutOutcome,
    CheckoutStatus,
    OrderPlaced,
    PaymentNotFound,
)
from domain.payments import store as payments
from domain.payments.model import PaymentId


def cancel_payment(conn: WriteConnection, at: CartAt, act: Act) -> CheckoutOutcome | None:
    """Cancel the payment that a cart waits for: its holds end, the cart is open again, and the promise, given or still to
    come, is released at the provider by a job. None, or the checkout that ended before, when nothing is in progress.

    The checkout's lock decides between this and an authorization that comes at the same time: either the order is
    written, and this is refused, or the payment is given up, and whatever the provider promises later is voided.

    Raises:
        CartNotFound: there is no such cart, or it is not the caller's.
        CartOrdered: the payment went through first.
    """
    cart = carts.held_by(conn, at, act.actor)
    newest = store_checkouts.newest_of_cart(conn, cart.id)
    if newest is None:
        return None
    # Locks in the order that `finish` takes them: the checkout, its payment, then the cart.
    outcome = checkout.abandon(conn, newest.id, None, CheckoutErrorCode.PAYMENT_CANCELED.value, act)
    if outcome.checkout.status is CheckoutStatus.COMPLETED:
        raise CartOrdered
    return outcome


def cancel_till_payment(conn: WriteConnection, payment_id: PaymentId, act: Act) -> CheckoutOutcome:
    """Cancel the card payment that a till's sale waits for, in a store where the actor works; a reader stops asking for the
    card. Again is a no-op.

    Raises:
        PaymentNotFound: no sale there waits for it.
        OrderPlaced: the payment went through first.
    """
    payment = payments.payments(conn, [payment_id]).get(payment_id)
    if payment is None or payment.location_id is None or not act.actor.works_at(payment.location_id):
        raise PaymentNotFound
    if payment.owner.startswith("order:"):
        raise PaymentNotFound
    checkout_id = CheckoutId(UUID(payment.owner))
    outcome = checkout.abandon(conn, checkout_id, None, CheckoutErrorCode.PAYMENT_CANCELED.value, act)
    if outcome.checkout.status is CheckoutStatus.COMPLETED:
        raise OrderPlaced
    return outcome
