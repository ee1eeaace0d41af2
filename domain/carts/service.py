"""Use cases of the carts room. Every change answers with the cart as it is then, priced and checked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act, Actor
from domain.carts import changing, facts, quoting, rules, store
from domain.carts.changing import TokenOf
from domain.carts.errors import (
    CartCompleted,
    CartNotFound,
    PointsInvalid,
    SignInRequired,
)
from domain.carts.model import (
    Cart,
    CartAt,
    CartId,
    CartLineId,
    CartQuote,
    CartStatus,
    GroupChange,
    LineQuantity,
    NewCart,
    PointsWish,
    QuotedCart,
    WantedLine,
)
from domain.connections import ReadConnection, WriteConnection
from domain.customers import rules as customers
from domain.customers.model import CustomerId
from domain.events.store import Topic, publish
from domain.ledger.errors import InsufficientPoints
from domain.locations.model import LocationId
from domain.loyalty import rules as loyalty
from domain.loyalty import store as loyalty_store
from domain.loyalty.errors import BelowMinimumOrNotMultiple
from domain.pricing.tax_provider import AnswerOf

EXPIRE_LIMIT = 500


def quote(conn: ReadConnection, cart: Cart, now: datetime, answers: AnswerOf | None = None) -> CartQuote:
    """What a cart would be sold for right now, and what stands in the way. See `facts.gathered` for the statements.

    Where a tax service is asked, `answers` are what it has said; while one is missing, tax is by our own table.
    """
    return quoting.quote(cart, replace(facts.gathered(conn, cart, now), tax_answers=answers))


def get(conn: ReadConnection, cart_id: CartId) -> Cart:
    """A cart by id, for commands that have settled access themselves.

    Raises:
        CartNotFound: there is none.
    """
    cart = store.carts(conn, [cart_id]).get(cart_id)
    if cart is None:
        raise CartNotFound
    return cart


def for_customer(conn: ReadConnection, customer_id: UUID, channel_id: UUID) -> Cart | None:
    """A customer's universal cart in the currency of a sales channel; None when there is none yet."""
    return store.cart_of_customer(conn, customer_id, channel_id)


def view(conn: ReadConnection, at: CartAt, actor: Actor, now: datetime) -> QuotedCart | None:
    """A cart as a caller may see it; None when absent or somebody else's.

    Whoever holds the token of a merged guest cart sees that it was merged; its customer is led on to the merged cart.
    """
    if at.id is None:
        if actor.customer_id is None or actor.sales_channel_id is None:
            return None
        cart = store.cart_of_customer(conn, actor.customer_id, actor.sales_channel_id)
    else:
        cart = store.carts(conn, [at.id]).get(at.id)
        if cart is not None and cart.merged_into is not None:
            target = store.carts(conn, [cart.merged_into]).get(cart.merged_into)
            cart = target if target is not None and rules.may_read(target, None, actor) else cart
    if cart is None or not rules.may_read(cart, at.token, actor):
        return None
    return QuotedCart(cart, quote(conn, cart, now))


def create(
    conn: WriteConnection, new: NewCart, act: Act, *, token_of: TokenOf | None = None
) -> tuple[QuotedCart, str | None]:
    """Open a cart, or find the customer's universal one, and add lines; answers with a guest cart's token.

    `token_of` derives a guest's token from the cart's id, for callers that must be able to name it again.

    Raises:
        CartNotFound: the sales channel is unknown.
        Refused: what adding lines refuses.
    """
    cart, token = changing.opened(conn, new, act, token_of)
    if not new.lines and new.email is None:
        return QuotedCart(cart, quote(conn, cart, act.now)), token

    def fill(cart: Cart) -> Cart:
        email = cart.email if new.email is None else customers.normalized_email(new.email)
        return rules.add(replace(cart, email=email), new.lines, act.new_id)

    rules.check_open(cart)
    return changing.changed(conn, cart, fill, act), token


def add_lines(conn: WriteConnection, at: CartAt, lines: Sequence[WantedLine], act: Act) -> QuotedCart:
    """Put units into a cart; a signed-in customer without one gets one.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
        QuantityInvalid, QuantityTooLarge, TooManyLines, TooManyGroups, VariantNotFound, LocationNotFound,
        PickupNotOffered: see their words.
    """
    cart = changing.locked(conn, at, act)
    return changing.changed(conn, cart, lambda cart: rules.add(cart, lines, act.new_id), act)


def update_lines(conn: WriteConnection, at: CartAt, changes: Sequence[LineQuantity], act: Act) -> QuotedCart:
    """Set quantities; a line named with the same quantity is confirmed at its current price.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted, LineNotFound, QuantityInvalid: see their words.
    """
    return changing.changed(conn, changing.locked(conn, at, act), lambda cart: rules.set_quantities(cart, changes), act)


def remove_lines(conn: WriteConnection, at: CartAt, line_ids: Sequence[CartLineId], act: Act) -> QuotedCart:
    """Take lines out.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted, LineNotFound: see their words.
    """
    return changing.changed(conn, changing.locked(conn, at, act), lambda cart: rules.remove(cart, line_ids), act)


def set_discount_codes(conn: WriteConnection, at: CartAt, codes: Sequence[str], act: Act) -> QuotedCart:
    """Replace the codes. One that does not apply is kept and named among the quote's problems.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted, TooManyCodes, CodeInvalid: see their words.
    """
    return changing.changed(conn, changing.locked(conn, at, act), lambda cart: rules.set_codes(cart, codes), act)


def set_delivery_groups(conn: WriteConnection, at: CartAt, changes: Sequence[GroupChange], act: Act) -> QuotedCart:
    """Make, address and fill shipping groups.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted, GroupNotFound, LineNotFound, AddressInvalid,
        ShippingOptionNotFound, TooManyGroups, QuantityTooLarge: see their words.
    """
    return changing.changed(
        conn, changing.locked(conn, at, act), lambda cart: rules.change_groups(cart, changes, act.new_id), act
    )


def set_pickup_location(
    conn: WriteConnection, at: CartAt, line_ids: Sequence[CartLineId], location_id: LocationId, act: Act
) -> QuotedCart:
    """Let lines be collected in a store.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted, LineNotFound, LocationNotFound, PickupNotOffered,
        TooManyGroups, QuantityTooLarge: see their words.
    """
    cart = changing.locked(conn, at, act)
    return changing.changed(conn, cart, lambda cart: rules.pick_up(cart, line_ids, location_id, act.new_id), act)


def set_buyer(conn: WriteConnection, at: CartAt, email: str | None, phone: str | None, act: Act) -> QuotedCart:
    """Set e-mail and phone for the order's messages; None leaves a value as it is.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
        EmailInvalid, PhoneInvalid: see their words.
    """
    cart = changing.locked(conn, at, act)
    country = cart.channel.default_country

    def contact(cart: Cart) -> Cart:
        return replace(
            cart,
            email=cart.email if email is None else customers.normalized_email(email),
            phone=cart.phone if phone is None else customers.normalized_phone(phone, country),
        )

    return changing.changed(conn, cart, contact, act)


def apply_points(conn: WriteConnection, at: CartAt, points: int | None, act: Act) -> QuotedCart:
    """Spend a number of the customer's points, or as many as the goods take when `points` is None.

    The points are only held when the checkout begins.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
        SignInRequired: a guest's cart, or a customer without a wallet.
        PointsInvalid, InsufficientPoints, BelowMinimumOrNotMultiple: the number cannot be spent.
    """
    cart = changing.locked(conn, at, act)
    wallet_id = None if cart.customer_id is None else loyalty_store.wallet_id_of_customer(conn, cart.customer_id)
    if wallet_id is None:
        raise SignInRequired
    if points is not None and points < 1:
        raise PointsInvalid
    wished = replace(cart, points=PointsWish(wallet_id, points))
    changed = changing.changed(conn, cart, lambda _: wished, act)
    if points is not None:
        _check_points(conn, wished, points, act.now)
    return changed


def _check_points(conn: ReadConnection, cart: Cart, points: int, now: datetime) -> None:
    found = facts.points(conn, cart, now)
    if found is None:
        raise SignInRequired
    if points > found.available:
        raise InsufficientPoints(found.available)
    if not loyalty.may_redeem(found.terms, points):
        raise BelowMinimumOrNotMultiple(found.terms.redeem_minimum, found.terms.redeem_multiple)


def remove_points(conn: WriteConnection, at: CartAt, act: Act) -> QuotedCart:
    """Spend no points.

    Raises:
        CartNotFound, StaleVersion, CheckoutInProgress, CartCompleted: the cart cannot be changed.
    """
    return changing.changed(conn, changing.locked(conn, at, act), lambda cart: replace(cart, points=None), act)


def merge_guest(
    conn: WriteConnection, guest_cart_id: UUID, token: str | None, customer_id: UUID, act: Act
) -> QuotedCart:
    """Move a guest cart's lines into the customer's universal cart. Again is a no-op with the same answer.

    Raises:
        CartNotFound: no such guest cart, another token, or it went into somebody else's cart.
        CheckoutInProgress, CartCompleted: one of the carts is being paid for, or the guest's was ordered.
        TooManyLines, TooManyGroups: together they are too large.
    """
    guest_id = CartId(guest_cart_id)
    own_ids = store.live_cart_ids(conn, customer_id, guest_id)
    locked = store.lock_many(conn, [guest_id, *own_ids])
    guest = locked.get(guest_id)
    if guest is not None and guest.customer_id == customer_id:
        return QuotedCart(guest, quote(conn, guest, act.now))
    if guest is None or not rules.may_change(guest, token, act.actor):
        raise CartNotFound
    if guest.merged_into is not None:
        return _merged_before(conn, guest.merged_into, customer_id, act.now)
    rules.check_open(guest)
    own = next((locked[cart_id] for cart_id in own_ids if cart_id in locked), None)
    if own is None:
        own, _ = changing.opened(conn, NewCart(guest.channel.id, CustomerId(customer_id)), act, None)
    rules.check_open(own)
    gone = replace(rules.moved_on(guest, CartStatus.MERGED), merged_into=own.id, lines=(), discount_codes=())
    changing.save(conn, gone, act)
    return changing.changed(conn, own, lambda own: rules.merge(own, guest, act.new_id), act, guest)


def _merged_before(conn: ReadConnection, target_id: CartId, customer_id: UUID, now: datetime) -> QuotedCart:
    target = store.carts(conn, [target_id]).get(target_id)
    if target is None or target.customer_id != customer_id:
        raise CartNotFound
    return QuotedCart(target, quote(conn, target, now))


def lock(conn: WriteConnection, cart_id: CartId) -> Cart:
    """A cart for a command of a room above, locked until the transaction ends.

    Raises:
        CartNotFound: there is none.
    """
    cart = store.lock(conn, cart_id)
    if cart is None:
        raise CartNotFound
    return cart


def take_for_checkout(conn: WriteConnection, at: CartAt, checkout_id: UUID, act: Act) -> tuple[Cart, bool]:
    """The locked cart a caller wants to pay, as it was, and whether it was open and is now frozen for this checkout.

    A cart that is open goes into checkout nearly always, so locking and freezing it is one statement; a caller that
    refuses afterwards undoes both. A cart whose checkout has begun or is over is given too: its status tells.

    Raises:
        CartNotFound, StaleVersion: see their words.
    """
    cart = None if at.id is None else store.freeze(conn, at.id, checkout_id, act.now)
    if cart is None:
        return changing.found(conn, at, act), False
    changing.check_access(cart, at, act)
    publish(conn, act, Topic.CART, [(cart.id, cart.version + 1)])
    return cart, True


def held_by(conn: ReadConnection, at: CartAt, actor: Actor) -> Cart:
    """The cart a caller holds, in whatever status, without a lock.

    Raises:
        CartNotFound: absent, merged away, or not the caller's to change.
    """
    cart = None if at.id is None else store.carts(conn, [at.id]).get(at.id)
    if cart is None or cart.status is CartStatus.MERGED or not rules.may_change(cart, at.token, actor):
        raise CartNotFound
    return cart


def begin_checkout(conn: WriteConnection, cart: Cart, checkout_id: UUID, act: Act) -> Cart:
    """Freeze a locked, open cart while it is paid for.

    Raises:
        CheckoutInProgress, CartCompleted, CartNotFound: it is not open.
    """
    rules.check_open(cart)
    return changing.save(conn, replace(rules.moved_on(cart, CartStatus.CHECKING_OUT), checkout_id=checkout_id), act)


def reopen(conn: WriteConnection, cart_id: CartId, act: Act) -> Cart:
    """Let a cart change again after a payment that failed; a cart that is not being paid for stays as it is.

    Raises:
        CartNotFound: there is none.
    """
    cart = lock(conn, cart_id)
    if cart.status is not CartStatus.CHECKING_OUT:
        return cart
    return changing.save(conn, replace(rules.moved_on(cart, CartStatus.OPEN), checkout_id=None), act)


def complete(conn: WriteConnection, cart_id: CartId, order_id: UUID, act: Act) -> None:
    """Close a cart that became an order; again with the same order is a no-op.

    Raises:
        CartNotFound: there is none.
        CartCompleted: it became another order.
    """
    version = store.complete(conn, cart_id, order_id, act.now)
    if version is not None:
        publish(conn, act, Topic.CART, [(cart_id, version)])
        return
    cart = lock(conn, cart_id)
    assert cart.status is CartStatus.COMPLETED, f"{cart.status} does not lead to {CartStatus.COMPLETED}"
    if cart.order_id != order_id:
        raise CartCompleted


def expire_abandoned(conn: WriteConnection, now: datetime, limit: int = EXPIRE_LIMIT) -> int:
    """Delete open and merged carts nobody has touched for long; returns how many. Call again while it is `limit`."""
    return store.forget_expired(conn, now, limit)
