"""Count steps: what the file says per outcome, and what the services should have made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import assert_never

from gateway.imports.online_retail import rules
from gateway.imports.online_retail.model import (
    Cancellation,
    CancellationLine,
    Outcome,
    Refusal,
    Sale,
    Step,
    StockChange,
)
from gateway.imports.online_retail.points import PointsForecast
from gateway.imports.online_retail.terms import AS_IT_WAS, Terms, TermsForecast


@dataclass(slots=True)
class Tally:
    """Lines, units and money with the file's signs. `pounds` is exact: parts of a penny are kept."""

    lines: int = 0
    units: int = 0
    minor: int = 0
    sub_penny: Decimal = Decimal(0)

    def add(self, units: int, minor: int, *, lines: int = 1) -> None:
        """Count one line of whole pence."""
        self.lines += lines
        self.units += units
        self.minor += minor

    def add_exact(self, units: int, unit_price: Decimal) -> None:
        """Count one line whose price may have parts of a penny, in pounds."""
        pounds = units * unit_price
        minor = int(pounds.scaleb(2))
        self.add(units, minor)
        self.sub_penny += pounds - Decimal(minor).scaleb(-2)

    @property
    def pounds(self) -> Decimal:
        """The money in pounds, exactly."""
        return Decimal(self.minor).scaleb(-2) + self.sub_penny


@dataclass(slots=True)
class Replay:
    """What the services should hold after the counted steps. Money in pence, units and money positive."""

    orders: int = 0
    order_lines: int = 0
    units_sold: int = 0
    gross_minor: int = 0
    returns: int = 0
    units_returned: int = 0
    refunded_minor: int = 0

    def count(self, step: Step) -> None:
        """Add one step."""
        match step:
            case Sale():
                self.orders += 1
                self.order_lines += len(step.lines)
                self.units_sold += sum(line.quantity for line in step.lines)
                self.gross_minor += sum(line.gross_minor for line in step.lines)
            case Cancellation():
                self.returns += len(step.by_order())
                self.units_returned += sum(line.matched_quantity for line in step.lines)
                self.refunded_minor += sum(line.refunded_minor for line in step.lines)
            case StockChange() | Refusal():
                pass
            case _:
                assert_never(step)


def _no_tallies() -> dict[Outcome, Tally]:
    return {outcome: Tally() for outcome in Outcome}


@dataclass(slots=True)
class FileTotals:
    """Everything the file says. Count every step of the file once, in file order.

    `rows` holds each row under its one outcome; `left_out` holds what no order and no return carries: refused rows,
    stock changes, and the uncovered units of partly returned rows. `paid_less_minor` and `paid_more_minor` (>= 0) are
    where a return pays what the units cost, and the cancellation names another price, both before any promotion. `refused` holds, by the refusal's
    code, what a service would not do.
    """

    terms: Terms = AS_IT_WAS
    rows: dict[Outcome, Tally] = field(default_factory=_no_tallies)
    left_out: dict[Outcome, Tally] = field(default_factory=_no_tallies)
    replay: Replay = field(default_factory=Replay)
    points: PointsForecast = field(init=False)
    agreed: TermsForecast = field(init=False)
    canceled: Tally = field(default_factory=Tally)
    invoices: set[str] = field(default_factory=set)
    sale_invoices: set[str] = field(default_factory=set)
    stock_invoices: set[str] = field(default_factory=set)
    refused: dict[str, Replay] = field(default_factory=dict)
    paid_less_minor: int = 0
    paid_more_minor: int = 0

    def __post_init__(self) -> None:
        """Work out points, promotion and tax under the same terms."""
        self.points, self.agreed = PointsForecast(self.terms), TermsForecast(self.terms)

    def count(self, step: Step, refused: Mapping[str, str] = MappingProxyType({})) -> None:
        """Add one step. `refused` maps the sale invoices whose order or return a service refused to the code."""
        self.replay.count(step)
        if step.invoice is not None:
            self.invoices.add(step.invoice)
        match step:
            case Sale():
                self._sale(step, refused.get(step.invoice))
            case Cancellation():
                self._cancellation(step, refused)
            case StockChange():
                self._stock(step)
            case Refusal():
                self._refusal(step)
            case _:
                assert_never(step)

    def _refuse(self, code: str, step: Step) -> None:
        self.refused.setdefault(code, Replay()).count(step)

    def _sale(self, sale: Sale, refused: str | None) -> None:
        self.sale_invoices.add(sale.invoice)
        if refused is None:
            self.points.sell(sale)
            self.agreed.sell(sale)
        else:
            self._refuse(refused, sale)
        for line in sale.lines:
            self.rows[line.outcome].add(line.quantity, line.gross_minor)

    def _cancellation(self, cancellation: Cancellation, refused: Mapping[str, str]) -> None:
        self.points.take_back(cancellation, except_orders=refused)
        self.agreed.take_back(cancellation, except_orders=refused)
        for order, code in refused.items():
            self._refuse(code, cancellation.only(order))
        for line in cancellation.lines:
            self._canceled_line(line)

    def _canceled_line(self, line: CancellationLine) -> None:
        stated = line.quantity * line.unit_price_minor
        self.rows[line.outcome].add(-line.quantity, -stated)
        self.canceled.add(-line.quantity, -stated)
        if uncovered := line.quantity - line.matched_quantity:
            self.left_out[line.outcome].add(-uncovered, -uncovered * line.unit_price_minor)
        surplus = line.refunded_minor - line.matched_quantity * line.unit_price_minor
        self.paid_more_minor += max(0, surplus)
        self.paid_less_minor += max(0, -surplus)

    def _stock(self, change: StockChange) -> None:
        self.stock_invoices.add(change.invoice)
        for line in change.lines:
            self.rows[line.outcome].add(line.quantity, 0)
            self.left_out[line.outcome].add(line.quantity, 0)

    def _refusal(self, refusal: Refusal) -> None:
        cancels = refusal.invoice is not None and rules.is_cancellation(refusal.invoice)
        for row in refusal.lines:
            self.rows[row.outcome].add_exact(row.units, row.unit_price)
            self.left_out[row.outcome].add_exact(row.units, row.unit_price)
            if cancels:
                self.canceled.add_exact(row.units, row.unit_price)

    @property
    def whole(self) -> Tally:
        """The sum over all outcomes: the file."""
        total = Tally()
        for tally in self.rows.values():
            total.add(tally.units, tally.minor, lines=tally.lines)
            total.sub_penny += tally.sub_penny
        return total
