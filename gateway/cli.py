"""The `tillway` command. Each subcommand says what it does, shows progress on long work, and exits 0, 1 or 2.

0: done. 1: it found something wrong (drift, findings, refused rows with --strict). 2: it could not be done as asked.
"""

import asyncio
import errno
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import OperationalError

from gateway.settings import Settings, SettingsRefused, load_settings

app = typer.Typer(
    name="tillway",
    help="A GraphQL commerce gateway: one schema, one domain, every channel exact to the cent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
imports = typer.Typer(
    help="Bring products or history in from files. Safe to run again: nothing is doubled.", no_args_is_help=True
)
schema = typer.Typer(help="The public schema as a file.", no_args_is_help=True)
app.add_typer(imports, name="import")
app.add_typer(schema, name="schema")

console = Console()
complaints = Console(stderr=True)
SCHEMA_FILE = Path("schema.graphql")
INTERRUPTED = 130
"""What typer exits with after Ctrl-C, as shells do."""

DatabaseOption = Annotated[
    str | None, typer.Option("--database-url", help="`sqlite:///path` or `postgresql://…`; else TILLWAY_DATABASE_URL.")
]


def main() -> None:
    """The entry point of the `tillway` command. What cannot be reached is told in a sentence, with exit code 2."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            complaints.print("Stopped. What was done stays; the same command goes on from there.", soft_wrap=True)
        raise
    except OperationalError as error:
        _cannot(f"The database cannot be used: {error.orig}. Check TILLWAY_DATABASE_URL.")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            _cannot(
                "The port is in use. Stop what listens there, or choose another by --port or TILLWAY_PORT; 0 takes a free one."
            )
        _cannot(f"{error}. Check the paths and addresses that were given, and TILLWAY_DATABASE_URL.")


def _cannot(why: str) -> NoReturn:
    complaints.print(why, markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(2) from None


def settings_or_exit(**overrides: object) -> Settings:
    """The settings, or a clear complaint and exit code 2."""
    try:
        return load_settings(**overrides)
    except SettingsRefused as refused:
        complaints.print(f"[bold red]Settings are wrong[/]\n{refused}", highlight=False)
        raise typer.Exit(2) from None


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else TILLWAY_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else TILLWAY_PORT.")] = None,
    database_url: DatabaseOption = None,
    processes: Annotated[int | None, typer.Option(help="Serving processes; else TILLWAY_PROCESSES.")] = None,
) -> None:
    """Serve the API, and do jobs unless TILLWAY_WORKER is false. Brings the database up to date first."""
    from gateway.serving import serve_forever

    raise typer.Exit(
        serve_forever(settings_or_exit(host=host, port=port, database_url=database_url, processes=processes))
    )


@app.command()
def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else TILLWAY_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else TILLWAY_PORT.")] = None,
    database_url: DatabaseOption = None,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the demo retailer and stop.")] = False,
) -> None:
    """Serve a demo retailer: loads it when the database is empty and starts the Stripe sandbox without a key."""
    from gateway.serving import load_demo, serve_forever

    settings = settings_or_exit(host=host, port=port, database_url=database_url)
    if load_only:
        load_demo(settings, console)
    else:
        serve_forever(settings, demo_console=console)


@app.command()
def worker(database_url: DatabaseOption = None) -> None:
    """Do jobs only: captures, refunds, messages, expiries. Run it beside servers with TILLWAY_WORKER=false."""
    from gateway.serving import work_forever

    work_forever(settings_or_exit(database_url=database_url))


@app.command()
def migrate(
    database_url: DatabaseOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail when tables and migrations differ.")
    ] = False,
    new: Annotated[
        str | None, typer.Option("--new", metavar="MESSAGE", help="Write a revision for changed tables.")
    ] = None,
) -> None:
    """Bring the database up to date."""
    from gateway import migrating

    if check:
        differences = migrating.drift()
        for difference in differences:
            complaints.print(difference, markup=False)
        console.print("Tables and migrations differ." if differences else "Tables and migrations agree.")
        raise typer.Exit(1 if differences else 0)
    if new:
        console.print(f"Wrote {migrating.write_revision(new)}. Review it before you commit it.")
        return
    before, after = migrating.upgrade(settings_or_exit(database_url=database_url).database_url)
    console.print(
        f"Database at {after}." if before == after else f"Database brought from {before or 'empty'} to {after}."
    )


@schema.command("export")
def schema_export(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = SCHEMA_FILE,
) -> None:
    """Write the schema as SDL."""
    from gateway.schema import schema_text

    file.write_text(schema_text())
    console.print(f"Wrote {file}.")


@schema.command("check")
def schema_check(file: Annotated[Path, typer.Argument(help="The committed schema.")] = SCHEMA_FILE) -> None:
    """Fail when the file is not the schema that would be served."""
    import difflib

    from gateway.schema import schema_text

    committed = file.read_text() if file.exists() else ""
    served = schema_text()
    if committed == served:
        console.print(f"{file} is the schema that is served.")
        return
    for line in difflib.unified_diff(committed.splitlines(), served.splitlines(), str(file), "served", lineterm=""):
        console.print(line, markup=False, highlight=False)
    complaints.print(f"{file} is stale: run `make schema` and review the difference.")
    raise typer.Exit(1)


@imports.command("shopify-products")
def import_shopify_products(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A product CSV as Shopify exports it.")],
    channel: Annotated[str, typer.Option(help="Handle of the sales channel the prices are for.")] = "web",
    location: Annotated[
        str | None, typer.Option(help="Code of the location that receives the stock; none without.")
    ] = None,
    database_url: DatabaseOption = None,
) -> None:
    """Import products; every row is imported, merged or refused with its line and reason."""
    from gateway.imports.commands import import_products
    from gateway.migrating import upgrade

    settings = settings_or_exit(database_url=database_url)
    upgrade(settings.database_url)
    raise typer.Exit(asyncio.run(import_products(settings, file, channel, location, console)))


@imports.command("online-retail")
def import_online_retail(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The UCI Online Retail file, .csv or .csv.xz.")
    ],
    report: Annotated[Path | None, typer.Option(help="Where to write the reconciliation as JSON.")] = None,
    promotion_percent: Annotated[
        int, typer.Option(min=0, max=99, help="A promotion that takes so much off every line of every sale.")
    ] = 0,
    vat_percent: Annotated[
        int, typer.Option(min=0, max=99, help="VAT that is in every price; the prices stay as the file has them.")
    ] = 0,
    database_url: DatabaseOption = None,
) -> None:
    """Replay a retailer's history through the services the API calls, then reconcile it to the penny."""
    from gateway.imports.commands import import_history
    from gateway.imports.online_retail.terms import Terms

    settings = settings_or_exit(database_url=database_url)
    terms = Terms(promotion_percent, vat_percent)
    raise typer.Exit(import_history(settings, file, terms, report, console))


@app.command()
def verify(database_url: DatabaseOption = None) -> None:
    """Check every ledger, stock and money invariant over the whole database; exit 1 when one does not hold."""
    from gateway.verifying import verify_database

    settings = settings_or_exit(database_url=database_url)
    results = verify_database(settings.database_url)
    table = Table("Room", "Invariant", "Checked", "Findings", title="Invariants")
    for result in results:
        table.add_row(result.room, result.invariant, f"{result.checked:,}", str(len(result.findings)))
    console.print(table)
    findings = [finding for result in results for finding in result.findings]
    for finding in findings[:100]:
        complaints.print(finding, markup=False)
    console.print("Every invariant holds." if not findings else f"{len(findings)} findings.")
    raise typer.Exit(1 if findings else 0)


if __name__ == "__main__":
    main()
