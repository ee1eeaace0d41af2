"""A lane runs synchronous code that awaits, one function after another."""

import asyncio
import gc
import weakref
from contextvars import ContextVar

import pytest
from sqlalchemy.util import await_only

from gateway.database.lanes import Lane

pytestmark = pytest.mark.anyio

NAME: ContextVar[str] = ContextVar("NAME", default="nobody")


async def _echo(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def test_what_a_function_awaits_is_awaited_by_the_loop() -> None:
    lane = Lane()
    assert await lane.run(lambda: await_only(_echo(2)) + await_only(_echo(3))) == 5
    assert await lane.run(lambda: "nothing awaited") == "nothing awaited"


async def test_an_error_reaches_the_caller_and_the_lane_takes_the_next() -> None:
    lane = Lane()

    async def wrong() -> None:
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        await lane.run(lambda: await_only(wrong()))
    assert await lane.run(lambda: await_only(_echo(4))) == 4


async def test_a_cancellation_is_raised_where_the_function_waits() -> None:
    lane, seen, begun = Lane(), list[str](), asyncio.Event()

    async def forever() -> None:
        begun.set()
        await asyncio.Event().wait()

    def work() -> None:
        try:
            await_only(forever())
        finally:
            seen.append("cleaned")

    task = asyncio.create_task(lane.run(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cleaned"]
    assert await lane.run(lambda: await_only(_echo(5))) == 5


async def test_a_function_sees_the_context_variables_of_its_caller() -> None:
    lane = Lane()

    async def named(name: str) -> str:
        NAME.set(name)
        return await lane.run(NAME.get)

    assert [await asyncio.create_task(named(name)) for name in ("ada", "grace")] == ["ada", "grace"]


async def test_a_lane_at_rest_keeps_neither_the_function_nor_what_it_returned() -> None:
    class Thing:
        pass

    lane, thing = Lane(), Thing()
    there = weakref.ref(thing)
    assert await lane.run(lambda thing=thing: thing) is thing  # type: ignore[misc]  # a default binds it
    del thing
    gc.collect()
    assert there() is None
