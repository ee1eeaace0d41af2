"""Pricing sales of the history under terms, by the engine that prices carts and tills."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.catalog.model import ChannelId, VariantId
from domain.connections import ReadConnection, WriteConnection
from domain.money import Currency
from domain.pricing import rules
from domain.pricing.model import Basket, BasketLine, PricedBasket, TaxPlace, TaxRate, TaxTable
from domain.promotions import service as promotions
from domain.promotions import store as promotion_store
from domain.promotions.compiling import Active, Offered
from domain.promotions.effects import PPM
from domain.promotions.model import Conditions, Definition, Method, PercentageOff
from domain.promotions.outcomes import Asked, Item, Situation
from gateway.imports.online_retail.model import Sale, SaleLine
from gateway.imports.online_retail.terms import Terms

TITLE = "Off everything"
_CURRENCY = Currency("GBP")
_WHOLE = 100
_TAXED_IN = TaxPlace("GB")


@dataclass(frozen=True, slots=True)
class Pricing:
    """The promotion of the history's channel, or none, and its VAT."""

    channel_id: ChannelId
    active: Active
    terms: Terms

    def price(self, sale: Sale, variants: Mapping[str, VariantId]) -> PricedBasket:
        """Every amount of a sale's lines, in their order."""
        basket = Basket(
            currency=_CURRENCY,
            prices_include_tax=True,
            lines=tuple(_basket_line(place, line, variants) for place, line in enumerate(sale.lines)),
            tax_rates=TaxTable(self._rates(sale.at)),
        )
        situation = Situation(Asked((), self.channel_id, _CURRENCY), sale.at)
        return rules.price(rules.promoted(basket, Offered(self.active, situation), lambda _: ()))

    def _rates(self, at: datetime) -> tuple[TaxRate, ...]:
        percent = self.terms.vat_percent
        return (TaxRate(_TAXED_IN.country, "GB VAT", _ppm(percent), at),) if percent else ()


def promote(conn: WriteConnection, channel_id: ChannelId, terms: Terms, act: Act) -> None:
    """Put the promotion of the terms to work in the history's channel, from its first moment on."""
    only_here = Conditions(sales_channel_ids=frozenset({channel_id}))
    definition = Definition(TITLE, PercentageOff(_ppm(terms.promotion_percent)), act.now, conditions=only_here)
    made = promotions.create(conn, definition, (), act)
    promotions.activate(conn, made.id, None, act)


def under(conn: ReadConnection, channel_id: ChannelId, terms: Terms) -> Pricing:
    """What prices the history's sales under these terms."""
    own = [one for one in promotion_store.active(conn) if _is_ours(one.definition, channel_id)]
    return Pricing(channel_id, Active(own), terms)


def _is_ours(definition: Definition, channel_id: UUID) -> bool:
    return definition.title == TITLE and definition.conditions.sales_channel_ids == {channel_id}


def _basket_line(place: int, line: SaleLine, variants: Mapping[str, VariantId]) -> BasketLine:
    item = Item(
        key=f"{place:06}",
        product_id=variants[line.code],
        variant_id=variants[line.code],
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        method=Method.SHIPPING,
    )
    return BasketLine(item, "", _TAXED_IN)


def _ppm(percent: int) -> int:
    return percent * PPM // _WHOLE
