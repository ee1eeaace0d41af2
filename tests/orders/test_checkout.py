"""Carts that are paid: one order and one charge, or neither."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.carts import service as carts
from domain.carts import store as cart_store
from domain.carts.errors import CartNotFound, StaleVersion
from domain.carts.model import (
    CartAt,
    CartLineId,
    CartStatus,
    GroupChange,
    NewCart,
    WantedLine,
)
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory import store as stock
from domain.inventory.errors import OutOfStock
from domain.inventory.model import Want
from domain.loyalty import store as loyalty_store
from domain.orders import checkout, service, store
from domain.orders.checkout import BeginCheckout
from domain.orders.checkout_model import (
    CartEmpty,
    CartNotReady,
    CheckoutStatus,
    PaymentInProgress,
    PaymentMethodRequired,
    TotalChanged,
)
from domain.orders.model import FulfillmentMethod, OrderStatus
from domain.payments import store as payments
from domain.payments.model import PaymentStatus
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.shipping import service as shipping
from domain.shipping.model import Band, NewShippingOption, Zone
from tests.orders.shop import GBP, HOME, Shop, many_variants, open_shop, promise

MakeAct = Callable[..., Act]
DECLINED = ProviderResult(ProviderStatus.DECLINED, "pi_1", failure_code="insufficient_funds", currency=GBP)
ASKS = ProviderResult(ProviderStatus.REQUIRES_ACTION, "pi_1", client_secret="pi_1_secret", currency=GBP)


def filled_cart(
    conn: WriteConnection, shop: Shop, act: Act, *, pickup: bool = True, member: bool = False, shirts: int = 2
) -> CartAt:
    """A cart of shirts and one mug, to be collected in Soho or sent home for 4.95."""
    place = shop.soho if pickup else None
    wanted = (WantedLine(shop.shirt, shirts, place), WantedLine(shop.mug, 1, place))
    new = NewCart(shop.web, shop.customer if member else None, wanted, email="ada@example.com")
    quoted, token = carts.create(conn, new, act.by(shop.buyer if member else shop.guest))
    at = CartAt(quoted.cart.id, token)
    if not pickup:
        shipping.create(conn, NewShippingOption(shop.web, "Standard", (Band(0, 495),), (Zone("GB"),)), act)
        lines = tuple(CartLineId(line.id) for line in quoted.cart.lines)
        change = GroupChange(quoted.cart.groups[0].id, HOME, None, lines)
        carts.set_delivery_groups(conn, at, [change], act.by(shop.buyer if member else shop.guest))
    return at


def level(conn: WriteConnection, shop: Shop, act: Act) -> tuple[int, int, int]:
    found = stock.availability(conn, [(shop.shirt, shop.soho)], act.now)[shop.shirt, shop.soho]
    return found.on_hand, found.committed, found.held


def cart_status(conn: WriteConnection, at: CartAt) -> CartStatus:
    assert at.id is not None
    return cart_store.carts(conn, [at.id])[at.id].status


def test_a_paid_cart_becomes_one_order(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_visa", 3399), act)
    assert (begun.status, begun.due.amount_minor, level(conn, shop, act)) == (CheckoutStatus.PENDING, 3399, (10, 0, 2))
    done = checkout.finish(conn, begun.id, promise(3399), act)
    order = done.order
    assert order is not None
    assert (order.id, order.total_minor, order.email) == (begun.order_id, 3399, "ada@example.com")
    assert [line.title for line in store.lines_of_orders(conn, [order.id])[order.id]] == ["Shirt", "Mug"]
    places = store.fulfillment_orders_of_orders(conn, [order.id])[order.id]
    assert [(place.method, place.location_id) for place in places] == [(FulfillmentMethod.PICK_UP, shop.soho)]
    assert (level(conn, shop, act), cart_status(conn, at)) == ((10, 2, 0), CartStatus.COMPLETED)
    paid = payments.payments_of_orders(conn, [order.id])[order.id]
    assert [(one.status, one.authorized_minor) for one in paid] == [(PaymentStatus.AUTHORIZED, 3399)]
    assert service.verify(conn) == []


def test_a_shipped_cart_pays_its_postage_once(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    begun = checkout.begin(conn, BeginCheckout(filled_cart(conn, shop, act, pickup=False), "pm_card_visa"), act)
    order = checkout.finish(conn, begun.id, promise(3894), act).order
    assert order is not None
    assert (order.shipping_minor, order.total_minor) == (495, 3894)
    place = store.fulfillment_orders_of_orders(conn, [order.id])[order.id][0]
    charge = store.shipping_charges_of_orders(conn, [order.id])[order.id][0]
    assert (place.address, place.shipping_charge_id, charge.title) == (HOME, charge.id, "Standard")


def test_sent_again_it_answers_the_same_order_and_charges_nothing_more(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    assert checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act) == begun
    first = checkout.finish(conn, begun.id, promise(3399), act)
    again = checkout.finish(conn, begun.id, promise(3399), act)
    late = checkout.begin(conn, BeginCheckout(replace(at, expected_version=1), "pm_other"), act)
    assert again.order == first.order
    assert (late.id, late.status) == (begun.id, CheckoutStatus.COMPLETED)
    assert len(payments.payments_of_orders(conn, [begun.order_id])[begun.order_id]) == 1


def test_another_card_while_one_is_asked_is_refused(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    with pytest.raises(PaymentInProgress) as refused:
        checkout.begin(conn, BeginCheckout(at, "pm_other"), act)
    assert refused.value.facts == {"until": "2026-01-10T10:15:00Z"}


def test_a_declined_card_opens_the_cart_again(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_chargeDeclined"), act)
    done = checkout.finish(conn, begun.id, DECLINED, act)
    assert (done.order, done.checkout.status, done.checkout.failure_code) == (
        None,
        CheckoutStatus.DECLINED,
        "insufficient_funds",
    )
    assert (level(conn, shop, act), cart_status(conn, at)) == ((10, 0, 0), CartStatus.OPEN)
    second = checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    assert checkout.finish(conn, second.id, promise(3399, "pi_2"), act).order is not None


def test_authentication_keeps_the_checkout_waiting(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_threeDSecure"), act)
    waiting = checkout.finish(conn, begun.id, ASKS, act)
    assert waiting.payment is not None
    assert (waiting.order, waiting.payment.status, cart_status(conn, at)) == (
        None,
        PaymentStatus.REQUIRES_ACTION,
        CartStatus.CHECKING_OUT,
    )
    assert checkout.finish(conn, begun.id, promise(3399), act).order is not None


def test_an_abandoned_checkout_is_voided_and_a_late_promise_too(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    given_up = checkout.abandon(conn, begun.id, ASKS, "CHECKOUT_EXPIRED", act)
    assert given_up.payment is not None
    assert (given_up.checkout.status, given_up.payment.status) == (
        CheckoutStatus.ABANDONED,
        PaymentStatus.VOID_REQUESTED,
    )
    late = checkout.finish(conn, begun.id, promise(3399), act)
    assert late.payment is not None
    assert (late.order, late.payment.status) == (None, PaymentStatus.VOID_REQUESTED)
    assert (level(conn, shop, act), cart_status(conn, at)) == ((10, 0, 0), CartStatus.OPEN)


def test_a_promise_for_goods_that_went_elsewhere_places_nothing(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), stock=2)
    act = make_act(shop.guest)
    begun = checkout.begin(conn, BeginCheckout(filled_cart(conn, shop, act), "pm_card_visa"), act)
    later = make_act(shop.guest, at=act.now + timedelta(minutes=16))
    inventory.sell(conn, [Want(shop.shirt, shop.soho, 1, "1")], shop.customer, later)
    with pytest.raises(OutOfStock), conn.begin_nested():
        checkout.finish(conn, begun.id, promise(3399), later)
    done = checkout.abandon(conn, begun.id, promise(3399), "OUT_OF_STOCK", later)
    assert done.payment is not None
    assert (done.payment.status, store.orders(conn, [begun.order_id])) == (PaymentStatus.VOID_REQUESTED, {})


def test_points_pay_for_everything_without_a_card(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), points=4000)
    act = make_act(shop.buyer)
    at = filled_cart(conn, shop, act, member=True)
    carts.apply_points(conn, at, None, act)
    done = checkout.begin(conn, BeginCheckout(at, None), act)
    order = store.orders(conn, [done.order_id])[done.order_id]
    wallet = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    assert (done.status, order.points, order.due_minor, order.status) == (
        CheckoutStatus.COMPLETED,
        3399,
        0,
        OrderStatus.OPEN,
    )
    assert (wallet.available, wallet.pending, wallet.held) == (601, 0, 0)
    assert service.verify(conn) == []


def test_a_declined_card_gives_held_points_back(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), points=500)
    act = make_act(shop.buyer)
    at = filled_cart(conn, shop, act, member=True)
    carts.apply_points(conn, at, 500, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_chargeDeclined"), act)
    held = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    checkout.finish(conn, begun.id, DECLINED, act)
    freed = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    assert (begun.due.amount_minor, held.available, held.held) == (2899, 0, 500)
    assert (freed.available, freed.held) == (500, 0)


def test_a_members_order_earns_pending_points(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.buyer)
    begun = checkout.begin(conn, BeginCheckout(filled_cart(conn, shop, act, member=True), "pm_card_visa"), act)
    order = checkout.finish(conn, begun.id, promise(3399), act).order
    assert order is not None
    assert (order.customer_id, order.wallet_id) == (shop.customer, shop.wallet)
    assert loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet].pending == 33


def test_a_cart_that_cannot_be_ordered_is_refused_and_left_alone(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), stock=1)
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    with pytest.raises(CartNotReady) as refused, conn.begin_nested():
        checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    assert refused.value.facts == {"problem": "OUT_OF_STOCK", "available": 1}
    with pytest.raises(CartNotFound), conn.begin_nested():
        checkout.begin(conn, BeginCheckout(replace(at, token="another"), "pm_card_visa"), act)
    empty, token = carts.create(conn, NewCart(shop.web), act)
    with pytest.raises(CartEmpty), conn.begin_nested():
        checkout.begin(conn, BeginCheckout(CartAt(empty.cart.id, token), "pm_card_visa"), act)
    assert cart_status(conn, at) is CartStatus.OPEN


def test_what_is_due_must_be_what_the_buyer_saw(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    at = filled_cart(conn, shop, act)
    with pytest.raises(TotalChanged) as refused, conn.begin_nested():
        checkout.begin(conn, BeginCheckout(at, "pm_card_visa", 3398), act)
    assert refused.value.facts == {"dueMinor": 3399}
    with pytest.raises(StaleVersion), conn.begin_nested():
        checkout.begin(conn, BeginCheckout(replace(at, expected_version=99), "pm_card_visa"), act)
    with pytest.raises(PaymentMethodRequired), conn.begin_nested():
        checkout.begin(conn, BeginCheckout(at, None), act)


@pytest.mark.parametrize("lines", [1, 50])
def test_a_checkout_takes_as_many_statements_whatever_the_lines(
    conn: WriteConnection, make_act: MakeAct, counted: list[str], lines: int
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    variants = many_variants(conn, shop, act, lines)
    wanted = tuple(WantedLine(variant, 2, shop.soho) for variant in variants)
    quoted, token = carts.create(conn, NewCart(shop.web, None, wanted, email="ada@example.com"), act)
    counted.clear()
    begun = checkout.begin(conn, BeginCheckout(CartAt(quoted.cart.id, token), "pm_card_visa"), act)
    begin = len(counted)
    assert checkout.finish(conn, begun.id, promise(2000 * lines), act).order is not None
    assert (begin, len(counted) - begin) == (15, 19)
