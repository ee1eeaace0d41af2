"""Values of the import."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.catalog.model import NewMedia, NewProduct, NewVariant, VariantId

NOTES_MAX = 1_000


class Fate(StrEnum):
    """What became of a row."""

    IMPORTED = "IMPORTED"
    MERGED = "MERGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


class UnreadableFile(Exception):
    """The file is no product export; says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the export, its texts trimmed and without the apostrophe that keeps spreadsheets from counting.

    `line` is the line of the file the row begins on, from 1 for the header.
    """

    line: int
    handle: str
    title: str = ""
    body_html: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: str = ""
    published: str = ""
    status: str = ""
    option_names: tuple[str, str, str] = ("", "", "")
    option_values: tuple[str, str, str] = ("", "", "")
    sku: str = ""
    grams: str = ""
    tracker: str = ""
    quantity: str = ""
    policy: str = ""
    price: str = ""
    compare_at: str = ""
    requires_shipping: str = ""
    taxable: str = ""
    barcode: str = ""
    image_src: str = ""
    image_alt: str = ""
    gift_card: str = ""
    variant_image: str = ""

    @property
    def is_variant(self) -> bool:
        """Whether it describes something sellable, and not only an image."""
        return bool(self.price or self.sku or self.option_values[0])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row; `reason` says why when it was refused."""

    line: int
    handle: str
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a row says that was left out, though the row was taken."""

    line: int
    handle: str
    what: str


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """A row's variant; `quantity` is the stock the export tells, 0 for none."""

    line: int
    variant: NewVariant
    image_url: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """A handle's rows as the catalog would take them. `product.variants` is empty: they are in `variants`.

    `image_lines` are (line, address) of every row that names an image; `product.media` names each address once.
    """

    line: int
    product: NewProduct
    option_names: tuple[str, ...]
    variants: tuple[PlannedVariant, ...]
    image_lines: tuple[tuple[int, str], ...]
    has_title: bool

    @property
    def media(self) -> tuple[NewMedia, ...]:
        return self.product.media


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """How many units the export says there are of a new variant; at least 1."""

    variant_id: VariantId
    quantity: int


@dataclass(frozen=True, slots=True)
class Report:
    """An import's account: the four counts add up to `rows`.

    `refused` holds every refused row; `notes` the first thousand of `notes_count`.
    """

    rows: int = 0
    imported: int = 0
    merged: int = 0
    unchanged: int = 0
    products: int = 0
    variants: int = 0
    units: int = 0
    notes_count: int = 0
    refused: tuple[Outcome, ...] = ()
    notes: tuple[Note, ...] = ()

    def plus(self, part: "Part") -> "Report":
        """The account with one more part."""
        counts = {fate: sum(one.fate is fate for one in part.outcomes) for fate in Fate}
        refused = tuple(one for one in part.outcomes if one.fate is Fate.REFUSED)
        return replace(
            self,
            rows=self.rows + len(part.outcomes),
            imported=self.imported + counts[Fate.IMPORTED],
            merged=self.merged + counts[Fate.MERGED],
            unchanged=self.unchanged + counts[Fate.UNCHANGED],
            products=self.products + part.products,
            variants=self.variants + part.variants,
            units=self.units + part.units,
            notes_count=self.notes_count + len(part.notes),
            refused=self.refused + refused,
            notes=(self.notes + part.notes)[:NOTES_MAX],
        )

    def in_file_order(self) -> "Report":
        """The same account, with refusals and notes by line."""
        refused = tuple(sorted(self.refused, key=lambda one: one.line))
        return replace(self, refused=refused, notes=tuple(sorted(self.notes, key=lambda one: one.line)))


@dataclass(frozen=True, slots=True)
class Part:
    """What one commit did. `products`, `variants` and `units` are what is new."""

    outcomes: tuple[Outcome, ...] = ()
    notes: tuple[Note, ...] = ()
    products: int = 0
    variants: int = 0
    units: int = 0
