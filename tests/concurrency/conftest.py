"""Retailers served by real processes: two gateways on PostgreSQL, one on SQLite."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.concurrency.gateways import own_database
from tests.concurrency.retailer import Clients, Retailer, clients_of, running_retailer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def retailer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retailer]:
    """The demo retailer of one module, on a database of its own."""
    folder = tmp_path_factory.mktemp("gateways")
    if request.param == "sqlite":
        with running_retailer(f"sqlite:///{folder}/tillway.db", folder, gateways=1) as running:
            yield running
        return
    url = own_database(request.getfixturevalue("postgresql_server"), request.module.__name__.rpartition(".")[2])
    with running_retailer(url, folder, gateways=2) as running:
        yield running


@pytest.fixture
async def clients(retailer: Retailer) -> AsyncIterator[Clients]:
    async with clients_of(retailer) as speaking:
        yield speaking
