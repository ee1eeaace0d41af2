"""Which media type to answer in, by `Accept` with its quality values (RFC 9110), and which bodies are read.

Clients that merely list `text/event-stream` get JSON for queries and mutations; a subscription they ask for is streamed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

Headers = Mapping[bytes, bytes]

JSON = b"application/json; charset=utf-8"
GRAPHQL_JSON = b"application/graphql-response+json; charset=utf-8"
EVENT_STREAM = b"text/event-stream; charset=utf-8"
HTML = b"text/html; charset=utf-8"

_JSON_NAME, _GRAPHQL_JSON_NAME, _EVENT_STREAM_NAME, _HTML_NAME = (
    b"application/json",
    b"application/graphql-response+json",
    b"text/event-stream",
    b"text/html",
)
_WEIGHT = re.compile(rb"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_RANGES_MAX = 64


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a client accepts.

    Attributes:
        answer: the media type for queries and mutations; None when none of ours is acceptable.
        stream: whether a subscription may be streamed.
        page: whether a page for people is preferred to JSON.
    """

    answer: bytes | None
    stream: bool
    page: bool


@lru_cache(512)
def accepted(header: bytes) -> Acceptance:
    """What an `Accept` header admits; an empty one admits everything. Only the first 64 ranges count."""
    ranges = _ranges(header)
    if not ranges:
        return Acceptance(JSON, stream=False, page=False)
    graphql_json, json, events, html = (
        _quality(ranges, name) for name in (_GRAPHQL_JSON_NAME, _JSON_NAME, _EVENT_STREAM_NAME, _HTML_NAME)
    )
    answer: bytes | None = None
    if graphql_json or json:
        # Who does not name the newer type may not know its status codes, so wildcards are answered in plain JSON.
        answer = GRAPHQL_JSON if _GRAPHQL_JSON_NAME in ranges and graphql_json >= json else JSON
        if not (json if answer is JSON else graphql_json):
            answer = GRAPHQL_JSON
    best = max(graphql_json, json)
    named_events = _EVENT_STREAM_NAME in ranges and events > 0
    if named_events and events > best:
        answer = EVENT_STREAM
    return Acceptance(answer, stream=named_events, page=_HTML_NAME in ranges and html >= best and html > 0)


def _ranges(header: bytes) -> dict[bytes, float]:
    found: dict[bytes, float] = {}
    for part in header.lower().split(b",")[:_RANGES_MAX]:
        media, *parameters = (piece.strip() for piece in part.split(b";"))
        if not media:
            continue
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition(b"=")
            if name.strip() == b"q":
                quality = float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
            elif name.strip() == b"charset" and value.strip().strip(b'"') not in (b"utf-8", b"utf8"):
                quality = 0.0
        found[media] = max(found.get(media, 0.0), quality)
    return found


def _quality(ranges: Mapping[bytes, float], media: bytes) -> float:
    """The most specific range decides."""
    family = media.partition(b"/")[0] + b"/*"
    for name in (media, family, b"*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


@lru_cache(64)
def is_json(content_type: bytes) -> bool:
    """Whether a body of this `Content-Type` is read: JSON in UTF-8."""
    media, *parameters = (piece.strip() for piece in content_type.lower().split(b";"))
    if media != b"application/json":
        return False
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"charset" and value.strip().strip(b'"') not in (b"utf-8", b"utf8"):
            return False
    return True
