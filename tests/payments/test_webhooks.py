"""The webhook endpoint: forged, stale, replayed, oversized, and accepted once."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from domain.connections import ReadConnection
from domain.jobs.tables import JobRow
from domain.tables import table_of
from gateway.database import Database
from gateway.webhooks import BODY_BYTES_MAX, stripe_webhook
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

SECRET = "whsec_test"
_job = table_of(JobRow)


def event(identifier: str = "evt_1", kind: str = "refund.updated", subject: object = None) -> bytes:
    found = subject or {"id": "re_1", "object": "refund"}
    return json.dumps({"id": identifier, "type": kind, "data": {"object": found}}).encode()


def signed(body: bytes, *, secret: str = SECRET, age: timedelta = timedelta()) -> dict[str, str]:
    at = int((NOW - age).timestamp())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={at},v1={digest}"}


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    route = Route("/webhooks/stripe", stripe_webhook(db, SecretStr(SECRET), lambda: NOW), methods=["POST"])
    transport = httpx.ASGITransport(Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as opened:
        yield opened


async def sent(client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> tuple[int, object]:
    answer = await client.post("/webhooks/stripe", content=body, headers=headers)
    return answer.status_code, answer.json().get("error", {}).get("code", answer.json().get("replayed"))


def bodies(conn: ReadConnection) -> list[object]:
    return list(conn.execute(sa.select(_job.c.body).order_by(_job.c.id)).scalars())


async def test_a_proven_event_is_accepted_once_and_leaves_one_job(client: httpx.AsyncClient, db: Database) -> None:
    body = event()
    assert await sent(client, body, signed(body)) == (200, False)
    assert await sent(client, body, signed(body)) == (200, True)
    assert await db.read(bodies) == [{"event": "evt_1", "object_kind": "refund", "object": "re_1"}]


async def test_a_charge_is_known_by_its_payment(client: httpx.AsyncClient, db: Database) -> None:
    body = event(kind="charge.refunded", subject={"id": "ch_1", "object": "charge", "payment_intent": "pi_1"})
    assert await sent(client, body, signed(body)) == (200, False)
    assert await db.read(bodies) == [{"event": "evt_1", "object_kind": "charge", "object": "pi_1"}]


async def test_an_event_that_means_nothing_to_us_is_remembered_without_a_job(
    client: httpx.AsyncClient, db: Database
) -> None:
    body = event(kind="customer.created", subject={"id": "cus_1", "object": "customer"})
    assert await sent(client, body, signed(body)) == (200, False)
    assert await db.read(bodies) == []


async def test_a_forged_event_is_refused_and_leaves_nothing(client: httpx.AsyncClient, db: Database) -> None:
    body = event()
    assert await sent(client, body, signed(body, secret="whsec_other")) == (400, "SIGNATURE_INVALID")
    assert await sent(client, body + b" ", signed(body)) == (400, "SIGNATURE_INVALID")
    assert await sent(client, body, {}) == (400, "SIGNATURE_MISSING")
    for rubbish in (b"rubbish", b"t=9,v1=\xff", b"t=,v1=", b"t=x,v1=y", b"t=%s,v1=y" % (b"9" * 5_000)):
        answer = await client.post("/webhooks/stripe", content=body, headers={b"stripe-signature": rubbish})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SIGNATURE_INVALID")
    assert await db.read(bodies) == []


async def test_a_stale_or_early_signature_is_refused(client: httpx.AsyncClient, db: Database) -> None:
    body = event()
    assert await sent(client, body, signed(body, age=timedelta(seconds=301))) == (400, "SIGNATURE_STALE")
    assert await sent(client, body, signed(body, age=timedelta(seconds=-301))) == (400, "SIGNATURE_STALE")
    assert await sent(client, body, signed(body, age=timedelta(seconds=300))) == (200, False)


async def test_a_signed_body_that_is_no_event_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b"", b"[]", b"{", b'{"id": 1, "type": "x"}', b"\xff"):
        status, code = await sent(client, body, signed(body))
        assert (status, code) in ((400, "EVENT_MALFORMED"), (400, "SIGNATURE_INVALID"))


async def test_an_oversized_body_is_refused(client: httpx.AsyncClient, db: Database) -> None:
    body = b"x" * (BODY_BYTES_MAX + 1)
    assert await sent(client, body, signed(body)) == (413, "BODY_TOO_LARGE")
    assert await db.read(bodies) == []


async def test_without_a_secret_no_event_can_be_proven(db: Database) -> None:
    route = Route("/webhooks/stripe", stripe_webhook(db, SecretStr(""), lambda: NOW), methods=["POST"])
    body = event()
    transport = httpx.ASGITransport(Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as unproven:
        assert await sent(unproven, body, signed(body, secret="")) == (400, "SIGNATURE_MISSING")
