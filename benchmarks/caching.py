"""What finished bytes and sharing an execution are worth: `python -m benchmarks.caching`.

One gateway process on an embedded database with the demo retailer answers the list of 20 products to 32 clients in a
process of their own, over kept connections: with nothing kept, with everything kept, and with answers that each change
makes stale at once, so that clients share executions. CPU is the gateway's, as the kernel counts it.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.client import Client
from benchmarks.processes import SECRET_KEY, cpu_seconds, gateway, sandbox
from gateway.app import Process, utc_now
from gateway.demo.load import load_demo_retailer
from gateway.migrating import upgrade
from gateway.sandbox.server import SANDBOX_KEY
from gateway.settings import Settings

CLIENTS = 32
SECONDS = 5.0
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
        return f"| {self.name} | {per_second:,.0f} | {each:,.0f} |"


def load(port: int, document: str, seconds: float) -> int:
    """Ask with all clients for a while; how many answers came."""

    async def ask(until: float) -> int:
        client, answered = await Client.connect(port), 0
        while time.monotonic() < until:
            await client.ask(document, {})
            answered += 1
        await client.close()
        return answered

    async def all_of_them() -> int:
        until = time.monotonic() + seconds
        return sum(await asyncio.gather(*(ask(until) for _ in range(CLIENTS))))

    return asyncio.run(all_of_them())


def measure(name: str, port: int, pid: int, document: str) -> Measured:
    """One way of answering, after a second of the same to warm up."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        elsewhere.submit(load, port, document, 1.0).result()
        before, started = cpu_seconds(pid), time.monotonic()
        requests = elsewhere.submit(load, port, document, SECONDS).result()
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
    """Measure each way and print the table."""
    with tempfile.TemporaryDirectory() as name, sandbox() as sandbox_url, shop(Path(name), sandbox_url) as url:
        folder, rows = Path(name), []
        with gateway(url, sandbox_url, folder, 1, TILLWAY_CACHE_BYTES_MAX="0") as served:
            rows.append(measure("executed each time", served.port, served.process.pid, LIST))
        with gateway(url, sandbox_url, folder, 1) as served:
            rows.append(measure("kept for a second (shows stock)", served.port, served.process.pid, LIST))
            rows.append(measure("kept until a change", served.port, served.process.pid, PLAIN))
        # A cache too small for any answer: nothing is kept, and identical requests in flight share one execution.
        with gateway(url, sandbox_url, folder, 1, TILLWAY_CACHE_BYTES_MAX="1") as served:
            rows.append(measure("shared in flight, nothing kept", served.port, served.process.pid, LIST))
    sys.stdout.write("| how the list of 20 is answered | requests/s | CPU per request, µs |\n|---|---|---|\n")
    sys.stdout.write("".join(f"{row.row}\n" for row in rows))


if __name__ == "__main__":
    main()
