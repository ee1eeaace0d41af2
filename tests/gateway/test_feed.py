"""The relay hands committed changes to listeners, on the replica that wrote them and on another."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.events import store
from domain.events.store import Change, Topic
from domain.events.tables import ChangeRow
from domain.tables import table_of
from gateway.database import Database, open_database
from gateway.feed import BATCH_MAX, CURRENT_SECONDS, LISTENER_QUEUE_MAX, Relay
from tests.conftest import NOW

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


async def test_a_relay_is_current_from_its_start_until_its_newest_reading_grows_old(db: Database) -> None:
    now = [100.0]
    relay = Relay(db, lambda: now[0])
    assert not relay.is_current()
    await relay.start()
    # Nothing is kept that is older than the start.
    assert relay.is_current()
    now[0] += CURRENT_SECONDS
    assert not relay.is_current()
    await relay.stop()


async def test_a_listener_that_does_not_read_is_ended_and_not_buffered(
    db: Database, make_act: Callable[..., Act]
) -> None:
    relay, changes = await started(db)
    many = [(CART, version) for version in range(1, LISTENER_QUEUE_MAX + 10)]
    await db.write(lambda conn: store.publish(conn, make_act(), Topic.CART, many))
    heard = [change.version async for change in changes]
    assert len(heard) < LISTENER_QUEUE_MAX
    await relay.stop()


async def test_a_row_that_is_committed_behind_a_newer_one_is_heard_too(
    db: Database, make_act: Callable[..., Act]
) -> None:
    relay, changes = await started(db)
    await publish(db, make_act(), 1)
    heard = [(await anext(changes)).version]

    def late(sequence: int, version: int) -> Callable[[WriteConnection], object]:
        values = {"id": sequence, "topic": "cart", "key": str(CART), "version": version, "recorded_at": NOW}
        return lambda conn: conn.execute(sa.insert(table_of(ChangeRow)).values(values))

    first = await db.read(store.newest)
    await db.write(late(first + 3, 4))
    relay.wake()
    heard.append((await anext(changes)).version)
    await db.write(late(first + 1, 2))
    relay.wake()
    heard.append((await anext(changes)).version)
    await db.write(late(first + 2, 3))
    relay.wake()
    heard.append((await anext(changes)).version)
    assert heard == [1, 4, 2, 3]
    await relay.stop()


async def test_more_changes_than_one_reading_takes_are_all_handed_on(
    db: Database, make_act: Callable[..., Act]
) -> None:
    relay = Relay(db)
    await relay.start()
    watched: list[int] = []
    done = asyncio.Event()

    def watch(changes: Sequence[Change]) -> None:
        watched.extend(change.version for change in changes)
        if len(watched) == 2 * BATCH_MAX + 1:
            done.set()

    relay.watch(watch)
    many = [(CART, version) for version in range(2 * BATCH_MAX + 1)]
    await db.write(lambda conn: store.publish(conn, make_act(), Topic.CART, many))
    await asyncio.wait_for(done.wait(), 10)
    assert watched == list(range(2 * BATCH_MAX + 1))
    await relay.stop()


async def test_a_commit_hands_its_announcements_to_the_port_and_a_rollback_none(
    db: Database, make_act: Callable[..., Act]
) -> None:
    seen: list[list[int]] = []
    db.on_commit(lambda changes: seen.append([change.version for change in changes]))

    def refused(conn: WriteConnection) -> None:
        store.publish(conn, make_act(), Topic.CART, [(CART, 8)])
        raise ValueError

    await publish(db, make_act(), 7)
    with pytest.raises(ValueError):
        await db.write(refused)
    await publish(db, make_act(), 9)
    assert [versions for versions in seen if versions] == [[7], [9]]


async def test_forgetting_keeps_the_newest_change_so_that_its_sequence_is_not_given_out_again(
    db: Database, make_act: Callable[..., Act]
) -> None:
    for version in (1, 2, 3):
        await publish(db, make_act(), version)
    newest = await db.read(store.newest)
    forgotten = await db.write(lambda conn: store.forget(conn, NOW + timedelta(days=1)))
    assert (forgotten, await db.read(store.newest)) == (2, newest)


async def test_stopping_ends_every_iteration(db: Database) -> None:
    relay, changes = await started(db)
    await relay.stop()
    assert [change async for change in changes] == []
