"""Prices as pure functions: what promotions leave, then tax, then points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from domain.customers.exemption_model import TaxExemption
from domain.gift_cards.model import TAX_CODE as GIFT_CARD_TAX_CODE
from domain.money import allocate, round_half_up
from domain.pricing.model import (
    PPM,
    Basket,
    BasketLine,
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
)
from domain.promotions.compiling import Offered
from domain.promotions.model import Target
from domain.promotions.outcomes import Charge, Share

ChargesFor = Callable[[int], Sequence[ShippingCharge]]
"""What deliveries cost when the goods cost so much after promotions."""


def promoted(basket: Basket, offered: Offered, charges_for: ChargesFor, *, store_zone: str | None = None) -> Basket:
    """The basket with what promotions do to it, and with its shipping, which may depend on the goods' reduced price."""
    known: dict[str, ShippingCharge] = {}

    def charges(goods_minor: int) -> list[Charge]:
        found = charges_for(goods_minor)
        known.update({charge.group_key: charge for charge in found})
        return [Charge(charge.group_key, charge.amount_minor) for charge in found]

    outcome = offered.evaluate([line.item for line in basket.lines], charges, store_zone=store_zone)
    shipping = tuple(replace(known[charge.key], amount_minor=charge.amount_minor) for charge in outcome.charges)
    return replace(basket, outcome=outcome, shipping=shipping)


def exempted(basket: Basket, exemptions: Sequence[TaxExemption]) -> Basket:
    """The basket of a buyer who pays no tax where a certificate says so: there, prices are those without tax.

    A price that includes tax is reduced by the tax of one unit, which rounds half up; promotions and everything else then
    go by the reduced price, so that a return pays back just what was paid.
    """
    if not exemptions:
        return basket
    return replace(
        basket,
        lines=tuple(_exempted_line(basket, line, exemptions) for line in basket.lines),
    )


def exempted_charge(basket: Basket, charge: ShippingCharge, exemptions: Sequence[TaxExemption]) -> ShippingCharge:
    """A delivery of such a buyer."""
    if charge.destination is None or _certificate(charge.destination, exemptions) is None:
        return charge
    net_minor = _untaxed(basket, charge.amount_minor, charge.destination, charge.tax_code)
    return replace(charge, amount_minor=net_minor, destination=None)


def _exempted_line(basket: Basket, line: BasketLine, exemptions: Sequence[TaxExemption]) -> BasketLine:
    place = line.destination
    found = None if place is None else _certificate(place, exemptions)
    if place is None or found is None:
        return line
    net_minor = _untaxed(basket, line.item.unit_price_minor, place, line.tax_code)
    return replace(line, item=replace(line.item, unit_price_minor=net_minor), destination=None, exemption_id=found.id)


def _certificate(place: TaxPlace, exemptions: Sequence[TaxExemption]) -> TaxExemption | None:
    return next((one for one in exemptions if one.covers(place.country, place.region)), None)


def _untaxed(basket: Basket, price_minor: int, place: TaxPlace, tax_code: str) -> int:
    if not basket.prices_include_tax:
        return price_minor
    net_minor, _, _ = tax_included(price_minor, rates_at(basket.tax_rates, place, tax_code))
    return net_minor


def price(basket: Basket) -> PricedBasket:
    """Every amount of a basket, exact to the minor unit: what promotions leave, its tax, and the points' part."""
    outcome = basket.outcome
    taxed = _by_table(basket) if basket.taxes is None else _as_told(basket.prices_include_tax, basket.taxes)
    shares = outcome.shares or ((),) * len(basket.lines)
    charge_shares = outcome.charge_shares or ((),) * len(basket.shipping)
    priced = PricedBasket(
        currency=basket.currency,
        prices_include_tax=basket.prices_include_tax,
        lines=tuple(_priced_line(*pair, taxed) for pair in zip(basket.lines, shares, strict=True)),
        shipping=tuple(_priced_shipping(*pair, taxed) for pair in zip(basket.shipping, charge_shares, strict=True)),
        outcome=outcome,
        calculations=basket.calculations,
    )
    return priced if basket.points is None else with_points(priced, basket.points)


Taxed = tuple[int, tuple[TaxShare, ...], int]
"""Net, taxes and total."""

Taxing = Callable[[BasketLine | ShippingCharge, int], Taxed]
"""What tax makes of a line or a delivery at a price after discounts."""


def _by_table(basket: Basket) -> Taxing:
    rates, tax = _rates(basket), tax_included if basket.prices_include_tax else tax_added
    return lambda part, price_minor: tax(price_minor, rates[part.destination, part.tax_code])


def _as_told(prices_include_tax: bool, taxes: Mapping[str, tuple[TaxShare, ...]]) -> Taxing:
    """A tax service's amounts as they are: here they are only added up."""

    def taxed(part: BasketLine | ShippingCharge, price_minor: int) -> Taxed:
        shares = taxes.get(part.item.key if isinstance(part, BasketLine) else part.group_key, ())
        tax_minor = sum(share.amount_minor for share in shares)
        if prices_include_tax:
            return price_minor - tax_minor, shares, price_minor
        return price_minor, shares, price_minor + tax_minor

    return taxed


def tax_added(price_minor: int, rates: Sequence[TaxRate]) -> Taxed:
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


def tax_included(price_minor: int, rates: Sequence[TaxRate]) -> Taxed:
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
    code. So a reduced or zero rate is a row with a tax code, and a region with another rate is a row of its own. Gift cards
    are taxed when they pay for something, never when they are sold.
    """
    if tax_code == GIFT_CARD_TAX_CODE:
        return ()
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


def _priced_line(line: BasketLine, shares: Sequence[Share], taxed: Taxing) -> PricedLine:
    item = line.item
    gross_minor = item.quantity * item.unit_price_minor
    off_line = sum(share.amount_minor for share in shares if share.target is Target.LINES)
    off_order = sum(share.amount_minor for share in shares) - off_line
    net_minor, taxes, total_minor = taxed(line, gross_minor - off_line - off_order)
    return PricedLine(
        key=item.key,
        quantity=item.quantity,
        unit_price_minor=item.unit_price_minor,
        gross_minor=gross_minor,
        line_discount_minor=off_line,
        order_discount_minor=off_order,
        net_minor=net_minor,
        taxes=taxes,
        total_minor=total_minor,
        discounts=tuple(shares),
        exemption_id=line.exemption_id,
    )


def _priced_shipping(charge: ShippingCharge, shares: Sequence[Share], taxed: Taxing) -> PricedShipping:
    off = sum(share.amount_minor for share in shares)
    net_minor, taxes, total_minor = taxed(charge, charge.amount_minor - off)
    return PricedShipping(charge.group_key, charge.amount_minor, off, net_minor, taxes, total_minor)


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
