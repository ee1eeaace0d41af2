"""A long document that cannot be valid is refused on its outline, by the same rules as a short one."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLSyntaxError, parse, specified_rules, validate

from gateway.lexing import lexed
from gateway.limits import LimitExceeded
from gateway.outlining import outlined
from gateway.sieve import TOKENS_MAX, Sieve
from resolvers.context import Context
from tests.api.schema import core_schema
from tests.api.test_loop import EXAMPLES
from tests.gateway.sifting import WIDE, sifted_by
from tests.gateway.wires import application, send

CONFLICT = "Fields '%s' conflict because %s. Use different aliases on the fields to fetch both if this was intentional."
MUTATIONS = 500
SIEVE = Sieve(core_schema())


def sifted(text: str) -> str | None:
    return sifted_by(SIEVE, text)


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
        ("{ products(first: [1]) { nodes { id } } }", "Expected value of type 'Int', found a list or an object."),
        (
            "{ products(first: {a: 1}) { nodes { id } } }",
            "Expected value of type 'Int', found a list or an object.",
        ),
        ("{ products(filter: 1) { nodes { id } } }", "Expected value of type 'ProductFilterInput' to be an object."),
        (
            "{ products(filter: {nope: 1}) { nodes { id } } }",
            "Expected value of type 'ProductFilterInput' not to include unknown field 'nope'.",
        ),
        (
            '{ products(filter: {options: [{values: ["S"]}]}) { nodes { id } } }',
            "Expected value of type 'OptionFilterInput' to include required field 'name'.",
        ),
        (
            "{ products(filter: {vendors: [1]}) { nodes { id } } }",
            "String cannot represent a non string value: 1",
        ),
        (
            "{ products(filter: {vendors: [null]}) { nodes { id } } }",
            "Expected value of non-null type 'String!' not to be None.",
        ),
        (
            '{ products(filter: {vendors: "a", vendors: "b"}) { nodes { id } } }',
            "There can be only one input field named 'vendors'.",
        ),
        (
            "query ($a: ID!, $b: String!) { nodes(ids: [$a, $b]) { id } }",
            "Variable '$b' of type 'String!' used in position expecting type 'ID!'.",
        ),
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
        ("{ __typename @nope }", "Unknown directive '@nope'."),
        ("{ __typename @deprecated }", "Directive '@deprecated' may not be used on FIELD."),
        ("query @skip(if: true) { __typename }", "Directive '@skip' may not be used on QUERY."),
        (
            "{ __typename @skip(if: true) @skip(if: false) }",
            "The directive '@skip' can only be used once at this location.",
        ),
        ("{ __typename @skip(nope: true) }", "Unknown argument 'nope' on directive '@skip'."),
        ("{ __typename @skip }", "Argument 'if' of directive '@skip' is required."),
        ("{ __typename @skip(if: 1) }", "Boolean cannot represent a non boolean value: 1"),
        ("{ product(handle: $nope) { id } }", "Variable '$nope' is not defined."),
        ("query A { product(handle: $nope) { id } }", "Variable '$nope' is not defined by operation 'A'."),
        ("{ products(filter: {vendors: [$nope]}) { nodes { id } } }", "Variable '$nope' is not defined."),
        ("{ ...a } fragment a on Query { product(handle: $nope) { id } }", "Variable '$nope' is not defined."),
        ("{ __typename @skip(if: $nope) }", "Variable '$nope' is not defined."),
        ("query ($a: Int) { __typename }", "Variable '$a' is never used."),
        ("query A($a: Int) { __typename }", "Variable '$a' is never used in operation 'A'."),
        ("query ($a: Nope) { products(first: $a) { nodes { id } } }", "Unknown type 'Nope'."),
        (
            "query ($a: [Product!]) { products(first: $a) { nodes { id } } }",
            "Variable '$a' cannot be non-input type '[Product!]'.",
        ),
        (
            "query ($a: Int, $a: Int) { products(first: $a) { nodes { id } } }",
            "There can be only one variable named '$a'.",
        ),
        (
            'query ($a: Int = "1") { products(first: $a) { nodes { id } } }',
            'Int cannot represent non-integer value: "1"',
        ),
        (
            "query ($a: Int! = null) { products(first: $a) { nodes { id } } }",
            "Expected value of non-null type 'Int!' not to be None.",
        ),
        (
            "query ($a: String) { products(first: $a) { nodes { id } } }",
            "Variable '$a' of type 'String' used in position expecting type 'Int'.",
        ),
        (
            "query ($a: ID) { ...n } fragment n on Query { node(id: $a) { id } }",
            "Variable '$a' of type 'ID' used in position expecting type 'ID!'.",
        ),
        (
            "query ($a: ID = null) { node(id: $a) { id } }",
            "Variable '$a' of type 'ID' used in position expecting type 'ID!'.",
        ),
        (
            "query ($a: [ID]!) { nodes(ids: $a) { id } }",
            "Variable '$a' of type '[ID]!' used in position expecting type '[ID!]!'.",
        ),
        (
            "query ($a: Int) { __typename @skip(if: $a) }",
            "Variable '$a' of type 'Int' used in position expecting type 'Boolean!'.",
        ),
        ('{ product(handle: "a", handle: "a") { id } }', "There can be only one argument named 'handle'."),
        ("{ id: __typename id: serverTime }", CONFLICT % ("id", "'__typename' and 'serverTime' are different fields")),
        (
            "{ products(first: 1) { nodes { id } } products(first: 2) { nodes { id } } }",
            CONFLICT % ("products", "they have differing arguments"),
        ),
        (
            '{ product(handle: "a") { id } product(id: "a") { id } }',
            CONFLICT % ("product", "they have differing arguments"),
        ),
        (
            "query ($a: Int, $b: Int) { products(first: $a) { nodes { id } } products(first: $b) { nodes { id } } }",
            CONFLICT % ("products", "they have differing arguments"),
        ),
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
        """query ($a: Int! = 1, $b: Boolean!) { products(first: $a) { nodes { id @skip(if: $b) ...p } } }
        fragment p on Product { title @include(if: $b) }""",
        "query ($a: ID = 7) { node(id: $a) { id } }",
        "query ($a: [ID!]!) { nodes(ids: $a) { id } }",
        "query ($a: ID!, $b: ID!) { nodes(ids: [$a, $b]) { id } }",
        "query ($a: String!, $b: [String!]) { products(filter: {vendors: $b, tags: [$a]}) { nodes { id } } }",
        '{ products(filter: {vendors: "one", tags: null, productTypes: []}) { nodes { id } } }',
        '{ product(handle: "\\u0041") { id } product(handle: "A") { title } }',
        '{ product(handle: """A""") { id } product(handle: "A") { title } }',
        "{ serverTime serverTime products(first: 1) { nodes { id id } } products(first: 1) { nodes { id } } }",
        "query A { ...q } query B { ...q } fragment q on Query { __typename }",
        '{ product(handle: """block""") { id } node(id: 7) { id } products(first: null) { nodes { id } } }',
        "{ products(first: 007) { nodes { id } } }",
    ],
)
def test_what_needs_more_than_names_is_left_to_validation(text: str) -> None:
    assert sifted(text) is None


def test_examples_of_every_client_pass() -> None:
    examples = {path.name: sifted(path.read_text()) for path in EXAMPLES.glob("*.graphql")}
    assert examples == dict.fromkeys(examples)
    assert examples


def test_what_is_refused_is_what_graphql_core_refuses() -> None:
    choice = random.Random(7)
    documents = [lexed(path.read_text(), 10**6).texts[:-1] for path in sorted(EXAMPLES.glob("*.graphql"))]
    words = [word for document in documents for word in document]
    refused = 0
    for _ in range(MUTATIONS):
        text = " ".join(_mutated(choice, list(choice.choice(documents)), words))
        try:
            document, why = parse(text), sifted(text)
        except (GraphQLSyntaxError, LimitExceeded):
            continue
        refused += why is not None
        errors = validate(core_schema(), document, specified_rules, max_errors=1)
        assert (why is not None) == bool(errors), (why, errors, text)
    assert refused > MUTATIONS / 10


def _mutated(choice: random.Random, tokens: list[str], words: list[str]) -> list[str]:
    """A document with one token or a few left out, put in, exchanged, or said twice."""
    at, other = choice.randrange(len(tokens)), choice.randrange(len(tokens))
    match choice.randrange(5):
        case 0:
            del tokens[at]
        case 1:
            tokens[at] = choice.choice(words)
        case 2:
            tokens.insert(at, choice.choice(words))
        case 3:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case _:
            tokens[at:at] = tokens[at : at + choice.randrange(1, 6)]
    return tokens


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
