"""Handover against expiry and against itself, with real commits."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.inventory import service as inventory
from domain.orders import store as orders
from domain.orders.model import FulfillmentStatus
from domain.pickup import service, store
from domain.pickup.errors import PickupErrorCode
from domain.pickup.model import HandOver, Verification
from gateway.database import Database
from tests.conftest import Statements
from tests.pickup.counter import Ordered, opened, ordered, wrapped

pytestmark = pytest.mark.anyio
MakeAct = Callable[..., Act]
DEADLINE = datetime(2026, 1, 18, tzinfo=UTC)


async def ready(db: Database, act: Act) -> tuple[Ordered, HandOver]:
    def prepare(conn: WriteConnection) -> tuple[Ordered, HandOver]:
        made = ordered(conn, act)
        service.prepare(conn, made.id, act)
        return made, HandOver(made.id, Verification.CODE, code=made.pickup(conn).code)

    return await db.write(prepare)


async def outcome(db: Database, command: Callable[[WriteConnection], object]) -> str:
    """ "done", "nothing" or the refusal's code."""
    try:
        return "done" if await db.write(command) else "nothing"
    except Refused as refused:
        return refused.code.name


@pytest.mark.parametrize("expiry_first", [True, False])
async def test_of_an_expiry_and_a_handover_one_wins(db: Database, make_act: MakeAct, expiry_first: bool) -> None:
    made, command = await ready(db, make_act())
    last, over = make_act(at=DEADLINE - timedelta(seconds=1)), make_act(at=DEADLINE)
    commands = [
        lambda conn: service.hand_over(conn, command, last),
        lambda conn: service.expire(conn, made.id, over),
    ]
    if expiry_first:
        commands.reverse()
    outcomes = await asyncio.gather(*(outcome(db, one) for one in commands))
    handed, expired = reversed(outcomes) if expiry_first else outcomes

    def state(conn: ReadConnection) -> tuple[FulfillmentStatus, int]:
        handovers = store.handovers(conn, [made.id]).get(made.id, ())
        return orders.fulfillment_order(conn, made.id).status, len(handovers)

    ends = {
        ("done", "nothing"): (FulfillmentStatus.PICKED_UP, 1),
        ("PICKUP_EXPIRED", "done"): (FulfillmentStatus.EXPIRED, 0),
    }
    assert await db.read(state) == ends[handed, expired]


async def test_two_tills_that_hand_over_at_once_hand_over_once(db: Database, make_act: MakeAct) -> None:
    _, command = await ready(db, make_act())

    async def till() -> str:
        act = make_act()
        return await outcome(db, lambda conn: service.hand_over(conn, command, act))

    outcomes = await asyncio.gather(*(till() for _ in range(5)))
    assert sorted(outcomes) == [PickupErrorCode.ALREADY_HANDED_OVER.name] * 4 + ["done"]
    assert await db.read(inventory.verify) == []


async def test_twenty_guesses_at_once_are_five_attempts(db: Database, make_act: MakeAct) -> None:
    made, _ = await ready(db, make_act())

    async def guess() -> str:
        act = make_act()
        return await outcome(db, lambda conn: (service.attempt_code(conn, made.id, act),))

    outcomes = await asyncio.gather(*(guess() for _ in range(20)))
    assert (outcomes.count("done"), outcomes.count("TOO_MANY_ATTEMPTS")) == (5, 15)


async def test_ready_and_handover_are_as_many_statements_for_fifty_lines_as_for_one(
    db: Database, make_act: MakeAct, statements: Statements
) -> None:
    act = make_act()
    await db.write(lambda conn: opened(conn, act))

    async def counted(lines: int) -> tuple[int, int]:
        key = await db.write(lambda conn: wrapped(conn, act, lines))
        statements.clear()
        await db.write(lambda conn: service.prepare(conn, key, act))
        preparing = len(statements)
        statements.clear()
        command = HandOver(key, Verification.IDENTITY, proof="passport")
        await db.write(lambda conn: service.hand_over(conn, command, act))
        return preparing, len(statements)

    assert await counted(50) == await counted(1)
