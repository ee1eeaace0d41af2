"""The way every change of a cart goes: find and lock it, change it by a rule, check, save, announce, price."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from domain.acts import Act
from domain.carts import facts, quoting, rules, store
from domain.carts.errors import CartNotFound, StaleVersion
from domain.carts.model import Cart, CartAt, CartId, CartStatus, NewCart, QuotedCart
from domain.catalog.model import ChannelId
from domain.codes import capability_token, token_hash
from domain.connections import WriteConnection
from domain.customers.model import CustomerId
from domain.events.store import Topic, publish

GUEST_LIFETIME = timedelta(days=30)
CUSTOMER_LIFETIME = timedelta(days=180)

Change = Callable[[Cart], Cart]
TokenOf = Callable[[CartId], str]


def opened(conn: WriteConnection, new: NewCart, act: Act, token_of: TokenOf | None) -> tuple[Cart, str | None]:
    """A new cart and a guest's token, or the customer's live cart, locked; its lines are not added yet.

    Raises:
        CartNotFound: the sales channel is unknown.
    """
    channel = store.channel(conn, new.sales_channel_id)
    if channel is None:
        raise CartNotFound
    cart_id = new.id or CartId(act.new_id())
    token = None
    if new.customer_id is None:
        token = capability_token(act.new_secret) if token_of is None else token_of(cart_id)
    cart = Cart(
        id=cart_id,
        token_hash=None if token is None else token_hash(token),
        customer_id=new.customer_id,
        channel=channel,
        status=CartStatus.OPEN,
        version=1,
        lines=(),
        groups=rules.first_groups(act.new_id),
        created_at=act.now,
        updated_at=act.now,
        expires_at=act.now + (GUEST_LIFETIME if new.customer_id is None else CUSTOMER_LIFETIME),
    )
    if store.write_new(conn, cart):
        return cart, token
    assert new.customer_id is not None, "only a customer's cart can be there already"
    found = store.lock_of_customer(conn, new.customer_id, new.sales_channel_id)
    assert found is not None, "the cart that was in the way is live"
    return found, None


def locked(conn: WriteConnection, at: CartAt, act: Act) -> Cart:
    """The open cart a caller may change, locked.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: see their words.
    """
    cart = found(conn, at, act)
    rules.check_open(cart)
    return cart


def found(conn: WriteConnection, at: CartAt, act: Act) -> Cart:
    """The cart a caller may change, locked, in whatever status; without an id, the customer's own, opened if need be.

    Raises:
        CartNotFound: absent or not the caller's.
        StaleVersion: not in the version the caller expects.
    """
    cart = _own(conn, act) if at.id is None else store.lock(conn, at.id)
    if cart is not None and cart.merged_into is not None:
        # The token of a merged cart opens nothing any more; its customer goes on in the cart it went into.
        cart = store.lock(conn, cart.merged_into)
        if cart is not None and cart.customer_id != act.actor.customer_id:
            cart = None
    if cart is None:
        raise CartNotFound
    check_access(cart, at, act)
    return cart


def check_access(cart: Cart, at: CartAt, act: Act) -> None:
    """Refuse a caller that may not change the cart, or expects it otherwise.

    Raises:
        CartNotFound, StaleVersion: see their words.
    """
    if not rules.may_change(cart, at.token, act.actor):
        raise CartNotFound
    if at.expected_version is not None and at.expected_version != cart.version:
        raise StaleVersion(cart.version)


def _own(conn: WriteConnection, act: Act) -> Cart | None:
    customer_id, channel_id = act.actor.customer_id, act.actor.sales_channel_id
    if customer_id is None or channel_id is None:
        return None
    found = store.lock_of_customer(conn, customer_id, channel_id)
    return found or opened(conn, NewCart(ChannelId(channel_id), CustomerId(customer_id)), act, None)[0]


def changed(conn: WriteConnection, cart: Cart, change: Change, act: Act, *taken: Cart) -> QuotedCart:
    """Change a locked cart, check what the change newly asks for, save and announce it.

    What the carts that are `taken` in held already is not new.

    Raises:
        Refused: by the change, or because what it asks for does not exist (`quoting.settled`).
    """
    after = change(cart)
    known = facts.gathered(conn, after, act.now)
    saved = save(conn, quoting.settled((cart, *taken), after, known), act)
    return QuotedCart(saved, quoting.quote(saved, known))


def save(conn: WriteConnection, cart: Cart, act: Act) -> Cart:
    """Write a locked cart in its next version, with a new lease of life, and announce it."""
    lifetime = GUEST_LIFETIME if cart.customer_id is None else CUSTOMER_LIFETIME
    saved = replace(cart, version=cart.version + 1, updated_at=act.now, expires_at=act.now + lifetime)
    store.save(conn, saved)
    publish(conn, act, Topic.CART, [(saved.id, saved.version)])
    return saved
