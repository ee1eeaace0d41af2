"""What must exist before the first step: products with a price, customers, and the stock that the history needs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.imports.online_retail.model import Cancellation, LineKind, Sale, Step, StockChange
from gateway.imports.online_retail.rules import kind_of


@dataclass(frozen=True, slots=True)
class SurveyedProduct:
    """One stock code. The title is its commonest description on sales, the first met of equals, else the code.

    `unit_price_minor` is the latest price above zero that it sold at, else 0. `opening_units` is the least stock that
    lets the whole history happen, counting returns and stock changes; 0 for what is no goods.
    """

    code: str
    title: str
    kind: LineKind
    unit_price_minor: int
    opening_units: int


@dataclass(frozen=True, slots=True)
class SurveyedCustomer:
    """One customer number with the first country and time that the file shows for it."""

    number: str
    country: str
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Survey:
    """Products by code and customers by number, both in order of first appearance, and the rows counted."""

    products: tuple[SurveyedProduct, ...]
    customers: tuple[SurveyedCustomer, ...]
    rows: int


@dataclass(slots=True)
class _Sight:
    kind: LineKind
    titles: Counter[str] = field(default_factory=Counter)
    unit_price_minor: int = 0
    balance: int = 0
    lowest: int = 0

    def move(self, units: int) -> None:
        if self.kind is LineKind.GOODS:
            self.balance += units
            self.lowest = min(self.lowest, self.balance)


def _sight(sights: dict[str, _Sight], code: str) -> _Sight:
    if code not in sights:
        kind = kind_of(code)
        assert kind is not None, "only codes that can be sold are surveyed"
        sights[code] = _Sight(kind)
    return sights[code]


def _observe(sights: dict[str, _Sight], step: Step) -> None:
    match step:
        case Sale():
            for line in step.lines:
                sight = _sight(sights, line.code)
                sight.move(-line.quantity)
                sight.unit_price_minor = line.unit_price_minor or sight.unit_price_minor
                if line.description:
                    sight.titles[line.description] += 1
        case Cancellation():
            for returned in step.lines:
                _sight(sights, returned.code).move(returned.matched_quantity)
        case StockChange():
            for change in step.lines:
                _sight(sights, change.code).move(change.quantity)
        case _:
            pass


def survey(steps: Iterable[Step]) -> Survey:
    """One pass over all steps in file order."""
    sights: dict[str, _Sight] = {}
    customers: dict[str, SurveyedCustomer] = {}
    rows = 0
    for step in steps:
        rows += len(step.lines)
        _observe(sights, step)
        if isinstance(step, Sale) and step.customer is not None and step.customer not in customers:
            customers[step.customer] = SurveyedCustomer(step.customer, step.country, step.at)
    products = tuple(
        SurveyedProduct(code, _title(sight, code), sight.kind, sight.unit_price_minor, -sight.lowest)
        for code, sight in sights.items()
    )
    return Survey(products, tuple(customers.values()), rows)


def _title(sight: _Sight, code: str) -> str:
    return max(sight.titles, key=lambda title: sight.titles[title]) if sight.titles else code
