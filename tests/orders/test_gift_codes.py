"""Gift cards as goods: untaxed at the sale, issued once they are paid, told to their buyer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.acts import Act
from domain.carts import service as carts
from domain.carts.model import CartAt, NewCart, WantedLine
from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import NewPrice, NewProduct, NewVariant, VariantId
from domain.connections import WriteConnection
from domain.gift_cards import codes, verification
from domain.gift_cards.model import TAX_CODE
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.ledger import stored_value
from domain.orders import checkout, gift_codes, service, store
from domain.orders.checkout import BeginCheckout
from domain.orders.errors import NotReturnable
from domain.orders.gift_codes import Unpaid
from domain.orders.model import Units
from domain.orders.tills import TillLine, TillSale, TillTender
from domain.payments import service as payments
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.pricing.model import TaxRate
from domain.pricing.store import save_rates
from gateway.gift_card_jobs import message
from resolvers.ids import global_id
from tests.orders.desk import Desk
from tests.orders.shop import GBP, TILL, Shop, open_shop, promise

MakeAct = Callable[..., Act]
CODE_OF = codes.code_of(b"test-signing-key-of-thirty-two-b")


def gift_variant(conn: WriteConnection, shop: Shop, act: Act) -> VariantId:
    """A gift card of 25.00 that needs no parcel; ten are there."""
    prices = tuple(NewPrice(channel, 2500) for channel in (shop.web, shop.tills))
    variant = NewVariant("GIFT-25", prices=prices, requires_shipping=False, tax_code=TAX_CODE)
    channels = (shop.web, shop.tills)
    catalog.create_product(conn, NewProduct("gift-card", "Gift card", (variant,), published_in=channels), act)
    found = catalog_store.variants_by_sku(conn, ["GIFT-25"])["GIFT-25"].id
    inventory.receive_many(conn, [Take(found, shop.soho, 10)], act)
    return found


def test_gift_cards_of_a_cart_are_shipped_as_codes_and_issued_when_the_money_is_there(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.guest)
    variant = gift_variant(conn, shop, act)
    quoted, token = carts.create(conn, NewCart(shop.web, None, (WantedLine(variant, 2),), email="ada@example.com"), act)
    begun = checkout.begin(conn, BeginCheckout(CartAt(quoted.cart.id, token), "pm_card_visa", 5000), act)
    done = checkout.finish(conn, begun.id, promise(5000), act)
    assert done.payment is not None
    assert gift_codes.issue(conn, begun.order_id, act, CODE_OF) == ()
    gift_codes.ship(conn, begun.order_id, act)
    with pytest.raises(Unpaid):
        gift_codes.issue(conn, begun.order_id, act, CODE_OF)
    told = ProviderResult(ProviderStatus.CAPTURED, "pi_1", captured_minor=5000, authorized_minor=5000, currency=GBP)
    payments.record_authorization(conn, done.payment.id, told, act)
    cards = gift_codes.issue(conn, begun.order_id, act, CODE_OF)
    assert [stored_value.spendable(conn, [card.wallet_id], act.now)[card.wallet_id] for card in cards] == [2500, 2500]
    gift_codes.ship(conn, begun.order_id, act)
    assert gift_codes.issue(conn, begun.order_id, act, CODE_OF) == ()
    sent = message(conn, begun.order_id, CODE_OF)
    assert sent is not None
    assert (sent.email, [(one.code, one.amount) for one in sent.cards]) == (
        "ada@example.com",
        [(CODE_OF(card.id), "25.00") for card in cards],
    )
    assert (service.verify(conn), verification.verify(conn)) == ([], [])


def test_a_till_sells_gift_cards_untaxed_and_they_do_not_come_back(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    variant = gift_variant(conn, shop, act)
    save_rates(conn, [TaxRate("GB", "GB VAT", 200_000, act.now)])
    sale = TillSale(
        sales_channel_id=shop.tills,
        location_id=shop.soho,
        terminal_id=TILL,
        lines=(TillLine(variant, 1), TillLine(shop.shirt, 1)),
        tender=TillTender.CASH,
        customer_id=shop.customer,
    )
    sold = service.create_at_till(conn, sale, act)
    card_line, shirt_line = store.lines_of_orders(conn, [sold.order_id])[sold.order_id]
    assert (card_line.tax_minor, card_line.total_minor, shirt_line.tax_minor) == (0, 2500, 200)
    (card,) = gift_codes.issue(conn, sold.order_id, act, CODE_OF)
    assert (card.order_line_id, card.initial_minor) == (card_line.id, 2500)
    with pytest.raises(NotReturnable) as refused:
        service.claim_units(conn, [Units(card_line.id, 1)])
    assert refused.value.facts == {"available": 0}


GIFT_CARDS = """query($id: ID!) { order(id: $id) { giftCards { code lastCharacters balance { amount } source } } }"""


@pytest.mark.anyio
async def test_codes_are_told_to_the_till_that_sold_them_and_not_to_head_office(desk: Desk) -> None:
    shop = desk.shop

    def sell(conn: WriteConnection, act: Act) -> Any:
        variant = gift_variant(conn, shop, act)
        lines = (TillLine(variant, 1),)
        sale = TillSale(shop.tills, shop.soho, TILL, lines, TillTender.CASH)
        sold = service.create_at_till(conn, sale, act)
        return sold.order_id, gift_codes.issue(conn, sold.order_id, act, CODE_OF)[0]

    order_id, card = await desk.context(shop.associate).write(sell)
    named = {"id": global_id("Order", order_id)}
    seen = (await desk.ask(shop.associate, GIFT_CARDS, **named))["order"]["giftCards"]
    assert seen == [
        {
            "code": CODE_OF(card.id),
            "lastCharacters": card.last_characters,
            "balance": {"amount": "25.00"},
            "source": "SOLD",
        }
    ]
    elsewhere = replace(shop.associate, terminal_id=None)
    assert [one["code"] for one in (await desk.ask(elsewhere, GIFT_CARDS, **named))["order"]["giftCards"]] == [None]
