"""Customers, the groups head office puts them into, and their tax exemptions."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.customers.exemption_model import ExemptionReason
from domain.tables import Integer64, UtcDateTime, enum_column


class CustomerRow(SQLModel, table=True):
    """One customer."""

    __tablename__ = "customer"
    __table_args__ = (
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL OR external_reference IS NOT NULL", name="reachable_or_imported"
        ),
    )

    id: UUID = Field(primary_key=True)
    email: str | None = Field(default=None, max_length=254, unique=True)
    phone: str | None = Field(default=None, max_length=20, unique=True)
    given_name: str | None = Field(default=None, max_length=100)
    family_name: str | None = Field(default=None, max_length=100)
    password_hash: str | None = Field(default=None, max_length=200)
    loyalty_card_number: str = Field(max_length=20, unique=True)
    external_reference: str | None = Field(default=None, max_length=80, unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=1, sa_type=Integer64)


class CustomerGroupRow(SQLModel, table=True):
    """Customers who are to be treated alike, such as staff or trade customers."""

    __tablename__ = "customer_group"

    id: UUID = Field(primary_key=True)
    handle: str = Field(max_length=80, unique=True)
    title: str = Field(max_length=120)
    created_at: datetime = Field(sa_type=UtcDateTime)


class CustomerGroupMemberRow(SQLModel, table=True):
    """One customer in one group."""

    __tablename__ = "customer_group_member"

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    group_id: UUID = Field(primary_key=True, foreign_key="customer_group.id", index=True)


class TaxExemptionRow(SQLModel, table=True):
    """What a certificate proves of a customer. Rows are never deleted."""

    __tablename__ = "tax_exemption"
    __table_args__ = (
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        sa.Index("ix_tax_exemption_customer_id", "customer_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    reason: ExemptionReason = Field(sa_column=sa.Column(enum_column(ExemptionReason, "reason"), nullable=False))
    certificate: str = Field(max_length=60)
    country: str = Field(max_length=2)
    region: str = Field(default="", max_length=80)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
