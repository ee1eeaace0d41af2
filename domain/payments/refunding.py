"""Giving money back: plan, reserve under lock, send after commit, hear the answer from whoever brings it first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.ledger import stored_value
from domain.money import Money
from domain.payments import outbox, rounding, rules, store, store_provider
from domain.payments.errors import PaymentDisputed, RefundExceedsCapacity, TenderUnavailable
from domain.payments.model import (
    CallState,
    Capacity,
    Finding,
    FindingKind,
    LegOrigin,
    LegPlan,
    LegStatus,
    Payment,
    PaymentStatus,
    RefundLeg,
    RefundLegId,
    Tender,
)
from domain.payments.provider import RefundRequest, RefundResult, RefundStatus, refund_key
from domain.registers import drawers
from domain.registers.model import RegisterSession

_FIRST_STATUS = {
    Tender.CARD: LegStatus.RESERVED,
    Tender.EXTERNAL: LegStatus.EXTERNAL,
    Tender.CASH: LegStatus.SUCCEEDED,
    Tender.STORE_CREDIT: LegStatus.SUCCEEDED,
    Tender.GIFT_CARD: LegStatus.SUCCEEDED,
    Tender.BALANCE: LegStatus.SUCCEEDED,
}
TAKEN_ELSEWHERE = "capacity_taken_elsewhere"


def capacity(conn: ReadConnection, order_id: UUID) -> list[Capacity]:
    """What may still go back out of each payment of an order, oldest first."""
    return store.capacities(conn, store.payments_of_orders(conn, [order_id]).get(order_id, ()))


def plan(conn: ReadConnection, order_id: UUID, amount_minor: int) -> tuple[LegPlan, ...]:
    """How a refund would be split now; changes nothing.

    The parts sum to `amount_minor`, or to all that may go back when that is less.
    """
    return rules.plan_refund(capacity(conn, order_id), amount_minor)


def locked_capacity(conn: WriteConnection, order_id: UUID) -> list[Capacity]:
    """`capacity` under the lock of the payments, so that it stays until this transaction ends."""
    return store.capacities(conn, store.lock_of_order(conn, order_id))


def reserve_refund(
    conn: WriteConnection,
    order_id: UUID,
    amount: Money,
    reference: str,
    act: Act,
    *,
    cash_location_id: UUID | None = None,
    capacities: Sequence[Capacity] | None = None,
) -> Sequence[RefundLeg]:
    """Set an order's money aside to go back, under the lock of its payments, and have the worker send the card legs.

    Cash legs succeed at once (the till hands the money out), and so do gift cards and store credit, which get back what
    they paid; legs of payers elsewhere stay EXTERNAL. Nothing to refund
    makes no leg. `reference` is the id of the return or cancellation; `capacities` are the order's, where the caller has
    asked for them under lock.

    Raises:
        RefundExceedsCapacity: `amount` is above what may go back; facts give the maximum.
        PaymentDisputed: it would fit but for a dispute; facts give the maximum.
        TenderUnavailable: part of it must go back in cash and `cash_location_id` is not given.
        SessionClosed, InsufficientDrawer: no drawer is open there, or it holds less.
    """
    assert amount.amount_minor >= 0, "a refund gives, it never takes"
    if amount.amount_minor == 0:
        return ()
    if capacities is None:
        capacities = locked_capacity(conn, order_id)
    _require(capacities, amount.amount_minor)
    by_payment = {found.payment.id: found for found in capacities}
    parts = rules.plan_refund(capacities, amount.amount_minor)
    drawer = None
    if any(part.tender is Tender.CASH for part in parts):
        if cash_location_id is None:
            raise TenderUnavailable("Part of this order was paid in cash. Refund it in a store, or as store credit.")
        drawer = drawers.giving(conn, cash_location_id, amount.currency, act)
    legs = []
    for part in parts:
        found = by_payment[part.payment_id]
        assert found.payment.currency == amount.currency, "a refund is in the currency of the charge"
        legs.append(new_leg(found, part.tender, part.amount_minor, reference, act, drawer=drawer))
    store.insert_legs(conn, legs, act)
    if drawer is not None:
        drawers.give(conn, drawer, [(leg.id, leg.paid_minor) for leg in legs if leg.tender is Tender.CASH], act)
    for leg in legs:
        hold_id = by_payment[leg.payment_id].payment.hold_id
        if hold_id is not None:
            stored_value.give_back(conn, hold_id, leg.amount_minor, f"refund_leg:{leg.id}", act)
        book_rounding(conn, leg, act)
    outbox.refund(conn, [leg for leg in legs if leg.status is LegStatus.RESERVED], act)
    return legs


def book_rounding(conn: WriteConnection, leg: RefundLeg, act: Act) -> None:
    """Book what rounding changed of a cash refund; nothing for other tenders."""
    gain = Money(leg.amount_minor - leg.paid_minor, leg.currency)
    rounding.book(conn, gain, leg.order_id, f"refund_leg:{leg.id}", act)


def new_leg(
    found: Capacity,
    tender: Tender,
    amount_minor: int,
    reference: str,
    act: Act,
    *,
    drawer: RegisterSession | None = None,
    replaces: RefundLeg | None = None,
) -> RefundLeg:
    """A leg of `amount_minor` out of a payment by a tender; the caller has taken the capacity's lock and checked it, and of
    cash holds the `drawer` that hands it out."""
    payment, cash = found.payment, tender is Tender.CASH
    assert drawer is not None or not cash, "cash comes out of a drawer"
    step = payment.cash_step_minor if cash else 1
    at = drawer if cash else None
    return RefundLeg(
        id=RefundLegId(act.new_id()),
        payment_id=payment.id,
        order_id=payment.order_id,
        reference=reference,
        tender=tender,
        origin=LegOrigin.OURS,
        currency=payment.currency,
        amount_minor=amount_minor,
        paid_minor=rules.cash_out(found.cash_back_minor if cash else 0, amount_minor, step),
        status=_FIRST_STATUS[tender],
        attempt=1 if replaces is None else replaces.attempt + 1,
        provider_reference=None,
        failure_code=None,
        replaces_leg_id=None if replaces is None else replaces.id,
        location_id=None if at is None else at.location_id,
        terminal_id=None if at is None else at.terminal_id,
        version=1,
        created_at=act.now,
        updated_at=act.now,
    )


@dataclass(frozen=True, slots=True)
class SendingRefund:
    """A refund that leaves now. When it was sent before, look for it by our leg id before asking with its key again:
    the provider forgets a key after a day, and repeats a server error for as long as it knows the key."""

    request: RefundRequest
    sent_before: bool


class CaptureUnsettled(Exception):
    """The payment's money is asked for and not yet taken: try the refund again later."""


def send_refund(conn: WriteConnection, leg_id: RefundLegId, act: Act) -> SendingRefund | None:
    """Mark a reserved leg as leaving, or leaving again; None when there is nothing left to send.

    Raises:
        CaptureUnsettled: the capture it depends on has not ended.
    """
    leg = _locked_leg(conn, leg_id)
    payment = store.payments(conn, [leg.payment_id])[leg.payment_id]
    unanswered = leg.status is LegStatus.PENDING and leg.provider_reference is None
    if leg.status is not LegStatus.RESERVED and not unanswered:
        return None
    if payment.status is PaymentStatus.CAPTURE_REQUESTED:
        raise CaptureUnsettled
    if leg.status is LegStatus.RESERVED and store_provider.has_open_dispute(conn, payment.id):
        store.save_leg(conn, leg, replace(leg, status=LegStatus.ON_HOLD), act, "dispute")
        return None
    assert payment.provider_reference is not None, "captured money has a provider's id"
    key = refund_key(leg.id, leg.attempt)
    sent_before = store_provider.first_sent_at(conn, key) is not None
    store_provider.send_call(conn, key, act)
    if leg.status is LegStatus.RESERVED:
        store.save_leg(conn, leg, replace(leg, status=LegStatus.PENDING), act)
    amount = Money(leg.amount_minor, leg.currency)
    return SendingRefund(RefundRequest(leg.id, leg.attempt, payment.provider_reference, amount), sent_before)


def record_refund(conn: WriteConnection, leg_id: RefundLegId, result: RefundResult, act: Act) -> RefundLeg:
    """Write the provider's answer to our own request. An event may have been faster; then this changes nothing."""
    leg = _locked_leg(conn, leg_id)
    if result.status is RefundStatus.UNKNOWN:
        store_provider.settle_calls(conn, [refund_key(leg.id, leg.attempt)], CallState.UNKNOWN, act)
        return leg
    if leg.provider_reference and result.reference and leg.provider_reference != result.reference:
        payment = store.payments(conn, [leg.payment_id])[leg.payment_id]
        _record_unlinked(conn, payment, result, act)
        return leg
    return _apply(conn, leg, result, act)


def record_provider_refund(conn: WriteConnection, result: RefundResult, act: Act) -> RefundLeg | None:
    """Write a refund that an event or the provider's list shows, ours or not; None when we know no such payment.

    A refund made in the provider's dashboard becomes a leg without a return, so capacity shrinks and a later return of
    the goods does not pay again.
    """
    assert result.reference is not None, "a listed refund has an id"
    payment_reference = result.payment_reference or ""
    payment = store.payments_by_references(conn, [payment_reference]).get(payment_reference)
    if payment is None:
        finding = Finding(FindingKind.UNKNOWN_REFUND, result.reference, detail=f"of payment {payment_reference}")
        store_provider.record_findings(conn, [finding], act)
        return None
    payment = store.lock(conn, payment.id)
    leg = store.legs_by_provider_references(conn, [result.reference]).get(result.reference)
    if leg is None and result.leg_id is not None:
        ours = store.legs(conn, [RefundLegId(result.leg_id)]).get(RefundLegId(result.leg_id))
        waits = ours is not None and ours.provider_reference is None
        if ours is not None and waits and ours.status not in (LegStatus.FAILED, LegStatus.CANCELED):
            leg = ours if ours.payment_id == payment.id else None
    if leg is not None:
        return _apply(conn, leg, result, act)
    return _record_unlinked(conn, payment, result, act)


def make_room(conn: WriteConnection, payment: Payment, amount_minor: int, act: Act) -> int:
    """Fail unsent legs, newest first, until `amount_minor` that left elsewhere fits; returns what fits then."""
    left = store.capacities(conn, [payment])[0].left_minor
    failing = []
    for leg in store.unsent_legs(conn, payment.id):
        if left >= amount_minor:
            break
        failing.append(leg)
        left += leg.amount_minor
    store.move_legs(conn, failing, LegStatus.FAILED, act, TAKEN_ELSEWHERE)
    keys = [refund_key(leg.id, leg.attempt) for leg in failing]
    store_provider.settle_calls(conn, keys, CallState.FAILED, act)
    return min(left, amount_minor)


def _require(capacities: Sequence[Capacity], amount_minor: int) -> None:
    maximum = sum(found.free_minor for found in capacities)
    if amount_minor <= maximum:
        return
    if amount_minor <= sum(found.left_minor for found in capacities):
        raise PaymentDisputed(maximum)
    raise RefundExceedsCapacity(maximum)


def _locked_leg(conn: WriteConnection, leg_id: RefundLegId) -> RefundLeg:
    """A leg as it stands once its payment's lock is ours."""
    payment_id = store.legs(conn, [leg_id])[leg_id].payment_id
    store.lock(conn, payment_id)
    return store.legs(conn, [leg_id])[leg_id]


def _apply(conn: WriteConnection, leg: RefundLeg, result: RefundResult, act: Act) -> RefundLeg:
    status = rules.leg_after(leg.status, result.status)
    told = replace(leg, status=status, provider_reference=leg.provider_reference or result.reference)
    failed = status in (LegStatus.FAILED, LegStatus.CANCELED)
    fails = failed and status is not leg.status
    if fails:
        told = replace(told, failure_code=result.failure_code or status.value.lower())
    if told == leg:
        return leg
    saved = store.save_leg(conn, leg, told, act, result.failure_code or "")
    key = refund_key(leg.id, leg.attempt)
    store_provider.settle_calls(conn, [key], CallState.FAILED if failed else CallState.SUCCEEDED, act)
    findings = []
    if fails:
        detail = f"{told.failure_code} after {leg.status}"
        findings.append(Finding(FindingKind.REFUND_FAILED, str(leg.id), leg.payment_id, leg.id, detail))
    if result.amount_minor and result.amount_minor != leg.amount_minor:
        detail = f"ours {leg.amount_minor}, provider's {result.amount_minor}"
        findings.append(Finding(FindingKind.AMOUNT_DIFFERS, str(leg.id), leg.payment_id, leg.id, detail))
    store_provider.record_findings(conn, findings, act)
    return saved


def _record_unlinked(conn: WriteConnection, payment: Payment, result: RefundResult, act: Act) -> RefundLeg | None:
    assert result.reference is not None
    if result.status in (RefundStatus.FAILED, RefundStatus.CANCELED, RefundStatus.UNKNOWN):
        return None
    known = store.legs_by_provider_references(conn, [result.reference]).get(result.reference)
    if known is not None:
        return _apply(conn, known, result, act)
    fits = make_room(conn, payment, result.amount_minor, act)
    base = new_leg(Capacity(payment, fits, disputed=False), Tender.CARD, result.amount_minor, result.reference, act)
    status = rules.leg_after(LegStatus.RESERVED, result.status)
    leg = replace(base, origin=LegOrigin.PROVIDER, status=status, provider_reference=result.reference)
    store.insert_legs(conn, [leg], act, "made at the provider")
    kind = FindingKind.UNLINKED_REFUND if result.leg_id is None else FindingKind.DUPLICATE_REFUND
    findings = [Finding(kind, result.reference, payment.id, leg.id, f"{result.amount_minor} {payment.currency}")]
    if fits < result.amount_minor:
        detail = f"{result.amount_minor - fits} above what may go back"
        findings.append(Finding(FindingKind.OVER_REFUNDED, result.reference, payment.id, leg.id, detail))
    store_provider.record_findings(conn, findings, act)
    return leg
