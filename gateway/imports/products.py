"""Writing the products of a Shopify CSV through the catalog's own services, a hundred handles a transaction."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.acts import Act
from domain.catalog import rules, service, store
from domain.catalog.model import (
    CategoryId,
    NewCategory,
    NewMedia,
    NewPrice,
    NewProduct,
    NewVariant,
    Product,
    ProductAdditions,
    ProductVariant,
    SalesChannel,
)
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import store as locations
from domain.locations.model import LocationId
from gateway.app import utc_now
from gateway.database import open_database
from gateway.imports import shopify_products as csv
from gateway.imports.shopify_products import Group, Outcome, Report, Row
from gateway.jobs import act_at
from gateway.settings import Settings

HANDLES_A_TRANSACTION = 100


@dataclass(slots=True)
class Importer:
    """One run: where prices and stock go, and the account so far."""

    channel: SalesChannel
    location_id: LocationId | None
    report: Report = field(default_factory=Report)

    def take(self, conn: WriteConnection, groups: Sequence[Group], act: Act) -> None:
        """Import these handles; what the catalog refuses is refused row by row and leaves no trace."""
        for group in groups:
            self.report.rows += len(group.rows)
            if not group.handle:
                for row in group.rows:
                    self.report.refuse(row, "the row has no handle")
                continue
            try:
                with conn.begin_nested():
                    draft = _Draft(self, conn, group)
                    draft.write(act)
            except Refused as refused:
                for row in group.rows:
                    self.report.refuse(row, refused.message)
            else:
                draft.account()


class _Draft:
    """One handle on its way into the catalog; its rows are accounted for only once it is written."""

    def __init__(self, importer: Importer, conn: WriteConnection, group: Group) -> None:
        self._importer = importer
        self._conn = conn
        self._group = group
        self._names = csv.option_names(group)
        self._found: Product | None = store.products_by_handle(conn, [group.handle]).get(group.handle)
        present: Sequence[ProductVariant] = ()
        if self._found is not None:
            present = store.variants_of_products(conn, [self._found.id]).get(self._found.id, ())
        self._skus = {variant.sku for variant in present if variant.sku}
        self._options = {variant.options for variant in present}
        self._gtins: set[str] = set()
        self._ends: list[Callable[[Report], None]] = []
        self._notes = Report()
        self._new: list[tuple[NewVariant, int]] = []
        for row in group.rows:
            self._read(row)

    def _read(self, row: Row) -> None:
        if not row.text("Variant Price"):
            if row.text("Image Src"):
                self._ends.append(lambda report: report.count(Outcome.MERGED))
            else:
                self._ends.append(lambda report: report.refuse(row, "the row has neither a price nor an image"))
            return
        sku, options = row.text("Variant SKU").lstrip("'") or None, csv.options_of(row, self._names)
        if self._found is not None and (sku in self._skus if sku else options in self._options):
            self._ends.append(lambda report: report.count(Outcome.MERGED))
            return
        reason = self._refusal(row, sku, options)
        if reason is not None:
            self._ends.append(lambda report: report.refuse(row, reason))
            return
        self._add(row, sku, options)
        self._ends.append(lambda report: report.count(Outcome.IMPORTED))

    def _refusal(self, row: Row, sku: str | None, options: tuple[tuple[str, str], ...]) -> str | None:
        price = csv.price_minor(row.text("Variant Price"), self._importer.channel.currency)
        if price is None:
            return f"{row.text('Variant Price')} is no price in {self._importer.channel.currency}"
        if options in self._options:
            return "another row of this product has the same option values"
        if sku is not None and (sku in self._skus or store.variants_by_sku(self._conn, [sku])):
            return f"the SKU {sku} belongs to another variant"
        return None

    def _add(self, row: Row, sku: str | None, options: tuple[tuple[str, str], ...]) -> None:
        channel = self._importer.channel
        price = csv.price_minor(row.text("Variant Price"), channel.currency)
        assert price is not None, "refused before"
        compare = csv.price_minor(row.text("Variant Compare At Price"), channel.currency)
        gtin = csv.gtin_of(row, self._notes)
        if gtin is not None and (gtin in self._gtins or store.variants_by_gtin(self._conn, [gtin.zfill(14)])):
            self._notes.note(row, f"barcode {gtin} belongs to another variant; imported without it")
            gtin = None
        grams = row.text("Variant Grams")
        variant = NewVariant(
            sku=sku,
            gtin=gtin,
            options=options,
            prices=(NewPrice(channel.id, price, compare if compare and compare > price else None),),
            requires_shipping=row.text("Variant Requires Shipping").lower() != "false",
            tracks_inventory=bool(row.text("Variant Inventory Tracker")),
            sells_when_out_of_stock=row.text("Variant Inventory Policy") == "continue",
            weight_grams=int(grams) if grams.isdigit() else 0,
        )
        self._skus |= {sku} if sku else set()
        self._gtins |= {gtin} if gtin else set()
        self._options.add(options)
        self._new.append((variant, csv.units_of(row, self._notes) if variant.tracks_inventory else 0))

    def write(self, act: Act) -> None:
        """Make the product, or add to it.

        Raises:
            Refused: the catalog does not take it.
        """
        media = self._media()
        variants = tuple(variant for variant, _ in self._new)
        if self._found is not None:
            known = {one.url for one in store.media_of_products(self._conn, [self._found.id]).get(self._found.id, ())}
            fresh = tuple(one for one in media if one.url not in known)
            made: Sequence[ProductVariant] = ()
            if variants or fresh:
                made = service.extend_product(self._conn, ProductAdditions(self._found.id, fresh, variants), act)
        elif variants:
            product = service.create_product(self._conn, self._product(media, variants, act), act)
            made = store.variants_of_products(self._conn, [product.id])[product.id]
        else:
            raise _NothingToSell
        self._receive(made, act)

    def _product(self, media: tuple[NewMedia, ...], variants: tuple[NewVariant, ...], act: Act) -> NewProduct:
        first = next((row for row in self._group.rows if row.text("Title")), self._group.rows[0])
        published = first.text("Published").lower() == "true"
        return NewProduct(
            handle=self._group.handle,
            title=first.text("Title") or self._group.handle,
            variants=variants,
            description=csv.plain_text(first.text("Body (HTML)"))[: rules.DESCRIPTION_LENGTH_MAX],
            vendor=first.text("Vendor"),
            product_type=first.text("Type"),
            tags=tuple(dict.fromkeys(tag.strip() for tag in first.text("Tags").split(",") if tag.strip())),
            category_id=self._category(first.text("Type"), act),
            media=media,
            published_in=(self._importer.channel.id,) if published else (),
        )

    def _media(self) -> tuple[NewMedia, ...]:
        rows = [row for row in self._group.rows if row.text("Image Src")]
        found = {row.text("Image Src"): NewMedia(row.text("Image Src"), row.text("Image Alt Text")) for row in rows}
        return tuple(itertools.islice(found.values(), rules.MEDIA_MAX))

    def _category(self, name: str, act: Act) -> CategoryId | None:
        handle = "-".join("".join(one if one.isalnum() else " " for one in name.lower()).split())
        if not handle or not handle.isascii():
            return None
        known = store.categories_by_handle(self._conn, [handle]).get(handle)
        return known.id if known else service.create_category(self._conn, NewCategory(handle, name), act).id

    def _receive(self, made: Sequence[ProductVariant], act: Act) -> None:
        place = self._importer.location_id
        if place is not None:
            pairs = zip(made, self._new, strict=False)
            takes = [Take(variant.id, place, units) for variant, (_, units) in pairs if units]
            if takes:
                inventory.receive_many(self._conn, takes, act)
                self._notes.units += sum(take.quantity for take in takes)

    def account(self) -> None:
        """Enter the rows of a written handle into the account."""
        report = self._importer.report
        for end in self._ends:
            end(report)
        report.products += self._found is None
        report.variants += len(self._new)
        report.units += self._notes.units
        report.notes += self._notes.notes


class _NothingToSell(Refused):
    """No row of the handle makes a variant."""

    def __init__(self) -> None:
        super().__init__(Outcome.REFUSED, "no row of this product is a variant with a price")


async def import_products(settings: Settings, file: Path, channel: str, location: str | None, console: Console) -> int:
    """Import a product CSV and print its account; 0 when done, 2 when it could not begin."""
    try:
        groups = csv.read(file)
    except csv.UnreadableFile as error:
        console.print(f"[bold red]{file.name}[/] {error}")
        return 2
    database = open_database(settings.database_url)
    try:
        found = await database.read(lambda conn: store.channel_by_handle(conn, channel))
        places = await database.read(lambda conn: locations.by_codes(conn, [location] if location else []))
        if found is None or (location is not None and location not in places):
            what = f"sales channel `{channel}`" if found is None else f"location `{location}`"
            console.print(f"[bold red]There is no {what}.[/] Create it first, or name another.")
            return 2
        importer = Importer(found, places[location].id if location else None)
        bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*bar, console=console, transient=True) as progress:
            task = progress.add_task("Products", total=len(groups))
            for start in range(0, len(groups), HANDLES_A_TRANSACTION):
                chunk = groups[start : start + HANDLES_A_TRANSACTION]
                await database.write(partial(_taken, importer, chunk, act_at(utc_now())))
                progress.advance(task, len(chunk))
    finally:
        await database.close()
    _print(importer.report, file, console)
    return 0


def _taken(importer: Importer, groups: Sequence[Group], act: Act, conn: WriteConnection) -> None:
    importer.take(conn, groups, act)


def _print(report: Report, file: Path, console: Console) -> None:
    table = Table("Rows", "Imported", "Merged", "Refused", "Products", "Variants", "Units received", title=file.name)
    counts = [str(report.counts[outcome]) for outcome in Outcome]
    table.add_row(str(report.rows), *counts, str(report.products), str(report.variants), str(report.units))
    console.print(table)
    for title, rows in (("Refused", report.refused), ("Notes", report.notes)):
        if rows:
            listing = Table("Line", "Handle", "Why", title=title)
            for line, handle, why in rows:
                listing.add_row(str(line), handle, why)
            console.print(listing)
