"""Stock under real concurrency, with real commits."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.inventory import service, store
from domain.inventory.errors import OutOfStock
from domain.inventory.model import Take, Want
from gateway.database import Database
from tests.conftest import Statements
from tests.inventory.shelves import SHIRT, SOCKS, SOHO, YORK, many_variants, stock

pytestmark = pytest.mark.anyio
MakeAct = Callable[..., Act]


async def test_twenty_holds_at_once_for_five_units_give_exactly_five(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    await db.write(lambda conn: stock(conn, act, shirts=5))

    async def attempt(number: int) -> bool:
        mine, want = make_act(), Want(SHIRT, SOHO, 1, "a")
        until = mine.now + timedelta(minutes=15)
        try:
            await db.write(lambda conn: service.hold(conn, [want], mine, owner=f"cart-{number}", until=until))
        except OutOfStock:
            return False
        return True

    won = await asyncio.gather(*(attempt(number) for number in range(20)))
    level = (await db.read(lambda conn: store.availability(conn, [(SHIRT, SOHO)], act.now)))[SHIRT, SOHO]
    assert won.count(True) == 5
    assert (level.available, level.held, level.on_hand) == (0, 5, 5)


async def test_holds_that_cross_in_two_places_neither_deadlock_nor_oversell(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    await db.write(lambda conn: stock(conn, act, shirts=6, socks=6))
    wants = [Want(SHIRT, SOHO, 1, "a"), Want(SOCKS, SOHO, 1, "b")]

    async def attempt(number: int) -> bool:
        mine, asked = make_act(), wants if number % 2 else wants[::-1]
        try:
            await db.write(lambda conn: service.commit_now(conn, asked, UUID(int=1000 + number), mine))
        except OutOfStock:
            return False
        return True

    won = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert won.count(True) == 6
    assert await db.read(service.verify) == []


@pytest.mark.parametrize("lines", [1, 50])
async def test_each_command_is_the_same_number_of_statements_for_one_line_and_for_fifty(
    db: Database, make_act: MakeAct, statements: Statements, lines: int
) -> None:
    act, order = make_act(), UUID(int=900)
    variants = await db.write(lambda conn: many_variants(conn, act, lines))
    wants = [Want(variant_id, SOHO, 2, str(n)) for n, variant_id in enumerate(variants)]
    takes = [Take(variant_id, SOHO, 1) for variant_id in variants]
    until = act.now + timedelta(minutes=15)
    counts = []
    for command in (
        lambda conn: service.receive_many(conn, [Take(each, SOHO, 9) for each in variants], act),
        lambda conn: service.hold(conn, wants, act, owner="cart", until=until),
        lambda conn: service.commit(conn, "cart", order, act),
        lambda conn: service.commit_now(conn, wants, order, act),
        lambda conn: service.sell(conn, wants, order, act),
        lambda conn: service.fulfill(conn, takes, order, act),
        lambda conn: service.uncommit(conn, takes, order, act),
    ):
        statements.clear()
        await db.write(command)
        counts.append(len(statements))
    statements.clear()
    await db.read(lambda conn: store.availability_of_variants(conn, variants, act.now))
    # PostgreSQL appends to all logs of a command in one statement.
    expected = {"sqlite": [7, 4, 5, 5, 5, 6, 5, 1], "postgresql": [6, 4, 5, 5, 4, 5, 5, 1]}
    assert [*counts, len(statements)] == expected[db.dialect]
    assert await db.read(service.verify) == []


async def test_a_hold_in_one_place_leaves_the_other_alone(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    await db.write(lambda conn: stock(conn, act, shirts=5))
    await db.write(lambda conn: service.receive_many(conn, [Take(SHIRT, YORK, 2)], act))
    until = act.now + timedelta(minutes=15)
    await db.write(lambda conn: service.hold(conn, [Want(SHIRT, YORK, 2, "a")], act, owner="cart", until=until))
    found = await db.read(lambda conn: store.availability(conn, [(SHIRT, SOHO), (SHIRT, YORK)], act.now))
    assert {key[1]: level.available for key, level in found.items()} == {SOHO: 5, YORK: 0}
