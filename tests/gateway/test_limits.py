"""Documents are outlined and measured in one pass over their tokens, whatever their fragments do."""

import pytest
import strawberry
from graphql import GraphQLSyntaxError

from domain.acts import ActorKind
from gateway.costs import COST_CAP, FieldCosts, OperationMeasure, measured
from gateway.limits import CallerLimits, LimitExceeded, Limits
from gateway.outline import Outline
from gateway.outlining import outlined
from resolvers.costs import Cost

ADMITTED = Limits(depth=5, aliases=3, root_fields=2, cost=500)
WIDE = Limits(cost=COST_CAP, fragments=2000, tokens=20_000)


@strawberry.type
class Leaf:
    name: str


@strawberry.type
class LeafConnection:
    nodes: list[Leaf]
    total: int


@strawberry.type
class Query:
    name: str = "a"
    names: list[str] = strawberry.field(default_factory=list)
    heavy: str = strawberry.field(default="h", directives=[Cost(weight=40)])

    @strawberry.field
    def leaf(self) -> Leaf:
        return Leaf(name="a")

    @strawberry.field
    def leaves(self) -> list[Leaf]:
        return []

    @strawberry.field
    def by_ids(self, ids: list[strawberry.ID]) -> list[Leaf]:
        return []

    @strawberry.field
    def paged(self, first: int | None = None, last: int | None = None) -> LeafConnection:
        return LeafConnection(nodes=[], total=0)

    @strawberry.field
    def query(self) -> "Query":
        return Query()


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> Leaf:
        return Leaf(name="a")


COSTS = FieldCosts(strawberry.Schema(Query, Mutation)._schema)


def outline(text: str, limits: Limits = WIDE) -> Outline:
    return outlined(text, limits)


def measure(text: str) -> OperationMeasure:
    found = outline(text)
    return measured(found, found.operations[0], COSTS)


def cost(text: str, variables: dict[str, object] | None = None) -> int:
    return measure(text).check(variables or {}, WIDE.model_copy(update={"root_fields": 100, "depth": 100}))


def refused(text: str, limits: Limits = ADMITTED, variables: dict[str, object] | None = None) -> dict[str, object]:
    def checked() -> None:
        found = outlined(text, limits)
        measured(found, found.operations[0], COSTS).check(variables or {}, limits)

    with pytest.raises(LimitExceeded) as why:
        checked()
    return {name: value for name, value in (why.value.extensions or {}).items() if name != "code"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ name }", 1),
        ("{ __typename name }", 1),
        ("{ heavy name }", 41),
        ("mutation { change { name } }", 10 + 1),
        ("{ leaf { name } }", 2),
        ("{ leaves { name } }", 1 + 5 * 1),
        ("{ names }", 1),
        ('{ byIds(ids: ["a", "b", "c"]) { name } }', 1 + 3 * 1),
        ('{ byIds(ids: "a") { name } }', 1 + 1 * 1),
        ("{ paged(first: 10) { nodes { name } total } }", 1 + 1 + 1 + 10 * 1),
        ("{ paged(last: 7) { nodes { name } } }", 1 + 1 + 7 * 1),
        ("{ paged { nodes { name } } }", 1 + 1 + 20 * 1),
        ("{ paged(first: 0) { nodes { name } } }", 1 + 1 + 1 * 1),
        ("{ paged(first: 1000000000) { nodes { name } } }", 1 + 1 + 100 * 1),
        ("{ __schema { types { fields { type { ofType { name } } } } } }", 100),
        ("{ ...a } fragment a on Query { leaf { ...b } } fragment b on Leaf { name }", 2),
        ("{ ... on Query { leaf { ... { name } } } }", 2),
        ("{ nope { nope } }", 2),
    ],
)
def test_weights_are_declared_and_pages_and_lists_multiply_what_they_hold(text: str, expected: int) -> None:
    assert cost(text) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, 2 + 30), ({"n": 7}, 2 + 7), ({"n": True}, 2 + 20), ({"n": "7"}, 2 + 20), ({"n": 10**30}, 2 + 100)],
)
def test_a_page_in_a_variable_counts_as_its_value_its_default_or_the_usual_page(
    variables: dict[str, object], expected: int
) -> None:
    assert cost("query($n: Int = 30) { paged(first: $n) { nodes { name } } }", variables) == expected


def test_a_list_in_a_variable_counts_as_its_length() -> None:
    assert cost("query($ids: [ID!]!) { byIds(ids: $ids) { name } }", {"ids": ["a"] * 9}) == 1 + 9


@pytest.mark.parametrize(
    ("text", "limit", "maximum", "found"),
    [
        ("{ query { query { query { query { query { name } } } } } }", "depth", 5, 6),
        ("{ a: leaf { b: name c: name d: name } }", "aliases", 3, None),
        ("{ name heavy names }", "root fields", 2, 3),
        ("{ ...a } fragment a on Query { name heavy ... { names } }", "root fields", 2, 3),
        (
            "{ paged(first: 100) { nodes { name name name name name } } query { query { heavy } } }",
            "cost",
            500,
            2 + 500 + 42,
        ),
        ("{ " + "name " * 2000 + "}", "tokens", 2000, None),
        ("{ name }" + "#\n" * 2000, "tokens", 2000, None),
        ("{ name " + "@skip(if: false) " * 51 + "}", "directives", 50, None),
        ("{ " + "...a " * 201 + "}", "fragments", 200, None),
        ("query A { name } " * 21, "operations", 20, None),
        ("{ byIds(ids: [" + "1 " * 251 + "]) { name } }", "list items", 250, None),
        ("{ " + "query { " * 500, "depth", 21, None),
        ("{ byIds(ids: " + "[" * 1000, "depth", 21, None),
    ],
)
def test_each_limit_says_its_name_its_maximum_and_what_was_found(
    text: str, limit: str, maximum: int, found: int | None
) -> None:
    facts = {"limit": limit, "maximum": maximum} | ({} if found is None else {"found": found})
    assert refused(text) == facts


def test_a_page_that_is_larger_than_the_callers_is_refused_and_one_no_caller_may_have_is_left_to_the_field() -> None:
    small = Limits(page_size=10)
    assert refused("{ paged(first: 11) { total } }", small) == {"limit": "page size", "maximum": 10, "found": 11}
    text = "query($n: Int = 3) { paged(first: $n) { total } }"
    assert refused(text, small, {"n": 50}) == {"limit": "page size", "maximum": 10, "found": 50}
    assert measure(text).check({}, small) == 2
    assert measure("{ paged(first: 101) { total } }").check({}, small) == 2


def test_fragments_that_double_at_each_level_are_measured_once_each() -> None:
    levels = 45
    fragments = "".join(
        f"fragment f{n} on Query {{ query {{ ...f{n + 1} }} query {{ ...f{n + 1} }} }}" for n in range(levels)
    )
    found = measure(f"{{ ...f0 }} {fragments} fragment f{levels} on Query {{ name }}")
    assert (found.depth, found.cost) == (levels + 1, COST_CAP)


def test_doubling_fragments_with_variable_pages_are_evaluated_once_each() -> None:
    fragments = "".join(
        f"fragment f{n} on Query {{ paged(first: $n) {{ nodes {{ name }} }} query {{ ...f{n + 1} }} query {{ ...f{n + 1} }} }}"
        for n in range(40)
    )
    assert cost(f"query($n: Int) {{ ...f0 }} {fragments} fragment f40 on Query {{ name }}", {"n": 3}) == COST_CAP


def test_a_chain_of_fragments_ends_before_the_stack_does() -> None:
    chain = "".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(500))
    text = f"{{ ...f0 }} {chain} fragment f500 on Query {{ name }}"
    assert refused(text, WIDE) == {"limit": "depth", "maximum": 100}


def test_fragments_in_a_circle_end() -> None:
    circle = "{ ...a } fragment a on Query { query { ...b } } fragment b on Query { leaf { name } ...a }"
    assert measure(circle).depth == 3


def test_nothing_hides_in_strings_and_comments() -> None:
    text = '{ name # } { aliases: a\n leaf { a: name } query @skip(if: "}\\"{{{") { name } b: heavy(x: """ } \\""" { """) }'
    found = outline(text)
    assert (found.aliases, found.directives, found.nesting, found.tokens) == (2, 1, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "{", "}", "{ }", "{ a", "{ a( }", "{ a(b:) }", "{ a: }", "query", "fragment on", "{ a } }"),
        *("type A { a: Int }", '{ a(b: "', "{ a \x00 }", "{ a ; }", "{ ...on }", "query(a: Int) { a }", "{ @a }"),
    ],
)
def test_what_cannot_be_a_document_is_a_syntax_error_without_any_parser(text: str) -> None:
    with pytest.raises(GraphQLSyntaxError):
        outline(text)


def test_the_limits_of_a_kind_are_its_own() -> None:
    limits = CallerLimits(guest=Limits(depth=3))
    assert [limits.of(kind).depth for kind in (ActorKind.GUEST, ActorKind.CUSTOMER)] == [3, 16]
    assert [limits.of(kind).tokens for kind in ActorKind] == [2000, 2000, 4000, 5000, 5000, 5000, 5000]
    assert limits.widest("body_bytes") == 1024 * 1024
