"""`tillway import online-retail`: replay with a progress bar, reconcile, verify."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from gateway import migrating
from gateway.connections import connected
from gateway.imports.online_retail import rendering, replay
from gateway.imports.online_retail.reading import UnreadableFile
from gateway.imports.online_retail.reconciliation import Reconciliation, reconcile
from gateway.imports.online_retail.replay import History, OtherHistory, Replayed
from gateway.imports.online_retail.terms import AS_IT_WAS, Terms
from gateway.settings import Settings
from gateway.verifying import VerifyResult, verify_database

FINDINGS_SHOWN_MAX = 100


def import_history(settings: Settings, file: Path, terms: Terms, report: Path | None, console: Console) -> int:
    """Bring the database up to date, then `replay_history`. Answers the exit code."""
    migrating.upgrade(settings.database_url)
    return replay_history(settings.database_url, file, report, console, terms)


def replay_history(url: str, file: Path, report: Path | None, console: Console, terms: Terms = AS_IT_WAS) -> int:
    """Replay the file, print what it and the database say, and check every invariant; what is done already is skipped.

    `report` receives the reconciliation as JSON. Answers the exit code: 0 when every difference is explained and every
    invariant holds, 1 when not, 2 when the file cannot be imported.
    """
    try:
        with console.status("Looking through the file"):
            history = replay.look_through(file, terms)
        replayed = _replay(url, history, console)
    except (UnreadableFile, OtherHistory) as error:
        console.print(str(error), markup=False)
        return 2
    reconciliation = reconcile(replayed.file, replayed.database)
    _print(reconciliation, console)
    if report is not None:
        report.write_text(rendering.as_json(reconciliation))
        console.print(f"Wrote {report}.", markup=False)
    with console.status("Checking every invariant"):
        results = verify_database(url)
    print_results(results, console)
    sound = not any(result.findings for result in results)
    return 0 if reconciliation.balanced and sound else 1


def _replay(url: str, history: History, console: Console) -> Replayed:
    progress = Progress(
        BarColumn(bar_width=10),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} rows"),
        TextColumn("{task.fields[orders]:,} orders"),
        TextColumn("{task.fields[returns]:,} returns"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    with progress:
        task: TaskID = progress.add_task("Replaying", total=history.survey.rows, orders=0, returns=0)

        def watch(now: replay.Progress) -> None:
            progress.update(task, completed=now.rows, orders=now.orders, returns=now.returns)

        return connected(url, lambda connection: replay.replay(connection, history, watch))


def _print(reconciliation: Reconciliation, console: Console) -> None:
    for table in rendering.tables(reconciliation):
        console.print(table)
    console.print(
        "Every difference is explained." if reconciliation.balanced else "[bold red]Something is unexplained.[/]"
    )


def print_results(results: Sequence[VerifyResult], console: Console) -> None:
    """What was checked and found, as a table, and the first findings in full."""
    table = Table("Room", "Invariant", title="Invariants", title_justify="left")
    table.add_column("Checked", justify="right")
    table.add_column("Findings", justify="right")
    for result in results:
        table.add_row(result.room, result.invariant, f"{result.checked:,}", f"{len(result.findings):,}")
    console.print(table)
    findings = [finding for result in results for finding in result.findings]
    for finding in findings[:FINDINGS_SHOWN_MAX]:
        console.print(finding, markup=False)
    console.print("Every invariant holds." if not findings else f"[bold red]{len(findings):,} findings.[/]")
