"""Every row of an export is accounted for, and importing it again changes nothing."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from domain.acts import Act
from domain.catalog import service, store, store_offers
from domain.catalog.model import NewCategory, NewChannel, ProductVariant, SalesChannel, SalesChannelKind
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import store as inventory
from domain.locations import service as locations
from domain.money import Currency
from gateway.database import Database
from gateway.imports.shopify.command import import_into, stock_keeper
from gateway.imports.shopify.importing import ProductImport, import_products
from gateway.imports.shopify.model import OpeningStock, Outcome, Report, UnreadableFile
from gateway.imports.shopify.planning import Target
from gateway.imports.shopify.reading import plain_text
from tests.conftest import NOW
from tests.locations.places import LONDON, store_at

EXPORT = Path(__file__).parent / "fixtures" / "shopify_products.csv"
HEADER = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src"
GBP = NewChannel("web", "Web", SalesChannelKind.ONLINE, Currency("GBP"), True, "GB")

MakeAct = Callable[..., Act]


@pytest.fixture
async def web(db: Database, make_act: MakeAct) -> SalesChannel:
    return await db.write(lambda conn: service.create_channel(conn, GBP, make_act()))


async def run(db: Database, web: SalesChannel, make_act: MakeAct, lines: Sequence[str], **more: object) -> Report:
    wanted = ProductImport(Target(web.id, web.currency), make_act, **more)  # type: ignore[arg-type]
    return await import_products(db, lines, wanted)


def export_lines() -> list[str]:
    return EXPORT.read_text().splitlines(keepends=True)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.rows, report.imported, report.merged, report.unchanged, len(report.refused)


async def variants_of(db: Database, handle: str) -> Sequence[ProductVariant]:
    def read(conn: ReadConnection) -> Sequence[ProductVariant]:
        product = store.products_by_handle(conn, [handle])[handle]
        return store.variants_of_products(conn, [product.id])[product.id]

    return await db.read(read)


@pytest.mark.anyio
async def test_every_row_is_imported_merged_or_refused_with_its_line_and_reason(
    db: Database, web: SalesChannel, make_act: MakeAct
) -> None:
    report = await run(db, web, make_act, export_lines())
    assert counts(report) == (14, 3, 3, 0, 8)
    assert [(one.line, one.handle, one.reason) for one in report.refused] == [
        (6, "quay-mug", "another variant of the product has the same options"),
        (8, "tea-tin", "the SKU MUG-W belongs to another variant"),
        (10, "tea-tin", "no value for the option Lid"),
        (11, "tea-tin", "Variant Inventory Qty 'seven' is not a whole number"),
        (12, "tea-tin", "Variant Price 6.005 has more digits than GBP has"),
        (13, "", "no handle"),
        (14, "nameless", "the first row of a new handle has no title"),
        (15, "short", "2 columns where the header has 27"),
    ]
    assert [(note.line, note.what) for note in report.notes] == [
        (4, "the former price 9.50 is not above the price and was left out"),
        (4, "the barcode '4711' is not a GTIN and was left out"),
        (4, "-2 units were oversold; the stock begins at 0"),
        (9, "the GTIN 09520000000004 belongs to another variant and was left out"),
    ]
    assert (report.variants, report.notes_count) == (4, 4)


@pytest.mark.anyio
async def test_a_product_is_what_its_rows_say(db: Database, web: SalesChannel, make_act: MakeAct) -> None:
    await run(db, web, make_act, export_lines())
    white, black = await variants_of(db, "quay-mug")

    def read(conn: ReadConnection) -> None:
        mug, card = (store.products_by_handle(conn, [handle])[handle] for handle in ("quay-mug", "gift-card"))
        assert (mug.title, mug.vendor, mug.product_type, mug.tags) == ("Quay Mug", "Quay", "Mugs", ("Kitchen", "Gifts"))
        assert mug.description == "Stoneware.\n\nDishwasher safe & sturdy."
        media = store.media_of_products(conn, [mug.id])[mug.id]
        assert [(one.url.rpartition("/")[2], one.alt) for one in media] == [
            ("mug-w.jpg", "White mug"), ("mug-b.jpg", ""), ("mug-set.jpg", "Both mugs"), ("mug-late.jpg", "")
        ]  # fmt: skip
        assert (white.sku, white.gtin, white.options) == ("MUG-W", "09520000000004", (("Color", "White"),))
        assert (black.gtin, black.sells_when_out_of_stock, black.media_id) == (None, True, media[1].id)
        offers = store_offers.offers(conn, [(white.id, web.id), (black.id, web.id)])
        assert [(one.price_minor, one.compare_at_minor) for one in offers.values()] == [(950, 1200), (950, None)]
        (gift,) = store.variants_of_products(conn, [card.id])[card.id]
        assert (gift.options, gift.tracks_inventory, gift.requires_shipping, gift.tax_code) == (
            (), False, False, "exempt"
        )  # fmt: skip
        assert store_offers.offers(conn, [(gift.id, web.id)]) == {}

    await db.read(read)


@pytest.mark.anyio
async def test_importing_again_changes_nothing(db: Database, web: SalesChannel, make_act: MakeAct) -> None:
    first = await run(db, web, make_act, export_lines())
    again = await run(db, web, make_act, export_lines())
    assert counts(again) == (14, 0, 0, 6, 8)
    assert again.refused == first.refused
    assert (again.variants, again.units) == (0, 0)


@pytest.mark.anyio
async def test_what_changed_in_the_export_is_merged(db: Database, web: SalesChannel, make_act: MakeAct) -> None:
    lines = [HEADER, "cup,Cup,Size,S,CUP-S,5.00,https://images.example/s.jpg", "bowl,Bowl,,,BOWL,7.00,"]
    await run(db, web, make_act, [f"{line}\n" for line in lines])
    lines = [
        HEADER,
        "cup,Big Cup,Size,S,CUP-S,5.50,https://images.example/s.jpg",
        "cup,,,M,CUP-M,6.00,",
        "cup,,,L,CUP-S,6.00,",
        "cup,,,,,,https://images.example/m.jpg",
        "bowl,Bowl,,,BOWL,7.00,",
    ]
    report = await run(db, web, make_act, [f"{line}\n" for line in lines])
    assert counts(report) == (5, 0, 3, 1, 1)
    assert report.refused == (Outcome(4, "cup", report.refused[0].fate, "the SKU CUP-S belongs to another variant"),)
    small, medium = await variants_of(db, "cup")
    offers = await db.read(lambda conn: store_offers.offers(conn, [(small.id, web.id), (medium.id, web.id)]))
    assert [(one.product_title, one.price_minor) for one in offers.values()] == [("Big Cup", 550), ("Big Cup", 600)]


@pytest.mark.anyio
async def test_types_become_categories_and_one_that_is_there_is_used(
    db: Database, web: SalesChannel, make_act: MakeAct
) -> None:
    mugs = await db.write(lambda conn: service.create_category(conn, NewCategory("mugs", "Our Mugs"), make_act()))
    header = "Handle,Title,Type,Variant Price"
    lines = [
        header,
        "a,A,Mugs,1.00",
        "b,B,Men's Hats,1.00",
        "c,C,MENS HATS,1.00",
        "d,D,&,1.00",
        f"e,E,{'x' * 121},1.00",
    ]
    reports = [await run(db, web, make_act, [f"{line}\n" for line in lines]) for _ in range(2)]
    assert [(counts(report), report.products) for report in reports] == [((5, 5, 0, 0, 0), 5), ((5, 0, 0, 5, 0), 0)]

    def read(conn: ReadConnection) -> None:
        products = store.products_by_handle(conn, ["a", "b", "c", "d", "e"])
        hats = store.categories_by_handle(conn, ["mens-hats"])["mens-hats"]
        assert (hats.name, hats.ancestor_ids) == ("Men's Hats", ())
        assert [products[one].category_id for one in "abcde"] == [mugs.id, hats.id, hats.id, None, None]
        assert len(store.root_categories(conn)) == 2

    await db.read(read)


@pytest.mark.anyio
async def test_stock_is_received_with_the_variant_and_only_once(
    db: Database, web: SalesChannel, make_act: MakeAct
) -> None:
    place = await db.write(lambda conn: locations.create(conn, store_at("LON", LONDON), make_act()))
    reports = [await run(db, web, make_act, export_lines(), keep_stock=stock_keeper(place)) for _ in range(2)]
    assert [report.units for report in reports] == [19, 0]
    white, black = await variants_of(db, "quay-mug")
    keys = [(white.id, place.id), (black.id, place.id)]
    levels = await db.read(lambda conn: inventory.availability(conn, keys, NOW))
    assert {key: level.available for key, level in levels.items()} == {(white.id, place.id): 12}


@pytest.mark.anyio
async def test_stock_that_cannot_be_kept_takes_its_products_back(
    db: Database, web: SalesChannel, make_act: MakeAct
) -> None:
    def refuse(_conn: WriteConnection, _stock: Sequence[OpeningStock], _act: Act) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await run(db, web, make_act, export_lines(), keep_stock=refuse)
    assert await db.read(lambda conn: store.products_by_handle(conn, ["quay-mug"])) == {}


@pytest.mark.anyio
async def test_many_products_are_many_commits_with_progress(db: Database, web: SalesChannel, make_act: MakeAct) -> None:
    lines = [HEADER, *(f"p{n},P {n},,,SKU-{n},1.00," for n in range(120))]
    seen: list[int] = []
    await run(db, web, make_act, [f"{x}\n" for x in lines], watch=lambda report: seen.append(report.imported))
    assert seen == [50, 100, 120]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column 'Handle'"),
        ("Handle,Title\nx,y\n", "no column 'Variant Price'"),
        ('"Handle', "not readable as CSV"),
    ],
)
async def test_a_file_that_is_no_export_is_refused_before_anything_is_written(
    db: Database, web: SalesChannel, make_act: MakeAct, text: str, says: str
) -> None:
    with pytest.raises(UnreadableFile, match=says):
        await run(db, web, make_act, text.splitlines(keepends=True))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,A,,,,-1.00,", "Variant Price '-1.00' is not an amount"),
        ("a,A,,,,1e3,", "Variant Price '1e3' is not an amount"),
        ("a,A,,,SKU,,", "no price"),
        ("a,A,,,,,", "neither a variant nor an image"),
        ("a b,A,,,,1.00,", "A handle has 1 to 255 characters, without spaces, slashes and control characters."),
        (f"a,{'A' * 256},,,,1.00,", "title has 1 to 255 characters."),
        ('a,A,,,,1.00,"x"y', "not readable as CSV: ',' expected after '\"'"),
    ],
)
async def test_a_row_that_cannot_be_taken_says_why(
    db: Database, web: SalesChannel, make_act: MakeAct, row: str, reason: str
) -> None:
    report = await run(db, web, make_act, [f"{HEADER}\n", f"{row}\n", "ok,Fine,,,,1.00,\n"])
    assert counts(report) == (2, 1, 0, 0, 1)
    assert (report.refused[0].line, report.refused[0].reason) == (2, reason)


def test_html_becomes_the_text_people_read() -> None:
    assert plain_text("<h1>A</h1>b<br>c <b>d</b><style>x{}</style>&lt;e&gt;") == "A\n\nb\n\nc d<e>"
    assert plain_text("<p>3 < 4 &amp; 5") == "3 < 4 & 5"


@pytest.mark.anyio
async def test_the_command_imports_a_file_and_prints_the_account(
    database_url: str, db: Database, web: SalesChannel
) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    assert await import_into(database_url, EXPORT, "nowhere", None, console) == 2
    assert await import_into(database_url, EXPORT, web.handle, "NONE", console) == 2
    assert await import_into(database_url, EXPORT, web.handle, None, console) == 0
    printed = console.export_text()
    assert "There is no sales channel 'nowhere'." in printed
    assert "There is no location 'NONE'." in printed
    assert "4 new variants, 0 units of stock." in printed
    assert "line 8, tea-tin: the SKU MUG-W belongs to another variant" in printed
    assert len(await variants_of(db, "quay-mug")) == 2


@pytest.mark.anyio
async def test_a_file_in_another_encoding_is_refused_in_words(
    database_url: str, db: Database, web: SalesChannel, tmp_path: Path
) -> None:
    file = tmp_path / "utf16.csv"
    file.write_text(HEADER, encoding="utf-16")
    console = Console(width=200, record=True, file=io.StringIO())
    assert await import_into(database_url, file, web.handle, None, console) == 2
    assert "utf16.csv is not in UTF-8. Save it as CSV in UTF-8 and import it again.\n" in console.export_text()
