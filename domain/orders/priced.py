"""From a priced basket to the lines and charges of a placement: every amount is copied, none is computed again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.acts import Act
from domain.catalog.model import Offer
from domain.gift_cards.model import TAX_CODE
from domain.orders.model import LineDiscount, LineTax, OrderLineId, ShippingChargeId
from domain.orders.placement import PlacedCharge, PlacedLine
from domain.pricing.model import PricedBasket, PricedLine, PricedShipping, TaxShare
from domain.promotions.model import PromotionId
from domain.promotions.outcomes import Applied, Bound
from domain.shipping.model import ShippingOption
from domain.taxes.model import PlacedCalculation, PlacedItem


def placed_line(
    line: PricedLine, offer: Offer, group: int, applied: Mapping[PromotionId, Bound], act: Act
) -> PlacedLine:
    """A priced line of an offer, as the order will keep it."""
    return PlacedLine(
        id=OrderLineId(act.new_id()),
        group=group,
        variant_id=offer.variant_id,
        product_id=offer.product_id,
        sku=offer.sku or "",
        title=offer.product_title,
        variant_title=offer.variant_title,
        tax_code=offer.tax_code,
        image_url=offer.image_url,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.gross_minor,
        line_discount_minor=line.line_discount_minor,
        order_discount_minor=line.order_discount_minor,
        net_minor=line.net_minor,
        taxes=_taxes(line.taxes),
        points=line.points,
        points_value_minor=line.points_value_minor,
        discounts=tuple(
            LineDiscount(
                str(share.promotion_id),
                applied[share.promotion_id].title,
                applied[share.promotion_id].code,
                share.amount_minor,
            )
            for share in line.discounts
        ),
        category=str(offer.category_ids[-1]) if offer.category_ids else None,
        earns=offer.tax_code != TAX_CODE,
        compare_at_minor=offer.compare_at_minor,
        price_list_id=offer.price_list_id,
        tax_exemption_id=line.exemption_id,
    )


def placed_charge(charge: PricedShipping, option: ShippingOption, weight_grams: int, act: Act) -> PlacedCharge:
    """A priced delivery, as the order will keep it."""
    return PlacedCharge(
        id=ShippingChargeId(act.new_id()),
        title=option.title,
        gross_minor=charge.amount_minor,
        discount_minor=charge.discount_minor,
        net_minor=charge.net_minor,
        taxes=_taxes(charge.taxes),
        option_id=option.id,
        weight_grams=weight_grams,
        days_min=option.days_min,
        days_max=option.days_max,
    )


def placed_calculations(priced: PricedBasket, ids: Mapping[str, UUID]) -> tuple[PlacedCalculation, ...]:
    """A tax service's calculations by the ids that lines and deliveries have as parts of the order."""
    amounts = {line.key: (line.net_minor, line.tax_minor) for line in priced.lines}
    amounts |= {charge.group_key: (charge.net_minor, charge.tax_minor) for charge in priced.shipping}
    return tuple(
        PlacedCalculation(
            one.reference,
            tuple(PlacedItem(key, ids[key], *amounts[key]) for key in one.line_keys),
            None
            if one.shipping_key is None
            else PlacedItem(one.shipping_key, ids[one.shipping_key], *amounts[one.shipping_key]),
        )
        for one in priced.calculations
    )


def by_id(applied: Sequence[Applied]) -> dict[PromotionId, Bound]:
    """Applied promotions by their id."""
    return {one.bound.id: one.bound for one in applied}


def _taxes(shares: Sequence[TaxShare]) -> tuple[LineTax, ...]:
    return tuple(LineTax(share.jurisdiction, share.rate_ppm, share.amount_minor) for share in shares)
