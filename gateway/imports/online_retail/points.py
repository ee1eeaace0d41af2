"""The points that the history should earn and lose under the default programme, worked out apart from the ledger."""

from collections.abc import Collection

from domain import money
from gateway.imports.online_retail.model import Cancellation, LineKind, Sale
from gateway.imports.online_retail.terms import AS_IT_WAS, Terms

_PENCE_PER_POINT = 100
EARNING = frozenset({LineKind.GOODS})
"""Kinds of lines that earn; vouchers, shipping and charges do not."""


def earned_by_line(sale: Sale, terms: Terms = AS_IT_WAS) -> list[int]:
    """Points of each line: one point per whole pound that is paid without tax for the order's earning lines, by largest
    remainder; guests none.

    The order is floored once, so the parts sum to the whole pounds of the order.
    """
    eligible = [terms.net_minor(line) if line.kind in EARNING else 0 for line in sale.lines]
    if sale.customer is None:
        return [0] * len(eligible)
    return money.allocate(sum(eligible) // _PENCE_PER_POINT, eligible)


def clawed(points: int, returned: int, quantity: int) -> int:
    """Points of a line that are gone once `returned` of its `quantity` units have come back.

    >>> [clawed(59, returned, 3) for returned in range(4)]
    [0, 20, 40, 59]
    """
    return points - points * (quantity - returned) // quantity


class PointsForecast:
    """Points earned and clawed back so far; steps are counted in file order."""

    def __init__(self, terms: Terms = AS_IT_WAS) -> None:
        """Start with nothing earned."""
        self._terms = terms
        self.earned = 0
        self.clawed_back = 0
        self._lines: dict[tuple[str, int], tuple[int, int]] = {}
        self._returned: dict[tuple[str, int], int] = {}

    def sell(self, sale: Sale) -> None:
        """Count what a sale earns."""
        parts = earned_by_line(sale, self._terms)
        self.earned += sum(parts)
        for index, part in enumerate(parts):
            if part:
                self._lines[sale.invoice, index] = (part, sale.lines[index].quantity)

    def take_back(self, cancellation: Cancellation, *, except_orders: Collection[str] = ()) -> None:
        """Count what the returned units lose again; units of `except_orders` did not come back."""
        for line in cancellation.lines:
            for match in line.matches:
                key = (match.sale_invoice, match.sale_line_index)
                if key not in self._lines or match.sale_invoice in except_orders:
                    continue
                points, quantity = self._lines[key]
                before = self._returned.get(key, 0)
                self._returned[key] = before + match.quantity
                self.clawed_back += clawed(points, before + match.quantity, quantity) - clawed(points, before, quantity)
