"""A DataLoader for writes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from domain.connections import WriteConnection
from gateway.database.port import WAITING_MAX, Database, DatabaseBusy

T = TypeVar("T")


class Coalescer(Generic[T]):
    """A DataLoader for writes: what is asked for while a batch is in flight goes into the next transaction.

    `batch` takes a connection and items and gives one outcome per item, in order: a value, or an exception for an item
    that alone is refused. When the whole batch fails, its items are tried one by one, so that a poisoned item fails alone.
    """

    def __init__(
        self,
        database: Database,
        batch: Callable[[WriteConnection, list[object]], list[T | Exception]],
        *,
        lanes: int = 1,
        batch_max: int = 128,
    ) -> None:
        self._database = database
        self._batch = batch
        self._free_lanes = lanes
        self._batch_max = batch_max
        self._waiting: list[tuple[object, asyncio.Future[T]]] = []
        self._running: set[asyncio.Task[None]] = set()

    def __call__(self, item: object) -> Awaitable[T]:
        if len(self._waiting) >= WAITING_MAX:
            raise DatabaseBusy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return future

    def _start(self) -> None:
        if self._free_lanes and self._waiting:
            self._free_lanes -= 1
            task = asyncio.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._free_lanes += 1
        self._start()

    async def _run(self) -> None:
        await asyncio.sleep(0)  # let the other resolvers of this tick join
        taken, self._waiting = self._waiting[: self._batch_max], self._waiting[self._batch_max :]
        items = [item for item, _ in taken]
        outcomes = await self._outcomes(items)
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def _outcomes(self, items: list[object]) -> list[T | Exception]:
        try:
            return await self._database.write(lambda conn: self._batch(conn, items))
        except Exception as error:  # noqa: BLE001 - each caller receives its own outcome
            if len(items) == 1:
                return [error]
        outcomes: list[T | Exception] = []
        for item in items:
            outcomes.extend(await self._outcomes([item]))
        return outcomes
