"""A time limit on work that may not have to wait at all."""

import asyncio

import pytest

from gateway.promptly import within

pytestmark = pytest.mark.anyio

LONG = 60.0


async def test_work_that_waits_for_nothing_gives_its_value_or_its_error() -> None:
    async def value() -> int:
        return 3

    async def error() -> int:
        raise KeyError("now")

    assert await within(LONG, value()) == 3
    with pytest.raises(KeyError, match="now"):
        await within(LONG, error())


async def test_work_that_waits_several_times_gives_its_value_or_its_error() -> None:
    async def value(fails: bool) -> int:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if fails:
            raise KeyError("later")
        return 4

    assert await within(LONG, value(fails=False)) == 4
    with pytest.raises(KeyError, match="later"):
        await within(LONG, value(fails=True))


async def test_work_that_takes_too_long_is_canceled_where_it_waits() -> None:
    cleaned: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("first")
            await asyncio.sleep(0)
            cleaned.append("second")

    with pytest.raises(TimeoutError):
        await within(0.0, forever())
    assert cleaned == ["first", "second"]


async def test_a_cancellation_from_outside_reaches_the_work_and_stays_a_cancellation() -> None:
    begun, seen = asyncio.Event(), list[str]()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("canceled")
            raise

    task = asyncio.create_task(within(LONG, forever()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["canceled"]
