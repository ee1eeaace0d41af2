"""The executor's counts as a metric, read when they are scraped and costing an execution nothing."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class ExecutionCounts(Collector):
    """`tillway_executions_total{path="compiled|fallback", reason}`; a fallback's reason says what plans do not support."""

    def __init__(self, counts: Mapping[tuple[str, str], int]) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """The counts of this moment."""
        family = CounterMetricFamily(
            "tillway_executions",
            "Executions of GraphQL operations and of subscriptions' events: compiled, or left to graphql-core.",
            labels=["path", "reason"],
        )
        for (path, reason), number in sorted(self._counts.items()):
            family.add_metric([path, reason], number)
        yield family
