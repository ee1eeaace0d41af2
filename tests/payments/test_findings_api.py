"""Head office reads what differed between the provider's books and ours."""

from collections.abc import Callable

import pytest
import strawberry
from strawberry.tools import merge_types

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.paging import Page
from domain.payments import store_findings, store_provider
from domain.payments.model import Finding, FindingKind
from domain.payments.store_findings import FindingFilter
from gateway.database import Database
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.nodes import NodesQuery
from resolvers.payment_findings import PaymentFinding, PaymentFindingsQuery
from resolvers.scalars import schema_config
from tests.payments.paper import captured

pytestmark = pytest.mark.anyio

OFFICE = Actor(ActorKind.STAFF, "9", scopes=frozenset({Scope.OPERATE, Scope.READ_ORDERS}))
CLERK = Actor(ActorKind.ASSOCIATE, "7", scopes=frozenset({Scope.READ_ORDERS}))
LIST = """query($filter: PaymentFindingFilterInput, $first: Int, $after: String) {
  paymentFindings(filter: $filter, first: $first, after: $after) {
    nodes { id kind reference detail resolvedAt payment { captured { amount } } refund { id } }
    pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    query = merge_types("Query", (NodesQuery, PaymentFindingsQuery))
    return strawberry.Schema(query, types=[PaymentFinding], config=schema_config())


@pytest.fixture
async def written(db: Database, make_act: Callable[..., Act]) -> None:
    """Two open findings and one that was dealt with."""
    act = make_act()

    def write(conn: WriteConnection) -> None:
        payment = captured(conn, act)
        found = [
            Finding(FindingKind.UNKNOWN_PAYMENT, "pi_9", detail="AUTHORIZED"),
            Finding(FindingKind.CALL_STUCK, "capture:1", payment.id, detail="SENT"),
            Finding(FindingKind.UNKNOWN_REFUND, "re_9"),
        ]
        for finding in found:
            store_provider.record_findings(conn, [finding], act)
        store_provider.resolve_finding(conn, FindingKind.UNKNOWN_REFUND, "re_9", act)

    await db.write(write)


async def listed(schema: strawberry.Schema, ctx: Context, **given: object) -> dict[str, list[dict[str, object]]]:
    result = await schema.execute(LIST, given, context_value=ctx)
    assert result.errors is None, result.errors
    assert result.data is not None
    found: dict[str, list[dict[str, object]]] = result.data["paymentFindings"]
    return found


@pytest.mark.usefixtures("written")
async def test_head_office_sees_findings_the_newest_first_with_what_they_are_about(
    schema: strawberry.Schema, make_context: Callable[..., Context]
) -> None:
    nodes = (await listed(schema, make_context(OFFICE), filter={"resolved": False}))["nodes"]
    assert [(node["kind"], node["reference"], node["detail"], node["payment"]) for node in nodes] == [
        ("CALL_STUCK", "capture:1", "SENT", {"captured": {"amount": "100.00"}}),
        ("UNKNOWN_PAYMENT", "pi_9", "AUTHORIZED", None),
    ]


@pytest.mark.usefixtures("written")
async def test_findings_are_filtered_and_paged(schema: strawberry.Schema, make_context: Callable[..., Context]) -> None:
    ctx = make_context(OFFICE)
    kind = await listed(schema, ctx, filter={"kind": "UNKNOWN_PAYMENT"})
    done = await listed(schema, ctx, filter={"resolved": True})
    assert [node["reference"] for node in (*kind["nodes"], *done["nodes"])] == ["pi_9", "re_9"]
    seen, after = [], None
    for _ in range(3):
        page = await listed(schema, ctx, first=1, after=after)
        seen += [node["reference"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]  # type: ignore[call-overload]
    assert seen == ["re_9", "capture:1", "pi_9"]


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(("actor", "code"), [(GUEST, "UNAUTHENTICATED"), (CLERK, "FORBIDDEN")])
async def test_nobody_else_sees_them(
    schema: strawberry.Schema, make_context: Callable[..., Context], db: Database, actor: Actor, code: str
) -> None:
    (newest,) = (await db.read(lambda conn: store_findings.page(conn, FindingFilter(), Page(1)))).items
    refused = await schema.execute(LIST, {}, context_value=make_context(actor))
    assert [(error.extensions or {})["code"] for error in refused.errors or []] == [code]
    node = "query($id: ID!) { node(id: $id) { id } }"
    answered = await schema.execute(
        node, {"id": global_id("PaymentFinding", newest.id)}, context_value=make_context(actor)
    )
    assert answered.data == {"node": None}
    office = await schema.execute(
        node, {"id": global_id("PaymentFinding", newest.id)}, context_value=make_context(OFFICE)
    )
    assert office.data == {"node": {"id": global_id("PaymentFinding", newest.id)}}
