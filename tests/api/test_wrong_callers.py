"""Every mutation, sent by each kind of caller who may not send it: a coded refusal, and nothing is written.

The inputs are good ones, so that nothing but the caller can be the reason. A new mutation is open to nobody but the
caller of its good input until it is listed here with who else may send it.
"""

from datetime import timedelta

import pytest

from domain.acts import Actor, ActorKind, Scope
from gateway.app import utc_now
from gateway.demo.load import PIN
from gateway.tokens import JwtTokens
from tests.api.attacks import Given
from tests.api.goods import PASSWORD, ready
from tests.api.shop import Shop, mutation_input
from tests.api.traces import row_counts

pytestmark = pytest.mark.anyio

ANYBODY = frozenset({"guest", "customer", "clerk", "other store", "partner"})
EVERY_TILL = frozenset({"clerk", "other store"})
OPEN = {
    **dict.fromkeys(("associateSignIn", "staffSignIn", "partnerTokenCreate"), ANYBODY),
    **dict.fromkeys(("customerSignUp", "customerSignIn", "cartCreate"), ANYBODY),
    # Without a cart's id these are about the caller's own cart.
    **dict.fromkeys(("cartLoyaltyPointsApply", "cartLoyaltyPointsRemove"), frozenset({"customer"})),
    **dict.fromkeys(("cartStoreCreditApply", "cartStoreCreditRemove"), frozenset({"customer"})),
    # A customer is served at every till of the chain.
    **dict.fromkeys(("loyaltyAccountEnroll", "loyaltyPointsAdjust"), EVERY_TILL),
    **dict.fromkeys(("loyaltyHoldCreate", "loyaltyHoldCapture", "loyaltyHoldVoid"), EVERY_TILL),
    **dict.fromkeys(("orderCancel", "returnRequest", "returnCreate", "returnCancel"), EVERY_TILL),
    **dict.fromkeys(("returnApproveRequest", "returnDeclineRequest", "paperIssue"), EVERY_TILL),
    # Goods and drawers are moved where they are.
    **dict.fromkeys(("fulfillmentOrderAccept", "fulfillmentOrderReject", "fulfillmentOrderPick"), frozenset({"clerk"})),
    **dict.fromkeys(("fulfillmentOrderLineItemsPreparedForPickup", "pickupCheckIn"), frozenset({"clerk"})),
    **dict.fromkeys(("pickupPersonSet", "pickupHandOver", "pickupExtend", "pickupReshelve"), frozenset({"clerk"})),
    **dict.fromkeys(("orderCreate", "returnReceive", "returnProcess", "returnCreateAndProcess"), frozenset({"clerk"})),
    **dict.fromkeys(("cashMovementCreate", "cashCount", "registerSessionClose"), frozenset({"clerk"})),
    # Every till opens its own drawer.
    "registerSessionOpen": EVERY_TILL,
    **dict.fromkeys(("orderPaymentCancel", "orderBalancePay"), frozenset({"clerk"})),
    # A manager's word is good in every store, a clerk's in none.
    **dict.fromkeys(
        ("refundRetry", "refundReroute", "taxExemptionRecord", "taxExemptionRevoke"), frozenset({"other store"})
    ),
    "orderImport": frozenset({"partner"}),
}
"""Who else may send a mutation, beside the caller of its good input."""

REFUSALS = {"UNAUTHENTICATED", "FORBIDDEN", "LOCATION_NOT_ALLOWED", "SIGN_IN_REQUIRED"}


async def answered(shop: Shop, mutation: str, given: Given, token: str | None) -> tuple[int, list[str]]:
    """The status and the codes of one attempt; no codes when it was done."""
    document = f"mutation($input: {mutation_input(mutation)}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} }} }}"
    answer = await shop.post(document, {"input": given}, token)
    body = answer.json()
    if errors := body.get("errors"):
        return answer.status_code, [error["extensions"]["code"] for error in errors]
    return answer.status_code, [error["code"] for error in body["data"][mutation]["userErrors"]]


def without_capabilities(given: Given) -> Given:
    """An input without the tokens that let anybody who holds them in."""
    return {name: value for name, value in given.items() if name not in ("token", "cartToken", "orderToken")}


async def dead_tokens(shop: Shop) -> dict[str, str]:
    """Credentials that prove nothing anymore, or never did, each of somebody who may do everything."""
    now, day = utc_now(), timedelta(days=1)
    office = Actor(ActorKind.STAFF, "head-office", scopes=frozenset(Scope))
    return {
        "expired": shop.process.tokens.issue(office, now - 2 * day, day).token,
        "forged": JwtTokens(b"another key of at least 32 characters").issue(office, now, day).token,
        "unsigned": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJoZWFkLW9mZmljZSJ9.",
        "torn": (await shop.staff())[:-2],
        "of a revoked terminal": await of_a_revoked_terminal(shop),
    }


async def of_a_revoked_terminal(shop: Shop) -> str:
    office = await shop.staff()
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    new = {"code": "till-9", "locationId": place}
    made = await shop.done("terminalRegister", new, "terminalId credential", office, keyed=False)
    given = {"terminalCredential": made["credential"], "staffCode": "LON9", "pin": PIN}
    signed = await shop.done("associateSignIn", given, "grant { accessToken }", keyed=False)
    await shop.done("terminalRevoke", {"terminalId": made["terminalId"]}, "terminalId", office, keyed=False)
    return str(signed["grant"]["accessToken"])


async def test_a_dead_credential_sends_no_mutation(shop: Shop) -> None:
    goods, dead = await ready(shop), await dead_tokens(shop)
    before = await row_counts(shop)
    for mutation, good in goods.items():
        for why, token in dead.items():
            assert await answered(shop, mutation, good.given, token) == (401, ["UNAUTHENTICATED"]), (mutation, why)
    assert await row_counts(shop) == before


async def strangers(shop: Shop) -> dict[str, str | None]:
    """The tokens of callers of every kind, none of whom the inputs are about."""
    account = {"email": "stranger@example.com", "password": PASSWORD}
    await shop.done("customerSignUp", account, "customer { id }")
    signed = await shop.done("customerSignIn", account, "grant { accessToken }", keyed=False)
    return {
        "guest": None,
        "customer": signed["grant"]["accessToken"],
        "clerk": await shop.associate(0, "LON1"),
        "other store": await shop.associate(1),
        "partner": await shop.partner(),
    }


async def test_no_mutation_is_sent_by_a_caller_who_may_not(shop: Shop) -> None:
    goods, callers = await ready(shop), await strangers(shop)
    wrong = []
    before = await row_counts(shop)
    for mutation, good in goods.items():
        for who in callers.keys() - OPEN.get(mutation, frozenset()):
            _, codes = await answered(shop, mutation, without_capabilities(good.given), callers[who])
            if not (codes and all(code in REFUSALS or code.endswith("_NOT_FOUND") for code in codes)):
                wrong.append((mutation, who, codes))
    # A merge is asked for with the other cart's token and cannot be sent without one.
    assert [one for one in wrong if one[0] != "cartMerge"] == []
    assert await row_counts(shop) == before


async def test_who_holds_no_capability_finds_nothing_that_a_guest_made(shop: Shop) -> None:
    goods, callers = await ready(shop), await strangers(shop)
    merging = goods["cartMerge"]
    wrong = {**merging.given, "token": "x" * len(str(merging.given["token"]))}
    before = await row_counts(shop)
    assert await answered(shop, "cartMerge", wrong, callers["customer"]) == (200, ["CART_NOT_FOUND"])
    _, codes = await answered(shop, "cartMerge", merging.given, callers["clerk"])
    assert codes == ["UNAUTHENTICATED"]
    assert await row_counts(shop) == before
