"""What must hold of every order, asked of the rows themselves. An empty answer is the good one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.connections import ReadConnection
from domain.orders import rules, store, store_checks
from domain.orders.model import Order, OrderId
from domain.payments import store as payments
from domain.payments.model import Payment, PaymentStatus
from domain.promotions.outcomes import Frozen
from domain.promotions.stored import frozen_of

_CHUNK = 500
_LIVE = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURE_REQUESTED, PaymentStatus.CAPTURED})


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold of one order: what it should be, what it is."""

    invariant: str
    order_id: UUID
    expected: int
    actual: int


def verify(conn: ReadConnection) -> list[Finding]:
    """Every contradiction in the orders' rows: sums, taxes, counters, status, canceled value and money taken.

    The sums are one statement each; value and money are read in chunks of orders.
    """
    findings = [Finding(*row) for row in store_checks.wrong_sums(conn)]
    findings += [Finding("line taxes", *row) for row in store_checks.wrong_line_taxes(conn)]
    findings += [Finding("counters", *row) for row in store_checks.wrong_counters(conn)]
    for chunk in _chunks(store_checks.canceled_orders(conn)):
        findings += _canceled_values(conn, chunk)
    for chunk in _chunks(store_checks.all_orders(conn)):
        findings += _statuses(conn, chunk)
        findings += _money(conn, chunk)
    return findings


def held_promotions(conn: ReadConnection) -> Iterator[tuple[UUID, str, Frozen]]:
    """(order, currency, what it froze) of every order that holds claims on promotions, for that room's own check."""
    for order_id, currency, text in store_checks.promoted_orders(conn):
        yield order_id, currency, frozen_of(text)


def _chunks(ids: Sequence[OrderId]) -> Iterator[Sequence[OrderId]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _canceled_values(conn: ReadConnection, ids: Sequence[OrderId]) -> list[Finding]:
    orders, lines = store.orders(conn, ids), store.lines_of_orders(conn, ids)
    charges, taxes = store.shipping_charges_of_orders(conn, ids), store.taxes_of_orders(conn, ids)
    findings = []
    for order_id, order in orders.items():
        shares = taxes.get(order_id, ())
        expected = sum(charge.total_minor for charge in charges.get(order_id, ()) if charge.canceled)
        for line in lines.get(order_id, ()):
            own = [tax for line_id, tax in shares if line_id == line.id] if line.canceled else []
            expected += rules.worth(line, own, line.quantity - line.canceled, line.canceled).paid_minor
        if expected != order.canceled_minor:
            findings.append(Finding("canceled value", order_id, expected, order.canceled_minor))
    return findings


def _statuses(conn: ReadConnection, ids: Sequence[OrderId]) -> list[Finding]:
    lines, fulfillments = store.lines_of_orders(conn, ids), store.fulfillment_orders_of_orders(conn, ids)
    return [
        Finding("status", order_id, 1, 0)
        for order_id, order in store.orders(conn, ids).items()
        if rules.status_of(fulfillments.get(order_id, ()), lines.get(order_id, ())) is not order.status
    ]


def _money(conn: ReadConnection, ids: Sequence[OrderId]) -> list[Finding]:
    orders = store.orders(conn, ids)
    found: Mapping[UUID, Sequence[Payment]] = payments.payments_of_orders(conn, ids)
    findings = []
    for order_id, order in orders.items():
        own = found.get(order_id, ())
        if any(payment.status is PaymentStatus.FAILED for payment in own):
            continue  # a capture that the bank refused is the payments room's finding
        expected = _expected(order)
        actual = sum(_promised(payment, order) for payment in own if payment.status in _LIVE)
        if actual != expected:
            findings.append(Finding("money taken", order_id, expected, actual))
    return findings


def _expected(order: Order) -> int:
    if order.capture_requested:
        return order.due_minor - order.released_minor
    # Before anything is taken, the promise stands for the whole order until nothing of it is left.
    return order.due_minor if order.still_due_minor else 0


def _promised(payment: Payment, order: Order) -> int:
    return payment.refundable_minor if order.capture_requested else payment.authorized_minor
