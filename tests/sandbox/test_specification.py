"""The routes and parameters come from the installed SDK, and everything played is a route of it."""

import pytest

from gateway.sandbox import desk, specification
from gateway.sandbox.parameters import unflatten
from gateway.sandbox.refusals import Refusal


def test_everything_played_is_a_route_of_the_sdk() -> None:
    routes = {(operation.method, operation.template) for operation in specification.operations()}
    assert set(desk._HANDLERS) - routes == set()


@pytest.mark.parametrize("operation", specification.operations(), ids=lambda each: f"{each.method} {each.template}")
def test_every_route_has_a_strict_validator(operation: specification.Operation) -> None:
    if operation.params is None:
        return
    with pytest.raises(Refusal) as refused:
        specification.validate(operation, {"no_such_parameter": "1"})
    assert refused.value.code in {"parameter_unknown", "parameter_missing"}


@pytest.mark.parametrize("name", ["[]", "a[b][c][d][e][f][g][h][i]", ""])
def test_a_name_that_nests_wrongly_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        unflatten([(name, "1")])


def test_a_value_that_is_also_an_object_is_refused() -> None:
    with pytest.raises(Refusal):
        unflatten([("a", "1"), ("a[b]", "2")])


def test_list_positions_order_a_list() -> None:
    assert unflatten([("expand[10]", "c"), ("expand[2]", "b"), ("expand[0]", "a")]) == {"expand": ["a", "b", "c"]}
