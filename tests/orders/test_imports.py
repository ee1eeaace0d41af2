"""Orders agreed elsewhere: given amounts, one reference, one order."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import store as stock
from domain.inventory.errors import OutOfStock
from domain.loyalty import store as loyalty_store
from domain.money import Currency
from domain.orders import service, store, store_pages
from domain.orders.errors import (
    CurrencyMismatch,
    ExternalReferenceTaken,
    LinesInvalid,
    QuantityInvalid,
    TotalsDoNotAddUp,
    VariantNotFound,
)
from domain.orders.imports import ImportedLine, ImportedOrder, ImportedShipping
from domain.orders.model import CancelReason, FulfillmentMethod, LineTax, OrderSource, OrderStatus
from domain.payments import store as payments
from domain.payments.model import LegStatus, PaymentStatus, Tender
from tests.orders.shop import GBP, HOME, Shop, open_shop

VAT = LineTax("GB VAT", 200_000, 400)


def from_market(shop: Shop) -> ImportedOrder:
    """Two shirts at 12.00, tax included, 4.95 postage."""
    return ImportedOrder(
        source=OrderSource.MARKETPLACE,
        sales_channel_id=shop.market,
        external_reference="AMZ-1",
        currency=GBP,
        prices_include_tax=True,
        placed_at=datetime(2026, 1, 9, 8, 0, tzinfo=UTC),
        payer="Marketplace",
        total_minor=2895,
        lines=(ImportedLine("SHIRT", "Shirt", 2, 1200, 2400, taxes=(VAT,)),),
        shipping=ImportedShipping("Standard", 495, 495),
        location_id=shop.soho,
        address=HOME,
    )


def history(shop: Shop, lines: int = 2) -> ImportedOrder:
    """An order of years ago that earned its customer points."""
    return replace(
        from_market(shop),
        source=OrderSource.IMPORT,
        external_reference="536365",
        payer="Earlier system",
        placed_at=datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
        shipping=None,
        fulfilled=True,
        location_id=None,
        address=None,
        customer_id=shop.customer,
        wallet_id=shop.wallet,
        total_minor=2400 * lines,
        lines=tuple(ImportedLine(f"OLD-{n}", "Lantern", 2, 1200, 2400, taxes=(VAT,)) for n in range(lines)),
    )


def test_a_marketplace_order_is_an_order_like_any_other(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order = service.import_order(conn, from_market(shop), act).order
    assert (order.total_minor, order.shipping_minor, order.tax_minor, order.due_minor) == (2895, 495, 400, 2895)
    assert (order.payer_of_record, order.placed_at) == ("Marketplace", datetime(2026, 1, 9, 8, 0, tzinfo=UTC))
    assert store.lines_of_orders(conn, [order.id])[order.id][0].variant_id == shop.shirt
    assert stock.availability(conn, [(shop.shirt, shop.soho)], act.now)[shop.shirt, shop.soho].committed == 2
    taken = payments.payments_of_orders(conn, [order.id])[order.id]
    assert [(one.tender, one.status, one.captured_minor) for one in taken] == [
        (Tender.EXTERNAL, PaymentStatus.CAPTURED, 2895)
    ]
    assert service.verify(conn) == []


def test_a_canceled_marketplace_order_is_refunded_where_the_money_is(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order = service.import_order(conn, from_market(shop), act).order
    done = service.cancel(conn, order.id, None, CancelReason.OUT_OF_STOCK, act)
    legs = payments.legs_of_orders(conn, [order.id])[order.id]
    assert [(leg.tender, leg.amount_minor, leg.status) for leg in legs] == [(Tender.EXTERNAL, 2895, LegStatus.EXTERNAL)]
    assert done.order.status is OrderStatus.CANCELED
    assert service.verify(conn) == []


def test_the_same_reference_with_the_same_contents_answers_the_earlier_order(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    first = service.import_order(conn, from_market(shop), act)
    again = service.import_order(conn, from_market(shop), act)
    assert (first.replayed, again.replayed, again.order) == (False, True, first.order)


def test_the_same_reference_with_other_contents_is_refused(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    service.import_order(conn, from_market(shop), act)
    other = replace(from_market(shop), shipping=None, total_minor=2400)
    with pytest.raises(ExternalReferenceTaken):
        service.import_order(conn, other, act)
    elsewhere = replace(other, sales_channel_id=shop.web)
    assert service.import_order(conn, elsewhere, act).replayed is False


def test_amounts_that_contradict_each_other_are_refused(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    given = from_market(shop)
    line = given.lines[0]
    with pytest.raises(TotalsDoNotAddUp) as refused:
        service.import_order(conn, replace(given, total_minor=2894), act)
    assert refused.value.facts == {"position": None, "expected": 2895, "actual": 2894}
    with pytest.raises(TotalsDoNotAddUp) as refused:
        service.import_order(conn, replace(given, lines=(replace(line, total_minor=2399),)), act)
    assert refused.value.facts == {"position": 0, "expected": 2400, "actual": 2399}
    with pytest.raises(TotalsDoNotAddUp):
        service.import_order(conn, replace(given, lines=(replace(line, discount_minor=-1),)), act)
    with pytest.raises(QuantityInvalid):
        service.import_order(conn, replace(given, lines=(replace(line, quantity=0),)), act)
    with pytest.raises(LinesInvalid):
        service.import_order(conn, replace(given, lines=()), act)
    with pytest.raises(CurrencyMismatch):
        service.import_order(conn, replace(given, currency=Currency("EUR")), act)


def test_prices_without_tax_add_it_on_top(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    given = from_market(shop)
    line = replace(given.lines[0], discount_minor=100, total_minor=2700)
    net = replace(given, prices_include_tax=False, lines=(line,), shipping=None, total_minor=2700)
    order = service.import_order(conn, net, act).order
    assert (order.subtotal_minor, order.discount_minor, order.tax_minor, order.total_minor) == (2400, 100, 400, 2700)
    assert service.verify(conn) == []


def test_goods_of_ours_must_exist_and_be_there(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act, stock=1)
    given = from_market(shop)
    with pytest.raises(OutOfStock):
        service.import_order(conn, given, act)
    unknown = replace(given, external_reference="AMZ-2", lines=(replace(given.lines[0], sku="GHOST"),))
    with pytest.raises(VariantNotFound):
        service.import_order(conn, unknown, act)
    sent_by_them = replace(unknown, method=FulfillmentMethod.EXTERNAL, location_id=None)
    assert service.import_order(conn, sent_by_them, act).order.status is OrderStatus.OPEN


def test_history_touches_no_stock_and_earns_points_as_of_then(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    order = service.import_order(conn, history(shop), act).order
    assert (order.status, order.total_minor) == (OrderStatus.CLOSED, 4800)
    assert [line.fulfilled for line in store.lines_of_orders(conn, [order.id])[order.id]] == [2, 2]
    assert stock.availability(conn, [(shop.shirt, shop.soho)], act.now)[shop.shirt, shop.soho].on_hand == 10
    wallet = loyalty_store.wallets(conn, [shop.wallet], datetime(2010, 12, 2, tzinfo=UTC))[shop.wallet]
    assert wallet.available == 40
    assert store_pages.by_external_reference(conn, shop.market, "536365") == order
    assert service.verify(conn) == []


@pytest.mark.parametrize("lines", [1, 50, 1114])
def test_history_is_written_in_as_many_statements_whatever_its_lines(
    conn: WriteConnection, act: Act, counted: list[str], lines: int
) -> None:
    shop = open_shop(conn, act)
    given = history(shop, lines)
    counted.clear()
    service.import_order(conn, given, act)
    assert len(counted) == 23
