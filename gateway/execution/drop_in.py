"""The plans behind graphql-core's own executor interface: for subscriptions, and to run other suites with them.

Whatever plans do not support runs in the base class, so that behavior never becomes narrower.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Awaitable
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLSchema, OperationType
from graphql.execution.executor import Executor
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils.is_awaitable import is_async_iterable, is_awaitable
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.cache import Plans
from gateway.execution.plans import Ground, Plan, Unsupported

Counts = Counter[tuple[str, str]]

_SCHEMAS_MAX = 50
_PLANS_MAX = 500

counts: Counts = Counter()
"""Executions by path and reason of all drop-in executors that were not given a counter of their own."""

_plans: OrderedDict[tuple[int, object, object, bool], Plans] = OrderedDict()


def made_by_strawberry(schema: GraphQLSchema) -> strawberry.Schema | None:
    """The Strawberry schema on top of a schema; None when another library made it."""
    made_by = getattr(schema, "_strawberry_schema", None)
    return made_by if isinstance(made_by, strawberry.Schema) else None


class CompiledExecution(Executor[Any]):
    """A mixin in front of any of graphql-core's executors, which runs a plan instead of it where it can."""

    def __init__(
        self,
        *args: Any,
        plans: Plans | None = None,
        counts: Counts = counts,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._given_plans = plans
        self._counts = counts

    def execute_operation(self, serially: bool | None = None) -> Any:
        """graphql-core's execute_operation."""
        plan = self._plan(serially)
        # Outside of any `except`, for the errors raised there would keep the handled one and its frames alive.
        if plan is None:
            return super().execute_operation(serially)
        result: ExecutionResult | Awaitable[ExecutionResult] = plan.run(
            self.root_value, self.context_value, self.variable_values, getattr(self, "operation_extensions", None)
        )
        return result

    def _plan(self, serially: bool | None) -> Plan | None:
        try:
            plan = self._supported(serially)
        except Unsupported as unsupported:
            self._counts["fallback", unsupported.reason] += 1
            return None
        self._counts["compiled", ""] += 1
        return plan

    def _supported(self, serially: bool | None) -> Plan:
        if self.abort_signal or self.hooks or (self.middleware_manager and self.middleware_manager.middlewares):
            raise Unsupported("options")
        if self.is_awaitable not in (is_awaitable, optimized_is_awaitable) or (
            self.is_async_iterable is not is_async_iterable
        ):
            raise Unsupported("options")
        if serially is not None and serially is not (self.operation.operation is OperationType.MUTATION):
            raise Unsupported("options")
        plans = self._given_plans or self._shared_plans()
        return plans.of_operation(self.operation, self.fragments).plan(self.variable_values)

    def _shared_plans(self) -> Plans:
        key = (id(self.schema), self.field_resolver, self.type_resolver, self.hide_suggestions)
        found = _plans.get(key)
        if found is None or found.ground.schema is not self.schema:
            ground = Ground(
                self.schema,
                made_by_strawberry(self.schema),
                field_resolver=self.field_resolver,
                type_resolver=self.type_resolver,
                hide_suggestions=self.hide_suggestions,
            )
            found = _plans[key] = Plans(ground, _PLANS_MAX)
            if len(_plans) > _SCHEMAS_MAX:
                _plans.popitem(last=False)
        return found


class CompiledCoreExecutor(CompiledExecution, IncrementalExecutor):
    """For graphql-core's `executor_class`."""


class CompiledStrawberryExecutor(CompiledExecution, StrawberryGraphQLCoreExecutionContext):
    """For Strawberry's `execution_context_class`."""


class CompiledSubscription(CompiledExecution, ExecutorThrowingOnIncremental):
    """For graphql-core's `subscribe`."""
