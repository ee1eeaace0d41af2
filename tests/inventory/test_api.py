"""Stock over GraphQL: what each caller sees, and corrections by hand."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import UUID

import pytest
import sqlalchemy as sa
import strawberry

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.catalog import document_store
from domain.catalog.model import SalesChannelKind
from domain.catalog.tables import PublicationRow, SalesChannelRow
from domain.connections import WriteConnection
from domain.events.store import Change, Topic
from domain.inventory import service, store
from domain.inventory.model import Want
from domain.tables import table_of
from gateway.database import Database
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.inventory import InventoryMutation, InventoryQuery, InventorySubscription
from resolvers.scalars import schema_config
from tests.compiled import OnlyCompiled
from tests.conftest import Statements
from tests.inventory.shelves import GIFT_WRAP, PRODUCT, SHIRT, SOCKS, SOHO, YORK, stock

pytestmark = pytest.mark.anyio
MakeContext = Callable[..., Context]

CLERK = Actor(
    ActorKind.ASSOCIATE,
    "a-1",
    location_ids=frozenset({SOHO}),
    scopes=frozenset({Scope.READ_INVENTORY, Scope.WRITE_INVENTORY}),
)
SHIRT_ID, SOCKS_ID = global_id("ProductVariant", SHIRT), global_id("ProductVariant", SOCKS)
SOHO_ID, YORK_ID = global_id("Location", SOHO), global_id("Location", YORK)

READ = """query($variants: [ID!]!, $places: [ID!]) { inventoryAvailability(variantIds: $variants, locationIds: $places) {
  available onHand committed held safetyStock quarantined variant { id } location { id } } }"""
ADJUST = """mutation($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) {
  availability { available onHand version } userErrors { code field available } replayed } }"""


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return strawberry.Schema(
        InventoryQuery,
        InventoryMutation,
        InventorySubscription,
        config=schema_config(),
        execution_context_class=OnlyCompiled,
    )


@pytest.fixture
async def shop(db: Database, make_act: Callable[..., Act]) -> None:
    """Five shirts and two pairs of socks in Soho, one shirt committed; the product is published in the web shop."""
    act, channel_id = make_act(), UUID(int=31)

    def open_shop(conn: WriteConnection) -> None:
        stock(conn, act, shirts=5, socks=2)
        service.commit_now(conn, [Want(SHIRT, SOHO, 1, "a")], UUID(int=9), act)
        conn.execute(
            sa.insert(table_of(SalesChannelRow)).values(
                id=channel_id,
                handle="web",
                name="Web",
                kind=SalesChannelKind.ONLINE,
                currency="GBP",
                prices_include_tax=True,
                default_country="GB",
            )
        )
        conn.execute(
            sa.insert(table_of(PublicationRow)).values(
                product_id=PRODUCT, channel_id=channel_id, published_at=act.now, price_min_minor=1, price_max_minor=1
            )
        )
        document_store.rewrite_outdated(conn)

    await db.write(open_shop)


async def answer(
    schema: strawberry.Schema, ctx: Context, document: str, variables: Mapping[str, object]
) -> dict[str, object]:
    result = await schema.execute(document, dict(variables), context_value=ctx)
    assert result.errors is None
    assert result.data is not None
    return result.data


def adjustment(**changes: object) -> dict[str, object]:
    given = {"idempotencyKey": "k-1", "variantId": SHIRT_ID, "locationId": SOHO_ID, "delta": -2, "reason": "DAMAGED"}
    return {"input": given | changes}


@pytest.mark.usefixtures("shop")
async def test_a_guest_sees_what_is_available_and_no_counts(
    schema: strawberry.Schema, make_context: MakeContext
) -> None:
    found = await answer(schema, make_context(GUEST), READ, {"variants": [SOCKS_ID, SHIRT_ID], "places": None})
    hidden = {"onHand": None, "committed": None, "held": None, "safetyStock": None, "quarantined": None}
    assert found["inventoryAvailability"] == [
        {"available": 2, **hidden, "variant": {"id": SOCKS_ID}, "location": {"id": SOHO_ID}},
        {"available": 4, **hidden, "variant": {"id": SHIRT_ID}, "location": {"id": SOHO_ID}},
    ]


@pytest.mark.usefixtures("shop")
async def test_staff_see_the_counts_behind_it(schema: strawberry.Schema, make_context: MakeContext) -> None:
    found = await answer(schema, make_context(CLERK), READ, {"variants": [SHIRT_ID], "places": [SOHO_ID, YORK_ID]})
    assert found["inventoryAvailability"] == [
        {
            "available": 4,
            "onHand": 5,
            "committed": 1,
            "held": 0,
            "safetyStock": 0,
            "quarantined": 0,
            "variant": {"id": SHIRT_ID},
            "location": {"id": SOHO_ID},
        }
    ]


async def test_what_the_catalog_does_not_show_has_no_stock_to_see(
    schema: strawberry.Schema, db: Database, make_act: Callable[..., Act], make_context: MakeContext
) -> None:
    act = make_act()
    await db.write(lambda conn: stock(conn, act, shirts=5))
    found = await answer(schema, make_context(GUEST), READ, {"variants": [SHIRT_ID], "places": None})
    assert found["inventoryAvailability"] == []


@pytest.mark.usefixtures("shop")
async def test_a_correction_is_made_once_for_its_key(
    schema: strawberry.Schema, db: Database, make_context: MakeContext
) -> None:
    ctx = make_context(CLERK)
    corrected = {"available": 2, "onHand": 3, "version": 4}
    for replayed in (False, True):
        done = await answer(schema, ctx, ADJUST, adjustment())
        assert done["inventoryAdjust"] == {"availability": corrected, "userErrors": [], "replayed": replayed}
    assert len(await db.read(lambda conn: store.movements(conn, (SHIRT, SOHO)))) == 2


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"delta": -5}, {"code": "BELOW_COMMITTED", "field": ["input", "delta"], "available": 4}),
        ({"delta": 0}, {"code": "QUANTITY_INVALID", "field": ["input", "delta"], "available": None}),
        ({"locationId": YORK_ID}, {"code": "LOCATION_NOT_FOUND", "field": ["input", "locationId"], "available": None}),
        (
            {"variantId": global_id("ProductVariant", GIFT_WRAP)},
            {"code": "NOT_TRACKED", "field": ["input", "variantId"], "available": None},
        ),
        (
            {"idempotencyKey": " "},
            {"code": "IDEMPOTENCY_KEY_INVALID", "field": ["input", "idempotencyKey"], "available": None},
        ),
    ],
)
async def test_a_refused_correction_changes_nothing(
    schema: strawberry.Schema,
    db: Database,
    make_context: MakeContext,
    changes: dict[str, object],
    error: dict[str, object],
) -> None:
    done = await answer(schema, make_context(CLERK), ADJUST, adjustment(**changes))
    assert done["inventoryAdjust"] == {"availability": None, "userErrors": [error], "replayed": False}
    assert len(await db.read(lambda conn: store.movements(conn, (SHIRT, SOHO)))) == 1


@pytest.mark.parametrize(
    ("actor", "code"),
    [(GUEST, "UNAUTHENTICATED"), (Actor(ActorKind.ASSOCIATE, "a-2", location_ids=frozenset({SOHO})), "FORBIDDEN")],
)
async def test_a_correction_needs_the_scope(
    schema: strawberry.Schema, make_context: MakeContext, actor: Actor, code: str
) -> None:
    result = await schema.execute(ADJUST, adjustment(), context_value=make_context(actor))
    assert result.errors is not None
    assert [(error.extensions or {})["code"] for error in result.errors] == [code]


@pytest.mark.parametrize("variants", [[], [SHIRT_ID] * 101])
async def test_the_number_of_variants_is_bounded(
    schema: strawberry.Schema, make_context: MakeContext, variants: list[str]
) -> None:
    result = await schema.execute(READ, {"variants": variants}, context_value=make_context(CLERK))
    assert result.errors is not None
    assert [(error.extensions or {})["code"] for error in result.errors] == ["BAD_USER_INPUT"]


@pytest.mark.usefixtures("shop")
async def test_stock_of_one_variant_and_of_many_is_one_statement(
    schema: strawberry.Schema, make_context: MakeContext, statements: Statements
) -> None:
    document = READ.replace("variant { id } location { id }", "")
    counts = []
    for variants in ([SHIRT_ID], [SHIRT_ID, SOCKS_ID]):
        statements.clear()
        await answer(schema, make_context(CLERK), document, {"variants": variants, "places": None})
        counts.append(len(statements))
    assert counts == [1, 1]


class TwoChanges:
    """A feed that tells of two changes and ends."""

    async def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
        assert topic is Topic.AVAILABILITY
        for key in keys:
            yield Change(1, topic.value, key, 1)


@pytest.mark.usefixtures("shop")
async def test_each_change_of_a_variant_tells_its_levels(schema: strawberry.Schema, make_context: MakeContext) -> None:
    ctx = make_context(CLERK)
    ctx.feed = TwoChanges()
    document = (
        """subscription($variants: [ID!]!) { inventoryAvailabilityChanged(variantIds: $variants) { available } }"""
    )
    told = await schema.subscribe(document, {"variants": [SHIRT_ID, SOCKS_ID]}, context_value=ctx)
    assert isinstance(told, AsyncIterator)
    messages = [message.data async for message in told]
    assert messages == [{"inventoryAvailabilityChanged": {"available": units}} for units in (4, 2)]
