"""Search finds the same in the same order on both engines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.catalog import search_store, service, store
from domain.catalog.documents import ProductHit
from domain.catalog.model import (
    NewCategory,
    NewCollection,
    NewPrice,
    NewProduct,
    NewVariant,
    ProductChange,
    ProductFilter,
    ProductSearch,
    ProductSort,
    SalesChannel,
)
from domain.connections import WriteConnection
from domain.paging import Page
from tests.catalog import shop
from tests.conftest import NOW


def titles(conn: WriteConnection, asked: ProductSearch, page: Page | None = None) -> list[str]:
    ids = [hit.head.product_id for hit in search_store.search(conn, asked, page or Page(50)).items]
    found = store.products(conn, ids)
    return [found[product_id].title for product_id in ids]


@pytest.fixture
def web(conn: WriteConnection, act: Act) -> SalesChannel:
    return shop.channels(conn, act).gb


def test_titles_come_before_other_matches_then_by_title(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    for title in ("Zinc Teapot", "Tea Towel", "Cosy"):
        shop.product(conn, act, web, title)
    cosy = store.products_by_handle(conn, ["cosy"])["cosy"]
    service.update_product(conn, ProductChange(cosy.id, description="Keeps tea warm."), act)
    assert titles(conn, ProductSearch(web.id, "TEA")) == ["Tea Towel", "Zinc Teapot", "Cosy"]
    assert titles(conn, ProductSearch(web.id, "TEA", reverse=True)) == ["Cosy", "Zinc Teapot", "Tea Towel"]


@pytest.mark.parametrize(
    "text",
    ["creme brulee", "CRÈME", "brûlée dish", "dish creme", "cr b d", "creme-brulee", "wärme", "warme", "日本", "日"],
)
def test_words_match_whatever_their_accents_case_order_and_ending(
    conn: WriteConnection, act: Act, web: SalesChannel, text: str
) -> None:
    made = shop.product(conn, act, web, "Crème Brûlée Dish")
    service.update_product(conn, ProductChange(made.id, description="Wärme aus 日本."), act)
    shop.product(conn, act, web, "Other")
    assert titles(conn, ProductSearch(web.id, text)) == ["Crème Brûlée Dish"]


def test_every_word_must_match(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    shop.product(conn, act, web, "Blue Mug")
    assert titles(conn, ProductSearch(web.id, "blue plate")) == []
    assert titles(conn, ProductSearch(web.id, "lue")) == []


@pytest.mark.parametrize(
    "text",
    [
        '"', "'", "a OR b", "NOT mug", 'title : "mug"', "mug*", "mug')", "mug & !blue", "a\\", "\x00", "\ud800", "%",
        "NEAR(a b)", "{title}:x", "^mug", "--", "'; DROP TABLE product; --", "(" * 500, "mug " * 5000, "🤖", "x" * 5000,
    ],
)  # fmt: skip
def test_hostile_text_finds_nothing_and_harms_nothing(
    conn: WriteConnection, act: Act, web: SalesChannel, text: str
) -> None:
    shop.product(conn, act, web, "Tray")
    assert titles(conn, ProductSearch(web.id, text)) == []
    assert titles(conn, ProductSearch(web.id, "tray")) == ["Tray"]


def test_codes_vendors_and_options_are_found(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    service.create_product(conn, shop.jumper(web), act)
    for text in ("JMP-S", "jmp m", "9520000000004", "09520000000004", "wharf", "knitwear", "undyed wool", "winter"):
        assert titles(conn, ProductSearch(web.id, text)) == ["Harbour Jumper"], text


def test_a_changed_product_is_found_by_its_new_words_only(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    made = shop.product(conn, act, web, "Blue Mug")
    service.update_product(conn, ProductChange(made.id, title="Green Cup"), act)
    assert titles(conn, ProductSearch(web.id, "blue")) == []
    assert titles(conn, ProductSearch(web.id, "green")) == ["Green Cup"]


def test_only_what_the_channel_shows_is_listed(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    shop.product(conn, act, web, "Shown")
    hidden = shop.product(conn, act, web, "Hidden")
    service.unpublish(conn, [hidden.id], web.id, act)
    assert titles(conn, ProductSearch(web.id)) == ["Shown"]
    everything = ProductSearch(web.id, wanted=ProductFilter(published=False))
    assert titles(conn, everything) == ["Hidden", "Shown"]
    assert search_store.count(conn, everything) == 2
    assert search_store.count(conn, ProductSearch(web.id)) == 1


def test_a_category_includes_those_below_it(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    home = service.create_category(conn, NewCategory("home", "Home"), act)
    kitchen = service.create_category(conn, NewCategory("kitchen", "Kitchen", home.id), act)
    garden = service.create_category(conn, NewCategory("garden", "Garden"), act)
    for title, category in (("Bowl", kitchen), ("Rug", home), ("Spade", garden)):
        made = shop.product(conn, act, web, title)
        service.update_product(conn, ProductChange(made.id, category_id=category.id), act)
    assert titles(conn, ProductSearch(web.id, wanted=ProductFilter(category_id=home.id))) == ["Bowl", "Rug"]
    assert titles(conn, ProductSearch(web.id, wanted=ProductFilter(category_id=kitchen.id))) == ["Bowl"]


def test_filters_narrow_by_what_one_variant_is_and_costs(conn: WriteConnection, act: Act, web: SalesChannel) -> None:
    summer = service.create_collection(conn, NewCollection("summer", "Summer"), act)
    sizes = tuple(
        NewVariant(options=(("Size", size), ("Color", color)), prices=(NewPrice(web.id, price),))
        for size, color, price in (("S", "Navy Blue", 2000), ("M", "Navy Blue", 3000), ("S", "Red", 5000))
    )
    shirt = NewProduct("shirt", "Shirt", sizes, vendor="Loom", product_type="Tops", tags=("New In",))
    service.create_product(conn, replace(shirt, collection_ids=(summer.id,), published_in=(web.id,)), act)
    shop.product(conn, act, web, "Mug", 500)

    def found(**wanted: object) -> list[str]:
        return titles(conn, ProductSearch(web.id, wanted=ProductFilter(**wanted)))  # type: ignore[arg-type]

    assert found(vendors=("Loom", "Else")) == ["Shirt"]
    assert found(product_types=("Tops",)) == ["Shirt"]
    assert found(tags=("new in",)) == ["Shirt"]
    assert found(collection_id=summer.id) == ["Shirt"]
    assert found(price_max_minor=500) == ["Mug"]
    assert found(price_min_minor=3001, price_max_minor=4999) == []
    assert found(options={"size": ("s",), "COLOR": ("navy blue", "red")}) == ["Shirt"]
    assert found(options={"Size": ("M",), "Color": ("Red",)}) == []
    assert found(options={"Size": ("S",)}, price_min_minor=3000, price_max_minor=4000) == []
    assert found(options={"Size": ("M",)}, price_min_minor=3000, price_max_minor=3000) == ["Shirt"]


@pytest.mark.parametrize("sort", list(ProductSort))
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("text", ["", "cup"])
def test_pages_of_any_order_join_to_the_whole_list(
    conn: WriteConnection, make_act: Callable[..., Act], web: SalesChannel, sort: ProductSort, reverse: bool, text: str
) -> None:
    for index, (title, price) in enumerate((("Cup", 3), ("Éclair Cup", 1), ("cup", 2), ("Apple Cup", 2), ("Zebra", 2))):
        act = make_act(at=NOW + timedelta(minutes=index // 2))
        new = NewProduct(f"p{index}", title, (NewVariant(prices=(NewPrice(web.id, price),)),), published_in=(web.id,))
        service.create_product(conn, replace(new, description="A cup"), act)
    asked = ProductSearch(web.id, text, sort=sort, reverse=reverse)
    whole = search_store.search(conn, asked, Page(50)).items
    assert len(whole) == 5
    forwards: list[ProductHit] = []
    after = None
    while True:
        part = search_store.search(conn, asked, Page(2, after=after))
        forwards += part.items
        if not part.has_next:
            break
        after = part.items[-1].key
    backwards: list[ProductHit] = []
    before = None
    while True:
        part = search_store.search(conn, asked, Page(2, before=before, backwards=True))
        backwards = [*part.items, *backwards]
        if not part.has_previous:
            break
        before = part.items[0].key
    assert forwards == list(whole)
    assert backwards == list(whole)


def test_sorts_order_by_price_and_by_age(
    conn: WriteConnection, make_act: Callable[..., Act], web: SalesChannel
) -> None:
    for minute, (title, price) in enumerate((("B", 200), ("A", 300), ("C", 100))):
        shop.product(conn, make_act(at=NOW + timedelta(minutes=minute)), web, title, price)
    assert titles(conn, ProductSearch(web.id, sort=ProductSort.TITLE)) == ["A", "B", "C"]
    assert titles(conn, ProductSearch(web.id, sort=ProductSort.PRICE)) == ["C", "B", "A"]
    assert titles(conn, ProductSearch(web.id, sort=ProductSort.PRICE, reverse=True)) == ["A", "B", "C"]
    assert titles(conn, ProductSearch(web.id, sort=ProductSort.NEWEST)) == ["C", "A", "B"]
    assert titles(conn, ProductSearch(web.id, sort=ProductSort.NEWEST, reverse=True)) == ["B", "A", "C"]
