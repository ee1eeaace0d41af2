"""CPU and statements per operation of one process on an embedded database, printed and recorded with the machine.

Run by `make bench`. Each operation is warmed up, then repeated in interleaved rounds; the median and the spread of the rounds
are written to benchmarks/operations.md.
"""

import asyncio
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from gateway.app import Process, create_app, utc_now
from gateway.demo.load import load_demo_retailer
from gateway.logs import configure_logs
from gateway.migrating import upgrade
from gateway.settings import Settings

ROUNDS = 7
REPEATS = 30
RECORD = Path(__file__).parent / "operations.md"
OPERATIONS = {
    "list of 20 products with price, first variant and stock": """{ products(first: 20) { nodes { title
        variants(first: 1) { nodes { sku price { amount } totalAvailable } } } } }""",
    "product with variants, prices and stock per store": """{ product(handle: "anchor-t-shirt") { title
        variants(first: 20) { nodes { sku price { amount } availability { available location { code } } } } } }""",
    "search": '{ products(first: 10, query: "wool jumper") { nodes { title handle } } }',
}


async def measured(client: httpx.AsyncClient, query: str) -> float:
    """Milliseconds of CPU per request of this process, client included."""
    started = time.process_time()
    for _ in range(REPEATS):
        answer = await client.post("/graphql", json={"query": query})
        assert "errors" not in answer.json(), answer.text
    return (time.process_time() - started) * 1000 / REPEATS


async def main() -> None:
    """Measure every operation and record the table."""
    configure_logs("text", "error")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/bench.db", state_folder=Path(folder), worker=False)
        await asyncio.to_thread(upgrade, settings.database_url)
        process = Process(settings)
        await load_demo_retailer(process, utc_now)
        await process.start(with_worker=False)
        transport = httpx.ASGITransport(create_app(settings, process))
        figures: dict[str, list[float]] = {name: [] for name in OPERATIONS}
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            for round_number in range(ROUNDS + 1):
                for name, query in OPERATIONS.items():
                    figure = await measured(client, query)
                    if round_number:
                        figures[name].append(figure)
        await process.stop()
    rows = [
        f"| {name} | {statistics.median(values):.2f} | {min(values):.2f} to {max(values):.2f} |"
        for name, values in figures.items()
    ]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {sys.version.split()[0]}, SQLite"
    text = "\n".join(
        [
            "# CPU per operation",
            "",
            f"`make bench`: {ROUNDS} interleaved rounds of {REPEATS} requests through the whole application in one process,",
            f"client included. {machine}.",
            "",
            "| operation | CPU ms, median | spread |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
    RECORD.write_text(text)
    print(text)


if __name__ == "__main__":
    asyncio.run(main())
