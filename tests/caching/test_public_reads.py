"""Public reads through the API: kept, revalidated, varied by channel, and never older than an acknowledged write."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from gateway.caching.classifying import Classifier
from resolvers.public_reads import PUBLIC_FIELDS
from tests.api.schema import core_schema
from tests.api.shop import Shop, running_shop

pytestmark = pytest.mark.anyio

DETAIL = """{ product(handle: "anchor-t-shirt") { title variants(first: 3) { nodes { sku price { amount }
  totalAvailable availability { available location { code } } } } } }"""
LIST = "{ products(first: 5) { nodes { handle priceRange { minimum { amount } } } } }"
PRIVATE = '{ product(handle: "anchor-t-shirt") { title publications { publishedAt } } }'
WRITERS = 3
KEPT_BYTES = 10_000_000


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    kept: int = getattr(request, "param", KEPT_BYTES)
    # A stopped clock: nothing grows old, and the feed's newest reading stays recent however slow the machine is.
    async with running_shop(database_url, tmp_path, seconds=lambda: 0.0, cache_bytes_max=kept) as running:
        yield running


def outcomes(shop: Shop) -> dict[str, int]:
    counter = shop.process.metrics.public_reads
    return {name: int(counter.labels(name)._value.get()) for name in ("hit", "miss", "joined")}


async def get(shop: Shop, query: str, **headers: str) -> httpx.Response:
    return await shop.http.get("/graphql", params={"query": query}, headers=headers)


def test_every_public_field_exists() -> None:
    schema = core_schema()
    for name, fields in PUBLIC_FIELDS.items():
        owner: Any = schema.get_type(name)
        assert set(fields) <= set(owner.fields), name


@pytest.mark.parametrize(
    ("query", "parts", "roots"),
    [
        (DETAIL, {"product", "stock", "locations", "price"}, 1),
        (LIST, {"catalog", "price"}, 0),
        (
            '{ a: product(id: "1") { ...P } b: product(id: "2") { ...P } } fragment P on Product { title }',
            {"product"},
            2,
        ),
        ("{ collections { nodes { products { nodes { title } } } } }", {"catalog"}, 0),
    ],
)
def test_a_public_operation_says_what_it_is_made_from(query: str, parts: set[str], roots: int) -> None:
    from graphql import parse

    document = parse(query)
    operation: Any = document.definitions[0]
    plan = Classifier(core_schema(), document).classify(operation)
    assert plan is not None
    assert ({part.value for part in plan.parts}, plan.product_roots) == (parts, roots)


@pytest.mark.parametrize(
    "query",
    [
        PRIVATE,
        "{ me { id } }",
        '{ product(id: "1") { title } me { id } }',
        '{ node(id: "1") { ... on Product { title } } }',
        "{ locations { nodes { openingHours { isOpen } } } }",
        "{ products { nodes { variants { nodes { availability { onHand } } } } } }",
        'mutation { cartCreate(input: {idempotencyKey: "a"}) { cart { id } } }',
        "{ __schema { queryType { name } } }",
        "{ __typename }",
    ],
)
def test_whatever_is_not_declared_is_private(query: str) -> None:
    from graphql import parse

    document = parse(query)
    operation: Any = document.definitions[0]
    assert Classifier(core_schema(), document).classify(operation) is None


async def test_a_get_is_kept_and_revalidated_by_its_tag(shop: Shop) -> None:
    first = await get(shop, LIST)
    assert (first.status_code, first.headers["cache-control"]) == (200, "public, no-cache")
    assert first.headers["vary"] == "accept, authorization, tillway-channel, tillway-client"
    again = await get(shop, LIST)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert outcomes(shop) == {"hit": 1, "miss": 1, "joined": 0}
    for given in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        unchanged = await get(shop, LIST, **{"if-none-match": given})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    changed = await get(shop, LIST, **{"if-none-match": '"other"'})
    assert changed.status_code == 200
    posted = await shop.post(LIST)
    assert (posted.content, posted.headers["cache-control"]) == (first.content, "no-store")


async def test_what_is_private_is_neither_kept_nor_stored_by_others(shop: Shop) -> None:
    answer = await get(shop, PRIVATE)
    assert (answer.status_code, answer.headers["cache-control"], "etag" in answer.headers) == (200, "no-store", False)
    office = await shop.staff()
    seen = await get(shop, LIST, authorization=f"Bearer {office}")
    assert seen.headers["cache-control"] == "no-store"
    assert outcomes(shop) == {"hit": 0, "miss": 0, "joined": 0}


async def test_an_answer_with_errors_is_not_kept(shop: Shop) -> None:
    wrong = '{ products(first: 5, after: "nope") { nodes { title } } }'
    for _ in range(2):
        assert (await shop.post(wrong)).json()["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"
    assert outcomes(shop)["hit"] == 0


async def variant(shop: Shop) -> dict[str, Any]:
    query = '{ product(handle: "anchor-t-shirt") { id title variants(first: 1) { nodes { id } } } }'
    found: dict[str, Any] = (await shop.ask(query))["product"]
    return found


async def test_a_change_is_seen_by_the_next_reader_and_leaves_other_products_kept(shop: Shop) -> None:
    office, product = await shop.staff(), await variant(shop)
    other = '{ product(handle: "harbor-mug") { title } }'
    title = '{ product(handle: "anchor-t-shirt") { title } }'
    for query in (title, other, LIST):
        await shop.post(query)
    given = {"productId": product["id"], "title": "Anchor Tee"}
    await shop.done("productUpdate", given, "product { title }", office, keyed=False)
    before = outcomes(shop)
    assert (await shop.ask(title))["product"]["title"] == "Anchor Tee"
    await shop.ask(other)
    await shop.ask(LIST)
    after = outcomes(shop)
    assert (after["hit"] - before["hit"], after["miss"] - before["miss"]) == (1, 2)


async def test_every_field_that_shows_stock_shows_a_correction_at_once(shop: Shop) -> None:
    office, product = await shop.staff(), await variant(shop)
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    given = {"variantId": product["variants"]["nodes"][0]["id"], "locationId": place, "delta": 1, "reason": "FOUND"}
    fields = ("totalAvailable", f'availability(locationIds: ["{place}"]) {{ available }}')
    for field in fields:
        for root in ('product(handle: "anchor-t-shirt")', "products(first: 60)"):
            inside = f"variants(first: 1) {{ nodes {{ sku {field} }} }}"
            query = f"{{ {root} {{ {inside if root.startswith('product(') else f'nodes {{ {inside} }}'} }} }}"
            first = await shop.post(query)
            assert (await shop.post(query)).content == first.content
            await shop.done("inventoryAdjust", given, "availability { available }", office)
            assert (await shop.post(query)).content != first.content


@pytest.mark.parametrize("shop", [KEPT_BYTES, 0], indirect=True, ids=["answers kept", "statements shared"])
async def test_no_reader_sees_less_than_was_acknowledged_before_it_asked(shop: Shop) -> None:
    """Three writers of one product, readers of detail and list, all at once on the real application."""
    office, product = await shop.staff(), await variant(shop)
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    sku = product["variants"]["nodes"][0]["id"]
    detail = '{ product(handle: "anchor-t-shirt") { variants(first: 1) { nodes { totalAvailable } } } }'
    start = (await shop.ask(detail))["product"]["variants"]["nodes"][0]["totalAvailable"]
    acknowledged, seen, writing = 0, [], WRITERS

    async def write() -> None:
        nonlocal acknowledged, writing
        given = {"variantId": sku, "locationId": place, "delta": 1, "reason": "FOUND"}
        for _ in range(8):
            await shop.done("inventoryAdjust", given, "availability { available }", office)
            acknowledged += 1
        writing -= 1

    async def read() -> None:
        while writing:
            least = start + acknowledged
            answer = (await shop.ask(detail))["product"]["variants"]["nodes"][0]["totalAvailable"]
            seen.append((least, answer))
            await anyio.lowlevel.checkpoint()  # a kept answer suspends nowhere, and the writers must come to run

    async with anyio.create_task_group() as group:
        for _ in range(WRITERS):
            group.start_soon(write)
        for _ in range(6):
            group.start_soon(read)
    assert [pair for pair in seen if pair[1] < pair[0]] == []
    assert (await shop.ask(detail))["product"]["variants"]["nodes"][0]["totalAvailable"] == start + 24
