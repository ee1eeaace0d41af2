"""The rows of returns."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.acts import ActorKind
from domain.errors import Fact
from domain.returns.model import ReturnEventKind, ReturnReason, ReturnStatus
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class ReturnRow(SQLModel, table=True):
    """One return."""

    __tablename__ = "sales_return"
    __table_args__ = (sa.Index("ix_sales_return_status_claim_expires_at", "status", "claim_expires_at"),)

    id: UUID = Field(primary_key=True)
    number: str = Field(max_length=40, unique=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    status: ReturnStatus = Field(sa_column=sa.Column(enum_column(ReturnStatus, "status"), nullable=False))
    location_id: UUID | None = Field(default=None, foreign_key="location.id")
    decline_reason: str | None = Field(default=None, max_length=500)
    policy_version: int = Field(sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    claim_expires_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=1, sa_type=Integer64)


class ReturnLineRow(SQLModel, table=True):
    """Units of one order line in a return."""

    __tablename__ = "return_line"
    __table_args__ = (
        sa.CheckConstraint(
            "requested > 0 AND canceled >= 0 AND expired >= 0 AND lost >= 0 AND received >= 0 "
            "AND canceled + expired + lost + received <= requested",
            name="reception",
        ),
        sa.CheckConstraint(
            "rejected >= 0 AND restocked >= 0 AND quarantined >= 0 AND discarded >= 0 "
            "AND rejected + restocked + quarantined + discarded <= received",
            name="acceptance",
        ),
        sa.CheckConstraint("settled >= 0 AND settled <= restocked + quarantined + discarded", name="settled"),
        sa.UniqueConstraint("return_id", "order_line_id", name="uq_return_line_return_id_order_line_id"),
    )

    id: UUID = Field(primary_key=True)
    return_id: UUID = Field(foreign_key="sales_return.id", index=True)
    order_line_id: UUID = Field(foreign_key="order_line.id", index=True)
    position: int = Field(sa_type=Integer64)
    reason: ReturnReason = Field(sa_column=sa.Column(enum_column(ReturnReason, "reason"), nullable=False))
    note: str | None = Field(default=None, max_length=500)
    requested: int = Field(sa_type=Integer64)
    canceled: int = Field(default=0, sa_type=Integer64)
    expired: int = Field(default=0, sa_type=Integer64)
    lost: int = Field(default=0, sa_type=Integer64)
    received: int = Field(default=0, sa_type=Integer64)
    rejected: int = Field(default=0, sa_type=Integer64)
    restocked: int = Field(default=0, sa_type=Integer64)
    quarantined: int = Field(default=0, sa_type=Integer64)
    discarded: int = Field(default=0, sa_type=Integer64)
    settled: int = Field(default=0, sa_type=Integer64)


class ReturnSlotRow(SQLModel, table=True):
    """Neighboring unit slots that a return line holds. The key keeps two claims from starting in the same slot."""

    __tablename__ = "return_slot"
    __table_args__ = (
        sa.CheckConstraint("first_slot >= 0 AND units > 0 AND settled >= 0 AND settled <= units", name="range"),
    )

    order_line_id: UUID = Field(primary_key=True, foreign_key="order_line.id")
    first_slot: int = Field(primary_key=True, sa_type=Integer64)
    return_line_id: UUID = Field(foreign_key="return_line.id", index=True)
    units: int = Field(sa_type=Integer64)
    settled: int = Field(default=0, sa_type=Integer64)


class ReturnSettlementRow(SQLModel, table=True):
    """One payment of what a return owed. Rows are only ever added."""

    __tablename__ = "return_settlement"
    __table_args__ = (
        sa.CheckConstraint("refund_minor >= 0 AND points_back >= 0 AND points_clawed >= 0", name="amounts"),
    )

    id: UUID = Field(primary_key=True)
    return_id: UUID = Field(foreign_key="sales_return.id", index=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    currency: str = Field(max_length=3)
    net_minor: int = Field(sa_type=Integer64)
    taxes: list[list[str | int]] = Field(sa_type=Json)
    shipping_minor: int = Field(sa_type=Integer64)
    refund_minor: int = Field(sa_type=Integer64)
    points_back: int = Field(sa_type=Integer64)
    points_clawed: int = Field(sa_type=Integer64)
    settled_at: datetime = Field(sa_type=UtcDateTime)
    withheld_net_minor: int = Field(default=0, sa_type=Integer64, sa_column_kwargs={"server_default": "0"})
    withheld_taxes: list[list[str | int]] = Field(sa_type=Json, sa_column_kwargs={"server_default": "[]"})


class ReturnEventRow(SQLModel, table=True):
    """One step of a return's life. Rows are only ever added."""

    __tablename__ = "return_event"

    id: UUID = Field(primary_key=True)
    return_id: UUID = Field(foreign_key="sales_return.id", index=True)
    kind: ReturnEventKind = Field(sa_column=sa.Column(enum_column(ReturnEventKind, "kind"), nullable=False))
    actor_kind: ActorKind = Field(sa_column=sa.Column(enum_column(ActorKind, "actor_kind"), nullable=False))
    actor_id: str = Field(max_length=80)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    facts: dict[str, Fact] = Field(sa_type=Json)
