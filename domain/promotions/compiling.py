"""The active promotions as an index: what is looked at for a basket is what its lines could bring, not all there is.

An index is made once for each state of the active promotions and kept, in a bounded number, for as long as the process
lives. A state is named by a digest of everything that led to it, so an index is never out of date: another state has
another name.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from domain.money import Currency
from domain.promotions.model import BundlePrice, BuyXGetY, Gift, ItemFilter, Promotion, PromotionId, Target, Trigger
from domain.promotions.outcomes import Asked, Bound, Item, Miss, MissReason, Outcome, Situation, Terms
from domain.promotions.rules import Charges, in_order, no_charges, run, turn, unfit

KEPT_MAX = 8
_NEVER = datetime.max.replace(tzinfo=UTC)
_VIEWS_MAX = 64


class _View:
    """The automatic promotions of one channel and currency, by what brings them."""

    __slots__ = ("by_id", "everywhere")

    def __init__(self, promotions: Sequence[tuple[int, Promotion]]) -> None:
        self.everywhere: list[int] = []
        self.by_id: dict[UUID, list[int]] = {}
        for position, promotion in promotions:
            filters = _filters(promotion)
            if any(one.is_open for one in filters):
                self.everywhere.append(position)
                continue
            for id_ in frozenset[UUID]().union(*(ids for one in filters for ids in _id_sets(one))):
                self.by_id.setdefault(id_, []).append(position)


def _filters(promotion: Promotion) -> Sequence[ItemFilter]:
    effect = promotion.definition.effect
    if isinstance(effect, BundlePrice):
        return [part.items for part in effect.parts]
    return [promotion.definition.conditions.items]


def _id_sets(items: ItemFilter) -> Sequence[frozenset[UUID]]:
    return items.product_ids, items.variant_ids, items.category_ids, items.collection_ids


class Active:
    """The active promotions of one moment, in the order of their turns."""

    def __init__(self, promotions: Sequence[Promotion]) -> None:
        ordered = sorted(promotions, key=lambda one: (*turn(one.definition), one.id.hex))
        self.promotions = tuple(ordered)
        self.terms = tuple(_terms(promotion) for promotion in ordered)
        self.plain = tuple(_is_plain(promotion) for promotion in ordered)
        self.periods = tuple(_period(promotion) for promotion in ordered)
        self._positions = {promotion.id: position for position, promotion in enumerate(ordered)}
        self._views: dict[tuple[UUID, Currency], _View] = {}

    def position(self, promotion_id: PromotionId) -> int | None:
        """Where a promotion stands; None when it is not active."""
        return self._positions.get(promotion_id)

    def view(self, sales_channel_id: UUID, currency: Currency) -> _View:
        """What can apply by itself in a channel and currency."""
        key = (sales_channel_id, currency)
        found = self._views.get(key)
        if found is None:
            if len(self._views) >= _VIEWS_MAX:
                self._views = {}
            found = self._views[key] = _View(
                [
                    (position, promotion)
                    for position, promotion in enumerate(self.promotions)
                    if promotion.definition.trigger is Trigger.AUTOMATIC
                    and promotion.definition.currency in (None, currency)
                    and _sold_in(promotion, sales_channel_id)
                ]
            )
        return found


def _sold_in(promotion: Promotion, sales_channel_id: UUID) -> bool:
    channels = promotion.definition.conditions.sales_channel_ids
    return not channels or sales_channel_id in channels


class Kept:
    """A bounded number of indexes, the least recently used given up first. Threads may share one."""

    def __init__(self, size: int = KEPT_MAX) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Active] = OrderedDict()

    def get(self, state: str, load: Callable[[], Sequence[Promotion]]) -> Active:
        """The index of a state, made from what `load` gives when it is not known."""
        with self._lock:
            found = self._known.get(state)
            if found is not None:
                self._known.move_to_end(state)
                return found
        made = Active(load())
        with self._lock:
            self._known[state] = made
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return made


def evaluate(active: Active, situation: Situation, items: Sequence[Item], charges_for: Charges = no_charges) -> Outcome:
    """What the active promotions do to a basket."""
    order = tuple(i for i in in_order(items) if items[i].is_promotable)
    bounds, misses = _bound(active, situation, items, order)
    lines = [(item.quantity, item.unit_price_minor) for item in items]
    done = run(bounds, lines, charges_for, situation.budgets)
    if not misses:
        return done
    return Outcome(done.shares, done.charges, done.charge_shares, done.applied, (*misses, *done.misses))


def _bound(
    active: Active, situation: Situation, items: Sequence[Item], order: Sequence[int]
) -> tuple[list[Bound], list[Miss]]:
    """The promotions that may apply, tied to their lines and in the order of their turns, and codes that bring nothing."""
    brought = _brought(active, situation, items, order)
    codes, misses = _by_code(active, situation)
    budgeted = {funder for funder, _ in situation.budgets}
    for position in codes:
        brought[position] = [i for i in order if _admits(active.promotions[position], items[i])]
    bounds: list[Bound] = []
    now = situation.now
    for position in sorted(brought):
        promotion, code, period = active.promotions[position], codes.get(position), active.periods[position]
        if period is None or code is not None:
            reason = unfit(promotion, situation)
        else:
            reason = None if period[0] <= now < period[1] else MissReason.NOT_NOW
        if reason is None and code is None and active.plain[position]:
            terms = active.terms[position]
            is_budgeted = bool(budgeted) and terms.funder in budgeted and terms.target is not Target.POINTS
            bounds.append(Bound(terms, tuple(brought[position]), is_budgeted=is_budgeted))
        elif reason is None:
            bounds.append(_tied(promotion, active.terms[position], brought[position], items, order, code, budgeted))
        elif code is not None:
            misses.append(Miss(promotion.id, promotion.definition.title, code[0], reason))
    return bounds, misses


def _brought(
    active: Active, situation: Situation, items: Sequence[Item], order: Sequence[int]
) -> dict[int, Sequence[int]]:
    """Automatic promotions by position, with the lines that bring them in the order of ties."""
    view = active.view(situation.asked.sales_channel_id, situation.asked.currency)
    brought: dict[int, Sequence[int]] = dict.fromkeys(view.everywhere, order)
    found: dict[int, list[int]] = {}
    if view.by_id:
        by_id = view.by_id
        for i in order:
            item = items[i]
            for id_ in (item.product_id, item.variant_id, *item.category_ids, *item.collection_ids):
                for position in by_id.get(id_, ()):
                    lines = found.setdefault(position, [])
                    if not lines or lines[-1] != i:
                        lines.append(i)
    brought.update(found)
    return brought if items else {}


def _by_code(active: Active, situation: Situation) -> tuple[dict[int, tuple[str, bool]], list[Miss]]:
    """The promotions that codes bring, by position, each with its first usable code and whether that one is limited."""
    codes: dict[int, tuple[str, bool]] = {}
    misses: list[Miss] = []
    for known in situation.codes:
        position = active.position(known.promotion_id)
        if position is None or known.is_used_up:
            continue
        promotion = active.promotions[position]
        if position in codes:
            title = promotion.definition.title
            misses.append(Miss(promotion.id, title, known.code, MissReason.NOT_COMBINABLE))
        else:
            codes[position] = (known.code, known.is_limited)
    return codes, misses


def _admits(promotion: Promotion, item: Item) -> bool:
    return any(is_meant(one, item) for one in _filters(promotion))


def is_meant(items: ItemFilter, item: Item) -> bool:
    """Whether a filter admits a line."""
    return (
        items.is_open
        or item.product_id in items.product_ids
        or item.variant_id in items.variant_ids
        or not items.category_ids.isdisjoint(item.category_ids)
        or not items.collection_ids.isdisjoint(item.collection_ids)
    )


def _tied(
    promotion: Promotion,
    terms: Terms,
    lines: Sequence[int],
    items: Sequence[Item],
    order: Sequence[int],
    code: tuple[str, bool] | None,
    budgeted: set[str],
) -> Bound:
    definition = promotion.definition
    conditions, effect = definition.conditions, definition.effect
    if conditions.methods:
        lines = [i for i in lines if items[i].method in conditions.methods]
    if conditions.location_ids:
        lines = [i for i in lines if items[i].location_id in conditions.location_ids]
    gets: Sequence[int] = ()
    parts: tuple[tuple[int, ...], ...] = ()
    match effect:
        case Gift():
            gets = [i for i in order if items[i].variant_id in effect.variant_ids]
            lines = [i for i in lines if items[i].variant_id not in effect.variant_ids]
        case BuyXGetY(get=wanted) if wanted is not None:
            gets = [i for i in order if is_meant(wanted, items[i])]
        case BundlePrice():
            parts = tuple(tuple(i for i in lines if is_meant(part.items, items[i])) for part in effect.parts)
        case _:
            pass
    return Bound(
        terms=terms,
        items=tuple(lines),
        gets=tuple(gets),
        parts=parts,
        is_budgeted=definition.funder in budgeted and terms.target is not Target.POINTS,
        code=None if code is None else code[0],
        code_is_limited=code is not None and code[1],
    )


def _is_plain(promotion: Promotion) -> bool:
    """Whether the lines that bring a promotion are all that it looks at."""
    conditions, effect = promotion.definition.conditions, promotion.definition.effect
    if conditions.methods or conditions.location_ids or isinstance(effect, Gift | BundlePrice):
        return False
    return not isinstance(effect, BuyXGetY) or effect.get is None


def _period(promotion: Promotion) -> tuple[datetime, datetime] | None:
    """When a promotion is for everybody in its channels and currency; None when that depends on who buys, or on hours."""
    definition = promotion.definition
    conditions = definition.conditions
    asks = conditions.hours or conditions.customer_group_ids or conditions.tiers or conditions.first_order
    if asks or definition.usage_limit is not None or definition.usage_limit_per_customer is not None:
        return None
    return definition.valid_from, definition.valid_to or _NEVER


def _terms(promotion: Promotion) -> Terms:
    definition = promotion.definition
    return Terms(
        id=promotion.id,
        version=promotion.version,
        title=definition.title,
        effect=definition.effect,
        target=definition.target,
        exclusivity=definition.exclusivity,
        stacking_group=definition.stacking_group,
        on_return=definition.on_return,
        funder=definition.funder,
        minimum_subtotal_minor=definition.conditions.minimum_subtotal_minor,
        minimum_quantity=definition.conditions.minimum_quantity,
        is_limited=definition.usage_limit is not None,
        usage_limit_per_customer=definition.usage_limit_per_customer,
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """The promotions of one moment for one buyer."""

    active: Active
    situation: Situation

    def evaluate(
        self, items: Sequence[Item], charges_for: Charges = no_charges, *, store_zone: str | None = None
    ) -> Outcome:
        """What they do to a basket. `store_zone` is that of the one store that sells or hands over everything."""
        return evaluate(self.active, replace(self.situation, store_zone=store_zone), items, charges_for)


NOTHING_OFFERED = Offered(
    Active(()), Situation(Asked((), UUID(int=0), Currency("XXX")), datetime.fromtimestamp(0, UTC))
)
"""No promotions at all, for baskets that are not looked at with any."""
