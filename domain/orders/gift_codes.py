"""Gift cards that orders sold: shipped as codes, issued once their money is taken, or their value put on another card.

A job of the order does both, as often as it runs: what was issued before is not issued again. A card is worth its line's unit
price, whatever a promotion took off it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.acts import Act
from domain.catalog import store as catalog
from domain.connections import WriteConnection
from domain.gift_cards import service as gift_cards
from domain.gift_cards import store as gift_card_store
from domain.gift_cards.errors import GiftCardBlocked
from domain.gift_cards.model import BATCH_MAX, TAX_CODE, CodeOf, GiftCard, GiftCardSource, NewCards, TopUp
from domain.jobs import store as jobs
from domain.money import Money
from domain.orders import store
from domain.orders.fulfilling import create_shipment
from domain.orders.model import ENDED, FulfillmentMethod, Order, OrderId, OrderLine, Tracking, Units
from domain.payments import store as payments
from domain.payments.model import PaymentStatus

MESSAGE = "order.gift_cards_message"
_WAITING = frozenset(
    {
        PaymentStatus.CREATED,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.AUTHORIZED,
        PaymentStatus.CAPTURE_REQUESTED,
    }
)


class Unpaid(Exception):
    """The money of cards that have left is asked for and not yet taken: try again later."""


def ship(conn: WriteConnection, order_id: OrderId, act: Act) -> None:
    """Send the gift cards among an order's shipped lines, which are codes, and with the first of them ask for its money."""
    _, lines = store.lock(conn, order_id)
    for found in store.fulfillment_orders_of_orders(conn, [order_id]).get(order_id, ()):
        if found.method is not FulfillmentMethod.SHIPPING or found.status in ENDED:
            continue
        open_cards = [
            Units(line.id, line.open)
            for line in lines
            if line.fulfillment_order_id == found.id and line.tax_code == TAX_CODE and line.open
        ]
        if open_cards:
            create_shipment(conn, found.id, open_cards, Tracking(), act)


def issue(conn: WriteConnection, order_id: OrderId, act: Act, code_of: CodeOf) -> Sequence[GiftCard]:
    """Issue the cards of units that have left and are paid, and have their codes sent; those issued now.

    A payment that failed issues nothing, since nobody paid.

    Raises:
        Unpaid: their money is still on its way.
    """
    order, lines = store.lock(conn, order_id)
    already = gift_card_store.cards_of_orders(conn, [order_id]).get(order_id, ())
    top_ups = gift_card_store.top_ups_of_lines(conn, [line.id for line in lines if line.tax_code == TAX_CODE])
    owed = _owed(lines, already, top_ups)
    if not owed:
        return ()
    statuses = {one.status for one in payments.payments_of_orders(conn, [order_id]).get(order_id, ())}
    if PaymentStatus.FAILED in statuses:
        return ()
    if statuses & _WAITING or not order.capture_requested:
        raise Unpaid
    made: list[GiftCard] = []
    for line, count in owed:
        if not _topped_up(conn, order, line, count, top_ups.get(line.id), act):
            made += _issued(conn, order, line, count, act, code_of)
    if made and order.email is not None:
        jobs.enqueue(conn, act, MESSAGE, {"order": str(order_id)})
    return made


def _topped_up(
    conn: WriteConnection, order: Order, line: OrderLine, count: int, top_up: TopUp | None, act: Act
) -> bool:
    """Whether the value of these units went on the card that was asked for; one that was stopped meanwhile takes none."""
    if top_up is None:
        return False
    amount = Money(line.unit_price_minor * count, order.currency)
    try:
        gift_cards.credit_sold(conn, top_up.gift_card_id, amount, order.id, act)
    except GiftCardBlocked:
        return False
    gift_card_store.save_top_up(conn, line.id, top_up.units + count)
    return True


def _owed(
    lines: Sequence[OrderLine], already: Sequence[GiftCard], top_ups: Mapping[UUID, TopUp]
) -> list[tuple[OrderLine, int]]:
    issued: Counter[UUID | None] = Counter(card.order_line_id for card in already)
    issued.update({line_id: top_up.units for line_id, top_up in top_ups.items()})
    left = [(line, line.fulfilled - issued[line.id]) for line in lines if line.tax_code == TAX_CODE]
    return [(line, count) for line, count in left if count > 0 and line.unit_price_minor > 0]


def _issued(
    conn: WriteConnection, order: Order, line: OrderLine, count: int, act: Act, code_of: CodeOf
) -> Sequence[GiftCard]:
    channel = catalog.channels(conn, [order.sales_channel_id])[order.sales_channel_id]
    made: list[GiftCard] = []
    for start in range(0, count, BATCH_MAX):
        new = NewCards(
            amount=Money(line.unit_price_minor, order.currency),
            quantity=min(BATCH_MAX, count - start),
            country=channel.default_country,
            source=GiftCardSource.SOLD,
            order_id=order.id,
            order_line_id=line.id,
        )
        made.extend(gift_cards.issue(conn, new, act, code_of))
    return made
