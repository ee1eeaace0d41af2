"""Returns under promotions that are priced again: what was paid, less what the goods that are kept cost then.

Every unit has its worth by the prefix rule. A promotion whose policy is RECALCULATE may leave more or less on the kept
goods than that rule says; the difference is *withheld* while they are kept, and goes back with the last of them. What is
withheld is a number of the whole order, so returns in any order and any parts sum to what was paid. Promotions of other
policies stay as they were: their conditions are not looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.money import prefix
from domain.orders.model import LineTax, Order, OrderLine, OrderLineId
from domain.orders.rules import Worth, worth
from domain.pricing.model import TaxRate
from domain.pricing.rules import tax_added, tax_included
from domain.promotions.model import OnReturn
from domain.promotions.outcomes import Bound, Frozen
from domain.promotions.rules import repriced
from domain.promotions.stored import frozen_of
from domain.returns.model import Withheld

Slots = Sequence[tuple[int, int]]
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_NET = ("", -1)
"""What stands for net where components have a jurisdiction and a rate."""


def is_priced_again(order: Order) -> bool:
    """Whether an order has a promotion that returns price again."""
    return any(_is_priced_again(applied.bound.terms.on_return) for applied in frozen_of(order.promotions).applied)


def _is_priced_again(on_return: OnReturn) -> bool:
    return on_return is OnReturn.RECALCULATE


def lost(
    promotions: str,
    lines: Sequence[OrderLine],
    taxes: Mapping[OrderLineId, Sequence[LineTax]],
    settled: Mapping[OrderLineId, Slots],
) -> Withheld:
    """What the kept goods cost more than their share of what was paid, once the units in these slots are paid for.

    `promotions` and `lines` are all of the order's, lines in receipt order. Units that were canceled count as kept, since no customer gave them
    up, until nothing else is.
    """
    units = {line.id: sum(count for _, count in settled.get(line.id, ())) for line in lines}
    if all(units[line.id] + line.canceled == line.quantity for line in lines):
        return Withheld()
    frozen = _without_other_conditions(frozen_of(promotions))
    again = repriced(frozen, [(line.quantity - units[line.id], line.unit_price_minor) for line in lines])
    ours = {str(one.bound.id) for one in frozen.applied if _is_priced_again(one.bound.terms.on_return)}
    net_minor = 0
    lost_taxes: list[LineTax] = []
    for line, shares in zip(lines, again.shares, strict=True):
        now = sum(share.amount_minor for share in shares if str(share.promotion_id) in ours)
        part = _lost_on(line, taxes.get(line.id, ()), settled.get(line.id, ()), now, ours)
        net_minor += part.net_minor
        lost_taxes += part.taxes
    return Withheld(net_minor, _added(lost_taxes))


def _without_other_conditions(frozen: Frozen) -> Frozen:
    return replace(
        frozen,
        applied=tuple(
            applied
            if _is_priced_again(applied.bound.terms.on_return)
            else replace(applied, bound=_without_minimums(applied.bound))
            for applied in frozen.applied
        ),
    )


def _without_minimums(bound: Bound) -> Bound:
    return replace(bound, terms=replace(bound.terms, minimum_subtotal_minor=0, minimum_quantity=0))


def _lost_on(line: OrderLine, taxes: Sequence[LineTax], settled: Slots, now_minor: int, ours: set[str]) -> Withheld:
    """What one line's kept units cost more than their share of what was paid."""
    kept = line.quantity - sum(count for _, count in settled)
    price = _kept(line.total_minor if line.includes_tax else line.net_minor, settled, line.quantity)
    others = sum(
        _kept(share.amount_minor, settled, line.quantity) for share in line.discounts if share.discount_id not in ours
    )
    then_minor = line.unit_price_minor * kept - price - others
    if then_minor == now_minor:
        return Withheld()
    rates = [TaxRate("", tax.jurisdiction, tax.rate_ppm, _ALWAYS) for tax in taxes]
    # Shares of other promotions are rounded by themselves, so together they could take a unit more than there is.
    costs = max(0, price + then_minor - now_minor)
    net, shares, _ = (tax_included if line.includes_tax else tax_added)(costs, rates)
    before = [replace(tax, amount_minor=_kept(tax.amount_minor, settled, line.quantity)) for tax in taxes]
    kept_net = price - sum(tax.amount_minor for tax in before) if line.includes_tax else price
    return Withheld(
        net - kept_net,
        tuple(
            replace(tax, amount_minor=share.amount_minor - tax.amount_minor)
            for tax, share in zip(before, shares, strict=True)
        ),
    )


def _kept(total: int, settled: Slots, quantity: int) -> int:
    """The part of a line's total that lies on units outside these slots."""
    return total - sum(
        prefix(total, first + count, quantity) - prefix(total, first, quantity) for first, count in settled
    )


def kept_worth(
    lines: Sequence[OrderLine],
    taxes: Mapping[OrderLineId, Sequence[LineTax]],
    settled: Mapping[OrderLineId, Slots],
) -> Worth:
    """What the units are worth that are neither in these slots nor canceled."""
    found = Worth(0, (), 0, 0)
    for line in lines:
        shares = taxes.get(line.id, ())
        found = _plus(found, worth(line, shares, 0, line.quantity - line.canceled))
        for first, units in settled.get(line.id, ()):
            found = _plus(found, worth(line, shares, first, units), -1)
    return found


def _plus(one: Worth, other: Worth, sign: int = 1) -> Worth:
    taxes = (replace(tax, amount_minor=sign * tax.amount_minor) for tax in other.taxes)
    return Worth(
        one.net_minor + sign * other.net_minor,
        _added([*one.taxes, *taxes]),
        one.points + sign * other.points,
        one.paid_minor + sign * other.paid_minor,
    )


def withheld_now(returned: Worth, kept: Worth, before: Withheld, after: Withheld) -> Withheld:
    """What this settlement keeps back of the units that are `returned`, while others are `kept`.

    `before` is what was kept back so far, `after` what should be from now on. Each component of the refund stays between
    nothing and what is left of it. Money pays neither less than nothing nor more than money paid, since what points paid
    comes back as points, with the units that they paid. What cannot be done now is done by later returns.
    """
    given, left, then, wanted = (_components(part) for part in (returned, kept, before, after))
    found = {
        key: min(given.get(key, 0), max(wanted.get(key, 0), -left.get(key, 0)) - then.get(key, 0))
        for key in dict.fromkeys([*given, *left, *then, *wanted])
    }
    whole = sum(found.values())
    change = max(-kept.paid_minor - before.minor, min(returned.paid_minor, whole)) - whole
    for key, amount in found.items():
        if change < 0:
            step = -min(-change, max(0, then.get(key, 0) + amount + left.get(key, 0)))
        else:
            step = min(change, given.get(key, 0) - amount)
        found[key] = amount + step
        change -= step
    net = found.pop(_NET) + change
    return Withheld(net, tuple(LineTax(*key, amount) for key, amount in found.items() if amount))


def _components(part: Worth | Withheld) -> dict[tuple[str, int], int]:
    """Net first, then each tax by its jurisdiction and rate."""
    found = {_NET: part.net_minor}
    for tax in part.taxes:
        key = (tax.jurisdiction, tax.rate_ppm)
        found[key] = found.get(key, 0) + tax.amount_minor
    return found


def _added(taxes: Iterable[LineTax]) -> tuple[LineTax, ...]:
    sums: dict[tuple[str, int], int] = {}
    for tax in taxes:
        key = (tax.jurisdiction, tax.rate_ppm)
        sums[key] = sums.get(key, 0) + tax.amount_minor
    return tuple(LineTax(*key, amount) for key, amount in sums.items() if amount)


def added(parts: Iterable[Withheld]) -> Withheld:
    """Everything that was kept back, together."""
    found = list(parts)
    return Withheld(sum(part.net_minor for part in found), _added(tax for part in found for tax in part.taxes))
