"""What a buyer owes until the goods are collected, and the money that takes its place."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.payments import store
from domain.payments.model import Payment, PaymentStatus, Tender


def owed_of_orders(conn: ReadConnection, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What is still to be paid of orders, in minor units; orders that owe nothing are left out."""
    found = [
        payment
        for payments in store.payments_of_orders(conn, order_ids).values()
        for payment in payments
        if _is_owed(payment)
    ]
    forgiven = store.refunded_of_payments(conn, [payment.id for payment in found]) if found else {}
    owed: dict[UUID, int] = {}
    for payment in found:
        assert payment.order_id is not None, "found by it"
        left = payment.refundable_minor - forgiven.get(payment.id, 0)
        if left:
            owed[payment.order_id] = left
    return owed


def paid(conn: WriteConnection, order_id: UUID, amount_minor: int, act: Act) -> None:
    """Take off what an order owes as much as other payments have just brought; the caller has locked the order and checked
    that it owes so much."""
    (balance,) = (payment for payment in store.lock_of_order(conn, order_id) if _is_owed(payment))
    forgiven = store.refunded_of_payments(conn, [balance.id]).get(balance.id, 0)
    left = balance.refundable_minor - amount_minor
    assert left >= forgiven, "no more is paid than is owed"
    if left == 0:
        store.save_payment(conn, balance, replace(balance, status=PaymentStatus.VOIDED), act, "paid")
        return
    after = replace(balance, amount_minor=left, authorized_minor=left, capture_minor=left)
    if left == forgiven:
        after = replace(after, status=PaymentStatus.CAPTURED, captured_minor=left)
    store.save_payment(conn, balance, after, act, "paid")


def _is_owed(payment: Payment) -> bool:
    return payment.tender is Tender.BALANCE and payment.status is PaymentStatus.CAPTURE_REQUESTED
