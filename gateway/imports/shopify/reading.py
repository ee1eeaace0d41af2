"""Rows of the export, and groups of rows with one handle."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser

from gateway.imports.shopify.model import Fate, Outcome, Row, UnreadableFile

REQUIRED = ("Handle", "Title", "Variant Price")
FIELD_LENGTH_MAX = 1 << 20
ROWS_OF_HANDLE_MAX = 1_000

_BLOCKS = frozenset(
    {"p", "div", "br", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "blockquote"}
)
_SILENT = frozenset({"script", "style", "head", "title"})


def rows(lines: Iterable[str]) -> Iterator[Row | Outcome]:
    """Each row, or why it cannot be read. `lines` keep their line ends, as a file opened with `newline=""` gives them.

    Raises:
        UnreadableFile: there is no header, or it lacks a column.
    """
    csv.field_size_limit(FIELD_LENGTH_MAX)
    reader = csv.reader(lines, strict=True)
    columns = _header(reader)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield Outcome(line, "", Fate.REFUSED, f"not readable as CSV: {error}")
            continue
        if values is None:
            return
        if not values:
            continue
        if len(values) != len(columns):
            handle = values[0][:255]
            yield Outcome(line, handle, Fate.REFUSED, f"{len(values)} columns where the header has {len(columns)}")
            continue
        row = _row(line, dict(zip(columns, values, strict=True)))
        yield row if row.handle else Outcome(line, "", Fate.REFUSED, "no handle")


def groups(found: Iterable[Row | Outcome]) -> Iterator[Sequence[Row] | Outcome]:
    """Neighboring rows of one handle; refused rows stand between them and split nothing."""
    gathered: list[Row] = []
    for one in found:
        if isinstance(one, Outcome):
            yield one
            continue
        if gathered and gathered[0].handle != one.handle:
            yield gathered
            gathered = []
        if len(gathered) < ROWS_OF_HANDLE_MAX:
            gathered.append(one)
        else:
            yield Outcome(one.line, one.handle, Fate.REFUSED, f"more than {ROWS_OF_HANDLE_MAX} rows of one handle")
    if gathered:
        yield gathered


def plain_text(html: str) -> str:
    """The words of an HTML text; paragraphs are separated by empty lines, scripts and tags are gone.

    >>> plain_text("<p>Soft &amp; warm.</p><script>alert(1)</script><ul><li>Wool</li><li>Silk</li></ul>")
    'Soft & warm.\\n\\nWool\\n\\nSilk'
    """
    parser = _Words()
    parser.feed(html)
    parser.close()
    paragraphs = (" ".join(paragraph.split()) for paragraph in "".join(parser.parts).split("\x00"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


class _Words(HTMLParser):
    """Collects text; NUL marks the end of a paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS:
            self.parts.append("\x00")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self._silent:
            self._silent -= 1
        if tag in _BLOCKS:
            self.parts.append("\x00")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\x00", " "))


def _header(reader: Iterator[list[str]]) -> Sequence[str]:
    try:
        columns = [column.strip().removeprefix("\ufeff") for column in next(reader, [])]
    except csv.Error as error:
        raise UnreadableFile(f"The file is not readable as CSV: {error}.") from None
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise UnreadableFile(f"The file is no Shopify product export: the header has no column {missing[0]!r}.")
    return columns


def _row(line: int, values: Mapping[str, str]) -> Row:
    def text(*names: str) -> str:
        found = next((values[name] for name in names if name in values), "")
        return found.strip()

    return Row(
        line=line,
        handle=text("Handle"),
        title=text("Title"),
        body_html=text("Body (HTML)", "Body HTML"),
        vendor=text("Vendor"),
        product_type=text("Type"),
        tags=text("Tags"),
        published=text("Published").lower(),
        status=text("Status").lower(),
        option_names=(text("Option1 Name"), text("Option2 Name"), text("Option3 Name")),
        option_values=(text("Option1 Value"), text("Option2 Value"), text("Option3 Value")),
        sku=text("Variant SKU").removeprefix("'"),
        grams=text("Variant Grams"),
        tracker=text("Variant Inventory Tracker"),
        quantity=text("Variant Inventory Qty"),
        policy=text("Variant Inventory Policy").lower(),
        price=text("Variant Price"),
        compare_at=text("Variant Compare At Price"),
        requires_shipping=text("Variant Requires Shipping").lower(),
        taxable=text("Variant Taxable").lower(),
        barcode=text("Variant Barcode").removeprefix("'").strip(),
        image_src=text("Image Src"),
        image_alt=text("Image Alt Text"),
        gift_card=text("Gift Card").lower(),
        variant_image=text("Variant Image"),
    )
