"""The executor the gateway uses: compiled where possible, graphql-core's where not, with the same answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    assert_valid_schema,
    execute,
    subscribe,
)
from graphql.execution.values import VariableValues

from gateway.execution.cache import Plans
from gateway.execution.drop_in import CompiledSubscription, Counts, made_by_strawberry
from gateway.execution.plans import Ground, Plan, Unsupported

PLANS_MAX = 1_000

Events = AsyncIterator[ExecutionResult]


class CompiledExecutor:
    """Executes validated documents of one schema. One instance serves one event loop's thread.

    Attributes:
        counts: how many executions took which path, as (path, reason) with path `compiled` or `fallback`; each event of
            a subscription is one.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        plans_max: int = PLANS_MAX,
        strawberry_schema: strawberry.Schema | None = None,
        hide_suggestions: bool = False,
    ) -> None:
        """Prepare; `plans_max` bounds the plans that are kept, of 40 to 90 KiB each.

        The Strawberry schema is found through `schema` when Strawberry made it.

        Raises:
            TypeError: the schema is not valid.
        """
        assert_valid_schema(schema)
        self.schema = schema
        self.counts: Counts = Counter()
        self._hide_suggestions = hide_suggestions
        ground = Ground(schema, strawberry_schema or made_by_strawberry(schema), hide_suggestions=hide_suggestions)
        self._plans = Plans(ground, plans_max)
        self._is_incremental = bool(schema.get_directive("defer") or schema.get_directive("stream"))

    def execute(
        self,
        document: DocumentNode,
        *,
        operation_name: str | None = None,
        variable_values: Mapping[str, object] | None = None,
        root_value: object = None,
        context_value: object = None,
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """What graphql.execute answers; awaitable only if something had to be awaited."""
        inputs = variable_values or {}
        found = self._plan(document, operation_name, inputs)
        # Outside of any `except`, for the errors raised there would keep the handled one and its frames alive.
        if found is None:
            return execute(
                self.schema,
                document,
                root_value,
                context_value,
                dict(inputs),
                operation_name,
                hide_suggestions=self._hide_suggestions,
            )
        if isinstance(found, list):
            return ExecutionResult(None, found)
        plan, variables = found
        return plan.run(root_value, context_value, variables)

    def _plan(
        self, document: DocumentNode, operation_name: str | None, inputs: Mapping[str, object]
    ) -> tuple[Plan, VariableValues] | list[GraphQLError] | None:
        """The plan and its variables, or why these are wrong; None when graphql-core has to execute."""
        try:
            if self._is_incremental:
                raise Unsupported("incremental_delivery")
            prepared = self._plans.of_document(document, operation_name)
            variables = prepared.coerce(inputs)
            if isinstance(variables, list):
                self.counts["compiled", "variables_refused"] += 1
                return variables
            plan = prepared.plan(variables)
        except Unsupported as unsupported:
            self.counts["fallback", unsupported.reason] += 1
            return None
        self.counts["compiled", ""] += 1
        return plan, variables

    def subscribe(
        self,
        document: DocumentNode,
        *,
        operation_name: str | None = None,
        variable_values: Mapping[str, object] | None = None,
        root_value: object = None,
        context_value: object = None,
    ) -> Events | ExecutionResult | Awaitable[Events | ExecutionResult]:
        """What graphql.subscribe answers: graphql-core makes the source stream, each event runs a plan."""
        return subscribe(
            self.schema,
            document,
            root_value,
            context_value,
            dict(variable_values or {}),
            operation_name,
            hide_suggestions=self._hide_suggestions,
            executor_class=CompiledSubscription,
            plans=self._plans,
            counts=self.counts,
        )
