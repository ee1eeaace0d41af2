"""What a document may ask for, checked in one pass that is linear in its size, before it is validated.

Fragments are measured once and remembered, so nested spreads cannot multiply the work; a cycle counts as nothing here
and is refused by validation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from resolvers.connections import PAGE_DEFAULT, PAGE_MAX
from resolvers.errors import PublicError

_COST_CAP = 10**12


class LimitExceeded(PublicError):
    """The document asks for more than a limit admits; the error says which and how much."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, maximum: int, found: int) -> None:
        super().__init__(
            f"The operation's {limit} is {found}; at most {maximum} is admitted. Ask for less at once.",
            limit=limit,
            maximum=maximum,
            found=found,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """The maxima of one caller kind."""

    depth: int
    aliases: int
    root_fields: int
    cost: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection amounts to: levels below it, aliases in it, and fields times page sizes."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: "Measure") -> "Measure":
        """Two selections side by side."""
        return Measure(
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, _COST_CAP),
            min(self.cost + other.cost, _COST_CAP),
        )


NOTHING = Measure()


class Measurer:
    """Measures one document for one set of variables."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, object]) -> None:
        self._variables = variables
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}

    def operation(self, node: OperationDefinitionNode) -> Measure:
        """The measure of an operation."""
        return self._selection(node.selection_set)

    def _selection(self, selection_set: SelectionSetNode | None) -> Measure:
        total = NOTHING
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                total = total.beside(self._field(node))
            elif isinstance(node, InlineFragmentNode):
                total = total.beside(self._selection(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                total = total.beside(self._fragment(node.name.value))
        return total

    def _field(self, node: FieldNode) -> Measure:
        below = self._selection(node.selection_set)
        aliases = below.aliases + (1 if node.alias else 0)
        return Measure(below.depth + 1, aliases, min(1 + below.cost * self._page_size(node), _COST_CAP))

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            self._measured[name] = NOTHING  # a cycle meets this and ends
            fragment = self._fragments.get(name)
            self._measured[name] = self._selection(fragment.selection_set) if fragment else NOTHING
        return self._measured[name]

    def _page_size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value: object = None
                if isinstance(argument.value, IntValueNode):
                    value = int(argument.value.value[:12])
                elif isinstance(argument.value, VariableNode):
                    value = self._variables.get(argument.value.name.value, PAGE_DEFAULT)
                if isinstance(value, int):
                    return min(max(value, 1), PAGE_MAX)
                return PAGE_DEFAULT
        return PAGE_DEFAULT if _looks_paged(node) else 1


def _looks_paged(node: FieldNode) -> bool:
    names = {
        child.name.value
        for child in (node.selection_set.selections if node.selection_set else ())
        if isinstance(child, FieldNode)
    }
    return bool(names & {"edges", "nodes", "pageInfo"})


def check(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, object], limits: Limits
) -> int:
    """The operation's cost.

    Raises:
        LimitExceeded: it is deeper, wider or costlier than admitted.
    """
    roots = len(operation.selection_set.selections)
    measure = Measurer(document, variables).operation(operation)
    for name, maximum, found in (
        ("root fields", limits.root_fields, roots),
        ("depth", limits.depth, measure.depth),
        ("aliases", limits.aliases, measure.aliases),
        ("cost", limits.cost, measure.cost),
    ):
        if found > maximum:
            raise LimitExceeded(name, maximum, found)
    return measure.cost
