"""Pickups over GraphQL: the store's steps, the buyer's code, the named person's pass."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
import strawberry
from strawberry.tools import merge_types

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.customers import service as customers
from domain.orders.tables import OrderRow
from domain.pickup import service, store
from domain.tables import table_of
from gateway.database import Database
from resolvers.context import Context
from resolvers.fulfillment import FulfillmentMutation
from resolvers.ids import global_id
from resolvers.nodes import NodesQuery
from resolvers.pickup import PickupMutation, PickupQuery, PickupSubscription
from resolvers.scalars import schema_config
from tests.compiled import OnlyCompiled
from tests.conftest import Statements
from tests.inventory.shelves import SOHO, YORK
from tests.pickup.bought import Bought
from tests.pickup.counter import opened, ordered, wrapped

pytestmark = pytest.mark.anyio
MakeContext = Callable[..., Context]
DEADLINE = datetime(2026, 1, 18, tzinfo=UTC)


def clerk(place: UUID) -> Actor:
    scopes = frozenset({Scope.WRITE_FULFILLMENT, Scope.READ_ORDERS})
    return Actor(ActorKind.ASSOCIATE, "a-1", location_ids=frozenset({place}), scopes=scopes)


CLERK = clerk(SOHO)
SOHO_ID = global_id("Location", SOHO)

_ERRORS = "userErrors { code field available attemptsLeft maximum until status }"
_ORDER = "fulfillmentOrder { id status pickup { code qrPayload shelf promisedAt expiresAt arrival { bay } } }"
ACCEPT = f"mutation($input: FulfillmentOrderAcceptInput!) {{ fulfillmentOrderAccept(input: $input) {{ {_ORDER} {_ERRORS} }} }}"
PICK = f"""mutation($input: FulfillmentOrderPickInput!) {{ fulfillmentOrderPick(input: $input) {{
  fulfillmentOrder {{ status lineItems {{ quantity pickedQuantity shortQuantity remainingQuantity }} }} {_ERRORS} replayed }} }}"""
PREPARE = f"""mutation($input: FulfillmentOrderLineItemsPreparedForPickupInput!) {{
  fulfillmentOrderLineItemsPreparedForPickup(input: $input) {{ {_ORDER} {_ERRORS} replayed }} }}"""
REJECT = f"mutation($input: FulfillmentOrderRejectInput!) {{ fulfillmentOrderReject(input: $input) {{ {_ORDER} {_ERRORS} }} }}"
CHECK_IN = f"""mutation($input: PickupCheckInInput!) {{ pickupCheckIn(input: $input) {{ {_ORDER}
  pickupPass {{ status personName code expiresAt location {{ name }} }} {_ERRORS} }} }}"""
PERSON = (
    f"mutation($input: PickupPersonSetInput!) {{ pickupPersonSet(input: $input) {{ personToken link {_ERRORS} }} }}"
)
HAND_OVER = f"""mutation($input: PickupHandOverInput!) {{ pickupHandOver(input: $input) {{
  handover {{ id verification collector personName lineItems {{ quantity orderLine {{ id }} }} }} {_ORDER} {_ERRORS} replayed }} }}"""
EXTEND = f"mutation($input: PickupExtendInput!) {{ pickupExtend(input: $input) {{ {_ORDER} {_ERRORS} }} }}"
RESHELVE = f"mutation($input: PickupReshelveInput!) {{ pickupReshelve(input: $input) {{ {_ORDER} {_ERRORS} }} }}"
QUEUE = """query($place: ID!, $status: [FulfillmentStatus!]) { pickupQueue(locationId: $place, status: $status, first: 10) {
  nodes { id status order { id } location { name } lineItems { quantity orderLine { id } } pickup { promisedAt code } } } }"""
PASS = "query($token: String!) { pickupPass(token: $token) { status personName code qrCode } }"
NODE = "query($id: ID!) { node(id: $id) { id ... on FulfillmentOrder { status } } }"


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return strawberry.Schema(
        merge_types("Query", (PickupQuery, NodesQuery)),
        merge_types("Mutation", (PickupMutation, FulfillmentMutation)),
        PickupSubscription,
        config=schema_config(),
        execution_context_class=OnlyCompiled,
    )


@pytest.fixture
async def bought(db: Database, make_act: Callable[..., Act]) -> Bought:
    act = make_act()
    return Bought(await db.write(lambda conn: ordered(conn, act)))


@pytest.fixture
async def ready(db: Database, make_act: Callable[..., Act], bought: Bought) -> Bought:
    act = make_act()
    await db.write(lambda conn: service.prepare(conn, bought.made.id, act, shelf="B 12"))
    return bought


async def code_of(db: Database, bought: Bought) -> str:
    found = await db.read(lambda conn: store.pickups(conn, [bought.made.id]))
    return found[bought.made.id].code or ""


async def answer(
    schema: strawberry.Schema, ctx: Context, document: str, variables: Mapping[str, object]
) -> dict[str, object]:
    result = await schema.execute(document, dict(variables), context_value=ctx)
    assert result.errors is None
    assert result.data is not None
    (value,) = result.data.values()
    return value  # type: ignore[no-any-return]


def error(code: str, **facts: object) -> list[dict[str, object]]:
    names = ("available", "attemptsLeft", "maximum", "until", "status")
    return [{"code": code, "field": facts.pop("field", None), **dict.fromkeys(names), **facts}]


AT_ORDER = ["input", "fulfillmentOrderId"]


async def test_a_store_accepts_picks_short_and_prepares(
    schema: strawberry.Schema, make_context: MakeContext, bought: Bought
) -> None:
    ctx = make_context(CLERK)
    accepted = await answer(schema, ctx, ACCEPT, {"input": {"fulfillmentOrderId": bought.id}})
    pickup = {
        "code": None,
        "qrPayload": None,
        "shelf": None,
        "promisedAt": "2026-01-10T11:00:00Z",
        "expiresAt": None,
        "arrival": None,
    }
    shown = {"id": bought.id, "status": "ACCEPTED", "pickup": pickup}
    assert accepted == {"fulfillmentOrder": shown, "userErrors": []}
    lines = [{"orderLineId": bought.shirts, "quantity": 2, "shortQuantity": 1}]
    picked = await answer(
        schema, ctx, PICK, {"input": {"idempotencyKey": "p", "fulfillmentOrderId": bought.id, "lines": lines}}
    )
    assert picked["fulfillmentOrder"] == {
        "status": "PICKING",
        "lineItems": [
            {"quantity": 3, "pickedQuantity": 2, "shortQuantity": 1, "remainingQuantity": 2},
            {"quantity": 1, "pickedQuantity": 0, "shortQuantity": 0, "remainingQuantity": 1},
        ],
    }
    given = {"input": {"idempotencyKey": "r", "fulfillmentOrderId": bought.id, "shelf": "B 12"}}
    prepared = [await answer(schema, ctx, PREPARE, given) for _ in range(2)]
    ready = {"shelf": "B 12", "expiresAt": "2026-01-18T00:00:00Z"}
    shown = {"id": bought.id, "status": "READY_FOR_PICKUP", "pickup": pickup | ready}
    assert prepared == [
        {"fulfillmentOrder": shown, "userErrors": [], "replayed": replayed} for replayed in (False, True)
    ]


async def test_the_code_is_shown_to_the_buyer_and_the_shelf_to_the_store(
    schema: strawberry.Schema, db: Database, make_context: MakeContext, ready: Bought
) -> None:
    guest, code = make_context(GUEST), await code_of(db, ready)
    given = {"fulfillmentOrderId": ready.id, "orderToken": ready.token(guest), "bay": "3"}
    arrived = await answer(schema, guest, CHECK_IN, {"input": given})
    assert arrived["fulfillmentOrder"] == {
        "id": ready.id,
        "status": "CUSTOMER_ARRIVED",
        "pickup": {
            "code": code,
            "qrPayload": f"PICKUP:{ready.made.id.hex.upper()}:{code}",
            "shelf": None,
            "promisedAt": "2026-01-10T11:00:00Z",
            "expiresAt": "2026-01-18T00:00:00Z",
            "arrival": {"bay": "3"},
        },
    }
    in_store = await answer(schema, make_context(CLERK), CHECK_IN, {"input": {"fulfillmentOrderId": ready.id}})
    seen = in_store["fulfillmentOrder"]["pickup"]  # type: ignore[index]
    assert (seen["code"], seen["shelf"]) == (None, "B 12")


async def test_a_customer_sees_the_code_of_their_own_pickup_only(
    schema: strawberry.Schema, db: Database, make_context: MakeContext, ready: Bought
) -> None:
    other = Actor(ActorKind.CUSTOMER, "c", customer_id=UUID(int=41))
    refused = await answer(schema, make_context(other), CHECK_IN, {"input": {"fulfillmentOrderId": ready.id}})
    assert refused["userErrors"] == error("FULFILLMENT_ORDER_NOT_FOUND", field=AT_ORDER)
    assert await answer(schema, make_context(CLERK), NODE, {"id": ready.id}) == {
        "id": ready.id,
        "status": "READY_FOR_PICKUP",
    }
    result = await schema.execute(NODE, {"id": ready.id}, context_value=make_context(other))
    assert result.data == {"node": None}


@pytest.mark.parametrize("token", [None, "no"])
async def test_a_stranger_finds_no_such_pickup(
    schema: strawberry.Schema, make_context: MakeContext, ready: Bought, token: str | None
) -> None:
    given = {"input": {"fulfillmentOrderId": ready.id, "orderToken": token}}
    refused = await answer(schema, make_context(GUEST), CHECK_IN, given)
    assert refused["userErrors"] == error("FULFILLMENT_ORDER_NOT_FOUND", field=AT_ORDER)
    refused = await answer(schema, make_context(GUEST), PERSON, {"input": {**given["input"], "name": "Eve"}})
    assert refused["userErrors"] == error("FULFILLMENT_ORDER_NOT_FOUND", field=AT_ORDER)


async def test_the_named_person_has_a_pass_until_it_is_revoked(
    schema: strawberry.Schema, db: Database, make_context: MakeContext, ready: Bought
) -> None:
    guest, code = make_context(GUEST), await code_of(db, ready)
    given = {"fulfillmentOrderId": ready.id, "orderToken": ready.token(guest)}
    named = await answer(schema, guest, PERSON, {"input": {**given, "name": "Bob"}})
    token = named["personToken"]
    assert named == {"personToken": token, "link": f"https://shop.example/pickup/{token}", "userErrors": []}
    arrived = await answer(schema, guest, CHECK_IN, {"input": {"personToken": token, "vehicle": "red van"}})
    assert arrived == {
        "fulfillmentOrder": None,
        "pickupPass": {
            "status": "CUSTOMER_ARRIVED",
            "personName": "Bob",
            "code": code,
            "expiresAt": "2026-01-18T00:00:00Z",
            "location": {"name": "Soho"},
        },
        "userErrors": [],
    }
    opened_pass = await answer(schema, guest, PASS, {"token": token})
    assert opened_pass["qrCode"].startswith("<svg ")  # type: ignore[attr-defined]
    await answer(schema, guest, PERSON, {"input": given})
    result = await schema.execute(PASS, {"token": token}, context_value=guest)
    assert result.data == {"pickupPass": None}


async def test_nobody_in_a_store_names_who_collects(
    schema: strawberry.Schema, make_context: MakeContext, ready: Bought
) -> None:
    given = {"fulfillmentOrderId": ready.id, "name": "Eve"}
    refused = await answer(schema, make_context(CLERK), PERSON, {"input": given})
    assert refused["userErrors"] == error("FULFILLMENT_ORDER_NOT_FOUND", field=AT_ORDER)


async def test_the_right_code_hands_over_once_however_often_it_is_sent(
    schema: strawberry.Schema, db: Database, make_context: MakeContext, ready: Bought
) -> None:
    ctx = make_context(CLERK)
    given = {
        "idempotencyKey": "h",
        "fulfillmentOrderId": ready.id,
        "verification": "CODE",
        "code": await code_of(db, ready),
    }
    answers = [await answer(schema, ctx, HAND_OVER, {"input": given}) for _ in range(7)]
    assert [one["replayed"] for one in answers] == [False] + [True] * 6
    assert {one["handover"]["id"] for one in answers} == {answers[0]["handover"]["id"]}  # type: ignore[index]
    assert answers[0]["handover"] == {
        "id": answers[0]["handover"]["id"],  # type: ignore[index]
        "verification": "CODE",
        "collector": "BUYER",
        "personName": None,
        "lineItems": [
            {"quantity": 3, "orderLine": {"id": ready.shirts}},
            {"quantity": 1, "orderLine": {"id": ready.socks}},
        ],
    }
    assert answers[0]["fulfillmentOrder"]["status"] == "PICKED_UP"  # type: ignore[index]


async def test_five_wrong_codes_lock_the_right_one_but_not_the_document(
    schema: strawberry.Schema, db: Database, make_context: MakeContext, ready: Bought
) -> None:
    ctx, right = make_context(CLERK), await code_of(db, ready)
    given = {"idempotencyKey": "h", "fulfillmentOrderId": ready.id, "verification": "CODE", "code": "no"}
    wrong = [(await answer(schema, ctx, HAND_OVER, {"input": given}))["userErrors"] for _ in range(5)]
    assert wrong == [
        error("PICKUP_CODE_INVALID", field=["input", "code"], attemptsLeft=left) for left in (4, 3, 2, 1, 0)
    ]
    locked = await answer(schema, ctx, HAND_OVER, {"input": given | {"code": right}})
    assert locked["userErrors"] == error("TOO_MANY_ATTEMPTS", until="2026-01-10T10:15:00Z")
    document = {
        "idempotencyKey": "d",
        "fulfillmentOrderId": ready.id,
        "verification": "IDENTITY",
        "proof": "passport",
        "lines": [{"orderLineId": ready.socks, "quantity": 1}],
    }
    handed = await answer(schema, ctx, HAND_OVER, {"input": document})
    assert handed["fulfillmentOrder"]["status"] == "READY_FOR_PICKUP"  # type: ignore[index]


async def test_another_store_hands_nothing_over_and_sees_no_queue(
    schema: strawberry.Schema, db: Database, make_context: MakeContext, ready: Bought
) -> None:
    ctx = make_context(clerk(YORK))
    code = await code_of(db, ready)
    given = {"idempotencyKey": "h", "fulfillmentOrderId": ready.id, "verification": "CODE", "code": code}
    refused = await answer(schema, ctx, HAND_OVER, {"input": given})
    assert refused["userErrors"] == error("FULFILLMENT_ORDER_NOT_FOUND", field=AT_ORDER)
    result = await schema.execute(QUEUE, {"place": SOHO_ID}, context_value=ctx)
    assert result.errors is not None
    assert [(one.extensions or {})["code"] for one in result.errors] == ["FORBIDDEN"]


@pytest.mark.parametrize("document", [ACCEPT, EXTEND])
async def test_a_stores_steps_need_the_scope(
    schema: strawberry.Schema, make_context: MakeContext, ready: Bought, document: str
) -> None:
    given: dict[str, object] = {"fulfillmentOrderId": ready.id} | ({"days": 9} if document == EXTEND else {})
    for actor, code in ((GUEST, "UNAUTHENTICATED"), (Actor(ActorKind.CUSTOMER, "c"), "FORBIDDEN")):
        result = await schema.execute(document, {"input": given}, context_value=make_context(actor))
        assert result.errors is not None
        assert [(one.extensions or {})["code"] for one in result.errors] == [code]


async def test_after_the_deadline_the_queue_says_expired_until_the_store_extends(
    schema: strawberry.Schema, make_context: MakeContext, ready: Bought
) -> None:
    late = make_context(CLERK, at=DEADLINE)
    queue = await answer(schema, late, QUEUE, {"place": SOHO_ID, "status": "EXPIRED"})
    lines = [{"quantity": 3, "orderLine": {"id": ready.shirts}}, {"quantity": 1, "orderLine": {"id": ready.socks}}]
    entry = {
        "id": ready.id,
        "order": {"id": ready.order_id},
        "location": {"name": "Soho"},
        "lineItems": lines,
        "pickup": {"promisedAt": "2026-01-10T11:00:00Z", "code": None},
    }
    assert queue == {"nodes": [entry | {"status": "EXPIRED"}]}
    given = {"idempotencyKey": "h", "fulfillmentOrderId": ready.id, "verification": "IDENTITY", "proof": "passport"}
    refused = await answer(schema, late, HAND_OVER, {"input": given})
    assert refused["userErrors"] == error("PICKUP_EXPIRED", field=AT_ORDER, until="2026-01-18T00:00:00Z")
    extended = await answer(schema, late, EXTEND, {"input": {"fulfillmentOrderId": ready.id, "days": 1}})
    assert extended["fulfillmentOrder"]["status"] == "READY_FOR_PICKUP"  # type: ignore[index]
    queue = await answer(schema, make_context(CLERK, at=DEADLINE + timedelta(hours=1)), QUEUE, {"place": SOHO_ID})
    assert queue == {"nodes": [entry | {"status": "READY_FOR_PICKUP"}]}


async def test_a_rejected_pickup_that_nobody_has_is_canceled_and_cannot_be_prepared(
    schema: strawberry.Schema, make_context: MakeContext, bought: Bought
) -> None:
    ctx = make_context(CLERK)
    given = {"idempotencyKey": "j", "fulfillmentOrderId": bought.id, "reason": "NOT_FOUND"}
    rejected = await answer(schema, ctx, REJECT, {"input": given})
    assert rejected["fulfillmentOrder"]["status"] == "CANCELED"  # type: ignore[index]
    refused = await answer(schema, ctx, PREPARE, {"input": {"idempotencyKey": "r", "fulfillmentOrderId": bought.id}})
    assert refused["userErrors"] == error("INVALID_TRANSITION", field=AT_ORDER, status="CANCELED")


async def test_nothing_is_put_back_that_does_not_wait(
    schema: strawberry.Schema, make_context: MakeContext, ready: Bought
) -> None:
    given = {"idempotencyKey": "s", "fulfillmentOrderId": ready.id}
    refused = await answer(schema, make_context(CLERK), RESHELVE, {"input": given})
    assert refused["userErrors"] == error("NOTHING_TO_RESHELVE", field=AT_ORDER)


async def test_a_queue_of_five_is_as_many_statements_as_a_queue_of_one(
    schema: strawberry.Schema,
    db: Database,
    make_act: Callable[..., Act],
    make_context: MakeContext,
    statements: Statements,
) -> None:
    act = make_act()
    await db.write(lambda conn: opened(conn, act))
    counts, sizes = [], []
    for orders in (1, 4):

        def order_more(conn: WriteConnection, orders: int = orders) -> None:
            for lines in range(1, orders + 1):
                wrapped(conn, act, lines)

        await db.write(order_more)
        statements.clear()
        queue = await answer(schema, make_context(CLERK), QUEUE, {"place": SOHO_ID})
        counts.append(len(statements))
        sizes.append(len(queue["nodes"]))  # type: ignore[arg-type]
    assert sizes == [1, 5]
    assert counts[0] == counts[1]


async def test_a_customers_own_pickup_shows_its_code(
    schema: strawberry.Schema, db: Database, make_act: Callable[..., Act], make_context: MakeContext, ready: Bought
) -> None:
    act = make_act()

    def attach(conn: WriteConnection) -> UUID:
        customer = customers.import_customers(conn, ["old-1"], act)["old-1"]
        conn.execute(sa.update(table_of(OrderRow)).values(customer_id=customer.id))
        return customer.id

    owner = await db.write(attach)
    ctx = make_context(Actor(ActorKind.CUSTOMER, str(owner), customer_id=owner))
    document = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { pickup { code } } } }"
    assert await answer(schema, ctx, document, {"id": ready.id}) == {"pickup": {"code": await code_of(db, ready)}}
