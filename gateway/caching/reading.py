"""Answering public reads: from what is kept, from an execution in flight, or by one more execution.

A request joins an execution only if nothing its answer may be made from was invalidated since that execution began, so a
request that begins after an acknowledged write never joins one that began before it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b

import orjson
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode
from prometheus_client import Counter

from domain.events.store import Change
from gateway.caching.classifying import Classifier, PublicRead
from gateway.caching.finished import Finished, FinishedCache
from gateway.caching.tags import Tag, tags_of_answer, tags_of_changes, whole
from gateway.operations import Answer
from resolvers.context import Context
from resolvers.public_reads import Part

PLANS_MAX = 1_000
SECONDS_MAX = 60.0
"""Nothing is kept longer, so that a change made past the gateway, by hand in the database, shows within a minute."""
STOCK_SECONDS_MAX = 1.0
"""A hold that expires frees stock without any commit, so answers that show stock are kept this long only."""

Run = Callable[[], Awaitable[Answer]]
Pay = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Flight:
    """An execution in flight, the turn it began at, and its request."""

    task: "asyncio.Task[Finished | Answer]"
    began: int
    context: Context

    def is_good_for(self, asker: Context) -> bool:
        """Whether no moment has come since at which the answer is another."""
        return self.context.good_until is None or asker.clock() < self.context.good_until


class PublicReads:
    """The public reads of one process.

    `is_fresh` says whether this process has lately heard of every commit; while it has not, nothing kept is served.
    `outcomes` counts hits, misses, joins and stale (not fresh) reads.
    """

    def __init__(
        self, schema: GraphQLSchema, cache: FinishedCache, is_fresh: Callable[[], bool], outcomes: Counter
    ) -> None:
        self._schema = schema
        self._cache = cache
        self._is_fresh = is_fresh
        self._outcomes = outcomes
        self._plans: OrderedDict[tuple[str, str | None], PublicRead | None] = OrderedDict()
        self._flights: dict[Hashable, _Flight] = {}

    def plan(self, text: str, document: DocumentNode, operation: OperationDefinitionNode) -> PublicRead | None:
        """What a valid operation reads if it is public; worked out once."""
        key = (text, operation.name.value if operation.name else None)
        if key in self._plans:
            self._plans.move_to_end(key)
            return self._plans[key]
        plan = self._plans[key] = Classifier(self._schema, document).classify(operation)
        if len(self._plans) > PLANS_MAX:
            self._plans.popitem(last=False)
        return plan

    async def answer(self, key: Hashable, plan: PublicRead, context: Context, run: Run, pay: Pay) -> Finished | Answer:
        """A finished answer, or the plain one when it has errors and is the asker's own.

        `run` executes the operation; `pay` takes its cost from the asker's budget first, and only who has it executed pays.
        """
        if self._is_fresh():
            kept = self._cache.get(key)
            if kept is not None:
                self._outcomes.labels("hit").inc()
                return kept
        else:
            self._outcomes.labels("stale").inc()
        flight = self._flights.get(key)
        if flight is not None and self._may_join(flight, plan):
            # The other's errors are about the other's request, so they are not shared.
            joined: Finished | Answer | None = None
            with suppress(Exception):
                joined = await asyncio.shield(flight.task)
            if isinstance(joined, Finished) and flight.is_good_for(context):
                self._outcomes.labels("joined").inc()
                return joined
        await pay()
        self._outcomes.labels("miss").inc()
        return await self._fly(key, plan, context, run)

    def _may_join(self, flight: _Flight, plan: PublicRead) -> bool:
        return not flight.task.done() and self._cache.is_current(_possible(plan), flight.began)

    def heard(self, changes: Sequence[Change]) -> None:
        """Drop what committed changes make stale; called before their writer is answered."""
        tags = tags_of_changes(changes)
        if tags:
            self._cache.invalidate(tags)

    async def _fly(self, key: Hashable, plan: PublicRead, context: Context, run: Run) -> Finished | Answer:
        began = self._cache.begin()
        task = asyncio.create_task(self._made(key, plan, context, run, began))
        flight = self._flights[key] = _Flight(task, began, context)

        def landed(ended: "asyncio.Task[Finished | Answer]") -> None:
            if self._flights.get(key) is flight:
                del self._flights[key]
            if not ended.cancelled():
                ended.exception()  # whoever still waits has it; when nobody does, asyncio need not complain

        task.add_done_callback(landed)
        # The asker may leave; others may have joined, so the execution goes on to its own time limit.
        return await asyncio.shield(task)

    async def _made(self, key: Hashable, plan: PublicRead, context: Context, run: Run, began: int) -> Finished | Answer:
        answer = await run()
        if not answer.executed or "errors" in answer.body:
            return answer
        body = orjson.dumps(answer.body)
        finished = Finished(body, b'"%s"' % blake2b(body, digest_size=12).hexdigest().encode())
        tags = tags_of_answer(plan.parts, plan.product_roots, context.touched)
        seconds = STOCK_SECONDS_MAX if Part.STOCK in plan.parts else SECONDS_MAX
        if context.good_until is not None:
            seconds = min(seconds, (context.good_until - context.clock()).total_seconds())
        self._cache.keep(key, finished, tags, began, seconds)
        return finished


def _possible(plan: PublicRead) -> frozenset[Tag]:
    """Tags of which one is invalidated whenever anything is that the answer may turn out to be made from."""
    parts = {Part.CATALOG if part is Part.PRODUCT else part for part in plan.parts}
    return frozenset(whole(part) for part in parts)
