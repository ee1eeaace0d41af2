"""Writing an order: the one way, whichever door it came through."""

from collections.abc import Sequence

from domain.acts import Act
from domain.codes import human_code
from domain.connections import WriteConnection
from domain.gift_cards import store as gift_cards
from domain.orders import gift_lines, store_writes, timeline
from domain.orders.model import (
    ENDED,
    FulfillmentOrder,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderStatus,
    ShippingCharge,
)
from domain.orders.placement import Placed, PlacedLine, Placement
from domain.orders.points import book_points
from domain.promotions.stored import frozen_text
from domain.taxes import service as taxes

_RANDOM_CHARACTERS = 11
"""With its check character a code has three groups of four; 32**11 codes leave no room for collisions."""


def place(conn: WriteConnection, placement: Placement, act: Act) -> Order:
    """`write`, for callers that want the order alone."""
    return write(conn, placement, act).order


def write(conn: WriteConnection, placement: Placement, act: Act) -> Placed:
    """Write an order, spend the points held for it and book what it earns. Stock and payments are the caller's part.

    Groups whose status has ended are written as fulfilled. The number of statements does not depend on the number of
    lines.

    Raises:
        ExternalReferenceTaken: the channel already has an order of this reference.
        Refused: the points held are no longer there.
    """
    assert placement.lines, "an order has lines"
    assert {line.group for line in placement.lines} == set(range(len(placement.groups))), "every group has lines"
    order, charges = _order(placement, act), _charges(placement)
    fulfillments, lines = _fulfillments(placement, act), _lines(placement)
    store_writes.insert_order(conn, order)
    store_writes.insert_parts(conn, charges, fulfillments, lines, [(line.id, line.taxes) for line in placement.lines])
    store_writes.insert_events(conn, [_placed(order, placement, act)])
    book_points(conn, placement, act)
    if placement.calculations:
        inclusive = placement.prices_include_tax
        taxes.sold(conn, order.id, order.currency, placement.calculations, act, prices_include_tax=inclusive)
    gift_lines.expect(conn, order.id, lines, act)
    if placement.top_ups:
        gift_cards.expect_top_ups(conn, placement.top_ups)
    timeline.announce(conn, order.id, order.version, act)
    timeline.announce_pickups(conn, placement.pickup_places, act)
    return Placed(order, fulfillments, lines)


def _order(placement: Placement, act: Act) -> Order:
    lines, charges = placement.lines, placement.charges
    shipping_tax = sum(charge.tax_minor for charge in charges)
    return Order(
        id=placement.order_id,
        number=human_code("O", _RANDOM_CHARACTERS, act.new_secret),
        receipt_number=human_code("R", _RANDOM_CHARACTERS, act.new_secret),
        status=OrderStatus.CLOSED if all(group.status in ENDED for group in placement.groups) else OrderStatus.OPEN,
        source=placement.source,
        sales_channel_id=placement.sales_channel_id,
        customer_id=placement.customer_id,
        email=placement.email,
        location_id=placement.location_id,
        terminal_id=placement.terminal_id,
        wallet_id=placement.wallet_id,
        cart_id=placement.cart_id,
        external_reference=placement.external_reference,
        payer_of_record=placement.payer_of_record,
        currency=placement.currency,
        prices_include_tax=placement.prices_include_tax,
        placed_at=placement.placed_at,
        subtotal_minor=sum(line.gross_minor for line in lines),
        discount_minor=sum(line.line_discount_minor + line.order_discount_minor for line in lines)
        + sum(charge.discount_minor for charge in charges),
        shipping_minor=sum(charge.total_minor for charge in charges),
        shipping_tax_minor=shipping_tax,
        tax_minor=sum(line.tax_minor for line in lines) + shipping_tax,
        total_minor=placement.total_minor,
        points=placement.points,
        points_value_minor=placement.points_value_minor,
        due_minor=placement.due_minor,
        canceled_minor=0,
        released_minor=0,
        capture_requested=placement.capture_requested,
        version=1,
        promotions=frozen_text(placement.promotions),
        tax_source=placement.tax_source,
    )


def _charges(placement: Placement) -> Sequence[ShippingCharge]:
    return [
        ShippingCharge(
            id=charge.id,
            order_id=placement.order_id,
            position=position,
            title=charge.title,
            gross_minor=charge.gross_minor,
            discount_minor=charge.discount_minor,
            net_minor=charge.net_minor,
            tax_minor=charge.tax_minor,
            total_minor=charge.total_minor,
            taxes=charge.taxes,
            canceled=False,
            option_id=charge.option_id,
            weight_grams=charge.weight_grams,
            days_min=charge.days_min,
            days_max=charge.days_max,
        )
        for position, charge in enumerate(placement.charges)
    ]


def _fulfillments(placement: Placement, act: Act) -> Sequence[FulfillmentOrder]:
    return [
        FulfillmentOrder(
            id=group.id,
            order_id=placement.order_id,
            position=position,
            location_id=group.location_id,
            method=group.method,
            status=group.status,
            address=group.address,
            shipping_charge_id=None if group.charge is None else placement.charges[group.charge].id,
            created_at=act.now,
            changed_at=placement.placed_at if group.status in ENDED else act.now,
            version=1,
        )
        for position, group in enumerate(placement.groups)
    ]


def _lines(placement: Placement) -> Sequence[OrderLine]:
    return [_line(placement, position, line) for position, line in enumerate(placement.lines)]


def _line(placement: Placement, position: int, line: PlacedLine) -> OrderLine:
    group = placement.groups[line.group]
    return OrderLine(
        id=line.id,
        order_id=placement.order_id,
        fulfillment_order_id=group.id,
        position=position,
        variant_id=line.variant_id,
        product_id=line.product_id,
        sku=line.sku,
        title=line.title,
        variant_title=line.variant_title,
        tax_code=line.tax_code,
        image_url=line.image_url,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.gross_minor,
        line_discount_minor=line.line_discount_minor,
        order_discount_minor=line.order_discount_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        total_minor=line.total_minor,
        points=line.points,
        points_value_minor=line.points_value_minor,
        discounts=line.discounts,
        compare_at_minor=line.compare_at_minor,
        price_list_id=line.price_list_id,
        price_override=line.price_override,
        tax_exemption_id=line.tax_exemption_id,
        picked=0,
        short=0,
        fulfilled=line.quantity if group.status in ENDED else 0,
        canceled=0,
        claimed=0,
    )


def _placed(order: Order, placement: Placement, act: Act) -> OrderEvent:
    return timeline.step(
        order.id,
        OrderEventKind.PLACED,
        {
            "source": order.source.value,
            "status": order.status.value,
            "totalMinor": order.total_minor,
            "dueMinor": order.due_minor,
            "currency": order.currency,
            "points": order.points,
            "lineCount": len(placement.lines),
        },
        act,
    )
