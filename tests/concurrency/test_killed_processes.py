"""Kill -9 under load: what was acknowledged is there, and no money moves twice.

Two kinds of moments: with requests held at the provider, so that what they do is done after their process died and
nobody heard the answer; and at an acknowledgment drawn from a seed, in the middle of everything else. On PostgreSQL two
gateways and a worker of its own, on SQLite the one process that may write.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import anyio
import pytest

from gateway.sandbox.faults import Fault, FaultKind
from tests.concurrency.gateways import own_database
from tests.concurrency.retailer import (
    OUTAGE_POLLS_MAX,
    Answer,
    Clients,
    Retailer,
    at_once,
    eventually,
    running_retailer,
)

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("gateways")]

Load = Sequence[Callable[[], Awaitable[None]]]

SEED = 20260110
SKU = "MUG-TIDE-RUST"
HELD = 2
TURN = 4
"""Buyers, or sellers, of one turn; all start at once."""
ORDERS = (
    "{ orders(first: 100) { nodes { id number returns { id } refunds { status } payments { providerReference } } } }"
)


@dataclass
class Diary:
    """What gateways acknowledged, and what to do at one of the acknowledgments to come."""

    steps: int = 0
    moment: int = 0
    strike: Callable[[], None] | None = None
    orders: dict[str, str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)

    def acknowledged(self) -> None:
        """Count one more, and strike when its turn has come: before any other answer is heard."""
        self.steps += 1
        if self.steps == self.moment and self.strike is not None:
            self.strike()


@dataclass
class Chaos:
    """A retailer under load whose processes are killed and started anew."""

    retailer: Retailer
    clients: Clients
    till: str
    diary: Diary = field(default_factory=Diary)

    async def buy_on_the_web(self) -> None:
        cart = await self.clients.cart(SKU)
        self.diary.acknowledged()
        pay = {**cart, "paymentMethod": "pm_card_visa"}
        paid = await self.clients.insist("cartComplete", pay, "order { id number }")
        self.diary.orders[paid["order"]["id"]] = paid["order"]["number"]
        self.diary.acknowledged()

    async def sell_and_take_back(self) -> None:
        order = await self.clients.sold(SKU, 1, self.till)
        self.diary.orders[order["id"]] = order["number"]
        self.diary.acknowledged()
        taken = await self.clients.insist(
            "returnCreateAndProcess", self.clients.back(order), "return { id }", self.till
        )
        self.diary.returns[order["id"]] = taken["return"]["id"]
        self.diary.acknowledged()

    async def killed_in_flight(self, path: str, load: Load, gateways: Sequence[int], workers: Sequence[int]) -> None:
        """Hold requests of a path at the provider, kill who sent them, and let the provider do the work all the same."""
        sandbox = self.retailer.sandbox.sandbox
        sandbox.faults.clear()
        sandbox.faults.add(Fault(kind=FaultKind.HOLD, match=path, method="POST", times=HELD))

        async def outage() -> None:
            for _ in range(HELD):
                await anyio.to_thread.run_sync(sandbox.faults.wait_until_held, 60)
            self.retailer.kill(gateways, workers)
            unanswered = [call for call in sandbox.calls("POST", path) if call.status is None]
            self.diary.killed.append(f"{len(unanswered)} requests to {path} unanswered")
            sandbox.release_held()
            await anyio.to_thread.run_sync(self.retailer.revive, gateways, workers)

        await at_once([*load, outage])

    async def killed_at(self, step: int, load: Load, gateways: Sequence[int], workers: Sequence[int]) -> None:
        """Kill at the turn's acknowledgment of this number; everything else is under way."""
        struck = anyio.Event()

        def strike() -> None:
            self.retailer.kill(gateways, workers)
            self.diary.killed.append(f"at step {self.diary.steps}")
            struck.set()

        async def outage() -> None:
            await struck.wait()
            await anyio.to_thread.run_sync(self.retailer.revive, gateways, workers)

        self.diary.moment, self.diary.strike = self.diary.steps + step, strike
        await at_once([*load, outage])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def retailer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retailer]:
    folder = tmp_path_factory.mktemp("killed")
    if request.param == "sqlite":
        with running_retailer(f"sqlite:///{folder}/tillway.db", folder, gateways=1) as running:
            yield running
        return
    url = own_database(request.getfixturevalue("postgresql_server"), "killed")
    with running_retailer(url, folder, gateways=2, workers=1) as running:
        yield running


async def test_processes_killed_under_load_lose_no_acknowledged_write_and_move_no_money_twice(
    retailer: Retailer, clients: Clients
) -> None:
    await clients.adjust(SKU, 100 - await clients.available(SKU))
    chaos = Chaos(retailer, clients, await clients.sign_in(0, "LON9"))
    random = Random(SEED)
    buyers, sellers = [chaos.buy_on_the_web] * TURN, [chaos.sell_and_take_back] * TURN
    gateways, workers = range(len(retailer.gateways)), range(len(retailer.workers))
    early, late = random.randrange(2, 2 * TURN), random.randrange(2 * TURN, 4 * TURN - 2)

    await chaos.killed_in_flight("/v1/payment_intents", buyers, gateways, [])
    await chaos.killed_in_flight("/v1/refunds", sellers, [] if workers else gateways, workers)
    await chaos.killed_at(early, random.sample(buyers + sellers, 2 * TURN), [random.choice(gateways)], [])
    await chaos.killed_at(late, random.sample(buyers + sellers, 2 * TURN), [] if workers else gateways, workers)

    diary = chaos.diary
    assert diary.killed == [
        "2 requests to /v1/payment_intents unanswered",
        "2 requests to /v1/refunds unanswered",
        f"at step {4 * TURN + early}",
        f"at step {8 * TURN + late}",
    ]
    assert (diary.steps, len(diary.orders), len(diary.returns)) == (12 * TURN, 6 * TURN, 3 * TURN)
    await anyio.to_thread.run_sync(retailer.let_leases_run_out)
    orders = await settled_orders(clients, 3 * TURN)
    assert {order["id"]: order["number"] for order in orders} == diary.orders
    returned = {order["id"]: [each["id"] for each in order["returns"]] for order in orders if order["returns"]}
    assert returned == {order: [taken] for order, taken in diary.returns.items()}
    refunds = {order["id"]: [leg["status"] for leg in order["refunds"]] for order in orders if order["refunds"]}
    assert refunds == {order: ["SUCCEEDED"] for order in diary.returns}
    assert await clients.available(SKU) == 100 - 3 * TURN
    await assert_money_moved_once(clients, orders)
    assert await anyio.to_thread.run_sync(retailer.findings) == []


async def settled_orders(clients: Clients, refunded: int) -> list[Answer]:
    """Every order as head office sees it, once this many refunds are through."""

    async def orders() -> list[Answer]:
        found: list[Answer] = (await clients.ask(ORDERS, {}, clients.office))["orders"]["nodes"]
        return found

    def settled(found: list[Answer]) -> bool:
        return [leg["status"] for order in found for leg in order["refunds"]].count("SUCCEEDED") >= refunded

    return await eventually(orders, settled, polls_max=OUTAGE_POLLS_MAX)


async def assert_money_moved_once(clients: Clients, orders: list[Answer]) -> None:
    """One charge for each order and none without one: taken at the till, promised on the web. One whole refund for each
    return."""
    intents = {intent["id"]: intent for intent in await clients.money("payment_intents")}
    references = Counter(payment["providerReference"] for order in orders for payment in order["payments"])
    assert Counter(intents.keys()) == references
    statuses = Counter(intent["status"] for intent in intents.values())
    assert statuses == {"requires_capture": 3 * TURN, "succeeded": 3 * TURN}
    refunds = await clients.money("refunds")
    assert Counter(refund["payment_intent"] for refund in refunds) == Counter(
        intent["id"] for intent in intents.values() if intent["status"] == "succeeded"
    )
    assert all(refund["amount"] == intents[refund["payment_intent"]]["amount_received"] for refund in refunds)
