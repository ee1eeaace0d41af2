"""Money that is there when an order is written: cash, what others hold, a card that a till has authorized, stored value."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import stored_value
from domain.ledger.model import WalletId
from domain.money import Money
from domain.payments import rounding, rules, store
from domain.payments.errors import CaptureExceedsAuthorization, CashTooLittle, PaymentNotAuthorized
from domain.payments.model import Payment, PaymentStatus, PlacedTender, Tender
from domain.payments.taking import ask_capture, fresh
from domain.registers import drawers
from domain.registers.model import RegisterSession


def hold_stored_value(
    conn: WriteConnection, tenders: Sequence[PlacedTender], act: Act, *, until: datetime, owner: str
) -> tuple[PlacedTender, ...]:
    """Reserve what gift cards and store credit are to pay, all or none; wallets are locked in id order.

    Raises:
        InsufficientFunds, WalletFrozen, WalletClosed, WalletNotFound: one of them cannot pay its part.
    """
    held = {}
    for tender in sorted((one for one in tenders if one.wallet_id is not None), key=lambda one: str(one.wallet_id)):
        assert tender.wallet_id is not None, "only stored value is held"
        made = stored_value.hold(conn, WalletId(tender.wallet_id), tender.amount_minor, act, until=until, owner=owner)
        held[tender.wallet_id] = made.id
    return tuple(one if one.wallet_id is None else replace(one, hold_id=held[one.wallet_id]) for one in tenders)


def release_stored_value(conn: WriteConnection, tenders: Sequence[PlacedTender], act: Act) -> None:
    """Free what was reserved for an order that is not written; again is a no-op."""
    for hold_id in sorted(one.hold_id for one in tenders if one.hold_id is not None):
        stored_value.void(conn, hold_id, act)


def record_stored_value(
    conn: WriteConnection, order_id: UUID, tender: PlacedTender, amount: Money, act: Act, *, captured: bool
) -> Payment:
    """Make a hold pay for an order: promised until the order's money is asked for, or taken at once when `captured`.

    Raises:
        HoldExpired, HoldVoided: it was reserved for too long.
    """
    assert tender.hold_id is not None, "stored value was held before"
    stored_value.adopt(conn, tender.hold_id, order_id, act)
    payment = replace(
        fresh(f"order:{order_id}", tender.tender, amount, act),
        order_id=order_id,
        authorized_minor=amount.amount_minor,
        status=PaymentStatus.AUTHORIZED,
        method=tender.label,
        hold_id=tender.hold_id,
        refund_order=tender.refund_order,
    )
    written = store.insert_payment(conn, payment, act)
    assert written, "only card payments can be in each other's way"
    return ask_capture(conn, payment, amount.amount_minor, act) if captured else payment


def record_cash(
    conn: WriteConnection,
    order_id: UUID,
    amount: Money,
    act: Act,
    *,
    drawer: RegisterSession,
    cash_step_minor: int | None = None,
    tendered_minor: int | None = None,
) -> Payment:
    """Write cash taken into a till's drawer for `amount` of the order's due; `captured_minor` is what coins could make of
    it, and the difference is booked as rounding. What was tendered above it went back as change.

    `cash_step_minor` overrides the currency's smallest coin where a country rounds and its currency does not.

    Raises:
        CashTooLittle: less was tendered than coins make of the amount.
    """
    step = cash_step_minor or rules.cash_step_minor(amount.currency)
    payment = replace(
        fresh(f"order:{order_id}", Tender.CASH, amount, act),
        order_id=order_id,
        captured_minor=rules.cash_rounded(amount.amount_minor, step),
        cash_step_minor=step,
        status=PaymentStatus.CAPTURED,
        location_id=drawer.location_id,
        terminal_id=drawer.terminal_id,
        tendered_minor=tendered_minor,
    )
    if tendered_minor is not None and tendered_minor < payment.captured_minor:
        raise CashTooLittle(payment.captured_minor, amount.currency)
    written = store.insert_payment(conn, payment, act)
    assert written, "only card payments can be in each other's way"
    drawers.take(conn, drawer, payment.captured_minor, payment.id, act)
    gain = Money(payment.captured_minor - payment.amount_minor, amount.currency)
    rounding.book(conn, gain, order_id, f"payment:{payment.id}", act)
    return payment


def record_external(conn: WriteConnection, order_id: UUID, amount: Money, payer: str, act: Act) -> Payment:
    """Write that the money of `amount` of the order's due is with `payer` (a marketplace); its refunds stay there too."""
    payment = replace(
        fresh(f"order:{order_id}", Tender.EXTERNAL, amount, act),
        order_id=order_id,
        authorized_minor=amount.amount_minor,
        captured_minor=amount.amount_minor,
        status=PaymentStatus.CAPTURED,
        payer=payer,
    )
    written = store.insert_payment(conn, payment, act)
    assert written, "only card payments can be in each other's way"
    return payment


def record_balance(conn: WriteConnection, order_id: UUID, amount: Money, act: Act) -> Payment:
    """Write that `amount` of the order's due is owed until the goods are collected; it is asked for from now on."""
    payment = replace(
        fresh(f"order:{order_id}", Tender.BALANCE, amount, act),
        order_id=order_id,
        authorized_minor=amount.amount_minor,
        capture_minor=amount.amount_minor,
        status=PaymentStatus.CAPTURE_REQUESTED,
    )
    written = store.insert_payment(conn, payment, act)
    assert written, "only card payments can be in each other's way"
    return payment


def record_card_taken(conn: WriteConnection, payment: Payment, order_id: UUID, amount: Money, act: Act) -> Payment:
    """Make an authorized card payment pay for its order, and ask for its money at once: at a till the goods leave, a deposit
    is money in advance. `payment` is locked.

    Raises:
        PaymentNotAuthorized: the card has not been authorized, or the payment serves another order.
        CaptureExceedsAuthorization: `amount` is above what is promised.
    """
    if payment.status is not PaymentStatus.AUTHORIZED or payment.order_id not in (None, order_id):
        raise PaymentNotAuthorized
    if amount.amount_minor > payment.authorized_minor:
        raise CaptureExceedsAuthorization(payment.authorized_minor)
    return ask_capture(conn, replace(payment, order_id=order_id), amount.amount_minor, act)
