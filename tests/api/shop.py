"""A whole shop for one test: the application over ASGI, a Stripe sandbox over a socket, the demo retailer in an empty database."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import generate_latest
from starlette.types import ASGIApp

from gateway.app import Process, create_app, utc_now
from gateway.demo.load import PARTNER_CLIENT_ID, PIN, STAFF_EMAIL, STAFF_PASSWORD, DemoCredentials, load_demo_retailer
from gateway.job_handlers import worker_of
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.settings import Settings
from gateway.verifying import VerifyResult, verify_database

WEBHOOK_SECRET = "whsec_test"


@dataclass
class Shop:
    """A running shop and how to talk to it. Jobs run only when `work` is called, so that tests choose the moment.

    With `channel`, requests name this sales channel instead of the default one.
    """

    process: Process
    sandbox: SandboxServer
    http: httpx.AsyncClient
    credentials: DemoCredentials
    keys: "count[int]" = field(default_factory=lambda: count(1))
    channel: str | None = None

    def key(self) -> str:
        """A fresh idempotency key."""
        return f"key-{next(self.keys)}"

    async def post(
        self, document: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> httpx.Response:
        """One request as a client would send it."""
        headers = {"accept": "application/graphql-response+json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if self.channel is not None:
            headers["tillway-channel"] = self.channel
        return await self.http.post("/graphql", json={"query": document, "variables": variables or {}}, headers=headers)

    async def ask(self, document: str, variables: dict[str, Any] | None = None, token: str | None = None) -> Any:
        """The data of a request that must have no top-level error."""
        answer = (await self.post(document, variables, token)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(
        self, mutation: str, given: dict[str, Any], selection: str, token: str | None = None, *, keyed: bool = True
    ) -> Any:
        """A mutation's payload, refused or not; a fresh key is given unless `given` has one."""
        if keyed and "idempotencyKey" not in given:
            given = {**given, "idempotencyKey": self.key()}
        kind = mutation_input(mutation)
        document = f"mutation Do($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message }} }} }}"
        data = await self.ask(document, {"input": given}, token)
        return data[mutation]

    async def done(
        self, mutation: str, given: dict[str, Any], selection: str, token: str | None = None, *, keyed: bool = True
    ) -> Any:
        """The payload of a mutation that must not be refused."""
        payload = await self.do(mutation, given, selection, token, keyed=keyed)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def work(self) -> None:
        """Do every job that is due."""
        await self.process.worker.drain()

    async def work_at(self, moment: datetime) -> None:
        """Do every job that is due by then, as if it were then."""
        process = self.process
        worker = worker_of(
            process.database, process.services.payments, process.taxes, process.messenger, lambda: moment
        )
        await worker.drain()

    async def contradictions(self) -> list[VerifyResult]:
        """The invariants of all rooms that do not hold, as `tillway verify` finds them."""
        results = await asyncio.to_thread(verify_database, self.process.settings.database_url)
        return [result for result in results if result.findings]

    async def associate(self, store: int = 0, staff_code: str | None = None) -> str:
        """The token of an associate at a store's till: 0 London, 1 Manchester."""
        code = staff_code or ("LON1", "MAN1")[store]
        given = {"terminalCredential": self.credentials.terminals[store][1], "staffCode": code, "pin": PIN}
        payload = await self.done("associateSignIn", given, "grant { accessToken }", keyed=False)
        return str(payload["grant"]["accessToken"])

    async def staff(self) -> str:
        """Head office's token."""
        given = {"email": STAFF_EMAIL, "password": STAFF_PASSWORD}
        payload = await self.done("staffSignIn", given, "grant { accessToken }", keyed=False)
        return str(payload["grant"]["accessToken"])

    async def partner(self) -> str:
        """The demo marketplace's token."""
        given = {"clientId": PARTNER_CLIENT_ID, "clientSecret": self.credentials.partner_secret}
        payload = await self.done("partnerTokenCreate", given, "grant { accessToken }", keyed=False)
        return str(payload["grant"]["accessToken"])


async def reader(shop: Shop) -> str:
    """The provider's id of a card reader that it knows and nobody has registered with us."""
    async with httpx.AsyncClient(
        base_url=shop.sandbox.url, headers={"authorization": f"Bearer {SANDBOX_KEY}"}
    ) as stripe:
        answer = await stripe.post("/v1/terminal/readers", data={"registration_code": "simulated-wpe"})
    return str(answer.json()["id"])


def mutation_input(mutation: str) -> str:
    """The input type of a mutation, read from the schema."""
    from graphql import get_named_type

    from tests.api.schema import core_schema

    root = core_schema().mutation_type
    assert root is not None
    return get_named_type(root.fields[mutation].args["input"].type).name


@asynccontextmanager
async def running_shop(
    database_url: str, folder: Path, *, seconds: Callable[[], float] = time.monotonic, **more: object
) -> AsyncIterator[Shop]:
    """A shop on this database, which must be empty or hold the demo; `more` are settings, and nothing is cached without.

    `seconds` is the clock by which what is cached grows old.
    """
    async with SandboxServer(webhook_secret=WEBHOOK_SECRET) as sandbox:
        settings = Settings(
            database_url=database_url,
            state_folder=folder,
            secret_key="a-key-for-tests-of-at-least-32-characters",  # type: ignore[arg-type]  # pydantic wraps it
            stripe_api_key=SANDBOX_KEY,  # type: ignore[arg-type]  # as above
            stripe_api_base=sandbox.url,
            stripe_webhook_secret=WEBHOOK_SECRET,  # type: ignore[arg-type]  # as above
            worker=False,
            **{"cache_bytes_max": 0, **more},
        )
        process = Process(settings, seconds)
        credentials = await load_demo_retailer(process, utc_now)
        app: ASGIApp = create_app(settings, process)
        await process.start(with_worker=False)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as http:
            yield Shop(process, sandbox, http, credentials)
        await process.stop()
        # Whatever the test sent, nothing that ran was left to graphql-core.
        assert 'path="fallback"' not in generate_latest(process.metrics.registry).decode()
