"""A long document that cannot be valid is refused on its outline, by the same rules as a short one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from graphql import parse, specified_rules, validate

from gateway.limits import Limits
from gateway.outline import outlined
from gateway.sieve import TOKENS_MAX, Invalid, Sieve
from resolvers.context import Context
from tests.api.schema import core_schema
from tests.api.test_loop import EXAMPLES
from tests.gateway.wires import application, send

WIDE = Limits(cost=10**9, root_fields=10**3)
SIEVE = Sieve(core_schema())


def sifted(text: str) -> str | None:
    """Why a document is refused; None when it passes."""
    outline = outlined(text, WIDE)
    # Whatever its length: only the tests of the length want short ones to pass.
    outline.tokens = TOKENS_MAX + 1
    try:
        SIEVE.check(outline)
    except Invalid as why:
        return why.message
    return None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ nope }", "Cannot query field 'nope' on type 'Query'."),
        ('{ product(handle: "1") { nope } }', "Cannot query field 'nope' on type 'Product'."),
        ("{ products(nope: 1) { nodes { id } } }", "Unknown argument 'nope' on field 'Query.products'."),
        ("{ node { id } }", "Argument 'id' of field 'Query.node' is required."),
        ('{ product(handle: "1") }', "Field 'product' must have a selection of subfields."),
        ('{ product(handle: "1") { id { id } } }', "Field 'id' must not have a selection since it has no subfields."),
        ("{ ...a }", "Unknown fragment 'a'."),
        ("{ __typename } fragment a on Query { __typename }", "Fragment 'a' is never used."),
        ("{ ... on Nope { id } }", "Unknown type 'Nope', or fragments cannot be on it."),
        ("{ ...a } fragment a on Money { nope }", "Cannot query field 'nope' on type 'Money'."),
        (
            '{ product(handle: "1") { __schema { types { name } } } }',
            "Cannot query field '__schema' on type 'Product'.",
        ),
        ("{ __schema { nope } }", "Cannot query field 'nope' on type '__Schema'."),
        ("subscription { nope }", "Cannot query field 'nope' on type 'Subscription'."),
        ('{ products(first: "1") { nodes { id } } }', 'Int cannot represent non-integer value: "1"'),
        ("{ products(first: 1.5) { nodes { id } } }", "Int cannot represent non-integer value: 1.5"),
        ("{ products(first: true) { nodes { id } } }", "Int cannot represent non-integer value: true"),
        (
            "{ products(first: 2147483648) { nodes { id } } }",
            "Int cannot represent non 32-bit signed integer value: 2147483648",
        ),
        ("{ products(first: [1]) { nodes { id } } }", "Expected value of type 'Int', found [."),
        ("{ products(first: {a: 1}) { nodes { id } } }", "Expected value of type 'Int', found {."),
        (f"{{ products(first: {'x' * 90}) {{ nodes {{ id }} }} }}", f"Expected value of type 'Int', found {'x' * 80}."),
        ("{ products(sortKey: NOPE) { nodes { id } } }", "Value 'NOPE' does not exist in 'ProductSortKey' enum."),
        (
            '{ products(sortKey: "TITLE") { nodes { id } } }',
            "Enum 'ProductSortKey' cannot represent non-enum value: \"TITLE\".",
        ),
        ("{ products(reverse: 1) { nodes { id } } }", "Boolean cannot represent a non boolean value: 1"),
        ("{ node(id: null) { id } }", "Expected value of non-null type 'ID!' not to be None."),
        ("{ node(id: 1.0) { id } }", "ID cannot represent a non-string and non-integer value: 1.0"),
        ("{ product(handle: shoe) { id } }", "String cannot represent a non string value: shoe"),
        ("{ __type(name: 7) { name } }", "String cannot represent a non string value: 7"),
        ("{ __type(name: null) { name } }", "Expected value of non-null type 'String!' not to be None."),
    ],
)
def test_what_is_certainly_wrong_is_told_and_graphql_core_agrees(text: str, why: str) -> None:
    assert sifted(text) == why
    assert validate(core_schema(), parse(text), specified_rules)


@pytest.mark.parametrize(
    "text",
    [
        '{ __typename __schema { types { ...T } } __type(name: "7") { fields { name } } } fragment T on __Type { name }',
        '{ node(id: "1") { __typename id ... on Product { title } } }',
        '{ a: product(handle: "1") { ...P } } fragment P on Product { ... { title } ...Q } fragment Q on Product { id }',
        "{ ...a } fragment a on Query { ...a }",
        "{ product(handle: $nope) { id @nope } }",
        '{ product(handle: """block""") { id } node(id: 7) { id } products(first: null, after: $a) { nodes { id } } }',
        "{ products(first: 007) { nodes { id } } }",
    ],
)
def test_what_needs_more_than_names_is_left_to_validation(text: str) -> None:
    assert sifted(text) is None


def test_examples_of_every_client_pass() -> None:
    examples = {path.name: sifted(path.read_text()) for path in EXAMPLES.glob("*.graphql")}
    assert examples == dict.fromkeys(examples)
    assert examples


def test_short_documents_are_left_to_graphql_core() -> None:
    SIEVE.check(outlined("{ nope }", WIDE))


@pytest.mark.anyio
async def test_a_long_document_of_names_that_do_not_exist_is_refused_with_its_code(
    bare_context: Callable[..., Context],
) -> None:
    names = " ".join(f"name{number}" for number in range(TOKENS_MAX))
    body = json.dumps({"query": f"{{ query {{ {names} }} }}"}).encode()
    reply = await send(application(bare_context), body)
    error: Any = reply.json["errors"][0]
    assert (reply.status, error["message"]) == (400, "Cannot query field 'name0' on type 'Query'.")
    assert reply.error == {"code": "GRAPHQL_VALIDATION_FAILED"}
