"""The rows of policies. Rows are only ever added."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.policies.model import Unanswered
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class PickupPolicyRow(SQLModel, table=True):
    """One version of how a location handles pickups."""

    __tablename__ = "pickup_policy"
    __table_args__ = (
        sa.CheckConstraint(
            "preparation_minutes >= 0 AND accept_within_minutes >= 0 AND expiry_days >= 0 AND extension_days_max > 0 "
            "AND no_show_grace_hours >= 0 AND transfer_hours >= 0",
            name="durations",
        ),
        sa.Index("ix_pickup_policy_valid_from", "location_id", "valid_from", "version"),
    )

    location_id: UUID = Field(primary_key=True, foreign_key="location.id")
    version: int = Field(primary_key=True, sa_type=Integer64)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    preparation_minutes: int = Field(sa_type=Integer64)
    accept_within_minutes: int = Field(sa_type=Integer64)
    unanswered: Unanswered = Field(sa_column=sa.Column(enum_column(Unanswered, "unanswered"), nullable=False))
    expiry_days: int = Field(sa_type=Integer64)
    reminder_days: list[int] = Field(sa_type=Json)
    extension_days_max: int = Field(sa_type=Integer64)
    no_show_grace_hours: int = Field(sa_type=Integer64)
    transfer_hours: int = Field(sa_type=Integer64)
    deposit_percent: int = Field(sa_type=Integer64, sa_column_kwargs={"server_default": "100"})


class ReturnPolicyRow(SQLModel, table=True):
    """One version of what a sales channel takes back."""

    __tablename__ = "return_policy"
    __table_args__ = (
        sa.CheckConstraint("window_days >= 0 AND claim_days > 0 AND quote_minutes > 0", name="durations"),
        sa.Index("ix_return_policy_valid_from", "sales_channel_id", "valid_from", "version"),
    )

    sales_channel_id: UUID = Field(primary_key=True, foreign_key="sales_channel.id")
    version: int = Field(primary_key=True, sa_type=Integer64)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    window_days: int = Field(sa_type=Integer64)
    claim_days: int = Field(sa_type=Integer64)
    quote_minutes: int = Field(sa_type=Integer64)
    refunds_shipping: bool
    restocks: bool
