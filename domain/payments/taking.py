"""Taking money: start, authorize, bind to an order, capture once or void."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.ledger import stored_value
from domain.money import Money
from domain.payments import outbox, rules, store, store_provider
from domain.payments.errors import (
    CaptureExceedsAuthorization,
    PaymentInProgress,
    PaymentNotAuthorized,
    PaymentNotVoidable,
)
from domain.payments.model import (
    PROMISED,
    STORED_VALUE,
    Call,
    CallState,
    Finding,
    FindingKind,
    LegStatus,
    NewPayment,
    Payment,
    PaymentId,
    PaymentStatus,
    Tender,
)
from domain.payments.provider import (
    AuthorizeRequest,
    ProviderResult,
    ProviderStatus,
    authorize_key,
    capture_key,
    void_key,
)

VOID_DELAY_WITHOUT_REFERENCE = timedelta(minutes=2)
"""An answer may still be under way, and the provider's search lags a minute behind its writes."""

SETTLE_DELAY = timedelta(minutes=1)


def start(conn: WriteConnection, new: NewPayment, act: Act) -> Payment:
    """Begin a card payment for an owner: written here with its key, then authorized outside any transaction.

    Asked again with the same amount and method it answers the payment that is alive, so a repeated checkout never
    authorizes twice.

    Raises:
        PaymentInProgress: a payment of this owner with another amount or method is alive.
    """
    assert new.tender is Tender.CARD, "only cards are started; cash and external payments are recorded"
    payment = replace(
        fresh(new.owner, Tender.CARD, new.amount, act),
        method=new.method,
        location_id=new.location_id,
        terminal_id=new.terminal_id,
        reader=new.reader,
    )
    if not store.insert_payment(conn, payment, act):
        return _alive(conn, new)
    # The caller asks the provider as soon as this commits, so the key's life counts from now.
    store_provider.request_calls(
        conn, [Call(authorize_key(payment.id), payment.id, None, CallState.SENT, act.now)], act
    )
    return payment


def _alive(conn: WriteConnection, new: NewPayment) -> Payment:
    live = store.live_card_of_owner(conn, new.owner)
    if live is None or (live.amount_minor, live.currency, live.method, live.reader) != (
        new.amount.amount_minor,
        new.amount.currency,
        new.method,
        new.reader,
    ):
        raise PaymentInProgress
    return live


def record_authorization(
    conn: WriteConnection,
    payment_id: PaymentId,
    result: ProviderResult,
    act: Act,
    *,
    pays_for: UUID | None = None,
    known: Payment | None = None,
) -> Payment:
    """Write what the provider says about a payment, whichever request or event brought the answer.

    The first answer wins, doubles and stale ones change nothing (`rules.payment_after`). A promise for a payment that
    was given up is voided, a capture that can no longer happen fails the payment and cancels its unsent refunds.
    A promise is bound to the order `pays_for` in the same stroke.

    `known` is the payment as its caller wrote it a moment ago. It is taken to be so still, which saves the statement that
    locks and reads it; should it have moved on meanwhile, nothing is written on the strength of it.
    """
    payment = known or store.lock(conn, payment_id)
    if result.status is ProviderStatus.UNKNOWN:
        open_keys = [authorize_key(payment_id), capture_key(payment_id), void_key(payment_id)]
        store_provider.settle_calls(conn, open_keys, CallState.UNKNOWN, act)
        return payment
    if payment.provider_reference and result.reference and payment.provider_reference != result.reference:
        return _second_promise(conn, payment, result, act)
    _settle_calls(conn, payment, result.status, act)
    status = rules.payment_after(payment.status, result.status, bound=payment.order_id is not None)
    authorized = max(payment.authorized_minor, result.authorized_minor, result.captured_minor)
    told = replace(
        payment,
        status=status,
        provider_reference=payment.provider_reference or result.reference,
        authorized_minor=authorized,
        captured_minor=max(payment.captured_minor, result.captured_minor),
        failure_code=_failure_code(payment, status, result),
    )
    if told.order_id is None and status in PROMISED:
        told = replace(told, order_id=pays_for)
    if told == payment:
        return payment
    saved = store.save_version(conn, payment, told, act, result.failure_code or "")
    if saved is None:
        return record_authorization(conn, payment_id, result, act, pays_for=pays_for)
    if status is not payment.status:
        _follow(conn, payment.status, saved, act)
    return saved


def hear(conn: WriteConnection, result: ProviderResult, act: Act) -> Payment | None:
    """Write what an event tells of a payment, and have its checkout finished when it was waited for; None when the
    payment is not ours. The request that started it may be finishing it at this moment, so it is given a minute."""
    payment = store.payment_of_result(conn, result)
    if payment is None:
        return None
    after = record_authorization(conn, payment.id, result, act)
    if after.order_id is None and after.status is not payment.status:
        if payment.status is PaymentStatus.REQUIRES_ACTION:
            outbox.settle(conn, payment.owner, act)
        elif payment.status is PaymentStatus.CREATED:
            outbox.settle(conn, payment.owner, act, run_at=act.now + SETTLE_DELAY)
    return after


def bind(conn: WriteConnection, payment_id: PaymentId, order_id: UUID, act: Act) -> Payment:
    """Make a payment pay for an order; again is a no-op."""
    payment = store.lock(conn, payment_id)
    if payment.order_id == order_id:
        return payment
    assert payment.order_id is None, "a payment pays for one order"
    return store.save_payment(conn, payment, replace(payment, order_id=order_id), act)


def request_capture(conn: WriteConnection, order_id: UUID, amount: Money, act: Act) -> Sequence[Payment]:
    """Ask for an order's promised money, `amount` in all: gift cards and store credit first, then cards, earlier payments
    first; the rest is released. Stored value is taken at once.

    Each payment is captured once: when none is AUTHORIZED because all were captured or asked already, nothing happens.

    Raises:
        PaymentNotAuthorized: a card payment still waits for its authorization.
        CaptureExceedsAuthorization: `amount` is above what is promised; facts give the maximum.
    """
    assert amount.amount_minor >= 0, "a capture takes, it never gives"
    found = store.lock_of_order(conn, order_id)
    promised = [payment for payment in found if payment.status is PaymentStatus.AUTHORIZED]
    if not promised:
        if any(payment.status in (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION) for payment in found):
            raise PaymentNotAuthorized
        return ()
    maximum = sum(payment.authorized_minor for payment in promised)
    if amount.amount_minor > maximum:
        raise CaptureExceedsAuthorization(maximum)
    left, asked = amount.amount_minor, []
    # What is canceled before is released by the card first, as a refund would be paid to it first.
    for payment in sorted(promised, key=lambda one: one.tender not in STORED_VALUE):
        assert payment.currency == amount.currency, "a payment is captured in its own currency"
        part = min(left, payment.authorized_minor)
        left -= part
        asked.append(ask_capture(conn, payment, part, act) if part else _void(conn, payment, act))
    return asked


def request_void(conn: WriteConnection, payment_id: PaymentId, act: Act) -> Payment:
    """Ask to release a promise; again is a no-op.

    Raises:
        PaymentNotVoidable: the money was taken or is being taken.
    """
    payment = store.lock(conn, payment_id)
    if payment.status in (PaymentStatus.VOID_REQUESTED, PaymentStatus.VOIDED, PaymentStatus.FAILED):
        return payment
    if payment.status in (PaymentStatus.CAPTURE_REQUESTED, PaymentStatus.CAPTURED):
        raise PaymentNotVoidable
    return _void(conn, payment, act)


def authorize_request(payment: Payment) -> AuthorizeRequest:
    """What to ask the provider for a started payment: the same bytes every time, since the key vouches for them."""
    return AuthorizeRequest(payment.id, Money(payment.amount_minor, payment.currency), payment.method, payment.reader)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A payment whose fate must be asked. `key_is_stale`: the provider may have forgotten the key of its request."""

    payment: Payment
    key_is_stale: bool


def unsettled(conn: ReadConnection, payment_id: PaymentId, now: datetime) -> Unsettled | None:
    """A payment that still waits for its authorization; None when its fate is known."""
    payment = store.payments(conn, [payment_id]).get(payment_id)
    if payment is None or payment.status not in (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION):
        return None
    sent_at = store_provider.first_sent_at(conn, authorize_key(payment_id))
    return Unsettled(payment, rules.key_is_stale(sent_at, now))


@dataclass(frozen=True, slots=True)
class Sending:
    """A capture or void that leaves now. `reference` is None when the provider's id is still to be found; `reader` is the
    device that may still ask for the card."""

    payment_id: PaymentId
    reference: str | None
    amount: Money
    key: str
    reader: str | None = None


def send_capture(conn: WriteConnection, payment_id: PaymentId, act: Act) -> Sending | None:
    """Mark the capture as leaving; None when there is nothing left to do."""
    payment = store.lock(conn, payment_id)
    if payment.status is not PaymentStatus.CAPTURE_REQUESTED:
        return None
    assert payment.capture_minor is not None
    call = store_provider.send_call(conn, capture_key(payment_id), act)
    return Sending(payment_id, payment.provider_reference, Money(payment.capture_minor, payment.currency), call.key)


def send_void(conn: WriteConnection, payment_id: PaymentId, act: Act) -> Sending | None:
    """Mark the void as leaving; None when there is nothing left to do."""
    payment = store.lock(conn, payment_id)
    if payment.status is not PaymentStatus.VOID_REQUESTED:
        return None
    call = store_provider.send_call(conn, void_key(payment_id), act)
    amount = Money(payment.amount_minor, payment.currency)
    return Sending(payment_id, payment.provider_reference, amount, call.key, payment.reader)


def record_never_made(conn: WriteConnection, payment_id: PaymentId, act: Act) -> Payment:
    """Write that the provider knows nothing of a payment we wanted to void. Should its promise show up, it is voided."""
    payment = store.lock(conn, payment_id)
    if payment.status is not PaymentStatus.VOID_REQUESTED or payment.provider_reference is not None:
        return payment
    store_provider.settle_calls(conn, [authorize_key(payment_id)], CallState.FAILED, act)
    store_provider.settle_calls(conn, [void_key(payment_id)], CallState.SUCCEEDED, act)
    return store.save_payment(conn, payment, replace(payment, status=PaymentStatus.VOIDED), act, "never made")


def fresh(owner: str, tender: Tender, amount: Money, act: Act) -> Payment:
    """A payment that nothing has happened to yet."""
    assert amount.amount_minor > 0, "nothing to pay is no payment"
    return Payment(
        id=PaymentId(act.new_id()),
        owner=owner,
        order_id=None,
        tender=tender,
        currency=amount.currency,
        amount_minor=amount.amount_minor,
        authorized_minor=0,
        capture_minor=None,
        captured_minor=0,
        cash_step_minor=rules.cash_step_minor(amount.currency),
        status=PaymentStatus.CREATED,
        method="",
        provider_reference=None,
        failure_code=None,
        payer=None,
        location_id=None,
        terminal_id=None,
        version=1,
        created_at=act.now,
        updated_at=act.now,
    )


def ask_capture(conn: WriteConnection, payment: Payment, amount_minor: int, act: Act) -> Payment:
    """Take `amount_minor` of a locked promise: from a card after this commit, stored value here and now."""
    if payment.hold_id is not None:
        stored_value.capture(conn, payment.hold_id, amount_minor, act)
        taken = replace(payment, status=PaymentStatus.CAPTURED, capture_minor=amount_minor, captured_minor=amount_minor)
        return store.save_payment(conn, payment, taken, act)
    asked = replace(payment, status=PaymentStatus.CAPTURE_REQUESTED, capture_minor=amount_minor)
    saved = store.save_payment(conn, payment, asked, act)
    outbox.capture(conn, saved, act)
    return saved


def _void(conn: WriteConnection, payment: Payment, act: Act) -> Payment:
    if payment.hold_id is not None:
        stored_value.void(conn, payment.hold_id, act)
        return store.save_payment(conn, payment, replace(payment, status=PaymentStatus.VOIDED), act)
    saved = store.save_payment(conn, payment, replace(payment, status=PaymentStatus.VOID_REQUESTED), act)
    known = payment.provider_reference is not None
    outbox.void(conn, saved, act, run_at=None if known else act.now + VOID_DELAY_WITHOUT_REFERENCE)
    return saved


def _failure_code(payment: Payment, status: PaymentStatus, result: ProviderResult) -> str | None:
    if status is PaymentStatus.FAILED and payment.status is not PaymentStatus.FAILED:
        return result.failure_code or "authorization_expired"
    return payment.failure_code


def _second_promise(conn: WriteConnection, payment: Payment, result: ProviderResult, act: Act) -> Payment:
    assert result.reference is not None
    detail = f"second payment beside {payment.provider_reference}: {result.status}"
    finding = Finding(FindingKind.UNKNOWN_PAYMENT, result.reference, payment.id, detail=detail)
    store_provider.record_findings(conn, [finding], act)
    if result.status in (ProviderStatus.AUTHORIZED, ProviderStatus.REQUIRES_ACTION):
        outbox.release(conn, result.reference, act)
    return payment


def _settle_calls(conn: WriteConnection, payment: Payment, told: ProviderStatus, act: Act) -> None:
    authorize, capture, void = authorize_key(payment.id), capture_key(payment.id), void_key(payment.id)
    refused = told is ProviderStatus.DECLINED
    store_provider.settle_calls(conn, [authorize], CallState.FAILED if refused else CallState.SUCCEEDED, act)
    if told in (ProviderStatus.CAPTURED, ProviderStatus.VOIDED):
        captured = told is ProviderStatus.CAPTURED
        store_provider.settle_calls(conn, [capture if captured else void], CallState.SUCCEEDED, act)
        store_provider.settle_calls(conn, [void if captured else capture], CallState.FAILED, act)


def _follow(conn: WriteConnection, before: PaymentStatus, payment: Payment, act: Act) -> None:
    """The consequences of a payment's new status."""
    findings: list[Finding] = []
    if payment.status is PaymentStatus.VOID_REQUESTED:
        outbox.void(conn, payment, act)
    elif payment.status is PaymentStatus.CAPTURED:
        if before in (PaymentStatus.VOID_REQUESTED, PaymentStatus.VOIDED, PaymentStatus.FAILED):
            findings.append(Finding(FindingKind.CAPTURED_AFTER_VOID, str(payment.id), payment.id))
        if payment.capture_minor not in (None, payment.captured_minor):
            detail = f"asked for {payment.capture_minor}, took {payment.captured_minor}"
            findings.append(Finding(FindingKind.AMOUNT_DIFFERS, str(payment.id), payment.id, detail=detail))
    elif payment.status is PaymentStatus.FAILED and payment.order_id is not None:
        findings.append(
            Finding(FindingKind.CAPTURE_FAILED, str(payment.id), payment.id, detail=payment.failure_code or "")
        )
        store.move_legs(conn, store.unsent_legs(conn, payment.id), LegStatus.CANCELED, act, "never_captured")
    store_provider.record_findings(conn, findings, act)
