"""What each effect takes off its lines. Pure and exact: every function answers amounts that sum to the discount.

A sheet is the one working copy of a basket on its way through the promotions; nothing outside this room sees it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from domain.money import allocate, prefix, round_half_up
from domain.promotions.model import (
    AmountOff,
    BundlePrice,
    BuyXGetY,
    Choice,
    FixedPrice,
    FreeShipping,
    Gift,
    OnReturn,
    PercentageOff,
    PointsBonus,
    PointsMultiplier,
    SpendSteps,
    Step,
    Target,
)
from domain.promotions.outcomes import Bound, Charge, MissReason, Share

PPM = 1_000_000
Amounts = Sequence[tuple[int, int]]
"""(position of a line, what comes off it) pairs."""


class Sheet:
    """Lines on their way through the promotions, by position.

    Attributes:
        left: what the next promotion may take from, in minor units.
        after_lines: the same after promotions on lines alone, which minimums of other promotions look at.
    """

    __slots__ = (
        "_whole_after_lines",
        "_whole_gross",
        "after_lines",
        "charge_shares",
        "charges",
        "closed",
        "gross",
        "left",
        "quantities",
        "shares",
    )

    def __init__(self, quantities: Sequence[int], unit_prices: Sequence[int]) -> None:
        self.quantities = quantities
        self.gross = [quantity * price for quantity, price in zip(quantities, unit_prices, strict=True)]
        self.left = list(self.gross)
        self.after_lines = list(self.gross)
        self._whole_gross = self._whole_after_lines = sum(self.gross)
        self.shares: list[list[Share]] = [[] for _ in quantities]
        self.closed: set[int] = set()
        self.charges: Sequence[Charge] = ()
        self.charge_shares: list[list[Share]] = []

    def take(self, bound: Bound, amounts: Amounts) -> None:
        """Take amounts off lines in a promotion's name."""
        promotion_id, target, left, shares = bound.terms.id, bound.terms.target, self.left, self.shares
        on_lines = target is Target.LINES
        for position, amount in amounts:
            if amount:
                left[position] -= amount
                if on_lines:
                    self.after_lines[position] -= amount
                    self._whole_after_lines -= amount
                shares[position].append(Share(promotion_id, target, amount))

    def gross_of(self, positions: Sequence[int]) -> int:
        """What lines are worth before promotions."""
        whole = len(positions) == len(self.gross)
        return self._whole_gross if whole else sum([self.gross[i] for i in positions])

    def after_lines_of(self, positions: Sequence[int]) -> int:
        """What lines are worth after promotions on lines."""
        whole = len(positions) == len(self.gross)
        return self._whole_after_lines if whole else sum([self.after_lines[i] for i in positions])

    def charge(self, charges: Sequence[Charge]) -> None:
        """Set what deliveries cost, once the goods have their price."""
        self.charges = charges
        self.charge_shares = [[] for _ in charges]

    def value(self, position: int, units: int) -> int:
        """What so many units of a line are worth now."""
        return prefix(self.left[position], units, self.quantities[position]) if units else 0

    def dearest(self, positions: Iterable[int]) -> list[int]:
        """Lines that are worth anything, the dearest unit first; ties stay in the order given."""
        left, quantities = self.left, self.quantities
        worthy = [position for position in positions if left[position] > 0]
        return sorted(worthy, key=lambda position: -(left[position] * PPM // quantities[position]))


@dataclass(frozen=True, slots=True)
class Short:
    """Why an effect gives nothing: units or money are missing, or a gift is not in the basket."""

    reason: MissReason
    missing_minor: int = 0
    missing_quantity: int = 0


NOTHING = Short(MissReason.NOTHING_ELIGIBLE)


def amounts_off(bound: Bound, sheet: Sheet, items: Sequence[int]) -> Amounts | Short:
    """What a promotion takes off lines, of which `items` are open to it. Shipping and points are not lines' matter."""
    effect = bound.terms.effect
    match effect:
        case PercentageOff():
            return _percentage(effect, sheet, items)
        case AmountOff():
            return _amount(effect, sheet, items)
        case FixedPrice():
            quantities, left = sheet.quantities, sheet.left
            return [(i, max(0, left[i] - effect.price_minor * quantities[i])) for i in items]
        case SpendSteps():
            return _steps(bound, effect, sheet, items)
        case FreeShipping() | PointsMultiplier() | PointsBonus():
            return ()
        case _:
            return _by_units(bound, effect, sheet, items)


def _by_units(
    bound: Bound, effect: BuyXGetY | BundlePrice | Gift, sheet: Sheet, items: Sequence[int]
) -> Amounts | Short:
    match effect:
        case BuyXGetY() if effect.get is None:
            return _buy_and_get_same(bound, effect, sheet, items)
        case BuyXGetY():
            return _buy_and_get_other(bound, effect, sheet, items)
        case BundlePrice():
            return _bundle(bound, effect, sheet, items)
        case Gift():
            return _gift(bound, effect, sheet, items)
    assert_never(effect)


def shipping_off(effect: FreeShipping, charges: Sequence[Charge]) -> list[int]:
    """What comes off each delivery."""
    most = effect.up_to_minor
    return [charge.amount_minor if most is None else min(most, charge.amount_minor) for charge in charges]


def _percentage(effect: PercentageOff, sheet: Sheet, items: Sequence[int]) -> Amounts:
    left = sheet.left
    if effect.target is Target.LINES:
        return [(i, round_half_up(left[i] * effect.ppm, PPM)) for i in items]
    return _across(round_half_up(sum(left[i] for i in items) * effect.ppm, PPM), sheet, items)


def _amount(effect: AmountOff, sheet: Sheet, items: Sequence[int]) -> Amounts:
    left = sheet.left
    if effect.per_unit:
        return [(i, min(effect.amount_minor * sheet.quantities[i], left[i])) for i in items]
    return _across(min(effect.amount_minor, sum(left[i] for i in items)), sheet, items)


def _across(amount_minor: int, sheet: Sheet, items: Sequence[int]) -> Amounts:
    if not items or not amount_minor:
        return ()
    if len(items) == 1:
        return ((items[0], amount_minor),)
    return list(zip(items, allocate(amount_minor, [sheet.left[i] for i in items]), strict=True))


def reached(effect: SpendSteps, worth_minor: int) -> tuple[Step | None, Step | None]:
    """The highest step that is reached, and the next one."""
    count = sum(1 for step in effect.steps if step.from_minor <= worth_minor)
    steps = (None, *effect.steps, None)
    return steps[count], steps[count + 1]


def _steps(bound: Bound, effect: SpendSteps, sheet: Sheet, items: Sequence[int]) -> Amounts | Short:
    worth = sheet.after_lines_of(bound.items)
    step, after = reached(effect, worth)
    if step is None:
        assert after is not None, "there is at least one step"
        return Short(MissReason.SPEND_MORE, missing_minor=after.from_minor - worth)
    left = sum(sheet.left[i] for i in items)
    if step.ppm is not None:
        return _across(round_half_up(left * step.ppm, PPM), sheet, items)
    assert step.amount_minor is not None, "a step has a part or an amount"
    return _across(min(step.amount_minor, left), sheet, items)


def _spread(bound: Bound, sheet: Sheet, taken: Amounts, involved: Mapping[int, int]) -> Amounts:
    """Where a discount on some units lies: on those units alone when a return is to forfeit nothing, else on every unit
    that took part, by what each is worth, so that who keeps the gift and returns the rest is paid nothing extra."""
    if bound.terms.on_return is OnReturn.FORFEIT_NOTHING or len(involved) == 1:
        return taken
    positions = list(involved)
    amount = sum(part for _, part in taken)
    weights = [sheet.value(i, involved[i]) for i in positions]
    return list(zip(positions, allocate(amount, weights), strict=True)) if amount else ()


def _reduced(effect: BuyXGetY, sheet: Sheet, units: Mapping[int, int]) -> Amounts:
    return [(i, round_half_up(sheet.value(i, count) * effect.ppm, PPM)) for i, count in units.items() if count]


def _buy_and_get_same(bound: Bound, effect: BuyXGetY, sheet: Sheet, items: Sequence[int]) -> Amounts | Short:
    """Sets of units from the dearest down; the cheapest of each set are reduced."""
    order = sheet.dearest(items)
    size, count = effect.buy_quantity + effect.get_quantity, sum(sheet.quantities[i] for i in order)
    times = _times(count // size, effect.times_max)
    if not times:
        return Short(MissReason.ADD_UNITS, missing_quantity=size - count) if count else NOTHING
    reduced: dict[int, int] = {}
    involved: dict[int, int] = {}
    start = 0
    for i in order:
        end = min(start + sheet.quantities[i], times * size)
        if end > start:
            involved[i] = end - start
            reduced[i] = _given(effect, end) - _given(effect, start)
        start = end
    return _spread(bound, sheet, _reduced(effect, sheet, reduced), _in_order(involved, items))


def _given(effect: BuyXGetY, units: int) -> int:
    """How many of the first so many units, taken set by set, are the reduced ones of their set."""
    sets, rest = divmod(units, effect.buy_quantity + effect.get_quantity)
    return sets * effect.get_quantity + max(0, rest - effect.buy_quantity)


def _times(possible: int, times_max: int | None) -> int:
    return possible if times_max is None else min(possible, times_max)


def _in_order(units: Mapping[int, int], items: Iterable[int]) -> dict[int, int]:
    """The same units, in the order in which ties are decided."""
    return {i: units[i] for i in items if units.get(i)}


def _buy_and_get_other(bound: Bound, effect: BuyXGetY, sheet: Sheet, items: Sequence[int]) -> Amounts | Short:
    """Units of one kind bought, units of another reduced; a unit that is of both kinds serves once."""
    open_to = set(items)
    gets = [i for i in bound.gets if i not in sheet.closed]
    buys = sheet.dearest(items)
    wanted = sheet.dearest(gets)
    if effect.choice is Choice.CHEAPEST:
        wanted.reverse()
    both = open_to.intersection(gets)
    wanted.sort(key=both.__contains__)
    buys.sort(key=both.__contains__)
    quantities = sheet.quantities
    shared = sum(quantities[i] for i in buys if i in both)
    only_buy = sum(quantities[i] for i in buys) - shared
    only_get = sum(quantities[i] for i in wanted) - shared

    def short(times: int) -> int:
        lent = max(0, effect.get_quantity * times - only_get)
        return max(0, effect.buy_quantity * times - only_buy - (shared - lent)) + max(0, lent - shared)

    most = (only_buy + only_get + shared) // (effect.buy_quantity + effect.get_quantity)
    times = _times(_largest(most, lambda times: short(times) == 0), effect.times_max)
    if not times:
        return Short(MissReason.ADD_UNITS, missing_quantity=max(1, short(1))) if buys or wanted else NOTHING
    free = {i: quantities[i] for i in (*buys, *wanted)}
    reduced = _picked(wanted, free, effect.get_quantity * times)
    bought = _picked(buys, free, effect.buy_quantity * times)
    involved = {i: reduced.get(i, 0) + bought.get(i, 0) for i in dict.fromkeys((*items, *gets))}
    return _spread(bound, sheet, _reduced(effect, sheet, reduced), {i: n for i, n in involved.items() if n})


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, where all smaller ones do; 0 when none does."""
    return bisect_left(range(1, most + 1), 1, key=lambda number: not fits(number))


def _picked(order: Sequence[int], free: dict[int, int], wanted: int) -> dict[int, int]:
    """Take units off `free`, line after line; fewer than wanted when there are fewer."""
    picked: dict[int, int] = {}
    for i in order:
        count = min(free[i], wanted)
        if count:
            picked[i] = count
            free[i] -= count
            wanted -= count
    return picked


def _bundle(bound: Bound, effect: BundlePrice, sheet: Sheet, items: Sequence[int]) -> Amounts | Short:
    """As many bundles as make the basket cheaper, each part from its dearest units."""
    open_to = set(items)
    orders = [sheet.dearest(i for i in part if i in open_to) for part in bound.parts]
    quantities = sheet.quantities

    def used(times: int) -> dict[int, int] | None:
        free = {i: quantities[i] for order in orders for i in order}
        total: dict[int, int] = {}
        for part, order in zip(effect.parts, orders, strict=True):
            picked = _picked(order, free, part.quantity * times)
            if sum(picked.values()) < part.quantity * times:
                return None
            for i, count in picked.items():
                total[i] = total.get(i, 0) + count
        return total

    def gain(times: int) -> int:
        units = used(times) or {}
        return sum(sheet.value(i, count) for i, count in units.items()) - effect.price_minor * times

    supply = [sum(quantities[i] for i in order) for order in orders]
    most = min(count // part.quantity for count, part in zip(supply, effect.parts, strict=True))
    most = _times(_largest(most, lambda times: used(times) is not None), effect.times_max)
    if not most:
        lacking = sum(max(0, part.quantity - n) for n, part in zip(supply, effect.parts, strict=True))
        return Short(MissReason.ADD_UNITS, missing_quantity=max(1, lacking)) if any(supply) else NOTHING
    # Every further bundle takes cheaper units, so the gain rises to one peak.
    times = _largest(most, lambda times: gain(times) > gain(times - 1))
    if not times:
        return NOTHING
    units = _in_order(used(times) or {}, items)
    weights = [sheet.value(i, count) for i, count in units.items()]
    return list(zip(units, allocate(gain(times), weights), strict=True))


def _gift(bound: Bound, effect: Gift, sheet: Sheet, items: Sequence[int]) -> Amounts | Short:
    gets = [i for i in bound.gets if i not in sheet.closed]
    free = {i: sheet.quantities[i] for i in gets}
    units = _picked(sheet.dearest(gets), free, effect.quantity)
    if not units:
        return Short(MissReason.ADD_GIFT, missing_quantity=effect.quantity)
    involved = {i: units.get(i, 0) or sheet.quantities[i] for i in (*items, *gets) if i in units or i in set(items)}
    taken = [(i, sheet.value(i, count)) for i, count in units.items()]
    return _spread(bound, sheet, taken, {i: n for i, n in involved.items() if sheet.left[i] > 0})
