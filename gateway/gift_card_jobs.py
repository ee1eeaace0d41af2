"""The jobs that issue the gift cards of an order and tell its buyer their codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.connections import ReadConnection
from domain.gift_cards import codes
from domain.gift_cards import store as gift_cards
from domain.gift_cards.model import CodeOf
from domain.jobs.store import Job
from domain.money import Money
from domain.orders import gift_codes, gift_lines
from domain.orders import store as orders
from domain.orders.gift_codes import Unpaid
from domain.orders.model import OrderId
from gateway.jobs import Handler, JobServices, Unanswered
from gateway.messaging import Messenger

KIND = "GIFT_CARDS"


@dataclass(frozen=True, slots=True)
class ToldCard:
    """A card as its buyer is told of it; `amount` is a decimal text."""

    code: str
    amount: str
    currency: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class GiftCardMessage:
    """What the buyer of gift cards is sent."""

    kind: str
    email: str
    order_number: str
    cards: tuple[ToldCard, ...]


def message(conn: ReadConnection, order_id: OrderId, code_of: CodeOf) -> GiftCardMessage | None:
    """The codes of an order's cards; None when nobody can be written to."""
    order = orders.order(conn, order_id)
    cards = gift_cards.cards_of_orders(conn, [order_id]).get(order_id, ())
    if order.email is None or not cards:
        return None
    told = tuple(
        ToldCard(
            code_of(card.id), str(Money(card.initial_minor, card.currency).decimal), card.currency, card.expires_at
        )
        for card in cards
    )
    return GiftCardMessage(KIND, order.email, order.number, told)


def handlers(messenger: Messenger, signing_key: bytes) -> Mapping[str, Handler]:
    """The jobs, with the key that codes are derived by."""
    code_of = codes.code_of(signing_key)

    async def issue(services: JobServices, job: Job) -> None:
        order_id = OrderId(UUID(str(job.body["order"])))
        await services.write(lambda conn, act: gift_codes.ship(conn, order_id, act))
        try:
            await services.write(lambda conn, act: gift_codes.issue(conn, order_id, act, code_of))
        except Unpaid:
            raise Unanswered("the order's money is not taken yet") from None

    async def tell(services: JobServices, job: Job) -> None:
        order_id = OrderId(UUID(str(job.body["order"])))
        told = await services.database.read(lambda conn: message(conn, order_id, code_of))
        if told is not None:
            await messenger.deliver(job.id, told)

    return {gift_lines.ISSUE: issue, gift_codes.MESSAGE: tell}
