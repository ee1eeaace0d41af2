"""What orders tell the loyalty room: points spent and earned at placement, released, and brought back."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from domain.acts import Act
from domain.connections import WriteConnection
from domain.loyalty import service as loyalty
from domain.loyalty.model import EarnExtra, EarnLine, EarnOrder, ReturnedUnits
from domain.loyalty.program import OnReturn as KeptPoints
from domain.orders.model import ENDED, FulfillmentMethod, FulfillmentOrderId, Order, OrderLine
from domain.orders.placement import PlacedLine, Placement
from domain.promotions.effects import PPM
from domain.promotions.model import OnReturn, PointsBonus, PointsMultiplier


def book_points(conn: WriteConnection, placement: Placement, act: Act) -> None:
    """Spend the points held for a placement and book what it earns; parts that have left already are released at once.

    Raises:
        Refused: the points held are no longer there.
    """
    if placement.hold_id is not None:
        shares = [(line.id, line.points, line.quantity) for line in placement.lines if line.points]
        loyalty.pay_order(conn, placement.hold_id, placement.points, shares, act, order_id=placement.order_id)
    if placement.wallet_id is None or not placement.earns:
        return
    earning = EarnOrder(
        order_id=placement.order_id,
        wallet_id=placement.wallet_id,
        currency=placement.currency,
        channel=earning_channel(placement),
        lines=tuple(_earn_line(placement, line) for line in placement.lines),
        placed_at=placement.placed_at,
        vested=all(group.status in ENDED for group in placement.groups),
        extras=tuple(_extras(placement)),
    )
    loyalty.earn_order(conn, earning, act)
    if not earning.vested:
        for group in placement.groups:
            if group.status in ENDED:
                loyalty.release(conn, placement.order_id, vesting_key(group.id), act)


def earning_channel(placement: Placement) -> str:
    """What earning rules call the channel: PICK_UP for an order that is collected whole, else where it was placed."""
    collected = all(group.method is FulfillmentMethod.PICK_UP for group in placement.groups)
    return FulfillmentMethod.PICK_UP.value if collected else placement.source.value


def _earn_line(placement: Placement, line: PlacedLine) -> EarnLine:
    """Points are earned on what was paid for goods, without tax and without the part that points paid."""
    return EarnLine(
        line_id=line.id,
        eligible_minor=max(0, line.net_minor - line.points_value_minor),
        quantity=line.quantity,
        vesting_key=vesting_key(placement.groups[line.group].id),
        category=line.category,
        funder=None,
        excluded=not line.earns,
    )


_ON_RETURN = {
    OnReturn.PRORATE: KeptPoints.PRORATE,
    OnReturn.RECALCULATE: KeptPoints.THRESHOLD,
    OnReturn.FORFEIT_NOTHING: KeptPoints.KEEP,
}


def _extras(placement: Placement) -> Iterator[EarnExtra]:
    """What promotions add to the points that the programme gives."""
    for applied in placement.promotions.applied:
        bound = applied.bound
        component, effect = f"promotion:{bound.id.hex}", bound.terms.effect
        if isinstance(effect, PointsMultiplier):
            yield EarnExtra(component, bound.terms.funder, bound.items, Fraction(effect.factor_ppm, PPM))
        elif isinstance(effect, PointsBonus):
            yield EarnExtra(
                component,
                bound.terms.funder,
                bound.items,
                points=effect.points,
                on_return=_ON_RETURN[bound.terms.on_return],
                minimum_minor=_eligible_minimum(placement, bound.terms.minimum_subtotal_minor),
            )


def _eligible_minimum(placement: Placement, minimum_minor: int) -> int:
    """A minimum in price terms as the spend that points look at, which is without tax and without what points paid."""
    price = sum(line.gross_minor - line.line_discount_minor - line.order_discount_minor for line in placement.lines)
    eligible = sum(max(0, line.net_minor - line.points_value_minor) for line in placement.lines)
    return minimum_minor * eligible // price if price else 0


def vesting_key(fulfillment_order_id: FulfillmentOrderId) -> str:
    """What a lot of points waits for."""
    return str(fulfillment_order_id)


def release_points(conn: WriteConnection, order: Order, fulfillment_order_id: FulfillmentOrderId, act: Act) -> int:
    """Make points that waited for this fulfillment order spendable; how many. Again is a no-op."""
    if order.wallet_id is None:
        return 0
    return loyalty.release(conn, order.id, vesting_key(fulfillment_order_id), act)


def return_points(
    conn: WriteConnection, order: Order, chosen: Sequence[tuple[OrderLine, int]], reference: str, act: Act
) -> None:
    """Points spent on these units come back, points that wait for them are dropped."""
    if order.wallet_id is None:
        return
    returned = [
        ReturnedUnits(
            line_id=line.id,
            quantity=quantity,
            returned_before=line.quantity - line.canceled - quantity,  # cancellations take slots from the end
            line_quantity=line.quantity,
        )
        for line, quantity in chosen
    ]
    loyalty.book_return(conn, order.id, returned, reference, act)
