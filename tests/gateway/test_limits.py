"""Limits are measured in one pass, whatever a document's fragments do."""

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.limits import LimitExceeded, Limits, Measure, Measurer, check

ADMITTED = Limits(depth=5, aliases=3, root_fields=2, cost=500)


def operation(text: str) -> tuple[object, OperationDefinitionNode]:
    document = parse(text)
    first = document.definitions[0]
    assert isinstance(first, OperationDefinitionNode)
    return document, first


def measured(text: str, variables: dict[str, object] | None = None) -> Measure:
    document, node = operation(text)
    return Measurer(document, variables or {}).operation(node)  # type: ignore[arg-type]


def test_page_sizes_multiply_what_is_below_them() -> None:
    assert measured("{ a }").cost == 1
    assert measured("{ a(first: 10) { b { c } } }").cost == 1 + 10 * 2
    assert measured("{ a(first: 10) { nodes { b(first: 5) { nodes { c } } } } }").cost == 1 + 10 * (1 + 1 + 5 * 2)


def test_a_page_without_a_size_counts_as_the_default_and_one_in_a_variable_as_its_value() -> None:
    assert measured("{ a { nodes { c } } }").cost == 1 + 20 * 2
    assert measured("query($n: Int) { a(first: $n) { c } }", {"n": 7}).cost == 1 + 7
    assert measured("query($n: Int) { a(first: $n) { c } }").cost == 1 + 20


@pytest.mark.parametrize(
    ("text", "limit", "found"),
    [
        ("{ a { b { c { d { e { f } } } } } }", "depth", 6),
        ("{ a: x { b: y c: y d: y } }", "aliases", 4),
        ("{ a b c }", "root fields", 3),
        ("{ a(first: 100) { b(first: 100) { c } } }", "cost", 10_101),
    ],
)
def test_each_limit_says_its_name_its_maximum_and_what_was_found(text: str, limit: str, found: int) -> None:
    document, node = operation(text)
    with pytest.raises(LimitExceeded) as refused:
        check(document, node, {}, ADMITTED)  # type: ignore[arg-type]
    assert refused.value.extensions["limit"] == limit
    assert refused.value.extensions["found"] == found


def test_fragments_that_double_at_each_level_are_measured_once_each() -> None:
    levels = 200
    fragments = "".join(f"fragment f{n} on T {{ a{{...f{n + 1}}} b{{...f{n + 1}}} }}" for n in range(levels))
    bomb = f"{{ ...f0 }} {fragments} fragment f{levels} on T {{ leaf }}"
    found = measured(bomb)
    assert (found.depth, found.cost) == (levels + 1, 10**12)


def test_fragments_in_a_circle_end() -> None:
    assert measured("{ ...a } fragment a on T { x { ...b } } fragment b on T { y { ...a } }").depth == 2
