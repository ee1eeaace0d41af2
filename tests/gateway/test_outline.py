"""The outline sees what the parser sees, for the documents of clients and for generated ones."""

from pathlib import Path

import pytest
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    TokenKind,
    get_introspection_query,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.limits import LimitExceeded, Limits
from gateway.outline import FieldOutline, InlineOutline, Selections, SpreadOutline
from gateway.outlining import outlined

EXAMPLES = Path(__file__).parents[2] / "examples"
WIDE = Limits(tokens=10_000, aliases=1_000, fragments=1_000, directives=1_000, list_items=1_000, depth=50)


def counted(document: DocumentNode) -> dict[str, int]:
    """What the parser's nodes amount to."""
    nodes = list(walk(document))
    token, tokens = document.loc.start_token if document.loc else None, 0
    while token is not None:
        tokens += token.kind not in (TokenKind.SOF, TokenKind.EOF)
        token = token.next
    return {
        "tokens": tokens,
        "aliases": sum(isinstance(node, FieldNode) and node.alias is not None for node in nodes),
        "directives": sum(isinstance(node, DirectiveNode) for node in nodes),
        "fragments": sum(
            isinstance(node, FragmentDefinitionNode | FragmentSpreadNode | InlineFragmentNode) for node in nodes
        ),
        "operations": sum(isinstance(node, OperationDefinitionNode) for node in nodes),
        "list items": max((len(node.values) for node in nodes if isinstance(node, ListValueNode)), default=0),
    }


def walk(node: Node) -> list[Node]:
    found = [node]
    for key in node.keys:
        value = getattr(node, key)
        for child in value if isinstance(value, list | tuple) else [value]:
            if isinstance(child, Node):
                found.extend(walk(child))
    return found


def shape(selections: SelectionSetNode | None) -> list[object]:
    """The tree of a selection as the parser has it."""
    found: list[object] = []
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            found.append((node.name.value, shape(node.selection_set)))
        elif isinstance(node, FragmentSpreadNode):
            found.append(node.name.value)
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else None
            found.append([condition, shape(node.selection_set)])
    return found


def outline_shape(selections: Selections) -> list[object]:
    found: list[object] = []
    for node in selections:
        if isinstance(node, FieldOutline):
            found.append((node.name, outline_shape(node.selections)))
        elif isinstance(node, SpreadOutline):
            found.append(node.fragment)
        else:
            assert isinstance(node, InlineOutline)
            found.append([node.condition, outline_shape(node.selections)])
    return found


def assert_agrees(text: str) -> None:
    document, outline = parse(text, allow_empty_selection_sets=False), outlined(text, WIDE)
    assert {
        "tokens": outline.tokens,
        "aliases": outline.aliases,
        "directives": outline.directives,
        "fragments": outline.fragment_uses,
        "operations": len(outline.operations),
        "list items": outline.list_items,
    } == counted(document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    assert [(found.kind, found.name, outline_shape(found.selections)) for found in outline.operations] == [
        (node.operation.value, node.name.value if node.name else None, shape(node.selection_set)) for node in operations
    ]
    fragments = {
        node.name.value: (node.type_condition.name.value, shape(node.selection_set))
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    assert {
        name: (found.condition, outline_shape(found.selections)) for name, found in outline.fragments.items()
    } == fragments


def documents() -> list[str]:
    return [path.read_text() for path in sorted(EXAMPLES.glob("*.graphql"))] + [get_introspection_query()]


@pytest.mark.parametrize("text", documents(), ids=range(len(documents())))
def test_the_outline_agrees_with_the_parser_on_the_documents_of_clients(text: str) -> None:
    assert_agrees(text)


names = st.sampled_from(["a", "b", "on", "query", "fragment", "null", "true", "_x1", "type"])
fragment_names = names.filter(lambda name: name != "on")
strings = st.sampled_from(['""', '"a"', '"} # {"', '"\\""', '"\\\\"', '""" { } "" \\""" \\ """', '""""""', '"\\u007b"'])
numbers = st.sampled_from(["0", "-1", "12", "1.5", "-0.1e10", "1E+3"])
gaps = st.sampled_from([" ", "\n", ", ", ' # } { """ @x \n', "\t\r\n", "\ufeff"])
scalars = st.one_of(numbers, strings, names, names.map(lambda name: f"${name}"))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{' '.join(items)}]"),
        st.lists(st.tuples(names, inner), max_size=3).map(
            lambda pairs: f"{{{' '.join(f'{name}: {value}' for name, value in pairs)}}}"
        ),
    ),
    max_leaves=5,
)
arguments = st.lists(st.tuples(names, values), min_size=1, max_size=3).map(
    lambda pairs: f"({', '.join(f'{name}: {value}' for name, value in pairs)})"
)
directives = st.lists(st.tuples(names, st.one_of(st.just(""), arguments)), max_size=2).map(
    lambda found: " ".join(f"@{name}{given}" for name, given in found)
)


def field(alias: str, name: str, given: str, gap: str, marked: str, below: str) -> str:
    return f"{alias}{name}{given}{gap}{marked}{gap}{below}"


def selection_sets(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    aliases = st.one_of(st.just(""), names.map(lambda name: f"{name}: "))
    fields = st.builds(
        field, aliases, names, st.one_of(st.just(""), arguments), gaps, directives, st.one_of(st.just(""), inner)
    )
    spreads = st.builds(lambda name, marked: f"...{name} {marked}", fragment_names, directives)
    inlines = st.builds(
        lambda on, marked, below: f"... {on} {marked} {below}",
        st.one_of(st.just(""), names.map(lambda name: f"on {name}")),
        directives,
        inner,
    )
    return st.lists(st.one_of(fields, spreads, inlines), min_size=1, max_size=3).map(
        lambda found: "{ " + " ".join(found) + " }"
    )


selections = st.recursive(selection_sets(st.just("{ a }")), selection_sets, max_leaves=4)
definitions = st.one_of(
    selections,
    st.builds(
        lambda kind, name, variables, below: f"{kind} {name} {variables} {below}",
        st.sampled_from(["query", "mutation", "subscription"]),
        st.one_of(st.just(""), names),
        st.sampled_from(["", "($a: Int)", "($a: [Int!]! = [1 2] @x, $b: A = {a: 1})", "($a: Int = 7 $b: B!)"]),
        selections,
    ),
    st.builds(lambda name, on, below: f"fragment {name} on {on} {below}", fragment_names, names, selections),
)
generated = st.lists(definitions, min_size=1, max_size=3, unique_by=lambda text: text.split("{")[0]).map("\n".join)


@settings(max_examples=150)
@given(generated)
def test_the_outline_agrees_with_the_parser_on_generated_documents(text: str) -> None:
    assert_agrees(text)


@settings(max_examples=150)
@given(generated, st.data())
def test_what_the_outline_refuses_the_parser_refuses_too(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    broken = (
        text[:start]
        + data.draw(st.sampled_from(["", "}", "{", '"', "@", "...", ":", "$", "\x00", "%"]))
        + text[start + 1 :]
    )
    try:
        outlined(broken, WIDE)
    except LimitExceeded:
        return
    except GraphQLSyntaxError:
        with pytest.raises(GraphQLSyntaxError):
            parse(broken, allow_empty_selection_sets=False)
