"""Shopify's product CSV as products: reading and grouping, with an account of every row.

A handle's rows belong together wherever they stand: the first with a title describes the product, each with a price is a variant,
each with an image adds it. A row is *imported* when it makes a variant, *merged* when it only adds to a product (or finds its
variant there already), and *refused* with its line and reason otherwise. A barcode whose check digit is wrong is left out and
noted; the variant is kept. Source: https://help.shopify.com/en/manual/products/import-export/using-csv.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path

from stdnum import ean
from stdnum.exceptions import ValidationError

from domain.catalog.model import Options
from domain.money import Currency, Money

REQUIRED = ("Handle", "Title", "Variant Price")
_NO_OPTIONS = ("Title", "Default Title")
_FIELD_BYTES_MAX = 1024 * 1024


class UnreadableFile(Exception):
    """The file as a whole is not a product CSV; the message says what is missing."""


class Outcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    MERGED = "merged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file; `line` is the line it ends on, which is what an editor shows for most of them."""

    line: int
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        """A column's text without blanks around it; empty when the file has no such column."""
        return (self.values.get(column) or "").strip()


@dataclass(frozen=True, slots=True)
class Group:
    """All rows of one handle, in file order."""

    handle: str
    rows: tuple[Row, ...]


@dataclass(slots=True)
class Report:
    """The account of a file: each row once, and notes about what was left out of rows that were kept."""

    rows: int = 0
    products: int = 0
    variants: int = 0
    units: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[tuple[int, str, str]] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """A row was imported or merged."""
        self.counts[outcome] += 1

    def refuse(self, row: Row, reason: str) -> None:
        """A row was refused."""
        self.counts[Outcome.REFUSED] += 1
        self.refused.append((row.line, row.text("Handle"), reason))

    def note(self, row: Row, what: str) -> None:
        """Something of a kept row was left out."""
        self.notes.append((row.line, row.text("Handle"), what))


def read(path: Path) -> list[Group]:
    """The file's rows by handle, in the order in which handles first appear. Rows without a handle share the empty one.

    Raises:
        UnreadableFile: a required column is missing, or the text is no CSV.
    """
    csv.field_size_limit(_FIELD_BYTES_MAX)
    groups: dict[str, list[Row]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableFile(
                    f"The file has no column {', '.join(missing)}. Export products from Shopify as CSV."
                )
            for values in reader:
                row = Row(reader.line_num, {str(name): str(value or "") for name, value in values.items() if name})
                groups.setdefault(row.text("Handle"), []).append(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"The file is not a CSV in UTF-8: {error}") from None
    return [Group(handle, tuple(rows)) for handle, rows in groups.items()]


def options_of(row: Row, names: Sequence[str]) -> Options:
    """The row's option values under the product's names; none for Shopify's "Default Title"."""
    pairs = tuple((name, row.text(f"Option{n} Value")) for n, name in enumerate(names, start=1) if name)
    kept = tuple(pair for pair in pairs if pair[1])
    return () if kept == (_NO_OPTIONS,) else kept


def option_names(group: Group) -> tuple[str, ...]:
    """The names that the product's first row gives its options; the other rows repeat only the values."""
    return tuple(
        next((row.text(f"Option{n} Name") for row in group.rows if row.text(f"Option{n} Name")), "") for n in (1, 2, 3)
    )


def price_minor(text: str, currency: Currency) -> int | None:
    """A price in minor units; None when the text is no price."""
    try:
        amount = Money.from_decimal(Decimal(text), currency).amount_minor
    except (InvalidOperation, ValueError):
        return None
    return amount if amount >= 0 else None


def gtin_of(row: Row, report: Report) -> str | None:
    """The row's barcode when it is a GTIN; a wrong one is noted and left out."""
    text = row.text("Variant Barcode").lstrip("'").replace(" ", "")
    if not text:
        return None
    try:
        return str(ean.validate(text))
    except ValidationError:
        report.note(row, f"barcode {text} is no GTIN; the variant was imported without it")
        return None


def units_of(row: Row, report: Report) -> int:
    """The row's quantity; none, and a note, when it is negative or no number."""
    text = row.text("Variant Inventory Qty")
    if not text:
        return 0
    try:
        units = int(text)
    except ValueError:
        report.note(row, f"quantity {text} is no whole number; no stock was received")
        return 0
    if units < 0:
        report.note(row, f"quantity {units} is below zero; no stock was received")
    return max(0, units)


class _Text(HTMLParser):
    """Collects a description's text; block elements begin new paragraphs."""

    _BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "table", "tr"})
    _SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT

    def handle_data(self, data: str) -> None:
        if self._silent <= 0:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """A description without its markup, paragraphs apart by empty lines.

    >>> plain_text("<p>One &amp; two</p><p>Three</p><script>x</script>")
    'One & two\\n\\nThree'
    """
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "\n\n".join(_paragraphs("".join(parser.parts)))


def _paragraphs(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        words = " ".join(line.split())
        if words:
            yield words
