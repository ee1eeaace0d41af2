"""What the file says, what the database says, and every difference explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.imports.online_retail import rules
from gateway.imports.online_retail.model import ORDERED, Outcome
from gateway.imports.online_retail.tallies import FileTotals, Replay


@dataclass(frozen=True, slots=True)
class DatabaseTotals:
    """Sums that the stores report for the imported channel. Money in pence; units, money and points positive.

    `discount_minor` is what promotions took off sales; `tax_minor` is in them, `tax_back_minor` in the refunds.
    `returns` counts one per order and cancellation invoice; `points_earned` and `points_clawed_back` are the sums of
    the ledger's transfers.
    """

    orders: int
    order_lines: int
    units_sold: int
    gross_minor: int
    returns: int
    units_returned: int
    refunded_minor: int
    points_earned: int
    points_clawed_back: int
    discount_minor: int = 0
    tax_minor: int = 0
    tax_back_minor: int = 0


class Measure(StrEnum):
    """What a comparison counts."""

    COUNT = "COUNT"
    UNITS = "UNITS"
    POUNDS = "POUNDS"
    POINTS = "POINTS"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A part of `file - database`, with its sign and the rule that causes it."""

    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure on both sides. Explanations of zero are left out."""

    subject: str
    measure: Measure
    file: Decimal
    database: Decimal
    explanations: tuple[Explanation, ...]

    @property
    def unexplained(self) -> Decimal:
        """What is left of the difference; zero when the import is right."""
        return self.file - self.database - sum((part.amount for part in self.explanations), Decimal(0))


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One outcome over the whole file; `pounds` is exact and has the file's sign."""

    outcome: Outcome
    rule: str
    lines: int
    units: int
    pounds: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Outcomes in the order of `Outcome`, those without a row included; then the comparisons."""

    outcomes: tuple[OutcomeLine, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def balanced(self) -> bool:
        """Whether nothing is unexplained."""
        return all(comparison.unexplained == 0 for comparison in self.comparisons)


Parts = Sequence[tuple[str, Decimal]]
_SOLD_FOR_LESS = "the promotion took this off what was sold"
_BACK_FOR_LESS = "the promotion had taken this off what came back"


def _pounds(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def _compare(subject: str, measure: Measure, sides: tuple[Decimal, Decimal], parts: Parts) -> Comparison:
    explanations = tuple(Explanation(reason, amount) for reason, amount in parts if amount)
    return Comparison(subject, measure, sides[0], sides[1], explanations)


@dataclass(frozen=True, slots=True)
class _Sides:
    file: FileTotals
    database: DatabaseTotals

    @property
    def refused(self) -> Mapping[str, Replay]:
        """What the services refused, by the refusal's code."""
        return self.file.refused

    def left_out(self, measure: Measure) -> Parts:
        """Units or pounds per outcome that no order and no return carries."""
        money = measure is Measure.POUNDS
        return [
            (f"{outcome}: {rules.STATED[outcome]}", tally.pounds if money else Decimal(tally.units))
            for outcome, tally in self.file.left_out.items()
        ]

    def not_ordered(self) -> Parts:
        """Lines per outcome that become no order line."""
        return [
            (f"{outcome}: {rules.STATED[outcome]}", Decimal(tally.lines))
            for outcome, tally in self.file.rows.items()
            if outcome not in ORDERED
        ]

    def price_parts(self) -> Parts:
        """How refunds differ from the cancellations' own prices; signed as `file - database` of net money."""
        less, more = self.file.paid_less_minor, self.file.paid_more_minor
        return [
            ("returns paid less than the cancellation names, because the units cost less", _pounds(-less)),
            ("returns paid more than the cancellation names, because the units cost more", _pounds(more)),
        ]


def _service(code: str) -> str:
    return f"{code}: refused by the service"


def _orders(sides: _Sides) -> list[Comparison]:
    file, database = sides.file, sides.database
    cancels = {number for number in file.invoices if rules.is_cancellation(number)}
    rest = file.invoices - cancels - file.sale_invoices
    stock = rest & file.stock_invoices
    orders = [
        ("cancellation invoices become returns", Decimal(len(cancels))),
        ("invoices that only change stock", Decimal(len(stock))),
        ("invoices whose every row is refused", Decimal(len(rest - stock))),
        *((_service(code), Decimal(replay.orders)) for code, replay in sides.refused.items()),
    ]
    lines = [
        *sides.not_ordered(),
        *((_service(code), Decimal(replay.order_lines)) for code, replay in sides.refused.items()),
    ]
    counted = (Decimal(len(file.invoices)), Decimal(database.orders))
    rows = (Decimal(file.whole.lines), Decimal(database.order_lines))
    return [
        _compare("invoices and orders", Measure.COUNT, counted, orders),
        _compare("rows and order lines", Measure.COUNT, rows, lines),
    ]


def _net(sides: _Sides) -> list[Comparison]:
    file, database = sides.file, sides.database
    units = (Decimal(file.whole.units), Decimal(database.units_sold - database.units_returned))
    money = (file.whole.pounds, _pounds(database.gross_minor - database.refunded_minor))
    refused = sides.refused.items()
    unit_parts = [
        *sides.left_out(Measure.UNITS),
        *((_service(code), Decimal(replay.units_sold - replay.units_returned)) for code, replay in refused),
    ]
    money_parts = [
        *sides.left_out(Measure.POUNDS),
        *sides.price_parts(),
        (_SOLD_FOR_LESS, _pounds(file.agreed.given)),
        (_BACK_FOR_LESS, _pounds(-file.agreed.taken_back)),
        *((_service(code), _pounds(replay.gross_minor - replay.refunded_minor)) for code, replay in refused),
    ]
    return [
        _compare("units, sold less returned", Measure.UNITS, units, unit_parts),
        _compare("money, sold less refunded", Measure.POUNDS, money, money_parts),
    ]


def _planned(sides: _Sides) -> list[Comparison]:
    plan, database = sides.file.replay, sides.database
    refused = sides.refused.items()
    return [
        _compare(
            "returns",
            Measure.COUNT,
            (Decimal(plan.returns), Decimal(database.returns)),
            [(_service(code), Decimal(replay.returns)) for code, replay in refused],
        ),
        _compare(
            "units returned",
            Measure.UNITS,
            (Decimal(plan.units_returned), Decimal(database.units_returned)),
            [(_service(code), Decimal(replay.units_returned)) for code, replay in refused],
        ),
        _compare(
            "money refunded",
            Measure.POUNDS,
            (_pounds(plan.refunded_minor), _pounds(database.refunded_minor)),
            [
                (_BACK_FOR_LESS, _pounds(sides.file.agreed.taken_back)),
                *((_service(code), _pounds(replay.refunded_minor)) for code, replay in refused),
            ],
        ),
    ]


def _agreed(sides: _Sides) -> list[Comparison]:
    """What the terms of the replay came to; nothing for the history as it was."""
    agreed, database = sides.file.agreed, sides.database
    if not agreed.terms.name:
        return []
    return [
        _compare(subject, Measure.POUNDS, (_pounds(expected), _pounds(actual)), [])
        for subject, expected, actual in (
            ("promotion, taken off sales", agreed.given, database.discount_minor),
            ("VAT in sales", agreed.tax_charged, database.tax_minor),
            ("VAT in refunds", agreed.tax_back, database.tax_back_minor),
        )
    ]


def _points(sides: _Sides) -> list[Comparison]:
    forecast, database = sides.file.points, sides.database
    earned = (Decimal(forecast.earned), Decimal(database.points_earned))
    back = (Decimal(forecast.clawed_back), Decimal(database.points_clawed_back))
    return [
        _compare("points earned", Measure.POINTS, earned, []),
        _compare("points clawed back", Measure.POINTS, back, []),
    ]


def reconcile(file: FileTotals, database: DatabaseTotals) -> Reconciliation:
    """Both sides and every difference."""
    sides = _Sides(file, database)
    outcomes = tuple(
        OutcomeLine(outcome, rules.STATED[outcome], tally.lines, tally.units, tally.pounds)
        for outcome, tally in file.rows.items()
    )
    comparisons = (*_orders(sides), *_net(sides), *_planned(sides), *_points(sides), *_agreed(sides))
    return Reconciliation(outcomes, comparisons)
