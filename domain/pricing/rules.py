"""Prices as pure functions: discount after discount, then tax, then points.

Each step takes the lines as the steps before left them, so a further kind of promotion is one more way to compute the
amounts a discount takes off its lines; the allocation, the tax and the points stay as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from domain.money import allocate, round_half_up
from domain.pricing.model import (
    PPM,
    AppliedDiscount,
    Basket,
    BasketLine,
    Discount,
    DiscountKind,
    DiscountShare,
    DiscountTarget,
    LineFilter,
    PointsTender,
    PricedBasket,
    PricedLine,
    PricedShipping,
    RatesByKey,
    ShippingCharge,
    TaxKey,
    TaxPlace,
    TaxRate,
    TaxShare,
    TaxTable,
    UnappliedDiscount,
    UnappliedReason,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A line on its way through the discounts. `left_minor` is what the next one may take from."""

    line: BasketLine
    left_minor: int
    shares: tuple[DiscountShare, ...] = ()

    def less(self, discount: Discount, amount_minor: int) -> "Draft":
        """The line after a discount took `amount_minor`; unchanged by 0."""
        if amount_minor == 0:
            return self
        share = DiscountShare(discount.id, discount.target, amount_minor)
        return replace(self, left_minor=self.left_minor - amount_minor, shares=(*self.shares, share))


def price(basket: Basket) -> PricedBasket:
    """Every amount of a basket, exact to the minor unit.

    Discounts on lines come before discounts on the order; within a target they go by `sequence`, then by id.
    """
    drafts = [Draft(line, line.quantity * line.unit_price_minor) for line in basket.lines]
    applied: list[AppliedDiscount] = []
    unapplied: list[UnappliedDiscount] = []
    for discount in sorted(basket.discounts, key=_turn):
        drafts, outcome = apply(discount, drafts)
        if isinstance(outcome, AppliedDiscount):
            applied.append(outcome)
        else:
            unapplied.append(outcome)
    rates = _rates(basket)
    tax = tax_included if basket.prices_include_tax else tax_added
    priced = PricedBasket(
        currency=basket.currency,
        prices_include_tax=basket.prices_include_tax,
        lines=tuple(_priced_line(draft, rates, tax) for draft in drafts),
        shipping=tuple(_priced_shipping(charge, rates, tax) for charge in basket.shipping),
        discounts=tuple(applied),
        unapplied=tuple(unapplied),
    )
    return priced if basket.points is None else with_points(priced, basket.points)


def _turn(discount: Discount) -> tuple[bool, int, str]:
    return discount.target is DiscountTarget.ORDER, discount.sequence, str(discount.id)


def apply(discount: Discount, drafts: Sequence[Draft]) -> tuple[list[Draft], AppliedDiscount | UnappliedDiscount]:
    """The lines after one discount, and what became of it."""
    chosen = [index for index, draft in enumerate(drafts) if is_eligible(draft.line, discount.lines)]
    worth = sum(_minimum_base(discount, drafts[index]) for index in chosen)
    missing = discount.minimum_subtotal_minor - worth
    if chosen and missing > 0:
        outcome = UnappliedDiscount(discount.id, discount.code, UnappliedReason.MINIMUM_NOT_MET, missing)
        return list(drafts), outcome
    amounts = amounts_off(discount, [drafts[index] for index in chosen])
    if not any(amounts):
        return list(drafts), UnappliedDiscount(discount.id, discount.code, UnappliedReason.NOTHING_ELIGIBLE)
    after = list(drafts)
    for index, amount in zip(chosen, amounts, strict=True):
        after[index] = after[index].less(discount, amount)
    return after, AppliedDiscount(discount.id, discount.title, discount.code, discount.target, sum(amounts))


def is_eligible(line: BasketLine, lines: LineFilter) -> bool:
    """Whether a filter lets a discount touch this line."""
    if not (lines.product_ids or lines.category_ids or lines.collection_ids):
        return True
    return (
        line.product_id in lines.product_ids
        or not lines.category_ids.isdisjoint(line.category_ids)
        or not lines.collection_ids.isdisjoint(line.collection_ids)
    )


def _minimum_base(discount: Discount, draft: Draft) -> int:
    if discount.target is DiscountTarget.LINES:
        return draft.line.quantity * draft.line.unit_price_minor
    line_discounts = sum(s.amount_minor for s in draft.shares if s.target is DiscountTarget.LINES)
    return draft.line.quantity * draft.line.unit_price_minor - line_discounts


def amounts_off(discount: Discount, drafts: Sequence[Draft]) -> list[int]:
    """What a discount takes off each of its lines, in their order; never more than is left of a line."""
    if not drafts:
        return []
    left = [draft.left_minor for draft in drafts]
    match discount.kind:
        case DiscountKind.PERCENTAGE if discount.target is DiscountTarget.LINES:
            return [round_half_up(amount * discount.value, PPM) for amount in left]
        case DiscountKind.PERCENTAGE:
            return allocate(round_half_up(sum(left) * discount.value, PPM), left)
        case DiscountKind.FIXED_ACROSS:
            return allocate(min(discount.value, sum(left)), left)
        case DiscountKind.FIXED_PER_UNIT:
            return [min(discount.value * draft.line.quantity, draft.left_minor) for draft in drafts]
    assert_never(discount.kind)


Tax = Callable[[int, Sequence[TaxRate]], tuple[int, tuple[TaxShare, ...], int]]
"""(price, rates) → (net, taxes, total)."""


def tax_added(price_minor: int, rates: Sequence[TaxRate]) -> tuple[int, tuple[TaxShare, ...], int]:
    """Net, taxes and total of a price without tax: each jurisdiction rounds half up on the line.

    >>> from datetime import UTC, datetime
    >>> vat = TaxRate("US", "US-CA", 82_500, datetime(2020, 1, 1, tzinfo=UTC))
    >>> net, taxes, total = tax_added(3000, [vat])
    >>> net, taxes[0].amount_minor, total
    (3000, 248, 3248)
    """
    taxes = tuple(
        TaxShare(rate.jurisdiction, rate.rate_ppm, round_half_up(price_minor * rate.rate_ppm, PPM)) for rate in rates
    )
    return price_minor, taxes, price_minor + sum(tax.amount_minor for tax in taxes)


def tax_included(price_minor: int, rates: Sequence[TaxRate]) -> tuple[int, tuple[TaxShare, ...], int]:
    """Net, taxes and total of a price with tax: the line's tax rounds half up once, and is split by largest remainder.

    >>> from datetime import UTC, datetime
    >>> vat = TaxRate("BE", "BE VAT", 210_000, datetime(2020, 1, 1, tzinfo=UTC))
    >>> net, taxes, total = tax_included(3998, [vat])
    >>> net, taxes[0].amount_minor, total
    (3304, 694, 3998)
    """
    if not rates:
        return price_minor, (), price_minor
    whole_ppm = sum(rate.rate_ppm for rate in rates)
    tax_minor = round_half_up(price_minor * whole_ppm, PPM + whole_ppm)
    parts = allocate(tax_minor, [rate.rate_ppm for rate in rates])
    taxes = tuple(TaxShare(rate.jurisdiction, rate.rate_ppm, part) for rate, part in zip(rates, parts, strict=True))
    return price_minor - tax_minor, taxes, price_minor


def rates_at(table: TaxTable, place: TaxPlace, tax_code: str) -> tuple[TaxRate, ...]:
    """The rates of a place for a tax code, one per jurisdiction, by jurisdiction.

    Of one jurisdiction's rows the most exact wins: a longer postal prefix, then a region, then a row for the very tax
    code. So a reduced or zero rate is a row with a tax code, and a region with another rate is a row of its own.
    """
    postal_code = normalized_postal_code(place.postal_code)
    best: dict[str, TaxRate] = {}
    for rate in table.rates:
        fits = (
            rate.country == place.country
            and rate.region in ("", place.region)
            and postal_code.startswith(rate.postal_prefix)
            and rate.tax_code in ("", tax_code)
        )
        if fits and (rate.jurisdiction not in best or _exactness(rate) > _exactness(best[rate.jurisdiction])):
            best[rate.jurisdiction] = rate
    return tuple(best[jurisdiction] for jurisdiction in sorted(best))


def _exactness(rate: TaxRate) -> tuple[int, bool, bool]:
    return len(rate.postal_prefix), rate.region != "", rate.tax_code != ""


def normalized_postal_code(text: str) -> str:
    """A postal code as rate rows hold it.

    >>> normalized_postal_code(" sw1a 1aa ")
    'SW1A1AA'
    """
    return text.replace(" ", "").replace("-", "").upper()


def _rates(basket: Basket) -> RatesByKey:
    keys: set[TaxKey] = {(line.destination, line.tax_code) for line in basket.lines}
    keys |= {(charge.destination, charge.tax_code) for charge in basket.shipping}
    return {
        (place, tax_code): () if place is None else rates_at(basket.tax_rates, place, tax_code)
        for place, tax_code in keys
    }


def _priced_line(draft: Draft, rates: RatesByKey, tax: Tax) -> PricedLine:
    line = draft.line
    net_minor, taxes, total_minor = tax(draft.left_minor, rates[line.destination, line.tax_code])
    by_target = {
        target: sum(share.amount_minor for share in draft.shares if share.target is target) for target in DiscountTarget
    }
    return PricedLine(
        key=line.key,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.quantity * line.unit_price_minor,
        line_discount_minor=by_target[DiscountTarget.LINES],
        order_discount_minor=by_target[DiscountTarget.ORDER],
        net_minor=net_minor,
        taxes=taxes,
        total_minor=total_minor,
        discounts=draft.shares,
    )


def _priced_shipping(charge: ShippingCharge, rates: RatesByKey, tax: Tax) -> PricedShipping:
    net_minor, taxes, total_minor = tax(charge.amount_minor, rates[charge.destination, charge.tax_code])
    return PricedShipping(charge.group_key, charge.amount_minor, net_minor, taxes, total_minor)


def with_points(priced: PricedBasket, tender: PointsTender) -> PricedBasket:
    """The basket with points spread over its lines by their totals.

    The tender must not be worth more than the goods: the caller bounds it first.
    """
    assert 0 <= tender.value_minor <= priced.goods_total_minor, "points pay goods, at most all of them"
    if tender.points == 0 or not priced.lines:
        return priced
    totals = [line.total_minor for line in priced.lines]
    points = allocate(tender.points, totals)
    values = allocate(tender.value_minor, totals)
    lines = tuple(
        replace(line, points=part, points_value_minor=value)
        for line, part, value in zip(priced.lines, points, values, strict=True)
    )
    return replace(priced, lines=lines)
