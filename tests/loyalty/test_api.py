"""Loyalty over GraphQL: who sees what, holds, adjustments, and a wallet that is watched."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
import strawberry
from strawberry.tools import merge_types

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.customers.model import Customer, CustomerId
from domain.customers.store import insert as insert_customers
from domain.events.store import Change, Topic
from domain.loyalty import service
from gateway.database import Database
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.loyalty import LoyaltyMutation, LoyaltyQuery, LoyaltySubscription
from resolvers.nodes import NodesQuery
from resolvers.scalars import schema_config
from tests.compiled import OnlyCompiled
from tests.conftest import NOW, Statements
from tests.loyalty.shop import order

pytestmark = pytest.mark.anyio
MakeContext = Callable[..., Context]

ADA_ID, BOB_ID = UUID(int=1001), UUID(int=1002)
ADA = Actor(ActorKind.CUSTOMER, str(ADA_ID), customer_id=ADA_ID)
BOB = Actor(ActorKind.CUSTOMER, str(BOB_ID), customer_id=BOB_ID)
CLERK = Actor(ActorKind.ASSOCIATE, "a-1", scopes=frozenset({Scope.READ_LOYALTY, Scope.WRITE_LOYALTY}))
PARTNER = Actor(ActorKind.PARTNER, "p-1", scopes=frozenset({Scope.READ_LOYALTY, Scope.WRITE_LOYALTY}))

WALLET = """query($id: ID, $customer: ID, $card: String) {
  loyaltyWallet(id: $id, customerId: $customer, cardNumber: $card) {
    id isPooled status program { handle version tiers }
    balance { available pending held debt net value { amount currencyCode } version }
    nextExpirations { points expiresAt } tier { tier nextTier creditsToNext { amount } } } }"""
STATEMENT = """query($id: ID, $after: String) { loyaltyWallet(id: $id) {
  transactions(first: 2, after: $after) {
    nodes { id type points change balanceAfter version funder reference } pageInfo { hasNextPage endCursor } }
  lots(first: 5) { nodes { component funder original pending available held } } } }"""
HOLD = """mutation($input: LoyaltyHoldCreateInput!) { loyaltyHoldCreate(input: $input) { replayed
  hold { id points state worth { amount } expiresAt allocation { points } } wallet { balance { available held } }
  userErrors { code field available minimum } } }"""
CAPTURE = """mutation($input: LoyaltyHoldCaptureInput!) { loyaltyHoldCapture(input: $input) { replayed
  hold { state posted } wallet { balance { available held version } } userErrors { code maximum } } }"""
VOID = """mutation($input: LoyaltyHoldVoidInput!) { loyaltyHoldVoid(input: $input) {
  hold { state } wallet { balance { available } } userErrors { code } } }"""
ADJUST = """mutation($input: LoyaltyPointsAdjustInput!) { loyaltyPointsAdjust(input: $input) { replayed
  wallet { balance { available } } userErrors { code available maximum } } }"""
ENROLL = """mutation($input: LoyaltyAccountEnrollInput!) { loyaltyAccountEnroll(input: $input) {
  wallet { id balance { available version } } userErrors { code } } }"""


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    query = merge_types("Query", (LoyaltyQuery, NodesQuery))
    return strawberry.Schema(
        query, LoyaltyMutation, LoyaltySubscription, config=schema_config(), execution_context_class=OnlyCompiled
    )


@pytest.fixture
async def ada(db: Database, make_act: Callable[..., Act]) -> str:
    """Ada's wallet with 120 points, 20 of them pending; Bob is a customer too, with an empty wallet."""
    act = make_act()

    def open_shop(conn: Any) -> UUID:
        for key, card in ((ADA_ID, "C-0123-456K"), (BOB_ID, "C-2")):
            customer = Customer(CustomerId(key), f"{card}@example.com", None, None, None, card, None, NOW, 1)
            insert_customers(conn, [customer])
        service.enroll(conn, BOB_ID, act)
        wallet = service.enroll(conn, ADA_ID, act)
        service.bonus(conn, wallet.id, 100, act, reference="welcome")
        service.earn_order(conn, order("o", wallet.id, (2000, 1)), act)
        return wallet.id

    return global_id("LoyaltyWallet", await db.write(open_shop))


@pytest.fixture
def ask(schema: strawberry.Schema, make_context: MakeContext) -> Callable[..., Any]:
    async def run(document: str, actor: Actor = ADA, **variables: object) -> Any:
        result = await schema.execute(document, variable_values=variables, context_value=make_context(actor))
        assert result.errors is None, result.errors
        assert result.data is not None
        return next(iter(result.data.values()))

    return run


async def test_a_customer_sees_the_own_wallet_whole(ada: str, ask: Callable[..., Any]) -> None:
    wallet = await ask(WALLET)
    assert wallet == {
        "id": ada,
        "isPooled": False,
        "status": "OPEN",
        "program": {"handle": "default", "version": 1, "tiers": ["BASE", "SILVER", "GOLD"]},
        "balance": {
            "available": 100,
            "pending": 20,
            "held": 0,
            "debt": 0,
            "net": 120,
            "value": {"amount": "1.00", "currencyCode": "EUR"},
            "version": 2,
        },
        "nextExpirations": [{"points": 100, "expiresAt": "2027-02-01T00:00:00Z"}],
        "tier": {"tier": "BASE", "nextTier": "SILVER", "creditsToNext": {"amount": "330.00"}},
    }
    for look_up in ({"id": ada}, {"customer": global_id("Customer", ADA_ID)}, {"card": "c-0123 456k"}):
        assert await ask(WALLET, CLERK, **look_up) == wallet
        assert await ask(WALLET, ADA, **look_up) == wallet


async def test_a_strangers_wallet_is_as_if_absent(ada: str, ask: Callable[..., Any]) -> None:
    for look_up in ({"id": ada}, {"customer": global_id("Customer", ADA_ID)}, {"card": "C-0123-456K"}):
        assert await ask(WALLET, BOB, **look_up) is None
        assert await ask(WALLET, GUEST, **look_up) is None
    assert await ask("query($id: ID!) { node(id: $id) { id } }", BOB, id=ada) is None
    assert await ask(WALLET, GUEST) is None


async def test_the_statement_pages_from_the_newest_entry(ada: str, ask: Callable[..., Any]) -> None:
    first = await ask(STATEMENT, id=ada)
    entries = first["transactions"]["nodes"]
    assert [{key: value for key, value in entry.items() if key != "id"} for entry in entries] == [
        {
            "type": "EARN",
            "points": 20,
            "change": 20,
            "balanceAfter": 120,
            "version": 2,
            "funder": "program",
            "reference": "base",
        },
        {
            "type": "BONUS",
            "points": 100,
            "change": 100,
            "balanceAfter": 100,
            "version": 1,
            "funder": "program",
            "reference": "welcome",
        },
    ]
    assert first["transactions"]["pageInfo"]["hasNextPage"] is False
    assert first["lots"]["nodes"] == [
        {"component": "base", "funder": "program", "original": 20, "pending": 20, "available": 0, "held": 0},
        {"component": "bonus", "funder": "program", "original": 100, "pending": 0, "available": 100, "held": 0},
    ]
    node = "query($id: ID!) { node(id: $id) { id ... on LoyaltyTransaction { points } } }"
    assert await ask(node, ADA, id=entries[0]["id"]) == {"id": entries[0]["id"], "points": 20}
    assert await ask(node, BOB, id=entries[0]["id"]) is None


async def test_a_till_redeems_in_two_calls_and_a_retry_changes_nothing(ada: str, ask: Callable[..., Any]) -> None:
    given = {"idempotencyKey": "h1", "walletId": ada, "points": 90}
    made = await ask(HOLD, CLERK, input=given)
    assert {name: made["hold"][name] for name in ("points", "state", "worth", "expiresAt", "allocation")} == {
        "points": 90,
        "state": "PENDING",
        "worth": {"amount": "0.90"},
        "expiresAt": "2026-01-10T10:15:00Z",
        "allocation": [{"points": 90}],
    }
    assert (made["wallet"], made["replayed"]) == ({"balance": {"available": 10, "held": 90}}, False)
    assert await ask(HOLD, CLERK, input=given) == {**made, "replayed": True}
    reused = await ask(HOLD, CLERK, input={**given, "points": 91})
    assert [error["code"] for error in reused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]

    capture = {"idempotencyKey": "c1", "holdId": made["hold"]["id"], "points": 80}
    done = await ask(CAPTURE, CLERK, input=capture)
    assert done["hold"] == {"state": "POSTED", "posted": 80}
    assert done["wallet"] == {"balance": {"available": 20, "held": 0, "version": 5}}
    assert await ask(CAPTURE, CLERK, input=capture) == {**done, "replayed": True}
    other = await ask(CAPTURE, CLERK, input={**capture, "idempotencyKey": "c2", "points": 90})
    assert other["userErrors"] == [{"code": "HOLD_ALREADY_POSTED", "maximum": None}]


async def test_more_than_there_is_names_what_there_is(ada: str, ask: Callable[..., Any]) -> None:
    refused = await ask(HOLD, input={"idempotencyKey": "h1", "walletId": ada, "points": 101})
    assert refused["hold"] is None
    assert refused["userErrors"] == [
        {"code": "INSUFFICIENT_POINTS", "field": ["input", "points"], "available": 100, "minimum": None}
    ]
    again = await ask(HOLD, input={"idempotencyKey": "h1", "walletId": ada, "points": 100})
    assert again["userErrors"] == []


async def test_nobody_holds_or_voids_the_points_of_others(ada: str, ask: Callable[..., Any]) -> None:
    given = {"idempotencyKey": "h1", "walletId": ada, "points": 10}
    for stranger in (BOB, GUEST):
        refused = await ask(HOLD, stranger, input=given)
        assert [error["code"] for error in refused["userErrors"]] == ["WALLET_NOT_FOUND"]
    made = await ask(HOLD, input=given)
    for stranger in (BOB, GUEST, PARTNER):
        refused = await ask(VOID, stranger, input={"idempotencyKey": "v1", "holdId": made["hold"]["id"]})
        assert [error["code"] for error in refused["userErrors"]] == ["HOLD_NOT_FOUND"]
    freed = await ask(VOID, input={"idempotencyKey": "v1", "holdId": made["hold"]["id"]})
    assert (freed["hold"], freed["wallet"]) == ({"state": "VOIDED"}, {"balance": {"available": 100}})


async def test_a_checkouts_hold_cannot_be_reached_from_outside(
    ada: str, ask: Callable[..., Any], db: Database, make_act: Callable[..., Act]
) -> None:
    act, wallet = make_act(), await ask(WALLET)
    assert wallet["balance"]["available"] == 100
    ids = await db.read(service_wallet)
    hold = await db.write(lambda conn: service.hold(conn, ids, 50, act, until=None, owner="checkout:1"))
    for caller in (ADA, CLERK):
        refused = await ask(VOID, caller, input={"idempotencyKey": "v", "holdId": global_id("LoyaltyHold", hold.id)})
        assert [error["code"] for error in refused["userErrors"]] == ["HOLD_NOT_FOUND"]


def service_wallet(conn: Any) -> UUID:
    from domain.loyalty.store import wallet_id_of_customer

    found = wallet_id_of_customer(conn, ADA_ID)
    assert found is not None
    return found


async def test_an_adjustment_takes_the_scope_and_leaves_a_reason(
    ada: str, ask: Callable[..., Any], schema: strawberry.Schema, make_context: MakeContext
) -> None:
    given = {"idempotencyKey": "a1", "walletId": ada, "points": -40, "reason": "CORRECTION"}
    denied = await schema.execute(ADJUST, variable_values={"input": given}, context_value=make_context(ADA))
    assert denied.errors is not None
    assert denied.errors[0].extensions == {"code": "FORBIDDEN", "scope": "write_loyalty"}
    done = await ask(ADJUST, CLERK, input=given)
    assert done == {"replayed": False, "wallet": {"balance": {"available": 60}}, "userErrors": []}
    assert await ask(ADJUST, CLERK, input=given) == {**done, "replayed": True}
    too_much = await ask(ADJUST, CLERK, input={**given, "idempotencyKey": "a2", "points": -61})
    assert too_much["userErrors"] == [{"code": "INSUFFICIENT_POINTS", "available": 60, "maximum": None}]
    alone = await ask(ADJUST, CLERK, input={**given, "idempotencyKey": "a3", "points": 10_001})
    assert alone["userErrors"] == [{"code": "APPROVAL_REQUIRED", "available": None, "maximum": 10_000}]
    assert (await ask(STATEMENT, id=ada))["transactions"]["nodes"][0]["reference"] == "CORRECTION"


async def test_enrolling_again_answers_the_same_wallet(ada: str, ask: Callable[..., Any]) -> None:
    answer = {"wallet": {"id": ada, "balance": {"available": 100, "version": 2}}, "userErrors": []}
    assert await ask(ENROLL, input={}) == answer
    assert await ask(ENROLL, CLERK, input={"customerId": global_id("Customer", ADA_ID)}) == answer
    unknown = await ask(ENROLL, CLERK, input={"customerId": global_id("Customer", UUID(int=404))})
    assert unknown == {"wallet": None, "userErrors": [{"code": "CUSTOMER_NOT_FOUND"}]}


async def test_a_balance_with_dates_and_tier_is_two_statements(
    ada: str, ask: Callable[..., Any], statements: Statements
) -> None:
    document = """query { loyaltyWallet { balance { available } nextExpirations { points } tier { tier } } }"""
    statements.clear()
    await ask(document)
    assert len(statements) == 2


class Told:
    """A feed that says what a test wants: first that it listens, then one change per command the test runs."""

    def __init__(self, between: Sequence[Callable[[], Any]]) -> None:
        self.between = between
        self.keys: Sequence[str] = ()

    async def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
        self.keys = keys
        yield Change(0, topic.value, keys[0], 0)
        for command in self.between:
            await command()
            yield Change(1, topic.value, keys[0], 0)


async def test_a_watched_wallet_is_sent_first_and_then_whenever_it_moves(
    ada: str, schema: strawberry.Schema, make_context: MakeContext, db: Database, make_act: Callable[..., Act]
) -> None:
    act = make_act()

    async def nothing() -> None:
        return

    async def earn() -> None:
        await db.write(lambda conn: service.bonus(conn, service_wallet(conn), 5, act, reference="x"))

    context = make_context(ADA)
    context.feed = Told([nothing, earn, nothing])
    watch = "subscription($id: ID!, $after: Int!) { loyaltyWalletUpdated(walletId: $id, afterVersion: $after) { balance { available version } } }"
    seen = [item async for item in await _subscribe(schema, watch, context, {"id": ada, "after": 1})]
    assert seen == [{"available": 100, "version": 2}, {"available": 105, "version": 3}]
    context.feed = Told([nothing])
    assert [item async for item in await _subscribe(schema, watch, context, {"id": ada, "after": 3})] == []


async def test_a_strangers_wallet_cannot_be_watched(
    ada: str, schema: strawberry.Schema, make_context: MakeContext
) -> None:
    watch = "subscription($id: ID!) { loyaltyWalletUpdated(walletId: $id) { id } }"
    result = await schema.subscribe(watch, variable_values={"id": ada}, context_value=make_context(BOB))
    first = await anext(aiter(result))  # type: ignore[arg-type]
    assert first.errors is not None
    assert first.errors[0].message == "There is no such wallet."


async def _subscribe(
    schema: strawberry.Schema, document: str, context: Context, variables: Mapping[str, object]
) -> AsyncIterator[Mapping[str, int]]:
    source = await schema.subscribe(document, variable_values=dict(variables), context_value=context)

    async def balances() -> AsyncIterator[Mapping[str, int]]:
        async for result in source:  # type: ignore[union-attr]
            assert result.errors is None, result.errors
            yield result.data["loyaltyWalletUpdated"]["balance"]

    return balances()
