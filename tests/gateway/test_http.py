"""GraphQL over HTTP on a small schema: media types, methods, statuses, masking, Server-Sent Events."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from gateway.limits import Limits
from resolvers.context import Context
from tests.gateway.wires import application

pytestmark = pytest.mark.anyio


GUEST = Limits(aliases=10, cost=1000, tokens=200, seconds=5, body_bytes=2000)


@pytest.fixture
async def client(bare_context: Callable[..., Context]) -> AsyncIterator[httpx.AsyncClient]:
    app = application(bare_context, GUEST)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as made:
        yield made


async def post(
    client: httpx.AsyncClient, body: object, accept: str = "application/graphql-response+json"
) -> httpx.Response:
    return await client.post("/graphql", json=body, headers={"accept": accept})


async def test_a_query_is_answered_in_the_media_type_that_was_asked_for(client: httpx.AsyncClient) -> None:
    answer = await post(client, {"query": "{ hello }"})
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "application/graphql-response+json; charset=utf-8",
    )
    assert answer.json()["data"] == {"hello": "hello world"}
    assert (await post(client, {"query": "{ hello }"}, "application/json")).headers["content-type"] == (
        "application/json; charset=utf-8"
    )


async def test_a_document_that_does_not_validate_is_400_and_200_for_clients_of_plain_json(
    client: httpx.AsyncClient,
) -> None:
    assert (await post(client, {"query": "{ nope }"})).status_code == 400
    answer = await post(client, {"query": "{ nope }"}, "application/json")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (200, "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{ hello "}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ hello " + "a " * 300 + "}"}, "LIMIT_EXCEEDED"),
        ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query($n: String!) { hello(name: $n) }"}, "BAD_USER_INPUT"),
        (
            {
                "query": "{ a: hello b: hello c: hello d: hello e: hello f: hello g: hello h: hello i: hello j: hello k: hello }"
            },
            "LIMIT_EXCEEDED",
        ),
        ({"query": ""}, "BAD_REQUEST"),
        ({"query": 7}, "BAD_REQUEST"),
        ({"query": "{ hello }", "variables": []}, "BAD_REQUEST"),
        ({"query": "{ hello }", "operationName": 7}, "BAD_REQUEST"),
        ([{"query": "{ hello }"}], "BAD_REQUEST"),
        ("{ hello }", "BAD_REQUEST"),
    ],
)
async def test_a_wrong_request_is_400_with_a_code(client: httpx.AsyncClient, body: object, code: str) -> None:
    answer = await post(client, body)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, code)


async def test_other_media_types_methods_and_sizes_are_refused_by_their_own_status(client: httpx.AsyncClient) -> None:
    form = await client.post("/graphql", data={"query": "{ hello }"})
    large = await post(client, {"query": "{ hello }" + " " * 2000})
    assert [form.status_code, large.status_code] == [415, 413]
    assert (await client.put("/graphql", json={})).status_code == 405
    assert (await post(client, {"query": "{ hello }"}, "text/csv")).status_code == 406
    broken = await client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    assert broken.status_code == 400


async def test_get_answers_queries_and_refuses_mutations(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/graphql", params={"query": "query($n: String) { hello(name: $n) }", "variables": '{"n": "Ada"}'}
    )
    assert answer.json()["data"] == {"hello": "hello Ada"}
    assert (await client.get("/graphql", params={"query": "mutation { write }"})).status_code == 405


async def test_a_browser_gets_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml"})
    assert (answer.status_code, answer.text) == (200, "<html>")


async def test_a_token_that_is_not_good_is_401(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ hello }"}, headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_our_own_mistake_is_masked_and_carries_the_request_id(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ broken }"}, headers={"x-request-id": "till-7-request"})
    (error,) = answer.json()["errors"]
    assert error["message"] == "Unexpected error."
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "classification": "INTERNAL_SERVER_ERROR",
        "requestId": "till-7-request",
    }
    assert "hunter2" not in answer.text


async def test_a_provider_that_is_away_is_unavailable_and_may_be_asked_again(client: httpx.AsyncClient) -> None:
    (error,) = (await post(client, {"query": "{ away }"})).json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"


async def test_a_subscription_streams_over_server_sent_events_and_not_over_plain_http(
    client: httpx.AsyncClient,
) -> None:
    answer = await post(client, {"query": "subscription { counted }"}, "text/event-stream")
    events = [block for block in answer.text.split("\n\n") if block.startswith("event: next")]
    assert [block.split('"counted":')[1][0] for block in events] == ["1", "2"]
    assert answer.text.endswith("event: complete\ndata: \n\n")
    assert (await post(client, {"query": "subscription { counted }"})).status_code == 400
