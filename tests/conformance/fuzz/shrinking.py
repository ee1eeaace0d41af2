"""Makes the document of a failing case smaller while it goes on failing, and prints it."""

from collections.abc import Awaitable, Callable, Iterator

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)
from graphql.language import REMOVE

from tests.conformance.fuzz.cases import Case, Outcome

_ROUNDS_MAX = 400
_REMOVABLE = (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

Fails = Callable[[DocumentNode], Awaitable[bool]]


async def shrunk(case: Case, fails: Fails) -> DocumentNode:
    """The smallest failing document found by leaving out one selection, directive or definition after another.

    Variables are left defined though unused, which execution does not mind."""
    document, rounds = case.document, 0
    progress = True
    while progress and rounds < _ROUNDS_MAX:
        progress = False
        for candidate in _smaller(document):
            rounds += 1
            if rounds >= _ROUNDS_MAX:
                break
            if _valid(case, candidate) and await fails(candidate):
                document, progress = candidate, True
                break
    return parse(print_ast(document))


def report(case: Case, document: DocumentNode, verdict: str, stock: Outcome, compiled: Outcome) -> str:
    """All that is needed to see the difference again."""
    return "\n".join(
        [
            f"seed {case.seed}: {verdict}; mood {case.mood}; operation {case.operation_name}; variables {case.variables}",
            print_ast(document),
            f"stock    {_told(stock)}",
            f"compiled {_told(compiled)}",
            "schema:",
            case.sdl,
        ]
    )


def _told(outcome: Outcome) -> str:
    errors = [(error.message, error.path, error.locations) for error in outcome.result.errors or ()]
    return f"at once: {outcome.at_once}; data {outcome.result.data}; errors {errors}; calls {outcome.calls}"


def _valid(case: Case, document: DocumentNode) -> bool:
    return all(
        "never used" in error.message or "is not used" in error.message for error in validate(case.schema, document)
    )


def _smaller(document: DocumentNode) -> Iterator[DocumentNode]:
    for number in range(_Leaving.count(document)):
        candidate = visit(document, _Leaving(number))
        if isinstance(candidate, DocumentNode):
            yield candidate


class _Leaving(Visitor):
    """Leaves out the removable node of a number, counted in the order of visiting."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number, self.seen = number, -1

    @classmethod
    def count(cls, document: DocumentNode) -> int:
        counting = cls(-2)
        visit(document, counting)
        return counting.seen + 1

    def enter(self, node: Node, _key: object, parent: object, *_rest: object) -> object:
        removable = isinstance(node, _REMOVABLE)
        if not removable or (
            isinstance(parent, list | tuple) and len(parent) == 1 and not isinstance(node, DirectiveNode)
        ):
            return None
        self.seen += 1
        return REMOVE if self.seen == self.number else None
