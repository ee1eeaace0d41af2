"""Gift cards over GraphQL: who may do what, and what a stranger learns."""

from typing import Any

import pytest

from domain.acts import Actor, ActorKind, Scope
from resolvers.ids import global_id
from tests.orders.desk import Desk

pytestmark = pytest.mark.anyio

OFFICE = Actor(ActorKind.STAFF, "s-1", scopes=frozenset({Scope.READ_GIFT_CARDS, Scope.WRITE_GIFT_CARDS}))
ISSUE = """mutation($input: GiftCardsIssueInput!) { giftCardsIssue(input: $input) { replayed
  giftCards { id code lastCharacters source blocked initial { amount currencyCode } balance { amount } expiresAt }
  userErrors { code field minimum { amount } maximum { amount } } } }"""
LOOKUP = """query($input: GiftCardLookupInput!) { giftCardLookup(input: $input) {
  giftCard { id code lastCharacters balance { amount } transactions { nodes { type } } events { kind } }
  userErrors { code retryAt } } }"""
CARD = """query($id: ID!) { node(id: $id) { ... on GiftCard { code blocked balance { amount }
  transactions { nodes { type amount { amount } change { amount } balanceAfter { amount } orderId } }
  events { kind actorKind note } } } }"""
BLOCK = """mutation($input: GiftCardBlockInput!) { giftCardBlock(input: $input) {
  giftCard { blocked balance { amount } } userErrors { code } } }"""
TOP_UP = """mutation($input: GiftCardTopUpInput!) { giftCardTopUp(input: $input) { replayed
  giftCard { balance { amount } } userErrors { code maximum { amount } } } }"""
TERMS = """mutation($input: GiftCardTermsSetInput!) { giftCardTermsSet(input: $input) {
  terms { country validityMonths toYearEnd minimum { amount } maximum { amount } } userErrors { code } } }"""
GRANT = """mutation($input: StoreCreditGrantInput!) { storeCreditGrant(input: $input) { replayed
  storeCredit { balance { amount } transactions { nodes { type amount { amount } } } } userErrors { code } } }"""
CREDIT = """query($customer: ID) { storeCredit(currencyCode: "GBP", customerId: $customer) { balance { amount } } }"""


def pounds(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


async def issued(desk: Desk, quantity: int = 1, key: str = "k-1") -> Any:
    given = {"idempotencyKey": key, "amount": pounds("25.00"), "country": "GB", "quantity": quantity}
    return (await desk.ask(OFFICE, ISSUE, given))["giftCardsIssue"]


async def test_codes_are_told_at_issue_and_again_to_the_same_key_and_nowhere_else(desk: Desk) -> None:
    first = await issued(desk, 2)
    assert await issued(desk, 2) == {**first, "replayed": True}
    card = first["giftCards"][0]
    assert card == {
        "id": card["id"],
        "code": card["code"],
        "lastCharacters": card["code"][-4:],
        "source": "GRANTED",
        "blocked": False,
        "initial": pounds("25.00"),
        "balance": {"amount": "25.00"},
        "expiresAt": None,
    }
    seen = (await desk.ask(OFFICE, CARD, id=card["id"]))["node"]
    assert seen == {
        "code": None,
        "blocked": False,
        "balance": {"amount": "25.00"},
        "transactions": {
            "nodes": [
                {
                    "type": "ISSUED",
                    "amount": {"amount": "25.00"},
                    "change": {"amount": "25.00"},
                    "balanceAfter": {"amount": "25.00"},
                    "orderId": None,
                }
            ]
        },
        "events": [{"kind": "ISSUED", "actorKind": "STAFF", "note": ""}],
    }
    assert (await desk.ask(desk.shop.guest, CARD, id=card["id"]))["node"] is None


async def test_a_stranger_with_the_code_sees_the_balance_and_no_history(desk: Desk) -> None:
    (card,) = (await issued(desk))["giftCards"]
    found = (await desk.ask(desk.shop.guest, LOOKUP, {"code": card["code"].lower()}))["giftCardLookup"]
    assert found == {
        "giftCard": {
            "id": card["id"],
            "code": None,
            "lastCharacters": card["lastCharacters"],
            "balance": {"amount": "25.00"},
            "transactions": {"nodes": []},
            "events": [],
        },
        "userErrors": [],
    }


async def test_the_eleventh_wrong_code_is_not_looked_at(desk: Desk) -> None:
    (card,) = (await issued(desk))["giftCards"]
    buyer = desk.shop.buyer
    wrong = [(await desk.ask(buyer, LOOKUP, {"code": f"G-{n:04}"}))["giftCardLookup"]["userErrors"] for n in range(10)]
    assert wrong == [[{"code": "GIFT_CARD_NOT_FOUND", "retryAt": None}]] * 10
    right = (await desk.ask(buyer, LOOKUP, {"code": card["code"]}))["giftCardLookup"]
    assert right == {
        "giftCard": None,
        "userErrors": [{"code": "TOO_MANY_ATTEMPTS", "retryAt": "2026-01-10T10:15:00Z"}],
    }
    assert (await desk.ask(OFFICE, LOOKUP, {"code": card["code"]}))["giftCardLookup"]["userErrors"] == []


async def test_only_who_may_write_gift_cards_issues_tops_up_and_stops_them(desk: Desk) -> None:
    (card,) = (await issued(desk))["giftCards"]
    given = {"idempotencyKey": "k-2", "giftCardId": card["id"], "note": "stolen"}
    assert await desk.error(desk.shop.guest, BLOCK, given) == "UNAUTHENTICATED"
    assert await desk.error(desk.shop.associate, BLOCK, given) == "FORBIDDEN"
    more = {**given, "amount": pounds("10.00")}
    assert await desk.error(desk.shop.associate, TOP_UP, more) == "FORBIDDEN"
    topped = (await desk.ask(OFFICE, TOP_UP, more))["giftCardTopUp"]
    assert topped["giftCard"] == {"balance": {"amount": "35.00"}}
    assert (await desk.ask(OFFICE, TOP_UP, more))["giftCardTopUp"] == {**topped, "replayed": True}
    blocked = (await desk.ask(OFFICE, BLOCK, {**given, "idempotencyKey": "k-3"}))["giftCardBlock"]
    assert blocked == {"giftCard": {"blocked": True, "balance": {"amount": "0.00"}}, "userErrors": []}


async def test_terms_bound_what_is_issued(desk: Desk) -> None:
    given = {"country": "GB", "currencyCode": "GBP", "minimum": pounds("30.00"), "maximum": pounds("50.00")}
    told = (await desk.ask(OFFICE, TERMS, {**given, "validityMonths": 24}))["giftCardTermsSet"]
    assert told["terms"]["validityMonths"] == 24
    refused = (await issued(desk))["userErrors"]
    assert refused == [
        {
            "code": "AMOUNT_INVALID",
            "field": ["input", "amount"],
            "minimum": {"amount": "30.00"},
            "maximum": {"amount": "50.00"},
        }
    ]
    crossed = {**given, "minimum": pounds("60.00")}
    assert (await desk.ask(OFFICE, TERMS, crossed))["giftCardTermsSet"]["userErrors"] == [{"code": "TERMS_INVALID"}]


async def test_store_credit_is_granted_by_head_office_and_seen_by_its_customer(desk: Desk) -> None:
    ada = global_id("Customer", desk.shop.customer)
    given = {"idempotencyKey": "k-1", "customerId": ada, "amount": pounds("10.00"), "note": "sorry"}
    granted = (await desk.ask(OFFICE, GRANT, given))["storeCreditGrant"]
    assert granted["storeCredit"] == {
        "balance": {"amount": "10.00"},
        "transactions": {"nodes": [{"type": "ISSUED", "amount": {"amount": "10.00"}}]},
    }
    assert (await desk.ask(OFFICE, GRANT, given))["storeCreditGrant"] == {**granted, "replayed": True}
    assert (await desk.ask(desk.shop.buyer, CREDIT))["storeCredit"] == {"balance": {"amount": "10.00"}}
    assert (await desk.ask(desk.shop.guest, CREDIT, customer=ada))["storeCredit"] is None
    nobody = {**given, "idempotencyKey": "k-2", "customerId": global_id("Customer", desk.shop.wallet)}
    refused = (await desk.ask(OFFICE, GRANT, nobody))["storeCreditGrant"]
    assert [error["code"] for error in refused["userErrors"]] == ["CUSTOMER_NOT_FOUND"]
