"""From a priced basket to the lines and charges of a placement: every amount is copied, none is computed again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.acts import Act
from domain.catalog.model import Offer
from domain.orders.model import LineDiscount, LineTax, OrderLineId, ShippingChargeId
from domain.orders.placement import PlacedCharge, PlacedLine
from domain.pricing.model import AppliedDiscount, DiscountId, PricedLine, PricedShipping, TaxShare


def placed_line(
    line: PricedLine, offer: Offer, group: int, applied: Mapping[DiscountId, AppliedDiscount], act: Act
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
                str(share.discount_id),
                applied[share.discount_id].title,
                applied[share.discount_id].code,
                share.amount_minor,
            )
            for share in line.discounts
        ),
        category=str(offer.category_ids[-1]) if offer.category_ids else None,
    )


def placed_charge(charge: PricedShipping, title: str, act: Act) -> PlacedCharge:
    """A priced delivery, as the order will keep it."""
    return PlacedCharge(
        id=ShippingChargeId(act.new_id()),
        title=title,
        gross_minor=charge.amount_minor,
        discount_minor=0,
        net_minor=charge.net_minor,
        taxes=_taxes(charge.taxes),
    )


def by_id(applied: Sequence[AppliedDiscount]) -> dict[DiscountId, AppliedDiscount]:
    """Applied discounts by their id."""
    return {discount.discount_id: discount for discount in applied}


def discount_ids(lines: Sequence[PlacedLine]) -> list[DiscountId]:
    """The discounts that lines used, each once."""
    return list(dict.fromkeys(DiscountId(UUID(discount.discount_id)) for line in lines for discount in line.discounts))


def _taxes(shares: Sequence[TaxShare]) -> tuple[LineTax, ...]:
    return tuple(LineTax(share.jurisdiction, share.rate_ppm, share.amount_minor) for share in shares)
