"""Promotions through the public API: head office makes them, and web, till and partner sell by them at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from strawberry.types.execution import ExecutionResult

from gateway.feed import Relay
from gateway.schema import build_schema
from resolvers.context import Context
from tests.api.shop import Shop, running_shop
from tests.carts.market import Market, opened
from tests.promotions.parts import TEN, live

pytestmark = pytest.mark.anyio

APPLIED = "appliedPromotions { title code amount { amount } shippingAmount { amount } lines { amount { amount } } }"
CART = f"""cart {{ id cost {{ discount {{ amount }} }} problems {{ code discountCode amount {{ amount }} }} {APPLIED}
  nearMisses {{ title reason missing {{ amount }} missingQuantity }} }}"""
SEEN = f"query($id: ID!, $token: String) {{ {CART.replace('cart {', 'cart(id: $id, token: $token) {', 1)} }}"
TEST = f"""query($input: PromotionTestInput!) {{ promotionTest(input: $input) {{
  lines {{ discount {{ amount }} total {{ amount }} }} {APPLIED} total {{ amount }} shippingDiscount {{ amount }} }} }}"""
PROMOTION = """promotion { id version status used effect { __typename
  ... on PromotionPercentageOff { percentage target } ... on PromotionSpendSteps { steps { amount { amount } } } }
  conditions { minimumSubtotal { amount } } }"""


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with running_shop(database_url, tmp_path) as running:
        yield running


def percentage(title: str, percent: str, **more: object) -> dict[str, object]:
    """A percentage off the order."""
    off = {"percentageOff": {"percentage": percent, "target": "ORDER"}}
    return {"title": title, "effect": off, "validFrom": "2020-01-01T00:00:00Z", **more}


async def mug(shop: Shop) -> tuple[str, str]:
    """A mug at 9.50, and the store in London."""
    data = await shop.ask(
        '{ products(first: 1, query: "harbor mug") { nodes { variants(first: 1) { nodes { id } } } } '
        "locations(first: 10) { nodes { id code } } }"
    )
    (product,) = data["products"]["nodes"]
    where = {node["code"]: node["id"] for node in data["locations"]["nodes"]}
    return product["variants"]["nodes"][0]["id"], where["LON-CG"]


async def test_what_head_office_changes_is_seen_on_the_web_at_the_till_and_by_partners_at_the_next_read(
    shop: Shop,
) -> None:
    office, partner, till = await shop.staff(), await shop.partner(), await shop.associate(0)
    variant, store = await mug(shop)
    lines = {"lines": [{"variantId": variant, "quantity": 2}]}
    made = await shop.done("promotionCreate", {"promotion": percentage("Spring", "10")}, PROMOTION, office)
    draft = made["promotion"]
    assert (draft["status"], draft["effect"]) == (
        "DRAFT",
        {"__typename": "PromotionPercentageOff", "percentage": "10", "target": "ORDER"},
    )
    web = await shop.done("cartCreate", {**lines, "email": "a@example.com"}, f"token {CART}")
    named = {"id": web["cart"]["id"], "token": web["token"]}

    async def discounts() -> list[str]:
        seen = (await shop.ask(SEEN, named))["cart"]
        theirs = await shop.ask(TEST, {"input": {"lines": lines["lines"], "salesChannelId": market}}, office)
        expected = {"locationId": store, "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 2}], "tender": "CASH"}
        sold = await shop.done("orderCreate", expected, f"order {{ cost {{ discount {{ amount }} }} {APPLIED} }}", till)
        opened_by_partner = await shop.done("cartCreate", lines, CART, partner)
        return [
            seen["cost"]["discount"]["amount"],
            sold["order"]["cost"]["discount"]["amount"],
            opened_by_partner["cart"]["cost"]["discount"]["amount"],
            *(line["discount"]["amount"] for line in theirs["promotionTest"]["lines"]),
        ]

    channels = (await shop.ask("{ salesChannels { id handle } }", token=office))["salesChannels"]
    market = next(channel["id"] for channel in channels if channel["handle"] == "marketplace")
    assert await discounts() == ["0.00"] * 4
    await shop.done("promotionActivate", {"promotionId": draft["id"]}, PROMOTION, office)
    assert await discounts() == ["1.90"] * 4
    change = {"promotionId": draft["id"], "expectedVersion": 2, "promotion": percentage("Spring", "50")}
    await shop.done("promotionUpdate", change, PROMOTION, office)
    assert await discounts() == ["9.50"] * 4
    await shop.done("promotionDeactivate", {"promotionId": draft["id"]}, PROMOTION, office)
    assert await discounts() == ["0.00"] * 4


async def test_a_cart_says_what_applies_on_which_line_and_what_is_missing(shop: Shop) -> None:
    office, (variant, _) = await shop.staff(), await mug(shop)
    steps = [
        {"spendFrom": {"amount": "15.00", "currencyCode": "GBP"}, "amount": {"amount": "2.00", "currencyCode": "GBP"}}
    ]
    saver = {
        "title": "Saver",
        "effect": {"spendSteps": steps},
        "validFrom": "2020-01-01T00:00:00Z",
        "currencyCode": "GBP",
    }
    await shop.done("promotionCreate", {"promotion": saver, "activate": True}, PROMOTION, office)
    first = await shop.done("cartCreate", {"lines": [{"variantId": variant, "quantity": 1}]}, f"token {CART}")
    (near,) = [one for one in first["cart"]["nearMisses"] if one["title"] == "Saver"]
    assert (first["cart"]["appliedPromotions"], near["reason"], near["missing"]) == (
        [],
        "SPEND_MORE",
        {"amount": "5.50"},
    )
    named = {"cartId": first["cart"]["id"], "token": first["token"]}
    both = {**named, "codes": ["welcome10", "nonsense"]}
    await shop.done("cartLinesAdd", {**named, "lines": [{"variantId": variant, "quantity": 1}]}, CART)
    cart = (await shop.done("cartDiscountCodesUpdate", both, CART))["cart"]
    zero = {"amount": "0.00"}
    assert cart["appliedPromotions"] == [
        {
            "title": title,
            "code": code,
            "amount": {"amount": amount},
            "shippingAmount": zero,
            "lines": [{"amount": {"amount": amount}}],
        }
        for title, code, amount in (("10 % for new customers", "WELCOME10", "1.90"), ("Saver", None, "2.00"))
    ]
    assert [one["discountCode"] for one in cart["problems"] if one["code"] == "DISCOUNT_CODE_INVALID"] == ["NONSENSE"]


async def test_single_use_codes_are_made_in_bulk_and_each_buys_once(shop: Shop) -> None:
    office, (variant, store) = await shop.staff(), await mug(shop)
    coded = percentage("Letter", "20", trigger="CODE")
    made = await shop.done("promotionCreate", {"promotion": coded, "activate": True}, PROMOTION, office)
    wanted = {"promotionId": made["promotion"]["id"], "generate": 3, "idempotencyKey": "bulk"}
    codes = await shop.done("promotionCodesAdd", wanted, "codes { code singleUse used } replayed", office)
    again = await shop.done("promotionCodesAdd", wanted, "codes { code singleUse used } replayed", office)
    assert (again["codes"], again["replayed"], len(codes["codes"])) == (codes["codes"], True, 3)
    code = codes["codes"][0]["code"]
    given = {"lines": [{"variantId": variant, "quantity": 1, "pickupLocationId": store}], "email": "a@example.com"}

    async def bought() -> Any:
        cart = await shop.done("cartCreate", given, "cart { id } token")
        named = {"cartId": cart["cart"]["id"], "token": cart["token"]}
        await shop.done("cartDiscountCodesUpdate", {**named, "codes": [code]}, CART)
        pay = {"cartId": named["cartId"], "cartToken": named["token"], "paymentMethod": "pm_card_visa"}
        order = f"order {{ id cost {{ discount {{ amount }} }} {APPLIED} }} orderToken"
        return await shop.do("cartComplete", pay, order)

    first, second = await bought(), await bought()
    assert (first["order"]["appliedPromotions"][0]["code"], first["order"]["cost"]["discount"]["amount"]) == (
        code,
        "1.90",
    )
    assert (second["userErrors"][0]["code"], second["order"]) == ("CART_NOT_READY", None)
    gone = {"orderId": first["order"]["id"], "orderToken": first["orderToken"], "reason": "CUSTOMER_REQUEST"}
    await shop.done("orderCancel", gone, "order { status }")
    third = await bought()
    assert third["order"]["cost"]["discount"]["amount"] == "1.90"


async def test_a_draft_is_tried_on_a_basket_before_anybody_gets_it(shop: Shop) -> None:
    office, (variant, store) = await shop.staff(), await mug(shop)
    evening = {"hours": [{"weekdays": [1], "fromMinute": 1080, "toMinute": 1320}], "methods": ["IN_STORE"]}
    happy = percentage("Happy hour", "50", conditions=evening)
    made = await shop.done("promotionCreate", {"promotion": happy}, PROMOTION, office)
    basket: dict[str, object] = {
        "lines": [{"variantId": variant, "quantity": 3, "unitPrice": {"amount": "10.00", "currencyCode": "GBP"}}],
        "promotionIds": [made["promotion"]["id"]],
        "locationId": store,
        "method": "IN_STORE",
    }
    monday = await shop.ask(TEST, {"input": {**basket, "at": "2026-01-12T18:00:00Z"}}, office)
    assert monday["promotionTest"]["lines"] == [{"discount": {"amount": "15.00"}, "total": {"amount": "15.00"}}]
    before = await shop.ask(TEST, {"input": {**basket, "at": "2026-01-12T17:59:00Z"}}, office)
    assert before["promotionTest"]["appliedPromotions"] == []


async def test_only_head_office_changes_promotions_and_nonsense_is_refused(shop: Shop) -> None:
    office, till = await shop.staff(), await shop.associate(0)
    document = "mutation($input: PromotionCreateInput!) { promotionCreate(input: $input) { userErrors { code } } }"
    given = {"promotion": percentage("Mine", "99"), "activate": True, "idempotencyKey": "k"}
    for token, code in ((None, "UNAUTHENTICATED"), (till, "FORBIDDEN"), (await shop.partner(), "FORBIDDEN")):
        answer = (await shop.post(document, {"input": given}, token)).json()
        assert answer["errors"][0]["extensions"]["code"] == code
    names = "{ promotions(first: 50, status: ACTIVE) { nodes { title %s } } }"
    codes = names % "codes(first: 5) { nodes { code } }"
    seen = (await shop.ask(names % "status", token=till))["promotions"]["nodes"]
    assert (await shop.post(codes, token=till)).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    known = [node["codes"]["nodes"] for node in (await shop.ask(codes, token=office))["promotions"]["nodes"]]
    assert sorted(len(nodes) for nodes in known) == [0, 1]
    assert sorted(node["title"] for node in seen) == ["10 % for new customers", "5.00 off from 100.00"]
    wrong = await shop.do("promotionCreate", {"promotion": percentage("Mine", "101")}, PROMOTION, office)
    assert (wrong["promotion"], wrong["userErrors"][0]["code"]) == (None, "PROMOTION_INVALID")
    limit = {"funder": "vendor:acme", "limit": {"amount": "50.00", "currencyCode": "GBP"}}
    budget = await shop.done("promotionBudgetSet", limit, "budget { funder limit { amount } spent { amount } }", office)
    assert budget["budget"]["limit"] == {"amount": "50.00"}


async def test_a_promotion_for_a_group_is_for_its_members(shop: Shop) -> None:
    office, (variant, _) = await shop.staff(), await mug(shop)
    group = await shop.done(
        "customerGroupCreate", {"handle": "staff", "title": "Staff"}, "customerGroup { id memberCount }", office
    )
    group_id = group["customerGroup"]["id"]
    staff = percentage("Staff", "30", conditions={"customerGroupIds": [group_id]})
    await shop.done("promotionCreate", {"promotion": staff, "activate": True}, PROMOTION, office)
    ada = (await shop.ask("{ me { id } }", token=shop.credentials.customer_token))["me"]["id"]

    async def discount() -> str:
        basket = {"lines": [{"variantId": variant}], "customerId": ada}
        tried = await shop.ask(TEST, {"input": basket}, office)
        return str(tried["promotionTest"]["lines"][0]["discount"]["amount"])

    member = {"customerGroupId": group_id, "customerIds": [ada]}
    assert await discount() == "0.00"
    added = await shop.done("customerGroupMembersAdd", member, "customerGroup { memberCount }", office)
    assert (added["customerGroup"]["memberCount"], await discount()) == (1, "2.85")
    await shop.done("customerGroupMembersRemove", member, "customerGroup { memberCount }", office)
    assert await discount() == "0.00"


@asynccontextmanager
async def watched(context: Context, cart: str, token: str) -> AsyncIterator[Callable[[], Any]]:
    """A subscription to a cart over the real feed: gives what is pushed next."""
    document = (
        "subscription($id: ID!, $token: String) { cartUpdated(cartId: $id, token: $token) "
        "{ version cost { discount { amount } } } }"
    )
    variables = {"id": cart, "token": token}
    stream = await build_schema().subscribe(document, variable_values=variables, context_value=context)
    assert not isinstance(stream, ExecutionResult)
    pushed = aiter(stream)

    async def following() -> Any:
        result = await anext(pushed)
        assert isinstance(result, ExecutionResult)
        assert result.data is not None
        return result.data["cartUpdated"]

    yield following


async def test_who_watches_a_cart_is_told_at_once_when_head_office_changes_what_it_costs(
    make_context: Callable[..., Context],
) -> None:
    office = make_context()
    market: Market = await office.write(opened)
    relay = Relay(office.database)
    await relay.start()
    context = make_context(market.guest)
    context.feed = relay
    document = """mutation($input: CartCreateInput!) { cartCreate(input: $input) { cart { id } token } }"""
    from resolvers.ids import global_id

    lines = [{"variantId": global_id("ProductVariant", market.shirt), "quantity": 1}]
    made = await build_schema().execute(
        document, {"input": {"lines": lines, "idempotencyKey": "k"}}, context_value=make_context(market.guest)
    )
    assert made.data is not None
    cart = made.data["cartCreate"]
    async with watched(context, cart["cart"]["id"], cart["token"]) as following:
        first = await following()
        waiting = asyncio.ensure_future(following())
        await office.write(lambda conn, act: live(conn, act, TEN))
        assert (first["cost"], (await waiting)["cost"]) == (
            {"discount": {"amount": "0.00"}},
            {"discount": {"amount": "2.00"}},
        )
    await relay.stop()
