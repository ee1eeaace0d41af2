"""Random operations on random schemas and misbehaving data come out as in graphql-core's executor."""

import pytest
from graphql import validate

from tests.conformance.fuzz.cases import make_case
from tests.conformance.fuzz.running import run

_CASES = 2_000
_CHUNK = 250


@pytest.mark.parametrize("first", range(0, _CASES, _CHUNK))
def test_cases_come_out_the_same(first: int) -> None:
    tally = run(first, _CHUNK)
    assert tally.differing == 0, "\n\n".join(tally.reports)


def test_the_documents_of_the_cases_are_valid() -> None:
    """Executors are given validated documents only; the generator must keep to that without being asked each time."""
    for seed in range(0, _CASES, 40):
        case = make_case(seed)
        assert validate(case.schema, case.document) == [], case.text


def test_the_cases_are_varied() -> None:
    cases = [make_case(seed) for seed in range(0, _CASES, 8)]
    texts = [case.text for case in cases]
    assert len(set(texts)) > 240
    for part in ("mutation ", "fragment ", "@skip", "@include", "... on ", "__typename", "$filter", "Op1"):
        assert any(part in text for text in texts), part
    assert sum(case.is_of_batches for case in cases) == 26
