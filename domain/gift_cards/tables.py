"""The gift cards room's rows."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.gift_cards.model import GiftCardEventKind, GiftCardSource
from domain.tables import Integer64, Serial64, UtcDateTime, enum_column


class GiftCardTermsRow(SQLModel, table=True):
    """A market's rules for gift cards; an empty country serves those without a row of their own."""

    __tablename__ = "gift_card_terms"
    __table_args__ = (
        sa.CheckConstraint("validity_months IS NULL OR validity_months > 0", name="validity_months"),
        sa.CheckConstraint("minimum_minor > 0 AND minimum_minor <= maximum_minor", name="amounts"),
    )

    country: str = Field(primary_key=True, max_length=2)
    currency: str = Field(primary_key=True, max_length=3)
    validity_months: int | None = Field(default=None, sa_type=Integer64)
    to_year_end: bool
    minimum_minor: int = Field(sa_type=Integer64)
    maximum_minor: int = Field(sa_type=Integer64)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class GiftCardRow(SQLModel, table=True):
    """A card: its wallet, the hash of its code, and where it comes from."""

    __tablename__ = "gift_card"
    __table_args__ = (
        sa.CheckConstraint("initial_minor > 0", name="initial_minor"),
        sa.CheckConstraint("(source = 'SOLD') = (order_line_id IS NOT NULL)", name="sold"),
        sa.Index("ix_gift_card_order_id", "order_id"),
        sa.Index("ix_gift_card_batch_id", "batch_id"),
    )

    id: UUID = Field(primary_key=True)
    wallet_id: UUID = Field(foreign_key="ledger_wallet.id", unique=True)
    code_hash: str = Field(max_length=64, unique=True)
    currency: str = Field(max_length=3)
    country: str = Field(max_length=2)
    last_characters: str = Field(max_length=4)
    source: GiftCardSource = Field(sa_type=enum_column(GiftCardSource, "source"))
    initial_minor: int = Field(sa_type=Integer64)
    batch_id: UUID | None = Field(default=None)
    order_id: UUID | None = Field(default=None)
    order_line_id: UUID | None = Field(default=None)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blocked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=1, sa_type=Integer64)


class GiftCardTopUpRow(SQLModel, table=True):
    """An order line whose value goes on a card, and how many of its units have."""

    __tablename__ = "gift_card_top_up"
    __table_args__ = (sa.CheckConstraint("units >= 0", name="units"),)

    order_line_id: UUID = Field(primary_key=True)
    gift_card_id: UUID = Field(foreign_key="gift_card.id", index=True)
    units: int = Field(default=0, sa_type=Integer64)


class GiftCardEventRow(SQLModel, table=True):
    """The append-only history of a card beside its payments."""

    __tablename__ = "gift_card_event"

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial64)
    gift_card_id: UUID = Field(foreign_key="gift_card.id", index=True)
    kind: GiftCardEventKind = Field(sa_type=enum_column(GiftCardEventKind, "kind"))
    actor_kind: str = Field(max_length=32)
    actor_id: str = Field(max_length=80)
    note: str = Field(max_length=200)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
