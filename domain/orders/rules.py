"""Pure decisions of orders: what units are worth, what an order sums to, when parts of it have ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.acts import Actor, ActorKind, Scope
from domain.money import prefix
from domain.orders.errors import DuplicateLine, LineNotFound, QuantityInvalid
from domain.orders.model import (
    ENDED,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineTax,
    Order,
    OrderLine,
    OrderLineId,
    OrderStatus,
    ShippingCharge,
    Units,
)


@dataclass(frozen=True, slots=True)
class Worth:
    """What some units of a line are worth, in minor units and points.

    Attributes:
        taxes: each jurisdiction's part, in the line's order.
        paid_minor: net and taxes less the value of points: what other tenders paid for these units.
    """

    net_minor: int
    taxes: tuple[LineTax, ...]
    points: int
    paid_minor: int

    @property
    def tax_minor(self) -> int:
        return sum(tax.amount_minor for tax in self.taxes)


def worth(line: OrderLine, taxes: Sequence[LineTax], first: int, units: int) -> Worth:
    """What the units with slots `first` to `first + units - 1` of a line are worth.

    Any partition of a line's slots sums to the line, component by component. No part is negative. Where the price
    includes its tax, the price is what is shared out, so that one of two mugs at 19.00 is worth 9.50 and not its net and
    its tax rounded up each; the net is then what the tax leaves.
    """
    assert 0 <= first <= first + units <= line.quantity, "slots lie within the line"
    parts = tuple(replace(tax, amount_minor=_between(tax.amount_minor, first, units, line.quantity)) for tax in taxes)
    paid = _paid_prefix(line, taxes, first + units) - _paid_prefix(line, taxes, first)
    if line.includes_tax:
        net = _between(line.total_minor, first, units, line.quantity) - sum(part.amount_minor for part in parts)
    else:
        net = _between(line.net_minor, first, units, line.quantity)
    return Worth(
        net_minor=net,
        taxes=parts,
        points=_between(line.points, first, units, line.quantity),
        paid_minor=paid,
    )


def canceled_worth(line: OrderLine, taxes: Sequence[LineTax], units: int) -> Worth:
    """What the next `units` to be canceled are worth: cancellations take slots from the end."""
    return worth(line, taxes, line.quantity - line.canceled - units, units)


def _between(total: int, first: int, units: int, quantity: int) -> int:
    return prefix(total, first + units, quantity) - prefix(total, first, quantity)


def _paid_prefix(line: OrderLine, taxes: Sequence[LineTax], units: int) -> int:
    """What tenders other than points paid for the first units. Each component is rounded by itself, so with points their
    difference could step back by a unit; it is kept from falling and from passing the whole."""
    if line.points_value_minor == 0:
        return _exact_prefix(line, taxes, units)
    highest = max(_exact_prefix(line, taxes, n) for n in range(units + 1))
    return min(max(0, highest), line.paid_minor)


def _exact_prefix(line: OrderLine, taxes: Sequence[LineTax], units: int) -> int:
    components = [line.total_minor] if line.includes_tax else [line.net_minor, *(tax.amount_minor for tax in taxes)]
    gross = sum(prefix(component, units, line.quantity) for component in components)
    return gross - prefix(line.points_value_minor, units, line.quantity)


def chosen(lines: Sequence[OrderLine], units: Sequence[Units]) -> list[tuple[OrderLine, int]]:
    """The lines that were named, with their quantities, in receipt order.

    Raises:
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
    """
    if not units or min(wanted.quantity for wanted in units) < 1:
        raise QuantityInvalid
    wanted_by_line = {wanted.line_id: wanted.quantity for wanted in units}
    if len(wanted_by_line) < len(units):
        raise DuplicateLine
    if not wanted_by_line.keys() <= {line.id for line in lines}:
        raise LineNotFound
    return [(line, wanted_by_line[line.id]) for line in lines if line.id in wanted_by_line]


def with_counters(
    lines: Sequence[OrderLine],
    moved: Mapping[OrderLineId, int],
    *,
    canceled: bool = False,
) -> list[OrderLine]:
    """The lines after some of their units were canceled, or else fulfilled."""
    after = []
    for line in lines:
        units = moved.get(line.id, 0)
        if canceled:
            after.append(replace(line, canceled=line.canceled + units))
        else:
            after.append(replace(line, fulfilled=line.fulfilled + units))
    return after


def wholly_canceled(fulfillments: Sequence[FulfillmentOrder], lines: Sequence[OrderLine]) -> list[FulfillmentOrderId]:
    """Fulfillment orders of which no unit is left to leave and none ever left, in their order."""
    alive = {line.fulfillment_order_id for line in lines if line.canceled < line.quantity}
    return [
        fulfillment.id
        for fulfillment in fulfillments
        if fulfillment.id not in alive and fulfillment.status not in ENDED
    ]


def charges_no_longer_owed(
    charges: Sequence[ShippingCharge], fulfillments: Sequence[FulfillmentOrder]
) -> list[ShippingCharge]:
    """Shipping charges all of whose deliveries were canceled before anything left."""
    owed = {
        fulfillment.shipping_charge_id
        for fulfillment in fulfillments
        if fulfillment.status is not FulfillmentStatus.CANCELED
    }
    return [charge for charge in charges if not charge.canceled and charge.id not in owed]


def status_of(fulfillments: Sequence[FulfillmentOrder], lines: Sequence[OrderLine]) -> OrderStatus:
    """How far an order is, from its parts."""
    if all(line.canceled == line.quantity for line in lines):
        return OrderStatus.CANCELED
    if all(fulfillment.status in ENDED for fulfillment in fulfillments):
        return OrderStatus.CLOSED
    return OrderStatus.OPEN


def may_see(order: Order, actor: Actor) -> bool:
    """Whether a caller may see an order by who they are: its customer, the partner of its channel, stores, head office."""
    if actor.kind is ActorKind.CUSTOMER:
        return order.customer_id is not None and order.customer_id == actor.customer_id
    if actor.kind is ActorKind.PARTNER:
        return order.sales_channel_id == actor.sales_channel_id and actor.may(Scope.READ_ORDERS)
    return actor.may(Scope.READ_ORDERS)
