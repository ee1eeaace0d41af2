"""SQL of payments, refund legs and their history. Locks are statements of their own, in id order, before any sum."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.acts import Act
from domain.appends import append
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Topic, publish
from domain.money import Currency
from domain.payments.model import (
    LIVE,
    UNSENT,
    USES_CAPACITY,
    Capacity,
    LegStatus,
    Payment,
    PaymentId,
    PaymentStatus,
    RefundLeg,
    RefundLegId,
    Tender,
)
from domain.payments.provider import DisputeStatus, ProviderResult
from domain.payments.tables import PaymentDisputeRow, PaymentRow, PaymentStepRow, RefundLegRow
from domain.statements import Row, Statement, inserting, one_of
from domain.tables import table_of

payment_table = table_of(PaymentRow)
leg_table = table_of(RefundLegRow)
_STEPS = Statement(
    inserting(
        table_of(PaymentStepRow),
        "payment_id",
        "leg_id",
        "before",
        "after",
        "actor_kind",
        "actor_id",
        "detail",
        "recorded_at",
    )
)
_dispute = table_of(PaymentDisputeRow)

_PAYMENT_COLUMNS = [column for column in payment_table.c if column.name != "reconciled_at"]
_LEG_COLUMNS = [column for column in leg_table.c if column.name != "reconciled_at"]
PaymentSelect = sa.Select[tuple[object, ...]]
_NEW_PAYMENT = Statement(
    insert(payment_table)
    .values({column.name: sa.bindparam(column.name) for column in _PAYMENT_COLUMNS})
    .on_conflict_do_nothing()
    .returning(payment_table.c.id)
)
_SAVE_PAYMENT = Statement(
    sa.update(payment_table)
    .where(payment_table.c.id == sa.bindparam("of_payment"), payment_table.c.version == sa.bindparam("of_version"))
    .values({column.name: sa.bindparam(column.name) for column in _PAYMENT_COLUMNS})
)
_IN_ORDER = sa.select(*_PAYMENT_COLUMNS).order_by(payment_table.c.id)
_PAYMENTS = Statement(_IN_ORDER.where(one_of(payment_table.c.id, "ids")))
_LOCK = Statement(_IN_ORDER.where(payment_table.c.id == sa.bindparam("id")).with_for_update())
_LOCK_OF_ORDER = Statement(_IN_ORDER.where(payment_table.c.order_id == sa.bindparam("order")).with_for_update())
_NEW_LEG = Statement(inserting(leg_table, *(column.name for column in _LEG_COLUMNS)))
_USED = sa.and_(
    leg_table.c.payment_id == payment_table.c.id, sa.or_(*(leg_table.c.status == status for status in USES_CAPACITY))
)
_CAPACITIES = Statement(
    sa.select(
        payment_table.c.id,
        sa.func.coalesce(sa.func.sum(leg_table.c.amount_minor), 0).label("used_minor"),
        sa.func.coalesce(
            sa.func.sum(sa.case((leg_table.c.tender == Tender.CASH, leg_table.c.amount_minor), else_=0)), 0
        ).label("cash_back_minor"),
        sa.exists()
        .where(_dispute.c.payment_id == payment_table.c.id, _dispute.c.status == DisputeStatus.OPEN)
        .correlate(payment_table)
        .label("disputed"),
    )
    .select_from(payment_table.outerjoin(leg_table, _USED))
    .where(one_of(payment_table.c.id, "ids"))
    .group_by(payment_table.c.id)
)


def select_payments() -> PaymentSelect:
    """Payments in id order, which is the order of their making and of every lock."""
    return sa.select(*_PAYMENT_COLUMNS).order_by(payment_table.c.id)


def select_legs() -> PaymentSelect:
    """Legs in id order, which is the order of their making."""
    return sa.select(*_LEG_COLUMNS).order_by(leg_table.c.id)


def read_payments(conn: ReadConnection, statement: PaymentSelect) -> list[Payment]:
    """The payments a `select_payments` statement finds."""
    return [_payment(row) for row in conn.execute(statement)]


def read_legs(conn: ReadConnection, statement: PaymentSelect) -> list[RefundLeg]:
    """The legs a `select_legs` statement finds."""
    return [_leg(row) for row in conn.execute(statement)]


def payments(conn: ReadConnection, ids: Sequence[PaymentId]) -> Mapping[PaymentId, Payment]:
    """Payments by id."""
    return {found.id: found for found in map(_payment, _PAYMENTS.all(conn, ids=ids))}


_PAYMENTS_OF_ORDERS = Statement(select_payments().where(one_of(payment_table.c.order_id, "ids")))
_LEGS_OF_ORDERS = Statement(select_legs().where(one_of(leg_table.c.order_id, "ids")))
_LEGS_OF_REFERENCES = Statement(select_legs().where(one_of(leg_table.c.reference, "references")))


def payments_of_orders(conn: ReadConnection, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Payment]]:
    """Payments by order, oldest first."""
    grouped: dict[UUID, list[Payment]] = defaultdict(list)
    for found in map(_payment, _PAYMENTS_OF_ORDERS.all(conn, ids=order_ids)):
        assert found.order_id is not None
        grouped[found.order_id].append(found)
    return grouped


def payments_of_owners(conn: ReadConnection, owners: Sequence[str]) -> Mapping[str, Sequence[Payment]]:
    """Payments by owner, oldest first."""
    grouped: dict[str, list[Payment]] = defaultdict(list)
    for found in read_payments(conn, select_payments().where(payment_table.c.owner.in_(owners))):
        grouped[found.owner].append(found)
    return grouped


def live_card_of_owner(conn: ReadConnection, owner: str) -> Payment | None:
    """The one payment that may still pay for this owner."""
    found = read_payments(
        conn,
        select_payments().where(
            payment_table.c.owner == owner,
            payment_table.c.tender == Tender.CARD,
            payment_table.c.status.in_(LIVE),
        ),
    )
    return found[0] if found else None


def payments_by_references(conn: ReadConnection, references: Sequence[str]) -> Mapping[str, Payment]:
    """Payments by the provider's id."""
    wanted = select_payments().where(payment_table.c.provider_reference.in_(references))
    return {found.provider_reference: found for found in read_payments(conn, wanted) if found.provider_reference}


def payment_of_result(conn: ReadConnection, result: ProviderResult) -> Payment | None:
    """The payment a provider's answer is about, by its id or by ours in its metadata."""
    wanted = sa.or_(payment_table.c.provider_reference == result.reference, payment_table.c.id == result.payment_id)
    found = read_payments(conn, select_payments().where(wanted))
    exact = [payment for payment in found if payment.provider_reference == result.reference]
    return next(iter([*exact, *found]), None)


def abandoned(conn: ReadConnection, before: datetime, *, limit: int = 500) -> list[Payment]:
    """Payments that were started before a moment, promise or may promise money, and belong to no order."""
    waiting = (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.AUTHORIZED)
    return read_payments(
        conn,
        select_payments()
        .where(
            payment_table.c.order_id.is_(None),
            payment_table.c.status.in_(waiting),
            payment_table.c.created_at < before,
        )
        .limit(limit),
    )


def lock(conn: WriteConnection, payment_id: PaymentId) -> Payment:
    """The payment, held until this transaction ends."""
    return _payment(_LOCK.all(conn, id=payment_id)[0])


def lock_of_order(conn: WriteConnection, order_id: UUID) -> list[Payment]:
    """The order's payments, held until this transaction ends, oldest first."""
    return [_payment(row) for row in _LOCK_OF_ORDER.all(conn, order=order_id)]


def insert_payment(conn: WriteConnection, payment: Payment, act: Act, detail: str = "") -> bool:
    """Write a new payment and the first step of its history; false, and nothing written, when a card payment of its
    owner is alive."""
    if _NEW_PAYMENT.first(conn, **_payment_values(payment)) is None:
        return False
    _record_steps(conn, act, [(payment.id, None, None, payment.status.value, detail)])
    announce(conn, act, payment.order_id)
    return True


def save_payment(conn: WriteConnection, before: Payment, after: Payment, act: Act, detail: str = "") -> Payment:
    """Write a changed payment, with a step of its history when its status moved. The caller holds its lock."""
    saved = save_version(conn, before, after, act, detail)
    assert saved is not None, "a locked payment is as it was read"
    return saved


def save_version(conn: WriteConnection, before: Payment, after: Payment, act: Act, detail: str = "") -> Payment | None:
    """`save_payment` for a payment that was read without a lock; None, and nothing written, when it has moved on."""
    saved = replace(after, version=before.version + 1, updated_at=act.now)
    if not _SAVE_PAYMENT.count(conn, of_payment=before.id, of_version=before.version, **_payment_values(saved)):
        return None
    if before.status is not after.status:
        _record_steps(conn, act, [(before.id, None, before.status.value, after.status.value, detail)])
    announce(conn, act, saved.order_id)
    return saved


def capacities(conn: ReadConnection, found: Sequence[Payment]) -> list[Capacity]:
    """What may still go back out of each payment, in their order. Lock the payments first when it is to be taken."""
    if not found:
        return []
    used = {row.id: row for row in _CAPACITIES.all(conn, ids=[payment.id for payment in found])}
    return [
        Capacity(
            payment,
            max(0, payment.refundable_minor - int(used[payment.id].used_minor)),
            bool(used[payment.id].disputed),
            int(used[payment.id].cash_back_minor),
        )
        for payment in found
    ]


def capacities_of_payments(conn: ReadConnection, ids: Sequence[PaymentId]) -> Mapping[PaymentId, Capacity]:
    """What may still go back, by payment."""
    return {found.payment.id: found for found in capacities(conn, list(payments(conn, ids).values()))}


def refunded_of_payments(conn: ReadConnection, ids: Sequence[PaymentId]) -> Mapping[PaymentId, int]:
    """What went back or is on its way back out of each payment, in minor units of its due."""
    rows = conn.execute(
        sa.select(leg_table.c.payment_id, sa.func.sum(leg_table.c.amount_minor))
        .where(leg_table.c.payment_id.in_(ids), leg_table.c.status.in_(USES_CAPACITY))
        .group_by(leg_table.c.payment_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def legs(conn: ReadConnection, ids: Sequence[RefundLegId]) -> Mapping[RefundLegId, RefundLeg]:
    """Legs by id."""
    return {found.id: found for found in read_legs(conn, select_legs().where(leg_table.c.id.in_(ids)))}


def legs_of_orders(conn: ReadConnection, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RefundLeg]]:
    """Legs by order, oldest first."""
    grouped: dict[UUID, list[RefundLeg]] = defaultdict(list)
    for found in map(_leg, _LEGS_OF_ORDERS.all(conn, ids=order_ids)):
        assert found.order_id is not None
        grouped[found.order_id].append(found)
    return grouped


def legs_of_references(conn: ReadConnection, references: Sequence[str]) -> Mapping[str, Sequence[RefundLeg]]:
    """Legs by what they are for (a return's or cancellation's id as text), oldest first."""
    grouped: dict[str, list[RefundLeg]] = defaultdict(list)
    for found in map(_leg, _LEGS_OF_REFERENCES.all(conn, references=references)):
        grouped[found.reference].append(found)
    return grouped


def waiting_for_action(conn: ReadConnection, before: datetime, limit: int) -> Sequence[RefundLeg]:
    """Legs that have waited for their customer since before a moment, the oldest first."""
    waiting = select_legs().where(leg_table.c.status == LegStatus.REQUIRES_ACTION, leg_table.c.updated_at < before)
    return read_legs(conn, waiting.limit(limit))


def successors_of_legs(conn: ReadConnection, ids: Sequence[RefundLegId]) -> Mapping[RefundLegId, RefundLeg]:
    """The legs that made failed legs good, by the failed leg."""
    wanted = select_legs().where(leg_table.c.replaces_leg_id.in_(ids))
    return {found.replaces_leg_id: found for found in read_legs(conn, wanted) if found.replaces_leg_id}


def legs_by_provider_references(conn: ReadConnection, references: Sequence[str]) -> Mapping[str, RefundLeg]:
    """Legs by the provider's id of the refund."""
    wanted = select_legs().where(leg_table.c.provider_reference.in_(references))
    return {found.provider_reference: found for found in read_legs(conn, wanted) if found.provider_reference}


def unsent_legs(conn: ReadConnection, payment_id: PaymentId) -> list[RefundLeg]:
    """Legs of a payment whose request has not left us, newest first."""
    unsent = select_legs().where(leg_table.c.payment_id == payment_id, leg_table.c.status.in_(UNSENT))
    return read_legs(conn, unsent)[::-1]


def insert_legs(conn: WriteConnection, made: Sequence[RefundLeg], act: Act, detail: str = "") -> None:
    """Write new legs and the first step of each. The caller holds the lock of their payments."""
    if made:
        _NEW_LEG.many(conn, [_leg_values(leg) for leg in made])
        _record_steps(conn, act, [(leg.payment_id, leg.id, None, leg.status.value, detail) for leg in made])
        announce(conn, act, *{leg.order_id for leg in made})


def save_leg(conn: WriteConnection, before: RefundLeg, after: RefundLeg, act: Act, detail: str = "") -> RefundLeg:
    """Write a changed leg, with a step of its history when its status moved. The caller holds its payment's lock."""
    saved = replace(after, version=before.version + 1, updated_at=act.now)
    conn.execute(sa.update(leg_table).where(leg_table.c.id == before.id).values(_leg_values(saved)))
    if before.status is not after.status:
        _record_steps(conn, act, [(before.payment_id, before.id, before.status.value, after.status.value, detail)])
    announce(conn, act, saved.order_id)
    return saved


def move_legs(conn: WriteConnection, found: Sequence[RefundLeg], status: LegStatus, act: Act, detail: str) -> None:
    """Bring several legs to one status. The caller holds the lock of their payments."""
    if found:
        conn.execute(
            sa.update(leg_table)
            .where(leg_table.c.id.in_([leg.id for leg in found]))
            .values(status=status, version=leg_table.c.version + 1, updated_at=act.now, failure_code=detail or None)
        )
        _record_steps(conn, act, [(leg.payment_id, leg.id, leg.status.value, status.value, detail) for leg in found])
        announce(conn, act, *{leg.order_id for leg in found})


def announce(conn: WriteConnection, act: Act, *order_ids: UUID | None) -> None:
    """Tell whoever watches these orders. The version is the moment in microseconds: it grows with time."""
    version = int(act.now.timestamp()) * 1_000_000 + act.now.microsecond
    publish(conn, act, Topic.ORDER, [(order_id, version) for order_id in order_ids if order_id is not None])


def _record_steps(
    conn: WriteConnection, act: Act, steps: Collection[tuple[PaymentId, RefundLegId | None, str | None, str, str]]
) -> None:
    rows = [
        {
            "payment_id": payment_id,
            "leg_id": leg_id,
            "before": before,
            "after": after,
            "actor_kind": act.actor.kind.value,
            "actor_id": act.actor.id,
            "detail": detail[:255],
            "recorded_at": act.now,
        }
        for payment_id, leg_id, before, after, detail in steps
    ]
    append(conn, _STEPS, rows)


def _payment(row: sa.Row[tuple[object, ...]] | Row) -> Payment:
    values = row._asdict()
    return Payment(**{**values, "currency": Currency(values["currency"])})


def _leg(row: sa.Row[tuple[object, ...]] | Row) -> RefundLeg:
    values = row._asdict()
    return RefundLeg(**{**values, "currency": Currency(values["currency"])})


def _payment_values(payment: Payment) -> dict[str, object]:
    return {column.name: getattr(payment, column.name) for column in _PAYMENT_COLUMNS}


def _leg_values(leg: RefundLeg) -> dict[str, object]:
    return {column.name: getattr(leg, column.name) for column in _LEG_COLUMNS}
