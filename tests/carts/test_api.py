"""Carts through the schema."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
import strawberry
from strawberry.tools import merge_types
from strawberry.types import ExecutionResult

from domain.acts import GUEST, Act, Actor, ActorKind
from domain.catalog.model import VariantId
from domain.connections import WriteConnection
from domain.events.store import Change, Topic
from domain.loyalty import service as loyalty
from gateway.database import Database
from resolvers.carts import CartsMutation, CartsQuery, CartsSubscription
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.nodes import NodesQuery
from resolvers.scalars import schema_config
from tests.carts.market import Market, customer_cart, opened, variants
from tests.compiled import OnlyCompiled
from tests.conftest import Statements

pytestmark = pytest.mark.anyio

SCHEMA = strawberry.Schema(
    query=merge_types("Query", (CartsQuery, NodesQuery)),
    mutation=CartsMutation,
    subscription=CartsSubscription,
    config=schema_config(),
    execution_context_class=OnlyCompiled,
)
CART = "cart { id version status lines { id quantity } cost { total { amount } due { amount } } problems { code } }"
ERRORS = "userErrors { code field message version maximum available } replayed"
Payload = dict[str, Any]
Do = Callable[..., Any]


@pytest.fixture
async def market(db: Database, act: Act) -> Market:
    return await db.write(lambda conn: opened(conn, act))


@pytest.fixture
def do(make_context: Callable[..., Context]) -> Do:
    """Run a cart mutation as an actor and give its payload."""

    async def run(actor: Actor, mutation: str, given: Payload, selection: str = f"{CART} {ERRORS}") -> Payload:
        name = mutation[0].upper() + mutation[1:] + "Input"
        document = f"mutation($input: {name}!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        given = {"idempotencyKey": mutation, **given}
        result = await SCHEMA.execute(document, {"input": given}, context_value=make_context(actor))
        assert result.errors is None, result.errors
        assert result.data is not None
        return cast("Payload", result.data[mutation])

    return run


async def read(context: Context, document: str, **variables: object) -> Any:
    result = await SCHEMA.execute(document, variables, context_value=context)
    assert result.errors is None, result.errors
    return result.data


def wanted(*lines: tuple[VariantId, int]) -> list[Payload]:
    return [{"variantId": global_id("ProductVariant", variant_id), "quantity": n} for variant_id, n in lines]


async def opened_by_guest(do: Do, market: Market, *lines: tuple[VariantId, int]) -> Payload:
    """A guest's cart as {"cartId", "token"}."""
    payload = await do(
        market.guest, "cartCreate", {"idempotencyKey": "open", "lines": wanted(*lines)}, f"{CART} token {ERRORS}"
    )
    assert payload["userErrors"] == []
    return {"cartId": payload["cart"]["id"], "token": payload["token"]}


async def test_a_guest_opens_a_cart_and_finds_it_by_its_token(
    do: Do, market: Market, make_context: Callable[..., Context]
) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 2))
    query = "query($id: ID, $token: String) { cart(id: $id, token: $token) { lines { title quantity } } }"
    mine = await read(make_context(market.guest), query, id=at["cartId"], token=at["token"])
    assert mine == {"cart": {"lines": [{"title": "Shirt", "quantity": 2}]}}
    for token in (None, "guess"):
        assert await read(make_context(market.guest), query, id=at["cartId"], token=token) == {"cart": None}
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert await read(make_context(market.guest), node, id=at["cartId"]) == {"node": None}


async def test_a_repeated_create_answers_the_same_cart_and_token(do: Do, market: Market) -> None:
    given = {"lines": wanted((market.shirt, 1))}
    first, again = [await do(market.guest, "cartCreate", given, f"{CART} token {ERRORS}") for _ in range(2)]
    assert first["token"] is not None
    assert again == {**first, "replayed": True}


async def test_six_adds_with_six_keys_sum_to_six_and_six_with_one_key_are_one(do: Do, market: Market) -> None:
    at = await opened_by_guest(do, market)
    one = {**at, "lines": wanted((market.shirt, 1))}
    await asyncio.gather(*(do(market.guest, "cartLinesAdd", {**one, "idempotencyKey": f"k{n}"}) for n in range(6)))
    same = await asyncio.gather(*(do(market.guest, "cartLinesAdd", {**one, "idempotencyKey": "k"}) for _ in range(6)))
    assert sorted(payload["replayed"] for payload in same) == [False] + [True] * 5
    assert {payload["cart"]["lines"][0]["quantity"] for payload in same} == {7}


async def test_a_key_used_for_another_input_is_refused(do: Do, market: Market) -> None:
    at = await opened_by_guest(do, market)
    await do(market.guest, "cartLinesAdd", {**at, "lines": wanted((market.shirt, 1))})
    refused = await do(market.guest, "cartLinesAdd", {**at, "lines": wanted((market.shirt, 2))})
    assert (refused["cart"], refused["userErrors"][0]["code"]) == (None, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("lines", [1, 50])
async def test_adding_lines_takes_ten_statements_payload_included(
    do: Do, market: Market, db: Database, act: Act, statements: Statements, lines: int
) -> None:
    def things(conn: WriteConnection) -> Sequence[VariantId]:
        titles = [f"Thing {number}" for number in range(lines)]
        return variants(conn, act, market.channel, titles, 100, tracked=False)

    added = await db.write(things)
    at = await opened_by_guest(do, market)
    given = {**at, "lines": wanted(*((variant_id, 2) for variant_id in added))}
    full = "lines { title unitPrice { amount } cost { total { amount } taxes { jurisdiction } } deliveryGroup { id } }"
    selection = f"cart {{ {full} cost {{ total {{ amount }} }} problems {{ code lineId }} }} {ERRORS}"
    statements.clear()
    payload = await do(market.guest, "cartLinesAdd", given, selection)
    assert len(payload["cart"]["lines"]) == lines
    assert len(statements) == 8


async def test_a_cart_shows_exactly_what_it_costs(do: Do, market: Market) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 2), (market.socks, 1))
    group = "deliveryGroups { id shippingOption { title } shippingOptions { title price { amount } } }"
    cost = (
        "cost { subtotal { amount } goods { net { amount } tax { amount } gross { amount } } total { amount currencyCode } "
        "shipping { net { amount } tax { amount } gross { amount } } taxes { jurisdiction ratePercent amount { amount } } }"
    )
    found = await do(market.guest, "cartBuyerIdentityUpdate", {**at, "email": "bob@example.com"}, f"cart {{ {group} }}")
    address = {"country": "US", "region": "CA", "city": "Los Angeles", "line1": "1 Palm Drive", "postalCode": "90001"}
    change = {**at, "groups": [{"groupId": found["cart"]["deliveryGroups"][0]["id"], "address": address}]}
    payload = await do(
        market.guest, "cartDeliveryGroupsUpdate", change, f"cart {{ {group} {cost} problems {{ code }} }} {ERRORS}"
    )
    assert payload["userErrors"] == []
    assert payload["cart"]["cost"] == {
        "subtotal": {"amount": "45.00"},
        "goods": {"net": {"amount": "45.00"}, "tax": {"amount": "4.50"}, "gross": {"amount": "49.50"}},
        "total": {"amount": "56.05", "currencyCode": "USD"},
        "shipping": {"net": {"amount": "5.95"}, "tax": {"amount": "0.60"}, "gross": {"amount": "6.55"}},
        "taxes": [{"jurisdiction": "CALIFORNIA", "ratePercent": "10", "amount": {"amount": "5.10"}}],
    }
    assert payload["cart"]["problems"] == []
    assert payload["cart"]["deliveryGroups"][0]["shippingOption"] == {"title": "Parcel"}
    assert [one["price"]["amount"] for one in payload["cart"]["deliveryGroups"][0]["shippingOptions"]] == [
        "5.95",
        "14.95",
    ]


async def test_lines_are_updated_collected_and_removed(do: Do, market: Market) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 2), (market.socks, 1))
    first = await do(market.guest, "cartDiscountCodesUpdate", {**at, "codes": ["none"]})
    assert [problem["code"] for problem in first["cart"]["problems"]][-1] == "DISCOUNT_CODE_INVALID"
    shirt, socks = (line["id"] for line in first["cart"]["lines"])
    updated = await do(market.guest, "cartLinesUpdate", {**at, "lines": [{"lineId": shirt, "quantity": 3}]})
    assert [line["quantity"] for line in updated["cart"]["lines"]] == [3, 1]
    soho = global_id("Location", market.soho.id)
    groups = "cart { deliveryGroups { method location { name } lines { quantity } } }"
    picked = await do(market.guest, "cartPickupLocationSet", {**at, "lineIds": [shirt], "locationId": soho}, groups)
    assert picked["cart"]["deliveryGroups"] == [
        {"method": "SHIPPING", "location": None, "lines": [{"quantity": 1}]},
        {"method": "PICK_UP", "location": {"name": "Soho"}, "lines": [{"quantity": 3}]},
    ]
    removed = await do(market.guest, "cartLinesRemove", {**at, "lineIds": [socks]})
    assert [line["id"] for line in removed["cart"]["lines"]] == [shirt]


async def test_a_stale_version_names_the_current_one(do: Do, market: Market) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 2))
    refused = await do(market.guest, "cartLinesAdd", {**at, "expectedVersion": 1, "lines": wanted((market.socks, 1))})
    assert (refused["cart"], refused["replayed"]) == (None, False)
    error = refused["userErrors"][0]
    assert (error["code"], error["field"], error["version"]) == ("STALE_VERSION", ["input", "expectedVersion"], 2)


async def test_the_till_and_the_phone_share_one_cart(
    do: Do, market: Market, make_context: Callable[..., Context]
) -> None:
    phone = await do(market.customer, "cartLinesAdd", {"lines": wanted((market.shirt, 1))})
    ada = global_id("Customer", market.ada.id)
    till = await do(
        market.associate,
        "cartCreate",
        {"customerId": ada, "lines": wanted((market.socks, 1))},
        f"{CART} token {ERRORS}",
    )
    assert (till["cart"]["id"], till["token"]) == (phone["cart"]["id"], None)
    own = "{ cart { id totalQuantity } }"
    assert await read(make_context(market.customer), own) == {"cart": {"id": phone["cart"]["id"], "totalQuantity": 2}}
    node = "query($id: ID!) { node(id: $id) { id } }"
    seen = [await read(make_context(actor), node, id=phone["cart"]["id"]) for actor in (market.associate, market.guest)]
    assert seen == [{"node": {"id": phone["cart"]["id"]}}, {"node": None}]


async def test_nobody_else_opens_a_customers_cart(do: Do, market: Market, make_context: Callable[..., Context]) -> None:
    phone = await do(market.customer, "cartLinesAdd", {"lines": wanted((market.shirt, 1))})
    bob = Actor(ActorKind.CUSTOMER, "bob", market.channel.id, UUID(int=5))
    at = {"cartId": phone["cart"]["id"]}
    for actor in (bob, market.guest):
        refused = await do(actor, "cartLinesAdd", {**at, "lines": wanted((market.shirt, 1))})
        assert [error["code"] for error in refused["userErrors"]] == ["CART_NOT_FOUND"]
    document = "mutation($input: CartCreateInput!) { cartCreate(input: $input) { cart { id } } }"
    given = {"idempotencyKey": "k", "customerId": global_id("Customer", market.ada.id)}
    codes = []
    for actor in (bob, market.guest):
        result = await SCHEMA.execute(document, {"input": given}, context_value=make_context(actor))
        codes += [(error.extensions or {})["code"] for error in result.errors or []]
    assert codes == ["FORBIDDEN", "UNAUTHENTICATED"]
    unknown = {"customerId": global_id("Customer", UUID(int=6))}
    refused = await do(market.associate, "cartCreate", unknown, f"{CART} {ERRORS}")
    assert [error["code"] for error in refused["userErrors"]] == ["CUSTOMER_NOT_FOUND"]


async def test_signing_in_takes_the_guest_cart_along_once(do: Do, market: Market) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 2))
    await do(market.customer, "cartLinesAdd", {"lines": wanted((market.shirt, 1))})
    merged = [await do(market.customer, "cartMerge", {**at, "idempotencyKey": f"m{n}"}) for n in range(2)]
    assert [payload["cart"]["lines"][0]["quantity"] for payload in merged] == [3, 3]
    wrong = await do(market.customer, "cartMerge", {**at, "token": "guess", "idempotencyKey": "m3"})
    assert [error["code"] for error in wrong["userErrors"]] == ["CART_NOT_FOUND"]


async def test_points_are_applied_and_removed(do: Do, market: Market, db: Database, act: Act) -> None:
    def earn(conn: WriteConnection) -> None:
        wallet = loyalty.enroll(conn, market.ada.id, act)
        loyalty.bonus(conn, wallet.id, 300, act, reference="welcome")
        customer_cart(conn, act, market, (market.shirt, 1))

    await db.write(earn)
    points = f"cart {{ pointsWish {{ points maximum }} cost {{ points pointsValue {{ amount }} }} }} {ERRORS}"
    most = await do(market.customer, "cartLoyaltyPointsApply", {"maximum": True, "idempotencyKey": "a"}, points)
    assert most["cart"] == {
        "pointsWish": {"points": None, "maximum": True},
        "cost": {"points": 300, "pointsValue": {"amount": "3.00"}},
    }
    refused = await do(market.customer, "cartLoyaltyPointsApply", {"points": 301, "idempotencyKey": "b"}, points)
    assert [(e["code"], e["available"]) for e in refused["userErrors"]] == [("INSUFFICIENT_POINTS", 300)]
    both = {"points": 1, "maximum": True, "idempotencyKey": "c"}
    neither = await do(market.customer, "cartLoyaltyPointsApply", both, points)
    assert [error["code"] for error in neither["userErrors"]] == ["POINTS_INVALID"]
    none = await do(market.customer, "cartLoyaltyPointsRemove", {}, points)
    assert none["cart"]["pointsWish"] is None


class Feed:
    """A feed that says it listens and then reports as many changes as a test puts in."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[int] = asyncio.Queue()

    async def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
        yield Change(0, topic.value, keys[0], 0)
        while True:
            yield Change(1, topic.value, keys[0], await self.changes.get())


async def test_a_cart_is_watched_from_the_version_the_client_has_seen(
    do: Do, market: Market, make_context: Callable[..., Context]
) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 1))
    context, feed = make_context(market.guest), Feed()
    context.feed = feed
    document = (
        "subscription($id: ID!, $token: String, $after: Int!) "
        "{ cartUpdated(cartId: $id, token: $token, afterVersion: $after) { version totalQuantity } }"
    )
    variables = {"id": at["cartId"], "token": at["token"], "after": 2}
    stream = await SCHEMA.subscribe(document, variable_values=variables, context_value=context)
    assert not isinstance(stream, ExecutionResult)
    feed.changes.put_nowait(2)
    await do(market.guest, "cartLinesAdd", {**at, "lines": wanted((market.shirt, 4))})
    feed.changes.put_nowait(3)
    result = await anext(aiter(stream))
    assert isinstance(result, ExecutionResult)
    assert result.data == {"cartUpdated": {"version": 3, "totalQuantity": 5}}


async def test_watching_somebody_elses_cart_ends_at_once(
    do: Do, market: Market, make_context: Callable[..., Context]
) -> None:
    at = await opened_by_guest(do, market, (market.shirt, 1))
    context = make_context(market.guest)
    context.feed = Feed()
    document = "subscription($id: ID!) { cartUpdated(cartId: $id) { version } }"
    stream = await SCHEMA.subscribe(document, variable_values={"id": at["cartId"]}, context_value=context)
    assert not isinstance(stream, ExecutionResult)
    assert [result async for result in stream] == []


async def test_a_guest_without_a_channel_is_served_by_the_default_web_shop(do: Do, market: Market) -> None:
    payload = await do(GUEST, "cartCreate", {"lines": wanted((market.shirt, 1))}, f"{CART} token {ERRORS}")
    assert (payload["userErrors"], payload["cart"]["lines"][0]["quantity"]) == ([], 1)
    assert replace(GUEST, sales_channel_id=market.channel.id) == market.guest
