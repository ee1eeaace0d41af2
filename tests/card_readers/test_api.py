"""Card readers through the public API, over the real SDK and a reader of the sandbox that waits for a card."""

from typing import Any

import httpx
import pytest

from gateway.sandbox.server import SANDBOX_KEY
from tests.api.shop import Shop
from tests.api.shop import reader as device
from tests.api.test_loop import places

pytestmark = pytest.mark.anyio

SOLD = "order { number payments { tender status } } payment { id status clientSecret }"
STATE = "{ isOnline action failureCode }"


async def at_stripe(shop: Shop, path: str, **form: str) -> Any:
    """What somebody does at Stripe or at its reader."""
    async with httpx.AsyncClient(
        base_url=shop.sandbox.url, headers={"authorization": f"Bearer {SANDBOX_KEY}"}
    ) as stripe:
        answer = await stripe.post(f"/v1/{path}", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def hold(shop: Shop, device_id: str, number: str = "4242424242424242") -> None:
    """A customer holds a card to a reader."""
    card = {"type": "card_present", "card_present[number]": number}
    await at_stripe(shop, f"test_helpers/terminal/readers/{device_id}/present_payment_method", **card)


async def registered(shop: Shop, device_id: str, code: str = "LON-CG", label: str = "Counter") -> Any:
    """The answer to a registration by head office."""
    given = {"locationId": (await places(shop))[code], "label": label, "providerReference": device_id}
    selection = f"cardReader {{ id label location {{ code }} state {STATE} }}"
    return await shop.do("cardReaderRegister", given, selection, await shop.staff())


async def reader(shop: Shop) -> tuple[str, str]:
    """(our id, Stripe's id) of a reader in London."""
    device_id = await device(shop)
    return (await registered(shop, device_id))["cardReader"]["id"], device_id


async def sale(shop: Shop, reader_id: str, **more: object) -> dict[str, Any]:
    """A mug at 9.50, to be paid at a reader."""
    lines = [{"sku": "MUG-HARB-NAVY", "quantity": 1}]
    given = {"locationId": (await places(shop))["LON-CG"], "lines": lines, "tender": "CARD", "cardReaderId": reader_id}
    return {**given, "idempotencyKey": shop.key(), **more}


async def stock(shop: Shop) -> int:
    """Mugs that London has to sell."""
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"]
    document = "query($v: [ID!]!, $l: [ID!]) { inventoryAvailability(variantIds: $v, locationIds: $l) { available } }"
    found = await shop.ask(document, {"v": [variant], "l": [(await places(shop))["LON-CG"]]})
    return int(found["inventoryAvailability"][0]["available"])


async def test_a_card_held_to_a_reader_buys(shop: Shop) -> None:
    clerk, (reader_id, device_id) = await shop.associate(0), await reader(shop)
    given = await sale(shop, reader_id)
    waiting = await shop.done("orderCreate", given, SOLD, clerk)
    assert (waiting["order"], waiting["payment"]["status"], waiting["payment"]["clientSecret"]) == (
        None,
        "REQUIRES_ACTION",
        None,
    )
    seen = f"query($at: ID!) {{ cardReaders(locationId: $at) {{ label state {STATE} }} }}"
    at = {"at": given["locationId"]}
    assert (await shop.ask(seen, at, clerk))["cardReaders"] == [
        {"label": "Counter", "state": {"isOnline": True, "action": "WAITING", "failureCode": None}}
    ]
    assert (await shop.done("orderCreate", given, SOLD, clerk))["payment"] == waiting["payment"]
    await hold(shop, device_id)
    sold = await shop.done("orderCreate", given, SOLD, clerk)
    assert (sold["payment"]["status"], sold["order"]["payments"]) == (
        "CAPTURE_REQUESTED",
        [{"tender": "CARD", "status": "CAPTURE_REQUESTED"}],
    )
    await shop.work()
    again = await shop.done("orderCreate", given, SOLD, clerk)
    assert again["order"]["payments"] == [{"tender": "CARD", "status": "CAPTURED"}]
    assert await shop.contradictions() == []


async def test_a_card_whose_till_went_away_buys_all_the_same(shop: Shop) -> None:
    clerk, (reader_id, device_id) = await shop.associate(0), await reader(shop)
    given = await sale(shop, reader_id)
    await shop.done("orderCreate", given, SOLD, clerk)
    await hold(shop, device_id)
    await tell(shop, "terminal.reader", device_id)
    await shop.work()
    sold = await shop.done("orderCreate", given, SOLD, clerk)
    assert sold["order"]["payments"] == [{"tender": "CARD", "status": "CAPTURED"}]
    assert await shop.contradictions() == []


async def tell(shop: Shop, kind: str, reference: str) -> None:
    """An event of Stripe's, as it would come in."""
    from domain.acts import PSP
    from domain.payments import outbox
    from gateway.app import utc_now
    from gateway.jobs import act_at

    await shop.process.database.write(
        lambda conn: outbox.accept_event(
            conn, f"evt_{reference}", f"{kind}.told", kind, reference, act_at(utc_now(), PSP)
        )
    )


@pytest.mark.parametrize("by_event", [False, True])
async def test_a_refused_card_sells_nothing_and_another_may_try(shop: Shop, by_event: bool) -> None:
    clerk, (reader_id, device_id) = await shop.associate(0), await reader(shop)
    before, given = await stock(shop), await sale(shop, reader_id)
    await shop.done("orderCreate", given, SOLD, clerk)
    assert await stock(shop) == before - 1
    await hold(shop, device_id, "4000000000009995")
    if by_event:
        await tell(shop, "terminal.reader", device_id)
        await shop.work()
    refused = await shop.do("orderCreate", given, SOLD, clerk)
    assert ([one["code"] for one in refused["userErrors"]], refused["order"]) == (["PAYMENT_DECLINED"], None)
    assert await stock(shop) == before
    second = await sale(shop, reader_id)
    await shop.done("orderCreate", second, SOLD, clerk)
    await hold(shop, device_id)
    assert (await shop.done("orderCreate", second, SOLD, clerk))["order"] is not None


async def test_a_waiting_sale_is_given_up_and_its_reader_stops_asking(shop: Shop) -> None:
    clerk, (reader_id, _) = await shop.associate(0), await reader(shop)
    before, given = await stock(shop), await sale(shop, reader_id)
    waiting = await shop.done("orderCreate", given, SOLD, clerk)
    named = {"paymentId": waiting["payment"]["id"], "idempotencyKey": shop.key()}
    elsewhere = await shop.do("orderPaymentCancel", named, "payment { status }", await shop.associate(1))
    assert [one["code"] for one in elsewhere["userErrors"]] == ["PAYMENT_NOT_FOUND"]
    canceled = await shop.done("orderPaymentCancel", named, "payment { status } replayed", clerk)
    assert canceled == {"payment": {"status": "VOID_REQUESTED"}, "replayed": False, "userErrors": []}
    assert (await shop.done("orderPaymentCancel", named, "replayed", clerk))["replayed"] is True
    await shop.work()
    seen = await shop.ask(
        f"query($id: ID!) {{ node(id: $id) {{ ... on CardReader {{ state {STATE} }} }} }}", {"id": reader_id}, clerk
    )
    assert seen["node"]["state"] == {"isOnline": True, "action": "NONE", "failureCode": None}
    assert await stock(shop) == before
    refused = await shop.do("orderCreate", given, SOLD, clerk)
    assert [one["code"] for one in refused["userErrors"]] == ["PAYMENT_CANCELED"]
    assert await shop.contradictions() == []


async def test_a_sale_that_was_paid_is_not_given_up(shop: Shop) -> None:
    clerk, (reader_id, device_id) = await shop.associate(0), await reader(shop)
    given = await sale(shop, reader_id)
    waiting = await shop.done("orderCreate", given, SOLD, clerk)
    await hold(shop, device_id)
    await shop.done("orderCreate", given, SOLD, clerk)
    refused = await shop.do("orderPaymentCancel", {"paymentId": waiting["payment"]["id"]}, "payment { id }", clerk)
    assert [one["code"] for one in refused["userErrors"]] == ["ORDER_PLACED"]


async def test_a_reader_that_somebody_stopped_fails_the_sale(shop: Shop) -> None:
    clerk, (reader_id, device_id) = await shop.associate(0), await reader(shop)
    given = await sale(shop, reader_id)
    await shop.done("orderCreate", given, SOLD, clerk)
    await at_stripe(shop, f"terminal/readers/{device_id}/cancel_action")
    refused = await shop.do("orderCreate", given, f"{SOLD} userErrors {{ declineCode }}", clerk)
    assert [(one["code"], one["declineCode"]) for one in refused["userErrors"]] == [
        ("PAYMENT_DECLINED", "reader_stopped")
    ]


async def test_a_busy_reader_asks_for_one_card_at_a_time(shop: Shop) -> None:
    clerk, (reader_id, device_id) = await shop.associate(0), await reader(shop)
    first, second = await sale(shop, reader_id), await sale(shop, reader_id)
    await shop.done("orderCreate", first, SOLD, clerk)
    refused = await shop.do("orderCreate", second, f"{SOLD} userErrors {{ declineCode }}", clerk)
    assert [(one["code"], one["declineCode"]) for one in refused["userErrors"]] == [
        ("PAYMENT_DECLINED", "terminal_reader_busy")
    ]
    await hold(shop, device_id)
    assert (await shop.done("orderCreate", first, SOLD, clerk))["order"] is not None


async def test_only_a_known_device_is_registered_and_only_in_one_store(shop: Shop) -> None:
    unknown = await registered(shop, "tmr_unknown")
    assert [one["code"] for one in unknown["userErrors"]] == ["CARD_READER_UNKNOWN"]
    device_id = await device(shop)
    made = (await registered(shop, device_id))["cardReader"]
    assert (made["label"], made["location"]) == ("Counter", {"code": "LON-CG"})
    renamed = (await registered(shop, device_id, label=" Door "))["cardReader"]
    assert (renamed["id"], renamed["label"]) == (made["id"], "Door")
    taken = await registered(shop, device_id, "MAN-MS")
    assert [one["code"] for one in taken["userErrors"]] == ["CARD_READER_TAKEN"]
    empty = await registered(shop, device_id, label=" ")
    assert [one["code"] for one in empty["userErrors"]] == ["LABEL_INVALID"]
    removed = await shop.done(
        "cardReaderRemove", {"cardReaderId": made["id"]}, "cardReader { removedAt }", await shop.staff()
    )
    assert removed["cardReader"]["removedAt"] is not None
    clerk = await shop.associate(0)
    refused = await shop.do("orderCreate", await sale(shop, made["id"]), SOLD, clerk)
    assert [one["code"] for one in refused["userErrors"]] == ["CARD_READER_NOT_FOUND"]
    moved = (await registered(shop, device_id, "MAN-MS"))["cardReader"]
    assert (moved["id"], moved["location"]) == (made["id"], {"code": "MAN-MS"})
    elsewhere = await shop.do("orderCreate", await sale(shop, made["id"]), SOLD, clerk)
    assert [one["code"] for one in elsewhere["userErrors"]] == ["CARD_READER_NOT_FOUND"]
    both = await shop.post(
        "mutation($input: OrderCreateInput!) { orderCreate(input: $input) { replayed } }",
        {"input": await sale(shop, made["id"], paymentMethod="pm_card_visa")},
        clerk,
    )
    assert both.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
