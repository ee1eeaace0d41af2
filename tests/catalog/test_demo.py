"""The demo retailer's range is sellable everywhere it says it is."""

from domain.acts import Act
from domain.catalog import rules, search_store, store, store_offers
from domain.catalog.model import ProductSearch, SalesChannelKind
from domain.connections import WriteConnection
from domain.locations import store as locations
from domain.paging import Page
from gateway.demo.catalog import load_demo_catalog
from gateway.demo.locations import load_demo_locations


def test_every_demo_variant_has_valid_codes_and_a_price_in_every_channel(conn: WriteConnection, act: Act) -> None:
    load_demo_catalog(conn, act)
    channels = store.all_channels(conn)
    assert {channel.currency for channel in channels} == {"GBP", "EUR"}
    web = store.default_channel(conn, SalesChannelKind.ONLINE)
    assert web is not None
    products = search_store.search(conn, ProductSearch(web.id), Page(200)).items
    ids = [hit.head.product_id for hit in products]
    variants = [one for some in store.variants_of_products(conn, ids).values() for one in some]
    assert (len(products), len(variants)) == (60, 123)
    assert all(one.gtin is not None and rules.gtin14(one.gtin) == one.gtin for one in variants)
    offers = store_offers.offers(conn, [(one.id, channel.id) for one in variants for channel in channels])
    assert len(offers) == 123 * 4


def test_the_demo_has_stores_in_two_time_zones_and_a_warehouse(conn: WriteConnection, act: Act) -> None:
    load_demo_locations(conn, act)
    found = locations.all_active(conn)
    assert [(one.code, one.kind, one.time_zone) for one in found] == [
        ("WH-1", "WAREHOUSE", "Europe/London"),
        ("LON-CG", "STORE", "Europe/London"),
        ("MAN-MS", "STORE", "Europe/London"),
        ("BER-MI", "STORE", "Europe/Berlin"),
    ]
    assert all(one.hours.weekly and one.hours.exceptions for one in found if one.kind == "STORE")
