"""Rows, invoices, outcomes and steps of the history."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class LineKind(StrEnum):
    """What a stock code stands for. Only GOODS are held in stock."""

    GOODS = "GOODS"
    VOUCHER = "VOUCHER"
    SHIPPING = "SHIPPING"
    CHARGE = "CHARGE"


class Outcome(StrEnum):
    """The one thing that happens to a row. `rules.STATED` holds the rule of each in a sentence."""

    SOLD = "SOLD"
    SOLD_TO_GUEST = "SOLD_TO_GUEST"
    GIVEN_FREE = "GIVEN_FREE"
    VOUCHER_SOLD = "VOUCHER_SOLD"
    SHIPPING_CHARGED = "SHIPPING_CHARGED"
    SERVICE_CHARGED = "SERVICE_CHARGED"
    STOCK_FOUND = "STOCK_FOUND"
    STOCK_WRITTEN_OFF = "STOCK_WRITTEN_OFF"
    RETURNED = "RETURNED"
    PARTLY_RETURNED = "PARTLY_RETURNED"
    RETURN_NOT_COVERED = "RETURN_NOT_COVERED"
    CREDIT_WITHOUT_GOODS = "CREDIT_WITHOUT_GOODS"
    MERCHANT_EXPENSE = "MERCHANT_EXPENSE"
    EMPTY_CHARGE = "EMPTY_CHARGE"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    WRONG_SIGN = "WRONG_SIGN"
    SUB_PENNY_PRICE = "SUB_PENNY_PRICE"
    NEGATIVE_PRICE = "NEGATIVE_PRICE"
    BAD_DEBT = "BAD_DEBT"
    UNREADABLE = "UNREADABLE"


ORDERED = frozenset(
    {
        Outcome.SOLD,
        Outcome.SOLD_TO_GUEST,
        Outcome.GIVEN_FREE,
        Outcome.VOUCHER_SOLD,
        Outcome.SHIPPING_CHARGED,
        Outcome.SERVICE_CHARGED,
    }
)
"""Outcomes of rows that become order lines."""

STOCK_KEPT = frozenset({Outcome.STOCK_FOUND, Outcome.STOCK_WRITTEN_OFF})
"""Outcomes of rows that move stock and no money."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. `line` counts rows from 1 after the header, in file order.

    `code` is in capitals, because the file writes one product both ways (85049A and 85049a). `quantity` and
    `unit_price` keep the file's signs. `unit_price_minor` is in pence, None when the price has parts of a penny.
    `customer` is None for a guest. `at` is UTC.
    """

    line: int
    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    unit_price: Decimal
    unit_price_minor: int | None
    customer: str | None
    country: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that could not be read, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """All rows of one invoice in file order; time, customer and country are those of its first row."""

    number: str
    at: datetime
    customer: str | None
    country: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One order line. `quantity` > 0; `unit_price_minor` >= 0, in pence, tax included."""

    line: int
    code: str
    description: str
    quantity: int
    unit_price_minor: int
    kind: LineKind
    outcome: Outcome

    @property
    def gross_minor(self) -> int:
        """Pence for all units of the line."""
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, slots=True)
class Sale:
    """One order. The position of a line in `lines` is the index that matches name."""

    invoice: str
    at: datetime
    customer: str | None
    country: str
    lines: tuple[SaleLine, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Units of one sale line that a cancellation takes back; `unit_price_minor` is what the sale charged."""

    sale_invoice: str
    sale_line_index: int
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class CancellationLine:
    """Units to take back. `quantity` > 0 is what the file cancels; the matches may cover less, never more."""

    line: int
    code: str
    quantity: int
    unit_price_minor: int
    kind: LineKind
    matches: tuple[Match, ...]

    @property
    def matched_quantity(self) -> int:
        """Units that a sale covers."""
        return sum(match.quantity for match in self.matches)

    @property
    def refunded_minor(self) -> int:
        """Pence that were paid for the matched units: what a return pays, whatever the cancellation says."""
        return sum(match.quantity * match.unit_price_minor for match in self.matches)

    @property
    def outcome(self) -> Outcome:
        """RETURNED, PARTLY_RETURNED or RETURN_NOT_COVERED."""
        matched = self.matched_quantity
        if matched == self.quantity:
            return Outcome.RETURNED
        return Outcome.PARTLY_RETURNED if matched else Outcome.RETURN_NOT_COVERED


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Returns of one cancellation invoice; every line has at least one match."""

    invoice: str
    at: datetime
    customer: str | None
    country: str
    lines: tuple[CancellationLine, ...]

    def by_order(self) -> Mapping[str, Mapping[int, int]]:
        """Units per sale line index, per sale invoice: one return each, both in order of first match."""
        orders: dict[str, dict[int, int]] = {}
        for line in self.lines:
            for match in line.matches:
                units = orders.setdefault(match.sale_invoice, {})
                units[match.sale_line_index] = units.get(match.sale_line_index, 0) + match.quantity
        return orders

    def only(self, sale_invoice: str) -> "Cancellation":
        """The part that takes back units of one order: what one return is made of."""
        parts = (
            replace(line, matches=tuple(match for match in line.matches if match.sale_invoice == sale_invoice))
            for line in self.lines
        )
        return replace(self, lines=tuple(line for line in parts if line.matches))


@dataclass(frozen=True, slots=True)
class StockLine:
    """Units found (positive) or written off (negative); `note` is the file's own remark, often empty."""

    line: int
    code: str
    quantity: int
    note: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class StockChange:
    """A correction of stock that the file records as an invoice without a customer or a price."""

    invoice: str
    at: datetime
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that nothing is done with. `units` and `unit_price` keep the file's signs; zero when unreadable."""

    line: int
    code: str
    units: int
    unit_price: Decimal
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refused rows of one invoice; `invoice` and `at` are None for a line that could not be read."""

    invoice: str | None
    at: datetime | None
    lines: tuple[RefusedRow, ...]


Step = Sale | Cancellation | StockChange | Refusal
"""What the replay does next. Over all steps, each row of the file is in exactly one `lines`."""
