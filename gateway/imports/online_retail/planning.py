"""From invoices to steps: classify each row, match each return, group what the replay does together."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from gateway.imports.online_retail import reading, rules
from gateway.imports.online_retail.matching import Purchases, Wanted
from gateway.imports.online_retail.model import (
    ORDERED,
    STOCK_KEPT,
    BadRow,
    Cancellation,
    CancellationLine,
    Invoice,
    Outcome,
    Refusal,
    RefusedRow,
    Row,
    Sale,
    SaleLine,
    Step,
    StockChange,
    StockLine,
)


def _refused(row: Row, outcome: Outcome) -> RefusedRow:
    return RefusedRow(row.line, row.code, row.quantity, row.unit_price, outcome, rules.STATED[outcome])


def _sale_line(row: Row, outcome: Outcome) -> SaleLine:
    kind = rules.kind_of(row.code)
    assert kind is not None, "an ordered row has a code that can be sold"
    assert row.unit_price_minor is not None, "an ordered row has a whole price"
    return SaleLine(row.line, row.code, row.description, row.quantity, row.unit_price_minor, kind, outcome)


def _cancellation_line(row: Row, purchases: Purchases) -> CancellationLine:
    kind = rules.kind_of(row.code)
    assert kind is not None, "a returned row has a code that can be sold"
    assert row.unit_price_minor is not None, "a returned row has a whole price"
    wanted = Wanted(row.customer, row.code, kind, row.at, row.unit_price_minor, -row.quantity)
    matches = purchases.take_back(wanted)
    return CancellationLine(row.line, row.code, -row.quantity, row.unit_price_minor, kind, matches)


def _sale_steps(invoice: Invoice, purchases: Purchases) -> Iterator[Step]:
    priced = rules.is_priced(invoice)
    judged = [(row, rules.classify(row, priced=priced)) for row in invoice.rows]
    if lines := tuple(_sale_line(row, outcome) for row, outcome in judged if outcome in ORDERED):
        sale = Sale(invoice.number, invoice.at, invoice.customer, invoice.country, lines)
        purchases.record(sale)
        yield sale
    stock = tuple(
        StockLine(row.line, row.code, row.quantity, row.description, outcome)
        for row, outcome in judged
        if outcome in STOCK_KEPT
    )
    if stock:
        yield StockChange(invoice.number, invoice.at, stock)
    handled = ORDERED | STOCK_KEPT
    if refused := tuple(_refused(row, outcome) for row, outcome in judged if outcome not in handled):
        yield Refusal(invoice.number, invoice.at, refused)


def _cancellation_steps(invoice: Invoice, purchases: Purchases) -> Iterator[Step]:
    lines: list[CancellationLine] = []
    refused: list[RefusedRow] = []
    for row in invoice.rows:
        outcome = rules.classify(row, priced=True)
        if outcome is not Outcome.RETURNED:
            refused.append(_refused(row, outcome))
            continue
        line = _cancellation_line(row, purchases)
        if line.matches:
            lines.append(line)
        else:
            refused.append(_refused(row, line.outcome))
    if lines:
        yield Cancellation(invoice.number, invoice.at, invoice.customer, invoice.country, tuple(lines))
    if refused:
        yield Refusal(invoice.number, invoice.at, tuple(refused))


def plan(entries: Iterable[Invoice | BadRow], purchases: Purchases) -> Iterator[Step]:
    """Steps in file order: of one invoice first its sale or cancellation, then stock, then what is refused.

    `purchases` is changed on the way. To resume, give the purchases as they were and only the invoices still to come.
    """
    for entry in entries:
        if isinstance(entry, BadRow):
            row = RefusedRow(entry.line, "", 0, Decimal(0), Outcome.UNREADABLE, entry.reason)
            yield Refusal(None, None, (row,))
        elif rules.is_cancellation(entry.number):
            yield from _cancellation_steps(entry, purchases)
        else:
            yield from _sale_steps(entry, purchases)


def steps(path: Path) -> Iterator[Step]:
    """All steps of a .csv or .csv.xz file, the same at every reading.

    Raises:
        UnreadableFile: as `reading.read`.
    """
    return plan(reading.read(path), Purchases())
