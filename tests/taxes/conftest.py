"""A shop whose taxes Stripe Tax says: a tenth everywhere in Great Britain, half of what our own table says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.sandbox.tax_rates import Rate
from tests.api.shop import Shop, running_shop

TENTH = Rate(country="GB", name="United Kingdom", percentage="10.0")


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The demo retailer with the sandbox's Stripe Tax, on both engines."""
    async with running_shop(database_url, tmp_path, tax_service="stripe") as running:
        running.sandbox.sandbox.tax_rates = (TENTH,)
        yield running
