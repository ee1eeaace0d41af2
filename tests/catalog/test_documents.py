"""A product's document is what the tables say, after every command and at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from domain.acts import Act
from domain.catalog import document_store, documents, service, store
from domain.catalog.model import (
    NewMedia,
    NewPrice,
    NewVariant,
    ProductAdditions,
    ProductChange,
    ProductId,
    VariantPrice,
)
from domain.connections import WriteConnection
from tests.catalog import shop
from tests.conftest import NOW


def document_of(conn: WriteConnection, product_id: ProductId) -> documents.ProductDocument:
    """The stored document, which must be what the tables say."""
    assert document_store.verify(conn) == []
    stored = document_store.documents(conn, [product_id])[product_id]
    return documents.decoded(stored.text)


def test_a_document_holds_the_product_as_the_tables_do(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    made = service.create_product(conn, shop.jumper(here.gb), act)
    found = document_of(conn, made.id)
    assert found.product == made
    assert found.variants == tuple(store.variants_of_products(conn, [made.id])[made.id])
    assert found.media == tuple(store.media_of_products(conn, [made.id])[made.id])
    assert found.publications == tuple(store.publications_of_products(conn, [made.id])[made.id])
    small = found.variants[0]
    assert found.prices == (VariantPrice(small.id, here.gb.id, 6500, 8000),)
    assert found.listings_of(small.id) == store.prices_of_variants(conn, [small.id])[small.id]
    assert documents.decoded(documents.encoded(found)) == found


def test_every_command_writes_the_document_anew(conn: WriteConnection, make_act: Callable[..., Act]) -> None:
    act, later = make_act(), make_act(at=NOW + timedelta(hours=1))
    here = shop.channels(conn, act)
    made = service.create_product(conn, shop.jumper(here.gb), act)
    small, medium = document_of(conn, made.id).variants
    service.update_product(conn, ProductChange(made.id, title="Harbor Jumper"), later)
    assert document_of(conn, made.id).product.title == "Harbor Jumper"
    service.set_prices(conn, [VariantPrice(medium.id, here.gb.id, 7000)], act)
    assert document_of(conn, made.id).prices_in(here.gb.id)[medium.id].amount_minor == 7000
    service.remove_price(conn, small.id, here.gb.id, act)
    assert list(document_of(conn, made.id).prices_in(here.gb.id)) == [medium.id]
    service.publish(conn, [made.id], here.eu.id, later)
    published = document_of(conn, made.id).publication_in(here.eu.id)
    assert published is not None
    assert published.published_at == NOW + timedelta(hours=1)
    service.unpublish(conn, [made.id], here.gb.id, act)
    hidden = document_of(conn, made.id).publication_in(here.gb.id)
    assert hidden is not None
    assert hidden.published_at is None
    large = NewVariant("JMP-L", (("Size", "L"),), (NewPrice(here.eu.id, 9000),))
    service.extend_product(conn, ProductAdditions(made.id, (NewMedia("https://images.example/l.jpg"),), (large,)), act)
    grown = document_of(conn, made.id)
    assert [variant.sku for variant in grown.variants] == ["JMP-S", "JMP-M", "JMP-L"]
    assert [media.position for media in grown.media] == [0, 1, 2]


def test_a_digest_names_one_text_and_returns_with_it(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    made = service.create_product(conn, shop.jumper(here.gb), act)
    variant = store.variants_of_products(conn, [made.id])[made.id][0]

    def digest() -> documents.Digest:
        return document_store.heads(conn, [made.id])[made.id].digest

    before = digest()
    service.set_prices(conn, [VariantPrice(variant.id, here.gb.id, 6400)], act)
    assert digest() != before
    service.set_prices(conn, [VariantPrice(variant.id, here.gb.id, 6500, 8000)], act)
    assert digest() == before


def test_heads_are_found_by_all_that_names_a_product(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    made = service.create_product(conn, shop.jumper(here.gb), act)
    head = document_store.heads(conn, [made.id])[made.id]
    small = store.variants_of_products(conn, [made.id])[made.id][0]
    named = documents.VariantHead(small.id, head)
    assert document_store.heads_by_handle(conn, ["harbour-jumper", "none"]) == {"harbour-jumper": head}
    assert document_store.heads_of_variants(conn, [small.id]) == {small.id: named}
    assert document_store.heads_by_sku(conn, ["JMP-S", "NONE"]) == {"JMP-S": named}
    assert document_store.heads_by_gtin(conn, ["09520000000004"]) == {"09520000000004": named}


def test_an_upgrade_writes_what_is_missing_and_what_is_of_another_format(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    jumper = service.create_product(conn, shop.jumper(here.gb), act)
    mug = shop.product(conn, act, here.gb, "Mug")
    kept = shop.product(conn, act, here.gb, "Cup")
    conn.execute(
        sa.text("DELETE FROM product_document WHERE product_id IN (SELECT id FROM product WHERE title = 'Mug')")
    )
    conn.execute(
        sa.text(
            "UPDATE product_document SET format = 0, body = '{}' "
            "WHERE product_id IN (SELECT id FROM product WHERE title = 'Harbour Jumper')"
        )
    )
    assert {stale.product_id: stale.missing for stale in document_store.verify(conn)} == {
        jumper.id: False,
        mug.id: True,
    }
    assert document_store.rewrite_outdated(conn) == 2
    assert document_store.verify(conn) == []
    assert document_store.rewrite_outdated(conn) == 0
    assert document_of(conn, kept.id).product == kept


def test_many_products_take_as_many_statements_as_one(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    seen: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    counts = []
    for size in (1, 50):
        news = [replace(shop.jumper(here.gb), handle=f"p{size}-{n}", variants=(NewVariant(),)) for n in range(size)]
        made = service.create_products(conn, news, act)
        seen.clear()
        sa.event.listen(conn, "before_cursor_execute", count)
        document_store.rewrite(conn, [product.id for product in made])
        sa.event.remove(conn, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts == [7, 7]
