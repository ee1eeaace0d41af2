"""HTTP requests counted in plain numbers, which Prometheus reads when it asks: its own counters lock at every request."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Durations:
    """How many requests took how long.

    Attributes:
        counts: requests per bucket of `BUCKETS`, each up to and with its bound, and at last those above all.
        seconds: the sum of their times.
    """

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one request."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds

    def cumulative(self) -> list[tuple[str, int]]:
        """Requests up to and with each bound, as Prometheus has them."""
        found, total = [], 0
        for bound, count in zip((*BUCKETS, math.inf), self.counts, strict=True):
            total += count
            found.append((floatToGoString(bound), total))  # type: ignore[no-untyped-call]  # prometheus_client's own
        return found


class Traffic(Collector):
    """The HTTP requests of one process; counted by its event loop only.

    Attributes:
        in_flight: requests being answered.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._answered: Counter[tuple[str, str, int]] = Counter()
        self._durations: defaultdict[str, Durations] = defaultdict(Durations)

    def answered(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        self._answered[path, method, status] += 1
        self._durations[path].add(seconds)

    def collect(self) -> Iterable[Metric]:
        """The numbers of this moment."""
        requests = CounterMetricFamily(
            "tillway_http_requests",
            "HTTP requests by path, method and status.",
            labels=["path", "method", "status"],
        )
        for (path, method, status), number in sorted(self._answered.items()):
            requests.add_metric([path, method, str(status)], number)
        seconds = HistogramMetricFamily(
            "tillway_http_request_seconds", "Time to answer an HTTP request.", labels=["path"]
        )
        for path, durations in sorted(self._durations.items()):
            seconds.add_metric([path], durations.cumulative(), durations.seconds)
        running = GaugeMetricFamily("tillway_http_requests_in_flight", "HTTP requests being answered.", self.in_flight)
        yield from (requests, seconds, running)
