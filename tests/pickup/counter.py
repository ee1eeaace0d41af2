"""An order to be collected in Soho, paid by card, for tests of pickups."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from domain.acts import Act
from domain.catalog.model import ChannelId, SalesChannelKind, VariantId
from domain.catalog.tables import SalesChannelRow
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Want
from domain.money import Currency, Money
from domain.orders import service as orders
from domain.orders import store as order_store
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    OrderId,
    OrderLine,
    OrderLineId,
    OrderSource,
)
from domain.orders.placement import PlacedGroup, PlacedLine, Placement
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.payments.model import NewPayment, Payment, Tender
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.pickup import store
from domain.pickup.model import Pickup
from domain.tables import table_of
from tests.inventory.shelves import GIFT_WRAP, SHIRT, SOCKS, SOHO, stock

CHANNEL = ChannelId(UUID(int=31))
GBP = Currency("GBP")


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered: three shirts at 10.00 and one pair of socks at 5.00, 35.00 authorized."""

    order_id: OrderId
    id: FulfillmentOrderId
    shirts: OrderLineId
    socks: OrderLineId

    def fulfillment(self, conn: WriteConnection) -> FulfillmentOrder:
        return order_store.fulfillment_order(conn, self.id)

    def pickup(self, conn: WriteConnection) -> Pickup:
        return store.pickups(conn, [self.id])[self.id]

    def line(self, conn: WriteConnection, line_id: OrderLineId) -> OrderLine:
        return order_store.lines(conn, [line_id])[line_id]

    def payment(self, conn: WriteConnection) -> Payment:
        return payment_store.payments_of_orders(conn, [self.order_id])[self.order_id][0]


def opened(conn: WriteConnection, act: Act) -> None:
    """A shop with three shirts and one pair of socks in Soho."""
    stock(conn, act, shirts=3, socks=1)
    channel = {
        "id": CHANNEL,
        "handle": "web",
        "name": "Web",
        "kind": SalesChannelKind.ONLINE,
        "currency": "GBP",
        "prices_include_tax": True,
        "default_country": "GB",
    }
    conn.execute(sa.insert(table_of(SalesChannelRow)).values(channel))


def ordered(conn: WriteConnection, act: Act, *, method: FulfillmentMethod = FulfillmentMethod.PICK_UP) -> Ordered:
    """Open the shop and place the order: all the goods there are."""
    opened(conn, act)
    made = Ordered(
        OrderId(act.new_id()),
        FulfillmentOrderId(act.new_id()),
        OrderLineId(act.new_id()),
        OrderLineId(act.new_id()),
    )
    lines = [_line(made.shirts, SHIRT, 3, 1000), _line(made.socks, SOCKS, 1, 500)]
    _place(conn, act, made, lines, method)
    return made


def wrapped(conn: WriteConnection, act: Act, lines: int) -> FulfillmentOrderId:
    """In an open shop, an order of this many lines of gift wrap at 1.00, which keeps no stock."""
    first = OrderLineId(act.new_id())
    made = Ordered(OrderId(act.new_id()), FulfillmentOrderId(act.new_id()), first, first)
    rest = [OrderLineId(act.new_id()) for _ in range(lines - 1)]
    _place(conn, act, made, [_line(key, GIFT_WRAP, 1, 100) for key in (first, *rest)], FulfillmentMethod.PICK_UP)
    return made.id


def captured(conn: WriteConnection, made: Ordered, act: Act) -> None:
    """The provider has taken what was asked for."""
    payment = made.payment(conn)
    asked = payment.capture_minor or 0
    result = ProviderResult(
        ProviderStatus.CAPTURED,
        reference=payment.provider_reference,
        authorized_minor=3500,
        captured_minor=asked,
        currency="GBP",
    )
    payments.record_authorization(conn, payment.id, result, act)


def _place(
    conn: WriteConnection, act: Act, made: Ordered, lines: Sequence[PlacedLine], method: FulfillmentMethod
) -> None:
    placement = Placement(
        order_id=made.order_id,
        source=OrderSource.ONLINE,
        sales_channel_id=CHANNEL,
        currency=GBP,
        prices_include_tax=True,
        placed_at=act.now,
        lines=tuple(lines),
        groups=(PlacedGroup(made.id, method, SOHO),),
        email="ada@example.com",
        earns=False,
    )
    orders.place(conn, placement, act)
    wants = [Want(line.variant_id, SOHO, line.quantity, str(line.id)) for line in lines if line.variant_id]
    inventory.commit_now(conn, wants, made.order_id, act)
    due = Money(placement.due_minor, GBP)
    new = NewPayment(f"checkout-{made.order_id}", Tender.CARD, due, "pm_card_visa")
    started = payments.start(conn, new, act)
    authorized = ProviderResult(
        ProviderStatus.AUTHORIZED,
        reference=f"pi_{made.order_id}",
        amount_minor=due.amount_minor,
        authorized_minor=due.amount_minor,
        currency="GBP",
    )
    payments.record_authorization(conn, started.id, authorized, act)
    payments.bind(conn, started.id, made.order_id, act)


def _line(line_id: OrderLineId, variant_id: VariantId, quantity: int, unit_minor: int) -> PlacedLine:
    return PlacedLine(
        id=line_id,
        group=0,
        variant_id=variant_id,
        product_id=None,
        sku=f"SKU-{variant_id.int}",
        title="Basics",
        variant_title="",
        tax_code="standard",
        image_url=None,
        quantity=quantity,
        unit_price_minor=unit_minor,
        gross_minor=unit_minor * quantity,
        line_discount_minor=0,
        order_discount_minor=0,
        net_minor=unit_minor * quantity,
        taxes=(),
        earns=False,
    )
