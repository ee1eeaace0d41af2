"""What carts cost, on the wire."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import strawberry

import resolvers.tax_enums  # noqa: F401 - describes the enumeration used below
from domain.pricing.model import PricedBasket, PricedLine, TaxShare, TaxSource
from resolvers.scalars import DecimalText, Money, TaxedMoney


@strawberry.type(description="One jurisdiction's tax in a cart.")
class CartTax:
    """A tax on the wire."""

    jurisdiction: str = strawberry.field(description="Who levies it, as receipts print it.")
    rate_percent: DecimalText = strawberry.field(description="Percent of the untaxed price, such as `8.25`.")
    amount: Money = strawberry.field(description="The tax.")

    @classmethod
    def all_of(cls, taxes: Iterable[TaxShare], currency: str) -> "list[CartTax]":
        """Taxes by jurisdiction and rate, added up."""
        sums: dict[tuple[str, int], int] = defaultdict(int)
        for tax in taxes:
            sums[tax.jurisdiction, tax.rate_ppm] += tax.amount_minor
        return [
            cls(jurisdiction=name, rate_percent=percent(rate_ppm), amount=Money.minor(amount, currency))
            for (name, rate_ppm), amount in sorted(sums.items())
        ]


def percent(rate_ppm: int) -> DecimalText:
    """A rate in percent with at least no digit more than it needs.

    >>> percent(82_500), percent(200_000)
    ('8.25', '20')
    """
    whole, rest = divmod(rate_ppm, 10_000)
    return DecimalText(f"{Decimal(whole)}.{rest:04d}".rstrip("0").rstrip("."))


@strawberry.type(description="A discount, and what it takes off a cart or a line.")
class CartDiscount:
    """A discount on the wire."""

    title: str = strawberry.field(description="The discount's name.")
    code: str | None = strawberry.field(description="The code that brought it; null for an automatic discount.")
    amount: Money = strawberry.field(description="What it takes off; positive.")


@strawberry.type(description="What one line of a cart costs, for its whole quantity.")
class CartLineCost:
    """A line's cost on the wire."""

    subtotal: Money = strawberry.field(description="Unit price times quantity, with tax if `pricesIncludeTax`.")
    discount: Money = strawberry.field(description="All discounts, its share of those on the order included.")
    net: Money = strawberry.field(description="After discounts, without tax.")
    tax: Money = strawberry.field(description="All jurisdictions together.")
    total: Money = strawberry.field(description="After discounts, with tax, before points.")
    points: int = strawberry.field(description="Its share of the points spent.")
    points_value: Money = strawberry.field(description="What those points pay.")
    due: Money = strawberry.field(description="What is left to pay with money.")
    taxes: list[CartTax] = strawberry.field(description="By jurisdiction.")
    discounts: list[CartDiscount] = strawberry.field(description="By discount, in the order they were taken.")

    @classmethod
    def of(cls, line: PricedLine, priced: PricedBasket) -> "CartLineCost":
        """The wire form of a priced line."""
        by_id = {applied.bound.id: applied.bound for applied in priced.outcome.applied}
        minor = minor_in(priced)
        return cls(
            subtotal=minor(line.gross_minor),
            discount=minor(line.line_discount_minor + line.order_discount_minor),
            net=minor(line.net_minor),
            tax=minor(line.tax_minor),
            total=minor(line.total_minor),
            points=line.points,
            points_value=minor(line.points_value_minor),
            due=minor(line.paid_minor),
            taxes=CartTax.all_of(line.taxes, priced.currency),
            discounts=[
                CartDiscount(
                    title=by_id[share.promotion_id].title,
                    code=by_id[share.promotion_id].code,
                    amount=minor(share.amount_minor),
                )
                for share in line.discounts
            ],
        )


@strawberry.type(description="What a cart costs right now.")
class CartCost:
    """A cart's cost on the wire."""

    prices_include_tax: bool = strawberry.field(
        description="Whether subtotals, discounts and unit prices contain tax: as the sales channel sells in the country that the "
        "cart goes to."
    )
    tax_source: TaxSource = strawberry.field(
        description="Who says what the tax is. While a tax service does not know where everything goes, or gives no answer, "
        "it is TABLE."
    )
    subtotal: Money = strawberry.field(description="Goods before discounts, with tax if `pricesIncludeTax`.")
    discount: Money = strawberry.field(description="All discounts on goods.")
    goods: TaxedMoney = strawberry.field(description="Goods after discounts.")
    shipping: TaxedMoney = strawberry.field(description="Shipping of all groups.")
    tax: Money = strawberry.field(description="Tax on goods and shipping.")
    total: Money = strawberry.field(description="Goods and shipping with tax, before points.")
    points: int = strawberry.field(description="Points spent.")
    points_value: Money = strawberry.field(description="What they pay; goods only, never shipping.")
    due: Money = strawberry.field(description="What is left to pay with money.")
    taxes: list[CartTax] = strawberry.field(description="By jurisdiction, shipping included.")
    discounts: list[CartDiscount] = strawberry.field(description="Discounts that apply, in the order they are taken.")

    @classmethod
    def of(cls, priced: PricedBasket) -> "CartCost":
        """The wire form of a priced basket."""
        minor = minor_in(priced)
        goods_net = priced.goods_total_minor - priced.goods_tax_minor
        taxes = [tax for line in priced.lines for tax in line.taxes]
        taxes += [tax for charge in priced.shipping for tax in charge.taxes]
        return cls(
            prices_include_tax=priced.prices_include_tax,
            tax_source=priced.tax_source,
            subtotal=minor(priced.subtotal_minor),
            discount=minor(priced.discount_minor),
            goods=TaxedMoney.minor(goods_net, priced.goods_tax_minor, priced.currency),
            shipping=TaxedMoney.minor(priced.shipping_net_minor, priced.shipping_tax_minor, priced.currency),
            tax=minor(priced.tax_minor),
            total=minor(priced.total_minor),
            points=priced.points,
            points_value=minor(priced.points_value_minor),
            due=minor(priced.due_minor),
            taxes=CartTax.all_of(taxes, priced.currency),
            discounts=[
                CartDiscount(title=one.bound.title, code=one.bound.code, amount=minor(one.amount_minor))
                for one in priced.outcome.applied
                if one.amount_minor
            ],
        )


class Minor:
    """Amounts of one currency on the wire."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def __call__(self, amount_minor: int) -> Money:
        return Money.minor(amount_minor, self._currency)


def minor_in(priced: PricedBasket) -> Minor:
    """Makes amounts in a basket's currency from minor units."""
    return Minor(priced.currency)
