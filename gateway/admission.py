"""Which documents may run, and for whom: outlined, measured, parsed and validated once per text, checked for each caller.

A document is held to its caller's limits by its outline before it is parsed, and by the outline's measure before it is
validated, so that a hostile one buys neither. Documents that are valid are remembered; the others are not, so that they
cannot crowd out the good ones.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as merging

from domain.acts import ActorKind
from gateway.costs import FieldCosts, OperationMeasure, measured
from gateway.envelopes import NUL_REFUSED, Request
from gateway.limits import CallerLimits, LimitExceeded, Limits
from gateway.outline import Outline
from gateway.outlining import outlined
from gateway.relevance import relevant
from gateway.sieve import Sieve
from gateway.sieve_values import Invalid

DOCUMENTS_MAX = 1_000
_TOKENS_MAX = 100_000
_ERRORS_MAX = 10
_COMPARISONS_MAX = 6_000


Charge = Callable[[int], None]
"""Takes the tokens of a document that has to be parsed from its caller's rate, or raises `RateLimited`."""


class NotAdmitted(Exception):
    """The request is wrong and nothing is run."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document with the measures of its operations, by name; the name of an anonymous one is None.

    `admitted` are the caller kinds whose limits its outline was held to.
    """

    text: str
    document: DocumentNode
    outline: Outline
    operations: Mapping[str | None, tuple[OperationDefinitionNode, OperationMeasure]]
    admitted: set[ActorKind] = field(default_factory=set)


class Admitted(NamedTuple):
    """An operation that may run: the request, its document, and what it costs of how much."""

    request: Request
    prepared: Prepared
    operation: OperationDefinitionNode
    cost: int
    limits: Limits


class Admission:
    """The door of one schema."""

    def __init__(
        self, schema: GraphQLSchema, limits: CallerLimits, *, introspection: bool = True, suggestions: bool = False
    ) -> None:
        self._schema = schema
        self._limits = limits
        hidden = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, *hidden)
        self._suggestions = suggestions
        self._costs = FieldCosts(schema)
        self._sieve = Sieve(schema, introspection=introspection)
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()
        self._tokens = 0
        # Validation compares fields of one name with each other; beyond this it gives up, which is a refusal.
        merging.MAX_COMPLEXITY_BUDGET = _COMPARISONS_MAX

    def limits_of(self, kind: ActorKind) -> Limits:
        """The limits of a caller kind."""
        return self._limits.of(kind)

    def admit(self, request: Request, kind: ActorKind, charge: Charge | None = None) -> Admitted:
        """The operation a request names, within the limits of its caller.

        Raises:
            NotAdmitted: with the errors to answer.
            RateLimited: the document is not known yet, and the caller has sent too many such.
        """
        limits = self._limits.of(kind)
        try:
            prepared = self._prepare(request, kind, limits, charge)
            chosen = self._chosen(prepared, request.operation_name)
            if chosen is None:
                message = "Name one operation of the document in `operationName`."
                raise NotAdmitted(GraphQLError(message, extensions={"code": "OPERATION_RESOLUTION_FAILURE"}))
            operation, measure = chosen
            return Admitted(request, prepared, operation, measure.check_cost(request.variables, limits), limits)
        except (LimitExceeded, Invalid) as refused:
            raise NotAdmitted(refused) from None

    @staticmethod
    def _chosen(prepared: Prepared, name: str | None) -> tuple[OperationDefinitionNode, OperationMeasure] | None:
        if name is None and len(prepared.operations) == 1:
            return next(iter(prepared.operations.values()))
        return prepared.operations.get(name) if name is not None else None

    def _prepare(self, request: Request, kind: ActorKind, limits: Limits, charge: Charge | None) -> Prepared:
        known = self._prepared.get(request.query)
        if known is None:
            known = self._remembered(self._valid(request.query, request.variables, limits, charge))
            known.admitted.add(kind)
            return known
        if kind not in known.admitted:
            known.outline.check(limits)
            for _, measure in known.operations.values():
                measure.check_shape(limits)
            known.admitted.add(kind)
        self._prepared.move_to_end(request.query)
        return known

    def _remembered(self, prepared: Prepared) -> Prepared:
        self._prepared[prepared.text] = prepared
        self._tokens += prepared.outline.tokens
        while len(self._prepared) > DOCUMENTS_MAX or (self._tokens > _TOKENS_MAX and len(self._prepared) > 1):
            _, forgotten = self._prepared.popitem(last=False)
            self._tokens -= forgotten.outline.tokens
        return prepared

    def _valid(self, text: str, variables: Mapping[str, object], limits: Limits, charge: Charge | None) -> Prepared:
        if len(text) > limits.document_bytes or len(text.encode()) > limits.document_bytes:
            raise LimitExceeded("document's bytes", limits.document_bytes)
        if "\x00" in text or "\\u0000" in text or "\\u{0" in text:
            raise NotAdmitted(GraphQLError(NUL_REFUSED, extensions={"code": "BAD_USER_INPUT"}))
        try:
            outline = outlined(text, limits)
            self._sieve.check(outline)
            measures = [measured(outline, operation, self._costs) for operation in outline.operations]
            for measure in measures:
                measure.check(variables, limits)
            # What is refused until here is cheap; what follows is paid by the token, valid or not.
            if charge is not None:
                charge(outline.tokens)
            document = parse(text, max_tokens=limits.tokens, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as syntax:
            syntax.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
            raise NotAdmitted(syntax) from None
        errors = validate(
            self._schema,
            document,
            relevant(self._rules, text),
            max_errors=_ERRORS_MAX,
            hide_suggestions=not self._suggestions,
            allow_empty_selection_sets=False,
        )
        if errors:
            code = {"code": "GRAPHQL_VALIDATION_FAILED"}
            raise NotAdmitted(*(GraphQLError(error.message, error.nodes, extensions=code) for error in errors))
        nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        operations = {
            node.name.value if node.name else None: (node, measure)
            for node, measure in zip(nodes, measures, strict=True)
        }
        return Prepared(text, document, outline, operations)
