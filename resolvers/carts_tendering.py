"""Gift cards and store credit on carts."""

import strawberry

from domain.carts import tendering
from domain.errors import Refused
from domain.gift_cards.model import GiftCardId
from resolvers.carts import CartPayload, CartUserError, change_cart
from resolvers.carts_inputs import (
    CartGiftCardApplyInput,
    CartGiftCardRemoveInput,
    CartStoreCreditApplyInput,
    CartStoreCreditRemoveInput,
    cart_at,
)
from resolvers.context import ContextInfo
from resolvers.gift_cards import proven_code
from resolvers.ids import uuid_of


@strawberry.type
class CartTendersMutation:
    """What a cart is to be paid with beside a card."""

    @strawberry.mutation(
        description="Spend a gift card on a cart, by its code. It is held when the checkout begins; until then the cart "
        "only shows what it pays. Ten wrong codes in 15 minutes for each caller, and for each cart of somebody who is not "
        "signed in."
    )
    async def cart_gift_card_apply(self, info: ContextInfo, input: CartGiftCardApplyInput) -> CartPayload:
        at = cart_at(input.cart_id, input.token, input.expected_version)
        amount = None if input.amount is None else input.amount.value()
        try:
            card = await proven_code(info.context, input.code, f"cart:{at.id}")
        except Refused as refused:
            return CartPayload(cart=None, user_errors=[CartUserError.of(refused)], replayed=False)
        return await change_cart(
            info.context,
            "cartGiftCardApply",
            input,
            lambda conn, act: tendering.apply_gift_card(conn, at, card.id, amount, act),
        )

    @strawberry.mutation(description="Spend a gift card on a cart no more.")
    async def cart_gift_card_remove(self, info: ContextInfo, input: CartGiftCardRemoveInput) -> CartPayload:
        at = cart_at(input.cart_id, input.token, input.expected_version)
        card_id = GiftCardId(uuid_of("GiftCard", input.gift_card_id))
        return await change_cart(
            info.context,
            "cartGiftCardRemove",
            input,
            lambda conn, act: tendering.remove_gift_card(conn, at, card_id, act),
        )

    @strawberry.mutation(
        description="Spend the customer's store credit on a cart. It is held when the checkout begins; until then the cart "
        "only shows what it pays."
    )
    async def cart_store_credit_apply(self, info: ContextInfo, input: CartStoreCreditApplyInput) -> CartPayload:
        at = cart_at(input.cart_id, None, input.expected_version)
        amount = None if input.amount is None else input.amount.value()
        return await change_cart(
            info.context,
            "cartStoreCreditApply",
            input,
            lambda conn, act: tendering.apply_store_credit(conn, at, amount, act),
        )

    @strawberry.mutation(description="Spend no store credit on a cart.")
    async def cart_store_credit_remove(self, info: ContextInfo, input: CartStoreCreditRemoveInput) -> CartPayload:
        at = cart_at(input.cart_id, None, input.expected_version)
        return await change_cart(
            info.context,
            "cartStoreCreditRemove",
            input,
            lambda conn, act: tendering.remove_store_credit(conn, at, act),
        )
