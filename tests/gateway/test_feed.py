"""The relay hands committed changes to listeners, on the replica that wrote them and on another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest

from domain.acts import Act
from domain.events import store
from domain.events.store import Change, Topic
from gateway.database import Database, open_database
from gateway.feed import LISTENER_QUEUE_MAX, Relay

pytestmark = pytest.mark.anyio
CART = UUID(int=1)


async def publish(db: Database, act: Act, version: int, key: UUID = CART) -> None:
    await db.write(lambda conn: store.publish(conn, act, Topic.CART, [(key, version)]))


async def started(db: Database) -> tuple[Relay, AsyncIterator[Change]]:
    relay = Relay(db)
    await relay.start()
    changes = relay.listen(Topic.CART, [str(CART)])
    assert (await anext(changes)).version == 0
    return relay, changes


async def test_a_listener_first_hears_that_it_listens_and_then_each_change_of_its_key(
    db: Database, make_act: Callable[..., Act]
) -> None:
    relay, changes = await started(db)
    await publish(db, make_act(), 5, UUID(int=2))
    await publish(db, make_act(), 1)
    await publish(db, make_act(), 2)
    assert [(await anext(changes)).version, (await anext(changes)).version] == [1, 2]
    await relay.stop()


async def test_a_commit_of_another_replica_is_heard_too(
    db: Database, database_url: str, make_act: Callable[..., Act]
) -> None:
    relay, changes = await started(db)
    other = open_database(database_url)
    await publish(other, make_act(), 7)
    assert (await asyncio.wait_for(anext(changes), 5)).version == 7
    await relay.stop()
    await other.close()


async def test_a_listener_that_does_not_read_is_ended_and_not_buffered(
    db: Database, make_act: Callable[..., Act]
) -> None:
    relay, changes = await started(db)
    many = [(CART, version) for version in range(1, LISTENER_QUEUE_MAX + 10)]
    await db.write(lambda conn: store.publish(conn, make_act(), Topic.CART, many))
    heard = [change.version async for change in changes]
    assert len(heard) < LISTENER_QUEUE_MAX
    await relay.stop()


async def test_stopping_ends_every_iteration(db: Database) -> None:
    relay, changes = await started(db)
    await relay.stop()
    assert [change async for change in changes] == []
