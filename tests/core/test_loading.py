"""What one tick asks for is one call, and nothing is read twice."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from resolvers.loading import Loader

pytestmark = pytest.mark.anyio


class Shelf:
    """Numbers and their doubles, but no odd ones; remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.asked = asyncio.Event()

    async def __call__(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.calls.append(list(keys))
        self.asked.set()
        await asyncio.sleep(0)
        if 13 in keys:
            raise LookupError
        return {key: 2 * key for key in keys if key % 2 == 0}


async def test_calls_of_one_tick_are_one_reading_of_distinct_keys() -> None:
    shelf = Shelf()
    loader = Loader(shelf)
    first, second = await asyncio.gather(loader.load([2, 3]), loader.load([2, 4]))
    assert (first[2], first[3], second[4]) == (4, None, 8)
    assert shelf.calls == [[2, 3, 4]]


async def test_what_is_known_or_under_way_is_not_read_again() -> None:
    shelf = Shelf()
    loader = Loader(shelf)
    early = asyncio.ensure_future(loader.load([2]))
    await shelf.asked.wait()
    late = await loader.load([2, 4])
    assert (late[2], (await early)[2]) == (4, 4)
    assert (await loader.load([2, 4]))[4] == 8
    assert shelf.calls == [[2], [4]]


async def test_a_failure_reaches_everybody_who_waits_and_is_not_remembered() -> None:
    loader = Loader(Shelf())
    failed = await asyncio.gather(loader.load([13]), loader.load([2]), return_exceptions=True)
    assert [type(one) for one in failed] == [LookupError, LookupError]
    assert (await loader.load([2]))[2] == 4


async def test_one_caller_that_is_canceled_leaves_the_others_their_answer() -> None:
    shelf = Shelf()
    loader = Loader(shelf)
    given_up, kept = asyncio.ensure_future(loader.load([2])), asyncio.ensure_future(loader.load([2]))
    await shelf.asked.wait()
    given_up.cancel()
    assert (await kept)[2] == 4
    assert given_up.cancelled()
