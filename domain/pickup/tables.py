"""The rows of pickups."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.acts import ActorKind
from domain.pickup.model import Collector, Verification
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class PickupRow(SQLModel, table=True):
    """What a pickup adds to its fulfillment order."""

    __tablename__ = "pickup"
    __table_args__ = (
        sa.CheckConstraint("ready_at IS NULL OR expires_at IS NOT NULL", name="ready_has_a_deadline"),
        sa.CheckConstraint("(person_name IS NULL) = (person_named_at IS NULL)", name="person"),
        sa.Index("ix_pickup_expires_at", "expires_at"),
    )

    fulfillment_order_id: UUID = Field(primary_key=True, foreign_key="fulfillment_order.id")
    promised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ready_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code: str | None = Field(default=None, max_length=12)
    shelf: str | None = Field(default=None, max_length=200)
    person_name: str | None = Field(default=None, max_length=200)
    person_token_hash: str | None = Field(default=None, max_length=64, unique=True)
    person_named_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bay: str | None = Field(default=None, max_length=200)
    vehicle: str | None = Field(default=None, max_length=200)
    transfer_from: UUID | None = Field(default=None, foreign_key="location.id")
    staged: list[list[str | int]] = Field(sa_type=Json)
    reshelved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class HandoverRow(SQLModel, table=True):
    """Goods given to somebody, and how the store made sure. Never changed, never deleted."""

    __tablename__ = "pickup_handover"

    id: UUID = Field(primary_key=True)
    fulfillment_order_id: UUID = Field(foreign_key="fulfillment_order.id", index=True)
    verification: Verification = Field(sa_column=sa.Column(enum_column(Verification, "verification"), nullable=False))
    collector: Collector = Field(sa_column=sa.Column(enum_column(Collector, "collector"), nullable=False))
    person_name: str | None = Field(default=None, max_length=200)
    proof: str | None = Field(default=None, max_length=200)
    actor_kind: ActorKind = Field(sa_column=sa.Column(enum_column(ActorKind, "actor_kind"), nullable=False))
    actor_id: str = Field(max_length=80)
    terminal_id: UUID | None = Field(default=None)
    handed_over_at: datetime = Field(sa_type=UtcDateTime)


class HandoverLineRow(SQLModel, table=True):
    """Units of one line in a handover."""

    __tablename__ = "pickup_handover_line"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    handover_id: UUID = Field(primary_key=True, foreign_key="pickup_handover.id")
    order_line_id: UUID = Field(primary_key=True, foreign_key="order_line.id", index=True)
    quantity: int = Field(sa_type=Integer64)
