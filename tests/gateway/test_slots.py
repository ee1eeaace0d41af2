"""What a caller may have open at once: one maximum for all replicas, leases that run out, and no outage without Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter
from redis.asyncio import Redis

from gateway.callers import Caller
from gateway.sharing.replicas import Replicas
from gateway.slots import Slots, TooManyAtOnce
from tests.replicas import RedisServer, running_redis

pytestmark = pytest.mark.anyio
ADA = "CUSTOMER:ada"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@asynccontextmanager
async def replicas(server: RedisServer, count: int = 2) -> AsyncIterator[list[Replicas]]:
    failures = Counter("failures", "Failures.", registry=CollectorRegistry())
    made = [Replicas(server.url, failures, call_seconds_max=30) for _ in range(count)]
    yield made
    for each in made:
        await each.stop()


async def taken(slots: Slots, maximum: int, caller: str = ADA) -> bool:
    try:
        await slots.take(caller, maximum)
    except TooManyAtOnce:
        return False
    return True


async def test_a_caller_has_at_most_its_maximum_open_and_one_that_ends_makes_room() -> None:
    slots = Slots("subscriptions")
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(slots.held(Caller(ADA, "192.0.2.1"), 2))
        with pytest.raises(TooManyAtOnce) as refused:
            await slots.take(ADA, 2)
        assert refused.value.message == "You have 2 subscriptions open; more are admitted when some end."
        async with slots.held(Caller("CUSTOMER:bob", "192.0.2.1"), 2):
            assert (slots.open_of(ADA), slots.open_of("CUSTOMER:bob")) == (2, 1)
    assert (slots.open_of(ADA), await taken(slots, 2)) == (0, True)


async def test_a_group_has_as_much_open_as_its_size_in_callers_and_a_refused_one_leaves_nothing() -> None:
    slots = Slots("operations")
    guests = [Caller(f"GUEST:192.0.2.1:{name}", "192.0.2.1", "GUESTS:192.0.2.1", 2) for name in "abc"]
    async with slots.held(guests[0], 1), slots.held(guests[1], 1):
        with pytest.raises(TooManyAtOnce):
            await slots.held(guests[2], 1).__aenter__()
        assert [slots.open_of(key) for key in ("GUESTS:192.0.2.1", guests[2].key)] == [2, 0]
    async with slots.held(guests[2], 1):
        assert slots.open_of("GUESTS:192.0.2.1") == 1


async def test_replicas_share_one_maximum_and_what_one_gives_back_another_may_take(redis_server: RedisServer) -> None:
    async with replicas(redis_server) as pair:
        first, second = (Slots("sockets", each) for each in pair)
        assert [await taken(slots, 3) for slots in (first, second, first)] == [True, True, True]
        assert [await taken(slots, 3) for slots in (first, second)] == [False, False]
        first.free(ADA)
        await first.settle()
        assert [await taken(slots, 3) for slots in (second, first)] == [True, False]


async def test_a_slot_that_is_free_again_is_given_back_at_once(redis_server: RedisServer) -> None:
    async with replicas(redis_server) as pair:
        first, second = (Slots("given back", each) for each in pair)
        await first.start()
        assert await taken(first, 1)
        first.free(ADA)
        # Nothing tells another replica that there is room; it finds out when it asks.
        async with asyncio.timeout(30):
            while not await taken(second, 1):
                pass
        await first.stop()


async def test_brief_ones_are_counted_by_each_process_up_to_its_own_part(redis_server: RedisServer) -> None:
    async with replicas(redis_server) as pair:
        first, second = (Slots("operations", each, own_part=8) for each in pair)
        # Of 16 each process has 2 of its own; 14 are common.
        assert [await taken(first, 16) for _ in range(17)] == [True] * 16 + [False]
        assert [await taken(second, 16) for _ in range(3)] == [True, True, False]


async def test_many_at_once_on_both_replicas_get_exactly_what_there_is(redis_server: RedisServer) -> None:
    async with replicas(redis_server) as pair:
        both = [Slots("at once", each) for each in pair]
        answers: list[bool] = []

        async def ask(slots: Slots) -> None:
            answers.append(await taken(slots, 10))

        async with anyio.create_task_group() as group:
            for slots in both * 20:
                group.start_soon(ask, slots)
        assert (answers.count(True), answers.count(False)) == (10, 30)
        assert sum(slots.open_of(ADA) for slots in both) == 10


@given(steps=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["take", "free", "settle"])), max_size=40))
@settings(max_examples=60)
def test_whatever_is_taken_and_freed_the_maximum_holds_and_all_of_it_comes_back(
    redis_server: RedisServer, steps: list[tuple[int, str]]
) -> None:
    async def walk() -> None:
        async with replicas(redis_server) as pair:
            both = [Slots("walked", each) for each in pair]
            for index, step in steps:
                if step == "take":
                    await taken(both[index], 4)
                elif step == "free" and both[index].open_of(ADA):
                    both[index].free(ADA)
                elif step == "settle":
                    await both[index].settle()
                assert sum(slots.open_of(ADA) for slots in both) <= 4
            for slots in both:
                while slots.open_of(ADA):
                    slots.free(ADA)
                await slots.stop()
                await slots.settle()
            assert [await taken(both[0], 4) for _ in range(5)] == [True] * 4 + [False]
            while both[0].open_of(ADA):
                both[0].free(ADA)
            await both[0].settle()

    asyncio.run(walk())


async def test_the_slots_of_a_killed_replica_come_back_when_its_lease_ends(redis_server: RedisServer) -> None:
    pool = f"{{tillway}}:slots:killed:{ADA}"
    redis: Redis = Redis.from_url(redis_server.url, decode_responses=True)
    async with replicas(redis_server) as (killed, living):
        assert [await taken(Slots("killed", killed), 1), await taken(Slots("killed", living), 1)] == [True, False]
        ((process, held),) = (await redis.hgetall(pool)).items()
        units, ends = held.split()
        seconds, _ = await redis.time()
        assert units == "1"
        assert seconds < int(ends) / 1000 <= seconds + 31
        assert 0 < await redis.pttl(pool) <= 30_000
        await redis.hset(pool, process, f"1 {seconds * 1000}")
        assert await taken(Slots("killed", living), 1)
    await redis.aclose()


async def test_a_lease_that_this_process_did_not_renew_in_time_is_no_longer_its_own(redis_server: RedisServer) -> None:
    now = 1_000.0
    async with replicas(redis_server) as pair:
        slow, other = (Slots("slow", each, clock=lambda: now) for each in pair)
        assert [await taken(slow, 2), await taken(slow, 2)] == [True, True]
        slow.free(ADA)
        now += 31
        redis: Redis = Redis.from_url(redis_server.url)
        await redis.delete(f"{{tillway}}:slots:slow:{ADA}")
        await redis.aclose()
        assert [await taken(other, 2), await taken(other, 2)] == [True, True]
        assert not await taken(slow, 2)
        assert slow.open_of(ADA) == 1


async def test_without_redis_each_replica_admits_the_maximum_by_itself() -> None:
    with running_redis() as server:
        async with replicas(server) as pair:
            both = [Slots("sockets", each) for each in pair]
            assert await taken(both[0], 2)
            server.kill()
            assert [await taken(slots, 2) for slots in (both[0], both[0], both[1], both[1], both[1])] == [
                *(True, False),
                *(True, True, False),
            ]
            assert [len(slots._open) for slots in both] == [1, 1]
