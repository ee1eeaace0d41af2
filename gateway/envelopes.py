"""The envelope of a GraphQL request: JSON or a query string, checked field by field, before the document is looked at.

Whatever is measured here is counted in C where that can tell already that nothing is over a limit; only what may be is
walked, and no further than the limit.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

import orjson

from gateway.limits import LimitExceeded, Limits
from resolvers.context import Context
from resolvers.errors import BadInput, PublicError

_KINDS: Mapping[str, tuple[type, str]] = {
    "query": (str, "text"),
    "variables": (dict, "an object"),
    "operationName": (str, "text"),
    "extensions": (dict, "an object"),
    "documentId": (str, "text"),
    "id": (str, "text"),
}
_QUOTED = {name: f'"{name}"'.encode() for name in _KINDS}
_QUERY_PARAMETERS_MAX = 16
_ONE_OBJECT = "The body must be one JSON object; batches are not admitted."
_OTHER_VALUES_MAX = 1_000
"""Values that may be in a body beside its variables."""
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*"', re.DOTALL)
_name_of = itemgetter(0)
_NESTING = frozenset({dict, list})


class BadRequest(PublicError):
    """The request is malformed; nothing of it was run."""

    code = "BAD_REQUEST"


class DocumentRefused(PublicError):
    """The document behind a request cannot be had. `status` is for clients of real status codes."""

    status = 400


class PersistedQueryNotSupported(DocumentRefused):
    """Apollo's clients send the text after this answer, and stop asking by hash."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


_NOTHING: Mapping[str, object] = {}


class Request(NamedTuple):
    """What a client sent, already of the right types. `query` is empty when a document is named otherwise."""

    query: str
    variables: Mapping[str, object] = _NOTHING
    operation_name: str | None = None
    extensions: Mapping[str, object] = _NOTHING
    document_id: str | None = None


class Documents(Protocol):
    """Where the text of a request's document comes from."""

    async def resolved(self, request: Request, context: Context) -> Request:
        """The request with its document's text.

        Raises:
            DocumentRefused: the document is unknown, or this caller may not send it.
            BadRequest: the request names no document.
        """
        ...


class TextDocuments:
    """Documents come as text only."""

    async def resolved(self, request: Request, context: Context) -> Request:
        """See `Documents.resolved`."""
        if request.query.strip():
            return request
        if "persistedQuery" in request.extensions:
            raise PersistedQueryNotSupported
        raise BadRequest("Send the document as text in `query`.")


def read_json(raw: bytes, limits: Limits) -> Request:
    """The request in a JSON body or message payload.

    Raises:
        BadRequest: it is not one JSON object, or a field is of the wrong type or given twice.
        LimitExceeded: the variables are larger or deeper than admitted.
        BadInput: a text holds a NUL character.
    """
    if raw.lstrip()[:1] == b"[":
        raise BadRequest(_ONE_OBJECT)
    _refuse_flood(raw, limits)
    try:
        parsed: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not valid JSON in UTF-8.") from None
    if not isinstance(parsed, dict):
        raise BadRequest(_ONE_OBJECT)
    request = request_of(parsed)
    check_variables(request.variables, raw, limits)
    if b"\\u" in raw or _may_repeat(parsed, raw):
        _refuse_twins(raw)
    return request


def _may_repeat(parsed: Mapping[str, object], raw: bytes) -> bool:
    """Whether one of an envelope's fields may have been given more than once."""
    for name in parsed:
        quoted = _QUOTED.get(name)
        if quoted is not None and raw.count(quoted) > 1:
            return True
    return False


def read_query_string(raw: bytes, limits: Limits) -> Request:
    """The request in a URL's query.

    Raises:
        BadRequest: it is not UTF-8, a parameter is given twice, or one that must be JSON is not.
        LimitExceeded, BadInput: see `read_json`.
    """
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_QUERY_PARAMETERS_MAX
        )
    except ValueError:
        raise BadRequest("The query string must be UTF-8, percent-encoded, with few parameters.") from None
    params: dict[str, object] = {}
    for name, text in pairs:
        if name in params and name in _KINDS:
            raise BadRequest(f"`{name}` is given twice.")
        if name not in ("variables", "extensions"):
            params[name] = text
        elif text:
            params[name] = _json_parameter(name, text)
    request = request_of(params)
    variables = next((text for name, text in pairs if name == "variables"), "")
    check_variables(request.variables, variables.encode(), limits)
    return request


def _json_parameter(name: str, text: str) -> object:
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest(f"`{name}` is not valid JSON.") from None
    return parsed


def request_of(params: Mapping[str, Any]) -> Request:
    """The request in an envelope.

    Raises:
        BadRequest: a field is of the wrong type.
    """
    for name, value in params.items():
        if value is not None and name in _KINDS:
            kind, told = _KINDS[name]
            if not isinstance(value, kind):
                raise BadRequest(f"`{name}` must be {told}.")
    given = params.get
    return Request(
        given("query") or "",
        given("variables") or _NOTHING,
        given("operationName") or None,
        given("extensions") or _NOTHING,
        given("documentId") or given("id") or None,
    )


def _refuse_flood(raw: bytes, limits: Limits) -> None:
    """Refuse more values than any request has before they are made; separators in texts do not count."""
    most = limits.variables_values + _OTHER_VALUES_MAX
    if raw.count(b",") > most and _TEXT.sub(b"", raw).count(b",") > most:
        raise LimitExceeded("variables' values", limits.variables_values)


def _refuse_twins(raw: bytes) -> None:
    """Refuse an envelope that gives a field twice: two readers would not agree on what it says."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) < len(pairs):
            ((twin, _),) = Counter(map(_name_of, pairs)).most_common(1)
            raise BadRequest(f"`{twin[:40]}` is given twice in one object.")
        return members

    try:
        json.loads(raw, object_pairs_hook=unique)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None


def check_variables(variables: Mapping[str, object], raw: bytes, limits: Limits) -> None:
    """Hold variables to their limits; `raw` is the text they came in, or more than it.

    Raises:
        LimitExceeded: they are larger, deeper or longer than admitted.
        BadInput: a text in them holds a NUL character.
    """
    if not variables:
        return
    if len(raw) > limits.variables_bytes and len(orjson.dumps(variables)) > limits.variables_bytes:
        raise LimitExceeded("variables' bytes", limits.variables_bytes)
    # JSON can only hold NUL as an escape; doubled backslashes are none.
    if b"\\u0000" in raw and b"\\u0000" in orjson.dumps(variables).replace(b"\\\\", b""):
        raise BadInput(NUL_REFUSED)
    if len(variables) < limits.variables_values and _NESTING.isdisjoint(map(type, variables.values())):
        return  # as flat as most are; the braces in `raw` are the document's
    openings = raw.count(b"{") + raw.count(b"[")
    separators = raw.count(b",")
    if openings > limits.variables_depth or separators >= min(limits.list_items, limits.variables_values - openings):
        _walk(variables, limits)


def _walk(variables: Mapping[str, object], limits: Limits) -> None:
    level: list[object] = [variables]
    depth = values = 0
    while level:
        depth += 1
        if depth > limits.variables_depth:
            raise LimitExceeded("variables' depth", limits.variables_depth)
        inner: list[object] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                if len(value) > limits.list_items:
                    raise LimitExceeded("list items", limits.list_items, len(value))
                inner.extend(value)
            if values + len(inner) > limits.variables_values:
                raise LimitExceeded("variables' values", limits.variables_values)
        values += len(inner)
        level = [value for value in inner if type(value) in _NESTING]


NUL_REFUSED = "Text must not hold NUL characters; no database can keep them."
