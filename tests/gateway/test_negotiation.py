"""Media types by quality values, as RFC 9110 and GraphQL over HTTP have them."""

import pytest

from gateway.negotiation import EVENT_STREAM, GRAPHQL_JSON, JSON, Acceptance, accepted


@pytest.mark.parametrize(
    ("header", "answer", "stream"),
    [
        ("", JSON, False),
        ("*/*", JSON, False),
        ("application/*", JSON, False),
        ("application/json", JSON, False),
        ("Application/JSON", JSON, False),
        ("application/graphql-response+json", GRAPHQL_JSON, False),
        ("application/graphql-response+json;charset=utf-8", GRAPHQL_JSON, False),
        ("application/graphql-response+json;charset=utf-16", None, False),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_JSON, False),
        ("application/json, application/graphql-response+json", GRAPHQL_JSON, False),
        ("application/graphql-response+json;q=0.8, application/json", JSON, False),
        ("application/json;q=0, */*", GRAPHQL_JSON, False),
        ("application/graphql-response+json;q=0, */*", JSON, False),
        ("application/json;q=0", None, False),
        ("*/*;q=0", None, False),
        ("application/json;q=2", None, False),
        ("application/json;q=x", None, False),
        ("text/html", None, False),
        ("text/csv, image/*", None, False),
        ("text/event-stream", EVENT_STREAM, True),
        ("text/event-stream;q=0", None, False),
        ("application/json, text/event-stream", JSON, True),
        ("text/event-stream, application/json", JSON, True),
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", GRAPHQL_JSON, True),
        ("application/json;q=0.5, text/event-stream", EVENT_STREAM, True),
        (",,,", JSON, False),
        (", ".join(f"text/x{n}" for n in range(64)) + ", application/json", None, False),
    ],
)
def test_the_answers_media_type_is_the_best_acceptable_one(header: str, answer: bytes | None, stream: bool) -> None:
    assert accepted(header.encode()) == Acceptance(answer, stream=stream, page="html" in header)


@pytest.mark.parametrize(
    ("header", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json, text/html;q=0.9", False),
        ("*/*", False),
        ("text/*", False),
        ("text/html;q=0, */*", False),
    ],
)
def test_a_page_is_for_those_who_prefer_it(header: str, page: bool) -> None:
    assert accepted(header.encode()).page is page
