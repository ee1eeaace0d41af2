"""HTTP requests are told to Prometheus as it expects counters, histograms and gauges."""

from prometheus_client import CollectorRegistry, generate_latest

from gateway.traffic import Traffic


def told(traffic: Traffic) -> list[str]:
    """What is told, without its comments."""
    registry = CollectorRegistry()
    registry.register(traffic)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_nothing_is_in_flight_at_first() -> None:
    assert told(Traffic()) == ["tillway_http_requests_in_flight 0.0"]


def test_requests_are_counted_by_path_method_and_status() -> None:
    traffic = Traffic()
    for status in (200, 200, 429):
        traffic.answered("/graphql", "POST", status, 0.0)
    traffic.answered("other", "GET", 404, 0.0)
    assert [line for line in told(traffic) if "requests_total" in line] == [
        'tillway_http_requests_total{method="POST",path="/graphql",status="200"} 2.0',
        'tillway_http_requests_total{method="POST",path="/graphql",status="429"} 1.0',
        'tillway_http_requests_total{method="GET",path="other",status="404"} 1.0',
    ]


def test_a_bucket_holds_what_took_its_bound_and_less() -> None:
    traffic = Traffic()
    for seconds in (0.0005, 0.001, 0.0011, 2.5, 60.0):
        traffic.answered("/graphql", "POST", 200, seconds)
    found = [line.partition('le="')[2].partition('"')[0::2] for line in told(traffic) if "le=" in line]
    bounds = [
        "0.001",
        "0.0025",
        "0.005",
        "0.01",
        "0.025",
        "0.05",
        "0.1",
        "0.25",
        "0.5",
        "1.0",
        "2.5",
        "5.0",
        "10.0",
        "+Inf",
    ]
    counts = [2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5]
    assert found == [(bound, f',path="/graphql"}} {count}.0') for bound, count in zip(bounds, counts, strict=True)]
    assert 'tillway_http_request_seconds_count{path="/graphql"} 5.0' in told(traffic)
    assert 'tillway_http_request_seconds_sum{path="/graphql"} 62.5026' in told(traffic)


def test_what_is_being_answered_is_in_flight() -> None:
    traffic = Traffic()
    traffic.in_flight += 2
    assert told(traffic) == ["tillway_http_requests_in_flight 2.0"]
