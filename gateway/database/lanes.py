"""A greenlet that runs one command after another, so that synchronous code can await the driver.

SQLAlchemy's `greenlet_spawn` makes a greenlet for every call, whose stack costs more than a small statement. A connection
that is held keeps one for as long: it takes a function, hands what the function awaits to its driver, and is ready for the
next. What runs inside uses SQLAlchemy's own `await_only`, which asks for nothing but the mark and the parent below.
"""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]  # it has none

T = TypeVar("T")

_DONE = object()
"""What a runner switches back with once the outcome is there; everything else is to be awaited for it."""


class _Outcome(NamedTuple):
    value: Any
    error: BaseException | None


class _Runner(greenlet):  # type: ignore[misc]  # untyped, as said
    """Runs its function whenever it is switched to, and leaves the outcome.

    Function and outcome are attributes, to be taken away: what a suspended frame holds would live until the next call.
    """

    __sqlalchemy_greenlet_provider__ = True
    function: Callable[[], object] | None = None
    outcome: _Outcome | None = None

    def run(self) -> None:
        """Never ends by itself; a lane that is dropped ends it."""
        assert self.parent is not None, "a greenlet that runs has the one that started it"
        while True:
            self.parent.switch(_DONE)
            assert self.function is not None, "a lane switches with a function"
            try:
                self.outcome = _Outcome(self.function(), None)
            except GreenletExit:
                raise
            except BaseException as error:  # noqa: BLE001 - raised again where the lane is awaited
                self.outcome = _Outcome(None, error)


class Lane:
    """Runs functions that await through SQLAlchemy, one at a time, from one thread."""

    def __init__(self) -> None:
        self._runner: Any = _Runner()
        self._runner.switch()

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function and give what it returns or raises. A cancellation is raised inside it, where it awaits."""
        runner = self._runner
        runner.gr_context = getcurrent().gr_context
        runner.function = function
        awaited = runner.switch()
        while awaited is not _DONE:
            try:
                value = await awaited
            except BaseException:  # noqa: BLE001 - passed on to who awaits it inside
                awaited = runner.throw(*sys.exc_info())
            else:
                awaited = runner.switch(value)
        outcome: _Outcome = runner.outcome
        runner.function = runner.outcome = None
        if outcome.error is not None:
            raise outcome.error
        result: T = outcome.value
        return result
