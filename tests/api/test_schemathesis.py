"""Random operations made from the schema itself never meet a server error."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from schemathesis.schemas import APIOperation

from gateway.app import Process, create_app
from gateway.migrating import upgrade
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.settings import Settings

EXAMPLES_EACH = 3
SCHEMA = Path(__file__).parents[2] / "schema.graphql"
for _name, _texts in {
    "Decimal": ["0", "12.50", "-1", "999999999999.999"],
    "CurrencyCode": ["GBP", "EUR", "JPY", "XXX"],
    "DateTime": ["2026-01-31T12:00:00Z", "1970-01-01T00:00:00+00:00"],
    "Date": ["2026-01-31", "1970-01-01"],
}.items():
    schemathesis.graphql.scalar(_name, st.sampled_from(_texts).map(nodes.String))

Post = Callable[[object], httpx.Response]


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """Sends a body to the application on an empty SQLite database."""
    folder = tmp_path_factory.mktemp("schemathesis")
    url = f"sqlite:///{folder}/test.db"
    upgrade(url)
    with SandboxServer() as sandbox, asyncio.Runner() as runner:
        made = Settings(
            database_url=url,
            state_folder=folder,
            secret_key="a-key-for-tests-of-at-least-32-characters",  # type: ignore[arg-type]  # pydantic wraps it
            stripe_api_key=SANDBOX_KEY,  # type: ignore[arg-type]  # as above
            stripe_api_base=sandbox.url,
            worker=False,
        )

        async def started() -> tuple[Process, httpx.AsyncClient]:
            process = Process(made)
            transport = httpx.ASGITransport(create_app(made, process))
            await process.start(with_worker=False)
            return process, httpx.AsyncClient(transport=transport, base_url="http://shop")

        process, client = runner.run(started())
        yield lambda body: runner.run(client.post("/graphql", json=body))
        runner.run(client.aclose())
        runner.run(process.stop())


def test_no_random_operation_meets_a_server_error(post: Post) -> None:
    schema = schemathesis.graphql.from_path(SCHEMA)
    operations: list[APIOperation[Any, Any, Any, Any]] = [found.ok() for found in schema.get_all_operations()]
    answered = []

    def attack(operation: APIOperation[Any, Any, Any, Any]) -> None:
        @settings(
            max_examples=EXAMPLES_EACH,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(data=st.data())
        def one(data: st.DataObject) -> None:
            case = data.draw(operation.as_strategy())
            answer = post(case.body if isinstance(case.body, dict) else {"query": case.body})
            codes = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
            assert answer.status_code < 500, answer.text
            assert "INTERNAL_SERVER_ERROR" not in codes, (case.body, answer.text)
            answered.append(operation.label)

        one()

    for operation in operations:
        attack(operation)
    assert len(set(answered)) == len(operations) > 80
