"""What a cart costs, where it comes from, and what stands in the way."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.carts import service
from domain.carts.model import (
    CartAt,
    CartProblem,
    CartProblemCode,
    CartQuote,
    DeliveryMethod,
    GroupChange,
    LineQuantity,
    QuotedCart,
    WantedLine,
)
from domain.catalog import service as catalog
from domain.catalog.model import VariantPrice
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Adjust, AdjustmentReason, Take, Want
from domain.locations import service as locations
from domain.locations.model import LocationChange
from domain.loyalty import service as loyalty
from domain.pricing import taxing
from domain.promotions.model import Conditions, Definition, ItemFilter, PercentageOff, Target
from tests.carts.market import ABROAD, HOME, Market, customer_cart, guest_cart, opened
from tests.conftest import NOW
from tests.promotions.parts import live

TEN = Definition("Ten percent", PercentageOff(100_000, Target.ORDER), NOW)


@pytest.fixture
def market(conn: WriteConnection, act: Act) -> Market:
    return opened(conn, act)


def addressed(conn: WriteConnection, act: Act, market: Market, *lines: tuple[object, int]) -> tuple[QuotedCart, CartAt]:
    """A guest cart that could be ordered: with lines, an address and an e-mail."""
    quoted, at = guest_cart(conn, act, market, *lines)  # type: ignore[arg-type]  # variant ids
    guest = act.by(market.guest)
    service.set_buyer(conn, at, "bob@example.com", None, guest)
    return service.set_delivery_groups(conn, at, [GroupChange(quoted.cart.groups[0].id, HOME)], guest), at


def seen(conn: WriteConnection, at: CartAt, market: Market) -> CartQuote:
    found = service.view(conn, at, market.guest, NOW)
    assert found is not None
    return found.quote


def codes(quote: CartQuote) -> list[CartProblemCode]:
    return [problem.code for problem in quote.problems]


def only(quote: CartQuote) -> CartProblem:
    (problem,) = quote.problems
    return problem


def test_a_complete_cart_has_a_price_and_no_problem(conn: WriteConnection, act: Act, market: Market) -> None:
    quote = addressed(conn, act, market, (market.shirt, 2), (market.socks, 1))[0].quote
    priced = quote.priced
    assert (priced.subtotal_minor, priced.goods_tax_minor, priced.shipping_minor) == (4500, 450, 655)
    assert (priced.tax_minor, priced.total_minor, priced.due_minor) == (510, 5605, 5605)
    assert (quote.problems, quote.may_check_out) == ((), True)
    assert set(quote.sources.values()) == {market.warehouse.id}


def test_an_empty_cart_says_so(conn: WriteConnection, act: Act, market: Market) -> None:
    quote = customer_cart(conn, act, market)[0].quote
    assert (codes(quote), quote.may_check_out) == ([CartProblemCode.CART_EMPTY], False)


def test_a_guest_is_asked_for_an_address_and_a_contact(conn: WriteConnection, act: Act, market: Market) -> None:
    quote = guest_cart(conn, act, market, (market.shirt, 1))[0].quote
    assert codes(quote) == [CartProblemCode.ADDRESS_MISSING, CartProblemCode.CONTACT_MISSING]
    # Until there is an address the channel's default place taxes, so that the price is close.
    assert quote.priced.tax_minor == 200


def test_a_line_nobody_can_serve_names_what_is_available(conn: WriteConnection, act: Act, market: Market) -> None:
    cart, _ = addressed(conn, act, market, (market.shirt, 11), (market.socks, 1))
    problem = only(cart.quote)
    assert (problem.code, problem.line_id, problem.available) == (
        CartProblemCode.OUT_OF_STOCK,
        cart.cart.lines[0].id,
        10,
    )
    assert cart.quote.sources == {cart.cart.lines[1].id: market.warehouse.id}


def test_holds_of_others_are_not_available(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = addressed(conn, act, market, (market.shirt, 9))
    want = Want(market.shirt, market.warehouse.id, 2, "l")
    inventory.hold(conn, [want], act, owner="other", until=NOW + timedelta(minutes=15))
    assert only(seen(conn, at, market)).available == 8


def test_lines_of_one_variant_share_the_stock_of_a_place(conn: WriteConnection, act: Act, market: Market) -> None:
    cart, at = addressed(conn, act, market, (market.shirt, 2))
    guest = act.by(market.guest)
    service.add_lines(conn, at, [WantedLine(market.shirt, 3, market.soho.id)], guest)
    both = service.view(conn, at, market.guest, NOW)
    assert both is not None
    assert both.quote.problems == ()
    assert [both.quote.sources[line.id] for line in both.cart.lines] == [market.warehouse.id, market.soho.id]
    inventory.adjust(conn, Adjust(market.shirt, market.warehouse.id, -9, AdjustmentReason.LOST), act)
    # One shirt is left in the warehouse; Soho's three are for the pickup, so shipping two is too many anywhere.
    short = only(seen(conn, at, market))
    assert (short.code, short.line_id, short.available) == (CartProblemCode.OUT_OF_STOCK, cart.cart.lines[0].id, 1)


def test_goods_come_from_the_place_that_has_everything(conn: WriteConnection, act: Act, market: Market) -> None:
    inventory.receive_many(conn, [Take(market.socks, market.soho.id, 5)], act)
    inventory.adjust(conn, Adjust(market.socks, market.warehouse.id, -10, AdjustmentReason.LOST), act)
    quote = addressed(conn, act, market, (market.shirt, 3), (market.socks, 1))[0].quote
    assert set(quote.sources.values()) == {market.soho.id}
    split = addressed(conn, act, market, (market.shirt, 4), (market.socks, 1))[0].quote
    assert list(split.sources.values()) == [market.warehouse.id, market.soho.id]


def test_a_service_needs_no_stock_no_address_and_no_shipping(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.wrap, 40))
    quote = service.set_buyer(conn, at, "bob@example.com", None, act.by(market.guest)).quote
    assert (quote.problems, quote.shipping) == ((), {})
    assert quote.sources == {quoted.cart.lines[0].id: market.warehouse.id}


def test_a_store_that_stops_pickup_is_a_problem(conn: WriteConnection, act: Act, market: Market) -> None:
    cart, at = addressed(conn, act, market, (market.shirt, 1))
    lines = [cart.cart.lines[0].id]
    picked = service.set_pickup_location(conn, at, lines, market.soho.id, act.by(market.guest))
    assert (picked.quote.problems, picked.quote.shipping) == ((), {})
    locations.update(conn, LocationChange(market.soho.id, offers_pickup=False), act)
    problem = only(seen(conn, at, market))
    assert (problem.code, problem.group_id) == (CartProblemCode.PICKUP_NOT_OFFERED, picked.cart.groups[1].id)


def test_pickups_are_taxed_where_the_store_is(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    guest = act.by(market.guest)
    far = service.set_delivery_groups(conn, at, [GroupChange(quoted.cart.groups[0].id, ABROAD)], guest)
    assert far.quote.priced.tax_minor == 0
    near = service.set_pickup_location(conn, at, [quoted.cart.lines[0].id], market.soho.id, guest)
    assert near.quote.priced.tax_minor == 200
    assert [group.method for group in near.cart.groups] == [DeliveryMethod.SHIPPING, DeliveryMethod.PICK_UP]


def test_a_country_nothing_ships_to_is_a_problem(conn: WriteConnection, act: Act, market: Market) -> None:
    cart, at = addressed(conn, act, market, (market.shirt, 1))
    change = [GroupChange(cart.cart.groups[0].id, ABROAD)]
    quote = service.set_delivery_groups(conn, at, change, act.by(market.guest)).quote
    assert codes(quote) == [CartProblemCode.SHIPPING_UNAVAILABLE]


def test_shipping_is_free_from_its_threshold_after_discounts(conn: WriteConnection, act: Act, market: Market) -> None:
    cart, at = addressed(conn, act, market, (market.shirt, 5))
    assert cart.quote.priced.shipping_minor == 0
    live(conn, act, TEN, "TEN")
    less = service.set_discount_codes(conn, at, ["ten"], act.by(market.guest)).quote.priced
    assert (less.discount_minor, less.shipping_minor) == (1000, 655)


def test_codes_that_do_not_apply_are_problems_with_reasons(conn: WriteConnection, act: Act, market: Market) -> None:
    dear = replace(TEN, conditions=Conditions(minimum_subtotal_minor=9000), currency=market.channel.currency)
    live(conn, act, dear, "TEN")
    live(conn, act, replace(TEN, conditions=Conditions(items=ItemFilter(frozenset({UUID(int=1)})))), "HATS")
    _, at = addressed(conn, act, market, (market.shirt, 2))
    quote = service.set_discount_codes(conn, at, ["TEN", "HATS", "NONE"], act.by(market.guest)).quote
    assert [(p.code.name, p.discount_code, p.amount_minor) for p in quote.problems] == [
        ("DISCOUNT_MINIMUM_NOT_MET", "TEN", 5000),
        ("DISCOUNT_NOT_APPLICABLE", "HATS", None),
        ("DISCOUNT_CODE_INVALID", "NONE", None),
    ]


def test_a_risen_price_blocks_until_it_is_confirmed_and_a_fallen_one_only_informs(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    cart, at = addressed(conn, act, market, (market.shirt, 1))
    line = cart.cart.lines[0].id
    catalog.set_prices(conn, [VariantPrice(market.shirt, market.channel.id, 2100)], act)
    risen = seen(conn, at, market)
    assert (only(risen).code, only(risen).amount_minor, risen.may_check_out) == ("PRICE_CHANGED", 2000, False)
    confirmed = service.update_lines(conn, at, [LineQuantity(line, 1)], act.by(market.guest)).quote
    assert (confirmed.problems, confirmed.priced.subtotal_minor) == ((), 2100)
    catalog.set_prices(conn, [VariantPrice(market.shirt, market.channel.id, 1900)], act)
    fallen = seen(conn, at, market)
    assert (only(fallen).code, only(fallen).blocking, fallen.may_check_out) == ("PRICE_CHANGED", False, True)


def test_what_is_sold_no_more_is_not_priced(conn: WriteConnection, act: Act, market: Market) -> None:
    cart, at = addressed(conn, act, market, (market.shirt, 1), (market.socks, 1))
    catalog.unpublish(conn, [cart.quote.offers[market.shirt].product_id], market.channel.id, act)
    quote = seen(conn, at, market)
    assert (only(quote).code, only(quote).line_id) == (CartProblemCode.NOT_AVAILABLE, cart.cart.lines[0].id)
    assert quote.priced.subtotal_minor == 500


def test_points_spent_elsewhere_meanwhile_are_a_problem(conn: WriteConnection, act: Act, market: Market) -> None:
    wallet = loyalty.enroll(conn, market.ada.id, act)
    loyalty.bonus(conn, wallet.id, 300, act, reference="welcome")
    cart, at = customer_cart(conn, act, market, (market.shirt, 1))
    by = act.by(market.customer)
    service.set_delivery_groups(conn, at, [GroupChange(cart.cart.groups[0].id, HOME)], by)
    assert service.apply_points(conn, at, 250, by).quote.problems == ()
    loyalty.hold(conn, wallet.id, 100, act, until=None, owner="other")
    found = service.view(conn, at, market.customer, NOW)
    assert found is not None
    assert (only(found.quote).code, only(found.quote).available) == (CartProblemCode.POINTS_UNAVAILABLE, 200)
    assert found.quote.priced.points == 200


def test_a_cart_is_with_tax_or_without_as_the_country_that_it_is_shipped_to(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    quoted, at = addressed(conn, act, market, (market.shirt, 1))
    # 20.00 and 10 % on top, on shipping too.
    priced = quoted.quote.priced
    assert (priced.prices_include_tax, priced.goods_tax_minor, priced.total_minor) == (False, 200, 2200 + 655)
    taxing.set_market(conn, market.channel.id, "US", act, prices_include_tax=True)
    inside = seen(conn, at, market).priced
    # 1.82 of 20.00 and 0.54 of 5.95 are the tax.
    assert (inside.prices_include_tax, inside.goods_tax_minor, inside.total_minor) == (True, 182, 2000 + 595)
    assert inside.shipping_tax_minor == 54
    group = quoted.cart.groups[0].id
    service.set_delivery_groups(conn, at, [GroupChange(group, ABROAD)], act.by(market.guest))
    assert not seen(conn, at, market).priced.prices_include_tax


@pytest.mark.parametrize(
    ("markets", "mode"),
    [({}, False), ({"US": True}, True), ({"JP": True}, False)],
    ids=["the channel's", "the store's country", "another country"],
)
def test_a_pickup_is_with_tax_or_without_as_the_country_of_its_store(
    conn: WriteConnection, act: Act, market: Market, markets: dict[str, bool], mode: bool
) -> None:
    for country, said in markets.items():
        taxing.set_market(conn, market.channel.id, country, act, prices_include_tax=said)
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    lines, guest = [quoted.cart.lines[0].id], act.by(market.guest)
    # The group that ships has an address and no goods: it does not decide.
    service.set_delivery_groups(conn, at, [GroupChange(quoted.cart.groups[0].id, ABROAD)], guest)
    service.set_pickup_location(conn, at, lines, market.soho.id, guest)
    assert seen(conn, at, market).priced.prices_include_tax is mode


def test_one_basket_has_one_mode_that_of_where_its_first_goods_are_shipped(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    taxing.set_market(conn, market.channel.id, "JP", act, prices_include_tax=True)
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1), (market.socks, 1))
    guest, group = act.by(market.guest), quoted.cart.groups[0].id
    service.set_pickup_location(conn, at, [quoted.cart.lines[0].id], market.soho.id, guest)
    # Nobody knows yet where the rest goes, so the store decides.
    assert not seen(conn, at, market).priced.prices_include_tax
    service.set_delivery_groups(conn, at, [GroupChange(group, ABROAD)], guest)
    priced = seen(conn, at, market).priced
    assert (priced.prices_include_tax, [line.tax_minor for line in priced.lines]) == (True, [182, 0])


def test_a_cart_with_no_address_goes_by_the_channels_own_country(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 1))
    taxing.set_market(conn, market.channel.id, "US", act, prices_include_tax=True)
    assert seen(conn, at, market).priced.prices_include_tax
