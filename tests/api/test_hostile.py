"""Bad input through the public API: each a coded error that says what to do, and nothing is written."""

from typing import Any

import pytest
import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.tables import metadata
from tests.api.shop import Shop
from tests.api.test_loop import paid_pickup, places

pytestmark = pytest.mark.anyio

NOT_COUNTED = {"throttle", "change", "job"}


async def rows(shop: Shop) -> dict[str, int]:
    """Rows of every table that a refusal must leave alone."""

    def count(conn: ReadConnection) -> dict[str, int]:
        return {
            name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name not in NOT_COUNTED
        }

    return await shop.process.database.read(count)


async def codes(
    shop: Shop, document: str, variables: dict[str, Any] | None = None, token: str | None = None
) -> list[str]:
    """Codes of the top-level errors."""
    answer = (await shop.post(document, variables, token)).json()
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def variant_id(shop: Shop) -> str:
    data = await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }')
    return str(data["productVariant"]["id"])


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 2**31 - 1])
async def test_a_quantity_out_of_bounds_is_refused_and_writes_nothing(shop: Shop, quantity: int) -> None:
    before = await rows(shop)
    given = {"lines": [{"variantId": await variant_id(shop), "quantity": quantity}]}
    payload = await shop.do("cartCreate", given, "cart { id }")
    assert payload["cart"] is None
    assert payload["userErrors"][0]["code"] in ("QUANTITY_INVALID", "QUANTITY_TOO_LARGE")
    assert await rows(shop) == before


async def test_a_number_past_32_bits_a_wrong_type_and_a_wrong_enum_are_bad_input(shop: Shop) -> None:
    document = "mutation($input: CartCreateInput!) { cartCreate(input: $input) { cart { id } } }"
    for line in ({"variantId": "x", "quantity": 2**31}, {"variantId": "x", "quantity": "two"}, {"variantId": 1.5}, {}):
        assert await codes(shop, document, {"input": {"idempotencyKey": "k", "lines": [line]}}) == ["BAD_USER_INPUT"]
    assert await codes(shop, "{ products(sortKey: NONSENSE) { nodes { id } } }") == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize("identifier", ["", "x", "T3JkZXI6MTIz", "🙂", "a" * 500, "'; DROP TABLE cart; --"])
async def test_a_malformed_or_foreign_id_is_a_coded_error(shop: Shop, identifier: str) -> None:
    assert await codes(shop, "query($id: ID!) { node(id: $id) { id } }", {"id": identifier}) == ["INVALID_ID"]
    assert await codes(shop, "query($id: ID!) { location(id: $id) { id } }", {"id": identifier}) == ["INVALID_ID"]


async def test_an_id_of_another_type_and_a_cursor_of_another_list_are_refused(shop: Shop) -> None:
    variant = await variant_id(shop)
    assert await codes(shop, "query($id: ID!) { product(id: $id) { id } }", {"id": variant}) == ["INVALID_ID"]
    data = await shop.ask("{ locations(first: 1) { pageInfo { endCursor } } }")
    cursor = data["locations"]["pageInfo"]["endCursor"]
    document = "query($after: String!) { products(after: $after) { nodes { id } } }"
    for wrong in (cursor, "nonsense", "W10", "🙂"):
        assert await codes(shop, document, {"after": wrong}) == ["INVALID_CURSOR"]


async def test_a_page_is_never_larger_than_a_hundred(shop: Shop) -> None:
    for first in (0, -1, 101):
        assert await codes(shop, "query($n: Int) { products(first: $n) { nodes { id } } }", {"n": first}) == [
            "BAD_USER_INPUT"
        ]


async def test_somebody_elses_order_cart_and_wallet_are_as_if_absent(shop: Shop) -> None:
    order, _, token = await paid_pickup(shop)
    document = "query($id: ID!, $token: String) { order(id: $id, token: $token) { number } }"
    assert await shop.ask(document, {"id": order["id"], "token": "wrong"}) == {"order": None}
    assert await shop.ask(document, {"id": order["id"]}) == {"order": None}
    assert await shop.ask(document, {"id": order["id"], "token": token}) == {"order": {"number": order["number"]}}
    given = {
        "orderId": order["id"],
        "lines": [{"orderLineId": order["fulfillmentOrders"][0]["lineItems"][0]["orderLine"]["id"], "quantity": 1}],
    }
    payload = await shop.do("returnRequest", given, "return { id }")
    assert [error["code"] for error in payload["userErrors"]] == ["ORDER_NOT_FOUND"]


async def test_what_needs_a_scope_says_which(shop: Shop) -> None:
    where = await places(shop)
    given = {"input": {"returnId": "x", "locationId": where["LON-CG"], "lines": [], "idempotencyKey": "k"}}
    document = "mutation($input: ReturnReceiveInput!) { returnReceive(input: $input) { replayed } }"
    assert await codes(shop, document, given) == ["UNAUTHENTICATED"]
    assert await codes(shop, document, given, await shop.partner()) == ["INVALID_ID"]
    mia = await shop.associate(0)
    adjusting = "mutation($input: TerminalRevokeInput!) { terminalRevoke(input: $input) { terminalId } }"
    assert await codes(shop, adjusting, {"input": {"terminalId": "x"}}, mia) == ["FORBIDDEN"]


async def test_a_wrong_pin_is_counted_and_the_sixth_attempt_is_locked_out_even_when_right(shop: Shop) -> None:
    given = {"terminalCredential": shop.credentials.terminals[0][1], "staffCode": "LON1", "pin": "0000"}
    outcomes = []
    for pin in ["0000"] * 5 + ["2468"]:
        payload = await shop.do("associateSignIn", {**given, "pin": pin}, "grant { accessToken }", keyed=False)
        outcomes.append(payload["userErrors"][0]["code"])
    assert outcomes == ["CREDENTIALS_INVALID"] * 5 + ["TOO_MANY_ATTEMPTS"]


async def test_a_revoked_terminal_ends_its_sessions_at_once(shop: Shop) -> None:
    mia = await shop.associate(0)
    staff = {"email": "office@example.com", "password": "demo-head-office"}
    office = (await shop.done("staffSignIn", staff, "grant { accessToken }", keyed=False))["grant"]["accessToken"]
    registered = await shop.done(
        "terminalRegister",
        {"code": "till-9", "locationId": (await places(shop))["LON-CG"]},
        "terminalId credential",
        office,
        keyed=False,
    )
    given = {"terminalCredential": registered["credential"], "staffCode": "LON9", "pin": "2468"}
    omar = (await shop.done("associateSignIn", given, "grant { accessToken }", keyed=False))["grant"]["accessToken"]
    await shop.done("terminalRevoke", {"terminalId": registered["terminalId"]}, "terminalId", office, keyed=False)
    assert (await shop.post("{ serverTime }", token=omar)).status_code == 401
    assert (await shop.post("{ serverTime }", token=mia)).status_code == 200
    assert (await shop.post("{ serverTime }", token="forged")).status_code == 401


async def test_a_forged_webhook_is_refused_and_a_real_one_is_taken_once(shop: Shop) -> None:
    before = await rows(shop)
    body = b'{"id": "evt_1", "object": "event", "type": "refund.updated", "data": {"object": {"id": "re_1", "object": "refund"}}}'
    forged = await shop.http.post("/webhooks/stripe", content=body, headers={"stripe-signature": "t=1,v1=00"})
    missing = await shop.http.post("/webhooks/stripe", content=body)
    stale = await shop.http.post(
        "/webhooks/stripe", content=body, headers={"stripe-signature": shop.sandbox.signed(body, 1)}
    )
    assert [forged.status_code, missing.status_code, stale.status_code] == [400, 400, 400]
    assert await rows(shop) == before
    headers = {"stripe-signature": shop.sandbox.signed(body)}
    taken = [
        (await shop.http.post("/webhooks/stripe", content=body, headers=headers)).json()["replayed"] for _ in range(2)
    ]
    assert taken == [False, True]


async def test_a_replayed_command_gives_the_same_answer_and_another_body_is_refused(shop: Shop) -> None:
    variant = await variant_id(shop)
    given = {"lines": [{"variantId": variant, "quantity": 2}], "idempotencyKey": "same"}
    first = await shop.done("cartCreate", given, "replayed token cart { id version totalQuantity }")
    before = await rows(shop)
    again = await shop.done("cartCreate", given, "replayed token cart { id version totalQuantity }")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (again["cart"], again["token"]) == (first["cart"], first["token"])
    other = await shop.do("cartCreate", {**given, "lines": []}, "cart { id }")
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await rows(shop) == before


async def test_text_that_no_database_can_keep_is_bad_input(shop: Shop) -> None:
    document = "query($text: String) { products(query: $text) { nodes { id } } }"
    assert await codes(shop, document, {"text": "mug\x00"}) == ["BAD_USER_INPUT"]
    assert await codes(shop, '{ products(query: "mug\\u0000") { nodes { id } } }') == ["BAD_USER_INPUT"]
    assert await codes(shop, document, {"text": "mug' OR 1=1; --"}) == []
