"""Which earlier sale a returned unit belongs to: this customer's, same price first, then newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.imports.online_retail.model import LineKind, Match, Sale


@dataclass(frozen=True, slots=True)
class OpenUnits:
    """Units of one sale line that have not come back. `customer` is None for a guest."""

    customer: str | None
    code: str
    invoice: str
    line_index: int
    at: datetime
    unit_price_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units that a cancellation line wants to take back; `quantity` > 0."""

    customer: str | None
    code: str
    kind: LineKind
    at: datetime
    unit_price_minor: int
    quantity: int

    @property
    def accepts_other_prices(self) -> bool:
        """Whether a sale at another price may cover it.

        A guest is nobody in particular and a charge is not a thing, so for both the price is all that says that this
        sale is the one meant.
        """
        return self.customer is not None and self.kind in {LineKind.GOODS, LineKind.VOUCHER}


class Purchases:
    """What every customer has bought and not returned, in file order. Guests share one pool.

    Works sale by sale and return by return; `open_units` and the constructor carry it over an interruption.
    """

    def __init__(self, open_units: Iterable[OpenUnits] = ()) -> None:
        """Start from units in file order, as `open_units` gives them."""
        self._pools: dict[tuple[str | None, str], list[OpenUnits]] = {}
        for units in open_units:
            self._add(units)

    def _add(self, units: OpenUnits) -> None:
        self._pools.setdefault((units.customer, units.code), []).append(units)

    def record(self, sale: Sale) -> None:
        """Add the lines of a sale; sales come in file order."""
        for index, line in enumerate(sale.lines):
            price, quantity = line.unit_price_minor, line.quantity
            self._add(OpenUnits(sale.customer, line.code, sale.invoice, index, sale.at, price, quantity))

    def take_back(self, wanted: Wanted) -> tuple[Match, ...]:
        """Matches for as many units as earlier sales have left, in the order they were taken; never more."""
        pool = self._pools.get((wanted.customer, wanted.code), [])
        missing = wanted.quantity
        matches: list[Match] = []
        for place in self._places(pool, wanted):
            if missing == 0:
                break
            units = pool[place]
            taken = min(missing, units.quantity)
            missing -= taken
            pool[place] = replace(units, quantity=units.quantity - taken)
            matches.append(Match(units.invoice, units.line_index, taken, units.unit_price_minor))
        if matches:
            pool[:] = [units for units in pool if units.quantity]
        return tuple(matches)

    @staticmethod
    def _places(pool: list[OpenUnits], wanted: Wanted) -> Iterator[int]:
        newest_first = [place for place in reversed(range(len(pool))) if pool[place].at <= wanted.at]
        for place in newest_first:
            if pool[place].unit_price_minor == wanted.unit_price_minor:
                yield place
        if wanted.accepts_other_prices:
            for place in newest_first:
                if pool[place].unit_price_minor != wanted.unit_price_minor:
                    yield place

    def open_units(self) -> Iterator[OpenUnits]:
        """Every unit not returned; in file order within each customer and code."""
        for pool in self._pools.values():
            yield from pool
