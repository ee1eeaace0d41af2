"""Requests made to hurt: each is refused by its own status and code, with the request's id, and nothing is run."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import ASGIApp, Message

from gateway.limits import Limits
from resolvers.context import Context
from tests.gateway.wires import GRAPHQL_JSON, Reply, application, gate, post, send

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]
JSON_TYPE = ("content-type", "application/json")

MALFORMED = [
    b"",
    b" ",
    b"{",
    b"}",
    b"nope",
    b"{'query': '{ hello }'}",
    b'{"query": "{ hello }",}',
    b'{"query": "{ hello }"} {}',
    b'{"query": "{ hello }"}\x00',
    b'\xef\xbb\xbf{"query": "{ hello }"}',
    b'{"query": "{ hello \xff }"}',
    b'{"query": "{ hello \xc0\xaf }"}',
    b'{"query": "\\ud800"}',
    b'{"query": "{ hello\n}"}',
    b'{"query": NaN}',
    b'{"query": Infinity}',
    b"[" * 100_000,
    b'{"query":' * 20_000,
    '{"query": "{ hello }"}'.encode("utf-16"),
    b"query=%7Bhello%7D",
    b"null",
    b"7",
    b'"{ hello }"',
    b"[]",
    b'[{"query": "{ hello }"}]',
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_body_that_is_not_one_json_object_is_a_bad_request(bare_context: Make, body: bytes) -> None:
    reply = await send(application(bare_context), body)
    assert (reply.status, reply.error) == (400, {"code": "BAD_REQUEST"})


@pytest.mark.parametrize("wrong", [7, 1.5, True, [], ["{ hello }"], {}, {"a": 1}])
@pytest.mark.parametrize("name", ["query", "operationName", "documentId"])
async def test_a_text_of_the_envelope_that_is_no_text_is_named(bare_context: Make, name: str, wrong: object) -> None:
    reply = await post(application(bare_context), {"query": "{ hello }"} | {name: wrong})
    assert (reply.status, reply.json["errors"][0]["message"]) == (400, f"`{name}` must be text.")


@pytest.mark.parametrize("wrong", [7, 1.5, True, [], "", "{}"])
@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_an_object_of_the_envelope_that_is_none_is_named(bare_context: Make, name: str, wrong: object) -> None:
    reply = await post(application(bare_context), {"query": "{ hello }", name: wrong})
    assert (reply.status, reply.json["errors"][0]["message"]) == (400, f"`{name}` must be an object.")


@pytest.mark.parametrize(
    "body",
    [
        '{"query": "{ hello }", "query": "{ count(number: 1) }"}',
        '{"query": "{ hello }", "\\u0071uery": "{ count(number: 1) }"}',
        '{"query": "{ hello }", "variables": {}, "variables": {}}',
        '{"query": "{ hello }", "variables": {"query": 1, "query": 2}}',
    ],
)
async def test_a_field_that_is_given_twice_is_refused_since_two_readers_would_not_agree(
    bare_context: Make, body: str
) -> None:
    reply = await send(application(bare_context), body.encode())
    assert (reply.status, reply.error) == (400, {"code": "BAD_REQUEST"})
    assert "is given twice" in reply.json["errors"][0]["message"]


async def test_separators_in_texts_are_no_values(bare_context: Make) -> None:
    body = {"query": "query($name: String!) { hello(name: $name) }", "variables": {"name": '\\",' * 9_000}}
    assert (await post(application(bare_context), body)).status == 200


@pytest.mark.parametrize("inside", ["variables", "extensions", "other"])
async def test_more_values_than_any_request_has_are_refused_before_they_are_made(
    bare_context: Make, inside: str
) -> None:
    reply = await post(application(bare_context), {"query": "{ hello }", inside: {"a": [0] * 6_100}})
    assert reply.error == {"code": "LIMIT_EXCEEDED", "limit": "variables' values", "maximum": 5_000}


async def test_a_variable_may_have_the_name_of_an_envelopes_field(bare_context: Make) -> None:
    body = {"query": "query($query: String!) { hello(name: $query) }", "variables": {"query": "\u20ac"}}
    assert (await post(application(bare_context), body)).json["data"] == {"hello": "hello \u20ac"}


LIMITS = Limits(
    body_bytes=20_000,
    document_bytes=4_000,
    tokens=1_000,
    depth=6,
    aliases=10,
    root_fields=8,
    fragments=20,
    directives=10,
    variables_bytes=10_000,
    variables_values=500,
    variables_depth=5,
    list_items=50,
    cost=50,
)


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("body", "limit", "maximum"),
    [
        ({"query": "{ " + "query { " * 300}, "depth", 11),
        ({"query": "{ query { query { query { query { query { query { hello } } } } } } }"}, "depth", 6),
        ({"query": "{" + " ".join(f"a{n}: hello" for n in range(300)) + "}"}, "aliases", 10),
        ({"query": "{ hello " + "@skip " * 200 + "}"}, "directives", 10),
        ({"query": "{ " + "hello " * 9 + "}"}, "root fields", 8),
        ({"query": "{ " + "...a " * 21 + "} fragment a on Query { hello }"}, "fragments", 20),
        ({"query": "{ " + "a " * 1_500 + "}"}, "tokens", 1_000),
        ({"query": "{ hello }" + " " * 4_000}, "document's bytes", 4_000),
        ({"query": "{ query { " + "hello " * 50 + "} }"}, "cost", 50),
        ({"query": '{ hello(name: "' + "\u20ac" * 1_400 + '") }'}, "document's bytes", 4_000),
        ({"query": "{ hello }", "variables": {"a": "x" * 10_001}}, "variables' bytes", 10_000),
        ({"query": "{ hello }", "variables": {"a": nested(6)}}, "variables' depth", 5),
        ({"query": "{ hello }", "variables": {"a": [0] * 51}}, "list items", 50),
        ({"query": "{ hello }", "variables": {str(n): n for n in range(501)}}, "variables' values", 500),
        ({"query": "{ hello }", "variables": {"a": [[0] * 40] * 40}}, "variables' values", 500),
    ],
)
async def test_what_is_over_a_limit_is_refused_by_its_name(
    bare_context: Make, body: object, limit: str, maximum: int
) -> None:
    reply = await post(application(bare_context, LIMITS), body)
    told = {name: value for name, value in reply.error.items() if name != "found"}
    assert (reply.status, told) == (400, {"code": "LIMIT_EXCEEDED", "limit": limit, "maximum": maximum})


async def test_the_limits_themselves_are_admitted(bare_context: Make) -> None:
    limits = LIMITS.model_copy(update={"cost": 1_000})
    app = application(bare_context, limits)
    at_the_edge = {
        "query": "query { "
        + " ".join(f"a{n}: hello" for n in range(7))
        + " query { query { query { query { query { hello } } } } } "
        + " }",
        "variables": {"a": [0] * 50, "b": [[[1]]]},
    }
    assert (await post(app, at_the_edge)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"query": '{ hello(name: "\x00") }'},
        {"query": '{ hello(name: "\\u0000") }'},
        {"query": '{ hello(name: "\\u{0}") }'},
        {"query": "query($a: String) { hello(name: $a) }", "variables": {"a": "b\x00"}},
        {"query": "query($a: [[String]]) { hello }", "variables": {"a": [["\x00"]]}},
        {"query": "query($a: String) { hello }", "variables": {"a": {"\x00": 1}}},
    ],
)
async def test_nul_characters_are_bad_input_wherever_they_hide(bare_context: Make, body: object) -> None:
    reply = await post(application(bare_context), body)
    assert (reply.status, reply.error) == (400, {"code": "BAD_USER_INPUT"})


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**18, 1.5, 1e300, True, "1"])
async def test_a_number_no_int_can_hold_is_bad_input_in_variables(bare_context: Make, number: object) -> None:
    body = {"query": "query($n: Int!) { count(number: $n) }", "variables": {"n": number}}
    reply = await post(application(bare_context), body)
    assert (reply.status, reply.error) == (400, {"code": "BAD_USER_INPUT"})


async def test_a_number_longer_than_any_is_refused_unread(bare_context: Make) -> None:
    body = b'{"query": "query($n: Int!) { count(number: $n) }", "variables": {"n": 1' + b"0" * 400 + b"}}"
    assert (await send(application(bare_context), body)).error == {"code": "BAD_REQUEST"}
    for number in ("9" * 65, "-" + "9" * 5_000, "1" + "0" * 20_000, "0." + "1" * 100):
        reply = await post(application(bare_context), {"query": f"{{ count(number: {number}) }}"})
        told = {"code": "LIMIT_EXCEEDED", "limit": "number's length", "maximum": 64, "found": len(number)}
        assert (reply.status, reply.error) == (400, told)


@pytest.mark.parametrize("number", [str(2**31), "9" * 64, "1e400", "-" + "9" * 63, "1.5"])
async def test_a_number_no_int_can_hold_does_not_validate_in_a_document(bare_context: Make, number: str) -> None:
    reply = await post(application(bare_context), {"query": f"{{ count(number: {number}) }}"})
    assert (reply.status, reply.error) == (400, {"code": "GRAPHQL_VALIDATION_FAILED"})


async def test_packed_bodies_are_not_unpacked(bare_context: Make) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    for packing in ("gzip", "br", "zstd", "deflate", "gzip, gzip", "x"):
        headers = [JSON_TYPE, ("content-encoding", packing)]
        reply = await send(application(bare_context), bomb, headers=headers)
        assert (reply.status, reply.error) == (415, {"code": "UNSUPPORTED_MEDIA_TYPE"})
        assert reply.headers["accept-encoding"] == "identity"
    plain = [JSON_TYPE, ("content-encoding", "identity")]
    assert (await send(application(bare_context), b'{"query": "{ hello }"}', headers=plain)).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON ; Charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=latin-1", 415),
        ("application/graphql", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
async def test_only_json_in_utf_8_is_read_so_that_a_simple_form_post_is_not(
    bare_context: Make, content_type: str, status: int
) -> None:
    headers = [("content-type", content_type)] if content_type else []
    assert (await send(application(bare_context), b'{"query": "{ hello }"}', headers=headers)).status == status


async def test_a_body_over_its_bytes_is_too_large_announced_or_in_pieces(bare_context: Make) -> None:
    app = application(bare_context, Limits(body_bytes=100))
    announced = await send(app, b"", headers=[JSON_TYPE, ("content-length", "101")])
    absurd = await send(app, b"", headers=[JSON_TYPE, ("content-length", "9" * 4000)])
    whole = await send(app, b" " * 101)
    pieces = await send(app, [b" " * 60] * 1000)
    for reply in (announced, absurd, whole, pieces):
        assert (reply.status, reply.error) == (413, {"code": "BODY_TOO_LARGE", "maximum": 100})
        assert reply.headers["connection"] == "close"


async def test_a_body_that_does_not_arrive_in_time_is_408(bare_context: Make) -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    app = application(bare_context, Limits.model_construct(**{**Limits().model_dump(), "body_seconds": 0.01}))
    reply = await _unfinished(app, never)
    assert (reply.status, reply.error) == (408, {"code": "REQUEST_TIMEOUT"})
    assert reply.headers["connection"] == "close"


async def _unfinished(app: ASGIApp, never: Callable[[], Awaitable[Message]]) -> Reply:
    first = {"type": "http.request", "body": b'{"query": ', "more_body": True}
    given = [first]

    async def receive() -> Message:
        return given.pop() if given else await never()

    return await send(app, [], then=receive)


async def test_a_client_that_leaves_in_the_middle_of_its_body_gets_no_answer(bare_context: Make) -> None:
    messages: list[Message] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": b'{"query": "{ hello', "more_body": True},
    ]

    async def receive() -> Message:
        return messages.pop()

    assert (await send(application(bare_context), [], then=receive)).status == 0


async def test_a_client_that_leaves_cancels_its_read_and_never_its_write(bare_context: Make) -> None:
    for document, canceled, written in (("{ waiting }", True, False), ("mutation { write }", False, True)):
        held = gate()

        async def leaves(held: object = held) -> Message:
            return {"type": "http.disconnect"}

        app = application(bare_context, held=held)
        asked = asyncio.create_task(send(app, json.dumps({"query": document}).encode(), then=leaves))
        await held.entered.wait()
        if written:
            held.opened.set()
        reply = await asyncio.wait_for(asked, 5)
        assert (held.canceled, held.written) == (canceled, written)
        assert reply.status == (200 if written else 0)


async def test_as_many_operations_at_once_as_a_caller_may_and_the_next_is_429(bare_context: Make) -> None:
    held = gate()
    app = application(bare_context, Limits(concurrent_operations=1), held=held)
    first = asyncio.create_task(post(app, {"query": "{ waiting }"}))
    await held.entered.wait()
    refused = await post(app, {"query": "{ hello }"})
    assert (refused.status, refused.error) == (429, {"code": "TOO_MANY_AT_ONCE", "maximum": 1})
    assert refused.headers["retry-after"] == "1"
    held.opened.set()
    assert (await first).json["data"] == {"waiting": "done"}
    assert (await post(app, {"query": "{ hello }"})).status == 200


async def test_an_operation_over_its_time_is_given_up(bare_context: Make) -> None:
    held = gate()
    limits = Limits.model_construct(**{**Limits().model_dump(), "seconds": 0.01})
    reply = await post(application(bare_context, limits, held=held), {"query": "{ waiting }"})
    assert (reply.status, reply.error, held.canceled) == (400, {"code": "UNAVAILABLE"}, True)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (b"query=%7Bhello%7D", 200, None),
        (b"query=%7Bhello%7D&variables=%7B%7D&extensions=%7B%7D&operationName=", 200, None),
        (b"query=%7Bhello%7D&variables=", 200, None),
        (b"query=%7Bhello%7D&query=%7Bhello%7D", 400, "BAD_REQUEST"),
        (b"query=%7Bhello%7D&variables=%5B%5D", 400, "BAD_REQUEST"),
        (b"query=%7Bhello%7D&variables=%7B", 400, "BAD_REQUEST"),
        (b"query=%7Bhello%7D&extensions=7", 400, "BAD_REQUEST"),
        (b"query=%FF", 400, "BAD_REQUEST"),
        (b"query=\xff", 400, "BAD_REQUEST"),
        (b"", 400, "BAD_REQUEST"),
        (b"&" * 1_000, 400, "BAD_REQUEST"),
        (b"a=1&" * 1_000, 400, "BAD_REQUEST"),
        (b"query=mutation%7Bwrite%7D", 405, "METHOD_NOT_ALLOWED"),
        (b"query=subscription%7Bcounted%7D", 400, "SUBSCRIPTION_TRANSPORT"),
        (b"query=%7Bhello%7D&variables=%7B%22a%22%3A%22%5Cu0000%22%7D", 400, "BAD_USER_INPUT"),
        (b"query=" + b"a" * 170_000, 414, "URI_TOO_LONG"),
    ],
)
async def test_a_query_string_is_held_to_the_same_law(
    bare_context: Make, query: bytes, status: int, code: str | None
) -> None:
    reply = await send(application(bare_context), method="GET", query=query, headers=[("accept", GRAPHQL_JSON)])
    assert reply.status == status
    if code is not None:
        assert reply.error["code"] == code
    else:
        budget = {"maximum": 1_000_000, "remaining": 999_999, "restoredPerMinute": 1_000_000}
        cost = {"requested": 1, "maximum": 20_000, "budget": budget}
        assert reply.json == {"data": {"hello": "hello world"}, "extensions": {"cost": cost}}


async def test_a_header_that_decides_must_not_be_there_twice(bare_context: Make) -> None:
    for name, values in (
        ("content-type", ["application/json", "text/plain"]),
        ("authorization", ["Bearer a", "Bearer b"]),
        ("tillway-channel", ["a", "b"]),
    ):
        headers = [JSON_TYPE, *((name, value) for value in values)]
        reply = await send(application(bare_context), b'{"query": "{ hello }"}', headers=headers)
        assert (reply.status, reply.error) == (400, {"code": "BAD_REQUEST"})


async def test_suggestions_are_for_those_who_ask_for_them(bare_context: Make) -> None:
    silent = await post(application(bare_context), {"query": "{ helo }"})
    helpful = await post(application(bare_context, suggestions=True), {"query": "{ helo }"})
    assert silent.json["errors"][0]["message"] == "Cannot query field 'helo' on type 'Query'."
    assert helpful.json["errors"][0]["message"] == "Cannot query field 'helo' on type 'Query'. Did you mean 'hello'?"


async def test_introspection_can_be_turned_off(bare_context: Make) -> None:
    body = {"query": "{ __schema { queryType { name } } }"}
    assert (await post(application(bare_context), body)).json["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    closed = await post(application(bare_context, introspection=False), body)
    assert (closed.status, closed.json["errors"][0]["extensions"]["code"]) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert (await post(application(bare_context, introspection=False), {"query": "{ __typename }"})).status == 200


async def test_fields_of_one_name_stay_few_for_validation_compares_every_two(bare_context: Make) -> None:
    app = application(bare_context, Limits(root_fields=2_000))
    repeated = await post(app, {"query": "{ " + " ".join(f"hello(name: {n})" for n in range(330)) + " }"})
    told = {"code": "LIMIT_EXCEEDED", "limit": "repeated fields", "maximum": 50}
    assert (repeated.status, repeated.error) == (400, told)
    aliased = {"query": "{ " + " ".join(f"a{n}: hello" for n in range(60)) + " }"}
    assert (await post(app, aliased)).status == 200
