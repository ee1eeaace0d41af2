"""`tillway import shopify-products`: migrate, import with a progress bar, print the account of every row."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.acts import Act
from domain.catalog import store as catalog
from domain.catalog.model import SalesChannel
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import store as locations
from domain.locations.model import Location
from gateway import migrating
from gateway.database import Database, open_database
from gateway.imports.shopify.applying import StockKeeper
from gateway.imports.shopify.importing import ProductImport, import_products
from gateway.imports.shopify.model import OpeningStock, Report, UnreadableFile
from gateway.imports.shopify.planning import Target
from gateway.imports.shopify.reading import rows
from gateway.jobs import act_at
from gateway.settings import Settings

NOTES_SHOWN_MAX = 20


async def import_file(
    settings: Settings, file: Path, channel_handle: str, location_code: str | None, console: Console
) -> int:
    """Bring the database up to date, then `import_into` it. Answers the exit code."""
    await asyncio.to_thread(migrating.upgrade, settings.database_url)
    return await import_into(settings.database_url, file, channel_handle, location_code, console)


async def import_into(url: str, file: Path, channel_handle: str, location_code: str | None, console: Console) -> int:
    """Import a file into a channel, its stock into a location if one is named, and print the account of its rows.

    Answers the exit code: 0 when every row is accounted for, refused ones too; 2 when the file could not be imported.
    """
    database = open_database(url)
    try:
        return await _import(database, file, channel_handle, location_code, console)
    finally:
        await database.close()


async def _import(
    database: Database, file: Path, channel_handle: str, location_code: str | None, console: Console
) -> int:
    channel = await database.read(lambda conn: catalog.channel_by_handle(conn, channel_handle))
    location = await database.read(lambda conn: _location(conn, location_code))
    if channel is None:
        console.print(
            f"There is no sales channel {channel_handle!r}. Make it by `salesChannelCreate`, load the demo retailer by "
            "`tillway demo --load-only`, or name another by --channel.",
            markup=False,
            soft_wrap=True,
        )
        return 2
    if location_code is not None and location is None:
        console.print(f"There is no location {location_code!r}.", markup=False)
        return 2
    try:
        report = await _watched(database, file, channel, location, console)
    except UnreadableFile as error:
        console.print(str(error), markup=False)
        return 2
    except UnicodeDecodeError:
        console.print(f"{file.name} is not in UTF-8. Save it as CSV in UTF-8 and import it again.", markup=False)
        return 2
    print_report(report, console)
    return 0


async def _watched(
    database: Database, file: Path, channel: SalesChannel, location: Location | None, console: Console
) -> Report:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeElapsedColumn())
    total = _count(file)
    # Read at once and not awaited: the file is local and each commit takes longer than its rows.
    with Progress(*columns, console=console) as progress, file.open(encoding="utf-8-sig", newline="") as lines:
        task = progress.add_task("Importing", total=total)

        def watch(report: Report) -> None:
            progress.update(task, completed=report.rows)

        wanted = ProductImport(
            Target(channel.id, channel.currency),
            new_act=lambda: act_at(datetime.now(UTC)),
            keep_stock=None if location is None else stock_keeper(location),
            watch=watch,
        )
        return await import_products(database, lines, wanted)


def _count(file: Path) -> int:
    """How many rows there are; an unreadable header is found here, before anything is written."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return sum(1 for _ in rows(lines))


def _location(conn: ReadConnection, code: str | None) -> Location | None:
    return None if code is None else locations.by_codes(conn, [code]).get(code)


def stock_keeper(location: Location) -> StockKeeper:
    """Receives opening stock in a location."""

    def keep(conn: WriteConnection, stock: Sequence[OpeningStock], act: Act) -> None:
        takes = [Take(one.variant_id, location.id, one.quantity) for one in stock]
        inventory.receive_many(conn, takes, act)

    return keep


def print_report(report: Report, console: Console) -> None:
    """The counts, every refused row with its line and reason, and the first notes."""
    columns = ("Rows", "Imported", "Merged", "Unchanged", "Refused", "Products", "Variants", "Notes")
    table = Table(*columns, title="Products", title_justify="left")
    fates = (report.rows, report.imported, report.merged, report.unchanged, len(report.refused))
    counts = (*fates, report.products, report.variants, report.notes_count)
    table.add_row(*(f"{count:,}" for count in counts))
    console.print(table)
    console.print(f"{report.variants:,} new variants, {report.units:,} units of stock.")
    for one in report.refused:
        console.print(f"line {one.line}, {one.handle or 'no handle'}: {one.reason}", markup=False, highlight=False)
    for note in report.notes[:NOTES_SHOWN_MAX]:
        console.print(f"line {note.line}, {note.handle}: {note.what}", markup=False, highlight=False)
    if report.notes_count > NOTES_SHOWN_MAX:
        console.print(f"… and {report.notes_count - NOTES_SHOWN_MAX:,} more notes.")
