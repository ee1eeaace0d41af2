"""Fixtures of tests through the public API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.shop import Shop, running_shop


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop on an empty database with the demo retailer, on both engines."""
    async with running_shop(database_url, tmp_path) as running:
        yield running
