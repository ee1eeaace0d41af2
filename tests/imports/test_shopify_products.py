"""Shopify's product CSV: every row is imported, merged or refused with its line and reason, and again changes nothing."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from domain.acts import Act
from domain.catalog import store
from domain.connections import WriteConnection
from domain.inventory import store as inventory
from gateway.imports import shopify_products as csv
from gateway.imports.products import Importer
from gateway.imports.shopify_products import Outcome, Report
from tests.conftest import NOW
from tests.orders.shop import Shop, open_shop

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src"
)
ROWS = """\
kettle,Kettle,"<p>Boils.
Quietly.</p>",Acme,Kitchen,"tea, steel",true,Size,Small,K-S,900,shopify,5,30.00,4006381333931,https://images.example/k1.jpg
kettle,,,,,,,,Large,K-L,1200,shopify,-2,40.00,4006381333932,
kettle,,,,,,,,,,,,,,,https://images.example/k2.jpg
kettle,,,,,,,,Large,K-X,,shopify,1,41.00,,
teapot,Teapot,,Acme,Kitchen,,false,Title,Default Title,K-S,,shopify,1,20.00,,
cup,Cup,,Acme,Kitchen,,true,Title,Default Title,CUP,,shopify,many,4.999,,
spoon,Spoon,,Acme,Kitchen,,true,Title,Default Title,,,,7,2.50,,
,Nobody,,,,,true,Title,Default Title,N,,,1,1.00,,
"""


def file(folder: Path, text: str = f"{HEADER}\n{ROWS}") -> Path:
    path = folder / "products.csv"
    path.write_text(text)
    return path


def imported(conn: WriteConnection, act: Act, shop: Shop, path: Path) -> Report:
    channel = store.channels(conn, [shop.web])[shop.web]
    importer = Importer(channel, shop.york)
    importer.take(conn, csv.read(path), act)
    return importer.report


def test_every_row_is_accounted_for_with_its_line_and_reason(conn: WriteConnection, act: Act, tmp_path: Path) -> None:
    report = imported(conn, act, open_shop(conn, act), file(tmp_path))
    assert report.counts == {Outcome.IMPORTED: 3, Outcome.MERGED: 1, Outcome.REFUSED: 4}
    assert sum(report.counts.values()) == report.rows == 8
    assert (report.products, report.variants, report.units) == (2, 3, 5)
    assert report.refused == [
        (6, "kettle", "another row of this product has the same option values"),
        (7, "teapot", "no row of this product is a variant with a price"),
        (8, "cup", "no row of this product is a variant with a price"),
        (10, "", "the row has no handle"),
    ]
    assert [(line, what.split()[0]) for line, _, what in report.notes] == [(4, "barcode"), (4, "quantity")]


def test_a_second_run_finds_everything_and_doubles_nothing(conn: WriteConnection, act: Act, tmp_path: Path) -> None:
    shop = open_shop(conn, act)
    imported(conn, act, shop, file(tmp_path))
    again = imported(conn, act, shop, file(tmp_path))
    assert (again.products, again.variants, again.units, again.counts[Outcome.IMPORTED]) == (0, 0, 0, 0)
    small = store.variants_by_sku(conn, ["K-S"])["K-S"]
    assert (small.gtin, small.options, small.weight_grams) == ("04006381333931", (("Size", "Small"),), 900)
    key = (small.id, shop.york)
    assert inventory.availability(conn, [key], NOW)[key].on_hand == 5
    product = store.products(conn, [small.product_id])[small.product_id]
    assert (product.title, product.description, product.tags) == ("Kettle", "Boils.\n\nQuietly.", ("tea", "steel"))
    assert len(store.media_of_products(conn, [product.id])[product.id]) == 2


def test_a_spoon_without_a_sku_and_without_tracked_stock_is_sold_too(
    conn: WriteConnection, make_act: Callable[..., Act], tmp_path: Path
) -> None:
    imported(conn, make_act(), open_shop(conn, make_act()), file(tmp_path))
    spoon = store.products_by_handle(conn, ["spoon"])["spoon"]
    (variant,) = store.variants_of_products(conn, [spoon.id])[spoon.id]
    assert (variant.sku, variant.options, variant.tracks_inventory) == (None, (), False)


@pytest.mark.parametrize("text", ["Name,Cost\nx,1\n", "", "\x00\xff"])
def test_what_is_no_product_csv_is_refused_whole(tmp_path: Path, text: str) -> None:
    with pytest.raises(csv.UnreadableFile):
        csv.read(file(tmp_path, text))


def test_the_account_is_printed_in_words() -> None:
    from gateway.imports.products import _print

    report = Report(rows=1)
    report.refuse(csv.Row(7, {"Handle": "cup"}), "the SKU belongs to another variant")
    out = io.StringIO()
    _print(report, Path("products.csv"), Console(file=out, width=120))
    assert "the SKU belongs to another variant" in out.getvalue()
