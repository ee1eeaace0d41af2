"""Carts."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.carts.model import CartStatus
from domain.tables import Integer64, Json, UtcDateTime, enum_column

LineJson = dict[str, str | int | None]
"""{"id", "variant", "group": ids in hex; "quantity": units; "seen": minor units or null}"""

GroupJson = dict[str, str | dict[str, str | None] | None]
"""{"id", "location", "option": ids in hex; "method"; "address": its parts by name, or null}"""

StoredJson = dict[str, str | int | None]
"""{"tender", "label"; "wallet", "card": ids in hex, no card for store credit; "amount": minor units, or null for all}"""

_LIVE = "status IN ('OPEN', 'CHECKING_OUT') AND customer_id IS NOT NULL"


class CartRow(SQLModel, table=True):
    """A cart, whole: lines and groups are read, locked and written with it, so they are columns."""

    __tablename__ = "cart"
    __table_args__ = (
        sa.Index(
            "uq_cart_universal",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=sa.text(_LIVE),
            postgresql_where=sa.text(_LIVE),
        ),
        sa.Index("ix_cart_expires_at", "expires_at"),
        sa.CheckConstraint("(token_hash IS NULL) = (customer_id IS NOT NULL)", name="owner"),
        sa.CheckConstraint("status <> 'COMPLETED' OR order_id IS NOT NULL", name="order"),
        sa.CheckConstraint("(status = 'MERGED') = (merged_into IS NOT NULL)", name="merged"),
        sa.CheckConstraint("points_wished IS NULL OR points_wished > 0", name="points"),
    )

    id: UUID = Field(primary_key=True)
    token_hash: str | None = Field(default=None, max_length=64)
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id")
    sales_channel_id: UUID = Field(foreign_key="sales_channel.id")
    currency: str = Field(max_length=3)
    """The channel's, copied so that a customer has one live cart per currency."""
    status: CartStatus = Field(sa_column=sa.Column(enum_column(CartStatus, "status"), nullable=False))
    version: int = Field(default=1, sa_type=Integer64)
    lines: list[LineJson] = Field(sa_type=Json)
    groups: list[GroupJson] = Field(sa_type=Json)
    discount_codes: list[str] = Field(sa_type=Json)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=20)
    points_wallet_id: UUID | None = Field(default=None)
    points_wished: int | None = Field(default=None, sa_type=Integer64)
    """Points to spend; null with a wallet means as many as possible."""
    stored_tenders: list[StoredJson] | None = Field(default=None, sa_type=Json)
    """Gift cards and store credit to spend; null when none are."""
    checkout_id: UUID | None = Field(default=None)
    order_id: UUID | None = Field(default=None)
    merged_into: UUID | None = Field(default=None, foreign_key="cart.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
