"""Two real gateways on one PostgreSQL and one Redis: what one is told, both know; what one loses, the other has."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.concurrency.gateways import own_database
from tests.concurrency.retailer import (
    Answer,
    Clients,
    Retailer,
    at_once,
    clients_of,
    eventually,
    mutation_document,
    running_retailer,
)
from tests.replicas import running_redis

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("replicas")]

FIRST, SECOND = 0, 1
MUG = "MUG-HARB-NAVY"
TITLE = '{ product(handle: "harbor-mug") { title } }'
PRODUCT = '{ product(handle: "harbor-mug") { id title } }'
CART = "subscription($id: ID!, $token: String!, $after: Int!) { cartUpdated(cartId: $id, token: $token, afterVersion: $after) { version } }"
LEVELS = "subscription($v: [ID!]!, $l: [ID!]) { inventoryAvailabilityChanged(variantIds: $v, locationIds: $l) { available } }"
RATE, BUDGET, COST = 5, 20, 9
SETTINGS = {
    "TILLWAY_RATES_EXEMPT": "",
    "TILLWAY_LIMITS__PARTNER__COST_PER_MINUTE": str(BUDGET),
    "TILLWAY_LIMITS__ASSOCIATE__REQUESTS_PER_SECOND": str(RATE),
    "TILLWAY_LIMITS__CUSTOMER__SUBSCRIPTIONS": "1",
    # A starved machine may take its time; that Redis is given up when it is slow is tested elsewhere.
    "TILLWAY_SHARED_SECONDS_MAX": "30",
}


@pytest.fixture(scope="module")
def retailer(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retailer]:
    folder = tmp_path_factory.mktemp("replicas")
    with running_redis() as redis:
        settings = {**SETTINGS, "TILLWAY_SHARED_URL": redis.url}
        url = own_database(postgresql_server, "replicas")
        with running_retailer(url, folder, gateways=2, settings=settings) as running:
            yield running


@pytest.fixture
async def clients(retailer: Retailer) -> AsyncIterator[Clients]:
    async with clients_of(retailer) as speaking:
        yield speaking


async def send(clients: Clients, gateway: int, body: Answer, token: str | None = None, client: str = "") -> Answer:
    """One request to one of the two, as it answers."""
    headers = {"tillway-client": client} | ({"authorization": f"Bearer {token}"} if token else {})
    url = f"{clients.retailer.gateways[gateway].url}/graphql"
    answer: Answer = (await clients.http.post(url, json=body, headers=headers)).json()
    return answer


async def done(
    clients: Clients, gateway: int, mutation: str, given: Answer, selection: str, token: str | None = None
) -> Any:
    """The payload of a mutation that one of the two must not refuse."""
    document = mutation_document(mutation, selection, replayed="idempotencyKey" in given)
    answer = await send(clients, gateway, {"query": document, "variables": {"input": given}}, token)
    assert "errors" not in answer, answer
    payload = answer["data"][mutation]
    assert payload["userErrors"] == []
    return payload


def code(answer: Answer) -> str | None:
    """The code of an answer's error; None when it has none."""
    return str(answer["errors"][0]["extensions"]["code"]) if "errors" in answer else None


@asynccontextmanager
async def subscribed(
    clients: Clients, gateway: int, document: str, variables: Answer, token: str | None = None
) -> AsyncIterator[ClientConnection]:
    """A subscription at one of the two; `heard` gives its data."""
    url = f"{clients.retailer.gateways[gateway].url.replace('http', 'ws')}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        proof = {"Authorization": f"Bearer {token}"} if token else {}
        await socket.send(json.dumps({"type": "connection_init", "payload": proof}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": document, "variables": variables}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        yield socket


async def heard(socket: ClientConnection) -> Any:
    """What a subscription says next."""
    async with asyncio.timeout(60):
        message = json.loads(await socket.recv())
    assert message["type"] == "next", message
    (data,) = message["payload"]["data"].values()
    return data


def watching_stock(
    clients: Clients, gateway: int, token: str | None = None
) -> AbstractAsyncContextManager[ClientConnection]:
    """A subscription to London's stock of the mug. Changes reach a gateway in the order of their commits, and what it
    keeps before whom it serves: when a change is heard here, everything committed before it is known there."""
    variables = {"v": [clients.variants[MUG]], "l": [clients.places["LON-CG"]]}
    return subscribed(clients, gateway, LEVELS, variables, token)


async def adjusted(clients: Clients, gateway: int) -> None:
    """One mug more in London, told to one of the two."""
    given = {"variantId": clients.variants[MUG], "locationId": clients.places["LON-CG"], "delta": 1}
    given |= {"reason": "COUNTED", "idempotencyKey": clients.key()}
    await done(clients, gateway, "inventoryAdjust", given, "availability { available }", clients.office)


async def test_a_query_persisted_on_one_is_known_to_the_other(clients: Clients) -> None:
    query = f"{TITLE} # persisted"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
    assert code(await send(clients, SECOND, {"extensions": extensions})) == "PERSISTED_QUERY_NOT_FOUND"
    first = await send(clients, FIRST, {"query": query, "extensions": extensions})
    assert first["data"] == {"product": {"title": "Harbor Mug"}}
    assert await send(clients, SECOND, {"extensions": extensions}) == first


async def test_a_document_trusted_on_one_is_admitted_by_the_other_until_it_is_withdrawn(clients: Clients) -> None:
    documents = [{"id": "title", "text": TITLE}]
    asked = partial(send, clients, SECOND, {"documentId": "title"}, client="kiosk")
    assert code(await asked()) == "PERSISTED_DOCUMENT_NOT_FOUND"
    await done(
        clients, FIRST, "trustedDocumentsRegister", {"client": "kiosk", "documents": documents}, "added", clients.office
    )
    assert (await asked())["data"] == {"product": {"title": "Harbor Mug"}}
    async with watching_stock(clients, SECOND) as watching:
        await heard(watching)
        given = {"client": "kiosk", "ids": ["title"]}
        await done(clients, FIRST, "trustedDocumentsWithdraw", given, "withdrawn", clients.office)
        await adjusted(clients, FIRST)
        await heard(watching)
    assert code(await asked()) == "PERSISTED_DOCUMENT_NOT_FOUND"


async def test_a_write_on_one_is_read_there_at_once_and_on_the_other_when_it_hears_of_it(clients: Clients) -> None:
    async def titles() -> list[str]:
        answers = [await send(clients, gateway, {"query": PRODUCT}) for gateway in (FIRST, SECOND)]
        return [answer["data"]["product"]["title"] for answer in answers]

    product = (await send(clients, FIRST, {"query": PRODUCT}))["data"]["product"]["id"]
    async with watching_stock(clients, SECOND) as watching:
        level = (await heard(watching))["available"]
        for number in range(3):
            given = {"productId": product, "title": f"Harbor Mug {number}"}
            await done(clients, FIRST, "productUpdate", given, "product { title }", clients.office)
            # Both keep the answer; the second perhaps the one from before the write, until it hears of it.
            first, second = await titles()
            assert first == f"Harbor Mug {number}"
            assert second in (f"Harbor Mug {number}", f"Harbor Mug {number - 1}", "Harbor Mug")
            await adjusted(clients, FIRST)
            assert (await heard(watching))["available"] == level + number + 1
            assert await titles() == [f"Harbor Mug {number}"] * 2
    given = {"productId": product, "title": "Harbor Mug"}
    await done(clients, FIRST, "productUpdate", given, "product { title }", clients.office)


async def test_a_partners_budget_is_one_for_both(clients: Clients) -> None:
    partner = await clients.partner()
    asked = {"query": "{ products(first: 3) { nodes { title } } }"}
    answers = [await send(clients, number % 2, asked, partner) for number in range(4)]
    assert answers[0]["extensions"]["cost"]["requested"] == COST
    # Two are admitted; a third would be after a third of a minute.
    assert [code(answer) for answer in answers] == [None, None, "RATE_LIMITED", "RATE_LIMITED"]
    told = [answer["errors"][0]["extensions"]["cost"] for answer in answers[2:]]
    assert [(cost["requested"], cost["budget"]["maximum"]) for cost in told] == [(COST, BUDGET)] * 2


async def test_a_tills_requests_are_counted_over_both(clients: Clients) -> None:
    till = await clients.sign_in(0, "LON1")
    started = time.monotonic()
    asked = [partial(send, clients, number % 2, {"query": TITLE}, till) for number in range(60)]
    answers = await at_once(asked)
    admitted = sum(code(answer) is None for answer in answers)
    # A burst of two seconds' worth, and what was restored since.
    assert 2 * RATE <= admitted <= 2 * RATE + RATE * (time.monotonic() - started) + 1
    assert {code(answer) for answer in answers} <= {None, "RATE_LIMITED"}


async def test_a_customers_subscriptions_are_counted_over_both(clients: Clients, retailer: Retailer) -> None:
    customer = retailer.credentials.customer_token

    async def refusals() -> list[str]:
        """Why the second gateway does not subscribe the customer."""
        async with watching_stock(clients, SECOND, customer) as asking:
            message = json.loads(await asking.recv())
            return [error["extensions"]["code"] for error in message["payload"]] if message["type"] == "error" else []

    async with watching_stock(clients, FIRST, customer) as watching:
        await heard(watching)
        assert await refusals() == ["TOO_MANY_AT_ONCE"]
    assert await eventually(refusals, lambda found: not found) == []


async def changed(clients: Clients, gateway: int, cart: Answer, key: str) -> Answer:
    """The payload of a line added through one of the two."""
    given = {"cartId": cart["cartId"], "token": cart["cartToken"], "idempotencyKey": key}
    given |= {"lines": clients.wanted(MUG, 1)["lines"]}
    payload: Answer = await done(clients, gateway, "cartLinesAdd", given, "cart { version }")
    return payload


async def test_a_killed_gateway_loses_its_sockets_only_and_their_clients_resume_by_version(
    clients: Clients, retailer: Retailer
) -> None:
    cart = await clients.cart(MUG)
    watched = {"id": cart["cartId"], "token": cart["cartToken"]}
    async with subscribed(clients, SECOND, CART, {**watched, "after": 0}) as watching:
        await heard(watching)
        # Written on one, heard through the other.
        written = await changed(clients, FIRST, cart, clients.key())
        assert await heard(watching) == written["cart"]
        key = clients.key()
        acknowledged = await changed(clients, SECOND, cart, key)
        seen = await heard(watching)
        assert seen == acknowledged["cart"]
        retailer.gateways[SECOND].kill()
        with pytest.raises(ConnectionClosed):
            await heard(watching)
    try:
        assert await changed(clients, FIRST, cart, key) == {**acknowledged, "replayed": True}
        missed = await changed(clients, FIRST, cart, clients.key())
        async with subscribed(clients, FIRST, CART, {**watched, "after": seen["version"]}) as resumed:
            assert await heard(resumed) == missed["cart"]
            written = await changed(clients, FIRST, cart, clients.key())
            assert await heard(resumed) == written["cart"]
    finally:
        await asyncio.to_thread(retailer.revive, [SECOND], [])
