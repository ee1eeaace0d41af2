"""What a handle's rows would be in the catalog, decided without it: pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.catalog import rules
from domain.catalog.errors import GtinInvalid
from domain.catalog.model import STANDARD_TAX, ChannelId, NewMedia, NewPrice, NewProduct, NewVariant, Options
from domain.errors import Refused
from domain.money import Currency, Money
from gateway.imports.shopify.model import Fate, Note, Outcome, PlannedProduct, PlannedVariant, Row
from gateway.imports.shopify.reading import plain_text

EXEMPT_TAX = "exempt"
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,9}(\.0+)?", re.ASCII)
_NO_OPTIONS = ("title", "default title")


@dataclass(frozen=True, slots=True)
class Target:
    """The channel that prices and publications are for."""

    channel_id: ChannelId
    currency: Currency


@dataclass(frozen=True, slots=True)
class Planned:
    """A handle's plan: None when no row of it can be taken. Rows that are in neither list are for the plan to settle."""

    product: PlannedProduct | None
    refused: tuple[Outcome, ...]
    notes: tuple[Note, ...]


class RowRefused(Exception):
    """A row cannot be taken; the message says why."""


@dataclass(slots=True)
class _Findings:
    """What is gathered while one handle's rows are looked at."""

    refused: list[Outcome] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    variants: list[PlannedVariant] = field(default_factory=list)
    images: list[tuple[int, str, str]] = field(default_factory=list)

    def refuse(self, row: Row, reason: str) -> None:
        self.refused.append(Outcome(row.line, row.handle, Fate.REFUSED, reason))

    def note(self, row: Row, what: str) -> None:
        self.notes.append(Note(row.line, row.handle, what))


def plan(rows: Sequence[Row], target: Target) -> Planned:
    """The product that rows of one handle describe. A row that is wrong is refused alone; a wrong product wholly."""
    first = rows[0]
    names = _option_names(first)
    found = _Findings()
    for row in rows:
        try:
            _take(row, names, target, found)
        except RowRefused as reason:
            found.refuse(row, str(reason))
    product = _product(first, found, target)
    try:
        rules.check_handle(product.handle)
        rules.check_texts(
            product.title or "untitled", product.description, product.vendor, product.product_type, product.tags
        )
        rules.check_variants(names, (), (), media_count=0)
    except Refused as refused:
        return Planned(None, tuple(_all_refused(rows, found, refused.message)), ())
    if not found.variants and not found.images:
        return Planned(None, tuple(found.refused), ())
    planned = PlannedProduct(
        line=first.line,
        product=product,
        option_names=names,
        variants=tuple(found.variants),
        image_lines=tuple((line, url) for line, url, _ in found.images),
        has_title=bool(first.title),
    )
    return Planned(planned, tuple(found.refused), tuple(found.notes))


def _all_refused(rows: Sequence[Row], found: _Findings, reason: str) -> list[Outcome]:
    known = {one.line: one for one in found.refused}
    return [known.get(row.line) or Outcome(row.line, row.handle, Fate.REFUSED, reason) for row in rows]


def _take(row: Row, names: tuple[str, ...], target: Target, found: _Findings) -> None:
    for url in (row.image_src, row.variant_image):
        if len(url) > 2_000 or not rules.is_storable(url):
            raise RowRefused("the address of its image is too long or not text")
    if not row.is_variant and not row.image_src:
        raise RowRefused("neither a variant nor an image")
    if row.is_variant:
        found.variants.append(_variant(row, names, target, found))
    for url, alt in ((row.image_src, row.image_alt[:512]), (row.variant_image, "")):
        if url:
            _add_image(row, url, alt, found)


def _add_image(row: Row, url: str, alt: str, found: _Findings) -> None:
    urls = {url for _, url, _ in found.images}
    if url in urls or len(urls) < rules.MEDIA_MAX:
        found.images.append((row.line, url, alt))
    elif row.is_variant:
        found.note(row, f"an image beyond the first {rules.MEDIA_MAX} was left out")
    else:
        raise RowRefused(f"a product has at most {rules.MEDIA_MAX} images")


def _variant(row: Row, names: tuple[str, ...], target: Target, found: _Findings) -> PlannedVariant:
    options = _options(row, names)
    new = NewVariant(
        sku=row.sku or None,
        options=options,
        prices=(_price(row, target, found),),
        gtin=_gtin(row, found),
        requires_shipping=row.requires_shipping != "false" and row.gift_card != "true",
        tracks_inventory=bool(row.tracker) and row.gift_card != "true",
        sells_when_out_of_stock=row.policy == "continue",
        tax_code=EXEMPT_TAX if row.taxable == "false" else STANDARD_TAX,
        weight_grams=_whole(row.grams, "Variant Grams"),
    )
    try:
        rules.check_variants(names, (), (new,), media_count=0)
    except Refused as refused:
        raise RowRefused(refused.message) from None
    quantity = _whole(row.quantity, "Variant Inventory Qty")
    if quantity < 0:
        found.note(row, f"{quantity} units were oversold; the stock begins at 0")
    return PlannedVariant(row.line, new, row.variant_image, max(0, quantity) if new.tracks_inventory else 0)


def _option_names(first: Row) -> tuple[str, ...]:
    names = tuple(name for name in first.option_names if name)
    single = (first.option_names[0].casefold(), first.option_values[0].casefold())
    return () if names[1:] == () and single == _NO_OPTIONS else names


def _options(row: Row, names: tuple[str, ...]) -> Options:
    if not names:
        return ()
    values = row.option_values[: len(names)]
    for name, value in zip(names, values, strict=True):
        if not value:
            raise RowRefused(f"no value for the option {name}")
    return tuple(zip(names, values, strict=True))


def _price(row: Row, target: Target, found: _Findings) -> NewPrice:
    if not row.price:
        raise RowRefused("no price")
    amount = _amount(row.price, "Variant Price", target.currency)
    former = _amount(row.compare_at, "Variant Compare At Price", target.currency) if row.compare_at else None
    if former is not None and former <= amount:
        if former > 0:
            found.note(row, f"the former price {row.compare_at} is not above the price and was left out")
        former = None
    return NewPrice(target.channel_id, amount, former)


def _amount(text: str, column: str, currency: Currency) -> int:
    if not _AMOUNT.fullmatch(text):
        raise RowRefused(f"{column} {text[:40]!r} is not an amount")
    try:
        return Money.from_decimal(Decimal(text), currency).amount_minor
    except ValueError:
        raise RowRefused(f"{column} {text} has more digits than {currency} has") from None


def _gtin(row: Row, found: _Findings) -> str | None:
    if not row.barcode:
        return None
    try:
        return rules.gtin14(row.barcode)
    except GtinInvalid:
        found.note(row, f"the barcode {row.barcode[:40]!r} is not a GTIN and was left out")
        return None


def _whole(text: str, column: str) -> int:
    if not text:
        return 0
    if not _WHOLE.fullmatch(text):
        raise RowRefused(f"{column} {text[:40]!r} is not a whole number")
    return int(text.partition(".")[0])


def _product(first: Row, found: _Findings, target: Target) -> NewProduct:
    published = first.published != "false" and first.status in ("", "active")
    alt_of: dict[str, str] = {}
    for _, url, alt in found.images:
        alt_of[url] = alt_of.get(url) or alt
    tags = dict.fromkeys(tag.strip() for tag in first.tags.split(",") if tag.strip())
    return NewProduct(
        handle=first.handle,
        title=first.title,
        variants=(),
        description=plain_text(first.body_html)[: rules.DESCRIPTION_LENGTH_MAX],
        vendor=first.vendor,
        product_type=first.product_type,
        tags=tuple(tags),
        media=tuple(NewMedia(url, alt) for url, alt in alt_of.items()),
        published_in=(target.channel_id,) if published else (),
    )
