"""A DataLoader for writes: what is asked for while a transaction is in flight goes into the next one, together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from domain.connections import WriteConnection
from gateway.database.port import WAITING_MAX, Database, DatabaseBusy

ItemT = TypeVar("ItemT")
T = TypeVar("T")


class Coalescer(Generic[ItemT, T]):
    """Turns many small writes into few transactions.

    `batch` takes a connection and items and gives one outcome per item, in their order: a value, or an exception for an
    item that alone is refused; the others are committed. When `batch` itself raises, nothing of it is left and its items
    are tried one by one, so that a poisoned item fails alone. When the port fails, all of the batch hear why and nothing
    is tried again, because a commit whose answer was lost may have happened.

    Attributes of construction: `lanes` is how many transactions may be in flight; `batch_max` bounds one of them;
    `waiting_max` bounds what waits.
    """

    def __init__(
        self,
        database: Database,
        batch: Callable[[WriteConnection, Sequence[ItemT]], Sequence[T | Exception]],
        *,
        lanes: int = 1,
        batch_max: int = 128,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._database = database
        self._batch = batch
        self._free_lanes = lanes
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._waiting: list[tuple[ItemT, asyncio.Future[T]]] = []
        self._running: set[asyncio.Task[None]] = set()

    def __call__(self, item: ItemT) -> Awaitable[T]:
        """The outcome of an item once it is committed. Canceled before its transaction begins, it is not written.

        Raises:
            DatabaseBusy: as many wait as may.
        """
        if len(self._waiting) >= self._waiting_max:
            raise DatabaseBusy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return future

    def _start(self) -> None:
        if self._free_lanes and self._waiting:
            self._free_lanes -= 1
            task = asyncio.create_task(self._run(), name="coalescer")
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._free_lanes += 1
        self._start()

    async def _run(self) -> None:
        await asyncio.sleep(0)  # let the others of this tick join
        taken = self._taken()
        if not taken:
            return
        outcomes = await self._outcomes([item for item, _ in taken])
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _taken(self) -> "list[tuple[ItemT, asyncio.Future[T]]]":
        wanted = [(item, future) for item, future in self._waiting if not future.done()]
        self._waiting = wanted[self._batch_max :]
        return wanted[: self._batch_max]

    async def _outcomes(self, items: Sequence[ItemT]) -> Sequence[T | Exception]:
        poisoned = False

        def run(conn: WriteConnection) -> Sequence[T | Exception]:
            nonlocal poisoned
            poisoned = True
            outcomes = self._batch(conn, items)
            assert len(outcomes) == len(items), "a batch gives one outcome per item"
            poisoned = False
            return outcomes

        try:
            return await self._database.write(run)
        except Exception as error:  # noqa: BLE001 - each caller receives its own outcome
            if len(items) == 1 or not poisoned:
                return [error] * len(items)
        outcomes: list[T | Exception] = []
        for item in items:
            outcomes.extend(await self._outcomes([item]))
        return outcomes
