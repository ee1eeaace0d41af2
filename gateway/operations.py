"""One door for every operation, over HTTP, WebSocket or SSE: parse once, check limits, run, mask what is ours.

Documents and their validation are remembered by text. What this module answers is ready for the wire.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field

import strawberry
import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from domain.errors import ProviderUnavailable, Refused
from gateway.database import DatabaseBusy
from gateway.execution import CompiledExecutor
from gateway.limits import Limits, check
from resolvers.context import Context
from resolvers.errors import PublicError, Unavailable

_DOCUMENTS_MAX = 1000
_ERRORS_MAX = 20
_log = structlog.get_logger("tillway.operations")

Formatted = dict[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, already of the right types."""

    query: str
    variables: Mapping[str, object] = field(default_factory=dict)
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A result for the wire. `executed` is False when the request itself was wrong and nothing ran."""

    body: Formatted
    executed: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    document: DocumentNode
    errors: tuple[GraphQLError, ...]


class Operations:
    """The schema with its caches and limits.

    Attributes:
        executor: runs admitted documents; its counts are a metric.
    """

    def __init__(
        self, schema: strawberry.Schema, limits: Limits, *, tokens_max: int, introspection: bool, seconds_max: int
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 - the executor works on the schema underneath
        self.executor = CompiledExecutor(self._schema, strawberry_schema=schema, plans_max=_DOCUMENTS_MAX)
        self._limits = limits
        self._tokens_max = tokens_max
        self._rules = list(specified_rules) if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
        self._seconds_max = seconds_max
        self._prepared: OrderedDict[str, _Prepared] = OrderedDict()

    def operation_type(self, request: Request) -> OperationType | None:
        """The kind of the operation a request names; None when it cannot be told."""
        operation = get_operation_ast(self._prepare(request.query).document, request.operation_name)
        return operation.operation if operation else None

    async def execute(self, request: Request, context: Context) -> Answer:
        """Run a query or mutation to its end, within the time limit."""
        try:
            document, cost = self._admit(request)
        except _Wrong as wrong:
            return Answer(self._failed(wrong.errors, context), executed=False)
        try:
            async with asyncio.timeout(self._seconds_max):
                running = self.executor.execute(
                    document,
                    context_value=context,
                    variable_values=request.variables,
                    operation_name=request.operation_name,
                )
                result = running if isinstance(running, ExecutionResult) else await running
        except TimeoutError:
            late = Unavailable(f"The operation took longer than {self._seconds_max} seconds. Ask for less, or again.")
            return Answer(self._failed([late], context), executed=False)
        return self._answer(result, context, cost)

    async def subscribe(self, request: Request, context: Context) -> AsyncGenerator[Answer, None]:
        """Run a subscription: one answer per event, or one answer that says why not."""
        try:
            document, cost = self._admit(request)
        except _Wrong as wrong:
            yield Answer(self._failed(wrong.errors, context), executed=False)
            return
        started = self.executor.subscribe(
            document,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        stream = started if not asyncio.iscoroutine(started) else await started
        if isinstance(stream, ExecutionResult):
            yield self._answer(stream, context, cost)
            return
        assert isinstance(stream, AsyncGenerator | AsyncIterator)
        try:
            async for result in stream:
                yield self._answer(result, context, cost)
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _admit(self, request: Request) -> tuple[DocumentNode, int]:
        if _has_nul(request.query) or _has_nul(request.variables):
            message = "Text must not hold NUL characters; no database can keep them."
            raise _Wrong([GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})])
        prepared = self._prepare(request.query)
        if prepared.errors:
            raise _Wrong(prepared.errors)
        operation = get_operation_ast(prepared.document, request.operation_name)
        if operation is None:
            message = "Name one operation of the document in `operationName`."
            raise _Wrong([GraphQLError(message, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})])
        try:
            return prepared.document, check(prepared.document, operation, request.variables, self._limits)
        except PublicError as exceeded:
            raise _Wrong([exceeded]) from None

    def _prepare(self, query: str) -> _Prepared:
        known = self._prepared.get(query)
        if known is not None:
            self._prepared.move_to_end(query)
            return known
        prepared = self._parsed(query)
        self._prepared[query] = prepared
        if len(self._prepared) > _DOCUMENTS_MAX:
            self._prepared.popitem(last=False)
        return prepared

    def _parsed(self, query: str) -> _Prepared:
        try:
            document = parse(query, max_tokens=self._tokens_max)
        except GraphQLSyntaxError as syntax:
            syntax.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
            return _Prepared(DocumentNode(definitions=()), (syntax,))
        except RecursionError:
            deep = GraphQLError("The document is nested too deeply.", extensions={"code": "GRAPHQL_PARSE_FAILED"})
            return _Prepared(DocumentNode(definitions=()), (deep,))
        try:
            # Before validation, whose own rules are not all linear. Page sizes in variables count as the default here.
            for node in document.definitions:
                if isinstance(node, OperationDefinitionNode):
                    check(document, node, {}, self._limits)
        except PublicError as exceeded:
            return _Prepared(document, (exceeded,))
        errors = validate(self._schema, document, self._rules, max_errors=_ERRORS_MAX)
        for error in errors:
            error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
        return _Prepared(document, tuple(errors))

    def _answer(self, result: ExecutionResult, context: Context, cost: int) -> Answer:
        body: Formatted = {}
        executed = True
        if result.errors:
            body["errors"] = [self._public(error, context) for error in result.errors]
            executed = result.data is not None or any(error.path for error in result.errors)
        if executed:
            body["data"] = result.data
        body["extensions"] = {"cost": {"requested": cost, "maximum": self._limits.cost}}
        return Answer(body, executed)

    def _failed(self, errors: "list[GraphQLError] | tuple[GraphQLError, ...]", context: Context) -> Formatted:
        return {"errors": [self._public(error, context) for error in errors]}

    def _public(self, error: GraphQLError, context: Context) -> Formatted:
        """An error as a stranger may read it."""
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
            _log.error("unexpected error", request_id=context.request_id, path=error.path, exc_info=cause)
            shown["message"] = "Unexpected error."
            extensions = {"code": "INTERNAL_SERVER_ERROR"}
        shown["extensions"] = {**extensions, "requestId": context.request_id}
        return shown


class _Wrong(Exception):
    """The request is wrong and nothing is run."""

    def __init__(self, errors: "list[GraphQLError] | tuple[GraphQLError, ...] | list[PublicError]") -> None:
        super().__init__()
        self.errors: list[GraphQLError] = list(errors)


def _has_nul(value: object) -> bool:
    """Whether a NUL character is in a document, escaped or not, or anywhere in its variables."""
    if isinstance(value, str):
        return "\x00" in value or "\\u0000" in value or "\\u{0" in value
    if isinstance(value, Mapping):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_has_nul(inner) for inner in value)
