"""Payments and refunds over GraphQL: who sees them, and making a failed refund good."""

from collections.abc import Callable, Mapping
from uuid import uuid4

import pytest
import strawberry

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.payments import service, store
from domain.payments.model import LegStatus, RefundLeg
from domain.payments.provider import RefundResult, RefundStatus
from gateway.database import Database
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.nodes import NodesQuery
from resolvers.payments import Payment, PaymentsMutation, Refund
from resolvers.scalars import schema_config
from tests.compiled import OnlyCompiled
from tests.payments.paper import ORDER, STORE, TILL, captured, eur, opened

pytestmark = pytest.mark.anyio

CLERK = Actor(
    ActorKind.ASSOCIATE,
    "7",
    location_ids=frozenset({STORE}),
    terminal_id=TILL,
    scopes=frozenset({Scope.WRITE_REFUNDS, Scope.READ_ORDERS}),
)
CUSTOMER = Actor(ActorKind.CUSTOMER, "c", customer_id=uuid4())

RETRY = """mutation($input: RefundRetryInput!) { refundRetry(input: $input) {
  refund { status attempt amount { amount currencyCode } replaces { id status } }
  userErrors { code message field maximum { amount } } replayed } }"""
REROUTE = """mutation($input: RefundRerouteInput!) { refundReroute(input: $input) {
  refund { tender status paid { amount } payment { refunded { amount } refundable { amount } } }
  userErrors { code } replayed } }"""
NODE = """query($id: ID!) { node(id: $id) { id ... on Refund { status failureCode providerReference }
  ... on Payment { captured { amount } refundable { amount } disputed providerReference } } }"""


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return strawberry.Schema(
        NodesQuery,
        PaymentsMutation,
        types=[Payment, Refund],
        config=schema_config(),
        execution_context_class=OnlyCompiled,
    )


@pytest.fixture
async def failed(db: Database, make_act: Callable[..., Act]) -> RefundLeg:
    """A refund of 60.00 on 100.00 that failed."""
    act = make_act()

    def fail(conn: WriteConnection) -> RefundLeg:
        opened(conn, act)
        captured(conn, act)
        (leg,) = service.reserve_refund(conn, ORDER, eur(6_000), "return-1", act)
        service.send_refund(conn, leg.id, act)
        return service.record_refund(conn, leg.id, RefundResult(RefundStatus.FAILED, "re_1", "lost_card"), act)

    return await db.write(fail)


async def answer(
    schema: strawberry.Schema, ctx: Context, document: str, variables: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    result = await schema.execute(document, dict(variables), context_value=ctx)
    assert result.errors is None
    assert result.data is not None
    return result.data


async def test_a_retry_answers_the_new_refund_and_its_replay_the_same(
    schema: strawberry.Schema, make_context: Callable[..., Context], failed: RefundLeg, db: Database
) -> None:
    given = {"input": {"refundId": global_id("Refund", failed.id), "idempotencyKey": "k1"}}
    expected = {
        "refund": {
            "status": "RESERVED",
            "attempt": 2,
            "amount": {"amount": "60.00", "currencyCode": "EUR"},
            "replaces": {"id": global_id("Refund", failed.id), "status": "FAILED"},
        },
        "userErrors": [],
    }
    first = await answer(schema, make_context(CLERK), RETRY, given)
    assert first == {"refundRetry": {**expected, "replayed": False}}
    again = await answer(schema, make_context(CLERK), RETRY, given)
    assert again == {"refundRetry": {**expected, "replayed": True}}
    legs = await db.read(lambda conn: store.legs_of_orders(conn, [ORDER]))
    assert [leg.status for leg in legs[ORDER]] == [LegStatus.FAILED, LegStatus.RESERVED]


async def test_a_second_retry_is_refused_with_its_code(
    schema: strawberry.Schema, make_context: Callable[..., Context], failed: RefundLeg
) -> None:
    refund_id = global_id("Refund", failed.id)
    await answer(schema, make_context(CLERK), RETRY, {"input": {"refundId": refund_id, "idempotencyKey": "k1"}})
    given = {"input": {"refundId": refund_id, "idempotencyKey": "k2"}}
    assert await answer(schema, make_context(CLERK), RETRY, given) == {
        "refundRetry": {
            "refund": None,
            "userErrors": [
                {
                    "code": "REFUND_ALREADY_REPLACED",
                    "message": "This failed refund was already retried or rerouted. Act on the refund that replaced it.",
                    "field": ["input", "refundId"],
                    "maximum": None,
                }
            ],
            "replayed": False,
        }
    }


async def test_a_reroute_to_cash_hands_it_out_where_the_clerk_works(
    schema: strawberry.Schema, make_context: Callable[..., Context], failed: RefundLeg
) -> None:
    given = {
        "refundId": global_id("Refund", failed.id),
        "tender": "CASH",
        "locationId": global_id("Location", uuid4()),
        "idempotencyKey": "k1",
    }
    elsewhere = await answer(schema, make_context(CLERK), REROUTE, {"input": given})
    assert elsewhere["refundReroute"]["userErrors"] == [{"code": "LOCATION_NOT_ALLOWED"}]
    here = {**given, "locationId": global_id("Location", STORE)}
    assert await answer(schema, make_context(CLERK), REROUTE, {"input": here}) == {
        "refundReroute": {
            "refund": {
                "tender": "CASH",
                "status": "SUCCEEDED",
                "paid": {"amount": "60.00"},
                "payment": {"refunded": {"amount": "60.00"}, "refundable": {"amount": "40.00"}},
            },
            "userErrors": [],
            "replayed": False,
        }
    }


async def test_a_reroute_to_store_credit_needs_no_store(
    schema: strawberry.Schema, make_context: Callable[..., Context], failed: RefundLeg
) -> None:
    given = {"refundId": global_id("Refund", failed.id), "tender": "STORE_CREDIT", "idempotencyKey": "k1"}
    made = await answer(schema, make_context(CLERK), REROUTE, {"input": given})
    assert made["refundReroute"]["userErrors"] == []


async def test_repairing_needs_the_scope_and_changes_nothing_without_it(
    schema: strawberry.Schema, make_context: Callable[..., Context], failed: RefundLeg, db: Database
) -> None:
    given = {"input": {"refundId": global_id("Refund", failed.id), "idempotencyKey": "k1"}}
    for actor, code in ((GUEST, "UNAUTHENTICATED"), (CUSTOMER, "FORBIDDEN")):
        result = await schema.execute(RETRY, given, context_value=make_context(actor))
        assert result.errors is not None
        assert next(error.extensions for error in result.errors if error.extensions)["code"] == code
    assert len((await db.read(lambda conn: store.legs_of_orders(conn, [ORDER])))[ORDER]) == 1


async def test_an_unknown_refund_is_not_found(schema: strawberry.Schema, make_context: Callable[..., Context]) -> None:
    given = {"input": {"refundId": global_id("Refund", uuid4()), "idempotencyKey": "k1"}}
    refused = await answer(schema, make_context(CLERK), RETRY, given)
    assert refused["refundRetry"]["refund"] is None
    assert refused["refundRetry"]["userErrors"][0]["code"] == "REFUND_NOT_FOUND"  # type: ignore[index]


async def test_money_is_seen_by_staff_and_absent_for_strangers(
    schema: strawberry.Schema, make_context: Callable[..., Context], failed: RefundLeg
) -> None:
    refund_id, payment_id = global_id("Refund", failed.id), global_id("Payment", failed.payment_id)
    assert (await answer(schema, make_context(CLERK), NODE, {"id": refund_id}))["node"] == {
        "id": refund_id,
        "status": "FAILED",
        "failureCode": "lost_card",
        "providerReference": "re_1",
    }
    assert (await answer(schema, make_context(CLERK), NODE, {"id": payment_id}))["node"] == {
        "id": payment_id,
        "captured": {"amount": "100.00"},
        "refundable": {"amount": "100.00"},
        "disputed": False,
        "providerReference": "pi_checkout-1",
    }
    for stranger in (GUEST, CUSTOMER):
        for identifier in (refund_id, payment_id):
            assert (await answer(schema, make_context(stranger), NODE, {"id": identifier}))["node"] is None
