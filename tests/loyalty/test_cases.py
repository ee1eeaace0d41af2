"""The worked cases, on both engines."""

import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from tests.loyalty.cases import run

CASES = json.loads((pathlib.Path(__file__).parent / "fixtures" / "loyalty_cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_worked_case_gives_its_figures(
    case: Mapping[str, Any], conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    run(case, conn, make_act)
