"""Leaving rules out that cannot apply changes no answer."""

import pytest
from graphql import parse, specified_rules, validate
from graphql.validation import ASTValidationRule

from gateway.relevance import relevant
from tests.api.schema import core_schema
from tests.api.test_loop import EXAMPLES

WRONG = [
    "query ($a: Nope, $a: Int) { product(handle: $b) { id } }",
    "query ($a: Product) { product(handle: $a) { id } }",
    "query ($a: Int) { product(handle: $a) { id } }",
    "{ product @nope @skip(if: 1) @skip(if: true) { id @deprecated } }",
    "{ ...a ...b ... on Money { amount } ... on Nope { id } } fragment a on Query { ...a }",
    "{ serverTime } fragment a on ID { id } fragment a on Query { serverTime }",
    "{ serverTime } { serverTime } query A { nope } query A { __typename } type A { a: Int }",
    "{ product(handle: 1, handle: 2, no: 3) { id id: title } serverTime { a } orders }",
    "subscription { nope more } mutation { nope(a: {b: 1, b: 2}) }",
    "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
]


@pytest.mark.parametrize("text", WRONG)
def test_every_mistake_is_still_told(text: str) -> None:
    document = parse(text)
    told = [
        (error.message, error.locations) for error in validate(core_schema(), document, relevant(specified_rules, text))
    ]
    assert told == [(error.message, error.locations) for error in validate(core_schema(), document)]
    assert told


def test_each_rule_is_used_on_a_document_of_everything() -> None:
    everything = "query ($a: Int @a) { ...a } fragment a on Query { serverTime }"
    assert tuple(relevant(specified_rules, everything)) == specified_rules


def names(text: str) -> set[str]:
    """The rules that are left out."""
    chosen: set[type[ASTValidationRule]] = set(relevant(specified_rules, text))
    return {rule.__name__ for rule in set(specified_rules) - chosen}


def test_a_plain_document_is_spared_three_groups() -> None:
    assert len(names("{ serverTime }")) == 17
    assert "NoUnusedVariablesRule" in names("{ a @skip(if: true) ...b }")
    assert "NoUnusedFragmentsRule" not in names("fragment a on B { c }")


def test_examples_stay_valid() -> None:
    for path in EXAMPLES.glob("*.graphql"):
        text = path.read_text()
        assert validate(core_schema(), parse(text), relevant(specified_rules, text)) == []
