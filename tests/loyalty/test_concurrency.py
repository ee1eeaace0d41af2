"""Two channels at one moment, with real commits: one winner, and nothing twice."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.loyalty import service, store
from domain.loyalty.program import Program, Terms, Vesting
from domain.loyalty.verify import verify
from gateway.database import Database
from tests.loyalty.shop import AT_ONCE, member, named, order, programme, units, vector

pytestmark = pytest.mark.anyio
MakeAct = Callable[..., Act]


async def begin(db: Database, act: Act, points: int, terms: Terms = AT_ONCE) -> UUID:
    return await db.write(lambda conn: member(conn, programme(conn, act, terms), act, points=points))


async def balance(db: Database, wallet_id: UUID) -> tuple[int, ...]:
    def read(conn: WriteConnection) -> tuple[int, ...]:
        assert verify(conn).findings == ()
        return tuple(vector(conn, wallet_id))

    return await db.write(read)


def known(conn: WriteConnection) -> Program:
    found = store.program_by_handle(conn, "shop")
    assert found is not None
    return found


async def test_twenty_holds_at_once_never_reserve_more_than_there_is(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    ann = await begin(db, act, 500)

    async def attempt() -> bool:
        try:
            await db.write(lambda conn: service.hold(conn, ann, 100, act, until=None, owner="till"))
        except Refused:
            return False
        return True

    won = await asyncio.gather(*(attempt() for _ in range(20)))
    assert (won.count(True), await balance(db, ann)) == (5, (0, 0, 500, 0))


async def test_one_order_delivered_ten_times_at_once_earns_once(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    ann = await begin(db, act, 0)
    sale = order("o", ann, (2000, 1))
    earned = await asyncio.gather(*(db.write(lambda conn: service.earn_order(conn, sale, act)) for _ in range(10)))
    assert (earned, await balance(db, ann)) == ([20] * 10, (20, 0, 0, 0))


async def test_one_fulfillment_released_ten_times_at_once_releases_once(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    ann = await begin(db, act, 0, Terms(vesting=Vesting.FULFILLMENT))
    await db.write(lambda conn: service.earn_order(conn, order("o", ann, (2000, 1)), act))
    released = await asyncio.gather(
        *(db.write(lambda conn: service.release(conn, named("o"), "f1", act)) for _ in range(10))
    )
    assert (sorted(released), await balance(db, ann)) == ([0] * 9 + [20], (20, 0, 0, 0))


async def test_three_units_that_come_back_in_ten_places_at_once_come_back_three_times(
    db: Database, make_act: MakeAct
) -> None:
    act = make_act()
    ann = await begin(db, act, 0)
    await db.write(lambda conn: service.earn_order(conn, order("o", ann, (5997, 3)), act))

    async def attempt() -> int:
        try:
            returned = await db.write(
                lambda conn: service.book_return(conn, named("o"), [units("o", 0, 1, 0, 3)], "r", act)
            )
        except Refused:
            return 0
        return returned.clawed

    clawed = await asyncio.gather(*(attempt() for _ in range(10)))
    assert (sorted(clawed), await balance(db, ann)) == ([0] * 7 + [19, 20, 20], (0, 0, 0, 0))


async def test_earning_while_merging_loses_nothing(db: Database, make_act: MakeAct) -> None:
    act = make_act()
    old = await begin(db, act, 100)
    new = await db.write(lambda conn: member(conn, known(conn), act, name="new"))

    async def sell(number: int) -> None:
        await db.write(lambda conn: service.earn_order(conn, order(f"o{number}", old, (1000, 1)), act))

    merging = db.write(lambda conn: service.merge(conn, old, new, act))
    await asyncio.gather(*(sell(number) for number in range(5)), merging, *(sell(number) for number in range(5, 10)))
    assert (await balance(db, old), await balance(db, new)) == ((200, 0, 0, 0), (200, 0, 0, 0))
