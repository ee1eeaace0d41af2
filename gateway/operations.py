"""One door for every operation, over HTTP, WebSocket or SSE: admit, run, mask what is ours.

What this module answers is ready for the wire.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import NamedTuple

import strawberry
from graphql import ExecutionResult, GraphQLSchema

from gateway.admission import DOCUMENTS_MAX, Admission, Admitted, Charge, NotAdmitted
from gateway.envelopes import Request
from gateway.execution import CompiledExecutor
from gateway.limits import CallerLimits, Limits
from gateway.masking import Formatted, failed, public
from resolvers.context import Context
from resolvers.errors import Unavailable


class Answer(NamedTuple):
    """A result for the wire. `executed` is False when the request itself was wrong and nothing ran."""

    body: Formatted
    executed: bool


class Operations:
    """The schema behind its door.

    Attributes:
        schema: graphql-core's schema, which everything works on.
        executor: runs admitted documents; its counts are a metric.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: CallerLimits,
        *,
        introspection: bool = True,
        suggestions: bool = False,
    ) -> None:
        core: GraphQLSchema = schema._schema  # noqa: SLF001 - the executor works on the schema underneath
        self.schema = core
        self.executor = CompiledExecutor(
            core, strawberry_schema=schema, plans_max=DOCUMENTS_MAX, hide_suggestions=not suggestions
        )
        self._admission = Admission(core, limits, introspection=introspection, suggestions=suggestions)

    def limits_of(self, context: Context) -> Limits:
        """The limits of a request's caller."""
        return self._admission.limits_of(context.actor.kind)

    def admit(self, request: Request, context: Context, charge: Charge | None = None) -> Admitted:
        """See `Admission.admit`.

        Raises:
            NotAdmitted: answer it by `refused`.
            RateLimited: the caller sends too much that is new.
        """
        return self._admission.admit(request, context.actor.kind, charge)

    def would_run(self, request: Request, context: Context) -> bool:
        """Whether a request's document is valid and within its caller's limits."""
        try:
            self.admit(request, context)
        except NotAdmitted:
            return False
        return True

    @staticmethod
    def refused(why: NotAdmitted, context: Context) -> Answer:
        """The answer to a request that was not admitted."""
        return Answer(failed(why.errors, context.request_id), executed=False)

    async def execute(self, admitted: Admitted, context: Context) -> Answer:
        """Run a query or mutation to its end, within the time limit."""
        running = self.executor.execute(
            admitted.prepared.document,
            context_value=context,
            variable_values=admitted.request.variables,
            operation_name=admitted.request.operation_name,
        )
        if isinstance(running, ExecutionResult):
            return self._answer(running, admitted, context)
        seconds_max = admitted.limits.seconds
        try:
            async with asyncio.timeout(seconds_max):
                result = await running
        except TimeoutError:
            late = Unavailable(f"The operation took longer than {seconds_max} seconds. Ask for less, or again.")
            return Answer(failed([late], context.request_id), executed=False)
        return self._answer(result, admitted, context)

    async def subscribe(self, admitted: Admitted, context: Context) -> AsyncGenerator[Answer, None]:
        """Run a subscription: one answer per event, or one answer that says why not."""
        started = self.executor.subscribe(
            admitted.prepared.document,
            context_value=context,
            variable_values=admitted.request.variables,
            operation_name=admitted.request.operation_name,
        )
        stream = started if not asyncio.iscoroutine(started) else await started
        if isinstance(stream, ExecutionResult):
            yield self._answer(stream, admitted, context)
            return
        assert isinstance(stream, AsyncGenerator | AsyncIterator)
        try:
            async for result in stream:
                yield self._answer(result, admitted, context)
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    @staticmethod
    def _answer(result: ExecutionResult, admitted: Admitted, context: Context) -> Answer:
        body: Formatted = {}
        executed = True
        if result.errors:
            body["errors"] = [public(error, context.request_id) for error in result.errors]
            executed = result.data is not None or any(error.path for error in result.errors)
        if executed:
            body["data"] = result.data
        body["extensions"] = {"cost": {"requested": admitted.cost, "maximum": admitted.limits.cost}}
        return Answer(body, executed)
