"""The README's first query gives the README's answer."""

import json
import re
from pathlib import Path

import pytest

from tests.api.shop import Shop

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.anyio
async def test_the_first_query_gives_the_answer_that_is_printed(shop: Shop) -> None:
    asked = re.search(r"<<'EOF'\n(.+?)\nEOF", README, re.DOTALL)
    printed = re.search(r"```json\n(.+?)\n```", README, re.DOTALL)
    assert asked is not None
    assert printed is not None
    assert await shop.ask(json.loads(asked.group(1))["query"]) == json.loads(printed.group(1))
