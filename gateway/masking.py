"""What a stranger may read of an error: codes always, our own mistakes never."""

from collections.abc import Sequence

import structlog
from graphql import GraphQLError

from domain.errors import ProviderUnavailable, Refused
from gateway.database import DatabaseBusy
from resolvers.errors import Unavailable

_log = structlog.get_logger("tillway.operations")

Formatted = dict[str, object]
_NOT_THE_CALLERS = frozenset({Unavailable.code, "INTERNAL_SERVER_ERROR"})


def failed(errors: Sequence[GraphQLError], request_id: str) -> Formatted:
    """The body of an answer without data."""
    return {"errors": [public(error, request_id) for error in errors]}


def public(error: GraphQLError, request_id: str) -> Formatted:
    """An error as a stranger may read it; whatever was not meant for them is logged and told as unexpected."""
    shown: Formatted = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        shown["path"] = error.path
    cause = error.original_error
    extensions: Formatted
    if isinstance(cause, GraphQLError) or cause is None:
        extensions = dict(error.extensions or {}) or {"code": "BAD_USER_INPUT"}
    elif isinstance(cause, Refused):
        shown["message"] = cause.message
        extensions = {"code": cause.code.name, **cause.facts}
    elif isinstance(cause, ProviderUnavailable | DatabaseBusy):
        shown["message"] = Unavailable().message
        extensions = {"code": Unavailable.code}
    else:
        _log.error("unexpected error", request_id=request_id, path=error.path, exc_info=cause)
        shown["message"] = "Unexpected error."
        extensions = {"code": "INTERNAL_SERVER_ERROR"}
    shown["extensions"] = {**extensions, "classification": classified(extensions["code"]), "requestId": request_id}
    return shown


def classified(code: object) -> str:
    """Whose turn it is: the caller's to change the request, ours to be repaired, or time's, for the same request again."""
    return str(code) if code in _NOT_THE_CALLERS else "BAD_REQUEST"
