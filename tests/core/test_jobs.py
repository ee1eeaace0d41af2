"""The outbox's promises."""

from collections.abc import Callable
from datetime import timedelta

from domain.acts import Act
from domain.connections import WriteConnection
from domain.jobs import store
from tests.conftest import NOW


def test_a_job_is_claimed_once_while_its_lease_lasts(conn: WriteConnection, make_act: Callable[..., Act]) -> None:
    store.enqueue(conn, make_act(), "greet", {"name": "Ada"})
    first = store.claim(conn, make_act())
    assert [(job.kind, job.body, job.attempts) for job in first] == [("greet", {"name": "Ada"}, 1)]
    assert store.claim(conn, make_act()) == []


def test_a_lease_that_ran_out_is_claimed_again(conn: WriteConnection, make_act: Callable[..., Act]) -> None:
    store.enqueue(conn, make_act(), "greet", {})
    (lost,) = store.claim(conn, make_act())
    (again,) = store.claim(conn, make_act(at=NOW + store.LEASE))
    assert (again.id, again.attempts) == (lost.id, 2)
    store.finish(conn, [lost])
    assert store.counts(conn) == (1, 0)
    store.finish(conn, [again])
    assert store.counts(conn) == (0, 0)


def test_a_failed_job_waits_twice_as_long_each_time_and_dies_at_the_last_attempt(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    store.enqueue(conn, make_act(), "greet", {})
    now, delays = NOW, []
    for attempt in range(1, store.ATTEMPTS_MAX + 1):
        (job,) = store.claim(conn, make_act(at=now))
        assert job.attempts == attempt
        store.fail(conn, job, "no answer", now)
        delay = min(timedelta(seconds=2 ** (attempt - 1)), timedelta(hours=1))
        delays.append(delay)
        assert store.claim(conn, make_act(at=now + delay - timedelta(milliseconds=1))) == []
        now += delay
    assert delays[:4] == [timedelta(seconds=s) for s in (1, 2, 4, 8)]
    assert store.counts(conn) == (0, 1)
    assert store.claim(conn, make_act(at=now + timedelta(days=1))) == []


def test_a_dedupe_key_that_still_waits_writes_nothing(conn: WriteConnection, act: Act) -> None:
    store.enqueue(conn, act, "sweep", {}, dedupe_key="sweep")
    store.enqueue(conn, act, "sweep", {}, dedupe_key="sweep")
    assert store.counts(conn) == (1, 0)
