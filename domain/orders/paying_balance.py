"""Paying what an order owes until it is collected: one tender at a time, as often as it takes."""

from dataclasses import dataclass
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Fact
from domain.locations import store as locations
from domain.locations.model import LocationId
from domain.money import Money
from domain.orders import store, store_writes, timeline
from domain.orders.checkout_model import HOLD_LIFETIME, SETTLE_AFTER, NothingOwed, PaymentMethodRequired, TendersInvalid
from domain.orders.errors import LocationNotAllowed
from domain.orders.model import Change, Order, OrderEventKind, OrderId
from domain.orders.tendering import TenderPart, agreed_parts
from domain.payments import balance, outbox
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.payments.model import NewPayment, Payment, PaymentId, PaymentStatus, PlacedTender, Tender
from domain.payments.provider import ProviderResult
from domain.registers import drawers

OWNER = "balance:"
"""How the owner of a card payment for a balance begins: its order's id follows, then what makes it one of several."""


@dataclass(frozen=True, slots=True)
class BalancePart:
    """A part of what an order owes, as a till brings it.

    Attributes:
        part: the tender; without an amount as much as is owed, or as a gift card or store credit has.
        location_id: the store, where the actor works.
        cash_tendered_minor: coins and notes handed over, with CASH; None when nobody counted.
    """

    order_id: OrderId
    part: TenderPart
    location_id: LocationId
    terminal_id: UUID
    cash_tendered_minor: int | None = None


@dataclass(frozen=True, slots=True)
class CardPart:
    """A part that a card is to pay: by the provider's token, or by a reader that asks for one.

    `amount_minor` None is all that is owed.
    """

    order_id: OrderId
    amount_minor: int | None
    location_id: LocationId
    terminal_id: UUID
    method: str | None = None
    reader: str | None = None


def pay(conn: WriteConnection, given: BalancePart, act: Act) -> Payment:
    """Take cash, a gift card, store credit or money that others hold, here and now.

    Raises:
        OrderNotFound, LocationNotAllowed, NothingOwed: nothing is to be paid so.
        TendersInvalid, InsufficientFunds, WalletFrozen, WalletClosed, CashTooLittle, SessionClosed: the tender cannot.
    """
    order, owed = _owing(conn, given.order_id, given.location_id, act)
    part = given.part
    if part.tender is Tender.CASH and part.amount_minor is None:
        part = TenderPart(Tender.CASH, owed)
    country = locations.by_ids(conn, [given.location_id])[given.location_id].address.country
    (agreed,) = agreed_parts(conn, owed, order.currency, [part], country, act.now)
    made = _record(conn, order, agreed, given, act)
    _written(conn, order, made, agreed.amount_minor, act)
    return made


def begin_card(conn: WriteConnection, given: CardPart, act: Act) -> Payment:
    """Start a card payment of what is owed; the provider is asked outside, then `finish_card`.

    Raises:
        OrderNotFound, LocationNotAllowed, NothingOwed, PaymentMethodRequired: nothing is to be asked for.
        TendersInvalid: more than is owed.
    """
    order, owed = _owing(conn, given.order_id, given.location_id, act)
    amount = owed if given.amount_minor is None else given.amount_minor
    if not 0 < amount <= owed:
        raise TendersInvalid("Ask the card for at most what is owed, which is `maximumAmount`.", owed, order.currency)
    if not (given.method or given.reader):
        raise PaymentMethodRequired
    owner = f"{OWNER}{order.id}:{act.new_id()}"
    started = payments.start(
        conn,
        NewPayment(
            owner,
            Tender.CARD,
            Money(amount, order.currency),
            given.method or "",
            location_id=given.location_id,
            terminal_id=given.terminal_id,
            reader=given.reader,
        ),
        act,
    )
    outbox.settle(conn, owner, act, run_at=act.now + SETTLE_AFTER)
    return started


def finish_card(conn: WriteConnection, payment_id: PaymentId, result: ProviderResult | None, act: Act) -> Payment:
    """Act on what the provider says of a balance's card payment: take what is still owed of it, and release the rest.

    Called by everybody who hears; a payment that has ended is only read.
    """
    payment = payment_store.payments(conn, [payment_id])[payment_id]
    order_id = order_of(payment.owner)
    order, _ = store.lock(conn, order_id)
    if result is None:
        payment = payment_store.lock(conn, payment_id)
    else:
        payment = payments.record_authorization(conn, payment_id, result, act)
    if payment.status is not PaymentStatus.AUTHORIZED or payment.order_id is not None:
        return payment
    owed = balance.owed_of_orders(conn, [order_id]).get(order_id, 0)
    amount = min(owed, payment.authorized_minor)
    if not amount:
        return payments.request_void(conn, payment_id, act)
    taken = payments.record_card_taken(conn, payment, order_id, Money(amount, order.currency), act)
    _written(conn, order, taken, amount, act)
    return taken


def order_of(owner: str) -> OrderId:
    """The order whose balance a payment's owner names."""
    assert owner.startswith(OWNER), "a balance's payment is owned by it"
    return OrderId(UUID(owner.removeprefix(OWNER).partition(":")[0]))


def _owing(conn: WriteConnection, order_id: OrderId, location_id: LocationId, act: Act) -> tuple[Order, int]:
    """An order, locked, and what it owes."""
    if not act.actor.works_at(location_id):
        raise LocationNotAllowed
    order, _ = store.lock(conn, order_id)
    owed = balance.owed_of_orders(conn, [order_id]).get(order_id, 0)
    if not owed:
        raise NothingOwed
    return order, owed


def _record(conn: WriteConnection, order: Order, agreed: PlacedTender, given: BalancePart, act: Act) -> Payment:
    amount = Money(agreed.amount_minor, order.currency)
    if agreed.tender is Tender.CASH:
        return payments.record_cash(
            conn,
            order.id,
            amount,
            act,
            drawer=drawers.taking(conn, given.terminal_id, order.currency),
            cash_step_minor=agreed.cash_step_minor,
            tendered_minor=given.cash_tendered_minor,
        )
    if agreed.tender is Tender.EXTERNAL:
        return payments.record_external(conn, order.id, amount, agreed.label, act)
    until, owner = act.now + HOLD_LIFETIME, f"{OWNER}{order.id}"
    (held,) = payments.hold_stored_value(conn, [agreed], act, until=until, owner=owner)
    return payments.record_stored_value(conn, order.id, held, amount, act, captured=True)


def _written(conn: WriteConnection, order: Order, made: Payment, amount_minor: int, act: Act) -> None:
    """Take it off the balance and tell whoever follows the order."""
    balance.paid(conn, order.id, amount_minor, act)
    facts: dict[str, Fact] = {"tender": made.tender.value, "amountMinor": amount_minor, "currency": str(order.currency)}
    change = Change(str(made.id), "balancePaid", before=False, after=True)
    event = timeline.step(order.id, OrderEventKind.BALANCE_PAID, facts, act, [change])
    store_writes.insert_events(conn, [event])
    timeline.announce(conn, order.id, store_writes.bump(conn, order.id), act)
