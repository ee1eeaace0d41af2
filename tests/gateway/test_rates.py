"""Rates: exact amounts, exact waits, one bucket for two replicas, and no outage when Redis is away."""

import ipaddress
from collections.abc import Iterator

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter

from gateway.rates import Buckets, Rate, RateLimited, Rates, cost_rate, requests_rate
from gateway.sharing.replicas import Replicas, Taken
from tests.replicas import RedisServer, running_redis

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that stands until it is set."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


def failures() -> Counter:
    return Counter("failures", "Failures.", registry=CollectorRegistry())


def test_a_burst_is_admitted_and_then_one_request_per_interval() -> None:
    clock = Clock()
    buckets, rate = Buckets(clock), requests_rate(5)
    assert [buckets.take("a", rate, 1).left for _ in range(10)] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    refused = buckets.take("a", rate, 1)
    assert (refused.granted, refused.left, round(refused.wait_seconds, 6)) == (0, 0, 0.2)
    clock.now += 0.2
    assert buckets.take("a", rate, 1) == Taken(1, 0, 0)
    assert buckets.take("b", rate, 10) == Taken(10, 0, 0)


def test_what_is_refused_takes_nothing() -> None:
    clock = Clock()
    buckets, rate = Buckets(clock), cost_rate(600)
    assert buckets.take("a", rate, 500) == Taken(500, 100, 0)
    assert [buckets.take("a", rate, 101).granted for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a", rate, 100) == Taken(100, 0, 0)


def test_buckets_are_bounded_and_the_longest_unused_leave_first() -> None:
    buckets = Buckets(Clock(), buckets_max=2)
    for name in ("a", "b", "a", "c"):
        buckets.take(name, requests_rate(5), 1)
    assert len(buckets) == 2
    assert buckets.take("a", requests_rate(5), 1).left == 7
    assert buckets.take("b", requests_rate(5), 1).left == 9


@given(
    amount=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 3, allow_nan=False), st.integers(1, 20)), max_size=60),
)
def test_no_window_admits_more_than_the_burst_and_what_was_restored(
    amount: int, steps: list[tuple[float, int]]
) -> None:
    clock, rate = Clock(), requests_rate(amount)
    buckets, admitted, started = Buckets(clock), 0, Clock.now
    for pause, asked in steps:
        clock.now += pause
        admitted += buckets.take("a", rate, asked).granted
        assert admitted <= rate.capacity + (clock.now - started) * amount + 1e-3


async def test_a_refusal_says_how_long_to_wait_and_what_is_left() -> None:
    clock = Clock()
    rates, rate = Rates(clock=clock), cost_rate(120)
    assert await rates.admit("GUEST:192.0.2.1", rate, 100) == 20
    with pytest.raises(RateLimited) as refused:
        await rates.admit("GUEST:192.0.2.1", rate, 50)
    assert refused.value.extensions == {
        "code": "RATE_LIMITED",
        "retryAfterSeconds": 15,
        "cost": {"requested": 50, "budget": {"maximum": 120, "remaining": 20, "restoredPerMinute": 120}},
    }
    assert refused.value.message == "At most 120 units of cost are admitted every 60 seconds. Ask again in 15 seconds."


async def test_a_rate_of_zero_is_no_limit() -> None:
    rates = Rates(clock=Clock())
    assert [await rates.admit("a", requests_rate(0)) for _ in range(100)] == [None] * 100


def test_networks_may_be_exempt_and_what_is_no_address_is_not() -> None:
    rates = Rates(exempt=[ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")])
    addresses = ("127.0.0.1", "::1", "192.0.2.1", "", "unix")
    assert [rates.is_exempt(address) for address in addresses] == [True, True, False, False, False]


async def test_two_replicas_together_admit_no_more_than_one_rate(redis_server: RedisServer) -> None:
    pair = [Replicas(redis_server.url, failures(), call_seconds_max=30) for _ in range(2)]
    both = [Rates(replicas) for replicas in pair]
    rate = Rate("requests", 1, 1_000, 100)
    admitted = 0

    async def ask(rates: Rates) -> None:
        nonlocal admitted
        for _ in range(100):
            try:
                await rates.admit("CUSTOMER:shared", rate)
                admitted += 1
            except RateLimited:
                return

    async with anyio.create_task_group() as group:
        for rates in both * 3:
            group.start_soon(ask, rates)
    assert 90 <= admitted <= 100
    for replicas in pair:
        await replicas.stop()


async def test_the_common_bucket_grants_what_is_left_and_says_when_more_is(redis_server: RedisServer) -> None:
    replicas = Replicas(redis_server.url, failures(), call_seconds_max=30)
    interval = 1_000_000_000.0
    assert await replicas.take("exact", interval, 100, 1, 30) == Taken(30, 70, 0)
    assert await replicas.take("exact", interval, 100, 1, 100) == Taken(70, 0, 0)
    refused = await replicas.take("exact", interval, 100, 1, 5)
    assert (refused.granted, refused.left) == (0, 0)
    assert 999 < refused.wait_seconds <= 1_000
    await replicas.stop()


async def test_without_redis_each_replica_limits_by_itself_and_the_failure_is_counted_once_a_second() -> None:
    with running_redis() as server:
        counter = failures()
        replicas = Replicas(server.url, counter, call_seconds_max=30)
        rates, rate = Rates(replicas), Rate("requests", 1, 1_000, 20)
        assert await rates.admit("a", rate) == 19
        server.kill()
        answers = []
        for _ in range(30):
            try:
                answers.append(await rates.admit("b", rate))
            except RateLimited:
                answers.append(None)
        assert answers == [*range(19, -1, -1), *[None] * 10]
        assert counter._value.get() == 1
        assert replicas.away
        await replicas.stop()
