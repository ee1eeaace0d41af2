"""Gift cards and store credit that a cart is to spend. They are only held when the checkout begins."""

from dataclasses import replace
from uuid import UUID

from domain.acts import Act
from domain.carts import changing, rules
from domain.carts.errors import SignInRequired, StoredAmountInvalid
from domain.carts.model import Cart, CartAt, QuotedCart, StoredWish
from domain.connections import WriteConnection
from domain.gift_cards import service as gift_cards
from domain.gift_cards import store as gift_card_store
from domain.gift_cards.errors import CurrencyMismatch, GiftCardBlocked, GiftCardNotFound
from domain.gift_cards.model import GiftCardId
from domain.ledger import store as ledger
from domain.ledger import stored_value
from domain.ledger.errors import InsufficientFunds
from domain.money import Money
from domain.payments.model import Tender


def apply_gift_card(
    conn: WriteConnection, at: CartAt, card_id: GiftCardId, amount: Money | None, act: Act
) -> QuotedCart:
    """Spend a gift card whose code the caller has proven: an amount of it, or as much as is due.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
        GiftCardNotFound, GiftCardBlocked, CurrencyMismatch, InsufficientFunds: the card cannot pay that here.
        StoredAmountInvalid, TooManyGiftCards: see their words.
    """
    cart = changing.locked(conn, at, act)
    card = gift_card_store.cards(conn, [card_id]).get(card_id)
    if card is None:
        raise GiftCardNotFound
    if card.blocked_at is not None:
        raise GiftCardBlocked
    if card.currency != cart.currency:
        raise CurrencyMismatch(card.currency)
    wish = StoredWish(Tender.GIFT_CARD, card.wallet_id, card.id, card.last_characters, _amount(cart, amount))
    return _applied(conn, cart, wish, act)


def remove_gift_card(conn: WriteConnection, at: CartAt, card_id: UUID, act: Act) -> QuotedCart:
    """Spend a gift card no more; one that is not applied changes nothing but the version.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
    """

    def without(cart: Cart) -> Cart:
        return replace(cart, stored=tuple(wish for wish in cart.stored if wish.gift_card_id != card_id))

    return changing.changed(conn, changing.locked(conn, at, act), without, act)


def apply_store_credit(conn: WriteConnection, at: CartAt, amount: Money | None, act: Act) -> QuotedCart:
    """Spend the customer's store credit: an amount of it, or as much as is due.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
        SignInRequired: a guest's cart.
        StoredAmountInvalid, InsufficientFunds, TooManyGiftCards: see their words.
    """
    cart = changing.locked(conn, at, act)
    if cart.customer_id is None:
        raise SignInRequired
    wallet = ledger.of_owner(conn, cart.currency, gift_cards.store_credit_owner(cart.customer_id))
    if wallet is None:
        raise InsufficientFunds(0, cart.currency)
    wish = StoredWish(Tender.STORE_CREDIT, wallet.id, amount_minor=_amount(cart, amount))
    return _applied(conn, cart, wish, act)


def remove_store_credit(conn: WriteConnection, at: CartAt, act: Act) -> QuotedCart:
    """Spend store credit no more.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
    """

    def without(cart: Cart) -> Cart:
        return replace(cart, stored=tuple(wish for wish in cart.stored if wish.tender is not Tender.STORE_CREDIT))

    return changing.changed(conn, changing.locked(conn, at, act), without, act)


def _amount(cart: Cart, amount: Money | None) -> int | None:
    if amount is None:
        return None
    if amount.currency != cart.currency or amount.amount_minor <= 0:
        raise StoredAmountInvalid
    return amount.amount_minor


def _applied(conn: WriteConnection, cart: Cart, wish: StoredWish, act: Act) -> QuotedCart:
    has = stored_value.spendable(conn, [wish.wallet_id], act.now)[wish.wallet_id]
    if has < (wish.amount_minor or 1):
        raise InsufficientFunds(has, cart.currency)
    return changing.changed(conn, cart, lambda found: rules.with_stored(found, wish), act)
