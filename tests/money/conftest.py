"""Fixtures of the worked money cases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.money.retailer import Retailer, open_retailer


@pytest.fixture
async def retailer(database_url: str, tmp_path: Path) -> AsyncIterator[Retailer]:
    """A running shop on an empty database, on both engines."""
    async with open_retailer(database_url, tmp_path) as opened:
        yield opened
