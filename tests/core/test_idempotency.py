"""One key, one effect."""

import asyncio
from collections.abc import Callable

import pytest

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.idempotency import service
from domain.idempotency.service import Command, Done
from domain.jobs import store as jobs
from gateway.database import Database


def run(conn: WriteConnection, act: Act, key: str, body: str = "{}") -> Done[str]:
    def effect() -> str:
        jobs.enqueue(conn, act, "effect", {})
        return "answer"

    return service.once(
        conn, Command("CUSTOMER:1", key, "orderCancel", body), act, effect=effect, reference=str, reload=lambda _, r: r
    )


def test_the_same_key_and_body_have_one_effect_and_the_same_answer(conn: WriteConnection, act: Act) -> None:
    assert run(conn, act, "k1") == Done("answer", replayed=False)
    assert run(conn, act, "k1") == Done("answer", replayed=True)
    assert jobs.counts(conn) == (1, 0)


def test_the_same_key_with_another_body_is_refused(conn: WriteConnection, act: Act) -> None:
    run(conn, act, "k1")
    with pytest.raises(Refused) as refused:
        run(conn, act, "k1", '{"other": 1}')
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert jobs.counts(conn) == (1, 0)


@pytest.mark.parametrize("key", ["", "   ", "k" * 256])
def test_an_empty_or_endless_key_is_refused(conn: WriteConnection, act: Act, key: str) -> None:
    with pytest.raises(Refused) as refused:
        run(conn, act, key)
    assert refused.value.code == "IDEMPOTENCY_KEY_INVALID"


@pytest.mark.anyio
async def test_a_refused_effect_leaves_the_key_free(db: Database, make_act: Callable[..., Act]) -> None:
    command = Command("CUSTOMER:1", "k1", "orderCancel", "{}")

    def refuse() -> str:
        raise service.IdempotencyKeyInvalid

    with pytest.raises(Refused):
        await db.write(
            lambda conn: service.once(conn, command, make_act(), effect=refuse, reference=str, reload=lambda _, r: r)
        )
    assert await db.write(lambda conn: run(conn, make_act(), "k1")) == Done("answer", replayed=False)


@pytest.mark.anyio
async def test_eight_at_once_with_one_key_have_one_effect(db: Database, make_act: Callable[..., Act]) -> None:
    done = await asyncio.gather(*(db.write(lambda conn: run(conn, make_act(), "k1")) for _ in range(8)))
    assert sorted(answer.replayed for answer in done) == [False] + [True] * 7
    assert {answer.value for answer in done} == {"answer"}

    def waiting(conn: ReadConnection) -> tuple[int, int]:
        return jobs.counts(conn)

    assert await db.read(waiting) == (1, 0)
