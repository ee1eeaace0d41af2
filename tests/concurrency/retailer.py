"""A retailer served by real processes, and clients that speak to them over HTTP as web, till and head office do."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
import sqlalchemy as sa

from gateway.app import Process, utc_now
from gateway.demo.load import PARTNER_CLIENT_ID, PIN, STAFF_EMAIL, STAFF_PASSWORD, DemoCredentials, load_demo_retailer
from gateway.migrating import on_connection, upgrade
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.schema_tables import metadata
from gateway.settings import Settings
from gateway.verifying import verify_database
from tests.api.shop import mutation_input
from tests.concurrency.gateways import SECRET_KEY, WEBHOOK_SECRET, Running, start_gateway, start_worker

T = TypeVar("T")
Answer = dict[str, Any]

POLLS_MAX = 400
OUTAGE_POLLS_MAX = 2400
POLL_SECONDS = 0.05
LIVE = frozenset({"requires_capture", "succeeded"})
IN_PROGRESS = frozenset({"CHECKOUT_IN_PROGRESS", "PAYMENT_IN_PROGRESS"})


async def eventually(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], *, polls_max: int = POLLS_MAX) -> T:
    """The first answer that holds, asked for a bounded number of times; the last answer when none does."""
    answer = await ask()
    for _ in range(polls_max):
        if holds(answer):
            return answer
        await anyio.sleep(POLL_SECONDS)
        answer = await ask()
    return answer


@dataclass
class Retailer:
    """Gateways and workers on one database and one sandbox. A killed process's successor takes its place in the list."""

    database_url: str
    folder: Path
    sandbox: SandboxServer
    credentials: DemoCredentials
    gateways: list[Running] = field(default_factory=list)
    workers: list[Running] = field(default_factory=list)
    keys: "count[int]" = field(default_factory=lambda: count(1))
    settings: Mapping[str, str] = field(default_factory=dict)

    def open(self, gateways: int, workers: int) -> None:
        """Start this many of each at the same time. Without workers of their own, gateways work."""
        serve = partial(self._start_gateway, worker=not workers)
        with ThreadPoolExecutor(gateways + workers) as starting:
            served = [starting.submit(serve) for _ in range(gateways)]
            worked = [starting.submit(self._start_worker) for _ in range(workers)]
            self.gateways = [each.result() for each in served]
            self.workers = [each.result() for each in worked]

    def kill(self, gateways: Sequence[int], workers: Sequence[int]) -> None:
        """Kill -9 at the same moment; the dead keep their places."""
        dying = [*(self.gateways[index] for index in gateways), *(self.workers[index] for index in workers)]
        for running in dying:
            running.process.send_signal(signal.SIGKILL)
        for running in dying:
            running.kill()

    def revive(self, gateways: Sequence[int], workers: Sequence[int]) -> None:
        """Start successors of the dead, all at the same time, in a world where the leases of the dead have run out.

        Not to be called from a running event loop.
        """
        self.let_leases_run_out()
        serve = partial(self._start_gateway, worker=not self.workers)
        with ThreadPoolExecutor(len(gateways) + len(workers)) as starting:
            served = {index: starting.submit(serve) for index in gateways}
            worked = {index: starting.submit(self._start_worker) for index in workers}
            for index, gateway in served.items():
                self.gateways[index] = gateway.result()
            for index, worker in worked.items():
                self.workers[index] = worker.result()

    def stop(self) -> None:
        """Let every process finish."""
        for running in (*self.gateways, *self.workers):
            running.stop()

    def _start_gateway(self, *, worker: bool) -> Running:
        return start_gateway(self.database_url, self.sandbox.url, self.folder, worker=worker, **self.settings)

    def _start_worker(self) -> Running:
        return start_worker(self.database_url, self.sandbox.url, self.folder)

    def findings(self) -> list[str]:
        """What `tillway verify` finds wrong. Not to be called from a running event loop."""
        return [finding for result in verify_database(self.database_url) for finding in result.findings]

    def let_leases_run_out(self) -> None:
        """What a minute does for jobs that a dead worker still holds; also takes jobs from the living, which is harder.

        Not to be called from a running event loop.
        """
        held = sa.update(metadata.tables["job"]).where(sa.column("leased_until").is_not(None))
        on_connection(self.database_url, lambda connection: connection.execute(held.values(leased_until=utc_now())))


@contextmanager
def running_retailer(
    database_url: str, folder: Path, gateways: int, workers: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Retailer]:
    """The demo retailer in an empty database, served by this many processes; `settings` are more of their environment."""
    with SandboxServer(webhook_secret=WEBHOOK_SECRET) as sandbox:
        upgrade(database_url)
        credentials = asyncio.run(_loaded(database_url, folder, sandbox.url))
        retailer = Retailer(database_url, folder, sandbox, credentials, settings=settings or {})
        try:
            retailer.open(gateways, workers)
            yield retailer
        finally:
            retailer.stop()


async def _loaded(database_url: str, folder: Path, sandbox_url: str) -> DemoCredentials:
    settings = Settings(
        database_url=database_url,
        state_folder=folder,
        secret_key=SECRET_KEY,
        stripe_api_key=SANDBOX_KEY,
        stripe_api_base=sandbox_url,
        stripe_webhook_secret=WEBHOOK_SECRET,
        worker=False,
    )
    process = Process(settings)
    credentials = await load_demo_retailer(process, utc_now)
    await process.stop()
    return credentials


@dataclass
class Clients:
    """Everybody who speaks to a retailer; each request goes to the next gateway in turn."""

    retailer: Retailer
    http: httpx.AsyncClient
    turns: Iterator[int]
    places: dict[str, str] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)
    office: str = ""

    def key(self) -> str:
        """A fresh idempotency key."""
        return f"key-{next(self.retailer.keys)}"

    async def post(self, document: str, variables: Answer, token: str | None) -> httpx.Response:
        """One request to the next gateway, as it answers or fails."""
        gateway = self.retailer.gateways[next(self.turns) % len(self.retailer.gateways)]
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": variables}
        return await self.http.post(f"{gateway.url}/graphql", json=body, headers=headers)

    async def ask(self, document: str, variables: Answer | None = None, token: str | None = None) -> Any:
        """The data of a request that must have no top-level error."""
        answer = (await self.post(document, variables or {}, token)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(self, mutation: str, given: Answer, selection: str, token: str | None = None) -> Any:
        """A mutation's payload, refused or not; a fresh key is given unless `given` has one."""
        given = {"idempotencyKey": self.key(), **given}
        return (await self.ask(mutation_document(mutation, selection), {"input": given}, token))[mutation]

    async def done(self, mutation: str, given: Answer, selection: str, token: str | None = None) -> Any:
        """The payload of a mutation that must not be refused."""
        payload = await self.do(mutation, given, selection, token)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def insist(self, mutation: str, given: Answer, selection: str, token: str | None = None) -> Any:
        """The payload of a mutation sent under one key until a gateway that lives gives a final answer."""
        given = {"idempotencyKey": self.key(), **given}
        document = mutation_document(mutation, selection)

        async def once() -> Any:
            try:
                answer = (await self.post(document, {"input": given}, token)).json()
            except httpx.TransportError:
                return None
            if "errors" in answer:
                codes = {error["extensions"]["code"] for error in answer["errors"]}
                assert codes <= {"UNAVAILABLE", "TIMEOUT"}, answer["errors"]
                return None
            payload = answer["data"][mutation]
            return None if IN_PROGRESS & set(codes_of(payload)) else payload

        payload = await eventually(once, lambda payload: payload is not None, polls_max=OUTAGE_POLLS_MAX)
        assert payload is not None, f"{mutation} was never answered"
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def sign_in(self, store: int, staff_code: str) -> str:
        """The token of an associate at a store's till: 0 London, 1 Manchester."""
        credential = self.retailer.credentials.terminals[store][1]
        given = {"terminalCredential": credential, "staffCode": staff_code, "pin": PIN}
        return await self._signed_in("associateSignIn", given)

    async def partner(self) -> str:
        """The demo marketplace's token."""
        secret = self.retailer.credentials.partner_secret
        return await self._signed_in("partnerTokenCreate", {"clientId": PARTNER_CLIENT_ID, "clientSecret": secret})

    async def _signed_in(self, mutation: str, given: Answer) -> str:
        document = mutation_document(mutation, "grant { accessToken }", replayed=False)
        payload = (await self.ask(document, {"input": given}))[mutation]
        assert payload["userErrors"] == []
        return str(payload["grant"]["accessToken"])

    async def look_around(self) -> None:
        """Learn where the stores are, what mugs there are, and sign head office in."""
        data = await self.ask(
            """{ locations(first: 10) { nodes { id code } }
                 products(first: 10, query: "mug") { nodes { variants(first: 5) { nodes { id sku } } } } }"""
        )
        self.places = {node["code"]: node["id"] for node in data["locations"]["nodes"]}
        products = data["products"]["nodes"]
        self.variants = {node["sku"]: node["id"] for product in products for node in product["variants"]["nodes"]}
        self.office = await self._signed_in("staffSignIn", {"email": STAFF_EMAIL, "password": STAFF_PASSWORD})

    async def cart(self, sku: str, quantity: int = 1, token: str | None = None) -> Answer:
        """A cart of units to collect in London, as `cartId` and `cartToken` of the calls that follow."""
        made = await self.insist("cartCreate", self.wanted(sku, quantity), "cart { id } token", token)
        return {"cartId": made["cart"]["id"], "cartToken": made["token"]}

    def wanted(self, sku: str, quantity: int) -> Answer:
        """The input of a cart of units to collect in London."""
        line = {"variantId": self.variants[sku], "quantity": quantity, "pickupLocationId": self.places["LON-CG"]}
        return {"lines": [line], "email": "guest@example.com"}

    async def available(self, sku: str, place: str = "LON-CG") -> int:
        """Units a store can sell now."""
        data = await self.ask(
            "query($v: [ID!]!, $l: [ID!]) { inventoryAvailability(variantIds: $v, locationIds: $l) { available } }",
            {"v": [self.variants[sku]], "l": [self.places[place]]},
        )
        (entry,) = data["inventoryAvailability"]
        return int(entry["available"])

    async def adjust(self, sku: str, delta: int) -> None:
        """Correct London's stock."""
        given = {"variantId": self.variants[sku], "locationId": self.places["LON-CG"], "delta": delta}
        await self.done("inventoryAdjust", {**given, "reason": "COUNTED"}, "availability { available }", self.office)

    def sale(self, sku: str, quantity: int) -> Answer:
        """The input of a sale by card at London's till."""
        lines = [{"sku": sku, "quantity": quantity}]
        place = self.places["LON-CG"]
        return {"locationId": place, "lines": lines, "tender": "CARD", "paymentMethod": "pm_card_visa"}

    async def sold(self, sku: str, quantity: int, till: str) -> Answer:
        """An order sold by card at London's till, with the lines of its `back` input."""
        selection = "order { id number lines { nodes { id } } }"
        made = await self.insist("orderCreate", self.sale(sku, quantity), selection, till)
        order: Answer = made["order"]
        return order

    def back(self, order: Answer, place: str = "LON-CG", quantity: int = 1) -> Answer:
        """The input that takes units of an order's one line back at a store's counter."""
        (line,) = order["lines"]["nodes"]
        lines = [{"orderLineId": line["id"], "quantity": quantity}]
        return {"orderId": order["id"], "locationId": self.places[place], "lines": lines}

    async def money(self, kind: str) -> list[Answer]:
        """Everything of a kind that the sandbox knows, all pages; `payment_intents` or `refunds`."""
        found: list[Answer] = []
        after: dict[str, str] = {}
        while True:
            answer = await self.http.get(
                f"{self.retailer.sandbox.url}/v1/{kind}",
                params={"limit": "100", **after},
                headers={"authorization": f"Bearer {SANDBOX_KEY}"},
            )
            page = answer.raise_for_status().json()
            found += page["data"]
            if not page["has_more"]:
                return found
            after = {"starting_after": page["data"][-1]["id"]}

    async def live_charges(self) -> set[str]:
        """Ids of payments that are promised or taken at the sandbox."""
        return {intent["id"] for intent in await self.money("payment_intents") if intent["status"] in LIVE}


@asynccontextmanager
async def clients_of(retailer: Retailer) -> AsyncIterator[Clients]:
    """Clients with time-outs longer than any answer should take."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=30, limits=limits) as http:
        clients = Clients(retailer, http, cycle(range(60)))
        await clients.look_around()
        yield clients


def mutation_document(mutation: str, selection: str, *, replayed: bool = True) -> str:
    """A document that sends one mutation."""
    told = "replayed" if replayed else ""
    fields = f"{selection} userErrors {{ code message }} {told}"
    return f"mutation Do($input: {mutation_input(mutation)}!) {{ {mutation}(input: $input) {{ {fields} }} }}"


def codes_of(payload: Answer) -> list[str]:
    """Codes of a payload's refusals, in order."""
    return [error["code"] for error in payload["userErrors"]]


async def at_once(work: list[Callable[[], Awaitable[T]]]) -> list[T]:
    """The results of calls made at the same time, in order."""
    results: dict[int, T] = {}

    async def keep(index: int, call: Callable[[], Awaitable[T]]) -> None:
        results[index] = await call()

    async with anyio.create_task_group() as group:
        for index, call in enumerate(work):
            group.start_soon(keep, index, call)
    return [results[index] for index in range(len(work))]
