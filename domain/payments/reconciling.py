"""Comparing the provider's books with ours, healing what can be healed and writing down what differed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.jobs import store as jobs
from domain.payments import outbox, rules, store, store_provider, taking
from domain.payments.model import Call, Finding, FindingKind, Payment, PaymentId, PaymentStatus, RefundLeg, RefundLegId
from domain.payments.provider import PaymentPage, ProviderResult, ProviderStatus, RefundPage, RefundResult
from domain.payments.refunding import record_provider_refund

ABANDONED_AFTER = timedelta(hours=1)
STUCK_AFTER = timedelta(hours=2)
SETTLING = timedelta(minutes=10)
"""Younger differences are requests and events still under way."""

EVENTS_KEPT = timedelta(days=45)


def start(conn: WriteConnection, since: datetime, act: Act) -> UUID:
    """Begin a comparison of everything made since a moment and have its first page fetched; returns its id."""
    run_id = store_provider.start_reconciliation(conn, since, act)
    next_page(conn, run_id, "payments", None, act)
    return run_id


def since_of(conn: ReadConnection, run_id: UUID) -> datetime:
    """The beginning of a comparison's window."""
    return store_provider.reconciliation(conn, run_id).since


def next_page(conn: WriteConnection, run_id: UUID, books: str, cursor: str | None, act: Act) -> None:
    """Have a page of the provider's `payments` or `refunds` fetched after this commit."""
    body: dict[str, str | int | None] = {"run": str(run_id), "books": books, "cursor": cursor}
    dedupe_key = f"{outbox.RECONCILE_PAGE}:{run_id}:{books}:{cursor or ''}"
    jobs.enqueue(conn, act, outbox.RECONCILE_PAGE, body, dedupe_key=dedupe_key)


def compare_payments(conn: WriteConnection, run_id: UUID, page: PaymentPage, act: Act) -> None:
    """Compare one page of the provider's payments with our rows, then ask for the next page or for the refunds."""
    run = store_provider.reconciliation(conn, run_id)
    references = [item.reference for item in page.items if item.reference]
    known = store.payments_by_references(conn, references)
    known_findings = store_provider.count_findings(conn)
    ids = [PaymentId(item.payment_id) for item in page.items if item.payment_id]
    by_id = store.payments(conn, ids)
    findings: list[Finding] = []
    for item in page.items:
        ours = known.get(item.reference or "") or (by_id.get(PaymentId(item.payment_id)) if item.payment_id else None)
        findings.extend(_compare_payment(conn, ours, item, act))
    store_provider.mark_payments_seen(conn, references, run.started_at)
    store_provider.record_findings(conn, findings, act)
    new = store_provider.count_findings(conn) - known_findings
    store_provider.count_reconciled(conn, run_id, payments=len(page.items), findings=new)
    next_page(conn, run_id, "payments" if page.next_cursor else "refunds", page.next_cursor, act)


def compare_refunds(conn: WriteConnection, run_id: UUID, page: RefundPage, act: Act) -> None:
    """Compare one page of the provider's refunds with our legs, then ask for the next page or close the run."""
    run = store_provider.reconciliation(conn, run_id)
    references = [item.reference for item in page.items if item.reference]
    known = store.legs_by_provider_references(conn, references)
    known_findings = store_provider.count_findings(conn)
    findings: list[Finding] = []
    for item in page.items:
        findings.extend(_compare_refund(conn, known.get(item.reference or ""), item, act))
    store_provider.mark_refunds_seen(conn, references, run.started_at)
    store_provider.record_findings(conn, findings, act)
    new = store_provider.count_findings(conn) - known_findings
    store_provider.count_reconciled(conn, run_id, refunds=len(page.items), findings=new)
    if page.next_cursor:
        next_page(conn, run_id, "refunds", page.next_cursor, act)
    else:
        _close(conn, run_id, act)


def sweep(conn: WriteConnection, act: Act) -> int:
    """Void what was promised for checkouts that never became orders, ask again for calls without an end, forget old
    events; returns how many calls were stuck."""
    for payment in store.abandoned(conn, act.now - ABANDONED_AFTER):
        taking.request_void(conn, payment.id, act)
    stuck = store_provider.stuck_calls(conn, act.now - STUCK_AFTER)
    again = {call.payment_id: call for call in stuck if call.leg_id is None}
    payments = store.payments(conn, list(again))
    for payment_id in again:
        _ask_again(conn, payments[payment_id], act)
    legs = store.legs(conn, [call.leg_id for call in stuck if call.leg_id is not None])
    outbox.refund(conn, list(legs.values()), act)
    store_provider.record_findings(conn, [_stuck(call) for call in stuck], act)
    store_provider.forget_events(conn, act.now - EVENTS_KEPT)
    return len(stuck)


def _ask_again(conn: WriteConnection, payment: Payment, act: Act) -> None:
    if payment.status is PaymentStatus.CAPTURE_REQUESTED:
        outbox.capture(conn, payment, act)
    elif payment.status is PaymentStatus.VOID_REQUESTED:
        outbox.void(conn, payment, act)


def _stuck(call: Call) -> Finding:
    return Finding(FindingKind.CALL_STUCK, call.key, call.payment_id, call.leg_id, call.state.value)


def _compare_payment(conn: WriteConnection, ours: Payment | None, item: ProviderResult, act: Act) -> list[Finding]:
    if ours is None:
        # Other systems may share the provider's account; only money that was promised or taken is worth a look.
        if item.status in (ProviderStatus.AUTHORIZED, ProviderStatus.CAPTURED):
            return [Finding(FindingKind.UNKNOWN_PAYMENT, item.reference or "", detail=item.status.value)]
        return []
    if _agrees(ours, item):
        return []
    findings = []
    if item.amount_minor != ours.amount_minor or item.currency != ours.currency:
        detail = f"ours {ours.amount_minor} {ours.currency}, provider's {item.amount_minor} {item.currency}"
        findings.append(Finding(FindingKind.AMOUNT_DIFFERS, str(ours.id), ours.id, detail=detail))
    after = taking.record_authorization(conn, ours.id, item, act)
    if after.status is not ours.status and act.now - ours.updated_at > SETTLING:
        detail = f"{ours.status} became {after.status}"
        findings.append(Finding(FindingKind.STATUS_DIFFERED, item.reference or str(ours.id), ours.id, detail=detail))
    return findings


def _agrees(ours: Payment, item: ProviderResult) -> bool:
    same_money = (item.amount_minor, item.currency) == (ours.amount_minor, ours.currency)
    told = rules.payment_after(ours.status, item.status, bound=ours.order_id is not None)
    same_state = told is ours.status and item.captured_minor in (0, ours.captured_minor)
    return same_money and same_state and item.reference == ours.provider_reference


def _compare_refund(conn: WriteConnection, ours: RefundLeg | None, item: RefundResult, act: Act) -> list[Finding]:
    same_amount = ours is not None and ours.amount_minor == item.amount_minor
    if ours is not None and same_amount and rules.leg_after(ours.status, item.status) is ours.status:
        return []
    after = record_provider_refund(conn, item, act)
    if ours is None or after is None or after.status is ours.status or act.now - ours.updated_at <= SETTLING:
        return []
    detail = f"{ours.status} became {after.status}"
    return [Finding(FindingKind.STATUS_DIFFERED, item.reference or str(ours.id), ours.payment_id, ours.id, detail)]


def _close(conn: WriteConnection, run_id: UUID, act: Act) -> None:
    run = store_provider.reconciliation(conn, run_id)
    unseen = store_provider.unseen_references(conn, run, run.started_at - SETTLING)
    new = store_provider.record_findings(conn, _missing(unseen), act)
    store_provider.count_reconciled(conn, run_id, findings=new)
    store_provider.finish_reconciliation(conn, run_id, act)


def _missing(unseen: Sequence[tuple[str, PaymentId, RefundLegId | None]]) -> list[Finding]:
    return [
        Finding(FindingKind.MISSING_AT_PROVIDER, reference, payment_id, leg_id)
        for reference, payment_id, leg_id in unseen
    ]
