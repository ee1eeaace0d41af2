"""A quoted cart becomes a placement: who serves which line, and what everything costs, frozen."""

from dataclasses import dataclass
from uuid import UUID

from domain.acts import Act
from domain.carts.model import Cart, CartLineId, CartQuote, DeliveryGroup, DeliveryMethod, line_key
from domain.carts.quoting import asked_by
from domain.inventory.model import Want
from domain.locations.model import LocationId
from domain.orders.model import FulfillmentMethod, FulfillmentOrderId, OrderId, OrderSource
from domain.orders.placement import PlacedGroup, PlacedLine, Placement
from domain.orders.priced import by_id, placed_calculations, placed_charge, placed_line
from domain.promotions.rules import freeze

_METHODS = {
    DeliveryMethod.SHIPPING: FulfillmentMethod.SHIPPING,
    DeliveryMethod.PICK_UP: FulfillmentMethod.PICK_UP,
}


@dataclass(frozen=True, slots=True)
class _Deliveries:
    """Where each line leaves from: the groups, and each cart line's place among them."""

    groups: tuple[PlacedGroup, ...]
    index: dict[CartLineId, int]


def placement_of(cart: Cart, quote: CartQuote, act: Act) -> Placement:
    """What a cart that may check out will be as an order. Ids are made now, so that the order's is known before it is
    paid. Lines keep the cart's order; each (delivery group, location) is one fulfillment order."""
    assert quote.may_check_out, "a cart with problems is refused before"
    priced = quote.priced
    charged = [group for group in cart.groups if group.id.hex in {charge.group_key for charge in priced.shipping}]
    by_group = {charge.group_key: charge for charge in priced.shipping}
    deliveries = _deliveries(cart, quote, {group.id: n for n, group in enumerate(charged)}, act)
    lines = _lines(cart, quote, deliveries, act)
    charges = {
        group.id.hex: placed_charge(
            by_group[group.id.hex], quote.shipping[group.id], quote.weights_grams[group.id], act
        )
        for group in charged
    }
    ids: dict[str, UUID] = {line_key(line.id): placed.id for line, placed in zip(cart.lines, lines, strict=True)}
    ids |= {key: charge.id for key, charge in charges.items()}
    return Placement(
        order_id=OrderId(act.new_id()),
        source=OrderSource.ONLINE,
        sales_channel_id=cart.sales_channel_id,
        currency=cart.currency,
        prices_include_tax=priced.prices_include_tax,
        placed_at=act.now,
        lines=lines,
        groups=deliveries.groups,
        charges=tuple(charges.values()),
        customer_id=cart.customer_id,
        email=cart.email,
        wallet_id=cart.points.wallet_id if cart.points is not None and priced.points else None,
        cart_id=cart.id,
        promotions=freeze(priced.outcome, asked_by(cart).customer_key),
        tax_source=priced.tax_source,
        calculations=placed_calculations(priced, ids),
    )


def _lines(cart: Cart, quote: CartQuote, deliveries: _Deliveries, act: Act) -> tuple[PlacedLine, ...]:
    applied = by_id(quote.priced.outcome.applied)
    amounts = {line.key: line for line in quote.priced.lines}
    return tuple(
        placed_line(amounts[line_key(line.id)], quote.offers[line.variant_id], deliveries.index[line.id], applied, act)
        for line in cart.lines
    )


def _deliveries(cart: Cart, quote: CartQuote, charges: dict[UUID, int], act: Act) -> _Deliveries:
    groups: list[PlacedGroup] = []
    index: dict[CartLineId, int] = {}
    seen: dict[tuple[UUID, LocationId], int] = {}
    for line in cart.lines:
        group, location_id = cart.group(line.group_id), quote.sources[line.id]
        key = (group.id, location_id)
        if key not in seen:
            seen[key] = len(groups)
            groups.append(_group(group, location_id, charges.get(group.id), act))
        index[line.id] = seen[key]
    return _Deliveries(tuple(groups), index)


def _group(group: DeliveryGroup, location_id: LocationId, charge: int | None, act: Act) -> PlacedGroup:
    return PlacedGroup(
        id=FulfillmentOrderId(act.new_id()),
        method=_METHODS[group.method],
        location_id=location_id,
        address=group.address if group.method is DeliveryMethod.SHIPPING else None,
        charge=charge,
    )


def wants_of(placement: Placement) -> list[Want]:
    """The stock a placement asks for, by order line."""
    wants = []
    for line in placement.lines:
        location_id = placement.groups[line.group].location_id
        if line.variant_id is not None and location_id is not None:
            wants.append(Want(line.variant_id, location_id, line.quantity, line.id.hex))
    return wants
