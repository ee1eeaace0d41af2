"""Values of the pricing room. Every amount is in minor units of the basket's one currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5

from domain.money import Currency
from domain.promotions.outcomes import Item, Outcome, Share

TaxRateId = NewType("TaxRateId", UUID)

NO_PROMOTIONS = Outcome(())

_TAX_RATES = UUID("6c1f5a52-0b0e-5c0f-9d57-0d3b3a7c9a11")
"""The space of names that ids of tax rates are made in."""

PPM = 1_000_000
"""Parts per million in a whole: a rate of 20 % is 200,000."""


class TaxSource(StrEnum):
    """Who said what tax an order carries: our own table, a tax service, or whoever sold it before us."""

    TABLE = "TABLE"
    SERVICE = "SERVICE"
    GIVEN = "GIVEN"


@dataclass(frozen=True, slots=True)
class TaxPlace:
    """Where a supply is taxed: the destination of a parcel, or the store of a pickup or till sale.

    Attributes:
        country: ISO 3166-1 alpha-2.
        region: the country's own subdivision code ("CA", "ON"); empty when unknown.
        postal_code: as addressed; empty when unknown.
        city, line1: as addressed, for tax services, which know districts; empty when unknown. The table does without.
    """

    country: str
    region: str = ""
    postal_code: str = ""
    city: str = ""
    line1: str = ""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One jurisdiction's rate in a place. Empty `region`, `postal_prefix` and `tax_code` mean any.

    Attributes:
        jurisdiction: who levies it, as receipts print it ("DE VAT", "US-CA").
        rate_ppm: parts per million of the untaxed price; never negative.
        valid_from: first instant, inclusive.
        valid_to: end, exclusive; None while it lasts.
    """

    country: str
    jurisdiction: str
    rate_ppm: int
    valid_from: datetime
    region: str = ""
    postal_prefix: str = ""
    tax_code: str = ""
    valid_to: datetime | None = None

    @property
    def id(self) -> TaxRateId:
        """What it is called, made from whose rate it is, where, for what and since when: the same in every database."""
        since = self.valid_from.astimezone(UTC).isoformat()
        parts = (self.country, self.region, self.postal_prefix, self.tax_code, self.jurisdiction, since)
        return TaxRateId(uuid5(_TAX_RATES, "\n".join(parts)))


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The rates that are valid at one moment, for some places or all."""

    rates: tuple[TaxRate, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line to be priced.

    `destination` is where it is taxed; None while that is unknown, and then the line carries no tax, as it does with an
    `exemption_id`: the certificate by which the buyer pays none. `group_key` names the delivery it goes with.
    """

    item: Item
    tax_code: str
    destination: TaxPlace | None
    exemption_id: UUID | None = None
    group_key: str = ""


@dataclass(frozen=True, slots=True)
class ShippingCharge:
    """What one delivery group's transport costs before promotions, in the basket's price terms."""

    group_key: str
    amount_minor: int
    tax_code: str
    destination: TaxPlace | None


@dataclass(frozen=True, slots=True)
class PointsTender:
    """Points given in payment, and what they are worth. They pay goods, never shipping."""

    points: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class TaxShare:
    """One jurisdiction's tax on a line or on shipping."""

    jurisdiction: str
    rate_ppm: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Calculated:
    """A tax service's calculation of one delivery: its name there, and the keys of the lines and the transport in it."""

    reference: str
    line_keys: tuple[str, ...]
    shipping_key: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """Everything a price depends on.

    Attributes:
        outcome: what promotions do to these lines and this shipping, in their order.
        taxes: what a tax service said, by the keys of lines and deliveries; None to go by `tax_rates`.
        calculations: where `taxes` are from.
    """

    currency: Currency
    prices_include_tax: bool
    lines: tuple[BasketLine, ...]
    tax_rates: TaxTable
    outcome: Outcome = NO_PROMOTIONS
    shipping: tuple[ShippingCharge, ...] = ()
    points: PointsTender | None = None
    taxes: Mapping[str, tuple[TaxShare, ...]] | None = None
    calculations: tuple[Calculated, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line whose amounts are frozen. `discounts` and `taxes` sum to what the totals say."""

    key: str
    quantity: int
    unit_price_minor: int
    gross_minor: int
    line_discount_minor: int
    order_discount_minor: int
    net_minor: int
    taxes: tuple[TaxShare, ...]
    total_minor: int
    discounts: tuple[Share, ...] = ()
    points: int = 0
    points_value_minor: int = 0
    exemption_id: UUID | None = None

    @property
    def tax_minor(self) -> int:
        return sum(tax.amount_minor for tax in self.taxes)

    @property
    def paid_minor(self) -> int:
        """What is left to pay with money."""
        return self.total_minor - self.points_value_minor


@dataclass(frozen=True, slots=True)
class PricedShipping:
    """Shipping of one group: `amount_minor` in price terms, what promotions take off it, then net, taxes and their sum."""

    group_key: str
    amount_minor: int
    discount_minor: int
    net_minor: int
    taxes: tuple[TaxShare, ...]
    total_minor: int

    @property
    def tax_minor(self) -> int:
        return sum(tax.amount_minor for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class PricedBasket:
    """A basket with every amount decided. Lines and shipping are in the basket's order; `calculations` are a tax
    service's, where its taxes are from."""

    currency: Currency
    prices_include_tax: bool
    lines: tuple[PricedLine, ...]
    shipping: tuple[PricedShipping, ...]
    outcome: Outcome = NO_PROMOTIONS
    calculations: tuple[Calculated, ...] = ()

    @property
    def tax_source(self) -> TaxSource:
        """Who said what tax it carries."""
        return TaxSource.SERVICE if self.calculations else TaxSource.TABLE

    @property
    def subtotal_minor(self) -> int:
        """Goods before discounts, in price terms."""
        return sum(line.gross_minor for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """All discounts on goods."""
        return sum(line.line_discount_minor + line.order_discount_minor for line in self.lines)

    @property
    def goods_tax_minor(self) -> int:
        return sum(line.tax_minor for line in self.lines)

    @property
    def goods_total_minor(self) -> int:
        """Goods after discounts, with tax."""
        return sum(line.total_minor for line in self.lines)

    @property
    def shipping_net_minor(self) -> int:
        return sum(charge.net_minor for charge in self.shipping)

    @property
    def shipping_tax_minor(self) -> int:
        return sum(charge.tax_minor for charge in self.shipping)

    @property
    def shipping_minor(self) -> int:
        """Shipping with its tax."""
        return sum(charge.total_minor for charge in self.shipping)

    @property
    def tax_minor(self) -> int:
        """Tax on goods and on shipping."""
        return self.goods_tax_minor + self.shipping_tax_minor

    @property
    def total_minor(self) -> int:
        """Goods and shipping with tax, before points."""
        return self.goods_total_minor + self.shipping_minor

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def points_value_minor(self) -> int:
        return sum(line.points_value_minor for line in self.lines)

    @property
    def due_minor(self) -> int:
        """What is left to pay with money."""
        return self.total_minor - self.points_value_minor


TaxKey = tuple[TaxPlace | None, str]
RatesByKey = Mapping[TaxKey, tuple[TaxRate, ...]]
