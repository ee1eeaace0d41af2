"""The worked money cases: their words, the numbers that the words state, and the figures they must give."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_NUMBER = re.compile(r"(?<![\w.#])\d+(?:\.\d+)?(?!\w)")


def numbers(text: str) -> list[Decimal]:
    """Every number that a text states, in its order; those of a name such as M37 or #512 are none.

    >>> [str(number) for number in numbers("M37: 3 x 13.33 at 8.25%, see #512")]
    ['3', '13.33', '8.25']
    """
    return [Decimal(found) for found in _NUMBER.findall(text)]


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case. `title` and `input` say what is sold; `expected` is what it must give."""

    id: str
    title: str
    input: str
    expected: Any

    @property
    def told(self) -> list[Decimal]:
        """The numbers of the title."""
        return numbers(self.title)

    @property
    def given(self) -> list[Decimal]:
        """The numbers of the input."""
        return numbers(self.input)


def _read() -> Mapping[str, Case]:
    text = (Path(__file__).parent / "fixtures" / "money_cases.json").read_text()
    return {one["id"]: Case(one["id"], one["title"], one["input"], one["expected"]) for one in json.loads(text)}


CASES = _read()
