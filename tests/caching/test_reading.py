"""No reader sees a value older than a write acknowledged before its request began, whatever the interleaving."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace

import orjson
import pytest
from graphql import build_schema
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter

from gateway.caching.classifying import PublicRead
from gateway.caching.finished import Finished, FinishedCache
from gateway.caching.reading import STOCK_SECONDS_MAX, PublicReads
from gateway.caching.tags import Tag, whole
from gateway.operations import Answer
from resolvers.public_reads import Part

KEYS = ("mug", "shirt")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def outcomes() -> Counter:
    return Counter("reads", "Reads.", ["outcome"], registry=CollectorRegistry())


def counted(counter: Counter) -> dict[str, int]:
    return {name: int(counter.labels(name)._value.get()) for name in ("hit", "miss", "joined", "stale")}


async def free() -> None:
    """These readers pay nothing."""


@dataclass
class Shop:
    """Two products with a version each, readers that stop before and after they look, and writers."""

    plan: PublicRead
    exact: bool
    clock: Clock = field(default_factory=Clock)
    fresh: bool = True
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))
    executions: int = 0
    counter: Counter = field(default_factory=outcomes)
    readers: "list[tuple[str, int, asyncio.Task[Finished | Answer]]]" = field(default_factory=list)
    waiting: "list[asyncio.Future[None]]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cache = FinishedCache(bytes_max=100_000, clock=self.clock)
        self.reads = PublicReads(build_schema("type Query { a: Int }"), self.cache, lambda: self.fresh, self.counter)

    async def execute(self, key: str, context: SimpleNamespace) -> Answer:
        self.executions += 1
        await self._stop()
        seen = self.versions[key]
        if self.exact:
            context.touched.extend([(Part.PRODUCT, key), (Part.STOCK, key)])
        await self._stop()
        return Answer({"data": seen}, executed=True)

    async def _stop(self) -> None:
        stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(stop)
        await stop

    def ask(self, key: str) -> "asyncio.Task[Finished | Answer]":
        context = SimpleNamespace(touched=[], good_until=None)
        asked = self.reads.answer(key, self.plan, context, lambda: self.execute(key, context), free)
        task = asyncio.get_running_loop().create_task(asked)
        # What this reader must see at least: every write so far was acknowledged.
        self.readers.append((key, self.versions[key], task))
        return task

    def write(self, key: str) -> None:
        """Commit, tell the cache, acknowledge: as the port does, with nothing in between."""
        self.versions[key] += 1
        self.cache.invalidate(
            [(Part.PRODUCT.value, key), (Part.STOCK.value, key), whole(Part.CATALOG), whole(Part.STOCK)]
        )

    async def go_on(self, position: int) -> None:
        if self.waiting:
            self.waiting.pop(position % len(self.waiting)).set_result(None)
        for _ in range(6):
            await asyncio.sleep(0)

    async def finish(self) -> list[tuple[int, int]]:
        """Let all end; what each reader had to see at least, and what it saw."""
        while self.waiting or not all(task.done() for _, _, task in self.readers):
            await self.go_on(0)
        return [(least, seen(await task)) for _, least, task in self.readers]


def seen(answer: Finished | Answer) -> int:
    return int(orjson.loads(answer.body)["data"] if isinstance(answer, Finished) else answer.body["data"])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 1)),
        st.tuples(st.just("write"), st.integers(0, 1)),
        st.tuples(st.just("go on"), st.integers(0, 7)),
    ),
    max_size=60,
)
PLANS = st.sampled_from(
    [
        PublicRead(frozenset({Part.PRODUCT}), 1),
        PublicRead(frozenset({Part.CATALOG}), 0),
        PublicRead(frozenset({Part.PRODUCT, Part.STOCK}), 1),
        PublicRead(frozenset({Part.CATALOG, Part.STOCK, Part.LOCATIONS}), 0),
    ]
)


@settings(max_examples=400)
@given(plan=PLANS, exact=st.booleans(), steps=STEPS)
def test_no_interleaving_shows_less_than_was_acknowledged(
    plan: PublicRead, exact: bool, steps: list[tuple[str, int]]
) -> None:
    async def play() -> list[tuple[int, int]]:
        shop = Shop(plan, exact)
        for what, which in steps:
            if what == "ask":
                shop.ask(KEYS[which])
                await asyncio.sleep(0)
            elif what == "write":
                shop.write(KEYS[which])
            else:
                await shop.go_on(which)
        return await shop.finish()

    assert [pair for pair in asyncio.run(play()) if pair[1] < pair[0]] == []


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


DETAIL = PublicRead(frozenset({Part.PRODUCT}), 1)


@pytest.mark.anyio
async def test_what_is_kept_is_served_until_its_own_product_changes() -> None:
    shop = Shop(DETAIL, exact=True)
    for key in KEYS:
        shop.ask(key)
        await asyncio.sleep(0)
    await shop.finish()
    shop.write("shirt")
    answers = [shop.ask("mug"), shop.ask("shirt")]
    await asyncio.sleep(0)
    await shop.finish()
    assert [seen(task.result()) for task in answers] == [0, 1]
    assert (shop.executions, counted(shop.counter)) == (3, {"hit": 1, "miss": 3, "joined": 0, "stale": 0})


@pytest.mark.anyio
async def test_many_who_ask_at_once_share_one_execution() -> None:
    shop = Shop(DETAIL, exact=True)
    for _ in range(32):
        shop.ask("mug")
        await asyncio.sleep(0)
    await shop.finish()
    assert (shop.executions, counted(shop.counter)) == (1, {"hit": 0, "miss": 1, "joined": 31, "stale": 0})


@pytest.mark.anyio
async def test_who_asks_after_a_write_was_acknowledged_does_not_join_what_began_before_it() -> None:
    shop = Shop(DETAIL, exact=True)
    shop.ask("mug")
    await asyncio.sleep(0)
    await shop.go_on(0)
    shop.write("mug")
    late = shop.ask("mug")
    await asyncio.sleep(0)
    await shop.finish()
    assert (seen(late.result()), shop.executions) == (1, 2)


@pytest.mark.anyio
async def test_nothing_kept_is_served_while_commits_of_others_are_not_heard() -> None:
    shop = Shop(DETAIL, exact=True)
    shop.ask("mug")
    await asyncio.sleep(0)
    await shop.finish()
    shop.fresh = False
    shop.ask("mug")
    await asyncio.sleep(0)
    await shop.finish()
    assert (shop.executions, counted(shop.counter)["stale"]) == (2, 1)


@pytest.mark.anyio
async def test_an_answer_that_shows_stock_is_kept_for_a_second_only() -> None:
    shop = Shop(PublicRead(frozenset({Part.PRODUCT, Part.STOCK}), 1), exact=True)
    for later in (0, STOCK_SECONDS_MAX / 2, STOCK_SECONDS_MAX):
        shop.clock.now = later
        shop.ask("mug")
        await asyncio.sleep(0)
        await shop.finish()
    assert shop.executions == 2


@pytest.mark.anyio
async def test_an_asker_who_leaves_does_not_end_the_execution_of_those_who_joined() -> None:
    shop = Shop(DETAIL, exact=True)
    leader = shop.ask("mug")
    await asyncio.sleep(0)
    joined = shop.ask("mug")
    await asyncio.sleep(0)
    leader.cancel()
    shop.readers.pop(0)
    await shop.finish()
    assert (seen(joined.result()), shop.executions) == (0, 1)


def test_the_cache_is_bounded_by_count_and_by_bytes_and_forgets_every_tag() -> None:
    cache = FinishedCache(bytes_max=4_000, clock=Clock(), entries_max=3)
    tags: frozenset[Tag] = frozenset({("product", "1")})
    for number in range(10):
        assert cache.keep(number, Finished(b"x" * 100, b""), tags, cache.begin(), 60)
    assert (len(cache), cache.bytes_held) == (3, 3 * 612)
    assert cache.keep("large", Finished(b"x" * 3_000, b""), tags, cache.begin(), 60)
    assert (len(cache), cache.get(9) is None, cache.bytes_held) == (1, True, 3_512)
    assert not cache.keep("larger", Finished(b"x" * 4_000, b""), tags, cache.begin(), 60)
    assert cache.invalidate(tags) == 1
    assert (len(cache), cache.bytes_held, cache._by_tag) == (0, 0, {})
