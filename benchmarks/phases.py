"""Where the time of a read goes, in one process: `python -m benchmarks.phases --database-url … --state-folder …`.

The database is one that `benchmarks.seed` filled. Each operation is asked in turn, one at a time, so that the CPU between two
moments belongs to one phase: SQL (binding, driver, rows; on SQLite the engine too), serialising, HTTP (everything around the
operation in the application, authentication too), and the rest, which is admission, resolving and completing. What a document
costs when it is new (parsing, validating, planning) is told apart.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx
import orjson
from graphql import parse, validate
from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp

from benchmarks.operations import DETAIL, LIST
from domain.connections import ReadConnection, WriteConnection
from gateway.app import Process, create_app, utc_now
from gateway.auth import Authenticator
from gateway.database import Database
from gateway.database.port import CommitListener
from gateway.envelopes import Request
from gateway.logs import configure_logs
from gateway.operations import Answer, Operations
from gateway.schema import build_schema
from gateway.settings import Settings

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

REPEATS = 200


class Watched:
    """The port, with the CPU that reads take."""

    def __init__(self, inner: Database) -> None:
        self.inner = inner
        self.dialect = inner.dialect
        self.seconds = 0.0
        self.reads = 0

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        return await self._watched(self.inner.read(query))

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]:
        return await self._watched(self.inner.load(batch, keys, now))

    async def _watched(self, reading: Awaitable[T]) -> T:
        started = time.process_time()
        try:
            return await reading
        finally:
            self.seconds += time.process_time() - started
            self.reads += 1

    async def write(self, command: Callable[[WriteConnection], T]) -> T:
        return await self.inner.write(command)

    def on_commit(self, listener: CommitListener) -> None:
        self.inner.on_commit(listener)

    async def close(self) -> None:
        await self.inner.close()


@dataclass(frozen=True, slots=True)
class Phases:
    """Milliseconds of CPU of one operation, by phase."""

    http: float
    sql: float
    serialise: float
    rest: float
    statements: int
    parse: float
    validate: float
    plan: float


async def _spent(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of CPU that one call takes, on average over many."""
    started = time.process_time()
    for _ in range(REPEATS):
        await work()
    return (time.process_time() - started) * 1000 / REPEATS


async def _phases(watched: Watched, process: Process, client: httpx.AsyncClient, request: Request) -> Phases:
    strawberry_schema = build_schema()
    schema = strawberry_schema._schema  # noqa: SLF001 - graphql-core validates the schema underneath
    operations = Operations(strawberry_schema, process.settings.limits)

    async def answered() -> Answer:
        context = await process.context_for(None, None, "bench")
        return await operations.execute(operations.admit(request, context), context)

    started = time.process_time()
    document = parse(request.query)
    parsed = time.process_time()
    assert validate(schema, document) == []
    validated = time.process_time()
    answer = await answered()
    first = (time.process_time() - validated) * 1000
    assert "errors" not in answer.body, answer.body
    body = {"query": request.query, "variables": request.variables}

    async def posted() -> None:
        await client.post("/graphql", json=body)

    async def dumped() -> None:
        orjson.dumps(answer.body)

    await posted()
    watched.seconds, watched.reads = 0.0, 0
    executed = await _spent(answered)
    sql, statements = watched.seconds * 1000 / REPEATS, watched.reads // REPEATS
    serialise = await _spent(dumped)
    cold = (parsed - started) * 1000, (validated - parsed) * 1000
    return Phases(
        http=await _spent(posted) - executed - serialise,
        sql=sql,
        serialise=serialise,
        rest=executed - sql,
        statements=statements,
        parse=cold[0],
        validate=cold[1],
        plan=max(0.0, first - executed - sum(cold)),
    )


async def measure(settings: Settings) -> dict[str, Phases]:
    """The phases of the catalog's reads."""
    process = Process(settings)
    watched = process.database = Watched(process.database)
    process.authenticator = Authenticator(watched, process.tokens, utc_now)
    app: ASGIApp = create_app(settings, process)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        page = (await client.post("/graphql", json={"query": LIST})).json()["data"]["products"]["nodes"]
        requests = {
            "list of 20 products": Request(LIST, {"after": None}),
            "product with stock per store": Request(DETAIL, {"handle": page[0]["handle"]}),
        }
        found = {name: await _phases(watched, process, client, request) for name, request in requests.items()}
    await process.database.close()
    return found


def main() -> None:
    """Print the phases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phases", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--state-folder", type=Path, required=True)
    given = parser.parse_args()
    configure_logs("text", "error")
    settings = Settings(database_url=given.database_url, state_folder=given.state_folder, worker=False)
    table = Table("operation, ms", *(field.name for field in fields(Phases)))
    for name, phases in asyncio.run(measure(settings)).items():
        table.add_row(name, *(f"{getattr(phases, field.name):.3f}" for field in fields(Phases)))
    Console().print(table)


if __name__ == "__main__":
    main()
