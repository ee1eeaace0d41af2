"""Giving a card payment up, so that a cart can be paid another way."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.carts.model import CartAt, CartId
from domain.connections import ReadConnection
from domain.errors import Refused
from domain.orders import checkout
from domain.orders.cancel_payment import cancel_payment, cancel_till_payment
from domain.orders.checkout_model import CheckoutId, CheckoutOutcome
from domain.payments.model import PaymentId
from resolvers.carts import cart_view
from resolvers.checkout_types import (
    CartPaymentCancelInput,
    CartPaymentCancelPayload,
    CheckoutPayment,
    CheckoutUserError,
    OrderPaymentCancelInput,
    OrderPaymentCancelPayload,
)
from resolvers.context import ContextInfo
from resolvers.ids import uuid_of


@strawberry.type
class CheckoutCancelMutation:
    """The way out of a payment that nobody will confirm."""

    @strawberry.mutation(
        description="Give up the card payment a cart waits for, such as one whose buyer will not confirm with the bank, "
        "and open the cart at once for another card. Nothing is charged: what the bank promised, or still promises, is "
        "released. When the payment went through first, the cart is an order and this is refused with CART_COMPLETED. "
        "Again, or with no payment in progress, it changes nothing. Only for whoever holds the cart."
    )
    async def cart_payment_cancel(
        self,
        info: ContextInfo,
        input: Annotated[CartPaymentCancelInput, strawberry.argument(description="Whose payment to give up.")],
    ) -> CartPaymentCancelPayload:
        ctx = info.context
        at = CartAt(CartId(uuid_of("Cart", input.cart_id)), input.cart_token)
        try:
            done = await ctx.command(
                "cartPaymentCancel",
                input.idempotency_key,
                {"cartId": input.cart_id, "cartToken": input.cart_token},
                effect=lambda conn, act: cancel_payment(conn, at, act),
                reference=lambda outcome: "" if outcome is None else str(outcome.checkout.id),
                reload=_again,
            )
        except Refused as refused:
            errors = [CheckoutUserError.of(refused)]
            return CartPaymentCancelPayload(cart=None, payment=None, user_errors=errors, replayed=False)
        payment = None if done.value is None else done.value.payment
        return CartPaymentCancelPayload(
            cart=await cart_view(ctx, at),
            payment=None if payment is None else CheckoutPayment.of(payment, None),
            user_errors=[],
            replayed=done.replayed,
        )

    @strawberry.mutation(
        description="Give up the card payment a till's sale waits for, such as one whose customer has no card after all: "
        "a reader stops asking. Nothing is charged and nothing is sold. When the payment went through first, this is "
        "refused with ORDER_PLACED. Needs the scope `pos_session` and work in that store."
    )
    async def order_payment_cancel(
        self,
        info: ContextInfo,
        input: Annotated[OrderPaymentCancelInput, strawberry.argument(description="Which payment to give up.")],
    ) -> OrderPaymentCancelPayload:
        ctx = info.context
        ctx.require(Scope.POS_SESSION)
        payment_id = PaymentId(uuid_of("Payment", input.payment_id))
        try:
            done = await ctx.command(
                "orderPaymentCancel",
                input.idempotency_key,
                {"paymentId": input.payment_id},
                effect=lambda conn, act: cancel_till_payment(conn, payment_id, act),
                reference=lambda outcome: str(outcome.checkout.id),
                reload=_of_till,
            )
        except Refused as refused:
            errors = [CheckoutUserError.of(refused)]
            return OrderPaymentCancelPayload(payment=None, user_errors=errors, replayed=False)
        payment = done.value.payment
        return OrderPaymentCancelPayload(
            payment=None if payment is None else CheckoutPayment.of(payment, None),
            user_errors=[],
            replayed=done.replayed,
        )


def _of_till(conn: ReadConnection, reference: str) -> CheckoutOutcome:
    checkout_id = CheckoutId(UUID(reference))
    return checkout.outcomes(conn, [checkout_id])[checkout_id]


def _again(conn: ReadConnection, reference: str) -> CheckoutOutcome | None:
    if not reference:
        return None
    checkout_id = CheckoutId(UUID(reference))
    return checkout.outcomes(conn, [checkout_id])[checkout_id]
