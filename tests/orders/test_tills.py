"""Sales at a till, below the schema."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger.errors import InsufficientPoints
from domain.loyalty import store as loyalty_store
from domain.orders import service, store
from domain.orders.checkout_model import CheckoutStatus, PaymentMethodRequired, PointsExceedGoods
from domain.orders.errors import CustomerNotFound, LocationNotAllowed, VariantNotSoldHere
from domain.orders.tills import TillLine, TillSale, TillTender
from tests.orders.shop import TILL, Shop, many_variants, open_shop

MakeAct = Callable[..., Act]


def socks(shop: Shop) -> TillSale:
    """One pair of socks at 6.00, for cash, to the member."""
    return TillSale(
        sales_channel_id=shop.tills,
        location_id=shop.soho,
        terminal_id=TILL,
        lines=(TillLine(shop.socks, 1),),
        tender=TillTender.CASH,
        customer_id=shop.customer,
    )


def test_a_member_earns_at_once_what_was_sold_at_a_till(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    sold = service.create_at_till(conn, socks(shop), act)
    wallet = loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet]
    order = store.order(conn, sold.order_id)
    assert (sold.status, order.terminal_id, order.location_id) == (CheckoutStatus.COMPLETED, TILL, shop.soho)
    assert (wallet.available, wallet.pending) == (6, 0)
    assert service.verify(conn) == []


def test_points_alone_pay_at_a_till(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), points=600)
    act = make_act(shop.associate)
    sold = service.create_at_till(conn, replace(socks(shop), points=600), act)
    assert store.order(conn, sold.order_id).due_minor == 0
    assert loyalty_store.wallets(conn, [shop.wallet], act.now)[shop.wallet].available == 0
    assert service.verify(conn) == []


def test_points_beyond_the_goods_are_refused(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), points=700)
    act = make_act(shop.associate)
    with pytest.raises(PointsExceedGoods) as refused:
        service.create_at_till(conn, replace(socks(shop), points=601), act)
    assert refused.value.facts == {"maximum": 600}


def test_points_that_are_not_there_are_refused(conn: WriteConnection, make_act: MakeAct) -> None:
    shop = open_shop(conn, make_act(), points=100)
    act = make_act(shop.associate)
    with pytest.raises(InsufficientPoints):
        service.create_at_till(conn, replace(socks(shop), points=500), act)
    with pytest.raises(CustomerNotFound):
        service.create_at_till(conn, replace(socks(shop), points=100, customer_id=None), act)


def test_a_till_sells_what_its_channel_sells_where_its_associate_works(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    with pytest.raises(LocationNotAllowed):
        service.create_at_till(conn, replace(socks(shop), location_id=shop.york), act)
    with pytest.raises(VariantNotSoldHere):
        service.create_at_till(conn, replace(socks(shop), lines=(TillLine(shop.york, 1),)), act)  # type: ignore[arg-type]
    with pytest.raises(PaymentMethodRequired):
        service.create_at_till(conn, replace(socks(shop), tender=TillTender.CARD), act)


@pytest.mark.parametrize("lines", [1, 50])
def test_a_sale_takes_as_many_statements_whatever_its_lines(
    conn: WriteConnection, make_act: MakeAct, counted: list[str], lines: int
) -> None:
    shop = open_shop(conn, make_act())
    act = make_act(shop.associate)
    variants = many_variants(conn, shop, act, lines)
    sale = replace(socks(shop), lines=tuple(TillLine(variant, 1) for variant in variants))
    counted.clear()
    service.create_at_till(conn, sale, act)
    assert len(counted) == 35
