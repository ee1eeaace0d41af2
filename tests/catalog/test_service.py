"""Products, prices and publications."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.catalog import document_store, service, store, store_offers
from domain.catalog.errors import ValueInvalid, VariantNotFound
from domain.catalog.model import (
    NewCategory,
    NewCollection,
    NewMedia,
    NewPrice,
    NewVariant,
    ProductAdditions,
    ProductChange,
    UnavailableReason,
    VariantChange,
    VariantId,
    VariantPrice,
)
from domain.connections import WriteConnection
from domain.errors import Refused
from tests.catalog import shop
from tests.conftest import NOW


def test_a_product_is_read_back_as_it_was_created(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    created = service.create_product(conn, shop.jumper(here.gb), act)
    assert store.products(conn, [created.id]) == {created.id: created}
    small, medium = store.variants_of_products(conn, [created.id])[created.id]
    assert (small.sku, small.gtin, small.title, small.options) == ("JMP-S", "09520000000004", "S", (("Size", "S"),))
    images = store.media_of_products(conn, [created.id])[created.id]
    assert [image.alt for image in images] == ["Front", ""]
    assert (small.media_id, medium.media_id) == (None, images[1].id)
    assert store.variants_by_sku(conn, ["JMP-M", "NONE"]) == {"JMP-M": medium}
    assert store.variants_by_gtin(conn, ["09520000000004"]) == {"09520000000004": small}


def test_an_offer_carries_what_an_order_line_copies(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    clothes = service.create_category(conn, NewCategory("clothes", "Clothes"), act)
    knitwear = service.create_category(conn, NewCategory("knitwear", "Knitwear", clothes.id), act)
    winter = service.create_collection(conn, NewCollection("winter", "Winter"), act)
    new = replace(shop.jumper(here.gb), category_id=knitwear.id, collection_ids=(winter.id,))
    created = service.create_product(conn, new, act)
    small, medium = store.variants_of_products(conn, [created.id])[created.id]
    offers = store_offers.offers(conn, [(v.id, c.id) for v in (small, medium) for c in (here.gb, here.eu)])
    assert list(offers) == [(small.id, here.gb.id)]
    offer = offers[small.id, here.gb.id]
    assert (offer.price_minor, offer.compare_at_minor, offer.currency) == (6500, 8000, "GBP")
    assert (offer.product_title, offer.variant_title, offer.sku) == ("Harbour Jumper", "S", "JMP-S")
    assert offer.category_ids == (clothes.id, knitwear.id)
    assert offer.collection_ids == (winter.id,)
    assert offer.image_url == "https://images.example/jumper.jpg"


def test_a_variant_that_is_not_sold_says_why(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    created = service.create_product(conn, shop.jumper(here.gb), act)
    small, medium = store.variants_of_products(conn, [created.id])[created.id]
    listings = store.listings(conn, [(v.id, c.id) for v in (small, medium) for c in (here.gb, here.eu)])
    assert {key: listing.unavailable_reason for key, listing in listings.items()} == {
        (small.id, here.gb.id): None,
        (small.id, here.eu.id): UnavailableReason.NOT_PUBLISHED,
        (medium.id, here.gb.id): UnavailableReason.NOT_PRICED,
        (medium.id, here.eu.id): UnavailableReason.NOT_PUBLISHED,
    }


def test_unpublishing_keeps_prices_and_publishing_again_offers_them(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    sold = shop.product(conn, act, here.gb, "Mug")
    (variant,) = store.variants_of_products(conn, [sold.id])[sold.id]
    key = (variant.id, here.gb.id)
    service.unpublish(conn, [sold.id], here.gb.id, act)
    assert store_offers.offers(conn, [key]) == {}
    service.publish(conn, [sold.id], here.gb.id, act)
    assert store_offers.offers(conn, [key])[key].price_minor == 1000


def test_publishing_what_is_published_keeps_its_date(conn: WriteConnection, make_act: Callable[..., Act]) -> None:
    here = shop.channels(conn, make_act())
    sold = shop.product(conn, make_act(), here.gb, "Mug")
    service.publish(conn, [sold.id], here.gb.id, make_act(at=NOW + timedelta(days=1)))
    assert store.publications(conn, [(sold.id, here.gb.id)])[sold.id, here.gb.id].published_at == NOW


def test_prices_move_the_products_price_range(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    created = service.create_product(conn, shop.jumper(here.gb), act)
    small, medium = store.variants_of_products(conn, [created.id])[created.id]

    def price_range() -> tuple[int | None, int | None]:
        found = store.publications(conn, [(created.id, here.gb.id)])[created.id, here.gb.id]
        return found.price_min_minor, found.price_max_minor

    assert price_range() == (6500, 6500)
    service.set_prices(conn, [VariantPrice(medium.id, here.gb.id, 7000)], act)
    assert price_range() == (6500, 7000)
    service.set_prices(conn, [VariantPrice(small.id, here.gb.id, 7500)], act)
    assert price_range() == (7000, 7500)
    service.remove_price(conn, medium.id, here.gb.id, act)
    service.remove_price(conn, small.id, here.gb.id, act)
    assert price_range() == (None, None)


def test_a_price_in_another_channel_is_kept_before_it_is_published_there(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    sold = shop.product(conn, act, here.gb, "Mug")
    (variant,) = store.variants_of_products(conn, [sold.id])[sold.id]
    service.set_prices(conn, [VariantPrice(variant.id, here.eu.id, 1200)], act)
    assert store_offers.offers(conn, [(variant.id, here.eu.id)]) == {}
    service.publish(conn, [sold.id], here.eu.id, act)
    assert store_offers.offers(conn, [(variant.id, here.eu.id)])[variant.id, here.eu.id].price_minor == 1200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"handle": "two words"}, "HANDLE_INVALID"),
        ({"handle": ""}, "HANDLE_INVALID"),
        ({"title": " "}, "VALUE_INVALID"),
        ({"title": "nul\x00"}, "VALUE_INVALID"),
        ({"variants": ()}, "VALUE_INVALID"),
        ({"variants": (NewVariant(gtin="9520000000005"),)}, "GTIN_INVALID"),
        ({"variants": (NewVariant(gtin="30235"),)}, "GTIN_INVALID"),
        ({"variants": (NewVariant(media_index=2),)}, "VALUE_INVALID"),
        ({"variants": (NewVariant(options=(("Size", "S"),)), NewVariant())}, "OPTIONS_INVALID"),
        ({"variants": (NewVariant(options=(("Size", "S"),)), NewVariant(options=(("Size", " s"),)))}, "OPTIONS_TAKEN"),
        ({"variants": (NewVariant(options=(("Size", "S"), ("size", "S"))),)}, "OPTIONS_INVALID"),
        ({"variants": (NewVariant(sku="A", options=(("S", "1"),)), NewVariant("A", (("S", "2"),)))}, "SKU_TAKEN"),
    ],
)
def test_a_flawed_product_is_refused(conn: WriteConnection, act: Act, change: dict[str, object], code: str) -> None:
    here = shop.channels(conn, act)
    with pytest.raises(Refused) as refused:
        service.create_product(conn, replace(shop.jumper(here.gb), **change), act)  # type: ignore[arg-type]  # parametrised
    assert refused.value.code == code


@pytest.mark.parametrize(("amount", "compare_at"), [(-1, None), (10**12 + 1, None), (1000, 1000), (1000, 999)])
def test_an_absurd_price_is_refused(conn: WriteConnection, act: Act, amount: int, compare_at: int | None) -> None:
    here = shop.channels(conn, act)
    price = NewPrice(here.gb.id, amount, compare_at)
    with pytest.raises(Refused) as refused:
        service.create_product(conn, replace(shop.jumper(here.gb), variants=(NewVariant(prices=(price,)),)), act)
    assert refused.value.code == "PRICE_INVALID"


def test_handle_sku_and_gtin_belong_to_one(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    first = shop.jumper(here.gb)
    service.create_product(conn, first, act)
    again = replace(first, handle="other")
    without_sku = replace(again, variants=(NewVariant(gtin="9520000000004"),))
    for new, code in ((first, "HANDLE_TAKEN"), (again, "SKU_TAKEN"), (without_sku, "GTIN_TAKEN")):
        with pytest.raises(Refused) as refused:
            service.create_product(conn, new, act)
        assert refused.value.code == code


def test_a_change_bumps_the_version_and_a_stale_one_is_refused(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    here = shop.channels(conn, make_act())
    sold = shop.product(conn, make_act(), here.gb, "Mug")
    later = make_act(at=NOW + timedelta(hours=1))
    changed = service.update_product(conn, ProductChange(sold.id, 1, title="Big Mug", tags=("Sale",)), later)
    assert (changed.title, changed.handle, changed.tags, changed.version) == ("Big Mug", "mug", ("Sale",), 2)
    assert store.products(conn, [sold.id]) == {sold.id: changed}
    with pytest.raises(Refused) as refused:
        service.update_product(conn, ProductChange(sold.id, 1, title="Small Mug"), later)
    assert (refused.value.code, refused.value.facts) == ("STALE_VERSION", {"version": 2})


def test_a_variant_changes_in_what_is_said_and_its_document_and_its_offers_with_it(
    conn: WriteConnection, act: Act
) -> None:
    here = shop.channels(conn, act)
    sold = shop.product(conn, act, here.gb, "Mug")
    (mug,) = store.variants_of_products(conn, [sold.id])[sold.id]
    service.update_variant(conn, VariantChange(mug.id, tax_code="deposit", discountable=False), act)
    changed = replace(mug, tax_code="deposit", discountable=False)
    assert store.variants(conn, [mug.id]) == {mug.id: changed}
    key = (mug.id, here.gb.id)
    assert store_offers.offers(conn, [key])[key].discountable is False
    assert document_store.verify(conn) == []
    for wrong in (VariantChange(mug.id, tax_code=""), VariantChange(mug.id, weight_grams=-1)):
        with pytest.raises(ValueInvalid):
            service.update_variant(conn, wrong, act)
    with pytest.raises(VariantNotFound):
        service.update_variant(conn, VariantChange(VariantId(UUID(int=1)), weight_grams=1), act)


def test_a_product_grows_by_variants_and_new_images_only(conn: WriteConnection, act: Act) -> None:
    here = shop.channels(conn, act)
    created = service.create_product(conn, shop.jumper(here.gb), act)
    large = NewVariant(sku="JMP-L", options=(("Size", "L"),), prices=(NewPrice(here.gb.id, 6900),), media_index=0)
    images = (NewMedia("https://images.example/jumper.jpg"), NewMedia("https://images.example/back.jpg"))
    (added,) = service.extend_product(conn, ProductAdditions(created.id, images, (large,)), act)
    media = store.media_of_products(conn, [created.id])[created.id]
    assert [one.url.rpartition("/")[2] for one in media] == ["jumper.jpg", "m.jpg", "back.jpg"]
    assert (added.position, added.media_id) == (2, media[0].id)
    assert store_offers.offers(conn, [(added.id, here.gb.id)])[added.id, here.gb.id].price_minor == 6900
    with pytest.raises(Refused) as refused:
        service.extend_product(
            conn, ProductAdditions(created.id, (), (replace(large, sku="X", media_index=None),)), act
        )
    assert refused.value.code == "OPTIONS_TAKEN"


def test_categories_know_their_ancestors(conn: WriteConnection, act: Act) -> None:
    parent = service.create_category(conn, NewCategory("c0", "Level 0"), act)
    first = parent
    for level in range(1, service.CATEGORY_DEPTH_MAX):
        parent = service.create_category(conn, NewCategory(f"c{level}", f"Level {level}", parent.id), act)
    assert len(parent.ancestor_ids) == 9
    assert store.categories(conn, [parent.id])[parent.id] == parent
    assert [c.handle for c in store.root_categories(conn)] == ["c0"]
    assert [c.handle for c in store.children_of_categories(conn, [first.id])[first.id]] == ["c1"]
    with pytest.raises(Refused) as refused:
        service.create_category(conn, NewCategory("c10", "Level 10", parent.id), act)
    assert refused.value.code == "TREE_TOO_DEEP"
