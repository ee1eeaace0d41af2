"""Which promotions apply to a basket and what they take off it, as pure functions.

Promotions on lines come first, then those on the order, on shipping and on points; within each by priority, then by id.
An exclusive promotion that applies is the only one: those are tried first, and the others are taken together only when
none of them gives anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.promotions.effects import NOTHING, Amounts, Sheet, Short, amounts_off, reached, shipping_off
from domain.promotions.model import (
    NEAR_MISSES_MAX,
    Definition,
    Exclusivity,
    FreeShipping,
    Gift,
    Hours,
    Promotion,
    SpendSteps,
    Target,
)
from domain.promotions.outcomes import Applied, Bound, Charge, Frozen, Item, Miss, MissReason, Outcome, Share, Situation

Charges = Callable[[int], Sequence[Charge]]
"""What deliveries cost when the goods cost so much after promotions."""


def no_charges(_goods_minor: int) -> Sequence[Charge]:
    """Nothing is delivered."""
    return ()


def unfit(promotion: Promotion, situation: Situation) -> MissReason | None:
    """Why a promotion is out of the question whatever is in the basket; None when it is not."""
    definition = promotion.definition
    if not _is_now(definition, situation):
        return MissReason.NOT_NOW
    if not _is_for(definition, situation):
        return MissReason.NOT_FOR_YOU
    most = definition.usage_limit_per_customer
    used_up = most is not None and any(id_ == promotion.id and used >= most for id_, used in situation.uses)
    return MissReason.USED_UP if used_up or promotion.id in situation.spent else None


def _is_now(definition: Definition, situation: Situation) -> bool:
    now, hours = situation.now, definition.conditions.hours
    if now < definition.valid_from or (definition.valid_to is not None and now >= definition.valid_to):
        return False
    return not hours or is_within(hours, _local(definition, situation))


def _is_for(definition: Definition, situation: Situation) -> bool:
    conditions, asked = definition.conditions, situation.asked
    if definition.currency not in (None, asked.currency):
        return False
    if conditions.sales_channel_ids and asked.sales_channel_id not in conditions.sales_channel_ids:
        return False
    if conditions.customer_group_ids and conditions.customer_group_ids.isdisjoint(situation.group_ids):
        return False
    if conditions.tiers and situation.tier not in conditions.tiers:
        return False
    if definition.usage_limit_per_customer is not None and asked.is_settled and asked.customer_key is None:
        return False
    return not conditions.first_order or (asked.customer_id is not None and not situation.has_ordered)


def _local(definition: Definition, situation: Situation) -> datetime:
    return situation.now.astimezone(ZoneInfo(situation.store_zone or definition.conditions.time_zone))


def is_within(hours: Iterable[Hours], local: datetime) -> bool:
    """Whether a local time falls into any of these parts of the week.

    >>> is_within([Hours(frozenset({1}), 540, 600)], datetime(2026, 1, 12, 9, 59))
    True
    """
    minute = local.hour * 60 + local.minute
    return any(local.isoweekday() in part.weekdays and part.from_minute <= minute < part.to_minute for part in hours)


_NEAR = frozenset({MissReason.SPEND_MORE, MissReason.ADD_UNITS, MissReason.ADD_GIFT})


@dataclass
class _Run:
    """A basket on its way through the promotions, with what has become of each."""

    sheet: Sheet
    charges_for: Charges
    budgets: dict[str, int]
    applied: list[Applied] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)
    charged: bool = False
    near: int = 0

    def charge(self) -> None:
        """Let deliveries have their price, now that the goods have theirs."""
        if not self.charged:
            self.sheet.charge(self.charges_for(sum(self.sheet.left)))
            self.charged = True

    def miss(self, bound: Bound, short: Short) -> None:
        """Remember why a promotion does not apply, if anybody is told: of automatic ones, the first that are near."""
        if bound.code is None:
            if short.reason not in _NEAR or self.near >= NEAR_MISSES_MAX:
                return
            self.near += 1
        effect = bound.terms.effect
        gifts = effect.variant_ids if isinstance(effect, Gift) and short.reason is MissReason.ADD_GIFT else ()
        miss = Miss(bound.id, bound.title, bound.code, short.reason, short.missing_minor, short.missing_quantity, gifts)
        self.misses.append(miss)

    def apply(self, bound: Bound) -> bool:
        """Apply a promotion, if it gives anything; say why not if it does not."""
        sheet = self.sheet
        if bound.terms.stacking_group is not None and bound.terms.stacking_group in self.groups:
            self.miss(bound, Short(MissReason.NOT_COMBINABLE))
            return False
        short = _unmet(bound, sheet)
        if short is not None:
            self.miss(bound, short)
            return False
        given = self._taken(bound, _open_items(bound, sheet))
        if isinstance(given, Short):
            self.miss(bound, given)
            return False
        self.applied.append(Applied(bound, given))
        if bound.terms.stacking_group is not None:
            self.groups.add(bound.terms.stacking_group)
        return True

    def _taken(self, bound: Bound, items: Sequence[int]) -> int | Short:
        """What comes off, after it has come off."""
        if not items:
            return Short(MissReason.NOT_COMBINABLE if bound.items else MissReason.NOTHING_ELIGIBLE)
        if bound.terms.target is Target.POINTS:
            return 0 if any(self.sheet.left[i] for i in items) else NOTHING
        if isinstance(bound.terms.effect, FreeShipping):
            return self._ship(bound, bound.terms.effect)
        amounts = amounts_off(bound, self.sheet, items)
        return amounts if isinstance(amounts, Short) else self._reduce(bound, amounts)

    def _reduce(self, bound: Bound, amounts: Amounts) -> int | Short:
        total = sum(amount for _, amount in amounts)
        if not total:
            return NOTHING
        if not self._afford(bound, total):
            return Short(MissReason.USED_UP)
        self.sheet.take(bound, amounts)
        if bound.terms.exclusivity is Exclusivity.LINES:
            self.sheet.closed.update(position for position, amount in amounts if amount)
        self._near_next_step(bound)
        return total

    def _ship(self, bound: Bound, effect: FreeShipping) -> int | Short:
        self.charge()
        before = [
            Charge(charge.key, charge.amount_minor - sum(share.amount_minor for share in shares))
            for charge, shares in zip(self.sheet.charges, self.sheet.charge_shares, strict=True)
        ]
        amounts = shipping_off(effect, before)
        if not sum(amounts):
            return NOTHING
        if not self._afford(bound, sum(amounts)):
            return Short(MissReason.USED_UP)
        for shares, amount in zip(self.sheet.charge_shares, amounts, strict=True):
            if amount:
                shares.append(Share(bound.id, Target.SHIPPING, amount))
        return sum(amounts)

    def _afford(self, bound: Bound, amount_minor: int) -> bool:
        left = self.budgets.get(bound.terms.funder)
        if left is None:
            return True
        if amount_minor > left:
            return False
        self.budgets[bound.terms.funder] = left - amount_minor
        return True

    def _near_next_step(self, bound: Bound) -> None:
        if isinstance(bound.terms.effect, SpendSteps):
            worth = self.sheet.after_lines_of(bound.items)
            _, after = reached(bound.terms.effect, worth)
            if after is not None:
                self.miss(bound, Short(MissReason.SPEND_MORE, missing_minor=after.from_minor - worth))


def _unmet(bound: Bound, sheet: Sheet) -> Short | None:
    """What the items lack of the minimums."""
    terms, items = bound.terms, bound.items
    if terms.minimum_subtotal_minor and items:
        on_lines = terms.target is Target.LINES
        worth = sheet.gross_of(items) if on_lines else sheet.after_lines_of(items)
        if worth < terms.minimum_subtotal_minor:
            return Short(MissReason.SPEND_MORE, missing_minor=terms.minimum_subtotal_minor - worth)
    if terms.minimum_quantity and items:
        lacking = terms.minimum_quantity - sum([sheet.quantities[i] for i in items])
        if lacking > 0:
            return Short(MissReason.ADD_UNITS, missing_quantity=lacking)
    return None


def _open_items(bound: Bound, sheet: Sheet) -> Sequence[int]:
    """The items that a promotion may still reduce: none whose line belongs to another one alone."""
    if bound.terms.exclusivity is Exclusivity.LINES:
        return [i for i in bound.items if not sheet.shares[i]]
    if sheet.closed and bound.terms.target in (Target.LINES, Target.ORDER):
        return [i for i in bound.items if i not in sheet.closed]
    return bound.items


_TURNS = {target: turn for turn, target in enumerate(Target)}


def turn(definition: Definition) -> tuple[int, int]:
    """When a promotion is taken: by what it works on, then by priority."""
    return _TURNS[definition.target], definition.priority


def run(
    bounds: Sequence[Bound],
    lines: Sequence[tuple[int, int]],
    charges_for: Charges = no_charges,
    budgets: Sequence[tuple[str, int]] = (),
) -> Outcome:
    """What promotions, in the order of their turns, do to lines of (quantity, unit price)."""
    quantities, prices = [quantity for quantity, _ in lines], [price for _, price in lines]
    alone: list[Miss] = []
    for bound in bounds:
        if bound.terms.exclusivity is Exclusivity.ORDER:
            tried = _Run(Sheet(quantities, prices), charges_for, dict(budgets))
            if tried.apply(bound):
                refused = [Miss(b.id, b.title, b.code, MissReason.NOT_COMBINABLE) for b in bounds if b.id != bound.id]
                return _outcome(tried, [*tried.misses, *(miss for miss in refused if miss.code is not None)])
            alone += tried.misses
    done = _Run(Sheet(quantities, prices), charges_for, dict(budgets))
    for bound in bounds:
        if bound.terms.exclusivity is not Exclusivity.ORDER:
            done.apply(bound)
    return _outcome(done, [*alone, *done.misses])


def _outcome(done: _Run, misses: Sequence[Miss]) -> Outcome:
    done.charge()
    sheet = done.sheet
    return Outcome(
        shares=tuple(tuple(shares) for shares in sheet.shares),
        charges=tuple(sheet.charges),
        charge_shares=tuple(tuple(shares) for shares in sheet.charge_shares),
        applied=tuple(done.applied),
        misses=_kept(misses),
    )


def _kept(misses: Sequence[Miss]) -> tuple[Miss, ...]:
    """Every code that brings nothing, and the first automatic promotions that are near."""
    kept, near = [], 0
    for miss in misses:
        if miss.code is None:
            near += miss.reason in _NEAR
            if miss.reason not in _NEAR or near > NEAR_MISSES_MAX:
                continue
        kept.append(miss)
    return tuple(kept)


def repriced(frozen: Frozen, lines: Sequence[tuple[int, int]]) -> Outcome:
    """What the promotions of an order do to its lines of (quantity, unit price), in the order of the order's lines.

    With the quantities of the sale every share is the one that was frozen; with those that are kept, what the kept goods
    would have cost. Limits and budgets were settled at the sale.
    """
    return run([applied.bound for applied in frozen.applied], lines)


def freeze(outcome: Outcome, customer_key: str | None) -> Frozen:
    """What an order keeps of its promotions."""
    is_counted = any(one.bound.terms.usage_limit_per_customer is not None for one in outcome.applied)
    return Frozen(outcome.applied, customer_key if is_counted else None)


def in_order(items: Sequence[Item]) -> list[int]:
    """The positions of items in the order in which ties are decided: earlier lines first."""
    return sorted(range(len(items)), key=lambda position: items[position].key)
