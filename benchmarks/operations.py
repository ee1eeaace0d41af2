"""The operations that are measured, as real clients send them, and what each of them needs beforehand."""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from benchmarks.client import Client, WentWrong
from gateway.demo.load import PIN, STAFF_EMAIL, STAFF_PASSWORD, STORES

LIST = """query List($after: String) { products(first: 20, after: $after) { nodes { id title handle
  featuredMedia { url altText } priceRange { minimum { amount currencyCode } }
  variants(first: 1) { nodes { id sku price { amount currencyCode } totalAvailable } } }
  pageInfo { hasNextPage endCursor } } }"""
DETAIL = """query Detail($handle: String!) { product(handle: $handle) { id title handle description vendor
  media { url altText } options { name values }
  variants(first: 50) { nodes { id sku title price { amount currencyCode } compareAtPrice { amount }
    availability { available location { code name } } } } } }"""
ORDER = """query Order($id: ID!, $token: String) { order(id: $id, token: $token) { number status placedAt
  cost { subtotal { amount } tax { amount } total { amount currencyCode } }
  lines(first: 50) { nodes { title sku quantity unitPrice { amount } total { gross { amount } } } }
  payments { tender status amount { amount } captured { amount } }
  fulfillmentOrders { status method location { code name } lineItems { quantity orderLine { title } } }
  shipments { status trackingNumber } returns { number status } } }"""
CART = """cart { id version lines { id quantity cost { total { amount } } }
  cost { subtotal { amount } tax { amount } total { amount currencyCode } due { amount } } problems { code message } }"""
PLACED = """orderToken order { id number status fulfillmentOrders { id status } payments { status amount { amount } } }
  payment { status }"""
RETURNED = """return { number status settlements { refund { amount } } refunds { status amount { amount } } }"""
ORDERS = """query Orders($after: String) { orders(first: 50, after: $after, filter: {source: POS}) {
  nodes { id lines(first: 10) { nodes { id } } placeOfSale { id code } } pageInfo { endCursor hasNextPage } } }"""

PAGES = 25
HANDLES = 200


@dataclass
class State:
    """What preparations left for the operations."""

    credentials: Mapping[str, str]
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    cursors: list[str | None] = field(default_factory=lambda: [None])
    handles: list[str] = field(default_factory=list)
    variants: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    carts: list[dict[str, str]] = field(default_factory=list)
    orders: list[dict[str, str]] = field(default_factory=list)
    sold: list[tuple[str, list[str]]] = field(default_factory=list)
    till: str = ""


Step = Callable[[Client, State], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table: what it is called, its target in milliseconds of CPU, and how it is done once.

    `public` is what any guest is answered alike.
    """

    name: str
    title: str
    target_ms: float
    count: int
    prepare: Step
    run: Step
    public: bool = False


def _key() -> str:
    return str(uuid4())


async def _prepare_range(client: Client, state: State) -> None:
    while len(state.handles) < HANDLES:
        page = (await client.ask(LIST, {"after": state.cursors[-1]}))["products"]
        state.handles += [node["handle"] for node in page["nodes"]]
        state.variants += [node["variants"]["nodes"][0]["id"] for node in page["nodes"]]
        if len(state.cursors) < PAGES:
            state.cursors.append(page["pageInfo"]["endCursor"])
    found = await client.ask("{ locations(first: 50) { nodes { id code } } }", {})
    state.places = {node["code"]: node["id"] for node in found["locations"]["nodes"]}


async def _list(client: Client, state: State) -> None:
    await client.ask(LIST, {"after": state.cursors[next(state.numbers) % len(state.cursors)]})


async def _detail(client: Client, state: State) -> None:
    await client.ask(DETAIL, {"handle": state.handles[next(state.numbers) * 7 % len(state.handles)]})


def _lines(state: State, places: Sequence[str]) -> list[dict[str, object]]:
    """A line for each place to collect in, of another variant each time."""
    return [
        {
            "variantId": state.variants[next(state.numbers) * 7 % len(state.variants)],
            "quantity": 1,
            "pickupLocationId": state.places[code],
        }
        for code in places
    ]


async def _open_cart(client: Client) -> dict[str, str]:
    given = {"idempotencyKey": _key(), "lines": [], "email": "guest@bench.example"}
    made = await client.do("cartCreate", given, f"token {CART}")
    return {"cartId": made["cart"]["id"], "token": made["token"]}


async def _prepare_carts(client: Client, state: State) -> None:
    await _prepare_range(client, state)
    for _ in range(64):
        cart = await _open_cart(client)
        first = {**cart, "idempotencyKey": _key(), "lines": _lines(state, ["LON-CG", "LON-CG"])}
        await client.do("cartLinesAdd", first, CART)
        state.carts.append(cart)


async def _add(client: Client, state: State) -> None:
    number = next(state.numbers)
    line = {"variantId": state.variants[number % 3], "quantity": 1, "pickupLocationId": state.places["LON-CG"]}
    cart = state.carts[number % len(state.carts)]
    await client.do("cartLinesAdd", {**cart, "idempotencyKey": _key(), "lines": [line]}, CART)


async def _bought(client: Client, state: State, places: Sequence[str]) -> Any:
    cart = await _open_cart(client)
    await client.do("cartLinesAdd", {**cart, "idempotencyKey": _key(), "lines": _lines(state, places)}, CART)
    paying = {
        "cartId": cart["cartId"],
        "cartToken": cart["token"],
        "idempotencyKey": _key(),
        "paymentMethod": "pm_card_visa",
    }
    return await client.do("cartComplete", paying, PLACED)


async def _purchase(client: Client, state: State) -> None:
    paid = await _bought(client, state, ["LON-CG", "LON-CG"])
    if paid["order"] is None:
        raise WentWrong(str(paid))


async def _prepare_orders(client: Client, state: State) -> None:
    await _prepare_range(client, state)
    for _ in range(8):
        paid = await _bought(client, state, ["LON-CG", "LON-CG", "LON-CG", "MAN-MS", "MAN-MS"])
        state.orders.append({"id": paid["order"]["id"], "token": paid["orderToken"]})


async def _order(client: Client, state: State) -> None:
    await client.ask(ORDER, state.orders[next(state.numbers) % len(state.orders)])


async def _prepare_returns(client: Client, state: State) -> None:
    found = await client.ask("{ locations(first: 50) { nodes { id code } } }", {})
    state.places = {node["code"]: node["id"] for node in found["locations"]["nodes"]}
    credential = state.credentials[STORES[0]]
    given = {"terminalCredential": credential, "staffCode": "LON1", "pin": PIN}
    signed_in = await client.do("associateSignIn", given, "grant { accessToken }")
    state.till = signed_in["grant"]["accessToken"]
    await _fill_drawer(client, state.till)
    office = await client.do("staffSignIn", {"email": STAFF_EMAIL, "password": STAFF_PASSWORD}, "grant { accessToken }")
    after: str | None = None
    while len(state.sold) < 1_000:
        page = (await client.ask(ORDERS, {"after": after}, office["grant"]["accessToken"]))["orders"]
        state.sold += [(node["id"], [line["id"] for line in node["lines"]["nodes"]]) for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break


async def _fill_drawer(client: Client, till: str) -> None:
    """What was sold at all tills for cash comes back at this one."""
    drawer = (await client.ask("{ registerSession { id } }", {}, till))["registerSession"]["id"]
    change = {"kind": "PAID_IN", "amount": {"amount": "100000.00", "currencyCode": "GBP"}, "reason": "returns to come"}
    given = {"idempotencyKey": _key(), "registerSessionId": drawer, **change}
    await client.do("cashMovementCreate", given, "replayed", till)


async def _return(client: Client, state: State) -> None:
    """One unit of the next order comes back: the newest orders first, a line of each in turn."""
    for _ in state.sold:
        order_id, lines = state.sold[next(state.numbers) % len(state.sold)]
        if lines:
            break
    else:
        raise WentWrong("every unit was taken back; seed more orders")
    line = lines.pop()
    given = {
        "idempotencyKey": _key(),
        "orderId": order_id,
        "locationId": state.places[STORES[0]],
        "lines": [{"orderLineId": line, "quantity": 1}],
    }
    await client.do("returnCreateAndProcess", given, RETURNED, state.till)


OPERATIONS = (
    Operation(
        "list",
        "list of 20 products: price, thumbnail, first variant with stock",
        1.5,
        320,
        _prepare_range,
        _list,
        public=True,
    ),
    Operation(
        "detail",
        "product with all variants, prices and stock per store",
        1.0,
        320,
        _prepare_range,
        _detail,
        public=True,
    ),
    Operation("add", "`cartLinesAdd` with the cart's cost and problems", 5.0, 160, _prepare_carts, _add),
    Operation("purchase", "a guest's purchase, empty cart to placed order", 25.0, 48, _prepare_range, _purchase),
    Operation("order", "order with 5 lines, 2 fulfillments, payments, returns", 2.5, 320, _prepare_orders, _order),
    Operation("return", "`returnCreateAndProcess` with refund, restock, points", 10.0, 64, _prepare_returns, _return),
)
