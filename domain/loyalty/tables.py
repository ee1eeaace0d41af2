"""The programme's tables."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.loyalty.model import AccountKind, BudgetMode
from domain.loyalty.program import OnReturn
from domain.tables import Integer64, UtcDateTime, enum_column


class ProgramRow(SQLModel, table=True):
    """A programme and which version of its terms is in force."""

    __tablename__ = "loyalty_program"

    id: UUID = Field(primary_key=True)
    handle: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=80)
    unit: str = Field(max_length=20, unique=True)
    currency: str = Field(max_length=3)
    version: int = Field(sa_type=Integer64)


class ProgramVersionRow(SQLModel, table=True):
    """A programme's terms in one version, never changed."""

    __tablename__ = "loyalty_program_version"

    program_id: UUID = Field(primary_key=True, foreign_key="loyalty_program.id")
    version: int = Field(primary_key=True, sa_type=Integer64)
    terms: str = Field(sa_type=sa.Text)
    published_at: datetime = Field(sa_type=UtcDateTime)


class AccountRow(SQLModel, table=True):
    """A member, or a household pool."""

    __tablename__ = "loyalty_account"
    __table_args__ = (
        sa.Index("ix_loyalty_account_root_id", "root_id"),
        sa.Index("ix_loyalty_account_effective_id", "effective_id"),
        sa.Index("ix_loyalty_account_period_ends_at", "period_ends_at"),
    )

    wallet_id: UUID = Field(primary_key=True, foreign_key="ledger_wallet.id")
    kind: AccountKind = Field(sa_type=enum_column(AccountKind, "kind"))
    program_id: UUID = Field(foreign_key="loyalty_program.id")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id", unique=True)
    root_id: UUID = Field(foreign_key="ledger_wallet.id")
    effective_id: UUID = Field(foreign_key="ledger_wallet.id")
    tier: str = Field(max_length=40)
    tier_credits: int = Field(default=0, sa_type=Integer64)
    period: int = Field(default=1, sa_type=Integer64)
    period_ends_at: datetime = Field(sa_type=UtcDateTime)


class EarnedOrderRow(SQLModel, table=True):
    """An order that has earned, once."""

    __tablename__ = "loyalty_order"
    __table_args__ = (
        sa.Index("ix_loyalty_order_wallet_id", "wallet_id", "earned_on"),
        sa.CheckConstraint("points >= 0 AND eligible_minor >= 0", name="points"),
        sa.CheckConstraint("tier_credits_returned >= 0 AND tier_credits_returned <= tier_credits", name="tier_credits"),
    )

    order_id: UUID = Field(primary_key=True)
    wallet_id: UUID = Field(foreign_key="loyalty_account.wallet_id")
    points: int = Field(sa_type=Integer64)
    eligible_minor: int = Field(sa_type=Integer64)
    tier_credits: int = Field(sa_type=Integer64)
    tier_credits_returned: int = Field(default=0, sa_type=Integer64)
    period: int = Field(sa_type=Integer64)
    earned_on: date
    placed_at: datetime = Field(sa_type=UtcDateTime)


class EarnedLineRow(SQLModel, table=True):
    """A line of an order that has earned."""

    __tablename__ = "loyalty_order_line"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND eligible_minor >= 0", name="quantity"),
        sa.CheckConstraint("returned >= 0 AND returned <= quantity", name="returned"),
    )

    order_id: UUID = Field(primary_key=True, foreign_key="loyalty_order.order_id")
    line_id: UUID = Field(primary_key=True)
    quantity: int = Field(sa_type=Integer64)
    eligible_minor: int = Field(sa_type=Integer64)
    category: str | None = Field(default=None, max_length=80)
    returned: int = Field(default=0, sa_type=Integer64)


class AwardRow(SQLModel, table=True):
    """Points one rule gave to one line, or to the whole order."""

    __tablename__ = "loyalty_award"
    __table_args__ = (
        sa.Index("ix_loyalty_award_order_id", "order_id", "line_id"),
        sa.CheckConstraint("points > 0 AND quantity > 0", name="points"),
        sa.CheckConstraint("clawed >= 0 AND clawed <= points", name="clawed"),
        sa.CheckConstraint("unrecovered >= 0 AND unrecovered <= clawed", name="unrecovered"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="loyalty_order.order_id")
    line_id: UUID | None = Field(default=None)
    lot_id: UUID = Field(foreign_key="ledger_lot.id")
    funder: str = Field(max_length=80)
    component: str = Field(max_length=80)
    rule_version: int = Field(sa_type=Integer64)
    points: int = Field(sa_type=Integer64)
    quantity: int = Field(sa_type=Integer64)
    on_return: OnReturn = Field(sa_type=enum_column(OnReturn, "on_return"))
    minimum_minor: int = Field(sa_type=Integer64)
    category: str | None = Field(default=None, max_length=80)
    clawed: int = Field(default=0, sa_type=Integer64)
    unrecovered: int = Field(default=0, sa_type=Integer64)


class TenderRow(SQLModel, table=True):
    """Points spent on one line of an order, and how many came back."""

    __tablename__ = "loyalty_tender"
    __table_args__ = (
        sa.CheckConstraint("points > 0 AND quantity > 0", name="points"),
        sa.CheckConstraint("points_back >= 0 AND points_back <= points", name="points_back"),
    )

    order_id: UUID = Field(primary_key=True)
    line_id: UUID = Field(primary_key=True)
    hold_id: UUID = Field(foreign_key="ledger_hold.id")
    points: int = Field(sa_type=Integer64)
    quantity: int = Field(sa_type=Integer64)
    points_back: int = Field(default=0, sa_type=Integer64)


class BudgetRow(SQLModel, table=True):
    """What a funder with a budget may still give; without a row a funder gives without limit."""

    __tablename__ = "loyalty_budget"
    __table_args__ = (sa.CheckConstraint("remaining >= 0", name="remaining"),)

    program_id: UUID = Field(primary_key=True, foreign_key="loyalty_program.id")
    funder: str = Field(primary_key=True, max_length=80)
    mode: BudgetMode = Field(sa_type=enum_column(BudgetMode, "mode"))
    remaining: int = Field(sa_type=Integer64)
