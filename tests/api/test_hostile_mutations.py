"""Every field of every mutation, given what it cannot mean: a coded error that says what to do, and nothing is written.

One shop is brought into a state in which every mutation has an input that it would accept. Each is then sent with one
value wrong. A new mutation fails until `goods` has an input for it.
"""

import pytest

from resolvers.ids import global_id
from tests.api.attacks import UNKNOWN, Given, attacks
from tests.api.goods import ready
from tests.api.schema import core_schema
from tests.api.shop import Shop, mutation_input
from tests.api.traces import row_counts

pytestmark = pytest.mark.anyio

TAKEN_ALONG = ("customerSignUp", "cartId", global_id("Cart", UNKNOWN))
"""Who signs up is a customer although the cart that should come along is gone; `userErrors` tells of the cart alone."""


SPENT = [
    "cartDeliveryGroupsUpdate",
    "cartPickupLocationSet",
    "cartComplete",
    "cartPaymentCancel",
    "loyaltyHoldVoid",
    "orderCancel",
    "pickupExtend",
    "pickupReshelve",
    "returnCreate",
    "returnApproveRequest",
    "returnDeclineRequest",
    "returnProcess",
    "returnCreateAndProcess",
    "returnCancel",
    "refundReroute",
    "cartStoreCreditApply",
]
"""Mutations whose good input has nothing left to do once the ones before it have done their part: the line is out of the
cart, the points are taken, the goods are handed over, the units are claimed, the refund was sent again, the cart is paid."""


async def refused(shop: Shop, mutation: str, given: Given, token: str | None) -> str | None:
    """What is wrong with how bad input was answered; None when it was refused with a code and words."""
    document = f"mutation($input: {mutation_input(mutation)}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} }} }}"
    answer = await shop.post(document, {"input": given}, token)
    body = answer.json()
    errors = body.get("errors") or []
    codes = [(error["extensions"].get("code"), error["message"]) for error in errors]
    if not errors:
        codes = [(error["code"], error["message"]) for error in body["data"][mutation]["userErrors"]]
    if answer.status_code >= 500 or not codes:
        return f"{answer.status_code} {answer.text[:200]}"
    if any(code in (None, "INTERNAL_SERVER_ERROR") or len(message) < 10 for code, message in codes):
        return str(codes)
    return None


async def test_one_bad_value_in_any_field_of_any_mutation_is_refused_and_writes_nothing(shop: Shop) -> None:
    goods = await ready(shop)
    root = core_schema().mutation_type
    assert root is not None
    assert set(goods) == set(root.fields)
    wrong = []
    for mutation, good in goods.items():
        before = await row_counts(shop)
        for attack in attacks(mutation, good.given):
            if (mutation, attack.name, attack.value) == TAKEN_ALONG:
                continue
            answered = await refused(shop, mutation, attack.given, good.token)
            if answered is not None:
                wrong.append(f"{mutation} {attack.label}: {answered}")
        after = await row_counts(shop)
        if after != before:
            wrong.append(f"{mutation} wrote {[name for name in after if after[name] != before[name]]}")
    if wrong:
        pytest.fail("\n".join(wrong))
    # The inputs around the bad values were good ones: sent as they are, in this order, they do what they say.
    refusing = [name for name, good in goods.items() if await refused(shop, name, good.given, good.token) is None]
    assert refusing == SPENT
