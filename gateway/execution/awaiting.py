"""The part of a run that waits: deferred values and levels are awaited together, and completed as they arrive.

What completes in one turn of the event loop is completed before anything new begins, so that the batch fields below a
level get all its parents at once.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError, Future, ensure_future, get_running_loop
from collections import defaultdict
from collections.abc import Awaitable, Coroutine, Sequence

from graphql.pyutils.is_awaitable import is_awaitable

from gateway.execution.background import keep, settle
from gateway.execution.calling import BatchCall
from gateway.execution.errors import located
from gateway.execution.positions import Indices, Position
from gateway.execution.runs import Deferred, Level, Object, Parent, Run
from gateway.execution.values import awaited
from resolvers.batching import WrongBatchSize

Work = Deferred | Level


def take(run: Run) -> list[Work]:
    """Everything that is pending, with batch functions called. Levels answered at once are completed at once."""
    work: list[Work] = []
    while run.pending or run.levels:
        pending, run.pending = run.pending, []
        levels, run.levels = run.levels, defaultdict(list)
        if run.errors:
            pending = _living(run, pending)
        work.extend(pending)
        for position, parents in levels.items():
            level = _begin(run, position, parents)
            if level is not None:
                work.append(level)
    return work


def _living(run: Run, pending: list[Deferred]) -> list[Deferred]:
    """Without what stands below a position that an error has nulled; nobody waits for that."""
    living = [deferred for deferred in pending if run.stands(deferred)]
    if len(living) < len(pending):
        kept = set(map(id, living))
        settle([deferred.awaitable for deferred in pending if id(deferred) not in kept])
    return living


def _begin(run: Run, position: Position, parents: list[Parent]) -> Level | None:
    if run.errors:
        parents = [parent for parent in parents if run.holder(position, parent[2]) is parent[1]]
        if not parents:
            return None
    call = position.call
    assert isinstance(call, BatchCall), "levels are made for batch fields only"
    try:
        values = call.batch.function([parent[0] for parent in parents], run.context, **run.arguments(position))
    except Exception as error:  # noqa: BLE001 - an error of each parent's field
        _refuse_level(run, position, parents, error)
        return None
    if isinstance(values, Awaitable):
        return Level(position, values, parents)
    _settle_level(run, position, parents, values)
    return None


def _settle_level(run: Run, position: Position, parents: list[Parent], values: object) -> None:
    if not isinstance(values, Sequence):
        kind = type(values).__name__
        _refuse_level(run, position, parents, TypeError(f"A batch function answers a sequence, not a {kind}."))
        return
    if len(values) != len(parents):
        _refuse_level(run, position, parents, WrongBatchSize(len(parents), len(values)))
        return
    try:
        complete = run.plan.level(position)
    except Exception as error:  # noqa: BLE001 - compiled at its first use, like a selection, with the same errors
        _refuse_level(run, position, parents, error)
        return
    complete(parents, values, run)


def _refuse_level(run: Run, position: Position, parents: list[Parent], error: Exception) -> None:
    for _source, holder, indices in parents:
        refuse(run, position, holder, indices, error)


def refuse(run: Run, position: Position, holder: Object, indices: Indices, error: Exception) -> None:
    """A batch field failed for one parent: note the error and null what it nulls, unless that is gone already."""
    if not run.errors or run.holder(position, indices) is holder:
        run.errors.append(located(error, position, indices))
        run.null(position.path(indices)[: position.null_at])


def resolve(run: Run, work: Work, value: object) -> None:
    """Complete what was awaited."""
    if isinstance(work, Level):
        _settle_level(run, work.position, work.parents, value)
        return
    if run.errors and not run.stands(work):
        settle([value])
        return
    position, indices = work.position, work.indices
    try:
        completed = work.resume(value, run, *indices) if work.resume else awaited(value, position, run, indices)
    except Exception as error:  # noqa: BLE001 - an error of this field
        reject(run, work, error)
        return
    run.put(work, completed)


def reject(run: Run, work: Work, error: Exception) -> None:
    """Note the error of what was awaited, and null what it nulls."""
    if isinstance(work, Level):
        _refuse_level(run, work.position, work.parents, error)
    elif run.stands(work):
        position, indices = work.position, work.indices
        run.errors.append(located(error, position, indices))
        run.null(position.path(indices)[: position.null_at])


async def drain(run: Run, work: list[Work]) -> None:
    """Wait until nothing of the run is pending any more."""
    while len(work) == 1:  # the common single resolver or level: no task, no callback
        (one,) = work
        assert isinstance(one.awaitable, Awaitable)
        try:
            value = await one.awaitable
        except Exception as error:  # noqa: BLE001 - an error of this field
            reject(run, one, error)
        else:
            resolve(run, one, value)
        work = take(run)
    if work:
        await Waiting(run, get_running_loop()).all(work)


class Waiting:
    """Several awaitables of one run at once."""

    def __init__(self, run: Run, loop: AbstractEventLoop) -> None:
        self._run = run
        self._loop = loop
        self._running: dict[Future[object], Work] = {}
        self._done: Future[None] = loop.create_future()
        self._scheduled = False

    async def all(self, work: list[Work]) -> None:
        """Wait for this work and all that follows from it.

        Raises:
            CancelledError: the caller was cancelled, or a resolver cancelled itself; all else is cancelled first.
        """
        self._launch(work)
        try:
            await self._done
        except BaseException:
            for future in self._running:
                _drop(future)
            self._running.clear()
            raise

    def _launch(self, work: list[Work]) -> None:
        for one in work:
            future = self._future(one.awaitable)
            self._running[future] = one
            future.add_done_callback(self._arrived)

    def _future(self, awaitable: object) -> Future[object]:
        if isinstance(awaitable, Coroutine):
            return self._loop.create_task(awaitable)
        assert is_awaitable(awaitable)
        return ensure_future(awaitable, loop=self._loop)

    def _arrived(self, future: Future[object]) -> None:
        work = self._running.pop(future, None)
        if work is None or self._done.done():
            return
        try:
            self._complete(future, work)
        except BaseException as interruption:  # noqa: BLE001 - not a field's error: the whole run ends with it
            self._done.set_exception(interruption)
            return
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._go_on)

    def _complete(self, future: Future[object], work: Work) -> None:
        errors_before = len(self._run.errors)
        if future.cancelled():
            raise CancelledError
        error = future.exception()
        if error is None:
            resolve(self._run, work, future.result())
        elif isinstance(error, Exception):
            reject(self._run, work, error)
        else:
            raise error
        if len(self._run.errors) > errors_before:
            self._drop_dead()

    def _go_on(self) -> None:
        """Begin what the values that arrived in the last turn have made pending."""
        self._scheduled = False
        if self._done.done():
            return
        try:
            self._launch(take(self._run))
        except BaseException as interruption:  # noqa: BLE001 - not a field's error: the whole run ends with it
            self._done.set_exception(interruption)
            return
        if not self._running:
            self._done.set_result(None)

    def _drop_dead(self) -> None:
        """Cancel what only positions wait for that an error has nulled."""
        run = self._run
        for future, work in list(self._running.items()):
            if isinstance(work, Level):
                alive = any(run.holder(work.position, parent[2]) is parent[1] for parent in work.parents)
            else:
                alive = run.stands(work)
            if not alive:
                del self._running[future]
                if future is not work.awaitable:  # a task of ours; a future may have others waiting for it
                    _drop(future)


def _drop(future: Future[object]) -> None:
    """Cancel, and hold on until that has happened: the event loop alone would let a task be collected."""
    future.cancel()
    keep(future)
