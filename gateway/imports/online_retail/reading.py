"""Stream the file into rows and whole invoices. Text ends here; what leaves is typed and exact."""

import csv
import lzma
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from gateway.imports.online_retail.model import BadRow, Invoice, Row

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
LINGER = timedelta(hours=1)
"""How long an invoice stays open after its last line; 43 invoices cross a minute and one resumes after another."""

_SHOP_CLOCK = ZoneInfo("Europe/London")
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_PRICE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_INVOICE = re.compile(r"[A-Z]?[0-9]{6}")
_CUSTOMER = re.compile(r"[0-9]{1,12}")
_CODE_LENGTH_MAX = 20


class UnreadableFile(ValueError):
    """The file as a whole is not the one expected: no text, or columns are missing."""


@lru_cache(maxsize=65_536)
def _quantity(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"quantity {text!r} is not a whole number")
    if not int(text):
        raise ValueError("quantity is zero")
    return int(text)


@lru_cache(maxsize=65_536)
def price(text: str) -> tuple[Decimal, int | None]:
    """Pounds exactly as written, and pence when the price is a whole number of them.

    Raises:
        ValueError: the text is not a decimal number.

    >>> price("2.55"), price("0.001"), price("-11062.06")
    ((Decimal('2.55'), 255), (Decimal('0.001'), None), (Decimal('-11062.06'), -1106206))
    """
    if not _PRICE.fullmatch(text):
        raise ValueError(f"price {text!r} is not an amount")
    pounds = Decimal(text)
    pence = pounds.scaleb(2)
    return pounds, int(pence) if pence == pence.to_integral_value() else None


@lru_cache(maxsize=1_024)
def instant(text: str) -> datetime:
    """UTC of a time on the shop's wall clock in London.

    Raises:
        ValueError: the text is not `YYYY-MM-DD HH:MM:SS`.

    >>> instant("2011-07-01 09:30:00").isoformat()
    '2011-07-01T08:30:00+00:00'
    """
    wall = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_SHOP_CLOCK)
    return wall.astimezone(UTC)


def _row(line: int, values: list[str]) -> Row:
    invoice, code, description, quantity, at, unit_price, customer, country = values
    if not _INVOICE.fullmatch(invoice):
        raise ValueError(f"invoice {invoice!r} is not six digits after at most one letter")
    if not 0 < len(code) <= _CODE_LENGTH_MAX:
        raise ValueError(f"stock code {code!r} is empty or too long")
    if customer and not _CUSTOMER.fullmatch(customer):
        raise ValueError(f"customer {customer!r} is not a number")
    pounds, pence = price(unit_price)
    return Row(
        line=line,
        invoice=invoice,
        code=code.upper(),
        description=description.strip(),
        quantity=_quantity(quantity),
        at=instant(at),
        unit_price=pounds,
        unit_price_minor=pence,
        customer=customer or None,
        country=country,
    )


def rows(lines: Iterable[str]) -> Iterator[Row | BadRow]:
    """Every line after the header, in file order. Columns may stand in any order; others are ignored.

    Raises:
        UnreadableFile: a column is missing.
    """
    reader = csv.reader(lines)
    header = next(reader, [])
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise UnreadableFile(f"columns are missing: {', '.join(missing)}")
    places = [header.index(name) for name in COLUMNS]
    for line, values in enumerate(reader, start=1):
        if len(values) != len(header):
            yield BadRow(line, f"{len(values)} fields, not {len(header)}")
            continue
        try:
            yield _row(line, [values[place] for place in places])
        except ValueError as error:
            yield BadRow(line, str(error))


@dataclass(slots=True)
class _Desk:
    """Invoices that may still grow, oldest first, and the numbers of those that may not."""

    growing: OrderedDict[str, list[Row]] = field(default_factory=OrderedDict)
    finished: set[str] = field(default_factory=set)

    def take(self, row: Row) -> BadRow | None:
        """Add the row to its invoice, or say why it cannot be."""
        if row.invoice in self.finished:
            return BadRow(row.line, f"invoice {row.invoice} ended long before this line")
        first = self.growing.setdefault(row.invoice, [row])[0]
        if first is row:
            return None
        if (row.customer, row.country) != (first.customer, first.country):
            return BadRow(row.line, f"invoice {row.invoice} began with another customer or country")
        self.growing[row.invoice].append(row)
        return None

    def finish(self, now: datetime | None) -> Iterator[Invoice]:
        """Oldest invoices whose last line is older than LINGER; all of them without a time."""
        while self.growing:
            number, held = next(iter(self.growing.items()))
            if now is not None and now - held[-1].at <= LINGER:
                return
            del self.growing[number]
            self.finished.add(number)
            yield Invoice(number, held[0].at, held[0].customer, held[0].country, tuple(held))


def invoices(entries: Iterable[Row | BadRow]) -> Iterator[Invoice | BadRow]:
    """Whole invoices in order of their first line; bad rows as they are met."""
    desk = _Desk()
    now: datetime | None = None
    for entry in entries:
        if isinstance(entry, BadRow):
            yield entry
            continue
        if entry.at != now:
            now = entry.at
            yield from desk.finish(now)
        if bad := desk.take(entry):
            yield bad
    yield from desk.finish(None)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The text of a .csv or .csv.xz file.

    Raises:
        UnreadableFile: the file is cut short, not xz, or not UTF-8 (also when met while reading on).
    """
    try:
        if path.suffix == ".xz":
            with lzma.open(path, "rt", encoding="utf-8", newline="") as text:
                yield text
        else:
            with path.open("rt", encoding="utf-8", newline="") as text:
                yield text
    except (lzma.LZMAError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error


def read(path: Path) -> Iterator[Invoice | BadRow]:
    """Whole invoices of the file in order of their first line, and bad rows between them.

    Raises:
        UnreadableFile: as `opened` and `rows`.
    """
    with opened(path) as text:
        yield from invoices(rows(text))
