"""A reconciliation as text for a person and as JSON for a program."""

import json
from decimal import Decimal
from io import StringIO

from rich.console import Console, ConsoleRenderable
from rich.table import Table

from gateway.imports.online_retail.reconciliation import Comparison, Measure, OutcomeLine, Reconciliation

_WIDTH = 150
_TableRow = tuple[str, str, str]


def amount(value: Decimal, measure: Measure) -> str:
    """The figure with thousands set apart; pounds with two digits, more only where the file has them.

    >>> amount(Decimal("9747747.934"), Measure.POUNDS), amount(Decimal(-25900), Measure.COUNT)
    ('9,747,747.934', '-25,900')
    """
    if measure is not Measure.POUNDS:
        return f"{value:,.0f}"
    pennies = value.quantize(Decimal("0.01"))
    return f"{pennies:,}" if pennies == value else f"{value.normalize():,f}"


def _outcomes(outcomes: tuple[OutcomeLine, ...]) -> Table:
    table = Table(title="Every row of the file, by outcome", title_justify="left")
    for heading in ("Outcome", "Rule"):
        table.add_column(heading)
    for heading in ("Lines", "Units", "GBP"):
        table.add_column(heading, justify="right")
    for line in outcomes:
        if line.lines:
            pounds = amount(line.pounds, Measure.POUNDS)
            table.add_row(line.outcome.value, line.rule, f"{line.lines:,}", f"{line.units:,}", pounds)
    table.add_section()
    whole = sum((line.pounds for line in outcomes), Decimal(0))
    lines, units = sum(line.lines for line in outcomes), sum(line.units for line in outcomes)
    table.add_row("FILE", "", f"{lines:,}", f"{units:,}", amount(whole, Measure.POUNDS))
    return table


def _comparison_rows(comparison: Comparison) -> list[_TableRow]:
    measure = comparison.measure
    return [
        (f"{comparison.subject} ({measure.value.lower()})", "the file says", amount(comparison.file, measure)),
        ("", "the database says", amount(comparison.database, measure)),
        *(("", f"  {part.reason}", amount(part.amount, measure)) for part in comparison.explanations),
        ("", "unexplained", amount(comparison.unexplained, measure)),
    ]


def _comparisons(comparisons: tuple[Comparison, ...]) -> Table:
    table = Table(title="The file and the database", title_justify="left")
    table.add_column("Figure")
    table.add_column("Side or reason")
    table.add_column("Amount", justify="right")
    for comparison in comparisons:
        for row in _comparison_rows(comparison):
            table.add_row(*row)
        table.add_section()
    return table


def tables(reconciliation: Reconciliation) -> list[ConsoleRenderable]:
    """The outcomes and the comparisons, to print on any rich console."""
    return [_outcomes(reconciliation.outcomes), _comparisons(reconciliation.comparisons)]


def as_text(reconciliation: Reconciliation) -> str:
    """The tables without color, and one last line that says whether anything is unexplained."""
    written = StringIO()
    console = Console(file=written, width=_WIDTH, force_terminal=False, color_system=None)
    for table in tables(reconciliation):
        console.print(table)
    console.print("Every difference is explained." if reconciliation.balanced else "Something is unexplained.")
    return written.getvalue()


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    return {
        "subject": comparison.subject,
        "measure": comparison.measure.value,
        "file": str(comparison.file),
        "database": str(comparison.database),
        "explanations": [{"reason": part.reason, "amount": str(part.amount)} for part in comparison.explanations],
        "unexplained": str(comparison.unexplained),
    }


def as_json(reconciliation: Reconciliation) -> str:
    """The same as JSON, indented; every amount that may have a fraction is a decimal string."""
    outcomes = [
        {
            "outcome": line.outcome.value,
            "rule": line.rule,
            "lines": line.lines,
            "units": line.units,
            "pounds": str(line.pounds),
        }
        for line in reconciliation.outcomes
    ]
    comparisons = [_comparison_json(comparison) for comparison in reconciliation.comparisons]
    whole = {"balanced": reconciliation.balanced, "outcomes": outcomes, "comparisons": comparisons}
    return json.dumps(whole, indent=2) + "\n"
