"""Policies through the public API: who sets them, who reads them, what they rule."""

import pytest

from tests.api.shop import Shop
from tests.api.test_hostile import codes, rows
from tests.api.test_loop import places

pytestmark = pytest.mark.anyio

PICKUP = "pickupPolicy { version expiryDays acceptWithinMinutes unanswered reminderDays noShowGraceHours }"
RETURN = "returnPolicy { version windowDays claimDays quoteMinutes refundsShipping restocks }"
STANDARD = {
    "version": 1,
    "windowDays": 30,
    "claimDays": 30,
    "quoteMinutes": 30,
    "refundsShipping": True,
    "restocks": True,
}


async def test_head_office_sets_how_a_store_handles_pickups_and_everybody_reads_it(shop: Shop) -> None:
    office, store = await shop.staff(), (await places(shop))["LON-CG"]
    read = "query($id: ID!, $at: DateTime) { location(id: $id) { pickupPolicy(at: $at) { version expiryDays } } }"
    change = {
        "locationId": store,
        "expectedVersion": 1,
        "expiryDays": 3,
        "reminderDays": [1, 2],
        "unanswered": "REJECT",
    }
    done = await shop.done("pickupPolicySet", change, PICKUP, office)
    assert done["pickupPolicy"] == {
        "version": 2,
        "expiryDays": 3,
        "acceptWithinMinutes": 30,
        "unanswered": "REJECT",
        "reminderDays": [2, 1],
        "noShowGraceHours": 24,
    }
    now = await shop.ask(read, {"id": store})
    then = await shop.ask(read, {"id": store, "at": "2020-01-01T00:00:00Z"})
    assert now["location"]["pickupPolicy"] == {"version": 2, "expiryDays": 3}
    assert then["location"]["pickupPolicy"] == {"version": 1, "expiryDays": 7}
    refused = await shop.do("pickupPolicySet", change, "pickupPolicy { version }", office)
    assert [error["code"] for error in refused["userErrors"]] == ["STALE_VERSION"]


async def test_head_office_sets_what_a_channel_takes_back_and_the_till_follows_it(shop: Shop) -> None:
    office, where, mia = await shop.staff(), await places(shop), await shop.associate(0)
    read = f"{{ salesChannel {{ id {RETURN} }} }}"
    till = (await shop.ask(read, token=mia))["salesChannel"]
    assert till["returnPolicy"] == STANDARD
    change = {"salesChannelId": till["id"], "restocks": False, "windowDays": 14}
    await shop.done("returnPolicySet", change, "returnPolicy { version }", office)
    assert (await shop.ask(read, token=mia))["salesChannel"]["returnPolicy"] == {
        **STANDARD,
        "version": 2,
        "windowDays": 14,
        "restocks": False,
    }
    sale = {"locationId": where["LON-CG"], "lines": [{"sku": "MUG-HARB-NAVY", "quantity": 1}], "tender": "CASH"}
    order = (await shop.done("orderCreate", sale, "order { id lines(first: 1) { nodes { id } } }", mia))["order"]
    lines = [{"orderLineId": order["lines"]["nodes"][0]["id"], "quantity": 1}]
    back = {"orderId": order["id"], "locationId": where["LON-CG"], "lines": lines}
    fields = "return { lineItems { acceptedQuantity restockedQuantity } }"
    made = await shop.done("returnCreateAndProcess", back, fields, mia)
    assert made["return"]["lineItems"] == [{"acceptedQuantity": 1, "restockedQuantity": 0}]


async def test_nobody_else_sets_a_policy_and_nothing_is_written(shop: Shop) -> None:
    store, mia, before = (await places(shop))["LON-CG"], await shop.associate(0, "LON9"), await rows(shop)
    channel = (await shop.ask("{ salesChannel { id } }"))["salesChannel"]["id"]
    for mutation, kind, given in (
        ("pickupPolicySet", "PickupPolicySetInput", {"locationId": store, "expiryDays": 3}),
        ("returnPolicySet", "ReturnPolicySetInput", {"salesChannelId": channel, "windowDays": 3}),
    ):
        document = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ replayed }} }}"
        sent = {"input": {**given, "idempotencyKey": "k"}}
        answered = [await codes(shop, document, sent, token) for token in (None, mia, await shop.partner())]
        assert answered == [["UNAUTHENTICATED"], ["FORBIDDEN"], ["FORBIDDEN"]]
    assert await rows(shop) == before
