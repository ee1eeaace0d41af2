"""Terms under which the history may be replayed: a promotion for everybody, and tax in every price.

The file's prices are the shop's prices with VAT in them. A promotion takes its part off each line, rounded half up; VAT is
the part of what is paid that its rate says, and changes no price. Returns give back what was paid for the units, and the
VAT in it. What is worked out here comes from the file alone, to be compared with what the services did.
"""

from collections.abc import Collection
from dataclasses import dataclass

from domain.money import prefix, round_half_up
from gateway.imports.online_retail.model import Cancellation, Sale, SaleLine

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Terms:
    """Whole percents; zero is without."""

    promotion_percent: int = 0
    vat_percent: int = 0

    @property
    def name(self) -> str:
        """What tells a replay under these terms from one under others; empty for the history as it was."""
        parts = [("promotion", self.promotion_percent), ("vat", self.vat_percent)]
        return "".join(f"+{word}{percent}" for word, percent in parts if percent)

    def discount_minor(self, line: SaleLine) -> int:
        """Pence that the promotion takes off a line."""
        return round_half_up(line.gross_minor * self.promotion_percent, _WHOLE)

    def paid_minor(self, line: SaleLine) -> int:
        """Pence that are paid for a line."""
        return line.gross_minor - self.discount_minor(line)

    def net_minor(self, line: SaleLine) -> int:
        """Pence of it that are no tax."""
        paid = self.paid_minor(line)
        return paid - round_half_up(paid * self.vat_percent, _WHOLE + self.vat_percent)


AS_IT_WAS = Terms()
"""The history without any."""


@dataclass(frozen=True, slots=True)
class _Sold:
    line: SaleLine
    paid_minor: int
    tax_minor: int


class TermsForecast:
    """What the promotion gives, and the VAT that is charged, over the steps counted so far. Pence, above zero."""

    def __init__(self, terms: Terms) -> None:
        """Start with nothing sold."""
        self.terms = terms
        self.given = 0
        self.taken_back = 0
        self.tax_charged = 0
        self.tax_back = 0
        self._lines: dict[tuple[str, int], _Sold] = {}
        self._returned: dict[tuple[str, int], int] = {}

    def sell(self, sale: Sale) -> None:
        """Count a sale."""
        if not self.terms.name:
            return
        for index, line in enumerate(sale.lines):
            paid = self.terms.paid_minor(line)
            tax = paid - self.terms.net_minor(line)
            self.given += self.terms.discount_minor(line)
            self.tax_charged += tax
            self._lines[sale.invoice, index] = _Sold(line, paid, tax)

    def take_back(self, cancellation: Cancellation, *, except_orders: Collection[str] = ()) -> None:
        """Count what goes back for the returned units; units of `except_orders` did not come back."""
        for line in cancellation.lines:
            for match in line.matches:
                key = (match.sale_invoice, match.sale_line_index)
                if key in self._lines and match.sale_invoice not in except_orders:
                    self._units(key, match.quantity)

    def _units(self, key: tuple[str, int], units: int) -> None:
        sold, before = self._lines[key], self._returned.get(key, 0)
        self._returned[key] = before + units
        # Prices include their tax, so the price is what units share, and the tax within it.
        paid, tax = (
            prefix(whole, before + units, sold.line.quantity) - prefix(whole, before, sold.line.quantity)
            for whole in (sold.paid_minor, sold.tax_minor)
        )
        self.taken_back += units * sold.line.unit_price_minor - paid
        self.tax_back += tax
