"""The plans that are kept: least recently used operations leave first, and the number of plans is bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from gateway.execution.plans import Ground, Plan, Selected, Unsupported
from gateway.execution.variables import Coerce, coercion_of

VARIANTS_MAX = 32
"""Plans of one operation. Callers choose the values of conditions, so they must not choose how often we compile."""


class Prepared:
    """One operation of a validated document, with a plan for each combination of its conditions met so far."""

    def __init__(self, ground: Ground, selected: Selected) -> None:
        """Look at the operation.

        Raises:
            Unsupported: it asks for what plans cannot do.
        """
        self._ground = ground
        self._selected = selected
        self._conditions = _condition_variables(selected)
        self._plans: dict[tuple[object, ...], Plan | Unsupported] = {}
        self.coerce: Coerce = coercion_of(ground.schema, selected.operation, hide_suggestions=ground.hide_suggestions)

    def __len__(self) -> int:
        return max(1, len(self._plans))

    def plan(self, variables: VariableValues) -> Plan:
        """The plan for these values of the conditions' variables, compiled if it is new.

        Raises:
            Unsupported: this operation cannot be compiled, or has too many variants.
        """
        key = tuple([variables.coerced.get(name) for name in self._conditions])
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= VARIANTS_MAX:
                raise Unsupported("too_many_variants")
            found = self._plans[key] = self._compiled(variables)
        if isinstance(found, Unsupported):
            raise found.with_traceback(None)
        return found

    def _compiled(self, variables: VariableValues) -> Plan | Unsupported:
        if any(variables.coerced.get(name, True) is None for name in self._conditions):
            # Neither selected nor not: an error of each field it stands above, some of which is compiled while others run.
            return Unsupported("null_condition")
        try:
            return Plan(self._ground, self._selected, variables)
        except Unsupported as unsupported:
            return unsupported
        except GraphQLError:
            return Unsupported("request_error")
        except RecursionError:
            return Unsupported("too_deep")


class Plans:
    """The prepared operations of one schema.

    They are known by the identity of their document or operation: whoever parses and validates keeps the document, and
    two texts that differ in layout must not share the locations of their errors.
    """

    def __init__(self, ground: Ground, plans_max: int) -> None:
        self.ground = ground
        self._plans_max = plans_max
        # Each entry holds what its key identifies, so that the identity cannot pass to another object.
        self._prepared: OrderedDict[tuple[int, str | None], tuple[object, Prepared | Unsupported]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(_size, self._prepared.values()))

    def of_document(self, document: DocumentNode, operation_name: str | None) -> Prepared:
        """The prepared operation of a document.

        Raises:
            Unsupported: it is left to graphql-core, also when the name fits no operation.
        """
        key = (id(document), operation_name)
        known = self._prepared.get(key)
        if known is None or known[0] is not document:
            known = self._remember(key, document, lambda: select(document, operation_name))
        return self._used(key, known[1])

    def of_operation(self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDetails]) -> Prepared:
        """The same for an operation that has been found already."""
        key = (id(operation), None)
        known = self._prepared.get(key)
        if known is None or known[0] is not operation:
            known = self._remember(key, operation, lambda: Selected(operation, fragments))
        return self._used(key, known[1])

    def _used(self, key: tuple[int, str | None], outcome: Prepared | Unsupported) -> Prepared:
        self._prepared.move_to_end(key)
        if isinstance(outcome, Unsupported):
            raise outcome.with_traceback(None)
        return outcome

    def _remember(
        self, key: tuple[int, str | None], identified: object, find: Callable[[], Selected]
    ) -> tuple[object, Prepared | Unsupported]:
        outcome: Prepared | Unsupported
        try:
            outcome = Prepared(self.ground, find())
        except Unsupported as unsupported:
            outcome = unsupported
        entry = self._prepared[key] = (identified, outcome)
        excess = len(self) - self._plans_max
        while excess > 0 and len(self._prepared) > 1:
            _, gone = self._prepared.popitem(last=False)
            excess -= _size(gone)
        return entry


def _size(entry: tuple[object, Prepared | Unsupported]) -> int:
    return len(entry[1]) if isinstance(entry[1], Prepared) else 1


def select(document: DocumentNode, operation_name: str | None) -> Selected:
    """The operation of a document that a request names.

    Raises:
        Unsupported: there is none, or several and no name.
    """
    operation: OperationDefinitionNode | None = None
    fragments: dict[str, FragmentDetails] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            if operation_name is None and operation is not None:
                raise Unsupported("request_error")
            if operation_name is None or (definition.name and definition.name.value == operation_name):
                operation = definition
        elif isinstance(definition, FragmentDefinitionNode):
            if definition.variable_definitions:
                raise Unsupported("fragment_variables")
            fragments[definition.name.value] = FragmentDetails(definition, None)
    if operation is None:
        raise Unsupported("request_error")
    return Selected(operation, fragments)


class _Directives(Visitor):
    """Gathers the variables of conditions."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("defer", "stream"):
            raise Unsupported("incremental_delivery")
        if node.name.value in ("skip", "include"):
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names.add(argument.value.name.value)


def _condition_variables(selected: Selected) -> list[str]:
    found = _Directives()
    try:
        for definition in (selected.operation, *(one.definition for one in selected.fragments.values())):
            visit(definition, found)
    except RecursionError:
        raise Unsupported("too_deep") from None
    if any(fragment.variable_signatures for fragment in selected.fragments.values()):
        raise Unsupported("fragment_variables")
    return sorted(found.names)
