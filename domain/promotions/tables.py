"""Promotions, their codes, counters and claims, and the funders' budgets."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.promotions.model import PromotionStatus
from domain.tables import Integer64, UtcDateTime, enum_column


class PromotionRow(SQLModel, table=True):
    """One promotion. Its definition is read and replaced as one value, so it is one column."""

    __tablename__ = "promotion"
    __table_args__ = (sa.Index("ix_promotion_status_id", "status", "id"),)

    id: UUID = Field(primary_key=True)
    status: PromotionStatus = Field(sa_column=sa.Column(enum_column(PromotionStatus, "status"), nullable=False))
    definition: str = Field(sa_type=sa.Text)
    version: int = Field(default=1, sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PromotionStateRow(SQLModel, table=True):
    """The one row that names the state of the active promotions: a digest of every change that led to it."""

    __tablename__ = "promotion_state"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: int = Field(primary_key=True, sa_type=Integer64, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(max_length=64)


class PromotionCounterRow(SQLModel, table=True):
    """How many orders hold a claim on a promotion that is limited in all. Apart from it, since buyers wait for this row."""

    __tablename__ = "promotion_counter"
    __table_args__ = (
        sa.CheckConstraint("used >= 0", name="used"),
        sa.Index(
            "ix_promotion_counter_spent",
            "promotion_id",
            sqlite_where=sa.text("used >= usage_limit"),
            postgresql_where=sa.text("used >= usage_limit"),
        ),
    )

    promotion_id: UUID = Field(primary_key=True, foreign_key="promotion.id")
    usage_limit: int | None = Field(default=None, sa_type=Integer64)
    """The definition's, copied so that one conditional statement both checks and counts."""
    used: int = Field(default=0, sa_type=Integer64)


class PromotionCodeRow(SQLModel, table=True):
    """What a customer types."""

    __tablename__ = "promotion_code"
    __table_args__ = (
        sa.CheckConstraint("used >= 0 AND (usage_limit IS NULL OR used <= usage_limit)", name="used"),
        sa.Index("ix_promotion_code_promotion_id_code", "promotion_id", "code"),
    )

    code: str = Field(primary_key=True, max_length=40)
    promotion_id: UUID = Field(foreign_key="promotion.id")
    batch_id: UUID = Field(index=True)
    """What was added at once."""
    usage_limit: int | None = Field(default=None, sa_type=Integer64)
    used: int = Field(default=0, sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)


class PromotionUseRow(SQLModel, table=True):
    """One order's use of a promotion that is limited per customer. A customer's uses are numbered, so that two orders at
    once cannot take the same one; a canceled order's is deleted."""

    __tablename__ = "promotion_use"
    __table_args__ = (
        sa.CheckConstraint("number > 0", name="number"),
        sa.Index("ix_promotion_use_customer_key", "customer_key", "promotion_id"),
    )

    promotion_id: UUID = Field(primary_key=True, foreign_key="promotion.id")
    customer_key: str = Field(primary_key=True, max_length=280)
    number: int = Field(primary_key=True, sa_type=Integer64, sa_column_kwargs={"autoincrement": False})
    order_id: UUID = Field(index=True)
    claimed_at: datetime = Field(sa_type=UtcDateTime)


class PromotionBudgetRow(SQLModel, table=True):
    """What a funder pays for promotions in one currency."""

    __tablename__ = "promotion_budget"
    __table_args__ = (sa.CheckConstraint("spent_minor >= 0 AND spent_minor <= limit_minor", name="spent_minor"),)

    funder: str = Field(primary_key=True, max_length=80)
    currency: str = Field(primary_key=True, max_length=3)
    limit_minor: int = Field(sa_type=Integer64)
    spent_minor: int = Field(default=0, sa_type=Integer64)
