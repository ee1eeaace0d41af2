"""Papers as text for a receipt printer of so many columns."""

import textwrap
from collections.abc import Iterator

from domain.money import decimal_text
from domain.papers.model import Content, Paper, PaperKind, PaperLine

COLUMNS_MIN, COLUMNS_MAX = 24, 120

_TITLES = {
    PaperKind.RECEIPT: "RECEIPT",
    PaperKind.INVOICE: "INVOICE",
    PaperKind.GIFT_RECEIPT: "GIFT RECEIPT",
    PaperKind.CREDIT_NOTE: "CREDIT NOTE",
}


def text(paper: Paper, columns: int) -> str:
    """The paper, no line longer than `columns`, ending with a line break."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(paper, columns))


def _lines(paper: Paper, columns: int) -> Iterator[str]:
    content = paper.content
    rule = "-" * columns
    for party in content.parties:
        yield from _wrapped(party, columns)
    yield rule
    yield from _pair(_TITLES[paper.kind], paper.name, columns)
    yield from _pair("Issued", f"{paper.issued_at:%Y-%m-%d}", columns)
    for name, value in content.facts:
        yield from _pair(name, value, columns)
    if content.buyer:
        yield rule
        for line in content.buyer:
            yield from _wrapped(line, columns)
    yield rule
    for item in content.lines:
        yield from _item(item, content, columns)
    yield from _amounts(content, columns, rule)
    if content.footer:
        yield rule
        yield from _wrapped(content.footer, columns)


def _amounts(content: Content, columns: int, rule: str) -> Iterator[str]:
    if not content.sums:
        return
    yield rule
    for name, minor in content.sums:
        yield from _pair(name, decimal_text(minor, content.currency), columns)
    yield from _pair("Currency", content.currency, columns)
    if content.taxes:
        yield rule
    for tax in content.taxes:
        label = f"{tax.jurisdiction} {_percent(tax.rate_ppm)} %"
        on = f" on {decimal_text(tax.net_minor, content.currency)}" if tax.net_minor else ""
        yield from _pair(label + on, decimal_text(tax.tax_minor, content.currency), columns)
    if content.tenders:
        yield rule
    for name, minor in content.tenders:
        yield from _pair(name, decimal_text(minor, content.currency), columns)


def _item(item: PaperLine, content: Content, columns: int) -> Iterator[str]:
    yield from _wrapped(item.title, columns)
    many = f"{item.quantity} x" + (f" {item.sku}" if item.sku else "")
    if item.total_minor is None or item.unit_price_minor is None:
        yield from _wrapped(f"  {many}", columns)
        return
    unit = decimal_text(item.unit_price_minor, content.currency)
    yield from _pair(f"  {many} {unit}", decimal_text(item.total_minor, content.currency), columns)
    for name, minor in item.notes:
        yield from _pair(f"    {name}", decimal_text(minor, content.currency) if minor else "", columns)


def _percent(ppm: int) -> str:
    """A rate as people write it.

    >>> [_percent(ppm) for ppm in (200_000, 82_500, 0)]
    ['20', '8.25', '0']
    """
    whole, part = divmod(ppm, 10_000)
    return f"{whole}.{part:04}".rstrip("0").rstrip(".")


def _pair(name: str, value: str, columns: int) -> Iterator[str]:
    """A name to the left and its value to the right; on lines of their own when they do not fit one."""
    if len(name) + 1 + len(value) <= columns:
        yield f"{name}{value:>{columns - len(name)}}"
        return
    yield from _wrapped(name, columns)
    for part in textwrap.wrap(value, columns) or [""]:
        yield f"{part:>{columns}}"


def _wrapped(text_: str, columns: int) -> list[str]:
    indent = " " * (len(text_) - len(text_.lstrip()))
    return textwrap.wrap(text_.strip(), columns, initial_indent=indent, subsequent_indent=indent) or [""]
