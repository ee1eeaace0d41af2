"""Carts under several hands at once, and what they cost in SQL; every database."""

import asyncio
from collections.abc import Callable

import pytest

from domain.acts import Act
from domain.carts import service
from domain.carts.model import CartAt, GroupChange, NewCart, QuotedCart, WantedLine
from domain.catalog.model import VariantId
from domain.connections import WriteConnection
from domain.customers.model import CustomerId
from gateway.database import Database
from tests.carts.market import HOME, Market, customer_cart, guest_cart, opened, variants
from tests.conftest import NOW, Statements

pytestmark = pytest.mark.anyio
MakeAct = Callable[..., Act]


async def market_of(db: Database, act: Act) -> Market:
    return await db.write(lambda conn: opened(conn, act))


async def test_six_adds_at_once_sum_to_six(db: Database, act: Act) -> None:
    market = await market_of(db, act)
    _, at = await db.write(lambda conn: guest_cart(conn, act, market))
    guest = act.by(market.guest)

    def add(conn: WriteConnection) -> QuotedCart:
        return service.add_lines(conn, at, [WantedLine(market.shirt, 1)], guest)

    await asyncio.gather(*(db.write(add) for _ in range(6)))
    found = await db.read(lambda conn: service.view(conn, at, market.guest, NOW))
    assert found is not None
    assert [line.quantity for line in found.cart.lines] == [6]
    assert found.cart.version == 7


async def test_six_devices_that_open_a_customers_cart_at_once_get_the_same(db: Database, act: Act) -> None:
    market = await market_of(db, act)
    new = NewCart(market.channel.id, CustomerId(market.ada.id), (WantedLine(market.shirt, 1),))

    def create(conn: WriteConnection) -> QuotedCart:
        return service.create(conn, new, act.by(market.customer))[0]

    carts = await asyncio.gather(*(db.write(create) for _ in range(6)))
    assert len({quoted.cart.id for quoted in carts}) == 1
    assert max(quoted.cart.lines[0].quantity for quoted in carts) == 6


async def test_a_guest_cart_merged_twice_at_once_counts_once(db: Database, act: Act) -> None:
    market = await market_of(db, act)
    quoted, at = await db.write(lambda conn: guest_cart(conn, act, market, (market.shirt, 2)))
    await db.write(lambda conn: customer_cart(conn, act, market, (market.shirt, 1)))

    def merge(conn: WriteConnection) -> QuotedCart:
        return service.merge_guest(conn, quoted.cart.id, at.token, market.ada.id, act.by(market.customer))

    merged = await asyncio.gather(merge_in(db, merge), merge_in(db, merge))
    assert [one.cart.lines[0].quantity for one in merged] == [3, 3]


async def merge_in(db: Database, merge: Callable[[WriteConnection], QuotedCart]) -> QuotedCart:
    return await db.write(merge)


@pytest.mark.parametrize("lines", [1, 50])
async def test_adding_costs_the_same_whatever_the_number_of_lines(
    db: Database, act: Act, statements: Statements, lines: int
) -> None:
    market = await market_of(db, act)

    def prepared(conn: WriteConnection) -> tuple[CartAt, list[VariantId]]:
        titles = [f"Thing {number}" for number in range(lines)]
        _, at = guest_cart(conn, act, market)
        return at, variants(conn, act, market.channel, titles, 100, tracked=False)

    at, added = await db.write(prepared)
    wanted = [WantedLine(variant_id, 2) for variant_id in added]
    statements.clear()
    await db.write(lambda conn: service.add_lines(conn, at, wanted, act.by(market.guest)))
    # Lock, offers and their collections, stock, discounts, tax, save, announce.
    assert len(statements) == 7


@pytest.mark.parametrize("lines", [1, 50])
async def test_a_quote_is_a_constant_number_of_statements(
    db: Database, act: Act, statements: Statements, lines: int
) -> None:
    market = await market_of(db, act)

    def prepared(conn: WriteConnection) -> CartAt:
        titles = [f"Thing {number}" for number in range(lines)]
        added = variants(conn, act, market.channel, titles, 100)
        quoted, at = guest_cart(conn, act, market, *((variant_id, 2) for variant_id in added))
        service.set_delivery_groups(conn, at, [GroupChange(quoted.cart.groups[0].id, HOME)], act.by(market.guest))
        return at

    at = await db.write(prepared)
    statements.clear()
    found = await db.read(lambda conn: service.view(conn, at, market.guest, NOW))
    assert found is not None
    assert len([problem for problem in found.quote.problems if problem.line_id is not None]) == lines
    # The cart, offers and their collections, stock, backorders of what is short, discounts, tax, shipping options.
    assert len(statements) == 7
