"""What finished bytes and sharing an execution are worth; measured by `python -m benchmarks.caching`, kept in caching.md.

One gateway process on an embedded database with the demo retailer answers the list of 20 products to 32 clients in a
process of their own, over kept connections: executed each time, kept, kept and asked about by its tag, and shared by
those who ask at the same time. CPU is the gateway's, as the kernel counts it.
"""

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.calibration import fixed_answer_us, told
from benchmarks.client import Client
from benchmarks.processes import SECRET_KEY, cpu_seconds, gateway, sandbox
from gateway.app import Process, utc_now
from gateway.demo.load import load_demo_retailer
from gateway.migrating import upgrade
from gateway.sandbox.server import SANDBOX_KEY
from gateway.settings import Settings

CLIENTS = 32
SECONDS = 2.0
RECORD = Path(__file__).parent / "caching.md"
LIST = """{ products(first: 20) { nodes { title featuredMedia { url } priceRange { minimum { amount } }
  variants(first: 1) { nodes { sku totalAvailable } } } } }"""
PLAIN = LIST.replace(" totalAvailable", "")


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of answering."""

    name: str
    requests: int
    seconds: float
    cpu: float

    @property
    def row(self) -> str:
        """Its row of the table."""
        per_second, each = self.requests / self.seconds, self.cpu / self.requests * 1_000_000
        return f"| {self.name} | {each:,.0f} | {per_second:,.0f} |"


async def post(client: Client, document: str) -> None:
    """Ask as most clients do."""
    await client.ask(document, {})


async def revalidate(client: Client, document: str) -> None:
    """Ask whether an answer that is held has changed; it has not."""
    target = f"/graphql?{urlencode({'query': document})}"
    _, tag = TAGS.get(document) or await client.get(target)
    TAGS[document] = (200, tag)
    status, _ = await client.get(target, tag)
    assert status == 304, status


TAGS: dict[str, tuple[int, bytes]] = {}
WAYS = {"post": post, "revalidate": revalidate}


def load(port: int, way: str, document: str, seconds: float) -> int:
    """Ask with all clients for a while; how many answers came."""

    async def ask(until: float) -> int:
        client, answered = await Client.connect(port), 0
        while time.monotonic() < until:
            await WAYS[way](client, document)
            answered += 1
        await client.close()
        return answered

    async def all_of_them() -> int:
        until = time.monotonic() + seconds
        return sum(await asyncio.gather(*(ask(until) for _ in range(CLIENTS))))

    return asyncio.run(all_of_them())


def measure(name: str, port: int, pid: int, document: str, way: str = "post") -> Measured:
    """One way of answering, after half a second of the same to warm up."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        elsewhere.submit(load, port, way, document, 0.5).result()
        before, started = cpu_seconds(pid), time.monotonic()
        requests = elsewhere.submit(load, port, way, document, SECONDS).result()
        return Measured(name, requests, time.monotonic() - started, cpu_seconds(pid) - before)


@contextmanager
def shop(folder: Path, sandbox_url: str) -> Iterator[str]:
    """The URL of a database with the demo retailer."""
    url = f"sqlite:///{folder}/tillway.db"
    upgrade(url)

    async def loaded() -> None:
        settings = Settings.model_validate(
            {
                "database_url": url,
                "state_folder": folder,
                "secret_key": SECRET_KEY,
                "stripe_api_key": SANDBOX_KEY,
                "stripe_api_base": sandbox_url,
            }
        )
        process = Process(settings)
        await load_demo_retailer(process, utc_now)
        await process.stop()

    asyncio.run(loaded())
    yield url


def main() -> None:
    """Measure each way, print the table and keep it."""
    calibration = told(fixed_answer_us())
    with tempfile.TemporaryDirectory() as name, sandbox() as sandbox_url, shop(Path(name), sandbox_url) as url:
        folder, rows = Path(name), []
        with gateway(url, sandbox_url, folder, 1, TILLWAY_CACHE_BYTES_MAX="0") as served:
            rows.append(measure("executed each time", served.port, served.process.pid, LIST))
        # A cache too small for any answer: nothing is kept, and identical requests in flight share one execution.
        with gateway(url, sandbox_url, folder, 1, TILLWAY_CACHE_BYTES_MAX="1") as served:
            rows.append(measure("32 at once share an execution, nothing kept", served.port, served.process.pid, LIST))
        with gateway(url, sandbox_url, folder, 1) as served:
            rows.append(measure("kept for a second (shows stock)", served.port, served.process.pid, LIST))
            rows.append(measure("kept until a change", served.port, served.process.pid, PLAIN))
            rows.append(measure("unchanged by its tag, 304", served.port, served.process.pid, PLAIN, "revalidate"))
    record(rows, calibration)


def record(rows: list[Measured], calibration: str) -> None:
    """Print and write the table with the machine."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    text = (
        "# What finished bytes are worth\n\n"
        f"`python -m benchmarks.caching`: the list of 20 products with price and first variant, {CLIENTS} clients over kept\n"
        f"connections, {SECONDS:.0f} s for each way after half a second of warming up, one gateway process on SQLite.\n\n"
        f"Recorded {datetime.now(UTC):%Y-%m-%d} on {machine}, load average {os.getloadavg()[0]:.1f}.\n{calibration}\n\n"
        "| how the list of 20 is answered | CPU per request, µs | requests/s |\n|---|---|---|\n"
        + "".join(f"{row.row}\n" for row in rows)
    )
    RECORD.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
