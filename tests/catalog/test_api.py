"""The catalog over GraphQL."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.catalog import model, service, store
from domain.catalog.model import NewCategory, NewCollection, NewProduct, NewVariant, ProductChange
from domain.connections import WriteConnection
from gateway.database import Database, open_database
from resolvers.context import Context
from resolvers.documents import DocumentCache
from resolvers.ids import global_id
from tests.catalog import shop
from tests.catalog.api import HEAD_OFFICE, SCHEMA, Api, stocked
from tests.conftest import Statements


@pytest.fixture
def api(make_context: Callable[..., Context]) -> Api:
    return Api(make_context)


@pytest.fixture
async def here(db: Database, make_act: Callable[..., Act]) -> shop.Channels:
    return await db.write(lambda conn: shop.channels(conn, make_act()))


LIST = """query($first: Int!) { products(first: $first) { nodes {
  title variants(first: 1) { nodes { title price { amount currencyCode } unavailableReason totalAvailable
    availability { available } } } } } }"""

DETAIL = """query { product(handle: "p0") { title options { name values } priceRange { minimum { amount } }
  variants { nodes { title price { amount } compareAtPrice { amount } totalAvailable } } } }"""


@pytest.mark.anyio
@pytest.mark.parametrize("first", [1, 20])
async def test_a_list_with_price_and_stock_is_four_statements_whatever_its_length(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels, statements: Statements, first: int
) -> None:
    await db.write(lambda conn: stocked(conn, make_act(), here, 20))
    shopper = Actor(ActorKind.GUEST, "guest", sales_channel_id=here.gb.id)
    statements.clear()
    data = await api(LIST, shopper, first=first)
    assert len(statements) == 4
    nodes = data["products"]["nodes"]  # type: ignore[index]
    assert len(nodes) == first
    small = {
        "title": "S",
        "price": {"amount": "10.00", "currencyCode": "GBP"},
        "unavailableReason": None,
        "totalAvailable": 5,
        "availability": [{"available": 5}],
    }
    assert nodes[0] == {"title": "Product 00", "variants": {"nodes": [small]}}


@pytest.mark.anyio
async def test_a_product_with_variants_prices_and_stock_is_three_statements(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels, statements: Statements
) -> None:
    await db.write(lambda conn: stocked(conn, make_act(), here, 1))
    shopper = Actor(ActorKind.GUEST, "guest", sales_channel_id=here.gb.id)
    statements.clear()
    data = await api(DETAIL, shopper)
    assert len(statements) == 3
    assert data["product"] == {
        "title": "Product 00",
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "priceRange": {"minimum": {"amount": "10.00"}},
        "variants": {
            "nodes": [
                {"title": size, "price": {"amount": "10.00"}, "compareAtPrice": None, "totalAvailable": 5}
                for size in ("S", "M")
            ]
        },
    }


@pytest.mark.anyio
@pytest.mark.parametrize("count", [1, 20])
async def test_the_channels_of_every_publication_are_one_statement(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels, statements: Statements, count: int
) -> None:
    await db.write(lambda conn: stocked(conn, make_act(), here, count))
    seller = Actor(ActorKind.STAFF, "staff", scopes=frozenset({Scope.READ_PRODUCTS}), sales_channel_id=here.gb.id)
    statements.clear()
    data = await api("{ products(first: 20) { nodes { publications { salesChannel { handle } } } } }", seller)
    assert len([text for text in statements if "FROM sales_channel" in text]) == 1
    assert len(statements) == 3
    assert data == {"products": {"nodes": [{"publications": [{"salesChannel": {"handle": "web-gb"}}]}] * count}}


@pytest.mark.anyio
async def test_what_a_process_remembers_is_never_older_than_a_write_of_another(
    db: Database,
    database_url: str,
    make_act: Callable[..., Act],
    make_context: Callable[..., Context],
    here: shop.Channels,
    statements: Statements,
) -> None:
    await db.write(lambda conn: stocked(conn, make_act(), here, 2))
    product = (await db.read(lambda conn: store.products_by_handle(conn, ["p0"])))["p0"]
    (small, _) = (await db.read(lambda conn: store.variants_of_products(conn, [product.id])))[product.id]
    memory = DocumentCache()

    async def seen() -> list[tuple[str, list[str | None]]]:
        shopper = Actor(ActorKind.GUEST, "guest", sales_channel_id=here.gb.id)
        context = replace(make_context(shopper), documents=memory)
        text = "{ products { nodes { title variants { nodes { price { amount } } } } } }"
        result = await SCHEMA.execute(text, context_value=context)
        assert result.data is not None
        return [
            (node["title"], [one["price"] and one["price"]["amount"] for one in node["variants"]["nodes"]])
            for node in result.data["products"]["nodes"]
        ]

    await seen()
    statements.clear()
    assert await seen() == [("Product 00", ["10.00", "10.00"]), ("Product 01", ["10.01", "10.01"])]
    assert len(statements) == 1
    other = open_database(database_url)
    dear = model.VariantPrice(small.id, here.gb.id, 9900)
    await other.write(lambda conn: service.set_prices(conn, [dear], make_act()))
    assert await seen() == [("Product 00", ["99.00", "10.00"]), ("Product 01", ["10.01", "10.01"])]
    await other.write(lambda conn: service.update_product(conn, ProductChange(product.id, title="Zebra"), make_act()))
    assert await seen() == [("Product 01", ["10.01", "10.01"]), ("Zebra", ["99.00", "10.00"])]
    await other.write(lambda conn: service.unpublish(conn, [product.id], here.gb.id, make_act()))
    assert await seen() == [("Product 01", ["10.01", "10.01"])]
    await other.close()


@pytest.mark.anyio
async def test_what_a_channel_does_not_show_is_as_if_absent_but_head_office_sees_it(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels
) -> None:
    def prepare(conn: WriteConnection) -> tuple[str, str]:
        made = service.create_product(conn, shop.jumper(here.gb), make_act())
        service.unpublish(conn, [made.id], here.gb.id, make_act())
        variant = store.variants_of_products(conn, [made.id])[made.id][0]
        return global_id("Product", made.id), global_id("ProductVariant", variant.id)

    product_id, variant_id = await db.write(prepare)
    text = """query($p: ID!, $v: ID!) { product(id: $p) { title } productVariant(id: $v) { sku }
      nodes(ids: [$p, $v]) { id } bySku: productVariant(sku: "JMP-S") { sku }
      byGtin: productVariant(gtin: "9520000000004") { sku } }"""
    hidden = await api(text, p=product_id, v=variant_id)
    assert hidden == {
        "product": None, "productVariant": None, "nodes": [None, None], "bySku": None, "byGtin": None
    }  # fmt: skip
    seen = await api(text, HEAD_OFFICE, p=product_id, v=variant_id)
    assert seen == {
        "product": {"title": "Harbour Jumper"},
        "productVariant": {"sku": "JMP-S"},
        "nodes": [{"id": product_id}, {"id": variant_id}],
        "bySku": {"sku": "JMP-S"},
        "byGtin": {"sku": "JMP-S"},
    }
    everything = "{ products(filter: {includeUnpublished: true}) { totalCount } }"
    assert await api.code(everything) == "UNAUTHENTICATED"
    assert await api(everything, HEAD_OFFICE) == {"products": {"totalCount": 1}}
    assert await api("{ products { totalCount } }", HEAD_OFFICE) == {"products": {"totalCount": 0}}


@pytest.mark.anyio
async def test_a_missing_price_says_why(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels
) -> None:
    await db.write(lambda conn: service.create_product(conn, shop.jumper(here.gb), make_act()))
    text = """{ product(handle: "harbour-jumper") { unavailableReason publications { publishedAt } variants { nodes {
      price { amount } compareAtPrice { amount } unavailableReason image { altText } prices { price { amount } } } } } }"""
    sold, unpriced = (await api(text))["product"]["variants"]["nodes"]  # type: ignore[index]
    assert sold == {
        "price": {"amount": "65.00"}, "compareAtPrice": {"amount": "80.00"}, "unavailableReason": None,
        "image": {"altText": "Front"}, "prices": None,
    }  # fmt: skip
    assert unpriced == {
        "price": None, "compareAtPrice": None, "unavailableReason": "NOT_PRICED", "image": {"altText": ""},
        "prices": None,
    }  # fmt: skip
    french = Actor(ActorKind.STAFF, "s", sales_channel_id=here.eu.id, scopes=frozenset({Scope.READ_PRODUCTS}))
    product = (await api(text, french))["product"]
    assert product["unavailableReason"] == "NOT_PUBLISHED"  # type: ignore[index]
    assert product["variants"]["nodes"][0]["prices"] == [{"price": {"amount": "65.00"}}]  # type: ignore[index]
    assert product["variants"]["nodes"][0]["unavailableReason"] == "NOT_PUBLISHED"  # type: ignore[index]


SEARCH = """query($q: String, $f: ProductFilterInput, $k: ProductSortKey!, $after: String) {
  products(query: $q, filter: $f, sortKey: $k, first: 2, after: $after) {
    totalCount nodes { title } pageInfo { hasNextPage endCursor } } }"""


@pytest.mark.anyio
async def test_search_filters_sorts_and_pages(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels
) -> None:
    def prepare(conn: WriteConnection) -> str:
        tea = service.create_category(conn, NewCategory("tea", "Tea"), make_act())
        for title, price in (("Green Tea", 450), ("Black Tea", 399), ("Tea Pot", 2400), ("Mug", 800)):
            made = shop.product(conn, make_act(), here.gb, title, price)
            if title.endswith("Tea"):
                service.update_product(conn, ProductChange(made.id, category_id=tea.id), make_act())
        return global_id("Category", tea.id)

    tea_id = await db.write(prepare)

    async def titles(**variables: object) -> list[str]:
        data = await api(SEARCH, GUEST, **variables)
        return [node["title"] for node in data["products"]["nodes"]]  # type: ignore[index]

    assert await titles(q="tea", k="RELEVANCE") == ["Black Tea", "Green Tea"]
    assert await titles(k="PRICE", f={"priceMinimum": "4.495"}) == ["Green Tea", "Mug"]
    assert await titles(k="PRICE", f={"priceMaximum": "4.50"}) == ["Black Tea", "Green Tea"]
    assert await titles(k="TITLE", f={"categoryId": tea_id}) == ["Black Tea", "Green Tea"]
    first = (await api(SEARCH, q="tea", k="PRICE"))["products"]
    assert first["totalCount"] == 3  # type: ignore[index]
    cursor = first["pageInfo"]["endCursor"]  # type: ignore[index]
    assert await titles(q="tea", k="PRICE", after=cursor) == ["Tea Pot"]
    assert await api.code(SEARCH, q="tea", k="TITLE", after=cursor) == "INVALID_CURSOR"
    assert await api.code(SEARCH, q="x" * 1001, k="TITLE") == "BAD_USER_INPUT"
    assert await api.code(SEARCH, k="TITLE", f={"vendors": ["\x00"]}) == "BAD_USER_INPUT"


@pytest.mark.anyio
async def test_categories_and_collections_lead_to_their_products(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels
) -> None:
    def prepare(conn: WriteConnection) -> None:
        home = service.create_category(conn, NewCategory("home", "Home"), make_act())
        kitchen = service.create_category(conn, NewCategory("kitchen", "Kitchen", home.id), make_act())
        gifts = service.create_collection(conn, NewCollection("gifts", "Gifts"), make_act())
        new = NewProduct(
            "bowl", "Bowl", (NewVariant(),), category_id=kitchen.id, collection_ids=(gifts.id,),
            published_in=(here.gb.id,),
        )  # fmt: skip
        service.create_product(conn, new, make_act())

    await db.write(prepare)
    data = await api("""{ categories { name children { name ancestors { name } parent { name } }
      products { nodes { title category { name } collections { handle } } } }
      collections { nodes { title products { totalCount } } } collection(handle: "gifts") { description }
      category(handle: "kitchen") { products(sortKey: NEWEST) { nodes { title } } } }""")
    assert data == {
        "categories": [
            {
                "name": "Home",
                "children": [{"name": "Kitchen", "ancestors": [{"name": "Home"}], "parent": {"name": "Home"}}],
                "products": {
                    "nodes": [{"title": "Bowl", "category": {"name": "Kitchen"}, "collections": [{"handle": "gifts"}]}]
                },
            }
        ],
        "collections": {"nodes": [{"title": "Gifts", "products": {"totalCount": 1}}]},
        "collection": {"description": ""},
        "category": {"products": {"nodes": [{"title": "Bowl"}]}},
    }


CREATE = """mutation($input: ProductCreateInput!) { productCreate(input: $input) {
  product { id handle variants { nodes { id sku gtin price { amount } } } } replayed userErrors { code field } } }"""


@pytest.mark.anyio
async def test_a_product_is_created_once_for_a_key(api: Api, here: shop.Channels) -> None:
    channel_id = global_id("SalesChannel", here.gb.id)
    price = {"salesChannelId": channel_id, "price": {"amount": "12.50", "currencyCode": "GBP"}}
    wanted = {
        "idempotencyKey": "k1",
        "handle": "mug",
        "title": "Mug",
        "variants": [{"sku": "MUG", "gtin": "9520000000004", "prices": [price]}],
        "publishIn": [channel_id],
    }
    first = (await api(CREATE, HEAD_OFFICE, input=wanted))["productCreate"]
    assert first["product"]["variants"]["nodes"][0]["price"] == {"amount": "12.50"}  # type: ignore[index]
    assert (first["replayed"], first["userErrors"]) == (False, [])  # type: ignore[index]
    again = (await api(CREATE, HEAD_OFFICE, input=wanted))["productCreate"]
    assert (again["product"], again["replayed"]) == (first["product"], True)  # type: ignore[index]
    other = (await api(CREATE, HEAD_OFFICE, input=wanted | {"title": "Cup"}))["productCreate"]
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"  # type: ignore[index]
    taken = (await api(CREATE, HEAD_OFFICE, input=wanted | {"idempotencyKey": "k2"}))["productCreate"]
    assert taken == {
        "product": None, "replayed": False, "userErrors": [{"code": "HANDLE_TAKEN", "field": ["input", "handle"]}]
    }  # fmt: skip
    euros = price | {"price": {"amount": "1", "currencyCode": "EUR"}}
    wrong = wanted | {"idempotencyKey": "k3", "handle": "x", "variants": [{"prices": [euros]}]}
    mismatch = (await api(CREATE, HEAD_OFFICE, input=wrong))["productCreate"]
    assert mismatch["userErrors"][0]["code"] == "CURRENCY_MISMATCH"  # type: ignore[index]
    assert await api.code(CREATE, input=wanted) == "UNAUTHENTICATED"
    reader = Actor(ActorKind.STAFF, "reader", scopes=frozenset({Scope.READ_PRODUCTS}))
    assert await api.code(CREATE, reader, input=wanted) == "FORBIDDEN"


@pytest.mark.anyio
async def test_head_office_changes_prices_publications_and_texts(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels
) -> None:
    def prepare(conn: WriteConnection) -> tuple[str, str]:
        made = shop.product(conn, make_act(), here.gb, "Mug")
        (variant,) = store.variants_of_products(conn, [made.id])[made.id]
        return global_id("Product", made.id), global_id("ProductVariant", variant.id)

    product_id, variant_id = await db.write(prepare)
    text = """mutation($p: ID!, $v: ID!, $c: ID!, $price: MoneyInput) {
      productUpdate(input: {productId: $p, expectedVersion: 1, title: "Cup"}) { product { title version } }
      stale: productUpdate(input: {productId: $p, expectedVersion: 1, title: "Jug"}) { userErrors { code version } }
      variantPriceSet(input: {variantId: $v, salesChannelId: $c, price: $price}) {
        variant { price { amount } unavailableReason } userErrors { code } }
      productUnpublish(input: {productIds: [$p], salesChannelId: $c}) { products { publishedAt } }
      productPublish(input: {productIds: [$p], salesChannelId: $c}) { products { unavailableReason } }
      productVariantsAdd(input: {idempotencyKey: "a", productId: $p, variants: [{sku: "B"}]}) { userErrors { code } }
    }"""
    channel_id = global_id("SalesChannel", here.gb.id)
    seven = {"amount": "7", "currencyCode": "GBP"}
    assert await api(text, HEAD_OFFICE, p=product_id, v=variant_id, c=channel_id, price=seven) == {
        "productUpdate": {"product": {"title": "Cup", "version": 2}},
        "stale": {"userErrors": [{"code": "STALE_VERSION", "version": 2}]},
        "variantPriceSet": {"variant": {"price": {"amount": "7.00"}, "unavailableReason": None}, "userErrors": []},
        "productUnpublish": {"products": [{"publishedAt": None}]},
        "productPublish": {"products": [{"unavailableReason": None}]},
        "productVariantsAdd": {"userErrors": [{"code": "OPTIONS_TAKEN"}]},
    }
    off = """mutation($v: ID!, $c: ID!) { variantPriceSet(input: {variantId: $v, salesChannelId: $c}) {
      variant { price { amount } unavailableReason } } }"""
    assert await api(off, HEAD_OFFICE, v=variant_id, c=channel_id) == {
        "variantPriceSet": {"variant": {"price": None, "unavailableReason": "NOT_PRICED"}}
    }


@pytest.mark.anyio
async def test_channels_categories_and_collections_are_made_by_head_office(api: Api, here: shop.Channels) -> None:
    text = """mutation {
      salesChannelCreate(input: {handle: "till", name: "Tills", kind: POS, currencyCode: "GBP", pricesIncludeTax: true,
        defaultCountry: "GB"}) { salesChannel { handle currencyCode } userErrors { code } }
      categoryCreate(input: {handle: "tea", name: "Tea"}) { category { name } userErrors { code } }
      collectionCreate(input: {handle: "new in", title: "New"}) { collection { title } userErrors { code } } }"""
    assert await api(text, HEAD_OFFICE) == {
        "salesChannelCreate": {"salesChannel": {"handle": "till", "currencyCode": "GBP"}, "userErrors": []},
        "categoryCreate": {"category": {"name": "Tea"}, "userErrors": []},
        "collectionCreate": {"collection": None, "userErrors": [{"code": "HANDLE_INVALID"}]},
    }
    listed = await api("{ salesChannel { handle } salesChannels { handle } }", HEAD_OFFICE)
    assert listed == {
        "salesChannel": {"handle": "web-gb"},
        "salesChannels": [{"handle": "web-gb"}, {"handle": "web-eu"}, {"handle": "till"}],
    }
    assert await api.code("{ salesChannels { handle } }") == "UNAUTHENTICATED"


@pytest.mark.anyio
async def test_variants_come_in_pages_that_join_to_all_of_them(
    db: Database, make_act: Callable[..., Act], api: Api, here: shop.Channels
) -> None:
    sizes = tuple(NewVariant(options=(("Size", str(size)),)) for size in range(5))
    new = NewProduct("p", "P", sizes, published_in=(here.gb.id,))
    await db.write(lambda conn: service.create_product(conn, new, make_act()))
    text = """query($first: Int, $after: String, $last: Int, $before: String) { product(handle: "p") {
      variants(first: $first, after: $after, last: $last, before: $before) {
        nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def page(**span: object) -> tuple[list[str], dict[str, object]]:
        found = (await api(text, GUEST, **span))["product"]["variants"]  # type: ignore[index]
        return [node["title"] for node in found["nodes"]], found["pageInfo"]

    titles, info = await page(first=2)
    assert (titles, info["hasNextPage"], info["hasPreviousPage"]) == (["0", "1"], True, False)
    titles, info = await page(first=4, after=info["endCursor"])
    assert (titles, info["hasNextPage"], info["hasPreviousPage"]) == (["2", "3", "4"], False, True)
    titles, info = await page(last=1, before=info["startCursor"])
    assert (titles, info["hasNextPage"], info["hasPreviousPage"]) == (["1"], True, True)
    assert await api.code(text, after="WyJ2YXJpYW50cyIsIngiLDFd") == "INVALID_CURSOR"


@pytest.mark.anyio
async def test_a_look_up_names_one_key_and_without_any_finds_nothing(api: Api, here: shop.Channels) -> None:
    assert await api("{ product { id } productVariant { id } category { id } collection { id } }") == {
        "product": None,
        "productVariant": None,
        "category": None,
        "collection": None,
    }
    assert await api.code('{ productVariant(sku: "a", gtin: "b") { id } }') == "BAD_USER_INPUT"
    assert await api.code('{ productVariant(gtin: "9520000000005") { id } }') == "BAD_USER_INPUT"
    assert await api.code('{ product(id: "rubbish") { id } }') == "INVALID_ID"
    assert await api('{ product(handle: "\\u0000") { id } }') == {"product": None}
