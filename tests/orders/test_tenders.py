"""Any mix of tenders on one order: all of it is taken or none of it, whatever happens in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.carts import service as carts
from domain.carts import store as cart_store
from domain.carts import tendering as cart_tenders
from domain.carts.model import CartAt, CartStatus, NewCart, WantedLine
from domain.connections import WriteConnection
from domain.gift_cards import codes
from domain.gift_cards import service as gift_cards
from domain.gift_cards.model import GiftCard, GiftCardSource, NewCards
from domain.ledger import store as ledger
from domain.ledger import stored_value
from domain.ledger.errors import HoldExpired, InsufficientFunds, WalletFrozen
from domain.ledger.model import WalletId
from domain.ledger.verify import verify as verify_ledger
from domain.loyalty import store as loyalty_store
from domain.money import Money
from domain.orders import canceling, checkout, fulfilling, service, store
from domain.orders.checkout import BeginCheckout
from domain.orders.checkout_model import CheckoutStatus, TendersInvalid
from domain.orders.model import CancelReason, OrderId, Units
from domain.orders.tendering import TenderPart
from domain.orders.tills import TillLine, TillSale, TillTender
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.payments.errors import CashTooLittle
from domain.payments.model import PaymentStatus, RefundOrder, Tender, TenderTerms
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.payments.verification import verify as verify_payments
from tests.orders.shop import GBP, TILL, Shop, many_variants, open_shop, promise
from tests.payments.paper import opened

MakeAct = Callable[..., Act]
DECLINED = ProviderResult(ProviderStatus.DECLINED, failure_code="insufficient_funds")


def gift_card(conn: WriteConnection, act: Act, amount: int = 2000) -> GiftCard:
    new = NewCards(Money(amount, GBP), 1, "GB", GiftCardSource.GRANTED)
    return gift_cards.issue(conn, new, act, codes.code_of(b"key"))[0]


def store_credit(conn: WriteConnection, shop: Shop, act: Act, amount: int) -> WalletId:
    gift_cards.grant_store_credit(conn, shop.customer, Money(amount, GBP), "sorry", act)
    found = ledger.of_owner(conn, GBP, gift_cards.store_credit_owner(shop.customer))
    assert found is not None
    return found.id


def balance(conn: WriteConnection, wallet_id: WalletId, act: Act) -> int:
    return stored_value.spendable(conn, [wallet_id], act.now)[wallet_id]


def cart_of(conn: WriteConnection, shop: Shop, act: Act) -> CartAt:
    """The customer's cart of one shirt, 12.00, and one mug, 9.99, to be collected in Soho."""
    wanted = (WantedLine(shop.shirt, 1, shop.soho), WantedLine(shop.mug, 1, shop.soho))
    quoted, _ = carts.create(conn, NewCart(shop.web, shop.customer, wanted, email="ada@example.com"), act)
    return CartAt(quoted.cart.id)


def paid(conn: WriteConnection, order_id: OrderId) -> list[tuple[Tender, PaymentStatus, int]]:
    found = payment_store.payments_of_orders(conn, [order_id]).get(order_id, ())
    return [(one.tender, one.status, one.captured_minor or one.authorized_minor) for one in found]


def sound(conn: WriteConnection) -> bool:
    return (service.verify(conn), verify_payments(conn), verify_ledger(conn).findings) == ([], [], ())


def test_a_cart_is_paid_by_points_gift_card_store_credit_and_card_together(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act(), points=500)
    act = make_act(shop.buyer)
    card, credit = gift_card(conn, act, 600), store_credit(conn, shop, act, 300)
    at = cart_of(conn, shop, act)
    carts.apply_points(conn, at, 500, act)
    cart_tenders.apply_gift_card(conn, at, card.id, None, act)
    quoted = cart_tenders.apply_store_credit(conn, at, Money(200, GBP), act)
    assert [share.amount_minor for share in quoted.quote.stored] == [600, 200]
    assert (quoted.quote.priced.due_minor, quoted.quote.asked_minor) == (1699, 899)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_visa", 1699), act)
    assert (begun.due.amount_minor, balance(conn, card.wallet_id, act), balance(conn, credit, act)) == (899, 0, 100)
    order = checkout.finish(conn, begun.id, promise(899), act).order
    assert order is not None
    assert sorted(paid(conn, order.id)) == [
        (Tender.CARD, PaymentStatus.AUTHORIZED, 899),
        (Tender.GIFT_CARD, PaymentStatus.AUTHORIZED, 600),
        (Tender.STORE_CREDIT, PaymentStatus.AUTHORIZED, 200),
    ]
    assert sound(conn)


def test_a_declined_card_gives_everything_else_back(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), points=500)
    act = make_act(shop.buyer)
    card = gift_card(conn, act, 600)
    at = cart_of(conn, shop, act)
    carts.apply_points(conn, at, 500, act)
    cart_tenders.apply_gift_card(conn, at, card.id, None, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_chargeDeclined"), act)
    done = checkout.finish(conn, begun.id, DECLINED, act)
    wallet = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    assert (done.checkout.status, done.order) == (CheckoutStatus.DECLINED, None)
    assert (balance(conn, card.wallet_id, act), wallet.available, wallet.held) == (600, 500, 0)
    assert at.id is not None
    assert cart_store.carts(conn, [at.id])[at.id].status is CartStatus.OPEN
    assert sound(conn)


def test_a_gift_card_held_for_too_long_places_nothing_and_the_card_is_voided(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.buyer)
    card = gift_card(conn, act, 600)
    at = cart_of(conn, shop, act)
    cart_tenders.apply_gift_card(conn, at, card.id, None, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    late = make_act(shop.buyer, at=act.now + timedelta(minutes=16))
    with pytest.raises(HoldExpired), conn.begin_nested():
        checkout.finish(conn, begun.id, promise(1599), late)
    done = checkout.abandon(conn, begun.id, promise(1599), "HOLD_EXPIRED", late)
    assert done.payment is not None
    assert (done.payment.status, balance(conn, card.wallet_id, late)) == (PaymentStatus.VOID_REQUESTED, 600)
    assert store.orders(conn, [begun.order_id]) == {}
    assert sound(conn)


def test_a_gift_card_alone_pays_without_a_card_and_is_taken_when_goods_leave(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.buyer)
    card = gift_card(conn, act, 5000)
    at = cart_of(conn, shop, act)
    cart_tenders.apply_gift_card(conn, at, card.id, None, act)
    done = checkout.begin(conn, BeginCheckout(at, None), act)
    assert (done.status, paid(conn, done.order_id)) == (
        CheckoutStatus.COMPLETED,
        [(Tender.GIFT_CARD, PaymentStatus.AUTHORIZED, 2199)],
    )
    fulfilling.request_capture(conn, store.order(conn, done.order_id), act)
    assert paid(conn, done.order_id) == [(Tender.GIFT_CARD, PaymentStatus.CAPTURED, 2199)]
    assert balance(conn, card.wallet_id, act) == 2801
    assert sound(conn)


def test_what_is_canceled_before_the_goods_leave_is_released_by_the_card_first(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.buyer)
    card = gift_card(conn, act, 1500)
    at = cart_of(conn, shop, act)
    cart_tenders.apply_gift_card(conn, at, card.id, None, act)
    begun = checkout.begin(conn, BeginCheckout(at, "pm_card_visa"), act)
    checkout.finish(conn, begun.id, promise(699), act)
    shirt, mug = store.lines_of_orders(conn, [begun.order_id])[begun.order_id]
    canceling.cancel_units(conn, begun.order_id, [Units(mug.id, 1)], CancelReason.CUSTOMER_REQUEST, act)
    fulfilling.request_capture(conn, store.order(conn, begun.order_id), act)
    assert sorted(paid(conn, begun.order_id)) == [
        (Tender.CARD, PaymentStatus.VOID_REQUESTED, 699),
        (Tender.GIFT_CARD, PaymentStatus.CAPTURED, 1200),
    ]
    assert balance(conn, card.wallet_id, act) == 300
    canceling.cancel_units(conn, begun.order_id, [Units(shirt.id, 1)], CancelReason.CUSTOMER_REQUEST, act)
    assert balance(conn, card.wallet_id, act) == 1500
    assert sound(conn)


def till_sale(shop: Shop, *parts: TenderPart, tender: TillTender = TillTender.CARD, shirts: int = 1) -> TillSale:
    return TillSale(
        sales_channel_id=shop.tills,
        location_id=shop.soho,
        terminal_id=TILL,
        lines=(TillLine(shop.shirt, shirts),),
        tender=tender,
        payment_method="pm_card_visa" if tender is TillTender.CARD else None,
        customer_id=shop.customer,
        parts=parts,
    )


def test_a_till_takes_gift_card_voucher_and_card_at_once(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    card = gift_card(conn, act, 300)
    parts = (
        TenderPart(Tender.GIFT_CARD, None, card.wallet_id, card.last_characters),
        TenderPart(Tender.EXTERNAL, 400, label="Voucher issuer"),
    )
    begun = service.create_at_till(conn, till_sale(shop, *parts), act)
    assert (begun.due.amount_minor, paid(conn, begun.order_id)) == (500, [])
    checkout.finish(conn, begun.id, promise(500), act)
    assert sorted(paid(conn, begun.order_id)) == [
        (Tender.CARD, PaymentStatus.CAPTURE_REQUESTED, 500),
        (Tender.EXTERNAL, PaymentStatus.CAPTURED, 400),
        (Tender.GIFT_CARD, PaymentStatus.CAPTURED, 300),
    ]
    assert sound(conn)


def test_a_second_sale_of_the_same_value_is_refused_and_leaves_nothing(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    card = gift_card(conn, act, 1200)
    part = TenderPart(Tender.GIFT_CARD, 1200, card.wallet_id, card.last_characters)
    first = service.create_at_till(conn, till_sale(shop, part), act)
    assert (first.status, paid(conn, first.order_id)) == (
        CheckoutStatus.COMPLETED,
        [(Tender.GIFT_CARD, PaymentStatus.CAPTURED, 1200)],
    )
    with pytest.raises(InsufficientFunds) as refused:
        service.create_at_till(conn, till_sale(shop, part), act)
    assert refused.value.facts == {"availableMinor": 0, "currency": "GBP"}
    gift_cards.block(conn, card.id, "stolen", act)
    other = gift_card(conn, act, 1200)
    gift_cards.block(conn, other.id, "stolen", act)
    with pytest.raises((InsufficientFunds, WalletFrozen)):
        service.create_at_till(conn, till_sale(shop, replace(part, wallet_id=other.wallet_id)), act)
    assert sound(conn)


@pytest.mark.parametrize(
    "parts",
    [
        (TenderPart(Tender.EXTERNAL, 1201, label="Issuer"),),
        (TenderPart(Tender.EXTERNAL, 0, label="Issuer"),),
        (TenderPart(Tender.EXTERNAL, None, label="Issuer"),),
        (TenderPart(Tender.EXTERNAL, 100),),
        (TenderPart(Tender.EXTERNAL, 1200, label="Issuer"), TenderPart(Tender.EXTERNAL, 1, label="Issuer")),
        (TenderPart(Tender.CARD, 100),),
        (TenderPart(Tender.EXTERNAL, 1, label="Issuer"),) * 11,
    ],
)
def test_parts_that_contradict_each_other_are_refused(
    conn: WriteConnection, make_act: MakeAct, parts: tuple[TenderPart, ...]
) -> None:
    shop = open_shop(conn, make_act())
    with pytest.raises(TendersInvalid):
        service.create_at_till(conn, till_sale(shop, *parts), make_act(shop.associate))


REFUNDED = {
    RefundOrder.STORED_VALUE_FIRST: [(Tender.GIFT_CARD, 3000), (Tender.CARD, 1000)],
    RefundOrder.CARD_FIRST: [(Tender.CARD, 4000)],
    RefundOrder.PROPORTIONAL: [(Tender.CARD, 2800), (Tender.GIFT_CARD, 1200)],
}


def hundred(conn: WriteConnection, shop: Shop, act: Act, *amounts: int) -> OrderId:
    """A till's order of 100.00, paid by gift cards of these amounts and for the rest by a card whose money was taken."""
    (variant,) = many_variants(conn, shop, act, 1)
    cards = [gift_card(conn, act, amount) for amount in amounts]
    parts = [TenderPart(Tender.GIFT_CARD, None, card.wallet_id, card.last_characters) for card in cards]
    sale = replace(till_sale(shop, *parts), lines=(TillLine(variant, 10),))
    begun = service.create_at_till(conn, sale, act)
    left = 10_000 - sum(amounts)
    done = checkout.finish(conn, begun.id, promise(left), act)
    assert done.payment is not None
    told = ProviderResult(ProviderStatus.CAPTURED, "pi_1", captured_minor=left, authorized_minor=left, currency=GBP)
    payments.record_authorization(conn, done.payment.id, told, act)
    return begun.order_id


@pytest.mark.parametrize("order", list(RefundOrder))
def test_a_refund_is_split_as_the_market_said_at_the_sale(
    conn: WriteConnection, make_act: MakeAct, order: RefundOrder
) -> None:
    """M16: an order of 100.00 paid by a gift card of 30.00 and a card of 70.00; 40.00 goes back."""
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    payments.set_terms(conn, TenderTerms("GB", GBP, 1, order), act)
    order_id = hundred(conn, shop, act, 3000)
    payments.set_terms(conn, TenderTerms("GB", GBP, 1), act)
    legs = payments.reserve_refund(conn, order_id, Money(4000, GBP), "return-1", act)
    assert [(leg.tender, leg.amount_minor) for leg in legs] == REFUNDED[order]
    assert sound(conn)


@pytest.mark.parametrize("order", [RefundOrder.CARD_FIRST, RefundOrder.PROPORTIONAL])
def test_refunds_of_a_cent_and_the_rest_never_go_past_what_a_tender_took(
    conn: WriteConnection, make_act: MakeAct, order: RefundOrder
) -> None:
    """M18: 10.00, 10.00 and 80.00; a cent goes back three times, then everything."""
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    payments.set_terms(conn, TenderTerms("GB", GBP, 1, order), act)
    order_id = hundred(conn, shop, act, 1000, 1000)
    for visit in range(3):
        legs = payments.reserve_refund(conn, order_id, Money(1, GBP), f"return-{visit}", act)
        assert [(leg.tender, leg.amount_minor) for leg in legs] == [(Tender.CARD, 1)]
    rest = payments.reserve_refund(conn, order_id, Money(9997, GBP), "return-3", act)
    assert sorted((leg.tender, leg.amount_minor) for leg in rest) == [
        (Tender.CARD, 7997),
        (Tender.GIFT_CARD, 1000),
        (Tender.GIFT_CARD, 1000),
    ]
    assert sound(conn)


def test_a_return_gives_a_gift_card_that_was_used_up_its_part_back(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    card = gift_card(conn, act, 1200)
    part = TenderPart(Tender.GIFT_CARD, None, card.wallet_id, card.last_characters)
    sold = service.create_at_till(conn, till_sale(shop, part, tender=TillTender.CASH), act)
    (leg,) = payments.reserve_refund(conn, sold.order_id, Money(700, GBP), "return-1", act)
    assert (leg.tender, leg.status.value, balance(conn, card.wallet_id, act)) == (Tender.GIFT_CARD, "SUCCEEDED", 700)
    assert sound(conn)


def test_cash_is_rounded_as_the_market_says_and_the_difference_is_booked(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    payments.set_terms(conn, TenderTerms("GB", GBP, 5), act)
    sale = replace(till_sale(shop, tender=TillTender.CASH), lines=(TillLine(shop.mug, 1),), cash_tendered_minor=2000)
    sold = service.create_at_till(conn, sale, act)
    (cash,) = payment_store.payments_of_orders(conn, [sold.order_id])[sold.order_id]
    assert (cash.amount_minor, cash.captured_minor, cash.tendered_minor, cash.cash_step_minor) == (999, 1000, 2000, 5)
    assert ledger.account_balances(conn, GBP, ["cash_rounding", "cash_drawer"]) == {
        "cash_rounding": 1,
        "cash_drawer": -1,
    }
    first, second = (
        payments.reserve_refund(
            conn, sold.order_id, Money(part, GBP), f"return-{part}", act, cash_location_id=shop.soho
        )
        for part in (198, 801)
    )
    assert [(leg.amount_minor, leg.paid_minor) for leg in (*first, *second)] == [(198, 200), (801, 800)]
    assert ledger.account_balances(conn, GBP, ["cash_rounding"]) == {"cash_rounding": 0}
    assert sound(conn)


def test_cash_over_two_visits_gives_back_what_was_paid(conn: WriteConnection, act: Act) -> None:
    """M33: 1.98 and 4.49 are paid by 6.45 where five cents are the smallest coin, and come back in two visits."""
    order_id = OrderId(act.new_id())
    till = opened(conn, act, GBP)
    place = till.location_id
    paid_in = payments.record_cash(conn, order_id, Money(647, GBP), act, drawer=till, cash_step_minor=5)
    legs = [
        leg
        for part in (198, 449)
        for leg in payments.reserve_refund(conn, order_id, Money(part, GBP), f"r-{part}", act, cash_location_id=place)
    ]
    assert (paid_in.captured_minor, [leg.paid_minor for leg in legs]) == (645, [200, 445])
    assert verify_payments(conn) == []


def test_less_cash_than_is_due_in_coins_is_refused(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    sale = replace(till_sale(shop, tender=TillTender.CASH), cash_tendered_minor=1199)
    with pytest.raises(CashTooLittle) as refused:
        service.create_at_till(conn, sale, act)
    assert refused.value.facts == {"maximumMinor": 1200, "currency": "GBP"}
