"""A greenlet that runs one command after another, so that synchronous code can await the driver.

SQLAlchemy's `greenlet_spawn` makes a greenlet for every call, whose stack costs more than a small statement. A connection
that is held keeps one for as long: it takes a function, hands what the function awaits to its driver, and is ready for the
next. What runs inside uses SQLAlchemy's own `await_only`, which asks for nothing but the mark and the parent below.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]  # it has none

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Returned(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


class _Runner(greenlet):  # type: ignore[misc]  # untyped, as said
    """Runs what it is switched to with: a function without arguments. Switches back with awaitables, then the outcome."""

    __sqlalchemy_greenlet_provider__ = True

    def run(self) -> None:
        """Never ends by itself; a lane that is dropped ends it."""
        assert self.parent is not None, "a greenlet that runs has the one that started it"
        function = self.parent.switch(None)
        while True:
            try:
                outcome: object = _Returned(function())
            except GreenletExit:
                raise
            except BaseException as error:  # noqa: BLE001 - raised again where the lane is awaited
                outcome = _Raised(error)
            function = self.parent.switch(outcome)


class Lane:
    """Runs functions that await through SQLAlchemy, one at a time, from one thread."""

    def __init__(self) -> None:
        self._runner: Any = _Runner()
        self._runner.switch()

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function and give what it returns or raises. A cancellation is raised inside it, where it awaits."""
        runner = self._runner
        runner.gr_context = getcurrent().gr_context
        outcome = runner.switch(function)
        while not isinstance(outcome, _Returned | _Raised):
            try:
                value = await outcome
            except BaseException:  # noqa: BLE001 - passed on to who awaits it inside
                outcome = runner.throw(*sys.exc_info())
            else:
                outcome = runner.switch(value)
        if isinstance(outcome, _Raised):
            raise outcome.error
        result: T = outcome.value
        return result
