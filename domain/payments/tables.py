"""The payments room's rows."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.payments.model import CallState, FindingKind, LegOrigin, LegStatus, PaymentStatus, RefundOrder, Tender
from domain.payments.provider import DisputeStatus
from domain.tables import Integer64, Serial64, UtcDateTime, enum_column

_LIVE_CARD = sa.text("tender = 'CARD' AND status IN ('CREATED', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURE_REQUESTED')")


class PaymentRow(SQLModel, table=True):
    """One tender of an order or of a checkout. Amounts in minor units of `currency`."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.Index("uq_payment_live_owner", "owner", unique=True, sqlite_where=_LIVE_CARD, postgresql_where=_LIVE_CARD),
        sa.Index("ix_payment_status_created_at", "status", "created_at"),
        sa.CheckConstraint("amount_minor > 0 AND authorized_minor >= 0 AND captured_minor >= 0", name="amounts"),
        sa.CheckConstraint("capture_minor IS NULL OR capture_minor > 0", name="capture"),
        sa.CheckConstraint("tender = 'CASH' OR captured_minor <= authorized_minor", name="captured_authorized"),
        sa.CheckConstraint("(hold_id IS NOT NULL) = (tender IN ('GIFT_CARD', 'STORE_CREDIT'))", name="stored_value"),
        sa.CheckConstraint("cash_step_minor > 0", name="cash_step"),
        sa.CheckConstraint(
            "tendered_minor IS NULL OR (tender = 'CASH' AND tendered_minor >= captured_minor)", name="tendered"
        ),
    )

    id: UUID = Field(primary_key=True)
    owner: str = Field(max_length=100)
    order_id: UUID | None = Field(default=None, index=True)
    tender: Tender = Field(sa_type=enum_column(Tender, "tender"))
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=Integer64)
    authorized_minor: int = Field(default=0, sa_type=Integer64)
    capture_minor: int | None = Field(default=None, sa_type=Integer64)
    captured_minor: int = Field(default=0, sa_type=Integer64)
    cash_step_minor: int = Field(default=1, sa_type=Integer64)
    status: PaymentStatus = Field(sa_type=enum_column(PaymentStatus, "status"))
    method: str = Field(default="", max_length=255)
    provider_reference: str | None = Field(default=None, max_length=255, unique=True)
    failure_code: str | None = Field(default=None, max_length=100)
    payer: str | None = Field(default=None, max_length=100)
    location_id: UUID | None = Field(default=None)
    terminal_id: UUID | None = Field(default=None)
    version: int = Field(default=1, sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    reconciled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    hold_id: UUID | None = Field(default=None, foreign_key="ledger_hold.id")
    refund_order: RefundOrder | None = Field(default=None, sa_type=enum_column(RefundOrder, "refund_order"))
    tendered_minor: int | None = Field(default=None, sa_type=Integer64)
    reader: str | None = Field(default=None, max_length=100)


class TenderTermsRow(SQLModel, table=True):
    """A market's rules for tenders; an empty country serves those without a row of their own."""

    __tablename__ = "tender_terms"
    __table_args__ = (sa.CheckConstraint("cash_step_minor > 0", name="cash_step"),)

    country: str = Field(primary_key=True, max_length=2)
    currency: str = Field(primary_key=True, max_length=3)
    cash_step_minor: int = Field(sa_type=Integer64)
    refund_order: RefundOrder = Field(sa_type=enum_column(RefundOrder, "refund_order"))
    changed_at: datetime = Field(sa_type=UtcDateTime)


class RefundLegRow(SQLModel, table=True):
    """One movement of money back out of one payment."""

    __tablename__ = "refund_leg"
    __table_args__ = (
        sa.Index("ix_refund_leg_status_created_at", "status", "created_at"),
        sa.CheckConstraint("amount_minor > 0 AND paid_minor >= 0", name="amounts"),
        sa.CheckConstraint("attempt > 0", name="attempt"),
    )

    id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    order_id: UUID | None = Field(default=None, index=True)
    reference: str = Field(max_length=255, index=True)
    tender: Tender = Field(sa_type=enum_column(Tender, "tender"))
    origin: LegOrigin = Field(sa_type=enum_column(LegOrigin, "origin"))
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=Integer64)
    paid_minor: int = Field(sa_type=Integer64)
    status: LegStatus = Field(sa_type=enum_column(LegStatus, "status"))
    attempt: int = Field(default=1, sa_type=Integer64)
    provider_reference: str | None = Field(default=None, max_length=255, unique=True)
    failure_code: str | None = Field(default=None, max_length=100)
    replaces_leg_id: UUID | None = Field(default=None, foreign_key="refund_leg.id", unique=True)
    location_id: UUID | None = Field(default=None)
    terminal_id: UUID | None = Field(default=None)
    version: int = Field(default=1, sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    reconciled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PaymentCallRow(SQLModel, table=True):
    """One intent towards the provider, written with its idempotency key before the request leaves."""

    __tablename__ = "payment_call"
    __table_args__ = (sa.Index("ix_payment_call_state_requested_at", "state", "requested_at"),)

    key: str = Field(primary_key=True, max_length=100)
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    leg_id: UUID | None = Field(default=None, foreign_key="refund_leg.id", index=True)
    state: CallState = Field(sa_type=enum_column(CallState, "state"))
    requested_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PaymentStepRow(SQLModel, table=True):
    """The append-only history of payments and legs: who moved what from which state to which, and when."""

    __tablename__ = "payment_step"

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial64)
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    leg_id: UUID | None = Field(default=None, foreign_key="refund_leg.id", index=True)
    before: str | None = Field(default=None, max_length=32)
    after: str = Field(max_length=32)
    actor_kind: str = Field(max_length=32)
    actor_id: str = Field(max_length=80)
    detail: str = Field(default="", max_length=255)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class PaymentDisputeRow(SQLModel, table=True):
    """A cardholder's dispute, under the provider's id."""

    __tablename__ = "payment_dispute"

    reference: str = Field(primary_key=True, max_length=255)
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    status: DisputeStatus = Field(sa_type=enum_column(DisputeStatus, "status"))
    amount_minor: int = Field(sa_type=Integer64)
    currency: str = Field(max_length=3)
    reason: str = Field(default="", max_length=100)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PaymentEventRow(SQLModel, table=True):
    """A provider's event that was received; its id is accepted once."""

    __tablename__ = "payment_event"

    id: str = Field(primary_key=True, max_length=255)
    kind: str = Field(max_length=100)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)


class PaymentFindingRow(SQLModel, table=True):
    """A difference between the provider's books and ours, written once per kind and object."""

    __tablename__ = "payment_finding"
    __table_args__ = (sa.UniqueConstraint("kind", "reference", name="uq_payment_finding_kind_reference"),)

    id: UUID = Field(primary_key=True)
    kind: FindingKind = Field(sa_type=enum_column(FindingKind, "kind"))
    reference: str = Field(max_length=255)
    payment_id: UUID | None = Field(default=None, foreign_key="payment.id", index=True)
    leg_id: UUID | None = Field(default=None, foreign_key="refund_leg.id")
    detail: str = Field(default="", max_length=255)
    found_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PaymentReconciliationRow(SQLModel, table=True):
    """One comparison of the provider's lists with our rows."""

    __tablename__ = "payment_reconciliation"

    id: UUID = Field(primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    payments_seen: int = Field(default=0, sa_type=Integer64)
    refunds_seen: int = Field(default=0, sa_type=Integer64)
    findings: int = Field(default=0, sa_type=Integer64)
